/*
 * What views show and nothing stores (DESIGN 10.4): how the kiosks are, which booth may let the
 * next child begin, who waits to speak and who speaks, the timer, what the big screen shows. Filled
 * by the engine, gone after a restart. Nothing here says anything about a single ballot.
 */
#ifndef TS_VIEW_LIVE_H
#define TS_VIEW_LIVE_H

#include "proto/base/id.h"
#include "proto/wire/type.h"

struct ts_live_kiosk {
    struct ts_id kiosk;
    bool online;
    int64_t since_ms; /* UTC: online or offline since then */
    char state[17];   /* what it last said: "idle", "visit", "help", "error"; "": nothing yet */
    int64_t waiting;  /* ballots that it has not delivered, as it last said */
    int64_t clock_ms; /* its clock minus ours, as it last said */
    char version[41]; /* of its program; "": it has not said */
};

/* Counts up by one for each child that is let in; the booth compares with what it has seen. */
struct ts_live_release {
    struct ts_id poll;
    struct ts_id kiosk;
    int64_t count;
};

struct ts_live_speaker {
    int64_t seat;
    int side;       /* enum ts_side */
    int64_t spoken; /* times before, in this meeting */
};

struct ts_live_queue {
    struct ts_id meeting;
    struct ts_live_speaker *waiting; /* in the order in which they will be called */
    size_t waiting_count;
    size_t waiting_room;        /* the engine's */
    struct ts_live_speaker now; /* seat 0: nobody speaks */
    int64_t now_since_ms;
    int64_t now_seconds;            /* 0: without a limit */
    struct ts_live_speaker *spoken; /* everybody who has spoken */
    size_t spoken_count;
    size_t spoken_room; /* the engine's */
};

struct ts_live_stage {
    struct ts_id meeting;
    int64_t timer_since_ms;
    int64_t timer_seconds; /* 0: no timer */
    int show;              /* enum ts_show; 0: nobody has chosen, it follows */
    struct ts_id motion;   /* none: the present one */
    struct ts_id poll;     /* likewise */
    int64_t step;
};

/* Arrays in no particular order; the engine owns them. */
struct ts_live {
    struct ts_live_kiosk *kiosks;
    size_t kiosk_count;
    size_t kiosk_room;
    struct ts_live_release *releases;
    size_t release_count;
    size_t release_room;
    struct ts_live_queue *queues;
    size_t queue_count;
    size_t queue_room;
    struct ts_live_stage *stages;
    size_t stage_count;
    size_t stage_room;
};

/* NULL: never seen since the start. */
const struct ts_live_kiosk *ts_live_kiosk(const struct ts_live *live, const struct ts_id *kiosk);
/* 0: none yet. */
int64_t ts_live_released(const struct ts_live *live, const struct ts_id *poll,
                         const struct ts_id *kiosk);
/* NULL: nobody has asked to speak. */
const struct ts_live_queue *ts_live_queue(const struct ts_live *live, const struct ts_id *meeting);
/* NULL: nobody has set a timer or chosen what is shown. */
const struct ts_live_stage *ts_live_stage(const struct ts_live *live, const struct ts_id *meeting);

#endif
