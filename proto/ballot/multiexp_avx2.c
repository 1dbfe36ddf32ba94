#include "proto/ballot/multiexp_avx2.h"

#include <stdlib.h>

#if defined(__x86_64__)

#include "proto/ballot/field4.h"

/* Lanes: x, y, z, t. */
struct point4 {
    struct ts_field4 f;
};

/* Selectors for _mm256_permute4x64_epi64 and _mm256_blend_epi32, by lanes. */
#define LANES(a, b, c, d) ((a) | (b) << 2 | (c) << 4 | (d) << 6)
#define TAKE(a, b, c, d) ((a)*0x03 | (b)*0x0c | (c)*0x30 | (d)*0xc0)
#define PERMUTE(v, a, b, c, d) _mm256_permute4x64_epi64((v), LANES(a, b, c, d))
/* Second where the lane's flag is 1. */
#define BLEND(v, w, a, b, c, d) _mm256_blend_epi32((v), (w), TAKE(a, b, c, d))

/* Loops over the ten limbs have short bodies: counting would cost as much as they do. */
#if defined(__clang__)
#define EACH_LIMB _Pragma("clang loop unroll(full)") for (int i = 0; i < 10; i++)
#else
#define EACH_LIMB _Pragma("GCC unroll 10") for (int i = 0; i < 10; i++)
#endif

bool ts_multiexp_avx2_available(void)
{
    return __builtin_cpu_supports("avx2") != 0;
}

static TS_AVX2 void load_point(struct point4 *out, const struct ts_vpoint *p)
{
    int64_t limbs[10][4];
    __m256i z[10];
    ts_field4_pack(limbs, 0, &p->x);
    ts_field4_pack(limbs, 1, &p->y);
    ts_field4_pack(limbs, 2, &p->z);
    ts_field4_pack(limbs, 3, &p->t);
    EACH_LIMB
        z[i] = _mm256_loadu_si256((const __m256i *)(const void *)limbs[i]);
    ts_field4_carry(&out->f, z[0], z[1], z[2], z[3], z[4], z[5], z[6], z[7], z[8], z[9]);
}

static TS_AVX2 void store_point(struct ts_vpoint *out, const struct point4 *p)
{
    int64_t limbs[10][4];
    EACH_LIMB
        _mm256_storeu_si256((__m256i *)(void *)limbs[i], p->f.v[i]);
    ts_field4_unpack(&out->x, (const int64_t(*)[4])limbs, 0);
    ts_field4_unpack(&out->y, (const int64_t(*)[4])limbs, 1);
    ts_field4_unpack(&out->z, (const int64_t(*)[4])limbs, 2);
    ts_field4_unpack(&out->t, (const int64_t(*)[4])limbs, 3);
}

/*
 * From (x, y, z, t): s = (xx, yy, zz, xy), where xy = t*z. Then
 *     h = yy + xx, g = yy - xx, f = 2zz - g, e = 2xy,
 *     result (e*f, g*h, f*g, e*h) = (f, h, f, h) * (e, g, g, e).
 * Multiples of the reduced bound: h, g, e 2, f 4.
 */
static TS_AVX2 void double4(struct point4 *p)
{
    struct ts_field4 left, right, s;
    EACH_LIMB
        right.v[i] = PERMUTE(p->f.v[i], 0, 1, 2, 2);
    ts_field4_mul(&s, &p->f, &right);
    EACH_LIMB {
        __m256i v = s.v[i];
        __m256i swapped = _mm256_shuffle_epi32(v, 0x4e); /* yy, xx, xy, zz */
        __m256i w = BLEND(add(v, swapped), sub(v, swapped), 0, 1, 0, 0);
        w = BLEND(w, add(v, v), 0, 0, 1, 1); /* h, g, 2zz, e */
        __m256i g = BLEND(_mm256_setzero_si256(), PERMUTE(w, 1, 1, 1, 1), 1, 0, 1, 0);
        left.v[i] = sub(PERMUTE(w, 2, 0, 2, 0), g);
        right.v[i] = PERMUTE(w, 3, 1, 1, 3);
    }
    ts_field4_mul(&p->f, &left, &right);
}

/*
 * p += q, q = (y-x, y+x, 2z, 2dt): s = (y-x, y+x, z, t) * q = (a, b, d, c). Then
 *     e = b - a, h = b + a, g = d + c, f = d - c,
 *     result (e*f, g*h, f*g, e*h) = (f, g, f, h) * (e, h, g, e).
 * Multiples of the reduced bound: all 2. For p -= q, q comes with lanes 0 and 1 exchanged and lane
 * 3 negated.
 */
TS_AVX2_INLINE void add4(struct point4 *p, const struct ts_field4 *q)
{
    struct ts_field4 left, right, s;
    const __m256i zero = _mm256_setzero_si256();
    EACH_LIMB {
        __m256i v = p->f.v[i];
        __m256i x0 = BLEND(zero, v, 1, 0, 0, 0);
        __m256i x1 = BLEND(zero, PERMUTE(v, 0, 0, 0, 0), 0, 1, 0, 0);
        left.v[i] = add(sub(PERMUTE(v, 1, 1, 2, 3), x0), x1);
    }
    ts_field4_mul(&s, &left, q);
    EACH_LIMB {
        __m256i v = s.v[i];
        __m256i swapped = _mm256_shuffle_epi32(v, 0x4e);                 /* b, a, c, d */
        __m256i w = BLEND(add(v, swapped), sub(v, swapped), 0, 1, 1, 0); /* h, e, f, g */
        left.v[i] = PERMUTE(w, 2, 3, 2, 0);
        right.v[i] = PERMUTE(w, 1, 0, 3, 1);
    }
    ts_field4_mul(&p->f, &left, &right);
}

TS_AVX2_INLINE void unpack(struct ts_field4 *out, const struct ts_packed *q)
{
    EACH_LIMB
        out->v[i] =
            _mm256_cvtepi32_epi64(_mm_loadu_si128((const __m128i *)(const void *)q->limb[i]));
}

static TS_AVX2 void add_packed(struct point4 *p, const struct ts_packed *q, bool negate)
{
    struct ts_field4 operand;
    unpack(&operand, q);
    if (negate) {
        const __m256i zero = _mm256_setzero_si256();
        EACH_LIMB {
            __m256i v = PERMUTE(operand.v[i], 1, 0, 2, 3);
            operand.v[i] = BLEND(v, sub(zero, v), 0, 0, 0, 1);
        }
    }
    add4(p, &operand);
}

/* 2d in the last lane, 2 in the third: what an operand is multiplied by. */
static TS_AVX2 void cache(struct ts_field4 *out, const struct point4 *p,
                          const struct ts_field4 *factors)
{
    struct ts_field4 left;
    const __m256i zero = _mm256_setzero_si256();
    EACH_LIMB {
        __m256i v = p->f.v[i];
        __m256i x0 = BLEND(zero, v, 1, 0, 0, 0);
        __m256i x1 = BLEND(zero, PERMUTE(v, 0, 0, 0, 0), 0, 1, 0, 0);
        left.v[i] = add(sub(PERMUTE(v, 1, 1, 2, 3), x0), x1);
    }
    ts_field4_mul(out, &left, factors);
}

/* Reduced limbs fit 32 bits: their low halves are all of them. */
static TS_AVX2 void pack(struct ts_packed *out, const struct ts_field4 *in)
{
    const __m256i low_halves = _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6);
    EACH_LIMB
        _mm_storeu_si128((__m128i *)(void *)out->limb[i],
                         _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(in->v[i], low_halves)));
}

TS_AVX2 void ts_multiexp_avx2_table(struct ts_packed *entries, size_t count,
                                    const struct ts_vpoint *p)
{
    const struct ts_vpoint constants = {ts_field_one, ts_field_one, {{2}}, ts_field_2d};
    struct point4 base, multiple, factors;
    load_point(&factors, &constants);
    load_point(&base, p);
    for (int k = 0; k < TS_MULTIEXP_PARTS; k++) {
        struct ts_field4 cached, twice_cached;
        struct point4 twice = base;
        double4(&twice);
        cache(&twice_cached, &twice, &factors.f);
        multiple = base;
        for (size_t i = 0; i < count; i++) {
            if (i > 0)
                add4(&multiple, &twice_cached);
            cache(&cached, &multiple, &factors.f);
            pack(entries++, &cached);
        }
        for (int i = 0; k < TS_MULTIEXP_PARTS - 1 && i < TS_MULTIEXP_STEP; i++)
            double4(&base);
    }
}

TS_AVX2 void ts_multiexp_avx2(struct ts_vpoint *out, const struct ts_power *powers, size_t count)
{
    struct ts_vpoint identity;
    struct point4 sum;
    ts_vpoint_identity(&identity);
    load_point(&sum, &identity);
    for (int i = TS_MULTIEXP_STEP - 1; i >= 0; i--) {
        double4(&sum);
        for (size_t j = 0; j < count; j++) {
            for (int k = 0; k < TS_MULTIEXP_PARTS; k++) {
                int digit = powers[j].digits->d[TS_MULTIEXP_STEP * k + i];
                if (digit == 0)
                    continue;
                int index = (digit < 0 ? -digit : digit) >> 1;
                add_packed(&sum,
                           powers[j].fixed ? &powers[j].fixed->packed[k][index]
                                           : &powers[j].split->packed[k][index],
                           digit < 0);
            }
        }
    }
    store_point(out, &sum);
}

#else

bool ts_multiexp_avx2_available(void)
{
    return false;
}

void ts_multiexp_avx2_table(struct ts_packed *entries, size_t count, const struct ts_vpoint *p)
{
    (void)entries, (void)count, (void)p;
    abort();
}

void ts_multiexp_avx2(struct ts_vpoint *out, const struct ts_power *powers, size_t count)
{
    (void)out, (void)powers, (void)count;
    abort();
}

#endif
