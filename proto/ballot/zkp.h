/*
 * Proofs over one exponent: of knowledge, which are also the signatures of the protocol (PROTOCOL
 * 3, 4.1, 6.6), and of equal logarithms (9). The prefix is the whole ASCII text in front of the
 * commitments, trailing bar included; what it binds is up to the caller. Proving is constant-time.
 */
#ifndef TS_BALLOT_ZKP_H
#define TS_BALLOT_ZKP_H

#include "proto/ballot/drbg.h"
#include "proto/ballot/group.h"
#include "proto/base/err.h"
#include "proto/json/writer.h"

struct ts_proof {
    struct ts_scalar challenge, response;
};

/* w random; A = g^w; c = H(prefix, A); r = w - secret*c. */
void ts_zkp_prove_key(struct ts_proof *out, struct ts_str prefix, const struct ts_scalar *secret,
                      struct ts_drbg *rng);
/* c == H(prefix, g^r * key^c)? False also when key is not acceptable. */
bool ts_zkp_verify_key(const struct ts_proof *proof, struct ts_str prefix,
                       const struct ts_point *key);

/* A = g^w, B = base^w; c = H(prefix, A, B); r = w - secret*c. base must be acceptable; -1 if not.
 */
int ts_zkp_prove_equal(struct ts_proof *out, struct ts_str prefix, const struct ts_scalar *secret,
                       const struct ts_point *base, struct ts_drbg *rng);
/* c == H(prefix, g^r * key^c, base^r * power^c)? False also when a point is not acceptable. */
bool ts_zkp_verify_equal(const struct ts_proof *proof, struct ts_str prefix,
                         const struct ts_point *key, const struct ts_point *base,
                         const struct ts_point *power);

/* {"challenge":"…","response":"…"} */
void ts_proof_write(struct ts_json_writer *w, const struct ts_proof *proof);
/* Accepts unknown members, as Belenios does. Code: proof.form. */
int ts_proof_read(struct ts_proof *out, const struct ts_json *v, struct ts_err *err);

/* A point as JSON string; read checks the text form only, not the group. Code: point.form. */
void ts_point_write(struct ts_json_writer *w, const struct ts_point *p);
int ts_point_read(struct ts_point *out, const struct ts_json *v, struct ts_err *err);

#endif
