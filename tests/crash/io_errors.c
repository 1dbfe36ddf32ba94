/* Every read, write, sync, open and deletion fails in turn; the disk is full after every so many
 * bytes; a sync takes as long as it likes. No false acknowledgement, nothing lost or doubled, a
 * message that a person can act on; after a restart it goes on, and a power cut after that finds
 * everything too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <semaphore.h>

#include "tests/support/dump.h"
#include "tests/support/lossyvfs.h"
#include "tests/support/workload.h"

#define DIR_NAME "faulty"
#define ITEMS 44 /* a whole poll, and the beginning of the next */

static uint8_t status[TS_WORKLOAD_ITEMS];

struct totals {
    int failed_open;
    int failed_run;
    int unharmed;
};

static void fail_round(const char *what, uint64_t n, const struct ts_workload *w,
                       const struct ts_err *err)
{
    fail_msg("%s, %llu: %s / %s %s: %s", what, (unsigned long long)n, w->wrong,
             err->code ? err->code : "", err->path, err->detail);
}

/* After a failure nothing is taken or completed any more, and the message says what to do. */
static void check_refuses(struct ts_workload *w, const char *code, const char *what, uint64_t n)
{
    struct ts_err err;
    uint64_t before = ts_journal_completed(w->j);
    assert_true(ts_journal_failed(w->j, &err));
    if (code && strcmp(err.code, code) != 0)
        fail_round(what, n, w, &err);
    assert_true(strstr(err.detail, "start again") || strstr(err.detail, "Check that") ||
                strstr(err.detail, "restore") || strstr(err.detail, "Close it"));
    assert_int_equal(ts_journal_submit(w->j, ts_journal_batch_new()), 0);
    assert_true(ts_journal_completed(w->j) == before);
}

static void open_healed(struct ts_workload *w, int64_t count, const char *what, uint64_t n)
{
    struct ts_err err = {0};
    if (ts_workload_open(w, DIR_NAME, TS_LOSSYVFS, &err) != 0 ||
        ts_workload_check(w, status, count) != 0)
        fail_round(what, n, w, &err);
}

static void next_poll(int64_t *next)
{
    *next += (TS_WORKLOAD_POLL - *next % TS_WORKLOAD_POLL) % TS_WORKLOAD_POLL;
}

/* One fault, set by `set`, while a fresh journal is opened and written to; then a restart, more
 * writing, a power cut, and a look. */
static void one_fault(void (*set)(uint64_t n), const char *what, const char *code, uint64_t n,
                      struct totals *totals)
{
    struct ts_workload w;
    struct ts_err err = {0};
    int64_t next = 0;

    memset(status, 0, sizeof status);
    ts_dump_remove_dir(DIR_NAME);
    ts_lossyvfs_reset(n);
    ts_workload_init(&w, n);
    set(n);
    if (ts_workload_open(&w, DIR_NAME, TS_LOSSYVFS, &err) != 0) {
        assert_int_equal(strncmp(err.code, "journal.", 8), 0);
        totals->failed_open++;
    } else if (ts_workload_run(&w, status, &next, ITEMS, 3, &err) != 0) {
        check_refuses(&w, code, what, n);
        totals->failed_run++;
    } else {
        totals->unharmed++;
    }
    ts_workload_close(&w);

    ts_lossyvfs_heal();
    open_healed(&w, next, what, n);
    next_poll(&next);
    /* Two items hold no secret, whose scrubbing would empty the log before the power goes. */
    if (ts_workload_run(&w, status, &next, n % 2 ? 2 : 12, 3, &err) != 0)
        fail_round(what, n, &w, &err);
    ts_lossyvfs_cut_at(1);
    ts_workload_close(&w);
    ts_lossyvfs_restart();
    open_healed(&w, next, what, n);
    ts_workload_free(&w);
}

static void set_read(uint64_t n)
{
    ts_lossyvfs_fail(TS_LOSSY_READ, n, 1);
}

static void set_write(uint64_t n)
{
    ts_lossyvfs_fail(TS_LOSSY_WRITE, n, 1);
}

/* Once only: the next sync works again and must not be believed. */
static void set_sync(uint64_t n)
{
    ts_lossyvfs_fail(TS_LOSSY_SYNC, n, 0);
}

static void set_write_once(uint64_t n)
{
    ts_lossyvfs_fail(TS_LOSSY_WRITE, n, 0);
}

static void set_open(uint64_t n)
{
    ts_lossyvfs_fail(TS_LOSSY_OPEN, n, 0);
}

static void set_delete(uint64_t n)
{
    ts_lossyvfs_fail(TS_LOSSY_DELETE, n, 0);
}

static void set_room(uint64_t n)
{
    ts_lossyvfs_room((int64_t)n);
}

static void sweep(void (*set)(uint64_t n), const char *what, const char *code, uint64_t last,
                  uint64_t step, struct totals *totals)
{
    *totals = (struct totals){0};
    for (uint64_t n = 1; n <= last; n += step)
        one_fault(set, what, code, n, totals);
    print_message("%s: %d at opening, %d while writing, %d unharmed\n", what, totals->failed_open,
                  totals->failed_run, totals->unharmed);
}

static void test_writes(void **state)
{
    struct totals totals;
    (void)state;
    sweep(set_write, "every write from the nth", "journal.io", 700, 17, &totals);
    assert_true(totals.failed_open > 0 && totals.failed_run > 10);
    sweep(set_write_once, "the nth write", "journal.io", 700, 19, &totals);
    assert_true(totals.failed_run > 10);
}

static void test_syncs(void **state)
{
    struct totals totals;
    (void)state;
    sweep(set_sync, "the nth sync", "journal.io", 130, 3, &totals);
    assert_true(totals.failed_open > 0 && totals.failed_run > 10);
}

static void test_reads(void **state)
{
    struct totals totals;
    (void)state;
    sweep(set_read, "every read from the nth", NULL, 60, 3, &totals);
    assert_true(totals.failed_open > 3 && totals.failed_open + totals.failed_run > 8);
}

static void test_opens_and_deletes(void **state)
{
    struct totals totals;
    (void)state;
    sweep(set_open, "the nth open", NULL, 16, 1, &totals);
    assert_true(totals.failed_open > 3 && totals.failed_run > 1);
    sweep(set_delete, "the nth deletion", NULL, 8, 1, &totals);
    assert_true(totals.failed_run > 1);
}

static void test_full_disk(void **state)
{
    struct totals totals;
    (void)state;
    sweep(set_room, "room for n bytes", "journal.full", 700000, 21000, &totals);
    assert_true(totals.failed_open > 1 && totals.failed_run > 10);
}

/* Loading what is there, with each read failing: refused, never less than everything. */
static void test_reads_of_an_old_journal(void **state)
{
    struct ts_workload w;
    struct ts_err err = {0};
    int64_t next = 0;
    int refused = 0;
    (void)state;
    memset(status, 0, sizeof status);
    ts_dump_remove_dir(DIR_NAME);
    ts_lossyvfs_reset(5);
    ts_workload_init(&w, 5);
    open_healed(&w, 0, "making", 0);
    assert_int_equal(ts_workload_run(&w, status, &next, 300, 20, &err), 0);
    ts_workload_close(&w);
    for (uint64_t n = 1; n < 120; n += 2) {
        ts_lossyvfs_fail(TS_LOSSY_READ, n, 0);
        if (ts_workload_open(&w, DIR_NAME, TS_LOSSYVFS, &err) != 0) {
            refused++;
        } else if (ts_workload_check(&w, status, next) != 0) {
            fail_round("one read fails", n, &w, &err);
        }
        ts_workload_close(&w);
        ts_lossyvfs_heal();
    }
    print_message("refused %d of 60\n", refused);
    assert_true(refused > 30);
    open_healed(&w, next, "healed", 0);
    ts_workload_free(&w);
}

/* ---- A slow disk ---- */

struct slow {
    sem_t entered;
    sem_t go;
};

static void wait_in_sync(void *ctx)
{
    struct slow *slow = ctx;
    sem_post(&slow->entered);
    sem_wait(&slow->go);
}

/* While a sync has not returned nothing of it is acknowledged; what comes meanwhile gathers into
 * one commit; and the caller is never held up. */
static void test_slow_sync(void **state)
{
    struct ts_workload w;
    struct ts_err err = {0};
    struct slow slow;
    int64_t next = 0;
    (void)state;
    memset(status, 0, sizeof status);
    ts_dump_remove_dir(DIR_NAME);
    ts_lossyvfs_reset(6);
    ts_workload_init(&w, 6);
    sem_init(&slow.entered, 0, 0);
    sem_init(&slow.go, 0, 0);
    open_healed(&w, 0, "making", 0);
    assert_int_equal(ts_workload_run(&w, status, &next, 1, 1, &err), 0);
    uint64_t before = ts_journal_completed(w.j);

    ts_lossyvfs_on_sync(wait_in_sync, &slow);
    status[37] = TS_ITEM_SUBMITTED;
    ts_journal_submit(w.j, ts_workload_batch(&w, 37)); /* a record and a secret: no box */
    sem_wait(&slow.entered);
    uint64_t syncs = ts_lossyvfs_count(TS_LOSSY_SYNC);
    for (int64_t item = 38; item < 40; item++)
        ts_journal_submit(w.j, ts_workload_batch(&w, item));
    for (int i = 0; i < 20; i++)
        ts_journal_submit(w.j, ts_journal_batch_new());
    assert_true(ts_journal_completed(w.j) == before);
    assert_false(ts_journal_failed(w.j, &err));
    assert_true(ts_journal_pending_bytes(w.j) > 0);
    ts_lossyvfs_on_sync(NULL, NULL);
    sem_post(&slow.go);
    assert_int_equal(ts_dump_commit(w.j, ts_journal_batch_new(), &err), 0);
    assert_true(ts_journal_completed(w.j) == before + 24);
    /* The one that was waited for, the scrubbing of a secret's old value (two), and one commit for
     * all that gathered. */
    assert_true(ts_lossyvfs_count(TS_LOSSY_SYNC) - syncs <= 6);
    ts_workload_free(&w);
    sem_destroy(&slow.entered);
    sem_destroy(&slow.go);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writes),    cmocka_unit_test(test_syncs),
        cmocka_unit_test(test_reads),     cmocka_unit_test(test_opens_and_deletes),
        cmocka_unit_test(test_full_disk), cmocka_unit_test(test_reads_of_an_old_journal),
        cmocka_unit_test(test_slow_sync),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
