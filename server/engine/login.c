/*
 * Who a connection is (LG-22): staff by login and passphrase or by the token of a login, children's
 * offices and the screen by the code on their card, devices by their key. Argon2id on a worker, the
 * same work for a name that nobody has; five failures lock a name for a while; idle logins end.
 * Tokens and codes are kept as hashes, in the table of secrets.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

#include "proto/base/codec.h"
#include "server/engine/internal.h"

#define FAILURES_MAX 5
#define LOCKS_MAX 10000
/* How old the stored time of the last use of a token may get. */
#define SEEN_STEP_MS (5 * 60 * 1000)
#define SECRET_NAME_MAX 128

/* ---- tokens ---- */

struct token {
    struct ts_id staff;
    int64_t issued_ms;
    int64_t seen_ms;
};

static void token_name(char out[static SECRET_NAME_MAX], const char *hash_hex)
{
    snprintf(out, SECRET_NAME_MAX, "token/%s", hash_hex);
}

static void hash_hex(char out[static 65], const uint8_t secret[static 32])
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, secret, 32);
    ts_hex_encode(out, hash, sizeof hash);
    sodium_memzero(hash, sizeof hash);
}

static bool token_read(const struct ts_engine *e, const char *hex, struct token *out)
{
    char name[SECRET_NAME_MAX];
    token_name(name, hex);
    const struct ts_secret *secret = ts_engine_secret(e, name);
    char staff[TS_ID_LEN + 1], issued[20], seen[20];
    return secret && sscanf(secret->text, "%22s %19s %19s", staff, issued, seen) == 3 &&
           ts_id_parse(&out->staff, ts_str_of(staff)) == 0 &&
           ts_decimal_decode(&out->issued_ms, ts_str_of(issued)) == 0 &&
           ts_decimal_decode(&out->seen_ms, ts_str_of(seen)) == 0;
}

static void token_write(struct ts_engine *e, const char *hex, const struct token *token, bool store)
{
    char name[SECRET_NAME_MAX], value[SECRET_NAME_MAX];
    token_name(name, hex);
    snprintf(value, sizeof value, "%s %lld %lld", token->staff.s, (long long)token->issued_ms,
             (long long)token->seen_ms);
    ts_engine_secret_set(e, ts_str_of(name), ts_str_of(value));
    if (!store)
        return;
    struct ts_store_batch *batch = ts_batch_open();
    ts_batch_secret(batch, ts_str_of(name), ts_str_of(value));
    ts_batch_submit(e, batch);
}

static void token_delete(struct ts_engine *e, const char *hex)
{
    char name[SECRET_NAME_MAX];
    token_name(name, hex);
    if (!ts_engine_secret(e, name))
        return;
    ts_engine_secret_set(e, ts_str_of(name), (struct ts_str){NULL, 0});
    struct ts_store_batch *batch = ts_batch_open();
    ts_batch_secret(batch, ts_str_of(name), (struct ts_str){NULL, 0});
    ts_batch_submit(e, batch);
}

static bool token_alive(const struct ts_engine *e, const struct token *token, int64_t now)
{
    return now - token->seen_ms <= e->config.idle_logout_ms &&
           now - token->issued_ms <= e->config.token_life_ms;
}

/* ---- becoming and ceasing to be somebody ---- */

static void become(struct ts_engine *e, struct ts_engine_conn *conn, const struct ts_actor *actor)
{
    conn->actor = *actor;
    ts_feed_recheck(&e->feed, conn);
}

static void log_identity(const struct ts_engine *e, const char *what, const struct ts_actor *actor,
                         const char *result)
{
    char text[TS_ACTOR_TEXT_MAX];
    ts_actor_text(text, actor);
    ts_engine_log(e, TS_LOG_INFO, "event=%s actor=%s result=%s", what, text, result);
}

static bool token_in_use(const struct ts_engine *e, const char *hex,
                         const struct ts_engine_conn *but)
{
    struct ts_str key;
    void *value;
    for (size_t i = 0; ts_map_next(&e->conns, &i, &key, &value);) {
        const struct ts_engine_conn *conn = value;
        if (conn != but && conn->actor.kind == TS_ACTOR_STAFF && strcmp(conn->token, hex) == 0)
            return true;
    }
    return false;
}

void ts_login_end(struct ts_engine *e, struct ts_engine_conn *conn)
{
    if (conn->actor.kind == TS_ACTOR_DEVICE)
        ts_live_offline(&e->live, &conn->actor.id, ts_engine_now(e));
    if (conn->actor.kind != TS_ACTOR_NOBODY)
        log_identity(e, "logout", &conn->actor, "ok");
    memset(conn->token, 0, sizeof conn->token);
    become(e, conn, &(struct ts_actor){.kind = TS_ACTOR_NOBODY});
}

void ts_login_gone(struct ts_engine *e, struct ts_engine_conn *conn)
{
    struct token token;
    if (conn->actor.kind == TS_ACTOR_DEVICE) {
        ts_live_offline(&e->live, &conn->actor.id, ts_engine_now(e));
        ts_feed_touch_live(&e->feed, NULL);
    }
    if (conn->actor.kind == TS_ACTOR_STAFF && token_read(e, conn->token, &token) &&
        conn->active_ms > token.seen_ms) {
        token.seen_ms = conn->active_ms;
        token_write(e, conn->token, &token, false);
    }
}

static void welcome(struct ts_engine *e, struct ts_engine_conn *conn, const struct ts_id *re,
                    const char *token_text)
{
    struct ts_reply reply = {.id = conn->actor.id, .has_now = true, .now = ts_engine_now(e)};
    if (token_text)
        reply.token = ts_str_of(token_text);
    ts_engine_reply(e, conn->number, re, &reply, 0);
}

/* ---- login and passphrase ---- */

struct login_job {
    struct ts_job base;
    struct ts_id re;
    struct ts_id staff; /* none: nobody has this login */
    char login[200];
    char *passphrase; /* guarded memory */
    size_t passphrase_len;
    char pwhash[crypto_pwhash_STRBYTES]; /* as stored; "" for nobody's */
    unsigned long long ops;
    size_t mem;
    bool good;
};

static void login_run(struct ts_job *base)
{
    struct login_job *job = (struct login_job *)base;
    if (job->pwhash[0]) {
        job->good =
            crypto_pwhash_str_verify(job->pwhash, job->passphrase, job->passphrase_len) == 0;
        return;
    }
    /* As much work as for a name that somebody has. */
    char ignored[crypto_pwhash_STRBYTES];
    if (crypto_pwhash_str(ignored, job->passphrase, job->passphrase_len, job->ops, job->mem) != 0)
        abort(); /* out of memory */
}

/* NULL: nothing is known against it. */
static struct ts_login_lock *lock_of(struct ts_engine *e, struct ts_str login, int64_t now)
{
    struct ts_login_lock *lock = ts_map_get(&e->locks, login);
    if (lock && lock->until_ms != 0 && lock->until_ms <= now) {
        free(ts_map_remove(&e->locks, login));
        return NULL;
    }
    return lock;
}

static bool locked(struct ts_engine *e, struct ts_str login, struct ts_err *err)
{
    int64_t now = ts_engine_now(e);
    const struct ts_login_lock *lock = lock_of(e, login, now);
    if (!lock || lock->failures < FAILURES_MAX)
        return false;
    ts_err_set(err, "login.locked", "too many failures");
    ts_err_param(err, "minutes", "%lld", (long long)((lock->until_ms - now + 59999) / 60000));
    return true;
}

static void note_failure(struct ts_engine *e, struct ts_str login)
{
    int64_t now = ts_engine_now(e);
    struct ts_login_lock *lock = lock_of(e, login, now);
    if (!lock) {
        if (e->locks.count >= LOCKS_MAX)
            return; /* somebody tries names; each attempt costs a password hash anyway */
        lock = calloc(1, sizeof *lock);
        if (!lock)
            abort();
        ts_map_put(&e->locks, login, lock);
    }
    lock->failures++;
    lock->until_ms = now + e->config.lock_ms;
}

static void login_done(struct ts_engine *e, struct ts_job *base)
{
    struct login_job *job = (struct login_job *)base;
    struct ts_engine_conn *conn = ts_engine_conn_find(e, base->conn);
    struct ts_actor actor = {.kind = TS_ACTOR_STAFF, .id = job->staff};
    struct ts_err err = {0};
    if (locked(e, ts_str_of(job->login), &err)) { /* by what was tried at the same time */
        ts_engine_reject(e, base->conn, &job->re, &err);
        return;
    }
    if (!job->good) {
        note_failure(e, ts_str_of(job->login));
        log_identity(e, "login", &actor, "login.failed");
        ts_err_set(&err, "login.failed", "login name or passphrase is wrong");
        ts_engine_reject(e, base->conn, &job->re, &err);
        return;
    }
    if (!conn)
        return;
    free(ts_map_remove(&e->locks, ts_str_of(job->login)));
    uint8_t secret[32];
    char text[TS_BASE64_32 + 1];
    e->ports.random(e->ports.ctx, secret, sizeof secret);
    ts_base64_encode32(text, secret);
    hash_hex(conn->token, secret);
    sodium_memzero(secret, sizeof secret);
    int64_t now = ts_engine_now(e);
    token_write(e, conn->token, &(struct token){job->staff, now, now}, true);
    become(e, conn, &actor);
    log_identity(e, "login", &actor, "ok");
    welcome(e, conn, &job->re, text);
    sodium_memzero(text, sizeof text);
}

static void login_free(struct ts_engine *e, struct ts_job *base)
{
    (void)e;
    struct login_job *job = (struct login_job *)base;
    sodium_free(job->passphrase);
    sodium_memzero(job->pwhash, sizeof job->pwhash);
    free(job);
}

static int begin_login(struct ts_engine *e, struct ts_engine_conn *conn,
                       const struct ts_frame_cmd *frame, struct ts_err *err)
{
    const struct ts_cmd_login *cmd = frame->cmd.body;
    if (locked(e, cmd->login, err))
        return -1;
    struct login_job *job = calloc(1, sizeof *job);
    if (!job || !(job->passphrase = sodium_malloc(cmd->passphrase.len)))
        abort();
    assert(cmd->login.len < sizeof job->login);
    job->base = (struct ts_job){login_run, login_done, login_free, conn->number, false};
    job->re = frame->id;
    memcpy(job->login, cmd->login.ptr, cmd->login.len);
    memcpy(job->passphrase, cmd->passphrase.ptr, cmd->passphrase.len);
    job->passphrase_len = cmd->passphrase.len;
    job->ops = e->config.pwhash_ops;
    job->mem = e->config.pwhash_mem;
    const struct ts_st_staff *staff = ts_registry_login(e->registry, cmd->login);
    if (staff) {
        char name[SECRET_NAME_MAX];
        snprintf(name, sizeof name, "staff/%s", staff->staff.s);
        const struct ts_secret *secret = ts_engine_secret(e, name);
        if (secret && secret->len < sizeof job->pwhash) {
            job->staff = staff->staff;
            memcpy(job->pwhash, secret->text, secret->len);
        }
    }
    if (ts_job_start(e, &job->base, err))
        return 0;
    login_free(e, &job->base);
    return -1;
}

static int resume(struct ts_engine *e, struct ts_engine_conn *conn,
                  const struct ts_frame_cmd *frame, struct ts_err *err)
{
    const struct ts_cmd_login_resume *cmd = frame->cmd.body;
    uint8_t secret[32];
    char hex[65];
    struct token token;
    if (ts_base64_decode32(secret, cmd->token) != 0)
        return ts_err_set(err, "login.expired", "no such login");
    hash_hex(hex, secret);
    sodium_memzero(secret, sizeof secret);
    int64_t now = ts_engine_now(e);
    if (!token_read(e, hex, &token) ||
        (!token_alive(e, &token, now) && !token_in_use(e, hex, conn)))
        return ts_err_set(err, "login.expired", "no such login");
    token.seen_ms = now;
    token_write(e, hex, &token, false);
    memcpy(conn->token, hex, sizeof conn->token);
    struct ts_actor actor = {.kind = TS_ACTOR_STAFF, .id = token.staff};
    become(e, conn, &actor);
    log_identity(e, "resume", &actor, "ok");
    welcome(e, conn, &frame->id, NULL);
    return 0;
}

/* ---- cards ---- */

/* The meeting of a card; NULL: there is no such card, or its meeting has ended. */
static const struct ts_st_meeting *card_meeting(const struct ts_council_state *council,
                                                const struct ts_id *card)
{
    for (size_t i = 0; council && i < council->doc.meetings.count; i++) {
        const struct ts_st_meeting *meeting = &council->doc.meetings.ptr[i];
        if (meeting->state == TS_MEETING_STATE_CLOSED)
            continue;
        for (size_t k = 0; k < meeting->cards.count; k++)
            if (ts_id_equal(&meeting->cards.ptr[k].card, card))
                return meeting;
    }
    return NULL;
}

/* The card of this code. false: there is none. */
static bool find_card(const struct ts_engine *e, struct ts_str text, struct ts_actor *actor)
{
    uint8_t code[32];
    char hex[65], name[SECRET_NAME_MAX], council[TS_ID_LEN + 1], card[TS_ID_LEN + 1];
    if (ts_base64_decode32(code, text) != 0)
        return false;
    hash_hex(hex, code);
    sodium_memzero(code, sizeof code);
    snprintf(name, sizeof name, "card/%s", hex);
    const struct ts_secret *secret = ts_engine_secret(e, name);
    *actor = (struct ts_actor){.kind = TS_ACTOR_CARD};
    return secret && sscanf(secret->text, "%22s %22s", council, card) == 2 &&
           ts_id_parse(&actor->council, ts_str_of(council)) == 0 &&
           ts_id_parse(&actor->id, ts_str_of(card)) == 0;
}

static int card_login(struct ts_engine *e, struct ts_engine_conn *conn,
                      const struct ts_frame_cmd *frame, struct ts_err *err)
{
    const struct ts_cmd_card_login *cmd = frame->cmd.body;
    struct ts_actor actor;
    if (!find_card(e, cmd->code, &actor))
        return ts_err_set(err, "card.unknown", "no such card");
    struct ts_world world = ts_engine_world(e, &actor.council);
    if (!card_meeting(world.council, &actor.id))
        return ts_err_set(err, "card.unknown", "its meeting has ended");
    become(e, conn, &actor);
    log_identity(e, "card", &actor, "ok");
    welcome(e, conn, &frame->id, NULL);
    return 0;
}

bool ts_login_bearer(const struct ts_engine *e, struct ts_str text, struct ts_actor *actor)
{
    if (find_card(e, text, actor)) /* what it is good for the meeting's state says */
        return true;
    uint8_t secret[32];
    char hex[65];
    struct token token;
    if (ts_base64_decode32(secret, text) != 0)
        return false;
    hash_hex(hex, secret);
    sodium_memzero(secret, sizeof secret);
    if (!token_read(e, hex, &token) ||
        (!token_alive(e, &token, ts_engine_now(e)) && !token_in_use(e, hex, NULL)))
        return false;
    *actor = (struct ts_actor){.kind = TS_ACTOR_STAFF, .id = token.staff};
    return true;
}

/* ---- devices ---- */

static int kiosk_hello(struct ts_engine *e, struct ts_engine_conn *conn,
                       const struct ts_frame_cmd *frame, struct ts_err *err)
{
    const struct ts_cmd_kiosk_hello *cmd = frame->cmd.body;
    const struct ts_st_kiosk *kiosk = ts_registry_kiosk_key(e->registry, cmd->key);
    if (!kiosk || kiosk->state == TS_KIOSK_STATE_REVOKED)
        return ts_err_set(err, "kiosk.unknown", "no such device");
    conn->proving = kiosk->kiosk;
    e->ports.random(e->ports.ctx, conn->nonce, sizeof conn->nonce);
    char nonce[TS_BASE64_32 + 1];
    ts_base64_encode32(nonce, conn->nonce);
    struct ts_reply reply = {.nonce = ts_str_of(nonce),
                             .server_key = ts_str_of(e->server_key_text),
                             .has_now = true,
                             .now = ts_engine_now(e)};
    ts_engine_reply(e, conn->number, &frame->id, &reply, 0);
    return 0;
}

/* An older connection of the same device is a dead one: two must not be told of one release. */
static void replace_older(struct ts_engine *e, const struct ts_id *kiosk)
{
    struct ts_str key;
    void *value;
    for (size_t i = 0; ts_map_next(&e->conns, &i, &key, &value);) {
        struct ts_engine_conn *conn = value;
        if (conn->actor.kind != TS_ACTOR_DEVICE || !ts_id_equal(&conn->actor.id, kiosk))
            continue;
        ts_login_end(e, conn);
        ts_engine_hang_up(e, conn, 1008, "the device connected again");
    }
}

static int kiosk_prove(struct ts_engine *e, struct ts_engine_conn *conn,
                       const struct ts_frame_cmd *frame, struct ts_err *err)
{
    const struct ts_cmd_kiosk_prove *cmd = frame->cmd.body;
    const struct ts_st_kiosk *kiosk =
        ts_id_is_none(&conn->proving) ? NULL : ts_registry_kiosk(e->registry, &conn->proving);
    if (!kiosk)
        return ts_err_set(err, "kiosk.hello", "no nonce was asked for");
    conn->proving = (struct ts_id){0}; /* a nonce is good for one attempt */
    char nonce[TS_BASE64_32 + 1];
    ts_base64_encode32(nonce, conn->nonce);
    struct ts_buf signature = {0}, text = {0};
    uint8_t key[32];
    ts_buf_printf(&text, "tongsheng-kiosk-login-1|%s|%s", e->server_key_text, nonce);
    bool good = ts_base64_decode32(key, kiosk->key) == 0 &&
                ts_base64_decode(&signature, cmd->signature) == 0 &&
                signature.len == crypto_sign_BYTES &&
                crypto_sign_verify_detached(signature.ptr, text.ptr, text.len, key) == 0;
    ts_buf_free(&signature);
    ts_buf_free(&text);
    if (!good)
        return ts_err_set(err, "kiosk.signature", "the signature does not hold");
    struct ts_actor actor = {.kind = TS_ACTOR_DEVICE, .id = kiosk->kiosk};
    replace_older(e, &actor.id);
    ts_live_online(&e->live, &actor.id, ts_engine_now(e));
    ts_feed_touch_live(&e->feed, NULL);
    become(e, conn, &actor);
    log_identity(e, "device", &actor, "ok");
    welcome(e, conn, &frame->id, NULL);
    return 0;
}

static int logout(struct ts_engine *e, struct ts_engine_conn *conn,
                  const struct ts_frame_cmd *frame)
{
    if (conn->actor.kind == TS_ACTOR_STAFF)
        token_delete(e, conn->token);
    ts_login_end(e, conn);
    ts_engine_reply(e, conn->number, &frame->id, &(struct ts_reply){0}, 0);
    return 0;
}

/* ---- all of them ---- */

int ts_login_command(struct ts_engine *e, struct ts_engine_conn *conn,
                     const struct ts_frame_cmd *frame, struct ts_err *err)
{
    if (frame->cmd.kind == TS_CMD_LOGOUT)
        return logout(e, conn, frame);
    if (conn->actor.kind != TS_ACTOR_NOBODY)
        return ts_err_set(err, "login.already", "log out first");
    switch (frame->cmd.kind) {
    case TS_CMD_LOGIN:
        return begin_login(e, conn, frame, err);
    case TS_CMD_LOGIN_RESUME:
        return resume(e, conn, frame, err);
    case TS_CMD_CARD_LOGIN:
        return card_login(e, conn, frame, err);
    case TS_CMD_KIOSK_HELLO:
        return kiosk_hello(e, conn, frame, err);
    default:
        assert(frame->cmd.kind == TS_CMD_KIOSK_PROVE);
        return kiosk_prove(e, conn, frame, err);
    }
}

/* A login on this connection that was idle for too long, or has lived for too long. */
static void tick_conn(struct ts_engine *e, struct ts_engine_conn *conn, int64_t now)
{
    struct token token;
    if (conn->actor.kind != TS_ACTOR_STAFF)
        return;
    bool there = token_read(e, conn->token, &token);
    if (there && conn->active_ms - token.seen_ms >= SEEN_STEP_MS) {
        token.seen_ms = conn->active_ms;
        token_write(e, conn->token, &token, true);
    }
    if (there && now - conn->active_ms <= e->config.idle_logout_ms &&
        now - token.issued_ms <= e->config.token_life_ms)
        return;
    ts_login_end(e, conn);
}

void ts_login_tick(struct ts_engine *e)
{
    int64_t now = ts_engine_now(e);
    struct ts_str key;
    void *value;
    for (size_t i = 0; ts_map_next(&e->conns, &i, &key, &value);)
        tick_conn(e, value, now);
    /* Tokens that nobody uses any more. */
    for (size_t i = 0; ts_map_next(&e->secrets, &i, &key, &value);) {
        struct token token;
        if (key.len <= 6 || memcmp(key.ptr, "token/", 6) != 0)
            continue;
        char hex[65];
        snprintf(hex, sizeof hex, "%.*s", (int)(key.len - 6), key.ptr + 6);
        if (token_read(e, hex, &token) && !token_alive(e, &token, now) &&
            !token_in_use(e, hex, NULL))
            token_delete(e, hex);
    }
    for (size_t i = 0; ts_map_next(&e->locks, &i, &key, &value);) {
        const struct ts_login_lock *lock = value;
        if (lock->until_ms <= now)
            free(ts_map_remove(&e->locks, key));
    }
}
