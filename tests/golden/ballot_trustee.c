/* Trustees records of Belenios: read, checked, written again byte for byte; and refused when
 * anything in them is changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "proto/ballot/trustee.h"
#include "tests/support/bel.h"

#define ELECTIONS TS_SOURCE_DIR "/tests/golden/elections/"

static void load(struct ts_buf *out, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, ELECTIONS "%s/trustees.json", name);
    ts_bel_read_file(out, path);
    out->len--; /* the file has a newline that the record has not */
}

static void round_trips(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t owners, needed;
    } cases[] = {
        {"a-3single-1q-5", 3, 3},  {"a-3single-1q-50", 3, 3},
        {"b-thr2of3-1q-50", 3, 2}, {"c-multi-blank-approval-5", 2, 2},
        {"d-weights-5", 2, 2},     {"c-multi-blank-approval-500", 4, 3},
        {"e-zero-ballots", 1, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ts_arena arena = {0};
        struct ts_buf record = {0}, again = {0};
        struct ts_trustees t;
        struct ts_err err = {0};
        load(&record, cases[i].name);
        if (ts_trustees_read(&t, ts_buf_str(&record), &arena, &err))
            fail_msg("%s: %s %s %s", cases[i].name, err.code, err.path, err.detail);
        assert_int_equal(t.owner_count, cases[i].owners);
        assert_int_equal(ts_trustees_needed(&t), cases[i].needed);
        ts_trustees_write(&again, &t);
        assert_int_equal(again.len, record.len);
        assert_memory_equal(again.ptr, record.ptr, record.len);
        ts_buf_free(&record);
        ts_buf_free(&again);
        ts_arena_free(&arena);
    }
}

/* The product of the keys is the key in the election record. */
static void combines_keys(void **state)
{
    (void)state;
    static const char *const names[] = {"a-3single-1q-5", "b-thr2of3-1q-50",
                                        "c-multi-blank-approval-500"};
    for (size_t i = 0; i < 3; i++) {
        struct ts_arena arena = {0};
        struct ts_buf record = {0}, election = {0};
        struct ts_trustees t;
        struct ts_point key;
        struct ts_err err;
        char path[512], text[TS_POINT_TEXT + 1];
        load(&record, names[i]);
        assert_int_equal(ts_trustees_read(&t, ts_buf_str(&record), &arena, &err), 0);
        ts_trustees_public_key(&key, &t);
        ts_point_text(text, &key);
        snprintf(path, sizeof path, ELECTIONS "%s/election.json", names[i]);
        ts_bel_read_file(&election, path);
        assert_non_null(memmem(election.ptr, election.len, text, TS_POINT_TEXT));
        ts_buf_free(&record);
        ts_buf_free(&election);
        ts_arena_free(&arena);
    }
}

static void owners_have_their_keys(void **state)
{
    (void)state;
    struct ts_arena arena = {0};
    struct ts_buf record = {0};
    struct ts_trustees t;
    struct ts_err err;
    load(&record, "c-multi-blank-approval-500");
    assert_int_equal(ts_trustees_read(&t, ts_buf_str(&record), &arena, &err), 0);
    assert_false(t.entries[0].is_group);
    assert_ptr_equal(ts_trustees_owner_key(&t, 1), &t.entries[0].single.public_key);
    for (uint32_t j = 0; j < 3; j++)
        assert_ptr_equal(ts_trustees_owner_key(&t, 2 + j), &t.entries[1].group.keys[j].public_key);
    ts_buf_free(&record);
    ts_arena_free(&arena);
}

static void refuses(void **state)
{
    (void)state;
    static const char identity[] =
        "0000000000000000000000000000000000000000000000000000000000000001";
    static const struct {
        const char *name, *from, *to, *code;
    } cases[] = {
        /* Single: proof, key, form. */
        {"a-3single-1q-5", "\"response\":\"", "\"response\":\"1", "trustee.pok"},
        {"a-3single-1q-5", "26f4ffbc560daea40ebdf0e11600036f8fb345033aff1a7489258e3560595b46",
         identity, "trustee.key"},
        {"a-3single-1q-5", "26f4ffbc560daea40ebdf0e11600036f8fb345033aff1a7489258e3560595b46",
         "6666666666666666666666666666666666666666666666666666666666666658", "trustee.pok"},
        {"a-3single-1q-5", "Single", "Double", "trustee.form"},
        {"a-3single-1q-5", "\"pok\"", "\"pox\"", "trustee.form"},
        /* Group: context, certificate, coefficients, signatures, keys. */
        {"b-thr2of3-1q-50", "\"threshold\":2,", "\"threshold\":3,", "threshold.coefexps"},
        {"b-thr2of3-1q-50", "\"threshold\":2,", "\"threshold\":0,", "threshold.form"},
        {"b-thr2of3-1q-50", "\"threshold\":2,", "\"threshold\":4,", "threshold.form"},
        {"b-thr2of3-1q-50", "\\\"index\\\":1", "\\\"index\\\":2", "threshold.cert"},
        {"b-thr2of3-1q-50", "\\\"size\\\":3", "\\\"size\\\":4", "threshold.cert"},
        {"b-thr2of3-1q-50", "9f9a5cdb6a524cf3d281a07e3512a889b8314511422c298966c12f6cd7dd7fb5",
         "6666666666666666666666666666666666666666666666666666666666666658", "threshold.cert"},
        {"b-thr2of3-1q-50", "9f9a5cdb6a524cf3d281a07e3512a889b8314511422c298966c12f6cd7dd7fb5",
         identity, "threshold.cert"},
        {"b-thr2of3-1q-50",
         "986844874377346987638884505345236241138467255555545242446675100643503951289",
         "986844874377346987638884505345236241138467255555545242446675100643503951288",
         "threshold.cert"},
        {"b-thr2of3-1q-50", "0d932cc55023dfa8241dbc13d620770e6fb77522b305d9454b25f25a2bcc0ca2",
         "6666666666666666666666666666666666666666666666666666666666666658", "threshold.signature"},
        {"b-thr2of3-1q-50", "0d932cc55023dfa8241dbc13d620770e6fb77522b305d9454b25f25a2bcc0ca2",
         identity, "threshold.coefexps"},
        {"b-thr2of3-1q-50",
         "2548053077032297020318628868347432589885685848105806114764907195111074575623",
         "2548053077032297020318628868347432589885685848105806114764907195111074575622",
         "threshold.signature"},
        {"b-thr2of3-1q-50", "\"verification_keys\":[{\"pok\":{\"challenge\":\"",
         "\"verification_keys\":[{\"pok\":{\"challenge\":\"1", "trustee.pok"},
        {"b-thr2of3-1q-50", ",\"verification_keys\"", ",\"verification_kings\"", "threshold.form"},
    };
    struct ts_bel *bel = calloc(1, sizeof *bel);
    struct ts_trustees t;
    struct ts_err err;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ts_buf record = {0};
        load(&record, cases[i].name);
        struct ts_str bad = ts_bel_replace(bel, ts_buf_str(&record), cases[i].from, cases[i].to);
        if (ts_trustees_read(&t, bad, &bel->arena, &err) == 0)
            fail_msg("case %zu accepted", i);
        /* One digit more may leave the range of scalars: then the form is wrong already. */
        if (strcmp(err.code, cases[i].code) != 0 &&
            !(strcmp(cases[i].code, "trustee.pok") == 0 && strcmp(err.code, "trustee.form") == 0))
            fail_msg("case %zu: %s %s", i, err.code, err.detail);
        assert_non_null(strstr(err.path, "trustees[0]"));
        ts_buf_free(&record);
    }
    ts_bel_free(bel);
    free(bel);
}

/* Keys that do not belong to the coefficients, or not signed by the trustee: two keys change
 * places. */
static void refuses_swapped_keys(void **state)
{
    (void)state;
    struct ts_arena arena = {0};
    struct ts_buf record = {0}, bad = {0};
    struct ts_trustees t, again;
    struct ts_err err;
    load(&record, "b-thr2of3-1q-50");
    assert_int_equal(ts_trustees_read(&t, ts_buf_str(&record), &arena, &err), 0);
    struct ts_trustee_key *keys = (struct ts_trustee_key *)(uintptr_t)t.entries[0].group.keys;
    struct ts_trustee_key first = keys[0];
    keys[0] = keys[1];
    ts_trustees_write(&bad, &t);
    assert_int_equal(ts_trustees_read(&again, ts_buf_str(&bad), &arena, &err), -1);
    assert_string_equal(err.code, "threshold.key");
    /* The right key without its signature, and with another's. */
    keys[0] = first;
    keys[0].has_signature = false;
    bad.len = 0;
    ts_trustees_write(&bad, &t);
    assert_int_equal(ts_trustees_read(&again, ts_buf_str(&bad), &arena, &err), -1);
    assert_string_equal(err.code, "threshold.key");
    keys[0] = first;
    keys[0].signature = keys[1].signature;
    bad.len = 0;
    ts_trustees_write(&bad, &t);
    assert_int_equal(ts_trustees_read(&again, ts_buf_str(&bad), &arena, &err), -1);
    assert_string_equal(err.code, "threshold.key");
    assert_string_equal(err.path, "trustees[0].trustee[1]");
    ts_buf_free(&record);
    ts_buf_free(&bad);
    ts_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trips),
        cmocka_unit_test(combines_keys),
        cmocka_unit_test(owners_have_their_keys),
        cmocka_unit_test(refuses),
        cmocka_unit_test(refuses_swapped_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
