/* ts_text_*: what the protocol needs of Unicode. Without utf8proc, so that tongsheng-verify does
 * not have to link it. */
#include "proto/base/text.h"

/* The length of plain ASCII without NUL at the beginning: eight bytes at once, or one, or none. */
static size_t ascii_length(struct ts_str s)
{
    const uint64_t high = 0x8080808080808080u, low = 0x0101010101010101u;
    uint64_t eight;
    if (s.len >= sizeof eight) {
        memcpy(&eight, s.ptr, sizeof eight);
        if ((eight & high) == 0 && ((eight - low) & high) == 0)
            return sizeof eight;
    }
    return s.len > 0 && s.ptr[0] > 0;
}

/* The length of the sequence of two to four bytes at the beginning, 0 when it is malformed: too
 * long for its code point, a surrogate, or beyond U+10FFFF (RFC 3629). */
static size_t sequence_length(struct ts_str s)
{
    const uint8_t *b = (const uint8_t *)s.ptr;
    size_t len = b[0] >= 0xf0 ? 4 : b[0] >= 0xe0 ? 3 : 2;
    /* What the first byte leaves open for the second. */
    uint8_t least = b[0] == 0xe0 ? 0xa0 : b[0] == 0xf0 ? 0x90 : 0x80;
    uint8_t most = b[0] == 0xed ? 0x9f : b[0] == 0xf4 ? 0x8f : 0xbf;
    if (b[0] < 0xc2 || b[0] > 0xf4 || s.len < len || b[1] < least || b[1] > most)
        return 0;
    for (size_t i = 2; i < len; i++) {
        if (b[i] < 0x80 || b[i] > 0xbf)
            return 0;
    }
    return len;
}

bool ts_text_is_utf8(struct ts_str s)
{
    while (s.len > 0) {
        size_t len = ascii_length(s);
        if (len == 0)
            len = sequence_length(s);
        if (len == 0)
            return false;
        s.ptr += len;
        s.len -= len;
    }
    return true;
}

uint32_t ts_text_next(struct ts_str *rest)
{
    const uint8_t *b = (const uint8_t *)rest->ptr;
    size_t len = b[0] < 0x80 ? 1 : b[0] >= 0xf0 ? 4 : b[0] >= 0xe0 ? 3 : 2;
    uint32_t point = len == 1 ? b[0] : b[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++)
        point = point << 6 | (b[i] & 0x3f);
    rest->ptr += len;
    rest->len -= len;
    return point;
}

size_t ts_text_points(struct ts_str s)
{
    size_t count = 0;
    for (; s.len > 0; count++)
        ts_text_next(&s);
    return count;
}

bool ts_text_is_han(uint32_t point)
{
    return point == 0x3007 || (point >= 0x3400 && point <= 0x4dbf) ||
           (point >= 0x4e00 && point <= 0x9fff) || (point >= 0xf900 && point <= 0xfaff) ||
           (point >= 0x20000 && point <= 0x3ffff);
}
