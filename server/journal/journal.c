#include "server/journal/journal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/journal/batch.h"
#include "server/journal/box_sqlite.h"
#include "server/journal/boxes_sqlite.h"
#include "server/journal/checkpointer_sqlite.h"
#include "server/journal/db_sqlite.h"
#include "server/journal/export_sqlite.h"
#include "server/journal/replay_sqlite.h"
#include "server/journal/store_sqlite.h"
#include "server/journal/tombs_sqlite.h"

/* More than this is not gathered into one commit: nobody should wait for a stranger's photograph.
 */
#define GROUP_BYTES (8u * 1024 * 1024)

struct ts_journal {
    char dir[1024];
    char tombstone_dir[1024];
    char *vfs; /* owned; NULL: the default */
    void (*notify)(void *ctx);
    void *notify_ctx;
    int lock_fd;

    /* The owner's until loading is done, then the writer's. */
    struct ts_store store;
    struct ts_tombs tombs;
    struct ts_boxes boxes;

    struct ts_checkpointer *checkpointer; /* NULL: not loaded */
    pthread_t writer;
    pthread_mutex_t lock; /* everything below */
    pthread_cond_t work;
    struct ts_journal_batch *queue;
    struct ts_journal_batch **queue_last;
    uint64_t submitted; /* ticket of the last batch taken */
    size_t pending_bytes;
    bool stopping;
    struct ts_err failure; /* code NULL: none */
    _Atomic uint64_t completed;
    _Atomic bool failed;

    pthread_mutex_t read_lock; /* the connection for ts_journal_content_get() */
    sqlite3 *read_db;
};

/* ---- Opening ---- */

static int rights(struct ts_err *err, const char *dir)
{
    return ts_err_set(
        err, "journal.rights",
        "Cannot use the directory %.120s (%s). Check that it can be made and belongs to "
        "the server's user",
        dir, strerror(errno));
}

static int make_dir(const char *dir, struct ts_err *err)
{
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return rights(err, dir);
    return 0;
}

/* SQLite's locks guard files; this guards the directory as a whole. */
static int take_lock(struct ts_journal *j, struct ts_err *err)
{
    char path[TS_DB_PATH_MAX + 8];
    snprintf(path, sizeof path, "%s/lock", j->dir);
    j->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (j->lock_fd < 0)
        return rights(err, j->dir);
    if (flock(j->lock_fd, LOCK_EX | LOCK_NB) != 0)
        return ts_err_set(err, "journal.in_use",
                          "Another server is running on %.120s. Stop it, or use another directory",
                          j->dir);
    return 0;
}

/* New files are found again after a power cut only once their directory is on the disk. */
static int sync_dir(const char *dir, struct ts_err *err)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return rights(err, dir);
    int rc = fsync(fd);
    close(fd);
    return rc == 0 ? 0 : ts_db_fail(NULL, SQLITE_IOERR_DIR_FSYNC, err);
}

int ts_journal_open(struct ts_journal **out, const struct ts_journal_options *options,
                    struct ts_err *err)
{
    struct ts_journal *j = calloc(1, sizeof *j);
    if (!j || sodium_init() < 0)
        abort();
    *err = (struct ts_err){0};
    snprintf(j->dir, sizeof j->dir, "%s", options->dir);
    snprintf(j->tombstone_dir, sizeof j->tombstone_dir, "%s",
             options->tombstone_dir ? options->tombstone_dir : options->dir);
    if (options->vfs && !(j->vfs = strdup(options->vfs)))
        abort();
    j->notify = options->notify;
    j->notify_ctx = options->notify_ctx;
    j->lock_fd = -1;
    j->queue_last = &j->queue;
    pthread_mutex_init(&j->lock, NULL);
    pthread_mutex_init(&j->read_lock, NULL);
    pthread_cond_init(&j->work, NULL);

    if (make_dir(j->dir, err) != 0 || make_dir(j->tombstone_dir, err) != 0 ||
        take_lock(j, err) != 0 || ts_store_open(&j->store, j->dir, j->vfs, err) != 0 ||
        ts_tombs_open(&j->tombs, j->tombstone_dir, j->vfs, err) != 0 ||
        ts_boxes_open(&j->boxes, j->dir, j->vfs, err) != 0 || sync_dir(j->dir, err) != 0 ||
        sync_dir(j->tombstone_dir, err) != 0) {
        ts_journal_close(j);
        return -1;
    }
    *out = j;
    return 0;
}

/* ---- Loading ---- */

struct burying {
    struct ts_journal *j;
    const struct ts_journal_reader *reader;
};

/* A restored backup may have brought erased content back: erase it again before anybody can read
 * it. */
static int bury_again(void *ctx, const struct ts_id *id, int64_t at_ms, struct ts_err *err)
{
    struct burying *burying = ctx;
    struct ts_batch_op op = {.kind = TS_BATCH_ERASE, .id = *id};
    (void)at_ms;
    return ts_store_apply(&burying->j->store, &op, err);
}

static int tell_tombstone(void *ctx, const struct ts_id *id, int64_t at_ms, struct ts_err *err)
{
    struct burying *burying = ctx;
    (void)err;
    burying->reader->tombstone(burying->reader->ctx, id, at_ms);
    return 0;
}

static int load_tombstones(struct ts_journal *j, struct ts_err *err)
{
    struct burying burying = {.j = j};
    if (ts_store_begin(&j->store, err) != 0 ||
        ts_tombs_each(&j->tombs, bury_again, &burying, err) != 0 ||
        ts_store_commit(&j->store, err) != 0)
        return -1;
    return ts_store_scrub(&j->store, err);
}

static void fail(struct ts_journal *j, const struct ts_err *err);
static void *writer_thread(void *arg);

static void checkpoint_failed(void *ctx, const struct ts_err *err)
{
    fail(ctx, err);
}

int ts_journal_load(struct ts_journal *j, const struct ts_journal_reader *reader,
                    struct ts_err *err)
{
    struct burying burying = {j, reader};
    assert(!j->checkpointer);
    *err = (struct ts_err){0};
    if (ts_replay_records(&j->store, reader, err) != 0 || load_tombstones(j, err) != 0 ||
        ts_replay_content(&j->store, reader, err) != 0)
        return -1;
    if (reader->tombstone && ts_tombs_each(&j->tombs, tell_tombstone, &burying, err) != 0)
        return -1;
    if (ts_replay_secrets(&j->store, reader, err) != 0 ||
        ts_boxes_load(&j->boxes, reader, err) != 0)
        return -1;
    j->checkpointer = ts_checkpointer_start(&j->store, j->vfs, checkpoint_failed, j, err);
    if (!j->checkpointer)
        return -1;
    if (pthread_create(&j->writer, NULL, writer_thread, j) != 0)
        abort();
    return 0;
}

/* ---- The writer ---- */

/* From now on nothing is called done. The first failure is the one that is told. */
static void fail(struct ts_journal *j, const struct ts_err *err)
{
    pthread_mutex_lock(&j->lock);
    if (!j->failure.code)
        j->failure = *err;
    atomic_store(&j->failed, true);
    pthread_cond_broadcast(&j->work);
    pthread_mutex_unlock(&j->lock);
    if (j->notify)
        j->notify(j->notify_ctx);
}

/* Everything that waits goes into one commit, up to a size and up to a batch that makes or removes
 * a box (what stands behind it must see that done). No timer: while one commit syncs, the next
 * group gathers. NULL: stop. */
static struct ts_journal_batch *take_group(struct ts_journal *j)
{
    pthread_mutex_lock(&j->lock);
    while (!j->queue && !j->stopping && !j->failure.code)
        pthread_cond_wait(&j->work, &j->lock);
    struct ts_journal_batch *group = j->failure.code ? NULL : j->queue, *last = group;
    if (group) {
        size_t bytes = group->bytes;
        while (last->next && !last->reshapes && bytes + last->next->bytes <= GROUP_BYTES) {
            last = last->next;
            bytes += last->bytes;
        }
        j->queue = last->next;
        if (!j->queue)
            j->queue_last = &j->queue;
        last->next = NULL;
    }
    pthread_mutex_unlock(&j->lock);
    return group;
}

/* The order within a group (docs/journal.md section 10): tombstones and ballots first, since the
 * records speak of them; then the records; then what the records allow to remove. */
static int commit_group(struct ts_journal *j, const struct ts_journal_batch *group,
                        struct ts_err *err)
{
    bool main_file = false;
    for (const struct ts_journal_batch *b = group; b; b = b->next) {
        for (const struct ts_batch_op *op = b->first; op; op = op->next) {
            main_file = main_file || op->kind <= TS_BATCH_SNAPSHOT;
            if (op->kind == TS_BATCH_ERASE &&
                ts_tombs_add(&j->tombs, &op->id, op->number, err) != 0)
                return -1;
            if (ts_boxes_apply(&j->boxes, op, err) != 0)
                return -1;
        }
    }
    if (ts_tombs_commit(&j->tombs, err) != 0 || ts_boxes_commit(&j->boxes, err) != 0)
        return -1;
    if (main_file && ts_store_begin(&j->store, err) != 0)
        return -1;
    for (const struct ts_journal_batch *b = group; b && main_file; b = b->next) {
        for (const struct ts_batch_op *op = b->first; op; op = op->next) {
            if (ts_store_apply(&j->store, op, err) != 0)
                return -1;
        }
    }
    if (main_file && (ts_store_commit(&j->store, err) != 0 ||
                      ts_checkpointer_after_commit(j->checkpointer, err) != 0))
        return -1;
    for (const struct ts_journal_batch *b = group; b; b = b->next) {
        for (const struct ts_batch_op *op = b->first; op; op = op->next) {
            if (ts_boxes_finish(&j->boxes, op, err) != 0)
                return -1;
        }
    }
    return 0;
}

/* Frees a list of batches; returns the last ticket and, added up, the bytes. */
static uint64_t free_group(struct ts_journal_batch *group, size_t *bytes)
{
    uint64_t ticket = 0;
    *bytes = 0;
    for (struct ts_journal_batch *b = group, *next; b; b = next) {
        next = b->next;
        ticket = b->ticket;
        *bytes += b->bytes;
        ts_journal_batch_free(b);
    }
    return ticket;
}

static void *writer_thread(void *arg)
{
    struct ts_journal *j = arg;
    for (struct ts_journal_batch *group; (group = take_group(j));) {
        struct ts_err err = {0};
        size_t bytes;
        int rc = commit_group(j, group, &err);
        uint64_t ticket = free_group(group, &bytes);
        if (rc != 0) {
            fail(j, &err);
            break;
        }
        pthread_mutex_lock(&j->lock);
        j->pending_bytes -= bytes;
        /* A failed checkpoint says that the disk cannot be trusted: then this is not done either.
         */
        bool good = !j->failure.code;
        if (good)
            atomic_store(&j->completed, ticket);
        pthread_mutex_unlock(&j->lock);
        if (good && j->notify)
            j->notify(j->notify_ctx);
    }
    return NULL;
}

/* ---- The owner ---- */

uint64_t ts_journal_submit(struct ts_journal *j, struct ts_journal_batch *b)
{
    uint64_t ticket = 0;
    assert(j->checkpointer);
    pthread_mutex_lock(&j->lock);
    if (!j->failure.code) {
        ticket = b->ticket = ++j->submitted;
        j->pending_bytes += b->bytes;
        *j->queue_last = b;
        j->queue_last = &b->next;
        b = NULL;
        pthread_cond_signal(&j->work);
    }
    pthread_mutex_unlock(&j->lock);
    ts_journal_batch_free(b);
    return ticket;
}

uint64_t ts_journal_completed(const struct ts_journal *j)
{
    return atomic_load(&j->completed);
}

/* The mutex is no part of what const promises. */
static pthread_mutex_t *lock_of(const struct ts_journal *j)
{
    return (pthread_mutex_t *)&j->lock;
}

bool ts_journal_failed(const struct ts_journal *j, struct ts_err *err)
{
    if (!atomic_load(&j->failed))
        return false;
    pthread_mutex_lock(lock_of(j));
    *err = j->failure;
    pthread_mutex_unlock(lock_of(j));
    return true;
}

size_t ts_journal_pending_bytes(const struct ts_journal *j)
{
    pthread_mutex_lock(lock_of(j));
    size_t bytes = j->pending_bytes;
    pthread_mutex_unlock(lock_of(j));
    return bytes;
}

static void stop_threads(struct ts_journal *j)
{
    if (!j->checkpointer)
        return;
    pthread_mutex_lock(&j->lock);
    j->stopping = true;
    pthread_cond_broadcast(&j->work);
    pthread_mutex_unlock(&j->lock);
    pthread_join(j->writer, NULL);
    ts_checkpointer_stop(j->checkpointer);
}

void ts_journal_close(struct ts_journal *j)
{
    size_t bytes;
    if (!j)
        return;
    stop_threads(j);
    free_group(j->queue, &bytes);
    ts_db_close(j->read_db);
    /* After a failure the log is left for the next start, which writes it anew. */
    if (j->store.db && atomic_load(&j->failed))
        sqlite3_db_config(j->store.db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    ts_boxes_close(&j->boxes);
    ts_tombs_close(&j->tombs);
    ts_store_close(&j->store);
    if (j->lock_fd >= 0)
        close(j->lock_fd);
    pthread_cond_destroy(&j->work);
    pthread_mutex_destroy(&j->read_lock);
    pthread_mutex_destroy(&j->lock);
    free(j->vfs);
    free(j);
}

/* ---- Reading while it runs ---- */

int ts_journal_content_get(struct ts_journal *j, const struct ts_id *id,
                           uint8_t key[static TS_JOURNAL_KEY_LEN],
                           uint8_t nonce[static TS_JOURNAL_NONCE_LEN], struct ts_buf *ciphertext,
                           struct ts_err *err)
{
    int rc = 0;
    *err = (struct ts_err){0};
    pthread_mutex_lock(&j->read_lock);
    if (!j->read_db)
        rc = ts_db_open(&j->read_db, j->store.path, j->vfs, TS_DB_READ, err);
    if (rc == 0)
        rc = ts_export_content(j->read_db, id, key, nonce, ciphertext, err);
    pthread_mutex_unlock(&j->read_lock);
    return rc;
}

int ts_journal_box_read(struct ts_journal *j, const struct ts_id *uuid,
                        int (*slot)(void *ctx, const struct ts_journal_slot *slot,
                                    struct ts_err *err),
                        void *ctx, struct ts_err *err)
{
    *err = (struct ts_err){0};
    return ts_box_read(j->boxes.dir, j->vfs, uuid, slot, ctx, err);
}

int ts_journal_export(struct ts_journal *j, const struct ts_journal_export *what,
                      struct ts_err *err)
{
    *err = (struct ts_err){0};
    return ts_export_section(j->store.path, j->vfs, what, err);
}
