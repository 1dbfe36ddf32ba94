/*
 * The journal: what is durable (docs/journal.md). Streams of hash-chained records, content with a
 * key per item, secrets, signed checkpoints, state snapshots and the ballot boxes, behind one
 * writer thread that commits in groups.
 *
 *   open -> load (hands everything stored to the caller) -> submit ... -> close
 *
 * The caller (one thread, the loop) applies events at once and releases what they led to when
 * ts_journal_completed() has reached their batch's ticket. After any failed write or sync the
 * journal refuses everything until it is opened anew: a commit whose fate is unknown is never
 * called done.
 *
 * Failures (disk, damage) come as struct ts_err: code journal.full, journal.io, journal.damaged,
 * journal.in_use, journal.rights, journal.version, journal.misuse; detail says what a person can
 * do.
 */
#ifndef TS_SERVER_JOURNAL_JOURNAL_H
#define TS_SERVER_JOURNAL_JOURNAL_H

#include "proto/base/err.h"
#include "proto/base/id.h"
#include "proto/chain/chain.h"
#include "proto/chain/checkpoint.h"
#include "proto/chain/recwrite.h"

struct ts_journal;
struct ts_journal_batch;

#define TS_JOURNAL_KEY_LEN 32
#define TS_JOURNAL_NONCE_LEN 24
#define TS_JOURNAL_CONTENT_MAX (64u * 1024 * 1024)
#define TS_JOURNAL_SECRET_MAX 4096
#define TS_JOURNAL_SECRET_NAME_MAX 128
#define TS_JOURNAL_SNAPSHOT_MAX (256u * 1024 * 1024)
#define TS_JOURNAL_BOX_SLOTS_MAX 100000
#define TS_JOURNAL_BALLOT_MAX (256u * 1024)

struct ts_journal_options {
    const char *dir; /* made if missing; one journal per directory, one process at a time */
    /* Directory of the list of erased content, which must outlive backups of dir (LG-12): may be on
     * another disk. NULL: dir. */
    const char *tombstone_dir;
    const char *vfs; /* name of an SQLite VFS (tests); NULL: the default one */
    /* Called on the writer thread after tickets were completed or the journal failed: wake the
     * owner (lws_cancel_service, eventfd) and nothing else. May be NULL. */
    void (*notify)(void *ctx);
    void *notify_ctx;
};

/* Opens or creates; takes the lock; initialises libsodium. No thread runs yet. */
int ts_journal_open(struct ts_journal **out, const struct ts_journal_options *options,
                    struct ts_err *err);
/* Completes what was submitted, stops the threads, closes, frees. NULL is allowed. */
void ts_journal_close(struct ts_journal *j);

/* ---- Loading: everything stored, once, before the first submit ---- */

struct ts_journal_record {
    const struct ts_id *stream;
    int64_t seq;
    struct ts_str meta;
    struct ts_str data;
    const struct ts_record_hash *link;
};

struct ts_journal_content {
    struct ts_id id;
    const uint8_t *key;         /* TS_JOURNAL_KEY_LEN */
    const uint8_t *nonce;       /* TS_JOURNAL_NONCE_LEN */
    struct ts_bytes ciphertext; /* ptr NULL where longer than the reader's content_max */
};

enum ts_journal_slot_kind {
    TS_JOURNAL_SLOT_EMPTY = 0,
    TS_JOURNAL_SLOT_CAST = 1,
    TS_JOURNAL_SLOT_VOID = 2,
    TS_JOURNAL_SLOT_AUDITED = 3,
};

struct ts_journal_box {
    struct ts_id uuid;
    bool open;           /* false: the sorted copy made at closing */
    int64_t slots;       /* credentials (open) or filled slots (closed) */
    uint32_t ballot_max; /* bytes */
};

struct ts_journal_slot {
    uint8_t credential[32]; /* public credential */
    enum ts_journal_slot_kind kind;
    uint8_t hash[32];       /* signature.hash; zero where there is no ballot */
    struct ts_bytes ballot; /* empty where there is none */
};

/* All may be NULL. Pointers are valid during the call. Those that return int stop the loading with
 * -1 after filling *err (the caller cannot use what is stored). Called in the order of the list. */
struct ts_journal_reader {
    void *ctx;
    /* Newest snapshot of a stream. Return 1 to take it: the records up to seq are then checked but
     * not handed over; 0 to leave it. */
    int (*snapshot)(void *ctx, const struct ts_id *stream, int64_t seq, const uint8_t hash[32],
                    struct ts_bytes blob);
    /* All records of all streams in the order in which they were written, so a registry record
     * comes before what it authorised. */
    int (*record)(void *ctx, const struct ts_journal_record *record, struct ts_err *err);
    int (*checkpoint)(void *ctx, const struct ts_checkpoint *checkpoint, struct ts_err *err);
    int (*content)(void *ctx, const struct ts_journal_content *content, struct ts_err *err);
    /* Erased content. Where the journal lacks its content.erased (a backup was restored), the
     * caller appends it. */
    void (*tombstone)(void *ctx, const struct ts_id *id, int64_t at_ms);
    void (*secret)(void *ctx, struct ts_str name, struct ts_bytes value);
    /* Every box; then, for open ones, their filled slots by credential. */
    int (*box)(void *ctx, const struct ts_journal_box *box, struct ts_err *err);
    int (*slot)(void *ctx, const struct ts_journal_box *box, const struct ts_journal_slot *slot,
                struct ts_err *err);
    size_t content_max; /* ciphertexts up to this many bytes are read and checked; 0: none */
};

/* Checks the chain of every stream, every stored sum and every open box; re-applies tombstones;
 * then starts the threads. Reading and hashing run on a thread of their own beside the callbacks,
 * which are made on the caller's. Whatever is damaged is refused with journal.damaged, path naming
 * stream[seq], content, secret or box. */
int ts_journal_load(struct ts_journal *j, const struct ts_journal_reader *reader,
                    struct ts_err *err);

/* ---- Writing ---- */

struct ts_journal_batch *ts_journal_batch_new(void);
void ts_journal_batch_free(struct ts_journal_batch *b); /* one that was not submitted */
bool ts_journal_batch_is_empty(const struct ts_journal_batch *b);

/* Everything is copied. The parts of one batch become durable together: none is acknowledged alone
 * (docs/journal.md section 10 for the order within). */

/* The next record of a stream, sealed with ts_chain_seal(); seq 1 begins the stream. */
void ts_journal_batch_record(struct ts_journal_batch *b, const struct ts_journal_record *record);
/* A checkpoint of a record in this or an earlier batch. */
void ts_journal_batch_checkpoint(struct ts_journal_batch *b, const struct ts_checkpoint *cp);
/* New content; the id must be fresh. At most TS_JOURNAL_CONTENT_MAX bytes (asserted). */
void ts_journal_batch_content(struct ts_journal_batch *b, const struct ts_journal_content *content);
/* Destroys key, nonce and ciphertext, in the file and its write-ahead log; writes the tombstone
 * first. Erasing what is not there still leaves the tombstone. */
void ts_journal_batch_erase(struct ts_journal_batch *b, const struct ts_id *id, int64_t at_ms);
/* Password hashes, tokens; replaces. In no export. */
void ts_journal_batch_secret(struct ts_journal_batch *b, struct ts_str name, struct ts_bytes value);
void ts_journal_batch_secret_delete(struct ts_journal_batch *b, struct ts_str name);
/* Replaces the stream's snapshot; seq and link are those of a record already submitted. */
void ts_journal_batch_snapshot(struct ts_journal_batch *b, const struct ts_id *stream, int64_t seq,
                               const struct ts_record_hash *link, const uint8_t hash[static 32],
                               struct ts_bytes blob);

/* A box with one empty slot per credential, in an order of its own. An unfilled box of that uuid
 * (from a crash before the journal knew of it) is replaced; a filled one is a misuse. */
void ts_journal_batch_box_create(struct ts_journal_batch *b, const struct ts_id *uuid,
                                 const uint8_t (*credentials)[32], size_t count,
                                 uint32_t ballot_max);
/* Fills a slot. Doing so again with the same kind and hash changes nothing; with another is a
 * misuse (the caller decides what is counted; the journal never overwrites a ballot). */
void ts_journal_batch_box_fill(struct ts_journal_batch *b, const struct ts_id *uuid,
                               const struct ts_journal_slot *slot);
/* Writes the sorted copy, then deletes the box, after the batch's records are durable. Harmless for
 * a closed box. */
void ts_journal_batch_box_close(struct ts_journal_batch *b, const struct ts_id *uuid);
/* Deletes a box, open or closed (an aborted poll; the end of retention), after the batch's records
 * are durable. Harmless if there is none. */
void ts_journal_batch_box_drop(struct ts_journal_batch *b, const struct ts_id *uuid);

/* Takes ownership of the batch. Returns its ticket (1, 2, …), or 0: the journal has failed and
 * dropped it. */
uint64_t ts_journal_submit(struct ts_journal *j, struct ts_journal_batch *b);
/* All tickets up to this one are durable. */
uint64_t ts_journal_completed(const struct ts_journal *j);
/* Fills *err if it has failed. Then log it, stop, start again. */
bool ts_journal_failed(const struct ts_journal *j, struct ts_err *err);
/* Bytes submitted and not yet durable: take no more from the network while this is large. */
size_t ts_journal_pending_bytes(const struct ts_journal *j);

/* ---- Reading while it runs; from any thread, one at a time ---- */

/* Reads and checks one content item that is durable. 1: there is none. The ciphertext is appended;
 * wipe the key after use. */
int ts_journal_content_get(struct ts_journal *j, const struct ts_id *id,
                           uint8_t key[static TS_JOURNAL_KEY_LEN],
                           uint8_t nonce[static TS_JOURNAL_NONCE_LEN], struct ts_buf *ciphertext,
                           struct ts_err *err);

/* Filled slots of a closed box by credential. 1: there is no closed box of that uuid. */
int ts_journal_box_read(struct ts_journal *j, const struct ts_id *uuid,
                        int (*slot)(void *ctx, const struct ts_journal_slot *slot,
                                    struct ts_err *err),
                        void *ctx, struct ts_err *err);

struct ts_journal_export {
    struct ts_id stream;
    int64_t from;    /* >= 1 */
    int64_t to;      /* INT64_MAX: as far as there is */
    uint8_t key[32]; /* public key of the checkpoints */
    void *ctx;
    /* What is public: decides per record how much is shown, and in *about_ms (-1 on entry) the
     * coarse time beside a hidden meta. NULL: everything whole. */
    enum ts_recwrite_show (*show)(void *ctx, const struct ts_journal_record *record,
                                  int64_t *about_ms);
    /* Takes the next bytes of record.jsonl; -1 stops (with *err). */
    int (*sink)(void *ctx, struct ts_bytes bytes, struct ts_err *err);
};

/* Writes one section of an exported record, checking the chain while reading. 1: no such stream or
 * nothing in that range. */
int ts_journal_export(struct ts_journal *j, const struct ts_journal_export *what,
                      struct ts_err *err);

#endif
