/*
 * The engine: one thread's owner of the state. Frames come in, events go to the store, replies and
 * views go out when what they reflect is durable. The path of a command is one screen of code,
 * engine/command.c (DESIGN 2):
 *
 *   frame - decode - dedupe by command id - authorise - prework on a worker - decide - seal - apply
 *         - append - reply held until durable - dirty views rendered once per audience
 *
 * Life: create, load what the store has (in any order between streams, ascending within one),
 * start; then frames, jobs, tickets and ticks as they come, a turn after each bunch of them;
 * destroy. Everything on one thread.
 */
#ifndef TS_ENGINE_ENGINE_H
#define TS_ENGINE_ENGINE_H

#include "server/engine/ports.h"

/* Exit codes of the program, for ports.stop. */
#define TS_ENGINE_EXIT_STORE 70   /* a write or sync failed: look at the disk, then start again */
#define TS_ENGINE_EXIT_DAMAGED 71 /* what is stored is not what was stored */

struct ts_engine;
struct ts_engine_conn;

struct ts_engine_config {
    uint8_t server_secret[64];     /* Ed25519, libsodium's form; copied into guarded memory */
    char setup_code[64];           /* one-time code of the first start; empty: setup is done */
    unsigned long long pwhash_ops; /* Argon2id of passphrases, as of libsodium's limits */
    size_t pwhash_mem;
    int64_t idle_logout_ms; /* LG-22: 15 min */
    int64_t token_life_ms;  /* longest life of a login */
    int64_t lock_ms;        /* after 5 failures of a login */
    unsigned jobs_max;      /* jobs at once before "server.busy" */
};

/* Interactive Argon2id limits, 15 min, 12 h, 15 min, 4096 jobs. */
struct ts_engine_config ts_engine_config_default(void);

/* ports and config are copied (what their ctx point to must outlive the engine). */
struct ts_engine *ts_engine_create(const struct ts_ports *ports,
                                   const struct ts_engine_config *config);
void ts_engine_destroy(struct ts_engine *engine);

/* ---- loading. -1: damaged; err says stream, seq and what is wrong, for a person to act on. ----
 */
/* Decodes and applies; the store has checked the hash link. */
int ts_engine_load_record(struct ts_engine *engine, const struct ts_store_record *record,
                          struct ts_err *err);
int ts_engine_load_content(struct ts_engine *engine, const struct ts_store_content *content,
                           struct ts_err *err);
void ts_engine_load_secret(struct ts_engine *engine, const struct ts_store_secret *secret);
/* Erased content; where the journal lacks its content.erased (a backup was restored), the engine
 * appends it at the start. */
void ts_engine_load_tombstone(struct ts_engine *engine, const struct ts_id *id, int64_t at_ms);
/* A box after all records; then, if it is open, its filled slots. */
int ts_engine_load_box(struct ts_engine *engine, const struct ts_id *uuid, bool open,
                       struct ts_err *err);
int ts_engine_load_slot(struct ts_engine *engine, const struct ts_id *uuid,
                        const uint8_t credential[static 32], enum ts_store_slot slot,
                        const uint8_t hash[static 32], struct ts_str body, struct ts_err *err);
/* All is loaded: checks that journal, box and content agree, and writes what a new store needs. */
int ts_engine_start(struct ts_engine *engine, struct ts_err *err);

/* ---- connections ---- */
/* NULL never. `net` names the connection to the net port. */
struct ts_engine_conn *ts_engine_opened(struct ts_engine *engine, void *net);
/* One whole text message. */
void ts_engine_frame(struct ts_engine *engine, struct ts_engine_conn *conn, struct ts_bytes text);
/* The next view frame that this connection is behind on, with a reference that passes to the
 * caller; NULL: it is up to date. */
struct ts_outgoing *ts_engine_pull(struct ts_engine *engine, struct ts_engine_conn *conn);
/* The connection is gone; conn may not be used any more. */
void ts_engine_closed(struct ts_engine *engine, struct ts_engine_conn *conn);

/* A download (GET): answered once through the net port, now or later. token: bearer, may be empty.
 *   /polls/UUID.bel   /meetings/ID/minutes.md   /meetings/ID/minutes.json   /record/STREAM.jsonl */
void ts_engine_download(struct ts_engine *engine, struct ts_str path, struct ts_str token,
                        void *exchange);

/* ---- the outside reports ---- */
void ts_engine_job_done(struct ts_engine *engine, void *job);
/* The job will not be reported (the workers stop): frees it. */
void ts_engine_job_drop(struct ts_engine *engine, void *job);
/* Everything up to this ticket is durable. */
void ts_engine_stored(struct ts_engine *engine, int64_t ticket);
/* Nothing leaves any more; ports.stop is called. `why` says what a person can do. */
void ts_engine_store_failed(struct ts_engine *engine, const char *why);
/* About once a second: idle logins, coarse turnout, limits. */
void ts_engine_tick(struct ts_engine *engine);
/* After each bunch of the above: renders dirty views, once per audience. */
void ts_engine_turn(struct ts_engine *engine);

/* ---- looking in ---- */
/* Lines of Prometheus text. */
void ts_engine_metrics(const struct ts_engine *engine, struct ts_buf *out);
/* Nobody has set this server up yet: the setup code is needed. */
bool ts_engine_needs_setup(const struct ts_engine *engine);
/* True while commands are accepted. */
bool ts_engine_healthy(const struct ts_engine *engine);
/* Everything submitted is durable and no job is under way: a good moment to stop. */
bool ts_engine_quiet(const struct ts_engine *engine);
/* Hash over state, box and content: equal for the live engine and one that replayed the store. */
void ts_engine_state_hash(const struct ts_engine *engine, uint8_t out[static 32]);

#endif
