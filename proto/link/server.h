/*
 * A listening socket that speaks WebSocket (RFC 6455, version 13, text messages) and HTTP/1.1 (GET
 * and HEAD). libwebsockets gives the loop, sockets and TLS; framing and requests are parsed by
 * ws.h and request.h, strictly (docs/decisions: own framing on libwebsockets).
 *
 * What this layer guarantees to its owner:
 * - on_open only after a handshake with the required subprotocol, on the WebSocket path, without an
 *   Origin or with the one of the Host; on_message only whole messages, valid UTF-8, at most
 *   message_max bytes; on_close exactly once for each on_open;
 * - anything else ends the connection with the close code that RFC 6455 asks for, and is counted;
 * - a client that does not read costs at most backlog_max bytes and is then hung up; one that
 *   trickles its request, or is silent to a ping, is hung up;
 * - permessage-deflate is never agreed to.
 *
 * Sending. Answers are pushed with ts_link_send(). Subscribers are cursors: the owner calls
 * ts_link_ready() when a connection is behind, and on_pull() is asked for the next frame when the
 * socket takes more; a slow client is asked less often and then gets the newest. Nothing is kept
 * for it here. All frames of one turn leave in one write as far as they fit.
 */
#ifndef TS_LINK_SERVER_H
#define TS_LINK_SERVER_H

#include "proto/base/err.h"
#include "proto/link/frame.h"
#include "proto/link/http.h"
#include "proto/link/loop.h"

#define TS_LINK_ADDRESS_MAX 46

struct ts_link_server;
struct ts_conn;

/* Close codes of RFC 6455 7.4.1 that owners use. */
enum ts_link_close {
    TS_LINK_NORMAL = 1000,
    TS_LINK_GOING_AWAY = 1001,
    TS_LINK_POLICY = 1008,
    TS_LINK_TOO_BIG = 1009,
    TS_LINK_TRY_LATER = 1013,
};

struct ts_link_peer {
    char address[TS_LINK_ADDRESS_MAX]; /* numeric; never to be logged with what a child does */
    bool loopback;
    bool tls;
    struct ts_str path;  /* of the handshake, without query; valid during on_open only */
    struct ts_str query; /* as sent, without '?' */
};

struct ts_link_handler {
    void *ctx;
    void (*on_open)(void *ctx, struct ts_conn *conn, const struct ts_link_peer *peer);
    /* The bytes are valid until the callback returns. */
    void (*on_message)(void *ctx, struct ts_conn *conn, struct ts_bytes text);
    /* The next frame for a connection that is ready, with a reference that passes to the link;
     * NULL: it is up to date. NULL function: nothing is ever pulled. */
    struct ts_frame *(*on_pull)(void *ctx, struct ts_conn *conn);
    /* The connection may not be used any more after this. */
    void (*on_close)(void *ctx, struct ts_conn *conn);
};

struct ts_link_config {
    const char *address;     /* numeric; NULL: every address of the machine */
    uint16_t port;           /* 0: the kernel chooses, see ts_link_port() */
    bool loopback;           /* bind to 127.0.0.1 and refuse a Host that is not this machine */
    const char *cert_file;   /* PEM chain; NULL: no TLS */
    const char *key_file;    /* PEM */
    const char *subprotocol; /* "tongsheng.v1" */
    const char *ws_path;     /* "/ws" */
    size_t message_max;      /* bytes of a message */
    size_t backlog_max;      /* bytes waiting for one connection, beyond what on_pull gives */
    unsigned conn_max;       /* connections in total */
    unsigned conn_per_address_max; /* of one IPv4 address or IPv6 /64; 0: no limit */
    unsigned rate_per_s;           /* messages of one connection, sustained; 0: no limit */
    unsigned rate_burst;           /* and at once */
    unsigned request_ms;           /* from the first byte of a request to its last */
    unsigned idle_ms;   /* an HTTP connection without a request, or one that does not read */
    unsigned ping_ms;   /* silence after which we ping */
    unsigned hangup_ms; /* silence after which we hang up */
    /* Messages hold what is secret (a choice at a booth): everything that held one, in either
     * direction, is overwritten before it is freed or used again. What the owner copies is the
     * owner's; what a client that does not read leaves within libwebsockets is not reached. */
    bool wipe;
    struct ts_http_config http;
};

/* Counters since the start, for /metrics and tests. */
struct ts_link_stats {
    uint64_t conns;      /* now: open sockets */
    uint64_t websockets; /* now: of those, past the handshake */
    uint64_t accepted;
    uint64_t refused_limit;   /* connections over a limit */
    uint64_t refused_request; /* handshakes and requests answered with 4xx/5xx */
    uint64_t violations;      /* connections ended for breaking RFC 6455 or a limit of ours */
    uint64_t timeouts;
    uint64_t messages_in;
    uint64_t frames_out;
    uint64_t writes; /* socket writes that carried them */
    uint64_t bytes_in;
    uint64_t bytes_out;
};

/* Everything but address, port and files: subprotocol "tongsheng.v1", path "/ws", messages of
 * 256 KiB, backlog 1 MiB, 4000 connections, 2000 of one address, 200 messages/s after 400 at once,
 * request 10 s, idle 30 s, ping 20 s, hang-up 40 s. */
struct ts_link_config ts_link_config_default(void);

/* Starts to listen. Strings of config must live as long as the server; handler is copied.
 * NULL: "link.listen" (address or port in use or not there), "link.cert" (certificate or key not
 * usable), with params address and port. */
struct ts_link_server *ts_link_listen(struct ts_loop *loop, const struct ts_link_config *config,
                                      const struct ts_link_handler *handler, struct ts_err *err);
/* Stops to listen and hangs up on everybody (1001), calling on_close; no callback afterwards. The
 * memory is released by ts_loop_destroy(), which does the same for servers still listening. */
void ts_link_shutdown(struct ts_link_server *server);

uint16_t ts_link_port(const struct ts_link_server *server);
const struct ts_link_stats *ts_link_stats(const struct ts_link_server *server);

/* Queues the frame (a reference of its own is taken) behind what is queued. Ignored on a connection
 * that is closing; one whose queue passes backlog_max is hung up. */
void ts_link_send(struct ts_conn *conn, struct ts_frame *frame);
/* on_pull() will be asked until it says NULL. Cheap when called often. */
void ts_link_ready(struct ts_conn *conn);
/* Sends what is queued, then a close frame with this code and reason (ASCII, at most 100 bytes,
 * never personal), then hangs up. on_close comes later, on the loop; no on_message or on_pull in
 * between. May be called from any callback of the connection. */
void ts_link_close(struct ts_conn *conn, uint16_t code, const char *reason);

/* Whatever the owner wants to keep with the connection; NULL at first. */
void ts_link_set_user(struct ts_conn *conn, void *user);
void *ts_link_user(const struct ts_conn *conn);

#endif
