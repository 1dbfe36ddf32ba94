#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

#include "proto/base/codec.h"
#include "server/engine/internal.h"

struct ts_engine_config ts_engine_config_default(void)
{
    return (struct ts_engine_config){
        .pwhash_ops = crypto_pwhash_OPSLIMIT_INTERACTIVE,
        .pwhash_mem = crypto_pwhash_MEMLIMIT_INTERACTIVE,
        .idle_logout_ms = 15 * 60 * 1000,
        .token_life_ms = 12 * 60 * 60 * 1000,
        .lock_ms = 15 * 60 * 1000,
        .jobs_max = 4096,
    };
}

static bool read_text(const void *ctx, const struct ts_id *content, struct ts_str *out)
{
    *out = ts_vault_text(ctx, content);
    return out->ptr != NULL;
}

struct ts_engine *ts_engine_create(const struct ts_ports *ports,
                                   const struct ts_engine_config *config)
{
    struct ts_engine *e = calloc(1, sizeof *e);
    if (!e)
        abort();
    e->ports = *ports;
    e->config = *config;
    e->server_secret = sodium_malloc(sizeof config->server_secret);
    if (!e->server_secret)
        abort();
    memcpy(e->server_secret, config->server_secret, sizeof config->server_secret);
    sodium_memzero(e->config.server_secret, sizeof e->config.server_secret);
    crypto_sign_ed25519_sk_to_pk(e->server_key, e->server_secret);
    ts_base64_encode32(e->server_key_text, e->server_key);
    sodium_mprotect_readonly(e->server_secret);

    uint8_t key[16];
    ports->random(ports->ctx, key, sizeof key);
    e->dedupe = ts_dedupe_new(key);
    e->registry = ts_registry_state_new();
    struct ts_err err;
    int rc = ts_record_stream(&e->registry_stream.id, TS_STR(TS_RECORD_REGISTRY), &err);
    assert(rc == 0);
    (void)rc;
    ts_chain_start(&e->registry_stream.chain, &e->registry_stream.id);
    e->reader = (struct ts_content_reader){.ctx = &e->vault, .text = read_text};
    ts_feed_init(&e->feed, e);
    e->next_conn = 1;
    return e;
}

static void drop_item(void *ctx, struct ts_outbox_item *item)
{
    struct ts_engine *e = ctx;
    if (item->out)
        e->ports.net.drop(e->ports.net.ctx, item->out);
    if (item->job)
        item->job->free(e, item->job);
    if (item->answer.fd_plus_1)
        e->ports.store.discard(e->ports.store.ctx, item->answer.fd_plus_1 - 1);
    ts_buf_free(&item->body);
}

static void free_councils(struct ts_engine *e)
{
    struct ts_str key;
    void *value;
    for (size_t i = 0; ts_map_next(&e->councils, &i, &key, &value);) {
        struct ts_engine_stream *stream = value;
        if (stream->council)
            ts_council_state_free(stream->council);
        free(stream);
    }
    ts_map_free(&e->councils);
    ts_map_free(&e->council_states);
}

static void free_values(struct ts_map *map)
{
    struct ts_str key;
    void *value;
    for (size_t i = 0; ts_map_next(map, &i, &key, &value);)
        free(value);
    ts_map_free(map);
}

static void free_secrets(struct ts_engine *e)
{
    struct ts_str key;
    void *value;
    for (size_t i = 0; ts_map_next(&e->secrets, &i, &key, &value);) {
        struct ts_secret *secret = value;
        sodium_memzero(secret->text, secret->len);
    }
    free_values(&e->secrets);
}

void ts_engine_destroy(struct ts_engine *e)
{
    if (!e)
        return;
    struct ts_str key;
    void *value;
    for (size_t i = 0; ts_map_next(&e->conns, &i, &key, &value);)
        ts_engine_closed(e, value);
    ts_map_free(&e->conns);
    ts_outbox_free(&e->outbox, drop_item, e);
    ts_feed_free(&e->feed);
    ts_live_free(&e->live);
    ts_downloads_free(&e->downloads, e);
    ts_receipts_free(&e->receipts);
    for (size_t i = 0; ts_map_next(&e->polls, &i, &key, &value);) {
        struct ts_engine_poll *poll = value;
        ts_engine_poll_close(e, &poll->uuid);
    }
    ts_map_free(&e->polls);
    ts_map_free(&e->in_flight);
    ts_engine_load_free(e);
    free_values(&e->locks);
    free_secrets(e);
    ts_vault_free(&e->vault);
    free_councils(e);
    ts_registry_state_free(e->registry);
    ts_dedupe_free(e->dedupe);
    ts_arena_free(&e->scratch);
    sodium_free(e->server_secret);
    free(e);
}

/* ---- small things that all files use ---- */

int64_t ts_engine_now(const struct ts_engine *e)
{
    return e->ports.now_ms(e->ports.ctx);
}

void ts_engine_log(const struct ts_engine *e, enum ts_log_level level, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    e->ports.log(e->ports.ctx, level, line);
}

void ts_engine_sign(void *engine, uint8_t signature[static 64], const uint8_t *message, size_t len)
{
    struct ts_engine *e = engine;
    crypto_sign_detached(signature, NULL, message, len, e->server_secret);
}

const struct ts_secret *ts_engine_secret(const struct ts_engine *e, const char *name)
{
    return ts_map_get(&e->secrets, ts_str_of(name));
}

void ts_engine_secret_set(struct ts_engine *e, struct ts_str name, struct ts_str value)
{
    struct ts_secret *before;
    if (value.ptr) {
        struct ts_secret *secret = malloc(sizeof *secret + value.len + 1);
        if (!secret)
            abort();
        secret->len = value.len;
        memcpy(secret->text, value.ptr, value.len);
        secret->text[value.len] = '\0';
        before = ts_map_put(&e->secrets, name, secret);
    } else {
        before = ts_map_remove(&e->secrets, name);
    }
    if (before) {
        sodium_memzero(before->text, before->len);
        free(before);
    }
}

struct ts_engine_stream *ts_engine_council(struct ts_engine *e, const struct ts_id *council)
{
    struct ts_engine_stream *stream = ts_map_get(&e->councils, ts_id_str(council));
    if (stream)
        return stream;
    if (!ts_registry_council(e->registry, council))
        return NULL;
    stream = calloc(1, sizeof *stream);
    if (!stream)
        abort();
    stream->id = *council;
    ts_chain_start(&stream->chain, council);
    ts_map_put(&e->councils, ts_id_str(council), stream);
    return stream;
}

void ts_engine_begin_council(struct ts_engine *e, struct ts_engine_stream *stream)
{
    if (stream->council)
        return;
    stream->council = ts_council_state_new(&stream->id);
    ts_map_put(&e->council_states, ts_id_str(&stream->id), stream->council);
}

struct ts_world ts_engine_world(struct ts_engine *e, const struct ts_id *council)
{
    struct ts_world world = {.registry = e->registry};
    const struct ts_engine_stream *stream = council ? ts_engine_council(e, council) : NULL;
    if (stream)
        world.council = stream->council;
    return world;
}

/* ---- connections ---- */

static struct ts_str conn_key(const uint64_t *number)
{
    return (struct ts_str){(const char *)number, sizeof *number};
}

struct ts_engine_conn *ts_engine_conn_find(const struct ts_engine *e, uint64_t number)
{
    return ts_map_get(&e->conns, conn_key(&number));
}

struct ts_engine_conn *ts_engine_opened(struct ts_engine *e, void *net)
{
    struct ts_engine_conn *conn = calloc(1, sizeof *conn);
    if (!conn)
        abort();
    conn->number = e->next_conn++;
    conn->net = net;
    conn->active_ms = ts_engine_now(e);
    ts_map_put(&e->conns, conn_key(&conn->number), conn);
    return conn;
}

void ts_engine_closed(struct ts_engine *e, struct ts_engine_conn *conn)
{
    ts_feed_gone(&e->feed, conn);
    ts_login_gone(e, conn);
    ts_map_remove(&e->conns, conn_key(&conn->number));
    free(conn);
}

void ts_engine_hang_up(struct ts_engine *e, struct ts_engine_conn *conn, uint16_t code,
                       const char *reason)
{
    if (conn->closing)
        return;
    conn->closing = true;
    ts_outbox_put(&e->outbox, &(struct ts_outbox_item){.ticket = e->ticket,
                                                       .conn = conn->number,
                                                       .close_code = code,
                                                       .close_reason = reason});
}

/* ---- what leaves ---- */

void ts_engine_send_text(struct ts_engine *e, uint64_t conn, struct ts_str text)
{
    if (!ts_engine_conn_find(e, conn))
        return;
    struct ts_outgoing *out = e->ports.net.make(e->ports.net.ctx, text);
    ts_outbox_put(&e->outbox,
                  &(struct ts_outbox_item){.ticket = e->ticket, .conn = conn, .out = out});
}

void ts_engine_reply(struct ts_engine *e, uint64_t conn, const struct ts_id *re,
                     const struct ts_reply *reply, int64_t seq)
{
    struct ts_buf text = {0};
    ts_frame_ok_encode(re, reply, seq, &text);
    ts_engine_send_text(e, conn, ts_buf_str(&text));
    ts_buf_wipe(&text); /* it may hold a token */
}

void ts_engine_reject(struct ts_engine *e, uint64_t conn, const struct ts_id *re,
                      const struct ts_err *reject)
{
    struct ts_buf text = {0};
    e->counts.rejected++;
    ts_frame_err_encode(re, reject, &text);
    ts_engine_send_text(e, conn, ts_buf_str(&text));
    ts_buf_free(&text);
}

static void release_item(struct ts_engine *e, struct ts_outbox_item *item)
{
    struct ts_engine_conn *conn = item->conn ? ts_engine_conn_find(e, item->conn) : NULL;
    if (item->out && conn)
        e->ports.net.send(e->ports.net.ctx, conn->net, item->out);
    if (item->close_code && conn)
        e->ports.net.close(e->ports.net.ctx, conn->net, item->close_code, item->close_reason);
    if (item->exchange) {
        item->answer.body = &item->body;
        e->ports.net.answer(e->ports.net.ctx, item->exchange, &item->answer);
        item->answer.fd_plus_1 = 0; /* handed over */
    }
    if (item->job) {
        struct ts_job *job = item->job;
        item->job = NULL;
        ts_job_submit(e, job);
    }
    drop_item(e, item);
}

/* Lets go what reflects nothing that is not durable. */
static void release(struct ts_engine *e)
{
    struct ts_outbox_item item;
    while (!e->failed && ts_outbox_take(&e->outbox, e->durable, &item))
        release_item(e, &item);
}

void ts_engine_turn(struct ts_engine *e)
{
    if (e->failed)
        return;
    release(e);
    ts_feed_turn(&e->feed, e->ticket, e->durable);
}

struct ts_outgoing *ts_engine_pull(struct ts_engine *e, struct ts_engine_conn *conn)
{
    return e->failed || conn->closing ? NULL : ts_feed_pull(&e->feed, conn);
}

/* ---- what the outside reports ---- */

static void malformed(struct ts_engine *e, struct ts_engine_conn *conn, const struct ts_id *re,
                      const struct ts_err *err)
{
    e->counts.faults++;
    ts_engine_reject(e, conn->number, re, err);
    if (!ts_rate_fault(&conn->rate, ts_engine_now(e)))
        ts_engine_hang_up(e, conn, 1008, "too many malformed frames");
}

static void dispatch(struct ts_engine *e, struct ts_engine_conn *conn,
                     const struct ts_frame_cmd *frame)
{
    switch (ts_cmd_entry(frame->cmd.kind)->scope) {
    case TS_SCOPE_CONN:
        ts_conn_command(e, conn, frame);
        break;
    case TS_SCOPE_REGISTRY:
    case TS_SCOPE_COUNCIL:
        ts_command_take(e, conn, frame);
        break;
    case TS_SCOPE_BOX:
        ts_slip_command(e, conn, frame);
        break;
    }
}

void ts_engine_frame(struct ts_engine *e, struct ts_engine_conn *conn, struct ts_bytes text)
{
    assert(e->started);
    if (e->failed || conn->closing)
        return;
    e->counts.frames++;
    ts_arena_clear(&e->scratch);
    struct ts_frame_cmd frame = {0};
    struct ts_err err = {0};
    if (ts_frame_cmd_decode(ts_bytes_str(text), &e->scratch, &frame, &err) != 0) {
        malformed(e, conn, &frame.id, &err);
        return;
    }
    int64_t now = ts_engine_now(e);
    const struct ts_cmd_entry *entry = ts_cmd_entry(frame.cmd.kind);
    if (!ts_rate_take(&conn->rate, entry->rate, conn->actor.kind != TS_ACTOR_NOBODY, now)) {
        ts_err_set(&err, "rate.limit", "too many commands of this kind from one connection");
        ts_engine_reject(e, conn->number, &frame.id, &err);
    } else {
        conn->active_ms = now;
        dispatch(e, conn, &frame);
    }
    ts_frame_cmd_wipe(&frame);
}

void ts_engine_stored(struct ts_engine *e, int64_t ticket)
{
    assert(ticket >= e->durable && ticket <= e->ticket);
    e->durable = ticket;
    release(e);
}

void ts_engine_store_failed(struct ts_engine *e, const char *why)
{
    if (e->failed)
        return;
    e->failed = true;
    ts_engine_log(e, TS_LOG_ERROR, "event=store_failed durable=%lld submitted=%lld why=\"%s\"",
                  (long long)e->durable, (long long)e->ticket, why);
    e->ports.stop(e->ports.ctx, TS_ENGINE_EXIT_STORE);
}

void ts_engine_damaged(struct ts_engine *e, const char *why)
{
    if (e->failed)
        return;
    e->failed = true;
    ts_engine_log(e, TS_LOG_ERROR, "event=damaged why=\"%s\"", why);
    e->ports.stop(e->ports.ctx, TS_ENGINE_EXIT_DAMAGED);
}

void ts_engine_tick(struct ts_engine *e)
{
    if (e->failed)
        return;
    ts_arena_clear(&e->scratch);
    ts_login_tick(e);
    ts_slip_tick(e);
    ts_feed_tick(&e->feed);
}

/* ---- looking in ---- */

bool ts_engine_needs_setup(const struct ts_engine *e)
{
    return e->registry->doc.staff.count == 0;
}

bool ts_engine_healthy(const struct ts_engine *e)
{
    return e->started && !e->failed;
}

bool ts_engine_quiet(const struct ts_engine *e)
{
    return e->durable == e->ticket && e->jobs == 0 && e->outbox.count == 0;
}

void ts_engine_metrics(const struct ts_engine *e, struct ts_buf *out)
{
    const struct {
        const char *name;
        const char *type;
        int64_t value;
    } rows[] = {
        {"frames_total", "counter", e->counts.frames},
        {"commands_accepted_total", "counter", e->counts.accepted},
        {"rejects_total", "counter", e->counts.rejected},
        {"repeats_total", "counter", e->counts.repeats},
        {"malformed_total", "counter", e->counts.faults},
        {"views_rendered_total", "counter", e->counts.views_rendered},
        {"views_sent_total", "counter", e->counts.views_sent},
        {"jobs_total", "counter", e->counts.jobs},
        {"jobs", "gauge", (int64_t)e->jobs},
        {"connections", "gauge", (int64_t)e->conns.count},
        {"outbox", "gauge", (int64_t)e->outbox.count},
        {"batches_submitted_total", "counter", e->ticket},
        {"batches_durable_total", "counter", e->durable},
        {"commands_known", "gauge", (int64_t)ts_dedupe_count(e->dedupe)},
        {"content_bytes", "gauge", (int64_t)e->vault.bytes},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        ts_buf_printf(out, "# TYPE tongsheng_%s %s\ntongsheng_%s %lld\n", rows[i].name,
                      rows[i].type, rows[i].name, (long long)rows[i].value);
}

static void hash_councils(const struct ts_engine *e, uint8_t out[static 32])
{
    /* Councils come into memory in another order after a restart: their hashes are added up. */
    struct ts_str key;
    void *value;
    for (size_t i = 0; ts_map_next(&e->councils, &i, &key, &value);) {
        const struct ts_engine_stream *stream = value;
        if (stream->chain.seq == 0)
            continue;
        uint8_t state[32], one[32];
        ts_council_hash(stream->council, state);
        crypto_generichash_state h;
        crypto_generichash_init(&h, NULL, 0, sizeof one);
        crypto_generichash_update(&h, (const uint8_t *)key.ptr, key.len);
        crypto_generichash_update(&h, stream->chain.head.b, 32);
        crypto_generichash_update(&h, state, sizeof state);
        crypto_generichash_final(&h, one, sizeof one);
        sodium_add(out, one, sizeof one);
    }
}

void ts_engine_state_hash(const struct ts_engine *e, uint8_t out[static 32])
{
    uint8_t part[32];
    crypto_generichash_state h;
    crypto_generichash_init(&h, NULL, 0, 32);
    crypto_generichash_update(&h, e->registry_stream.chain.head.b, 32);
    ts_registry_hash(e->registry, part);
    crypto_generichash_update(&h, part, sizeof part);
    memset(part, 0, sizeof part);
    hash_councils(e, part);
    crypto_generichash_update(&h, part, sizeof part);
    ts_vault_digest(&e->vault, part);
    crypto_generichash_update(&h, part, sizeof part);
    struct ts_str key;
    void *value;
    uint8_t boxes[32] = {0};
    for (size_t i = 0; ts_map_next(&e->polls, &i, &key, &value);) {
        const struct ts_engine_poll *poll = value;
        ts_engine_box_digest(poll->box, part);
        sodium_add(boxes, part, sizeof boxes);
    }
    crypto_generichash_update(&h, boxes, sizeof boxes);
    crypto_generichash_final(&h, out, 32);
}
