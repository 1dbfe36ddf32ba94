/* The list of erased content, tombstones.db: a file of its own that a restored backup of the
 * journal must not bring back to an earlier state (LG-12). Used by one thread at a time. */
#ifndef TS_SERVER_JOURNAL_TOMBS_SQLITE_H
#define TS_SERVER_JOURNAL_TOMBS_SQLITE_H

#include <sqlite3.h>

#include "server/journal/batch.h"

struct ts_tombs {
    sqlite3 *db;
    sqlite3_stmt *add;
    bool in_transaction;
};

int ts_tombs_open(struct ts_tombs *tombs, const char *dir, const char *vfs, struct ts_err *err);
void ts_tombs_close(struct ts_tombs *tombs);
/* Adds within a transaction that ts_tombs_commit() ends. A repeat keeps the first time. */
int ts_tombs_add(struct ts_tombs *tombs, const struct ts_id *id, int64_t at_ms, struct ts_err *err);
int ts_tombs_commit(struct ts_tombs *tombs, struct ts_err *err);
/* Checks every entry and hands it over; stops where the callback returns -1. */
int ts_tombs_each(struct ts_tombs *tombs,
                  int (*each)(void *ctx, const struct ts_id *id, int64_t at_ms, struct ts_err *err),
                  void *ctx, struct ts_err *err);

#endif
