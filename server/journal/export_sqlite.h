/* Reading journal.db beside the writer, with a connection of one's own. */
#ifndef TS_SERVER_JOURNAL_EXPORT_SQLITE_H
#define TS_SERVER_JOURNAL_EXPORT_SQLITE_H

#include <sqlite3.h>

#include "server/journal/journal.h"

/* As ts_journal_export(), on a fresh connection to the file. */
int ts_export_section(const char *path, const char *vfs, const struct ts_journal_export *what,
                      struct ts_err *err);
/* As ts_journal_content_get(), on a connection opened with TS_DB_READ. */
int ts_export_content(sqlite3 *db, const struct ts_id *id, uint8_t *key, uint8_t *nonce,
                      struct ts_buf *ciphertext, struct ts_err *err);

#endif
