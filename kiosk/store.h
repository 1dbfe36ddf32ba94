/*
 * The kiosk's directory: small files, replaced as a whole and durably, and the device's key (0600).
 * Nothing about a vote is ever written here.
 *   device.key     seed of the device's Ed25519 key, hex
 *   server.key     the server's Ed25519 key, pinned at enrolment, hex
 *   kiosk.id       ours
 *   pins.txt       hashes of trustees records from key cards, one a line
 *   booth.json     the last view, so that a booth can start without the server
 *   polls/UUID.package    text and signature of a checked package
 *   queue/UUID.db  the queue (queue.h)
 *   opened/UUID    keeper station: which tally of an election was decrypted
 */
#ifndef TS_KIOSK_STORE_H
#define TS_KIOSK_STORE_H

#include "proto/base/err.h"

#define TS_STORE_PATH_MAX 512

/* Makes the directory (0700) and those in it if need be. Code: store.disk. */
int ts_store_prepare(const char *dir, struct ts_err *err);
/* Replaces DIR/NAME: written beside it, synced, renamed, directory synced. Code: store.disk. */
int ts_store_write(const char *dir, const char *name, struct ts_str content, struct ts_err *err);
/* Appends the content of DIR/NAME: 1; no such file: 0; -1: store.disk, also when it is longer than
 * max. */
int ts_store_read(const char *dir, const char *name, size_t max, struct ts_buf *out,
                  struct ts_err *err);
/* 0 also when there is none. Code: store.disk. */
int ts_store_remove(const char *dir, const char *name, struct ts_err *err);
/* DIR/NAME, NUL-terminated; asserts that it fits. */
void ts_store_path(char out[static TS_STORE_PATH_MAX], const char *dir, const char *name);

/* In sodium_malloc memory: free with sodium_free(), which wipes. */
struct ts_device_key {
    uint8_t secret[64]; /* libsodium's form */
    uint8_t public[32];
    char text[44]; /* unpadded Base64 of public */
};
/* Reads the key, or draws and writes it at the first start. Codes: store.disk, store.key (not a
 * key, or others may read the file). NULL on failure. */
struct ts_device_key *ts_store_device_key(const char *dir, struct ts_err *err);
/* The server's key of DIR/server.key: 1; none is pinned yet: 0; -1: store.disk, or store.pinned
 * (the file is there and no key: then no server is trusted until a person has put it right). */
int ts_store_server_key(const char *dir, uint8_t out[static 32], struct ts_err *err);
/* Pins it. Code: store.disk. */
int ts_store_pin_server(const char *dir, const uint8_t key[static 32], struct ts_err *err);
/* Base64 of a signature over text; NUL-terminated. */
#define TS_SIGNATURE_TEXT 86
void ts_device_sign(char out[static TS_SIGNATURE_TEXT + 1], const struct ts_device_key *key,
                    struct ts_str text);

#endif
