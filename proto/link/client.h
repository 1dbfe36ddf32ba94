/*
 * A WebSocket client that stays connected: one link to one server, opened again after every loss
 * with growing, jittered pauses. TLS is trusted by the fingerprint of the server's certificate and
 * by nothing else: no authority, name or date is asked, and nothing is sent before it matched.
 * Names are looked up on a thread of their own, so that a dead DNS never stops the loop.
 */
#ifndef TS_LINK_CLIENT_H
#define TS_LINK_CLIENT_H

#include "proto/base/err.h"
#include "proto/link/cert.h"
#include "proto/link/loop.h"

struct ts_client;

enum ts_client_state {
    TS_CLIENT_WAITING,    /* until the next try */
    TS_CLIENT_CONNECTING, /* looking up, connecting, handshake */
    TS_CLIENT_OPEN,
    TS_CLIENT_STOPPED,
};

/* Why the last link ended or could not be made; for lamps and logs. */
enum ts_client_loss {
    TS_CLIENT_LOSS_NONE,
    TS_CLIENT_LOSS_NAME,     /* the host name is not known */
    TS_CLIENT_LOSS_REACH,    /* no answer, refused, handshake too slow or not WebSocket */
    TS_CLIENT_LOSS_PIN,      /* another certificate than the pinned one: somebody in between? */
    TS_CLIENT_LOSS_REFUSED,  /* the server refused the handshake (full, subprotocol, Host) */
    TS_CLIENT_LOSS_CLOSED,   /* was open, then closed or silent for too long */
    TS_CLIENT_LOSS_PROTOCOL, /* was open; a message too long or not text */
    TS_CLIENT_LOSS_BACKLOG,  /* was open; the server took nothing and the queue was full */
};

struct ts_client_handler {
    void *ctx;
    /* After every successful handshake: log in and resume here. */
    void (*on_open)(void *ctx);
    /* One whole text message; valid until the callback returns. */
    void (*on_message)(void *ctx, struct ts_bytes text);
    /* Once for each on_open. What was sent and not answered may or may not have arrived. */
    void (*on_lost)(void *ctx);
    /* Every change, for lamps; may be NULL. */
    void (*on_state)(void *ctx, enum ts_client_state state, enum ts_client_loss why);
};

struct ts_client_config {
    const char *host; /* name or numeric address */
    uint16_t port;
    const char *path;                      /* "/ws" */
    const char *subprotocol;               /* "tongsheng.v1" */
    const struct ts_cert_fingerprint *pin; /* copied; NULL: no TLS (loopback and tests) */
    size_t message_max;                    /* of received messages */
    size_t backlog_max;                    /* bytes waiting to be sent */
    uint32_t pause_min_ms;                 /* before the second try; doubles, */
    uint32_t pause_max_ms; /* up to this; each pause is drawn between half and all of it */
    uint64_t seed;         /* of the jitter */
    uint32_t connect_ms;   /* for one try, lookup included */
    unsigned ping_s;       /* silence after which we ping */
    unsigned hangup_s;     /* silence after which we hang up */
};

/* Path "/ws", subprotocol "tongsheng.v1", messages 4 MiB, backlog 4 MiB, pauses 0.5 to 30 s, 10 s
 * for a try, ping 20 s, hang-up 40 s. */
struct ts_client_config ts_client_config_default(void);

/* Strings of config are copied. The client begins to connect in the next turn. */
struct ts_client *ts_client_create(struct ts_loop *loop, const struct ts_client_config *config,
                                   const struct ts_client_handler *handler);
/* Closes the link without on_lost and frees the client. May be called from its callbacks. A client
 * that is left is freed by ts_loop_destroy(). */
void ts_client_destroy(struct ts_client *client);

enum ts_client_state ts_client_state(const struct ts_client *client);
/* Text (UTF-8, copied). False, and nothing is sent, when the link is not open or the queue is
 * full (then the link is given up, TS_CLIENT_LOSS_BACKLOG). */
bool ts_client_send(struct ts_client *client, struct ts_bytes text);
/* Tries now instead of at the end of the pause (somebody pressed a button). */
void ts_client_retry(struct ts_client *client);
/* Drops the link; it is opened again after a pause (a rehearsal cuts links with this). */
void ts_client_drop(struct ts_client *client);
/* The pause before try number `tries` (from 1) for this seed, advanced in *seed: for tests. */
uint32_t ts_client_pause_ms(uint32_t min_ms, uint32_t max_ms, unsigned tries, uint64_t *seed);

#endif
