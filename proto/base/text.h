/* Unicode text from people (the only file with utf8proc.h). */
#ifndef TS_BASE_TEXT_H
#define TS_BASE_TEXT_H

#include "proto/base/arena.h"
#include "proto/base/err.h"

/* Well-formed UTF-8 without NUL? */
bool ts_text_is_utf8(struct ts_str s);
/* The next code point, taken off `rest`, which is well-formed and not empty. */
uint32_t ts_text_next(struct ts_str *rest);
/* Number of code points of well-formed text. */
size_t ts_text_points(struct ts_str s);
/* A Chinese character (ideograph)? */
bool ts_text_is_han(uint32_t point);
/* Number of grapheme clusters, what a person would count as characters. */
size_t ts_text_graphemes(struct ts_str s);
/* NFC; refuses malformed UTF-8, C0/C1 controls except \n and \t, private use, unassigned,
 * noncharacters and bidirectional overrides (code "text.character"); trims white space at both
 * ends; then refuses fewer than min or more than max graphemes ("text.short", "text.long" with
 * params min/max). The result lies in the arena. */
int ts_text_normalise(struct ts_str *out, struct ts_str in, size_t min, size_t max,
                      struct ts_arena *arena, struct ts_err *err);

#endif
