/*
 * The ballot box of one poll in memory: per credential whether its slip is unused, cast (with which
 * ballot), void or audited (BALLOT 2-4). First accepted counts. It holds no order and no time, as
 * the box file does. A slot is filled here at once and acknowledged when that is durable.
 */
#ifndef TS_ENGINE_BOX_H
#define TS_ENGINE_BOX_H

#include "proto/base/err.h"
#include "proto/base/id.h"
#include "proto/chain/sethash.h"
#include "server/engine/ports.h"

/* Most refused ballots that a closing statement names; beyond it they are only rejected. */
#define TS_ENGINE_BOX_CONFLICTS_MAX 1000

struct ts_engine_box_slot {
    uint8_t state;    /* enum ts_store_slot */
    uint8_t hash[32]; /* CAST: SHA-256 that signature.hash is the text of; else zero */
    char *ballot;     /* CAST: as received; owned */
    size_t ballot_len;
};

struct ts_engine_box {
    struct ts_id uuid;
    uint8_t (*credentials)[32];       /* libsodium's bytes, ascending; owned */
    struct ts_engine_box_slot *slots; /* same order; owned */
    size_t count;
    int64_t cast;
    int64_t voided;
    int64_t audited;
    /* Signature hashes of ballots that were refused because their slip had another ballot, was void
     * or audited; ascending. Owned. */
    uint8_t (*conflicts)[32];
    size_t conflict_count;
    struct ts_sethash set; /* of the hashes cast */
    bool frozen;           /* the closing statement is being computed or is fixed */
};

/* Copies the credentials, which must be ascending and distinct (-1 "box.credentials" if not).
 * Release with ts_engine_box_free(). */
struct ts_engine_box *ts_engine_box_new(const struct ts_id *uuid, const uint8_t (*credentials)[32],
                                        size_t count, struct ts_err *err);
void ts_engine_box_free(struct ts_engine_box *box);

enum ts_engine_box_verdict {
    TS_ENGINE_BOX_FILLED, /* was empty, is now as asked */
    TS_ENGINE_BOX_REPEAT, /* was exactly so before */
    TS_ENGINE_BOX_USED,   /* is something else; err says what: slip.used, slip.void, slip.audited */
    TS_ENGINE_BOX_CONFLICT, /* likewise, and this ballot is now among the conflicts */
    TS_ENGINE_BOX_UNLISTED, /* slip.unlisted: not a slip of this pack */
    TS_ENGINE_BOX_FROZEN,   /* poll.finishing: nothing enters while the count is fixed */
};

/* slot: CAST with the ballot's hash and text (copied); VOID or AUDITED with NULL and nothing. */
enum ts_engine_box_verdict ts_engine_box_put(struct ts_engine_box *box,
                                             const uint8_t credential[static 32],
                                             enum ts_store_slot slot, const uint8_t *hash,
                                             struct ts_str ballot, struct ts_err *err);
/* A conflict that was noted before a restart. */
void ts_engine_box_add_conflict(struct ts_engine_box *box, const uint8_t hash[static 32]);
/* Hash of the whole content, for the state hash. */
void ts_engine_box_digest(const struct ts_engine_box *box, uint8_t out[static 32]);

#endif
