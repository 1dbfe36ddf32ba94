#include "server/work/work.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

struct entry {
    void (*run)(void *job);
    void *job;
    struct entry *next;
};

struct queue {
    struct entry *first;
    struct entry **last;
};

struct ts_work {
    pthread_mutex_t lock; /* guards everything below; never held across run or a callback */
    pthread_cond_t more;
    struct queue waiting;
    struct queue finished;
    size_t pending;
    bool stopping;
    bool woken; /* wake was called and nothing was collected since */
    void (*wake)(void *wake_ctx);
    void *wake_ctx;
    unsigned thread_count;
    pthread_t threads[];
};

static void queue_init(struct queue *q)
{
    q->first = NULL;
    q->last = &q->first;
}

static void queue_put(struct queue *q, struct entry *e)
{
    e->next = NULL;
    *q->last = e;
    q->last = &e->next;
}

static struct entry *queue_take(struct queue *q)
{
    struct entry *e = q->first;
    if (e) {
        q->first = e->next;
        if (!q->first)
            q->last = &q->first;
    }
    return e;
}

static void *worker(void *arg)
{
    struct ts_work *work = arg;
    pthread_mutex_lock(&work->lock);
    for (;;) {
        while (!work->waiting.first && !work->stopping)
            pthread_cond_wait(&work->more, &work->lock);
        if (work->stopping)
            break;
        struct entry *e = queue_take(&work->waiting);
        pthread_mutex_unlock(&work->lock);
        e->run(e->job);
        pthread_mutex_lock(&work->lock);
        queue_put(&work->finished, e);
        bool wake = !work->woken && !work->stopping;
        work->woken = true;
        if (wake) {
            pthread_mutex_unlock(&work->lock);
            work->wake(work->wake_ctx);
            pthread_mutex_lock(&work->lock);
        }
    }
    pthread_mutex_unlock(&work->lock);
    return NULL;
}

static void stop_threads(struct ts_work *work, unsigned count)
{
    pthread_mutex_lock(&work->lock);
    work->stopping = true;
    pthread_cond_broadcast(&work->more);
    pthread_mutex_unlock(&work->lock);
    for (unsigned i = 0; i < count; i++)
        pthread_join(work->threads[i], NULL);
}

static void release(struct ts_work *work)
{
    pthread_cond_destroy(&work->more);
    pthread_mutex_destroy(&work->lock);
    free(work);
}

struct ts_work *ts_work_create(unsigned threads, void (*wake)(void *wake_ctx), void *wake_ctx)
{
    assert(threads >= 1 && wake);
    struct ts_work *work = calloc(1, sizeof *work + threads * sizeof work->threads[0]);
    if (!work)
        abort();
    queue_init(&work->waiting);
    queue_init(&work->finished);
    work->wake = wake;
    work->wake_ctx = wake_ctx;
    work->thread_count = threads;
    if (pthread_mutex_init(&work->lock, NULL) || pthread_cond_init(&work->more, NULL))
        abort();
    /* Signals belong to the main thread. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    unsigned made = 0;
    int rc = 0;
    while (made < threads && rc == 0) {
        rc = pthread_create(&work->threads[made], NULL, worker, work);
        made += rc == 0;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc) {
        stop_threads(work, made);
        release(work);
        errno = rc;
        return NULL;
    }
    return work;
}

static void drop_all(struct queue *q, void (*drop)(void *ctx, void *job), void *ctx)
{
    struct entry *e;
    while ((e = queue_take(q))) {
        if (drop)
            drop(ctx, e->job);
        free(e);
    }
}

void ts_work_destroy(struct ts_work *work, void (*drop)(void *ctx, void *job), void *ctx)
{
    if (!work)
        return;
    stop_threads(work, work->thread_count);
    drop_all(&work->finished, drop, ctx);
    drop_all(&work->waiting, drop, ctx);
    release(work);
}

void ts_work_submit(struct ts_work *work, void (*run)(void *job), void *job)
{
    struct entry *e = malloc(sizeof *e);
    if (!e)
        abort();
    *e = (struct entry){.run = run, .job = job};
    pthread_mutex_lock(&work->lock);
    queue_put(&work->waiting, e);
    work->pending++;
    pthread_cond_signal(&work->more);
    pthread_mutex_unlock(&work->lock);
}

void ts_work_collect(struct ts_work *work, void (*done)(void *ctx, void *job), void *ctx)
{
    pthread_mutex_lock(&work->lock);
    struct entry *e = work->finished.first;
    queue_init(&work->finished);
    work->woken = false;
    for (struct entry *each = e; each; each = each->next)
        work->pending--;
    pthread_mutex_unlock(&work->lock);
    while (e) {
        struct entry *next = e->next;
        done(ctx, e->job);
        free(e);
        e = next;
    }
}

size_t ts_work_pending(struct ts_work *work)
{
    pthread_mutex_lock(&work->lock);
    size_t pending = work->pending;
    pthread_mutex_unlock(&work->lock);
    return pending;
}
