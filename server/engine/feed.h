/*
 * Views going out. A subscription is a cursor: (view, version seen). A view is rendered once for
 * all viewers of one class (server/view/view.h) after something changed that it may show, compared
 * with what was sent last, and handed out as one shared frame when what it reflects is durable.
 * A slow connection gets the newest version when it can take it, and costs nothing meanwhile.
 */
#ifndef TS_ENGINE_FEED_H
#define TS_ENGINE_FEED_H

#include "proto/base/map.h"
#include "proto/wire/command.h"
#include "proto/wire/event.h"
#include "proto/wire/view.h"
#include "server/engine/ports.h"

/* Subscriptions of one connection. */
#define TS_FEED_SUBS_MAX 64

struct ts_engine;
struct ts_engine_conn;
struct ts_feed_view;

struct ts_feed_sub {
    struct ts_engine_conn *conn;
    struct ts_feed_view *view; /* of the class that the viewer has now */
    int64_t seen;              /* version; 0: none */
    struct ts_feed_sub *next_in_view;
    struct ts_feed_sub *next_in_conn;
};

/* Of a connection. Zero-initialise. */
struct ts_feed_subs {
    struct ts_feed_sub *first;
    size_t count;
};

struct ts_feed {
    struct ts_engine *engine;
    struct ts_map views; /* "name key class" -> struct ts_feed_view */
    int64_t version;     /* last one given; never the same again, also after a restart */
    size_t dirty;        /* views that must be rendered */
    size_t pending;      /* views rendered and not yet durable */
    bool recheck;        /* what somebody may see may have changed */
};

void ts_feed_init(struct ts_feed *feed, struct ts_engine *engine);
void ts_feed_free(struct ts_feed *feed);

/* -1: view.unknown, view.many. Whether the viewer may see it shows in what is sent. */
int ts_feed_subscribe(struct ts_feed *feed, struct ts_engine_conn *conn,
                      const struct ts_cmd_subscribe *cmd, struct ts_err *err);
void ts_feed_unsubscribe(struct ts_feed *feed, struct ts_engine_conn *conn,
                         const struct ts_cmd_unsubscribe *cmd);
/* Somebody has subscribed to it, whether there is anything to see or not. */
bool ts_feed_is_watched(const struct ts_feed *feed, enum ts_view_kind kind, struct ts_str key);
/* The connection is somebody else now. */
void ts_feed_recheck(struct ts_feed *feed, struct ts_engine_conn *conn);
/* The connection is gone. */
void ts_feed_gone(struct ts_feed *feed, struct ts_engine_conn *conn);

/* An event was applied. */
void ts_feed_touch(struct ts_feed *feed, const struct ts_id *stream, const struct ts_event *event);
/* Something live changed: of this kiosk (NULL: of none in particular). */
void ts_feed_touch_live(struct ts_feed *feed, const struct ts_id *kiosk);
/* Time has passed: names that were open for a while close (the view `roster`). */
void ts_feed_tick(struct ts_feed *feed);
/* Renders what is dirty, publishes what is durable. ticket: last submitted. */
void ts_feed_turn(struct ts_feed *feed, int64_t ticket, int64_t durable);
/* The next frame that the connection is behind on, with a reference for the caller; or NULL. */
struct ts_outgoing *ts_feed_pull(struct ts_feed *feed, struct ts_engine_conn *conn);

#endif
