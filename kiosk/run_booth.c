#include "kiosk/run_booth.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "kiosk/booth.h"
#include "kiosk/station.h"
#include "proto/link/server.h"

#define PAGES_MAX 4 /* one is in use; others are somebody looking what is wrong */
#define MASS_IDLE_MS 45000

struct run {
    struct ts_machine machine;
    struct ts_booth *booth;
    struct ts_link_server *local;
    struct ts_conn *pages[PAGES_MAX];
};

/* After everything that may have written to the disk. */
static void check_disk(struct run *run)
{
    struct ts_err err;
    if (!ts_booth_has_failed(run->booth, &err))
        return;
    ts_machine_say_err(&err);
    ts_machine_stop(&run->machine, TS_EXIT_DISK);
}

/* ---- the page ---- */

static void page_open(void *ctx, struct ts_conn *conn, const struct ts_link_peer *peer)
{
    struct run *run = ctx;
    struct ts_buf text = {0};
    (void)peer;
    for (size_t i = 0; i < PAGES_MAX; i++) {
        if (run->pages[i])
            continue;
        run->pages[i] = conn;
        ts_buf_reserve(&text, TS_BOOTH_SCREEN_BYTES);
        ts_booth_screen(run->booth, &text);
        struct ts_frame *frame = ts_frame_text(ts_buf_bytes(&text));
        ts_link_send(conn, frame);
        ts_frame_drop(frame);
        ts_buf_wipe(&text);
        return;
    }
    ts_link_close(conn, TS_LINK_TRY_LATER, "too many pages");
}

static void page_message(void *ctx, struct ts_conn *conn, struct ts_bytes text)
{
    struct run *run = ctx;
    struct ts_err err;
    if (ts_booth_page(run->booth, ts_bytes_str(text), &err) != 0)
        ts_link_close(conn, TS_LINK_POLICY, err.code);
    check_disk(run);
}

static void page_close(void *ctx, struct ts_conn *conn)
{
    struct run *run = ctx;
    for (size_t i = 0; i < PAGES_MAX; i++)
        if (run->pages[i] == conn)
            run->pages[i] = NULL;
}

/* /assets/clip/HASH: what reads a text of the screen aloud. */
static void page_clip(void *ctx, struct ts_exchange *exchange,
                      const struct ts_http_request *request)
{
    static const char prefix[] = "/assets/clip/";
    const struct run *run = ctx;
    struct ts_buf clip = {0};
    struct ts_str hash = {request->path.ptr + sizeof prefix - 1,
                          request->path.len - (sizeof prefix - 1)};
    if (!ts_booth_clip(run->booth, hash, &clip)) {
        ts_buf_free(&clip);
        ts_http_answer(exchange, NULL);
        return;
    }
    ts_http_answer(exchange, &(struct ts_http_answer){.status = 200,
                                                      .content_type = "audio/ogg",
                                                      .cache_control = "no-store",
                                                      .body = &clip});
}

static int listen_local(struct run *run, const struct ts_kiosk_options *options, struct ts_err *err)
{
    struct ts_link_config config = ts_link_config_default();
    const struct ts_link_handler handler = {
        .ctx = run, .on_open = page_open, .on_message = page_message, .on_close = page_close};
    config.address = options->listen_address;
    config.port = options->listen_port;
    config.loopback = true;
    config.subprotocol = "tongsheng.kiosk.v1";
    config.message_max = TS_SCREEN_INPUT_BYTES;
    config.conn_max = 16;
    config.conn_per_address_max = 16;
    config.http.root = options->web;
    config.wipe = true; /* taps and screens hold choices, scans hold slips */
    config.http.wasm_page = "/camera.html";
    run->local = ts_link_listen(run->machine.loop, &config, &handler, err);
    if (!run->local)
        return -1;
    ts_http_route(run->local, "/assets/clip/", page_clip, run);
    return 0;
}

/* ---- ports ---- */

static bool port_send(void *ctx, struct ts_str frame)
{
    struct run *run = ctx;
    return ts_client_send(run->machine.client, ts_str_bytes(frame));
}

static void port_drop(void *ctx)
{
    ts_client_drop(((struct run *)ctx)->machine.client);
}

static void port_show(void *ctx, struct ts_str screen)
{
    struct run *run = ctx;
    struct ts_frame *frame = ts_frame_text(ts_str_bytes(screen));
    for (size_t i = 0; i < PAGES_MAX; i++)
        if (run->pages[i])
            ts_link_send(run->pages[i], frame);
    ts_frame_drop(frame);
}

static void port_wake(void *ctx)
{
    ts_loop_wake(((struct run *)ctx)->machine.loop);
}

static void port_say(void *ctx, const char *line)
{
    (void)ctx;
    ts_machine_say(line);
}

static uint64_t port_now_ms(void *ctx)
{
    (void)ctx;
    return ts_loop_now_ms();
}

static int64_t port_clock_ms(void *ctx)
{
    (void)ctx;
    return ts_machine_clock_ms();
}

/* ---- the loop ---- */

static void link_open(void *ctx)
{
    struct run *run = ctx;
    ts_booth_link_up(run->booth);
    check_disk(run);
}

static void link_lost(void *ctx)
{
    struct run *run = ctx;
    ts_booth_link_down(run->booth);
    check_disk(run);
}

static void link_frame(void *ctx, struct ts_str frame)
{
    struct run *run = ctx;
    ts_booth_frame(run->booth, frame);
    check_disk(run);
}

static void loop_tick(void *ctx)
{
    struct run *run = ctx;
    ts_booth_tick(run->booth);
    check_disk(run);
}

static void loop_woken(void *ctx)
{
    struct run *run = ctx;
    ts_booth_woken(run->booth);
    check_disk(run);
}

static struct ts_booth *make_booth(struct run *run, const struct ts_kiosk_options *options,
                                   const struct ts_device_key *key, struct ts_err *err)
{
    struct ts_booth_config config = {.dir = options->dir,
                                     .agent = ts_agent_config_default(),
                                     .key = key,
                                     .carried = options->carried};
    const struct ts_booth_ports ports = {run,       port_send, port_drop,   port_show,
                                         port_wake, port_say,  port_now_ms, port_clock_ms};
    config.agent.name = options->name;
    config.agent.turn_seed = randombytes_random();
    config.agent.device = options->screen;
    config.agent.camera = options->camera;
    if (options->mass)
        config.agent.idle_ms = MASS_IDLE_MS;
    return ts_booth_new(&config, &ports, err);
}

static int start(struct run *run, const struct ts_kiosk_options *options,
                 const struct ts_device_key *key, struct ts_err *err)
{
    /* The loop first: the booth's sealer wakes it. Nothing turns before ts_machine_run(). */
    if (ts_machine_start(&run->machine, options, err) != 0 ||
        !(run->booth = make_booth(run, options, key, err)) || listen_local(run, options, err) != 0)
        return -1;
    ts_loop_on_wake(run->machine.loop, loop_woken, run);
    printf("Page: http://127.0.0.1:%u\n", ts_link_port(run->local));
    return fflush(stdout);
}

int ts_run_booth(const struct ts_kiosk_options *options)
{
    struct run run = {.machine = {.ctx = &run,
                                  .on_open = link_open,
                                  .on_frame = link_frame,
                                  .on_lost = link_lost,
                                  .on_tick = loop_tick}};
    struct ts_err err;
    struct ts_device_key *key = NULL;
    int code = TS_EXIT_START;
    if (ts_store_prepare(options->dir, &err) != 0 ||
        !(key = ts_store_device_key(options->dir, &err)) || start(&run, options, key, &err) != 0)
        ts_machine_say_err(&err);
    else
        code = ts_machine_run(&run.machine);
    /* The sealer's thread ends before the loop that it wakes. */
    if (run.machine.client)
        ts_client_destroy(run.machine.client);
    run.machine.client = NULL;
    if (run.local)
        ts_link_shutdown(run.local);
    ts_booth_free(run.booth);
    if (run.machine.loop)
        ts_machine_free(&run.machine);
    sodium_free(key);
    return code;
}
