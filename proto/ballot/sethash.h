/*
 * Hash of a set of ballots that does not depend on their order, so that nothing tells in which order
 * they came: the sum of ristretto255 points, one per signature.hash. Sets that have no ballot in
 * common add up, which ties the booths' statements to the ballots in the archive.
 */
#ifndef TS_BALLOT_SETHASH_H
#define TS_BALLOT_SETHASH_H

#include "proto/ballot/digest.h"

#define TS_SETHASH_BYTES 32
#define TS_SETHASH_HEX 64

struct ts_sethash {
    uint8_t b[TS_SETHASH_BYTES]; /* encoded point; all zero: the empty set */
};

/* Adds the ballot with this signature.hash: the point from_hash(SHA-512(`tongsheng-set-1|` and the
 * hash as base64 compact)). */
void ts_sethash_add(struct ts_sethash *set, const struct ts_digest *signature_hash);
/* set += other; -1 when other is no valid encoding. */
int ts_sethash_join(struct ts_sethash *set, const struct ts_sethash *other);
bool ts_sethash_equal(const struct ts_sethash *a, const struct ts_sethash *b);
void ts_sethash_hex(char out[static TS_SETHASH_HEX + 1], const struct ts_sethash *set);
/* Lower-case hex of a valid encoding, else -1. */
int ts_sethash_from_hex(struct ts_sethash *out, struct ts_str s);

#endif
