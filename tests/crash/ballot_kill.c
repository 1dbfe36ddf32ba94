/*
 * SIGKILL of a real server while booths deliver ballots (60 rounds, TS_CRASH_ROUNDS for more):
 * every ballot that was acknowledged is in the box, once, after every restart; what was not
 * acknowledged is sent again and is then in it once, too; a repeat is acknowledged as a repeat. At
 * the end live state, replayed state and box agree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

#include "tests/support/ballotproc.h"
#include "tests/support/seed.h"

#define DIR "ballots"
#define ROUNDS 60
#define FRESH 4   /* ballots of a round that were never sent before */
#define REPEATS 4 /* and of such that were */
#define BOOTHS 2
#define LOOK_EVERY 5 /* rounds between looks into the box, which take time */

struct sent {
    struct ts_id id;
    size_t slip;
};

struct load {
    struct ts_seed seed;
    struct ballotproc b;
    struct serverproc server;
    bool acked[BALLOTPROC_SLIPS_MAX];
    bool known[BALLOTPROC_SLIPS_MAX]; /* acknowledged before this round */
    struct sent sent[BOOTHS][FRESH + REPEATS];
    size_t sent_count[BOOTHS];
    size_t next; /* the first slip that was never used */
    unsigned long long acks, repeats, cut_off;
};

static void send_ballot(struct load *load, struct raw *raw, size_t booth, size_t slip)
{
    uint8_t random[32];
    struct ts_buf text = {0};
    struct sent *sent = &load->sent[booth][load->sent_count[booth]++];
    ts_seed_bytes(&load->seed, random, sizeof random);
    *sent = (struct sent){ts_id_from_random(random), slip};
    ts_buf_printf(&text, "{\"v\":1,\"id\":\"%s\",\"cmd\":\"slip.cast\",\"body\":%s}", sent->id.s,
                  load->b.slips[slip].cast);
    ts_buf_append_char(&text, '\0');
    raw_say(raw, (const char *)text.ptr);
    ts_buf_free(&text);
}

/* One answer; false: the connection has ended. */
static bool take_answer(struct load *load, struct raw *raw, size_t booth)
{
    struct raw_frame frame;
    struct ts_arena arena = {0};
    struct ts_frame_answer answer;
    struct ts_err err;
    if (!raw_read(raw, &frame)) {
        ts_buf_free(&frame.payload);
        return false;
    }
    assert_int_equal(ts_frame_answer_decode(ts_buf_str(&frame.payload), &arena, &answer, &err), 0);
    size_t i = 0;
    while (i < load->sent_count[booth] && !ts_id_equal(&load->sent[booth][i].id, &answer.re))
        i++;
    assert_true(i < load->sent_count[booth]);
    size_t slip = load->sent[booth][i].slip;
    if (answer.kind != TS_FRAME_OK)
        fail_msg("slip %zu: %s", slip, answer.reject.code);
    assert_int_equal(answer.reply.signature.len, 86);
    /* Acknowledged once, it is known for ever: a second first time would be a loss. (Of two that
     * went over two connections in this round either may be answered first.) */
    assert_true(answer.reply.repeat || !load->known[slip]);
    load->acks += !load->acked[slip];
    load->repeats += answer.reply.repeat;
    load->acked[slip] = true;
    ts_buf_free(&frame.payload);
    ts_arena_free(&arena);
    return true;
}

static void open_booths(struct load *load, struct raw raws[BOOTHS])
{
    for (size_t i = 0; i < BOOTHS; i++) {
        raws[i] = ballotproc_booth(&load->b, &load->server, i);
        load->sent_count[i] = 0;
    }
}

/* Everything that was begun and not acknowledged, again, until it is. */
static void send_again(struct load *load)
{
    struct raw raws[BOOTHS];
    open_booths(load, raws);
    for (size_t slip = 0; slip < load->next; slip++) {
        if (load->acked[slip])
            continue;
        load->cut_off++;
        load->sent_count[slip % BOOTHS] = 0;
        send_ballot(load, &raws[slip % BOOTHS], slip % BOOTHS, slip);
        assert_true(take_answer(load, &raws[slip % BOOTHS], slip % BOOTHS));
    }
    for (size_t i = 0; i < BOOTHS; i++)
        raw_close(&raws[i]);
}

/* Fresh ballots and repeats on their way when the server is killed, after so many answers: before,
 * in the middle of, or after a commit. */
static void one_round(struct load *load)
{
    struct raw raws[BOOTHS];
    uint64_t most = ts_seed_below(&load->seed, FRESH + REPEATS);
    memcpy(load->known, load->acked, sizeof load->known);
    open_booths(load, raws);
    for (size_t i = 0; i < FRESH && load->next < load->b.slip_count; i++)
        send_ballot(load, &raws[i % BOOTHS], i % BOOTHS, load->next++);
    for (size_t i = 0; i < REPEATS; i++)
        send_ballot(load, &raws[i % BOOTHS], i % BOOTHS,
                    (size_t)ts_seed_below(&load->seed, load->next));
    for (uint64_t i = 0; i < most; i++)
        take_answer(load, &raws[i % BOOTHS], i % BOOTHS);
    serverproc_kill(&load->server);
    /* What had left before is an acknowledgement, read or not. */
    for (size_t i = 0; i < BOOTHS; i++) {
        while (take_answer(load, &raws[i], i))
            ;
        raw_close(&raws[i]);
    }
}

static void look_into_box(struct load *load, bool all)
{
    struct ballotproc_box box;
    ballotproc_look(&box, &load->b, DIR);
    assert_int_equal(box.others, 0);
    assert_true(box.ballots <= load->next);
    for (size_t slip = 0; slip < load->b.slip_count; slip++) {
        size_t count = ballotproc_count(&box, load->b.slips[slip].hash);
        if (count > 1 || (count == 0 && (load->acked[slip] || (all && slip < load->next))) ||
            (count > 0 && slip >= load->next))
            fail_msg("the ballot of slip %zu is in the box %zu times", slip, count);
    }
    ballotproc_box_free(&box);
}

static void acknowledged_ballots_are_there_once(void **state)
{
    (void)state;
    static struct load load;
    char live[65], before[128], after[128], want[128];
    uint64_t rounds = ts_seed_rounds("TS_CRASH_ROUNDS", ROUNDS);
    size_t slips = rounds * FRESH < BALLOTPROC_SLIPS_MAX ? rounds * FRESH : BALLOTPROC_SLIPS_MAX;
    load.seed = ts_seed_of(1);
    serverproc_clean(DIR);
    serverproc_start(&load.server, DIR);
    ballotproc_make(&load.b, &load.server, "ballots-made", BOOTHS, slips);
    for (uint64_t round = 1; round <= rounds; round++) {
        one_round(&load);
        if (round % LOOK_EVERY == 0)
            look_into_box(&load, false);
        serverproc_start(&load.server, DIR);
        send_again(&load);
    }
    assert_int_equal(serverproc_stop(&load.server), 0);
    serverproc_live_state(DIR, live);
    ballotproc_check_log(&load.b, DIR ".log");
    look_into_box(&load, true);
    assert_int_equal(serverproc_verify(DIR, before, sizeof before), 0);
    assert_int_equal(serverproc_verify(DIR, after, sizeof after), 0);
    assert_string_equal(before, after);
    snprintf(want, sizeof want, "state %s\n", live);
    assert_string_equal(before, want);
    print_message("%llu rounds, %llu acknowledged, %llu repeats, %llu cut off\n",
                  (unsigned long long)rounds, load.acks, load.repeats, load.cut_off);
    assert_int_equal(load.acks, slips);
    assert_true(load.cut_off > rounds / 2); /* some were cut off in between */
    ballotproc_free(&load.b);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(acknowledged_ballots_are_there_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
