/*
 * What commands want done on a worker before they are decided: hashing a passphrase, the domain's
 * proofs (server/domain/prework.h), and for poll.finish the content of the frozen box.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

#include "server/engine/internal.h"

struct prework_job {
    struct ts_job base;
    struct ts_request *request;
    /* hashing */
    struct ts_str passphrase; /* in the request, which wipes it; ptr NULL: none */
    unsigned long long ops;
    size_t mem;
    char pwhash[crypto_pwhash_STRBYTES];
    bool setup_code_good;
    struct ts_prework_result hashed;
    /* the domain's */
    struct ts_prework *domain;
    struct ts_id frozen; /* poll.finish: uuid of the box that was frozen for it; or none */
};

/* poll.finish, first half: reads what is in the frozen box. */
struct box_job {
    struct ts_job base;
    struct ts_request *request;
    struct ts_store_port store;
    struct ts_id uuid;
    struct ts_arena arena;
    struct ts_str *ballots;
    size_t ballot_count;
    uint8_t (*voided)[32];
    size_t voided_count;
    uint8_t (*audited)[32];
    size_t audited_count;
    size_t room; /* of each of the three */
    struct ts_sethash set;
    struct ts_err err;
};

static void unfreeze(struct ts_engine *e, const struct ts_id *uuid)
{
    struct ts_engine_poll *poll = ts_engine_poll_find(e, uuid);
    if (poll)
        poll->box->frozen = false;
}

/* ---- one job ---- */

static void prework_run(struct ts_job *base)
{
    struct prework_job *job = (struct prework_job *)base;
    if (job->passphrase.ptr) {
        if (crypto_pwhash_str(job->pwhash, job->passphrase.ptr, job->passphrase.len, job->ops,
                              job->mem) != 0)
            abort(); /* out of memory */
        job->hashed.pwhash = ts_str_of(job->pwhash);
    }
    if (job->domain)
        ts_prework_run(job->domain);
}

static void prework_done(struct ts_engine *e, struct ts_job *base)
{
    struct prework_job *job = (struct prework_job *)base;
    struct ts_request *request = job->request;
    job->request = NULL;
    ts_map_remove(&e->in_flight, ts_id_str(&request->id));
    ts_command_decide(e, request, job->domain ? ts_prework_result(job->domain) : &job->hashed,
                      job->setup_code_good);
    unfreeze(e, &job->frozen); /* refused: slips may come again; accepted: the box is gone */
}

static void prework_free(struct ts_engine *e, struct ts_job *base)
{
    (void)e;
    struct prework_job *job = (struct prework_job *)base;
    if (job->domain)
        ts_prework_free(job->domain);
    ts_request_free(job->request);
    sodium_memzero(job->pwhash, sizeof job->pwhash);
    free(job);
}

static struct prework_job *job_new(struct ts_request *request)
{
    struct prework_job *job = calloc(1, sizeof *job);
    if (!job)
        abort();
    job->base = (struct ts_job){prework_run, prework_done, prework_free, request->conn};
    job->request = request;
    return job;
}

/* Takes the job and its request over. */
static void start(struct ts_engine *e, struct prework_job *job)
{
    struct ts_err err = {0};
    struct ts_request *request = job->request;
    if (ts_job_start(e, &job->base, &err)) {
        ts_map_put(&e->in_flight, ts_id_str(&request->id), request);
        return;
    }
    unfreeze(e, &job->frozen);
    job->request = NULL;
    prework_free(e, &job->base);
    ts_command_reject(e, request, &err);
}

/* ---- passphrases ---- */

static bool passphrase_of(const struct ts_cmd *cmd, struct ts_str *out)
{
    switch (cmd->kind) {
    case TS_CMD_SETUP:
        *out = ((const struct ts_cmd_setup *)cmd->body)->passphrase;
        return true;
    case TS_CMD_STAFF_ADD:
        *out = ((const struct ts_cmd_staff_add *)cmd->body)->passphrase;
        return true;
    case TS_CMD_STAFF_PASSPHRASE:
        *out = ((const struct ts_cmd_staff_passphrase *)cmd->body)->passphrase;
        return true;
    default:
        return false;
    }
}

/* In constant time; an empty code (setup is done) is equal to nothing. */
static bool code_is(const struct ts_engine *e, struct ts_str code)
{
    size_t len = strlen(e->config.setup_code);
    return len > 0 && code.len == len && sodium_memcmp(code.ptr, e->config.setup_code, len) == 0;
}

static void begin_hashing(struct ts_engine *e, struct ts_request *request, struct ts_str passphrase)
{
    struct prework_job *job = job_new(request);
    job->passphrase = passphrase;
    job->ops = e->config.pwhash_ops;
    job->mem = e->config.pwhash_mem;
    if (request->cmd.kind == TS_CMD_SETUP)
        job->setup_code_good = code_is(e, ((const struct ts_cmd_setup *)request->cmd.body)->code);
    start(e, job);
}

/* ---- the box of poll.finish ---- */

static bool visit_slot(void *ctx, const uint8_t credential[static 32], enum ts_store_slot slot,
                       const uint8_t hash[static 32], struct ts_str body)
{
    struct box_job *job = ctx;
    if (job->ballot_count + job->voided_count + job->audited_count >= job->room)
        return false; /* more than there are slips: the comparison below will say so */
    switch (slot) {
    case TS_STORE_CAST:
        job->ballots[job->ballot_count++] = ts_arena_str(&job->arena, body);
        ts_sethash_add(&job->set, hash);
        break;
    case TS_STORE_VOID:
        memcpy(job->voided[job->voided_count++], credential, 32);
        break;
    case TS_STORE_AUDITED:
        memcpy(job->audited[job->audited_count++], credential, 32);
        break;
    case TS_STORE_EMPTY:
        break;
    }
    return true;
}

static void box_run(struct ts_job *base)
{
    struct box_job *job = (struct box_job *)base;
    if (job->store.read_box(job->store.ctx, &job->uuid, visit_slot, job, &job->err) != 0 &&
        !job->err.code)
        ts_err_set(&job->err, "store.read", "the box of %s cannot be read", job->uuid.s);
}

static bool box_agrees(const struct ts_box *box, const struct box_job *job)
{
    return box->cast == (int64_t)job->ballot_count && box->voided == (int64_t)job->voided_count &&
           box->audited == (int64_t)job->audited_count && ts_sethash_equal(&box->set, &job->set);
}

static void box_done(struct ts_engine *e, struct ts_job *base)
{
    struct box_job *job = (struct box_job *)base;
    const struct ts_engine_poll *poll = ts_engine_poll_find(e, &job->uuid);
    if (job->err.code || !poll || !box_agrees(poll->box, job)) {
        char why[400];
        snprintf(why, sizeof why, "box %s: %s", job->uuid.s,
                 job->err.code ? job->err.detail : "the file does not hold what was acknowledged");
        ts_engine_damaged(e, why);
        return;
    }
    struct ts_request *request = job->request;
    job->request = NULL;
    ts_map_remove(&e->in_flight, ts_id_str(&request->id));
    struct ts_prework_box box = {
        .ballots = job->ballots,
        .ballot_count = job->ballot_count,
        .voided = (const uint8_t(*)[32])job->voided,
        .voided_count = job->voided_count,
        .audited = (const uint8_t(*)[32])job->audited,
        .audited_count = job->audited_count,
        .conflicts = (const struct ts_digest *)(const void *)poll->box->conflicts,
        .conflict_count = poll->box->conflict_count,
    };
    struct ts_world world = ts_engine_world(e, ts_cmd_council(&request->cmd));
    struct prework_job *next = job_new(request);
    next->domain = ts_prework_prepare(&world, &request->cmd, &request->actor, &box);
    next->frozen = job->uuid;
    start(e, next);
}

static void box_free(struct ts_engine *e, struct ts_job *base)
{
    (void)e;
    struct box_job *job = (struct box_job *)base;
    ts_request_free(job->request);
    ts_arena_free(&job->arena);
    free(job);
}

/* True: the box is frozen and being read. False: there is nothing to read, decide will say why. */
static bool begin_finish(struct ts_engine *e, struct ts_request *request)
{
    const struct ts_cmd_poll_finish *body = request->cmd.body;
    struct ts_world world = ts_engine_world(e, &body->council);
    const struct ts_st_poll *state =
        world.council ? ts_council_poll(world.council, &body->poll) : NULL;
    struct ts_engine_poll *poll = state && state->state == TS_POLL_STATE_CLOSING
                                      ? ts_engine_poll_find(e, &state->uuid)
                                      : NULL;
    if (!poll)
        return false;
    struct ts_err err = {0};
    if (poll->box->frozen) {
        ts_err_set(&err, "poll.finishing", "the box is being counted");
        ts_command_reject(e, request, &err);
        return true;
    }
    struct box_job *job = calloc(1, sizeof *job);
    if (!job)
        abort();
    job->base = (struct ts_job){box_run, box_done, box_free, request->conn};
    job->store = e->ports.store;
    job->uuid = poll->uuid;
    job->room = poll->box->count;
    job->ballots = ts_arena_array(&job->arena, job->room, sizeof *job->ballots);
    job->voided = ts_arena_array(&job->arena, job->room, 32);
    job->audited = ts_arena_array(&job->arena, job->room, 32);
    if (!ts_job_start_durable(e, &job->base, &err)) {
        box_free(e, &job->base);
        ts_command_reject(e, request, &err);
        return true;
    }
    job->request = request;
    poll->box->frozen = true;
    ts_map_put(&e->in_flight, ts_id_str(&request->id), request);
    return true;
}

bool ts_prework_begin(struct ts_engine *e, struct ts_request *request)
{
    struct ts_str passphrase;
    if (passphrase_of(&request->cmd, &passphrase)) {
        begin_hashing(e, request, passphrase);
        return true;
    }
    if (!ts_prework_needed(request->cmd.kind))
        return false;
    if (request->cmd.kind == TS_CMD_POLL_FINISH && begin_finish(e, request))
        return true;
    struct ts_world world = ts_engine_world(e, ts_cmd_council(&request->cmd));
    struct prework_job *job = job_new(request);
    job->domain = ts_prework_prepare(&world, &request->cmd, &request->actor, NULL);
    start(e, job);
    return true;
}
