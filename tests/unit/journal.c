/* The journal as its owner sees it: what is submitted is there after a restart, once, and as it
 * was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sodium.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/chain/recread.h"
#include "tests/support/dump.h"
#include "tests/support/records.h"

struct world {
    struct ts_journal *j;
    struct ts_dump dump;
    struct ts_rng rng;
    struct ts_made_record made;
    struct ts_chain registry, council;
    struct ts_err err;
    char dir[64];
};

static void open_world(struct world *w)
{
    if (ts_dump_load(&w->dump, w->dir, NULL, &w->j, &w->err) != 0)
        fail_msg("%s %s: %s", w->err.code, w->err.path, w->err.detail);
}

static void reopen(struct world *w)
{
    ts_journal_close(w->j);
    w->j = NULL;
    open_world(w);
}

static int setup(void **state)
{
    static int number;
    struct world *w = calloc(1, sizeof *w);
    struct ts_id registry = {TS_RECORD_REGISTRY}, council;
    snprintf(w->dir, sizeof w->dir, "j%d", number++);
    ts_dump_remove_dir(w->dir);
    w->rng.state = 42;
    council = ts_rng_id(&w->rng);
    ts_chain_start(&w->registry, &registry);
    ts_chain_start(&w->council, &council);
    open_world(w);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    ts_journal_close(w->j);
    ts_dump_remove_dir(w->dir);
    ts_dump_free(&w->dump);
    ts_made_record_free(&w->made);
    free(w);
    return 0;
}

static void add_record(struct world *w, struct ts_journal_batch *b, struct ts_chain *chain)
{
    ts_make_record(&w->made, chain, &w->rng, chain->seq + 1, 40);
    struct ts_journal_record record = {&chain->stream, w->made.seq, ts_buf_str(&w->made.meta),
                                       ts_buf_str(&w->made.data), &w->made.link};
    ts_journal_batch_record(b, &record);
}

static void add_records(struct world *w, struct ts_chain *chain, int count)
{
    struct ts_journal_batch *b = ts_journal_batch_new();
    for (int i = 0; i < count; i++)
        add_record(w, b, chain);
    assert_int_equal(ts_dump_commit(w->j, b, &w->err), 0);
}

__attribute__((format(printf, 3, 4))) static void assert_line(struct world *w, bool there,
                                                              const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (ts_dump_has(&w->dump, line) != there)
        fail_msg("%s %s in\n%s", there ? "missing:" : "should not be:", line,
                 (char *)w->dump.text.ptr);
}

/* Runs SQL on a file of the closed journal. */
static void sql(const char *dir, const char *file, const char *text)
{
    char path[256], *message = NULL;
    sqlite3 *db;
    snprintf(path, sizeof path, "%s/%s", dir, file);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    if (sqlite3_exec(db, text, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s", message);
    sqlite3_close(db);
}

static void expect_damaged(struct world *w, const char *path_part)
{
    ts_journal_close(w->j);
    w->j = NULL;
    assert_int_equal(ts_dump_load(&w->dump, w->dir, NULL, &w->j, &w->err), -1);
    assert_string_equal(w->err.code, "journal.damaged");
    assert_non_null(strstr(w->err.detail, "restore the last backup"));
    if (!strstr(w->err.path, path_part))
        fail_msg("path %s, detail %s", w->err.path, w->err.detail);
}

static void test_empty(void **state)
{
    struct world *w = *state;
    struct ts_journal_batch *b = ts_journal_batch_new();
    assert_true(ts_journal_batch_is_empty(b));
    assert_int_equal(w->dump.text.len, 0);
    assert_int_equal(ts_dump_commit(w->j, b, &w->err), 0);
    reopen(w);
    assert_int_equal(w->dump.text.len, 0);
}

static void test_records(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < 30; i++) {
        struct ts_journal_batch *b = ts_journal_batch_new();
        add_record(w, b, &w->registry);
        add_record(w, b, &w->council);
        if (i % 3 == 0)
            add_record(w, b, &w->council);
        assert_true(ts_journal_submit(w->j, b) == (uint64_t)i + 1);
    }
    reopen(w); /* closing completes what was submitted */
    assert_int_equal(w->dump.records, 70);
    assert_line(w, true, "record registry 30");
    assert_line(w, true, "record %s 40", w->council.stream.s);
    assert_line(w, false, "record %s 41", w->council.stream.s);
    /* In the order of writing over all streams. */
    const char *text = (const char *)w->dump.text.ptr;
    char later[64];
    snprintf(later, sizeof later, "record %s 4 ", w->council.stream.s);
    assert_true(strstr(text, "record registry 3 ") < strstr(text, later));
    add_records(w, &w->council, 2);
    reopen(w);
    assert_int_equal(w->dump.records, 72);
}

static void test_misuse_stops(void **state)
{
    struct world *w = *state;
    add_records(w, &w->council, 3);
    ts_make_record(&w->made, &w->council, &w->rng, 4, 40);
    struct ts_journal_record record = {&w->council.stream, 5, ts_buf_str(&w->made.meta),
                                       ts_buf_str(&w->made.data), &w->made.link};
    struct ts_journal_batch *b = ts_journal_batch_new();
    ts_journal_batch_record(b, &record); /* seq 5 after 3 */
    assert_int_equal(ts_dump_commit(w->j, b, &w->err), -1);
    assert_string_equal(w->err.code, "journal.misuse");
    assert_int_equal(ts_journal_submit(w->j, ts_journal_batch_new()), 0);
    assert_int_equal(ts_journal_completed(w->j), 1);
    reopen(w);
    assert_int_equal(w->dump.records, 3);
}

static void test_second_server(void **state)
{
    struct world *w = *state;
    struct ts_journal *other;
    struct ts_dump dump = {0};
    assert_int_equal(ts_dump_load(&dump, w->dir, NULL, &other, &w->err), -1);
    assert_string_equal(w->err.code, "journal.in_use");
    ts_dump_free(&dump);
}

static void test_no_directory(void **state)
{
    struct ts_journal *j;
    struct ts_dump dump = {0};
    struct ts_err err;
    (void)state;
    assert_int_equal(ts_dump_load(&dump, "no/such/place", NULL, &j, &err), -1);
    assert_string_equal(err.code, "journal.rights");
    ts_dump_free(&dump);
}

static void put_content(struct world *w, const struct ts_id *id, const char *text)
{
    uint8_t key[TS_JOURNAL_KEY_LEN], nonce[TS_JOURNAL_NONCE_LEN];
    struct ts_journal_batch *b = ts_journal_batch_new();
    memset(key, 0xA7, sizeof key);
    memset(nonce, 0x5C, sizeof nonce);
    struct ts_journal_content content = {*id, key, nonce, ts_str_bytes(ts_str_of(text))};
    ts_journal_batch_content(b, &content);
    assert_int_equal(ts_dump_commit(w->j, b, &w->err), 0);
}

static void erase_content(struct world *w, const struct ts_id *id, int64_t at_ms)
{
    struct ts_journal_batch *b = ts_journal_batch_new();
    ts_journal_batch_erase(b, id, at_ms);
    assert_int_equal(ts_dump_commit(w->j, b, &w->err), 0);
}

static void test_content(void **state)
{
    struct world *w = *state;
    struct ts_id a = ts_rng_id(&w->rng), b = ts_rng_id(&w->rng), none = ts_rng_id(&w->rng);
    uint8_t key[TS_JOURNAL_KEY_LEN], nonce[TS_JOURNAL_NONCE_LEN];
    struct ts_buf got = {0};
    put_content(w, &a, "first text");
    put_content(w, &b, "");
    assert_int_equal(ts_journal_content_get(w->j, &a, key, nonce, &got, &w->err), 0);
    assert_true(ts_str_is(ts_buf_str(&got), "first text"));
    assert_int_equal(key[31], 0xA7);
    assert_int_equal(nonce[23], 0x5C);
    assert_int_equal(ts_journal_content_get(w->j, &none, key, nonce, &got, &w->err), 1);
    reopen(w);
    assert_line(w, true, "content %s a7a75c5c", a.s);
    assert_line(w, true, "content %s a7a75c5c", b.s);
    erase_content(w, &a, 17);
    erase_content(w, &a, 18); /* the first time stays */
    assert_int_equal(ts_journal_content_get(w->j, &a, key, nonce, &got, &w->err), 1);
    reopen(w);
    assert_line(w, false, "content %s", a.s);
    assert_line(w, true, "content %s", b.s);
    assert_line(w, true, "tombstone %s 17", a.s);
    ts_buf_free(&got);
}

static void test_content_twice(void **state)
{
    struct world *w = *state;
    struct ts_id a = ts_rng_id(&w->rng);
    put_content(w, &a, "one");
    struct ts_journal_batch *b = ts_journal_batch_new();
    uint8_t key[TS_JOURNAL_KEY_LEN] = {0}, nonce[TS_JOURNAL_NONCE_LEN] = {0};
    struct ts_journal_content content = {a, key, nonce, ts_str_bytes(TS_STR("two"))};
    ts_journal_batch_content(b, &content);
    assert_int_equal(ts_dump_commit(w->j, b, &w->err), -1);
    assert_string_equal(w->err.code, "journal.misuse");
}

/* Is this byte string in any file of the directory? */
static bool on_disk(const char *dir, const void *needle, size_t len)
{
    static const char *const files[] = {"journal.db", "journal.db-wal", "journal.db-shm"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[256];
        struct ts_buf bytes = {0};
        snprintf(path, sizeof path, "%s/%s", dir, files[i]);
        FILE *file = fopen(path, "rb");
        if (!file)
            continue;
        char block[4096];
        for (size_t n; (n = fread(block, 1, sizeof block, file)) > 0;)
            ts_buf_append(&bytes, block, n);
        fclose(file);
        bool found = bytes.len > 0 && memmem(bytes.ptr, bytes.len, needle, len);
        ts_buf_free(&bytes);
        if (found)
            return true;
    }
    return false;
}

/* LG-12: after erasing, key, nonce and payload stand in no file, not in the log either. */
static void test_erased_from_disk(void **state)
{
    struct world *w = *state;
    struct ts_id a = ts_rng_id(&w->rng);
    uint8_t key[TS_JOURNAL_KEY_LEN];
    memset(key, 0xA7, sizeof key);
    put_content(w, &a, "a text that can be found again");
    assert_true(on_disk(w->dir, "a text that can be found again", 30));
    assert_true(on_disk(w->dir, key, sizeof key));
    erase_content(w, &a, 1);
    assert_false(on_disk(w->dir, "a text that can be found again", 30));
    assert_false(on_disk(w->dir, key, sizeof key));
    struct ts_journal_batch *b = ts_journal_batch_new();
    ts_journal_batch_secret(b, TS_STR("token"), ts_str_bytes(TS_STR("old-password-hash")));
    assert_int_equal(ts_dump_commit(w->j, b, &w->err), 0);
    b = ts_journal_batch_new();
    ts_journal_batch_secret(b, TS_STR("token"), ts_str_bytes(TS_STR("new-password-hash")));
    assert_int_equal(ts_dump_commit(w->j, b, &w->err), 0);
    assert_false(on_disk(w->dir, "old-password-hash", 17));
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

/* LG-12: a restored backup brings nothing back that was erased after it was made. */
static void test_restored_backup(void **state)
{
    struct world *w = *state;
    struct ts_id a = ts_rng_id(&w->rng);
    char db[128], backup[128];
    snprintf(db, sizeof db, "%s/journal.db", w->dir);
    snprintf(backup, sizeof backup, "%s/backup", w->dir);
    put_content(w, &a, "restored text");
    ts_journal_close(w->j);
    copy_file(db, backup);
    open_world(w);
    erase_content(w, &a, 99);
    ts_journal_close(w->j);
    copy_file(backup, db);
    assert_true(on_disk(w->dir, "restored text", 13));
    open_world(w);
    assert_line(w, false, "content %s", a.s);
    assert_line(w, true, "tombstone %s 99", a.s);
    assert_false(on_disk(w->dir, "restored text", 13));
}

static void test_secrets(void **state)
{
    struct world *w = *state;
    struct ts_journal_batch *b = ts_journal_batch_new();
    ts_journal_batch_secret(b, TS_STR("staff/1"), ts_str_bytes(TS_STR("hash")));
    ts_journal_batch_secret(b, TS_STR("staff/2"), ts_str_bytes(TS_STR("")));
    ts_journal_batch_secret(b, TS_STR("staff/1"), ts_str_bytes(TS_STR("hash2")));
    ts_journal_batch_secret_delete(b, TS_STR("staff/2"));
    ts_journal_batch_secret_delete(b, TS_STR("staff/3"));
    assert_int_equal(ts_dump_commit(w->j, b, &w->err), 0);
    reopen(w);
    assert_non_null(strstr((char *)w->dump.text.ptr, "secret staff/1 5:"));
    assert_null(strstr((char *)w->dump.text.ptr, "staff/2"));
}

static void test_snapshot(void **state)
{
    struct world *w = *state;
    uint8_t hash[32] = {0xAB};
    add_records(w, &w->council, 10);
    struct ts_journal_batch *b = ts_journal_batch_new();
    ts_journal_batch_snapshot(b, &w->council.stream, 10, &w->council.head, hash,
                              ts_str_bytes(TS_STR("state")));
    assert_int_equal(ts_dump_commit(w->j, b, &w->err), 0);
    add_records(w, &w->council, 5);
    reopen(w);
    assert_int_equal(w->dump.records, 15);
    w->dump.take_snapshots = true;
    reopen(w);
    assert_line(w, true, "snapshot %s 10 ab000000", w->council.stream.s);
    assert_int_equal(w->dump.records, 5);
    assert_line(w, false, "record %s 10", w->council.stream.s);
    assert_line(w, true, "record %s 11", w->council.stream.s);
    /* Of another history: with a sum that is right and a link that is not. */
    b = ts_journal_batch_new();
    ts_journal_batch_snapshot(b, &w->council.stream, 9, &w->council.head, hash,
                              ts_str_bytes(TS_STR("state")));
    assert_int_equal(ts_dump_commit(w->j, b, &w->err), 0);
    expect_damaged(w, "[9]");
}

static void add_checkpoint(struct world *w, struct ts_journal_batch *b, int64_t seq,
                           const struct ts_record_hash *head, uint8_t pk[32])
{
    uint8_t sk[64], seed[32] = {3};
    struct ts_checkpoint cp = {
        .stream = w->council.stream, .seq = seq, .head = *head, .at_ms = 1795311130000};
    crypto_sign_seed_keypair(pk, sk, seed);
    ts_checkpoint_sign(&cp, sk);
    ts_journal_batch_checkpoint(b, &cp);
}

static void test_checkpoints(void **state)
{
    struct world *w = *state;
    uint8_t pk[32];
    struct ts_record_hash third;
    add_records(w, &w->council, 3);
    third = w->council.head;
    struct ts_journal_batch *b = ts_journal_batch_new();
    add_checkpoint(w, b, 3, &third, pk);
    add_record(w, b, &w->council);
    add_checkpoint(w, b, 4, &w->council.head, pk);
    assert_int_equal(ts_dump_commit(w->j, b, &w->err), 0);
    add_records(w, &w->council, 1);
    reopen(w);
    assert_line(w, true, "checkpoint %s 3", w->council.stream.s);
    assert_line(w, true, "checkpoint %s 4", w->council.stream.s);
    /* Somebody signed for another head at seq 5. */
    b = ts_journal_batch_new();
    add_checkpoint(w, b, 5, &third, pk);
    assert_int_equal(ts_dump_commit(w->j, b, &w->err), 0);
    expect_damaged(w, "[5]");
}

static void test_damage_named(void **state)
{
    static const struct {
        const char *sql;
        const char *path;
    } cases[] = {
        {"UPDATE record SET data = replace(data, '\"n\":7', '\"n\":8') WHERE seq = 7", "[7]"},
        {"UPDATE record SET meta = replace(meta, 'staff:test', 'staff:tess') WHERE seq = 4", "[4]"},
        {"UPDATE record SET link = zeroblob(32) WHERE seq = 2", "[2]"},
        {"UPDATE record SET link = zeroblob(31) WHERE seq = 2", "[2]"},
        {"UPDATE record SET seq = 11 WHERE seq = 9", "[11]"},
        {"UPDATE record SET stream = 5 WHERE seq = 9", "unknown[9]"},
        {"DELETE FROM record WHERE seq = 5", "[6]"},
        {"DELETE FROM record WHERE seq = 10", "[9]"},
        {"DELETE FROM record", "[0]"},
        {"UPDATE stream SET head = zeroblob(32)", "[10]"},
        {"UPDATE stream SET seq = 9", "[10]"},
        {"UPDATE stream SET name = 'registry'", "checkpoint."},
        {"UPDATE stream SET name = 'x'", ""},
        {"UPDATE stream SET id = 7", ""},
        {"UPDATE secret SET value = 'other'", "secret.staff/1"},
        {"UPDATE secret SET name = 'staff/2'", "secret.staff/2"},
        {"UPDATE content SET key = zeroblob(32)", "content."},
        {"UPDATE content SET nonce = zeroblob(24)", "content."},
        {"UPDATE content SET payload = 'other'", "content."},
        {"UPDATE content SET id = 'PM6xvRJwM9ejjAEaJYmqz8'", "content."},
        {"UPDATE snapshot SET blob = 'other'", "snapshot."},
        {"UPDATE snapshot SET seq = 6", "snapshot."},
        {"UPDATE checkpoint SET text = replace(text, '\"seq\":3', '\"seq\":4')", "checkpoint."},
        {"PRAGMA application_id = 5", ""},
    };
    struct world *w = *state;
    struct ts_id a = ts_rng_id(&w->rng);
    uint8_t hash[32] = {0}, pk[32];
    char db[128], kept[128];
    snprintf(db, sizeof db, "%s/journal.db", w->dir);
    snprintf(kept, sizeof kept, "%s/kept", w->dir);
    put_content(w, &a, "text");
    struct ts_journal_batch *b = ts_journal_batch_new();
    for (int i = 0; i < 10; i++) {
        add_record(w, b, &w->council);
        if (i == 2)
            add_checkpoint(w, b, 3, &w->council.head, pk);
        if (i == 6)
            ts_journal_batch_snapshot(b, &w->council.stream, 7, &w->council.head, hash,
                                      ts_str_bytes(TS_STR("state")));
    }
    ts_journal_batch_secret(b, TS_STR("staff/1"), ts_str_bytes(TS_STR("hash")));
    assert_int_equal(ts_dump_commit(w->j, b, &w->err), 0);
    ts_journal_close(w->j);
    w->j = NULL;
    copy_file(db, kept);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        copy_file(kept, db);
        sql(w->dir, "journal.db", cases[i].sql);
        print_message("%s\n", cases[i].sql);
        expect_damaged(w, cases[i].path);
    }
    copy_file(kept, db);
    sql(w->dir, "journal.db", "PRAGMA user_version = 2");
    assert_int_equal(ts_dump_load(&w->dump, w->dir, NULL, &w->j, &w->err), -1);
    assert_string_equal(w->err.code, "journal.version");
    copy_file(kept, db);
    open_world(w);
    assert_int_equal(w->dump.records, 10);
}

static void test_damaged_tombstone(void **state)
{
    struct world *w = *state;
    struct ts_id a = ts_rng_id(&w->rng);
    erase_content(w, &a, 5);
    ts_journal_close(w->j);
    w->j = NULL;
    sql(w->dir, "tombstones.db", "UPDATE tombstone SET at = 6");
    expect_damaged(w, "tombstone");
}

struct exported {
    struct ts_buf text;
    int pieces;
};

static int keep(void *ctx, struct ts_bytes bytes, struct ts_err *err)
{
    struct exported *e = ctx;
    (void)err;
    ts_buf_append(&e->text, bytes.ptr, bytes.len);
    e->pieces++;
    return 0;
}

static enum ts_recwrite_show show_some(void *ctx, const struct ts_journal_record *record,
                                       int64_t *about_ms)
{
    (void)ctx;
    if (record->seq % 2 == 0)
        return TS_RECWRITE_HASH;
    *about_ms = 1795311120000;
    return TS_RECWRITE_DATA;
}

static void on_finding(void *ctx, const struct ts_recread_finding *f)
{
    (void)ctx;
    fail_msg("line %lld seq %lld: %s %s", (long long)f->line, (long long)f->seq, f->code,
             f->detail);
}

static void check_exported(const struct exported *e, const uint8_t *key,
                           struct ts_recread_summary *summary)
{
    const struct ts_recread_handlers handlers = {.finding = on_finding};
    struct ts_recread *r = ts_recread_new(&handlers, key);
    ts_recread_feed(r, ts_buf_bytes(&e->text));
    assert_int_equal(ts_recread_finish(r, summary), TS_RECREAD_VALID);
    ts_recread_free(r);
}

static void test_export(void **state)
{
    struct world *w = *state;
    struct exported e = {0};
    struct ts_recread_summary summary;
    uint8_t pk[32];
    struct ts_journal_batch *b = ts_journal_batch_new();
    for (int i = 1; i <= 1000; i++) {
        add_record(w, b, &w->council);
        add_record(w, b, &w->registry);
        if (i % 100 == 0)
            add_checkpoint(w, b, i, &w->council.head, pk);
    }
    assert_int_equal(ts_dump_commit(w->j, b, &w->err), 0);
    struct ts_journal_export what = {
        .stream = w->council.stream, .from = 1, .to = INT64_MAX, .ctx = &e, .sink = keep};
    memcpy(what.key, pk, 32);
    assert_int_equal(ts_journal_export(w->j, &what, &w->err), 0);
    check_exported(&e, pk, &summary);
    assert_true(e.pieces > 2);
    assert_int_equal(summary.records, 1000);
    assert_int_equal(summary.whole, 1000);
    assert_int_equal(summary.checkpoints, 10);

    ts_buf_clear(&e.text);
    what.show = show_some;
    what.from = 301;
    what.to = 450;
    assert_int_equal(ts_journal_export(w->j, &what, &w->err), 0);
    check_exported(&e, pk, &summary);
    assert_int_equal(summary.records, 150);
    assert_int_equal(summary.shown, 75);
    assert_int_equal(summary.whole, 0);
    assert_int_equal(summary.last.seq, 450);
    assert_int_equal(summary.last_checkpoint_seq, 400);
    ts_buf_append_char(&e.text, '\0');
    assert_null(strstr((char *)e.text.ptr, "staff:test"));

    what.from = 1001;
    what.to = INT64_MAX;
    assert_int_equal(ts_journal_export(w->j, &what, &w->err), 1);
    what.from = 1;
    what.stream = ts_rng_id(&w->rng);
    assert_int_equal(ts_journal_export(w->j, &what, &w->err), 1);
    ts_buf_free(&e.text);
}

static void test_large_group(void **state)
{
    struct world *w = *state;
    char *text = malloc(5000001);
    struct ts_id a = ts_rng_id(&w->rng);
    memset(text, 'x', 5000000);
    text[5000000] = '\0';
    put_content(w, &a, text);
    free(text);
    assert_int_equal(ts_journal_pending_bytes(w->j), 0);
    add_records(w, &w->council, 20000); /* the log grows past a checkpoint */
    reopen(w);
    assert_line(w, true, "content %s a7a75c5c large 5000000", a.s);
    assert_int_equal(w->dump.records, 20000);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_empty),
        T(test_records),
        T(test_misuse_stops),
        T(test_second_server),
        cmocka_unit_test(test_no_directory),
        T(test_content),
        T(test_content_twice),
        T(test_erased_from_disk),
        T(test_restored_backup),
        T(test_secrets),
        T(test_snapshot),
        T(test_checkpoints),
        T(test_damage_named),
        T(test_damaged_tombstone),
        T(test_export),
        T(test_large_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
