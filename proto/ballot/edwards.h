/*
 * Addition formulas of -x^2 + y^2 = 1 + d x^2 y^2 in extended coordinates (Hisil, Wong, Carter,
 * Dawson 2008), for vartime.c and multiexp.c only. They are complete: they hold for equal points,
 * the identity and points of any order.
 */
#ifndef TS_BALLOT_EDWARDS_H
#define TS_BALLOT_EDWARDS_H

#include "proto/ballot/vartime.h"

/* Without t: all that doubling needs. */
struct ts_projective {
    struct ts_field x, y, z;
};

/* The result of an operation before it is multiplied out: x = X/Z, y = Y/T. */
struct ts_completed {
    struct ts_field x, y, z, t;
};

/* An operand prepared for addition. */
struct ts_cached {
    struct ts_field y_plus_x, y_minus_x, z, t2d;
};

/* The same with z = 1. */
struct ts_niels {
    struct ts_field y_plus_x, y_minus_x, xy2d;
};

static inline void ts_completed_extend(struct ts_vpoint *out, const struct ts_completed *c)
{
    ts_field_mul(&out->x, &c->x, &c->t);
    ts_field_mul(&out->y, &c->y, &c->z);
    ts_field_mul(&out->z, &c->z, &c->t);
    ts_field_mul(&out->t, &c->x, &c->y);
}

static inline void ts_completed_project(struct ts_projective *out, const struct ts_completed *c)
{
    ts_field_mul(&out->x, &c->x, &c->t);
    ts_field_mul(&out->y, &c->y, &c->z);
    ts_field_mul(&out->z, &c->z, &c->t);
}

/* x, y, z reduced. Limbs: sums of two 2^52.1; x and z differences below 2^53.4; t = 2z^2 + x^2 -
 * y^2 below 2^53.9. All are inside 2^54, and every subtrahend inside 2^53 - 76. */
static inline void ts_projective_double(struct ts_completed *out, const struct ts_field *x,
                                        const struct ts_field *y, const struct ts_field *z)
{
    struct ts_field xx, yy, zz, sum;
    ts_field_square(&xx, x);
    ts_field_square(&yy, y);
    ts_field_square(&zz, z);
    ts_field_add(&sum, x, y);
    ts_field_square(&sum, &sum);
    ts_field_add(&out->y, &yy, &xx);
    ts_field_sub(&out->z, &yy, &xx);
    ts_field_sub(&out->x, &sum, &out->y);
    ts_field_add(&zz, &zz, &zz);
    ts_field_add(&zz, &zz, &xx);
    ts_field_sub(&out->t, &zz, &yy);
}

static inline void ts_cached_of(struct ts_cached *out, const struct ts_vpoint *p)
{
    ts_field_add(&out->y_plus_x, &p->y, &p->x);
    ts_field_sub(&out->y_minus_x, &p->y, &p->x);
    out->z = p->z;
    ts_field_mul(&out->t2d, &p->t, &ts_field_2d);
}

/* The common end of all additions: a, b, c reduced; d below 2^52.1. `negate` swaps the signs of c.
 */
static inline void ts_completed_finish(struct ts_completed *out, const struct ts_field *a,
                                       const struct ts_field *b, const struct ts_field *c,
                                       const struct ts_field *d, bool negate)
{
    ts_field_sub(&out->x, b, a);
    ts_field_add(&out->y, b, a);
    ts_field_add(negate ? &out->t : &out->z, d, c);
    ts_field_sub(negate ? &out->z : &out->t, d, c);
}

/* p + q, or p - q */
static inline void ts_cached_add(struct ts_completed *out, const struct ts_vpoint *p,
                                 const struct ts_cached *q, bool negate)
{
    struct ts_field a, b, c, d;
    ts_field_sub(&a, &p->y, &p->x);
    ts_field_mul(&a, &a, negate ? &q->y_plus_x : &q->y_minus_x);
    ts_field_add(&b, &p->y, &p->x);
    ts_field_mul(&b, &b, negate ? &q->y_minus_x : &q->y_plus_x);
    ts_field_mul(&c, &q->t2d, &p->t);
    ts_field_mul(&d, &p->z, &q->z);
    ts_field_add(&d, &d, &d);
    ts_completed_finish(out, &a, &b, &c, &d, negate);
}

static inline void ts_niels_add(struct ts_completed *out, const struct ts_vpoint *p,
                                const struct ts_niels *q, bool negate)
{
    struct ts_field a, b, c, d;
    ts_field_sub(&a, &p->y, &p->x);
    ts_field_mul(&a, &a, negate ? &q->y_plus_x : &q->y_minus_x);
    ts_field_add(&b, &p->y, &p->x);
    ts_field_mul(&b, &b, negate ? &q->y_minus_x : &q->y_plus_x);
    ts_field_mul(&c, &q->xy2d, &p->t);
    ts_field_add(&d, &p->z, &p->z);
    ts_completed_finish(out, &a, &b, &c, &d, negate);
}

#endif
