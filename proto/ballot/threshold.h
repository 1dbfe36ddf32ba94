/*
 * Threshold trustees, k of n (PROTOCOL.md section 4): everything public about the key ceremony. The
 * secret side, with its encrypted channels, is proto/channel/ceremony.h.
 */
#ifndef TS_BALLOT_THRESHOLD_H
#define TS_BALLOT_THRESHOLD_H

#include "proto/ballot/digest.h"
#include "proto/ballot/signed.h"
#include "proto/ballot/vartime.h"

#define TS_THRESHOLD_TRUSTEES_MAX 32

/* A trustee's certificate: the signing and the encryption key for the ceremony. */
struct ts_threshold_cert {
    struct ts_signed text;
    uint32_t size, threshold, index; /* index from 1 */
    struct ts_point verification, encryption;
};

/* Commitments to a polynomial: A_0..A_{k-1}, and the signed message that holds them. */
struct ts_threshold_coefexps {
    struct ts_signed text;
    const struct ts_point *points; /* k of them */
};

/* What a trustee publishes: also what a single trustee is (without signature, as a rule). */
struct ts_trustee_key {
    struct ts_proof pok;
    struct ts_point public_key;
    bool has_signature;
    struct ts_proof signature;
    struct ts_str name; /* empty pointer: absent */
};

struct ts_threshold {
    uint32_t threshold, size;
    const struct ts_threshold_cert *certs;
    const struct ts_threshold_coefexps *coefexps;
    const struct ts_proof *signatures;
    const struct ts_trustee_key *keys;
};

/* Keys. */

/* X = g^secret with the proof of knowledge, without signature and name. */
void ts_trustee_key_make(struct ts_trustee_key *out, const struct ts_scalar *secret,
                         struct ts_drbg *rng);
/* Key acceptable and not the identity, proof of knowledge. Codes: trustee.key, trustee.pok. */
int ts_trustee_key_check(const struct ts_trustee_key *key, struct ts_err *err);
void ts_trustee_key_write(struct ts_json_writer *w, const struct ts_trustee_key *key);
/* Code: trustee.form. */
int ts_trustee_key_read(struct ts_trustee_key *out, const struct ts_json *v, struct ts_arena *arena,
                        struct ts_err *err);

/* Step 1. */

/* The text that a certificate signs. */
void ts_threshold_cert_text(struct ts_buf *out, const struct ts_threshold_cert *cert);
int ts_threshold_cert_read(struct ts_threshold_cert *out, const struct ts_json *v,
                           struct ts_arena *arena, struct ts_err *err);
/* Is it the certificate of trustee `index` (from 1) of `size`, k = threshold, properly signed?
 * Code: threshold.cert. */
int ts_threshold_cert_check(const struct ts_threshold_cert *cert, uint32_t index, uint32_t size,
                            uint32_t threshold, struct ts_err *err);
/* `[cert_1,...,cert_n]`, what everyone must hold alike; its SHA-256 goes into commitments. */
void ts_threshold_certs_text(struct ts_buf *out, const struct ts_threshold_cert *certs, size_t n);

/* Step 3. */

/* {"coefexps":[...]} as the text that is signed. */
void ts_threshold_coefexps_text(struct ts_buf *out, const struct ts_point *points, size_t k);
/* k points, acceptable and not the identity. Codes: threshold.coefexps, signed.form. */
int ts_threshold_coefexps_read(struct ts_threshold_coefexps *out, const struct ts_json *v, size_t k,
                               struct ts_arena *arena, struct ts_err *err);
/* `certs_sig|{"certs":[...],"coefexps":[...]}`: by signing it trustees say that they hold the same
 * certificates. */
void ts_threshold_certs_message(struct ts_buf *out, const struct ts_threshold_cert *certs, size_t n,
                                const struct ts_point *points, size_t k);
/* Both signatures of trustee `index` (from 1). Code: threshold.signature. */
int ts_threshold_coefexps_check(const struct ts_threshold_coefexps *coefexps,
                                const struct ts_proof *signature,
                                const struct ts_threshold_cert *certs, size_t n, size_t k,
                                uint32_t index, struct ts_err *err);
/* Our addition (docs/ballot.md section 8): what everyone publishes before anybody reveals.
 * SHA-256(tongsheng-dkg-1|meeting|SHA256hex(certs)|index|signed coefexps). */
struct ts_digest ts_threshold_commitment(struct ts_str meeting,
                                         const struct ts_threshold_cert *certs, size_t n,
                                         uint32_t index, const struct ts_signed *coefexps);

/* Steps 5 and 6. */

/* g^f(j) from the commitments to f; j from 1. All points acceptable (asserted). */
void ts_threshold_evaluate(struct ts_vpoint *out, const struct ts_point *points, size_t k,
                           uint32_t j);
/* Is this the verification key of trustee `index`: proof, product of the polynomials, signature?
 * Codes: threshold.key, trustee.*. */
int ts_threshold_key_check(const struct ts_trustee_key *key,
                           const struct ts_threshold_coefexps *coefexps,
                           const struct ts_threshold_cert *certs, size_t n, size_t k,
                           uint32_t index, struct ts_err *err);

/* The whole. */

void ts_threshold_write(struct ts_json_writer *w, const struct ts_threshold *t);
/* Reads and checks all of it again. Codes: all of the above, threshold.form; err->path names the
 * trustee. */
int ts_threshold_read(struct ts_threshold *out, const struct ts_json *v, struct ts_arena *arena,
                      struct ts_err *err);
/* The group's key: product of all A_i0. */
void ts_threshold_public_key(struct ts_vpoint *out, const struct ts_threshold *t);

#endif
