/*
 * The people and devices of the simulation: a council's meeting with one secret poll, from set-up
 * to the published result, played through an engine that is killed, cut off and slowed down.
 * Everybody behaves as the real clients do: what was not answered is sent again with the same id.
 * Beside them a stranger tries everything.
 */
#ifndef TS_TEST_SIMPLAY_H
#define TS_TEST_SIMPLAY_H

#include "proto/wire/event.h"
#include "proto/wire/frame.h"
#include "tests/support/simcast.h"
#include "tests/support/simworld.h"

enum sim_actor {
    SIM_ORGANISER,
    SIM_SECOND,
    SIM_BOOTH1,
    SIM_BOOTH2,
    SIM_OFFICE,
    SIM_KEEPER,                                /* and two more */
    SIM_PUBLIC = SIM_KEEPER + SIMCAST_KEEPERS, /* looks at public views */
    SIM_STRANGER,                              /* tries everything */
    SIM_ACTORS,
};

/* A command that was given to somebody to send, until it is answered. */
struct sim_errand {
    bool busy;
    bool sent; /* on the present connection */
    struct ts_id id;
    const char *cmd;
    struct ts_buf body;
};

struct sim_client {
    bool known; /* the server knows who this connection is */
    int stage;  /* of logging in: 0 nothing sent, 1 hello or login sent, 2 proof sent */
    char token[44];
    struct sim_errand errand;
    bool subscribed;
    int64_t last_ver[8];
};

/* An accepted command: it must be there once, for ever, and be answered the same again. */
struct sim_accepted {
    enum sim_actor actor;
    struct ts_id id;
    const char *cmd;
    char *body;
    struct ts_id reply_id;
    int64_t seq;
};

/* What a slip's owner was told. */
struct sim_slip {
    bool acked[3]; /* ballot 0, ballot 1, void or audit */
    bool refused[3];
    enum ts_store_slot other; /* what acked[2] is */
    uint8_t by[3];            /* booth, 0 or 1 */
};

struct sim_cast {
    bool busy;
    bool sent;
    struct ts_id id;
    size_t slip;
    size_t which; /* 0, 1: ballots; 2: void or audit */
    size_t booth;
};

#define SIM_CASTS 4

/* What becomes of this seed's poll. */
struct sim_plan {
    bool gives_up;    /* the second booth never states: two people give it up */
    bool miscounts;   /* the paper does not balance: two people accept it */
    int void_step;    /* the poll is aborted when the script comes here; -1: it is not */
    bool erases_name; /* a name is erased, else a note */
    size_t openers[SIMCAST_KEEPERS]; /* the keepers, in the order in which they open */
};

struct simplay {
    struct simworld world;
    struct simcast *cast; /* shared by all seeds */
    struct ts_arena arena;
    struct sim_client clients[SIM_ACTORS];
    int step;
    bool done;
    bool voided;       /* poll.void was sent */
    bool keeps_erased; /* deliberate: the check is told that something else was erased */
    struct sim_plan plan;
    struct {
        bool gave_up, accepted, voided, erased;
    } did;
    struct sim_accepted *accepted;
    size_t accepted_count, accepted_room;
    struct sim_errand repeat; /* of an old command, by its actor */
    size_t repeat_of;
    struct sim_slip slips[SIMCAST_SLIPS];
    struct sim_cast casts[SIM_CASTS];
    struct ts_id root, staff[2], kiosks[3 + SIMCAST_KEEPERS], council, meeting, poll, pack;
    struct ts_id members[SIMCAST_SLIPS];
    uint64_t says, crashes, views;
};

struct simplay_faults {
    enum simstore_sin sin;
    bool leak;
    bool unerased; /* what is said to be erased is not */
};

/* One whole play, with the first's keepers or the second's; false: something was wrong,
 * play->world.wrong says what. */
bool simplay_run(struct simplay *play, struct simcast casts[static 2], uint64_t seed,
                 const struct simplay_faults *faults);
void simplay_free(struct simplay *play);

/* ---- between simplay.c, simscript.c and simcheck.c ---- */
/* Draws the plan. */
void simplay_plan(struct simplay *play);
/* The next errand of the script, if its actor is free. */
void simplay_script(struct simplay *play);
/* The errand was accepted: on to the next step. */
void simplay_answered(struct simplay *play, enum sim_actor actor,
                      const struct ts_frame_answer *answer);
void simplay_rejected(struct simplay *play, enum sim_actor actor,
                      const struct ts_frame_answer *answer);
void simplay_give(struct simplay *play, enum sim_actor actor, const char *cmd, const char *format,
                  ...) __attribute__((format(printf, 4, 5)));
/* A reject that the script does not expect. */
void simplay_wrong_answer(struct simplay *play, enum sim_actor actor, const struct ts_err *reject);
struct ts_id simplay_fresh_id(struct simplay *play);
/* The last durable event of this kind, decoded into the arena; NULL: none. */
const void *simplay_event(struct simplay *play, enum ts_ev_kind kind);
/* Is the poll taking slips, as far as the clients know? */
bool simplay_casting(const struct simplay *play);
/* Everything that was promised, against what is durable. */
void simplay_check(struct simplay *play);

#endif
