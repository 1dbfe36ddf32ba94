#include "proto/ballot/receipt.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#define OPERATIONS 2
#define MEMORY_BYTES (32u << 20)
#define TWELVE_DIGITS UINT64_C(1000000000000)

/* 16 bytes, big-endian, modulo 10^12. */
static uint64_t reduce(const uint8_t bytes[static 16])
{
    uint64_t n = 0;
    for (int i = 0; i < 16; i++)
        n = (n << 8 | bytes[i]) % TWELVE_DIGITS;
    return n;
}

void ts_receipt_code(char out[static TS_RECEIPT_LEN + 1], struct ts_str hash, struct ts_str phi)
{
    struct ts_buf password = {0};
    ts_buf_append_str(&password, TS_STR("tongsheng-receipt-1|"));
    ts_buf_append_str(&password, hash);
    uint8_t salt[crypto_hash_sha256_BYTES], key[32];
    crypto_hash_sha256(salt, (const uint8_t *)phi.ptr, phi.len);
    if (crypto_pwhash_argon2id(key, sizeof key, (const char *)password.ptr, password.len, salt,
                               OPERATIONS, MEMORY_BYTES, crypto_pwhash_argon2id_ALG_ARGON2ID13))
        abort(); /* no memory */
    ts_buf_free(&password);
    uint64_t n = reduce(key);
    snprintf(out, TS_RECEIPT_LEN + 1, "%04u-%04u-%04u", (unsigned)(n / 100000000 % 10000),
             (unsigned)(n / 10000 % 10000), (unsigned)(n % 10000));
}
