#include "proto/wire/card.h"

#include <assert.h>

#include "proto/base/codec.h"

static const char *const prefixes[] = {
    [TS_CARD_OFFICE] = "TS1.card.",
    [TS_CARD_KEYS] = "TS1.keys.",
};
#define PREFIX_LEN 9

void ts_card_format(char out[static TS_CARD_TEXT_MAX + 1], enum ts_card_kind kind,
                    const uint8_t code[static TS_CARD_BYTES])
{
    uint8_t left[TS_CARD_BYTES];
    assert(kind == TS_CARD_OFFICE || kind == TS_CARD_KEYS);
    memcpy(left, code, sizeof left);
    memcpy(out, prefixes[kind], PREFIX_LEN);
    for (size_t digit = TS_CARD_DIGITS; digit-- > 0;) {
        unsigned rest = 0;
        for (size_t i = 0; i < sizeof left; i++) {
            rest = rest << 8 | left[i];
            left[i] = (uint8_t)(rest / 58);
            rest %= 58;
        }
        out[PREFIX_LEN + digit] = ts_base58_digit(rest);
    }
    out[TS_CARD_TEXT_MAX] = '\0';
}

static int digit_value(char c)
{
    for (unsigned v = 0; v < 58; v++)
        if (ts_base58_digit(v) == c)
            return (int)v;
    return -1;
}

enum ts_card_kind ts_card_parse(uint8_t code[static TS_CARD_BYTES], struct ts_str text)
{
    if (text.len == TS_CARD_TEXT_MAX + 1 && text.ptr[TS_CARD_TEXT_MAX] == '\r')
        text.len--;
    if (text.len != TS_CARD_TEXT_MAX)
        return TS_CARD_NONE;
    memset(code, 0, TS_CARD_BYTES);
    for (size_t at = PREFIX_LEN; at < text.len; at++) {
        int value = digit_value(text.ptr[at]);
        if (value < 0)
            return TS_CARD_NONE;
        unsigned carry = (unsigned)value;
        for (size_t i = TS_CARD_BYTES; i-- > 0;) {
            carry += code[i] * 58u;
            code[i] = (uint8_t)carry;
            carry >>= 8;
        }
        if (carry != 0)
            return TS_CARD_NONE;
    }
    for (int kind = TS_CARD_OFFICE; kind <= TS_CARD_KEYS; kind++)
        if (memcmp(text.ptr, prefixes[kind], PREFIX_LEN) == 0)
            return (enum ts_card_kind)kind;
    return TS_CARD_NONE;
}
