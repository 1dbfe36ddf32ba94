/*
 * Credentials (PROTOCOL 5) and what a slip carries (BALLOT 1): the QR payload, the three pictures,
 * and the signature that voids a surrendered slip.
 */
#ifndef TS_BALLOT_CREDENTIAL_H
#define TS_BALLOT_CREDENTIAL_H

#include "proto/ballot/drbg.h"
#include "proto/ballot/zkp.h"
#include "proto/base/id.h"

#define TS_CREDENTIAL_LEN 25 /* XXXXX-XXXXXX-XXXXX-XXXXXX */

/* A secret: stack or sodium_malloc, wiped by ts_credential_wipe(). */
struct ts_credential {
    char s[TS_CREDENTIAL_LEN + 1];
};

void ts_credential_draw(struct ts_credential *out, struct ts_drbg *rng);
/* The form only, there is no checksum: 0 or -1. */
int ts_credential_parse(struct ts_credential *out, struct ts_str text);
/* x of the election `uuid`. */
void ts_credential_secret(struct ts_scalar *out, struct ts_str uuid,
                          const struct ts_credential *credential);
/* g^x */
void ts_credential_public(struct ts_point *out, struct ts_str uuid,
                          const struct ts_credential *credential);
void ts_credential_wipe(struct ts_credential *credential);

/* Three of 64 pictures, which a child compares on slip and screen. */
#define TS_PICTURES 3
#define TS_PICTURES_KINDS 64
struct ts_pictures {
    uint8_t index[TS_PICTURES];
};
struct ts_pictures ts_pictures_of(struct ts_str uuid, const struct ts_point *credential);
bool ts_pictures_equal(const struct ts_pictures *a, const struct ts_pictures *b);

/* QR payload "TS1." uuid "." credential "." check; check = 4 Base58 digits, which catch a torn or
 * misread code: SHA-256("tongsheng-slip-check-1|" uuid "|" credential), bytes 0..3 mod 58. */
#define TS_SLIP_CHECK_LEN 4
#define TS_SLIP_TEXT_MAX (4 + TS_ID_LEN + 1 + TS_CREDENTIAL_LEN + 1 + TS_SLIP_CHECK_LEN)
struct ts_slip {
    struct ts_id uuid;
    struct ts_credential credential;
};
/* NUL-terminated; returns the length. */
size_t ts_slip_format(char out[static TS_SLIP_TEXT_MAX + 1], const struct ts_slip *slip);
/* One trailing carriage return, as scanners send it, is accepted. Codes: slip.form, slip.check. */
int ts_slip_parse(struct ts_slip *out, struct ts_str text, struct ts_err *err);
void ts_slip_wipe(struct ts_slip *slip);

/* The surrendered paper voids itself: a proof of knowledge of x under the prefix
 * "tongsheng-void-1|" uuid "|" phi "|" txt(credential) "|". */
void ts_slip_void_sign(struct ts_proof *out, const struct ts_slip *slip, struct ts_str phi,
                       struct ts_drbg *rng);
bool ts_slip_void_verify(const struct ts_proof *proof, struct ts_str uuid, struct ts_str phi,
                         const struct ts_point *credential);

/* A sealed ballot of this slip was opened by the scrutineers instead of being cast (docs/ballot.md
 * section 3): likewise, under "tongsheng-audit-1|" uuid "|" phi "|" txt(credential) "|". */
void ts_slip_audit_sign(struct ts_proof *out, const struct ts_slip *slip, struct ts_str phi,
                        struct ts_drbg *rng);
bool ts_slip_audit_verify(const struct ts_proof *proof, struct ts_str uuid, struct ts_str phi,
                          const struct ts_point *credential);

#endif
