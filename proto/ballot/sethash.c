#include "proto/ballot/sethash.h"

#include <assert.h>
#include <sodium.h>

#include "proto/base/codec.h"

static const char domain[] = "tongsheng-set-1|";

void ts_sethash_add(struct ts_sethash *set, const struct ts_digest *signature_hash)
{
    char text[TS_DIGEST_BASE64 + 1];
    uint8_t wide[crypto_hash_sha512_BYTES];
    uint8_t point[TS_SETHASH_BYTES];
    crypto_hash_sha512_state state;
    ts_digest_base64(text, signature_hash);
    crypto_hash_sha512_init(&state);
    crypto_hash_sha512_update(&state, (const uint8_t *)domain, sizeof domain - 1);
    crypto_hash_sha512_update(&state, (const uint8_t *)text, TS_DIGEST_BASE64);
    crypto_hash_sha512_final(&state, wide);
    crypto_core_ristretto255_from_hash(point, wide);
    /* Fails only for invalid encodings, of which we make none. */
    int rc = crypto_core_ristretto255_add(set->b, set->b, point);
    assert(rc == 0);
    (void)rc;
}

int ts_sethash_join(struct ts_sethash *set, const struct ts_sethash *other)
{
    return crypto_core_ristretto255_add(set->b, set->b, other->b);
}

bool ts_sethash_equal(const struct ts_sethash *a, const struct ts_sethash *b)
{
    return memcmp(a->b, b->b, TS_SETHASH_BYTES) == 0;
}

void ts_sethash_hex(char out[static TS_SETHASH_HEX + 1], const struct ts_sethash *set)
{
    ts_hex_encode(out, set->b, TS_SETHASH_BYTES);
}

int ts_sethash_from_hex(struct ts_sethash *out, struct ts_str s)
{
    struct ts_sethash zero = {0};
    if (ts_hex_decode(out->b, TS_SETHASH_BYTES, s))
        return -1;
    /* Adding the identity decodes without changing; refuses what is no point. */
    return crypto_core_ristretto255_add(zero.b, zero.b, out->b);
}
