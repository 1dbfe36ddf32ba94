#include "proto/ballot/dlog.h"

#include <assert.h>
#include <stdlib.h>

#include "proto/ballot/weight.h"

#define CHUNK 64 /* points that are encoded with one inversion */

/* Baby steps g^i, i < width, in a table by a part of their encoding; giant steps of g^width. */
struct ts_dlog {
    int64_t max;
    uint32_t width;
    uint32_t mask;
    uint32_t *table; /* i + 1; 0: empty */
    struct ts_point *baby;
    struct ts_vpoint giant;
};

static uint32_t slot_of(const struct ts_dlog *d, const struct ts_point *p)
{
    uint32_t h;
    memcpy(&h, p->b, sizeof h);
    return h & d->mask;
}

/* i with baby[i] == p, or -1. */
static int64_t lookup(const struct ts_dlog *d, const struct ts_point *p)
{
    for (uint32_t s = slot_of(d, p); d->table[s]; s = (s + 1) & d->mask) {
        if (memcmp(d->baby[d->table[s] - 1].b, p->b, sizeof p->b) == 0)
            return d->table[s] - 1;
    }
    return -1;
}

static void insert(struct ts_dlog *d, uint32_t i)
{
    uint32_t s = slot_of(d, &d->baby[i]);
    while (d->table[s])
        s = (s + 1) & d->mask;
    d->table[s] = i + 1;
}

static void fill(struct ts_dlog *d)
{
    struct ts_vpoint chunk[CHUNK];
    struct ts_vpoint step, base;
    ts_vpoint_identity(&step);
    ts_vpoint_base(&base);
    for (uint32_t i = 0; i < d->width; i += CHUNK) {
        uint32_t n = d->width - i < CHUNK ? d->width - i : CHUNK;
        for (uint32_t k = 0; k < n; k++) {
            chunk[k] = step;
            ts_vpoint_add(&step, &step, &base);
        }
        ts_vpoint_encode(&d->baby[i], chunk, n);
    }
    for (uint32_t i = 0; i < d->width; i++)
        insert(d, i);
    d->giant = step; /* g^width */
}

struct ts_dlog *ts_dlog_new(int64_t max)
{
    assert(max >= 0 && max <= TS_WEIGHT_MAX);
    struct ts_dlog *d = calloc(1, sizeof *d);
    if (!d)
        abort();
    d->max = max;
    d->width = 1;
    while ((int64_t)d->width * d->width <= max)
        d->width++;
    uint32_t slots = 2;
    while (slots < 2 * d->width)
        slots *= 2;
    d->mask = slots - 1;
    d->table = calloc(slots, sizeof *d->table);
    d->baby = calloc(d->width, sizeof *d->baby);
    if (!d->table || !d->baby)
        abort();
    fill(d);
    return d;
}

void ts_dlog_free(struct ts_dlog *d)
{
    if (!d)
        return;
    free(d->table);
    free(d->baby);
    free(d);
}

int64_t ts_dlog_find(const struct ts_dlog *d, const struct ts_vpoint *p)
{
    struct ts_vpoint chunk[CHUNK];
    struct ts_point encoded[CHUNK];
    struct ts_vpoint step = *p;
    /* p / g^(k*width) is a baby step for exactly one k, if for any. */
    for (int64_t base = 0; base <= d->max; base += (int64_t)CHUNK * d->width) {
        for (int k = 0; k < CHUNK; k++) {
            chunk[k] = step;
            ts_vpoint_sub(&step, &step, &d->giant);
        }
        ts_vpoint_encode(encoded, chunk, CHUNK);
        for (int k = 0; k < CHUNK; k++) {
            int64_t i = lookup(d, &encoded[k]);
            int64_t n = base + (int64_t)k * d->width + i;
            if (i >= 0)
                return n <= d->max ? n : -1;
        }
    }
    return -1;
}
