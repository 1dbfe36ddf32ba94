/*
 * A made-up server's writing for the crash tests: numbered items, each one batch of everything that
 * the journal can hold, and a check after a restart that every acknowledged item is there, whole
 * and once, and no item is there in part.
 */
#ifndef TESTS_SUPPORT_WORKLOAD_H
#define TESTS_SUPPORT_WORKLOAD_H

#include "server/journal/journal.h"
#include "tests/support/records.h"

#define TS_WORKLOAD_ITEMS 40000
#define TS_WORKLOAD_POLL 40 /* items per poll: one creates the box, 30 fill it, one closes it */
#define TS_WORKLOAD_SLOTS 30

enum ts_workload_status {
    TS_ITEM_NEW,
    TS_ITEM_SUBMITTED,
    TS_ITEM_ACKNOWLEDGED,
};

/* What was found of one item at loading. */
struct ts_workload_found {
    uint8_t a, b; /* records in the two streams */
    uint8_t content, tombstone, secret, slot;
};

struct ts_workload {
    uint64_t seed;
    struct ts_journal *j;
    struct ts_chain a, b; /* where the streams stand */
    struct ts_rng rng;
    struct ts_made_record made;
    struct ts_workload_found *found; /* by item */
    struct ts_id *open_boxes, *closed_boxes;
    size_t open_count, closed_count;
    char wrong[256]; /* what a check found */
};

void ts_workload_init(struct ts_workload *w, uint64_t seed);
void ts_workload_free(struct ts_workload *w);
/* Opens and loads; gathers what is found. -1 with *err. */
int ts_workload_open(struct ts_workload *w, const char *dir, const char *vfs, struct ts_err *err);
void ts_workload_close(struct ts_workload *w);
/* The item's batch; items go in order of number, the first after opening being a multiple of
 * TS_WORKLOAD_POLL. Its first closes the boxes that were left open. */
struct ts_journal_batch *ts_workload_batch(struct ts_workload *w, int64_t item);
/* Submits the items *next .. *next + count - 1, at most in_flight of them unacknowledged, and notes
 * in status[] what becomes of them. -1: the journal failed (*err); *next is the first not
 * submitted. */
int ts_workload_run(struct ts_workload *w, uint8_t *status, int64_t *next, int64_t count,
                    int64_t in_flight, struct ts_err *err);
/* Compares what was found with what became of the items 0..count-1. -1: w->wrong says why. */
int ts_workload_check(struct ts_workload *w, const uint8_t *status, int64_t count);

#endif
