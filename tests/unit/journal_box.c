/* The ballot box in the journal: BALLOT.md sections 3 to 5. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sqlite3.h>
#include <unistd.h>

#include "tests/support/dump.h"
#include "tests/support/lossyvfs.h"
#include "tests/support/records.h"

#define SLOTS 20
#define BALLOT_MAX 6000 /* larger than a page */

struct world {
    struct ts_journal *j;
    struct ts_dump dump;
    struct ts_rng rng;
    struct ts_err err;
    struct ts_id uuid;
    uint8_t credentials[SLOTS][32];
    char dir[64];
};

static void open_world(struct world *w)
{
    if (ts_dump_load(&w->dump, w->dir, NULL, &w->j, &w->err) != 0)
        fail_msg("%s %s: %s", w->err.code, w->err.path, w->err.detail);
}

static void close_world(struct world *w)
{
    ts_journal_close(w->j);
    w->j = NULL;
}

static void reopen(struct world *w)
{
    close_world(w);
    open_world(w);
}

static void create(struct world *w)
{
    struct ts_journal_batch *b = ts_journal_batch_new();
    ts_journal_batch_box_create(b, &w->uuid, (const uint8_t(*)[32])w->credentials, SLOTS,
                                BALLOT_MAX);
    assert_int_equal(ts_dump_commit(w->j, b, &w->err), 0);
}

static int setup(void **state)
{
    static int number;
    struct world *w = calloc(1, sizeof *w);
    snprintf(w->dir, sizeof w->dir, "b%d", number++);
    ts_dump_remove_dir(w->dir);
    w->rng.state = 11;
    w->uuid = ts_rng_id(&w->rng);
    ts_rng_fill(&w->rng, w->credentials, sizeof w->credentials);
    open_world(w);
    create(w);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    close_world(w);
    ts_dump_remove_dir(w->dir);
    ts_dump_free(&w->dump);
    free(w);
    return 0;
}

/* A ballot of credential i: its bytes and hash follow from i and `variant`. */
static void add_fill(struct world *w, struct ts_journal_batch *b, int i,
                     enum ts_journal_slot_kind kind, int variant)
{
    static uint8_t bytes[BALLOT_MAX];
    struct ts_rng rng = {(uint64_t)(1000 * variant + i)};
    struct ts_journal_slot slot = {.kind = kind};
    memcpy(slot.credential, w->credentials[i], 32);
    if (kind == TS_JOURNAL_SLOT_CAST) {
        ts_rng_fill(&rng, slot.hash, 32);
        ts_rng_fill(&rng, bytes, sizeof bytes);
        slot.ballot = (struct ts_bytes){bytes, 1 + ts_rng_below(&rng, BALLOT_MAX)};
    }
    ts_journal_batch_box_fill(b, &w->uuid, &slot);
}

static int fill(struct world *w, int i, enum ts_journal_slot_kind kind, int variant)
{
    struct ts_journal_batch *b = ts_journal_batch_new();
    add_fill(w, b, i, kind, variant);
    return ts_dump_commit(w->j, b, &w->err);
}

static int close_box(struct world *w)
{
    struct ts_journal_batch *b = ts_journal_batch_new();
    ts_journal_batch_box_close(b, &w->uuid);
    return ts_dump_commit(w->j, b, &w->err);
}

static void path_of(const struct world *w, char out[static 256], const char *kind)
{
    snprintf(out, 256, "%s/boxes/%s.%s", w->dir, w->uuid.s, kind);
}

static void copy_file(const char *from, const char *to)
{
    char block[4096];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    assert_non_null(in);
    assert_non_null(out);
    for (size_t n; (n = fread(block, 1, sizeof block, in)) > 0;)
        assert_int_equal(fwrite(block, 1, n, out), n);
    fclose(in);
    assert_int_equal(fclose(out), 0);
}

static void assert_misuse(struct world *w, int rc)
{
    assert_int_equal(rc, -1);
    assert_string_equal(w->err.code, "journal.misuse");
    assert_non_null(strstr(w->err.path, w->uuid.s));
}

static void test_fill_and_reload(void **state)
{
    struct world *w = *state;
    char line[64];
    for (int i = 0; i < 10; i++)
        assert_int_equal(fill(w, i, TS_JOURNAL_SLOT_CAST, 0), 0);
    assert_int_equal(fill(w, 10, TS_JOURNAL_SLOT_VOID, 0), 0);
    assert_int_equal(fill(w, 11, TS_JOURNAL_SLOT_AUDITED, 0), 0);
    assert_int_equal(fill(w, 3, TS_JOURNAL_SLOT_CAST, 0), 0); /* a repeat */
    struct ts_buf before = {0};
    reopen(w);
    ts_buf_append_str(&before, ts_buf_str(&w->dump.text));
    assert_int_equal(w->dump.slots, 12);
    snprintf(line, sizeof line, "box %s open %d", w->uuid.s, SLOTS);
    assert_true(ts_dump_has(&w->dump, line));
    /* The repeat is known after a restart too. */
    assert_int_equal(fill(w, 3, TS_JOURNAL_SLOT_CAST, 0), 0);
    assert_int_equal(fill(w, 10, TS_JOURNAL_SLOT_VOID, 0), 0);
    reopen(w);
    assert_true(ts_str_equal(ts_buf_str(&before), ts_buf_str(&w->dump.text)));
    ts_buf_free(&before);
}

static void test_by_credential(void **state)
{
    struct world *w = *state;
    const char *last = "";
    for (int i = SLOTS - 1; i >= 0; i--)
        assert_int_equal(fill(w, i, TS_JOURNAL_SLOT_CAST, 0), 0);
    reopen(w);
    int count = 0;
    for (char *at = (char *)w->dump.text.ptr; (at = strstr(at, "slot ")); at++, count++) {
        const char *credential = at + 5 + TS_ID_LEN + 1;
        assert_true(strncmp(last, credential, 8) < 0);
        last = credential;
    }
    assert_int_equal(count, SLOTS);
}

static void test_never_overwritten(void **state)
{
    struct world *w = *state;
    assert_int_equal(fill(w, 4, TS_JOURNAL_SLOT_CAST, 0), 0);
    assert_misuse(w, fill(w, 4, TS_JOURNAL_SLOT_CAST, 1));
    reopen(w);
    assert_misuse(w, fill(w, 4, TS_JOURNAL_SLOT_VOID, 0));
    reopen(w);
    assert_int_equal(fill(w, 5, TS_JOURNAL_SLOT_AUDITED, 0), 0);
    assert_misuse(w, fill(w, 5, TS_JOURNAL_SLOT_CAST, 0));
    reopen(w);
    assert_int_equal(w->dump.slots, 2);
}

static void test_not_in_the_box(void **state)
{
    struct world *w = *state;
    struct ts_journal_batch *b = ts_journal_batch_new();
    struct ts_journal_slot slot = {.kind = TS_JOURNAL_SLOT_VOID, .credential = {9}};
    ts_journal_batch_box_fill(b, &w->uuid, &slot);
    assert_misuse(w, ts_dump_commit(w->j, b, &w->err));
    reopen(w);
    static uint8_t big[BALLOT_MAX + 1];
    b = ts_journal_batch_new();
    memcpy(slot.credential, w->credentials[0], 32);
    slot.kind = TS_JOURNAL_SLOT_CAST;
    slot.ballot = (struct ts_bytes){big, sizeof big};
    ts_journal_batch_box_fill(b, &w->uuid, &slot);
    assert_misuse(w, ts_dump_commit(w->j, b, &w->err));
    reopen(w);
    struct ts_id other = ts_rng_id(&w->rng);
    b = ts_journal_batch_new();
    ts_journal_batch_box_fill(b, &other, &slot);
    assert_int_equal(ts_dump_commit(w->j, b, &w->err), -1);
    assert_string_equal(w->err.code, "journal.misuse");
}

static int count_slot(void *ctx, const struct ts_journal_slot *slot, struct ts_err *err)
{
    struct world *w = ctx;
    (void)err;
    w->dump.slots++;
    assert_int_equal(slot->kind, TS_JOURNAL_SLOT_CAST);
    assert_true(slot->ballot.len > 0);
    return 0;
}

static void test_close(void **state)
{
    struct world *w = *state;
    char open_path[256], closed_path[256], line[64];
    path_of(w, open_path, "box");
    path_of(w, closed_path, "closed");
    for (int i = 0; i < 7; i++)
        assert_int_equal(fill(w, i, TS_JOURNAL_SLOT_CAST, 0), 0);
    assert_int_equal(ts_journal_box_read(w->j, &w->uuid, count_slot, w, &w->err), 1);
    assert_int_equal(close_box(w), 0);
    assert_int_equal(access(open_path, F_OK), -1);
    assert_int_equal(access(closed_path, F_OK), 0);
    assert_int_equal(close_box(w), 0); /* again: harmless */
    w->dump.slots = 0;
    assert_int_equal(ts_journal_box_read(w->j, &w->uuid, count_slot, w, &w->err), 0);
    assert_int_equal(w->dump.slots, 7);
    reopen(w);
    assert_int_equal(w->dump.slots, 0); /* only open ones are handed over */
    snprintf(line, sizeof line, "box %s closed 7", w->uuid.s);
    assert_true(ts_dump_has(&w->dump, line));
    assert_misuse(w, fill(w, 8, TS_JOURNAL_SLOT_CAST, 0)); /* nothing enters any more */
    reopen(w);
    struct ts_journal_batch *b = ts_journal_batch_new();
    ts_journal_batch_box_drop(b, &w->uuid);
    ts_journal_batch_box_drop(b, &w->uuid);
    assert_int_equal(ts_dump_commit(w->j, b, &w->err), 0);
    assert_int_equal(access(closed_path, F_OK), -1);
    assert_misuse(w, close_box(w));
}

static void test_close_empty(void **state)
{
    struct world *w = *state;
    char line[64];
    assert_int_equal(close_box(w), 0);
    reopen(w);
    snprintf(line, sizeof line, "box %s closed 0", w->uuid.s);
    assert_true(ts_dump_has(&w->dump, line));
}

/* A crash between the copy and the deletion; one before the copy was complete. */
static void test_interrupted_close(void **state)
{
    struct world *w = *state;
    char open_path[256], closed_path[256], kept[256], line[64];
    path_of(w, open_path, "box");
    path_of(w, closed_path, "closed");
    path_of(w, kept, "kept");
    for (int i = 0; i < 7; i++)
        assert_int_equal(fill(w, i, TS_JOURNAL_SLOT_CAST, 0), 0);
    close_world(w);
    copy_file(open_path, kept);
    open_world(w);
    assert_int_equal(close_box(w), 0);
    close_world(w);
    copy_file(kept, open_path);
    open_world(w);
    snprintf(line, sizeof line, "box %s closed 7", w->uuid.s);
    assert_true(ts_dump_has(&w->dump, line));
    assert_int_equal(access(open_path, F_OK), -1);
    close_world(w);

    copy_file(kept, open_path);
    FILE *file = fopen(closed_path, "wb"); /* made, and nothing in it */
    assert_non_null(file);
    fclose(file);
    open_world(w);
    assert_int_equal(w->dump.slots, 7);
    assert_int_equal(fill(w, 7, TS_JOURNAL_SLOT_CAST, 0), 0);
    assert_int_equal(close_box(w), 0);
    reopen(w);
    snprintf(line, sizeof line, "box %s closed 8", w->uuid.s);
    assert_true(ts_dump_has(&w->dump, line));
}

static void test_create_again(void **state)
{
    struct world *w = *state;
    create(w); /* unfilled: replaced */
    assert_int_equal(fill(w, 1, TS_JOURNAL_SLOT_CAST, 0), 0);
    reopen(w);
    assert_int_equal(w->dump.slots, 1);
    struct ts_journal_batch *b = ts_journal_batch_new();
    ts_journal_batch_box_create(b, &w->uuid, (const uint8_t(*)[32])w->credentials, SLOTS,
                                BALLOT_MAX);
    assert_misuse(w, ts_dump_commit(w->j, b, &w->err));
    reopen(w);
    assert_int_equal(w->dump.slots, 1);
    w->uuid = ts_rng_id(&w->rng);
    memcpy(w->credentials[3], w->credentials[5], 32);
    b = ts_journal_batch_new();
    ts_journal_batch_box_create(b, &w->uuid, (const uint8_t(*)[32])w->credentials, SLOTS,
                                BALLOT_MAX);
    assert_misuse(w, ts_dump_commit(w->j, b, &w->err));
}

/* Two boxes, records of both kinds of file and a closing, all in one batch. */
static void test_one_batch(void **state)
{
    struct world *w = *state;
    struct ts_id first = w->uuid, council = ts_rng_id(&w->rng);
    struct ts_made_record made = {0};
    struct ts_chain chain;
    char line[64];
    w->uuid = ts_rng_id(&w->rng);
    create(w);
    struct ts_id second = w->uuid;
    struct ts_journal_batch *b = ts_journal_batch_new();
    for (int i = 0; i < 6; i++) {
        w->uuid = i % 2 ? first : second;
        add_fill(w, b, i, TS_JOURNAL_SLOT_CAST, 0);
    }
    ts_chain_start(&chain, &council);
    ts_make_record(&made, &chain, &w->rng, 1, 40);
    struct ts_journal_record record = {&council, 1, ts_buf_str(&made.meta), ts_buf_str(&made.data),
                                       &made.link};
    ts_journal_batch_record(b, &record);
    ts_journal_batch_box_close(b, &first);
    assert_int_equal(ts_dump_commit(w->j, b, &w->err), 0);
    reopen(w);
    assert_int_equal(w->dump.records, 1);
    assert_int_equal(w->dump.slots, 3);
    snprintf(line, sizeof line, "box %s closed 3", first.s);
    assert_true(ts_dump_has(&w->dump, line));
    snprintf(line, sizeof line, "box %s open 20", second.s);
    assert_true(ts_dump_has(&w->dump, line));
    ts_made_record_free(&made);
}

static void sql(const char *path, const char *text)
{
    char *message = NULL;
    sqlite3 *db;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    if (sqlite3_exec(db, text, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s", message);
    sqlite3_close(db);
}

static void expect_damaged(struct world *w)
{
    assert_int_equal(ts_dump_load(&w->dump, w->dir, NULL, &w->j, &w->err), -1);
    assert_string_equal(w->err.code, "journal.damaged");
    assert_non_null(strstr(w->err.path, w->uuid.s));
}

/* Each byte that a slot's row has, in an empty and in a filled one; then the table around them. */
static void test_damage(void **state)
{
    static const char *const cases[] = {
        "DELETE FROM slot WHERE id = 4",
        "DELETE FROM box",
        "UPDATE box SET slots = 19",
        "UPDATE slot SET id = 99 WHERE id = 7",
        "UPDATE box SET ballot_max = 5999",
        "UPDATE box SET uuid = 'PM6xvRJwM9ejjAEaJYmqz8'",
        "INSERT INTO slot(row) SELECT row FROM slot WHERE id = 1",
        "UPDATE slot SET row = substr(row, 1, 6103) WHERE id = 2",
    };
    struct world *w = *state;
    char path[256], kept[256], text[256];
    path_of(w, path, "box");
    path_of(w, kept, "kept");
    for (int i = 0; i < 12; i++)
        assert_int_equal(fill(w, i, TS_JOURNAL_SLOT_CAST, 0), 0);
    close_world(w);
    copy_file(path, kept);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        copy_file(kept, path);
        sql(path, cases[i]);
        expect_damaged(w);
    }
    for (int id = 1; id <= SLOTS; id++) {
        for (int at = 1; at <= 6104; at += at < 106 ? 9 : 857) {
            copy_file(kept, path);
            snprintf(text, sizeof text,
                     "UPDATE slot SET row = CAST(substr(row, 1, %d) || "
                     "CASE WHEN substr(row, %d, 1) = x'41' THEN x'42' ELSE x'41' END || "
                     "substr(row, %d) AS BLOB) WHERE id = %d",
                     at - 1, at, at + 1, id);
            sql(path, text);
            expect_damaged(w);
        }
    }
    copy_file(kept, path);
    open_world(w);
    assert_int_equal(w->dump.slots, 12);
}

/* ---- several boxes in one commit ---- */

static void create_second(struct world *w, struct ts_id *second)
{
    struct ts_id first = w->uuid;
    *second = ts_rng_id(&w->rng);
    w->uuid = *second;
    create(w);
    w->uuid = first;
}

/* Slot i of both boxes in one batch, with ballots that differ. */
static int fill_both(struct world *w, const struct ts_id *second, int i)
{
    struct ts_id first = w->uuid;
    struct ts_journal_batch *b = ts_journal_batch_new();
    add_fill(w, b, i, TS_JOURNAL_SLOT_CAST, 1);
    w->uuid = *second;
    add_fill(w, b, i, TS_JOURNAL_SLOT_CAST, 2);
    w->uuid = first;
    return ts_dump_commit(w->j, b, &w->err);
}

static void test_two_boxes(void **state)
{
    struct world *w = *state;
    struct ts_id second;
    create_second(w, &second);
    for (int i = 0; i < 5; i++)
        assert_int_equal(fill_both(w, &second, i), 0);
    assert_int_equal(fill(w, 5, TS_JOURNAL_SLOT_VOID, 0), 0);
    reopen(w);
    assert_int_equal(w->dump.slots, 11);
    for (int i = 0; i < 5; i++)
        assert_int_equal(fill_both(w, &second, i), 0); /* a repeat of the same */
}

/* A box is committed with four syncs: whichever of the eight fails, of whichever box, the batch is
 * not done, and after the next start it can be said again. */
static void test_two_boxes_one_fails(void **state)
{
    struct world *w = *state;
    struct ts_id second;
    create_second(w, &second);
    for (int i = 0; i < 8; i++) {
        close_world(w);
        ts_lossyvfs_reset(1);
        if (ts_dump_load(&w->dump, w->dir, TS_LOSSYVFS, &w->j, &w->err) != 0)
            fail_msg("%s %s: %s", w->err.code, w->err.path, w->err.detail);
        ts_lossyvfs_fail(TS_LOSSY_SYNC, (uint64_t)i + 1, 0);
        assert_int_equal(fill_both(w, &second, i), -1);
        assert_string_equal(w->err.code, "journal.io");
        ts_lossyvfs_heal();
        reopen(w);
        assert_int_equal(fill_both(w, &second, i), 0);
    }
    reopen(w);
    assert_int_equal(w->dump.slots, 16);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_fill_and_reload),
        T(test_by_credential),
        T(test_never_overwritten),
        T(test_not_in_the_box),
        T(test_close),
        T(test_close_empty),
        T(test_interrupted_close),
        T(test_create_again),
        T(test_one_batch),
        T(test_damage),
        T(test_two_boxes),
        T(test_two_boxes_one_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
