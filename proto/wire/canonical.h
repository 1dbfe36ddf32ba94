/*
 * A quick way through what this program itself has written: canonical JSON in the order of the
 * definition, read straight into the struct, with no tree of values between. It accepts only what
 * the general decoder (wire.h) accepts, with the same result; whatever it does not expect (an
 * escape in a string, another order) it leaves to that one. Replay of a million records lives on
 * it.
 */
#ifndef TS_WIRE_CANONICAL_H
#define TS_WIRE_CANONICAL_H

#include "proto/wire/wire.h"

/* Reads one object at *at and moves *at behind it. False: not for this file; *out holds nothing
 * useful then, and nothing is known of the text. Text must be UTF-8 without control characters. */
bool ts_wire_decode_canonical(const struct ts_desc *desc, struct ts_str *at, struct ts_arena *arena,
                              void *out);
/* Moves *at behind this text, if it begins with it. */
bool ts_wire_skip(struct ts_str *at, const char *text);

#endif
