/*
 * The server's Ed25519 key: what kiosks pin, and what signs packages, acknowledgements, closing
 * statements and checkpoints. A file with the seed in hex, made at the first start.
 */
#ifndef TS_KEY_H
#define TS_KEY_H

#include "proto/base/err.h"

/* Reads dir/server.key, or makes it (mode 0600, synced before it is used). `secret` is libsodium's
 * form; wipe it after use. Codes: key.file (cannot be read or made), key.mode (others may read it),
 * key.damaged. */
int ts_key_load(uint8_t secret[static 64], const char *dir, struct ts_err *err);

#endif
