/* Moving the write-ahead log into the database on a thread of its own: inside a commit it would be
 * the worst latency there is. */
#ifndef TS_SERVER_JOURNAL_CHECKPOINTER_SQLITE_H
#define TS_SERVER_JOURNAL_CHECKPOINTER_SQLITE_H

#include "server/journal/store_sqlite.h"

struct ts_checkpointer;

/* `failed` is called on the checkpointer's thread when its disk fails. NULL: *err says why. */
struct ts_checkpointer *ts_checkpointer_start(struct ts_store *store, const char *vfs,
                                              void (*failed)(void *ctx, const struct ts_err *err),
                                              void *ctx, struct ts_err *err);
void ts_checkpointer_stop(struct ts_checkpointer *c);
/* On the writer's thread after each commit: wakes the thread when the log has grown; lets the log
 * begin anew when the thread has moved nearly all of it; scrubs what was erased. */
int ts_checkpointer_after_commit(struct ts_checkpointer *c, struct ts_err *err);

#endif
