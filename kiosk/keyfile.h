/*
 * Key cards as files, on whatever the keeper carries away (a USB stick). A card is first written as
 * FILE.new, when the station is about to confirm the set-up; it becomes FILE when every keeper has
 * confirmed. So neither a power cut nor an aborted round leaves a keeper with the wrong card, and
 * an existing card is never overwritten.
 *
 * Cards are secret: keep them in guarded memory.
 */
#ifndef TS_KIOSK_KEYFILE_H
#define TS_KIOSK_KEYFILE_H

#include "kiosk/keycard.h"

#define TS_KEYFILE_PATH_MAX 512

/* 1: there is such a file, 0: there is none, -1: store.disk. */
int ts_keyfile_exists(const char *file, struct ts_err *err);
/* Writes FILE.new (mode 0600), durably; replaces an older FILE.new. Code: store.disk. */
int ts_keyfile_prepare(const char *file, const struct ts_keycard *card, struct ts_err *err);
/* FILE.new becomes FILE, durably. Codes: keycard.exists, store.disk. */
int ts_keyfile_publish(const char *file, struct ts_err *err);
/* Removes FILE.new; 0 also when there is none. Code: store.disk. */
int ts_keyfile_discard(const char *file, struct ts_err *err);

/* Reads FILE, or FILE.new when `prepared`. 1: *out is the card; 0: no such file; -1: keycard.form,
 * store.disk. */
int ts_keyfile_read(struct ts_keycard *out, const char *file, bool prepared, struct ts_err *err);

#endif
