/*
 * Event records of a Belenios archive: the hash chain that fixes which records exist and in which
 * order (PROTOCOL.md section 11). The journal's own events are proto/wire/event.h.
 */
#ifndef TS_BALLOT_EVENT_H
#define TS_BALLOT_EVENT_H

#include "proto/ballot/digest.h"
#include "proto/base/err.h"

enum ts_event_type {
    TS_EVENT_SETUP,
    TS_EVENT_BALLOT,
    TS_EVENT_END_BALLOTS,
    TS_EVENT_ENCRYPTED_TALLY,
    TS_EVENT_PARTIAL_DECRYPTION,
    TS_EVENT_RESULT,
    TS_EVENT_TYPES
};

struct ts_archive_event {
    enum ts_event_type type;
    int64_t height;           /* from 0 */
    struct ts_digest parent;  /* of the event record before; none at height 0 */
    struct ts_digest payload; /* none for EndBallots */
};

/* "Setup", "Ballot", ... */
const char *ts_event_name(enum ts_event_type type);
/* Appends the canonical record. */
void ts_event_write(struct ts_buf *out, const struct ts_archive_event *event);
/* Accepts the canonical record only (code "event.record"; "event.type" for types that homomorphic
 * elections do not have). */
int ts_event_read(struct ts_archive_event *out, struct ts_str record, struct ts_err *err);

#endif
