/*
 * Integers modulo p = 2^255 - 19 in five limbs of 51 bits, for the variable-time group only.
 * Between operations limbs may exceed 51 bits by a few; ts_field_to_bytes() gives the one canonical
 * form.
 */
#ifndef TS_BALLOT_FIELD_H
#define TS_BALLOT_FIELD_H

#include <stdbool.h>
#include <stdint.h>

__extension__ typedef unsigned __int128 ts_field_wide;

struct ts_field {
    uint64_t v[5];
};

#define TS_FIELD_MASK ((UINT64_C(1) << 51) - 1)

extern const struct ts_field ts_field_zero, ts_field_one, ts_field_sqrt_m1;
/* Curve constants: d = -121665/121666, and 2d. */
extern const struct ts_field ts_field_d, ts_field_2d;

/*
 * Bounds. "Reduced": every limb < 2^51 + 2^13, as mul, square, carry, negate and from_bytes leave
 * it. sub takes a subtrahend with limbs < 2^53 - 76. mul and square take limbs < 2^54: column 0 is
 * then below 77 * 2^108 < 2^114.3, its carry below 2^63.3; column 4 below 2^110.4, 19 times its
 * carry below 2^63.7: both fit 64 bits. edwards.h says at each formula why it stays inside.
 */
static inline void ts_field_add(struct ts_field *out, const struct ts_field *a,
                                const struct ts_field *b)
{
    for (int i = 0; i < 5; i++)
        out->v[i] = a->v[i] + b->v[i];
}

/* a + 4p - b: limbs of the multiple of p exceed those of b. */
static inline void ts_field_sub(struct ts_field *out, const struct ts_field *a,
                                const struct ts_field *b)
{
    out->v[0] = a->v[0] + UINT64_C(0x1fffffffffffb4) - b->v[0];
    for (int i = 1; i < 5; i++)
        out->v[i] = a->v[i] + UINT64_C(0x1ffffffffffffc) - b->v[i];
}

/* Folds five 128-bit columns into reduced limbs; 2^255 = 19. */
static inline void ts_field_fold(struct ts_field *out, ts_field_wide r0, ts_field_wide r1,
                                 ts_field_wide r2, ts_field_wide r3, ts_field_wide r4)
{
    r1 += (uint64_t)(r0 >> 51);
    r2 += (uint64_t)(r1 >> 51);
    r3 += (uint64_t)(r2 >> 51);
    r4 += (uint64_t)(r3 >> 51);
    uint64_t low = ((uint64_t)r0 & TS_FIELD_MASK) + 19 * (uint64_t)(r4 >> 51);
    out->v[0] = low & TS_FIELD_MASK;
    out->v[1] = ((uint64_t)r1 & TS_FIELD_MASK) + (low >> 51);
    out->v[2] = (uint64_t)r2 & TS_FIELD_MASK;
    out->v[3] = (uint64_t)r3 & TS_FIELD_MASK;
    out->v[4] = (uint64_t)r4 & TS_FIELD_MASK;
}

static inline ts_field_wide ts_field_product(uint64_t a, uint64_t b)
{
    return (ts_field_wide)a * b;
}

static inline void ts_field_mul(struct ts_field *out, const struct ts_field *a,
                                const struct ts_field *b)
{
    const uint64_t a0 = a->v[0], a1 = a->v[1], a2 = a->v[2], a3 = a->v[3], a4 = a->v[4];
    const uint64_t b0 = b->v[0], b1 = b->v[1], b2 = b->v[2], b3 = b->v[3], b4 = b->v[4];
    const uint64_t c1 = 19 * b1, c2 = 19 * b2, c3 = 19 * b3, c4 = 19 * b4;
    ts_field_wide r0 = ts_field_product(a0, b0) + ts_field_product(a1, c4) +
                       ts_field_product(a2, c3) + ts_field_product(a3, c2) +
                       ts_field_product(a4, c1);
    ts_field_wide r1 = ts_field_product(a0, b1) + ts_field_product(a1, b0) +
                       ts_field_product(a2, c4) + ts_field_product(a3, c3) +
                       ts_field_product(a4, c2);
    ts_field_wide r2 = ts_field_product(a0, b2) + ts_field_product(a1, b1) +
                       ts_field_product(a2, b0) + ts_field_product(a3, c4) +
                       ts_field_product(a4, c3);
    ts_field_wide r3 = ts_field_product(a0, b3) + ts_field_product(a1, b2) +
                       ts_field_product(a2, b1) + ts_field_product(a3, b0) +
                       ts_field_product(a4, c4);
    ts_field_wide r4 = ts_field_product(a0, b4) + ts_field_product(a1, b3) +
                       ts_field_product(a2, b2) + ts_field_product(a3, b1) +
                       ts_field_product(a4, b0);
    ts_field_fold(out, r0, r1, r2, r3, r4);
}

static inline void ts_field_square(struct ts_field *out, const struct ts_field *a)
{
    const uint64_t a0 = a->v[0], a1 = a->v[1], a2 = a->v[2], a3 = a->v[3], a4 = a->v[4];
    const uint64_t d0 = 2 * a0, d1 = 2 * a1, d2 = 2 * a2;
    const uint64_t c3 = 19 * a3, c4 = 19 * a4;
    ts_field_wide r0 =
        ts_field_product(a0, a0) + ts_field_product(d1, c4) + ts_field_product(d2, c3);
    ts_field_wide r1 =
        ts_field_product(d0, a1) + ts_field_product(d2, c4) + ts_field_product(a3, c3);
    ts_field_wide r2 =
        ts_field_product(d0, a2) + ts_field_product(a1, a1) + ts_field_product(2 * a3, c4);
    ts_field_wide r3 =
        ts_field_product(d0, a3) + ts_field_product(d1, a2) + ts_field_product(a4, c4);
    ts_field_wide r4 =
        ts_field_product(d0, a4) + ts_field_product(d1, a3) + ts_field_product(a2, a2);
    ts_field_fold(out, r0, r1, r2, r3, r4);
}

void ts_field_square_times(struct ts_field *out, const struct ts_field *a, unsigned times);
/* Makes limbs < 2^63 reduced. */
void ts_field_carry(struct ts_field *a);
/* a reduced. */
void ts_field_negate(struct ts_field *out, const struct ts_field *a);
/* a^(p-2); zero for zero. */
void ts_field_invert(struct ts_field *out, const struct ts_field *a);
/* a^((p-5)/8), the core of square roots. */
void ts_field_pow_p58(struct ts_field *out, const struct ts_field *a);
/* Ignores the top bit. False when the value is p or more. */
bool ts_field_from_bytes(struct ts_field *out, const uint8_t bytes[static 32]);
void ts_field_to_bytes(uint8_t out[static 32], const struct ts_field *a);
bool ts_field_is_zero(const struct ts_field *a);
bool ts_field_equal(const struct ts_field *a, const struct ts_field *b);
/* The lowest bit of the canonical form, which is the sign of x in encodings. */
bool ts_field_is_odd(const struct ts_field *a);

#endif
