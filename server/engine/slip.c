/*
 * Slips: a ballot cast, a slip voided, a sealed ballot opened by the scrutineers (BALLOT 3). Proofs
 * are checked on a worker; then the box in memory decides, the box file makes it durable, and only
 * then the server's signature leaves. No command id, no journal record, no log line, no time, and
 * nothing about the booth is kept: only what is in the box.
 */
#include <assert.h>
#include <stdlib.h>

#include <sodium.h>

#include "proto/ballot/zkp.h"
#include "proto/base/codec.h"
#include "server/engine/internal.h"

#define PROOF_DEPTH 3

struct slip_job {
    struct ts_job base;
    struct ts_id re;
    struct ts_actor actor;
    struct ts_id council;
    struct ts_id uuid;
    enum ts_store_slot slot;
    struct ts_published *published;
    struct ts_arena arena;
    struct ts_str body; /* ballot or proof, as received */
    struct ts_point credential;
    uint8_t hash[32];
    char hash_text[TS_BASE64_32 + 1];
    struct ts_err err; /* code NULL: good */
    /* A poll that is closed: does its box hold this already? */
    bool closed;
    bool found;
    struct ts_store_port store;
};

static bool look_for(void *ctx, const uint8_t credential[static 32], enum ts_store_slot slot,
                     const uint8_t hash[static 32], struct ts_str body)
{
    (void)body;
    struct slip_job *job = ctx;
    if (memcmp(credential, job->credential.b, 32) != 0)
        return true;
    job->found = slot == job->slot && memcmp(hash, job->hash, 32) == 0;
    return false;
}

static int check_proof(struct slip_job *job)
{
    const struct ts_json_limits limits = {.max_bytes = 400, .max_depth = PROOF_DEPTH};
    struct ts_json *root;
    struct ts_proof proof;
    if (ts_json_parse(&root, job->body, &limits, &job->err) != 0)
        return -1;
    int rc = ts_proof_read(&proof, root, &job->err);
    ts_json_free(root);
    struct ts_str uuid = ts_id_str(&job->uuid);
    struct ts_str phi = ts_str_of(job->published->phi);
    if (rc != 0)
        return -1;
    if (!ts_point_acceptable(&job->credential))
        return ts_err_set(&job->err, "slip.proof", "not a proof");
    bool good = job->slot == TS_STORE_VOID
                    ? ts_slip_void_verify(&proof, uuid, phi, &job->credential)
                    : ts_slip_audit_verify(&proof, uuid, phi, &job->credential);
    return good ? 0 : ts_err_set(&job->err, "slip.proof", "the proof does not hold");
}

static int check_ballot(struct slip_job *job)
{
    struct ts_ballot ballot;
    if (ts_ballot_verify(&ballot, job->published->params, ts_str_bytes(job->body), &job->arena,
                         &job->err) != 0)
        return -1;
    job->credential = ballot.credential;
    memcpy(job->hash_text, ballot.hash, sizeof job->hash_text);
    return ts_base64_decode32(job->hash, ts_str_of(ballot.hash));
}

static void slip_run(struct ts_job *base)
{
    struct slip_job *job = (struct slip_job *)base;
    int rc = job->slot == TS_STORE_CAST ? check_ballot(job) : check_proof(job);
    if (rc == 0 && job->closed)
        job->store.read_box(job->store.ctx, &job->uuid, look_for, job, &job->err);
}

/* The server's word that this is in the box: the string of BALLOT 3, for a ballot with its
 * signature.hash, for a void or audited slip with its state and credential. */
static void acknowledge(struct ts_engine *e, const struct slip_job *job, bool repeat)
{
    struct ts_buf text = {0};
    char point[TS_POINT_TEXT + 1];
    ts_point_text(point, &job->credential);
    ts_buf_printf(&text, "tongsheng-ack-1|%s|%s|", job->uuid.s, job->published->phi);
    if (job->slot == TS_STORE_CAST)
        ts_buf_printf(&text, "%s", job->hash_text);
    else
        ts_buf_printf(&text, "%s|%s", job->slot == TS_STORE_VOID ? "void" : "audit", point);
    uint8_t signature[64];
    struct ts_buf encoded = {0};
    ts_engine_sign(e, signature, text.ptr, text.len);
    ts_base64_encode(&encoded, (struct ts_bytes){signature, sizeof signature});
    struct ts_reply reply = {.signature = ts_buf_str(&encoded), .repeat = repeat};
    ts_engine_reply(e, job->base.conn, &job->re, &reply, 0);
    ts_buf_free(&encoded);
    ts_buf_free(&text);
}

/* Into the box file; the slot in memory is filled. */
static void store_slot(struct ts_engine *e, const struct slip_job *job)
{
    struct ts_store_box_op op = {.kind = TS_STORE_BOX_PUT,
                                 .uuid = job->uuid,
                                 .slot = job->slot,
                                 .body = job->slot == TS_STORE_CAST ? job->body : TS_STR("")};
    memcpy(op.credential, job->credential.b, sizeof op.credential);
    memcpy(op.hash, job->hash, sizeof op.hash);
    struct ts_store_batch *batch = ts_batch_open();
    ts_batch_box_op(batch, &op);
    ts_batch_submit(e, batch);
}

static void store_conflict(struct ts_engine *e, const struct slip_job *job)
{
    char name[TS_CONFLICT_NAME_MAX];
    ts_conflict_name(name, &job->uuid, job->hash);
    struct ts_store_batch *batch = ts_batch_open();
    ts_batch_secret(batch, ts_str_of(name), TS_STR("1"));
    ts_engine_secret_set(e, ts_str_of(name), TS_STR("1"));
    ts_batch_submit(e, batch);
}

static void slip_free(struct ts_engine *e, struct ts_job *base);

/* Has the poll of this slip been closed? Then its box may hold it. */
static bool is_closed(const struct ts_world *world, const struct slip_job *job)
{
    const struct ts_st_poll *poll =
        world->council ? ts_council_poll_uuid(world->council, &job->uuid) : NULL;
    return poll && poll->state >= TS_POLL_STATE_CLOSED && poll->state <= TS_POLL_STATE_PUBLISHED &&
           ts_poll_booth(poll, &job->actor.id);
}

/* The poll was closed while the proofs were checked: once more, against the closed box. */
static void look_again(struct ts_engine *e, struct slip_job *job)
{
    struct ts_err err = {0};
    struct slip_job *again = malloc(sizeof *again);
    if (!again)
        abort();
    *again = *job;
    job->arena = (struct ts_arena){0};
    job->published = NULL;
    again->closed = true;
    again->store = e->ports.store;
    if (ts_job_start_durable(e, &again->base, &err))
        return;
    ts_engine_reject(e, again->base.conn, &again->re, &err);
    slip_free(e, &again->base);
}

static void put(struct ts_engine *e, struct slip_job *job)
{
    struct ts_world world = ts_engine_world(e, &job->council);
    struct ts_engine_poll *poll = ts_engine_poll_find(e, &job->uuid);
    struct ts_err err = {0};
    if (ts_poll_takes_slip(world.council, &job->uuid, &job->actor.id, &err) != 0 || !poll) {
        if (is_closed(&world, job))
            look_again(e, job);
        else
            ts_engine_reject(e, job->base.conn, &job->re, &err);
        return;
    }
    const uint8_t *hash = job->slot == TS_STORE_CAST ? job->hash : NULL;
    enum ts_engine_box_verdict verdict =
        ts_engine_box_put(poll->box, job->credential.b, job->slot, hash, job->body, &err);
    switch (verdict) {
    case TS_ENGINE_BOX_FILLED:
        store_slot(e, job);
        acknowledge(e, job, false);
        return;
    case TS_ENGINE_BOX_REPEAT:
        acknowledge(e, job, true);
        return;
    case TS_ENGINE_BOX_CONFLICT:
        store_conflict(e, job);
        break;
    case TS_ENGINE_BOX_USED:
    case TS_ENGINE_BOX_UNLISTED:
    case TS_ENGINE_BOX_FROZEN:
        break;
    }
    ts_engine_reject(e, job->base.conn, &job->re, &err);
}

static void slip_done(struct ts_engine *e, struct ts_job *base)
{
    struct slip_job *job = (struct slip_job *)base;
    if (job->err.code) {
        ts_engine_reject(e, base->conn, &job->re, &job->err);
    } else if (!job->closed) {
        put(e, job);
    } else if (job->found) {
        acknowledge(e, job, true);
    } else {
        struct ts_err err = {0};
        ts_err_set(&err, "poll.closed", "the box was closed without this slip");
        ts_engine_reject(e, base->conn, &job->re, &err);
    }
}

static void slip_free(struct ts_engine *e, struct ts_job *base)
{
    (void)e;
    struct slip_job *job = (struct slip_job *)base;
    ts_published_drop(job->published);
    ts_arena_free(&job->arena);
    free(job);
}

static struct slip_job *job_new(const struct ts_engine_conn *conn, const struct ts_frame_cmd *frame)
{
    struct slip_job *job = calloc(1, sizeof *job);
    if (!job)
        abort();
    job->base = (struct ts_job){slip_run, slip_done, slip_free, conn->number, false};
    job->re = frame->id;
    job->actor = conn->actor;
    const struct ts_cmd_slip_cast *cast = frame->cmd.body;
    const struct ts_cmd_slip_void *voided = frame->cmd.body;
    const struct ts_cmd_slip_audit *audit = frame->cmd.body;
    struct ts_str credential = {NULL, 0};
    switch (frame->cmd.kind) {
    case TS_CMD_SLIP_CAST:
        job->slot = TS_STORE_CAST;
        job->council = cast->council;
        job->uuid = cast->uuid;
        job->body = ts_arena_str(&job->arena, cast->ballot);
        break;
    case TS_CMD_SLIP_VOID:
        job->slot = TS_STORE_VOID;
        job->council = voided->council;
        job->uuid = voided->uuid;
        job->body = ts_arena_str(&job->arena, voided->proof);
        credential = voided->credential;
        break;
    default:
        assert(frame->cmd.kind == TS_CMD_SLIP_AUDIT);
        job->slot = TS_STORE_AUDITED;
        job->council = audit->council;
        job->uuid = audit->uuid;
        job->body = ts_arena_str(&job->arena, audit->proof);
        credential = audit->credential;
        break;
    }
    if (credential.ptr) {
        int rc = ts_point_parse(&job->credential, credential);
        assert(rc == 0); /* wire has checked the form */
        (void)rc;
    }
    return job;
}

/* What the ballot is to be checked against; -1: it is of no poll that ever took slips. */
static int find_poll(struct ts_engine *e, struct slip_job *job, struct ts_err *err)
{
    struct ts_world world = ts_engine_world(e, &job->council);
    if (ts_poll_takes_slip(world.council, &job->uuid, &job->actor.id, err) == 0) {
        struct ts_engine_poll *poll = ts_engine_poll_find(e, &job->uuid);
        assert(poll); /* a poll that takes slips has a box */
        job->published = poll->published;
        job->published->holders++;
        return 0;
    }
    /* Perhaps the acknowledgement got lost and the poll was closed meanwhile (BALLOT 5). */
    if (!is_closed(&world, job))
        return -1;
    const struct ts_st_poll *state = ts_council_poll_uuid(world.council, &job->uuid);
    job->published = ts_published_new(state, err);
    job->closed = true;
    job->store = e->ports.store;
    return job->published ? 0 : -1;
}

void ts_slip_command(struct ts_engine *e, struct ts_engine_conn *conn,
                     const struct ts_frame_cmd *frame)
{
    struct ts_err err = {0};
    struct ts_world world = ts_engine_world(e, ts_cmd_council(&frame->cmd));
    if (ts_authorise(&world, &frame->cmd, &conn->actor, &err) != 0) {
        ts_engine_reject(e, conn->number, &frame->id, &err);
        return;
    }
    struct slip_job *job = job_new(conn, frame);
    if (find_poll(e, job, &err) != 0 || !(job->closed ? ts_job_start_durable(e, &job->base, &err)
                                                      : ts_job_start(e, &job->base, &err))) {
        ts_engine_reject(e, conn->number, &frame->id, &err);
        slip_free(e, &job->base);
    }
}

/* Coarse turnout: once a minute at most, and only after three more slips (the domain counts). It
 * stands in the journal at the turn of a minute and says nothing finer (BALLOT 4). */
static void report_turnout(struct ts_engine *e, struct ts_engine_poll *poll, int64_t now)
{
    struct ts_world world = ts_engine_world(e, &poll->council);
    struct ts_engine_stream *stream = ts_engine_council(e, &poll->council);
    struct ts_env env = {0};
    struct ts_box_figures figures = ts_engine_poll_figures(poll);
    struct ts_decision decision = {0};
    ts_engine_env(e, stream, &env);
    env.now_ms = now - now % 60000;
    env.box = &figures;
    ts_decide_turnout(&world, &poll->poll, false, &env, &e->scratch, &decision);
    struct ts_err err = {0};
    struct ts_commit commit = {.stream = stream, .decision = &decision};
    if (decision.event_count > 0 && ts_commit(e, &commit, &err) != 0)
        ts_engine_log(e, TS_LOG_ERROR, "event=turnout code=%s", err.code);
}

void ts_slip_tick(struct ts_engine *e)
{
    int64_t now = ts_engine_now(e);
    struct ts_str key;
    void *value;
    for (size_t i = 0; ts_map_next(&e->polls, &i, &key, &value);) {
        struct ts_engine_poll *poll = value;
        if (poll->box->frozen || now / 60000 <= poll->turnout_minute)
            continue;
        poll->turnout_minute = now / 60000;
        report_turnout(e, poll, now);
    }
}
