/* ts_verify_*: the walk through the archive. */
#include "proto/ballot/verify_state.h"

#include <stdlib.h>

static const char *const check_names[TS_VERIFY_CHECKS] = {
    "archive", "election",    "trustees", "credentials", "ballots",
    "tally",   "decryptions", "closing",  "result",
};

const char *ts_verify_check_name(enum ts_verify_check check)
{
    return check_names[check];
}

struct ts_verify *ts_verify_new(const struct ts_verify_ports *ports)
{
    struct ts_verify *v = calloc(1, sizeof *v);
    if (!v)
        abort();
    v->ports = *ports;
    return v;
}

const struct ts_verify_summary *ts_verify_summary(const struct ts_verify *v)
{
    return &v->summary;
}

void ts_verify_report_full(struct ts_verify *v, const struct ts_verify_finding *f)
{
    if (f->warning) {
        v->summary.warnings++;
    } else {
        v->summary.errors++;
        v->summary.checks[f->check] = TS_VERIFY_FAILED;
    }
    v->ports.finding(v->ports.ctx, f);
}

void ts_verify_report(struct ts_verify *v, enum ts_verify_check check, const struct ts_err *err)
{
    const struct ts_verify_finding f = {
        .check = check,
        .code = err->code,
        .event = v->event,
        .where = err->path,
        .detail = err->detail,
    };
    ts_verify_report_full(v, &f);
}

void ts_verify_pass(struct ts_verify *v, enum ts_verify_check check)
{
    if (v->summary.checks[check] == TS_VERIFY_NOT_REACHED)
        v->summary.checks[check] = TS_VERIFY_PASSED;
}

void ts_verify_each(struct ts_verify *v, size_t count, void (*job)(void *arg, size_t i), void *arg)
{
    if (v->ports.each) {
        v->ports.each(v->ports.ctx, count, job, arg);
        return;
    }
    for (size_t i = 0; i < count; i++)
        job(arg, i);
}

static void take(struct ts_verify *v, const struct ts_archive_step *step)
{
    switch (step->event.type) {
    case TS_EVENT_SETUP:
        ts_verify_setup(v, step);
        if (!v->stopped)
            ts_verify_ballots_begin(v);
        break;
    case TS_EVENT_BALLOT:
        ts_verify_ballots_take(v, step);
        break;
    case TS_EVENT_END_BALLOTS:
        ts_verify_ballots_flush(v);
        ts_verify_pass(v, TS_VERIFY_BALLOTS);
        break;
    case TS_EVENT_ENCRYPTED_TALLY:
        ts_verify_tally(v, step);
        break;
    case TS_EVENT_PARTIAL_DECRYPTION:
        ts_verify_partial(v, step);
        break;
    default:
        ts_verify_result(v, step);
    }
}

/* Reads to the end; true when the archive itself is in order. */
static bool walk(struct ts_verify *v, struct ts_err *err)
{
    struct ts_archive_step step;
    int rc;
    while ((rc = ts_archive_next(&v->reader, &step, err)) == 1) {
        v->event = step.event.height;
        v->summary.events++;
        v->summary.ballots += step.event.type == TS_EVENT_BALLOT;
        if (!v->stopped)
            take(v, &step);
    }
    v->event = v->reader.height;
    return rc == 0;
}

static enum ts_verify_verdict judge(struct ts_verify *v)
{
    const struct ts_archive_reader *r = &v->reader;
    if (v->summary.errors > 0)
        return TS_VERIFY_INVALID;
    return r->height > 0 && r->last == TS_EVENT_RESULT ? TS_VERIFY_VALID : TS_VERIFY_OPEN;
}

static bool is_unreadable(const struct ts_err *err)
{
    return strcmp(err->code, "archive.io") == 0 || strcmp(err->code, "archive.none") == 0;
}

enum ts_verify_verdict ts_verify_archive(struct ts_verify *v,
                                         const struct ts_archive_source *source)
{
    struct ts_err err = {0};
    v->event = -1;
    bool ok = ts_archive_open(&v->reader, source, &err) == 0;
    v->summary.timestamp = v->reader.timestamp;
    ok = ok && walk(v, &err);
    if (!v->stopped && v->slots)
        ts_verify_ballots_flush(v);
    if (ok && v->reader.height == 0)
        ok = !ts_err_set(&err, "archive.order", "there is no Setup");
    if (ok) {
        ts_verify_pass(v, TS_VERIFY_ARCHIVE);
        if (!v->stopped) /* all ballots so far, if it ends among them */
            ts_verify_pass(v, TS_VERIFY_BALLOTS);
    } else {
        ts_verify_report(v, TS_VERIFY_ARCHIVE, &err);
    }
    v->summary.verdict = !ok && is_unreadable(&err) ? TS_VERIFY_UNREADABLE : judge(v);
    return v->summary.verdict;
}

int ts_verify_closing(struct ts_verify *v, const struct ts_result *statement)
{
    int64_t before = v->summary.errors;
    ts_verify_statement(v, statement);
    return v->summary.errors == before ? 0 : -1;
}

void ts_verify_free(struct ts_verify *v)
{
    if (!v)
        return;
    ts_verify_ballots_free(v);
    ts_ballot_params_free(v->params);
    ts_archive_reader_free(&v->reader);
    ts_arena_free(&v->arena);
    free(v);
}
