#include "proto/base/id.h"

#include "proto/base/codec.h"

/* The number is divided by 58 again and again; the remainders are the digits. */
struct ts_id ts_id_from_random(const uint8_t random[static 32])
{
    struct ts_id id;
    uint8_t number[32];
    memcpy(number, random, sizeof number);
    for (size_t digit = 0; digit < TS_ID_LEN; digit++) {
        unsigned rest = 0;
        for (size_t i = 0; i < sizeof number; i++) {
            unsigned part = rest * 256 + number[i];
            number[i] = (uint8_t)(part / 58);
            rest = part % 58;
        }
        id.s[digit] = ts_base58_digit(rest);
    }
    id.s[TS_ID_LEN] = '\0';
    return id;
}

int ts_id_parse(struct ts_id *out, struct ts_str s)
{
    if (s.len < TS_ID_MIN || s.len > TS_ID_LEN || !ts_base58_is(s))
        return -1;
    memset(out, 0, sizeof *out);
    memcpy(out->s, s.ptr, s.len);
    return 0;
}

struct ts_str ts_id_str(const struct ts_id *id)
{
    return ts_str_of(id->s);
}

bool ts_id_equal(const struct ts_id *a, const struct ts_id *b)
{
    return strcmp(a->s, b->s) == 0;
}

bool ts_id_is_none(const struct ts_id *id)
{
    return id->s[0] == '\0';
}
