/*
 * What every program of tongsheng-kiosk runs on: one loop, the link to the server with backoff and
 * the pinned certificate, a tick each second, an orderly end on SIGTERM and SIGINT. Slip office and
 * keeper stations use ts_station_run(), which adds the session; the booth has its own (booth.h).
 */
#ifndef TS_KIOSK_STATION_H
#define TS_KIOSK_STATION_H

#include "kiosk/options.h"
#include "kiosk/session.h"
#include "proto/link/client.h"
#include "proto/link/loop.h"

enum {
    TS_EXIT_DONE = 0,
    TS_EXIT_REFUSED = 1,  /* server, archive, keepers: what is wrong was said */
    TS_EXIT_OPTIONS = 64, /* as the server's (server/main.c) */
    TS_EXIT_START = 69,
    TS_EXIT_DISK = 70,
};

struct ts_machine {
    struct ts_loop *loop;
    struct ts_client *client;
    struct ts_timer tick;
    struct ts_loop_file *signals;
    int exit_code;
    /* Of the program. */
    void *ctx;
    void (*on_open)(void *ctx);
    void (*on_frame)(void *ctx, struct ts_str frame);
    void (*on_lost)(void *ctx);
    void (*on_tick)(void *ctx);
};

/* Fill ctx and callbacks before. Codes: those of the link. */
int ts_machine_start(struct ts_machine *machine, const struct ts_kiosk_options *options,
                     struct ts_err *err);
/* Until ts_machine_stop() or a signal (TS_EXIT_DONE); gives the exit code. */
int ts_machine_run(struct ts_machine *machine);
void ts_machine_stop(struct ts_machine *machine, int exit_code);
void ts_machine_free(struct ts_machine *machine);
int64_t ts_machine_clock_ms(void);
/* One line "time level=… msg=…" on stderr. */
void ts_machine_say(const char *line);
void ts_machine_say_err(const struct ts_err *err);

struct ts_station {
    struct ts_machine machine;
    const struct ts_kiosk_options *options;
    struct ts_device_key *key;
    struct ts_session *session;
    struct ts_id kiosk;
    uint8_t server_key[32];
    /* Of the program; each may end it with ts_machine_stop(). */
    void *ctx;
    void (*on_ready)(void *ctx);
    void (*on_answer)(void *ctx, uint64_t tag, const struct ts_frame_answer *answer);
    void (*on_view)(void *ctx, const struct ts_frame_answer *view);
};

/* Fill options, ctx and callbacks before. Enrols if need be, and runs to the end; gives the exit
 * code. */
int ts_station_run(struct ts_station *station, enum ts_kiosk_role role);

#endif
