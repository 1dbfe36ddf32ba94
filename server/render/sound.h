/*
 * Sounds of the renderer: samples to a clip of one loudness, and recordings to samples (UX KU-25).
 * Codes: render.sound (not a recording that can be read), render.long, render.silent.
 */
#ifndef TS_RENDER_SOUND_H
#define TS_RENDER_SOUND_H

#include "proto/base/err.h"

#define TS_SOUND_CLIP_MAX (256u * 1024)           /* bytes of a clip */
#define TS_SOUND_RECORDING_S 12                   /* seconds of a recording */
#define TS_SOUND_MACHINE_S 60                     /* of what a machine reads */
#define TS_SOUND_RECORDING_MAX (3u * 1024 * 1024) /* bytes of an upload: 12 s of stereo WAV */

/* One channel. Zero-initialise; release with ts_sound_free(). */
struct ts_sound {
    float *samples;
    size_t count, cap;
    int rate; /* per second */
};

void ts_sound_add(struct ts_sound *sound, float sample);
void ts_sound_free(struct ts_sound *sound);

/* WAV or Ogg/Opus, one or two channels, at most TS_SOUND_RECORDING_S. */
int ts_sound_read(struct ts_sound *out, struct ts_bytes recording, struct ts_err *err);
/* Ogg/Opus, mono, about 24 kbit/s, at -19 LUFS (less where it would clip at -1 dBFS). The same
 * samples give the same bytes. Appends. */
int ts_sound_encode(struct ts_buf *out, const struct ts_sound *sound, struct ts_err *err);

#endif
