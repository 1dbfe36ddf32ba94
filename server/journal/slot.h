/*
 * One slot of a ballot box as it stands in the file (docs/journal.md section 8): 104 bytes of head,
 * the ballot, and in an open box zeros up to the fixed size.
 */
#ifndef TS_SERVER_JOURNAL_SLOT_H
#define TS_SERVER_JOURNAL_SLOT_H

#include "server/journal/journal.h"

#define TS_SLOT_HEAD 104

/* Size of a slot of an open box. */
size_t ts_slot_size(uint32_t ballot_max);
/* Replaces *out by the slot, filled with zeros up to `size` (0: as long as it is). */
void ts_slot_write(struct ts_buf *out, const struct ts_id *uuid, const struct ts_journal_slot *slot,
                   size_t size);
/* Checks everything; `size`: what its length must be, 0: no zeros behind the ballot. The ballot
 * points into the row. -1: damaged. */
int ts_slot_read(struct ts_journal_slot *out, const struct ts_id *uuid, struct ts_bytes row,
                 size_t size);

#endif
