/* The engine's store port on the journal (server/journal): batches out, everything stored in. */
#ifndef TS_STORE_H
#define TS_STORE_H

#include "server/engine/engine.h"
#include "server/journal/journal.h"

struct ts_store;

/* dir: of scratch files; must exist. The journal is the caller's and must outlive the store. */
struct ts_store *ts_store_new(struct ts_journal *journal, const char *dir);
void ts_store_free(struct ts_store *store);
struct ts_store_port ts_store_port(struct ts_store *store);
/* Everything stored, into the engine; then ts_engine_start(). */
int ts_store_load(struct ts_store *store, struct ts_engine *engine, struct ts_err *err);
/* Reports to the engine what became durable, or that the journal failed. On the loop. */
void ts_store_poll(struct ts_store *store, struct ts_engine *engine);

#endif
