#include "kiosk/sealer.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>

/* In sodium_malloc memory. */
struct job {
    struct job *next;
    uint64_t visit;
    const struct ts_ballot_params *params;
    struct ts_str phi;
    struct ts_point credential;
    struct ts_slip slip;
    size_t vote_count;
    struct ts_sealer_result result;
    uint8_t votes[TS_BALLOT_CHOICES_MAX];
};

struct queue {
    struct job *first, **end;
};

struct ts_sealer {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t begun;
    struct queue jobs, results; /* under the lock, like all below */
    bool working;
    bool stop;
    uint64_t counter;
    void (*wake)(void *ctx);
    void *ctx;
};

static void push(struct queue *queue, struct job *job)
{
    job->next = NULL;
    *queue->end = job;
    queue->end = &job->next;
}

static struct job *pop(struct queue *queue)
{
    struct job *job = queue->first;
    if (job && !(queue->first = job->next))
        queue->end = &queue->first;
    return job;
}

void ts_sealer_rng(struct ts_drbg *out, const struct ts_slip *slip, uint64_t counter)
{
    uint8_t entropy[TS_DRBG_ENTROPY];
    struct {
        struct ts_slip slip;
        uint64_t counter;
    } context;
    memset(&context, 0, sizeof context);
    context.slip = *slip;
    context.counter = counter;
    randombytes_buf(entropy, sizeof entropy); /* getrandom */
    ts_drbg_init(out, entropy, (struct ts_bytes){(const uint8_t *)&context, sizeof context});
    sodium_memzero(entropy, sizeof entropy);
    sodium_memzero(&context, sizeof context);
}

static void seal(struct job *job, uint64_t counter)
{
    struct ts_sealer_result *result = &job->result;
    struct ts_drbg rng;
    result->visit = job->visit;
    ts_sealer_rng(&rng, &job->slip, counter);
    if (ts_ballot_seal(&result->sealed, job->params, &job->credential, job->votes, job->vote_count,
                       &rng, &result->err) == 0)
        ts_receipt_code(result->code, ts_sealed_hash(result->sealed), job->phi);
    else
        result->sealed = NULL;
    ts_drbg_wipe(&rng);
    sodium_memzero(&job->slip, sizeof job->slip);
    sodium_memzero(job->votes, sizeof job->votes);
}

static void *work(void *arg)
{
    struct ts_sealer *sealer = arg;
    pthread_mutex_lock(&sealer->lock);
    for (;;) {
        struct job *job = NULL;
        while (!sealer->stop && !(job = pop(&sealer->jobs)))
            pthread_cond_wait(&sealer->begun, &sealer->lock);
        if (!job)
            break;
        sealer->working = true;
        uint64_t counter = ++sealer->counter;
        pthread_mutex_unlock(&sealer->lock);
        seal(job, counter);
        pthread_mutex_lock(&sealer->lock);
        sealer->working = false;
        push(&sealer->results, job);
        pthread_mutex_unlock(&sealer->lock);
        sealer->wake(sealer->ctx);
        pthread_mutex_lock(&sealer->lock);
    }
    pthread_mutex_unlock(&sealer->lock);
    return NULL;
}

struct ts_sealer *ts_sealer_new(void (*wake)(void *ctx), void *ctx)
{
    struct ts_sealer *sealer = calloc(1, sizeof *sealer);
    if (!sealer)
        abort();
    sealer->wake = wake;
    sealer->ctx = ctx;
    sealer->jobs.end = &sealer->jobs.first;
    sealer->results.end = &sealer->results.first;
    if (pthread_mutex_init(&sealer->lock, NULL) != 0 ||
        pthread_cond_init(&sealer->begun, NULL) != 0 ||
        pthread_create(&sealer->thread, NULL, work, sealer) != 0)
        abort();
    return sealer;
}

static void drop(struct queue *queue)
{
    for (struct job *job; (job = pop(queue));) {
        if (job->result.sealed)
            ts_sealed_free(job->result.sealed);
        sodium_free(job);
    }
}

void ts_sealer_free(struct ts_sealer *sealer)
{
    if (!sealer)
        return;
    pthread_mutex_lock(&sealer->lock);
    sealer->stop = true;
    drop(&sealer->jobs);
    pthread_cond_signal(&sealer->begun);
    pthread_mutex_unlock(&sealer->lock);
    pthread_join(sealer->thread, NULL);
    drop(&sealer->results);
    pthread_cond_destroy(&sealer->begun);
    pthread_mutex_destroy(&sealer->lock);
    free(sealer);
}

void ts_sealer_begin(struct ts_sealer *sealer, uint64_t visit,
                     const struct ts_ballot_params *params, struct ts_str phi,
                     const struct ts_point *credential, const struct ts_slip *slip,
                     const uint8_t *votes, size_t vote_count)
{
    struct job *job = sodium_malloc(sizeof *job);
    if (!job || vote_count > TS_BALLOT_CHOICES_MAX)
        abort();
    memset(job, 0, sizeof *job);
    job->visit = visit;
    job->params = params;
    job->phi = phi;
    job->credential = *credential;
    job->slip = *slip;
    job->vote_count = vote_count;
    memcpy(job->votes, votes, vote_count);
    pthread_mutex_lock(&sealer->lock);
    push(&sealer->jobs, job);
    pthread_cond_signal(&sealer->begun);
    pthread_mutex_unlock(&sealer->lock);
}

bool ts_sealer_take(struct ts_sealer *sealer, struct ts_sealer_result *out)
{
    pthread_mutex_lock(&sealer->lock);
    struct job *job = pop(&sealer->results);
    pthread_mutex_unlock(&sealer->lock);
    if (!job)
        return false;
    *out = job->result;
    sodium_free(job);
    return true;
}

bool ts_sealer_is_busy(struct ts_sealer *sealer)
{
    pthread_mutex_lock(&sealer->lock);
    bool busy = sealer->working || sealer->jobs.first || sealer->results.first;
    pthread_mutex_unlock(&sealer->lock);
    return busy;
}
