/*
 * What the renderer may still do once its libraries have loaded their data: compute, read what is
 * open, write what is open. No new file, no network, no program; bounded time and memory.
 */
#ifndef TS_RENDER_SANDBOX_H
#define TS_RENDER_SANDBOX_H

#include "proto/base/err.h"

/* Time and memory, from the beginning. Code: render.died. */
int ts_sandbox_limits(struct ts_err *err);
/* The rest, before anything from outside is looked at. Code: render.died. */
int ts_sandbox_close(struct ts_err *err);

#endif
