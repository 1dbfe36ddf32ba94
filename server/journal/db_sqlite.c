#include "server/journal/db_sqlite.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Why each setting:
 * synchronous=EXTRA   first of all, while a new file changes to its journal mode: the rollback
 * journal that this deletes must not come back after a power cut and roll everything back.
 * secure_delete  what is erased is overwritten in the file, not only unlinked from it (LG-12).
 * mmap_size=0    a read error must come back as an error, not as SIGBUS.
 * cell_size_check, trusted_schema=OFF   a damaged or foreign file is refused, not interpreted.
 * temp_store     nothing of ours goes to a temporary directory.
 * cache_size     8 MiB: appends touch the last pages only; replay reads each page once. */
static const char COMMON[] = "PRAGMA synchronous=EXTRA; PRAGMA secure_delete=ON;"
                             "PRAGMA mmap_size=0;"
                             "PRAGMA cell_size_check=ON; PRAGMA trusted_schema=OFF;"
                             "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-8192;";

/* synchronous=FULL   the log is synced in every commit: NORMAL would lose acknowledged events at a
 *                    power cut (tests/crash/lossy_disk.c shows it).
 * wal_autocheckpoint=0   never inside a commit, where it makes the worst latency; a second thread
 *                    checkpoints (journal.c).
 * page_size 4096 (SQLite's own)   the block of the file system: one commit writes two or three. */
static const char WAL[] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                          "PRAGMA wal_autocheckpoint=0;";

/* TRUNCATE: the rollback journal holds old pages, so it must not outlive its commit; the truncation
 * itself is synced at FULL, else a power cut could roll an acknowledged ballot back.
 * locking_mode=EXCLUSIVE: nobody else reads a box; saves locking per commit. */
static const char ROLLBACK[] = "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=TRUNCATE;"
                               "PRAGMA synchronous=FULL;";

int ts_db_damaged(struct ts_err *err, const char *what)
{
    return ts_err_set(
        err, "journal.damaged",
        "%s. Stop, keep a copy of the whole directory, check the disk, and restore the "
        "last backup (docs/journal.md, section 12)",
        what);
}

int ts_db_fail(sqlite3 *db, int rc, struct ts_err *err)
{
    int code = db ? sqlite3_extended_errcode(db) : rc;
    const char *file = db ? sqlite3_db_filename(db, "main") : NULL;
    file = file && *file ? file : "the data directory";
    switch (code & 0xff) {
    case SQLITE_FULL:
        return ts_err_set(err, "journal.full",
                          "The disk is full (%s). Make room and start again: what was acknowledged "
                          "is kept",
                          file);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ts_db_damaged(err, "A database file is damaged");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ts_err_set(err, "journal.in_use", "Another program has %s open. Close it", file);
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
        return ts_err_set(err, "journal.rights",
                          "Cannot open or write %s. Check that the directory exists and belongs to "
                          "the server's user",
                          file);
    case SQLITE_NOMEM:
        abort();
    default:
        return ts_err_set(
            err, "journal.io",
            "Reading or writing %s failed (SQLite %d). Check the disk and the system's "
            "log, then start again: what was acknowledged is kept",
            file, code);
    }
}

int ts_db_exec(sqlite3 *db, const char *sql, struct ts_err *err)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return ts_db_fail(db, 0, err);
    return 0;
}

int ts_db_open(sqlite3 **out, const char *path, const char *vfs, enum ts_db_mode mode,
               struct ts_err *err)
{
    int flags =
        mode == TS_DB_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    sqlite3 *db = NULL;
    const char *settings = mode == TS_DB_WAL ? WAL : mode == TS_DB_ROLLBACK ? ROLLBACK : "";

    /* NOMUTEX: one thread at a time by construction. */
    int rc = sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX, vfs);
    if (rc != SQLITE_OK) {
        ts_db_fail(db, rc, err);
        sqlite3_close(db);
        return -1;
    }
    sqlite3_extended_result_codes(db, 1);
    sqlite3_busy_timeout(db, 2000); /* recovery by another connection of ours */
    if (ts_db_exec(db, COMMON, err) != 0 || ts_db_exec(db, settings, err) != 0) {
        sqlite3_close(db);
        return -1;
    }
    *out = db;
    return 0;
}

void ts_db_close(sqlite3 *db)
{
    /* v2: a connection that failed in a commit may still hold a statement; it must not leak. */
    sqlite3_close_v2(db);
}

int ts_db_prepare(sqlite3 *db, sqlite3_stmt **out, const char *sql, struct ts_err *err)
{
    if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL) != SQLITE_OK)
        return ts_db_fail(db, 0, err);
    return 0;
}

int ts_db_step(sqlite3_stmt *stmt, struct ts_err *err)
{
    int rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        return 1;
    if (rc != SQLITE_DONE) {
        ts_db_fail(sqlite3_db_handle(stmt), rc, err);
        sqlite3_reset(stmt);
        return -1;
    }
    sqlite3_reset(stmt);
    return 0;
}

int ts_db_run(sqlite3_stmt *stmt, struct ts_err *err)
{
    int rc = ts_db_step(stmt, err);
    sqlite3_clear_bindings(stmt);
    if (rc == 1) {
        sqlite3_reset(stmt);
        rc = 0;
    }
    return rc;
}

int ts_db_int(sqlite3 *db, const char *sql, int64_t *out, struct ts_err *err)
{
    sqlite3_stmt *stmt;
    if (ts_db_prepare(db, &stmt, sql, err) != 0)
        return -1;
    int rc = ts_db_step(stmt, err);
    if (rc == 1)
        *out = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    if (rc == 0)
        return ts_db_damaged(err, "A table that must have a row has none");
    return rc == 1 ? 0 : -1;
}

int ts_db_format(sqlite3 *db, int32_t application, int format, const char *schema,
                 struct ts_err *err)
{
    int64_t have_application = 0, have_format = 0, tables = 0;
    char sql[256];
    if (ts_db_int(db, "PRAGMA application_id", &have_application, err) != 0 ||
        ts_db_int(db, "PRAGMA user_version", &have_format, err) != 0 ||
        ts_db_int(db, "SELECT count(*) FROM sqlite_schema", &tables, err) != 0)
        return -1;
    if (have_application == application && have_format == format)
        return 0;
    if (have_application == application)
        return ts_err_set(err, "journal.version",
                          "Written in format %lld; this program knows format %d. Use the program "
                          "that wrote it, or a newer one",
                          (long long)have_format, format);
    if (have_application != 0 || have_format != 0 || tables != 0)
        return ts_db_damaged(err,
                             "A file is there that is not one of ours, or its head is damaged");
    snprintf(sql, sizeof sql, "BEGIN IMMEDIATE; PRAGMA application_id=%d; PRAGMA user_version=%d;",
             application, format);
    if (ts_db_exec(db, sql, err) != 0 || ts_db_exec(db, schema, err) != 0)
        return -1;
    return ts_db_exec(db, "COMMIT", err);
}

struct ts_bytes ts_db_bytes(sqlite3_stmt *stmt, int column)
{
    /* In this order: the length is that of the blob. */
    const void *ptr = sqlite3_column_blob(stmt, column);
    return (struct ts_bytes){ptr, (size_t)sqlite3_column_bytes(stmt, column)};
}

void ts_db_bind(sqlite3_stmt *stmt, int index, const void *data, size_t len)
{
    /* A NULL pointer would bind NULL; an empty blob is what is meant. */
    sqlite3_bind_blob64(stmt, index, len > 0 ? data : "", len, SQLITE_STATIC);
}

bool ts_db_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

int ts_db_delete(const char *path, const char *vfs, struct ts_err *err)
{
    static const char *const parts[] = {"-journal", "-wal", "-shm", ""};
    sqlite3_vfs *os = sqlite3_vfs_find(vfs);
    char name[TS_DB_PATH_MAX + 16];

    /* The database last: a rollback journal without its database is harmless, a database without
     * its rollback journal may be half a commit. */
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        snprintf(name, sizeof name, "%s%s", path, parts[i]);
        int rc = os->xDelete(os, name, 1);
        if (rc != SQLITE_OK && rc != SQLITE_IOERR_DELETE_NOENT)
            return ts_db_fail(NULL, rc, err);
    }
    return 0;
}
