/* The keeper station and the server at the opening: what they make, and what they refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <sodium.h>

#include "tests/support/poll.h"
#include "tests/support/verdict.h"

static void ignore(void *ctx, const struct ts_verify_finding *f)
{
    (void)ctx;
    (void)f;
}

/* A closed poll, its statement as text, and the archive as the keeper verified it. */
struct closed {
    struct ts_poll *p;
    struct ts_buf archive, statement_text;
    struct ts_bytes bytes;
    struct ts_archive_source source;
    struct ts_result statement;
    struct ts_verify *verify;
};

static void close_poll(struct closed *c, int64_t min_tally)
{
    static const struct ts_verify_ports ports = {NULL, ignore, NULL};
    struct ts_poll_plan plan = ts_poll_small();
    struct ts_err err;
    plan.min_tally = min_tally;
    c->p = calloc(1, sizeof *c->p);
    ts_poll_begin(c->p, &plan, 31);
    ts_poll_keepers(c->p);
    ts_poll_slips(c->p);
    ts_poll_cast(c->p);
    ts_poll_count(c->p);
    ts_poll_state(c->p);
    ts_poll_sign(c->p);
    ts_poll_write_open(c->p, &c->archive);
    ts_result_write_statement(&c->statement_text, &c->p->result);
    assert_int_equal(
        ts_result_read_statement(&c->statement, ts_buf_str(&c->statement_text), &c->p->arena, &err),
        0);
    c->bytes = ts_buf_bytes(&c->archive);
    c->source = ts_archive_memory(&c->bytes);
    c->verify = ts_verify_new(&ports);
    assert_int_equal(ts_verify_archive(c->verify, &c->source), TS_VERIFY_OPEN);
}

static void forget(struct closed *c)
{
    ts_verify_free(c->verify);
    ts_buf_free(&c->archive);
    ts_buf_free(&c->statement_text);
    ts_poll_free(c->p);
    free(c->p);
}

/* Keepers 1 and 3 open; the server combines; anybody verifies. */
static void opens_and_combines(void **state)
{
    (void)state;
    struct closed c = {0};
    struct ts_buf first = {0}, third = {0}, result = {0};
    struct ts_err err = {0};
    int64_t expected[32];
    close_poll(&c, 5);
    assert_int_equal(
        ts_opening_partial(&first, c.verify, &c.statement, 1, &c.p->shares[0], &c.p->rng, &err), 0);
    assert_int_equal(
        ts_opening_partial(&third, c.verify, &c.statement, 3, &c.p->shares[2], &c.p->rng, &err), 0);
    const struct ts_opening_part parts[] = {{3, ts_buf_str(&third)}, {1, ts_buf_str(&first)}};
    assert_int_equal(ts_opening_result(&result, c.verify, &c.statement, parts, 2, &err), 0);

    struct ts_arena arena = {0};
    struct ts_result read;
    assert_int_equal(ts_result_read(&read, &c.p->election, ts_buf_str(&result), &arena, &err), 0);
    ts_poll_expected(c.p, expected);
    assert_memory_equal(read.counts, expected,
                        ts_ballot_params_choices(c.p->params) * sizeof *expected);

    /* The server goes on with the archive that it has. */
    struct ts_archive_reader reader = {0};
    struct ts_archive_step step;
    struct ts_archive_writer writer;
    struct ts_buf whole = {0};
    struct ts_verdict v;
    assert_int_equal(ts_archive_open(&reader, &c.source, &err), 0);
    while (ts_archive_next(&reader, &step, &err) == 1)
        ;
    ts_buf_append(&whole, c.archive.ptr, c.archive.len);
    ts_archive_resume(&writer, &whole, &reader);
    ts_archive_partial_decryption(&writer, 1, ts_buf_str(&first));
    ts_archive_partial_decryption(&writer, 3, ts_buf_str(&third));
    ts_archive_result(&writer, ts_buf_str(&result));
    ts_verdict_of(&v, ts_buf_bytes(&whole));
    ts_verdict_dump(&v);
    assert_int_equal(v.verdict, TS_VERIFY_VALID);
    assert_int_equal(v.count, 0);
    ts_archive_reader_free(&reader);
    ts_arena_free(&arena);
    ts_buf_free(&whole);
    ts_buf_free(&first);
    ts_buf_free(&third);
    ts_buf_free(&result);
    forget(&c);
}

static void expect_refusal(struct closed *c, uint32_t owner, const struct ts_scalar *secret,
                           const char *code)
{
    struct ts_buf out = {0};
    struct ts_err err = {0};
    assert_int_equal(
        ts_opening_partial(&out, c->verify, &c->statement, owner, secret, &c->p->rng, &err), -1);
    assert_string_equal(err.code, code);
    assert_int_equal(out.len, 0);
    ts_buf_free(&out);
}

static void keeper_refuses(void **state)
{
    (void)state;
    struct closed c = {0};
    close_poll(&c, 5);
    expect_refusal(&c, 1, &c.p->shares[1], "opening.key");
    expect_refusal(&c, 0, &c.p->shares[0], "opening.key");
    expect_refusal(&c, 4, &c.p->shares[0], "opening.key");
    c.statement.closing.number++;
    expect_refusal(&c, 1, &c.p->shares[0], "opening.statement");
    /* After a finding nothing is opened with this verification any more. */
    c.statement.closing.number--;
    expect_refusal(&c, 1, &c.p->shares[0], "opening.archive");
    forget(&c);

    struct closed few = {0};
    close_poll(&few, 8); /* 7 ballots */
    expect_refusal(&few, 1, &few.p->shares[0], "opening.min_tally");
    forget(&few);

    struct closed forged = {0};
    close_poll(&forged, 5);
    forged.statement.server.b[0] ^= 1;
    expect_refusal(&forged, 1, &forged.p->shares[0], "opening.statement");
    forget(&forged);
}

static void server_refuses(void **state)
{
    (void)state;
    struct closed c = {0};
    struct ts_buf first = {0}, second = {0}, out = {0};
    struct ts_err err = {0};
    close_poll(&c, 5);
    assert_int_equal(
        ts_opening_partial(&first, c.verify, &c.statement, 1, &c.p->shares[0], &c.p->rng, &err), 0);
    assert_int_equal(
        ts_opening_partial(&second, c.verify, &c.statement, 2, &c.p->shares[1], &c.p->rng, &err),
        0);
    struct ts_opening_part parts[] = {{1, ts_buf_str(&first)}, {2, ts_buf_str(&second)}};
    assert_int_equal(ts_opening_result(&out, c.verify, &c.statement, parts, 1, &err), -1);
    assert_string_equal(err.code, "decryption.missing");
    parts[1].owner = 3;
    assert_int_equal(ts_opening_result(&out, c.verify, &c.statement, parts, 2, &err), -1);
    assert_string_equal(err.code, "decryption.proof");
    assert_non_null(strstr(err.path, "trustee[3]"));
    parts[1].owner = 1;
    assert_int_equal(ts_opening_result(&out, c.verify, &c.statement, parts, 2, &err), -1);
    assert_string_equal(err.code, "decryption.owner");
    parts[1].owner = 2;
    c.statement.closing.seq++; /* the keepers' proofs are bound to another K */
    assert_int_equal(ts_opening_result(&out, c.verify, &c.statement, parts, 2, &err), -1);
    assert_string_equal(err.code, "decryption.strong");
    assert_int_equal(out.len, 0);
    ts_buf_free(&first);
    ts_buf_free(&second);
    ts_buf_free(&out);
    forget(&c);
}

static void statement_has_one_spelling(void **state)
{
    (void)state;
    struct closed c = {0};
    struct ts_result r;
    struct ts_buf text = {0};
    struct ts_err err;
    close_poll(&c, 5);
    ts_buf_append_str(&text, ts_buf_str(&c.statement_text));
    ts_buf_append_char(&text, '\n');
    assert_int_equal(ts_result_read_statement(&r, ts_buf_str(&text), &c.p->arena, &err), -1);
    assert_string_equal(err.code, "closing.form");
    for (size_t i = 0; i < c.statement_text.len; i += 7) {
        memcpy(text.ptr, c.statement_text.ptr, c.statement_text.len);
        text.len = c.statement_text.len;
        text.ptr[i] ^= 1;
        if (ts_result_read_statement(&r, ts_buf_str(&text), &c.p->arena, &err) == 0) {
            /* Read as another statement: then K or a signature is another. */
            struct ts_digest k = ts_closing_k(&r.closing);
            assert_true(!ts_digest_equal(&k, &c.p->k) ||
                        ts_result_check_signatures(&r, &c.p->setup.server, &err) != 0);
        }
    }
    ts_buf_free(&text);
    forget(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_and_combines),
        cmocka_unit_test(keeper_refuses),
        cmocka_unit_test(server_refuses),
        cmocka_unit_test(statement_has_one_spelling),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
