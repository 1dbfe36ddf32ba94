/* What the files of proto/link share; nobody else includes it. */
#ifndef TS_LINK_PRIVATE_H
#define TS_LINK_PRIVATE_H

#include <libwebsockets.h>
#include <stdatomic.h>

#include "proto/base/map.h"
#include "proto/link/client.h"
#include "proto/link/request.h"
#include "proto/link/server.h"
#include "proto/link/ws.h"

/* What one write carries at most. */
#define TS_LINK_WRITE_MAX 65536u
/* What one connection may write in one turn before others get theirs. */
#define TS_LINK_TURN_MAX (4u * TS_LINK_WRITE_MAX)

/* frame.c */

struct ts_frame {
    uint32_t refs;
    uint16_t head_len;
    bool wipe;  /* before it is freed */
    size_t len; /* head and payload */
    uint8_t bytes[];
};

struct ts_frame *ts_frame_make(enum ts_ws_opcode opcode, struct ts_bytes payload);

/* loop.c */

struct ts_loop_file {
    struct ts_loop *loop;
    struct lws *wsi; /* NULL once libwebsockets has closed it */
    void (*readable)(void *ctx);
    void *ctx;
    bool removed;
    struct ts_loop_file *next;
};

struct ts_loop {
    struct lws_context *context;
    struct lws_vhost *vhost; /* of watched files; servers and clients have their own */
    lws_sorted_usec_list_t alarm;
    unsigned file_max;
    bool stopped;
    bool again;              /* something was put off to the end of the turn */
    atomic_bool wake_wanted; /* the one field that other threads touch */
    bool woken;
    void (*wake)(void *ctx);
    void *wake_ctx;
    struct ts_timer **timers; /* binary heap by due_ms */
    size_t timer_count, timer_cap;
    struct ts_turn_hook *hooks;
    struct ts_conn *behind, **behind_end; /* connections with something to write */
    struct ts_loop_file *files;
    struct ts_link_server *servers;
    struct ts_client *clients;
    uint8_t scratch[TS_LINK_WRITE_MAX]; /* where small frames are gathered */
};

/* Closes a connection of libwebsockets at once; only outside of its callbacks. */
void ts_loop_kill(struct lws *wsi);

/* server.c */

struct address_count {
    uint8_t key[8];
    uint8_t key_len;
    unsigned conns;
};

struct route {
    char *prefix;
    size_t prefix_len;
    ts_http_handler handler;
    void *ctx;
};

struct ts_link_server {
    struct ts_loop *loop;
    struct ts_link_config config;
    struct ts_link_handler handler;
    struct ts_link_stats stats;
    struct lws_vhost *vhost;
    struct lws_protocols protocols[2];
    struct ts_timer sweep;
    struct ts_map addresses;
    struct ts_conn *conns;
    struct route *routes;
    size_t route_count;
    uint16_t port;
    bool shut;
    struct ts_link_server *next;
};

void ts_link_server_free(struct ts_link_server *server);

/* conn.c */

enum conn_state {
    CONN_REQUEST,    /* HTTP: waiting for a request or collecting it */
    CONN_HANDLING,   /* HTTP: an exchange is with its handler */
    CONN_RESPONDING, /* HTTP: a response is being written */
    CONN_OPEN,       /* WebSocket */
    CONN_CLOSING,    /* the last bytes are queued */
    CONN_LINGERING,  /* our side is shut; waiting for theirs */
    CONN_DEAD,       /* to be killed at the end of the turn */
};

struct response {
    struct ts_buf head;
    size_t head_at;
    struct ts_buf body;
    size_t body_at;
    int fd; /* -1: none */
    uint64_t file_at, file_left;
    bool keep_alive;
};

struct ts_conn {
    struct ts_link_server *server;
    struct lws *wsi;
    struct ts_conn *prev, *next;
    struct ts_conn *behind_next;
    struct address_count *address;
    void *user;
    enum conn_state state;
    bool behind;  /* is in the loop's list */
    bool ready;   /* on_pull has more */
    bool blocked; /* the socket takes nothing; reading is stopped too */
    bool paused;  /* reading is stopped */
    bool opened;  /* on_open was called, on_close not yet */
    bool pinged;
    bool loopback;
    uint64_t heard_ms;     /* when something last came */
    uint64_t deadline_ms;  /* hang up then; 0: none */
    uint32_t tokens_milli; /* of the rate limit */
    uint64_t tokens_ms;
    struct ts_buf in; /* an incomplete request head, or what came after it */
    size_t in_seen;
    struct ts_ws_reader reader;
    struct ts_frame **queue; /* ring */
    size_t queue_at, queue_len, queue_cap, queue_bytes;
    struct ts_frame *partial; /* the frame of which partial_at bytes are written */
    size_t partial_at;
    struct response *response;
    struct ts_exchange *exchange;
};

struct ts_conn *ts_conn_create(struct ts_link_server *server, struct lws *wsi,
                               struct address_count *address, bool loopback);
/* Releases what the connection owns, after libwebsockets has closed it. Calls on_close. */
void ts_conn_free(struct ts_conn *conn);
/* Bytes have come. -1: libwebsockets shall close the socket. */
int ts_conn_received(struct ts_conn *conn, uint8_t *data, size_t len);
/* The socket takes bytes again. */
void ts_conn_writable(struct ts_conn *conn);
/* Writes what is due. */
void ts_conn_flush(struct ts_conn *conn);
/* Deadlines, pings. */
void ts_conn_sweep(struct ts_conn *conn, uint64_t now_ms);
/* Puts the connection into the loop's list. */
void ts_conn_mark(struct ts_conn *conn);
/* Stops reading or goes on. */
void ts_conn_pause(struct ts_conn *conn, bool pause);
/* Ends it as ts_link_close() does, with code 0: without a close frame (HTTP). */
void ts_conn_end(struct ts_conn *conn, uint16_t code, const char *reason);
/* Ends it for a breach of the protocol. */
void ts_conn_violation(struct ts_conn *conn, unsigned code);
/* Tells the owner, once. */
void ts_conn_tell_closed(struct ts_conn *conn);
/* Writes and counts; false when the socket takes no more for now or is broken. */
bool ts_conn_write(struct ts_conn *conn, const uint8_t *data, size_t len);
/* Hands a complete request on (http.c); the head stays valid during the call. */
void ts_http_request(struct ts_conn *conn, const struct ts_request *request);
/* Answers a request that cannot be handled, and ends the connection. */
void ts_http_refuse(struct ts_conn *conn, unsigned status);
/* Writes the response at hand; true when it is complete. */
bool ts_http_write(struct ts_conn *conn);
void ts_http_forget(struct ts_conn *conn);

/* files.c */

/* Answers from the directory, or with 404. */
void ts_http_file(struct ts_conn *conn, const struct ts_request *request);

/* http.c, for files.c and handshakes */

struct header_set {
    unsigned status;
    const char *content_type;
    const char *content_encoding;
    const char *etag;
    const char *content_disposition;
    const char *cache_control;
    const char *extra; /* whole lines with CRLF, or NULL */
    uint64_t content_len;
    bool close;
    bool wasm;          /* the page may compile WebAssembly */
    struct ts_str host; /* of the request */
};

/* Begins the response to a request of this connection; body (taken over) or fd (taken over). */
void ts_http_respond(struct ts_conn *conn, const struct header_set *headers, bool head_only,
                     struct ts_buf *body, int fd);
/* Does If-None-Match name this entity tag? */
bool ts_http_etag_matches(struct ts_str if_none_match, const char *etag);

/* client.c */

/* What could not be done within a callback; returns the next client. */
struct ts_client *ts_client_turn(struct ts_client *client);
void ts_client_free(struct ts_client *client);
/* Lets a certificate pass OpenSSL, whatever it thinks of authority, name and dates: only the pin
 * counts, and is compared before anything is sent. libwebsockets asks the first vhost. */
int ts_client_accept_for_now(void *verification);

#endif
