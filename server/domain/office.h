/*
 * The code on an office card. It is the hash of a signature by the server's key over the card's id:
 * nobody else can make it, the journal and the tables hold only its hash, and yet the server can
 * say it again to whoever granted the card and lost the answer.
 */
#ifndef TS_DOMAIN_OFFICE_H
#define TS_DOMAIN_OFFICE_H

#include "proto/base/id.h"

#define TS_OFFICE_CODE_BYTES 32

/* sign, sign_ctx: as in struct ts_env. The code is a secret: wipe it. */
void ts_office_code(uint8_t code[static TS_OFFICE_CODE_BYTES],
                    void (*sign)(void *ctx, uint8_t signature[static 64], const uint8_t *message,
                                 size_t len),
                    void *sign_ctx, const struct ts_id *card);
/* What is kept of it. */
void ts_office_code_hash(uint8_t hash[static 32], const uint8_t code[static TS_OFFICE_CODE_BYTES]);

#endif
