#include "server/engine/feed.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

#include "proto/json/writer.h"
#include "server/engine/internal.h"
#include "server/view/view.h"

#define KEY_MAX TS_LIMIT_VIEW_KEY_BYTES
/* Class of those who may not see the view, or where there is none: they get null. */
#define NOBODY "-"

struct ts_feed_view {
    enum ts_view_kind kind;
    char key[KEY_MAX + 1];
    char class[TS_VIEW_CLASS_MAX];
    struct ts_id council; /* the only one that matters to it; none: any */
    struct ts_outgoing *current;
    int64_t version;
    uint8_t print[32];        /* of the current body */
    struct ts_outgoing *next; /* rendered, waits for its ticket */
    int64_t next_version;
    uint8_t next_print[32];
    int64_t next_ticket;
    bool dirty;
    struct ts_feed_sub *subs;
};

void ts_feed_init(struct ts_feed *feed, struct ts_engine *engine)
{
    feed->engine = engine;
}

static void drop(struct ts_feed *feed, struct ts_outgoing *out)
{
    const struct ts_net_port *net = &feed->engine->ports.net;
    if (out)
        net->drop(net->ctx, out);
}

static void view_free(struct ts_feed *feed, struct ts_feed_view *view)
{
    feed->dirty -= view->dirty;
    feed->pending -= view->next != NULL;
    drop(feed, view->current);
    drop(feed, view->next);
    free(view);
}

void ts_feed_free(struct ts_feed *feed)
{
    struct ts_str key;
    void *value;
    for (size_t i = 0; ts_map_next(&feed->views, &i, &key, &value);)
        view_free(feed, value);
    ts_map_free(&feed->views);
}

/* ---- which view a subscription stands on ---- */

struct ts_view_house ts_engine_house(const struct ts_engine *e)
{
    return (struct ts_view_house){.registry = e->registry,
                                  .councils = &e->council_states,
                                  .reader = &e->reader,
                                  .live = &e->live,
                                  .receipts = &e->receipts.ready,
                                  .server_key = e->server_key_text,
                                  .now_ms = ts_engine_now(e)};
}

static void mark(struct ts_feed *feed, struct ts_feed_view *view)
{
    feed->dirty += !view->dirty;
    view->dirty = true;
}

static size_t view_name(char *out, size_t size, enum ts_view_kind kind, const char *key,
                        const char *class)
{
    return (size_t)snprintf(out, size, "%s %s %s", ts_view_entry(kind)->name, key, class);
}

static struct ts_feed_view *view_of(struct ts_feed *feed, enum ts_view_kind kind, const char *key,
                                    const struct ts_actor *viewer)
{
    struct ts_view_house house = ts_engine_house(feed->engine);
    char class[TS_VIEW_CLASS_MAX], name[64 + KEY_MAX + TS_VIEW_CLASS_MAX];
    if (ts_view_class(kind, &house, ts_str_of(key), viewer, class) != 0)
        snprintf(class, sizeof class, NOBODY);
    size_t len = view_name(name, sizeof name, kind, key, class);
    struct ts_feed_view *view = ts_map_get(&feed->views, (struct ts_str){name, len});
    if (view)
        return view;
    view = calloc(1, sizeof *view);
    if (!view)
        abort();
    view->kind = kind;
    snprintf(view->key, sizeof view->key, "%s", key);
    snprintf(view->class, sizeof view->class, "%s", class);
    if (!ts_view_council(kind, &house, ts_str_of(key), &view->council))
        view->council = (struct ts_id){0};
    mark(feed, view);
    ts_map_put(&feed->views, (struct ts_str){name, len}, view);
    return view;
}

static void leave(struct ts_feed *feed, struct ts_feed_sub *sub)
{
    struct ts_feed_view *view = sub->view;
    struct ts_feed_sub **at = &view->subs;
    while (*at != sub)
        at = &(*at)->next_in_view;
    *at = sub->next_in_view;
    sub->view = NULL;
    if (view->subs)
        return;
    char name[64 + KEY_MAX + TS_VIEW_CLASS_MAX];
    size_t len = view_name(name, sizeof name, view->kind, view->key, view->class);
    ts_map_remove(&feed->views, (struct ts_str){name, len});
    view_free(feed, view);
}

static void enter(struct ts_feed *feed, struct ts_feed_sub *sub, struct ts_feed_view *view)
{
    const struct ts_net_port *net = &feed->engine->ports.net;
    sub->view = view;
    sub->next_in_view = view->subs;
    view->subs = sub;
    if (view->current && view->version != sub->seen)
        net->ready(net->ctx, sub->conn->net);
}

/* ---- subscriptions ---- */

static struct ts_feed_sub **find(struct ts_engine_conn *conn, enum ts_view_kind kind,
                                 struct ts_str key)
{
    struct ts_feed_sub **at = &conn->subs.first;
    while (*at && ((*at)->view->kind != kind || !ts_str_is(key, (*at)->view->key)))
        at = &(*at)->next_in_conn;
    return at;
}

int ts_feed_subscribe(struct ts_feed *feed, struct ts_engine_conn *conn,
                      const struct ts_cmd_subscribe *cmd, struct ts_err *err)
{
    enum ts_view_kind kind = ts_view_find(cmd->view);
    if (kind == TS_VIEW_NONE)
        return ts_err_set(err, "view.unknown", "no such view");
    struct ts_feed_sub **at = find(conn, kind, cmd->key);
    if (*at) {
        (*at)->seen = cmd->has_ver ? cmd->ver : 0;
        leave(feed, *at);
    } else {
        if (conn->subs.count >= TS_FEED_SUBS_MAX) {
            ts_err_set(err, "view.many", "too many subscriptions");
            ts_err_param(err, "max", "%d", TS_FEED_SUBS_MAX);
            return -1;
        }
        *at = calloc(1, sizeof **at);
        if (!*at)
            abort();
        (*at)->conn = conn;
        (*at)->seen = cmd->has_ver ? cmd->ver : 0;
        conn->subs.count++;
    }
    char key[KEY_MAX + 1];
    snprintf(key, sizeof key, "%.*s", TS_STR_ARG(cmd->key));
    enter(feed, *at, view_of(feed, kind, key, &conn->actor));
    return 0;
}

void ts_feed_unsubscribe(struct ts_feed *feed, struct ts_engine_conn *conn,
                         const struct ts_cmd_unsubscribe *cmd)
{
    enum ts_view_kind kind = ts_view_find(cmd->view);
    struct ts_feed_sub **at = find(conn, kind, cmd->key);
    struct ts_feed_sub *sub = *at;
    if (!sub)
        return;
    *at = sub->next_in_conn;
    leave(feed, sub);
    conn->subs.count--;
    free(sub);
}

bool ts_feed_is_watched(const struct ts_feed *feed, enum ts_view_kind kind, struct ts_str key)
{
    struct ts_str name;
    void *value;
    for (size_t i = 0; ts_map_next(&feed->views, &i, &name, &value);) {
        const struct ts_feed_view *view = value;
        if (view->kind == kind && ts_str_is(key, view->key))
            return true;
    }
    return false;
}

void ts_feed_recheck(struct ts_feed *feed, struct ts_engine_conn *conn)
{
    for (struct ts_feed_sub *sub = conn->subs.first; sub; sub = sub->next_in_conn) {
        struct ts_feed_view *view = view_of(feed, sub->view->kind, sub->view->key, &conn->actor);
        if (view == sub->view)
            continue;
        leave(feed, sub);
        enter(feed, sub, view);
    }
}

void ts_feed_gone(struct ts_feed *feed, struct ts_engine_conn *conn)
{
    while (conn->subs.first) {
        struct ts_feed_sub *sub = conn->subs.first;
        conn->subs.first = sub->next_in_conn;
        leave(feed, sub);
        free(sub);
    }
    conn->subs.count = 0;
}

/* ---- what is dirty ---- */

/* What happens all the time in a meeting and changes neither who may see what nor anything that
 * devices are shown. */
static bool is_light(enum ts_ev_kind kind)
{
    switch (kind) {
    case TS_EV_ATTENDANCE_ARRIVED:
    case TS_EV_ATTENDANCE_LEFT:
    case TS_EV_ATTENDANCE_EXCUSED:
    case TS_EV_ATTENDANCE_GUESTS:
    case TS_EV_ITEM_CALLED:
    case TS_EV_ITEM_NOTED:
    case TS_EV_QUEUE_MOVED:
    case TS_EV_MOTION_PUT:
    case TS_EV_MOTION_WITHDRAWN:
    case TS_EV_MOTION_MINORITY:
    case TS_EV_MOTION_DECIDED:
    case TS_EV_HANDS_RECORDED:
    case TS_EV_NAMED_RECORDED:
    case TS_EV_POLL_TURNOUT:
    case TS_EV_TEXT_APPROVED: /* not of a poll that booths know */
    case TS_EV_TEXT_VOICED:
        return true;
    default:
        return false;
    }
}

static bool is_device_view(enum ts_view_kind kind)
{
    return kind == TS_VIEW_BOOTH || kind == TS_VIEW_PACKAGE || kind == TS_VIEW_KEEPER ||
           kind == TS_VIEW_CLIP;
}

void ts_feed_touch(struct ts_feed *feed, const struct ts_id *stream, const struct ts_event *event)
{
    bool registry = ts_id_equal(stream, &feed->engine->registry_stream.id);
    bool light = !registry && is_light(event->kind);
    struct ts_str key;
    void *value;
    for (size_t i = 0; ts_map_next(&feed->views, &i, &key, &value);) {
        struct ts_feed_view *view = value;
        bool about =
            registry || ts_id_is_none(&view->council) || ts_id_equal(&view->council, stream);
        if (about && !(light && is_device_view(view->kind)))
            mark(feed, view);
    }
    feed->recheck |= !light;
}

void ts_feed_touch_live(struct ts_feed *feed, const struct ts_id *kiosk)
{
    struct ts_str key;
    void *value;
    for (size_t i = 0; ts_map_next(&feed->views, &i, &key, &value);) {
        struct ts_feed_view *view = value;
        if (!is_device_view(view->kind) ||
            (kiosk && view->kind == TS_VIEW_BOOTH && strcmp(view->key, kiosk->s) == 0))
            mark(feed, view);
    }
}

void ts_feed_tick(struct ts_feed *feed)
{
    struct ts_str key;
    void *value;
    for (size_t i = 0; ts_map_next(&feed->views, &i, &key, &value);)
        if (((const struct ts_feed_view *)value)->kind == TS_VIEW_ROSTER)
            feed->recheck = true;
}

/* ---- rendering and publishing ---- */

static void publish(struct ts_feed *feed, struct ts_feed_view *view)
{
    const struct ts_net_port *net = &feed->engine->ports.net;
    drop(feed, view->current);
    view->current = view->next;
    view->version = view->next_version;
    memcpy(view->print, view->next_print, sizeof view->print);
    view->next = NULL;
    feed->pending--;
    for (const struct ts_feed_sub *sub = view->subs; sub; sub = sub->next_in_view)
        net->ready(net->ctx, sub->conn->net);
}

static void body_of(const struct ts_engine *e, const struct ts_feed_view *view, struct ts_buf *out)
{
    struct ts_view_house house = ts_engine_house(e);
    struct ts_arena arena = {0};
    struct ts_json_writer w;
    /* Any viewer of the class will do: to all of them it is the same. */
    const void *body =
        ts_view_render(view->kind, &house, ts_str_of(view->key), &view->subs->conn->actor, &arena);
    ts_jw_init(&w, out);
    ts_wire_encode(ts_view_entry(view->kind)->desc, body, &w);
    ts_arena_free(&arena);
}

/* What the view is now; nothing when it is what was sent last. */
static void render(struct ts_feed *feed, struct ts_feed_view *view, int64_t ticket)
{
    struct ts_engine *e = feed->engine;
    struct ts_buf body = {0}, text = {0};
    if (strcmp(view->class, NOBODY) != 0)
        body_of(e, view, &body);
    e->counts.views_rendered++;
    view->dirty = false;
    feed->dirty--;
    crypto_generichash(view->next_print, sizeof view->next_print, body.ptr, body.len, NULL, 0);
    if (!view->current || memcmp(view->next_print, view->print, sizeof view->print) != 0) {
        int64_t now = ts_engine_now(e) * 1000;
        feed->version = feed->version >= now ? feed->version + 1 : now;
        view->next_version = feed->version;
        ts_frame_view_encode(ts_view_entry(view->kind)->name, ts_str_of(view->key),
                             view->next_version, ts_buf_str(&body), &text);
        view->next = e->ports.net.make(e->ports.net.ctx, ts_buf_str(&text));
        view->next_ticket = ticket;
        feed->pending++;
    }
    ts_buf_free(&body);
    ts_buf_free(&text);
}

static void recheck_all(struct ts_feed *feed)
{
    struct ts_str key;
    void *value;
    feed->recheck = false;
    for (size_t i = 0; ts_map_next(&feed->engine->conns, &i, &key, &value);)
        ts_feed_recheck(feed, value);
}

void ts_feed_turn(struct ts_feed *feed, int64_t ticket, int64_t durable)
{
    if (feed->recheck)
        recheck_all(feed);
    if (feed->dirty == 0 && feed->pending == 0)
        return;
    struct ts_str key;
    void *value;
    for (size_t i = 0; ts_map_next(&feed->views, &i, &key, &value);) {
        struct ts_feed_view *view = value;
        if (view->next && view->next_ticket <= durable)
            publish(feed, view);
        if (view->dirty && !view->next)
            render(feed, view, ticket);
        if (view->next && view->next_ticket <= durable)
            publish(feed, view);
    }
}

struct ts_outgoing *ts_feed_pull(struct ts_feed *feed, struct ts_engine_conn *conn)
{
    const struct ts_net_port *net = &feed->engine->ports.net;
    for (struct ts_feed_sub *sub = conn->subs.first; sub; sub = sub->next_in_conn) {
        if (!sub->view->current || sub->seen == sub->view->version)
            continue;
        sub->seen = sub->view->version;
        feed->engine->counts.views_sent++;
        return net->hold(net->ctx, sub->view->current);
    }
    return NULL;
}
