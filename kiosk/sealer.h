/*
 * Sealing on a thread of its own, because the receipt code takes tens of milliseconds on purpose
 * (BALLOT 3) and the page must go on answering. One job after the other; jobs and results are owned
 * by whoever holds them. Slip, choices and randomness lie in guarded memory and are wiped.
 */
#ifndef TS_KIOSK_SEALER_H
#define TS_KIOSK_SEALER_H

#include "proto/ballot/ballot.h"
#include "proto/ballot/credential.h"
#include "proto/ballot/receipt.h"

struct ts_sealer;

/* wake(ctx) is called on the worker's thread when a result waits. Aborts when no thread can be had.
 */
struct ts_sealer *ts_sealer_new(void (*wake)(void *ctx), void *ctx);
/* Waits for the job under way; drops what waits. */
void ts_sealer_free(struct ts_sealer *sealer);

/* Begins. params and phi must live until the result was taken; the rest is copied. */
void ts_sealer_begin(struct ts_sealer *sealer, uint64_t visit,
                     const struct ts_ballot_params *params, struct ts_str phi,
                     const struct ts_point *credential, const struct ts_slip *slip,
                     const uint8_t *votes, size_t vote_count);

struct ts_sealer_result {
    uint64_t visit;
    struct ts_sealed *sealed; /* the caller's now; NULL: err says why */
    char code[TS_RECEIPT_LEN + 1];
    struct ts_err err;
};
/* The next result; false: none is ready. */
bool ts_sealer_take(struct ts_sealer *sealer, struct ts_sealer_result *out);
/* Is a job waiting or under way, or a result not taken? */
bool ts_sealer_is_busy(struct ts_sealer *sealer);

/* A generator from getrandom, the slip and a counter (BALLOT 3). Wipe it after use. */
void ts_sealer_rng(struct ts_drbg *out, const struct ts_slip *slip, uint64_t counter);

#endif
