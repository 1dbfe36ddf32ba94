#include "tests/support/workload.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/base/codec.h"

/* Which parts an item has. */
static bool has_b(int64_t item)
{
    return item % 3 == 0;
}

static bool has_content(int64_t item)
{
    return item % 4 == 1;
}

/* Erases the content of the item 8 before. */
static bool has_erasure(int64_t item)
{
    return item % 16 == 9;
}

static bool has_secret(int64_t item)
{
    return item % 5 == 2;
}

static bool has_slot(int64_t item)
{
    return item % TS_WORKLOAD_POLL >= 1 && item % TS_WORKLOAD_POLL <= TS_WORKLOAD_SLOTS;
}

#define BALLOT_MAX 3000

static size_t ballot_len(int64_t item)
{
    return 1 + (size_t)item % BALLOT_MAX;
}

static struct ts_id id_of(const struct ts_workload *w, const char *kind, int64_t number)
{
    struct ts_rng rng = {w->seed * 1000003 + (uint64_t)number * 97 + (uint64_t)kind[0]};
    return ts_rng_id(&rng);
}

static void credential_of(uint8_t out[32], const struct ts_workload *w, int64_t item)
{
    struct ts_rng rng = {w->seed * 1000003 + (uint64_t)item * 101};
    ts_rng_fill(&rng, out, 32);
}

void ts_workload_init(struct ts_workload *w, uint64_t seed)
{
    *w = (struct ts_workload){.seed = seed, .rng = {seed}};
    w->found = calloc(TS_WORKLOAD_ITEMS, sizeof *w->found);
    if (!w->found)
        abort();
}

void ts_workload_free(struct ts_workload *w)
{
    ts_workload_close(w);
    ts_made_record_free(&w->made);
    free(w->found);
    free(w->open_boxes);
    free(w->closed_boxes);
}

void ts_workload_close(struct ts_workload *w)
{
    ts_journal_close(w->j);
    w->j = NULL;
}

/* ---- Loading ---- */

static int stray(struct ts_err *err, const char *what)
{
    return ts_err_set(err, "test.stray", "%s", what);
}

static bool item_of(struct ts_str text, const char *before, int64_t *item)
{
    char copy[128];
    size_t len = text.len < sizeof copy - 1 ? text.len : sizeof copy - 1;
    long long number;
    memcpy(copy, text.ptr, len);
    copy[len] = '\0';
    const char *at = strstr(copy, before);
    if (!at || sscanf(at + strlen(before), "%lld", &number) != 1 || number < 0 ||
        number >= TS_WORKLOAD_ITEMS)
        return false;
    *item = number;
    return true;
}

static int on_record(void *ctx, const struct ts_journal_record *record, struct ts_err *err)
{
    struct ts_workload *w = ctx;
    bool is_a = strcmp(record->stream->s, w->a.stream.s) == 0;
    struct ts_chain *chain = is_a ? &w->a : &w->b;
    struct ts_record_meta meta;
    int64_t item;
    if (ts_record_meta_parse(&meta, record->meta, err) != 0)
        return -1;
    ts_chain_resume(chain, &chain->stream, record->seq, record->link);
    chain->at_ms = meta.at_ms;
    if (record->seq == 1)
        return 0;
    if (!item_of(record->data, "\"n\":", &item))
        return stray(err, "a record of no item");
    ++*(is_a ? &w->found[item].a : &w->found[item].b);
    return 0;
}

static int on_content(void *ctx, const struct ts_journal_content *content, struct ts_err *err)
{
    struct ts_workload *w = ctx;
    int64_t item;
    if (!item_of(ts_bytes_str(content->ciphertext), "content ", &item) ||
        strcmp(content->id.s, id_of(w, "content", item).s) != 0)
        return stray(err, "content of no item");
    w->found[item].content++;
    return 0;
}

static void on_tombstone(void *ctx, const struct ts_id *id, int64_t at_ms)
{
    struct ts_workload *w = ctx;
    if (at_ms >= 0 && at_ms < TS_WORKLOAD_ITEMS && strcmp(id->s, id_of(w, "content", at_ms).s) == 0)
        w->found[at_ms].tombstone++;
}

static void on_secret(void *ctx, struct ts_str name, struct ts_bytes value)
{
    struct ts_workload *w = ctx;
    int64_t item;
    if (item_of(name, "s", &item) && value.len == (size_t)(item % 100))
        w->found[item].secret++;
}

static int on_slot(void *ctx, const struct ts_journal_slot *slot, struct ts_err *err)
{
    struct ts_workload *w = ctx;
    uint8_t credential[32];
    int64_t item = 0;
    for (int i = 0; i < 8; i++)
        item = item * 256 + slot->hash[i];
    if (item < 0 || item >= TS_WORKLOAD_ITEMS)
        return stray(err, "a slot of no item");
    credential_of(credential, w, item);
    if (memcmp(credential, slot->credential, 32) != 0 || slot->ballot.len != ballot_len(item))
        return stray(err, "a slot that is not as it was filled");
    w->found[item].slot++;
    return 0;
}

static int on_open_slot(void *ctx, const struct ts_journal_box *box,
                        const struct ts_journal_slot *slot, struct ts_err *err)
{
    (void)box;
    return on_slot(ctx, slot, err);
}

static void push_id(struct ts_id **ids, size_t *count, const struct ts_id *id)
{
    *ids = realloc(*ids, (*count + 1) * sizeof **ids);
    if (!*ids)
        abort();
    (*ids)[(*count)++] = *id;
}

static int on_box(void *ctx, const struct ts_journal_box *box, struct ts_err *err)
{
    struct ts_workload *w = ctx;
    (void)err;
    if (box->open)
        push_id(&w->open_boxes, &w->open_count, &box->uuid);
    else
        push_id(&w->closed_boxes, &w->closed_count, &box->uuid);
    return 0;
}

int ts_workload_open(struct ts_workload *w, const char *dir, const char *vfs, struct ts_err *err)
{
    const struct ts_journal_options options = {.dir = dir, .vfs = vfs};
    const struct ts_journal_reader reader = {
        .ctx = w,
        .record = on_record,
        .content = on_content,
        .tombstone = on_tombstone,
        .secret = on_secret,
        .box = on_box,
        .slot = on_open_slot,
        .content_max = 1 << 20,
    };
    struct ts_id a = id_of(w, "a", 0), b = id_of(w, "b", 0);
    ts_chain_start(&w->a, &a);
    ts_chain_start(&w->b, &b);
    memset(w->found, 0, TS_WORKLOAD_ITEMS * sizeof *w->found);
    w->open_count = w->closed_count = 0;
    if (ts_journal_open(&w->j, &options, err) != 0) {
        w->j = NULL;
        return -1;
    }
    int rc = ts_journal_load(w->j, &reader, err);
    for (size_t i = 0; rc == 0 && i < w->closed_count; i++)
        rc = ts_journal_box_read(w->j, &w->closed_boxes[i], on_slot, w, err);
    if (rc != 0)
        ts_workload_close(w);
    return rc;
}

/* ---- Writing ---- */

static void add_record(struct ts_workload *w, struct ts_journal_batch *batch,
                       struct ts_chain *chain, int64_t item)
{
    do {
        ts_make_record(&w->made, chain, &w->rng, item, 40 + (size_t)(item % 300));
        struct ts_journal_record record = {&chain->stream, w->made.seq, ts_buf_str(&w->made.meta),
                                           ts_buf_str(&w->made.data), &w->made.link};
        ts_journal_batch_record(batch, &record);
    } while (chain->seq == 1); /* the first is the genesis */
}

static void add_box_operations(struct ts_workload *w, struct ts_journal_batch *batch, int64_t item)
{
    struct ts_id uuid = id_of(w, "poll", item / TS_WORKLOAD_POLL);
    if (item % TS_WORKLOAD_POLL == 0) {
        uint8_t credentials[TS_WORKLOAD_SLOTS][32];
        for (int i = 0; i < TS_WORKLOAD_SLOTS; i++)
            credential_of(credentials[i], w, item + 1 + i);
        for (size_t i = 0; i < w->open_count; i++)
            ts_journal_batch_box_close(batch, &w->open_boxes[i]);
        w->open_count = 0;
        ts_journal_batch_box_create(batch, &uuid, (const uint8_t(*)[32])credentials,
                                    TS_WORKLOAD_SLOTS, BALLOT_MAX);
    }
    if (has_slot(item)) {
        static uint8_t ballot[BALLOT_MAX];
        struct ts_journal_slot slot = {.kind = TS_JOURNAL_SLOT_CAST,
                                       .ballot = {ballot, ballot_len(item)}};
        for (int i = 0; i < 8; i++)
            slot.hash[i] = (uint8_t)((uint64_t)item >> (56 - 8 * i));
        credential_of(slot.credential, w, item);
        ts_journal_batch_box_fill(batch, &uuid, &slot);
    }
    if (item % TS_WORKLOAD_POLL == 35)
        ts_journal_batch_box_close(batch, &uuid);
}

struct ts_journal_batch *ts_workload_batch(struct ts_workload *w, int64_t item)
{
    struct ts_journal_batch *batch = ts_journal_batch_new();
    uint8_t key[TS_JOURNAL_KEY_LEN] = {1}, nonce[TS_JOURNAL_NONCE_LEN] = {2};
    char text[128];
    add_record(w, batch, &w->a, item);
    if (has_b(item))
        add_record(w, batch, &w->b, item);
    if (has_content(item)) {
        struct ts_journal_content content = {
            .id = id_of(w, "content", item), .key = key, .nonce = nonce};
        snprintf(text, sizeof text, "content %lld", (long long)item);
        content.ciphertext = ts_str_bytes(ts_str_of(text));
        ts_journal_batch_content(batch, &content);
    }
    if (has_erasure(item) && item >= 8) {
        struct ts_id id = id_of(w, "content", item - 8);
        ts_journal_batch_erase(batch, &id, item - 8);
    }
    if (has_secret(item)) {
        uint8_t value[100] = {7};
        snprintf(text, sizeof text, "s%lld", (long long)item);
        ts_journal_batch_secret(batch, ts_str_of(text),
                                (struct ts_bytes){value, (size_t)(item % 100)});
    }
    add_box_operations(w, batch, item);
    return batch;
}

int ts_workload_run(struct ts_workload *w, uint8_t *status, int64_t *next, int64_t count,
                    int64_t in_flight, struct ts_err *err)
{
    const int64_t first = *next, end = first + count;
    const uint64_t before = ts_journal_completed(w->j);
    int64_t done = first; /* acknowledged so far */
    while (done < end) {
        bool failed = ts_journal_failed(w->j, err);
        for (uint64_t completed = ts_journal_completed(w->j) - before;
             done < first + (int64_t)completed; done++)
            status[done] = TS_ITEM_ACKNOWLEDGED;
        if (failed)
            return -1;
        if (*next < end && *next < done + in_flight) {
            status[*next] = TS_ITEM_SUBMITTED;
            ts_journal_submit(w->j, ts_workload_batch(w, (*next)++));
        } else {
            sched_yield();
        }
    }
    return 0;
}

/* ---- Checking ---- */

static int wrong(struct ts_workload *w, int64_t item, const char *what)
{
    const struct ts_workload_found *f = &w->found[item];
    snprintf(w->wrong, sizeof w->wrong,
             "item %lld: %s (a %d, b %d, content %d, tombstone %d, secret %d, slot %d)",
             (long long)item, what, f->a, f->b, f->content, f->tombstone, f->secret, f->slot);
    return -1;
}

static int check_item(struct ts_workload *w, const uint8_t *status, int64_t count, int64_t item)
{
    const struct ts_workload_found *f = &w->found[item];
    int64_t eraser = item + 8;
    bool erasable = has_content(item) && has_erasure(eraser) && eraser < count;
    bool may_be_erased = erasable && status[eraser] != TS_ITEM_NEW;
    bool is_erased = erasable && status[eraser] == TS_ITEM_ACKNOWLEDGED;

    if (f->a > 1 || f->b > 1 || f->content > 1 || f->secret > 1 || f->slot > 1)
        return wrong(w, item, "doubled");
    if (status[item] == TS_ITEM_ACKNOWLEDGED && f->a == 0)
        return wrong(w, item, "acknowledged and lost");
    if (status[item] == TS_ITEM_NEW && (f->a || f->b || f->content || f->secret || f->slot))
        return wrong(w, item, "never submitted");
    /* In the journal's file all of an item is there or nothing; and what is there has its ballot.
     */
    if (f->b != (f->a && has_b(item)) || f->secret != (f->a && has_secret(item)))
        return wrong(w, item, "in part");
    if (f->content != (f->a && has_content(item)) && !(may_be_erased && !f->content))
        return wrong(w, item, "in part");
    if (f->a && has_slot(item) && !f->slot)
        return wrong(w, item, "without its ballot");
    if (is_erased && (f->content || !f->tombstone))
        return wrong(w, item, "erased and still there");
    return 0;
}

int ts_workload_check(struct ts_workload *w, const uint8_t *status, int64_t count)
{
    for (int64_t item = 0; item < count; item++) {
        if (check_item(w, status, count, item) != 0)
            return -1;
    }
    return 0;
}
