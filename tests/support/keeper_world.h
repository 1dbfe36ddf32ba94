/*
 * For tests of the keeper's programs: a server that only passes on what stations give (set-up) and
 * shows a closed poll (opening), and the programs as processes of their own.
 */
#ifndef TS_TEST_KEEPER_WORLD_H
#define TS_TEST_KEEPER_WORLD_H

#include <sys/types.h>

#include "proto/link/server.h"
#include "proto/link/cert.h"
#include "tests/support/poll.h"

#define KEEPER_STATIONS 3
#define KEEPER_THRESHOLD 2
#define KEEPER_STEPS 4 /* cert, commit, reveal, key */

struct keeper_process {
    pid_t pid;
    int port_pipe;             /* it reads the server's port from it */
    struct ts_loop_file *life; /* ends with the process */
    struct ts_conn *conn;      /* subscribed; NULL: not */
    struct ts_str key;         /* the device's; ptr NULL: not enrolled */
    struct ts_id id;
    int exit;
};

/* Zero-initialise; what a test may set stands first in each group. */
struct keeper_world {
    struct ts_cert_fingerprint pin;
    struct ts_loop *loop;
    struct ts_link_server *server;
    struct ts_timer watchdog;
    struct ts_arena arena;
    struct keeper_process stations[KEEPER_STATIONS];
    int running;
    /* The set-up; state NULL: none. */
    const char *state;
    int64_t round;
    struct ts_str given[KEEPER_STEPS][KEEPER_STATIONS];
    struct ts_str trustees;
    int confirmed;
    unsigned steps, aborts;
    bool cut_once; /* the link of who commits first, before it is answered */
    bool tamper;   /* with a commitment of round 1 */
    /* The poll; NULL: none. */
    struct ts_poll *poll;
    struct ts_buf archive, statement;
    struct ts_str partial; /* that came last */
    unsigned views, downloads, partials;
    const char *reject; /* the first partial */
};

/* The record of trustees from what the stations gave, as the server makes it; in the arena. */
struct ts_str keeper_world_join(const struct ts_str given[KEEPER_STEPS][KEEPER_STATIONS],
                                struct ts_arena *arena);
/* Forgets the files of an earlier run (key1/, card1.json ...) and makes a certificate. */
void keeper_world_begin(struct keeper_world *world);
void keeper_world_end(struct keeper_world *world);
/* A process of `tongsheng-kiosk keys` or `open` for station number 0, 1 or 2, with directory keyN,
 * card cardN.json, output to keyN.log and nobody at the terminal; further arguments end with NULL
 * (may be NULL). It waits for keeper_world_serve(). */
void keeper_world_start(struct keeper_world *world, int number, bool opening,
                        const char *const *more);
/* Serves until every process has ended; their exit codes are in stations[].exit. */
void keeper_world_serve(struct keeper_world *world);

#endif
