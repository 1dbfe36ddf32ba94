#include "server/journal/checkpointer_sqlite.h"

#include <pthread.h>
#include <stdlib.h>

#include "server/journal/db_sqlite.h"

/* Pages of the log. 1000 (4 MB): often enough that each run is short. 4000: a log that never runs
 * empty under load is made to begin anew by the writer, who then has only the last few pages to
 * move. */
#define WAKE_PAGES 1000
#define RESTART_PAGES 4000

struct ts_checkpointer {
    struct ts_store *store;
    sqlite3 *db; /* the thread's own connection */
    void (*failed)(void *ctx, const struct ts_err *err);
    void *ctx;
    int log_pages; /* the writer's: as of its last commit */
    int wake_at;   /* the writer's: log_pages at which the thread is woken next */
    pthread_t thread;
    pthread_mutex_t running; /* held while the log is being moved */
    pthread_mutex_t lock;    /* the following */
    pthread_cond_t wake;
    bool due;
    bool moved; /* since the log last began anew */
    bool stopping;
};

static int on_commit(void *ctx, sqlite3 *db, const char *name, int pages)
{
    struct ts_checkpointer *c = ctx;
    (void)db;
    (void)name;
    if (pages < c->log_pages)
        c->wake_at = WAKE_PAGES; /* the log has begun anew */
    c->log_pages = pages;
    return SQLITE_OK;
}

static void *moving_thread(void *arg)
{
    struct ts_checkpointer *c = arg;
    pthread_mutex_lock(&c->lock);
    for (;;) {
        while (!c->due && !c->stopping)
            pthread_cond_wait(&c->wake, &c->lock);
        if (c->stopping)
            break;
        c->due = false;
        pthread_mutex_unlock(&c->lock);

        pthread_mutex_lock(&c->running);
        int rc = sqlite3_wal_checkpoint_v2(c->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
        pthread_mutex_unlock(&c->running);
        if (rc != SQLITE_OK && rc != SQLITE_BUSY && rc != SQLITE_LOCKED) {
            struct ts_err err = {0};
            ts_db_fail(c->db, rc, &err);
            c->failed(c->ctx, &err);
            return NULL;
        }

        pthread_mutex_lock(&c->lock);
        c->moved = true;
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

struct ts_checkpointer *ts_checkpointer_start(struct ts_store *store, const char *vfs,
                                              void (*failed)(void *ctx, const struct ts_err *err),
                                              void *ctx, struct ts_err *err)
{
    struct ts_checkpointer *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    c->store = store;
    c->failed = failed;
    c->ctx = ctx;
    c->wake_at = WAKE_PAGES;
    if (ts_db_open(&c->db, store->path, vfs, TS_DB_WAL, err) != 0) {
        free(c);
        return NULL;
    }
    pthread_mutex_init(&c->running, NULL);
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->wake, NULL);
    sqlite3_wal_hook(store->db, on_commit, c);
    if (pthread_create(&c->thread, NULL, moving_thread, c) != 0)
        abort();
    return c;
}

void ts_checkpointer_stop(struct ts_checkpointer *c)
{
    pthread_mutex_lock(&c->lock);
    c->stopping = true;
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
    pthread_join(c->thread, NULL);
    sqlite3_wal_hook(c->store->db, NULL, NULL);
    /* The writer's connection closes last and decides about the log. */
    sqlite3_db_config(c->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    ts_db_close(c->db);
    pthread_cond_destroy(&c->wake);
    pthread_mutex_destroy(&c->lock);
    pthread_mutex_destroy(&c->running);
    free(c);
}

static int restart_log(struct ts_checkpointer *c, struct ts_err *err)
{
    int rc = sqlite3_wal_checkpoint_v2(c->store->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    if (rc != SQLITE_OK && rc != SQLITE_BUSY)
        return ts_db_fail(c->store->db, 0, err);
    return 0; /* the next commit finds everything moved and begins at the front */
}

int ts_checkpointer_after_commit(struct ts_checkpointer *c, struct ts_err *err)
{
    int rc = 0;
    pthread_mutex_lock(&c->lock);
    bool restart = c->log_pages >= RESTART_PAGES && c->moved;
    if (restart) {
        c->moved = false;
    } else if (c->log_pages >= c->wake_at) {
        c->wake_at = c->log_pages + WAKE_PAGES;
        c->due = true;
        pthread_cond_signal(&c->wake);
    }
    pthread_mutex_unlock(&c->lock);
    if (!restart && !c->store->scrub_due)
        return 0;
    pthread_mutex_lock(&c->running);
    if (restart)
        rc = restart_log(c, err);
    if (rc == 0)
        rc = ts_store_scrub(c->store, err);
    pthread_mutex_unlock(&c->running);
    return rc;
}
