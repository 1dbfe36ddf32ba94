/*
 * Which tally of an election this station has decrypted, DIR/opened/UUID (store.h): written before
 * the partial decryption leaves the station, kept for ever. A second tally of the same election is
 * never served; the same one is served with the very same record (BALLOT 8).
 */
#ifndef TS_KIOSK_OPENED_H
#define TS_KIOSK_OPENED_H

#include "proto/ballot/digest.h"
#include "proto/base/err.h"
#include "proto/base/id.h"

#define TS_OPENED_RECORD_MAX 200000u /* bytes; what poll.partial carries */

/* What is decrypted, and by whom. */
struct ts_opened {
    struct ts_digest tally; /* hash of the EncryptedTally event */
    struct ts_digest k;     /* of the closing statement */
    uint32_t owner;         /* the keeper's number */
};

/* 0: nothing of this election was served. 1: just this was; *record gets the record that was made
 * (appended). -1: opening.served (another tally, statement or keeper; also a file that cannot be
 * understood), store.disk. */
int ts_opened_read(const char *dir, const struct ts_id *uuid, const struct ts_opened *now,
                   struct ts_buf *record, struct ts_err *err);
/* Remembers, durably. Only after ts_opened_read() gave 0. Code: store.disk. */
int ts_opened_write(const char *dir, const struct ts_id *uuid, const struct ts_opened *now,
                    struct ts_str record, struct ts_err *err);

#endif
