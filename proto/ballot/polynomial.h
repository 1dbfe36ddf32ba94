/*
 * What trustees of a threshold group send each other through the server (PROTOCOL.md sections 4.4
 * to 4.6). The sealed parts are strings that only their addressee can open
 * (proto/channel/channel.h); the server checks the rest and passes everything on.
 */
#ifndef TS_BALLOT_POLYNOMIAL_H
#define TS_BALLOT_POLYNOMIAL_H

#include "proto/ballot/threshold.h"

#define TS_POLYNOMIAL_RECORD_MAX (512u * 1024)

/* Step 3, of one trustee. */
struct ts_polynomial {
    struct ts_str sealed;         /* its coefficients, to itself */
    const struct ts_str *secrets; /* f(j), to trustee j = 1..n */
    struct ts_threshold_coefexps coefexps;
    struct ts_proof signature; /* of certificates and coefficients */
};

/* Step 4, to one trustee. */
struct ts_vinput {
    struct ts_str sealed;
    const struct ts_str *secrets; /* from trustee i = 1..n */
    const struct ts_threshold_coefexps *coefexps;
    const struct ts_proof *signatures;
};

/* Step 5, of one trustee. */
struct ts_voutput {
    struct ts_str private_key; /* its decryption key, sealed to itself */
    struct ts_trustee_key public_key;
};

void ts_polynomial_write(struct ts_buf *out, const struct ts_polynomial *p, size_t n);
/* Reads the form; signatures are checked with ts_threshold_coefexps_check(). Code: polynomial.form,
 * and those of ts_threshold_coefexps_read(). */
int ts_polynomial_read(struct ts_polynomial *out, struct ts_str record, size_t n, size_t k,
                       struct ts_arena *arena, struct ts_err *err);

/* For trustee `index` (from 1), from the n polynomials. */
void ts_vinput_write(struct ts_buf *out, const struct ts_polynomial *polynomials, size_t n,
                     uint32_t index);
int ts_vinput_read(struct ts_vinput *out, struct ts_str record, size_t n, size_t k,
                   struct ts_arena *arena, struct ts_err *err);

void ts_voutput_write(struct ts_buf *out, const struct ts_voutput *v);
int ts_voutput_read(struct ts_voutput *out, struct ts_str record, struct ts_arena *arena,
                    struct ts_err *err);

#endif
