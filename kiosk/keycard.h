/*
 * A key card (BALLOT 8): what a keeper carries in its pocket between the set-up and the opening.
 * Canonical JSON, secret: {"tongsheng":"key-card-1","meeting":ID,"owner":N,"share":SCALAR,
 * "trustees":HASH}. Kept in guarded memory while it is used.
 */
#ifndef TS_KIOSK_KEYCARD_H
#define TS_KIOSK_KEYCARD_H

#include "proto/ballot/digest.h"
#include "proto/ballot/scalar.h"
#include "proto/base/err.h"
#include "proto/base/id.h"

#define TS_KEYCARD_BYTES_MAX 512

struct ts_keycard {
    struct ts_id meeting;
    uint32_t owner; /* from 1 */
    struct ts_scalar share;
    struct ts_digest trustees; /* SHA-256 of the trustees record */
};

/* Appends; wipe the buffer after use. */
void ts_keycard_write(struct ts_buf *out, const struct ts_keycard *card);
/* Code: keycard.form. */
int ts_keycard_read(struct ts_keycard *out, struct ts_str text, struct ts_err *err);

#endif
