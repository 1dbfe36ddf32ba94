#include "server/render/speech.h"

#include <espeak-ng/speak_lib.h>
#include <stdlib.h>

/* For children: slower than espeak-ng's 175 words a minute (VVSG: 120 to 125 to begin with). */
#define WORDS_PER_MINUTE 125

static const char *const names[] = {"cmn-latn-pinyin", "en"};

/* espeak-ng hands the samples to a callback that knows the place only through the text's event. */
static int take(short *samples, int count, espeak_EVENT *events)
{
    struct ts_sound *sound = events->user_data;
    size_t most = (size_t)TS_SOUND_MACHINE_S * (size_t)sound->rate;
    for (int i = 0; samples && i < count; i++) {
        if (sound->count >= most)
            return 1;
        ts_sound_add(sound, (float)samples[i] / 32768);
    }
    return 0;
}

int ts_speech_voice(enum ts_speech_voice voice, struct ts_err *err)
{
    if (espeak_SetVoiceByName(names[voice]) != EE_OK)
        return ts_err_set(err, "render.none", "espeak-ng has no voice %s", names[voice]);
    espeak_SetParameter(espeakRATE, WORDS_PER_MINUTE, 0);
    return 0;
}

int ts_speech_start(enum ts_speech_voice voice, struct ts_err *err)
{
    int rate = espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, 0, NULL, espeakINITIALIZE_DONT_EXIT);
    if (rate <= 0)
        return ts_err_set(err, "render.none", "the data of espeak-ng is not installed");
    espeak_SetSynthCallback(take);
    return ts_speech_voice(voice, err) == 0 ? rate : -1;
}

int ts_speech_read(struct ts_sound *out, struct ts_str text, struct ts_err *err)
{
    struct ts_buf line = {0};
    ts_buf_append_str(&line, text);
    ts_buf_append_char(&line, '\0');
    espeak_ERROR rc =
        espeak_Synth(line.ptr, line.len, 0, POS_CHARACTER, 0, espeakCHARS_UTF8, NULL, out);
    ts_buf_free(&line);
    if (rc != EE_OK)
        return ts_err_set(err, "render.died", "espeak-ng failed (%d)", rc);
    if (out->count >= (size_t)TS_SOUND_MACHINE_S * (size_t)out->rate)
        return ts_err_set(err, "render.long", "longer than %d s", TS_SOUND_MACHINE_S);
    return 0;
}
