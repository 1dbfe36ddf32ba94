#include "server/engine/dedupe.h"

#include <assert.h>
#include <stdlib.h>

#include <sodium.h>

/* One command of the past. */
struct past {
    uint64_t print;  /* keyed fingerprint of the id; 0: free */
    uint32_t stream; /* index into streams */
    uint32_t seq;
};

struct recent {
    struct ts_id cmd;
    char *text; /* owned: actor, then body */
    size_t actor_len;
    size_t body_len;
};

struct ts_dedupe {
    uint8_t key[crypto_shorthash_KEYBYTES];
    struct past *past; /* open addressing, a power of two */
    size_t past_cap;
    size_t past_count;
    struct ts_id *streams;
    uint32_t stream_count;
    uint32_t stream_cap;
    struct recent ring[TS_DEDUPE_RECENT];
    size_t ring_next;
    struct ts_map recent; /* id -> struct recent in the ring */
};

struct ts_dedupe *ts_dedupe_new(const uint8_t key[static 16])
{
    struct ts_dedupe *d = calloc(1, sizeof *d);
    if (!d)
        abort();
    static_assert(crypto_shorthash_KEYBYTES == 16, "SipHash-2-4");
    memcpy(d->key, key, sizeof d->key);
    return d;
}

void ts_dedupe_free(struct ts_dedupe *d)
{
    if (!d)
        return;
    for (size_t i = 0; i < TS_DEDUPE_RECENT; i++)
        free(d->ring[i].text);
    ts_map_free(&d->recent);
    free(d->streams);
    free(d->past);
    free(d);
}

static uint64_t fingerprint(const struct ts_dedupe *d, const struct ts_id *cmd)
{
    uint8_t hash[crypto_shorthash_BYTES];
    struct ts_str s = ts_id_str(cmd);
    crypto_shorthash(hash, (const uint8_t *)s.ptr, s.len, d->key);
    uint64_t print;
    memcpy(&print, hash, sizeof print);
    return print ? print : 1;
}

/* The slot of this fingerprint, or the free one where it belongs. */
static struct past *past_slot(struct past *past, size_t cap, uint64_t print)
{
    size_t i = (size_t)print & (cap - 1);
    while (past[i].print && past[i].print != print)
        i = (i + 1) & (cap - 1);
    return &past[i];
}

static void past_grow(struct ts_dedupe *d)
{
    size_t cap = d->past_cap ? d->past_cap * 2 : 1024;
    struct past *bigger = calloc(cap, sizeof *bigger);
    if (!bigger)
        abort();
    for (size_t i = 0; i < d->past_cap; i++)
        if (d->past[i].print)
            *past_slot(bigger, cap, d->past[i].print) = d->past[i];
    free(d->past);
    d->past = bigger;
    d->past_cap = cap;
}

static uint32_t stream_index(struct ts_dedupe *d, const struct ts_id *stream)
{
    /* Few streams, and the last one asked for is usually the one at hand. */
    for (uint32_t i = d->stream_count; i > 0; i--)
        if (ts_id_equal(&d->streams[i - 1], stream))
            return i - 1;
    if (d->stream_count == d->stream_cap) {
        d->stream_cap = d->stream_cap ? d->stream_cap * 2 : 16;
        d->streams = realloc(d->streams, d->stream_cap * sizeof *d->streams);
        if (!d->streams)
            abort();
    }
    d->streams[d->stream_count] = *stream;
    return d->stream_count++;
}

void ts_dedupe_note(struct ts_dedupe *d, const struct ts_id *cmd, const struct ts_id *stream,
                    int64_t seq)
{
    assert(!ts_id_is_none(cmd) && seq > 0 && seq <= UINT32_MAX);
    if (d->past_count + d->past_count / 3 >= d->past_cap)
        past_grow(d);
    uint64_t print = fingerprint(d, cmd);
    struct past *slot = past_slot(d->past, d->past_cap, print);
    d->past_count += slot->print == 0;
    *slot = (struct past){print, stream_index(d, stream), (uint32_t)seq};
}

void ts_dedupe_keep(struct ts_dedupe *d, const struct ts_id *cmd,
                    const struct ts_dedupe_answer *answer)
{
    struct recent *r = &d->ring[d->ring_next];
    d->ring_next = (d->ring_next + 1) % TS_DEDUPE_RECENT;
    if (r->text) {
        ts_map_remove(&d->recent, ts_id_str(&r->cmd));
        sodium_memzero(r->text, r->actor_len + r->body_len); /* may have held a token */
        free(r->text);
    }
    *r = (struct recent){.cmd = *cmd, .actor_len = answer->actor.len, .body_len = answer->body.len};
    r->text = malloc(r->actor_len + r->body_len + 1);
    if (!r->text)
        abort();
    memcpy(r->text, answer->actor.ptr, r->actor_len);
    memcpy(r->text + r->actor_len, answer->body.ptr, r->body_len);
    void *before = ts_map_put(&d->recent, ts_id_str(cmd), r);
    assert(!before);
    (void)before;
}

bool ts_dedupe_answer(const struct ts_dedupe *d, const struct ts_id *cmd,
                      struct ts_dedupe_answer *out)
{
    const struct recent *r = ts_map_get(&d->recent, ts_id_str(cmd));
    if (!r)
        return false;
    out->actor = (struct ts_str){r->text, r->actor_len};
    out->body = (struct ts_str){r->text + r->actor_len, r->body_len};
    return true;
}

bool ts_dedupe_place(const struct ts_dedupe *d, const struct ts_id *cmd,
                     struct ts_dedupe_place *out)
{
    if (d->past_cap == 0)
        return false;
    const struct past *slot = past_slot(d->past, d->past_cap, fingerprint(d, cmd));
    if (!slot->print)
        return false;
    out->stream = d->streams[slot->stream];
    out->seq = slot->seq;
    return true;
}

size_t ts_dedupe_count(const struct ts_dedupe *d)
{
    return d->past_count;
}
