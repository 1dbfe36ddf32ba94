/*
 * What waits to leave: replies, downloads and jobs that read the store, each with the ticket of the
 * last batch that was submitted when it was made. As tickets become durable in order, this is a
 * queue: nothing leaves before everything that it could reflect is durable (DESIGN 2, step 9).
 */
#ifndef TS_ENGINE_OUTBOX_H
#define TS_ENGINE_OUTBOX_H

#include "server/engine/ports.h"

struct ts_job;

struct ts_job;

struct ts_outbox_item {
    int64_t ticket;
    uint64_t conn;           /* number of the connection; 0: none */
    struct ts_outgoing *out; /* owned */
    uint16_t close_code;     /* hang up after it; 0: not */
    const char *close_reason;
    struct ts_job *job; /* to be started then; owned */
    void *exchange;     /* of a download; NULL: none */
    struct ts_port_answer answer;
    struct ts_buf body; /* of the answer; owned */
};

/* Zero-initialise. */
struct ts_outbox {
    struct ts_outbox_item *ring;
    size_t cap;
    size_t first;
    size_t count;
};

/* Takes over what the item owns. Tickets never go down. */
void ts_outbox_put(struct ts_outbox *outbox, const struct ts_outbox_item *item);
/* The first item if its ticket is durable: now the caller's. */
bool ts_outbox_take(struct ts_outbox *outbox, int64_t durable, struct ts_outbox_item *item);
/* Items that are left go through drop(). */
void ts_outbox_free(struct ts_outbox *outbox, void (*drop)(void *ctx, struct ts_outbox_item *item),
                    void *ctx);

#endif
