#include "tests/support/simplay.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

#include "proto/base/codec.h"

#define STEPS_MAX 60000

static bool one_in(struct simplay *p, uint64_t n)
{
    return ts_seed_one_in(&p->world.seed, n);
}

static size_t below(struct simplay *p, size_t n)
{
    return (size_t)ts_seed_below(&p->world.seed, n);
}

struct ts_id simplay_fresh_id(struct simplay *p)
{
    uint8_t random[32];
    ts_seed_bytes(&p->world.seed, random, sizeof random);
    return ts_id_from_random(random);
}

void simplay_wrong_answer(struct simplay *p, enum sim_actor actor, const struct ts_err *reject)
{
    simworld_wrong(&p->world, "step %d, %s of actor %d: unexpected %s %s %s=%s", p->step,
                   p->clients[actor].errand.cmd, (int)actor, reject->code, reject->path,
                   reject->params[0].key, reject->params[0].value);
}

void simplay_give(struct simplay *p, enum sim_actor actor, const char *cmd, const char *format, ...)
{
    struct sim_errand *errand = &p->clients[actor].errand;
    assert(!errand->busy);
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    ts_buf_clear(&errand->body);
    ts_buf_reserve(&errand->body, (size_t)len + 1);
    vsnprintf((char *)errand->body.ptr, (size_t)len + 1, format, again);
    va_end(again);
    errand->body.len = (size_t)len;
    errand->busy = true;
    errand->sent = false;
    errand->cmd = cmd;
    errand->id = simplay_fresh_id(p);
}

struct finding {
    struct simplay *play;
    enum ts_ev_kind kind;
    const void *body;
};

static void find_event(void *ctx, const struct ts_store_record *record)
{
    struct finding *f = ctx;
    struct ts_event event;
    struct ts_err err;
    const char *name = ts_ev_entry(f->kind)->name;
    if (!memmem(record->data.ptr, record->data.len < 64 ? record->data.len : 64, name,
                strlen(name)) ||
        ts_event_decode(record->data, &f->play->arena, &event, &err) != 0)
        return;
    if (event.kind == f->kind)
        f->body = event.body;
}

const void *simplay_event(struct simplay *p, enum ts_ev_kind kind)
{
    struct finding f = {p, kind, NULL};
    simstore_each(&p->world.store, find_event, &f);
    return f.body;
}

/* ---- sending ---- */

static void say(struct simplay *p, size_t conn, const struct ts_id *id, const char *cmd,
                struct ts_str body)
{
    struct ts_buf text = {0};
    ts_buf_printf(&text, "{\"v\":1,\"id\":\"%s\",\"cmd\":\"%s\",\"body\":%.*s}", id->s, cmd,
                  TS_STR_ARG(body));
    p->says++;
    simworld_say(&p->world, conn, ts_buf_str(&text));
    ts_buf_free(&text);
}

static void say_fresh(struct simplay *p, size_t conn, const char *cmd, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static void say_fresh(struct simplay *p, size_t conn, const char *cmd, const char *format, ...)
{
    char body[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(body, sizeof body, format, args);
    va_end(args);
    struct ts_id id = simplay_fresh_id(p);
    say(p, conn, &id, cmd, ts_str_of(body));
}

static bool is_staff(enum sim_actor actor)
{
    return actor == SIM_ORGANISER || actor == SIM_SECOND;
}

static bool is_device(enum sim_actor actor)
{
    return actor >= SIM_BOOTH1 && actor < SIM_PUBLIC;
}

static const struct simcast_key *key_of(const struct simplay *p, enum sim_actor actor)
{
    return actor <= SIM_BOOTH2   ? &p->cast->booths[actor - SIM_BOOTH1]
           : actor == SIM_OFFICE ? &p->cast->office
                                 : &p->cast->stations[actor - SIM_KEEPER];
}

/* Has the server heard of this actor, so that it can say who it is? */
static bool can_log_in(const struct simplay *p, enum sim_actor actor)
{
    if (actor == SIM_ORGANISER)
        return p->step > 0;
    if (actor == SIM_SECOND)
        return p->step > 1;
    return is_device(actor) && p->step > 2 + ((int)actor - SIM_BOOTH1);
}

static void log_in(struct simplay *p, enum sim_actor actor)
{
    struct sim_client *c = &p->clients[actor];
    if (c->stage != 0 || !can_log_in(p, actor))
        return;
    c->stage = 1;
    if (is_device(actor))
        say_fresh(p, actor, "kiosk.hello", "{\"key\":\"%s\"}", key_of(p, actor)->text);
    else if (c->token[0])
        say_fresh(p, actor, "login.resume", "{\"token\":\"%s\"}", c->token);
    else
        say_fresh(p, actor, "login", "{\"login\":\"%s\",\"passphrase\":\"secret passphrase\"}",
                  actor == SIM_ORGANISER ? "wang" : "li");
}

static void prove(struct simplay *p, enum sim_actor actor, struct ts_str nonce)
{
    uint8_t secret[64];
    char server[44];
    simworld_server_key(secret);
    ts_base64_encode32(server, secret + 32);
    struct ts_str text =
        ts_arena_printf(&p->arena, "tongsheng-kiosk-login-1|%s|%.*s", server, TS_STR_ARG(nonce));
    struct ts_str signature = simcast_sign(key_of(p, actor), text, &p->arena);
    p->clients[actor].stage = 2;
    say_fresh(p, actor, "kiosk.prove", "{\"signature\":\"%.*s\"}", TS_STR_ARG(signature));
}

static void lost(struct simplay *p, size_t actor)
{
    struct sim_client *c = &p->clients[actor];
    c->known = c->subscribed = false;
    c->stage = 0;
    c->errand.sent = false;
    memset(c->last_ver, 0, sizeof c->last_ver);
    for (size_t i = 0; i < SIM_CASTS; i++)
        if (p->casts[i].busy && p->casts[i].booth + SIM_BOOTH1 == actor)
            p->casts[i].sent = false;
    if (p->repeat.busy && p->accepted[p->repeat_of].actor == (enum sim_actor)actor)
        p->repeat.busy = false;
}

/* A client's next thing to do. */
static void act(struct simplay *p, enum sim_actor actor)
{
    struct sim_client *c = &p->clients[actor];
    if (!p->world.conns[actor].open) {
        lost(p, actor);
        simworld_connect(&p->world, actor);
        return;
    }
    bool needs_login = can_log_in(p, actor) && !c->known;
    if (needs_login) {
        log_in(p, actor);
    } else if (c->errand.busy && !c->errand.sent) {
        c->errand.sent = true;
        say(p, actor, &c->errand.id, c->errand.cmd, ts_buf_str(&c->errand.body));
    }
}

/* ---- slips ---- */

static const char *variant_cmd(const struct simplay *p, const struct sim_cast *cast)
{
    if (cast->which < 2)
        return "slip.cast";
    return p->slips[cast->slip].other == TS_STORE_VOID ? "slip.void" : "slip.audit";
}

static void send_cast(struct simplay *p, struct sim_cast *cast)
{
    struct ts_buf body = {0};
    struct ts_json_writer w;
    const struct simcast *c = p->cast;
    if (!p->clients[SIM_BOOTH1 + cast->booth].known)
        return;
    cast->sent = true;
    cast->id = simplay_fresh_id(p);
    ts_jw_init(&w, &body);
    ts_jw_object(&w);
    ts_jw_member_cstr(&w, "council", p->council.s);
    ts_jw_member_cstr(&w, "uuid", c->uuid.s);
    if (cast->which < 2) {
        ts_jw_member_str(&w, "ballot", c->ballots[cast->slip][cast->which]);
    } else {
        char point[TS_POINT_TEXT + 1];
        ts_point_text(point, &c->points[cast->slip]);
        ts_jw_member_cstr(&w, "credential", point);
        ts_jw_member_str(&w, "proof",
                         p->slips[cast->slip].other == TS_STORE_VOID ? c->voids[cast->slip]
                                                                     : c->audits[cast->slip]);
    }
    ts_jw_object_end(&w);
    say(p, SIM_BOOTH1 + cast->booth, &cast->id, variant_cmd(p, cast), ts_buf_str(&body));
    ts_buf_free(&body);
}

static bool is_settled(const struct sim_slip *slip)
{
    return slip->acked[0] || slip->acked[1] || slip->acked[2];
}

/* Now and then the wrong thing: another ballot, a void slip cast, a cast slip voided. */
static void begin_cast(struct simplay *p, struct sim_cast *cast)
{
    size_t at = below(p, SIMCAST_SLIPS);
    struct sim_slip *slip = &p->slips[at];
    if (!simplay_casting(p) && !(p->step > 0 && is_settled(slip)))
        return;
    size_t which = at >= 4 ? 2 : 0;
    if (one_in(p, 6))
        which = below(p, 3);
    if (!simplay_casting(p)) { /* only what was acknowledged before: it must be so for ever */
        for (which = 0; which < 2 && !slip->acked[which];)
            which++;
    }
    if (which == 2 && slip->other == TS_STORE_EMPTY)
        slip->other = one_in(p, 2) ? TS_STORE_VOID : TS_STORE_AUDITED;
    if (!slip->acked[which] && !slip->refused[which])
        for (size_t i = 0; i < SIM_CASTS; i++)
            if (p->casts[i].busy && p->casts[i].slip == at && p->casts[i].which == which)
                return; /* a slip's ballot is in one booth */
    bool fresh = !slip->acked[which] && !slip->refused[which];
    if (!fresh && !one_in(p, 12))
        return; /* checking proofs is what this simulation's time goes into */
    if (fresh)
        slip->by[which] = (uint8_t)below(p, 2);
    *cast = (struct sim_cast){.busy = true, .slip = at, .which = which, .booth = slip->by[which]};
}

static void cast_some(struct simplay *p)
{
    struct sim_cast *cast = &p->casts[below(p, SIM_CASTS)];
    if (p->step == 0 || !p->cast->phi[0] || ts_id_is_none(&p->poll) || p->done)
        return;
    if (!cast->busy)
        begin_cast(p, cast);
    else if (!cast->sent)
        send_cast(p, cast);
}

static void check_ack(struct simplay *p, const struct sim_cast *cast, struct ts_str signature)
{
    uint8_t secret[64];
    char hash[44], point[TS_POINT_TEXT + 1];
    struct ts_buf text = {0}, sig = {0};
    simworld_server_key(secret);
    ts_buf_printf(&text, "tongsheng-ack-1|%s|%s|", p->cast->uuid.s, p->cast->phi);
    if (cast->which < 2) {
        ts_base64_encode32(hash, p->cast->hashes[cast->slip][cast->which]);
        ts_buf_printf(&text, "%s", hash);
    } else {
        ts_point_text(point, &p->cast->points[cast->slip]);
        ts_buf_printf(&text, "%s|%s",
                      p->slips[cast->slip].other == TS_STORE_VOID ? "void" : "audit", point);
    }
    if (ts_base64_decode(&sig, signature) != 0 || sig.len != 64 ||
        crypto_sign_verify_detached(sig.ptr, text.ptr, text.len, secret + 32) != 0)
        simworld_wrong(&p->world, "an acknowledgement is not signed");
    ts_buf_free(&text);
    ts_buf_free(&sig);
}

static bool is_transient(const char *code)
{
    return strcmp(code, "server.busy") == 0 || strcmp(code, "rate.limit") == 0 ||
           strcmp(code, "poll.finishing") == 0 || strcmp(code, "server.again") == 0;
}

static void cast_answered(struct simplay *p, struct sim_cast *cast,
                          const struct ts_frame_answer *answer)
{
    struct sim_slip *slip = &p->slips[cast->slip];
    if (answer->kind == TS_FRAME_ERR && is_transient(answer->reject.code)) {
        cast->sent = false;
        return;
    }
    cast->busy = false;
    if (answer->kind == TS_FRAME_OK) {
        check_ack(p, cast, answer->reply.signature);
        if (slip->refused[cast->which])
            simworld_wrong(&p->world, "slip %zu: refused, then accepted", cast->slip);
        slip->acked[cast->which] = true;
        if (slip->acked[0] + slip->acked[1] + slip->acked[2] > 1)
            simworld_wrong(&p->world, "slip %zu was accepted twice", cast->slip);
        return;
    }
    const char *code = answer->reject.code;
    if (p->voided && strcmp(code, "poll.closed") == 0)
        return; /* an aborted poll says nothing of its slips any more */
    if (slip->acked[cast->which])
        simworld_wrong(&p->world, "slip %zu was acknowledged, now %s", cast->slip, code);
    else if (strncmp(code, "slip.", 5) != 0)
        simworld_wrong(&p->world, "slip %zu: unexpected %s", cast->slip, code);
    slip->refused[cast->which] = true;
}

/* ---- answers ---- */

static void remember(struct simplay *p, enum sim_actor actor, const struct ts_frame_answer *answer)
{
    const struct sim_errand *errand = &p->clients[actor].errand;
    if (answer->seq == 0)
        return;
    if (p->accepted_count == p->accepted_room) {
        p->accepted_room = p->accepted_room ? p->accepted_room * 2 : 64;
        p->accepted = realloc(p->accepted, p->accepted_room * sizeof *p->accepted);
        assert(p->accepted);
    }
    p->accepted[p->accepted_count++] = (struct sim_accepted){
        .actor = actor,
        .id = errand->id,
        .cmd = errand->cmd,
        .body = strndup((const char *)errand->body.ptr, errand->body.len),
        .reply_id = answer->reply.id,
        .seq = answer->seq,
    };
}

static void errand_answered(struct simplay *p, enum sim_actor actor,
                            const struct ts_frame_answer *answer)
{
    struct sim_client *c = &p->clients[actor];
    if (answer->kind == TS_FRAME_OK) {
        remember(p, actor, answer);
        c->errand.busy = false;
        simplay_answered(p, actor, answer);
        return;
    }
    if (strcmp(answer->reject.code, "auth.login") == 0 && is_staff(actor)) {
        c->known = c->errand.sent = false; /* logged out for idleness: again, after logging in */
        c->stage = 0;
        return;
    }
    c->errand.busy = false;
    simplay_rejected(p, actor, answer);
}

static void repeat_answered(struct simplay *p, const struct ts_frame_answer *answer)
{
    const struct sim_accepted *a = &p->accepted[p->repeat_of];
    p->repeat.busy = false;
    if (answer->kind == TS_FRAME_ERR) {
        const char *code = answer->reject.code;
        if (!is_transient(code) && strcmp(code, "auth.login") != 0)
            simworld_wrong(&p->world, "a repeat of %s: %s", a->cmd, code);
        if (strcmp(code, "auth.login") == 0) {
            p->clients[a->actor].known = false; /* logged out for idleness */
            p->clients[a->actor].stage = 0;
        }
        return;
    }
    if (answer->seq != a->seq || !ts_id_equal(&answer->reply.id, &a->reply_id))
        simworld_wrong(&p->world, "a repeat of %s: seq %lld and %s, before %lld and %s", a->cmd,
                       (long long)answer->seq, answer->reply.id.s, (long long)a->seq,
                       a->reply_id.s);
}

/* The answer to logging in, or to nothing that we wait for. */
static void other_answered(struct simplay *p, enum sim_actor actor,
                           const struct ts_frame_answer *answer)
{
    struct sim_client *c = &p->clients[actor];
    if (c->known || c->stage == 0)
        return;
    if (answer->kind == TS_FRAME_ERR) {
        if (strcmp(answer->reject.code, "login.expired") == 0)
            c->token[0] = '\0';
        c->known = strcmp(answer->reject.code, "login.already") == 0;
        c->stage = 0;
    } else if (answer->reply.nonce.len > 0) {
        prove(p, actor, answer->reply.nonce);
    } else if (!ts_id_is_none(&answer->reply.id)) {
        c->known = true;
        if (answer->reply.token.len == 43)
            memcpy(c->token, answer->reply.token.ptr, 43);
    }
}

static bool may_see(enum sim_actor actor, struct ts_str view)
{
    if (memmem(view.ptr, view.len, "public", 6) || ts_str_is(view, "me"))
        return true;
    if (is_staff(actor))
        return ts_str_is(view, "desk") || ts_str_is(view, "console") || ts_str_is(view, "screen");
    if (actor == SIM_BOOTH1 || actor == SIM_BOOTH2)
        return ts_str_is(view, "booth") || ts_str_is(view, "package");
    if (actor >= SIM_KEEPER && actor < SIM_PUBLIC)
        return ts_str_is(view, "keeper") || ts_str_is(view, "package");
    return false;
}

static void check_view(struct simplay *p, enum sim_actor actor,
                       const struct ts_frame_answer *answer)
{
    p->views++;
    if (!answer->raw.ptr)
        return;
    if (!may_see(actor, answer->view))
        simworld_wrong(&p->world, "actor %d sees %.*s", (int)actor, TS_STR_ARG(answer->view));
    if (!is_staff(actor) && memmem(answer->raw.ptr, answer->raw.len, "秘", 3))
        simworld_wrong(&p->world, "actor %d reads names in %.*s", (int)actor,
                       TS_STR_ARG(answer->view));
}

static void check_stranger(struct simplay *p, const struct ts_frame_answer *answer)
{
    if (answer->kind == TS_FRAME_OK && answer->seq != 0)
        simworld_wrong(&p->world, "a stranger's command was accepted");
}

static void dispatch(struct simplay *p, enum sim_actor actor, const struct ts_frame_answer *answer)
{
    struct sim_errand *errand = &p->clients[actor].errand;
    for (size_t i = 0; i < SIM_CASTS; i++) {
        struct sim_cast *cast = &p->casts[i];
        if (cast->busy && cast->sent && ts_id_equal(&cast->id, &answer->re)) {
            cast_answered(p, cast, answer);
            return;
        }
    }
    if (p->repeat.busy && p->accepted[p->repeat_of].actor == actor &&
        ts_id_equal(&p->repeat.id, &answer->re))
        repeat_answered(p, answer);
    else if (errand->busy && errand->sent && ts_id_equal(&errand->id, &answer->re))
        errand_answered(p, actor, answer);
    else if (actor == SIM_STRANGER || actor == SIM_PUBLIC)
        check_stranger(p, answer);
    else
        other_answered(p, actor, answer);
}

static void read_one(struct simplay *p, enum sim_actor actor)
{
    struct ts_buf text = {0};
    struct ts_arena arena = {0};
    struct ts_frame_answer answer;
    struct ts_err err = {0};
    if (!simworld_read(&p->world, actor, &text))
        return;
    if (memmem(text.ptr, text.len, "secret passphrase", 17))
        simworld_wrong(&p->world, "a passphrase left the server");
    if (ts_frame_answer_decode(ts_buf_str(&text), &arena, &answer, &err) != 0)
        simworld_wrong(&p->world, "a frame of the server: %s %s %.200s", err.code, err.path,
                       err.detail);
    else if (answer.kind == TS_FRAME_VIEW)
        check_view(p, actor, &answer);
    else
        dispatch(p, actor, &answer);
    ts_arena_free(&arena);
    ts_buf_free(&text);
}

/* ---- looking, trying, repeating ---- */

static void subscribe_some(struct simplay *p, enum sim_actor actor)
{
    static const char *const views[] = {
        "me",      "desk",           "console",     "screen",      "booth",          "keeper",
        "package", "public.council", "public.poll", "public.home", "public.receipts"};
    const char *keys[] = {"",
                          p->root.s,
                          p->meeting.s,
                          p->meeting.s,
                          p->kiosks[actor == SIM_BOOTH2].s,
                          p->kiosks[3 + below(p, p->cast->keeper_count)].s,
                          p->cast->uuid.s,
                          p->council.s,
                          p->cast->uuid.s,
                          "",
                          p->cast->uuid.s};
    size_t i = below(p, sizeof views / sizeof *views);
    if (p->world.conns[actor].open && (keys[i][0] || i == 0 || i == 9))
        say_fresh(p, actor, one_in(p, 6) ? "unsubscribe" : "subscribe",
                  "{\"view\":\"%s\",\"key\":\"%s\"}", views[i], keys[i]);
}

static bool is_anonymous(const struct sim_accepted *a)
{
    return strcmp(a->cmd, "setup") == 0 || strcmp(a->cmd, "kiosk.request") == 0;
}

/* Any command at all, of the example's shape, about what is really there; or rubbish. */
static void try_something(struct simplay *p)
{
    if (!p->world.conns[SIM_STRANGER].open) {
        simworld_connect(&p->world, SIM_STRANGER);
        return;
    }
    const struct ts_cmd_entry *entry =
        ts_cmd_entry((enum ts_cmd_kind)(1 + below(p, TS_CMD_COUNT - 1)));
    struct ts_buf body = {0};
    ts_buf_append_str(&body, ts_str_of(entry->example));
    const char *ids[][2] = {{"3yQ8vT1uKp9ZbRrm4sWn2D", p->council.s},
                            {"5yQ8vT1uKp9ZbRrm4sWn2D", p->meeting.s}};
    for (size_t i = 0; i < 2; i++) {
        char *at = memmem(body.ptr, body.len, ids[i][0], TS_ID_LEN);
        if (at && strlen(ids[i][1]) == TS_ID_LEN && one_in(p, 2))
            memcpy(at, ids[i][1], TS_ID_LEN);
    }
    if (one_in(p, 8))
        body.ptr[below(p, body.len)] = (uint8_t)below(p, 256);
    struct ts_id id = simplay_fresh_id(p);
    if (one_in(p, 4) && p->accepted_count > 0) {
        const struct sim_accepted *theirs = &p->accepted[below(p, p->accepted_count)];
        if (!is_anonymous(theirs)) /* of nobody's command everybody is the sender */
            id = theirs->id;
    }
    say(p, SIM_STRANGER, &id, entry->name, ts_buf_str(&body));
    ts_buf_free(&body);
}

static void repeat_some(struct simplay *p)
{
    if (p->repeat.busy || p->accepted_count == 0)
        return;
    p->repeat_of = below(p, p->accepted_count);
    const struct sim_accepted *a = &p->accepted[p->repeat_of];
    if (is_anonymous(a) || !p->clients[a->actor].known || !p->world.conns[a->actor].open)
        return;
    p->repeat.busy = true;
    p->repeat.id = a->id;
    say(p, a->actor, &a->id, a->cmd, ts_str_of(a->body));
}

static void download_some(struct simplay *p)
{
    char path[128];
    /* What it may reflect stands in for the exchange. */
    void *asked = (void *)(uintptr_t)(p->world.store.submitted + 1);
    const char *ids[] = {"", p->council.s, p->cast->uuid.s, p->meeting.s, p->meeting.s};
    size_t i = below(p, 5);
    if (i == 0)
        snprintf(path, sizeof path, "/record/registry.jsonl");
    else
        snprintf(path, sizeof path,
                 i == 1   ? "/record/%s.jsonl"
                 : i == 2 ? "/polls/%s.bel"
                 : i == 3 ? "/meetings/%s/minutes.md"
                          : "/meetings/%s/minutes.json",
                 ids[i]);
    ts_engine_download(p->world.engine, ts_str_of(path), TS_STR(""), asked);
}

/* ---- the play ---- */

static void crash(struct simplay *p, bool disk)
{
    p->crashes++;
    if (disk)
        simworld_fail_disk(&p->world);
    else
        simworld_crash(&p->world);
    for (size_t i = 0; i < SIM_ACTORS; i++)
        lost(p, i);
    simworld_start(&p->world);
}

static void fault(struct simplay *p)
{
    size_t kind = below(p, 40);
    if (kind == 0)
        crash(p, false);
    else if (kind == 1)
        crash(p, true);
    else if (kind < 8)
        simworld_disconnect(&p->world, below(p, SIM_ACTORS));
    else if (kind < 10)
        p->world.clock_ms -= (int64_t)below(p, 3000);
    else if (kind == 10 && one_in(p, 4))
        p->world.clock_ms += 16 * 60 * 1000;
    else if (kind < 16)
        download_some(p);
    else if (kind < 20 && p->world.job_count == 0 && p->world.store.pending.count == 0)
        simworld_check_replay(&p->world);
}

static void one_step(struct simplay *p)
{
    enum sim_actor actor = (enum sim_actor)below(p, SIM_ACTORS);
    switch (below(p, 16)) {
    case 0:
    case 1:
    case 2:
        if (actor != SIM_STRANGER)
            act(p, actor);
        break;
    case 3:
    case 4:
        simworld_sync(&p->world);
        break;
    case 5:
    case 6:
        simworld_work(&p->world);
        break;
    case 7:
        simworld_pull(&p->world, actor);
        break;
    case 8:
        cast_some(p);
        break;
    case 9:
        p->world.clock_ms += (int64_t)below(p, 1500);
        ts_engine_tick(p->world.engine);
        break;
    case 10:
        if (one_in(p, 3))
            subscribe_some(p, actor);
        break;
    case 11:
        if (one_in(p, 3))
            try_something(p);
        break;
    case 12:
        if (one_in(p, 4))
            repeat_some(p);
        break;
    case 13:
        if (one_in(p, 6))
            fault(p);
        break;
    default:
        read_one(p, actor);
        break;
    }
}

bool simplay_run(struct simplay *p, struct simcast casts[static 2], uint64_t seed,
                 const struct simplay_faults *faults)
{
    memset(p, 0, sizeof *p);
    simworld_init(&p->world, seed, faults->sin);
    p->world.leak = faults->leak;
    p->cast = &casts[seed % 5 == 0]; /* two of three keepers cost time */
    p->keeps_erased = faults->unerased;
    simplay_plan(p);
    if (!simworld_start(&p->world))
        return false;
    for (int i = 0; i < STEPS_MAX && !p->done && !p->world.wrong[0]; i++) {
        one_step(p);
        if (p->world.wrong[0] || !p->world.engine)
            break;
        if (p->world.stopped)
            simworld_wrong(&p->world, "the server stopped with %d", p->world.stopped);
        simworld_turn(&p->world);
        simplay_script(p);
    }
    if (!p->world.wrong[0])
        simplay_check(p);
    return p->world.wrong[0] == '\0';
}

void simplay_free(struct simplay *p)
{
    for (size_t i = 0; i < p->accepted_count; i++)
        free(p->accepted[i].body);
    free(p->accepted);
    for (size_t i = 0; i < SIM_ACTORS; i++)
        ts_buf_free(&p->clients[i].errand.body);
    simworld_free(&p->world);
    ts_arena_free(&p->arena);
}
