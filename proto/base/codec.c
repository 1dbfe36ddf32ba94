/* libsodium's coders, which take the same time for every value: keys pass through here too. */
#include "proto/base/codec.h"

#include <assert.h>
#include <sodium.h>

static const char base58_digits[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

void ts_hex_encode(char *out, const uint8_t *in, size_t len)
{
    sodium_bin2hex(out, len * 2 + 1, in, len);
}

int ts_hex_decode(uint8_t *out, size_t len, struct ts_str s)
{
    if (len > SIZE_MAX / 2 || s.len != len * 2)
        return -1;
    for (size_t i = 0; i < s.len; i++) /* sodium_hex2bin would take capitals as well */
        if (s.ptr[i] >= 'A' && s.ptr[i] <= 'F')
            return -1;
    return s.len == 0 ? 0 : sodium_hex2bin(out, len, s.ptr, s.len, NULL, NULL, NULL);
}

void ts_base64_encode32(char out[static TS_BASE64_32 + 1], const uint8_t in[static 32])
{
    sodium_bin2base64(out, TS_BASE64_32 + 1, in, 32, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
}

int ts_base64_decode32(uint8_t out[static 32], struct ts_str s)
{
    if (s.len != TS_BASE64_32)
        return -1;
    return sodium_base642bin(out, 32, s.ptr, s.len, NULL, NULL, NULL,
                             sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
}

void ts_base64_encode(struct ts_buf *out, struct ts_bytes in)
{
    const int variant = sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
    if (in.len == 0)
        return;
    size_t room = sodium_base64_encoded_len(in.len, variant); /* with NUL */
    ts_buf_reserve(out, room);
    sodium_bin2base64((char *)out->ptr + out->len, room, in.ptr, in.len, variant);
    out->len += room - 1;
}

int ts_base64_decode(struct ts_buf *out, struct ts_str s)
{
    size_t room = s.len / 4 * 3 + 3, len = 0;
    if (s.len == 0)
        return 0;
    ts_buf_reserve(out, room);
    if (sodium_base642bin(out->ptr + out->len, room, s.ptr, s.len, NULL, &len, NULL,
                          sodium_base64_VARIANT_ORIGINAL_NO_PADDING) != 0)
        return -1;
    out->len += len;
    return 0;
}

bool ts_base58_is(struct ts_str s)
{
    unsigned good = 1; /* without a search per digit: replay checks millions of identifiers */
    for (size_t i = 0; i < s.len; i++) {
        unsigned c = (unsigned char)s.ptr[i], upper = c - 'A', lower = c - 'a';
        good &= (unsigned)(c - '1' < 9u) |
                ((unsigned)(upper < 26u) & (unsigned)(c != 'I') & (unsigned)(c != 'O')) |
                ((unsigned)(lower < 26u) & (unsigned)(c != 'l'));
    }
    return good != 0;
}

char ts_base58_digit(unsigned v)
{
    assert(v < sizeof base58_digits - 1);
    return base58_digits[v];
}

int ts_decimal_decode(int64_t *out, struct ts_str s)
{
    int64_t n = 0;
    if (s.len == 0 || (s.len > 1 && s.ptr[0] == '0'))
        return -1;
    for (size_t i = 0; i < s.len; i++) {
        int digit = s.ptr[i] - '0';
        if (digit < 0 || digit > 9 || n > (INT64_MAX - digit) / 10)
            return -1;
        n = n * 10 + digit;
    }
    *out = n;
    return 0;
}
