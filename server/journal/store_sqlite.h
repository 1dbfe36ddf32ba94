/* The journal's own file, journal.db: streams, records, checkpoints, content, secrets, snapshots.
 * Used by one thread at a time: the owner's until loading is done, then the writer's. */
#ifndef TS_SERVER_JOURNAL_STORE_SQLITE_H
#define TS_SERVER_JOURNAL_STORE_SQLITE_H

#include <sqlite3.h>

#include "proto/base/map.h"
#include "server/journal/batch.h"

/* One stream as the writer knows it. */
struct ts_store_stream {
    int64_t rowid;
    struct ts_chain chain; /* computed: while loading, then while writing */
    int64_t stored_seq;    /* as the stream's row says */
    struct ts_record_hash stored_head;
};

enum ts_store_stmt {
    TS_STORE_STREAM_ADD,
    TS_STORE_STREAM_HEAD,
    TS_STORE_RECORD,
    TS_STORE_CHECKPOINT,
    TS_STORE_CONTENT,
    TS_STORE_ERASE,
    TS_STORE_SECRET,
    TS_STORE_SECRET_DELETE,
    TS_STORE_SNAPSHOT,
    TS_STORE_BEGIN,
    TS_STORE_COMMIT,
    TS_STORE_STMT_COUNT,
};

struct ts_store {
    sqlite3 *db;
    char path[1024];
    sqlite3_stmt *stmt[TS_STORE_STMT_COUNT];
    struct ts_map streams; /* name -> struct ts_store_stream, owned */
    bool scrub_due;        /* something erased may still stand in the write-ahead log */
};

/* Opens or makes the file, recovers it after a crash and reads the heads of the streams. */
int ts_store_open(struct ts_store *store, const char *dir, const char *vfs, struct ts_err *err);
void ts_store_close(struct ts_store *store);

/* One transaction: begin, apply each operation that is ours, commit. After a -1 the store may only
 * be closed. */
int ts_store_begin(struct ts_store *store, struct ts_err *err);
int ts_store_apply(struct ts_store *store, const struct ts_batch_op *op, struct ts_err *err);
int ts_store_commit(struct ts_store *store, struct ts_err *err);

/* Empties the write-ahead log if something erased stands in it. Leaves it due while a reader holds
 * the log. */
int ts_store_scrub(struct ts_store *store, struct ts_err *err);

/* The sums stored beside content, secrets and snapshots. */
void ts_store_content_sum(uint8_t out[static 32], struct ts_str id, const uint8_t *key,
                          const uint8_t *nonce, struct ts_bytes ciphertext);
void ts_store_secret_sum(uint8_t out[static 32], struct ts_str name, struct ts_bytes value);
void ts_store_snapshot_sum(uint8_t out[static 32], const struct ts_id *stream, int64_t seq,
                           struct ts_bytes link, struct ts_bytes hash, struct ts_bytes blob);

#endif
