/*
 * Integers modulo L = 2^252 + 27742317777372353535851937790883648493, the order of the group
 * (PROTOCOL 1.1). Always canonical (below L), 32 bytes little-endian as libsodium has them. All
 * arithmetic is constant-time; text forms are not and are for published values, or for a secret at
 * the moment in which it is written down.
 */
#ifndef TS_BALLOT_SCALAR_H
#define TS_BALLOT_SCALAR_H

#include "proto/base/bytes.h"

#define TS_SCALAR_TEXT_MAX 76 /* decimal digits, without NUL */

struct ts_scalar {
    uint8_t b[32];
};

struct ts_scalar ts_scalar_of(uint64_t n);
void ts_scalar_add(struct ts_scalar *out, const struct ts_scalar *a, const struct ts_scalar *b);
void ts_scalar_sub(struct ts_scalar *out, const struct ts_scalar *a, const struct ts_scalar *b);
void ts_scalar_mul(struct ts_scalar *out, const struct ts_scalar *a, const struct ts_scalar *b);
void ts_scalar_negate(struct ts_scalar *out, const struct ts_scalar *a);
/* a may not be zero (asserted). */
void ts_scalar_invert(struct ts_scalar *out, const struct ts_scalar *a);
/* Constant-time. */
bool ts_scalar_is_zero(const struct ts_scalar *a);
bool ts_scalar_equal(const struct ts_scalar *a, const struct ts_scalar *b);
/* out = condition ? a : b, without a branch; condition is 0 or 1. */
void ts_scalar_select(struct ts_scalar *out, unsigned condition, const struct ts_scalar *a,
                      const struct ts_scalar *b);

/* 32 or 64 bytes as a big-endian integer, reduced modulo L: how digests become scalars. */
void ts_scalar_from_be(struct ts_scalar *out, const uint8_t *bytes, size_t len);
/* 64 uniform bytes give a uniform scalar. */
void ts_scalar_from_uniform(struct ts_scalar *out, const uint8_t bytes[static 64]);
/* Is the encoding below L? libsodium does not check. */
bool ts_scalar_is_canonical(const uint8_t bytes[static 32]);

/* Plain decimal, NUL-terminated; returns its length. */
size_t ts_scalar_text(char out[static TS_SCALAR_TEXT_MAX + 1], const struct ts_scalar *a);
/* Plain decimal below L, without sign or leading zeros: 0; anything else: -1. */
int ts_scalar_parse(struct ts_scalar *out, struct ts_str text);

void ts_scalar_wipe(struct ts_scalar *a);

#endif
