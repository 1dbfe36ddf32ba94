#include "kiosk/session.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/base/codec.h"

#define ASK_AGAIN_MS 5000

enum stage {
    STAGE_DOWN,
    STAGE_HELLO,   /* kiosk.hello sent */
    STAGE_REQUEST, /* kiosk.request sent */
    STAGE_PROVE,   /* kiosk.prove sent */
    STAGE_REFUSED, /* asked again after a while */
    STAGE_READY,
};

struct pending {
    struct ts_id id;
    uint64_t tag;
    bool own; /* of the session itself, or a subscription */
};

struct subscription {
    char view[40];
    char key[TS_LIMIT_VIEW_KEY_BYTES + 1];
};

struct ts_session {
    struct ts_session_config config;
    struct ts_session_handler handler;
    char name[41];
    enum stage stage;
    char server_key_text[TS_BASE64_32 + 1];
    uint64_t now_ms, again_ms;
    bool said_waiting;
    struct pending pending[TS_SESSION_PENDING_MAX];
    size_t pending_count;
    struct subscription views[TS_SESSION_VIEWS_MAX];
    size_t view_count;
};

struct ts_session *ts_session_new(const struct ts_session_config *config,
                                  const struct ts_session_handler *handler)
{
    struct ts_session *session = calloc(1, sizeof *session);
    if (!session)
        abort();
    session->config = *config;
    session->handler = *handler;
    snprintf(session->name, sizeof session->name, "%s", config->name);
    return session;
}

void ts_session_free(struct ts_session *session)
{
    free(session);
}

bool ts_session_is_ready(const struct ts_session *session)
{
    return session->stage == STAGE_READY;
}

static struct ts_id random_id(void)
{
    uint8_t random[32];
    randombytes_buf(random, sizeof random);
    return ts_id_from_random(random);
}

struct ts_id ts_session_stable_id(const struct ts_session *session, struct ts_str what)
{
    uint8_t hash[32];
    crypto_generichash_state state;
    crypto_generichash_init(&state, (const uint8_t *)"tongsheng-kiosk-id-1", 20, sizeof hash);
    crypto_generichash_update(&state, session->config.key->public, 32);
    crypto_generichash_update(&state, (const uint8_t *)what.ptr, what.len);
    crypto_generichash_final(&state, hash, sizeof hash);
    return ts_id_from_random(hash);
}

static bool send_command(struct ts_session *session, enum ts_cmd_kind kind, const void *body,
                         const struct ts_id *id, uint64_t tag, bool own)
{
    struct ts_buf frame = {0};
    struct ts_cmd cmd = {kind, body};
    struct ts_id fresh = id ? *id : random_id();
    if (session->pending_count == TS_SESSION_PENDING_MAX)
        return false;
    session->pending[session->pending_count++] = (struct pending){fresh, tag, own};
    ts_frame_cmd_encode(&fresh, &cmd, &frame);
    bool sent = session->handler.send(session->handler.ctx, ts_buf_str(&frame));
    ts_buf_free(&frame);
    if (!sent)
        session->pending_count--;
    return sent;
}

bool ts_session_send(struct ts_session *session, const struct ts_cmd *cmd, const struct ts_id *id,
                     uint64_t tag)
{
    return ts_session_is_ready(session) &&
           send_command(session, cmd->kind, cmd->body, id, tag, false);
}

/* ---- logging in ---- */

static void hello(struct ts_session *session)
{
    struct ts_cmd_kiosk_hello body = {.key = ts_str_of(session->config.key->text)};
    session->stage = STAGE_HELLO;
    send_command(session, TS_CMD_KIOSK_HELLO, &body, NULL, 0, true);
}

static void request(struct ts_session *session)
{
    char signature[TS_SIGNATURE_TEXT + 1];
    struct ts_buf text = {0};
    ts_buf_printf(&text, "tongsheng-kiosk-request-1|%s|%s", session->config.key->text,
                  ts_enum_name(&ts_enum_kiosk_role, (int)session->config.role));
    ts_device_sign(signature, session->config.key, ts_buf_str(&text));
    ts_buf_free(&text);
    struct ts_cmd_kiosk_request body = {
        .key = ts_str_of(session->config.key->text),
        .role = (int)session->config.role,
        .name = ts_str_of(session->name),
        .signature = ts_str_of(signature),
    };
    session->stage = STAGE_REQUEST;
    send_command(session, TS_CMD_KIOSK_REQUEST, &body, NULL, 0, true);
}

/* The first server that TLS has let us talk to is ours; from then on no other is. */
static int check_server(struct ts_session *session, struct ts_str text, struct ts_err *err)
{
    uint8_t key[32];
    if (!text.ptr || ts_base64_decode32(key, text) != 0)
        return ts_err_set(err, "session.server", "the server does not say its key");
    if (session->config.has_server_key && memcmp(key, session->config.server_key, 32) != 0)
        return ts_err_set(err, "session.server", "another server key than the pinned one");
    if (!session->config.has_server_key) {
        memcpy(session->config.server_key, key, 32);
        session->config.has_server_key = true;
        session->handler.on_server(session->handler.ctx, key);
    }
    snprintf(session->server_key_text, sizeof session->server_key_text, "%.*s", TS_STR_ARG(text));
    return 0;
}

static int prove(struct ts_session *session, const struct ts_reply *reply, struct ts_err *err)
{
    char signature[TS_SIGNATURE_TEXT + 1];
    struct ts_buf text = {0};
    if (check_server(session, reply->server_key, err) != 0)
        return -1;
    if (!reply->nonce.ptr)
        return ts_err_set(err, "frame.shape", "no nonce");
    ts_buf_printf(&text, "tongsheng-kiosk-login-1|%s|%.*s", session->server_key_text,
                  TS_STR_ARG(reply->nonce));
    ts_device_sign(signature, session->config.key, ts_buf_str(&text));
    ts_buf_free(&text);
    struct ts_cmd_kiosk_prove body = {.signature = ts_str_of(signature)};
    session->stage = STAGE_PROVE;
    send_command(session, TS_CMD_KIOSK_PROVE, &body, NULL, 0, true);
    return 0;
}

static void subscribe(struct ts_session *session, const struct subscription *view)
{
    struct ts_cmd_subscribe body = {.view = ts_str_of(view->view), .key = ts_str_of(view->key)};
    send_command(session, TS_CMD_SUBSCRIBE, &body, NULL, 0, true);
}

static int ready(struct ts_session *session, const struct ts_reply *reply, struct ts_err *err)
{
    if (ts_id_is_none(&reply->id))
        return ts_err_set(err, "frame.shape", "the server does not say our id");
    session->stage = STAGE_READY;
    session->said_waiting = false;
    for (size_t i = 0; i < session->view_count; i++)
        subscribe(session, &session->views[i]);
    session->handler.on_ready(session->handler.ctx, &reply->id, reply->now);
    return 0;
}

static void ask_again_later(struct ts_session *session, const char *code)
{
    char line[160];
    session->stage = STAGE_REFUSED;
    session->again_ms = session->now_ms + ASK_AGAIN_MS;
    if (session->said_waiting)
        return;
    snprintf(line, sizeof line, "the server refuses this device for now: %s", code);
    session->handler.on_say(session->handler.ctx, line);
    session->said_waiting = true;
}

static int own_answer(struct ts_session *session, const struct ts_frame_answer *answer,
                      struct ts_err *err)
{
    bool good = answer->kind == TS_FRAME_OK;
    switch (session->stage) {
    case STAGE_HELLO:
        if (good)
            return prove(session, &answer->reply, err);
        if (strcmp(answer->reject.code, "kiosk.unknown") == 0)
            request(session);
        else
            ask_again_later(session, answer->reject.code);
        return 0;
    case STAGE_REQUEST:
        if (good) {
            session->handler.on_say(session->handler.ctx,
                                    "enrolment requested; an organiser has to approve it");
            hello(session);
        } else {
            ask_again_later(session, answer->reject.code);
        }
        return 0;
    case STAGE_PROVE:
        if (good)
            return ready(session, &answer->reply, err);
        ask_again_later(session, answer->reject.code);
        return 0;
    default:
        return 0; /* a subscription: its view comes, or stays away until we may see it */
    }
}

/* ---- link and frames ---- */

void ts_session_link_up(struct ts_session *session)
{
    session->pending_count = 0;
    hello(session);
}

void ts_session_link_down(struct ts_session *session)
{
    bool was_ready = ts_session_is_ready(session);
    session->stage = STAGE_DOWN;
    session->pending_count = 0;
    if (was_ready)
        session->handler.on_lost(session->handler.ctx);
}

static int take_answer(struct ts_session *session, const struct ts_frame_answer *answer,
                       struct ts_err *err)
{
    for (size_t i = 0; i < session->pending_count; i++) {
        if (!ts_id_equal(&session->pending[i].id, &answer->re))
            continue;
        struct pending pending = session->pending[i];
        session->pending[i] = session->pending[--session->pending_count];
        if (pending.own)
            return own_answer(session, answer, err);
        session->handler.on_answer(session->handler.ctx, pending.tag, answer);
        return 0;
    }
    if (ts_id_is_none(&answer->re))
        return ts_err_set(err, "frame.shape", "the server could not read a frame of ours");
    return 0; /* an answer to something sent over an earlier link */
}

int ts_session_frame(struct ts_session *session, struct ts_str text, struct ts_err *err)
{
    struct ts_arena arena = {0};
    struct ts_frame_answer answer;
    int rc = ts_frame_answer_decode(text, &arena, &answer, err);
    if (rc == 0 && answer.kind == TS_FRAME_VIEW)
        session->handler.on_view(session->handler.ctx, &answer);
    else if (rc == 0)
        rc = take_answer(session, &answer, err);
    ts_arena_free(&arena);
    return rc;
}

void ts_session_tick(struct ts_session *session, uint64_t now_ms)
{
    session->now_ms = now_ms;
    if (session->stage == STAGE_REFUSED && now_ms >= session->again_ms)
        hello(session);
}

/* ---- views ---- */

void ts_session_subscribe(struct ts_session *session, const char *view, struct ts_str key)
{
    for (size_t i = 0; i < session->view_count; i++)
        if (strcmp(session->views[i].view, view) == 0 && ts_str_is(key, session->views[i].key))
            return;
    if (session->view_count == TS_SESSION_VIEWS_MAX)
        return; /* more polls than a booth can have (agent.h) */
    struct subscription *added = &session->views[session->view_count++];
    snprintf(added->view, sizeof added->view, "%s", view);
    snprintf(added->key, sizeof added->key, "%.*s", TS_STR_ARG(key));
    if (ts_session_is_ready(session))
        subscribe(session, added);
}

void ts_session_unsubscribe(struct ts_session *session, const char *view, struct ts_str key)
{
    for (size_t i = 0; i < session->view_count; i++) {
        struct subscription *old = &session->views[i];
        if (strcmp(old->view, view) != 0 || !ts_str_is(key, old->key))
            continue;
        struct ts_cmd_unsubscribe body = {.view = ts_str_of(old->view), .key = ts_str_of(old->key)};
        if (ts_session_is_ready(session))
            send_command(session, TS_CMD_UNSUBSCRIBE, &body, NULL, 0, true);
        *old = session->views[--session->view_count];
        return;
    }
}
