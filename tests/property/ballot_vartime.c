/* The variable-time group against libsodium, on random and on awkward values. */
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>
#include <sodium.h>

#include "proto/ballot/drbg.h"
#include "proto/ballot/multiexp.h"
#include "proto/ballot/vartime.h"

#define ROUNDS 60

/* Points of order 1, 2, 4, 8 as multiples of one of order 8. */
static struct ts_point torsion[8];

static int set_up(void **state)
{
    (void)state;
    static const char order_eight[] =
        "7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7";
    torsion[0] = ts_point_identity;
    if (ts_point_parse(&torsion[1], (struct ts_str){order_eight, 64}) != 0)
        return -1;
    for (int i = 2; i < 8; i++)
        ts_point_add(&torsion[i], &torsion[i - 1], &torsion[1]);
    return 0;
}

static struct ts_drbg seeded(const char *name)
{
    static const uint8_t entropy[TS_DRBG_ENTROPY] = {42};
    struct ts_drbg rng;
    ts_drbg_init(&rng, entropy, (struct ts_bytes){(const uint8_t *)name, strlen(name)});
    return rng;
}

/* Now and then a scalar at which carries and recodings break. */
static struct ts_scalar draw(struct ts_drbg *rng)
{
    struct ts_scalar s, small = ts_scalar_of(ts_drbg_below(rng, 40));
    switch (ts_drbg_below(rng, 8)) {
    case 0:
        return small;
    case 1:
        ts_scalar_negate(&s, &small);
        return s;
    case 2: /* long runs of ones and zeros */
        memset(s.b, 0, sizeof s.b);
        memset(s.b + ts_drbg_below(rng, 16), 0xff, 15);
        return s;
    default:
        ts_drbg_scalar(rng, &s);
        return s;
    }
}

static struct ts_vpoint decoded(const struct ts_point *p)
{
    struct ts_vpoint v;
    assert_int_equal(ts_vpoint_decode(&v, p), 0);
    return v;
}

static void assert_same(const struct ts_vpoint *v, const struct ts_point *expected)
{
    struct ts_point encoded;
    ts_vpoint_encode(&encoded, v, 1);
    assert_memory_equal(encoded.b, expected->b, 32);
}

static void adds_like_libsodium(void **state)
{
    (void)state;
    struct ts_drbg rng = seeded("add");
    for (int round = 0; round < ROUNDS; round++) {
        struct ts_scalar r = draw(&rng), s = draw(&rng);
        struct ts_point p, q, expected;
        ts_point_mul_base(&p, &r);
        ts_point_mul_base(&q, &s);
        if (round % 4 == 0)
            q = p;
        if (round % 3 == 0)
            ts_point_add(&q, &q, &torsion[ts_drbg_below(&rng, 8)]);
        struct ts_vpoint a = decoded(&p), b = decoded(&q), sum;
        ts_vpoint_add(&sum, &a, &b);
        ts_point_add(&expected, &p, &q);
        assert_same(&sum, &expected);
        assert_true(ts_vpoint_is_identity(&sum) == ts_point_is_identity(&expected));
        ts_vpoint_sub(&sum, &a, &b);
        ts_point_sub(&expected, &p, &q);
        assert_same(&sum, &expected);
        assert_true(ts_vpoint_is_identity(&sum) == ts_point_is_identity(&expected));
        assert_true(ts_vpoint_equal(&a, &b) == ts_point_equal(&p, &q));
        ts_vpoint_double(&sum, &a);
        ts_point_add(&expected, &p, &p);
        assert_same(&sum, &expected);
    }
}

static void multiplies_like_libsodium(void **state)
{
    (void)state;
    struct ts_drbg rng = seeded("mul");
    for (int round = 0; round < ROUNDS; round++) {
        struct ts_point points[6], expected = ts_point_identity, term;
        struct ts_vpoint decoded_points[6], product;
        struct ts_scalar scalars[6];
        size_t count = ts_drbg_below(&rng, 7);
        for (size_t i = 0; i < count; i++) {
            struct ts_scalar r = draw(&rng);
            ts_point_mul_base(&points[i], &r);
            decoded_points[i] = decoded(&points[i]);
            scalars[i] = draw(&rng);
            assert_int_equal(ts_point_mul(&term, &points[i], &scalars[i]), 0);
            ts_point_add(&expected, &expected, &term);
            ts_vpoint_mul(&product, &decoded_points[i], &scalars[i]);
            assert_same(&product, &term);
        }
        ts_vpoint_mul_sum(&product, decoded_points, scalars, count);
        assert_same(&product, &expected);
    }
}

static void tables_multiply(struct ts_drbg rng,
                            void (*fixed_init)(struct ts_fixed_table *, const struct ts_vpoint *),
                            void (*short_init)(struct ts_short_table *, const struct ts_vpoint *))
{
    struct ts_fixed_table *fixed = malloc(sizeof *fixed);
    assert_non_null(fixed);
    struct ts_short_table split;
    for (int round = 0; round < ROUNDS; round++) {
        struct ts_scalar r = draw(&rng), s = draw(&rng), c = draw(&rng), e = draw(&rng);
        struct ts_point p, q, left, right;
        ts_point_mul_base(&p, &e);
        ts_point_mul_base(&q, &c);
        struct ts_vpoint a = decoded(&p), b = decoded(&q), product;
        fixed_init(fixed, &a);
        short_init(&split, &b);
        struct ts_digits r_digits, s_digits;
        ts_digits_fixed(&r_digits, &r);
        ts_digits_short(&s_digits, &s);
        const struct ts_power powers[] = {{fixed, NULL, &r_digits}, {NULL, &split, &s_digits}};
        ts_multiexp(&product, powers, 2);
        assert_int_equal(ts_point_mul(&left, &p, &r), 0);
        assert_int_equal(ts_point_mul(&right, &q, &s), 0);
        ts_point_add(&left, &left, &right);
        assert_same(&product, &left);
        assert_true(ts_short_table_in_subgroup(&split));
        ts_point_add(&q, &q, &torsion[1 + round % 7]);
        b = decoded(&q);
        short_init(&split, &b);
        assert_false(ts_short_table_in_subgroup(&split));
    }
    free(fixed);
}

static void tables_multiply_like_libsodium(void **state)
{
    (void)state;
    tables_multiply(seeded("tables"), ts_fixed_table_init, ts_short_table_init);
}

/* The same without AVX2, whatever this machine has. */
static void portable_tables_multiply_like_libsodium(void **state)
{
    (void)state;
    tables_multiply(seeded("portable"), ts_fixed_table_init_portable, ts_short_table_init_portable);
}

static void accepts_what_libsodium_accepts(void **state)
{
    (void)state;
    struct ts_drbg rng = seeded("accept");
    int on_curve = 0, in_group = 0;
    for (int round = 0; round < 20 * ROUNDS; round++) {
        struct ts_point p;
        struct ts_vpoint v;
        ts_drbg_bytes(&rng, p.b, sizeof p.b);
        if (round % 10 == 0) { /* near p, where encodings are not canonical */
            memset(p.b, 0xff, sizeof p.b);
            p.b[0] = (uint8_t)(0xe0 + ts_drbg_below(&rng, 32));
            p.b[31] = ts_drbg_below(&rng, 2) ? 0xff : 0x7f;
        } else if (round % 10 == 1) {
            struct ts_scalar s = draw(&rng);
            ts_point_mul_base(&p, &s);
        }
        bool decodes = ts_vpoint_decode(&v, &p) == 0;
        on_curve += decodes;
        if (decodes)
            assert_same(&v, &p);
        bool reads = ts_vpoint_read(&v, &p) == 0;
        in_group += reads;
        assert_true(reads == ts_point_acceptable(&p));
        assert_true(!reads || decodes);
    }
    assert_true(on_curve > 6 * ROUNDS && in_group > ROUNDS);
}

static void refuses_torsion(void **state)
{
    (void)state;
    struct ts_drbg rng = seeded("torsion");
    struct ts_vpoint v;
    for (int i = 0; i < 8; i++) {
        assert_int_equal(ts_vpoint_decode(&v, &torsion[i]), 0);
        assert_true(ts_vpoint_in_subgroup(&v) == (i == 0));
    }
    for (int round = 0; round < ROUNDS; round++) {
        struct ts_scalar s = draw(&rng);
        struct ts_point p, q;
        int i = round % 8;
        ts_point_mul_base(&p, &s);
        ts_point_add(&q, &p, &torsion[i]);
        assert_int_equal(ts_vpoint_read(&v, &q), i == 0 ? 0 : -1);
    }
}

static void encodes_many_at_once(void **state)
{
    (void)state;
    struct ts_drbg rng = seeded("encode");
    struct ts_vpoint sums[9];
    struct ts_point expected[9], encoded[9];
    for (int i = 0; i < 9; i++) {
        struct ts_scalar s = draw(&rng);
        struct ts_vpoint base;
        ts_vpoint_base(&base);
        ts_vpoint_mul(&sums[i], &base, &s);
        ts_point_mul_base(&expected[i], &s);
    }
    ts_vpoint_identity(&sums[4]);
    expected[4] = ts_point_identity;
    ts_vpoint_encode(encoded, sums, 9);
    assert_memory_equal(encoded, expected, sizeof expected);
    ts_vpoint_encode(encoded, sums, 0);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_like_libsodium),
        cmocka_unit_test(multiplies_like_libsodium),
        cmocka_unit_test(tables_multiply_like_libsodium),
        cmocka_unit_test(portable_tables_multiply_like_libsodium),
        cmocka_unit_test(accepts_what_libsodium_accepts),
        cmocka_unit_test(refuses_torsion),
        cmocka_unit_test(encodes_many_at_once),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
