/*
 * Integers modulo p = 2^255 - 19 in five limbs of 51 bits, for vartime.c only. Between operations
 * limbs may exceed 51 bits by a few; ts_field_to_bytes() gives the one canonical form.
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
 * Bounds. "Reduced": every limb < 2^51 + 2^13, as mul, square, carry and from_bytes leave it.
 * add takes reduced operands or sums of a few; sub takes a subtrahend < 2^53 in each limb; mul and
 * square take limbs < 2^54 (19 * 2^54 * 2^54 * 5 stays below 2^128, and folds below 2^64).
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

void ts_field_mul(struct ts_field *out, const struct ts_field *a, const struct ts_field *b);
void ts_field_square(struct ts_field *out, const struct ts_field *a);
void ts_field_square_times(struct ts_field *out, const struct ts_field *a, unsigned times);
void ts_field_carry(struct ts_field *a);
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
