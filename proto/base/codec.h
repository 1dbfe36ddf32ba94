/* Text codings. Decoders are strict (exact length and alphabet) and return 0 or -1. */
#ifndef TS_BASE_CODEC_H
#define TS_BASE_CODEC_H

#include "proto/base/bytes.h"

/* Lower-case hex; out holds 2*len + 1 characters, NUL-terminated. */
void ts_hex_encode(char *out, const uint8_t *in, size_t len);
/* Accepts lower-case only; s must be exactly 2*len digits. */
int ts_hex_decode(uint8_t *out, size_t len, struct ts_str s);

/* Standard alphabet without padding ("base64 compact", Belenios): 43 characters for 32 bytes.
 * out holds the text and NUL. */
#define TS_BASE64_32 43
void ts_base64_encode32(char out[static TS_BASE64_32 + 1], const uint8_t in[static 32]);
/* Refuses padding and non-zero spare bits. */
int ts_base64_decode32(uint8_t out[static 32], struct ts_str s);
/* Any length, unpadded; both append to out. After a failed decode out is as it was. */
void ts_base64_encode(struct ts_buf *out, struct ts_bytes in);
int ts_base64_decode(struct ts_buf *out, struct ts_str s);

/* Base58 (Bitcoin's alphabet). */
bool ts_base58_is(struct ts_str s);
/* The digit with value v (0..57). */
char ts_base58_digit(unsigned v);

/* Plain decimal without sign or leading zeros, 0..2^63-1. */
int ts_decimal_decode(int64_t *out, struct ts_str s);

#endif
