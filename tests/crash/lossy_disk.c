/* A power cut on a disk that loses, tears and reorders what was not synced: nothing acknowledged is
 * lost, nothing is there in part, and the journal opens again. First the disk is shown to catch a
 * database that syncs too little. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "tests/support/dump.h"
#include "tests/support/lossyvfs.h"
#include "tests/support/workload.h"

#define DIR_NAME "lossy"
#define ROUNDS 40
#define CUTS 4 /* per round, in the same directory */

static uint8_t status[TS_WORKLOAD_ITEMS];

/* ---- The disk itself ---- */

/* Commits rows until the power goes; returns how many commits were reported as done. */
static int write_rows(const char *pragmas)
{
    sqlite3 *db;
    int done = 0;
    if (sqlite3_open_v2("selfcheck.db", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                        TS_LOSSYVFS) == SQLITE_OK) {
        sqlite3_exec(db, "PRAGMA synchronous=EXTRA", NULL, NULL, NULL); /* while it is made */
        sqlite3_exec(db, pragmas, NULL, NULL, NULL);
        sqlite3_exec(db, "CREATE TABLE t(n INTEGER PRIMARY KEY, x BLOB)", NULL, NULL, NULL);
        while (sqlite3_exec(db, "INSERT INTO t(x) VALUES(randomblob(900))", NULL, NULL, NULL) ==
               SQLITE_OK)
            done++;
    }
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_close_v2(db);
    return done;
}

static int found_rows;

static int count_rows(void *ctx, int columns, char **values, char **names)
{
    (void)ctx;
    (void)columns;
    (void)names;
    found_rows = atoi(values[0]);
    return 0;
}

/* After a power cut: are all reported rows there, in a sound file? */
static bool survived(int done)
{
    sqlite3 *db;
    found_rows = -1;
    bool sound =
        sqlite3_open_v2("selfcheck.db", &db, SQLITE_OPEN_READWRITE, TS_LOSSYVFS) == SQLITE_OK &&
        sqlite3_exec(db, "SELECT count(*) FROM t", count_rows, NULL, NULL) == SQLITE_OK;
    sqlite3_close_v2(db);
    return (done == 0) || (sound && found_rows >= done);
}

static int rounds_with_loss(const char *pragmas)
{
    int lost = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        static const char *const files[] = {"selfcheck.db", "selfcheck.db-wal",
                                            "selfcheck.db-journal", "selfcheck.db-shm"};
        for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
            remove(files[i]);
        struct ts_rng rng = {seed};
        ts_lossyvfs_reset(seed);
        ts_lossyvfs_cut_at(60 + ts_rng_below(&rng, 300));
        int done = write_rows(pragmas);
        assert_true(ts_lossyvfs_is_off());
        ts_lossyvfs_restart();
        lost += !survived(done);
    }
    return lost;
}

static void test_disk_catches(void **state)
{
    (void)state;
    assert_int_equal(rounds_with_loss("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL"), 0);
    assert_int_equal(rounds_with_loss("PRAGMA journal_mode=TRUNCATE; PRAGMA synchronous=FULL"), 0);
    assert_true(rounds_with_loss("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL") > 20);
    assert_true(rounds_with_loss("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF") > 20);
    assert_true(rounds_with_loss("PRAGMA journal_mode=TRUNCATE; PRAGMA synchronous=OFF") > 20);
}

/* ---- The journal on it ---- */

static void open_checked(struct ts_workload *w, int64_t count, uint64_t seed)
{
    struct ts_err err;
    if (ts_workload_open(w, DIR_NAME, TS_LOSSYVFS, &err) != 0) {
        if (!ts_lossyvfs_is_off())
            fail_msg("seed %llu: %s %s: %s", (unsigned long long)seed, err.code, err.path,
                     err.detail);
        return;
    }
    if (ts_workload_check(w, status, count) != 0)
        fail_msg("seed %llu: %s", (unsigned long long)seed, w->wrong);
}

static int64_t acknowledged(int64_t count)
{
    int64_t n = 0;
    for (int64_t i = 0; i < count; i++)
        n += status[i] == TS_ITEM_ACKNOWLEDGED;
    return n;
}

static int64_t one_round(uint64_t seed)
{
    struct ts_workload w;
    struct ts_rng rng = {seed};
    struct ts_err err;
    int64_t next = 0;

    memset(status, 0, sizeof status);
    ts_dump_remove_dir(DIR_NAME);
    ts_lossyvfs_reset(seed);
    ts_workload_init(&w, seed);
    for (int cut = 0; cut < CUTS; cut++) {
        ts_lossyvfs_cut_at(1 + ts_rng_below(&rng, cut % 2 ? 60 : 900));
        open_checked(&w, next, seed);
        next += (TS_WORKLOAD_POLL - next % TS_WORKLOAD_POLL) % TS_WORKLOAD_POLL;
        if (w.j)
            ts_workload_run(&w, status, &next, 1000, 1 + (int64_t)ts_rng_below(&rng, 8), &err);
        ts_workload_close(&w);
        ts_lossyvfs_restart();
    }
    open_checked(&w, next, seed);
    assert_non_null(w.j);
    int64_t acks = acknowledged(next);
    /* And it goes on. */
    next += (TS_WORKLOAD_POLL - next % TS_WORKLOAD_POLL) % TS_WORKLOAD_POLL;
    assert_int_equal(ts_workload_run(&w, status, &next, 50, 4, &err), 0);
    ts_workload_close(&w);
    open_checked(&w, next, seed);
    ts_workload_free(&w);
    return acks;
}

static void test_power_cuts(void **state)
{
    const char *given = getenv("TS_ROUNDS");
    uint64_t rounds = given ? strtoull(given, NULL, 10) : ROUNDS;
    uint64_t lost = 0;
    int64_t acks = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= rounds; seed++) {
        acks += one_round(seed);
        lost += ts_lossyvfs_lost_bytes();
    }
    print_message("%llu rounds, %lld acknowledged, %llu unsynced bytes lost\n",
                  (unsigned long long)rounds, (long long)acks, (unsigned long long)lost);
    assert_true(acks > (int64_t)rounds * 20);
    assert_true(lost > rounds * 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_disk_catches),
        cmocka_unit_test(test_power_cuts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
