/*
 * A keeper's side of the threshold key ceremony (PROTOCOL.md section 4, docs/ballot.md section 8)
 * as a state machine without I/O: certificate, commitment, polynomial, check of everybody else's,
 * own share, check of the final record. Each step is refused (ceremony.order) before the one before
 * it. If anything fails, nothing is used any more: ts_ceremony_restart() draws new coefficients.
 *
 * The state is secret, lies in guarded memory and is wiped when freed.
 */
#ifndef TS_CHANNEL_CEREMONY_H
#define TS_CHANNEL_CEREMONY_H

#include "proto/ballot/polynomial.h"
#include "proto/ballot/trustee.h"

#define TS_CEREMONY_SEED_LEN 22
#define TS_CEREMONY_MEETING_MAX 32

struct ts_ceremony;

struct ts_ceremony_place {
    /* Named in the commitments. Empty: Belenios' own ceremony, without commitments. */
    struct ts_str meeting;
    uint32_t size, threshold; /* n and k: 1 <= k <= n <= TS_THRESHOLD_TRUSTEES_MAX */
    uint32_t index;           /* from 1 */
};

/* Draws a seed. Code: ceremony.place. Release with ts_ceremony_free(). */
int ts_ceremony_new(struct ts_ceremony **out, const struct ts_ceremony_place *place,
                    struct ts_drbg *rng, struct ts_err *err);
/* With a given seed (22 characters of Base58, secret). */
int ts_ceremony_from_seed(struct ts_ceremony **out, const struct ts_ceremony_place *place,
                          struct ts_str seed, struct ts_err *err);
void ts_ceremony_free(struct ts_ceremony *c);

/* 1. Appends the certificate. */
void ts_ceremony_cert(struct ts_ceremony *c, struct ts_buf *out, struct ts_drbg *rng);
/* 2. All certificates, `[cert_1,...,cert_n]`. Codes: ceremony.cert (ours is not among them),
 * ceremony.form, threshold.cert. */
int ts_ceremony_take_certs(struct ts_ceremony *c, struct ts_str certs, struct ts_err *err);
/* 3a. Draws the polynomial and commits to it. */
int ts_ceremony_commit(struct ts_ceremony *c, struct ts_digest *out, struct ts_drbg *rng,
                       struct ts_err *err);
/* 3b. Everybody's commitments: `count` must be n. Code: ceremony.commitment (ours differs). */
int ts_ceremony_take_commitments(struct ts_ceremony *c, const struct ts_digest *commitments,
                                 size_t count, struct ts_err *err);
/* 3c. Appends the polynomial record: only now. (Without commitments: draws the polynomial.) */
int ts_ceremony_reveal(struct ts_ceremony *c, struct ts_buf *out, struct ts_drbg *rng,
                       struct ts_err *err);
/* 5a. Checks everybody's signatures, commitments and secrets, and computes the share. Codes:
 * ceremony.commitment, ceremony.secret, ceremony.polynomial, threshold.*, channel.*,
 * polynomial.form; err->path names the trustee. */
int ts_ceremony_take_vinput(struct ts_ceremony *c, struct ts_str vinput, struct ts_err *err);
/* 5b. Appends the voutput record. */
int ts_ceremony_voutput(struct ts_ceremony *c, struct ts_buf *out, struct ts_drbg *rng,
                        struct ts_err *err);
/* 6. The trustees record as published: is it sound, and is our group in it with the certificates
 * and coefficients that we saw and with our own key? *owner: our number in it. Codes:
 * ceremony.record, and those of ts_trustees_read(). */
int ts_ceremony_finish(struct ts_ceremony *c, struct ts_str trustees, uint32_t *owner,
                       struct ts_err *err);

/* Back behind step 2, with everything secret but the keys of the certificate wiped. */
void ts_ceremony_restart(struct ts_ceremony *c);
/* How often that was: minuted. */
unsigned ts_ceremony_restarts(const struct ts_ceremony *c);
/* The share S_j once step 5a is done; else NULL. Secret. */
const struct ts_scalar *ts_ceremony_share(const struct ts_ceremony *c);
/* Opens a sealed decryption key of Belenios (`*.dkey`, the private_key of a voutput) with the keys
 * of this ceremony. Codes: channel.*. */
int ts_ceremony_open_key(const struct ts_ceremony *c, struct ts_str sealed, struct ts_scalar *out,
                         struct ts_err *err);

#endif
