/*
 * A pool of worker threads for pure functions: proofs, password hashes, archives. The loop submits
 * and collects; a worker touches nothing but its job. Jobs begin in the order of submission and end
 * in any order.
 */
#ifndef TS_WORK_WORK_H
#define TS_WORK_WORK_H

#include <stddef.h>

struct ts_work;

/* `threads` >= 1. wake(wake_ctx) is called from worker threads whenever finished jobs wait to be
 * collected, once for any number of them. NULL, errno set: threads could not be made. */
struct ts_work *ts_work_create(unsigned threads, void (*wake)(void *wake_ctx), void *wake_ctx);
/* Jobs that began are finished; the rest are handed back uncollected to `drop` (may be NULL), as
 * are those that nobody collected. Joins the threads. */
void ts_work_destroy(struct ts_work *work, void (*drop)(void *ctx, void *job), void *ctx);

/* The pool never frees a job. */
void ts_work_submit(struct ts_work *work, void (*run)(void *job), void *job);
/* Calls done(ctx, job) for every finished job, on the calling thread. */
void ts_work_collect(struct ts_work *work, void (*done)(void *ctx, void *job), void *ctx);
/* Submitted and not yet collected. */
size_t ts_work_pending(struct ts_work *work);

#endif
