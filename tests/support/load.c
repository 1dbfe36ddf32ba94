#include "tests/support/load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define READ_MAX (256 * 1024)
#define EVENTS_MAX 512

enum state {
    STATE_WAITING,
    STATE_CONNECTING, /* TCP, TLS */
    STATE_HANDSHAKE,
    STATE_OPENING,
    STATE_READY,
    STATE_DEAD,
};

struct load_conn {
    struct load *load;
    const struct load_script *script;
    unsigned index;
    bool is_publisher;
    enum state state;
    int fd;
    bool wants_write;
    SSL *tls;
    struct ts_buf in, out, message; /* message: fragments so far */
    size_t out_at;
    void *script_data, *user_data;
    struct load_conn *next;
};

struct load {
    struct load_options options;
    SSL_CTX *tls;
    int epoll;
    unsigned connecting, ready, dead;
    struct load_conn *all, *waiting, **waiting_end;
    struct load_conn *conns[65536];
    unsigned count;
    struct ts_buf opening, publisher_opening, lines, keys;
    size_t lines_at;
    uint32_t mask_seed;
    uint8_t chunk[READ_MAX];
};

static void fatal(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(2);
}

uint64_t load_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Sockets. */

static void watch(struct load_conn *conn, bool write)
{
    if (conn->wants_write == write)
        return;
    conn->wants_write = write;
    struct epoll_event event = {.events = EPOLLIN | (write ? EPOLLOUT : 0u), .data.ptr = conn};
    epoll_ctl(conn->load->epoll, EPOLL_CTL_MOD, conn->fd, &event);
}

static void die(struct load_conn *conn, const char *why)
{
    struct load *load = conn->load;
    if (conn->state == STATE_DEAD)
        return;
    if (conn->state == STATE_READY)
        load->ready--;
    else
        load->connecting--;
    conn->state = STATE_DEAD;
    load->dead++;
    SSL_free(conn->tls);
    conn->tls = NULL;
    close(conn->fd);
    if (load->options.ended)
        load->options.ended(load->options.ctx, conn, why);
}

/* >0 bytes, 0: later, -1: ended. */
static ssize_t tls_result(struct load_conn *conn, int result)
{
    if (result > 0)
        return result;
    int error = SSL_get_error(conn->tls, result);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

static ssize_t receive(struct load_conn *conn)
{
    ERR_clear_error();
    if (conn->tls)
        return tls_result(conn, SSL_read(conn->tls, conn->load->chunk, READ_MAX));
    ssize_t got = recv(conn->fd, conn->load->chunk, READ_MAX, 0);
    return got > 0 ? got : got < 0 && errno == EAGAIN ? 0 : -1;
}

static ssize_t transmit(struct load_conn *conn, const uint8_t *data, size_t len)
{
    ERR_clear_error();
    if (conn->tls)
        return tls_result(conn, SSL_write(conn->tls, data, (int)len));
    ssize_t sent = send(conn->fd, data, len, MSG_NOSIGNAL);
    return sent >= 0 ? sent : errno == EAGAIN ? 0 : -1;
}

static void flush(struct load_conn *conn)
{
    while (conn->out_at < conn->out.len) {
        ssize_t sent = transmit(conn, conn->out.ptr + conn->out_at, conn->out.len - conn->out_at);
        if (sent < 0) {
            die(conn, "write");
            return;
        }
        if (sent == 0) {
            watch(conn, true);
            return;
        }
        conn->out_at += (size_t)sent;
    }
    ts_buf_clear(&conn->out);
    conn->out_at = 0;
    watch(conn, false);
}

/* WebSocket. */

static void put_frame(struct load_conn *conn, uint8_t opcode, struct ts_bytes payload)
{
    struct load *load = conn->load;
    uint8_t head[14] = {(uint8_t)(0x80 | opcode)};
    size_t extended = payload.len < 126 ? 0 : payload.len < 65536 ? 2 : 8;
    head[1] = (uint8_t)(0x80 | (extended == 0 ? payload.len : extended == 2 ? 126 : 127));
    for (size_t i = 0; i < extended; i++)
        head[2 + i] = (uint8_t)((uint64_t)payload.len >> (8 * (extended - 1 - i)));
    load->mask_seed = load->mask_seed * 1664525 + 1013904223;
    uint8_t *key = head + 2 + extended;
    memcpy(key, &load->mask_seed, 4);
    ts_buf_append(&conn->out, head, 2 + extended + 4);
    size_t at = conn->out.len;
    ts_buf_append(&conn->out, payload.ptr, payload.len);
    for (size_t i = 0; i < payload.len; i++)
        conn->out.ptr[at + i] ^= key[i & 3];
}

void load_send(struct load_conn *conn, struct ts_bytes message)
{
    if (conn->state == STATE_DEAD)
        return;
    put_frame(conn, conn->script->binary ? 2 : 1, message);
    flush(conn);
}

static void step(struct load_conn *conn, enum load_step step)
{
    struct load *load = conn->load;
    if (conn->state != STATE_OPENING)
        return;
    if (step == LOAD_FAIL) {
        die(conn, "opening");
    } else if (step == LOAD_READY) {
        conn->state = STATE_READY;
        load->connecting--;
        load->ready++;
    }
}

static void deliver(struct load_conn *conn, uint8_t opcode, struct ts_bytes payload)
{
    if (opcode == 9) {
        put_frame(conn, 10, payload);
        flush(conn);
    } else if (opcode == 8) {
        die(conn, "closed by the server");
    } else if (opcode < 8 && conn->state == STATE_OPENING) {
        step(conn, conn->script->opening(conn, payload));
    } else if (opcode < 8 && conn->state == STATE_READY) {
        conn->load->options.message(conn->load->options.ctx, conn, payload);
    }
}

/* One frame from the front of data: its length, 0 when it is not complete. */
static size_t take_frame(struct load_conn *conn, struct ts_bytes data)
{
    if (data.len < 2)
        return 0;
    uint64_t len = data.ptr[1] & 0x7f;
    size_t extended = len == 127 ? 8 : len == 126 ? 2 : 0;
    if (data.len < 2 + extended)
        return 0;
    for (size_t i = 0; i < extended; i++)
        len = (i == 0 ? 0 : len << 8) | data.ptr[2 + i];
    if (data.len - 2 - extended < len)
        return 0;
    uint8_t opcode = data.ptr[0] & 15;
    bool final = data.ptr[0] & 0x80;
    struct ts_bytes payload = {data.ptr + 2 + extended, (size_t)len};
    if (opcode >= 8 || (final && opcode != 0)) {
        deliver(conn, opcode, payload);
    } else {
        ts_buf_append(&conn->message, payload.ptr, payload.len);
        if (final) {
            deliver(conn, 1, ts_buf_bytes(&conn->message));
            ts_buf_clear(&conn->message);
        }
    }
    return 2 + extended + (size_t)len;
}

static size_t take_answer(struct load_conn *conn, struct ts_bytes data)
{
    const uint8_t *end = memmem(data.ptr, data.len, "\r\n\r\n", 4);
    if (!end)
        return 0;
    if (data.len < 12 || memcmp(data.ptr, "HTTP/1.1 101", 12) != 0) {
        fprintf(stderr, "load: %.*s\n", (int)(data.len < 40 ? data.len : 40),
                (const char *)data.ptr);
        die(conn, "handshake refused");
        return data.len;
    }
    conn->state = STATE_OPENING;
    step(conn, conn->script->opened ? conn->script->opened(conn) : LOAD_READY);
    return (size_t)(end - data.ptr) + 4;
}

static void take(struct load_conn *conn, const uint8_t *chunk, size_t len)
{
    bool kept = conn->in.len > 0;
    if (kept)
        ts_buf_append(&conn->in, chunk, len);
    struct ts_bytes data = kept ? ts_buf_bytes(&conn->in) : (struct ts_bytes){chunk, len};
    size_t at = 0, used = 1;
    while (used > 0 && at < data.len && conn->state != STATE_DEAD) {
        struct ts_bytes rest = {data.ptr + at, data.len - at};
        used = conn->state == STATE_HANDSHAKE ? take_answer(conn, rest) : take_frame(conn, rest);
        at += used;
    }
    size_t left = conn->state == STATE_DEAD ? 0 : data.len - at;
    if (kept) {
        memmove(conn->in.ptr, conn->in.ptr + at, left);
        conn->in.len = left;
    } else {
        ts_buf_append(&conn->in, data.ptr + at, left);
    }
    if (conn->in.len == 0)
        ts_buf_free(&conn->in);
}

static void start_handshake(struct load_conn *conn)
{
    const struct load_options *options = &conn->load->options;
    const char *path = options->path ? options->path : conn->script->path;
    const char *subprotocol =
        options->subprotocol ? options->subprotocol : conn->script->subprotocol;
    conn->state = STATE_HANDSHAKE;
    ts_buf_printf(&conn->out,
                  "GET %s HTTP/1.1\r\nHost: %s:%u\r\nUpgrade: websocket\r\n"
                  "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                  "Sec-WebSocket-Version: 13\r\n",
                  path ? path : "/", options->address, options->port);
    if (subprotocol)
        ts_buf_printf(&conn->out, "Sec-WebSocket-Protocol: %s\r\n", subprotocol);
    ts_buf_append(&conn->out, "\r\n", 2);
    flush(conn);
}

static void go_on_connecting(struct load_conn *conn)
{
    int error = 0;
    socklen_t len = sizeof error;
    getsockopt(conn->fd, SOL_SOCKET, SO_ERROR, &error, &len);
    if (error != 0) {
        die(conn, strerror(error));
        return;
    }
    if (conn->tls) {
        ERR_clear_error();
        int result = SSL_do_handshake(conn->tls);
        if (result != 1) {
            if (tls_result(conn, result) < 0)
                die(conn, "TLS");
            else
                watch(conn, SSL_want_write(conn->tls));
            return;
        }
    }
    start_handshake(conn);
}

static void start(struct load_conn *conn)
{
    struct load *load = conn->load;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(load->options.port)};
    inet_pton(AF_INET, load->options.address, &address.sin_addr);
    conn->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (conn->fd < 0)
        fatal("socket");
    int one = 1;
    setsockopt(conn->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    load->connecting++;
    conn->state = STATE_CONNECTING;
    conn->wants_write = true;
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = conn};
    epoll_ctl(load->epoll, EPOLL_CTL_ADD, conn->fd, &event);
    if (load->tls) {
        conn->tls = SSL_new(load->tls);
        SSL_set_fd(conn->tls, conn->fd);
        SSL_set_connect_state(conn->tls);
    }
    if (connect(conn->fd, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS)
        die(conn, "connect");
}

static void on_event(struct load_conn *conn, uint32_t events)
{
    if (conn->state == STATE_CONNECTING) {
        go_on_connecting(conn);
        return;
    }
    if (events & EPOLLOUT)
        flush(conn);
    while (conn->state != STATE_DEAD && (events & (EPOLLIN | EPOLLHUP | EPOLLERR))) {
        ssize_t got = receive(conn);
        if (got < 0)
            die(conn, "ended");
        if (got <= 0)
            return;
        take(conn, conn->load->chunk, (size_t)got);
        if (!conn->tls && got < READ_MAX)
            return;
    }
}

/* Files. */

static void read_file(struct ts_buf *out, const char *path)
{
    if (!path)
        return;
    FILE *file = fopen(path, "r");
    if (!file)
        fatal(path);
    char chunk[65536];
    for (size_t got; (got = fread(chunk, 1, sizeof chunk, file)) > 0;)
        ts_buf_append(out, chunk, got);
    fclose(file);
}

/* Cuts the line that begins at *at; {NULL, 0} at the end. */
static struct ts_str cut_line(const struct ts_buf *text, size_t *at)
{
    if (*at >= text->len)
        return (struct ts_str){NULL, 0};
    const char *line = (const char *)text->ptr + *at;
    const char *end = memchr(line, '\n', text->len - *at);
    size_t len = end ? (size_t)(end - line) : text->len - *at;
    *at += len + 1;
    return (struct ts_str){line, len};
}

static struct ts_str line_number(const struct ts_buf *text, unsigned n)
{
    size_t at = 0;
    struct ts_str line = cut_line(text, &at);
    while (n-- > 0 && line.ptr)
        line = cut_line(text, &at);
    return line;
}

struct ts_str load_opening_line(const struct load_conn *conn, unsigned n)
{
    const struct load *load = conn->load;
    return line_number(conn->is_publisher ? &load->publisher_opening : &load->opening, n);
}

struct ts_str load_next_line(struct load_conn *conn)
{
    return cut_line(&conn->load->lines, &conn->load->lines_at);
}

struct ts_str load_first_line(const struct load_conn *conn)
{
    return line_number(&conn->load->lines, 0);
}

struct ts_str load_key_line(const struct load_conn *conn)
{
    return line_number(&conn->load->keys, conn->index);
}

/* The whole. */

struct load *load_create(const struct load_options *options)
{
    struct load *load = calloc(1, sizeof *load);
    if (!load)
        abort();
    load->options = *options;
    load->waiting_end = &load->waiting;
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    read_file(&load->opening, options->opening_file);
    read_file(&load->publisher_opening, options->publisher_opening_file);
    read_file(&load->lines, options->lines_file);
    read_file(&load->keys, options->keys_file);
    if (options->tls) {
        load->tls = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_mode(load->tls,
                         SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_ENABLE_PARTIAL_WRITE);
    }
    return load;
}

void load_destroy(struct load *load)
{
    for (unsigned i = 0; i < load->count; i++) {
        struct load_conn *conn = load->conns[i];
        if (conn->state != STATE_DEAD && conn->state != STATE_WAITING) {
            SSL_free(conn->tls);
            close(conn->fd);
        }
        ts_buf_free(&conn->in);
        ts_buf_free(&conn->out);
        ts_buf_free(&conn->message);
        free(conn->script_data);
        free(conn);
    }
    ts_buf_free(&load->opening);
    ts_buf_free(&load->publisher_opening);
    ts_buf_free(&load->lines);
    ts_buf_free(&load->keys);
    close(load->epoll);
    SSL_CTX_free(load->tls);
    free(load);
}

struct load_conn *load_add(struct load *load, const struct load_script *script, unsigned index,
                           bool is_publisher)
{
    struct load_conn *conn = calloc(1, sizeof *conn);
    if (!conn || load->count == sizeof load->conns / sizeof load->conns[0])
        abort();
    *conn = (struct load_conn){
        .load = load,
        .script = script,
        .index = index,
        .is_publisher = is_publisher,
        .fd = -1,
    };
    load->conns[load->count++] = conn;
    *load->waiting_end = conn;
    load->waiting_end = &conn->next;
    return conn;
}

void load_serve(struct load *load, uint64_t until_ns)
{
    while (load->waiting && load->connecting < load->options.connecting_max) {
        struct load_conn *conn = load->waiting;
        load->waiting = conn->next;
        if (!load->waiting)
            load->waiting_end = &load->waiting;
        start(conn);
    }
    uint64_t now = load_now_ns(), wait = until_ns > now ? until_ns - now : 0;
    struct timespec timeout = {(time_t)(wait / 1000000000u), (long)(wait % 1000000000u)};
    struct epoll_event events[EVENTS_MAX];
    int count = epoll_pwait2(load->epoll, events, EVENTS_MAX, &timeout, NULL);
    for (int i = 0; i < count; i++) {
        struct load_conn *conn = events[i].data.ptr;
        if (conn->state != STATE_DEAD)
            on_event(conn, events[i].events);
    }
}

unsigned load_ready_count(const struct load *load)
{
    return load->ready;
}

unsigned load_dead_count(const struct load *load)
{
    return load->dead;
}

unsigned load_index(const struct load_conn *conn)
{
    return conn->index;
}

struct load *load_of(const struct load_conn *conn)
{
    return conn->load;
}

bool load_is_ready(const struct load_conn *conn)
{
    return conn->state == STATE_READY;
}

void **load_script_data(struct load_conn *conn)
{
    return &conn->script_data;
}

void **load_user_data(struct load_conn *conn)
{
    return &conn->user_data;
}

uint64_t load_rss_kb(int pid)
{
    char path[64], line[256];
    unsigned long kb = 0;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "VmRSS: %lu", &kb) == 1)
            break;
    }
    if (file)
        fclose(file);
    return kb;
}

uint64_t load_cpu_ns(int pid)
{
    clockid_t clock;
    struct timespec used;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0)
        return 0;
    return (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}
