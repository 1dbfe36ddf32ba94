/* One connection of a server: what comes in, what is due to go out, when it ends. */
#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "proto/link/private.h"

/* Frames of at least this size are written from where they lie, smaller ones are gathered. */
#define GATHER_MAX 16384u
/* Time for the last bytes and for the other side to close, too. */
#define LINGER_MS 2000u
#define CLOSE_REASON_MAX 100u

struct ts_conn *ts_conn_create(struct ts_link_server *server, struct lws *wsi,
                               struct address_count *address, bool loopback)
{
    struct ts_conn *conn = calloc(1, sizeof *conn);
    if (!conn)
        abort();
    conn->server = server;
    conn->wsi = wsi;
    conn->address = address;
    conn->loopback = loopback;
    conn->heard_ms = ts_loop_now_ms();
    conn->deadline_ms = conn->heard_ms + server->config.request_ms;
    conn->tokens_ms = conn->heard_ms;
    conn->tokens_milli = server->config.rate_burst * 1000;
    conn->reader.message_max = server->config.message_max;
    conn->reader.wipe = server->config.wipe;
    return conn;
}

static void unmark(struct ts_conn *conn)
{
    struct ts_loop *loop = conn->server->loop;
    for (struct ts_conn **at = &loop->behind; conn->behind && *at; at = &(*at)->behind_next) {
        if (*at == conn) {
            *at = conn->behind_next;
            if (!*at)
                loop->behind_end = at;
            conn->behind = false;
            return;
        }
    }
}

static struct ts_frame *unqueue(struct ts_conn *conn)
{
    if (conn->queue_len == 0)
        return NULL;
    struct ts_frame *frame = conn->queue[conn->queue_at];
    conn->queue_at = (conn->queue_at + 1) % conn->queue_cap;
    conn->queue_len--;
    conn->queue_bytes -= frame->len;
    if (conn->queue_len == 0 && conn->queue_cap > 8) { /* idle connections cost nothing */
        free(conn->queue);
        conn->queue = NULL;
        conn->queue_cap = conn->queue_at = 0;
    }
    return frame;
}

static void enqueue(struct ts_conn *conn, struct ts_frame *frame)
{
    if (conn->queue_len == conn->queue_cap) {
        size_t cap = conn->queue_cap ? conn->queue_cap * 2 : 4;
        struct ts_frame **grown = calloc(cap, sizeof(struct ts_frame *));
        if (!grown)
            abort();
        for (size_t i = 0; i < conn->queue_len; i++)
            grown[i] = conn->queue[(conn->queue_at + i) % conn->queue_cap];
        free(conn->queue);
        conn->queue = grown;
        conn->queue_at = 0;
        conn->queue_cap = cap;
    }
    conn->queue[(conn->queue_at + conn->queue_len++) % conn->queue_cap] = frame;
    conn->queue_bytes += frame->len;
    ts_conn_mark(conn);
}

void ts_conn_tell_closed(struct ts_conn *conn)
{
    if (!conn->opened)
        return;
    conn->opened = false;
    conn->ready = false;
    conn->server->stats.websockets--;
    conn->server->handler.on_close(conn->server->handler.ctx, conn);
}

void ts_conn_free(struct ts_conn *conn)
{
    ts_conn_tell_closed(conn);
    unmark(conn);
    ts_http_forget(conn);
    for (struct ts_frame *frame; (frame = unqueue(conn));)
        ts_frame_drop(frame);
    free(conn->queue);
    ts_frame_drop(conn->partial);
    ts_ws_free(&conn->reader);
    ts_buf_wipe(&conn->in);
    explicit_bzero(conn->reader.control, sizeof conn->reader.control);
    free(conn);
}

void ts_conn_mark(struct ts_conn *conn)
{
    if (conn->behind)
        return;
    struct ts_loop *loop = conn->server->loop;
    conn->behind = true;
    conn->behind_next = NULL;
    *loop->behind_end = conn;
    loop->behind_end = &conn->behind_next;
}

void ts_conn_pause(struct ts_conn *conn, bool pause)
{
    if (conn->paused != pause) {
        conn->paused = pause;
        lws_rx_flow_control(conn->wsi, !pause);
    }
}

/* Reading stops while the socket takes nothing (libwebsockets would spin, and the client could make
 * us answer without end) and while a request is worked on. */
static void update_pause(struct ts_conn *conn)
{
    ts_conn_pause(conn,
                  conn->blocked || conn->state == CONN_HANDLING || conn->state == CONN_RESPONDING);
}

/* Ending. */

static void die(struct ts_conn *conn)
{
    conn->state = CONN_DEAD;
    ts_conn_mark(conn);
}

void ts_conn_end(struct ts_conn *conn, uint16_t code, const char *reason)
{
    if (conn->state >= CONN_CLOSING)
        return;
    if (conn->state == CONN_OPEN && code != 0) {
        uint8_t payload[2 + CLOSE_REASON_MAX] = {(uint8_t)(code >> 8), (uint8_t)code};
        size_t len = strnlen(reason, CLOSE_REASON_MAX);
        memcpy(payload + 2, reason, len);
        enqueue(conn, ts_frame_make(TS_WS_CLOSE, (struct ts_bytes){payload, 2 + len}));
    }
    conn->state = CONN_CLOSING;
    conn->deadline_ms = ts_loop_now_ms() + LINGER_MS;
    update_pause(conn);
    ts_conn_mark(conn);
}

void ts_conn_violation(struct ts_conn *conn, unsigned code)
{
    conn->server->stats.violations++;
    ts_conn_end(conn, (uint16_t)code, "");
}

/* Our side is shut so that the other reads our last bytes before it sees the end: closing with
 * unread input would send a reset that destroys them. */
static void linger(struct ts_conn *conn)
{
    SSL *tls = lws_get_ssl(conn->wsi);
    if (tls)
        SSL_shutdown(tls);
    shutdown(lws_get_socket_fd(conn->wsi), SHUT_WR);
    conn->state = CONN_LINGERING;
    conn->deadline_ms = ts_loop_now_ms() + LINGER_MS;
}

void ts_link_close(struct ts_conn *conn, uint16_t code, const char *reason)
{
    assert(ts_ws_code_is_valid(code));
    ts_conn_end(conn, code, reason);
}

void ts_conn_sweep(struct ts_conn *conn, uint64_t now_ms)
{
    struct ts_link_server *server = conn->server;
    if (conn->deadline_ms != 0 && now_ms >= conn->deadline_ms) {
        if (conn->state < CONN_CLOSING)
            server->stats.timeouts++;
        die(conn);
    } else if (conn->state == CONN_OPEN && now_ms - conn->heard_ms >= server->config.hangup_ms) {
        server->stats.timeouts++;
        die(conn);
    } else if (conn->state == CONN_OPEN && !conn->pinged &&
               now_ms - conn->heard_ms >= server->config.ping_ms) {
        conn->pinged = true;
        enqueue(conn, ts_frame_make(TS_WS_PING, (struct ts_bytes){NULL, 0}));
    }
}

/* Hangs up on who is too far behind. */
static bool has_room(struct ts_conn *conn, size_t len)
{
    if (conn->queue_len == 0 || conn->queue_bytes + len <= conn->server->config.backlog_max)
        return true;
    conn->server->stats.violations++;
    die(conn);
    return false;
}

/* Coming in. */

/* One message, ping or request more: is that within the rate? */
static bool take_token(struct ts_conn *conn)
{
    const struct ts_link_config *config = &conn->server->config;
    if (config->rate_per_s == 0)
        return true;
    uint64_t full = (uint64_t)config->rate_burst * 1000;
    uint64_t tokens = conn->tokens_milli + (conn->heard_ms - conn->tokens_ms) * config->rate_per_s;
    tokens = tokens > full ? full : tokens;
    conn->tokens_ms = conn->heard_ms;
    bool within = tokens >= 1000;
    conn->tokens_milli = (uint32_t)(within ? tokens - 1000 : tokens);
    return within;
}

static bool on_frame(void *ctx, enum ts_ws_opcode kind, struct ts_bytes data)
{
    struct ts_conn *conn = ctx;
    struct ts_link_server *server = conn->server;
    if (kind == TS_WS_CLOSE) {
        uint16_t code = TS_LINK_NORMAL;
        if (data.len >= 2)
            code = (uint16_t)(data.ptr[0] << 8 | data.ptr[1]);
        ts_conn_end(conn, code, "");
        return false;
    }
    if (!take_token(conn)) {
        ts_conn_violation(conn, TS_LINK_POLICY);
        return false;
    }
    if (kind == TS_WS_PING) {
        if (has_room(conn, data.len))
            enqueue(conn, ts_frame_make(TS_WS_PONG, data));
    } else if (kind == TS_WS_TEXT) {
        server->stats.messages_in++;
        server->handler.on_message(server->handler.ctx, conn, data);
    }
    return conn->state == CONN_OPEN;
}

static void feed(struct ts_conn *conn, uint8_t *data, size_t len)
{
    unsigned violation = ts_ws_feed(&conn->reader, data, len, on_frame, conn);
    if (violation != 0)
        ts_conn_violation(conn, violation);
}

/* Works on the requests in conn->in until one is not complete or takes its time. */
static void take_requests(struct ts_conn *conn)
{
    while (conn->state == CONN_REQUEST && conn->in.len > 0) {
        struct ts_bytes have = ts_buf_bytes(&conn->in);
        size_t head_len = ts_request_head_len(have, conn->in_seen);
        conn->in_seen = have.len;
        if (head_len > TS_REQUEST_HEAD_MAX || (head_len == 0 && have.len > TS_REQUEST_HEAD_MAX)) {
            ts_http_refuse(conn, 431);
            return;
        }
        if (have.ptr[0] < 'A' || have.ptr[0] > 'Z') { /* TLS, or no HTTP at all */
            ts_http_refuse(conn, 400);
            return;
        }
        if (head_len == 0)
            return;
        struct ts_request request;
        unsigned status = ts_request_parse(&request, (struct ts_bytes){have.ptr, head_len},
                                           conn->server->config.subprotocol);
        if (status != 0 || !take_token(conn)) {
            ts_http_refuse(conn, status != 0 ? status : 429);
            return;
        }
        conn->deadline_ms = 0;
        ts_http_request(conn, &request);
        memmove(conn->in.ptr, conn->in.ptr + head_len, conn->in.len - head_len);
        conn->in.len -= head_len;
        conn->in_seen = 0;
    }
}

/* What came behind the handshake is the first frame. */
static void feed_rest(struct ts_conn *conn)
{
    struct ts_buf rest = conn->in;
    conn->in = (struct ts_buf){0};
    if (rest.len > 0)
        feed(conn, rest.ptr, rest.len);
    ts_buf_wipe(&rest);
}

static void take_http(struct ts_conn *conn, const uint8_t *data, size_t len)
{
    if (conn->state == CONN_REQUEST && conn->in.len == 0)
        conn->deadline_ms = conn->heard_ms + conn->server->config.request_ms;
    if (conn->in.len > TS_REQUEST_HEAD_MAX) {
        die(conn); /* pipelined without end behind a request that is worked on */
        return;
    }
    ts_buf_append(&conn->in, data, len);
    take_requests(conn);
    if (conn->state == CONN_OPEN)
        feed_rest(conn);
    else if (conn->in.len == 0)
        ts_buf_free(&conn->in);
    update_pause(conn);
}

int ts_conn_received(struct ts_conn *conn, uint8_t *data, size_t len)
{
    if (!conn || conn->state == CONN_DEAD)
        return -1;
    conn->server->stats.bytes_in += len;
    conn->heard_ms = ts_loop_now_ms();
    conn->pinged = false;
    if (conn->state == CONN_OPEN)
        feed(conn, data, len);
    else if (conn->state < CONN_OPEN)
        take_http(conn, data, len);
    if (conn->server->config.wipe)
        explicit_bzero(data, len); /* libwebsockets' own buffer */
    return 0;
}

/* Going out. */

void ts_link_send(struct ts_conn *conn, struct ts_frame *frame)
{
    frame->wipe |= conn->server->config.wipe;
    if (conn->state == CONN_OPEN && has_room(conn, frame->len))
        enqueue(conn, ts_frame_hold(frame));
}

void ts_link_ready(struct ts_conn *conn)
{
    if (conn->state != CONN_OPEN || conn->ready)
        return;
    conn->ready = true;
    if (!conn->blocked)
        ts_conn_mark(conn);
}

bool ts_conn_write(struct ts_conn *conn, const uint8_t *data, size_t len)
{
    struct ts_link_stats *stats = &conn->server->stats;
    /* A connection of this kind does not write in front of the data, whatever the type says. */
    if (lws_write(conn->wsi, (unsigned char *)(uintptr_t)data, len, LWS_WRITE_RAW) < 0) {
        die(conn);
        return false;
    }
    stats->writes++;
    stats->bytes_out += len;
    /* libwebsockets keeps what the socket did not take, at most TS_LINK_WRITE_MAX. */
    conn->blocked = lws_partial_buffered(conn->wsi) != 0;
    if (conn->blocked)
        update_pause(conn);
    return !conn->blocked;
}

void ts_conn_writable(struct ts_conn *conn)
{
    if (!conn)
        return;
    conn->blocked = false;
    update_pause(conn);
    ts_conn_mark(conn);
}

static struct ts_frame *next_frame(struct ts_conn *conn)
{
    struct ts_frame *frame = unqueue(conn);
    const struct ts_link_handler *handler = &conn->server->handler;
    if (!frame && conn->ready && conn->state == CONN_OPEN && handler->on_pull) {
        frame = handler->on_pull(handler->ctx, conn);
        if (!frame)
            conn->ready = false;
    }
    if (frame) {
        frame->wipe |= conn->server->config.wipe;
        conn->server->stats.frames_out++;
    }
    return frame;
}

/* Gathers frames into the loop's scratch; points *out to what to write, at most one write's worth.
 * A frame that is large enough and comes first is written in place and stays held by *held. */
static size_t gather(struct ts_conn *conn, const uint8_t **out, struct ts_frame **held)
{
    uint8_t *scratch = conn->server->loop->scratch;
    size_t len = 0;
    *out = scratch;
    *held = NULL;
    while (len < TS_LINK_WRITE_MAX) {
        if (!conn->partial) {
            conn->partial = next_frame(conn);
            conn->partial_at = 0;
        }
        struct ts_frame *frame = conn->partial;
        if (!frame)
            break;
        size_t left = frame->len - conn->partial_at;
        size_t chunk = left < TS_LINK_WRITE_MAX - len ? left : TS_LINK_WRITE_MAX - len;
        bool in_place = len == 0 && left >= GATHER_MAX;
        if (in_place) {
            *out = frame->bytes + conn->partial_at;
            *held = ts_frame_hold(frame);
        } else {
            memcpy(scratch + len, frame->bytes + conn->partial_at, chunk);
        }
        conn->partial_at += chunk;
        len += chunk;
        if (conn->partial_at == frame->len) {
            ts_frame_drop(frame);
            conn->partial = NULL;
        }
        if (in_place)
            break;
    }
    return len;
}

static void write_frames(struct ts_conn *conn)
{
    size_t written = 0;
    while (!conn->blocked && conn->state != CONN_DEAD) {
        if (written >= TS_LINK_TURN_MAX) { /* the others first */
            lws_callback_on_writable(conn->wsi);
            return;
        }
        const uint8_t *data;
        struct ts_frame *held;
        size_t len = gather(conn, &data, &held);
        if (len > 0)
            ts_conn_write(conn, data, len);
        if (conn->server->config.wipe && !held)
            explicit_bzero(conn->server->loop->scratch, len);
        ts_frame_drop(held);
        if (len == 0)
            return;
        written += len;
    }
}

static void write_response(struct ts_conn *conn)
{
    bool keep_alive = conn->response->keep_alive;
    if (!ts_http_write(conn))
        return;
    if (!keep_alive) {
        ts_conn_end(conn, 0, "");
        return;
    }
    conn->state = CONN_REQUEST;
    conn->deadline_ms = ts_loop_now_ms() + conn->server->config.idle_ms;
    take_requests(conn);
    if (conn->state == CONN_OPEN)
        feed_rest(conn);
    update_pause(conn);
}

void ts_conn_flush(struct ts_conn *conn)
{
    if (conn->state == CONN_CLOSING)
        ts_conn_tell_closed(conn);
    if (!conn->blocked && conn->state == CONN_RESPONDING)
        write_response(conn);
    if (!conn->blocked && (conn->state == CONN_OPEN || conn->state == CONN_CLOSING))
        write_frames(conn);
    if (conn->state == CONN_CLOSING && !conn->blocked && !conn->partial && conn->queue_len == 0)
        linger(conn);
    if (conn->state == CONN_DEAD)
        ts_loop_kill(conn->wsi); /* frees conn */
}

void ts_link_set_user(struct ts_conn *conn, void *user)
{
    conn->user = user;
}

void *ts_link_user(const struct ts_conn *conn)
{
    return conn->user;
}
