#include "tests/support/netbox.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define BLOB_LEN 300000u

struct netbox {
    struct ts_link_config config;
    struct ts_loop *loop;
    struct ts_link_server *server;
    struct ts_link_stats stats;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t ready;
    uint16_t port;
    bool started;
    atomic_bool stopping;
    struct ts_exchange *later;
    struct ts_buf later_body;
    struct ts_turn_hook hook;
};

/* The server's side, on its thread. */

static void send_text(struct ts_conn *conn, const char *text, size_t len)
{
    struct ts_frame *frame = ts_frame_text((struct ts_bytes){(const uint8_t *)text, len});
    ts_link_send(conn, frame);
    ts_frame_drop(frame);
}

static void on_open(void *ctx, struct ts_conn *conn, const struct ts_link_peer *peer)
{
    (void)ctx;
    struct ts_buf *who = calloc(1, sizeof *who);
    assert_non_null(who);
    ts_buf_printf(who, "%s %.*s %.*s %d", peer->address, TS_STR_ARG(peer->path),
                  TS_STR_ARG(peer->query), peer->tls);
    ts_link_set_user(conn, who);
}

static void on_message(void *ctx, struct ts_conn *conn, struct ts_bytes text)
{
    (void)ctx;
    struct ts_str s = ts_bytes_str(text);
    struct ts_buf *user = ts_link_user(conn);
    char number[32] = "";
    if (s.len > 6 && s.len < 30 && memchr(s.ptr, ' ', s.len))
        snprintf(number, sizeof number, "%.*s", TS_STR_ARG(s));
    const char *argument = strchr(number, ' ');
    if (ts_str_is(s, "!close")) {
        ts_link_close(conn, TS_LINK_NORMAL, "bye");
    } else if (ts_str_is(s, "!who")) {
        send_text(conn, (const char *)user->ptr, user->len);
    } else if (s.len > 6 && memcmp(s.ptr, "!pull ", 6) == 0 && argument) {
        ts_buf_clear(user);
        ts_buf_printf(user, "0 %d", atoi(argument));
        ts_link_ready(conn);
    } else if (s.len > 7 && memcmp(s.ptr, "!large ", 7) == 0 && argument) {
        size_t len = (size_t)atol(argument);
        char *x = malloc(len);
        assert_non_null(x);
        memset(x, 'x', len);
        send_text(conn, x, len);
        free(x);
    } else {
        send_text(conn, s.ptr, s.len);
    }
}

static struct ts_frame *on_pull(void *ctx, struct ts_conn *conn)
{
    (void)ctx;
    struct ts_buf *user = ts_link_user(conn);
    int at = 0, most = 0;
    char text[64];
    snprintf(text, sizeof text, "%.*s", (int)user->len, (const char *)user->ptr);
    if (sscanf(text, "%d %d", &at, &most) != 2 || at >= most)
        return NULL;
    ts_buf_clear(user);
    ts_buf_printf(user, "%d %d", at + 1, most);
    int len = snprintf(text, sizeof text, "pull %d", at + 1);
    return ts_frame_text((struct ts_bytes){(const uint8_t *)text, (size_t)len});
}

static void on_close(void *ctx, struct ts_conn *conn)
{
    (void)ctx;
    struct ts_buf *user = ts_link_user(conn);
    ts_buf_free(user);
    free(user);
}

static void answer_path(struct ts_exchange *exchange, struct ts_buf *body)
{
    struct ts_http_answer answer = {
        .status = 200,
        .content_type = "text/plain",
        .etag = "one",
        .content_disposition = "attachment; filename=\"echo.txt\"",
        .body = body,
    };
    ts_http_answer(exchange, &answer);
}

static void answer_echo(void *ctx, struct ts_exchange *exchange,
                        const struct ts_http_request *request)
{
    (void)ctx;
    struct ts_buf body = {0};
    ts_buf_append_str(&body, request->path);
    answer_path(exchange, &body);
}

static void answer_later(void *ctx, struct ts_exchange *exchange,
                         const struct ts_http_request *request)
{
    struct netbox *box = ctx;
    if (box->later) { /* one at a time is enough */
        ts_http_answer(exchange, NULL);
        return;
    }
    box->later = exchange;
    ts_buf_append_str(&box->later_body, request->path);
    ts_loop_wake(box->loop);
}

static void answer_blob(void *ctx, struct ts_exchange *exchange,
                        const struct ts_http_request *request)
{
    (void)ctx;
    (void)request;
    int fd = memfd_create("blob", MFD_CLOEXEC);
    char *b = malloc(BLOB_LEN);
    assert_non_null(b);
    memset(b, 'b', BLOB_LEN);
    assert_int_equal(write(fd, b, BLOB_LEN), BLOB_LEN);
    free(b);
    struct ts_http_answer answer = {
        .status = 200,
        .content_type = "application/octet-stream",
        .file_fd_plus_1 = fd + 1,
        .file_len = BLOB_LEN,
    };
    ts_http_answer(exchange, &answer);
}

static void on_turn(void *ctx)
{
    struct netbox *box = ctx;
    if (box->later) {
        struct ts_exchange *exchange = box->later;
        box->later = NULL;
        answer_path(exchange, &box->later_body);
    }
}

static void on_wake(void *ctx)
{
    struct netbox *box = ctx;
    if (atomic_load(&box->stopping))
        ts_loop_stop(box->loop);
}

static void *run(void *arg)
{
    struct netbox *box = arg;
    struct ts_err err;
    struct ts_loop_config loop_config = ts_loop_config_default();
    box->loop = ts_loop_create(&loop_config, &err);
    assert_non_null(box->loop);
    struct ts_link_handler handler = {
        .ctx = box,
        .on_open = on_open,
        .on_message = on_message,
        .on_pull = on_pull,
        .on_close = on_close,
    };
    box->server = ts_link_listen(box->loop, &box->config, &handler, &err);
    if (box->server) {
        ts_http_route(box->server, "/echo/", answer_echo, box);
        ts_http_route(box->server, "/later/", answer_later, box);
        ts_http_route(box->server, "/blob", answer_blob, box);
        box->hook = (struct ts_turn_hook){.turn = on_turn, .ctx = box};
        ts_loop_add_hook(box->loop, &box->hook);
        ts_loop_on_wake(box->loop, on_wake, box);
    }
    pthread_mutex_lock(&box->lock);
    box->started = true;
    box->port = box->server ? ts_link_port(box->server) : 0;
    pthread_cond_signal(&box->ready);
    pthread_mutex_unlock(&box->lock);
    if (!box->server || ts_loop_run(box->loop, &err) != 0)
        fprintf(stderr, "netbox: %s\n", err.detail);
    return NULL;
}

struct netbox *netbox_start(const struct ts_link_config *config)
{
    struct netbox *box = calloc(1, sizeof *box);
    assert_non_null(box);
    box->config = *config;
    box->config.address = "127.0.0.1";
    box->config.port = 0;
    pthread_mutex_init(&box->lock, NULL);
    pthread_cond_init(&box->ready, NULL);
    assert_int_equal(pthread_create(&box->thread, NULL, run, box), 0);
    pthread_mutex_lock(&box->lock);
    while (!box->started)
        pthread_cond_wait(&box->ready, &box->lock);
    pthread_mutex_unlock(&box->lock);
    assert_int_not_equal(box->port, 0);
    return box;
}

uint16_t netbox_port(const struct netbox *box)
{
    return box->port;
}

struct ts_link_stats netbox_stop(struct netbox *box)
{
    atomic_store(&box->stopping, true);
    ts_loop_wake(box->loop);
    pthread_join(box->thread, NULL);
    struct ts_link_stats stats = *ts_link_stats(box->server);
    ts_link_shutdown(box->server);
    ts_loop_destroy(box->loop);
    ts_buf_free(&box->later_body);
    pthread_mutex_destroy(&box->lock);
    pthread_cond_destroy(&box->ready);
    free(box);
    return stats;
}

/* The client's side. */

struct raw raw_connect(uint16_t port)
{
    struct raw raw = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    assert_int_equal(connect(raw.fd, (struct sockaddr *)&address, sizeof address), 0);
    return raw;
}

void raw_close(struct raw *raw)
{
    close(raw->fd);
    ts_buf_free(&raw->in);
}

void raw_send(struct raw *raw, const void *data, size_t len)
{
    const uint8_t *at = data;
    while (len > 0) {
        ssize_t sent = send(raw->fd, at, len, MSG_NOSIGNAL);
        if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
            return;
        assert_true(sent > 0);
        at += sent;
        len -= (size_t)sent;
    }
}

void raw_text(struct raw *raw, const char *text)
{
    raw_send(raw, text, strlen(text));
}

/* Waits for more; false at the end of the connection. */
static bool receive(struct raw *raw)
{
    struct pollfd wait = {.fd = raw->fd, .events = POLLIN};
    assert_int_equal(poll(&wait, 1, NETBOX_DEADLINE_MS), 1);
    uint8_t chunk[65536];
    ssize_t got = recv(raw->fd, chunk, sizeof chunk, 0);
    if (got <= 0)
        return false;
    ts_buf_append(&raw->in, chunk, (size_t)got);
    return true;
}

static void drop(struct raw *raw, size_t len)
{
    memmove(raw->in.ptr, raw->in.ptr + len, raw->in.len - len);
    raw->in.len -= len;
}

bool raw_bytes(struct raw *raw, struct ts_buf *out, size_t len)
{
    while (raw->in.len < len) {
        if (!receive(raw))
            return false;
    }
    ts_buf_append(out, raw->in.ptr, len);
    drop(raw, len);
    return true;
}

bool raw_head(struct raw *raw, struct ts_buf *head)
{
    for (;;) {
        const uint8_t *end =
            raw->in.len > 0 ? memmem(raw->in.ptr, raw->in.len, "\r\n\r\n", 4) : NULL;
        if (end) {
            ts_buf_clear(head);
            bool good = raw_bytes(raw, head, (size_t)(end - raw->in.ptr) + 4);
            ts_buf_append_char(head, '\0');
            head->len--;
            return good;
        }
        if (!receive(raw))
            return false;
    }
}

bool raw_read(struct raw *raw, struct raw_frame *frame)
{
    *frame = (struct raw_frame){0};
    struct ts_buf head = {0};
    bool good = raw_bytes(raw, &head, 2);
    if (good) {
        frame->first = head.ptr[0];
        frame->masked = head.ptr[1] & 0x80;
        uint64_t len = head.ptr[1] & 0x7f;
        size_t extended = len == 127 ? 8 : len == 126 ? 2 : 0;
        ts_buf_clear(&head);
        good = extended == 0 || raw_bytes(raw, &head, extended);
        for (size_t i = 0; good && i < extended; i++)
            len = (i == 0 ? 0 : len << 8) | head.ptr[i];
        good = good && raw_bytes(raw, &frame->payload, (size_t)len);
    }
    ts_buf_free(&head);
    return good;
}

bool raw_ended(struct raw *raw)
{
    return raw->in.len == 0 && !receive(raw);
}

struct raw raw_open(uint16_t port)
{
    struct raw raw = raw_connect(port);
    raw_text(&raw, "GET /ws?a=b HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
                   "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                   "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: tongsheng.v1\r\n\r\n");
    struct ts_buf head = {0};
    assert_true(raw_head(&raw, &head));
    assert_non_null(strstr((char *)head.ptr, "HTTP/1.1 101 "));
    /* The example of RFC 6455 1.3. */
    assert_non_null(strstr((char *)head.ptr, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    ts_buf_free(&head);
    return raw;
}

void raw_frame(struct raw *raw, uint8_t first, bool masked, const void *payload, size_t len)
{
    static const uint8_t key[4] = {0x37, 0xfa, 0x21, 0x3d};
    struct ts_buf frame = {0};
    uint8_t bit = masked ? 0x80 : 0;
    ts_buf_append_char(&frame, (char)first);
    if (len < 126) {
        ts_buf_append_char(&frame, (char)(bit | len));
    } else {
        size_t extended = len < 65536 ? 2 : 8;
        ts_buf_append_char(&frame, (char)(bit | (extended == 2 ? 126 : 127)));
        for (size_t i = 0; i < extended; i++)
            ts_buf_append_char(&frame, (char)((uint64_t)len >> (8 * (extended - 1 - i))));
    }
    if (masked)
        ts_buf_append(&frame, key, 4);
    size_t at = frame.len;
    ts_buf_append(&frame, payload, len);
    for (size_t i = 0; masked && i < len; i++)
        frame.ptr[at + i] ^= key[i & 3];
    raw_send(raw, frame.ptr, frame.len);
    ts_buf_free(&frame);
}

void raw_say(struct raw *raw, const char *text)
{
    raw_frame(raw, 0x81, true, text, strlen(text));
}

void raw_expect(struct raw *raw, const char *text)
{
    struct raw_frame frame;
    assert_true(raw_read(raw, &frame));
    assert_int_equal(frame.first, 0x81);
    assert_false(frame.masked);
    assert_int_equal(frame.payload.len, strlen(text));
    assert_memory_equal(frame.payload.ptr, text, frame.payload.len);
    ts_buf_free(&frame.payload);
}

unsigned raw_close_code(struct raw *raw)
{
    struct raw_frame frame;
    while (raw_read(raw, &frame)) {
        bool is_close = frame.first == 0x88;
        unsigned code = 1005;
        if (frame.payload.len >= 2)
            code = (unsigned)frame.payload.ptr[0] << 8 | frame.payload.ptr[1];
        ts_buf_free(&frame.payload);
        if (is_close)
            return code;
    }
    ts_buf_free(&frame.payload);
    return 0;
}
