/*
 * The homomorphic tally (PROTOCOL.md section 8): for every choice the product of the ciphertexts of
 * the counted ballots, each raised to its credential's weight. Built up ballot by ballot.
 */
#ifndef TS_BALLOT_TALLY_H
#define TS_BALLOT_TALLY_H

#include "proto/ballot/election.h"
#include "proto/ballot/vartime.h"

struct ts_tally {
    size_t choice_count;
    struct ts_vpoint *alphas, *betas; /* in the arena given to init */
    struct ts_vpoint *scratch;        /* for one ballot */
    int64_t num_tallied;              /* ballots counted, those of weight 0 included */
    int64_t total_weight;
};

void ts_tally_init(struct ts_tally *tally, size_t choice_count, struct ts_arena *arena);
/* choices: choice_count ciphertexts of a ballot that was checked; weight: 0..TS_WEIGHT_MAX. -1, and
 * the tally is unchanged, when a point does not decode. */
int ts_tally_add(struct ts_tally *tally, const struct ts_ciphertext *choices, int64_t weight);
/* The two halves of ts_tally_add(), of which the first may run on another thread. points: 2 *
 * choice_count of them; adding uses them up. */
int ts_tally_decode(struct ts_vpoint *points, const struct ts_ciphertext *choices,
                    size_t choice_count);
void ts_tally_add_points(struct ts_tally *tally, struct ts_vpoint *points, int64_t weight);
/* Takes a ballot out again that was added before: it was cast anew. */
int ts_tally_remove(struct ts_tally *tally, const struct ts_ciphertext *choices, int64_t weight);
/* out: choice_count ciphertexts. */
void ts_tally_finish(struct ts_ciphertext *out, const struct ts_tally *tally);
/* Appends the record encrypted_tally; tally: all questions one after the other. */
void ts_tally_write(struct ts_buf *out, const struct ts_election *election,
                    const struct ts_ciphertext *tally);

#endif
