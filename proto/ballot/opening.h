/*
 * Opening a closed poll of ours: what the keeper station does before and while it decrypts, and how
 * the server puts the parts together (docs/ballot.md section 8). Pure; the archive was verified
 * with proto/ballot/verify.h in the same process.
 */
#ifndef TS_BALLOT_OPENING_H
#define TS_BALLOT_OPENING_H

#include "proto/ballot/verify.h"

/* The keeper's partial decryption: appends the record with weak and strong proofs. `verify` has
 * gone through the archive up to its tally; findings of the statement are reported through it.
 * secret: the key of trustee `owner`. Refuses: opening.archive (not valid so far, not of our
 * profile, or not closed), opening.statement (there were findings), opening.min_tally, opening.key
 * (the secret is not this owner's), decryption.alpha. */
int ts_opening_partial(struct ts_buf *out, struct ts_verify *verify,
                       const struct ts_result *statement, uint32_t owner,
                       const struct ts_scalar *secret, struct ts_drbg *rng, struct ts_err *err);

struct ts_opening_part {
    uint32_t owner;
    struct ts_str record;
};

/* The server: checks the keepers' records, combines them and appends the result record with the
 * statement. Codes: those of decryption.h; err->path names the trustee of a bad record. */
int ts_opening_result(struct ts_buf *out, const struct ts_verify *verify,
                      const struct ts_result *statement, const struct ts_opening_part *parts,
                      size_t part_count, struct ts_err *err);

#endif
