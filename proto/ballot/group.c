#include "proto/ballot/group.h"

#include <assert.h>
#include <sodium.h>

const struct ts_point ts_point_identity = {{1}};
const struct ts_point ts_point_base = {{0x58, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
                                        0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
                                        0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
                                        0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66}};

bool ts_point_is_identity(const struct ts_point *p)
{
    return ts_point_equal(p, &ts_point_identity);
}

bool ts_point_acceptable(const struct ts_point *p)
{
    return ts_point_is_identity(p) || crypto_core_ed25519_is_valid_point(p->b) == 1;
}

bool ts_point_equal(const struct ts_point *a, const struct ts_point *b)
{
    return sodium_memcmp(a->b, b->b, sizeof a->b) == 0;
}

int ts_point_compare(const struct ts_point *a, const struct ts_point *b)
{
    return memcmp(a->b, b->b, sizeof a->b);
}

void ts_point_text(char out[static TS_POINT_TEXT + 1], const struct ts_point *p)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < sizeof p->b; i++) {
        uint8_t byte = p->b[sizeof p->b - 1 - i];
        out[2 * i] = digits[byte >> 4];
        out[2 * i + 1] = digits[byte & 15];
    }
    out[TS_POINT_TEXT] = '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int ts_point_parse(struct ts_point *out, struct ts_str text)
{
    if (text.len != TS_POINT_TEXT)
        return -1;
    struct ts_point p;
    for (size_t i = 0; i < sizeof p.b; i++) {
        int high = hex_value(text.ptr[2 * i]), low = hex_value(text.ptr[2 * i + 1]);
        if (high < 0 || low < 0)
            return -1;
        p.b[sizeof p.b - 1 - i] = (uint8_t)(high << 4 | low);
    }
    *out = p;
    return 0;
}

void ts_point_add(struct ts_point *out, const struct ts_point *a, const struct ts_point *b)
{
    int rc = crypto_core_ed25519_add(out->b, a->b, b->b);
    assert(rc == 0);
    (void)rc;
}

void ts_point_sub(struct ts_point *out, const struct ts_point *a, const struct ts_point *b)
{
    int rc = crypto_core_ed25519_sub(out->b, a->b, b->b);
    assert(rc == 0);
    (void)rc;
}

void ts_point_mul_base(struct ts_point *out, const struct ts_scalar *s)
{
    /* It reports an error for s = 0, but writes the identity, which is what we want. Not looking at
     * the report keeps this free of branches on s. */
    int rc = crypto_scalarmult_ed25519_base_noclamp(out->b, s->b);
    (void)rc;
}

int ts_point_mul(struct ts_point *out, const struct ts_point *p, const struct ts_scalar *s)
{
    /* libsodium refuses the identity, unacceptable points, and a result that is the identity. Of a
     * point of prime order the last means s = 0: nothing else about s decides a branch. */
    struct ts_point result = ts_point_identity;
    if (!ts_point_is_identity(p) && crypto_scalarmult_ed25519_noclamp(result.b, s->b, p->b) != 0) {
        if (!ts_point_acceptable(p))
            return -1;
        result = ts_point_identity;
    }
    *out = result;
    return 0;
}
