/* The worker pool: every job runs once, is collected once, and destruction loses none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>

#include "server/work/work.h"

#define JOBS 2000

struct job {
    int ran;
    int collected;
    sem_t *gate;
    sem_t *begun;
};

struct wakes {
    sem_t posted;
};

static void wake(void *ctx)
{
    struct wakes *w = ctx;
    sem_post(&w->posted);
}

static void run(void *arg)
{
    struct job *job = arg;
    job->ran++;
}

static void run_gated(void *arg)
{
    struct job *job = arg;
    sem_post(job->begun);
    sem_wait(job->gate);
    job->ran++;
}

static void done(void *ctx, void *arg)
{
    int *count = ctx;
    struct job *job = arg;
    job->collected++;
    (*count)++;
}

static void runs_every_job_once(void **state)
{
    (void)state;
    static struct job jobs[JOBS];
    memset(jobs, 0, sizeof jobs);
    struct wakes w;
    sem_init(&w.posted, 0, 0);
    struct ts_work *work = ts_work_create(3, wake, &w);
    assert_non_null(work);
    for (int i = 0; i < JOBS; i++)
        ts_work_submit(work, run, &jobs[i]);
    int count = 0;
    while (count < JOBS) {
        sem_wait(&w.posted); /* a lost wake would hang here, and the test's time limit ends it */
        ts_work_collect(work, done, &count);
    }
    assert_int_equal(ts_work_pending(work), 0);
    for (int i = 0; i < JOBS; i++) {
        assert_int_equal(jobs[i].ran, 1);
        assert_int_equal(jobs[i].collected, 1);
    }
    ts_work_destroy(work, NULL, NULL);
    sem_destroy(&w.posted);
}

static void destruction_hands_back_what_was_not_collected(void **state)
{
    (void)state;
    sem_t gate, begun;
    sem_init(&gate, 0, 0);
    sem_init(&begun, 0, 0);
    struct job jobs[5] = {0};
    struct wakes w;
    sem_init(&w.posted, 0, 0);
    struct ts_work *work = ts_work_create(1, wake, &w);
    assert_non_null(work);
    for (int i = 0; i < 5; i++) {
        jobs[i].gate = &gate;
        jobs[i].begun = &begun;
        ts_work_submit(work, run_gated, &jobs[i]);
    }
    sem_wait(&begun); /* the first is running, four wait behind it */
    assert_int_equal(ts_work_pending(work), 5);
    sem_post(&gate);
    sem_wait(&w.posted); /* the first is done; the second may have begun and will be let finish */
    sem_wait(&begun);
    sem_post(&gate);
    int count = 0;
    for (int i = 0; i < 3; i++)
        sem_post(&gate);
    ts_work_destroy(work, done, &count);
    assert_int_equal(count, 5);
    for (int i = 0; i < 5; i++)
        assert_int_equal(jobs[i].collected, 1);
    assert_int_equal(jobs[0].ran, 1);
    assert_int_equal(jobs[1].ran, 1);
    sem_destroy(&gate);
    sem_destroy(&begun);
    sem_destroy(&w.posted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_every_job_once),
        cmocka_unit_test(destruction_hands_back_what_was_not_collected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
