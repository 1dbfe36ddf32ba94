/*
 * What commands want done on a worker before they are decided: hashing a passphrase, and the
 * domain's proofs (server/domain/prework.h), for poll.finish over the content of the box, which is
 * frozen.
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
    job->base = (struct ts_job){prework_run, prework_done, prework_free, request->conn, false};
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

/* Everything in the box, ascending by credential; views of it. */
static void list_box(const struct ts_engine_box *box, struct ts_arena *arena,
                     struct ts_prework_box *out)
{
    struct ts_str *ballots = ts_arena_array(arena, box->count, sizeof *ballots);
    uint8_t(*voided)[32] = ts_arena_array(arena, box->count, 32);
    uint8_t(*audited)[32] = ts_arena_array(arena, box->count, 32);
    *out = (struct ts_prework_box){
        .ballots = ballots,
        .voided = (const uint8_t(*)[32])voided,
        .audited = (const uint8_t(*)[32])audited,
        .conflicts = (const struct ts_digest *)(const void *)box->conflicts,
        .conflict_count = box->conflict_count,
    };
    for (size_t i = 0; i < box->count; i++) {
        const struct ts_engine_box_slot *slot = &box->slots[i];
        if (slot->state == TS_STORE_CAST)
            ballots[out->ballot_count++] = (struct ts_str){slot->ballot, slot->ballot_len};
        else if (slot->state == TS_STORE_VOID)
            memcpy(voided[out->voided_count++], box->credentials[i], 32);
        else if (slot->state == TS_STORE_AUDITED)
            memcpy(audited[out->audited_count++], box->credentials[i], 32);
    }
}

/* The box that is to be counted; NULL: none, decide will say why. */
static struct ts_engine_poll *finishing(struct ts_engine *e, const struct ts_request *request)
{
    if (request->cmd.kind != TS_CMD_POLL_FINISH)
        return NULL;
    const struct ts_cmd_poll_finish *body = request->cmd.body;
    struct ts_world world = ts_engine_world(e, &body->council);
    const struct ts_st_poll *poll =
        world.council ? ts_council_poll(world.council, &body->poll) : NULL;
    return poll && poll->state == TS_POLL_STATE_CLOSING ? ts_engine_poll_find(e, &poll->uuid)
                                                        : NULL;
}

bool ts_prework_begin(struct ts_engine *e, struct ts_request *request)
{
    struct ts_str passphrase;
    if (request->cmd.kind == TS_CMD_TEXT_PINYIN || request->cmd.kind == TS_CMD_TEXT_CLIP)
        return ts_reading_begin(e, request);
    if (passphrase_of(&request->cmd, &passphrase)) {
        begin_hashing(e, request, passphrase);
        return true;
    }
    if (!ts_prework_needed(request->cmd.kind))
        return false;
    struct ts_engine_poll *poll = finishing(e, request);
    if (poll && poll->box->frozen) {
        struct ts_err err = {0};
        ts_err_set(&err, "poll.finishing", "the box is being counted");
        ts_command_reject(e, request, &err);
        return true;
    }
    struct ts_world world = ts_engine_world(e, ts_cmd_council(&request->cmd));
    struct prework_job *job = job_new(request);
    struct ts_prework_box box;
    if (poll) {
        list_box(poll->box, &e->scratch, &box);
        poll->box->frozen = true; /* what comes now would not be counted */
        job->frozen = poll->uuid;
    }
    job->domain = ts_prework_prepare(&world, &request->cmd, &request->actor, poll ? &box : NULL);
    start(e, job);
    return true;
}
