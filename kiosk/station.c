#include "kiosk/station.h"

#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "proto/base/codec.h"
#include "proto/wire/limit.h"
#include "proto/wire/sentence.h"

#define TICK_MS 500

int64_t ts_machine_clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void ts_machine_say(const char *line)
{
    char time_text[32];
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(time_text, sizeof time_text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    fprintf(stderr, "%s %s\n", time_text, line);
}

void ts_machine_say_err(const struct ts_err *err)
{
    struct ts_buf line = {0};
    ts_sentence_line(err, &line);
    ts_buf_append(&line, "", 1);
    ts_machine_say((const char *)line.ptr);
    ts_buf_free(&line);
}

/* ---- the machine ---- */

static void opened(void *ctx)
{
    struct ts_machine *machine = ctx;
    machine->on_open(machine->ctx);
}

static void received(void *ctx, struct ts_bytes text)
{
    struct ts_machine *machine = ctx;
    machine->on_frame(machine->ctx, ts_bytes_str(text));
}

static void lost(void *ctx)
{
    struct ts_machine *machine = ctx;
    machine->on_lost(machine->ctx);
}

static void state_changed(void *ctx, enum ts_client_state state, enum ts_client_loss why)
{
    static const char *const losses[] = {
        [TS_CLIENT_LOSS_NONE] = "none",         [TS_CLIENT_LOSS_NAME] = "name",
        [TS_CLIENT_LOSS_REACH] = "reach",       [TS_CLIENT_LOSS_PIN] = "pin",
        [TS_CLIENT_LOSS_REFUSED] = "refused",   [TS_CLIENT_LOSS_CLOSED] = "closed",
        [TS_CLIENT_LOSS_PROTOCOL] = "protocol", [TS_CLIENT_LOSS_BACKLOG] = "backlog",
    };
    char line[80];
    (void)ctx;
    if (state == TS_CLIENT_OPEN)
        ts_machine_say("level=info msg=\"link open\"");
    if (state != TS_CLIENT_WAITING || why == TS_CLIENT_LOSS_NONE)
        return;
    snprintf(line, sizeof line, "level=warn msg=\"link lost\" why=%s", losses[why]);
    ts_machine_say(line);
}

static void tick(void *ctx)
{
    struct ts_machine *machine = ctx;
    ts_timer_set(machine->loop, &machine->tick, TICK_MS, tick, machine);
    machine->on_tick(machine->ctx);
}

static void signalled(void *ctx)
{
    ts_machine_stop(ctx, TS_EXIT_DONE);
}

static int watch_signals(struct ts_machine *machine, struct ts_err *err)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return ts_err_set(err, "link.loop", "signals: %s", strerror(errno));
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        return ts_err_set(err, "link.loop", "signals: %s", strerror(errno));
    machine->signals = ts_loop_watch(machine->loop, fd, signalled, machine, err);
    if (!machine->signals)
        close(fd);
    return machine->signals ? 0 : -1;
}

int ts_machine_start(struct ts_machine *machine, const struct ts_kiosk_options *options,
                     struct ts_err *err)
{
    struct ts_loop_config loop_config = ts_loop_config_default();
    struct ts_client_config config = ts_client_config_default();
    const struct ts_client_handler handler = {machine, opened, received, lost, state_changed};
    loop_config.file_max = 1024; /* libwebsockets and proto/link keep some for themselves */
    machine->loop = ts_loop_create(&loop_config, err);
    if (!machine->loop || watch_signals(machine, err) != 0)
        return -1;
    config.host = options->host;
    config.port = options->port;
    config.pin = &options->pin;
    config.message_max = TS_LIMIT_FRAME_OUT_BYTES;
    randombytes_buf(&config.seed, sizeof config.seed);
    machine->client = ts_client_create(machine->loop, &config, &handler);
    ts_timer_set(machine->loop, &machine->tick, TICK_MS, tick, machine);
    return 0;
}

int ts_machine_run(struct ts_machine *machine)
{
    struct ts_err err;
    if (ts_loop_run(machine->loop, &err) != 0) {
        ts_machine_say_err(&err);
        return TS_EXIT_START;
    }
    return machine->exit_code;
}

void ts_machine_stop(struct ts_machine *machine, int exit_code)
{
    machine->exit_code = exit_code;
    ts_loop_stop(machine->loop);
}

void ts_machine_free(struct ts_machine *machine)
{
    if (machine->client)
        ts_client_destroy(machine->client);
    machine->client = NULL;
    ts_loop_destroy(machine->loop);
    machine->loop = NULL;
}

/* ---- the station ---- */

static void station_open(void *ctx)
{
    ts_session_link_up(((struct ts_station *)ctx)->session);
}

static void station_lost(void *ctx)
{
    ts_session_link_down(((struct ts_station *)ctx)->session);
}

static void station_frame(void *ctx, struct ts_str frame)
{
    struct ts_station *station = ctx;
    struct ts_err err;
    if (ts_session_frame(station->session, frame, &err) == 0)
        return;
    ts_machine_say_err(&err);
    ts_client_drop(station->machine.client);
}

static void station_tick(void *ctx)
{
    ts_session_tick(((struct ts_station *)ctx)->session, ts_loop_now_ms());
}

static bool session_send(void *ctx, struct ts_str frame)
{
    struct ts_station *station = ctx;
    return ts_client_send(station->machine.client, ts_str_bytes(frame));
}

static void session_server(void *ctx, const uint8_t server_key[static 32])
{
    struct ts_station *station = ctx;
    struct ts_err err;
    memcpy(station->server_key, server_key, 32);
    if (ts_store_pin_server(station->options->dir, server_key, &err) != 0) {
        ts_machine_say_err(&err);
        ts_machine_stop(&station->machine, TS_EXIT_DISK);
    }
}

static void session_ready(void *ctx, const struct ts_id *kiosk, int64_t clock_ms)
{
    struct ts_station *station = ctx;
    (void)clock_ms;
    station->kiosk = *kiosk;
    station->on_ready(station->ctx);
}

static void session_lost(void *ctx)
{
    (void)ctx; /* the session subscribes again, and the program sees what has become of its steps */
}

static void session_answer(void *ctx, uint64_t tag, const struct ts_frame_answer *answer)
{
    struct ts_station *station = ctx;
    station->on_answer(station->ctx, tag, answer);
}

static void session_view(void *ctx, const struct ts_frame_answer *view)
{
    struct ts_station *station = ctx;
    station->on_view(station->ctx, view);
}

static void session_say(void *ctx, const char *line)
{
    (void)ctx;
    ts_machine_say(line);
}

static int prepare(struct ts_station *station, enum ts_kiosk_role role, struct ts_err *err)
{
    struct ts_session_config config = {.name = station->options->name, .role = role};
    const struct ts_session_handler handler = {
        .ctx = station,
        .send = session_send,
        .on_server = session_server,
        .on_ready = session_ready,
        .on_lost = session_lost,
        .on_answer = session_answer,
        .on_view = session_view,
        .on_say = session_say,
    };
    if (ts_store_prepare(station->options->dir, err) != 0 ||
        !(station->key = ts_store_device_key(station->options->dir, err)))
        return -1;
    config.key = station->key;
    int rc = ts_store_server_key(station->options->dir, config.server_key, err);
    if (rc < 0)
        return -1;
    config.has_server_key = rc == 1;
    memcpy(station->server_key, config.server_key, 32);
    station->session = ts_session_new(&config, &handler);
    return 0;
}

int ts_station_run(struct ts_station *station, enum ts_kiosk_role role)
{
    struct ts_err err;
    int code = TS_EXIT_DISK;
    station->machine = (struct ts_machine){.ctx = station,
                                           .on_open = station_open,
                                           .on_frame = station_frame,
                                           .on_lost = station_lost,
                                           .on_tick = station_tick};
    if (prepare(station, role, &err) != 0) {
        ts_machine_say_err(&err);
    } else if (ts_machine_start(&station->machine, station->options, &err) != 0) {
        ts_machine_say_err(&err);
        code = TS_EXIT_START;
    } else {
        code = ts_machine_run(&station->machine);
    }
    if (station->machine.loop)
        ts_machine_free(&station->machine);
    ts_session_free(station->session);
    sodium_free(station->key);
    return code;
}
