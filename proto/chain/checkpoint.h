/*
 * A signed checkpoint: the server's word that a stream had this head at this seq (docs/journal.md,
 * section 4). Kept on kiosks and paper, so that nobody can rewrite the journal behind it.
 */
#ifndef TS_CHAIN_CHECKPOINT_H
#define TS_CHAIN_CHECKPOINT_H

#include "proto/chain/record.h"
#include "proto/json/json.h"

#define TS_CHECKPOINT_MINUTE_MS 60000
/* No checkpoint's text is longer. */
#define TS_CHECKPOINT_TEXT_MAX 1024

struct ts_checkpoint {
    struct ts_id stream;
    int64_t seq;
    struct ts_record_hash head;
    int64_t at_ms;   /* UTC, a whole minute */
    uint8_t key[32]; /* Ed25519 public key of the signer */
    uint8_t sig[64];
};

/* Fills key and sig from the 64-byte secret key (libsodium's form); the other fields are the
 * caller's. at_ms is rounded down to the minute. */
void ts_checkpoint_sign(struct ts_checkpoint *cp, const uint8_t secret_key[static 64]);
/* Code checkpoint.signature. Whether cp->key is the key of our server is for the caller to say. */
int ts_checkpoint_verify(const struct ts_checkpoint *cp, struct ts_err *err);

/* Appends the canonical JSON, one object. */
void ts_checkpoint_write(struct ts_buf *out, const struct ts_checkpoint *cp);
/* Reads it back (shape only; then verify). Codes json.*, checkpoint.shape. */
int ts_checkpoint_parse(struct ts_checkpoint *out, struct ts_str text, struct ts_err *err);
int ts_checkpoint_from_json(struct ts_checkpoint *out, const struct ts_json *v, struct ts_err *err);

#endif
