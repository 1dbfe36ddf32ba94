/*
 * Identifiers: 22 Base58 characters (128.8 random bits). Randomness is drawn by the caller, so
 * that pure code stays pure. Belenios' uuids (14 characters and more) fit in the same type.
 */
#ifndef TS_BASE_ID_H
#define TS_BASE_ID_H

#include "proto/base/bytes.h"

#define TS_ID_LEN 22
#define TS_ID_MIN 14

struct ts_id {
    char s[TS_ID_LEN + 1]; /* NUL-terminated; empty: none */
};

/* 32 uniform bytes give one id (reduction bias below 2^-120). */
struct ts_id ts_id_from_random(const uint8_t random[static 32]);
/* TS_ID_MIN..TS_ID_LEN Base58 characters, else -1. */
int ts_id_parse(struct ts_id *out, struct ts_str s);
struct ts_str ts_id_str(const struct ts_id *id);
bool ts_id_equal(const struct ts_id *a, const struct ts_id *b);
bool ts_id_is_none(const struct ts_id *id);

#endif
