#include "server/render/sound.h"

#include <ebur128.h>
#include <math.h>
#include <opusenc.h>
#include <sndfile.h>
#include <stdlib.h>

#define LOUDNESS_LUFS (-19.0)
#define PEAK 0.89 /* -1 dBFS */
#define BITS_PER_S 24000
#define QUIET_LUFS (-60.0) /* nobody spoke */
#define MARGIN_MS 200      /* of silence before and after: a player's first moments are lost */
#define RATE_MIN 8000
#define RATE_MAX 96000

void ts_sound_add(struct ts_sound *sound, float sample)
{
    if (sound->count == sound->cap) {
        sound->cap = sound->cap ? sound->cap * 2 : 65536;
        sound->samples = reallocarray(sound->samples, sound->cap, sizeof *sound->samples);
        if (!sound->samples)
            abort();
    }
    sound->samples[sound->count++] = sample;
}

void ts_sound_free(struct ts_sound *sound)
{
    free(sound->samples);
    *sound = (struct ts_sound){0};
}

/* ---- reading ---- */

struct memory {
    struct ts_bytes bytes;
    sf_count_t at;
};

static sf_count_t memory_len(void *ctx)
{
    return (sf_count_t)((struct memory *)ctx)->bytes.len;
}

static sf_count_t memory_seek(sf_count_t offset, int whence, void *ctx)
{
    struct memory *m = ctx;
    sf_count_t len = memory_len(ctx);
    sf_count_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? m->at : len;
    sf_count_t at = offset < -base ? 0 : offset > len - base ? len : base + offset;
    return m->at = at;
}

static sf_count_t memory_read(void *out, sf_count_t count, void *ctx)
{
    struct memory *m = ctx;
    sf_count_t left = memory_len(ctx) - m->at;
    sf_count_t len = count < left ? count : left;
    if (len <= 0)
        return 0;
    memcpy(out, m->bytes.ptr + m->at, (size_t)len);
    m->at += len;
    return len;
}

static sf_count_t memory_write(const void *data, sf_count_t count, void *ctx)
{
    (void)data;
    (void)count;
    (void)ctx;
    return 0;
}

static sf_count_t memory_tell(void *ctx)
{
    return ((struct memory *)ctx)->at;
}

static bool is_known(const SF_INFO *info)
{
    int type = info->format & SF_FORMAT_TYPEMASK, coding = info->format & SF_FORMAT_SUBMASK;
    bool wav = type == SF_FORMAT_WAV || type == SF_FORMAT_WAVEX;
    bool opus = type == SF_FORMAT_OGG && coding == SF_FORMAT_OPUS;
    return (wav || opus) && info->channels >= 1 && info->channels <= 2 &&
           info->samplerate >= RATE_MIN && info->samplerate <= RATE_MAX;
}

int ts_sound_read(struct ts_sound *out, struct ts_bytes recording, struct ts_err *err)
{
    static SF_VIRTUAL_IO io = {memory_len, memory_seek, memory_read, memory_write, memory_tell};
    struct memory memory = {recording, 0};
    SF_INFO info = {0};
    SNDFILE *file = sf_open_virtual(&io, SFM_READ, &info, &memory);
    if (!file)
        return ts_err_set(err, "render.sound", "neither WAV nor Ogg/Opus");
    int rc = is_known(&info) ? 0 : ts_err_set(err, "render.sound", "not WAV or Ogg/Opus");
    size_t most = (size_t)TS_SOUND_RECORDING_S * (size_t)info.samplerate;
    float frame[2];
    out->rate = info.samplerate;
    /* The header is not believed: what comes is counted. */
    while (rc == 0 && sf_readf_float(file, frame, 1) == 1) {
        if (out->count == most)
            rc = ts_err_set(err, "render.long", "longer than %d s", TS_SOUND_RECORDING_S);
        ts_sound_add(out, info.channels == 2 ? (frame[0] + frame[1]) / 2 : frame[0]);
    }
    sf_close(file);
    return rc;
}

/* ---- writing ---- */

/* By what the samples are to be multiplied. */
static int find_gain(const struct ts_sound *sound, double *gain, struct ts_err *err)
{
    double lufs = -HUGE_VAL, peak = 0;
    ebur128_state *meter =
        ebur128_init(1, (unsigned long)sound->rate, EBUR128_MODE_I | EBUR128_MODE_SAMPLE_PEAK);
    if (!meter)
        abort();
    /* Short words are shorter than the meter's window of 400 ms: silence behind is not counted. */
    const float silence[1024] = {0};
    ebur128_add_frames_float(meter, sound->samples, sound->count);
    for (int at = 0; at < sound->rate / 2; at += 1024)
        ebur128_add_frames_float(meter, silence, 1024);
    ebur128_loudness_global(meter, &lufs);
    ebur128_sample_peak(meter, 0, &peak);
    ebur128_destroy(&meter);
    if (!(lufs > QUIET_LUFS) || !(peak > 0))
        return ts_err_set(err, "render.silent", "nothing can be heard");
    *gain = pow(10, (LOUDNESS_LUFS - lufs) / 20);
    if (*gain * peak > PEAK)
        *gain = PEAK / peak;
    return 0;
}

static void take_pages(OggOpusEnc *encoder, struct ts_buf *out, int flush)
{
    unsigned char *page;
    opus_int32 len;
    while (ope_encoder_get_page(encoder, &page, &len, flush))
        ts_buf_append(out, page, (size_t)len);
}

static void write_samples(OggOpusEnc *encoder, const struct ts_sound *sound, double gain)
{
    const float silence[64] = {0};
    float part[512];
    int margin = sound->rate * MARGIN_MS / 1000;
    for (int at = 0; at < margin; at += 64)
        ope_encoder_write_float(encoder, silence, 64);
    for (size_t at = 0; at < sound->count;) {
        int n = 0;
        for (; n < 512 && at < sound->count; n++, at++)
            part[n] = (float)(sound->samples[at] * gain);
        ope_encoder_write_float(encoder, part, n);
    }
    for (int at = 0; at < margin; at += 64)
        ope_encoder_write_float(encoder, silence, 64);
}

int ts_sound_encode(struct ts_buf *out, const struct ts_sound *sound, struct ts_err *err)
{
    double gain;
    int error;
    size_t before = out->len;
    if (find_gain(sound, &gain, err) != 0)
        return -1;
    OggOpusComments *comments = ope_comments_create();
    OggOpusEnc *encoder =
        comments ? ope_encoder_create_pull(comments, sound->rate, 1, 0, &error) : NULL;
    if (!encoder)
        abort();
    ope_encoder_ctl(encoder, OPUS_SET_BITRATE(BITS_PER_S));
    ope_encoder_ctl(encoder, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE));
    ope_encoder_ctl(encoder, OPE_SET_SERIALNO(1)); /* else it is drawn */
    write_samples(encoder, sound, gain);
    ope_encoder_drain(encoder);
    take_pages(encoder, out, 1);
    ope_encoder_destroy(encoder);
    ope_comments_destroy(comments);
    if (out->len - before > TS_SOUND_CLIP_MAX)
        return ts_err_set(err, "render.long", "more than %u bytes", TS_SOUND_CLIP_MAX);
    return 0;
}
