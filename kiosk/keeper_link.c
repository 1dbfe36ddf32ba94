#include "kiosk/keeper_link.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include "kiosk/session.h"
#include "proto/base/codec.h"
#include "proto/link/client.h"
#include "proto/wire/sentence.h"

#define TICK_MS 500

struct ts_keeper_link {
    struct ts_keeper_link_handler handler;
    char dir[TS_STORE_PATH_MAX];
    int hold; /* the directory's descriptor, locked */
    struct ts_device_key *key;
    struct ts_loop *loop;
    struct ts_client *client;
    struct ts_session *session;
    struct ts_timer timer;
    bool failed;
    struct ts_err why; /* when failed */
    uint64_t sends;    /* the last one's tag */
};

/* ---- words for people ---- */

void ts_keeper_say(const struct ts_err *err)
{
    const struct ts_sentence *sentence = ts_sentence_find(err->code);
    struct ts_buf text = {0};
    if (sentence) {
        ts_sentence_fill(sentence->zh, err, &text);
        ts_buf_append_char(&text, '\n');
        ts_sentence_fill(sentence->en, err, &text);
    }
    ts_buf_printf(&text, "%s[%s]", sentence ? " " : "", err->code);
    if (err->detail[0])
        ts_buf_printf(&text, " %s", err->detail);
    printf("%.*s\n", TS_STR_ARG(ts_buf_str(&text)));
    fflush(stdout);
    ts_buf_free(&text);
}

void ts_keeper_tell(const char *code)
{
    const struct ts_sentence *sentence = ts_sentence_find(code);
    assert(sentence);
    printf("%s\n%s\n", sentence->zh, sentence->en);
    fflush(stdout);
}

int ts_keeper_exit_of(const struct ts_err *err)
{
    static const struct {
        const char *prefix;
        int code;
    } known[] = {
        {"store.", TS_KEEPER_EXIT_DISK},         {"station.", TS_KEEPER_EXIT_DISK},
        {"keycard.exists", TS_KEEPER_EXIT_DISK}, {"keycard.none", TS_KEEPER_EXIT_DISK},
        {"get.", TS_KEEPER_EXIT_NETWORK},        {"session.", TS_KEEPER_EXIT_NETWORK},
        {"link.", TS_KEEPER_EXIT_NETWORK},       {"frame.", TS_KEEPER_EXIT_NETWORK},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strncmp(err->code, known[i].prefix, strlen(known[i].prefix)) == 0)
            return known[i].code;
    return TS_KEEPER_EXIT_REFUSED;
}

/* ---- session ---- */

static void fail(struct ts_keeper_link *s, const struct ts_err *err)
{
    if (!s->failed)
        s->why = *err;
    s->failed = true;
    ts_loop_stop(s->loop);
}

static bool session_send(void *ctx, struct ts_str frame)
{
    struct ts_keeper_link *s = ctx;
    return ts_client_send(s->client, ts_str_bytes(frame));
}

static void session_server(void *ctx, const uint8_t server_key[static 32])
{
    struct ts_keeper_link *s = ctx;
    struct ts_err err;
    if (ts_store_pin_server(s->dir, server_key, &err) != 0)
        fail(s, &err);
}

static void session_ready(void *ctx, const struct ts_id *kiosk, int64_t clock_ms)
{
    struct ts_keeper_link *s = ctx;
    struct ts_err err;
    (void)clock_ms;
    if (ts_store_write(s->dir, "kiosk.id", ts_id_str(kiosk), &err) != 0) {
        fail(s, &err);
        return;
    }
    ts_session_subscribe(s->session, "keeper", ts_id_str(kiosk));
    s->handler.on_ready(s->handler.ctx);
}

static void session_lost(void *ctx)
{
    (void)ctx; /* on_ready says when to send again */
}

static void session_answer(void *ctx, uint64_t tag, const struct ts_frame_answer *answer)
{
    struct ts_keeper_link *s = ctx;
    if (tag == s->sends)
        s->handler.on_answer(s->handler.ctx, answer);
}

static void session_view(void *ctx, const struct ts_frame_answer *view)
{
    struct ts_keeper_link *s = ctx;
    if (view->view_kind == TS_VIEW_KEEPER && view->body)
        s->handler.on_view(s->handler.ctx, view->body);
}

static void session_say(void *ctx, const char *line)
{
    (void)ctx;
    printf("%s\n", line);
    fflush(stdout);
}

/* ---- link ---- */

static void link_open(void *ctx)
{
    struct ts_keeper_link *s = ctx;
    ts_session_link_up(s->session);
}

static void link_message(void *ctx, struct ts_bytes text)
{
    struct ts_keeper_link *s = ctx;
    struct ts_err err;
    if (ts_session_frame(s->session, ts_bytes_str(text), &err) == 0)
        return;
    if (strcmp(err.code, "session.server") == 0) {
        fail(s, &err);
        return;
    }
    ts_keeper_say(&err);
    ts_client_drop(s->client);
}

static void link_lost(void *ctx)
{
    struct ts_keeper_link *s = ctx;
    ts_session_link_down(s->session);
}

static void link_state(void *ctx, enum ts_client_state state, enum ts_client_loss why)
{
    (void)ctx;
    if (state == TS_CLIENT_WAITING && why == TS_CLIENT_LOSS_PIN)
        ts_keeper_tell("get.pin");
}

static void tick(void *ctx)
{
    struct ts_keeper_link *s = ctx;
    uint64_t now = ts_loop_now_ms();
    ts_session_tick(s->session, now);
    s->handler.on_tick(s->handler.ctx, now);
    ts_timer_set(s->loop, &s->timer, TICK_MS, tick, s);
}

bool ts_keeper_link_send(struct ts_keeper_link *station, const struct ts_cmd *cmd,
                         struct ts_str what)
{
    struct ts_id id = ts_session_stable_id(station->session, what);
    return ts_session_send(station->session, cmd, &id, ++station->sends);
}

/* ---- beginning and end ---- */

static int hold_directory(struct ts_keeper_link *s, struct ts_err *err)
{
    s->hold = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->hold < 0)
        return ts_err_set(err, "store.disk", "open %s: %s", s->dir, strerror(errno));
    if (flock(s->hold, LOCK_EX | LOCK_NB) != 0)
        return ts_err_set(err, "station.busy", "%s", s->dir);
    return 0;
}

static void connect_to(struct ts_keeper_link *s, const struct ts_keeper_options *options,
                       const struct ts_session_config *config)
{
    const struct ts_session_handler talk = {.ctx = s,
                                            .send = session_send,
                                            .on_server = session_server,
                                            .on_ready = session_ready,
                                            .on_lost = session_lost,
                                            .on_answer = session_answer,
                                            .on_view = session_view,
                                            .on_say = session_say};
    const struct ts_client_handler link = {.ctx = s,
                                           .on_open = link_open,
                                           .on_message = link_message,
                                           .on_lost = link_lost,
                                           .on_state = link_state};
    struct ts_client_config client = ts_client_config_default();
    client.host = options->host;
    client.port = options->port;
    client.pin = &options->pin;
    client.message_max = 32u * 1024 * 1024; /* statements and set-ups of many councils */
    randombytes_buf(&client.seed, sizeof client.seed);
    s->session = ts_session_new(config, &talk);
    s->client = ts_client_create(s->loop, &client, &link);
    ts_timer_set(s->loop, &s->timer, TICK_MS, tick, s);
}

int ts_keeper_link_open(struct ts_keeper_link **out, const struct ts_keeper_options *options,
                        const struct ts_keeper_link_handler *handler, struct ts_err *err)
{
    const struct rlimit no_core = {0, 0}; /* shares are in memory */
    const struct ts_loop_config loop = ts_loop_config_default();
    struct ts_session_config config = {.name = options->name, .role = TS_KIOSK_ROLE_KEEPER};
    int pinned;
    struct ts_keeper_link *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    s->handler = *handler;
    s->hold = -1;
    setrlimit(RLIMIT_CORE, &no_core);
    signal(SIGPIPE, SIG_IGN); /* a link that breaks is an error like others */
    if (ts_store_prepare(options->dir, err) != 0)
        goto failed;
    snprintf(s->dir, sizeof s->dir, "%s", options->dir);
    if (hold_directory(s, err) != 0 || !(s->key = ts_store_device_key(s->dir, err)) ||
        (pinned = ts_store_server_key(s->dir, config.server_key, err)) < 0 ||
        !(s->loop = ts_loop_create(&loop, err)))
        goto failed;
    config.has_server_key = pinned == 1;
    config.key = s->key;
    connect_to(s, options, &config);
    *out = s;
    return 0;
failed:
    ts_keeper_link_free(s);
    return -1;
}

void ts_keeper_link_free(struct ts_keeper_link *station)
{
    if (!station)
        return;
    if (station->loop) {
        ts_timer_cancel(station->loop, &station->timer);
        ts_client_destroy(station->client);
        ts_loop_destroy(station->loop);
    }
    ts_session_free(station->session);
    sodium_free(station->key);
    if (station->hold >= 0)
        close(station->hold);
    free(station);
}

int ts_keeper_link_run(struct ts_keeper_link *station, struct ts_err *err)
{
    if (!station->failed && ts_loop_run(station->loop, err) != 0)
        return -1;
    if (station->failed)
        *err = station->why;
    return station->failed ? -1 : 0;
}

void ts_keeper_link_stop(struct ts_keeper_link *station)
{
    ts_loop_stop(station->loop);
}
