/*
 * A hash as short words that people read aloud and compare: on the wall, on a booth, on the
 * scrutineers' paper. Six words of 256, so 48 bits: enough to notice a mistake or a swap that was
 * not prepared for hours; programs compare the whole hash.
 */
#ifndef TS_BALLOT_WORDS_H
#define TS_BALLOT_WORDS_H

#include "proto/ballot/digest.h"

#define TS_WORDS_COUNT 6
#define TS_WORDS_MAX (TS_WORDS_COUNT * 10) /* bytes: words of up to 9 and a space or NUL each */

/* "春天 乌龟 ...", NUL-terminated: word i stands for byte i of the hash. */
void ts_words_of(char out[static TS_WORDS_MAX], const struct ts_digest *hash);

#endif
