/* A machine that reads aloud: espeak-ng. It gets pinyin or English, never Chinese characters (UX
 * KU-26). One at a time. */
#ifndef TS_RENDER_SPEECH_H
#define TS_RENDER_SPEECH_H

#include "server/render/sound.h"

enum ts_speech_voice { TS_SPEECH_PINYIN, TS_SPEECH_ENGLISH };

/* Loads the data and the voice's files; once. Samples per second, or -1. Code: render.none (they
 * are not installed). */
int ts_speech_start(enum ts_speech_voice voice, struct ts_err *err);
/* Another voice. */
int ts_speech_voice(enum ts_speech_voice voice, struct ts_err *err);
/* out->rate: as of ts_speech_start(). Codes: render.long, render.died. */
int ts_speech_read(struct ts_sound *out, struct ts_str text, struct ts_err *err);

#endif
