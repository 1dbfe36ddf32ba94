/* Scalars, points, transcript and random source against the vectors of the protocol digest and
 * libsodium's corner cases. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <sodium.h>

#include "proto/ballot/drbg.h"
#include "proto/ballot/group.h"
#include "proto/ballot/transcript.h"

#define STR(s) ((struct ts_str){(s), strlen(s)})

static const char order_text[] =
    "7237005577332262213973186563042994240857116359379907606001950938285454250989";
static const char order_less_one[] =
    "7237005577332262213973186563042994240857116359379907606001950938285454250988";

static struct ts_scalar scalar(const char *text)
{
    struct ts_scalar s;
    assert_int_equal(ts_scalar_parse(&s, STR(text)), 0);
    return s;
}

static struct ts_point point(const char *text)
{
    struct ts_point p;
    assert_int_equal(ts_point_parse(&p, STR(text)), 0);
    return p;
}

static void assert_scalar(const struct ts_scalar *s, const char *expected)
{
    char text[TS_SCALAR_TEXT_MAX + 1];
    assert_int_equal(ts_scalar_text(text, s), strlen(expected));
    assert_string_equal(text, expected);
}

static void assert_point(const struct ts_point *p, const char *expected)
{
    char text[TS_POINT_TEXT + 1];
    ts_point_text(text, p);
    assert_string_equal(text, expected);
}

static void scalar_text_round_trips(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "0",
        "1",
        "9999999999999999999",
        "10000000000000000000",
        "10000000000000000001",
        "100000000000000000000000000000000000000",
        "18446744073709551616",
        order_less_one,
        "1591458778915412518877055811497923405153457842880600985099962354950354828802",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct ts_scalar s = scalar(texts[i]);
        assert_scalar(&s, texts[i]);
        assert_true(ts_scalar_is_canonical(s.b));
    }
}

static void scalar_text_is_strict(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "00",
        "01",
        "-1",
        "+1",
        " 1",
        "1 ",
        "1a",
        "0x1",
        order_text,
        "7237005577332262213973186563042994240857116359379907606001950938285454250990",
        "9999999999999999999999999999999999999999999999999999999999999999999999999999",
        "10000000000000000000000000000000000000000000000000000000000000000000000000000",
    };
    struct ts_scalar s;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(ts_scalar_parse(&s, STR(bad[i])), -1);
}

static void scalar_arithmetic(void **state)
{
    (void)state;
    struct ts_scalar top = scalar(order_less_one), one = ts_scalar_of(1), zero = ts_scalar_of(0), r;
    ts_scalar_add(&r, &top, &one);
    assert_true(ts_scalar_is_zero(&r));
    ts_scalar_sub(&r, &zero, &one);
    assert_true(ts_scalar_equal(&r, &top));
    ts_scalar_negate(&r, &one);
    assert_true(ts_scalar_equal(&r, &top));
    ts_scalar_negate(&r, &zero);
    assert_true(ts_scalar_is_zero(&r));
    ts_scalar_mul(&r, &top, &top);
    assert_true(ts_scalar_equal(&r, &one));
    struct ts_scalar seven = ts_scalar_of(7), inverse;
    ts_scalar_invert(&inverse, &seven);
    ts_scalar_mul(&r, &seven, &inverse);
    assert_true(ts_scalar_equal(&r, &one));
    ts_scalar_select(&r, 1, &seven, &top);
    assert_true(ts_scalar_equal(&r, &seven));
    ts_scalar_select(&r, 0, &seven, &top);
    assert_true(ts_scalar_equal(&r, &top));
    ts_scalar_wipe(&r);
    assert_true(ts_scalar_is_zero(&r));
}

static void scalar_canonical_bound(void **state)
{
    (void)state;
    struct ts_scalar top = scalar(order_less_one);
    uint8_t bytes[32];
    memcpy(bytes, top.b, 32);
    assert_true(ts_scalar_is_canonical(bytes));
    bytes[0]++; /* L itself */
    assert_false(ts_scalar_is_canonical(bytes));
    memset(bytes, 0xff, 32);
    assert_false(ts_scalar_is_canonical(bytes));
}

static void digests_are_big_endian(void **state)
{
    (void)state;
    uint8_t ones[32];
    memset(ones, 0xff, sizeof ones);
    struct ts_scalar s;
    ts_scalar_from_be(&s, ones, sizeof ones);
    struct ts_point as_text;
    memcpy(as_text.b, s.b, 32);
    assert_point(&as_text, "0ffffffffffffffffffffffffffffffec6ef5bf4737dcf70d6ec31748d98951c");
    uint8_t three[32] = {0};
    three[31] = 3;
    ts_scalar_from_be(&s, three, sizeof three);
    assert_scalar(&s, "3");
}

static void point_text_is_reversed_and_strict(void **state)
{
    (void)state;
    assert_point(&ts_point_base,
                 "6666666666666666666666666666666666666666666666666666666666666658");
    assert_point(&ts_point_identity,
                 "0000000000000000000000000000000000000000000000000000000000000001");
    static const char *const bad[] = {
        "",
        "666666666666666666666666666666666666666666666666666666666666665",
        "66666666666666666666666666666666666666666666666666666666666666588",
        "666666666666666666666666666666666666666666666666666666666666665G",
        "CE8fa61dfe37bc9312c9a15ef0358086a7cd6fe4a753a1fdac6f8bb091a2ec75",
    };
    struct ts_point p;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(ts_point_parse(&p, STR(bad[i])), -1);
    p = point("ce8fa61dfe37bc9312c9a15ef0358086a7cd6fe4a753a1fdac6f8bb091a2ec75");
    assert_int_equal(p.b[0], 0x75);
    assert_int_equal(p.b[31], 0xce);
}

static void what_is_acceptable(void **state)
{
    (void)state;
    assert_true(ts_point_acceptable(&ts_point_base));
    assert_true(ts_point_acceptable(&ts_point_identity));
    static const char *const bad[] = {
        /* y = p, that is 0 not canonical; y = p + 1, the identity not canonical */
        "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed",
        "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffee",
        /* x = 0 with a sign: identity, and the point of order 2 */
        "8000000000000000000000000000000000000000000000000000000000000001",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec",
        /* orders 2, 4, 8 */
        "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7",
        /* not on the curve */
        "0000000000000000000000000000000000000000000000000000000000000002",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ts_point p = point(bad[i]);
        assert_false(ts_point_acceptable(&p));
    }
    /* g plus the point of order two: on the curve, not in the subgroup. */
    struct ts_point order_two = point(bad[4]), mixed;
    assert_int_equal(crypto_core_ed25519_add(mixed.b, ts_point_base.b, order_two.b), 0);
    assert_false(ts_point_acceptable(&mixed));
    struct ts_scalar two = ts_scalar_of(2);
    assert_int_equal(ts_point_mul(&mixed, &mixed, &two), -1);
}

static void zero_and_identity_are_ordinary(void **state)
{
    (void)state;
    struct ts_scalar zero = ts_scalar_of(0), five = ts_scalar_of(5), top = scalar(order_less_one);
    struct ts_point p, q, five_g;
    ts_point_mul_base(&p, &zero);
    assert_true(ts_point_is_identity(&p));
    ts_point_mul_base(&five_g, &five);
    assert_int_equal(ts_point_mul(&p, &five_g, &zero), 0);
    assert_true(ts_point_is_identity(&p));
    assert_int_equal(ts_point_mul(&p, &ts_point_identity, &five), 0);
    assert_true(ts_point_is_identity(&p));
    assert_int_equal(ts_point_mul(&p, &ts_point_base, &five), 0);
    assert_true(ts_point_equal(&p, &five_g));
    ts_point_add(&p, &five_g, &ts_point_identity);
    assert_true(ts_point_equal(&p, &five_g));
    ts_point_sub(&p, &five_g, &five_g);
    assert_true(ts_point_is_identity(&p));
    ts_point_add(&p, &five_g, &five_g);
    struct ts_scalar ten = ts_scalar_of(10);
    ts_point_mul_base(&q, &ten);
    assert_true(ts_point_equal(&p, &q));
    ts_point_mul_base(&p, &top);
    ts_point_add(&p, &p, &ts_point_base);
    assert_true(ts_point_is_identity(&p));
}

static void transcript_of_a_key_proof(void **state)
{
    (void)state;
    struct ts_point a = point("fa7b06fe0fcb82142639a182e0714878fe29af3a648359f1268d7470707c1131");
    struct ts_scalar c;
    ts_hash_to_scalar(
        &c, TS_STR("pok|Ed25519|26f4ffbc560daea40ebdf0e11600036f8fb345033aff1a7489258e3560595b46|"),
        &a, 1);
    assert_scalar(&c,
                  "2127503676342733490302966345555704791509962845117798546555405988445318184086");
}

static void transcript_of_an_individual_proof(void **state)
{
    (void)state;
    struct ts_transcript t;
    ts_transcript_init(&t);
    ts_transcript_cstr(&t, "prove|uq/fJ2UjgxUiSyfNGCw8ghFEQJq8ootgrLMZj62usXI|");
    ts_transcript_cstr(&t, "27d3fb28e0912b67dfbd3b4e89a570f867fe8fa9ffa963380e0b4e6b08282740|");
    static const char *const pair[] = {
        "03150b5b9dfbe1fe23d1487e7a211376fe5a1740956029deb5a5b3eacdfe1683",
        "f6bc302c8450423ab6a9985fd4c7f91166a0db4b2c78fe4f471208acb9873b7e",
    };
    static const char *const commitments[] = {
        "afd2a028a9f5ad9581244c39b8b81882e93cd155881483b739ae065183afc441",
        "e7eed36467eeb8c0a16c279477018714ca344d574e7b431b89dc1f9712305305",
        "b5413e52827344c82427f4d80f78afb023333e50261263af282f4707c74e875e",
        "97b482b17d4a20525d98fd3a8c763720b14e2c7a4eb8ef0e985d1d4aba837f12",
    };
    for (int i = 0; i < 2; i++) {
        struct ts_point p = point(pair[i]);
        ts_transcript_point(&t, &p);
    }
    ts_transcript_cstr(&t, "|");
    for (int i = 0; i < 4; i++) {
        struct ts_point p = point(commitments[i]);
        ts_transcript_point(&t, &p);
    }
    struct ts_scalar c;
    ts_transcript_challenge(&t, &c);
    assert_scalar(&c,
                  "3116583999993401230492229398622410561782065179528532324249860725600054893007");
}

static void random_source(void **state)
{
    (void)state;
    uint8_t entropy[TS_DRBG_ENTROPY] = {1};
    struct ts_drbg a, b;
    ts_drbg_init(&a, entropy, (struct ts_bytes){(const uint8_t *)"slip 1", 6});
    ts_drbg_init(&b, entropy, (struct ts_bytes){(const uint8_t *)"slip 2", 6});
    struct ts_scalar from_a, from_b, again;
    ts_drbg_scalar(&a, &from_a);
    ts_drbg_scalar(&b, &from_b);
    assert_false(ts_scalar_equal(&from_a, &from_b));
    assert_true(ts_scalar_is_canonical(from_a.b));
    ts_drbg_scalar(&a, &again);
    assert_false(ts_scalar_equal(&from_a, &again));
    ts_drbg_init(&a, entropy, (struct ts_bytes){(const uint8_t *)"slip 1", 6});
    ts_drbg_scalar(&a, &again);
    assert_true(ts_scalar_equal(&from_a, &again));
    bool seen[58] = {false};
    for (int i = 0; i < 2000; i++)
        seen[ts_drbg_below(&a, 58)] = true;
    for (int i = 0; i < 58; i++)
        assert_true(seen[i]);
    ts_drbg_wipe(&a);
    assert_true(sodium_is_zero((const uint8_t *)&a, sizeof a));
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalar_text_round_trips),
        cmocka_unit_test(scalar_text_is_strict),
        cmocka_unit_test(scalar_arithmetic),
        cmocka_unit_test(scalar_canonical_bound),
        cmocka_unit_test(digests_are_big_endian),
        cmocka_unit_test(point_text_is_reversed_and_strict),
        cmocka_unit_test(what_is_acceptable),
        cmocka_unit_test(zero_and_identity_are_ordinary),
        cmocka_unit_test(transcript_of_a_key_proof),
        cmocka_unit_test(transcript_of_an_individual_proof),
        cmocka_unit_test(random_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
