/*
 * Randomness for sealing and proving. The library does no I/O: the caller passes entropy from
 * getrandom (tests pass a fixed one) and a context (slip, counter of ballots), which are mixed by
 * hash, so that neither a stuck generator nor a repeated call alone gives the same stream
 * (BALLOT 3). Lives on the stack or in sodium_malloc memory; wipe after use.
 */
#ifndef TS_BALLOT_DRBG_H
#define TS_BALLOT_DRBG_H

#include "proto/ballot/scalar.h"

#define TS_DRBG_ENTROPY 32

struct ts_drbg {
    uint8_t key[64];
    uint64_t counter; /* blocks drawn */
};

/* key = BLAKE2b-512(key = entropy, "tongsheng-drbg-1|" context) */
void ts_drbg_init(struct ts_drbg *rng, const uint8_t entropy[static TS_DRBG_ENTROPY],
                  struct ts_bytes context);
void ts_drbg_bytes(struct ts_drbg *rng, uint8_t *out, size_t len);
/* Uniform in [0, L). */
void ts_drbg_scalar(struct ts_drbg *rng, struct ts_scalar *out);
/* Uniform in [0, bound), bound > 0; by rejection. For public choices (Base58 digits, shuffles). */
uint32_t ts_drbg_below(struct ts_drbg *rng, uint32_t bound);
void ts_drbg_wipe(struct ts_drbg *rng);

#endif
