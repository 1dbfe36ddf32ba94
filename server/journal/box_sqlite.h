/* One ballot box in its file, or its sorted copy (docs/journal.md section 8). `dir` is the
 * directory of the boxes. */
#ifndef TS_SERVER_JOURNAL_BOX_SQLITE_H
#define TS_SERVER_JOURNAL_BOX_SQLITE_H

#include "server/journal/batch.h"
#include "server/journal/db_sqlite.h"

struct ts_box; /* an open one */

/* kind: "box" or "closed". */
void ts_box_path(char out[static TS_DB_PATH_MAX], const char *dir, const struct ts_id *uuid,
                 const char *kind);
/* journal.damaged and journal.misuse with the path box.UUID; return -1. */
int ts_box_damaged(struct ts_err *err, const struct ts_id *uuid, const char *what);
int ts_box_misuse(struct ts_err *err, const struct ts_id *uuid, const char *what);

/* Writes a new box from a TS_BATCH_BOX_CREATE, over whatever is there, and opens it. */
int ts_box_create(struct ts_box **out, const char *dir, const char *vfs,
                  const struct ts_batch_op *op, struct ts_err *err);
/* Opens and checks the whole box. 1: its making never finished (*out is NULL). */
int ts_box_open(struct ts_box **out, const char *dir, const char *vfs, const struct ts_id *uuid,
                struct ts_err *err);
/* NULL is allowed. */
void ts_box_free(struct ts_box *box);
const struct ts_journal_box *ts_box_info(const struct ts_box *box);
bool ts_box_is_filled(const struct ts_box *box);
/* Fills a slot as journal.h says; durable after ts_box_commit(). */
int ts_box_fill(struct ts_box *box, const struct ts_journal_slot *slot, struct ts_err *err);
/* Has something been filled since the last commit? */
bool ts_box_is_dirty(const struct ts_box *box);
int ts_box_commit(struct ts_box *box, struct ts_err *err);
/* Calls `each` for the filled slots by credential. */
int ts_box_each(struct ts_box *box,
                int (*each)(void *ctx, const struct ts_journal_box *info,
                            const struct ts_journal_slot *slot, struct ts_err *err),
                void *ctx, struct ts_err *err);

/* Writes the sorted copy and makes it durable. */
int ts_box_write_closed(struct ts_box *box, const char *dir, const char *vfs, struct ts_err *err);
/* Looks for the complete copy of info->uuid and fills the rest of *info. 1: none, or never
 * finished. */
int ts_box_find_closed(const char *dir, const char *vfs, struct ts_journal_box *info,
                       struct ts_err *err);
/* Reads a sorted copy with a connection of its own; journal.h has the rest. */
int ts_box_read(const char *dir, const char *vfs, const struct ts_id *uuid,
                int (*slot)(void *ctx, const struct ts_journal_slot *slot, struct ts_err *err),
                void *ctx, struct ts_err *err);

#endif
