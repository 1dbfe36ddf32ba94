#include "proto/ballot/digest.h"

#include <sodium.h>

#include "proto/base/codec.h"

struct ts_digest ts_digest_of(struct ts_str s)
{
    struct ts_digest d;
    crypto_hash_sha256(d.b, (const uint8_t *)s.ptr, s.len);
    return d;
}

bool ts_digest_equal(const struct ts_digest *a, const struct ts_digest *b)
{
    return memcmp(a->b, b->b, TS_DIGEST_BYTES) == 0;
}

void ts_digest_hex(char out[static TS_DIGEST_HEX + 1], const struct ts_digest *d)
{
    ts_hex_encode(out, d->b, TS_DIGEST_BYTES);
}

void ts_digest_base64(char out[static TS_DIGEST_BASE64 + 1], const struct ts_digest *d)
{
    ts_base64_encode32(out, d->b);
}

int ts_digest_from_hex(struct ts_digest *out, struct ts_str s)
{
    return ts_hex_decode(out->b, TS_DIGEST_BYTES, s);
}
