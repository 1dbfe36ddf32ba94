/*
 * Signed messages of the key ceremony (PROTOCOL.md section 4.1): a text and a proof of knowledge of
 * the signing key under the prefix `sigmsg|` text `|`.
 */
#ifndef TS_BALLOT_SIGNED_H
#define TS_BALLOT_SIGNED_H

#include "proto/ballot/zkp.h"
#include "proto/base/arena.h"

struct ts_signed {
    struct ts_str message;
    struct ts_proof signature;
};

/* A signature alone: over a message that everyone can make up. */
void ts_signed_prove(struct ts_proof *out, struct ts_str message, const struct ts_scalar *secret,
                     struct ts_drbg *rng);
bool ts_signed_verify(const struct ts_proof *signature, struct ts_str message,
                      const struct ts_point *key);

/* {"message":S,"signature":PROOF} */
void ts_signed_write(struct ts_json_writer *w, const struct ts_signed *s);
/* The message is copied into the arena. Code: signed.form. */
int ts_signed_read(struct ts_signed *out, const struct ts_json *v, struct ts_arena *arena,
                   struct ts_err *err);

#endif
