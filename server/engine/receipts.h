/*
 * The receipts of closed polls (server/view/receipts.h). A memory-hard function stands between a
 * ballot and its code, so they are computed when somebody first wants to see them, a few ballots a
 * job and one poll at a time, and kept in memory for as long as the server runs: nobody can make it
 * do the same work twice. They are derived from what is durable and are in no journal.
 */
#ifndef TS_ENGINE_RECEIPTS_H
#define TS_ENGINE_RECEIPTS_H

#include "proto/base/map.h"

struct ts_engine;
struct ts_receipts_work;

/* Zero-initialise. */
struct ts_receipts_shelf {
    struct ts_map ready;           /* uuid -> struct ts_receipts, owned */
    struct ts_map wanted;          /* uuid -> nothing: asked for, closed, not begun */
    struct ts_receipts_work *work; /* under way; owned by its job; NULL: none */
};

/* Somebody wants to see the receipts of this poll. Harmless for whatever is no closed poll's uuid,
 * and when they are there or under way. */
void ts_receipts_want(struct ts_engine *e, struct ts_str uuid);
/* The poll was closed; wants it if somebody is waiting for it. */
void ts_receipts_closed(struct ts_engine *e, struct ts_str uuid);
/* When the last job is gone. */
void ts_receipts_free(struct ts_receipts_shelf *shelf);

#endif
