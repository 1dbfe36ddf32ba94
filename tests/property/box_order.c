/*
 * Nothing on the disk says in which order ballots were cast (BALLOT.md section 4). Ballots are cast
 * in a known random order, then every file of the data directory is carved for them, and all that
 * could give an order away is compared with the true one: where each ballot stands, how often, and
 * whether ballots cast one after the other stand near each other. The same carving must catch boxes
 * built naively.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <dirent.h>
#include <sodium.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "proto/chain/sethash.h"
#include "tests/support/dump.h"
#include "tests/support/records.h"

#define SLOTS 220
#define CAST 180
#define BALLOT_MAX 9000 /* overflow pages */
#define DIR_NAME "order"

/* Five standard deviations. A rank correlation of n pairs has 1/sqrt(n-1). The mean distance of
 * neighbours' ranks is, by chance, that of all pairs, and has 1.1 times the deviation of a mean of
 * n pairs (they overlap). With seeds fixed the test gives the same result every time. */
#define RHO_SQUARED_BOUND (25.0 / (CAST - 1))
#define NEAR_SQUARED_BOUND (25.0 * 1.21 / CAST) /* times the variance of one pair */

struct ballot {
    uint8_t credential[32];
    uint8_t hash[32];
    uint8_t bytes[BALLOT_MAX];
    size_t len;
};

/* In order of casting; the slots beyond CAST stay empty. */
static struct ballot ballots[SLOTS];

/* The box shuffles with libsodium's randomness: make that repeatable. */
static struct ts_rng sodium_rng;

static const char *rng_name(void)
{
    return "test";
}

static uint32_t rng_random(void)
{
    return (uint32_t)ts_rng_next(&sodium_rng);
}

static void rng_buf(void *const out, const size_t len)
{
    ts_rng_fill(&sodium_rng, out, len);
}

static struct randombytes_implementation fixed_randomness = {
    .implementation_name = rng_name,
    .random = rng_random,
    .buf = rng_buf,
};

static void make_ballots(uint64_t seed)
{
    struct ts_rng rng = {seed};
    sodium_rng.state = seed + 1000;
    for (int i = 0; i < SLOTS; i++) {
        ts_rng_fill(&rng, ballots[i].credential, 32);
        ts_rng_fill(&rng, ballots[i].hash, 32);
        ts_rng_fill(&rng, ballots[i].bytes, BALLOT_MAX);
        ballots[i].len = 3000 + ts_rng_below(&rng, BALLOT_MAX - 3000);
    }
}

/* ---- Carving ---- */

struct findings {
    int features;   /* how many orders were compared with the true one */
    int suspicious; /* how many of them agree too well */
    int located;    /* ballots found at all, in the richest file */
    bool quiet;
};

struct value {
    double x;
    int i;
};

static int compare_values(const void *a, const void *b)
{
    const struct value *x = a, *y = b;
    if (x->x != y->x)
        return x->x < y->x ? -1 : 1;
    return x->i - y->i;
}

/* Ranks, equal values sharing the mean of theirs; returns false if all are equal. */
static bool ranks_of(double *rank, const double *x)
{
    struct value values[CAST];
    for (int i = 0; i < CAST; i++)
        values[i] = (struct value){x[i], i};
    qsort(values, CAST, sizeof values[0], compare_values);
    for (int i = 0; i < CAST;) {
        int j = i;
        while (j < CAST && values[j].x == values[i].x)
            j++;
        for (int k = i; k < j; k++)
            rank[values[k].i] = (i + j + 1) / 2.0;
        if (i == 0 && j == CAST)
            return false;
        i = j;
    }
    return true;
}

static double magnitude(double x)
{
    return x < 0 ? -x : x;
}

/* Mean and variance of the distance of two ballots' ranks. */
static void pair_distance(const double *rank, double *mean, double *variance)
{
    double sum = 0, squares = 0, pairs = CAST * (CAST - 1) / 2.0;
    for (int i = 0; i < CAST; i++) {
        for (int k = 0; k < i; k++) {
            double d = magnitude(rank[i] - rank[k]);
            sum += d;
            squares += d * d;
        }
    }
    *mean = sum / pairs;
    *variance = squares / pairs - *mean * *mean;
}

/* One number per ballot, in order of casting: does it tell that order? */
static void compare_order(struct findings *f, const char *file, const char *feature,
                          const double *x)
{
    double rank[CAST], sxy = 0, sxx = 0, syy = 0, middle = (CAST + 1) / 2.0, near = 0;
    double mean, variance;
    if (!ranks_of(rank, x))
        return;
    for (int i = 0; i < CAST; i++) {
        sxy += (rank[i] - middle) * (i + 1 - middle);
        sxx += (rank[i] - middle) * (rank[i] - middle);
        syy += (i + 1 - middle) * (i + 1 - middle);
        if (i > 0)
            near += magnitude(rank[i] - rank[i - 1]) / (CAST - 1);
    }
    pair_distance(rank, &mean, &variance);
    double rho_squared = sxy * sxy / (sxx * syy), distance = near - mean;
    f->features++;
    if (rho_squared > RHO_SQUARED_BOUND || distance * distance > NEAR_SQUARED_BOUND * variance) {
        f->suspicious++;
        if (!f->quiet)
            print_message("%s, %s: rank correlation squared %.3f, neighbours %.1f from chance\n",
                          file, feature, rho_squared, distance);
    }
}

static void read_file(const char *path, struct ts_buf *out)
{
    char block[65536];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    for (size_t n; (n = fread(block, 1, sizeof block, file)) > 0;)
        ts_buf_append(out, block, n);
    fclose(file);
}

/* First and last place and number of occurrences of a mark of each ballot. */
static void carve_mark(struct findings *f, const char *path, const struct ts_buf *bytes,
                       const char *what, size_t mark_at)
{
    double first[CAST], last[CAST], count[CAST], page[CAST];
    char feature[64];
    int located = 0;
    for (int i = 0; i < CAST; i++) {
        const uint8_t *mark = (const uint8_t *)&ballots[i] + mark_at;
        const uint8_t *from = bytes->ptr, *end = bytes->ptr + bytes->len, *at;
        first[i] = last[i] = page[i] = -1;
        count[i] = 0;
        while (from && from < end && (at = memmem(from, (size_t)(end - from), mark, 16))) {
            last[i] = (double)(at - bytes->ptr);
            if (count[i]++ == 0)
                first[i] = last[i];
            from = at + 1;
        }
        size_t whole = first[i] < 0 ? 0 : (size_t)first[i] / 4096;
        page[i] = first[i] < 0 ? -1 : (double)whole;
        located += count[i] > 0;
    }
    if (located > f->located)
        f->located = located;
    const double *const values[] = {first, last, count, page};
    static const char *const names[] = {"first place", "last place", "number", "page"};
    for (size_t v = 0; v < sizeof values / sizeof values[0]; v++) {
        snprintf(feature, sizeof feature, "%s of %s", names[v], what);
        compare_order(f, path, feature, values[v]);
    }
}

static void carve_file(struct findings *f, const char *path)
{
    struct ts_buf bytes = {0};
    read_file(path, &bytes);
    carve_mark(f, path, &bytes, "credential", offsetof(struct ballot, credential));
    carve_mark(f, path, &bytes, "hash", offsetof(struct ballot, hash));
    carve_mark(f, path, &bytes, "ballot", offsetof(struct ballot, bytes));
    carve_mark(f, path, &bytes, "ballot's middle", offsetof(struct ballot, bytes) + 2900);
    ts_buf_free(&bytes);
}

static void carve_dir(struct findings *f, const char *dir)
{
    DIR *d = opendir(dir);
    assert_non_null(d);
    for (struct dirent *entry; (entry = readdir(d));) {
        char path[1400];
        struct stat st;
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", dir, entry->d_name);
        assert_int_equal(lstat(path, &st), 0);
        if (S_ISDIR(st.st_mode))
            carve_dir(f, path);
        else
            carve_file(f, path);
    }
    closedir(d);
}

static void expect_nothing(const char *when, int located)
{
    struct findings f = {0};
    carve_dir(&f, DIR_NAME);
    if (f.suspicious > 0)
        fail_msg("%s: the order shows", when);
    assert_true(f.features >= 6);
    assert_int_equal(f.located, located);
}

/* ---- The journal's box ---- */

static void add_turnout(struct ts_journal_batch *b, struct ts_chain *chain, struct ts_rng *rng,
                        struct ts_made_record *made)
{
    ts_make_record(made, chain, rng, chain->seq, 60);
    struct ts_journal_record record = {&chain->stream, made->seq, ts_buf_str(&made->meta),
                                       ts_buf_str(&made->data), &made->link};
    ts_journal_batch_record(b, &record);
}

static void create_box(struct ts_journal *j, const struct ts_id *uuid, struct ts_rng *rng)
{
    uint8_t credentials[SLOTS][32];
    int order[SLOTS];
    struct ts_err err;
    for (int i = 0; i < SLOTS; i++) {
        int k = (int)ts_rng_below(rng, (uint64_t)i + 1);
        order[i] = order[k];
        order[k] = i;
    }
    for (int i = 0; i < SLOTS; i++) /* the list has an order of its own */
        memcpy(credentials[i], ballots[order[i]].credential, 32);
    struct ts_journal_batch *b = ts_journal_batch_new();
    ts_journal_batch_box_create(b, uuid, (const uint8_t(*)[32])credentials, SLOTS, BALLOT_MAX);
    assert_int_equal(ts_dump_commit(j, b, &err), 0);
}

/* Casts in order, one to four in a commit, with a turnout record now and then. */
static void cast_all(struct ts_journal *j, const struct ts_id *uuid, struct ts_rng *rng)
{
    struct ts_id council = ts_rng_id(rng);
    struct ts_made_record made = {0};
    struct ts_chain chain;
    struct ts_err err;
    ts_chain_start(&chain, &council);
    for (int i = 0; i < CAST;) {
        struct ts_journal_batch *b = ts_journal_batch_new();
        for (int end = i + 1 + (int)ts_rng_below(rng, 4); i < end && i < CAST; i++) {
            struct ts_journal_slot slot = {.kind = TS_JOURNAL_SLOT_CAST,
                                           .ballot = {ballots[i].bytes, ballots[i].len}};
            memcpy(slot.credential, ballots[i].credential, 32);
            memcpy(slot.hash, ballots[i].hash, 32);
            ts_journal_batch_box_fill(b, uuid, &slot);
        }
        if (ts_rng_below(rng, 3) == 0)
            add_turnout(b, &chain, rng, &made);
        assert_int_equal(ts_dump_commit(j, b, &err), 0);
    }
    ts_made_record_free(&made);
}

static void one_poll(uint64_t seed)
{
    struct ts_rng rng = {seed + 5};
    struct ts_id uuid = ts_rng_id(&rng);
    struct ts_dump dump = {0};
    struct ts_journal *j;
    struct ts_err err;
    make_ballots(seed);
    ts_dump_remove_dir(DIR_NAME);
    assert_int_equal(ts_dump_load(&dump, DIR_NAME, NULL, &j, &err), 0);
    create_box(j, &uuid, &rng);
    cast_all(j, &uuid, &rng);
    expect_nothing("while it runs", CAST);
    ts_journal_close(j);
    expect_nothing("when it is stopped", CAST);
    assert_int_equal(ts_dump_load(&dump, DIR_NAME, NULL, &j, &err), 0);
    assert_int_equal(dump.slots, CAST);
    struct ts_journal_batch *b = ts_journal_batch_new();
    ts_journal_batch_box_close(b, &uuid);
    assert_int_equal(ts_dump_commit(j, b, &err), 0);
    expect_nothing("when it is closed", CAST);
    ts_journal_close(j);
    ts_dump_free(&dump);
}

static void test_box(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++)
        one_poll(seed);
}

/* ---- Boxes as one would first write them ---- */

static bool naive_box_is_caught(const char *pragmas, const char *create, const char *before,
                                const char *cast)
{
    struct findings f = {.quiet = true};
    sqlite3 *db;
    sqlite3_stmt *stmt;
    make_ballots(9);
    ts_dump_remove_dir(DIR_NAME);
    assert_int_equal(mkdir(DIR_NAME, 0700), 0);
    assert_int_equal(sqlite3_open(DIR_NAME "/naive.db", &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, pragmas, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, create, NULL, NULL, NULL), SQLITE_OK);
    /* Slots made before, in an order that has nothing to do with the casting: by credential. */
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 0 && !before)
            continue;
        assert_int_equal(sqlite3_prepare_v2(db, pass ? cast : before, -1, &stmt, NULL), SQLITE_OK);
        for (int i = 0; i < CAST; i++) {
            int k = pass ? i : (i * 77) % CAST;
            sqlite3_bind_blob(stmt, 1, ballots[k].credential, 32, SQLITE_STATIC);
            sqlite3_bind_blob(stmt, 2, ballots[k].bytes, (int)ballots[k].len, SQLITE_STATIC);
            assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
            sqlite3_reset(stmt);
        }
        sqlite3_finalize(stmt);
    }
    carve_dir(&f, DIR_NAME);
    sqlite3_close(db);
    assert_int_equal(f.located, CAST);
    return f.suspicious > 0;
}

static void test_naive_boxes_are_caught(void **state)
{
    (void)state;
    assert_true(naive_box_is_caught("PRAGMA journal_mode=TRUNCATE",
                                    "CREATE TABLE b(c BLOB, x BLOB)", NULL,
                                    "INSERT INTO b VALUES(?1, ?2)"));
    assert_true(naive_box_is_caught("PRAGMA journal_mode=TRUNCATE; PRAGMA secure_delete=ON",
                                    "CREATE TABLE b(c BLOB PRIMARY KEY, x BLOB) WITHOUT ROWID",
                                    NULL, "INSERT INTO b VALUES(?1, ?2)"));
    /* Slots in advance, but of no size: overflow pages come in the order of casting. */
    assert_true(naive_box_is_caught("PRAGMA journal_mode=TRUNCATE; PRAGMA secure_delete=ON",
                                    "CREATE TABLE b(c BLOB PRIMARY KEY, x BLOB)",
                                    "INSERT INTO b VALUES(?1, substr(?2, 1, 0))",
                                    "UPDATE b SET x = ?2 WHERE c = ?1"));
    /* Slots of full size, but a write-ahead log. */
    assert_true(naive_box_is_caught("PRAGMA journal_mode=WAL; PRAGMA secure_delete=ON",
                                    "CREATE TABLE b(c BLOB PRIMARY KEY, x BLOB)",
                                    "INSERT INTO b VALUES(?1, zeroblob(length(?2)))",
                                    "UPDATE b SET x = ?2 WHERE c = ?1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_naive_boxes_are_caught),
        cmocka_unit_test(test_box),
    };
    randombytes_set_implementation(&fixed_randomness);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
