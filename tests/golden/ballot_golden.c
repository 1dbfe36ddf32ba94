/* Every ballot that belenios-tool made verifies, every corrupted one is refused for its reason. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdio.h>
#include <cmocka.h>
#include <sodium.h>

#include "proto/ballot/ballot_form.h"
#include "tests/support/files.h"
#include "tests/support/golden.h"

static const struct {
    const char *name;
    size_t ballots;
} elections[] = {
    {"a-3single-1q-5", 7},
    {"a-3single-1q-50", 55},
    {"b-thr2of3-1q-50", 54},
    {"c-multi-blank-approval-5", 6},
    {"c-multi-blank-approval-500", 525},
    {"d-weights-5", 6},
    {"e-zero-ballots", 0},
};
#define ELECTIONS (sizeof elections / sizeof *elections)

static struct ts_golden golden;

static void every_ballot_verifies(void **state)
{
    (void)state;
    for (size_t e = 0; e < ELECTIONS; e++) {
        ts_golden_load(&golden, elections[e].name);
        assert_int_equal(golden.ballot_count, elections[e].ballots);
        struct ts_arena arena = {0};
        for (size_t i = 0; i < golden.ballot_count; i++) {
            struct ts_ballot ballot;
            struct ts_err err;
            if (ts_ballot_verify(&ballot, golden.params, ts_str_bytes(golden.ballots[i]), &arena,
                                 &err) != 0)
                fail_msg("%s ballot %zu: %s at %s: %s", elections[e].name, i, err.code, err.path,
                         err.detail);
            assert_int_equal(ballot.choice_count, ts_ballot_params_choices(golden.params));
            ts_arena_clear(&arena);
        }
        ts_arena_free(&arena);
        ts_golden_free(&golden);
    }
}

/* Parsed and written again: the same bytes, and inside the announced bound. */
static void every_ballot_is_rewritten_byte_for_byte(void **state)
{
    (void)state;
    for (size_t e = 0; e < ELECTIONS; e++) {
        ts_golden_load(&golden, elections[e].name);
        struct ts_arena arena = {0};
        struct ts_buf text = {0};
        for (size_t i = 0; i < golden.ballot_count; i++) {
            struct ts_ballot_form form;
            struct ts_err err;
            ts_ballot_form_init(&form, golden.params, &arena);
            assert_int_equal(
                ts_ballot_form_parse(&form, golden.params, golden.ballots[i], true, &err), 0);
            ts_buf_clear(&text);
            ts_ballot_form_write_unsigned(&text, golden.params, &form);
            char hash[TS_BASE64_32 + 1];
            ts_ballot_unsigned_hash(hash, ts_buf_str(&text));
            assert_string_equal(hash, form.hash);
            ts_ballot_form_write_signature(&text, form.hash, &form.signature);
            assert_true(ts_str_equal(ts_buf_str(&text), golden.ballots[i]));
            assert_true(text.len <= ts_ballot_params_max_bytes(golden.params));
            ts_arena_clear(&arena);
        }
        ts_buf_free(&text);
        ts_arena_free(&arena);
        ts_golden_free(&golden);
    }
}

static struct ts_buf read_ballot(const char *name)
{
    char path[512];
    struct ts_buf buf = {0};
    snprintf(path, sizeof path, "%s/tests/golden/ballots/%s.json", TS_SOURCE_DIR, name);
    ts_test_read_file(&buf, path);
    return buf;
}

static void single_ballots(void **state)
{
    (void)state;
    static const struct {
        const char *name, *code, *path;
    } cases[] = {
        {"good", NULL, NULL},
        {"unlisted-credential", NULL, NULL}, /* the box knows the list */
        {"flipped-proof-response", "ballot.proof", "answers[0].individual_proofs[1]"},
        {"wrong-election-hash", "ballot.election", ""},
        {"bad-signature", "ballot.signature", ""},
    };
    ts_golden_load(&golden, "a-3single-1q-5");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ts_buf text = read_ballot(cases[i].name);
        struct ts_arena arena = {0};
        struct ts_ballot ballot;
        struct ts_err err = {0};
        int rc = ts_ballot_verify(&ballot, golden.params, ts_buf_bytes(&text), &arena, &err);
        if (!cases[i].code) {
            assert_int_equal(rc, 0);
        } else {
            assert_int_equal(rc, -1);
            assert_string_equal(err.code, cases[i].code);
            assert_string_equal(err.path, cases[i].path);
        }
        ts_arena_free(&arena);
        ts_buf_free(&text);
    }
    ts_golden_free(&golden);
}

static void hash_and_tracker_of_the_vector(void **state)
{
    (void)state;
    ts_golden_load(&golden, "a-3single-1q-5");
    assert_string_equal(golden.phi, "uq/fJ2UjgxUiSyfNGCw8ghFEQJq8ootgrLMZj62usXI");
    struct ts_buf text = read_ballot("good");
    struct ts_arena arena = {0};
    struct ts_ballot ballot;
    struct ts_err err;
    assert_int_equal(text.len, 2237);
    assert_int_equal(ts_ballot_parse(&ballot, golden.params, ts_buf_bytes(&text), &arena, &err), 0);
    assert_string_equal(ballot.hash, "Y1kb9ViBwdOvkjxkyv4druR0bBbLiiciECB3LKmZXp4");
    assert_string_equal(ballot.tracker, "4BCIDnKToo9ObWBPwb+oLX3AES6uXytnSN2LCPG9eS0");
    ts_arena_free(&arena);
    ts_buf_free(&text);
    ts_golden_free(&golden);
}

/* The corrupted archives hold the same ballots among good ones. */
static void corrupted_archives(void **state)
{
    (void)state;
    static const struct {
        const char *name, *code;
    } cases[] = {
        {"ballot-flipped-proof-response", "ballot.proof"},
        {"ballot-wrong-election-hash", "ballot.election"},
        {"ballot-bad-signature", "ballot.signature"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[512];
        ts_golden_load(&golden, "a-3single-1q-5");
        golden.ballot_count = 0;
        snprintf(path, sizeof path, "%s/tests/golden/bad/%s.bel", TS_SOURCE_DIR, cases[i].name);
        ts_golden_load_ballots(&golden, path);
        size_t refused = 0;
        for (size_t b = 0; b < golden.ballot_count; b++) {
            struct ts_arena arena = {0};
            struct ts_ballot ballot;
            struct ts_err err;
            if (ts_ballot_verify(&ballot, golden.params, ts_str_bytes(golden.ballots[b]), &arena,
                                 &err) != 0) {
                assert_string_equal(err.code, cases[i].code);
                refused++;
            }
            ts_arena_free(&arena);
        }
        assert_int_equal(refused, 1);
        ts_golden_free(&golden);
    }
}

static void ballots_of_another_election(void **state)
{
    (void)state;
    struct ts_golden other = {0};
    struct ts_arena arena = {0};
    struct ts_ballot ballot;
    struct ts_err err;
    ts_golden_load(&golden, "a-3single-1q-5");
    ts_golden_load(&other, "a-3single-1q-50");
    assert_int_equal(
        ts_ballot_verify(&ballot, golden.params, ts_str_bytes(other.ballots[0]), &arena, &err), -1);
    assert_string_equal(err.code, "ballot.uuid");
    ts_arena_free(&arena);
    ts_golden_free(&other);
    ts_golden_free(&golden);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_ballot_verifies),
        cmocka_unit_test(every_ballot_is_rewritten_byte_for_byte),
        cmocka_unit_test(single_ballots),
        cmocka_unit_test(hash_and_tracker_of_the_vector),
        cmocka_unit_test(corrupted_archives),
        cmocka_unit_test(ballots_of_another_election),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
