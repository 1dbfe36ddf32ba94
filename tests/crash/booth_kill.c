/*
 * SIGKILL of a whole kiosk agent while children vote, and of the server behind it (60 rounds,
 * TS_CRASH_ROUNDS for more): a ballot for which the booth said thank-you, or which it had made
 * durable without having said so, arrives in the box, once, with the hash of the receipt; a slip
 * that was not durable can be used again; at the end booth, box, live state and replayed state
 * agree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <sodium.h>

#include "proto/base/codec.h"
#include "tests/support/boothproc.h"
#include "tests/support/seed.h"

#define SERVER "booth-server"
#define BOOTH "booth"
#define ROUNDS 60
#define TAPS 6 /* of a whole visit, the scan among them */
#define CAST_TAP 5

enum outcome { THANKED, USED, DIED };

struct play {
    struct ts_seed seed;
    struct ballotproc b;
    struct serverproc server;
    struct tlsfront front;
    struct boothproc booth;
    uint64_t taps_left; /* until the booth is killed */
    bool dead;
    size_t next;
    uint8_t receipts[BALLOTPROC_SLIPS_MAX][32]; /* the last one shown for a slip */
    unsigned long long thanked, durable, voted_again, server_kills;
};

static void start_booth(struct play *p)
{
    boothproc_start(&p->booth, BOOTH, &p->front);
    p->dead = false;
    p->taps_left = UINT64_MAX;
}

/* Not a wait for something to happen: every moment is right. */
static void kill_soon(struct play *p)
{
    struct timespec pause = {0, (long)ts_seed_below(&p->seed, 15000000)};
    nanosleep(&pause, NULL);
    boothproc_kill(&p->booth);
    p->dead = true;
}

static void pressed(struct play *p)
{
    if (p->taps_left == 0 || --p->taps_left > 0)
        return;
    if (ts_seed_one_in(&p->seed, 4)) {
        serverproc_kill(&p->server);
        serverproc_start(&p->server, SERVER);
        p->server_kills++;
    }
    kill_soon(p);
}

static void tap(struct play *p, const char *text)
{
    boothproc_tap(&p->booth, text);
    pressed(p);
}

static bool may(const struct ts_screen *screen, int action)
{
    for (size_t i = 0; i < screen->may.count; i++)
        if (screen->may.ptr[i] == action)
            return true;
    return false;
}

static void note_receipt(struct play *p, size_t slip)
{
    if (p->booth.screen.receipt)
        assert_int_equal(ts_base64_decode32(p->receipts[slip], p->booth.screen.receipt->hash), 0);
}

/* One child, to the end of the visit or of the booth. A screen may come more than once; what was
 * pressed is not pressed again on the same one. */
static enum outcome visit(struct play *p, size_t slip)
{
    enum outcome outcome = DIED;
    int64_t answered = 0;
    bool scanned = false;
    do {
        const struct ts_screen *screen = &p->booth.screen;
        note_receipt(p, slip);
        if (screen->name == TS_SCREEN_THANKS)
            outcome = THANKED;
        else if (screen->name == TS_SCREEN_NOTICE && ts_str_is(screen->notice->code, "slip.used"))
            outcome = USED;
        else if (screen->name == TS_SCREEN_NOTICE)
            fail_msg("slip %zu: %.*s", slip, TS_STR_ARG(screen->notice->code));
        if (screen->name == TS_SCREEN_WELCOME && scanned && outcome != DIED)
            return outcome;
        if (p->dead || screen->serial == answered)
            continue;
        if (screen->name == TS_SCREEN_WELCOME && (scanned || !may(screen, TS_TAP_START)))
            continue; /* it has no package yet */
        answered = screen->serial;
        if (screen->name == TS_SCREEN_WELCOME) {
            scanned = true;
            boothproc_scan(&p->booth, p->b.slips[slip].code);
            pressed(p);
        } else if (screen->name == TS_SCREEN_QUESTION && screen->question->left > 0) {
            tap(p, "\"choose\",\"option\":1");
        } else if (screen->name == TS_SCREEN_INFO || screen->name == TS_SCREEN_QUESTION) {
            tap(p, "\"next\"");
        } else if (screen->name == TS_SCREEN_REVIEW) {
            tap(p, "\"cast\"");
        } else if (screen->name == TS_SCREEN_THANKS || screen->name == TS_SCREEN_NOTICE) {
            tap(p, "\"done\"");
        }
    } while (boothproc_read(&p->booth));
    assert_true(p->dead);
    return outcome;
}

static void one_round(struct play *p)
{
    size_t slip = p->next++;
    /* Every other time about when the ballot becomes durable. */
    p->taps_left = ts_seed_one_in(&p->seed, 2) ? CAST_TAP : 1 + ts_seed_below(&p->seed, TAPS);
    enum outcome first = visit(p, slip);
    if (!p->dead)
        boothproc_kill(&p->booth);
    boothproc_free(&p->booth);
    start_booth(p);
    uint8_t promised[32];
    memcpy(promised, p->receipts[slip], 32);
    enum outcome again = visit(p, slip);
    assert_int_not_equal(again, DIED);
    /* Thanked is durable; durable cannot be voted again, and keeps its receipt. */
    if (first == THANKED)
        assert_int_equal(again, USED);
    if (again == USED)
        assert_memory_equal(promised, p->receipts[slip], 32);
    p->thanked += first == THANKED;
    p->durable += first != THANKED && again == USED;
    p->voted_again += again == THANKED;
}

/* The poll closes: the booth delivers everything and then signs its numbers. */
static void close_and_state(struct play *p)
{
    struct raw raw = raw_open(p->server.port);
    struct said said;
    bool stated = false;
    talk_ok(&raw, "login.resume", "{\"token\":\"%s\"}", p->b.token);
    talk_ok(&raw, "poll.close", "{\"council\":\"%s\",\"poll\":\"%s\"}", p->b.council.s,
            p->b.poll.s);
    talk(&raw, &said, "subscribe", "{\"view\":\"console\",\"key\":\"%s\"}", p->b.meeting.s);
    said_free(&said);
    while (!stated) {
        talk_view(&raw, &said, "console");
        const struct ts_view_console *console = said.answer.body;
        assert_non_null(console);
        for (size_t i = 0; i < console->polls.count; i++)
            stated |= ts_id_equal(&console->polls.ptr[i].poll, &p->b.poll) &&
                      console->polls.ptr[i].booths.ptr[0].stated;
        said_free(&said);
    }
    raw_close(&raw);
}

static void look_into_box(const struct play *p)
{
    struct ballotproc_box box;
    ballotproc_look(&box, &p->b, SERVER);
    assert_int_equal(box.others, 0);
    assert_int_equal(box.ballots, p->next);
    for (size_t slip = 0; slip < p->next; slip++)
        if (ballotproc_count(&box, p->receipts[slip]) != 1)
            fail_msg("slip %zu: the ballot of the receipt is not in the box once", slip);
    ballotproc_box_free(&box);
}

static void what_was_thanked_for_arrives_once(void **state)
{
    (void)state;
    static struct play p;
    char live[65], before[128], want[128];
    uint64_t rounds = ts_seed_rounds("TS_CRASH_ROUNDS", ROUNDS);
    p.seed = ts_seed_of(2);
    serverproc_clean(SERVER);
    serverproc_start(&p.server, SERVER);
    ballotproc_make(&p.b, &p.server, "booth-made", 1, rounds);
    tlsfront_start(&p.front, SERVER ".port");
    boothproc_prepare(BOOTH, &p.b, 0);
    start_booth(&p);
    for (uint64_t round = 0; round < rounds; round++)
        one_round(&p);
    close_and_state(&p);
    boothproc_kill(&p.booth);
    boothproc_free(&p.booth);
    tlsfront_stop(&p.front);
    assert_int_equal(serverproc_stop(&p.server), 0);
    serverproc_live_state(SERVER, live);
    ballotproc_check_log(&p.b, SERVER ".log");
    ballotproc_check_log(&p.b, BOOTH ".log");
    look_into_box(&p);
    assert_int_equal(serverproc_verify(SERVER, before, sizeof before), 0);
    snprintf(want, sizeof want, "state %s\n", live);
    assert_string_equal(before, want);
    print_message("%llu rounds: %llu thanked, %llu durable without thanks, %llu voted again, "
                  "%llu times the server was killed too\n",
                  (unsigned long long)rounds, p.thanked, p.durable, p.voted_again, p.server_kills);
    assert_true(p.voted_again > 0 && p.thanked + p.durable > 0);
    ballotproc_free(&p.b);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_thanked_for_arrives_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
