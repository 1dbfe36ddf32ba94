/*
 * Partial decryptions (PROTOCOL.md section 9) with our strong proofs (docs/ballot.md section 8),
 * and their combination into counts (section 10). Lists go over all choices of all questions, one
 * after the other.
 */
#ifndef TS_BALLOT_DECRYPTION_H
#define TS_BALLOT_DECRYPTION_H

#include "proto/ballot/dlog.h"
#include "proto/ballot/election.h"
#include "proto/ballot/trustee.h"

#define TS_PARTIAL_RECORD_MAX (4u * 1024 * 1024)

struct ts_partial {
    const struct ts_point *factors; /* F = alpha^x */
    const struct ts_proof *proofs;
    const struct ts_proof *strong; /* NULL: none */
};

/* What is decrypted: the tally of an election. */
struct ts_partial_of {
    const struct ts_election *election;
    const struct ts_ciphertext *tally;
};

/* Decrypts with the trustee's secret and proves it; with k, the hash of the closing statement, also
 * strongly. The result lies in the arena. -1 (decryption.alpha) when the tally is not acceptable.
 */
int ts_partial_make(struct ts_partial *out, const struct ts_partial_of *of, uint32_t owner,
                    const struct ts_scalar *secret, const struct ts_digest *k,
                    struct ts_arena *arena, struct ts_drbg *rng, struct ts_err *err);
/* Appends the record. */
void ts_partial_write(struct ts_buf *out, const struct ts_election *election,
                      const struct ts_partial *partial);
/* The shape must be the election's. Code: decryption.form. */
int ts_partial_read(struct ts_partial *out, const struct ts_election *election,
                    struct ts_str record, struct ts_arena *arena, struct ts_err *err);
/* Factors and proofs against the trustee's key. Code: decryption.proof; err->path names the cell.
 */
int ts_partial_check(const struct ts_partial *partial, const struct ts_partial_of *of,
                     const struct ts_point *key, struct ts_err *err);
/* Strong proofs; to be called after ts_partial_check(). Codes: decryption.strong_missing,
 * decryption.strong. */
int ts_partial_check_strong(const struct ts_partial *partial, const struct ts_partial_of *of,
                            uint32_t owner, const struct ts_point *key, const struct ts_digest *k,
                            struct ts_err *err);

/* {"owner":I,"payload":HASH}: reads the owner, 1..owner_count. Code: decryption.owner. */
int ts_partial_owner(uint32_t *out, struct ts_str owned, uint32_t owner_count, struct ts_err *err);

/* partials[owner - 1]: checked ones, or NULL. Fills out[] with alpha^x for the election's secret
 * key. Of a threshold group the first ones that suffice are taken. Code: decryption.missing. */
int ts_partial_combine(struct ts_vpoint *out, const struct ts_trustees *trustees,
                       const struct ts_partial *const *partials, size_t choice_count,
                       struct ts_err *err);
/* The counts: logarithms of beta / D, 0..max each. Code: result.range (a sum that no honest ballots
 * make); err->path names the cell. */
int ts_partial_counts(int64_t *counts, const struct ts_partial_of *of, const struct ts_vpoint *d,
                      int64_t max, struct ts_err *err);
/* Is g^counts[i] = beta_i / D_i everywhere? Code: result.count; err->path names the first cell. */
int ts_partial_counts_check(const int64_t *counts, const struct ts_partial_of *of,
                            const struct ts_vpoint *d, struct ts_err *err);

#endif
