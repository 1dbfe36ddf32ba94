/* Exponential ElGamal: (g^r, key^r * g^m). */
#ifndef TS_BALLOT_ELGAMAL_H
#define TS_BALLOT_ELGAMAL_H

#include "proto/ballot/zkp.h"

struct ts_ciphertext {
    struct ts_point alpha, beta;
};

/* m is 0 or 1; constant-time in r and m. key must be acceptable; -1 if not. */
int ts_ciphertext_encrypt(struct ts_ciphertext *out, const struct ts_point *key,
                          const struct ts_scalar *r, unsigned m);
/* {"alpha":"…","beta":"…"} */
void ts_ciphertext_write(struct ts_json_writer *w, const struct ts_ciphertext *c);
/* Text form only; accepts unknown members. Codes: ciphertext.form, point.form. */
int ts_ciphertext_read(struct ts_ciphertext *out, const struct ts_json *v, struct ts_err *err);

#endif
