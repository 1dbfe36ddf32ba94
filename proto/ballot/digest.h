/*
 * SHA-256 of published bytes, in the two spellings of Belenios: lower-case hex ("hash": event
 * chain, record names) and unpadded Base64 ("base64 compact": fingerprints, trackers).
 */
#ifndef TS_BALLOT_DIGEST_H
#define TS_BALLOT_DIGEST_H

#include "proto/base/bytes.h"

#define TS_DIGEST_BYTES 32
#define TS_DIGEST_HEX 64
#define TS_DIGEST_BASE64 43

struct ts_digest {
    uint8_t b[TS_DIGEST_BYTES];
};

struct ts_digest ts_digest_of(struct ts_str s);
bool ts_digest_equal(const struct ts_digest *a, const struct ts_digest *b);
/* NUL-terminated text. */
void ts_digest_hex(char out[static TS_DIGEST_HEX + 1], const struct ts_digest *d);
void ts_digest_base64(char out[static TS_DIGEST_BASE64 + 1], const struct ts_digest *d);
/* Exactly 64 lower-case digits, else -1. */
int ts_digest_from_hex(struct ts_digest *out, struct ts_str s);

#endif
