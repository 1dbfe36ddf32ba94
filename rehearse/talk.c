#include "rehearse/talk.h"

#include "proto/base/map.h"
#include "proto/json/writer.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#define MESSAGE_MAX (8 * 1024 * 1024)
#define ANSWER_MS 60000
#define CONNECT_MS 20000

struct ts_talk {
    struct ts_loop *loop;
    struct ts_client *client;
    char name[40];
    bool is_open;
    struct ts_id waiting_for;
    struct ts_json *answer; /* the whole frame */
    struct ts_map views;    /* "view key" -> struct ts_json (whole frame) */
};

/* What the loop waits for now; one wait at a time. */
struct wait {
    struct ts_loop *loop;
    bool (*done)(void *ctx);
    void *ctx;
    bool timed_out;
};

static void keep_view(struct ts_talk *talk, struct ts_str view, struct ts_str key,
                      struct ts_json *frame)
{
    char name[160];
    snprintf(name, sizeof name, "%.*s %.*s", TS_STR_ARG(view), TS_STR_ARG(key));
    ts_json_free(ts_map_put(&talk->views, ts_str_of(name), frame));
}

static void on_message(void *ctx, struct ts_bytes text)
{
    struct ts_talk *talk = ctx;
    struct ts_err err;
    struct ts_json *frame = NULL;
    const struct ts_json_limits limits = {MESSAGE_MAX, TS_JSON_DEPTH_MAX};
    if (ts_json_parse(&frame, ts_bytes_str(text), &limits, &err) != 0) {
        fprintf(stderr, "%s: a message that is not JSON: %s\n", talk->name, err.detail);
        return;
    }
    const struct ts_json *re = ts_json_get(frame, "re");
    const struct ts_json *view = ts_json_get(frame, "view");
    const struct ts_json *key = ts_json_get(frame, "key");
    if (ts_json_is(re, TS_JSON_STR) &&
        ts_str_equal(ts_json_str(re), ts_id_str(&talk->waiting_for))) {
        ts_json_free(talk->answer);
        talk->answer = frame;
    } else if (ts_json_is(view, TS_JSON_STR)) {
        keep_view(talk, ts_json_str(view), key ? ts_json_str(key) : TS_STR(""), frame);
    } else if (ts_json_get(frame, "screen")) {
        keep_view(talk, TS_STR("screen"), TS_STR(""), frame);
    } else {
        ts_json_free(frame);
    }
    ts_loop_stop(talk->loop);
}

static void on_open(void *ctx)
{
    struct ts_talk *talk = ctx;
    talk->is_open = true;
    ts_loop_stop(talk->loop);
}

static void on_lost(void *ctx)
{
    struct ts_talk *talk = ctx;
    talk->is_open = false;
    ts_loop_stop(talk->loop);
}

static void on_timeout(void *ctx)
{
    struct wait *wait = ctx;
    wait->timed_out = true;
    ts_loop_stop(wait->loop);
}

int ts_talk_wait(struct ts_loop *loop, bool (*done)(void *ctx), void *ctx, uint32_t timeout_ms,
                 const char *what, struct ts_err *err)
{
    struct wait wait = {loop, done, ctx, false};
    struct ts_timer timer = {0};
    ts_timer_set(loop, &timer, timeout_ms, on_timeout, &wait);
    int failed = 0;
    while (failed == 0 && !wait.timed_out && !done(ctx))
        failed = ts_loop_run(loop, err);
    ts_timer_cancel(loop, &timer);
    if (failed == 0 && wait.timed_out && !done(ctx))
        return ts_err_set(err, "talk.silent", "waited %u s in vain for: %s", timeout_ms / 1000,
                          what);
    return failed;
}

static bool is_open(void *ctx)
{
    return ((struct ts_talk *)ctx)->is_open;
}

static bool is_answered(void *ctx)
{
    const struct ts_talk *talk = ctx;
    return talk->answer != NULL || !talk->is_open;
}

int ts_talk_open(struct ts_talk **out, struct ts_loop *loop, const struct ts_talk_config *config,
                 struct ts_err *err)
{
    struct ts_talk *talk = calloc(1, sizeof *talk);
    if (!talk)
        abort();
    talk->loop = loop;
    snprintf(talk->name, sizeof talk->name, "%s", config->name);
    struct ts_client_config client = ts_client_config_default();
    client.host = "127.0.0.1";
    client.port = config->port;
    client.path = config->path;
    client.subprotocol = config->subprotocol;
    client.pin = config->pin;
    client.message_max = MESSAGE_MAX;
    client.pause_min_ms = 50;
    client.pause_max_ms = 500;
    const struct ts_client_handler handler = {
        .ctx = talk, .on_open = on_open, .on_message = on_message, .on_lost = on_lost};
    talk->client = ts_client_create(loop, &client, &handler);
    char what[80];
    snprintf(what, sizeof what, "%s connects", talk->name);
    if (ts_talk_wait(loop, is_open, talk, CONNECT_MS, what, err) != 0) {
        ts_talk_close(talk);
        err->code = "talk.connect";
        return -1;
    }
    *out = talk;
    return 0;
}

void ts_talk_close(struct ts_talk *talk)
{
    if (!talk)
        return;
    ts_client_destroy(talk->client);
    ts_json_free(talk->answer);
    struct ts_str key;
    void *frame;
    for (size_t i = 0; ts_map_next(&talk->views, &i, &key, &frame);)
        ts_json_free(frame);
    ts_map_free(&talk->views);
    free(talk);
}

int ts_talk_post(struct ts_talk *talk, struct ts_str text, struct ts_err *err)
{
    if (!talk->is_open || !ts_client_send(talk->client, ts_str_bytes(text)))
        return ts_err_set(err, "talk.silent", "%s: the link is down", talk->name);
    return 0;
}

int ts_talk_say(struct ts_talk *talk, struct ts_str text, struct ts_err *err)
{
    char what[80];
    snprintf(what, sizeof what, "%s connects again", talk->name);
    if (ts_talk_wait(talk->loop, is_open, talk, CONNECT_MS, what, err) != 0)
        return -1;
    if (!ts_client_send(talk->client, ts_str_bytes(text)))
        return ts_err_set(err, "talk.silent", "%s: the link is down", talk->name);
    return 0;
}

static int take_answer(struct ts_talk *talk, const char *command, const struct ts_json **ok,
                       struct ts_err *err)
{
    const struct ts_json *reject = ts_json_get(talk->answer, "err");
    if (ok)
        *ok = ts_json_get(talk->answer, "ok");
    if (!reject)
        return 0;
    const struct ts_json *code = ts_json_get(reject, "code");
    const struct ts_json *path = ts_json_get(reject, "path");
    struct ts_str c = ts_json_is(code, TS_JSON_STR) ? ts_json_str(code) : TS_STR("?");
    ts_err_set(err, "reject", "%s, %s: refused with %.*s%s%.*s", talk->name, command, TS_STR_ARG(c),
               path ? " at " : "", path ? (int)ts_json_str(path).len : 0,
               path ? ts_json_str(path).ptr : "");
    ts_err_param(err, "code", "%.*s", TS_STR_ARG(c));
    return -1;
}

int ts_talk_call_id(struct ts_talk *talk, const struct ts_id *id, const char *command,
                    struct ts_str body, const struct ts_json **ok, struct ts_err *err)
{
    struct ts_buf text = {0};
    struct ts_json_writer w;
    ts_jw_init(&w, &text);
    ts_jw_object(&w);
    ts_jw_member_int(&w, "v", 1);
    ts_jw_member_str(&w, "id", ts_id_str(id));
    ts_jw_member_cstr(&w, "cmd", command);
    ts_jw_key(&w, "body");
    ts_jw_raw(&w, body);
    ts_jw_object_end(&w);
    talk->waiting_for = *id;
    ts_json_free(talk->answer);
    talk->answer = NULL;
    char what[120];
    snprintf(what, sizeof what, "%s, %s: an answer", talk->name, command);
    int failed = ts_talk_say(talk, ts_buf_str(&text), err);
    if (failed == 0)
        failed = ts_talk_wait(talk->loop, is_answered, talk, ANSWER_MS, what, err);
    ts_buf_free(&text);
    if (failed == 0 && !talk->answer)
        return ts_err_set(err, "talk.silent", "%s, %s: the link was lost before the answer",
                          talk->name, command);
    return failed == 0 ? take_answer(talk, command, ok, err) : -1;
}

int ts_talk_call(struct ts_talk *talk, const char *command, struct ts_str body,
                 const struct ts_json **ok, struct ts_err *err)
{
    uint8_t random[32];
    randombytes_buf(random, sizeof random);
    struct ts_id id = ts_id_from_random(random);
    return ts_talk_call_id(talk, &id, command, body, ok, err);
}

const struct ts_json *ts_talk_view(const struct ts_talk *talk, const char *view, const char *key)
{
    char name[160];
    snprintf(name, sizeof name, "%s %s", view, key);
    const struct ts_json *frame = ts_map_get(&talk->views, ts_str_of(name));
    if (!frame)
        return NULL;
    const struct ts_json *screen = ts_json_get(frame, "screen");
    const struct ts_json *body = screen ? screen : ts_json_get(frame, "body");
    return ts_json_is(body, TS_JSON_OBJECT) ? body : NULL;
}

struct want {
    struct ts_talk *talk;
    const char *view;
    const char *key;
};

static bool has_view(void *ctx)
{
    const struct want *want = ctx;
    return ts_talk_view(want->talk, want->view, want->key) != NULL;
}

int ts_talk_subscribe(struct ts_talk *talk, const char *view, const char *key, struct ts_err *err)
{
    struct ts_buf body = {0};
    struct ts_json_writer w;
    ts_jw_init(&w, &body);
    ts_jw_object(&w);
    ts_jw_member_cstr(&w, "view", view);
    ts_jw_member_cstr(&w, "key", key);
    ts_jw_object_end(&w);
    int failed = ts_talk_call(talk, "subscribe", ts_buf_str(&body), NULL, err);
    ts_buf_free(&body);
    struct want want = {talk, view, key};
    char what[160];
    snprintf(what, sizeof what, "%s: view %s %s", talk->name, view, key);
    return failed == 0 ? ts_talk_wait(talk->loop, has_view, &want, ANSWER_MS, what, err) : -1;
}
