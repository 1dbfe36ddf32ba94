/* One SQLite connection: how it is opened, and its errors as something a person can act on. */
#ifndef TS_SERVER_JOURNAL_DB_SQLITE_H
#define TS_SERVER_JOURNAL_DB_SQLITE_H

#include <sqlite3.h>

#include "proto/base/err.h"

#define TS_DB_PATH_MAX 1024

enum ts_db_mode {
    TS_DB_WAL,      /* the journal's own file; made if missing */
    TS_DB_ROLLBACK, /* boxes and tombstones: no log of writes stays behind; made if missing */
    TS_DB_READ,     /* a further connection that only reads; must exist */
};

/* A connection is used by one thread at a time. Errors as in journal.h. */
int ts_db_open(sqlite3 **out, const char *path, const char *vfs, enum ts_db_mode mode,
               struct ts_err *err);
/* NULL is allowed. All statements must be finalised. */
void ts_db_close(sqlite3 *db);
/* Fills *err from the connection's last error (or `rc` where there is no connection); returns -1.
 */
int ts_db_fail(sqlite3 *db, int rc, struct ts_err *err);
int ts_db_exec(sqlite3 *db, const char *sql, struct ts_err *err);
int ts_db_prepare(sqlite3 *db, sqlite3_stmt **out, const char *sql, struct ts_err *err);
/* 1: a row; 0: done; -1. Resets the statement unless there is a row. */
int ts_db_step(sqlite3_stmt *stmt, struct ts_err *err);
/* Runs a statement that gives no row. */
int ts_db_run(sqlite3_stmt *stmt, struct ts_err *err);
/* A query for one integer without parameters. */
int ts_db_int(sqlite3 *db, const char *sql, int64_t *out, struct ts_err *err);

/* Marks a new file as ours (application id, format), or checks that it is; `schema` is run in one
 * transaction where the file is new. */
int ts_db_format(sqlite3 *db, int32_t application, int format, const char *schema,
                 struct ts_err *err);

/* The bytes of a column; valid until the next step. */
struct ts_bytes ts_db_bytes(sqlite3_stmt *stmt, int column);
/* Binds without copying: the bytes must live until the statement has run. */
void ts_db_bind(sqlite3_stmt *stmt, int index, const void *data, size_t len);

/* Deletes a database file and what SQLite left beside it, and makes that durable. */
int ts_db_delete(const char *path, const char *vfs, struct ts_err *err);
bool ts_db_exists(const char *path);

/* "journal.damaged": the sentence that goes with every finding of damage. */
int ts_db_damaged(struct ts_err *err, const char *what);

#endif
