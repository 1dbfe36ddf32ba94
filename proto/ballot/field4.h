/*
 * Four field elements side by side in AVX2 registers, for multiexp_avx2.c only. Ten signed limbs,
 * limb i of weight 2^ceil(25.5 i), each in the low half of a 64-bit lane, sign-extended.
 *
 * Bounds. "Reduced", as carrying leaves it: even limbs within 2^25, odd ones within 2^24, and a
 * thousandth more. mul takes f within 4 times and g within 3 times that: g * 19 < 2^31 and doubled
 * f stay in 32 bits, columns stay below 12 * 2^50 * (1 + 4 * 19 + 5 * 19) < 2^61.2.
 */
#ifndef TS_BALLOT_FIELD4_H
#define TS_BALLOT_FIELD4_H

#include <immintrin.h>

#include "proto/ballot/field.h"

#define TS_AVX2 __attribute__((target("avx2")))
#define TS_AVX2_INLINE static inline __attribute__((target("avx2"), always_inline))

struct ts_field4 {
    __m256i v[10];
};

TS_AVX2_INLINE __m256i add(__m256i a, __m256i b)
{
    return _mm256_add_epi64(a, b);
}

TS_AVX2_INLINE __m256i sub(__m256i a, __m256i b)
{
    return _mm256_sub_epi64(a, b);
}

TS_AVX2_INLINE __m256i prod(__m256i a, __m256i b)
{
    return _mm256_mul_epi32(a, b);
}

/* Moves what exceeds `bits` from *low into *high, rounding to the nearest. There is no arithmetic
 * shift of 64 bits, so a bias keeps the number positive meanwhile. */
TS_AVX2_INLINE __m256i carry_out(__m256i *low, const int bits)
{
    const int64_t half = INT64_C(1) << (bits - 1), bias = INT64_C(1) << 62;
    __m256i t = add(*low, _mm256_set1_epi64x(bias + half));
    __m256i c = sub(_mm256_srli_epi64(t, bits), _mm256_set1_epi64x(bias >> bits));
    *low = sub(_mm256_and_si256(t, _mm256_set1_epi64x(2 * half - 1)), _mm256_set1_epi64x(half));
    return c;
}

TS_AVX2_INLINE void ts_field4_carry(struct ts_field4 *out, __m256i z0, __m256i z1, __m256i z2,
                                    __m256i z3, __m256i z4, __m256i z5, __m256i z6, __m256i z7,
                                    __m256i z8, __m256i z9)
{
    z1 = add(z1, carry_out(&z0, 26));
    z5 = add(z5, carry_out(&z4, 26));
    z2 = add(z2, carry_out(&z1, 25));
    z6 = add(z6, carry_out(&z5, 25));
    z3 = add(z3, carry_out(&z2, 26));
    z7 = add(z7, carry_out(&z6, 26));
    z4 = add(z4, carry_out(&z3, 25));
    z8 = add(z8, carry_out(&z7, 25));
    z5 = add(z5, carry_out(&z4, 26));
    z9 = add(z9, carry_out(&z8, 26));
    __m256i c = carry_out(&z9, 25); /* 2^255 = 19 = 1 + 2 + 16 */
    z0 = add(z0, add(add(c, _mm256_slli_epi64(c, 1)), _mm256_slli_epi64(c, 4)));
    z1 = add(z1, carry_out(&z0, 26));
    *out = (struct ts_field4){{z0, z1, z2, z3, z4, z5, z6, z7, z8, z9}};
}

/* Keeps compilers from computing all products first and spilling them: after each row the columns
 * are in registers, and the operands in memory, where the multiplications can take them from. */
#define TS_FIELD4_ROW_DONE(h)                                                                      \
    __asm__ volatile(""                                                                            \
                     : "+x"(z0), "+x"(z1), "+x"(z2), "+x"(z3), "+x"(z4), "+x"(z5), "+x"(z6),       \
                       "+x"(z7), "+x"(z8), "+x"(z9)                                                \
                     : "r"(&(h))                                                                   \
                     : "memory")

/*
 * Row i of the schoolbook product: column k gets f[i] times limb k-i of g, times 19 where that
 * wraps around, doubled where both weights were rounded up (i and k-i odd). h = 19*g. A function of
 * its own, not inlined: its ten columns fill the registers.
 */
static __attribute__((target("avx2"), noinline)) void
ts_field4_mul(struct ts_field4 *out, const struct ts_field4 *f, const struct ts_field4 *g)
{
    const __m256i nineteen = _mm256_set1_epi64x(19);
    __m256i z0, z1, z2, z3, z4, z5, z6, z7, z8, z9, x, xx;
    struct ts_field4 h;
    for (int j = 1; j < 10; j++)
        h.v[j] = prod(g->v[j], nineteen);
    __asm__ volatile("" : : "r"(&h) : "memory");
    x = f->v[0];
    z0 = prod(x, g->v[0]);
    z1 = prod(x, g->v[1]);
    z2 = prod(x, g->v[2]);
    z3 = prod(x, g->v[3]);
    z4 = prod(x, g->v[4]);
    z5 = prod(x, g->v[5]);
    z6 = prod(x, g->v[6]);
    z7 = prod(x, g->v[7]);
    z8 = prod(x, g->v[8]);
    z9 = prod(x, g->v[9]);
    TS_FIELD4_ROW_DONE(h);
    x = f->v[1];
    xx = add(x, x);
    z0 = add(z0, prod(xx, h.v[9]));
    z1 = add(z1, prod(x, g->v[0]));
    z2 = add(z2, prod(xx, g->v[1]));
    z3 = add(z3, prod(x, g->v[2]));
    z4 = add(z4, prod(xx, g->v[3]));
    z5 = add(z5, prod(x, g->v[4]));
    z6 = add(z6, prod(xx, g->v[5]));
    z7 = add(z7, prod(x, g->v[6]));
    z8 = add(z8, prod(xx, g->v[7]));
    z9 = add(z9, prod(x, g->v[8]));
    TS_FIELD4_ROW_DONE(h);
    x = f->v[2];
    z0 = add(z0, prod(x, h.v[8]));
    z1 = add(z1, prod(x, h.v[9]));
    z2 = add(z2, prod(x, g->v[0]));
    z3 = add(z3, prod(x, g->v[1]));
    z4 = add(z4, prod(x, g->v[2]));
    z5 = add(z5, prod(x, g->v[3]));
    z6 = add(z6, prod(x, g->v[4]));
    z7 = add(z7, prod(x, g->v[5]));
    z8 = add(z8, prod(x, g->v[6]));
    z9 = add(z9, prod(x, g->v[7]));
    TS_FIELD4_ROW_DONE(h);
    x = f->v[3];
    xx = add(x, x);
    z0 = add(z0, prod(xx, h.v[7]));
    z1 = add(z1, prod(x, h.v[8]));
    z2 = add(z2, prod(xx, h.v[9]));
    z3 = add(z3, prod(x, g->v[0]));
    z4 = add(z4, prod(xx, g->v[1]));
    z5 = add(z5, prod(x, g->v[2]));
    z6 = add(z6, prod(xx, g->v[3]));
    z7 = add(z7, prod(x, g->v[4]));
    z8 = add(z8, prod(xx, g->v[5]));
    z9 = add(z9, prod(x, g->v[6]));
    TS_FIELD4_ROW_DONE(h);
    x = f->v[4];
    z0 = add(z0, prod(x, h.v[6]));
    z1 = add(z1, prod(x, h.v[7]));
    z2 = add(z2, prod(x, h.v[8]));
    z3 = add(z3, prod(x, h.v[9]));
    z4 = add(z4, prod(x, g->v[0]));
    z5 = add(z5, prod(x, g->v[1]));
    z6 = add(z6, prod(x, g->v[2]));
    z7 = add(z7, prod(x, g->v[3]));
    z8 = add(z8, prod(x, g->v[4]));
    z9 = add(z9, prod(x, g->v[5]));
    TS_FIELD4_ROW_DONE(h);
    x = f->v[5];
    xx = add(x, x);
    z0 = add(z0, prod(xx, h.v[5]));
    z1 = add(z1, prod(x, h.v[6]));
    z2 = add(z2, prod(xx, h.v[7]));
    z3 = add(z3, prod(x, h.v[8]));
    z4 = add(z4, prod(xx, h.v[9]));
    z5 = add(z5, prod(x, g->v[0]));
    z6 = add(z6, prod(xx, g->v[1]));
    z7 = add(z7, prod(x, g->v[2]));
    z8 = add(z8, prod(xx, g->v[3]));
    z9 = add(z9, prod(x, g->v[4]));
    TS_FIELD4_ROW_DONE(h);
    x = f->v[6];
    z0 = add(z0, prod(x, h.v[4]));
    z1 = add(z1, prod(x, h.v[5]));
    z2 = add(z2, prod(x, h.v[6]));
    z3 = add(z3, prod(x, h.v[7]));
    z4 = add(z4, prod(x, h.v[8]));
    z5 = add(z5, prod(x, h.v[9]));
    z6 = add(z6, prod(x, g->v[0]));
    z7 = add(z7, prod(x, g->v[1]));
    z8 = add(z8, prod(x, g->v[2]));
    z9 = add(z9, prod(x, g->v[3]));
    TS_FIELD4_ROW_DONE(h);
    x = f->v[7];
    xx = add(x, x);
    z0 = add(z0, prod(xx, h.v[3]));
    z1 = add(z1, prod(x, h.v[4]));
    z2 = add(z2, prod(xx, h.v[5]));
    z3 = add(z3, prod(x, h.v[6]));
    z4 = add(z4, prod(xx, h.v[7]));
    z5 = add(z5, prod(x, h.v[8]));
    z6 = add(z6, prod(xx, h.v[9]));
    z7 = add(z7, prod(x, g->v[0]));
    z8 = add(z8, prod(xx, g->v[1]));
    z9 = add(z9, prod(x, g->v[2]));
    TS_FIELD4_ROW_DONE(h);
    x = f->v[8];
    z0 = add(z0, prod(x, h.v[2]));
    z1 = add(z1, prod(x, h.v[3]));
    z2 = add(z2, prod(x, h.v[4]));
    z3 = add(z3, prod(x, h.v[5]));
    z4 = add(z4, prod(x, h.v[6]));
    z5 = add(z5, prod(x, h.v[7]));
    z6 = add(z6, prod(x, h.v[8]));
    z7 = add(z7, prod(x, h.v[9]));
    z8 = add(z8, prod(x, g->v[0]));
    z9 = add(z9, prod(x, g->v[1]));
    TS_FIELD4_ROW_DONE(h);
    x = f->v[9];
    xx = add(x, x);
    z0 = add(z0, prod(xx, h.v[1]));
    z1 = add(z1, prod(x, h.v[2]));
    z2 = add(z2, prod(xx, h.v[3]));
    z3 = add(z3, prod(x, h.v[4]));
    z4 = add(z4, prod(xx, h.v[5]));
    z5 = add(z5, prod(x, h.v[6]));
    z6 = add(z6, prod(xx, h.v[7]));
    z7 = add(z7, prod(x, h.v[8]));
    z8 = add(z8, prod(xx, h.v[9]));
    z9 = add(z9, prod(x, g->v[0]));
    ts_field4_carry(out, z0, z1, z2, z3, z4, z5, z6, z7, z8, z9);
}

/* Lane `lane` of a packed row of limbs := a. */
static inline void ts_field4_pack(int64_t limbs[static 10][4], int lane, const struct ts_field *a)
{
    for (int i = 0; i < 5; i++) {
        limbs[2 * i][lane] = (int64_t)(a->v[i] & 0x3ffffff);
        limbs[2 * i + 1][lane] = (int64_t)(a->v[i] >> 26);
    }
}

/* a := lane `lane`. Pairs of limbs make up signed limbs of 51 bits; 4p makes them positive. */
static inline void ts_field4_unpack(struct ts_field *a, const int64_t limbs[static 10][4], int lane)
{
    struct ts_field positive = {{0}}, zero = {{0}};
    ts_field_sub(&positive, &zero, &zero);
    for (int i = 0; i < 5; i++)
        a->v[i] =
            positive.v[i] + (uint64_t)limbs[2 * i][lane] + ((uint64_t)limbs[2 * i + 1][lane] << 26);
    ts_field_carry(a);
}

#endif
