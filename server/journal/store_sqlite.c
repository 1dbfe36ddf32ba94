#include "server/journal/store_sqlite.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/journal/db_sqlite.h"

#define APPLICATION 0x54534a31 /* "TSJ1" */
#define FORMAT 1

/* record.n is the order of writing over all streams. There is no index on (stream, seq): replay
 * reads everything in order of n, and an index would cost every commit a page. */
static const char SCHEMA[] =
    "CREATE TABLE stream(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, seq INTEGER NOT NULL,"
    " head BLOB NOT NULL);"
    "CREATE TABLE record(n INTEGER PRIMARY KEY, stream INTEGER NOT NULL, seq INTEGER NOT NULL,"
    " meta BLOB NOT NULL, data BLOB NOT NULL, link BLOB NOT NULL);"
    "CREATE TABLE checkpoint(stream TEXT NOT NULL, seq INTEGER NOT NULL, text BLOB NOT NULL,"
    " PRIMARY KEY(stream, seq)) WITHOUT ROWID;"
    "CREATE TABLE content(n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, key BLOB NOT NULL,"
    " nonce BLOB NOT NULL, sum BLOB NOT NULL, payload BLOB NOT NULL);"
    "CREATE TABLE secret(name TEXT PRIMARY KEY, value BLOB NOT NULL, sum BLOB NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE TABLE snapshot(stream TEXT PRIMARY KEY, seq INTEGER NOT NULL, link BLOB NOT NULL,"
    " hash BLOB NOT NULL, sum BLOB NOT NULL, blob BLOB NOT NULL);";

static const char *const SQL[TS_STORE_STMT_COUNT] = {
    [TS_STORE_STREAM_ADD] =
        "INSERT INTO stream(id, name, seq, head) VALUES(?1, ?2, 0, zeroblob(32))",
    [TS_STORE_STREAM_HEAD] = "UPDATE stream SET seq = ?2, head = ?3 WHERE id = ?1",
    [TS_STORE_RECORD] =
        "INSERT INTO record(stream, seq, meta, data, link) VALUES(?1, ?2, ?3, ?4, ?5)",
    [TS_STORE_CHECKPOINT] =
        "INSERT OR REPLACE INTO checkpoint(stream, seq, text) VALUES(?1, ?2, ?3)",
    [TS_STORE_CONTENT] =
        "INSERT INTO content(id, key, nonce, sum, payload) VALUES(?1, ?2, ?3, ?4, ?5)",
    [TS_STORE_ERASE] = "DELETE FROM content WHERE id = ?1",
    [TS_STORE_SECRET] = "INSERT OR REPLACE INTO secret(name, value, sum) VALUES(?1, ?2, ?3)",
    [TS_STORE_SECRET_DELETE] = "DELETE FROM secret WHERE name = ?1",
    [TS_STORE_SNAPSHOT] = "INSERT OR REPLACE INTO snapshot VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    [TS_STORE_BEGIN] = "BEGIN IMMEDIATE",
    [TS_STORE_COMMIT] = "COMMIT",
};

static void sum_add(crypto_generichash_state *state, const void *data, size_t len)
{
    crypto_generichash_update(state, data, len);
}

/* Begins with a domain and a name of its own; "|" ends the name, which cannot hold one. */
static void sum_start(crypto_generichash_state *state, const char *domain, struct ts_str name)
{
    crypto_generichash_init(state, NULL, 0, 32);
    sum_add(state, domain, strlen(domain));
    sum_add(state, name.ptr, name.len);
    sum_add(state, "|", 1);
}

void ts_store_content_sum(uint8_t out[static 32], struct ts_str id, const uint8_t *key,
                          const uint8_t *nonce, struct ts_bytes ciphertext)
{
    crypto_generichash_state state;
    sum_start(&state, "tongsheng-content-1|", id);
    sum_add(&state, key, TS_JOURNAL_KEY_LEN);
    sum_add(&state, nonce, TS_JOURNAL_NONCE_LEN);
    sum_add(&state, ciphertext.ptr, ciphertext.len);
    crypto_generichash_final(&state, out, 32);
    sodium_memzero(&state, sizeof state);
}

void ts_store_secret_sum(uint8_t out[static 32], struct ts_str name, struct ts_bytes value)
{
    crypto_generichash_state state;
    sum_start(&state, "tongsheng-secret-1|", name);
    sum_add(&state, value.ptr, value.len);
    crypto_generichash_final(&state, out, 32);
    sodium_memzero(&state, sizeof state);
}

void ts_store_snapshot_sum(uint8_t out[static 32], const struct ts_id *stream, int64_t seq,
                           struct ts_bytes link, struct ts_bytes hash, struct ts_bytes blob)
{
    crypto_generichash_state state;
    char number[24];
    int len = snprintf(number, sizeof number, "%lld|", (long long)seq);
    sum_start(&state, "tongsheng-snapshot-1|", ts_id_str(stream));
    sum_add(&state, number, (size_t)len);
    sum_add(&state, link.ptr, link.len);
    sum_add(&state, hash.ptr, hash.len);
    sum_add(&state, blob.ptr, blob.len);
    crypto_generichash_final(&state, out, 32);
}

static struct ts_store_stream *add_stream(struct ts_store *store, const struct ts_id *name,
                                          int64_t rowid)
{
    struct ts_store_stream *stream = calloc(1, sizeof *stream);
    if (!stream)
        abort();
    stream->rowid = rowid;
    ts_chain_start(&stream->chain, name);
    ts_map_put(&store->streams, ts_id_str(name), stream);
    return stream;
}

static int read_streams(struct ts_store *store, struct ts_err *err)
{
    sqlite3_stmt *stmt;
    int rc;
    if (ts_db_prepare(store->db, &stmt, "SELECT id, name, seq, head FROM stream ORDER BY id",
                      err) != 0)
        return -1;
    while ((rc = ts_db_step(stmt, err)) == 1) {
        struct ts_id name;
        struct ts_err ignored;
        struct ts_bytes head = ts_db_bytes(stmt, 3);
        if (ts_record_stream(&name, ts_bytes_str(ts_db_bytes(stmt, 1)), &ignored) != 0 ||
            head.len != 32 || ts_map_get(&store->streams, ts_id_str(&name))) {
            rc = ts_db_damaged(err, "The list of streams is damaged");
            break;
        }
        struct ts_store_stream *stream = add_stream(store, &name, sqlite3_column_int64(stmt, 0));
        stream->stored_seq = sqlite3_column_int64(stmt, 2);
        memcpy(stream->stored_head.b, head.ptr, 32);
    }
    sqlite3_finalize(stmt);
    return rc;
}

/* PRAGMA journal_mode answers with the mode it chose, which is not an error when it is another. */
static int check_wal(sqlite3 *db, struct ts_err *err)
{
    sqlite3_stmt *stmt;
    if (ts_db_prepare(db, &stmt, "PRAGMA journal_mode", err) != 0)
        return -1;
    int rc = ts_db_step(stmt, err);
    bool wal = rc == 1 && ts_str_is(ts_bytes_str(ts_db_bytes(stmt, 0)), "wal");
    sqlite3_finalize(stmt);
    if (rc == 1 && !wal)
        return ts_err_set(err, "journal.io", "This file system cannot hold a write-ahead log");
    return rc == 1 ? 0 : -1;
}

int ts_store_open(struct ts_store *store, const char *dir, const char *vfs, struct ts_err *err)
{
    *store = (struct ts_store){0};
    snprintf(store->path, sizeof store->path, "%s/journal.db", dir);
    if (ts_db_open(&store->db, store->path, vfs, TS_DB_WAL, err) != 0)
        return -1;
    if (ts_db_format(store->db, APPLICATION, FORMAT, SCHEMA, err) != 0 ||
        check_wal(store->db, err) != 0)
        goto fail;
    /* What a crash left in the log goes into the database by fresh writes and a fresh sync, and the
     * log starts anew. Needed after a failed sync: the system may then hold pages of the log as
     * clean that are not on the disk, and later commits would stand behind a hole. */
    if (sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) !=
        SQLITE_OK) {
        ts_db_fail(store->db, 0, err);
        goto fail;
    }
    for (int i = 0; i < TS_STORE_STMT_COUNT; i++) {
        if (ts_db_prepare(store->db, &store->stmt[i], SQL[i], err) != 0)
            goto fail;
    }
    if (read_streams(store, err) != 0)
        goto fail;
    return 0;

fail:
    ts_store_close(store);
    return -1;
}

void ts_store_close(struct ts_store *store)
{
    struct ts_str name;
    void *stream;
    for (int i = 0; i < TS_STORE_STMT_COUNT; i++)
        sqlite3_finalize(store->stmt[i]);
    ts_db_close(store->db);
    for (size_t i = 0; ts_map_next(&store->streams, &i, &name, &stream);)
        free(stream);
    ts_map_free(&store->streams);
    *store = (struct ts_store){0};
}

int ts_store_begin(struct ts_store *store, struct ts_err *err)
{
    return ts_db_run(store->stmt[TS_STORE_BEGIN], err);
}

static int apply_record(struct ts_store *store, const struct ts_batch_op *op, struct ts_err *err)
{
    struct ts_store_stream *stream = ts_map_get(&store->streams, ts_id_str(&op->id));
    struct ts_str meta = ts_batch_first(op);
    struct ts_bytes data = ts_batch_second(op);
    struct ts_err wrong = {0};
    sqlite3_stmt *stmt;

    if (!stream) {
        stream = add_stream(store, &op->id, (int64_t)store->streams.count + 1);
        stmt = store->stmt[TS_STORE_STREAM_ADD];
        sqlite3_bind_int64(stmt, 1, stream->rowid);
        sqlite3_bind_text(stmt, 2, op->id.s, -1, SQLITE_STATIC);
        if (ts_db_run(stmt, err) != 0)
            return -1;
    }
    /* What could not be loaded again must not be written. */
    if (ts_chain_check(&stream->chain, op->number, meta, ts_bytes_str(data), &op->link, &wrong) !=
        0) {
        ts_err_set(err, "journal.misuse", "A record that does not continue its stream (%s: %.120s)",
                   wrong.code, wrong.detail);
        ts_err_at(err, op->id.s, (long)op->number);
        return -1;
    }
    stmt = store->stmt[TS_STORE_RECORD];
    sqlite3_bind_int64(stmt, 1, stream->rowid);
    sqlite3_bind_int64(stmt, 2, op->number);
    ts_db_bind(stmt, 3, meta.ptr, meta.len);
    ts_db_bind(stmt, 4, data.ptr, data.len);
    ts_db_bind(stmt, 5, op->link.b, sizeof op->link.b);
    return ts_db_run(stmt, err);
}

static int apply_content(struct ts_store *store, const struct ts_batch_op *op, struct ts_err *err)
{
    sqlite3_stmt *stmt = store->stmt[TS_STORE_CONTENT];
    const uint8_t *key = op->secret, *nonce = op->secret + TS_JOURNAL_KEY_LEN;
    struct ts_bytes payload = ts_batch_second(op);
    uint8_t sum[32];
    ts_store_content_sum(sum, ts_id_str(&op->id), key, nonce, payload);
    sqlite3_bind_text(stmt, 1, op->id.s, -1, SQLITE_STATIC);
    ts_db_bind(stmt, 2, key, TS_JOURNAL_KEY_LEN);
    ts_db_bind(stmt, 3, nonce, TS_JOURNAL_NONCE_LEN);
    ts_db_bind(stmt, 4, sum, sizeof sum);
    ts_db_bind(stmt, 5, payload.ptr, payload.len);
    int rc = ts_db_run(stmt, err);
    if (rc != 0 && (sqlite3_errcode(store->db) & 0xff) == SQLITE_CONSTRAINT)
        return ts_err_set(err, "journal.misuse", "Content %s exists already", op->id.s);
    return rc;
}

static int apply_secret(struct ts_store *store, const struct ts_batch_op *op, struct ts_err *err)
{
    bool put = op->kind == TS_BATCH_SECRET;
    sqlite3_stmt *stmt = store->stmt[put ? TS_STORE_SECRET : TS_STORE_SECRET_DELETE];
    struct ts_str name = ts_batch_first(op);
    uint8_t sum[32];
    sqlite3_bind_text(stmt, 1, name.ptr, (int)name.len, SQLITE_STATIC);
    if (put) {
        struct ts_bytes value = {op->secret, op->secret_len};
        ts_store_secret_sum(sum, name, value);
        ts_db_bind(stmt, 2, value.ptr, value.len);
        ts_db_bind(stmt, 3, sum, sizeof sum);
    }
    return ts_db_run(stmt, err);
}

static int apply_snapshot(struct ts_store *store, const struct ts_batch_op *op, struct ts_err *err)
{
    sqlite3_stmt *stmt = store->stmt[TS_STORE_SNAPSHOT];
    struct ts_bytes blob = ts_batch_second(op);
    uint8_t sum[32];
    ts_store_snapshot_sum(sum, &op->id, op->number, (struct ts_bytes){op->link.b, 32},
                          (struct ts_bytes){op->hash, 32}, blob);
    sqlite3_bind_text(stmt, 1, op->id.s, -1, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 2, op->number);
    ts_db_bind(stmt, 3, op->link.b, sizeof op->link.b);
    ts_db_bind(stmt, 4, op->hash, sizeof op->hash);
    ts_db_bind(stmt, 5, sum, sizeof sum);
    ts_db_bind(stmt, 6, blob.ptr, blob.len);
    return ts_db_run(stmt, err);
}

int ts_store_apply(struct ts_store *store, const struct ts_batch_op *op, struct ts_err *err)
{
    sqlite3_stmt *stmt;
    struct ts_bytes bytes;
    switch (op->kind) {
    case TS_BATCH_RECORD:
        return apply_record(store, op, err);
    case TS_BATCH_CHECKPOINT:
        stmt = store->stmt[TS_STORE_CHECKPOINT];
        bytes = ts_batch_second(op);
        sqlite3_bind_text(stmt, 1, op->id.s, -1, SQLITE_STATIC);
        sqlite3_bind_int64(stmt, 2, op->number);
        ts_db_bind(stmt, 3, bytes.ptr, bytes.len);
        return ts_db_run(stmt, err);
    case TS_BATCH_CONTENT:
        return apply_content(store, op, err);
    case TS_BATCH_ERASE:
        stmt = store->stmt[TS_STORE_ERASE];
        sqlite3_bind_text(stmt, 1, op->id.s, -1, SQLITE_STATIC);
        store->scrub_due = true;
        return ts_db_run(stmt, err);
    case TS_BATCH_SECRET:
    case TS_BATCH_SECRET_DELETE:
        store->scrub_due = true; /* the value that was there before */
        return apply_secret(store, op, err);
    case TS_BATCH_SNAPSHOT:
        return apply_snapshot(store, op, err);
    default:
        return 0; /* a box's */
    }
}

/* The heads stand in the file too, so that missing last records are noticed. */
static int save_heads(struct ts_store *store, struct ts_err *err)
{
    sqlite3_stmt *stmt = store->stmt[TS_STORE_STREAM_HEAD];
    struct ts_str name;
    void *value;
    for (size_t i = 0; ts_map_next(&store->streams, &i, &name, &value);) {
        struct ts_store_stream *stream = value;
        if (stream->stored_seq == stream->chain.seq)
            continue;
        sqlite3_bind_int64(stmt, 1, stream->rowid);
        sqlite3_bind_int64(stmt, 2, stream->chain.seq);
        ts_db_bind(stmt, 3, stream->chain.head.b, sizeof stream->chain.head.b);
        if (ts_db_run(stmt, err) != 0)
            return -1;
        stream->stored_seq = stream->chain.seq;
        stream->stored_head = stream->chain.head;
    }
    return 0;
}

int ts_store_commit(struct ts_store *store, struct ts_err *err)
{
    if (save_heads(store, err) != 0)
        return -1;
    return ts_db_run(store->stmt[TS_STORE_COMMIT], err);
}

int ts_store_scrub(struct ts_store *store, struct ts_err *err)
{
    if (!store->scrub_due)
        return 0;
    sqlite3_busy_timeout(store->db, 0); /* a reader keeps its pages: later */
    int rc = sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    sqlite3_busy_timeout(store->db, 2000);
    if (rc == SQLITE_OK)
        store->scrub_due = false;
    else if (rc != SQLITE_BUSY)
        return ts_db_fail(store->db, 0, err);
    return 0;
}
