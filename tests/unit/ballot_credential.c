/* Credentials, slips, pictures, voids and receipts. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdio.h>
#include <cmocka.h>
#include <sodium.h>

#include "proto/ballot/credential.h"
#include "proto/ballot/receipt.h"
#include "proto/json/json.h"
#include "tests/support/files.h"

#define STR(s) ((struct ts_str){(s), strlen(s)})
#define GOLDEN TS_SOURCE_DIR "/tests/golden/elections/"

static const char uuid[] = "zz5FhdTNfG2L9x";
static const char phi[] = "uq/fJ2UjgxUiSyfNGCw8ghFEQJq8ootgrLMZj62usXI";
static const char credential_text[] = "mVfm6-fDBwdm-9i3XH-EtUUp3";
static const char public_text[] =
    "ce8fa61dfe37bc9312c9a15ef0358086a7cd6fe4a753a1fdac6f8bb091a2ec75";

static struct ts_drbg seeded(uint8_t seed)
{
    uint8_t entropy[TS_DRBG_ENTROPY] = {seed};
    struct ts_drbg rng;
    ts_drbg_init(&rng, entropy, (struct ts_bytes){(const uint8_t *)"test", 4});
    return rng;
}

static struct ts_credential credential(const char *text)
{
    struct ts_credential c;
    assert_int_equal(ts_credential_parse(&c, STR(text)), 0);
    return c;
}

static void derives_the_vector(void **state)
{
    (void)state;
    struct ts_credential c = credential(credential_text);
    struct ts_scalar x;
    char text[TS_SCALAR_TEXT_MAX + 1];
    ts_credential_secret(&x, STR(uuid), &c);
    ts_scalar_text(text, &x);
    assert_string_equal(
        text, "1591458778915412518877055811497923405153457842880600985099962354950354828802");
    struct ts_point p;
    ts_credential_public(&p, STR(uuid), &c);
    ts_point_text(text, &p);
    assert_string_equal(text, public_text);
}

/* private_creds.json {"ID":"CRED"} against public_creds_with_ids.json ["POINT,[WEIGHT],ID"]. */
static void derives_every_golden_credential(void **state)
{
    (void)state;
    static const char *const elections[][2] = {
        {"a-3single-1q-5", "zz5FhdTNfG2L9x"},
        {"a-3single-1q-50", "xPyQCJbpBG2wNn"},
        {"b-thr2of3-1q-50", "D28WMECfY7y44s"},
        {"c-multi-blank-approval-5", "vBHqvn3qSBVt36"},
        {"c-multi-blank-approval-500", "xihnaKkcnt84vW"},
        {"d-weights-5", "6XoYrAVv567jzW"},
        {"e-zero-ballots", "S8yrFJvE5ywYM9"},
    };
    const struct ts_json_limits limits = {1 << 20, 4};
    size_t total = 0;
    for (size_t e = 0; e < sizeof elections / sizeof *elections; e++) {
        char path[512];
        struct ts_err err;
        struct ts_json *private, *public;
        struct ts_buf text = {0}, public_list = {0};
        snprintf(path, sizeof path, GOLDEN "%s/private_creds.json", elections[e][0]);
        ts_test_read_file(&text, path);
        assert_int_equal(ts_json_parse(&private, ts_buf_str(&text), &limits, &err), 0);
        snprintf(path, sizeof path, GOLDEN "%s/public_creds_with_ids.json", elections[e][0]);
        ts_test_read_file(&public_list, path);
        assert_int_equal(ts_json_parse(&public, ts_buf_str(&public_list), &limits, &err), 0);
        assert_int_equal(ts_json_count(private), ts_json_count(public));
        for (size_t i = 0; i < ts_json_count(public); i++) {
            struct ts_str entry = ts_json_str(ts_json_at(public, i));
            const char *id = memrchr(entry.ptr, ',', entry.len);
            char key[64];
            snprintf(key, sizeof key, "%.*s", (int)(entry.ptr + entry.len - id - 1), id + 1);
            struct ts_credential c;
            const struct ts_json *secret = ts_json_get(private, key);
            assert_non_null(secret);
            assert_int_equal(ts_credential_parse(&c, ts_json_str(secret)), 0);
            struct ts_point p;
            char derived[TS_POINT_TEXT + 1];
            ts_credential_public(&p, STR(elections[e][1]), &c);
            ts_point_text(derived, &p);
            assert_memory_equal(derived, entry.ptr, TS_POINT_TEXT);
            total++;
        }
        ts_json_free(private);
        ts_json_free(public);
        ts_buf_free(&text);
        ts_buf_free(&public_list);
    }
    assert_true(total > 600);
}

static void credential_form_is_strict(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "mVfm6-fDBwdm-9i3XH-EtUUp",
        "mVfm6-fDBwdm-9i3XH-EtUUp33",
        "mVfm6fDBwdm-9i3XH-EtUUp3-",
        "mVfm6-fDBwdm-9i3XH-EtUU03",
        "mVfm6-fDBwdm-9i3XH-EtUUI3",
        "mVfm6_fDBwdm-9i3XH-EtUUp3",
        "mVfm--fDBwdm-9i3XH-EtUUp3",
    };
    struct ts_credential c;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(ts_credential_parse(&c, STR(bad[i])), -1);
}

static void drawn_credentials_are_well_formed_and_differ(void **state)
{
    (void)state;
    struct ts_drbg rng = seeded(1);
    struct ts_credential a, b, parsed;
    ts_credential_draw(&a, &rng);
    ts_credential_draw(&b, &rng);
    assert_int_equal(ts_credential_parse(&parsed, STR(a.s)), 0);
    assert_string_not_equal(a.s, b.s);
    ts_credential_wipe(&a);
    assert_int_equal(a.s[0], 0);
}

static void pictures_come_from_the_public_credential(void **state)
{
    (void)state;
    struct ts_point p, q;
    assert_int_equal(ts_point_parse(&p, STR(public_text)), 0);
    struct ts_pictures pictures = ts_pictures_of(STR(uuid), &p);
    char message[128];
    uint8_t digest[32];
    snprintf(message, sizeof message, "tongsheng-slip-1|%s|%s", uuid, public_text);
    crypto_hash_sha256(digest, (const uint8_t *)message, strlen(message));
    for (int i = 0; i < TS_PICTURES; i++)
        assert_int_equal(pictures.index[i], digest[i] % 64);
    q = ts_point_base;
    struct ts_pictures others = ts_pictures_of(STR(uuid), &q);
    assert_false(ts_pictures_equal(&pictures, &others));
    assert_true(ts_pictures_equal(&pictures, &pictures));
}

static void slip_round_trips_and_finds_misreadings(void **state)
{
    (void)state;
    struct ts_slip slip = {.credential = credential(credential_text)}, parsed;
    struct ts_err err;
    char text[TS_SLIP_TEXT_MAX + 3];
    assert_int_equal(ts_id_parse(&slip.uuid, STR(uuid)), 0);
    size_t len = ts_slip_format(text, &slip);
    assert_int_equal(len, strlen(text));
    assert_string_equal(text, "TS1.zz5FhdTNfG2L9x.mVfm6-fDBwdm-9i3XH-EtUUp3.FdHt");
    assert_int_equal(ts_slip_parse(&parsed, STR(text), &err), 0);
    assert_string_equal(parsed.credential.s, slip.credential.s);
    assert_true(ts_id_equal(&parsed.uuid, &slip.uuid));
    strcpy(text + len, "\r");
    assert_int_equal(ts_slip_parse(&parsed, STR(text), &err), 0);
    strcpy(text + len, "\r\r");
    assert_int_equal(ts_slip_parse(&parsed, STR(text), &err), -1);
    text[len] = '\0';
    for (size_t i = 0; i < len; i++) { /* every other character in every place */
        char was = text[i];
        text[i] = was == 'a' ? 'b' : 'a';
        assert_int_equal(ts_slip_parse(&parsed, STR(text), &err), -1);
        assert_true(sodium_is_zero((const uint8_t *)&parsed, sizeof parsed) ||
                    strcmp(err.code, "slip.form") == 0);
        text[i] = was;
        assert_int_equal(ts_slip_parse(&parsed, (struct ts_str){text, i}, &err), -1);
    }
    /* The longest uuid fits. */
    assert_int_equal(ts_id_parse(&slip.uuid, STR("2222222222222222222222")), 0);
    assert_int_equal(ts_slip_format(text, &slip), TS_SLIP_TEXT_MAX);
    assert_int_equal(ts_slip_parse(&parsed, STR(text), &err), 0);
    ts_slip_wipe(&parsed);
}

static void a_void_needs_the_slip(void **state)
{
    (void)state;
    struct ts_drbg rng = seeded(2);
    struct ts_slip slip = {.credential = credential(credential_text)};
    struct ts_point p;
    struct ts_proof proof;
    assert_int_equal(ts_id_parse(&slip.uuid, STR(uuid)), 0);
    assert_int_equal(ts_point_parse(&p, STR(public_text)), 0);
    ts_slip_audit_sign(&proof, &slip, STR(phi), &rng);
    assert_true(ts_slip_audit_verify(&proof, STR(uuid), STR(phi), &p));
    assert_false(ts_slip_audit_verify(&proof, STR(uuid), STR("phi"), &p));
    assert_false(
        ts_slip_void_verify(&proof, STR(uuid), STR(phi), &p)); /* not the one for the other */
    ts_slip_void_sign(&proof, &slip, STR(phi), &rng);
    assert_true(ts_slip_void_verify(&proof, STR(uuid), STR(phi), &p));
    assert_false(ts_slip_void_verify(&proof, STR("D28WMECfY7y44s"), STR(phi), &p));
    assert_false(ts_slip_void_verify(&proof, STR(uuid), STR("phi"), &p));
    assert_false(ts_slip_void_verify(&proof, STR(uuid), STR(phi), &ts_point_base));
    assert_false(ts_slip_void_verify(&proof, STR(uuid), STR(phi), &ts_point_identity));
    proof.response.b[0] ^= 1;
    assert_false(ts_slip_void_verify(&proof, STR(uuid), STR(phi), &p));
}

static void proofs_of_keys_and_equality(void **state)
{
    (void)state;
    struct ts_drbg rng = seeded(3);
    struct ts_scalar x, y, zero = ts_scalar_of(0);
    struct ts_point key, base, power, wrong;
    struct ts_proof proof;
    ts_drbg_scalar(&rng, &x);
    ts_drbg_scalar(&rng, &y);
    ts_point_mul_base(&key, &x);
    ts_point_mul_base(&base, &y);
    assert_int_equal(ts_point_mul(&power, &base, &x), 0);
    ts_zkp_prove_key(&proof, TS_STR("pok|"), &x, &rng);
    assert_true(ts_zkp_verify_key(&proof, TS_STR("pok|"), &key));
    assert_false(ts_zkp_verify_key(&proof, TS_STR("pok"), &key));
    assert_false(ts_zkp_verify_key(&proof, TS_STR("pok|"), &base));
    ts_zkp_prove_key(&proof, TS_STR("pok|"), &zero, &rng);
    assert_true(ts_zkp_verify_key(&proof, TS_STR("pok|"), &ts_point_identity));

    assert_int_equal(ts_zkp_prove_equal(&proof, TS_STR("d|"), &x, &base, &rng), 0);
    assert_true(ts_zkp_verify_equal(&proof, TS_STR("d|"), &key, &base, &power));
    assert_false(ts_zkp_verify_equal(&proof, TS_STR("e|"), &key, &base, &power));
    ts_point_add(&wrong, &power, &ts_point_base);
    assert_false(ts_zkp_verify_equal(&proof, TS_STR("d|"), &key, &base, &wrong));
    assert_false(ts_zkp_verify_equal(&proof, TS_STR("d|"), &wrong, &base, &power));
    /* An empty box: alpha is the identity, and so is the factor. */
    assert_int_equal(ts_zkp_prove_equal(&proof, TS_STR("d|"), &x, &ts_point_identity, &rng), 0);
    assert_true(
        ts_zkp_verify_equal(&proof, TS_STR("d|"), &key, &ts_point_identity, &ts_point_identity));
    /* A point of order two is no base to work with. */
    struct ts_point order_two;
    assert_int_equal(
        ts_point_parse(&order_two,
                       TS_STR("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec")),
        0);
    assert_int_equal(ts_zkp_prove_equal(&proof, TS_STR("d|"), &x, &order_two, &rng), -1);
}

static void a_torsioned_power_is_refused(void **state)
{
    (void)state;
    /* With an even challenge a component of order two vanishes from the equation. */
    struct ts_drbg rng = seeded(4);
    struct ts_scalar x;
    struct ts_point key, order_two, twisted;
    struct ts_proof proof;
    assert_int_equal(
        ts_point_parse(&order_two,
                       TS_STR("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec")),
        0);
    ts_drbg_scalar(&rng, &x);
    ts_point_mul_base(&key, &x);
    ts_point_add(&twisted, &key, &order_two);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(ts_zkp_prove_equal(&proof, TS_STR("d|"), &x, &ts_point_base, &rng), 0);
        assert_true(ts_zkp_verify_equal(&proof, TS_STR("d|"), &key, &ts_point_base, &key));
        assert_false(ts_zkp_verify_equal(&proof, TS_STR("d|"), &key, &ts_point_base, &twisted));
        assert_false(ts_zkp_verify_equal(&proof, TS_STR("d|"), &twisted, &ts_point_base, &key));
    }
}

static void receipt_is_twelve_digits(void **state)
{
    (void)state;
    char a[TS_RECEIPT_LEN + 1], b[TS_RECEIPT_LEN + 1];
    ts_receipt_code(a, TS_STR("Y1kb9ViBwdOvkjxkyv4druR0bBbLiiciECB3LKmZXp4"), STR(phi));
    assert_string_equal(a, "4185-9328-9636");
    ts_receipt_code(b, TS_STR("Y1kb9ViBwdOvkjxkyv4druR0bBbLiiciECB3LKmZXp5"), STR(phi));
    assert_string_not_equal(a, b);
    ts_receipt_code(b, TS_STR("Y1kb9ViBwdOvkjxkyv4druR0bBbLiiciECB3LKmZXp4"), STR("other"));
    assert_string_not_equal(a, b);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(derives_the_vector),
        cmocka_unit_test(derives_every_golden_credential),
        cmocka_unit_test(credential_form_is_strict),
        cmocka_unit_test(drawn_credentials_are_well_formed_and_differ),
        cmocka_unit_test(pictures_come_from_the_public_credential),
        cmocka_unit_test(slip_round_trips_and_finds_misreadings),
        cmocka_unit_test(a_void_needs_the_slip),
        cmocka_unit_test(proofs_of_keys_and_equality),
        cmocka_unit_test(a_torsioned_power_is_refused),
        cmocka_unit_test(receipt_is_twelve_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
