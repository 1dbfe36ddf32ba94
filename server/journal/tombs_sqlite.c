#include "server/journal/tombs_sqlite.h"

#include <sodium.h>
#include <stdio.h>

#include "server/journal/db_sqlite.h"

#define APPLICATION 0x54535431 /* "TST1" */
#define FORMAT 1

static const char SCHEMA[] =
    "CREATE TABLE tombstone(id TEXT PRIMARY KEY, at INTEGER NOT NULL, sum BLOB NOT NULL);";

static void entry_sum(uint8_t out[static 32], const struct ts_id *id, int64_t at_ms)
{
    char text[80];
    snprintf(text, sizeof text, "tongsheng-tombstone-1|%s|%lld", id->s, (long long)at_ms);
    crypto_generichash(out, 32, (const uint8_t *)text, strlen(text), NULL, 0);
}

int ts_tombs_open(struct ts_tombs *tombs, const char *dir, const char *vfs, struct ts_err *err)
{
    char path[TS_DB_PATH_MAX];
    *tombs = (struct ts_tombs){0};
    snprintf(path, sizeof path, "%s/tombstones.db", dir);
    if (ts_db_open(&tombs->db, path, vfs, TS_DB_ROLLBACK, err) != 0)
        return -1;
    if (ts_db_format(tombs->db, APPLICATION, FORMAT, SCHEMA, err) != 0 ||
        ts_db_prepare(tombs->db, &tombs->add, "INSERT OR IGNORE INTO tombstone VALUES(?1, ?2, ?3)",
                      err) != 0) {
        ts_tombs_close(tombs);
        return -1;
    }
    return 0;
}

void ts_tombs_close(struct ts_tombs *tombs)
{
    sqlite3_finalize(tombs->add);
    ts_db_close(tombs->db);
    *tombs = (struct ts_tombs){0};
}

int ts_tombs_add(struct ts_tombs *tombs, const struct ts_id *id, int64_t at_ms, struct ts_err *err)
{
    uint8_t sum[32];
    if (!tombs->in_transaction && ts_db_exec(tombs->db, "BEGIN IMMEDIATE", err) != 0)
        return -1;
    tombs->in_transaction = true;
    entry_sum(sum, id, at_ms);
    sqlite3_bind_text(tombs->add, 1, id->s, -1, SQLITE_STATIC);
    sqlite3_bind_int64(tombs->add, 2, at_ms);
    ts_db_bind(tombs->add, 3, sum, sizeof sum);
    return ts_db_run(tombs->add, err);
}

int ts_tombs_commit(struct ts_tombs *tombs, struct ts_err *err)
{
    if (!tombs->in_transaction)
        return 0;
    tombs->in_transaction = false;
    return ts_db_exec(tombs->db, "COMMIT", err);
}

int ts_tombs_each(struct ts_tombs *tombs,
                  int (*each)(void *ctx, const struct ts_id *id, int64_t at_ms, struct ts_err *err),
                  void *ctx, struct ts_err *err)
{
    sqlite3_stmt *stmt;
    int rc;
    if (ts_db_prepare(tombs->db, &stmt, "SELECT id, at, sum FROM tombstone ORDER BY rowid", err) !=
        0)
        return -1;
    while ((rc = ts_db_step(stmt, err)) == 1) {
        struct ts_id id;
        uint8_t want[32];
        int64_t at_ms = sqlite3_column_int64(stmt, 1);
        struct ts_bytes sum = ts_db_bytes(stmt, 2);
        bool good = ts_id_parse(&id, ts_bytes_str(ts_db_bytes(stmt, 0))) == 0;
        if (good) {
            entry_sum(want, &id, at_ms);
            good = sum.len == sizeof want && memcmp(sum.ptr, want, sizeof want) == 0;
        }
        if (!good) {
            rc = ts_db_damaged(err, "The list of erased content is damaged");
            ts_err_at(err, "tombstone", -1);
            break;
        }
        rc = each(ctx, &id, at_ms, err);
        if (rc != 0)
            break;
    }
    sqlite3_finalize(stmt);
    return rc;
}
