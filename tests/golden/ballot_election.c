/* Election records of Belenios: read, written again byte for byte, fingerprints; and what is
 * refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "proto/ballot/election.h"
#include "tests/support/bel.h"

#define ELECTIONS TS_SOURCE_DIR "/tests/golden/elections/"

static void load(struct ts_buf *out, const char *path)
{
    ts_bel_read_file(out, path);
    out->len--; /* the file has a newline that the record has not */
}

static void round_trips(void **state)
{
    (void)state;
    static const char *const files[] = {
        ELECTIONS "a-3single-1q-5/election.json",
        ELECTIONS "b-thr2of3-1q-50/election.json",
        ELECTIONS "c-multi-blank-approval-5/election.json",
        ELECTIONS "c-multi-blank-approval-500/election.json",
        ELECTIONS "d-weights-5/election.json",
        ELECTIONS "e-zero-ballots/election.json",
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct ts_arena arena = {0};
        struct ts_buf record = {0}, again = {0};
        struct ts_election e;
        struct ts_err err;
        load(&record, files[i]);
        assert_int_equal(ts_election_read(&e, ts_buf_str(&record), &arena, &err), 0);
        assert_false(e.profile.present);
        ts_election_write(&again, &e);
        assert_int_equal(again.len, record.len);
        assert_memory_equal(again.ptr, record.ptr, record.len);
        ts_buf_free(&record);
        ts_buf_free(&again);
        ts_arena_free(&arena);
    }
}

static void reads_the_members(void **state)
{
    (void)state;
    struct ts_arena arena = {0};
    struct ts_buf record = {0};
    struct ts_election e;
    struct ts_err err;
    load(&record, ELECTIONS "a-3single-1q-5/election.json");
    assert_int_equal(ts_election_read(&e, ts_buf_str(&record), &arena, &err), 0);
    /* PROTOCOL.md section 14. */
    assert_string_equal(e.phi_text, "uq/fJ2UjgxUiSyfNGCw8ghFEQJq8ootgrLMZj62usXI");
    assert_true(ts_str_is(e.uuid, "zz5FhdTNfG2L9x"));
    assert_int_equal(e.question_count, 1);
    assert_int_equal(ts_election_choices(&e, 0), 3);
    record.len = 0;
    load(&record, ELECTIONS "c-multi-blank-approval-5/election.json");
    assert_int_equal(ts_election_read(&e, ts_buf_str(&record), &arena, &err), 0);
    assert_int_equal(e.question_count, 3);
    assert_true(e.questions[1].shape.blank);
    assert_int_equal(ts_election_choices(&e, 1), 5);
    assert_int_equal(e.questions[2].shape.min, 0);
    assert_int_equal(e.questions[2].shape.max, 3);
    assert_int_equal(ts_election_choices_total(&e), 13);
    assert_true(ts_str_is(e.administrator, "Mairie"));
    assert_true(ts_str_is(e.language[0], "fr"));
    assert_true(ts_str_is(e.name, "Conseil \"des\" enfants\n\t\\ / \x7f é ☃"));
    ts_buf_free(&record);
    ts_arena_free(&arena);
}

static void profile_round_trips(void **state)
{
    (void)state;
    struct ts_arena arena = {0};
    struct ts_buf record = {0}, again = {0};
    struct ts_election e, back;
    struct ts_err err;
    load(&record, ELECTIONS "a-3single-1q-5/election.json");
    assert_int_equal(ts_election_read(&e, ts_buf_str(&record), &arena, &err), 0);
    e.profile = (struct ts_election_profile){
        .present = true,
        .pack = TS_STR("A"),
        .list = ts_digest_of(TS_STR("list")),
        .trustees = ts_digest_of(TS_STR("trustees")),
        .presentation = ts_digest_of(TS_STR("presentation")),
        .min_tally = 5,
    };
    ts_election_write(&again, &e);
    assert_int_equal(ts_election_read(&back, ts_buf_str(&again), &arena, &err), 0);
    assert_true(back.profile.present);
    assert_true(ts_str_is(back.profile.pack, "A"));
    assert_int_equal(back.profile.min_tally, 5);
    assert_true(ts_digest_equal(&back.profile.presentation, &e.profile.presentation));
    assert_false(ts_digest_equal(&back.phi, &e.phi));
    ts_buf_free(&record);
    ts_buf_free(&again);
    ts_arena_free(&arena);
}

static const char good[] =
    "{\"version\":1,\"description\":\"d\",\"name\":\"n\",\"group\":\"Ed25519\",\"public_key\":"
    "\"6666666666666666666666666666666666666666666666666666666666666658\",\"questions\":"
    "[{\"answers\":[\"a\",\"b\"],\"min\":0,\"max\":1,\"question\":\"q\"}],\"uuid\":"
    "\"zz5FhdTNfG2L9x\",\"tongsheng\":{\"profile\":1,\"pack\":\"A\",\"list\":"
    "\"0000000000000000000000000000000000000000000000000000000000000000\",\"trustees\":"
    "\"0000000000000000000000000000000000000000000000000000000000000000\",\"presentation\":"
    "\"0000000000000000000000000000000000000000000000000000000000000000\",\"revote\":false,"
    "\"min_tally\":5}}";

static void refuses(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *code, *path;
    } cases[] = {
        {"\"version\":1", "\"version\":2", "election.version", ""},
        {"Ed25519", "BELENIOS-2048", "election.group", ""},
        {"66658\"", "6665\"", "election.form", "public_key"},
        {"\"description\":\"d\"", "\"description\":1", "election.form", "description"},
        {"\"max\":1", "\"max\":3", "election.form", "questions[0].max"},
        {"\"min\":0", "\"min\":2", "election.form", "questions[0].min"},
        {"\"min\":0", "\"min\":-1", "election.form", "questions[0].min"},
        {"\"min\":0", "\"min\":0,\"blank\":1", "election.form", "questions[0].blank"},
        {"[\"a\",\"b\"]", "[]", "election.form", "questions[0].answers"},
        {"[\"a\",\"b\"]", "[1,2]", "election.form", "questions[0].answers"},
        {"zz5FhdTNfG2L9x", "zz5FhdTNfG2L9", "election.form", "uuid"},
        {"zz5FhdTNfG2L9x", "zz5FhdTNfG2L90", "election.form", "uuid"},
        {"zz5FhdTNfG2L9x", "zz5FhdTNfG2L9xzz5FhdTNf", "election.form", "uuid"},
        {"\"version\":1,", "\"version\":1,\"language\":[\"fr\"],", "election.form", "language"},
        {"\"profile\":1", "\"profile\":2", "election.profile", ""},
        {"\"pack\":\"A\"", "\"pack\":\"\"", "election.profile", ""},
        {"\"list\":\"00", "\"list\":\"0", "election.profile", ""},
        {"\"revote\":false", "\"revote\":true", "election.profile", ""},
        {"\"min_tally\":5", "\"min_tally\":0", "election.profile", ""},
        {"\"min_tally\":5", "\"min_tally\":5,\"more\":1", "election.profile", ""},
        {",\"min_tally\":5", "", "election.profile", ""},
        {"\"tongsheng\":{", "\"tongsheng\":null,\"x\":{", "election.profile", ""},
        {"}}", "}", "election.form", ""},
    };
    struct ts_bel *bel = calloc(1, sizeof *bel);
    struct ts_election e;
    struct ts_err err = {0};
    assert_int_equal(ts_election_read(&e, ts_str_of(good), &bel->arena, &err), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ts_str record = ts_bel_replace(bel, ts_str_of(good), cases[i].from, cases[i].to);
        if (ts_election_read(&e, record, &bel->arena, &err) == 0)
            fail_msg("accepted: %s", record.ptr);
        assert_string_equal(err.code, cases[i].code);
        assert_string_equal(err.path, cases[i].path);
    }
    ts_bel_free(bel);
    free(bel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trips),
        cmocka_unit_test(reads_the_members),
        cmocka_unit_test(profile_round_trips),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
