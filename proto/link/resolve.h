/* Looks names up on a thread of its own, because getaddrinfo() may block for many seconds. */
#ifndef TS_LINK_RESOLVE_H
#define TS_LINK_RESOLVE_H

#include "proto/link/loop.h"

#define TS_RESOLVE_MAX 4
#define TS_RESOLVE_TEXT 64

struct ts_resolved {
    unsigned count;                                  /* 0: the name is not known */
    char addresses[TS_RESOLVE_MAX][TS_RESOLVE_TEXT]; /* numeric */
};

struct ts_resolve;

/* Calls done(ctx, result) later, on the loop. */
struct ts_resolve *ts_resolve_start(struct ts_loop *loop, const char *host,
                                    void (*done)(void *ctx, const struct ts_resolved *result),
                                    void *ctx);
/* To be called once for each start, before or after `done`. If it comes before, `done` is not
 * called. It never waits for the thread. */
void ts_resolve_end(struct ts_resolve *resolve);

#endif
