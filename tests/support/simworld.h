/*
 * The world of the simulation: a real engine with a store, workers, clock, randomness and network
 * that the test moves by hand, everything from one seed. It watches what leaves: no frame and no
 * download before what it was made of is durable.
 */
#ifndef TS_TEST_SIMWORLD_H
#define TS_TEST_SIMWORLD_H

#include "tests/support/seed.h"
#include "tests/support/simstore.h"

#define SIM_CONNS 12
#define SIM_JOBS_MAX 4096

struct sim_conn {
    bool open;
    bool hung_up; /* by the server; reaped in the next turn */
    struct ts_engine_conn *engine_conn;
    bool ready;                 /* views wait to be pulled */
    struct ts_outgoing **inbox; /* sent by the server, not yet read; held */
    size_t inbox_count;
    size_t inbox_room;
};

struct sim_job {
    void (*run)(void *job);
    void *job;
    bool ran;
};

struct simworld {
    struct ts_seed seed;
    struct simstore store;
    struct ts_engine *engine;
    struct ts_ports ports;
    struct ts_engine_config config;
    int64_t clock_ms;
    uint64_t draws; /* blocks of randomness */
    struct sim_conn conns[SIM_CONNS];
    struct sim_job jobs[SIM_JOBS_MAX];
    size_t job_count;
    int stopped;        /* exit code; 0: runs */
    bool leak;          /* deliberate: everybody gets everybody's views */
    const char *erased; /* a text that was erased: nothing that leaves from now on may hold it */
    size_t lives;
    char wrong[512]; /* the first thing that was wrong; "": nothing */
    /* The last download that was answered. */
    unsigned status;
    struct ts_buf body;
};

/* Fixed for all seeds, so that ballots can be sealed beforehand. */
void simworld_server_key(uint8_t secret[static 64]);

void simworld_init(struct simworld *world, uint64_t seed, enum simstore_sin sin);
void simworld_free(struct simworld *world);
/* Notes what is wrong; the first counts. */
void simworld_wrong(struct simworld *world, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A new process on what the store has. False: it refuses to start (noted). */
bool simworld_start(struct simworld *world);
/* SIGKILL or a power cut: everything but what is durable is gone, and with luck some more is. */
void simworld_crash(struct simworld *world);
/* One writer's turn: syncs a few batches. */
void simworld_sync(struct simworld *world);
/* The disk fails: the server must stop by itself; then it is as after a crash. */
void simworld_fail_disk(struct simworld *world);
/* What a loop does in every turn: connections that were hung up go, views are rendered. */
void simworld_turn(struct simworld *world);
/* Runs or reports one job, in any order. */
void simworld_work(struct simworld *world);
/* Does everything that waits, until nothing does. */
void simworld_settle(struct simworld *world);
/* The same state from the same store? */
void simworld_check_replay(struct simworld *world);

/* i: which connection, here and below. */
void simworld_connect(struct simworld *world, size_t i);
void simworld_disconnect(struct simworld *world, size_t i);
void simworld_say(struct simworld *world, size_t i, struct ts_str text);
/* Takes some of the views that wait for this connection. */
void simworld_pull(struct simworld *world, size_t i);
/* The next text from the server; false: none. Append it to *out. */
bool simworld_read(struct simworld *world, size_t conn, struct ts_buf *out);

#endif
