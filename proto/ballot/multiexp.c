#include "proto/ballot/multiexp.h"

#include <assert.h>
#include <stdlib.h>

#include "proto/ballot/multiexp_avx2.h"

#define WIDTH_FIXED 7
#define WIDTH_SHORT 5

/* bases[k] = P^(2^(64 k)) */
static void spread(struct ts_vpoint bases[static TS_MULTIEXP_PARTS], const struct ts_vpoint *p)
{
    bases[0] = *p;
    for (int k = 1; k < TS_MULTIEXP_PARTS; k++) {
        struct ts_projective q = {bases[k - 1].x, bases[k - 1].y, bases[k - 1].z};
        struct ts_completed c;
        for (int i = 0; i < TS_MULTIEXP_STEP; i++) {
            ts_projective_double(&c, &q.x, &q.y, &q.z);
            if (i < TS_MULTIEXP_STEP - 1)
                ts_completed_project(&q, &c);
        }
        ts_completed_extend(&bases[k], &c);
    }
}

void ts_short_table_init_portable(struct ts_short_table *table, const struct ts_vpoint *p)
{
    table->vector = false;
    struct ts_vpoint bases[TS_MULTIEXP_PARTS];
    spread(bases, p);
    for (int k = 0; k < TS_MULTIEXP_PARTS; k++) {
        struct ts_completed c;
        struct ts_vpoint twice, next;
        struct ts_cached *part = table->part[k];
        ts_vpoint_double(&twice, &bases[k]);
        ts_cached_of(&part[0], &bases[k]);
        for (int i = 1; i < TS_MULTIEXP_SHORT; i++) {
            ts_cached_add(&c, &twice, &part[i - 1], false);
            ts_completed_extend(&next, &c);
            ts_cached_of(&part[i], &next);
        }
    }
}

/* Brings points to z = 1 with one inversion of the product of all z. */
static void flatten(struct ts_niels *out, const struct ts_vpoint *points, size_t count)
{
    struct ts_field *products = calloc(count, sizeof *products);
    if (!products)
        abort();
    struct ts_field inverse = ts_field_one;
    for (size_t i = 0; i < count; i++) {
        products[i] = inverse;
        ts_field_mul(&inverse, &inverse, &points[i].z);
    }
    ts_field_invert(&inverse, &inverse);
    for (size_t i = count; i-- > 0;) {
        struct ts_field z_inverse, x, y;
        ts_field_mul(&z_inverse, &inverse, &products[i]);
        ts_field_mul(&inverse, &inverse, &points[i].z);
        ts_field_mul(&x, &points[i].x, &z_inverse);
        ts_field_mul(&y, &points[i].y, &z_inverse);
        ts_field_add(&out[i].y_plus_x, &y, &x);
        ts_field_sub(&out[i].y_minus_x, &y, &x);
        ts_field_mul(&out[i].xy2d, &x, &y);
        ts_field_mul(&out[i].xy2d, &out[i].xy2d, &ts_field_2d);
    }
    free(products);
}

void ts_fixed_table_init_portable(struct ts_fixed_table *table, const struct ts_vpoint *p)
{
    table->vector = false;
    struct ts_vpoint bases[TS_MULTIEXP_PARTS];
    spread(bases, p);
    for (int k = 0; k < TS_MULTIEXP_PARTS; k++) {
        struct ts_vpoint multiples[TS_MULTIEXP_FIXED], twice;
        ts_vpoint_double(&twice, &bases[k]);
        multiples[0] = bases[k];
        for (int i = 1; i < TS_MULTIEXP_FIXED; i++)
            ts_vpoint_add(&multiples[i], &multiples[i - 1], &twice);
        flatten(table->part[k], multiples, TS_MULTIEXP_FIXED);
    }
}

void ts_short_table_init(struct ts_short_table *table, const struct ts_vpoint *p)
{
    if (!ts_multiexp_avx2_available()) {
        ts_short_table_init_portable(table, p);
        return;
    }
    table->vector = true;
    ts_multiexp_avx2_table(table->packed[0], TS_MULTIEXP_SHORT, p);
}

void ts_fixed_table_init(struct ts_fixed_table *table, const struct ts_vpoint *p)
{
    if (!ts_multiexp_avx2_available()) {
        ts_fixed_table_init_portable(table, p);
        return;
    }
    table->vector = true;
    ts_multiexp_avx2_table(table->packed[0], TS_MULTIEXP_FIXED, p);
}

static uint64_t load64(const uint8_t *bytes)
{
    uint64_t n = 0;
    for (int i = 7; i >= 0; i--)
        n = n << 8 | bytes[i];
    return n;
}

/* Non-adjacent form of the given width: odd digits below 2^(width-1) in size, and after each at
 * least width-1 zeros. s is below 2^253, so the last carry ends inside the array. */
static void recode(struct ts_digits *out, const uint8_t s[static 32], unsigned width)
{
    uint64_t limbs[5] = {load64(s), load64(s + 8), load64(s + 16), load64(s + 24), 0};
    const uint64_t span = UINT64_C(1) << width;
    uint64_t carry = 0;
    memset(out->d, 0, sizeof out->d);
    for (unsigned at = 0; at < TS_MULTIEXP_DIGITS;) {
        unsigned limb = at / 64, bit = at % 64;
        uint64_t window = limbs[limb] >> bit;
        if (bit + width > 64)
            window |= limbs[limb + 1] << (64 - bit);
        window = (window & (span - 1)) + carry;
        if ((window & 1) == 0) {
            at++;
            continue;
        }
        carry = window >= span / 2;
        out->d[at] = (int8_t)((int64_t)window - (carry ? (int64_t)span : 0));
        at += width;
    }
}

void ts_digits_fixed(struct ts_digits *out, const struct ts_scalar *s)
{
    recode(out, s->b, WIDTH_FIXED);
}

void ts_digits_short(struct ts_digits *out, const struct ts_scalar *s)
{
    recode(out, s->b, WIDTH_SHORT);
}

/* c += power's digit at position `at` of part k */
static inline void add_digit(struct ts_completed *c, const struct ts_power *power, int k, int digit)
{
    struct ts_vpoint p;
    ts_completed_extend(&p, c);
    bool negate = digit < 0;
    int index = (negate ? -digit : digit) >> 1;
    if (power->fixed)
        ts_niels_add(c, &p, &power->fixed->part[k][index], negate);
    else
        ts_cached_add(c, &p, &power->split->part[k][index], negate);
}

static void multiexp_portable(struct ts_vpoint *out, const struct ts_power *powers, size_t count)
{
    struct ts_projective sum = {ts_field_zero, ts_field_one, ts_field_one};
    struct ts_completed c = {ts_field_zero, ts_field_one, ts_field_one, ts_field_one};
    for (int i = TS_MULTIEXP_STEP - 1; i >= 0; i--) {
        ts_projective_double(&c, &sum.x, &sum.y, &sum.z);
        for (size_t j = 0; j < count; j++) {
            for (int k = 0; k < TS_MULTIEXP_PARTS; k++) {
                int digit = powers[j].digits->d[TS_MULTIEXP_STEP * k + i];
                if (digit != 0)
                    add_digit(&c, &powers[j], k, digit);
            }
        }
        if (i > 0)
            ts_completed_project(&sum, &c);
    }
    ts_completed_extend(out, &c);
}

void ts_multiexp(struct ts_vpoint *out, const struct ts_power *powers, size_t count)
{
    size_t vectors = 0;
    for (size_t i = 0; i < count; i++)
        vectors += powers[i].fixed ? powers[i].fixed->vector : powers[i].split->vector;
    assert(vectors == 0 || vectors == count);
    if (vectors > 0)
        ts_multiexp_avx2(out, powers, count);
    else
        multiexp_portable(out, powers, count);
}

/* L itself is no scalar (it would be zero), so its digits are made from its bytes. */
static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                                  0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
                                  0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};

bool ts_short_table_in_subgroup(const struct ts_short_table *table)
{
    struct ts_digits digits;
    struct ts_vpoint result;
    recode(&digits, order, WIDTH_SHORT);
    const struct ts_power power = {NULL, table, &digits};
    ts_multiexp(&result, &power, 1);
    return ts_vpoint_is_identity(&result);
}
