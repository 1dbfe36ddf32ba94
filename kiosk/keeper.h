/*
 * A keeper's part in the set-up of a meeting's keys (BALLOT 8), as a function of what the server
 * shows: pure but for the randomness that is passed in. The secret part is
 * proto/channel/ceremony.h. If anything that the others or the server show does not fit, the round
 * is aborted and nothing of it is used again; the next round starts with fresh keys and
 * coefficients.
 *
 * The state is secret (guarded memory inside ts_ceremony) and lives in memory only: a station that
 * was switched off in the middle aborts the round.
 */
#ifndef TS_KIOSK_KEEPER_H
#define TS_KIOSK_KEEPER_H

#include "proto/ballot/digest.h"
#include "proto/ballot/drbg.h"
#include "proto/wire/view.h"

enum ts_keeper_turn {
    TS_KEEPER_WAIT, /* for the others or the server */
    TS_KEEPER_SEND, /* `step` with `record` */
    TS_KEEPER_DONE, /* the record is made, holds our key, and every keeper has said so */
};

struct ts_keeper;

struct ts_keeper *ts_keeper_new(void);
void ts_keeper_free(struct ts_keeper *keeper);

/* What to do about this set-up now. After SEND the same call gives the same step until the view
 * shows it. step is a literal; *record is overwritten. When the step is "abort", *why says the
 * reason (code NULL otherwise). */
enum ts_keeper_turn ts_keeper_next(struct ts_keeper *keeper, const struct ts_keeper_setup *setup,
                                   struct ts_drbg *rng, const char **step, struct ts_buf *record,
                                   struct ts_err *why);

/* Once DONE: our number among the trustees, the share (secret, owned by the keeper) and SHA-256 of
 * the trustees record. */
uint32_t ts_keeper_owner(const struct ts_keeper *keeper);
const struct ts_scalar *ts_keeper_share(const struct ts_keeper *keeper);
struct ts_digest ts_keeper_trustees(const struct ts_keeper *keeper);

#endif
