/* Archives of Belenios: read event by event, written again byte for byte, and refused when any byte
 * or the order of anything is changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "proto/ballot/weight.h"
#include "tests/support/bel.h"

#define ELECTIONS TS_SOURCE_DIR "/tests/golden/elections/"

static const char *const elections[] = {
    "a-3single-1q-5",
    "a-3single-1q-50",
    "b-thr2of3-1q-50",
    "c-multi-blank-approval-5",
    "c-multi-blank-approval-500",
    "d-weights-5",
    "e-zero-ballots",
};
#define ELECTION_COUNT (sizeof elections / sizeof *elections)

static void load(struct ts_buf *out, const char *name)
{
    char dir[512];
    snprintf(dir, sizeof dir, ELECTIONS "%s", name);
    ts_bel_read_file(out, ts_bel_find(dir, ".bel"));
}

/* Code of the first error, NULL for none; the archive's bytes as they are. */
static const char *read_all(const struct ts_buf *archive, struct ts_err *err)
{
    struct ts_bytes bytes = ts_buf_bytes(archive);
    struct ts_archive_source source = ts_archive_memory(&bytes);
    struct ts_archive_reader reader = {0};
    struct ts_archive_step step;
    *err = (struct ts_err){0};
    int rc = ts_archive_open(&reader, &source, err);
    if (rc == 0) {
        while ((rc = ts_archive_next(&reader, &step, err)) == 1)
            ;
    }
    ts_archive_reader_free(&reader);
    return rc ? err->code : NULL;
}

static int64_t member_int(struct ts_str record, const char *key)
{
    static const struct ts_json_limits limits = {1000, 2};
    struct ts_json *root;
    struct ts_err err;
    int64_t n = 0;
    assert_int_equal(ts_json_parse(&root, record, &limits, &err), 0);
    assert_int_equal(ts_weight_read(&n, ts_json_get(root, key)), 0);
    ts_json_free(root);
    return n;
}

static void write_step(struct ts_archive_writer *w, const struct ts_archive_step *s)
{
    const struct ts_archive_record *d = s->data;
    switch (s->event.type) {
    case TS_EVENT_SETUP:
        ts_archive_setup(w, d[0].body, d[1].body, d[2].body, (struct ts_str){0});
        break;
    case TS_EVENT_BALLOT:
        ts_archive_ballot(w, d[0].body);
        break;
    case TS_EVENT_END_BALLOTS:
        ts_archive_end_ballots(w);
        break;
    case TS_EVENT_ENCRYPTED_TALLY:
        ts_archive_encrypted_tally(w, d[0].body, member_int(d[1].body, "num_tallied"),
                                   member_int(d[1].body, "total_weight"));
        break;
    case TS_EVENT_PARTIAL_DECRYPTION:
        ts_archive_partial_decryption(w, member_int(d[1].body, "owner"), d[0].body);
        break;
    default:
        ts_archive_result(w, d[0].body);
    }
}

static void rewrites_byte_for_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < ELECTION_COUNT; i++) {
        struct ts_buf archive = {0}, again = {0};
        struct ts_archive_reader reader = {0};
        struct ts_archive_writer writer;
        struct ts_archive_step step;
        struct ts_err err;
        load(&archive, elections[i]);
        struct ts_bytes bytes = ts_buf_bytes(&archive);
        struct ts_archive_source source = ts_archive_memory(&bytes);
        assert_int_equal(ts_archive_open(&reader, &source, &err), 0);
        ts_archive_begin(&writer, &again, reader.timestamp);
        int rc;
        while ((rc = ts_archive_next(&reader, &step, &err)) == 1)
            write_step(&writer, &step);
        assert_int_equal(rc, 0);
        assert_int_equal(again.len, archive.len);
        assert_memory_equal(again.ptr, archive.ptr, archive.len);
        ts_archive_reader_free(&reader);
        ts_buf_free(&archive);
        ts_buf_free(&again);
    }
}

/* A writer that goes on where a reader stopped makes the same bytes. */
static void resumes(void **state)
{
    (void)state;
    struct ts_buf archive = {0}, rest = {0};
    struct ts_archive_reader reader = {0};
    struct ts_archive_writer writer;
    struct ts_archive_step step;
    struct ts_err err;
    load(&archive, "a-3single-1q-5");
    struct ts_bytes bytes = ts_buf_bytes(&archive);
    struct ts_archive_source source = ts_archive_memory(&bytes);
    assert_int_equal(ts_archive_open(&reader, &source, &err), 0);
    for (int i = 0; i < 6; i++)
        assert_int_equal(ts_archive_next(&reader, &step, &err), 1);
    size_t done = (size_t)reader.offset;
    ts_archive_resume(&writer, &rest, &reader);
    while (ts_archive_next(&reader, &step, &err) == 1)
        write_step(&writer, &step);
    assert_int_equal(rest.len, archive.len - done);
    assert_memory_equal(rest.ptr, archive.ptr + done, rest.len);
    ts_archive_reader_free(&reader);
    ts_buf_free(&archive);
    ts_buf_free(&rest);
}

/* Every byte of the archive without ballots, and every seventh of a larger one. */
static void refuses_flipped_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t stride;
    } cases[] = {{"e-zero-ballots", 1}, {"a-3single-1q-5", 7}};
    for (size_t c = 0; c < 2; c++) {
        struct ts_buf archive = {0};
        struct ts_err err;
        load(&archive, cases[c].name);
        assert_null(read_all(&archive, &err));
        for (size_t i = 0; i < archive.len; i += cases[c].stride) {
            uint8_t bit = (uint8_t)(1u << (i % 8));
            archive.ptr[i] ^= bit;
            if (!read_all(&archive, &err))
                fail_msg("%s: byte %zu flipped and accepted", cases[c].name, i);
            archive.ptr[i] ^= bit;
        }
        ts_buf_free(&archive);
    }
}

/* Cut anywhere: an archive that ends between events is open, everything else is refused. */
static void refuses_truncation(void **state)
{
    (void)state;
    struct ts_buf archive = {0};
    struct ts_err err;
    load(&archive, "e-zero-ballots");
    size_t whole = archive.len, open = 0;
    for (size_t len = 0; len < whole; len += 128) {
        archive.len = len;
        const char *code = read_all(&archive, &err);
        open += code == NULL;
        if (len < 1024)
            assert_non_null(code);
    }
    /* After the first member and after all events but the last. */
    assert_int_equal(open, 1 + 4);
    archive.len = whole;
    ts_buf_append(&archive, "\0", 1);
    assert_string_equal(read_all(&archive, &err), "archive.truncated");
    ts_buf_free(&archive);
}

/* The two zero blocks of other tars are refused, as Belenios does. */
static void refuses_trailer(void **state)
{
    (void)state;
    static const uint8_t zeros[1024];
    struct ts_buf archive = {0};
    struct ts_err err;
    load(&archive, "e-zero-ballots");
    ts_buf_append(&archive, zeros, sizeof zeros);
    assert_string_equal(read_all(&archive, &err), "archive.header");
    ts_buf_free(&archive);
}

static void expect(struct ts_bel *bel, const char *code, long event)
{
    struct ts_buf archive = {0};
    struct ts_err err;
    char path[64];
    ts_bel_join(&archive, bel);
    const char *got = read_all(&archive, &err);
    if (code && !got)
        fail_msg("expected %s, but the archive was accepted", code);
    if (code)
        assert_string_equal(got, code);
    else
        assert_null(got);
    snprintf(path, sizeof path, "event[%ld]", event);
    if (code)
        assert_string_equal(err.path, path);
    ts_buf_free(&archive);
}

/* PROTOCOL.md section 12.2: what Belenios' own tool lets pass. */
static void refuses_disorder(void **state)
{
    (void)state;
    struct ts_buf archive = {0};
    struct ts_bel *bel = calloc(1, sizeof *bel);
    load(&archive, "a-3single-1q-5");
#define FRESH() ts_bel_split(bel, ts_buf_bytes(&archive))
    FRESH();
    expect(bel, NULL, 0);
    size_t end = ts_bel_first(bel, TS_EVENT_END_BALLOTS);
    size_t tally = ts_bel_first(bel, TS_EVENT_ENCRYPTED_TALLY);
    size_t partial = ts_bel_first(bel, TS_EVENT_PARTIAL_DECRYPTION);
    size_t result = ts_bel_first(bel, TS_EVENT_RESULT);

    /* A ballot after EndBallots. */
    ts_bel_insert(bel, end + 1, &bel->events[1]);
    expect(bel, "archive.order", (long)end + 1);
    /* EndBallots among the ballots. */
    FRESH();
    ts_bel_insert(bel, 3, &bel->events[end]);
    expect(bel, "archive.order", 4);
    /* A second Setup. */
    FRESH();
    ts_bel_insert(bel, 1, &bel->events[0]);
    expect(bel, "archive.order", 1);
    /* No Setup. */
    FRESH();
    ts_bel_remove(bel, 0);
    expect(bel, "archive.order", 0);
    /* No EndBallots. */
    FRESH();
    ts_bel_remove(bel, end);
    expect(bel, "archive.order", (long)end);
    /* No tally; two tallies. */
    FRESH();
    ts_bel_remove(bel, tally);
    expect(bel, "archive.order", (long)tally);
    FRESH();
    ts_bel_insert(bel, tally, &bel->events[tally]);
    expect(bel, "archive.order", (long)tally + 1);
    /* A result without decryptions; a decryption after the result; two results. */
    FRESH();
    while (bel->events[partial].type == TS_EVENT_PARTIAL_DECRYPTION)
        ts_bel_remove(bel, partial);
    expect(bel, "archive.order", (long)partial);
    FRESH();
    ts_bel_insert(bel, bel->count, &bel->events[partial]);
    expect(bel, "archive.order", (long)result + 1);
    FRESH();
    ts_bel_insert(bel, bel->count, &bel->events[result]);
    expect(bel, "archive.order", (long)result + 1);
    ts_bel_free(bel);
    free(bel);
    ts_buf_free(&archive);
}

/* Records that no event refers to, or not those before it. */
static void refuses_other_records(void **state)
{
    (void)state;
    struct ts_buf archive = {0};
    struct ts_bel *bel = calloc(1, sizeof *bel);
    load(&archive, "a-3single-1q-5");
    FRESH();
    /* One more data record before a ballot. */
    bel->events[2].data[1] = bel->events[2].data[0];
    bel->events[2].data[0] = TS_STR("{}");
    bel->events[2].data_count = 2;
    expect(bel, "archive.records", 2);
    /* EndBallots with a record. */
    FRESH();
    size_t end = ts_bel_first(bel, TS_EVENT_END_BALLOTS);
    bel->events[end].data[0] = TS_STR("{}");
    bel->events[end].data_count = 1;
    expect(bel, "archive.records", (long)end);
    /* A tally that the sized tally does not name. */
    FRESH();
    size_t tally = ts_bel_first(bel, TS_EVENT_ENCRYPTED_TALLY);
    bel->events[tally].data[1] =
        ts_bel_replace(bel, bel->events[tally].data[1], "encrypted_tally", "x");
    expect(bel, "archive.records", (long)tally);
    /* Setup data that names other trustees. */
    FRESH();
    bel->events[0].data[3] =
        ts_bel_replace(bel, bel->events[0].data[3], "\"trustees\"", "\"trustee\"");
    expect(bel, "archive.records", 0);
    /* Setup data without a certificate that is there, and with one that is not. */
    FRESH();
    bel->events[0].data[4] = bel->events[0].data[3];
    bel->events[0].data[3] = TS_STR("{}");
    bel->events[0].data_count = 5;
    expect(bel, "archive.records", 0);
    FRESH();
    bel->events[0].data[3] =
        ts_bel_replace(bel, bel->events[0].data[3], "}", ",\"credentials_certificate\":\"x\"}");
    expect(bel, "archive.records", 0);
    ts_bel_free(bel);
    free(bel);
    ts_buf_free(&archive);
}

static void says_when_it_is_no_archive(void **state)
{
    (void)state;
    struct ts_err err;
    struct ts_buf junk = {0};
    assert_string_equal(read_all(&junk, &err), "archive.none");
    for (int i = 0; i < 2000; i++)
        ts_buf_append_char(&junk, 'x');
    assert_string_equal(read_all(&junk, &err), "archive.none");
    ts_buf_free(&junk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rewrites_byte_for_byte), cmocka_unit_test(resumes),
        cmocka_unit_test(refuses_flipped_bytes),  cmocka_unit_test(refuses_truncation),
        cmocka_unit_test(refuses_trailer),        cmocka_unit_test(refuses_disorder),
        cmocka_unit_test(refuses_other_records),  cmocka_unit_test(says_when_it_is_no_archive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
