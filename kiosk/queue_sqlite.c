#include "kiosk/queue.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A row's blob: header, payload, zeros. */
#define AT_CREDENTIAL 0
#define AT_STATE 32
#define AT_SENT 33
#define AT_LENGTH 36 /* little-endian */
#define AT_HASH 40
#define AT_PAYLOAD 72

#define APPLICATION_ID 0x54535131 /* "TSQ1" */

struct row {
    int64_t id; /* in the file: random */
    enum ts_queue_state state;
    enum ts_queue_sent sent;
    struct ts_digest hash;
};

struct ts_queue {
    sqlite3 *db;
    struct row *rows; /* by place in the list of credentials */
    size_t count;
    size_t payload_max;
};

static int disk(struct ts_queue *q, const char *doing, struct ts_err *err)
{
    return ts_err_set(err, "queue.disk", "%s: %s", doing,
                      q->db ? sqlite3_errmsg(q->db) : "out of memory");
}

static int run(struct ts_queue *q, const char *sql, struct ts_err *err)
{
    if (sqlite3_exec(q->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return disk(q, sql, err);
    return 0;
}

static void undo(struct ts_queue *q)
{
    if (!sqlite3_get_autocommit(q->db))
        sqlite3_exec(q->db, "ROLLBACK", NULL, NULL, NULL);
}

/* One number that a statement gives; -1 on failure. */
static int64_t number(struct ts_queue *q, const char *sql)
{
    sqlite3_stmt *statement;
    int64_t n = -1;
    if (sqlite3_prepare_v2(q->db, sql, -1, &statement, NULL) != SQLITE_OK)
        return -1;
    if (sqlite3_step(statement) == SQLITE_ROW)
        n = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return n;
}

/* The new file's name must last as well. */
static int sync_directory(const char *path, struct ts_err *err)
{
    const char *slash = strrchr(path, '/');
    char *directory = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    if (!directory)
        abort();
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(directory);
    int rc = fd < 0 ? -1 : fsync(fd);
    int saved = errno;
    if (fd >= 0)
        close(fd);
    if (rc != 0)
        return ts_err_set(err, "queue.disk", "sync directory: %s", strerror(saved));
    return 0;
}

/* A permutation of 0..count-1, each with the same chance. */
static size_t *shuffled(size_t count)
{
    size_t *order = calloc(count, sizeof *order);
    if (!order)
        abort();
    for (size_t i = 0; i < count; i++) {
        size_t j = randombytes_uniform((uint32_t)i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    return order;
}

static int insert_rows(struct ts_queue *q, const struct ts_point *credentials, struct ts_err *err)
{
    size_t size = AT_PAYLOAD + q->payload_max;
    size_t *order = shuffled(q->count);
    uint8_t *blob = calloc(1, size);
    sqlite3_stmt *statement = NULL;
    int rc = 0;
    if (!blob)
        abort();
    if (sqlite3_prepare_v2(q->db, "INSERT INTO slip(id, row) VALUES(?1, ?2)", -1, &statement,
                           NULL) != SQLITE_OK)
        rc = disk(q, "insert", err);
    for (size_t i = 0; i < q->count && rc == 0; i++) {
        memcpy(blob + AT_CREDENTIAL, credentials[order[i]].b, 32);
        sqlite3_bind_int64(statement, 1, (int64_t)i + 1);
        sqlite3_bind_blob(statement, 2, blob, (int)size, SQLITE_STATIC);
        if (sqlite3_step(statement) != SQLITE_DONE)
            rc = disk(q, "insert", err);
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    free(blob);
    free(order);
    return rc;
}

static int create(struct ts_queue *q, const struct ts_point *credentials, struct ts_err *err)
{
    char pragma[64];
    snprintf(pragma, sizeof pragma, "PRAGMA application_id = %d", APPLICATION_ID);
    if (run(q, "BEGIN IMMEDIATE", err) != 0 || run(q, pragma, err) != 0 ||
        run(q, "CREATE TABLE slip(id INTEGER PRIMARY KEY, row BLOB NOT NULL)", err) != 0 ||
        insert_rows(q, credentials, err) != 0 || run(q, "COMMIT", err) != 0) {
        undo(q);
        return -1;
    }
    return 0;
}

static int compare_points(const void *a, const void *b)
{
    return ts_point_compare(a, b);
}

static int load_row(struct ts_queue *q, const struct ts_point *credentials, int64_t id,
                    const uint8_t *blob, size_t size, struct ts_err *err)
{
    struct ts_point credential;
    if (size != AT_PAYLOAD + q->payload_max)
        return ts_err_set(err, "queue.other", "rows are of another size");
    memcpy(credential.b, blob + AT_CREDENTIAL, 32);
    const struct ts_point *at =
        bsearch(&credential, credentials, q->count, sizeof *credentials, compare_points);
    if (!at)
        return ts_err_set(err, "queue.other", "a row is of another pack");
    struct row *row = &q->rows[at - credentials];
    if (row->id != 0 || blob[AT_STATE] > TS_QUEUE_VOID || blob[AT_SENT] > TS_QUEUE_REFUSED ||
        (blob[AT_STATE] == TS_QUEUE_EMPTY && blob[AT_SENT] != TS_QUEUE_WAITING))
        return ts_err_set(err, "queue.damaged", "row %lld cannot be", (long long)id);
    row->id = id;
    row->state = blob[AT_STATE];
    row->sent = blob[AT_SENT];
    memcpy(row->hash.b, blob + AT_HASH, TS_DIGEST_BYTES);
    return 0;
}

static int load(struct ts_queue *q, const struct ts_point *credentials, struct ts_err *err)
{
    sqlite3_stmt *statement;
    size_t found = 0;
    int rc = 0, step = SQLITE_ERROR;
    if (number(q, "PRAGMA application_id") != APPLICATION_ID)
        return ts_err_set(err, "queue.other", "not a queue");
    if (sqlite3_prepare_v2(q->db, "SELECT id, row FROM slip", -1, &statement, NULL) != SQLITE_OK)
        return disk(q, "read", err);
    while (rc == 0 && (step = sqlite3_step(statement)) == SQLITE_ROW) {
        rc = load_row(q, credentials, sqlite3_column_int64(statement, 0),
                      sqlite3_column_blob(statement, 1), (size_t)sqlite3_column_bytes(statement, 1),
                      err);
        found++;
    }
    if (rc == 0 && step != SQLITE_DONE)
        rc = disk(q, "read", err);
    sqlite3_finalize(statement);
    if (rc == 0 && found != q->count)
        rc = ts_err_set(err, "queue.other", "%zu rows for %zu slips", found, q->count);
    return rc;
}

static int open_file(struct ts_queue *q, const char *path, int create, struct ts_err *err)
{
    /* EXTRA: the truncated journal and its directory are synced too. secure_delete: a freed page is
     * zeroed. A journal in memory would lose the file in a power cut, so temp_store only. */
    static const char settings[] = "PRAGMA page_size = 4096; PRAGMA locking_mode = EXCLUSIVE;"
                                   "PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = EXTRA;"
                                   "PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY;"
                                   "PRAGMA cache_size = -16000; PRAGMA cell_size_check = ON;";
    if (sqlite3_open_v2(path, &q->db, SQLITE_OPEN_READWRITE | create, NULL) != SQLITE_OK)
        return disk(q, "open", err);
    return run(q, settings, err);
}

int ts_queue_open(struct ts_queue **out, const char *path, const struct ts_point *credentials,
                  size_t count, size_t payload_max, struct ts_err *err)
{
    struct ts_queue *q = calloc(1, sizeof *q);
    *out = NULL;
    if (!q || !(q->rows = calloc(count, sizeof *q->rows)))
        abort();
    q->count = count;
    q->payload_max = payload_max;
    bool fresh = false;
    int rc = open_file(q, path, SQLITE_OPEN_CREATE, err);
    if (rc == 0 && (fresh = number(q, "SELECT count(*) FROM sqlite_schema") == 0))
        rc = create(q, credentials, err);
    if (rc == 0 && fresh)
        rc = sync_directory(path, err);
    if (rc == 0)
        rc = load(q, credentials, err);
    if (rc != 0) {
        ts_queue_close(q);
        return -1;
    }
    *out = q;
    return 0;
}

void ts_queue_close(struct ts_queue *queue)
{
    if (!queue)
        return;
    sqlite3_close(queue->db);
    free(queue->rows);
    free(queue);
}

/* One row into the sums. */
static int look_at(const uint8_t *blob, size_t size, struct ts_queue_counts *counts,
                   struct ts_sethash *set, struct ts_err *err)
{
    if (size < AT_PAYLOAD || blob[AT_STATE] > TS_QUEUE_VOID || blob[AT_SENT] > TS_QUEUE_REFUSED)
        return ts_err_set(err, "queue.damaged", "a row cannot be");
    counts->cast += blob[AT_STATE] == TS_QUEUE_CAST;
    counts->opened += blob[AT_STATE] == TS_QUEUE_OPENED;
    counts->voided += blob[AT_STATE] == TS_QUEUE_VOID;
    counts->waiting += blob[AT_STATE] != TS_QUEUE_EMPTY && blob[AT_SENT] == TS_QUEUE_WAITING;
    counts->refused += blob[AT_SENT] == TS_QUEUE_REFUSED;
    if (blob[AT_STATE] == TS_QUEUE_CAST)
        ts_sethash_add(set, blob + AT_HASH);
    return 0;
}

static int look(struct ts_queue *q, size_t *slips, struct ts_queue_counts *counts,
                struct ts_sethash *set, struct ts_err *err)
{
    sqlite3_stmt *statement;
    int rc = 0, step = SQLITE_ERROR;
    if (number(q, "PRAGMA application_id") != APPLICATION_ID)
        return ts_err_set(err, "queue.other", "not a queue, or the booth runs");
    if (sqlite3_prepare_v2(q->db, "SELECT row FROM slip", -1, &statement, NULL) != SQLITE_OK)
        return disk(q, "read", err);
    while (rc == 0 && (step = sqlite3_step(statement)) == SQLITE_ROW) {
        rc = look_at(sqlite3_column_blob(statement, 0), (size_t)sqlite3_column_bytes(statement, 0),
                     counts, set, err);
        ++*slips;
    }
    if (rc == 0 && step != SQLITE_DONE)
        rc = disk(q, "read", err);
    sqlite3_finalize(statement);
    return rc;
}

int ts_queue_look(const char *path, size_t *slips, struct ts_queue_counts *counts,
                  struct ts_sethash *set, struct ts_err *err)
{
    struct ts_queue q = {0};
    *slips = 0;
    *counts = (struct ts_queue_counts){0};
    *set = (struct ts_sethash){{0}};
    int rc = open_file(&q, path, 0, err);
    if (rc == 0)
        rc = look(&q, slips, counts, set, err);
    sqlite3_close(q.db);
    return rc;
}

int ts_queue_remove(const char *path, struct ts_err *err)
{
    char journal[4096];
    snprintf(journal, sizeof journal, "%s-journal", path);
    if (access(journal, F_OK) != 0 && access(path, F_OK) != 0 && errno == ENOENT)
        return 0;
    if ((unlink(journal) != 0 && errno != ENOENT) || (unlink(path) != 0 && errno != ENOENT))
        return ts_err_set(err, "queue.disk", "remove: %s", strerror(errno));
    return sync_directory(path, err);
}

enum ts_queue_state ts_queue_state(const struct ts_queue *queue, size_t row)
{
    assert(row < queue->count);
    return queue->rows[row].state;
}

enum ts_queue_sent ts_queue_sent(const struct ts_queue *queue, size_t row)
{
    assert(row < queue->count);
    return queue->rows[row].sent;
}

const struct ts_digest *ts_queue_hash(const struct ts_queue *queue, size_t row)
{
    assert(row < queue->count && queue->rows[row].state == TS_QUEUE_CAST);
    return &queue->rows[row].hash;
}

/* Overwrites bytes of a row where they lie: the blob keeps its size, so no page is allocated or
 * freed, and the file's layout stays that of its making. */
static int overwrite(struct ts_queue *q, int64_t id, const uint8_t *bytes, size_t len, size_t at,
                     struct ts_err *err)
{
    sqlite3_blob *blob = NULL;
    if (run(q, "BEGIN IMMEDIATE", err) != 0)
        return -1;
    int rc = sqlite3_blob_open(q->db, "main", "slip", "row", id, 1, &blob);
    if (rc == SQLITE_OK)
        rc = sqlite3_blob_write(blob, bytes, (int)len, (int)at);
    if (rc != SQLITE_OK)
        disk(q, "write", err);
    int closed = sqlite3_blob_close(blob);
    if (rc == SQLITE_OK && closed != SQLITE_OK)
        rc = disk(q, "write", err);
    if (rc != SQLITE_OK || run(q, "COMMIT", err) != 0) {
        undo(q);
        return -1;
    }
    return 0;
}

int ts_queue_put(struct ts_queue *queue, size_t row, enum ts_queue_state state,
                 const struct ts_digest *hash, struct ts_str payload, struct ts_err *err)
{
    struct row *r = &queue->rows[row];
    assert(row < queue->count && state != TS_QUEUE_EMPTY && payload.len <= queue->payload_max);
    assert((hash != NULL) == (state == TS_QUEUE_CAST));
    if (r->state != TS_QUEUE_EMPTY)
        return ts_err_set(err, "queue.used", "this slip was used on this booth");
    /* State and payload in one write of the whole rest of the row: it is all there or not at all.
     */
    size_t len = AT_PAYLOAD + queue->payload_max - AT_STATE;
    uint8_t *bytes = calloc(1, len);
    if (!bytes)
        abort();
    bytes[0] = (uint8_t)state;
    for (unsigned i = 0; i < 4; i++)
        bytes[AT_LENGTH - AT_STATE + i] = (uint8_t)(payload.len >> (8 * i));
    if (hash)
        memcpy(bytes + AT_HASH - AT_STATE, hash->b, TS_DIGEST_BYTES);
    memcpy(bytes + AT_PAYLOAD - AT_STATE, payload.ptr, payload.len);
    int rc = overwrite(queue, r->id, bytes, len, AT_STATE, err);
    free(bytes);
    if (rc != 0)
        return -1;
    r->state = state;
    r->sent = TS_QUEUE_WAITING;
    if (hash)
        r->hash = *hash;
    return 0;
}

int ts_queue_settle(struct ts_queue *queue, size_t row, enum ts_queue_sent sent, struct ts_err *err)
{
    struct row *r = &queue->rows[row];
    const uint8_t byte = (uint8_t)sent;
    assert(row < queue->count && r->state != TS_QUEUE_EMPTY && sent != TS_QUEUE_WAITING);
    if (r->sent == sent)
        return 0;
    if (overwrite(queue, r->id, &byte, 1, AT_SENT, err) != 0)
        return -1;
    r->sent = sent;
    return 0;
}

static bool is_waiting(const struct ts_queue *q, const bool *skip, size_t row)
{
    return q->rows[row].state != TS_QUEUE_EMPTY && q->rows[row].sent == TS_QUEUE_WAITING &&
           !(skip && skip[row]);
}

static int read_payload(struct ts_queue *q, int64_t id, struct ts_buf *payload, struct ts_err *err)
{
    sqlite3_blob *blob = NULL;
    uint8_t header[4];
    size_t len = 0;
    int rc = sqlite3_blob_open(q->db, "main", "slip", "row", id, 0, &blob);
    if (rc == SQLITE_OK)
        rc = sqlite3_blob_read(blob, header, sizeof header, AT_LENGTH);
    if (rc == SQLITE_OK) {
        len = (size_t)header[0] | (size_t)header[1] << 8 | (size_t)header[2] << 16 |
              (size_t)header[3] << 24;
        if (len > q->payload_max)
            rc = SQLITE_CORRUPT;
    }
    if (rc == SQLITE_OK) {
        ts_buf_reserve(payload, len);
        rc = sqlite3_blob_read(blob, payload->ptr + payload->len, (int)len, AT_PAYLOAD);
    }
    if (rc != SQLITE_OK)
        ts_err_set(err, "queue.disk", "read: %s", sqlite3_errstr(rc));
    else
        payload->len += len;
    sqlite3_blob_close(blob);
    return rc == SQLITE_OK ? 0 : -1;
}

int ts_queue_pick(struct ts_queue *queue, const bool *skip, size_t *row, struct ts_buf *payload,
                  struct ts_err *err)
{
    uint32_t waiting = 0;
    for (size_t i = 0; i < queue->count; i++)
        waiting += is_waiting(queue, skip, i);
    if (waiting == 0)
        return 0;
    uint32_t left = randombytes_uniform(waiting);
    size_t i = 0;
    while (!is_waiting(queue, skip, i) || left-- > 0)
        i++;
    *row = i;
    return read_payload(queue, queue->rows[i].id, payload, err) == 0 ? 1 : -1;
}

struct ts_queue_counts ts_queue_counts(const struct ts_queue *queue)
{
    struct ts_queue_counts counts = {0};
    for (size_t i = 0; i < queue->count; i++) {
        const struct row *row = &queue->rows[i];
        counts.cast += row->state == TS_QUEUE_CAST;
        counts.opened += row->state == TS_QUEUE_OPENED;
        counts.voided += row->state == TS_QUEUE_VOID;
        counts.waiting += row->state != TS_QUEUE_EMPTY && row->sent == TS_QUEUE_WAITING;
        counts.refused += row->sent == TS_QUEUE_REFUSED;
    }
    return counts;
}

struct ts_sethash ts_queue_set(const struct ts_queue *queue)
{
    struct ts_sethash set = {{0}};
    for (size_t i = 0; i < queue->count; i++)
        if (queue->rows[i].state == TS_QUEUE_CAST)
            ts_sethash_add(&set, queue->rows[i].hash.b);
    return set;
}
