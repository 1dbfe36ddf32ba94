#include "proto/chain/sethash.h"

#include <assert.h>
#include <sodium.h>

static const char SET_DOMAIN[] = "tongsheng-set-1|";

void ts_sethash_add(struct ts_sethash *set, const uint8_t member[static 32])
{
    crypto_generichash_state state;
    uint8_t wide[crypto_core_ristretto255_HASHBYTES];
    uint8_t point[crypto_core_ristretto255_BYTES];

    crypto_generichash_init(&state, NULL, 0, sizeof wide);
    crypto_generichash_update(&state, (const uint8_t *)SET_DOMAIN, sizeof SET_DOMAIN - 1);
    crypto_generichash_update(&state, member, 32);
    crypto_generichash_final(&state, wide, sizeof wide);
    crypto_core_ristretto255_from_hash(point, wide);
    /* Both operands come from us: only a damaged set fails here. */
    int rc = crypto_core_ristretto255_add(set->b, set->b, point);
    assert(rc == 0);
    (void)rc;
}

int ts_sethash_merge(struct ts_sethash *set, const struct ts_sethash *more)
{
    return crypto_core_ristretto255_add(set->b, set->b, more->b);
}

bool ts_sethash_equal(const struct ts_sethash *a, const struct ts_sethash *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}
