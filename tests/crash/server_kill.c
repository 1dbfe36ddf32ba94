/*
 * SIGKILL of a real server under load, again and again (60 rounds, TS_CRASH_ROUNDS for more):
 * everything that was acknowledged is there once, after every restart; what was not is sent again
 * with the same id and is there once, too. The chain is checked by every start, and the replayed
 * state by `--verify`.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

#include "tests/support/seed.h"
#include "tests/support/serverproc.h"

#define DIR "kill"
#define ROUNDS 60
#define BATCH 40 /* commands in flight when it is killed */

struct load {
    struct ts_seed seed;
    char token[64];
    struct ts_id root;
    struct ts_id ids[BATCH];
    bool answered[BATCH];
    int64_t seqs[BATCH];
    int round;
};

static struct ts_id fresh_id(struct load *load)
{
    uint8_t random[32];
    ts_seed_bytes(&load->seed, random, sizeof random);
    return ts_id_from_random(random);
}

/* Adds a body of a name of its own; the registry refuses the same name twice, so that a command
 * that happened twice would show. */
static void send_one(struct load *load, struct raw *raw, int i)
{
    char text[512];
    snprintf(text, sizeof text,
             "{\"v\":1,\"id\":\"%s\",\"cmd\":\"body.add\",\"body\":{\"parent\":\"%s\","
             "\"kind\":\"village\",\"name\":\"%d-%d\"}}",
             load->ids[i].s, load->root.s, load->round, i);
    raw_say(raw, text);
}

static void take_answer(struct load *load, const struct raw_frame *frame)
{
    struct ts_arena arena = {0};
    struct ts_frame_answer answer;
    struct ts_err err;
    assert_int_equal(ts_frame_answer_decode(ts_buf_str(&frame->payload), &arena, &answer, &err), 0);
    for (int i = 0; i < BATCH; i++) {
        if (!ts_id_equal(&load->ids[i], &answer.re))
            continue;
        if (answer.kind != TS_FRAME_OK)
            fail_msg("round %d: %s", load->round, answer.reject.code);
        /* The same answer as before it was killed. */
        if (load->answered[i])
            assert_int_equal(load->seqs[i], answer.seq);
        load->answered[i] = true;
        load->seqs[i] = answer.seq;
    }
    ts_arena_free(&arena);
}

static void resume(struct load *load, struct raw *raw)
{
    struct said said;
    talk(raw, &said, "login.resume", "{\"token\":\"%s\"}", load->token);
    assert_int_equal(said.answer.kind, TS_FRAME_OK);
    said_free(&said);
}

/* Everything of the last round again: what was acknowledged must be answered the same. */
static void send_again(struct load *load, struct raw *raw)
{
    struct raw_frame frame = {0};
    for (int i = 0; i < BATCH; i++)
        send_one(load, raw, i);
    for (int i = 0; i < BATCH; i++) {
        assert_true(raw_read(raw, &frame));
        take_answer(load, &frame);
        ts_buf_free(&frame.payload);
    }
    ts_buf_free(&frame.payload);
    for (int i = 0; i < BATCH; i++) {
        assert_true(load->answered[i]);
        for (int k = 0; k < i; k++)
            assert_int_not_equal(load->seqs[i], load->seqs[k]);
    }
}

static void one_round(struct load *load, struct serverproc *server)
{
    struct raw raw = raw_open(server->port);
    struct raw_frame frame = {0};
    resume(load, &raw);
    for (int i = 0; i < BATCH; i++) {
        load->ids[i] = fresh_id(load);
        load->answered[i] = false;
        send_one(load, &raw, i);
    }
    /* Killed after so many answers: before, in the middle of, or after a commit. */
    uint64_t most = ts_seed_below(&load->seed, BATCH);
    for (uint64_t i = 0; i < most && raw_read(&raw, &frame); i++) {
        take_answer(load, &frame);
        ts_buf_free(&frame.payload);
    }
    ts_buf_free(&frame.payload);
    serverproc_kill(server);
    raw_close(&raw);
    serverproc_start(server, DIR);
    raw = raw_open(server->port);
    resume(load, &raw);
    send_again(load, &raw);
    raw_close(&raw);
}

static void begin(struct load *load, struct serverproc *server)
{
    struct said said;
    struct raw raw = raw_open(server->port);
    talk_ok(&raw, "setup",
            "{\"code\":\"%s\",\"district\":\"张店区\",\"login\":\"wang\",\"name\":\"王芳\","
            "\"passphrase\":\"correct horse battery\"}",
            server->setup_code);
    talk(&raw, &said, "login", "{\"login\":\"wang\",\"passphrase\":\"correct horse battery\"}");
    assert_int_equal(said.answer.kind, TS_FRAME_OK);
    snprintf(load->token, sizeof load->token, "%.*s", TS_STR_ARG(said.answer.reply.token));
    said_free(&said);
    talk(&raw, &said, "subscribe", "{\"view\":\"me\",\"key\":\"\"}");
    said_free(&said);
    talk_view(&raw, &said, "me");
    assert_non_null(said.answer.raw.ptr);
    const struct ts_view_me *me = said.answer.body;
    assert_non_null(me);
    assert_true(me->grants.count > 0);
    load->root = me->grants.ptr[0].body;
    said_free(&said);
    raw_close(&raw);
}

static void nothing_acknowledged_is_lost_or_doubled(void **state)
{
    (void)state;
    static struct load load;
    struct serverproc server;
    char before[128], after[128];
    uint64_t rounds = ts_seed_rounds("TS_CRASH_ROUNDS", ROUNDS);
    load.seed = ts_seed_of(1);
    serverproc_clean(DIR);
    serverproc_start(&server, DIR);
    begin(&load, &server);
    for (load.round = 1; load.round <= (int)rounds; load.round++)
        one_round(&load, &server);
    serverproc_kill(&server);
    assert_int_equal(serverproc_verify(DIR, before, sizeof before), 0);
    assert_int_equal(serverproc_verify(DIR, after, sizeof after), 0);
    assert_string_equal(before, after);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_acknowledged_is_lost_or_doubled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
