#include "server/store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CONTENT_MAX (4u * 1024 * 1024)

struct ts_store {
    struct ts_journal *journal;
    char dir[1100];
    pthread_mutex_t reading; /* the journal is read by one at a time */
    int64_t reported;
};

struct ts_store *ts_store_new(struct ts_journal *journal, const char *dir)
{
    struct ts_store *store = calloc(1, sizeof *store);
    if (!store || pthread_mutex_init(&store->reading, NULL))
        abort();
    store->journal = journal;
    snprintf(store->dir, sizeof store->dir, "%s", dir);
    return store;
}

void ts_store_free(struct ts_store *store)
{
    if (!store)
        return;
    pthread_mutex_destroy(&store->reading);
    free(store);
}

/* ---- writing ---- */

static void put_box_op(struct ts_journal_batch *out, const struct ts_store_box_op *op)
{
    static_assert((int)TS_STORE_CAST == (int)TS_JOURNAL_SLOT_CAST &&
                      (int)TS_STORE_VOID == (int)TS_JOURNAL_SLOT_VOID &&
                      (int)TS_STORE_AUDITED == (int)TS_JOURNAL_SLOT_AUDITED,
                  "the same slots");
    struct ts_journal_slot slot = {.ballot = ts_str_bytes(op->body)};
    switch (op->kind) {
    case TS_STORE_BOX_CREATE:
        ts_journal_batch_box_create(out, &op->uuid, op->credentials, op->credential_count,
                                    op->ballot_max);
        break;
    case TS_STORE_BOX_PUT:
        slot.kind = (enum ts_journal_slot_kind)op->slot;
        memcpy(slot.credential, op->credential, sizeof slot.credential);
        memcpy(slot.hash, op->hash, sizeof slot.hash);
        ts_journal_batch_box_fill(out, &op->uuid, &slot);
        break;
    case TS_STORE_BOX_CLOSE:
        ts_journal_batch_box_close(out, &op->uuid);
        break;
    case TS_STORE_BOX_DROP:
        ts_journal_batch_box_drop(out, &op->uuid);
        break;
    }
}

static void submit(void *ctx, struct ts_store_batch *batch)
{
    struct ts_store *store = ctx;
    struct ts_journal_batch *out = ts_journal_batch_new();
    for (size_t i = 0; i < batch->record_count; i++) {
        const struct ts_store_record *r = &batch->records[i];
        ts_journal_batch_record(
            out, &(struct ts_journal_record){&r->stream, r->seq, r->meta, r->data, &r->link});
    }
    for (size_t i = 0; i < batch->content_count; i++) {
        const struct ts_store_content *c = &batch->contents[i];
        ts_journal_batch_content(out,
                                 &(struct ts_journal_content){c->id, c->key, c->nonce, c->sealed});
    }
    for (size_t i = 0; i < batch->erasure_count; i++)
        ts_journal_batch_erase(out, &batch->erasures[i].id, batch->erasures[i].at_ms);
    for (size_t i = 0; i < batch->secret_count; i++) {
        const struct ts_store_secret *s = &batch->secrets[i];
        if (s->value.ptr)
            ts_journal_batch_secret(out, s->key, ts_str_bytes(s->value));
        else
            ts_journal_batch_secret_delete(out, s->key);
    }
    for (size_t i = 0; i < batch->box_op_count; i++)
        put_box_op(out, &batch->box_ops[i]);
    for (size_t i = 0; i < batch->checkpoint_count; i++)
        ts_journal_batch_checkpoint(out, &batch->checkpoints[i]);
    uint64_t ticket = ts_journal_submit(store->journal, out);
    /* 0: it has failed; ts_store_poll() will say so. */
    assert(ticket == 0 || (int64_t)ticket == batch->ticket);
    (void)ticket;
    ts_store_batch_free(batch);
}

void ts_store_poll(struct ts_store *store, struct ts_engine *engine)
{
    int64_t completed = (int64_t)ts_journal_completed(store->journal);
    if (completed > store->reported) {
        store->reported = completed;
        ts_engine_stored(engine, completed);
    }
    struct ts_err err = {0};
    if (ts_journal_failed(store->journal, &err))
        ts_engine_store_failed(engine, err.detail);
}

/* ---- reading while it runs ---- */

/* An export whose records are looked at one by one, or shown. */
struct exporting {
    void *ctx;
    bool (*visit)(void *ctx, const struct ts_store_record *record);
    ts_store_show show;
    ts_store_sink sink;
};

static enum ts_recwrite_show on_show(void *ctx, const struct ts_journal_record *record,
                                     int64_t *about_ms)
{
    const struct exporting *x = ctx;
    struct ts_store_record r = {*record->stream, record->seq, record->meta, record->data,
                                *record->link};
    if (x->show)
        return x->show(x->ctx, &r, about_ms);
    x->visit(x->ctx, &r);
    return TS_RECWRITE_HASH;
}

static int on_bytes(void *ctx, struct ts_bytes bytes, struct ts_err *err)
{
    const struct exporting *x = ctx;
    return x->sink ? x->sink(x->ctx, bytes, err) : 0;
}

static int export_range(struct ts_store *store, struct ts_journal_export *what,
                        struct exporting *exporting, struct ts_err *err)
{
    what->ctx = exporting;
    what->show = on_show;
    what->sink = on_bytes;
    pthread_mutex_lock(&store->reading);
    int rc = ts_journal_export(store->journal, what, err);
    pthread_mutex_unlock(&store->reading);
    if (rc == 1)
        return ts_err_set(err, "store.read", "there is nothing in that range of %s",
                          what->stream.s);
    return rc;
}

static int read_records(void *ctx, const struct ts_id *stream, int64_t from, int64_t to,
                        bool (*visit)(void *visit_ctx, const struct ts_store_record *record),
                        void *visit_ctx, struct ts_err *err)
{
    struct exporting exporting = {.ctx = visit_ctx, .visit = visit};
    struct ts_journal_export what = {.stream = *stream, .from = from, .to = to};
    return export_range(ctx, &what, &exporting, err);
}

static int export_stream(void *ctx, const struct ts_id *stream, const uint8_t key[static 32],
                         ts_store_show show, ts_store_sink sink, void *visit_ctx,
                         struct ts_err *err)
{
    struct exporting exporting = {.ctx = visit_ctx, .show = show, .sink = sink};
    struct ts_journal_export what = {.stream = *stream, .from = 1, .to = INT64_MAX};
    memcpy(what.key, key, sizeof what.key);
    return export_range(ctx, &what, &exporting, err);
}

struct box_reading {
    void *ctx;
    ts_store_slot_visit visit;
    bool stopped;
};

static int on_slot(void *ctx, const struct ts_journal_slot *slot, struct ts_err *err)
{
    (void)err;
    struct box_reading *x = ctx;
    if (!x->stopped)
        x->stopped = !x->visit(x->ctx, slot->credential, (enum ts_store_slot)slot->kind, slot->hash,
                               ts_bytes_str(slot->ballot));
    return 0;
}

static int read_box(void *ctx, const struct ts_id *uuid, ts_store_slot_visit visit, void *visit_ctx,
                    struct ts_err *err)
{
    struct ts_store *store = ctx;
    struct box_reading reading = {visit_ctx, visit, false};
    pthread_mutex_lock(&store->reading);
    int rc = ts_journal_box_read(store->journal, uuid, on_slot, &reading, err);
    pthread_mutex_unlock(&store->reading);
    return rc == 1 ? ts_err_set(err, "store.read", "there is no closed box of %s", uuid->s) : rc;
}

/* ---- scratch files ---- */

static int scratch(void *ctx, struct ts_err *err)
{
    const struct ts_store *store = ctx;
    int fd = open(store->dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) { /* an old file system */
        char path[1200];
        snprintf(path, sizeof path, "%s/scratch-XXXXXX", store->dir);
        fd = mkostemp(path, O_CLOEXEC);
        if (fd >= 0)
            unlink(path);
    }
    if (fd < 0)
        ts_err_set(err, "store.read", "no scratch file: %s", strerror(errno));
    return fd;
}

static int scratch_write(void *ctx, int file, struct ts_bytes bytes, struct ts_err *err)
{
    (void)ctx;
    while (bytes.len > 0) {
        ssize_t n = write(file, bytes.ptr, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ts_err_set(err, "store.read", "scratch file: %s", strerror(errno));
        bytes = (struct ts_bytes){bytes.ptr + n, bytes.len - (size_t)n};
    }
    return 0;
}

static int scratch_again(void *ctx, int file)
{
    (void)ctx;
    return fcntl(file, F_DUPFD_CLOEXEC, 3);
}

static void discard(void *ctx, int file)
{
    (void)ctx;
    close(file);
}

struct ts_store_port ts_store_port(struct ts_store *store)
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

static int load_record(void *ctx, const struct ts_journal_record *r, struct ts_err *err)
{
    struct ts_store_record record = {*r->stream, r->seq, r->meta, r->data, *r->link};
    return ts_engine_load_record(ctx, &record, err);
}

static int load_content(void *ctx, const struct ts_journal_content *c, struct ts_err *err)
{
    if (!c->ciphertext.ptr)
        return ts_err_set(err, "content.damaged", "content %s is too large", c->id.s);
    struct ts_store_content content = {.id = c->id, .sealed = c->ciphertext};
    memcpy(content.key, c->key, sizeof content.key);
    memcpy(content.nonce, c->nonce, sizeof content.nonce);
    int rc = ts_engine_load_content(ctx, &content, err);
    explicit_bzero(content.key, sizeof content.key);
    return rc;
}

static void load_tombstone(void *ctx, const struct ts_id *id, int64_t at_ms)
{
    ts_engine_load_tombstone(ctx, id, at_ms);
}

static void load_secret(void *ctx, struct ts_str name, struct ts_bytes value)
{
    ts_engine_load_secret(ctx, &(struct ts_store_secret){name, ts_bytes_str(value)});
}

static int load_box(void *ctx, const struct ts_journal_box *box, struct ts_err *err)
{
    return ts_engine_load_box(ctx, &box->uuid, box->open, err);
}

static int load_slot(void *ctx, const struct ts_journal_box *box,
                     const struct ts_journal_slot *slot, struct ts_err *err)
{
    return ts_engine_load_slot(ctx, &box->uuid, slot->credential, (enum ts_store_slot)slot->kind,
                               slot->hash, ts_bytes_str(slot->ballot), err);
}

int ts_store_load(struct ts_store *store, struct ts_engine *engine, struct ts_err *err)
{
    const struct ts_journal_reader reader = {
        .ctx = engine,
        .record = load_record,
        .content = load_content,
        .tombstone = load_tombstone,
        .secret = load_secret,
        .box = load_box,
        .slot = load_slot,
        .content_max = CONTENT_MAX,
    };
    if (ts_journal_load(store->journal, &reader, err) != 0)
        return -1;
    return ts_engine_start(engine, err);
}
