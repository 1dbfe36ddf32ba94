#include "server/engine/vault.h"

#include <assert.h>
#include <stdlib.h>

#include <sodium.h>

#include "proto/base/codec.h"

#define PREFIX "tongsheng-content-1|"

struct ts_vault_item {
    char hash[65];
    size_t len;
    char text[]; /* len bytes */
};

void ts_vault_seal(struct ts_store_content *out, const struct ts_id *id, struct ts_str text,
                   const uint8_t key[static 32], const uint8_t nonce[static 24],
                   struct ts_arena *arena)
{
    *out = (struct ts_store_content){.id = *id};
    memcpy(out->key, key, sizeof out->key);
    memcpy(out->nonce, nonce, sizeof out->nonce);
    uint8_t *sealed = ts_arena_alloc(arena, text.len + crypto_aead_xchacha20poly1305_ietf_ABYTES);
    unsigned long long sealed_len = 0;
    struct ts_str aad = ts_id_str(&out->id);
    crypto_aead_xchacha20poly1305_ietf_encrypt(sealed, &sealed_len, (const uint8_t *)text.ptr,
                                               text.len, (const uint8_t *)aad.ptr, aad.len, NULL,
                                               nonce, key);
    out->sealed = (struct ts_bytes){sealed, (size_t)sealed_len};
}

void ts_vault_hash(char out[static 65], const struct ts_store_content *content)
{
    crypto_generichash_state h;
    uint8_t digest[32];
    crypto_generichash_init(&h, NULL, 0, sizeof digest);
    crypto_generichash_update(&h, (const uint8_t *)PREFIX, sizeof PREFIX - 1);
    crypto_generichash_update(&h, content->nonce, sizeof content->nonce);
    crypto_generichash_update(&h, content->sealed.ptr, content->sealed.len);
    crypto_generichash_final(&h, digest, sizeof digest);
    ts_hex_encode(out, digest, sizeof digest);
}

/* Room for `len` bytes of text, which the caller fills. */
static struct ts_vault_item *item_new(const struct ts_store_content *stored, size_t len)
{
    struct ts_vault_item *item = malloc(sizeof *item + len + 1);
    if (!item)
        abort();
    ts_vault_hash(item->hash, stored);
    item->len = len;
    return item;
}

static void item_free(struct ts_vault *vault, struct ts_vault_item *item)
{
    if (!item)
        return;
    vault->bytes -= item->len;
    sodium_memzero(item->text, item->len);
    free(item);
}

static void item_put(struct ts_vault *vault, const struct ts_id *id, struct ts_vault_item *item)
{
    vault->bytes += item->len;
    item_free(vault, ts_map_put(&vault->items, ts_id_str(id), item));
}

int ts_vault_load(struct ts_vault *vault, const struct ts_store_content *stored, struct ts_err *err)
{
    if (stored->sealed.len < crypto_aead_xchacha20poly1305_ietf_ABYTES)
        return ts_err_set(err, "content.damaged", "content %s is too short", stored->id.s);
    size_t len = stored->sealed.len - crypto_aead_xchacha20poly1305_ietf_ABYTES;
    struct ts_vault_item *item = item_new(stored, len);
    struct ts_str aad = ts_id_str(&stored->id);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            (uint8_t *)item->text, NULL, NULL, stored->sealed.ptr, stored->sealed.len,
            (const uint8_t *)aad.ptr, aad.len, stored->nonce, stored->key) != 0) {
        free(item);
        return ts_err_set(err, "content.damaged", "content %s does not open under its key",
                          stored->id.s);
    }
    item_put(vault, &stored->id, item);
    return 0;
}

void ts_vault_keep(struct ts_vault *vault, const struct ts_store_content *stored,
                   struct ts_str text)
{
    struct ts_vault_item *item = item_new(stored, text.len);
    if (text.len > 0)
        memcpy(item->text, text.ptr, text.len);
    item_put(vault, &stored->id, item);
}

struct ts_str ts_vault_text(const struct ts_vault *vault, const struct ts_id *id)
{
    const struct ts_vault_item *item = ts_map_get(&vault->items, ts_id_str(id));
    return item ? (struct ts_str){item->text, item->len} : (struct ts_str){NULL, 0};
}

const char *ts_vault_hash_of(const struct ts_vault *vault, const struct ts_id *id)
{
    const struct ts_vault_item *item = ts_map_get(&vault->items, ts_id_str(id));
    return item ? item->hash : "";
}

void ts_vault_erase(struct ts_vault *vault, const struct ts_id *id)
{
    item_free(vault, ts_map_remove(&vault->items, ts_id_str(id)));
}

void ts_vault_digest(const struct ts_vault *vault, uint8_t out[static 32])
{
    /* The sum of hashes does not depend on the order in which items came in; nobody who is not
     * trusted chooses these hashes freely, so addition modulo 2^256 would do, and XOR would not
     * notice doubles. Ristretto would be the careful choice; here it only compares two replays. */
    memset(out, 0, 32);
    struct ts_str key;
    void *value;
    for (size_t i = 0; ts_map_next(&vault->items, &i, &key, &value);) {
        const struct ts_vault_item *item = value;
        uint8_t one[32];
        crypto_generichash_state h;
        crypto_generichash_init(&h, NULL, 0, sizeof one);
        crypto_generichash_update(&h, (const uint8_t *)key.ptr, key.len);
        crypto_generichash_update(&h, (const uint8_t *)item->hash, 64);
        crypto_generichash_update(&h, (const uint8_t *)item->text, item->len);
        crypto_generichash_final(&h, one, sizeof one);
        sodium_add(out, one, sizeof one);
    }
}

void ts_vault_free(struct ts_vault *vault)
{
    struct ts_str key;
    void *value;
    for (size_t i = 0; ts_map_next(&vault->items, &i, &key, &value);)
        item_free(vault, value);
    ts_map_free(&vault->items);
    *vault = (struct ts_vault){0};
}
