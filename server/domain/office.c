#include "server/domain/office.h"

#include <sodium.h>

void ts_office_code(uint8_t code[static TS_OFFICE_CODE_BYTES],
                    void (*sign)(void *ctx, uint8_t signature[static 64], const uint8_t *message,
                                 size_t len),
                    void *sign_ctx, const struct ts_id *card)
{
    static const char domain[] = "tongsheng-office-card-1|";
    uint8_t message[sizeof domain - 1 + TS_ID_LEN], signature[64];
    memcpy(message, domain, sizeof domain - 1);
    memcpy(message + sizeof domain - 1, card->s, TS_ID_LEN);
    sign(sign_ctx, signature, message, sizeof message);
    crypto_hash_sha256(code, signature, sizeof signature);
    sodium_memzero(signature, sizeof signature);
}

void ts_office_code_hash(uint8_t hash[static 32], const uint8_t code[static TS_OFFICE_CODE_BYTES])
{
    crypto_hash_sha256(hash, code, TS_OFFICE_CODE_BYTES);
}
