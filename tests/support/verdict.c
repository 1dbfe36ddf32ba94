#include "tests/support/verdict.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#define THREADS 3

struct work {
    atomic_size_t next;
    size_t count;
    void (*job)(void *arg, size_t i);
    void *arg;
};

static void *work_on(void *arg)
{
    struct work *work = arg;
    for (size_t i; (i = atomic_fetch_add(&work->next, 1)) < work->count;)
        work->job(work->arg, i);
    return NULL;
}

void ts_verdict_each(void *ctx, size_t count, void (*job)(void *arg, size_t i), void *arg)
{
    (void)ctx;
    struct work work = {.count = count, .job = job, .arg = arg};
    pthread_t threads[THREADS];
    int started = 0;
    while (count > 1 && started < THREADS &&
           pthread_create(&threads[started], NULL, work_on, &work) == 0)
        started++;
    work_on(&work);
    for (int i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}

static void keep(void *ctx, const struct ts_verify_finding *f)
{
    struct ts_verdict *v = ctx;
    if (v->count < TS_VERDICT_FINDINGS_MAX) {
        struct ts_verdict_finding *to = &v->findings[v->count];
        to->warning = f->warning;
        to->event = f->event;
        to->ballot = f->ballot;
        to->trustee = f->trustee;
        snprintf(to->code, sizeof to->code, "%s", f->code);
        snprintf(to->where, sizeof to->where, "%s", f->where);
    }
    v->count++;
}

void ts_verdict_of(struct ts_verdict *out, struct ts_bytes archive)
{
    const struct ts_verify_ports ports = {out, keep, ts_verdict_each};
    struct ts_archive_source source = ts_archive_memory(&archive);
    struct ts_verify *verify = ts_verify_new(&ports);
    *out = (struct ts_verdict){0};
    out->verdict = ts_verify_archive(verify, &source);
    const struct ts_verify_summary *s = ts_verify_summary(verify);
    out->events = s->events;
    out->ballots = s->ballots;
    out->counted = s->counted;
    memcpy(out->checks, s->checks, sizeof out->checks);
    ts_verify_free(verify);
}

const struct ts_verdict_finding *ts_verdict_error(const struct ts_verdict *v)
{
    for (size_t i = 0; i < v->count && i < TS_VERDICT_FINDINGS_MAX; i++) {
        if (!v->findings[i].warning)
            return &v->findings[i];
    }
    return NULL;
}

const struct ts_verdict_finding *ts_verdict_has(const struct ts_verdict *v, const char *code)
{
    for (size_t i = 0; i < v->count && i < TS_VERDICT_FINDINGS_MAX; i++) {
        if (strcmp(v->findings[i].code, code) == 0)
            return &v->findings[i];
    }
    return NULL;
}

void ts_verdict_dump(const struct ts_verdict *v)
{
    for (size_t i = 0; i < v->count && i < TS_VERDICT_FINDINGS_MAX; i++) {
        const struct ts_verdict_finding *f = &v->findings[i];
        fprintf(stderr, "%s %s event %lld ballot %lld trustee %u %s\n",
                f->warning ? "warning" : "error", f->code, (long long)f->event,
                (long long)f->ballot, (unsigned)f->trustee, f->where);
    }
}
