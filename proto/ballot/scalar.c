#include "proto/ballot/scalar.h"

#include <assert.h>
#include <sodium.h>

__extension__ typedef unsigned __int128 ts_scalar_wide;

/* L as four 64-bit limbs, lowest first. */
static const uint64_t order[4] = {UINT64_C(0x5812631a5cf5d3ed), UINT64_C(0x14def9dea2f79cd6), 0,
                                  UINT64_C(0x1000000000000000)};

#define CHUNK_DIGITS 19
static const uint64_t powers_of_ten[CHUNK_DIGITS + 1] = {
    1u,
    10u,
    100u,
    1000u,
    10000u,
    100000u,
    1000000u,
    10000000u,
    100000000u,
    1000000000u,
    10000000000u,
    100000000000u,
    1000000000000u,
    10000000000000u,
    100000000000000u,
    1000000000000000u,
    10000000000000000u,
    100000000000000000u,
    1000000000000000000u,
    10000000000000000000u,
};

static uint64_t load64(const uint8_t *bytes)
{
    uint64_t n = 0;
    for (int i = 7; i >= 0; i--)
        n = n << 8 | bytes[i];
    return n;
}

static void store64(uint8_t *bytes, uint64_t n)
{
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(n >> 8 * i);
}

struct ts_scalar ts_scalar_of(uint64_t n)
{
    struct ts_scalar s = {{0}};
    store64(s.b, n);
    return s;
}

void ts_scalar_add(struct ts_scalar *out, const struct ts_scalar *a, const struct ts_scalar *b)
{
    crypto_core_ed25519_scalar_add(out->b, a->b, b->b);
}

void ts_scalar_sub(struct ts_scalar *out, const struct ts_scalar *a, const struct ts_scalar *b)
{
    crypto_core_ed25519_scalar_sub(out->b, a->b, b->b);
}

void ts_scalar_mul(struct ts_scalar *out, const struct ts_scalar *a, const struct ts_scalar *b)
{
    crypto_core_ed25519_scalar_mul(out->b, a->b, b->b);
}

void ts_scalar_negate(struct ts_scalar *out, const struct ts_scalar *a)
{
    crypto_core_ed25519_scalar_negate(out->b, a->b);
}

void ts_scalar_invert(struct ts_scalar *out, const struct ts_scalar *a)
{
    int rc = crypto_core_ed25519_scalar_invert(out->b, a->b);
    assert(rc == 0);
    (void)rc;
}

bool ts_scalar_is_zero(const struct ts_scalar *a)
{
    return sodium_is_zero(a->b, sizeof a->b);
}

bool ts_scalar_equal(const struct ts_scalar *a, const struct ts_scalar *b)
{
    return sodium_memcmp(a->b, b->b, sizeof a->b) == 0;
}

void ts_scalar_select(struct ts_scalar *out, unsigned condition, const struct ts_scalar *a,
                      const struct ts_scalar *b)
{
    uint8_t mask = (uint8_t)(0u - (condition & 1u));
    for (size_t i = 0; i < sizeof out->b; i++)
        out->b[i] = (uint8_t)(b->b[i] ^ (mask & (a->b[i] ^ b->b[i])));
}

void ts_scalar_from_be(struct ts_scalar *out, const uint8_t *bytes, size_t len)
{
    uint8_t wide[64] = {0};
    assert(len <= sizeof wide);
    for (size_t i = 0; i < len; i++)
        wide[i] = bytes[len - 1 - i];
    crypto_core_ed25519_scalar_reduce(out->b, wide);
    sodium_memzero(wide, sizeof wide);
}

void ts_scalar_from_uniform(struct ts_scalar *out, const uint8_t bytes[static 64])
{
    crypto_core_ed25519_scalar_reduce(out->b, bytes);
}

static bool below_order(const uint64_t limbs[static 4])
{
    uint64_t borrow = 0;
    for (int i = 0; i < 4; i++)
        borrow = (uint64_t)(((ts_scalar_wide)limbs[i] - order[i] - borrow) >> 64) & 1;
    return borrow == 1;
}

bool ts_scalar_is_canonical(const uint8_t bytes[static 32])
{
    uint64_t limbs[4];
    for (int i = 0; i < 4; i++)
        limbs[i] = load64(bytes + 8 * i);
    return below_order(limbs);
}

size_t ts_scalar_text(char out[static TS_SCALAR_TEXT_MAX + 1], const struct ts_scalar *a)
{
    /* Divide by 10^19 four times: the remainders are the digits in chunks, lowest first. */
    uint64_t limbs[4], chunks[4];
    for (int i = 0; i < 4; i++)
        limbs[i] = load64(a->b + 8 * i);
    for (int c = 0; c < 4; c++) {
        uint64_t remainder = 0;
        for (int i = 3; i >= 0; i--) {
            ts_scalar_wide n = (ts_scalar_wide)remainder << 64 | limbs[i];
            limbs[i] = (uint64_t)(n / powers_of_ten[CHUNK_DIGITS]);
            remainder = (uint64_t)(n % powers_of_ten[CHUNK_DIGITS]);
        }
        chunks[c] = remainder;
    }
    char digits[TS_SCALAR_TEXT_MAX];
    for (int c = 0; c < 4; c++) {
        for (int d = CHUNK_DIGITS - 1; d >= 0; d--) {
            digits[(3 - c) * CHUNK_DIGITS + d] = (char)('0' + chunks[c] % 10);
            chunks[c] /= 10;
        }
    }
    size_t skip = 0;
    while (skip < sizeof digits - 1 && digits[skip] == '0')
        skip++;
    size_t len = sizeof digits - skip;
    memcpy(out, digits + skip, len);
    out[len] = '\0';
    sodium_memzero(digits, sizeof digits);
    sodium_memzero(limbs, sizeof limbs);
    return len;
}

int ts_scalar_parse(struct ts_scalar *out, struct ts_str text)
{
    if (text.len == 0 || text.len > TS_SCALAR_TEXT_MAX || (text.len > 1 && text.ptr[0] == '0'))
        return -1;
    /* 10^76 < 2^253: four limbs cannot overflow. */
    uint64_t limbs[4] = {0};
    for (size_t at = 0; at < text.len;) {
        size_t take = (text.len - at - 1) % CHUNK_DIGITS + 1;
        uint64_t chunk = 0;
        for (size_t i = 0; i < take; i++, at++) {
            if (text.ptr[at] < '0' || text.ptr[at] > '9')
                return -1;
            chunk = chunk * 10 + (uint64_t)(text.ptr[at] - '0');
        }
        for (int i = 0; i < 4; i++) {
            ts_scalar_wide n = (ts_scalar_wide)limbs[i] * powers_of_ten[take] + chunk;
            limbs[i] = (uint64_t)n;
            chunk = (uint64_t)(n >> 64);
        }
    }
    if (!below_order(limbs))
        return -1;
    for (int i = 0; i < 4; i++)
        store64(out->b + 8 * i, limbs[i]);
    return 0;
}

void ts_scalar_wipe(struct ts_scalar *a)
{
    sodium_memzero(a, sizeof *a);
}
