/*
 * A device's conversation with the server, for booths, slip offices and keeper stations alike: it
 * enrols, proves the device's key on every new link, subscribes, sends commands and hands out their
 * answers. Pure but for the randomness of frame ids: the link brings frames and the time.
 */
#ifndef TS_KIOSK_SESSION_H
#define TS_KIOSK_SESSION_H

#include "kiosk/store.h"
#include "proto/wire/frame.h"

struct ts_session;

#define TS_SESSION_VIEWS_MAX 80
#define TS_SESSION_PENDING_MAX 256

struct ts_session_config {
    const char *name; /* "K1" */
    enum ts_kiosk_role role;
    const struct ts_device_key *key; /* must outlive the session */
    uint8_t server_key[32];          /* pinned before, when has_server_key */
    bool has_server_key;
};

struct ts_session_handler {
    void *ctx;
    bool (*send)(void *ctx, struct ts_str frame); /* false: the link is gone */
    /* Which server this is: from now on it is pinned. Once. */
    void (*on_server)(void *ctx, const uint8_t server_key[static 32]);
    /* The device has proven itself; kiosk: its id. clock_ms: the server's clock now. */
    void (*on_ready)(void *ctx, const struct ts_id *kiosk, int64_t clock_ms);
    /* After every ready: no more commands until the next on_ready. */
    void (*on_lost)(void *ctx);
    /* The answer to a command sent with this tag: OK or ERR. Commands without an answer when the
     * link was lost are forgotten: the owner sends again what still matters. */
    void (*on_answer)(void *ctx, uint64_t tag, const struct ts_frame_answer *answer);
    void (*on_view)(void *ctx, const struct ts_frame_answer *view);
    /* Something for the terminal of whoever sets the device up; no personal data. */
    void (*on_say)(void *ctx, const char *line);
};

/* Copies config and handler. */
struct ts_session *ts_session_new(const struct ts_session_config *config,
                                  const struct ts_session_handler *handler);
void ts_session_free(struct ts_session *session);

void ts_session_link_up(struct ts_session *session);
void ts_session_link_down(struct ts_session *session);
/* One frame from the server. -1: it makes no sense, or it is another server than the pinned one
 * (codes frame.*, session.server): drop the link. */
int ts_session_frame(struct ts_session *session, struct ts_str text, struct ts_err *err);
/* Enrolment asks again every few seconds. now_ms: monotonic. */
void ts_session_tick(struct ts_session *session, uint64_t now_ms);

bool ts_session_is_ready(const struct ts_session *session);
/* Subscribes now and after every loss; unsubscribes. */
void ts_session_subscribe(struct ts_session *session, const char *view, struct ts_str key);
void ts_session_unsubscribe(struct ts_session *session, const char *view, struct ts_str key);
/* id: NULL for a random one. False, and nothing is sent, when not ready or too much is pending. */
bool ts_session_send(struct ts_session *session, const struct ts_cmd *cmd, const struct ts_id *id,
                     uint64_t tag);
/* A command id that is the same whenever this device sends the same thing again. */
struct ts_id ts_session_stable_id(const struct ts_session *session, struct ts_str what);

#endif
