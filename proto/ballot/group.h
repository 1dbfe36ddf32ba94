/*
 * The group: the subgroup of prime order of Ed25519, points in their 32-byte encoding (PROTOCOL
 * 1.2). Everything here goes through libsodium in constant time and is meant for secret scalars;
 * checking published data is faster with proto/ballot/vartime.h. Zero and the identity, at which
 * libsodium reports an error (PROTOCOL 13), are ordinary values here.
 */
#ifndef TS_BALLOT_GROUP_H
#define TS_BALLOT_GROUP_H

#include "proto/ballot/scalar.h"

#define TS_POINT_TEXT 64 /* hex digits, without NUL */

struct ts_point {
    uint8_t b[32]; /* libsodium's bytes */
};

extern const struct ts_point ts_point_identity;
extern const struct ts_point ts_point_base; /* g */

/* Acceptable: canonical encoding, on the curve, in the subgroup of order L; the identity is. */
bool ts_point_acceptable(const struct ts_point *p);
bool ts_point_is_identity(const struct ts_point *p);
bool ts_point_equal(const struct ts_point *a, const struct ts_point *b); /* constant-time */
/* Order of the published credential lists: memcmp of the bytes. */
int ts_point_compare(const struct ts_point *a, const struct ts_point *b);

/* Text form: hex of the bytes in reverse order, NUL-terminated. */
void ts_point_text(char out[static TS_POINT_TEXT + 1], const struct ts_point *p);
/* Exactly 64 lower-case hex digits: 0, else -1. Says nothing about the point: check it with
 * ts_point_acceptable() or ts_vpoint_read(). */
int ts_point_parse(struct ts_point *out, struct ts_str text);

/* Operands must be acceptable (asserted as far as libsodium notices). out may be an operand. */
void ts_point_add(struct ts_point *out, const struct ts_point *a, const struct ts_point *b);
void ts_point_sub(struct ts_point *out, const struct ts_point *a, const struct ts_point *b);
/* g^s */
void ts_point_mul_base(struct ts_point *out, const struct ts_scalar *s);
/* p^s; -1 and *out untouched when p is not acceptable. */
int ts_point_mul(struct ts_point *out, const struct ts_point *p, const struct ts_scalar *s);

#endif
