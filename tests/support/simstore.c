#include "tests/support/simstore.h"

#include <assert.h>
#include <stdlib.h>

static void push(struct simstore_list *list, struct ts_store_batch *batch)
{
    if (list->count == list->room) {
        list->room = list->room ? list->room * 2 : 64;
        list->batches = realloc(list->batches, list->room * sizeof *list->batches);
        assert(list->batches);
    }
    list->batches[list->count++] = batch;
}

static void clear(struct simstore_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        ts_store_batch_free(list->batches[i]);
    free(list->batches);
    *list = (struct simstore_list){0};
}

void simstore_free(struct simstore *store)
{
    clear(&store->log);
    clear(&store->pending);
    for (size_t i = 0; i < 16; i++)
        ts_buf_free(&store->files[i]);
}

/* ---- writing ---- */

static void submit(void *ctx, struct ts_store_batch *batch)
{
    struct simstore *store = ctx;
    assert(batch->ticket == store->submitted + 1);
    store->submitted++;
    push(&store->pending, batch);
}

static void persist(struct simstore *store, size_t count)
{
    if (count == 0)
        return;
    for (size_t i = 0; i < count; i++)
        push(&store->log, store->pending.batches[i]);
    store->pending.count -= count;
    memmove(store->pending.batches, store->pending.batches + count,
            store->pending.count * sizeof *store->pending.batches);
    store->durable += (int64_t)count;
}

int64_t simstore_sync(struct simstore *store, size_t most)
{
    if (store->sin == SIMSTORE_EARLY)
        return store->submitted; /* nothing is written */
    persist(store, most < store->pending.count ? most : store->pending.count);
    return store->durable;
}

void simstore_crash(struct simstore *store, size_t kept)
{
    persist(store, kept < store->pending.count ? kept : store->pending.count);
    clear(&store->pending);
    store->submitted = 0;
    store->durable = 0;
}

/* ---- reading ---- */

void simstore_each(const struct simstore *store,
                   void (*visit)(void *ctx, const struct ts_store_record *record), void *ctx)
{
    for (size_t i = 0; i < store->log.count; i++)
        for (size_t k = 0; k < store->log.batches[i]->record_count; k++)
            visit(ctx, &store->log.batches[i]->records[k]);
}

static int read_records(void *ctx, const struct ts_id *stream, int64_t from, int64_t to,
                        bool (*visit)(void *visit_ctx, const struct ts_store_record *record),
                        void *visit_ctx, struct ts_err *err)
{
    (void)err;
    const struct simstore *store = ctx;
    for (size_t i = 0; i < store->log.count; i++) {
        for (size_t k = 0; k < store->log.batches[i]->record_count; k++) {
            const struct ts_store_record *r = &store->log.batches[i]->records[k];
            if (ts_id_equal(&r->stream, stream) && r->seq >= from && r->seq <= to &&
                !visit(visit_ctx, r))
                return 0;
        }
    }
    return 0;
}

/* The box's last creation in the log, and whether it was closed or dropped since. */
static const struct ts_store_box_op *find_box(const struct simstore *store,
                                              const struct ts_id *uuid, bool *closed, bool *dropped)
{
    const struct ts_store_box_op *found = NULL;
    for (size_t i = 0; i < store->log.count; i++) {
        for (size_t k = 0; k < store->log.batches[i]->box_op_count; k++) {
            const struct ts_store_box_op *op = &store->log.batches[i]->box_ops[k];
            if (!ts_id_equal(&op->uuid, uuid))
                continue;
            if (op->kind == TS_STORE_BOX_CREATE) {
                found = op;
                *closed = *dropped = false;
            }
            *closed |= op->kind == TS_STORE_BOX_CLOSE;
            *dropped |= op->kind == TS_STORE_BOX_DROP;
        }
    }
    return found;
}

static const struct ts_store_box_op *find_put(const struct simstore *store,
                                              const struct ts_id *uuid,
                                              const uint8_t credential[static 32], size_t *count)
{
    const struct ts_store_box_op *last = NULL;
    *count = 0;
    for (size_t i = 0; i < store->log.count; i++) {
        for (size_t k = 0; k < store->log.batches[i]->box_op_count; k++) {
            const struct ts_store_box_op *op = &store->log.batches[i]->box_ops[k];
            if (op->kind == TS_STORE_BOX_PUT && ts_id_equal(&op->uuid, uuid) &&
                memcmp(op->credential, credential, 32) == 0) {
                last = op;
                ++*count;
            }
        }
    }
    return last;
}

size_t simstore_filled(const struct simstore *store, const struct ts_id *uuid,
                       const uint8_t credential[static 32], enum ts_store_slot *slot,
                       uint8_t hash[static 32])
{
    size_t count;
    const struct ts_store_box_op *put = find_put(store, uuid, credential, &count);
    *slot = put ? put->slot : TS_STORE_EMPTY;
    if (put)
        memcpy(hash, put->hash, 32);
    return count;
}

static int read_box(void *ctx, const struct ts_id *uuid, ts_store_slot_visit visit, void *visit_ctx,
                    struct ts_err *err)
{
    const struct simstore *store = ctx;
    bool closed = false, dropped = false;
    const struct ts_store_box_op *box = find_box(store, uuid, &closed, &dropped);
    if (!box || !closed)
        return ts_err_set(err, "store.read", "no closed box");
    for (size_t i = 0; i < box->credential_count; i++) {
        size_t count;
        const struct ts_store_box_op *put = find_put(store, uuid, box->credentials[i], &count);
        if (put && !visit(visit_ctx, put->credential, put->slot, put->hash, put->body))
            return 0;
    }
    return 0;
}

static int export_stream(void *ctx, const struct ts_id *stream, const uint8_t key[static 32],
                         ts_store_show show, ts_store_sink sink, void *visit_ctx,
                         struct ts_err *err)
{
    const struct simstore *store = ctx;
    struct ts_chain chain;
    struct ts_buf out = {0};
    ts_chain_start(&chain, stream);
    ts_recwrite_header(&out, &chain, key);
    for (size_t i = 0; i < store->log.count; i++) {
        for (size_t k = 0; k < store->log.batches[i]->record_count; k++) {
            const struct ts_store_record *r = &store->log.batches[i]->records[k];
            int64_t about = -1;
            if (!ts_id_equal(&r->stream, stream))
                continue;
            enum ts_recwrite_show how = show(visit_ctx, r, &about);
            ts_recwrite_record(&out, r->seq, r->meta, r->data, &r->link, how, about);
            if (ts_chain_check(&chain, r->seq, r->meta, r->data, &r->link, err) != 0)
                return -1;
        }
    }
    ts_recwrite_end(&out, &chain, 0);
    int rc = sink(visit_ctx, ts_buf_bytes(&out), err);
    ts_buf_free(&out);
    return rc;
}

/* ---- scratch ---- */

static int scratch(void *ctx, struct ts_err *err)
{
    struct simstore *store = ctx;
    for (int i = 0; i < 16; i++) {
        if (store->holders[i] == 0) {
            store->holders[i] = 1;
            ts_buf_clear(&store->files[i]);
            return i;
        }
    }
    return ts_err_set(err, "store.read", "no file");
}

static int scratch_write(void *ctx, int file, struct ts_bytes bytes, struct ts_err *err)
{
    (void)err;
    struct simstore *store = ctx;
    ts_buf_append(&store->files[file], bytes.ptr, bytes.len);
    return 0;
}

static int scratch_again(void *ctx, int file)
{
    struct simstore *store = ctx;
    store->holders[file]++;
    return file;
}

static void discard(void *ctx, int file)
{
    struct simstore *store = ctx;
    assert(store->holders[file] > 0);
    store->holders[file]--;
}

struct ts_store_port simstore_port(struct simstore *store)
{
    return (struct ts_store_port){
        .ctx = store,
        .submit = submit,
        .read = read_records,
        .read_box = read_box,
        .export = export_stream,
        .scratch = scratch,
        .scratch_write = scratch_write,
        .scratch_again = scratch_again,
        .discard = discard,
    };
}

/* ---- loading ---- */

static int load_records(const struct simstore *store, struct ts_engine *engine, struct ts_err *err)
{
    for (size_t i = 0; i < store->log.count; i++)
        for (size_t k = 0; k < store->log.batches[i]->record_count; k++)
            if (ts_engine_load_record(engine, &store->log.batches[i]->records[k], err) != 0)
                return -1;
    return 0;
}

static bool is_erased(const struct simstore *store, const struct ts_id *id)
{
    for (size_t i = 0; i < store->log.count; i++)
        for (size_t k = 0; k < store->log.batches[i]->erasure_count; k++)
            if (ts_id_equal(&store->log.batches[i]->erasures[k].id, id))
                return true;
    return false;
}

static int load_contents(const struct simstore *store, struct ts_engine *engine, struct ts_err *err)
{
    bool twist = store->sin == SIMSTORE_TWISTS;
    for (size_t i = 0; i < store->log.count; i++) {
        for (size_t k = 0; k < store->log.batches[i]->content_count; k++) {
            struct ts_store_content content = store->log.batches[i]->contents[k];
            if (is_erased(store, &content.id))
                continue;
            content.nonce[0] ^= twist;
            twist = false;
            if (ts_engine_load_content(engine, &content, err) != 0)
                return -1;
        }
    }
    for (size_t i = 0; i < store->log.count; i++)
        for (size_t k = 0; k < store->log.batches[i]->erasure_count; k++)
            ts_engine_load_tombstone(engine, &store->log.batches[i]->erasures[k].id,
                                     store->log.batches[i]->erasures[k].at_ms);
    for (size_t i = 0; i < store->log.count; i++)
        for (size_t k = 0; k < store->log.batches[i]->secret_count; k++)
            ts_engine_load_secret(engine, &store->log.batches[i]->secrets[k]);
    return 0;
}

static int load_box(const struct simstore *store, struct ts_engine *engine,
                    const struct ts_store_box_op *box, struct ts_err *err)
{
    bool closed = false, dropped = false;
    bool forget = store->sin == SIMSTORE_FORGETS;
    if (find_box(store, &box->uuid, &closed, &dropped) != box || dropped)
        return 0;
    if (ts_engine_load_box(engine, &box->uuid, !closed, err) != 0)
        return -1;
    for (size_t i = 0; i < box->credential_count && !closed; i++) {
        size_t count;
        const struct ts_store_box_op *put =
            find_put(store, &box->uuid, box->credentials[i], &count);
        if (put && forget) {
            forget = false;
            continue;
        }
        if (put && ts_engine_load_slot(engine, &box->uuid, put->credential, put->slot, put->hash,
                                       put->body, err) != 0)
            return -1;
    }
    return 0;
}

int simstore_load(struct simstore *store, struct ts_engine *engine, struct ts_err *err)
{
    if (load_records(store, engine, err) != 0 || load_contents(store, engine, err) != 0)
        return -1;
    for (size_t i = 0; i < store->log.count; i++)
        for (size_t k = 0; k < store->log.batches[i]->box_op_count; k++)
            if (store->log.batches[i]->box_ops[k].kind == TS_STORE_BOX_CREATE &&
                load_box(store, engine, &store->log.batches[i]->box_ops[k], err) != 0)
                return -1;
    return ts_engine_start(engine, err);
}
