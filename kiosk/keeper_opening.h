/*
 * What a keeper's station does before and while it opens a poll (BALLOT 8): verify the archive
 * whole, compute the tally itself, hold closing statement and key card against it, and only then
 * decrypt the sum, never a ballot. Pure but for the archive's source and the randomness passed in;
 * that a uuid is served once only is remembered by the caller (opened.h).
 */
#ifndef TS_KIOSK_KEEPER_OPENING_H
#define TS_KIOSK_KEEPER_OPENING_H

#include "kiosk/keycard.h"
#include "proto/ballot/closing.h"
#include "proto/ballot/verify.h"
#include "proto/ballot/words.h"

struct ts_keeper_opening;

/* What the server says about a poll that is closed. */
struct ts_keeper_opening_claim {
    struct ts_id uuid;
    struct ts_str statement;                   /* closing statement, canonical */
    struct ts_closing_signature server;        /* over its hash K */
    const struct ts_closing_signature *booths; /* over K, in the order of the statement */
    size_t booth_count;
};

/* Codes: opening.archive (err->detail: the first finding), opening.stage (no tally yet, or the
 * result is there), opening.uuid, opening.profile, opening.closing, opening.card (another meeting's
 * trustees, or not the share of that owner), opening.few (params ballots, min). Release with
 * ts_keeper_opening_free(). `each` may be NULL (ts_verify_ports). */
int ts_keeper_opening_check(struct ts_keeper_opening **out, const struct ts_archive_source *archive,
                            const struct ts_keeper_opening_claim *claim,
                            const struct ts_keycard *card, const struct ts_verify_ports *workers,
                            struct ts_err *err);
void ts_keeper_opening_free(struct ts_keeper_opening *opening);

/* The closing words, to be compared with the wall and the scrutineers' paper. */
void ts_keeper_opening_words(const struct ts_keeper_opening *opening,
                             char out[static TS_WORDS_MAX]);
/* Is this what stands on the wall? Code: opening.words. */
int ts_keeper_opening_compare(const struct ts_keeper_opening *opening, struct ts_str wall,
                              struct ts_err *err);
/* K, the hash of the closing statement. */
struct ts_digest ts_keeper_opening_k(const struct ts_keeper_opening *opening);
/* Of the EncryptedTally event: what makes this tally another than that one. */
struct ts_digest ts_keeper_opening_tally(const struct ts_keeper_opening *opening);
int64_t ts_keeper_opening_ballots(const struct ts_keeper_opening *opening);
/* Appends the partial decryption with its strong proofs. Codes: those of ts_opening_partial(). */
int ts_keeper_opening_decrypt(const struct ts_keeper_opening *opening,
                              const struct ts_keycard *card, struct ts_drbg *rng,
                              struct ts_buf *out, struct ts_err *err);

#endif
