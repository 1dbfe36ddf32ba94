/*
 * A store in memory for the simulation: batches wait until they are synced; a crash forgets what
 * was not, except for a prefix that reached the disk unacknowledged. It can be told to lie.
 */
#ifndef TS_TEST_SIMSTORE_H
#define TS_TEST_SIMSTORE_H

#include "server/engine/engine.h"

/* Deliberate breaches, to show that the simulation finds them. */
enum simstore_sin {
    SIMSTORE_HONEST,
    SIMSTORE_EARLY,   /* says durable before it is */
    SIMSTORE_FORGETS, /* loses a filled slot at a restart */
    SIMSTORE_TWISTS,  /* gives back a secret's or content's bytes changed */
};

struct simstore_list {
    struct ts_store_batch **batches; /* owned */
    size_t count;
    size_t room;
};

struct simstore {
    enum simstore_sin sin;
    struct simstore_list log;     /* durable, of all lives of the server */
    struct simstore_list pending; /* submitted in this life */
    int64_t submitted;            /* tickets of this life */
    int64_t durable;
    struct ts_buf files[16]; /* scratch; */
    unsigned holders[16];
};

void simstore_free(struct simstore *store);
struct ts_store_port simstore_port(struct simstore *store);
/* Syncs up to `most` batches; the ticket that may be reported now. */
int64_t simstore_sync(struct simstore *store, size_t most);
/* The process died: the first `kept` pending batches were on the disk, the others never were. */
void simstore_crash(struct simstore *store, size_t kept);
/* Into a new engine, and starts it. */
int simstore_load(struct simstore *store, struct ts_engine *engine, struct ts_err *err);
/* All durable records, in the order of writing. */
void simstore_each(const struct simstore *store,
                   void (*visit)(void *ctx, const struct ts_store_record *record), void *ctx);
/* What a box holds durably: slots with this credential that were filled; the hash of the last. */
size_t simstore_filled(const struct simstore *store, const struct ts_id *uuid,
                       const uint8_t credential[static 32], enum ts_store_slot *slot,
                       uint8_t hash[static 32]);

#endif
