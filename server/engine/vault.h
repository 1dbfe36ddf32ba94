/*
 * Content that may have to be erased (DESIGN 10.7, LG-12): texts, names, roster rows. Each item is
 * sealed under a random key of its own; the journal holds only its id and hash. The plaintexts of
 * all items that were not erased are kept in memory, because every view is made of them.
 */
#ifndef TS_ENGINE_VAULT_H
#define TS_ENGINE_VAULT_H

#include "proto/base/map.h"
#include "server/engine/ports.h"

/* Zero-initialise; release with ts_vault_free(). */
struct ts_vault {
    struct ts_map items; /* id -> struct ts_vault_item */
    size_t bytes;        /* of plaintext */
};

/* XChaCha20-Poly1305-IETF over the text with the id as additional data; key, nonce are drawn by
 * the caller. `out->sealed` lies in the arena. */
void ts_vault_seal(struct ts_store_content *out, const struct ts_id *id, struct ts_str text,
                   const uint8_t key[static 32], const uint8_t nonce[static 24],
                   struct ts_arena *arena);
/* H("tongsheng-content-1|" nonce sealed) in hex, as the journal holds it; NUL-terminated. */
void ts_vault_hash(char out[static 65], const struct ts_store_content *content);

/* Opens a stored item and keeps its text. -1: "content.damaged" (not what was sealed). */
int ts_vault_load(struct ts_vault *vault, const struct ts_store_content *stored,
                  struct ts_err *err);
/* Keeps the text of an item that was just sealed. */
void ts_vault_keep(struct ts_vault *vault, const struct ts_store_content *stored,
                   struct ts_str text);
/* The text; ptr NULL: erased or never there. Valid until the item is erased. */
struct ts_str ts_vault_text(const struct ts_vault *vault, const struct ts_id *id);
/* The hash as the journal holds it, "" if the item is not there. */
const char *ts_vault_hash_of(const struct ts_vault *vault, const struct ts_id *id);
/* Wipes and forgets the text; harmless when it is not there. */
void ts_vault_erase(struct ts_vault *vault, const struct ts_id *id);
/* Order-independent hash over all items, for the state hash. */
void ts_vault_digest(const struct ts_vault *vault, uint8_t out[static 32]);
void ts_vault_free(struct ts_vault *vault);

#endif
