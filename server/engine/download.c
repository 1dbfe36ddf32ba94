#include "server/engine/download.h"

#include <stdlib.h>

#include "proto/ballot/archive.h"
#include "server/engine/internal.h"
#include "server/view/minutes.h"
#include "server/view/package_file.h"

#define PIECE (256u * 1024)
#define DAY_MS (24 * 60 * 60 * 1000)
#define SHANGHAI_MS (8 * 60 * 60 * 1000)

/* ---- answering ---- */

static void answer(struct ts_engine *e, void *exchange, struct ts_outbox_item *item)
{
    item->ticket = e->ticket;
    item->exchange = exchange;
    ts_outbox_put(&e->outbox, item);
}

static void refuse(struct ts_engine *e, void *exchange, unsigned status)
{
    struct ts_outbox_item item = {.answer = {.status = status, .content_type = "text/plain"}};
    ts_buf_printf(&item.body, "%u\n", status);
    answer(e, exchange, &item);
}

static void answer_file(struct ts_engine *e, void *exchange, int file, uint64_t len,
                        const char *type, const char *disposition)
{
    answer(e, exchange,
           &(struct ts_outbox_item){.answer = {.status = 200,
                                               .content_type = type,
                                               .disposition = disposition,
                                               .fd_plus_1 = file + 1,
                                               .fd_len = len}});
}

/* ---- writing to a file on a worker ---- */

struct file_job {
    struct ts_job base;
    struct ts_store_port store;
    void *exchange;
    int file; /* -1: not made */
    uint64_t len;
    struct ts_err err;
    struct ts_arena arena;
    struct ts_buf piece;
    /* archive */
    struct ts_id uuid;
    int state;
    struct ts_str election, trustees, list, setup, encrypted_tally, result;
    struct ts_st_partial *partials;
    size_t partial_count;
    int64_t cast;
    uint64_t timestamp;
    struct ts_archive_writer writer;
    /* record */
    struct ts_id stream;
    uint8_t key[32];
};

static int flush(struct file_job *job, bool all)
{
    if (job->piece.len == 0 || (!all && job->piece.len < PIECE))
        return 0;
    job->len += job->piece.len;
    int rc =
        job->store.scratch_write(job->store.ctx, job->file, ts_buf_bytes(&job->piece), &job->err);
    ts_buf_clear(&job->piece);
    return rc;
}

static void file_free(struct ts_engine *e, struct ts_job *base)
{
    struct file_job *job = (struct file_job *)base;
    if (job->file >= 0)
        e->ports.store.discard(e->ports.store.ctx, job->file);
    e->downloads.building--;
    ts_buf_free(&job->piece);
    ts_arena_free(&job->arena);
    free(job);
}

static struct file_job *file_job_new(struct ts_engine *e, void *exchange,
                                     void (*run)(struct ts_job *job),
                                     void (*done)(struct ts_engine *e, struct ts_job *job))
{
    struct file_job *job = calloc(1, sizeof *job);
    if (!job)
        abort();
    job->base = (struct ts_job){run, done, file_free, 0, false};
    job->store = e->ports.store;
    job->exchange = exchange;
    job->file = -1;
    e->downloads.building++;
    return job;
}

static void start(struct ts_engine *e, struct file_job *job)
{
    struct ts_err err = {0};
    if (e->downloads.building <= TS_DOWNLOAD_BUILDING_MAX &&
        ts_job_start_durable(e, &job->base, &err))
        return;
    refuse(e, job->exchange, 503);
    file_free(e, &job->base);
}

static bool failed(struct ts_engine *e, struct file_job *job)
{
    if (!job->err.code)
        return false;
    ts_engine_log(e, TS_LOG_ERROR, "event=download code=%s detail=\"%s\"", job->err.code,
                  job->err.detail);
    refuse(e, job->exchange, 503);
    return true;
}

/* ---- archives ---- */

static bool visit_ballot(void *ctx, const uint8_t credential[static 32], enum ts_store_slot slot,
                         const uint8_t hash[static 32], struct ts_str body)
{
    (void)credential;
    (void)hash;
    struct file_job *job = ctx;
    if (slot != TS_STORE_CAST)
        return true;
    ts_archive_ballot(&job->writer, body);
    return flush(job, false) == 0;
}

static void archive_run(struct ts_job *base)
{
    struct file_job *job = (struct file_job *)base;
    job->file = job->store.scratch(job->store.ctx, &job->err);
    if (job->file < 0)
        return;
    ts_archive_begin(&job->writer, &job->piece, job->timestamp);
    ts_archive_setup_raw(&job->writer, job->election, job->trustees, job->list, TS_STR(""),
                         job->setup);
    if (job->store.read_box(job->store.ctx, &job->uuid, visit_ballot, job, &job->err) != 0 ||
        job->err.code)
        return;
    ts_archive_end_ballots(&job->writer);
    ts_archive_encrypted_tally(&job->writer, job->encrypted_tally, job->cast, job->cast);
    for (size_t i = 0; i < job->partial_count; i++)
        ts_archive_partial_decryption(&job->writer, job->partials[i].owner,
                                      job->partials[i].record);
    if (job->result.len > 0)
        ts_archive_result(&job->writer, job->result);
    flush(job, true);
}

static void keep(struct ts_engine *e, struct file_job *job)
{
    struct ts_download_kept *kept = &e->downloads.kept[e->downloads.next];
    e->downloads.next = (e->downloads.next + 1) % TS_DOWNLOAD_KEPT;
    if (!ts_id_is_none(&kept->uuid))
        e->ports.store.discard(e->ports.store.ctx, kept->file);
    *kept =
        (struct ts_download_kept){job->uuid, job->state, job->partial_count, job->file, job->len};
    job->file = -1;
}

static void answer_kept(struct ts_engine *e, void *exchange, const struct ts_download_kept *kept)
{
    int file = e->ports.store.scratch_again(e->ports.store.ctx, kept->file);
    if (file < 0)
        refuse(e, exchange, 503);
    else
        answer_file(e, exchange, file, kept->len, "application/x-tar", "attachment");
}

static const struct ts_download_kept *find_kept(const struct ts_engine *e,
                                                const struct ts_st_poll *poll)
{
    for (size_t i = 0; i < TS_DOWNLOAD_KEPT; i++) {
        const struct ts_download_kept *kept = &e->downloads.kept[i];
        if (ts_id_equal(&kept->uuid, &poll->uuid) && kept->state == poll->state &&
            kept->partials == poll->partials.count)
            return kept;
    }
    return NULL;
}

static void archive_done(struct ts_engine *e, struct ts_job *base)
{
    struct file_job *job = (struct file_job *)base;
    if (failed(e, job))
        return;
    void *exchange = job->exchange;
    keep(e, job);
    size_t last = (e->downloads.next + TS_DOWNLOAD_KEPT - 1) % TS_DOWNLOAD_KEPT;
    answer_kept(e, exchange, &e->downloads.kept[last]);
}

static void download_archive(struct ts_engine *e, const struct ts_id *uuid, void *exchange)
{
    const struct ts_st_poll *poll = NULL;
    const struct ts_council_state *council = NULL;
    struct ts_str key;
    void *value;
    for (size_t i = 0; !poll && ts_map_next(&e->council_states, &i, &key, &value);) {
        council = value;
        poll = ts_council_poll_uuid(council, uuid);
    }
    const struct ts_st_pack *pack = poll ? ts_council_pack(council, &poll->pack) : NULL;
    if (!pack || poll->state < TS_POLL_STATE_CLOSED || poll->state > TS_POLL_STATE_PUBLISHED) {
        refuse(e, exchange, 404);
        return;
    }
    const struct ts_download_kept *kept = find_kept(e, poll);
    if (kept) {
        answer_kept(e, exchange, kept);
        return;
    }
    struct file_job *job = file_job_new(e, exchange, archive_run, archive_done);
    struct ts_arena *a = &job->arena;
    job->uuid = *uuid;
    job->state = poll->state;
    job->election = ts_arena_str(a, poll->election);
    job->trustees = ts_arena_str(a, poll->trustees);
    job->list = ts_arena_str(a, pack->list);
    job->setup = ts_arena_str(a, poll->setup);
    job->encrypted_tally = ts_arena_str(a, poll->encrypted_tally);
    job->result = ts_arena_str(a, poll->result);
    job->cast = poll->cast;
    job->timestamp = (uint64_t)(poll->opened_at / 60000 * 60);
    job->partial_count = poll->partials.count;
    job->partials = ts_arena_array(a, job->partial_count, sizeof *job->partials);
    for (size_t i = 0; i < job->partial_count; i++) {
        job->partials[i].owner = poll->partials.ptr[i].owner;
        job->partials[i].record = ts_arena_str(a, poll->partials.ptr[i].record);
    }
    start(e, job);
}

/* ---- records ---- */

static enum ts_recwrite_show show(void *ctx, const struct ts_store_record *record,
                                  int64_t *about_ms)
{
    struct file_job *job = ctx;
    struct ts_arena arena = {0};
    struct ts_event event;
    struct ts_record_meta meta;
    struct ts_err err = {0};
    bool public = record->seq > 1 && ts_event_decode(record->data, &arena, &event, &err) == 0 &&
                  ts_event_is_public(event.kind);
    /* Nothing public is finer than the day (DOMAIN 0.2). */
    if (ts_record_meta_parse(&meta, record->meta, &err) == 0)
        *about_ms = (meta.at_ms + SHANGHAI_MS) / DAY_MS * DAY_MS - SHANGHAI_MS;
    ts_arena_free(&arena);
    (void)job;
    return public ? TS_RECWRITE_DATA : TS_RECWRITE_HASH;
}

static int sink(void *ctx, struct ts_bytes bytes, struct ts_err *err)
{
    (void)err;
    struct file_job *job = ctx;
    ts_buf_append(&job->piece, bytes.ptr, bytes.len);
    return flush(job, false);
}

static void record_run(struct ts_job *base)
{
    struct file_job *job = (struct file_job *)base;
    job->file = job->store.scratch(job->store.ctx, &job->err);
    if (job->file >= 0 &&
        job->store.export(job->store.ctx, &job->stream, job->key, show, sink, job, &job->err) == 0)
        flush(job, true);
}

static void record_done(struct ts_engine *e, struct ts_job *base)
{
    struct file_job *job = (struct file_job *)base;
    if (failed(e, job))
        return;
    answer_file(e, job->exchange, job->file, job->len, "application/jsonl", "attachment");
    job->file = -1;
}

static void download_record(struct ts_engine *e, const struct ts_id *stream, void *exchange)
{
    const struct ts_engine_stream *known = ts_id_equal(stream, &e->registry_stream.id)
                                               ? &e->registry_stream
                                               : ts_map_get(&e->councils, ts_id_str(stream));
    if (!known || known->chain.seq == 0) {
        refuse(e, exchange, 404);
        return;
    }
    struct file_job *job = file_job_new(e, exchange, record_run, record_done);
    job->stream = *stream;
    memcpy(job->key, e->server_key, sizeof job->key);
    start(e, job);
}

/* ---- minutes ---- */

static void download_minutes(struct ts_engine *e, struct ts_str meeting, bool markdown,
                             struct ts_str token, void *exchange)
{
    struct ts_view_house house = ts_engine_house(e);
    struct ts_actor viewer = {.kind = TS_ACTOR_NOBODY};
    bool internal;
    if (token.len > 0 && !ts_login_bearer(e, token, &viewer)) {
        refuse(e, exchange, 401);
        return;
    }
    if (ts_minutes_access(&house, meeting, &viewer, &internal) != 0) {
        refuse(e, exchange, viewer.kind == TS_ACTOR_NOBODY ? 401 : 403);
        return;
    }
    struct ts_outbox_item item = {
        .answer = {.status = 200,
                   .content_type = markdown ? "text/markdown; charset=utf-8" : "application/json"}};
    (markdown ? ts_minutes_md : ts_minutes_json)(&house, meeting, internal, &item.body);
    answer(e, exchange, &item);
}

/* ---- packages for booths without a network ---- */

static void download_package(struct ts_engine *e, struct ts_str uuid, struct ts_str token,
                             void *exchange)
{
    struct ts_view_house house = ts_engine_house(e);
    struct ts_actor viewer = {.kind = TS_ACTOR_NOBODY};
    if (!ts_login_bearer(e, token, &viewer)) {
        refuse(e, exchange, 401);
        return;
    }
    struct ts_outbox_item item = {.answer = {.status = 200,
                                             .content_type = "application/octet-stream",
                                             .disposition = "attachment"}};
    if (ts_package_file(&house, uuid, &viewer, &item.body) == 0)
        answer(e, exchange, &item);
    else
        refuse(e, exchange, 403);
}

/* ---- which one ---- */

/* The part of `path` between prefix and suffix; false: it has not this form. */
static bool between(struct ts_str path, const char *prefix, const char *suffix, struct ts_str *out)
{
    size_t before = strlen(prefix), after = strlen(suffix);
    if (path.len <= before + after || memcmp(path.ptr, prefix, before) != 0 ||
        memcmp(path.ptr + path.len - after, suffix, after) != 0)
        return false;
    *out = (struct ts_str){path.ptr + before, path.len - before - after};
    return true;
}

void ts_engine_download(struct ts_engine *e, struct ts_str path, struct ts_str token,
                        void *exchange)
{
    struct ts_str name;
    struct ts_id id;
    struct ts_err err;
    if (e->failed || !e->started)
        refuse(e, exchange, 503);
    else if (between(path, "/polls/", ".bel", &name) && ts_id_parse(&id, name) == 0)
        download_archive(e, &id, exchange);
    else if (between(path, "/polls/", ".package", &name))
        download_package(e, name, token, exchange);
    else if (between(path, "/record/", ".jsonl", &name) && ts_record_stream(&id, name, &err) == 0)
        download_record(e, &id, exchange);
    else if (between(path, "/meetings/", "/minutes.md", &name))
        download_minutes(e, name, true, token, exchange);
    else if (between(path, "/meetings/", "/minutes.json", &name))
        download_minutes(e, name, false, token, exchange);
    else
        refuse(e, exchange, 404);
}

void ts_downloads_free(struct ts_downloads *downloads, struct ts_engine *e)
{
    for (size_t i = 0; i < TS_DOWNLOAD_KEPT; i++)
        if (!ts_id_is_none(&downloads->kept[i].uuid))
            e->ports.store.discard(e->ports.store.ctx, downloads->kept[i].file);
}
