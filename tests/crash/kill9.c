/* SIGKILL at any moment under load: a child process writes and reports through a pipe what it
 * submits and what is acknowledged; it is killed; the next one, and the parent, find every
 * acknowledged item whole and once. TS_ROUNDS gives the number of rounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/dump.h"
#include "tests/support/workload.h"

#define DIR_NAME "killed"
#define ROUNDS 60
#define ROUNDS_PER_DIR 20
#define SEED 77

static uint8_t status[TS_WORKLOAD_ITEMS];

/* One line of the child's report: the item and what became of it. */
struct report {
    int32_t item;
    int32_t status;
};

static void tell(int fd, int64_t item, enum ts_workload_status what)
{
    struct report report = {(int32_t)item, (int32_t)what};
    if (write(fd, &report, sizeof report) != sizeof report)
        _exit(3);
}

/* The child: writes until it is killed. What is told of an item before submitting it, the parent
 * has read or will read, for a pipe keeps what was written to it. */
static void write_until_killed(int fd, int64_t first, int64_t in_flight)
{
    struct ts_workload w;
    struct ts_err err = {0};
    ts_workload_init(&w, SEED);
    if (ts_workload_open(&w, DIR_NAME, NULL, &err) != 0) {
        fprintf(stderr, "%s %s: %s\n", err.code, err.path, err.detail);
        _exit(4);
    }
    int64_t next = first, done = first;
    for (;;) {
        int64_t completed = first + (int64_t)ts_journal_completed(w.j);
        for (; done < completed; done++)
            tell(fd, done, TS_ITEM_ACKNOWLEDGED);
        if (ts_journal_failed(w.j, &err) || next >= TS_WORKLOAD_ITEMS)
            _exit(5);
        if (next < done + in_flight) {
            struct ts_journal_batch *batch = ts_workload_batch(&w, next);
            tell(fd, next++, TS_ITEM_SUBMITTED);
            ts_journal_submit(w.j, batch);
        }
    }
}

/* Reads up to `most` reports; ends with the pipe. */
static int64_t read_reports(int fd, int64_t next, uint64_t most)
{
    struct report report;
    for (uint64_t count = 0; count < most;) {
        ssize_t n = read(fd, &report, sizeof report);
        if (n < 0 && errno == EINTR)
            continue;
        if (n != sizeof report) /* whole reports only: writes this small are not split */
            return next;
        count++;
        status[report.item] = (uint8_t)report.status;
        if (report.item + 1 > next)
            next = report.item + 1;
    }
    return next;
}

/* Starts a child, kills it after a while, returns the first item that was never submitted. */
static int64_t one_child(struct ts_rng *rng, int64_t next)
{
    int pipe_ends[2], how;
    int64_t in_flight = 1 + (int64_t)ts_rng_below(rng, 40);
    assert_int_equal(pipe(pipe_ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(pipe_ends[0]);
        write_until_killed(pipe_ends[1], next, in_flight);
    }
    close(pipe_ends[1]);
    /* In one round of four at any moment of opening and recovery, else once it has come so far. The
     * pause is not a wait for something to happen: every moment is right. */
    if (ts_rng_below(rng, 4) != 0)
        next = read_reports(pipe_ends[0], next, 1 + ts_rng_below(rng, 300));
    struct timespec pause = {0, (long)ts_rng_below(rng, 20000000)};
    nanosleep(&pause, NULL);
    kill(child, SIGKILL);
    next = read_reports(pipe_ends[0], next, UINT64_MAX);
    close(pipe_ends[0]);
    assert_int_equal(waitpid(child, &how, 0), child);
    if (!WIFSIGNALED(how))
        fail_msg("the writer ended by itself with %d", WEXITSTATUS(how));
    return next;
}

static void check(int64_t count)
{
    struct ts_workload w;
    struct ts_err err = {0};
    ts_workload_init(&w, SEED);
    if (ts_workload_open(&w, DIR_NAME, NULL, &err) != 0)
        fail_msg("%s %s: %s", err.code, err.path, err.detail);
    if (ts_workload_check(&w, status, count) != 0)
        fail_msg("%s", w.wrong);
    ts_workload_free(&w);
}

static void test_kill(void **state)
{
    const char *given = getenv("TS_ROUNDS");
    int rounds = given ? atoi(given) : ROUNDS;
    struct ts_rng rng = {SEED};
    int64_t next = 0, acknowledged = 0, submitted = 0;
    (void)state;
    for (int round = 0; round < rounds; round++) {
        if (round % ROUNDS_PER_DIR == 0 || next > TS_WORKLOAD_ITEMS / 2) {
            ts_dump_remove_dir(DIR_NAME);
            memset(status, 0, sizeof status);
            next = 0;
        }
        int64_t first = next;
        next = one_child(&rng, next);
        for (int64_t i = first; i < next; i++) {
            submitted++;
            acknowledged += status[i] == TS_ITEM_ACKNOWLEDGED;
        }
        /* In most rounds the next child recovers; it needs to start at a poll of its own. */
        next += (TS_WORKLOAD_POLL - next % TS_WORKLOAD_POLL) % TS_WORKLOAD_POLL;
        if (round % 3 == 2 || round == rounds - 1)
            check(next);
    }
    print_message("%d rounds, %lld submitted, %lld acknowledged\n", rounds, (long long)submitted,
                  (long long)acknowledged);
    assert_true(acknowledged > rounds);
    assert_true(acknowledged < submitted); /* some were cut off in between */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_kill)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
