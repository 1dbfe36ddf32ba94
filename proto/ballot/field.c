#include "proto/ballot/field.h"

const struct ts_field ts_field_zero = {{0}};
const struct ts_field ts_field_one = {{1}};
const struct ts_field ts_field_d = {{UINT64_C(0x34dca135978a3), UINT64_C(0x1a8283b156ebd),
                                     UINT64_C(0x5e7a26001c029), UINT64_C(0x739c663a03cbb),
                                     UINT64_C(0x52036cee2b6ff)}};
const struct ts_field ts_field_2d = {{UINT64_C(0x69b9426b2f159), UINT64_C(0x35050762add7a),
                                      UINT64_C(0x3cf44c0038052), UINT64_C(0x6738cc7407977),
                                      UINT64_C(0x2406d9dc56dff)}};
const struct ts_field ts_field_sqrt_m1 = {{UINT64_C(0x61b274a0ea0b0), UINT64_C(0xd5a5fc8f189d),
                                           UINT64_C(0x7ef5e9cbd0c60), UINT64_C(0x78595a6804c9e),
                                           UINT64_C(0x2b8324804fc1d)}};

void ts_field_carry(struct ts_field *a)
{
    for (int i = 0; i < 4; i++) {
        a->v[i + 1] += a->v[i] >> 51;
        a->v[i] &= TS_FIELD_MASK;
    }
    a->v[0] += 19 * (a->v[4] >> 51);
    a->v[4] &= TS_FIELD_MASK;
}

void ts_field_negate(struct ts_field *out, const struct ts_field *a)
{
    ts_field_sub(out, &ts_field_zero, a);
    ts_field_carry(out);
}

void ts_field_square_times(struct ts_field *out, const struct ts_field *a, unsigned times)
{
    *out = *a;
    while (times-- > 0)
        ts_field_square(out, out);
}

/* a^(2^250 - 1), and a^11 on the way: the common part of both exponents below. */
static void pow_250(struct ts_field *out, struct ts_field *a11, const struct ts_field *a)
{
    struct ts_field a2, a9, t, e5, e10, e20, e50, e100;
    ts_field_square(&a2, a);
    ts_field_square_times(&t, &a2, 2);
    ts_field_mul(&a9, &t, a);
    ts_field_mul(a11, &a9, &a2);
    ts_field_square(&t, a11);
    ts_field_mul(&e5, &t, &a9); /* 2^5 - 1 */
    ts_field_square_times(&t, &e5, 5);
    ts_field_mul(&e10, &t, &e5);
    ts_field_square_times(&t, &e10, 10);
    ts_field_mul(&e20, &t, &e10);
    ts_field_square_times(&t, &e20, 20);
    ts_field_mul(&t, &t, &e20);
    ts_field_square_times(&t, &t, 10);
    ts_field_mul(&e50, &t, &e10);
    ts_field_square_times(&t, &e50, 50);
    ts_field_mul(&e100, &t, &e50);
    ts_field_square_times(&t, &e100, 100);
    ts_field_mul(&t, &t, &e100);
    ts_field_square_times(&t, &t, 50);
    ts_field_mul(out, &t, &e50);
}

void ts_field_invert(struct ts_field *out, const struct ts_field *a)
{
    /* p - 2 = 2^255 - 21 = 2^5 (2^250 - 1) + 11 */
    struct ts_field e250, a11;
    pow_250(&e250, &a11, a);
    ts_field_square_times(&e250, &e250, 5);
    ts_field_mul(out, &e250, &a11);
}

void ts_field_pow_p58(struct ts_field *out, const struct ts_field *a)
{
    /* (p - 5)/8 = 2^252 - 3 = 2^2 (2^250 - 1) + 1 */
    struct ts_field e250, a11;
    pow_250(&e250, &a11, a);
    ts_field_square_times(&e250, &e250, 2);
    ts_field_mul(out, &e250, a);
}

static uint64_t load64(const uint8_t *bytes)
{
    uint64_t n = 0;
    for (int i = 7; i >= 0; i--)
        n = n << 8 | bytes[i];
    return n;
}

bool ts_field_from_bytes(struct ts_field *out, const uint8_t bytes[static 32])
{
    uint64_t a = load64(bytes), b = load64(bytes + 8), c = load64(bytes + 16),
             d = load64(bytes + 24);
    out->v[0] = a & TS_FIELD_MASK;
    out->v[1] = (a >> 51 | b << 13) & TS_FIELD_MASK;
    out->v[2] = (b >> 38 | c << 26) & TS_FIELD_MASK;
    out->v[3] = (c >> 25 | d << 39) & TS_FIELD_MASK;
    out->v[4] = (d >> 12) & TS_FIELD_MASK;
    /* p is 0x7ff...ed: at least p means all ones above a lowest limb of 2^51 - 19 or more. */
    bool ones = (out->v[1] & out->v[2] & out->v[3] & out->v[4]) == TS_FIELD_MASK;
    return !(ones && out->v[0] >= TS_FIELD_MASK - 18);
}

/* The canonical limbs: below p. */
static struct ts_field freeze(const struct ts_field *a)
{
    struct ts_field t = *a;
    ts_field_carry(&t);
    ts_field_carry(&t); /* now the value is below 2^255 + 19 * 2^13, limbs below 2^51 + 19 */
    uint64_t q = (t.v[0] + 19) >> 51;
    for (int i = 1; i < 5; i++)
        q = (t.v[i] + q) >> 51;
    t.v[0] += 19 * q; /* q = 1 exactly when the value is p or more */
    for (int i = 0; i < 4; i++) {
        t.v[i + 1] += t.v[i] >> 51;
        t.v[i] &= TS_FIELD_MASK;
    }
    t.v[4] &= TS_FIELD_MASK;
    return t;
}

static void store64(uint8_t *bytes, uint64_t n)
{
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(n >> 8 * i);
}

void ts_field_to_bytes(uint8_t out[static 32], const struct ts_field *a)
{
    struct ts_field t = freeze(a);
    store64(out, t.v[0] | t.v[1] << 51);
    store64(out + 8, t.v[1] >> 13 | t.v[2] << 38);
    store64(out + 16, t.v[2] >> 26 | t.v[3] << 25);
    store64(out + 24, t.v[3] >> 39 | t.v[4] << 12);
}

bool ts_field_is_zero(const struct ts_field *a)
{
    struct ts_field t = freeze(a);
    return (t.v[0] | t.v[1] | t.v[2] | t.v[3] | t.v[4]) == 0;
}

bool ts_field_equal(const struct ts_field *a, const struct ts_field *b)
{
    /* b must be reduced or a plain sum, as for any subtraction. */
    struct ts_field difference;
    ts_field_sub(&difference, a, b);
    return ts_field_is_zero(&difference);
}

bool ts_field_is_odd(const struct ts_field *a)
{
    return freeze(a).v[0] & 1;
}
