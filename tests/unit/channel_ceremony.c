/* The key ceremony: its order, and whoever does not keep to what was committed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <sodium.h>

#include "proto/channel/ceremony.h"
#include "proto/channel/channel.h"

#define N 3
#define K 2

struct table {
    struct ts_drbg rng;
    struct ts_arena arena;
    struct ts_ceremony *c[N];
    struct ts_buf certs;
    struct ts_digest commitments[N];
    struct ts_polynomial polynomials[N];
};

static void sit_down(struct table *t)
{
    static const uint8_t entropy[TS_DRBG_ENTROPY] = {7};
    struct ts_err err;
    ts_drbg_init(&t->rng, entropy, (struct ts_bytes){(const uint8_t *)"table", 5});
    for (uint32_t i = 0; i < N; i++) {
        const struct ts_ceremony_place place = {TS_STR("meeting-1"), N, K, i + 1};
        assert_int_equal(ts_ceremony_new(&t->c[i], &place, &t->rng, &err), 0);
        ts_buf_append_char(&t->certs, i ? ',' : '[');
        ts_ceremony_cert(t->c[i], &t->certs, &t->rng);
    }
    ts_buf_append_char(&t->certs, ']');
}

static void stand_up(struct table *t)
{
    for (uint32_t i = 0; i < N; i++)
        ts_ceremony_free(t->c[i]);
    ts_buf_free(&t->certs);
    ts_arena_free(&t->arena);
}

static void exchange_certs(struct table *t)
{
    struct ts_err err;
    for (uint32_t i = 0; i < N; i++)
        assert_int_equal(ts_ceremony_take_certs(t->c[i], ts_buf_str(&t->certs), &err), 0);
}

static void commit(struct table *t)
{
    struct ts_err err;
    for (uint32_t i = 0; i < N; i++)
        assert_int_equal(ts_ceremony_commit(t->c[i], &t->commitments[i], &t->rng, &err), 0);
    for (uint32_t i = 0; i < N; i++)
        assert_int_equal(ts_ceremony_take_commitments(t->c[i], t->commitments, N, &err), 0);
}

static void reveal(struct table *t)
{
    struct ts_err err;
    for (uint32_t i = 0; i < N; i++) {
        struct ts_buf text = {0};
        assert_int_equal(ts_ceremony_reveal(t->c[i], &text, &t->rng, &err), 0);
        assert_int_equal(
            ts_polynomial_read(&t->polynomials[i], ts_buf_str(&text), N, K, &t->arena, &err), 0);
        ts_buf_free(&text);
    }
}

static int pass_on(struct table *t, uint32_t to, struct ts_err *err)
{
    struct ts_buf vinput = {0};
    ts_vinput_write(&vinput, t->polynomials, N, to + 1);
    int rc = ts_ceremony_take_vinput(t->c[to], ts_buf_str(&vinput), err);
    ts_buf_free(&vinput);
    return rc;
}

#define REFUSED(call, expected)                                                                    \
    do {                                                                                           \
        assert_int_equal(call, -1);                                                                \
        assert_string_equal(err.code, expected);                                                   \
    } while (0)

static void keeps_its_order(void **state)
{
    (void)state;
    struct table t = {0};
    struct ts_buf out = {0};
    struct ts_digest d;
    struct ts_err err = {0};
    uint32_t owner;
    sit_down(&t);
    REFUSED(ts_ceremony_commit(t.c[0], &d, &t.rng, &err), "ceremony.order");
    REFUSED(ts_ceremony_reveal(t.c[0], &out, &t.rng, &err), "ceremony.order");
    exchange_certs(&t);
    REFUSED(ts_ceremony_take_certs(t.c[0], ts_buf_str(&t.certs), &err), "ceremony.order");
    REFUSED(ts_ceremony_reveal(t.c[0], &out, &t.rng, &err), "ceremony.order");
    REFUSED(ts_ceremony_take_commitments(t.c[0], t.commitments, N, &err), "ceremony.order");
    assert_int_equal(ts_ceremony_commit(t.c[0], &t.commitments[0], &t.rng, &err), 0);
    /* Nothing is revealed before everybody has committed. */
    REFUSED(ts_ceremony_reveal(t.c[0], &out, &t.rng, &err), "ceremony.order");
    REFUSED(ts_ceremony_take_vinput(t.c[0], TS_STR("{}"), &err), "ceremony.order");
    REFUSED(ts_ceremony_voutput(t.c[0], &out, &t.rng, &err), "ceremony.order");
    REFUSED(ts_ceremony_finish(t.c[0], TS_STR("[]"), &owner, &err), "ceremony.order");
    assert_null(ts_ceremony_share(t.c[0]));
    assert_int_equal(out.len, 0);
    ts_buf_free(&out);
    stand_up(&t);
}

static void refuses_places(void **state)
{
    (void)state;
    static const uint8_t entropy[TS_DRBG_ENTROPY];
    struct ts_drbg rng;
    struct ts_ceremony *c;
    struct ts_err err;
    ts_drbg_init(&rng, entropy, (struct ts_bytes){(const uint8_t *)"", 0});
    const struct ts_ceremony_place bad[] = {
        {TS_STR("m"), 0, 1, 1},
        {TS_STR("m"), 3, 0, 1},
        {TS_STR("m"), 3, 4, 1},
        {TS_STR("m"), 3, 2, 0},
        {TS_STR("m"), 3, 2, 4},
        {TS_STR("m"), 33, 2, 1},
        {TS_STR("a meeting whose name is far too long"), 3, 2, 1},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        REFUSED(ts_ceremony_new(&c, &bad[i], &rng, &err), "ceremony.place");
    const struct ts_ceremony_place good = {TS_STR("m"), 3, 2, 1};
    REFUSED(ts_ceremony_from_seed(&c, &good, TS_STR("short"), &err), "ceremony.place");
    REFUSED(ts_ceremony_from_seed(&c, &good, TS_STR("0000000000000000000000"), &err),
            "ceremony.place");
}

static void refuses_certificates(void **state)
{
    (void)state;
    struct table t = {0};
    struct ts_buf certs = {0};
    struct ts_err err = {0};
    sit_down(&t);
    REFUSED(ts_ceremony_take_certs(t.c[0], TS_STR("[]"), &err), "ceremony.form");
    REFUSED(ts_ceremony_take_certs(t.c[0], TS_STR("x"), &err), "ceremony.form");
    /* Somebody else sits in our place. */
    struct ts_ceremony *other;
    const struct ts_ceremony_place place = {TS_STR("meeting-1"), N, K, 1};
    assert_int_equal(ts_ceremony_new(&other, &place, &t.rng, &err), 0);
    REFUSED(ts_ceremony_take_certs(other, ts_buf_str(&t.certs), &err), "ceremony.cert");
    ts_ceremony_free(other);
    /* One keeper in two places. */
    struct ts_ceremony *twin;
    struct ts_str seed = TS_STR("abcdefghijkmnopqrstuvw");
    struct ts_ceremony_place places[2] = {{TS_STR("m"), 2, 2, 1}, {TS_STR("m"), 2, 2, 2}};
    assert_int_equal(ts_ceremony_from_seed(&other, &places[0], seed, &err), 0);
    assert_int_equal(ts_ceremony_from_seed(&twin, &places[1], seed, &err), 0);
    ts_buf_append_char(&certs, '[');
    ts_ceremony_cert(other, &certs, &t.rng);
    ts_buf_append_char(&certs, ',');
    ts_ceremony_cert(twin, &certs, &t.rng);
    ts_buf_append_char(&certs, ']');
    REFUSED(ts_ceremony_take_certs(other, ts_buf_str(&certs), &err), "ceremony.cert");
    ts_ceremony_free(other);
    ts_ceremony_free(twin);
    ts_buf_free(&certs);
    stand_up(&t);
}

static void refuses_other_commitments(void **state)
{
    (void)state;
    struct table t = {0};
    struct ts_err err = {0};
    sit_down(&t);
    exchange_certs(&t);
    for (uint32_t i = 0; i < N; i++)
        assert_int_equal(ts_ceremony_commit(t.c[i], &t.commitments[i], &t.rng, &err), 0);
    struct ts_digest swapped[N] = {t.commitments[1], t.commitments[0], t.commitments[2]};
    REFUSED(ts_ceremony_take_commitments(t.c[0], swapped, N, &err), "ceremony.commitment");
    REFUSED(ts_ceremony_take_commitments(t.c[0], t.commitments, N - 1, &err), "ceremony.form");
    stand_up(&t);
}

/* Keeper 2 draws again after seeing the others' coefficients: the commitment gives it away. */
static void refuses_second_thoughts(void **state)
{
    (void)state;
    struct table t = {0};
    struct ts_err err = {0};
    struct ts_buf text = {0};
    sit_down(&t);
    exchange_certs(&t);
    commit(&t);
    reveal(&t);
    struct ts_digest fresh[N];
    ts_ceremony_restart(t.c[1]);
    assert_int_equal(ts_ceremony_restarts(t.c[1]), 1);
    memcpy(fresh, t.commitments, sizeof fresh);
    assert_int_equal(ts_ceremony_commit(t.c[1], &fresh[1], &t.rng, &err), 0);
    assert_false(ts_digest_equal(&fresh[1], &t.commitments[1]));
    assert_int_equal(ts_ceremony_take_commitments(t.c[1], fresh, N, &err), 0);
    assert_int_equal(ts_ceremony_reveal(t.c[1], &text, &t.rng, &err), 0);
    assert_int_equal(ts_polynomial_read(&t.polynomials[1], ts_buf_str(&text), N, K, &t.arena, &err),
                     0);
    REFUSED(pass_on(&t, 0, &err), "ceremony.commitment");
    assert_string_equal(err.path, "trustee[2]");
    assert_null(ts_ceremony_share(t.c[0]));
    /* Everybody restarts: then it goes through. */
    for (uint32_t i = 0; i < N; i++)
        ts_ceremony_restart(t.c[i]);
    commit(&t);
    reveal(&t);
    for (uint32_t i = 0; i < N; i++)
        assert_int_equal(pass_on(&t, i, &err), 0);
    ts_buf_free(&text);
    stand_up(&t);
}

/* A secret that is not on the polynomial, properly sealed and signed by its sender: the same seed
 * in a ceremony with other coefficients. */
static void refuses_wrong_secrets(void **state)
{
    (void)state;
    static const uint8_t entropy[TS_DRBG_ENTROPY] = {9};
    struct ts_str seeds[2] = {TS_STR("abcdefghijkmnopqrstuvw"), TS_STR("bcdefghijkmnopqrstuvwx")};
    struct ts_ceremony *c[2], *twin;
    struct ts_drbg rng;
    struct ts_arena arena = {0};
    struct ts_buf certs = {0}, text = {0};
    struct ts_digest commitments[2];
    struct ts_polynomial polynomials[2], other;
    struct ts_err err = {0};
    ts_drbg_init(&rng, entropy, (struct ts_bytes){(const uint8_t *)"", 0});
    for (uint32_t i = 0; i < 2; i++) {
        const struct ts_ceremony_place place = {TS_STR("m"), 2, 2, i + 1};
        assert_int_equal(ts_ceremony_from_seed(&c[i], &place, seeds[i], &err), 0);
        ts_buf_append_char(&certs, i ? ',' : '[');
        ts_ceremony_cert(c[i], &certs, &rng);
    }
    ts_buf_append_char(&certs, ']');
    const struct ts_ceremony_place plain = {{"", 0}, 2, 2, 2};
    assert_int_equal(ts_ceremony_from_seed(&twin, &plain, seeds[1], &err), 0);
    assert_int_equal(ts_ceremony_take_certs(twin, ts_buf_str(&certs), &err), 0);
    assert_int_equal(ts_ceremony_reveal(twin, &text, &rng, &err), 0);
    assert_int_equal(ts_polynomial_read(&other, ts_buf_str(&text), 2, 2, &arena, &err), 0);
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(ts_ceremony_take_certs(c[i], ts_buf_str(&certs), &err), 0);
        assert_int_equal(ts_ceremony_commit(c[i], &commitments[i], &rng, &err), 0);
    }
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(ts_ceremony_take_commitments(c[i], commitments, 2, &err), 0);
        ts_buf_clear(&text);
        assert_int_equal(ts_ceremony_reveal(c[i], &text, &rng, &err), 0);
        assert_int_equal(ts_polynomial_read(&polynomials[i], ts_buf_str(&text), 2, 2, &arena, &err),
                         0);
    }
    struct ts_str secrets[2] = {other.secrets[0], polynomials[1].secrets[1]};
    polynomials[1].secrets = secrets;
    ts_buf_clear(&text);
    ts_vinput_write(&text, polynomials, 2, 1);
    REFUSED(ts_ceremony_take_vinput(c[0], ts_buf_str(&text), &err), "ceremony.secret");
    assert_string_equal(err.path, "trustee[2]");
    ts_ceremony_free(twin);
    ts_ceremony_free(c[0]);
    ts_ceremony_free(c[1]);
    ts_buf_free(&certs);
    ts_buf_free(&text);
    ts_arena_free(&arena);
}

/* The record as published must hold our own group and key. */
static void finds_itself_in_the_record(void **state)
{
    (void)state;
    struct table t = {0};
    struct ts_trustee_key keys[N];
    struct ts_threshold_cert certs[N];
    struct ts_threshold_coefexps coefexps[N];
    struct ts_proof signatures[N];
    struct ts_err err = {0};
    struct ts_buf text = {0}, record = {0};
    uint32_t owner;
    sit_down(&t);
    exchange_certs(&t);
    commit(&t);
    reveal(&t);
    static const struct ts_json_limits limits = {1 << 20, 4};
    struct ts_json *root;
    assert_int_equal(ts_json_parse(&root, ts_buf_str(&t.certs), &limits, &err), 0);
    for (uint32_t i = 0; i < N; i++) {
        struct ts_voutput v;
        assert_int_equal(pass_on(&t, i, &err), 0);
        ts_buf_clear(&text);
        assert_int_equal(ts_ceremony_voutput(t.c[i], &text, &t.rng, &err), 0);
        assert_int_equal(ts_voutput_read(&v, ts_buf_str(&text), &t.arena, &err), 0);
        keys[i] = v.public_key;
        coefexps[i] = t.polynomials[i].coefexps;
        signatures[i] = t.polynomials[i].signature;
        assert_int_equal(ts_threshold_cert_read(&certs[i], ts_json_at(root, i), &t.arena, &err), 0);
    }
    ts_json_free(root);
    struct ts_trustees_entry entries[2] = {{0}};
    struct ts_scalar x = ts_scalar_of(5);
    ts_trustee_key_make(&entries[0].single, &x, &t.rng);
    entries[1].is_group = true;
    entries[1].group = (struct ts_threshold){K, N, certs, coefexps, signatures, keys};
    struct ts_trustees trustees = {entries, 2, 0};
    ts_trustees_write(&record, &trustees);
    for (uint32_t i = 0; i < N; i++) {
        assert_int_equal(ts_ceremony_finish(t.c[i], ts_buf_str(&record), &owner, &err), 0);
        assert_int_equal(owner, i + 2);
    }
    /* A record without the group. */
    trustees.entry_count = 1;
    ts_buf_clear(&record);
    ts_trustees_write(&record, &trustees);
    REFUSED(ts_ceremony_finish(t.c[0], ts_buf_str(&record), &owner, &err), "ceremony.record");
    ts_buf_free(&text);
    ts_buf_free(&record);
    stand_up(&t);
}

static void channels_refuse(void **state)
{
    (void)state;
    static const uint8_t entropy[TS_DRBG_ENTROPY] = {3};
    struct ts_drbg rng;
    struct ts_scalar alice = ts_scalar_of(1111), bob = ts_scalar_of(2222), eve = ts_scalar_of(3);
    struct ts_point alice_key, bob_key, eve_key;
    struct ts_buf sealed = {0}, out = {0};
    struct ts_err err = {0};
    ts_drbg_init(&rng, entropy, (struct ts_bytes){(const uint8_t *)"", 0});
    ts_point_mul_base(&alice_key, &alice);
    ts_point_mul_base(&bob_key, &bob);
    ts_point_mul_base(&eve_key, &eve);
    struct ts_str message = TS_STR("{\"secret\":\"12\\\\3\"}");
    assert_int_equal(ts_channel_send(&sealed, &alice, &bob_key, message, &rng, &err), 0);
    assert_int_equal(ts_channel_receive(&out, &bob, &alice_key, ts_buf_str(&sealed), &err), 0);
    assert_true(ts_str_equal(ts_buf_str(&out), message));
    ts_buf_clear(&out);
    REFUSED(ts_channel_receive(&out, &eve, &alice_key, ts_buf_str(&sealed), &err),
            "channel.decrypt");
    REFUSED(ts_channel_receive(&out, &bob, &eve_key, ts_buf_str(&sealed), &err),
            "channel.signature");
    /* Bob passes on what Alice wrote to him: Eve sees that it was not meant for her. */
    struct ts_buf plain = {0}, again = {0};
    assert_int_equal(ts_channel_decrypt(&plain, &bob, ts_buf_str(&sealed), &err), 0);
    assert_int_equal(ts_channel_encrypt(&again, &eve_key, ts_buf_str(&plain), &rng, &err), 0);
    REFUSED(ts_channel_receive(&out, &eve, &alice_key, ts_buf_str(&again), &err),
            "channel.recipient");
    /* Every byte of the sealed form counts. */
    for (size_t i = 0; i < sealed.len; i += 3) {
        sealed.ptr[i] ^= 1;
        assert_int_equal(ts_channel_receive(&out, &bob, &alice_key, ts_buf_str(&sealed), &err), -1);
        sealed.ptr[i] ^= 1;
    }
    struct ts_point bad = {{1, 2, 3}};
    REFUSED(ts_channel_encrypt(&again, &bad, message, &rng, &err), "channel.key");
    assert_int_equal(out.len, 0);
    ts_buf_wipe(&plain);
    ts_buf_free(&again);
    ts_buf_free(&sealed);
    ts_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_its_order),
        cmocka_unit_test(refuses_places),
        cmocka_unit_test(refuses_certificates),
        cmocka_unit_test(refuses_other_commitments),
        cmocka_unit_test(refuses_second_thoughts),
        cmocka_unit_test(refuses_wrong_secrets),
        cmocka_unit_test(finds_itself_in_the_record),
        cmocka_unit_test(channels_refuse),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
