/*
 * A conversation over WebSocket, one step at a time, as a person behind a page has it: say a
 * command and wait for its answer, look at the newest view. All talks of a rehearsal share one
 * loop, which turns only while somebody waits.
 */
#ifndef TS_REHEARSE_TALK_H
#define TS_REHEARSE_TALK_H

#include "proto/base/id.h"
#include "proto/json/json.h"
#include "proto/link/client.h"

struct ts_talk;

struct ts_talk_config {
    const char *name; /* for messages: "facilitator", "K2" */
    uint16_t port;    /* on 127.0.0.1 */
    const char *path;
    const char *subprotocol;
    const struct ts_cert_fingerprint *pin; /* NULL: no TLS */
};

/* Connects and waits until the link is open. Code: talk.connect. */
int ts_talk_open(struct ts_talk **out, struct ts_loop *loop, const struct ts_talk_config *config,
                 struct ts_err *err);
void ts_talk_close(struct ts_talk *talk);

/* Sends {v,id,cmd,body} and waits for the answer; body is JSON. 0: *ok is the answer's `ok` (owned
 * by the talk, valid until the next call; may be NULL for an empty one). -1: code talk.silent, or
 * "reject" with the server's code in err->params["code"] and its path. */
int ts_talk_call(struct ts_talk *talk, const char *command, struct ts_str body,
                 const struct ts_json **ok, struct ts_err *err);
/* The same with a given command id (a repeat). */
int ts_talk_call_id(struct ts_talk *talk, const struct ts_id *id, const char *command,
                    struct ts_str body, const struct ts_json **ok, struct ts_err *err);
/* Sends a text as it is and does not wait. */
int ts_talk_say(struct ts_talk *talk, struct ts_str text, struct ts_err *err);
/* The same without waiting for a link: -1 when there is none. */
int ts_talk_post(struct ts_talk *talk, struct ts_str text, struct ts_err *err);

/* Subscribes and waits for the first body. */
int ts_talk_subscribe(struct ts_talk *talk, const char *view, const char *key, struct ts_err *err);
/* The newest body of a view (owned by the talk, valid until the loop turns again); NULL: none.
 * A loopback talk to a kiosk knows one document, view "screen", key "". */
const struct ts_json *ts_talk_view(const struct ts_talk *talk, const char *view, const char *key);
/* Turns the loop until done(ctx) is true; it is asked after every message. Code talk.silent. */
int ts_talk_wait(struct ts_loop *loop, bool (*done)(void *ctx), void *ctx, uint32_t timeout_ms,
                 const char *what, struct ts_err *err);

#endif
