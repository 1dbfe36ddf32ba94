#include "proto/ballot/drbg.h"

#include <assert.h>
#include <sodium.h>

static const char domain[] = "tongsheng-drbg-1|";

void ts_drbg_init(struct ts_drbg *rng, const uint8_t entropy[static TS_DRBG_ENTROPY],
                  struct ts_bytes context)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, entropy, TS_DRBG_ENTROPY, sizeof rng->key);
    crypto_generichash_update(&state, (const uint8_t *)domain, sizeof domain - 1);
    crypto_generichash_update(&state, context.ptr, context.len);
    crypto_generichash_final(&state, rng->key, sizeof rng->key);
    sodium_memzero(&state, sizeof state);
    rng->counter = 0;
}

/* Block i = BLAKE2b-512(key, i as 8 bytes little-endian). */
static void next_block(struct ts_drbg *rng, uint8_t out[static 64])
{
    uint8_t counter[8];
    for (int i = 0; i < 8; i++)
        counter[i] = (uint8_t)(rng->counter >> 8 * i);
    rng->counter++;
    crypto_generichash(out, 64, counter, sizeof counter, rng->key, sizeof rng->key);
}

void ts_drbg_bytes(struct ts_drbg *rng, uint8_t *out, size_t len)
{
    uint8_t block[64];
    while (len > 0) {
        size_t take = len < sizeof block ? len : sizeof block;
        next_block(rng, block);
        memcpy(out, block, take);
        out += take;
        len -= take;
    }
    sodium_memzero(block, sizeof block);
}

void ts_drbg_scalar(struct ts_drbg *rng, struct ts_scalar *out)
{
    uint8_t block[64];
    next_block(rng, block);
    ts_scalar_from_uniform(out, block);
    sodium_memzero(block, sizeof block);
}

uint32_t ts_drbg_below(struct ts_drbg *rng, uint32_t bound)
{
    assert(bound > 0);
    uint32_t excess = (uint32_t)(0u - bound) % bound; /* 2^32 mod bound */
    uint32_t n;
    do {
        uint8_t bytes[4];
        ts_drbg_bytes(rng, bytes, sizeof bytes);
        n = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
            (uint32_t)bytes[3] << 24;
    } while (n < excess);
    return n % bound;
}

void ts_drbg_wipe(struct ts_drbg *rng)
{
    sodium_memzero(rng, sizeof *rng);
}
