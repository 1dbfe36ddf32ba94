/*
 * kiosk/queue under SIGKILL: what ts_queue_put() has answered for is there after a restart, whole,
 * and at most the one row in the making besides. 30 rounds, TS_CRASH_ROUNDS for more.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kiosk/queue.h"
#include "tests/support/seed.h"

#define COUNT 200
#define PAYLOAD 5000
#define PATH "queue-crash.db"
#define ROUNDS 30

static struct ts_point credentials[COUNT];

static void payload_of(size_t row, char out[static PAYLOAD])
{
    for (size_t i = 0; i < PAYLOAD; i++)
        out[i] = (char)('a' + (row * 11 + i) % 26);
}

/* Casts every row in a drawn order and tells each one that is durable. */
static _Noreturn void casting_child(int out)
{
    struct ts_queue *queue;
    struct ts_err err;
    if (ts_queue_open(&queue, PATH, credentials, COUNT, PAYLOAD, &err) != 0)
        _exit(1);
    uint16_t at = (uint16_t)randombytes_uniform(COUNT);
    for (int i = 0; i < COUNT; i++) {
        char payload[PAYLOAD];
        struct ts_digest hash = {{(uint8_t)at, 7}};
        at = (uint16_t)((at + 77) % COUNT);
        if (ts_queue_state(queue, at) != TS_QUEUE_EMPTY)
            continue;
        hash.b[0] = (uint8_t)at;
        payload_of(at, payload);
        if (ts_queue_put(queue, at, TS_QUEUE_CAST, &hash, (struct ts_str){payload, PAYLOAD},
                         &err) != 0 ||
            write(out, &at, sizeof at) != sizeof at)
            _exit(1);
    }
    _exit(0);
}

static void nothing_that_was_answered_for_is_lost(void **state)
{
    (void)state;
    struct ts_err err;
    bool cast[COUNT] = {false};
    uint64_t killed = 0, rounds = ts_seed_rounds("TS_CRASH_ROUNDS", ROUNDS);
    assert_int_equal(ts_queue_remove(PATH, &err), 0);
    for (uint64_t round = 0; round < rounds; round++) {
        if (round % ROUNDS == ROUNDS - 1) { /* every slip may be used by now */
            assert_int_equal(ts_queue_remove(PATH, &err), 0);
            memset(cast, 0, sizeof cast);
        }
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0) {
            close(ends[0]);
            casting_child(ends[1]);
        }
        close(ends[1]);
        /* Kill after a drawn number of answers, which leaves the child anywhere in the next put. */
        uint16_t row;
        uint32_t after = randombytes_uniform(12);
        size_t answered = 0;
        while (answered < after && read(ends[0], &row, sizeof row) == sizeof row) {
            cast[row] = true;
            answered++;
        }
        kill(child, SIGKILL);
        while (read(ends[0], &row, sizeof row) == sizeof row)
            cast[row] = true; /* answered before the kill arrived */
        close(ends[0]);
        int status;
        waitpid(child, &status, 0);
        killed += WIFSIGNALED(status);
        assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);

        struct ts_queue *queue;
        if (ts_queue_open(&queue, PATH, credentials, COUNT, PAYLOAD, &err) != 0)
            fail_msg("round %llu: %s: %s", (unsigned long long)round, err.code, err.detail);
        unsigned more = 0;
        for (size_t i = 0; i < COUNT; i++) {
            bool is_cast = ts_queue_state(queue, i) == TS_QUEUE_CAST;
            assert_true(is_cast || !cast[i]);
            more += is_cast && !cast[i];
            cast[i] = is_cast;
        }
        assert_in_range(more, 0, 1);
        bool skip[COUNT] = {false};
        struct ts_buf payload = {0};
        char want[PAYLOAD];
        size_t at;
        while (ts_queue_pick(queue, skip, &at, &payload, &err) == 1) {
            payload_of(at, want);
            assert_int_equal(payload.len, PAYLOAD);
            assert_memory_equal(payload.ptr, want, PAYLOAD);
            assert_int_equal(ts_queue_hash(queue, at)->b[0], (uint8_t)at);
            skip[at] = true;
            ts_buf_clear(&payload);
        }
        ts_buf_free(&payload);
        ts_queue_close(queue);
    }
    assert_true(killed * 2 > rounds);
    assert_int_equal(ts_queue_remove(PATH, &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_that_was_answered_for_is_lost),
    };
    if (sodium_init() < 0)
        return 1;
    for (int i = 0; i < COUNT; i++)
        credentials[i] = (struct ts_point){{3, (uint8_t)i}};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
