/* Loading journal.db: everything is checked before it is handed over. */
#ifndef TS_SERVER_JOURNAL_REPLAY_SQLITE_H
#define TS_SERVER_JOURNAL_REPLAY_SQLITE_H

#include "server/journal/store_sqlite.h"

/* Snapshots, records, checkpoints. Reading and hashing run on a thread of their own, which ends
 * before this returns. On success the store's chains stand at the heads. */
int ts_replay_records(struct ts_store *store, const struct ts_journal_reader *reader,
                      struct ts_err *err);
int ts_replay_content(struct ts_store *store, const struct ts_journal_reader *reader,
                      struct ts_err *err);
int ts_replay_secrets(struct ts_store *store, const struct ts_journal_reader *reader,
                      struct ts_err *err);

#endif
