#include "proto/link/resolve.h"

#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Shared by the thread and the loop; whoever lets go last frees it. The thread knows nothing of the
 * loop: it writes into an eventfd that the loop watches. */
struct job {
    atomic_uint refs;
    atomic_bool done; /* the result is written, and belongs to the loop */
    int event_fd;
    char *host;
    struct ts_resolved result;
};

struct ts_resolve {
    struct job *job;
    struct ts_loop_file *file;
    void (*done)(void *ctx, const struct ts_resolved *result);
    void *ctx;
};

static void let_go(struct job *job)
{
    if (atomic_fetch_sub(&job->refs, 1) == 1) {
        close(job->event_fd);
        free(job->host);
        free(job);
    }
}

static void *look_up(void *arg)
{
    struct job *job = arg;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_family = AF_UNSPEC};
    struct addrinfo *found = NULL;
    if (getaddrinfo(job->host, NULL, &hints, &found) == 0) {
        for (struct addrinfo *at = found; at && job->result.count < TS_RESOLVE_MAX;
             at = at->ai_next) {
            char *text = job->result.addresses[job->result.count];
            if (getnameinfo(at->ai_addr, at->ai_addrlen, text, TS_RESOLVE_TEXT, NULL, 0,
                            NI_NUMERICHOST) == 0)
                job->result.count++;
        }
        freeaddrinfo(found);
    }
    atomic_store(&job->done, true);
    uint64_t one = 1;
    if (write(job->event_fd, &one, sizeof one) != (ssize_t)sizeof one)
        abort(); /* an eventfd takes one write, always */
    let_go(job);
    return NULL;
}

static void on_done(void *ctx)
{
    struct ts_resolve *resolve = ctx;
    struct ts_loop_file *file = resolve->file;
    if (!file || !atomic_load(&resolve->job->done))
        return;
    resolve->file = NULL;
    ts_loop_unwatch(file);
    resolve->done(resolve->ctx, &resolve->job->result); /* may end it */
}

struct ts_resolve *ts_resolve_start(struct ts_loop *loop, const char *host,
                                    void (*done)(void *ctx, const struct ts_resolved *result),
                                    void *ctx)
{
    struct ts_resolve *resolve = calloc(1, sizeof *resolve);
    struct job *job = calloc(1, sizeof *job);
    char *copy = strdup(host);
    if (!resolve || !job || !copy)
        abort();
    atomic_init(&job->refs, 2);
    job->host = copy;
    job->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int watched = dup(job->event_fd);
    struct ts_err err;
    *resolve = (struct ts_resolve){.job = job, .done = done, .ctx = ctx};
    if (watched >= 0)
        resolve->file = ts_loop_watch(loop, watched, on_done, resolve, &err);
    pthread_t thread;
    if (!resolve->file || pthread_create(&thread, NULL, look_up, job) != 0)
        abort(); /* no descriptors, no memory: nothing else would work either */
    pthread_detach(thread);
    return resolve;
}

void ts_resolve_end(struct ts_resolve *resolve)
{
    if (!resolve)
        return;
    if (resolve->file)
        ts_loop_unwatch(resolve->file);
    let_go(resolve->job);
    free(resolve);
}
