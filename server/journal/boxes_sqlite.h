/* The ballot boxes (BALLOT.md section 4; docs/journal.md section 8): one SQLite file per poll while
 * it is open, a sorted copy after closing. Used by one thread at a time. */
#ifndef TS_SERVER_JOURNAL_BOXES_SQLITE_H
#define TS_SERVER_JOURNAL_BOXES_SQLITE_H

#include "proto/base/map.h"
#include "server/journal/batch.h"

struct ts_boxes {
    char dir[1024];
    const char *vfs;
    struct ts_map open; /* uuid -> struct ts_box, owned */
};

/* Makes the directory `dir`/boxes if missing. */
int ts_boxes_open(struct ts_boxes *boxes, const char *dir, const char *vfs, struct ts_err *err);
void ts_boxes_close(struct ts_boxes *boxes);
/* Opens and checks every box there is, hands them over as journal.h says, and finishes closings
 * that a crash interrupted. */
int ts_boxes_load(struct ts_boxes *boxes, const struct ts_journal_reader *reader,
                  struct ts_err *err);

/* Creates or fills; a filling is durable after ts_boxes_commit(). */
int ts_boxes_apply(struct ts_boxes *boxes, const struct ts_batch_op *op, struct ts_err *err);
/* Everything that was filled, the boxes side by side, each on a thread; all have ended on return.
 */
int ts_boxes_commit(struct ts_boxes *boxes, struct ts_err *err);
/* Closes or drops; durable on return. */
int ts_boxes_finish(struct ts_boxes *boxes, const struct ts_batch_op *op, struct ts_err *err);

#endif
