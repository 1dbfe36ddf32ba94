/* Verification of Belenios' elections: every one accepted with the expected result, every corrupted
 * one refused with what is wrong and where, and the order of events that Belenios' own tool does
 * not look at (PROTOCOL.md section 12). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "proto/ballot/setup.h"
#include "tests/support/bel.h"
#include "tests/support/verdict.h"

#define GOLDEN TS_SOURCE_DIR "/tests/golden/"

static void load(struct ts_buf *out, const char *name)
{
    char dir[512];
    snprintf(dir, sizeof dir, GOLDEN "elections/%s", name);
    ts_bel_read_file(out, ts_bel_find(dir, ".bel"));
}

static void ignore(void *ctx, const struct ts_verify_finding *f)
{
    (void)f;
    ++*(int *)ctx;
}

/* The result that was checked, written as Belenios writes it, is the expected file. */
static void accepts_elections(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int64_t ballots, counted;
    } cases[] = {
        {"a-3single-1q-5", 7, 5},    {"a-3single-1q-50", 55, 50},
        {"b-thr2of3-1q-50", 54, 50}, {"c-multi-blank-approval-5", 6, 5},
        {"d-weights-5", 6, 5},       {"c-multi-blank-approval-500", 525, 500},
        {"e-zero-ballots", 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ts_buf archive = {0}, expected = {0}, result = {0};
        char path[512];
        int findings = 0;
        load(&archive, cases[i].name);
        struct ts_bytes bytes = ts_buf_bytes(&archive);
        const struct ts_verify_ports ports = {&findings, ignore, ts_verdict_each};
        struct ts_archive_source source = ts_archive_memory(&bytes);
        struct ts_verify *v = ts_verify_new(&ports);
        assert_int_equal(ts_verify_archive(v, &source), TS_VERIFY_VALID);
        const struct ts_verify_summary *s = ts_verify_summary(v);
        assert_int_equal(findings, 1); /* the warning that it is not of our profile */
        assert_int_equal(s->warnings, 1);
        assert_int_equal(s->ballots, cases[i].ballots);
        assert_int_equal(s->counted, cases[i].counted);
        for (int c = 0; c < TS_VERIFY_CHECKS; c++)
            assert_int_equal(s->checks[c],
                             c == TS_VERIFY_CLOSING ? TS_VERIFY_NOT_REACHED : TS_VERIFY_PASSED);
        ts_result_write(&result, s->election, s->result);
        ts_buf_append_char(&result, '\n');
        snprintf(path, sizeof path, GOLDEN "elections/%s/result.json", cases[i].name);
        ts_bel_read_file(&expected, path);
        assert_int_equal(result.len, expected.len);
        assert_memory_equal(result.ptr, expected.ptr, expected.len);
        ts_verify_free(v);
        ts_buf_free(&archive);
        ts_buf_free(&expected);
        ts_buf_free(&result);
    }
}

static void refuses_corruptions(void **state)
{
    (void)state;
    static const struct {
        const char *file, *code;
        int64_t event, ballot;
        uint32_t trustee;
        const char *where;
    } cases[] = {
        {"ballot-bad-signature.bel", "ballot.signature", 1, 1, 0, ""},
        {"ballot-flipped-proof-response.bel", "ballot.proof", 1, 1, 0,
         "answers[0].individual_proofs[1]"},
        {"ballot-unlisted-credential.bel", "ballot.credential", 8, 8, 0, "credential"},
        {"ballot-wrong-election-hash.bel", "ballot.election", 1, 1, 0, ""},
        {"partial-decryption-wrong-factor.bel", "decryption.proof", 11, 0, 2,
         "decryption_proofs[0][0]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ts_buf archive = {0};
        struct ts_verdict v;
        char path[512];
        snprintf(path, sizeof path, GOLDEN "bad/%s", cases[i].file);
        ts_bel_read_file(&archive, path);
        for (int run = 0; run < 3; run++) {
            ts_verdict_of(&v, ts_buf_bytes(&archive));
            assert_int_equal(v.verdict, TS_VERIFY_INVALID);
            const struct ts_verdict_finding *f = ts_verdict_error(&v);
            assert_non_null(f);
            assert_string_equal(f->code, cases[i].code);
            assert_int_equal(f->event, cases[i].event);
            assert_int_equal(f->ballot, cases[i].ballot);
            assert_int_equal(f->trustee, cases[i].trustee);
            assert_string_equal(f->where, cases[i].where);
        }
        ts_buf_free(&archive);
    }
}

/* Cut between events: valid so far, and said to be open. */
static void accepts_open_archives(void **state)
{
    (void)state;
    struct ts_buf archive = {0};
    struct ts_bel *bel = calloc(1, sizeof *bel);
    load(&archive, "a-3single-1q-5");
    ts_bel_split(bel, ts_buf_bytes(&archive));
    for (size_t events = bel->count; events > 0; events--) {
        struct ts_buf part = {0};
        struct ts_verdict v;
        size_t whole = bel->count;
        bel->count = events;
        ts_bel_join(&part, bel);
        bel->count = whole;
        ts_verdict_of(&v, ts_buf_bytes(&part));
        assert_int_equal(v.verdict, events == whole ? TS_VERIFY_VALID : TS_VERIFY_OPEN);
        assert_int_equal(v.events, events);
        assert_int_equal(v.checks[TS_VERIFY_BALLOTS], TS_VERIFY_PASSED);
        assert_int_equal(v.checks[TS_VERIFY_RESULT],
                         events == whole ? TS_VERIFY_PASSED : TS_VERIFY_NOT_REACHED);
        ts_buf_free(&part);
    }
    ts_bel_free(bel);
    free(bel);
    ts_buf_free(&archive);
}

struct fixture {
    struct ts_buf archive;
    struct ts_bel *bel;
};

static void expect_at(struct fixture *f, const char *code, int64_t event, const char *where)
{
    struct ts_buf archive = {0};
    struct ts_verdict v;
    ts_bel_join(&archive, f->bel);
    ts_verdict_of(&v, ts_buf_bytes(&archive));
    const struct ts_verdict_finding *found = ts_verdict_has(&v, code);
    if (!found || v.verdict != TS_VERIFY_INVALID) {
        ts_verdict_dump(&v);
        fail_msg("expected %s", code);
    }
    assert_int_equal(found->event, event);
    if (where)
        assert_string_equal(found->where, where);
    ts_buf_free(&archive);
    ts_bel_split(f->bel, ts_buf_bytes(&f->archive)); /* fresh for the next */
}

static void replace(struct fixture *f, size_t event, size_t data, const char *from, const char *to)
{
    struct ts_str *s = &f->bel->events[event].data[data];
    *s = ts_bel_replace(f->bel, *s, from, to);
}

static void refuses_disorder_and_numbers(void **state)
{
    (void)state;
    struct fixture f = {.bel = calloc(1, sizeof(struct ts_bel))};
    load(&f.archive, "a-3single-1q-5");
    ts_bel_split(f.bel, ts_buf_bytes(&f.archive));
    size_t end = ts_bel_first(f.bel, TS_EVENT_END_BALLOTS);
    size_t tally = ts_bel_first(f.bel, TS_EVENT_ENCRYPTED_TALLY);
    size_t partial = ts_bel_first(f.bel, TS_EVENT_PARTIAL_DECRYPTION);
    size_t result = ts_bel_first(f.bel, TS_EVENT_RESULT);

    /* 12.2: a ballot behind EndBallots, a second Setup, a missing EndBallots. */
    ts_bel_insert(f.bel, end + 1, &f.bel->events[1]);
    expect_at(&f, "archive.order", (int64_t)end + 1, NULL);
    ts_bel_insert(f.bel, 3, &f.bel->events[0]);
    expect_at(&f, "archive.order", 3, NULL);
    ts_bel_remove(f.bel, end);
    expect_at(&f, "archive.order", (int64_t)end, NULL);
    /* The same ballot twice. */
    ts_bel_insert(f.bel, 3, &f.bel->events[1]);
    expect_at(&f, "ballot.duplicate", 3, NULL);
    /* A ballot less, a ballot in another place: the tally is not its sum (one re-vote counted
     * for another). */
    ts_bel_remove(f.bel, end - 1);
    expect_at(&f, "tally.mismatch", (int64_t)tally - 1, NULL);

    /* 12.3: the numbers beside the tally. */
    replace(&f, tally, 1, "\"num_tallied\":5", "\"num_tallied\":6");
    expect_at(&f, "tally.number", (int64_t)tally, NULL);
    replace(&f, tally, 1, "\"total_weight\":5", "\"total_weight\":6");
    expect_at(&f, "tally.weight", (int64_t)tally, NULL);
    replace(&f, tally, 1, "\"total_weight\":5", "\"total_weight\":\"5\"");
    expect_at(&f, "tally.form", (int64_t)tally, NULL);

    /* 12.4: owners. */
    ts_bel_insert(f.bel, partial, &f.bel->events[partial]);
    expect_at(&f, "decryption.twice", (int64_t)partial + 1, NULL);
    replace(&f, partial, 1, "\"owner\":1", "\"owner\":2");
    expect_at(&f, "decryption.proof", (int64_t)partial, "decryption_proofs[0][0]");
    replace(&f, partial, 1, "\"owner\":1", "\"owner\":4");
    expect_at(&f, "decryption.owner", (int64_t)partial, NULL);
    replace(&f, partial, 1, "\"owner\":1", "\"owner\":0");
    expect_at(&f, "decryption.owner", (int64_t)partial, NULL);
    ts_bel_remove(f.bel, partial);
    expect_at(&f, "decryption.missing", (int64_t)result - 1, "trustees[0]");

    /* The result: another count, another shape. */
    replace(&f, result, 0, "[[1,2,2]]", "[[2,2,1]]");
    expect_at(&f, "result.count", (int64_t)result, "result[0][0]");
    replace(&f, result, 0, "[[1,2,2]]", "[[1,2]]");
    expect_at(&f, "result.form", (int64_t)result, NULL);
    replace(&f, result, 0, "[[1,2,2]]", "[[1,2,2],[1]]");
    expect_at(&f, "result.form", (int64_t)result, NULL);
    replace(&f, result, 0, "[[1,2,2]]", "[[1,2,-1]]");
    expect_at(&f, "result.form", (int64_t)result, NULL);
    ts_bel_free(f.bel);
    free(f.bel);
    ts_buf_free(&f.archive);
}

/* 12.5 and the setup. Changes of the election record change phi, so the ballots no longer fit; what
 * matters is that the setup's own finding is there. */
static void refuses_bad_setups(void **state)
{
    (void)state;
    static const char base[] = "6666666666666666666666666666666666666666666666666666666666666658";
    static const char identity[] =
        "0000000000000000000000000000000000000000000000000000000000000001";
    /* A point of order 2: (0, -1). */
    static const char torsion[] =
        "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec";
    struct fixture f = {.bel = calloc(1, sizeof(struct ts_bel))};
    char key[TS_POINT_TEXT + 1] = {0}, cred[TS_POINT_TEXT + 1] = {0};
    char two[2 * TS_POINT_TEXT + 8];
    load(&f.archive, "a-3single-1q-5");
    ts_bel_split(f.bel, ts_buf_bytes(&f.archive));
    const char *at = strstr(f.bel->events[0].data[0].ptr, "\"public_key\":\"");
    memcpy(key, at + 14, TS_POINT_TEXT);
    memcpy(cred, f.bel->events[0].data[2].ptr + 2, TS_POINT_TEXT);

    replace(&f, 0, 0, key, base);
    expect_at(&f, "election.key", 0, "public_key");
    replace(&f, 0, 0, key, identity);
    expect_at(&f, "ballot.key", 0, NULL);
    replace(&f, 0, 0, "\"version\":1", "\"version\":2");
    expect_at(&f, "election.version", 0, NULL);
    replace(&f, 0, 1, "\"response\":\"", "\"response\":\"0\",\"x\":\"");
    expect_at(&f, "trustee.pok", 0, "trustees[0]");
    replace(&f, 0, 2, cred, identity);
    expect_at(&f, "credential.point", 0, "credentials[0]");
    replace(&f, 0, 2, cred, torsion);
    expect_at(&f, "credential.point", 0, "credentials[0]");
    snprintf(two, sizeof two, "%s\",\"%s", cred, cred);
    replace(&f, 0, 2, cred, two);
    expect_at(&f, "credential.twice", 0, NULL);
    snprintf(two, sizeof two, "%s,1", cred);
    replace(&f, 0, 2, cred, two);
    expect_at(&f, "credential.form", 0, "credentials[1]");
    replace(&f, 0, 2, "[\"", "[\"0");
    expect_at(&f, "credential.form", 0, "credentials[0]");
    ts_bel_free(f.bel);
    free(f.bel);
    ts_buf_free(&f.archive);
}

/* Of a group of three, a third partial decryption that holds is a warning, one that does not is an
 * error, whichever two are needed. */
static void judges_surplus_decryptions(void **state)
{
    (void)state;
    struct fixture f = {.bel = calloc(1, sizeof(struct ts_bel))};
    load(&f.archive, "b-thr2of3-1q-50");
    ts_bel_split(f.bel, ts_buf_bytes(&f.archive));
    size_t partial = ts_bel_first(f.bel, TS_EVENT_PARTIAL_DECRYPTION);
    ts_bel_insert(f.bel, partial + 2, &f.bel->events[partial]);
    replace(&f, partial + 2, 1, "\"owner\":1", "\"owner\":2");
    expect_at(&f, "decryption.proof", (int64_t)partial + 2, NULL);
    /* One of the two that are needed is missing. */
    ts_bel_remove(f.bel, partial);
    expect_at(&f, "decryption.missing", (int64_t)partial + 1, "trustees[0]");
    ts_bel_free(f.bel);
    free(f.bel);
    ts_buf_free(&f.archive);
}

/* Our own golden archive, the source of the vectors in docs/ballot.md: accepted without a warning,
 * and every record of it written again byte for byte from what was read. */
static void accepts_our_poll(void **state)
{
    (void)state;
    struct ts_buf archive = {0}, again = {0};
    struct ts_bel *bel = calloc(1, sizeof *bel);
    char hex[TS_DIGEST_HEX + 1];
    int findings = 0;
    ts_bel_read_file(&archive, GOLDEN "polls/Jbu5X19RRbW7kuYTQKRPz2.bel");
    struct ts_bytes bytes = ts_buf_bytes(&archive);
    const struct ts_verify_ports ports = {&findings, ignore, NULL};
    struct ts_archive_source source = ts_archive_memory(&bytes);
    struct ts_verify *v = ts_verify_new(&ports);
    assert_int_equal(ts_verify_archive(v, &source), TS_VERIFY_VALID);
    assert_int_equal(findings, 0);
    const struct ts_verify_summary *s = ts_verify_summary(v);
    assert_string_equal(s->election->phi_text, "8mlN4/3lX2n0DtE3zzyK9uYN1MhXV9VUd8hNq9Sn2z4");
    ts_digest_hex(hex, &s->k);
    assert_string_equal(hex, "2fad24c0492813921da1f671f70dc7e568e2ee04828d22d4e4554b16deb3b00e");
    ts_digest_hex(hex, &s->result->closing.root);
    assert_string_equal(hex, "b1b315eab4c36dc27c9aa1b406b5578d6cfbc7778cd575b4263682b8df01715b");

    ts_bel_split(bel, bytes);
    const struct ts_str *setup = bel->events[0].data;
    struct ts_setup extra;
    struct ts_err err;
    struct ts_partial partial;
    ts_election_write(&again, s->election);
    assert_true(ts_str_equal(ts_buf_str(&again), setup[0]));
    ts_buf_clear(&again);
    ts_trustees_write(&again, s->trustees);
    assert_true(ts_str_equal(ts_buf_str(&again), setup[1]));
    assert_int_equal(ts_setup_read(&extra, setup[3], s->trustees, &bel->arena, &err), 0);
    ts_buf_clear(&again);
    ts_setup_write(&again, &extra, s->trustees);
    assert_non_null(memmem(setup[3].ptr, setup[3].len, again.ptr, again.len));
    struct ts_str record = bel->events[ts_bel_first(bel, TS_EVENT_PARTIAL_DECRYPTION)].data[0];
    assert_int_equal(ts_partial_read(&partial, s->election, record, &bel->arena, &err), 0);
    ts_buf_clear(&again);
    ts_partial_write(&again, s->election, &partial);
    assert_true(ts_str_equal(ts_buf_str(&again), record));
    ts_buf_clear(&again);
    ts_result_write(&again, s->election, s->result);
    assert_true(
        ts_str_equal(ts_buf_str(&again), bel->events[ts_bel_first(bel, TS_EVENT_RESULT)].data[0]));
    ts_verify_free(v);
    ts_buf_free(&archive);
    ts_buf_free(&again);
    ts_bel_free(bel);
    free(bel);
}

/* The program: exit codes, and the same words in every run. */
static int run_program(struct ts_buf *out, const char *arguments)
{
    char command[2048];
    char piece[4096];
    snprintf(command, sizeof command, "%s/tongsheng-verify %s 2>/dev/null", TS_BIN_DIR, arguments);
    FILE *p = popen(command, "r");
    assert_non_null(p);
    for (size_t n; (n = fread(piece, 1, sizeof piece, p)) > 0;)
        ts_buf_append(out, piece, n);
    int status = pclose(p);
    return status >= 0 && status % 256 == 0 ? status / 256 : -1;
}

static void program_says_so(void **state)
{
    (void)state;
    static const struct {
        const char *arguments;
        int code;
        const char *says;
    } cases[] = {
        {"--json " GOLDEN "elections/a-3single-1q-5/zz5FhdTNfG2L9x.bel", 0,
         "\"verdict\":\"valid\""},
        {GOLDEN "elections/a-3single-1q-5/zz5FhdTNfG2L9x.bel", 0, "VALID"},
        {GOLDEN "elections/a-3single-1q-5/zz5FhdTNfG2L9x.bel", 0, "profile.none"},
        {"--json " GOLDEN "bad/ballot-bad-signature.bel", 1,
         "{\"severity\":\"error\",\"check\":\"ballots\",\"code\":\"ballot.signature\",\"ballot\":1,"
         "\"event\":1,"},
        {GOLDEN "bad/ballot-bad-signature.bel", 1, "INVALID: 1 errors"},
        {GOLDEN "nothing.bel", 2, "NOT READABLE"},
        {GOLDEN "README.md", 2, "archive.none"},
        {GOLDEN "elections", 2, "file.kind"},
        {"--json " GOLDEN "nothing.bel", 2, "\"verdict\":\"unreadable\""},
        {"", 2, ""},
        {"--json", 2, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ts_buf first = {0}, second = {0};
        assert_int_equal(run_program(&first, cases[i].arguments), cases[i].code);
        assert_int_equal(run_program(&second, cases[i].arguments), cases[i].code);
        assert_true(ts_str_equal(ts_buf_str(&first), ts_buf_str(&second)));
        if (cases[i].says[0] && !memmem(first.ptr, first.len, cases[i].says, strlen(cases[i].says)))
            fail_msg("%s does not say %s", cases[i].arguments, cases[i].says);
        ts_buf_free(&first);
        ts_buf_free(&second);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_elections),     cmocka_unit_test(refuses_corruptions),
        cmocka_unit_test(accepts_open_archives), cmocka_unit_test(refuses_disorder_and_numbers),
        cmocka_unit_test(refuses_bad_setups),    cmocka_unit_test(judges_surplus_decryptions),
        cmocka_unit_test(accepts_our_poll),      cmocka_unit_test(program_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
