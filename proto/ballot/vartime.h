/*
 * The same group for published data only: variable-time, on the project's own field arithmetic
 * (field.h). Why our own: libdecaf's double multiplication took 49 us where one from the tables of
 * multiexp.h takes 12, and a ballot of three questions needs 71 of them and 27 subgroup checks.
 * NEVER with secret scalars. Property tests hold every function here against libsodium.
 */
#ifndef TS_BALLOT_VARTIME_H
#define TS_BALLOT_VARTIME_H

#include "proto/ballot/field.h"
#include "proto/ballot/group.h"

/* Extended coordinates: x = X/Z, y = Y/Z, x*y = T/Z. */
struct ts_vpoint {
    struct ts_field x, y, z, t;
};

void ts_vpoint_identity(struct ts_vpoint *out);
void ts_vpoint_base(struct ts_vpoint *out);
/* 0: canonical encoding of a point of the curve, of any order; else -1. */
int ts_vpoint_decode(struct ts_vpoint *out, const struct ts_point *in);
/* Is L times the point the identity? Exact. */
bool ts_vpoint_in_subgroup(const struct ts_vpoint *p);
/* Decode and subgroup: 0 exactly when ts_point_acceptable(). */
int ts_vpoint_read(struct ts_vpoint *out, const struct ts_point *in);
/* Encodes `count` points with one inversion. */
void ts_vpoint_encode(struct ts_point *out, const struct ts_vpoint *in, size_t count);

void ts_vpoint_add(struct ts_vpoint *out, const struct ts_vpoint *a, const struct ts_vpoint *b);
void ts_vpoint_sub(struct ts_vpoint *out, const struct ts_vpoint *a, const struct ts_vpoint *b);
void ts_vpoint_double(struct ts_vpoint *out, const struct ts_vpoint *a);
bool ts_vpoint_equal(const struct ts_vpoint *a, const struct ts_vpoint *b);
bool ts_vpoint_is_identity(const struct ts_vpoint *p);

/* p^s */
void ts_vpoint_mul(struct ts_vpoint *out, const struct ts_vpoint *p, const struct ts_scalar *s);
/* Product of points[i]^scalars[i]; the identity for count 0. */
void ts_vpoint_mul_sum(struct ts_vpoint *out, const struct ts_vpoint *points,
                       const struct ts_scalar *scalars, size_t count);

#endif
