/*
 * What the files of the engine share among themselves; nobody else includes this.
 *
 *   engine.c    life, connections, tickets, ticks
 *   load.c      from the store to the state
 *   command.c   the path of a command
 *   commit.c    events to batch: seal, apply, append
 *   job.c       work on workers; prework.c what the commands want of it; reading.c: clips
 *   conn.c      commands of the connection; login.c: who it is
 *   poll.c      polls that take slips; slip.c: ballots, voids, audits
 *   repeat.c    the answer to a command of long ago
 *   live.c      what is kept in memory only: kiosks, releases, speakers
 *   feed.c      views
 *   download.c  archives, minutes, records
 *   receipts.c  the receipts of closed polls
 */
#ifndef TS_ENGINE_INTERNAL_H
#define TS_ENGINE_INTERNAL_H

#include "proto/ballot/ballot.h"
#include "proto/base/map.h"
#include "proto/wire/frame.h"
#include "server/domain/apply.h"
#include "server/domain/decide.h"
#include "server/engine/box.h"
#include "server/engine/dedupe.h"
#include "server/engine/download.h"
#include "server/engine/engine.h"
#include "server/engine/feed.h"
#include "server/engine/live.h"
#include "server/engine/outbox.h"
#include "server/engine/rate.h"
#include "server/engine/receipts.h"
#include "server/engine/vault.h"
#include "server/view/view.h"

/* A stream that this engine owns: the registry, or a council. */
struct ts_engine_stream {
    struct ts_id id;
    struct ts_chain chain;            /* where it stands, durable or not */
    struct ts_council_state *council; /* NULL: the registry */
};

/* What checking ballots of a poll needs; shared with the jobs that do it. */
struct ts_published {
    struct ts_ballot_params *params;
    char phi[TS_BASE64_32 + 1];
    unsigned holders; /* counted on the loop only */
};

/* A poll whose slips are taken: ready to be closed, not closed. */
struct ts_engine_poll {
    struct ts_id council;
    struct ts_id poll;
    struct ts_id uuid;
    struct ts_engine_box *box;
    struct ts_published *published;
    int64_t turnout_minute; /* of the last coarse report */
};

struct ts_engine_conn {
    uint64_t number; /* never used again */
    void *net;
    struct ts_actor actor;
    struct ts_id meeting; /* CARD: whose */
    char token[65];       /* STAFF: hex of the token's hash; names its secret */
    int64_t active_ms;    /* last command, for the idle logout */
    struct ts_id proving; /* kiosk that asked for a nonce */
    uint8_t nonce[32];
    bool closing;
    unsigned jobs; /* under way for this connection */
    struct ts_rate rate;
    struct ts_feed_subs subs;
};

/* Failures of one login name, in memory (LG-22). */
struct ts_login_lock {
    unsigned failures;
    int64_t until_ms; /* 0: not locked */
};

/* A secret's value. */
struct ts_secret {
    size_t len;
    char text[];
};

struct ts_engine_counts {
    int64_t frames;
    int64_t accepted;
    int64_t rejected;
    int64_t repeats;
    int64_t faults;
    int64_t slips;
    int64_t views_rendered;
    int64_t views_sent;
    int64_t jobs;
};

struct ts_engine {
    struct ts_ports ports;
    struct ts_engine_config config; /* without the secret */
    uint8_t *server_secret;         /* guarded memory, 64 bytes */
    uint8_t server_key[32];
    char server_key_text[TS_BASE64_32 + 1];

    struct ts_registry_state *registry;
    struct ts_engine_stream registry_stream;
    struct ts_map councils;       /* id -> struct ts_engine_stream */
    struct ts_map council_states; /* id -> struct ts_council_state, owned there; for views */
    struct ts_map polls;          /* uuid -> struct ts_engine_poll */
    struct ts_vault vault;
    struct ts_content_reader reader; /* over the vault */
    struct ts_map secrets;           /* name -> struct ts_secret */
    struct ts_map locks;             /* login -> struct ts_login_lock */
    struct ts_dedupe *dedupe;
    struct ts_map in_flight; /* command id -> struct ts_request waiting for its prework */
    /* While loading. */
    struct ts_map tombstones;     /* content id -> owned time */
    struct ts_map expected;       /* content id -> owned hash that the journal holds */
    struct ts_map leftover_boxes; /* uuid -> owned uuid */

    struct ts_live live;
    struct ts_feed feed;
    struct ts_downloads downloads;
    struct ts_receipts_shelf receipts;
    struct ts_outbox outbox;

    int64_t ticket;  /* last submitted */
    int64_t durable; /* last durable */
    bool started;
    bool failed; /* nothing leaves any more */

    struct ts_map conns; /* number (8 bytes) -> struct ts_engine_conn */
    uint64_t next_conn;
    size_t jobs;             /* under way */
    struct ts_arena scratch; /* of one call from outside */
    struct ts_engine_counts counts;
};

/* ---- engine.c ---- */
int64_t ts_engine_now(const struct ts_engine *e);
void ts_engine_log(const struct ts_engine *e, enum ts_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
struct ts_engine_conn *ts_engine_conn_find(const struct ts_engine *e, uint64_t number);
/* Held until everything submitted so far is durable. `re` may be none. */
void ts_engine_reply(struct ts_engine *e, uint64_t conn, const struct ts_id *re,
                     const struct ts_reply *reply, int64_t seq);
void ts_engine_reject(struct ts_engine *e, uint64_t conn, const struct ts_id *re,
                      const struct ts_err *reject);
/* A frame's text as it is. */
void ts_engine_send_text(struct ts_engine *e, uint64_t conn, struct ts_str text);
/* Sends what is held for it first. */
void ts_engine_hang_up(struct ts_engine *e, struct ts_engine_conn *conn, uint16_t code,
                       const char *reason);
/* Stream of a council that the registry knows, begun if need be; NULL: no such council. */
struct ts_engine_stream *ts_engine_council(struct ts_engine *e, const struct ts_id *council);
/* Its state, empty, if it has none yet. */
void ts_engine_begin_council(struct ts_engine *e, struct ts_engine_stream *stream);
/* The world of a command: registry, and the council it names if there is one. */
struct ts_world ts_engine_world(struct ts_engine *e, const struct ts_id *council);
/* NULL: none of that name. */
const struct ts_secret *ts_engine_secret(const struct ts_engine *e, const char *name);
/* In memory; the caller sees to the store. value.ptr NULL: forgets it. */
void ts_engine_secret_set(struct ts_engine *e, struct ts_str name, struct ts_str value);
void ts_engine_sign(void *engine, uint8_t signature[static 64], const uint8_t *message, size_t len);

/* What is stored is not what was stored: nothing leaves any more, the process stops. */
void ts_engine_damaged(struct ts_engine *e, const char *why);

/* ---- load.c ---- */
void ts_engine_load_free(struct ts_engine *e);

/* ---- commit.c ---- */
struct ts_commit {
    struct ts_engine_stream *stream;
    const struct ts_actor *actor; /* NULL: the server itself */
    struct ts_id cmd;             /* none: the server itself */
    const struct ts_decision *decision;
    const struct ts_store_content *contents;
    const struct ts_str *texts; /* of the contents */
    size_t content_count;
};
/* Seals, applies, appends, submits. -1 (record.size): an event is too large for the journal,
 * nothing happened. */
int ts_commit(struct ts_engine *e, const struct ts_commit *commit, struct ts_err *reject);
/* A batch for things that have no record: ballots, tokens. */
struct ts_store_batch *ts_batch_open(void);
void ts_batch_secret(struct ts_store_batch *batch, struct ts_str name, struct ts_str value);
void ts_batch_box_op(struct ts_store_batch *batch, const struct ts_store_box_op *op);
void ts_batch_submit(struct ts_engine *e, struct ts_store_batch *batch);

/* ---- poll.c: the polls that take slips ---- */
/* Makes the box in memory for a poll with a pack and an election record; -1 (box.*, election.*):
 * what is in the state cannot be read. Harmless when it is there. */
int ts_engine_poll_open(struct ts_engine *e, const struct ts_council_state *council,
                        const struct ts_id *id, struct ts_err *err);
void ts_engine_poll_close(struct ts_engine *e, const struct ts_id *uuid);
struct ts_engine_poll *ts_engine_poll_find(const struct ts_engine *e, const struct ts_id *uuid);
struct ts_box_figures ts_engine_poll_figures(const struct ts_engine_poll *poll);
/* For checking ballots of a poll; NULL, err filled: its record cannot be read. Held once. */
struct ts_published *ts_published_new(const struct ts_st_poll *poll, struct ts_err *err);
void ts_published_drop(struct ts_published *published);
/* The name of the secret that remembers a refused ballot: "conflict/UUID/HEX". */
#define TS_CONFLICT_NAME_MAX (9 + TS_ID_LEN + 1 + 64 + 1)
void ts_conflict_name(char out[static TS_CONFLICT_NAME_MAX], const struct ts_id *uuid,
                      const uint8_t hash[static 32]);

/* ---- job.c ---- */
struct ts_job {
    void (*run)(struct ts_job *job);                       /* on a worker */
    void (*done)(struct ts_engine *e, struct ts_job *job); /* on the loop */
    void (*free)(struct ts_engine *e, struct ts_job *job); /* on the loop */
    uint64_t conn;                                         /* counted there; 0: nobody's */
    bool render;                                           /* for the renderer's thread */
};
/* False ("server.busy"): too many under way. Then the job is the caller's still. */
bool ts_job_start(struct ts_engine *e, struct ts_job *job, struct ts_err *err);
/* As above, but run() begins when everything submitted so far is durable: it reads the store. */
bool ts_job_start_durable(struct ts_engine *e, struct ts_job *job, struct ts_err *err);
/* For the outbox: one that waited for that. */
void ts_job_submit(struct ts_engine *e, struct ts_job *job);

/* ---- command.c ---- */
/* What decide gets of the outside, but for the command's own. */
void ts_engine_env(struct ts_engine *e, const struct ts_engine_stream *stream, struct ts_env *env);
struct ts_request {
    struct ts_id id;   /* of the command */
    struct ts_cmd cmd; /* body in the arena */
    struct ts_actor actor;
    uint64_t conn;       /* where it came from */
    uint64_t waiters[8]; /* connections that sent it again meanwhile */
    size_t waiter_count;
    struct ts_arena arena;
};
void ts_command_take(struct ts_engine *e, struct ts_engine_conn *conn,
                     const struct ts_frame_cmd *frame);
/* After the prework, if there was any. */
void ts_command_decide(struct ts_engine *e, struct ts_request *request,
                       const struct ts_prework_result *prework, bool setup_code_good);
/* Answers the request and everybody who waits for it. */
void ts_command_reject(struct ts_engine *e, struct ts_request *request,
                       const struct ts_err *reject);
/* The reject for an id that another actor has used. */
void ts_command_foreign(struct ts_err *err, const struct ts_actor *actor);
void ts_request_free(struct ts_request *request);

/* ---- prework.c ---- */
/* True: the command waits for a job now, or was rejected; the request is taken over. */
bool ts_prework_begin(struct ts_engine *e, struct ts_request *request);
/* ---- reading.c: who reads texts aloud ---- */
/* As ts_prework_begin(), for text.pinyin and text.clip. */
bool ts_reading_begin(struct ts_engine *e, struct ts_request *request);
/* ---- repeat.c: the answer to a command that was accepted long ago ---- */
bool ts_repeat_begin(struct ts_engine *e, struct ts_engine_conn *conn, const struct ts_id *cmd);

/* ---- conn.c: commands of scope CONN; login.c: those about who it is ---- */
void ts_conn_command(struct ts_engine *e, struct ts_engine_conn *conn,
                     const struct ts_frame_cmd *frame);
/* 0: answered, or will be; -1: to be rejected. */
int ts_login_command(struct ts_engine *e, struct ts_engine_conn *conn,
                     const struct ts_frame_cmd *frame, struct ts_err *err);
/* The connection is gone: its device is offline, its login is remembered for the next one. */
void ts_login_gone(struct ts_engine *e, struct ts_engine_conn *conn);
/* Who holds this token of a login, or code of an office card (downloads). */
bool ts_login_bearer(const struct ts_engine *e, struct ts_str token, struct ts_actor *actor);
void ts_login_tick(struct ts_engine *e);
/* Forgets who it is, and the login if there is one. */
void ts_login_end(struct ts_engine *e, struct ts_engine_conn *conn);

/* ---- feed.c ---- */
struct ts_view_house ts_engine_house(const struct ts_engine *e);

/* ---- slip.c ---- */
void ts_slip_command(struct ts_engine *e, struct ts_engine_conn *conn,
                     const struct ts_frame_cmd *frame);
/* Coarse turnout (BALLOT 4). */
void ts_slip_tick(struct ts_engine *e);

#endif
