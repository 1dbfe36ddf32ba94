#include "server/journal/replay_sqlite.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/journal/db_sqlite.h"

/* Records travel from the reading thread to the caller in chunks, so that neither waits for the
 * other per record. */
#define CHUNK_ITEMS 512
#define CHUNK_BYTES (256 * 1024)
#define CHUNKS 4

struct item {
    const struct ts_id *stream;
    int64_t seq;
    size_t meta_at, meta_len, data_at, data_len;
    struct ts_record_hash link;
};

struct chunk {
    struct ts_buf bytes;
    size_t count;
    struct item items[CHUNK_ITEMS];
};

/* What is expected of one stream beside its chain. */
struct track {
    struct ts_store_stream *stream;
    struct ts_checkpoint *checkpoints; /* by seq; in the array of all */
    size_t checkpoint_count;
    size_t checkpoint_next;
    int64_t snapshot_seq; /* taken by the caller; 0: none */
    struct ts_record_hash snapshot_link;
};

struct replay {
    struct ts_store *store;
    const struct ts_journal_reader *reader;
    struct track *tracks; /* by rowid, from 1 */
    size_t track_count;
    struct ts_checkpoint *checkpoints;
    size_t checkpoint_count;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct chunk *chunks; /* a ring */
    size_t filled;        /* chunks filled so far */
    size_t emptied;       /* chunks handed over so far */
    bool ended;           /* the reading thread has filled its last */
    bool stopped;         /* the caller wants no more */
    int rc;               /* of the reading thread */
    struct ts_err err;
};

static int damaged_at(struct ts_err *err, const char *stream, int64_t seq, const char *what)
{
    ts_db_damaged(err, what);
    ts_err_at(err, stream, (long)seq);
    return -1;
}

static int damaged_item(struct ts_err *err, const char *kind, struct ts_str name)
{
    char text[TS_JOURNAL_SECRET_NAME_MAX + 1];
    ts_db_damaged(err, "What is stored is not what was written");
    snprintf(text, sizeof text, "%.*s", TS_STR_ARG(name));
    ts_err_at(err, text, -1);
    ts_err_at(err, kind, -1);
    return -1;
}

static struct track *track_of(struct replay *replay, struct ts_str name)
{
    struct ts_store_stream *stream = ts_map_get(&replay->store->streams, name);
    return stream ? &replay->tracks[stream->rowid] : NULL;
}

static int make_tracks(struct replay *replay, struct ts_err *err)
{
    struct ts_str name;
    void *value;
    replay->track_count = replay->store->streams.count;
    replay->tracks = calloc(replay->track_count + 1, sizeof *replay->tracks);
    if (!replay->tracks)
        abort();
    for (size_t i = 0; ts_map_next(&replay->store->streams, &i, &name, &value);) {
        struct ts_store_stream *stream = value;
        if (stream->rowid < 1 || stream->rowid > (int64_t)replay->track_count)
            return ts_db_damaged(err, "The list of streams is damaged");
        replay->tracks[stream->rowid].stream = stream;
    }
    return 0;
}

/* ---- Checkpoints ---- */

static int read_checkpoint(struct replay *replay, sqlite3_stmt *stmt, struct ts_err *err)
{
    struct ts_str name = ts_bytes_str(ts_db_bytes(stmt, 0));
    struct ts_checkpoint *cp = &replay->checkpoints[replay->checkpoint_count];
    struct track *track = track_of(replay, name);
    struct ts_err wrong = {0};
    if (ts_checkpoint_parse(cp, ts_bytes_str(ts_db_bytes(stmt, 2)), &wrong) != 0 ||
        ts_checkpoint_verify(cp, &wrong) != 0 || !ts_str_is(name, cp->stream.s) ||
        cp->seq != sqlite3_column_int64(stmt, 1) || !track)
        return damaged_item(err, "checkpoint", name);
    if (track->checkpoint_count++ == 0)
        track->checkpoints = cp;
    replay->checkpoint_count++;
    return 0;
}

static int read_checkpoints(struct replay *replay, struct ts_err *err)
{
    sqlite3 *db = replay->store->db;
    sqlite3_stmt *stmt;
    int64_t count;
    int rc;
    if (ts_db_int(db, "SELECT count(*) FROM checkpoint", &count, err) != 0 ||
        ts_db_prepare(db, &stmt, "SELECT stream, seq, text FROM checkpoint ORDER BY stream, seq",
                      err) != 0)
        return -1;
    replay->checkpoints = calloc((size_t)count + 1, sizeof *replay->checkpoints);
    if (!replay->checkpoints)
        abort();
    while ((rc = ts_db_step(stmt, err)) == 1) {
        if (replay->checkpoint_count == (size_t)count)
            rc = ts_db_damaged(err, "The list of checkpoints is damaged");
        else
            rc = read_checkpoint(replay, stmt, err);
        if (rc != 0)
            break;
    }
    sqlite3_finalize(stmt);
    return rc;
}

/* Is the record now at the head of the chain the one that was signed for? */
static int check_checkpoint(struct track *track, struct ts_err *err)
{
    const struct ts_chain *chain = &track->stream->chain;
    if (track->checkpoint_next == track->checkpoint_count)
        return 0;
    const struct ts_checkpoint *cp = &track->checkpoints[track->checkpoint_next];
    if (cp->seq != chain->seq)
        return 0;
    track->checkpoint_next++;
    if (!ts_record_hash_equal(&cp->head, &chain->head))
        return damaged_at(err, chain->stream.s, chain->seq,
                          "A signed checkpoint names another head than the journal has");
    return 0;
}

/* ---- Snapshots ---- */

static int read_snapshot(struct replay *replay, sqlite3_stmt *stmt, struct ts_err *err)
{
    struct ts_str name = ts_bytes_str(ts_db_bytes(stmt, 0));
    int64_t seq = sqlite3_column_int64(stmt, 1);
    struct ts_bytes link = ts_db_bytes(stmt, 2), hash = ts_db_bytes(stmt, 3);
    struct ts_bytes sum = ts_db_bytes(stmt, 4), blob = ts_db_bytes(stmt, 5);
    struct track *track = track_of(replay, name);
    uint8_t want[32];
    if (!track || link.len != 32 || hash.len != 32 || sum.len != 32 || seq < 1)
        return damaged_item(err, "snapshot", name);
    const struct ts_id *stream = &track->stream->chain.stream;
    ts_store_snapshot_sum(want, stream, seq, link, hash, blob);
    if (memcmp(want, sum.ptr, 32) != 0)
        return damaged_item(err, "snapshot", name);
    if (replay->reader->snapshot(replay->reader->ctx, stream, seq, hash.ptr, blob) == 1) {
        track->snapshot_seq = seq;
        memcpy(track->snapshot_link.b, link.ptr, 32);
    }
    return 0;
}

static int read_snapshots(struct replay *replay, struct ts_err *err)
{
    sqlite3_stmt *stmt;
    int rc;
    if (!replay->reader->snapshot)
        return 0;
    if (ts_db_prepare(replay->store->db, &stmt,
                      "SELECT stream, seq, link, hash, sum, blob FROM snapshot ORDER BY stream",
                      err) != 0)
        return -1;
    while ((rc = ts_db_step(stmt, err)) == 1) {
        rc = read_snapshot(replay, stmt, err);
        if (rc != 0)
            break;
    }
    sqlite3_finalize(stmt);
    return rc;
}

/* ---- Records: the reading thread ---- */

/* The next chunk to fill; NULL: the caller wants no more. */
static struct chunk *take_empty(struct replay *replay)
{
    pthread_mutex_lock(&replay->lock);
    while (replay->filled - replay->emptied == CHUNKS && !replay->stopped)
        pthread_cond_wait(&replay->changed, &replay->lock);
    struct chunk *chunk = replay->stopped ? NULL : &replay->chunks[replay->filled % CHUNKS];
    pthread_mutex_unlock(&replay->lock);
    if (chunk) {
        ts_buf_clear(&chunk->bytes);
        chunk->count = 0;
    }
    return chunk;
}

static void hand_over(struct replay *replay)
{
    pthread_mutex_lock(&replay->lock);
    replay->filled++;
    pthread_cond_broadcast(&replay->changed);
    pthread_mutex_unlock(&replay->lock);
}

static void add_item(struct chunk *chunk, const struct ts_id *stream, int64_t seq,
                     struct ts_bytes meta, struct ts_bytes data, const struct ts_record_hash *link)
{
    struct item *item = &chunk->items[chunk->count++];
    item->stream = stream;
    item->seq = seq;
    item->link = *link;
    item->meta_at = chunk->bytes.len;
    item->meta_len = meta.len;
    ts_buf_append(&chunk->bytes, meta.ptr, meta.len);
    item->data_at = chunk->bytes.len;
    item->data_len = data.len;
    ts_buf_append(&chunk->bytes, data.ptr, data.len);
}

/* Checks one row; adds it to the chunk unless a snapshot covers it. */
static int read_row(struct replay *replay, sqlite3_stmt *stmt, struct chunk *chunk,
                    struct ts_err *err)
{
    int64_t rowid = sqlite3_column_int64(stmt, 0), seq = sqlite3_column_int64(stmt, 1);
    struct ts_bytes meta = ts_db_bytes(stmt, 2), data = ts_db_bytes(stmt, 3);
    struct ts_bytes link = ts_db_bytes(stmt, 4);
    struct ts_record_hash stored;
    struct ts_err wrong = {0};
    char what[128];

    if (rowid < 1 || rowid > (int64_t)replay->track_count)
        return damaged_at(err, "unknown", (long)seq, "A record of a stream that is not listed");
    struct track *track = &replay->tracks[rowid];
    struct ts_chain *chain = &track->stream->chain;
    if (link.len != sizeof stored.b)
        return damaged_at(err, chain->stream.s, seq, "A record's link is damaged");
    memcpy(stored.b, link.ptr, sizeof stored.b);
    if (ts_chain_check(chain, seq, ts_bytes_str(meta), ts_bytes_str(data), &stored, &wrong) != 0) {
        snprintf(what, sizeof what, "%s: %.90s", wrong.code, wrong.detail);
        return damaged_at(err, chain->stream.s, seq, what);
    }
    if (check_checkpoint(track, err) != 0)
        return -1;
    if (seq <= track->snapshot_seq) {
        if (seq == track->snapshot_seq && !ts_record_hash_equal(&track->snapshot_link, &stored))
            return damaged_at(err, chain->stream.s, seq, "A snapshot of another history");
        return 0;
    }
    if (replay->reader->record)
        add_item(chunk, &chain->stream, seq, meta, data, &stored);
    return 0;
}

static int read_rows(struct replay *replay, sqlite3_stmt *stmt, struct ts_err *err)
{
    struct chunk *chunk = take_empty(replay);
    int rc;
    while (chunk && (rc = ts_db_step(stmt, err)) == 1) {
        rc = read_row(replay, stmt, chunk, err);
        if (rc != 0)
            break;
        if (chunk->count == CHUNK_ITEMS || chunk->bytes.len >= CHUNK_BYTES) {
            hand_over(replay);
            chunk = take_empty(replay);
        }
    }
    if (!chunk)
        return 0;      /* stopped: the caller has its own error */
    hand_over(replay); /* what was good up to here */
    return rc;
}

static void *reading_thread(void *arg)
{
    struct replay *replay = arg;
    sqlite3_stmt *stmt;
    int rc =
        ts_db_prepare(replay->store->db, &stmt,
                      "SELECT stream, seq, meta, data, link FROM record ORDER BY n", &replay->err);
    if (rc == 0) {
        rc = read_rows(replay, stmt, &replay->err);
        sqlite3_finalize(stmt);
    }
    pthread_mutex_lock(&replay->lock);
    replay->rc = rc;
    replay->ended = true;
    pthread_cond_broadcast(&replay->changed);
    pthread_mutex_unlock(&replay->lock);
    return NULL;
}

/* ---- Records: the caller's thread ---- */

static int give_chunk(const struct replay *replay, const struct chunk *chunk, struct ts_err *err)
{
    const char *bytes = (const char *)chunk->bytes.ptr;
    for (size_t i = 0; i < chunk->count; i++) {
        const struct item *item = &chunk->items[i];
        struct ts_journal_record record = {
            .stream = item->stream,
            .seq = item->seq,
            .meta = {bytes + item->meta_at, item->meta_len},
            .data = {bytes + item->data_at, item->data_len},
            .link = &item->link,
        };
        if (replay->reader->record(replay->reader->ctx, &record, err) != 0)
            return -1;
    }
    return 0;
}

/* Takes chunks until the reading thread has ended or a callback says stop. */
static int give_all(struct replay *replay, struct ts_err *err)
{
    int rc = 0;
    pthread_mutex_lock(&replay->lock);
    while (rc == 0) {
        while (replay->filled == replay->emptied && !replay->ended)
            pthread_cond_wait(&replay->changed, &replay->lock);
        if (replay->filled == replay->emptied)
            break;
        pthread_mutex_unlock(&replay->lock);
        rc = give_chunk(replay, &replay->chunks[replay->emptied % CHUNKS], err);
        pthread_mutex_lock(&replay->lock);
        replay->emptied++;
        pthread_cond_broadcast(&replay->changed);
    }
    replay->stopped = true;
    pthread_cond_broadcast(&replay->changed);
    pthread_mutex_unlock(&replay->lock);
    return rc;
}

static int read_records(struct replay *replay, struct ts_err *err)
{
    pthread_t thread;
    replay->chunks = calloc(CHUNKS, sizeof *replay->chunks);
    if (!replay->chunks)
        abort();
    pthread_mutex_init(&replay->lock, NULL);
    pthread_cond_init(&replay->changed, NULL);
    if (pthread_create(&thread, NULL, reading_thread, replay) != 0)
        abort();
    int rc = give_all(replay, err);
    pthread_join(thread, NULL);
    if (rc == 0 && replay->rc != 0) {
        *err = replay->err;
        rc = -1;
    }
    pthread_cond_destroy(&replay->changed);
    pthread_mutex_destroy(&replay->lock);
    for (size_t i = 0; i < CHUNKS; i++)
        ts_buf_free(&replay->chunks[i].bytes);
    free(replay->chunks);
    return rc;
}

/* Does every stream end where its row says, with every checkpoint and snapshot passed? */
static int check_ends(const struct replay *replay, struct ts_err *err)
{
    for (size_t i = 1; i <= replay->track_count; i++) {
        const struct track *track = &replay->tracks[i];
        const struct ts_store_stream *stream = track->stream;
        const struct ts_chain *chain = &stream->chain;
        if (stream->stored_seq != chain->seq ||
            !ts_record_hash_equal(&stream->stored_head, &chain->head))
            return damaged_at(err, chain->stream.s, chain->seq,
                              "The stream does not end where its head says: records are missing");
        if (track->checkpoint_next != track->checkpoint_count || track->snapshot_seq > chain->seq)
            return damaged_at(err, chain->stream.s, chain->seq,
                              "A checkpoint or snapshot behind the end: records are missing");
    }
    return 0;
}

static int give_checkpoints(const struct replay *replay, struct ts_err *err)
{
    const struct ts_journal_reader *reader = replay->reader;
    for (size_t i = 0; reader->checkpoint && i < replay->checkpoint_count; i++) {
        if (reader->checkpoint(reader->ctx, &replay->checkpoints[i], err) != 0)
            return -1;
    }
    return 0;
}

int ts_replay_records(struct ts_store *store, const struct ts_journal_reader *reader,
                      struct ts_err *err)
{
    struct replay replay = {.store = store, .reader = reader};
    int rc = make_tracks(&replay, err);
    if (rc == 0)
        rc = read_checkpoints(&replay, err);
    if (rc == 0)
        rc = read_snapshots(&replay, err);
    if (rc == 0)
        rc = read_records(&replay, err);
    if (rc == 0)
        rc = check_ends(&replay, err);
    if (rc == 0)
        rc = give_checkpoints(&replay, err);
    free(replay.checkpoints);
    free(replay.tracks);
    return rc;
}

/* ---- Content and secrets ---- */

static int read_content(const struct ts_journal_reader *reader, sqlite3_stmt *stmt,
                        struct ts_err *err)
{
    struct ts_str name = ts_bytes_str(ts_db_bytes(stmt, 0));
    struct ts_bytes key = ts_db_bytes(stmt, 1), nonce = ts_db_bytes(stmt, 2);
    struct ts_bytes sum = ts_db_bytes(stmt, 3), payload = ts_db_bytes(stmt, 4);
    size_t len = (size_t)sqlite3_column_int64(stmt, 5);
    struct ts_journal_content content = {.key = key.ptr, .nonce = nonce.ptr, .ciphertext = payload};
    bool read = sqlite3_column_type(stmt, 4) != SQLITE_NULL;
    uint8_t want[32];

    if (ts_id_parse(&content.id, name) != 0 || key.len != TS_JOURNAL_KEY_LEN ||
        nonce.len != TS_JOURNAL_NONCE_LEN || sum.len != sizeof want)
        return damaged_item(err, "content", name);
    if (read) {
        ts_store_content_sum(want, name, key.ptr, nonce.ptr, payload);
        if (memcmp(want, sum.ptr, sizeof want) != 0)
            return damaged_item(err, "content", name);
        if (!content.ciphertext.ptr)
            content.ciphertext.ptr = (const uint8_t *)""; /* empty, but there */
    } else {
        content.ciphertext = (struct ts_bytes){NULL, len};
    }
    return reader->content(reader->ctx, &content, err);
}

int ts_replay_content(struct ts_store *store, const struct ts_journal_reader *reader,
                      struct ts_err *err)
{
    sqlite3_stmt *stmt;
    int rc;
    if (!reader->content)
        return 0;
    if (ts_db_prepare(
            store->db, &stmt,
            "SELECT id, key, nonce, sum, CASE WHEN length(payload) <= ?1 THEN payload END,"
            " length(payload) FROM content ORDER BY n",
            err) != 0)
        return -1;
    sqlite3_bind_int64(stmt, 1, (int64_t)reader->content_max);
    while ((rc = ts_db_step(stmt, err)) == 1) {
        rc = read_content(reader, stmt, err);
        if (rc != 0)
            break;
    }
    sqlite3_finalize(stmt);
    return rc;
}

int ts_replay_secrets(struct ts_store *store, const struct ts_journal_reader *reader,
                      struct ts_err *err)
{
    sqlite3_stmt *stmt;
    int rc;
    if (ts_db_prepare(store->db, &stmt, "SELECT name, value, sum FROM secret ORDER BY name", err) !=
        0)
        return -1;
    while ((rc = ts_db_step(stmt, err)) == 1) {
        struct ts_str name = ts_bytes_str(ts_db_bytes(stmt, 0));
        struct ts_bytes value = ts_db_bytes(stmt, 1), sum = ts_db_bytes(stmt, 2);
        uint8_t want[32];
        ts_store_secret_sum(want, name, value);
        if (sum.len != sizeof want || memcmp(want, sum.ptr, sizeof want) != 0) {
            rc = damaged_item(err, "secret", name);
            break;
        }
        if (reader->secret)
            reader->secret(reader->ctx, name, value);
    }
    sqlite3_finalize(stmt);
    return rc;
}
