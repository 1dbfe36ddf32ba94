#include "server/journal/export_sqlite.h"

#include <stdio.h>

#include "server/journal/db_sqlite.h"
#include "server/journal/store_sqlite.h"

/* Handed to the sink in pieces of about this size. */
#define PIECE (64 * 1024)

struct exporting {
    const struct ts_journal_export *what;
    sqlite3_stmt *records;
    sqlite3_stmt *checkpoints;
    struct ts_buf out;
    struct ts_chain chain;
    int64_t checkpoint_count;
    bool checkpoint_waiting; /* a row of `checkpoints` is not written yet */
    bool started;            /* the header is written */
};

static int prepare(struct exporting *x, sqlite3 *db, struct ts_err *err)
{
    const char *name = x->what->stream.s;
    if (ts_db_prepare(db, &x->records,
                      "SELECT seq, meta, data, link FROM record WHERE stream ="
                      " (SELECT id FROM stream WHERE name = ?1) AND seq <= ?2 ORDER BY n",
                      err) != 0 ||
        ts_db_prepare(
            db, &x->checkpoints,
            "SELECT seq, text FROM checkpoint WHERE stream = ?1 AND seq >= ?2 ORDER BY seq",
            err) != 0)
        return -1;
    sqlite3_bind_text(x->records, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(x->records, 2, x->what->to);
    sqlite3_bind_text(x->checkpoints, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(x->checkpoints, 2, x->what->from);
    int rc = ts_db_step(x->checkpoints, err);
    x->checkpoint_waiting = rc == 1;
    return rc < 0 ? -1 : 0;
}

static int flush(struct exporting *x, size_t at_least, struct ts_err *err)
{
    if (x->out.len < at_least || x->out.len == 0)
        return 0;
    int rc = x->what->sink(x->what->ctx, ts_buf_bytes(&x->out), err);
    ts_buf_clear(&x->out);
    return rc;
}

/* Writes the checkpoint of the record at the head, if there is one. */
static int write_checkpoint(struct exporting *x, struct ts_err *err)
{
    if (!x->checkpoint_waiting || sqlite3_column_int64(x->checkpoints, 0) != x->chain.seq)
        return 0;
    ts_buf_append_str(&x->out, ts_bytes_str(ts_db_bytes(x->checkpoints, 1)));
    ts_buf_append_char(&x->out, '\n');
    x->checkpoint_count++;
    int rc = ts_db_step(x->checkpoints, err);
    x->checkpoint_waiting = rc == 1;
    return rc < 0 ? -1 : 0;
}

/* The chain is checked from the first record on, so that `prev` of a range is a checked head. */
static int write_row(struct exporting *x, struct ts_err *err)
{
    const struct ts_journal_export *what = x->what;
    int64_t seq = sqlite3_column_int64(x->records, 0);
    struct ts_str meta = ts_bytes_str(ts_db_bytes(x->records, 1));
    struct ts_str data = ts_bytes_str(ts_db_bytes(x->records, 2));
    struct ts_bytes stored = ts_db_bytes(x->records, 3);
    struct ts_chain before = x->chain;
    struct ts_record_hash link = {{0}};
    struct ts_err wrong = {0};
    enum ts_recwrite_show show = TS_RECWRITE_WHOLE;
    int64_t about_ms = -1;

    if (stored.len == sizeof link.b)
        memcpy(link.b, stored.ptr, sizeof link.b);
    if (ts_chain_check(&x->chain, seq, meta, data, &link, &wrong) != 0) {
        ts_db_damaged(err, wrong.detail);
        ts_err_at(err, what->stream.s, (long)seq);
        return -1;
    }
    if (seq < what->from)
        return 0;
    if (!x->started)
        ts_recwrite_header(&x->out, &before, what->key);
    x->started = true;
    if (what->show) {
        struct ts_journal_record record = {&what->stream, seq, meta, data, &link};
        show = what->show(what->ctx, &record, &about_ms);
    }
    ts_recwrite_record(&x->out, seq, meta, data, &link, show, about_ms);
    if (write_checkpoint(x, err) != 0)
        return -1;
    return flush(x, PIECE, err);
}

int ts_export_section(const char *path, const char *vfs, const struct ts_journal_export *what,
                      struct ts_err *err)
{
    struct exporting x = {.what = what};
    sqlite3 *db;
    int rc;

    if (ts_db_open(&db, path, vfs, TS_DB_READ, err) != 0)
        return -1;
    ts_chain_start(&x.chain, &what->stream);
    /* One read transaction: records and checkpoints of the same moment. */
    rc = ts_db_exec(db, "BEGIN", err);
    if (rc == 0)
        rc = prepare(&x, db, err);
    while (rc == 0 && (rc = ts_db_step(x.records, err)) == 1)
        rc = write_row(&x, err);
    if (rc == 0 && !x.started)
        rc = 1;
    if (rc == 0) {
        ts_recwrite_end(&x.out, &x.chain, x.checkpoint_count);
        rc = flush(&x, 0, err);
    }
    sqlite3_finalize(x.records);
    sqlite3_finalize(x.checkpoints);
    ts_db_close(db);
    ts_buf_free(&x.out);
    return rc;
}

int ts_export_content(sqlite3 *db, const struct ts_id *id, uint8_t *key, uint8_t *nonce,
                      struct ts_buf *ciphertext, struct ts_err *err)
{
    sqlite3_stmt *stmt;
    uint8_t want[32];
    if (ts_db_prepare(db, &stmt, "SELECT key, nonce, sum, payload FROM content WHERE id = ?1",
                      err) != 0)
        return -1;
    sqlite3_bind_text(stmt, 1, id->s, -1, SQLITE_STATIC);
    int rc = ts_db_step(stmt, err);
    if (rc == 1) {
        struct ts_bytes k = ts_db_bytes(stmt, 0), n = ts_db_bytes(stmt, 1);
        struct ts_bytes sum = ts_db_bytes(stmt, 2), payload = ts_db_bytes(stmt, 3);
        bool good =
            k.len == TS_JOURNAL_KEY_LEN && n.len == TS_JOURNAL_NONCE_LEN && sum.len == sizeof want;
        if (good) {
            ts_store_content_sum(want, ts_id_str(id), k.ptr, n.ptr, payload);
            good = memcmp(want, sum.ptr, sizeof want) == 0;
        }
        if (good) {
            memcpy(key, k.ptr, k.len);
            memcpy(nonce, n.ptr, n.len);
            ts_buf_append(ciphertext, payload.ptr, payload.len);
            rc = 0;
        } else {
            ts_db_damaged(err, "What is stored is not what was written");
            ts_err_at(err, id->s, -1);
            ts_err_at(err, "content", -1);
            rc = -1;
        }
    } else if (rc == 0) {
        rc = 1;
    }
    sqlite3_finalize(stmt);
    return rc;
}
