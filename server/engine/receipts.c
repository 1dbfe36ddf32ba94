#include "server/engine/receipts.h"

#include <stdlib.h>

#include "proto/ballot/closing.h"
#include "server/engine/internal.h"
#include "server/view/receipts.h"

/* A job leaves its worker to others after so many codes, about half a second. */
#define CODES_A_JOB 10

/* What the map holds; all that `shown` points to lies in the arena. */
struct kept {
    struct ts_receipts shown;
    struct ts_arena arena;
};

struct ts_receipts_work {
    struct ts_store_port store;
    struct ts_arena arena;
    struct ts_str phi, statement;
    struct kept *kept;
    /* What the state says there is; the rows have room for that. */
    size_t cast, voided, audited, conflicts;
    struct ts_digest *hashes; /* of signature.hash: those cast, then the conflicts */
    bool read;
    size_t next; /* hash to be done */
    struct ts_err err;
};

struct receipts_job {
    struct ts_job base;
    struct ts_receipts_work *work; /* NULL: handed on */
};

static void kept_free(struct kept *kept)
{
    if (!kept)
        return;
    ts_arena_free(&kept->arena);
    free(kept);
}

static void work_free(struct ts_receipts_work *work)
{
    kept_free(work->kept);
    ts_arena_free(&work->arena);
    free(work);
}

/* ---- on a worker ---- */

static int damaged(struct ts_receipts_work *work, const char *what)
{
    ts_err_set(&work->err, "store.damaged", "%s", what);
    ts_err_param(&work->err, "what", "%s", what);
    return -1;
}

static bool visit_slot(void *ctx, const uint8_t credential[static 32], enum ts_store_slot slot,
                       const uint8_t hash[static 32], struct ts_str body)
{
    struct ts_receipts_work *work = ctx;
    struct ts_receipts *out = &work->kept->shown;
    struct ts_point point;
    (void)body;
    memcpy(point.b, credential, sizeof point.b);
    struct ts_pictures pictures = ts_pictures_of(ts_id_str(&out->uuid), &point);
    if (slot == TS_STORE_CAST && out->counted_count < work->cast) {
        memcpy(work->hashes[out->counted_count].b, hash, sizeof work->hashes->b);
        out->counted[out->counted_count++].pictures = pictures;
    } else if (slot == TS_STORE_VOID && out->voided_count < work->voided) {
        out->voided[out->voided_count++] = pictures;
    } else if (slot == TS_STORE_AUDITED && out->audited_count < work->audited) {
        out->audited[out->audited_count++] = pictures;
    } else {
        damaged(work, "more slips in the box than the poll counted");
        return false;
    }
    return true;
}

static int read_conflicts(struct ts_receipts_work *work)
{
    struct ts_closing closing;
    if (ts_closing_read(&closing, work->statement, &work->arena, &work->err) != 0)
        return -1;
    if (closing.conflict_count != work->conflicts)
        return damaged(work, "the closing statement names other conflicts than the poll counted");
    for (size_t i = 0; i < work->conflicts; i++)
        work->hashes[work->cast + i] = closing.conflicts[i];
    work->kept->shown.refused_count = work->conflicts;
    return 0;
}

static int read_all(struct ts_receipts_work *work)
{
    const struct ts_receipts *out = &work->kept->shown;
    work->read = true;
    if (work->store.read_box(work->store.ctx, &out->uuid, visit_slot, work, &work->err) != 0 ||
        work->err.code)
        return -1;
    if (out->counted_count != work->cast || out->voided_count != work->voided ||
        out->audited_count != work->audited)
        return damaged(work, "fewer slips in the box than the poll counted");
    return read_conflicts(work);
}

static void receipts_run(struct ts_job *base)
{
    struct ts_receipts_work *work = ((struct receipts_job *)base)->work;
    if (!work->read && read_all(work) != 0)
        return;
    struct ts_receipts *out = &work->kept->shown;
    size_t all = work->cast + work->conflicts;
    for (size_t n = 0; n < CODES_A_JOB && work->next < all; n++, work->next++) {
        char hash[TS_DIGEST_BASE64 + 1];
        ts_digest_base64(hash, &work->hashes[work->next]);
        char *code = work->next < work->cast ? out->counted[work->next].code
                                             : out->refused[work->next - work->cast];
        ts_receipt_code(code, ts_str_of(hash), work->phi);
    }
    if (work->next == all)
        ts_receipts_sort(out);
}

/* ---- on the loop ---- */

static void job_start(struct ts_engine *e, struct ts_receipts_work *work);
static void begin_next(struct ts_engine *e);

static void receipts_done(struct ts_engine *e, struct ts_job *base)
{
    struct receipts_job *job = (struct receipts_job *)base;
    struct ts_receipts_work *work = job->work;
    const struct ts_id uuid = work->kept->shown.uuid;
    if (!work->err.code && work->next < work->cast + work->conflicts) {
        job->work = NULL;
        job_start(e, work);
        return;
    }
    if (work->err.code) {
        ts_engine_log(e, TS_LOG_ERROR, "event=receipts poll=%s code=%s detail=\"%s\"", uuid.s,
                      work->err.code, work->err.detail);
    } else {
        ts_map_put(&e->receipts.ready, ts_id_str(&uuid), work->kept);
        work->kept = NULL;
        e->feed.recheck = true; /* there is something to see where there was nothing */
    }
    e->receipts.work = NULL;
    begin_next(e);
}

static void receipts_free(struct ts_engine *e, struct ts_job *base)
{
    struct receipts_job *job = (struct receipts_job *)base;
    if (job->work) {
        if (e->receipts.work == job->work)
            e->receipts.work = NULL;
        work_free(job->work);
    }
    free(job);
}

/* Takes the work over. What it was for is wanted again when somebody asks again. */
static void job_start(struct ts_engine *e, struct ts_receipts_work *work)
{
    struct ts_err err = {0};
    struct receipts_job *job = calloc(1, sizeof *job);
    if (!job)
        abort();
    job->base = (struct ts_job){receipts_run, receipts_done, receipts_free, 0, false};
    job->work = work;
    e->receipts.work = work;
    if (!ts_job_start_durable(e, &job->base, &err)) /* the closed box must be on disk */
        receipts_free(e, &job->base);
}

static const struct ts_st_poll *find_poll(const struct ts_engine *e, struct ts_str uuid)
{
    const struct ts_st_poll *poll = NULL;
    struct ts_str key;
    struct ts_id id;
    void *value;
    if (ts_id_parse(&id, uuid) != 0)
        return NULL;
    for (size_t i = 0; !poll && ts_map_next(&e->council_states, &i, &key, &value);)
        poll = ts_council_poll_uuid(value, &id);
    bool closed =
        poll && poll->state >= TS_POLL_STATE_CLOSED && poll->state <= TS_POLL_STATE_PUBLISHED;
    return closed ? poll : NULL;
}

static struct ts_receipts_work *work_new(const struct ts_engine *e, const struct ts_st_poll *poll)
{
    struct ts_receipts_work *work = calloc(1, sizeof *work);
    struct kept *kept = calloc(1, sizeof *kept);
    if (!work || !kept)
        abort();
    work->store = e->ports.store;
    work->kept = kept;
    work->phi = ts_arena_str(&work->arena, poll->phi);
    work->statement = ts_arena_str(&work->arena, poll->statement);
    work->cast = (size_t)poll->cast;
    work->voided = (size_t)poll->voided;
    work->audited = (size_t)poll->audited;
    work->conflicts = (size_t)poll->conflicts;
    work->hashes =
        ts_arena_array(&work->arena, work->cast + work->conflicts + 1, sizeof *work->hashes);
    struct ts_receipts *out = &kept->shown;
    out->uuid = poll->uuid;
    out->counted = ts_arena_array(&kept->arena, work->cast + 1, sizeof *out->counted);
    out->refused = ts_arena_array(&kept->arena, work->conflicts + 1, sizeof *out->refused);
    out->voided = ts_arena_array(&kept->arena, work->voided + 1, sizeof *out->voided);
    out->audited = ts_arena_array(&kept->arena, work->audited + 1, sizeof *out->audited);
    return work;
}

static void begin_next(struct ts_engine *e)
{
    struct ts_str uuid;
    void *value;
    size_t at = 0;
    while (!e->receipts.work && ts_map_next(&e->receipts.wanted, &at, &uuid, &value)) {
        const struct ts_st_poll *poll = find_poll(e, uuid);
        struct ts_receipts_work *work = poll ? work_new(e, poll) : NULL;
        ts_map_remove(&e->receipts.wanted, uuid);
        if (work)
            job_start(e, work);
    }
}

void ts_receipts_want(struct ts_engine *e, struct ts_str uuid)
{
    struct ts_receipts_shelf *shelf = &e->receipts;
    bool here = ts_map_get(&shelf->ready, uuid) ||
                (shelf->work && ts_str_is(uuid, shelf->work->kept->shown.uuid.s));
    if (here || !find_poll(e, uuid))
        return;
    ts_map_put(&shelf->wanted, uuid, shelf);
    begin_next(e);
}

void ts_receipts_closed(struct ts_engine *e, struct ts_str uuid)
{
    if (ts_feed_is_watched(&e->feed, TS_VIEW_PUBLIC_RECEIPTS, uuid))
        ts_receipts_want(e, uuid);
}

void ts_receipts_free(struct ts_receipts_shelf *shelf)
{
    struct ts_str key;
    void *value;
    for (size_t i = 0; ts_map_next(&shelf->ready, &i, &key, &value);)
        kept_free(value);
    ts_map_free(&shelf->ready);
    ts_map_free(&shelf->wanted);
}
