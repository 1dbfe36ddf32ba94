#include "server/engine/outbox.h"

#include <assert.h>
#include <stdlib.h>

static void grow(struct ts_outbox *outbox)
{
    size_t cap = outbox->cap ? outbox->cap * 2 : 64;
    struct ts_outbox_item *ring = calloc(cap, sizeof *ring);
    if (!ring)
        abort();
    for (size_t i = 0; i < outbox->count; i++)
        ring[i] = outbox->ring[(outbox->first + i) % outbox->cap];
    free(outbox->ring);
    outbox->ring = ring;
    outbox->cap = cap;
    outbox->first = 0;
}

void ts_outbox_put(struct ts_outbox *outbox, const struct ts_outbox_item *item)
{
    if (outbox->count == outbox->cap)
        grow(outbox);
    if (outbox->count > 0)
        assert(outbox->ring[(outbox->first + outbox->count - 1) % outbox->cap].ticket <=
               item->ticket);
    outbox->ring[(outbox->first + outbox->count) % outbox->cap] = *item;
    outbox->count++;
}

bool ts_outbox_take(struct ts_outbox *outbox, int64_t durable, struct ts_outbox_item *item)
{
    if (outbox->count == 0 || outbox->ring[outbox->first].ticket > durable)
        return false;
    *item = outbox->ring[outbox->first];
    outbox->first = (outbox->first + 1) % outbox->cap;
    outbox->count--;
    return true;
}

void ts_outbox_free(struct ts_outbox *outbox, void (*drop)(void *ctx, struct ts_outbox_item *item),
                    void *ctx)
{
    struct ts_outbox_item item;
    while (ts_outbox_take(outbox, INT64_MAX, &item))
        drop(ctx, &item);
    free(outbox->ring);
    *outbox = (struct ts_outbox){0};
}
