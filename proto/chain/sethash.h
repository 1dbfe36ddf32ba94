/*
 * Order-independent hash of a set of 32-byte hashes (a box's signature hashes): the sum of their
 * images in ristretto255. Says what is in, and nothing about when it came (BALLOT.md section 4;
 * docs/journal.md, section 6). Each member may be added once only; the caller sees to that.
 */
#ifndef TS_CHAIN_SETHASH_H
#define TS_CHAIN_SETHASH_H

#include "proto/base/bytes.h"

/* Zero-initialised: the empty set. b is its canonical encoding. */
struct ts_sethash {
    uint8_t b[32];
};

/* Adds one member: ristretto255_from_hash(BLAKE2b-512("tongsheng-set-1|" || member)). */
void ts_sethash_add(struct ts_sethash *set, const uint8_t member[static 32]);
/* Adds all members of another, disjoint set. -1: `more` is no encoding of a set hash. */
int ts_sethash_merge(struct ts_sethash *set, const struct ts_sethash *more);
bool ts_sethash_equal(const struct ts_sethash *a, const struct ts_sethash *b);

#endif
