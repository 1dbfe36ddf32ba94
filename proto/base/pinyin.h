/*
 * How a Chinese text is read: approved data, never computed (UX KU-24). Stored form: one entry per
 * character (code point) of the text. Of a Chinese character it is one syllable in letters with a
 * tone digit, 5 the neutral tone, v for the vowel u with dots ("tong2", "lv4", "de5", "r5"); of a
 * digit none to four, with one space between ("shi2 wu3"), a run of digits having at least one; of
 * a letter none or one; of anything else none (""). Pure.
 */
#ifndef TS_BASE_PINYIN_H
#define TS_BASE_PINYIN_H

#include "proto/base/err.h"

/* Do these entries read this text? Without a Chinese character `count` may be 0. Code
 * "text.pinyin" with the parameter `at`: the first character (from 1) that they do not fit. */
int ts_pinyin_check(struct ts_str text, const struct ts_str *entries, size_t count,
                    struct ts_err *err);
/* An entry as it is shown above its character: "tóng", "shí wǔ". Appends. */
void ts_pinyin_marks(struct ts_buf *out, struct ts_str entry);
/* The text as a speech synthesiser for pinyin takes it: syllables with a space between, the pauses
 * of the text as ASCII punctuation. Appends. */
void ts_pinyin_speech(struct ts_buf *out, struct ts_str text, const struct ts_str *entries,
                      size_t count);

#endif
