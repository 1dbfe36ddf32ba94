/*
 * The path of a command (DESIGN 2): dedupe, authorise, prework, decide, seal-apply-append
 * (commit.c), reply. Decoding came before (engine.c); the reply and the views leave when the batch
 * is durable.
 */
#include <assert.h>
#include <stdlib.h>

#include <sodium.h>

#include "server/engine/internal.h"

/* ---- answering ---- */

void ts_request_free(struct ts_request *request)
{
    if (!request)
        return;
    ts_wire_wipe(ts_cmd_entry(request->cmd.kind)->desc, (void *)(uintptr_t)request->cmd.body);
    ts_arena_free(&request->arena);
    free(request);
}

static void answer_all(struct ts_engine *e, const struct ts_request *request, struct ts_str text)
{
    ts_engine_send_text(e, request->conn, text);
    for (size_t i = 0; i < request->waiter_count; i++)
        ts_engine_send_text(e, request->waiters[i], text);
}

/* LG-14: time, actor, action, object, result; never a text. */
static void log_result(const struct ts_engine *e, const struct ts_request *request,
                       const char *result, int64_t seq)
{
    char actor[TS_ACTOR_TEXT_MAX];
    ts_actor_text(actor, &request->actor);
    const struct ts_id *council = ts_cmd_council(&request->cmd);
    ts_engine_log(e, TS_LOG_INFO, "event=command cmd=%s actor=%s stream=%s result=%s seq=%lld",
                  ts_cmd_entry(request->cmd.kind)->name, actor,
                  council ? council->s : TS_RECORD_REGISTRY, result, (long long)seq);
}

void ts_command_reject(struct ts_engine *e, struct ts_request *request, const struct ts_err *reject)
{
    e->counts.rejected++;
    log_result(e, request, reject->code, 0);
    struct ts_buf text = {0};
    ts_frame_err_encode(&request->id, reject, &text);
    answer_all(e, request, ts_buf_str(&text));
    ts_buf_free(&text);
    ts_request_free(request);
}

static void accept(struct ts_engine *e, struct ts_request *request,
                   const struct ts_decision *decision, int64_t seq)
{
    e->counts.accepted++;
    log_result(e, request, decision->reply.waiting_second ? "waiting_second" : "ok", seq);
    struct ts_buf text = {0};
    ts_frame_ok_encode(&request->id, &decision->reply, seq, &text);
    char actor[TS_ACTOR_TEXT_MAX];
    ts_actor_text(actor, &request->actor);
    ts_dedupe_keep(e->dedupe, &request->id,
                   &(struct ts_dedupe_answer){ts_str_of(actor), ts_buf_str(&text)});
    answer_all(e, request, ts_buf_str(&text));
    ts_buf_wipe(&text); /* the code of an office card */
    ts_request_free(request);
}

/* ---- what decide wants ---- */

/* The ID field of this name in the command's body; NULL: it has none, or it is absent. */
static const struct ts_id *field_id(const struct ts_cmd *cmd, const char *name)
{
    const struct ts_desc *desc = ts_cmd_entry(cmd->kind)->desc;
    for (size_t i = 0; i < desc->field_count; i++) {
        if (desc->fields[i].kind != TS_FIELD_ID || strcmp(desc->fields[i].name, name) != 0)
            continue;
        const struct ts_id *id =
            (const struct ts_id *)(const void *)((const char *)cmd->body + desc->fields[i].offset);
        return ts_id_is_none(id) ? NULL : id;
    }
    return NULL;
}

static struct ts_engine_poll *poll_of(const struct ts_engine *e, const struct ts_world *world,
                                      const struct ts_cmd *cmd)
{
    if (!world->council)
        return NULL;
    const struct ts_id *id = field_id(cmd, "poll");
    const struct ts_id *uuid = field_id(cmd, "uuid");
    const struct ts_st_poll *poll = id     ? ts_council_poll(world->council, id)
                                    : uuid ? ts_council_poll_uuid(world->council, uuid)
                                           : NULL;
    return poll && !ts_id_is_none(&poll->uuid) ? ts_engine_poll_find(e, &poll->uuid) : NULL;
}

/* Seals the texts of the command, each under a key of its own. */
static void seal_contents(struct ts_engine *e, const struct ts_cmd *cmd, struct ts_env *env,
                          struct ts_commit *commit)
{
    struct ts_arena *arena = &e->scratch;
    struct ts_content_plan plan = {0};
    ts_content_plan(cmd, arena, &plan);
    if (env->prework && env->prework->clip.ptr) {
        plan.texts[plan.count++] = env->prework->clip; /* the plan has room */
        env->clip_made = true;
    } else if (env->prework) {
        env->clip_note = env->prework->clip_note;
    }
    struct ts_content_ref *refs = ts_arena_array(arena, plan.count, sizeof *refs);
    struct ts_store_content *contents = ts_arena_array(arena, plan.count, sizeof *contents);
    for (size_t i = 0; i < plan.count; i++) {
        uint8_t random[32 + 32 + 24];
        char hash[65];
        e->ports.random(e->ports.ctx, random, sizeof random);
        refs[i].id = ts_id_from_random(random);
        ts_vault_seal(&contents[i], &refs[i].id, plan.texts[i], random + 32, random + 64, arena);
        sodium_memzero(random, sizeof random);
        ts_vault_hash(hash, &contents[i]);
        refs[i].hash = ts_arena_str(arena, ts_str_of(hash));
    }
    env->content = refs;
    env->content_count = plan.count;
    commit->contents = contents;
    commit->texts = plan.texts;
    commit->content_count = plan.count;
}

static void wipe_contents(const struct ts_commit *commit)
{
    for (size_t i = 0; i < commit->content_count; i++)
        sodium_memzero((void *)(uintptr_t)commit->contents[i].key, 32);
}

void ts_engine_env(struct ts_engine *e, const struct ts_engine_stream *stream, struct ts_env *env)
{
    env->now_ms = ts_engine_now(e);
    e->ports.random(e->ports.ctx, env->random, sizeof env->random);
    env->reader = &e->reader;
    env->calendar = &ts_calendar_cn;
    env->server_key = e->server_key;
    env->sign = ts_engine_sign;
    env->sign_ctx = e;
    env->stream_seq = stream->chain.seq;
    memcpy(env->stream_head, stream->chain.head.b, sizeof env->stream_head);
}

/* ---- the path ---- */

void ts_command_decide(struct ts_engine *e, struct ts_request *request,
                       const struct ts_prework_result *prework, bool setup_code_good)
{
    const struct ts_id *council = ts_cmd_council(&request->cmd);
    struct ts_world world = ts_engine_world(e, council);
    struct ts_err err = {0};
    /* Again after the prework: authority is what the registry says now. */
    if (ts_authorise(&world, &request->cmd, &request->actor, &err) != 0) {
        ts_command_reject(e, request, &err);
        return;
    }
    bool registry = ts_cmd_entry(request->cmd.kind)->scope == TS_SCOPE_REGISTRY;
    struct ts_engine_stream *stream =
        registry ? &e->registry_stream : ts_engine_council(e, council);
    assert(stream); /* authorise knows the council */

    struct ts_env env = {
        .actor = request->actor, .prework = prework, .setup_code_good = setup_code_good};
    ts_engine_env(e, stream, &env);
    struct ts_commit commit = {.stream = stream, .actor = &request->actor, .cmd = request->id};
    const struct ts_engine_poll *poll = poll_of(e, &world, &request->cmd);
    struct ts_box_figures figures;
    if (poll) {
        figures = ts_engine_poll_figures(poll);
        env.box = &figures;
    }
    const struct ts_id *kiosk = field_id(&request->cmd, "kiosk");
    env.booth_waiting = kiosk ? ts_live_waiting(&e->live, kiosk) : 0;
    seal_contents(e, &request->cmd, &env, &commit);

    struct ts_decision decision = {0};
    commit.decision = &decision;
    int rc = ts_decide(&world, &request->cmd, &env, &e->scratch, &decision, &err);
    if (rc == 0 && decision.event_count > 0)
        rc = ts_commit(e, &commit, &err);
    wipe_contents(&commit);
    if (rc != 0)
        ts_command_reject(e, request, &err);
    else
        accept(e, request, &decision, decision.event_count > 0 ? stream->chain.seq : 0);
}

void ts_command_foreign(struct ts_err *err, const struct ts_actor *actor)
{
    if (actor->kind == TS_ACTOR_NOBODY) /* perhaps its own, before it was logged out */
        ts_err_set(err, "auth.login", "log in first");
    else
        ts_err_set(err, "cmd.id_used", "this command id is somebody else's");
}

/* The same command again? Then it is answered here, or will be. */
static bool repeated(struct ts_engine *e, struct ts_engine_conn *conn, const struct ts_id *id)
{
    struct ts_err err = {0};
    char actor[TS_ACTOR_TEXT_MAX];
    ts_actor_text(actor, &conn->actor);
    struct ts_request *waiting = ts_map_get(&e->in_flight, ts_id_str(id));
    if (waiting) {
        char theirs[TS_ACTOR_TEXT_MAX];
        ts_actor_text(theirs, &waiting->actor);
        if (strcmp(actor, theirs) != 0)
            ts_command_foreign(&err, &conn->actor);
        else if (waiting->waiter_count == sizeof waiting->waiters / sizeof waiting->waiters[0])
            ts_err_set(&err, "server.busy", "the command is under way");
        else
            waiting->waiters[waiting->waiter_count++] = conn->number;
        if (err.code)
            ts_engine_reject(e, conn->number, id, &err);
        return true;
    }
    struct ts_dedupe_answer answer;
    if (ts_dedupe_answer(e->dedupe, id, &answer)) {
        e->counts.repeats++;
        if (ts_str_is(answer.actor, actor)) {
            ts_engine_send_text(e, conn->number, answer.body);
        } else {
            ts_command_foreign(&err, &conn->actor);
            ts_engine_reject(e, conn->number, id, &err);
        }
        return true;
    }
    return ts_repeat_begin(e, conn, id);
}

void ts_command_take(struct ts_engine *e, struct ts_engine_conn *conn,
                     const struct ts_frame_cmd *frame)
{
    if (repeated(e, conn, &frame->id))
        return;
    struct ts_err err = {0};
    struct ts_world world = ts_engine_world(e, ts_cmd_council(&frame->cmd));
    if (ts_authorise(&world, &frame->cmd, &conn->actor, &err) != 0) {
        ts_engine_reject(e, conn->number, &frame->id, &err);
        return;
    }
    struct ts_request *request = calloc(1, sizeof *request);
    if (!request)
        abort();
    const struct ts_desc *desc = ts_cmd_entry(frame->cmd.kind)->desc;
    void *body = ts_arena_alloc(&request->arena, desc->size);
    ts_wire_copy(desc, frame->cmd.body, &request->arena, body);
    request->id = frame->id;
    request->cmd = (struct ts_cmd){frame->cmd.kind, body};
    request->actor = conn->actor;
    request->conn = conn->number;
    if (!ts_prework_begin(e, request))
        ts_command_decide(e, request, NULL, false);
}
