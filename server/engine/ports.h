/*
 * Everything that the engine wants from outside: a clock, randomness, a durable store, workers, the
 * network, a log. The program fills these in with the real things (server/main.c), the simulation
 * with its own (tests/sim), and the engine cannot tell. There is one implementation of each port in
 * the release program and no switch to another.
 *
 * All functions are called on the loop's thread unless they say otherwise, and none of them calls
 * back into the engine before it returns.
 */
#ifndef TS_ENGINE_PORTS_H
#define TS_ENGINE_PORTS_H

#include "proto/base/arena.h"
#include "proto/base/err.h"
#include "proto/base/id.h"
#include "proto/chain/chain.h"
#include "proto/chain/checkpoint.h"
#include "proto/chain/recwrite.h"

/* ---- the store ---- */

/* One sealed journal record (docs/journal.md): stored as it is, hashed as it is. */
struct ts_store_record {
    struct ts_id stream;
    int64_t seq;
    struct ts_str meta;
    struct ts_str data;
    struct ts_record_hash link;
};

/* One sealed content item: XChaCha20-Poly1305 under its own key (DESIGN 10.7). */
struct ts_store_content {
    struct ts_id id;
    uint8_t key[32];
    uint8_t nonce[24];
    struct ts_bytes sealed;
};

/* Erases an item for good: key, nonce and payload; the tombstone outlives backups (LG-12). */
struct ts_store_erasure {
    struct ts_id id;
    int64_t at_ms;
};

/* A row of the secrets table: password hashes, hashes of tokens. In no export. */
struct ts_store_secret {
    struct ts_str key;   /* "staff/ID", "token/HASH", "card/HASH" */
    struct ts_str value; /* ptr NULL: delete */
};

enum ts_store_slot {
    TS_STORE_EMPTY,
    TS_STORE_CAST,
    TS_STORE_VOID,
    TS_STORE_AUDITED,
};

enum ts_store_box_kind {
    TS_STORE_BOX_CREATE, /* a box with these credentials, all slots empty; replaces an unfilled one
                          */
    TS_STORE_BOX_PUT,    /* fills an empty slot */
    TS_STORE_BOX_CLOSE,  /* sorted copy, the old file destroyed (BALLOT 4); harmless when closed */
    TS_STORE_BOX_DROP,   /* the poll was voided; harmless when there is none */
};

struct ts_store_box_op {
    enum ts_store_box_kind kind;
    struct ts_id uuid;
    const uint8_t (*credentials)[32]; /* CREATE: libsodium's bytes, sorted */
    size_t credential_count;
    uint32_t ballot_max;     /* CREATE: no ballot is longer, in bytes */
    uint8_t credential[32];  /* PUT */
    enum ts_store_slot slot; /* PUT */
    uint8_t hash[32];        /* PUT: CAST: what signature.hash is the text of; else zero */
    struct ts_str body;      /* PUT: the ballot, or the proof of a void or an audit */
};

/* What one step of the engine makes durable: all of it or nothing, in the order of tickets. */
struct ts_store_batch {
    int64_t ticket;        /* 1, 2, 3 ... */
    struct ts_arena arena; /* holds everything below */
    struct ts_store_record *records;
    size_t record_count;
    struct ts_store_content *contents;
    size_t content_count;
    struct ts_store_erasure *erasures;
    size_t erasure_count;
    struct ts_store_secret *secrets;
    size_t secret_count;
    struct ts_store_box_op *box_ops;
    size_t box_op_count;
    struct ts_checkpoint *checkpoints;
    size_t checkpoint_count;
};

/* Releases a batch and wipes the keys in it; for the store, when it is through with it. */
void ts_store_batch_free(struct ts_store_batch *batch);

typedef bool (*ts_store_slot_visit)(void *ctx, const uint8_t credential[static 32],
                                    enum ts_store_slot slot, const uint8_t hash[static 32],
                                    struct ts_str body);
typedef enum ts_recwrite_show (*ts_store_show)(void *ctx, const struct ts_store_record *record,
                                               int64_t *about_ms);
typedef int (*ts_store_sink)(void *ctx, struct ts_bytes bytes, struct ts_err *err);

struct ts_store_port {
    void *ctx;
    /* Takes the batch over. Once it and all before it are synced, ts_engine_stored(ticket) is
     * called on the loop; one call may answer many tickets (group commit: what gathered while the
     * last sync ran is one transaction). After a failure ts_engine_store_failed() is called and
     * nothing is stored any more. */
    void (*submit)(void *ctx, struct ts_store_batch *batch);
    /* From ANY thread. Hands out the durable records from..to (as far as there are any) in order.
     * visit returns false to stop. The texts are valid during visit. -1: the store cannot be read
     * or something in it is damaged. */
    int (*read)(void *ctx, const struct ts_id *stream, int64_t from, int64_t to,
                bool (*visit)(void *visit_ctx, const struct ts_store_record *record),
                void *visit_ctx, struct ts_err *err);
    /* From ANY thread: every filled slot of a closed box, ascending by credential. */
    int (*read_box)(void *ctx, const struct ts_id *uuid, ts_store_slot_visit visit, void *visit_ctx,
                    struct ts_err *err);
    /* From ANY thread: writes a section of `record.jsonl` (docs/journal.md, section 5) of what is
     * durable. show says how much of each record is public; sink takes the next bytes, -1 stops. */
    int (*export)(void *ctx, const struct ts_id *stream, const uint8_t key[static 32],
                  ts_store_show show, ts_store_sink sink, void *visit_ctx, struct ts_err *err);
    /* From ANY thread: a new file without a name for a long download, or -1; then its end is
     * written, and it goes with an answer or is discarded. */
    int (*scratch)(void *ctx, struct ts_err *err);
    int (*scratch_write)(void *ctx, int file, struct ts_bytes bytes, struct ts_err *err);
    /* The same file once more, for another answer; -1: too many open files. */
    int (*scratch_again)(void *ctx, int file);
    void (*discard)(void *ctx, int file);
};

/* ---- workers ---- */

struct ts_work_port {
    void *ctx;
    /* Runs run(job) on some worker thread; then ts_engine_job_done(engine, job) is called on the
     * loop. run must be pure: it may touch nothing but the job and what the job was given. */
    void (*submit)(void *ctx, void (*run)(void *job), void *job);
};

/* ---- the renderer ---- */

/* Makes sounds in a process of its own. submit: as that of the workers, but one at a time and apart
 * from them: reading aloud must not keep ballots waiting. */
struct ts_render_port {
    void *ctx;
    void (*submit)(void *ctx, void (*run)(void *job), void *job);
    /* On the thread of a submitted job. job: as of server/render/job.def. Appends the clip; or NULL
     * is not returned: the code of the table of errors that says why not. NULL: there is none. */
    const char *(*make)(void *ctx, struct ts_bytes job, struct ts_buf *out);
};

/* ---- network ---- */

/* An outgoing message, serialised once and sent to many. */
struct ts_outgoing;

/* An answer to a download. The body is taken over and emptied; or fd_plus_1 with its length. */
struct ts_port_answer {
    unsigned status; /* 200, 401, 403, 404, 409, 503 */
    const char *content_type;
    const char *disposition; /* NULL: inline */
    const char *etag;        /* NULL: none */
    struct ts_buf *body;
    int fd_plus_1;
    uint64_t fd_len;
};

struct ts_net_port {
    void *ctx;
    struct ts_outgoing *(*make)(void *ctx, struct ts_str text); /* held once */
    struct ts_outgoing *(*hold)(void *ctx, struct ts_outgoing *out);
    void (*drop)(void *ctx, struct ts_outgoing *out);
    /* `net` is what was given to ts_engine_opened(). The reference stays the engine's. */
    void (*send)(void *ctx, void *net, struct ts_outgoing *out);
    /* There is something for ts_engine_pull(). */
    void (*ready)(void *ctx, void *net);
    /* RFC 6455 close code; ts_engine_closed() follows later. */
    void (*close)(void *ctx, void *net, uint16_t code, const char *reason);
    /* Answers a download; `exchange` is what was given to ts_engine_download(). */
    void (*answer)(void *ctx, void *exchange, const struct ts_port_answer *answer);
};

/* ---- the rest ---- */

enum ts_log_level { TS_LOG_DEBUG, TS_LOG_INFO, TS_LOG_WARN, TS_LOG_ERROR };

struct ts_ports {
    struct ts_store_port store;
    struct ts_work_port work;
    struct ts_render_port render;
    struct ts_net_port net;
    void *ctx;                                        /* for the three below */
    int64_t (*now_ms)(void *ctx);                     /* UTC */
    void (*random)(void *ctx, void *out, size_t len); /* cryptographic; from ANY thread */
    /* One line of key=value pairs, without personal data (LG-14). */
    void (*log)(void *ctx, enum ts_log_level level, const char *line);
    /* The engine cannot go on (store failed, journal and state disagree): stop the process with
     * this code. The reason was logged. Nothing has left that is not durable. */
    void (*stop)(void *ctx, int exit_code);
};

#endif
