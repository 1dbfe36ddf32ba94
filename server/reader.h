/* The engine's render port: tongsheng-render in a process of its own, one job at a time on a thread
 * of its own (docs/reading.md). */
#ifndef TS_READER_H
#define TS_READER_H

#include "server/engine/ports.h"

struct ts_reader;

/* The program beside this one. wake(ctx) as of ts_work_create(). NULL: no threads. */
struct ts_reader *ts_reader_new(void (*wake)(void *ctx), void *ctx);
void ts_reader_free(struct ts_reader *reader, void (*drop)(void *ctx, void *job), void *ctx);
struct ts_render_port ts_reader_port(struct ts_reader *reader);
/* As ts_work_collect(). */
void ts_reader_collect(struct ts_reader *reader, void (*done)(void *ctx, void *job), void *ctx);

#endif
