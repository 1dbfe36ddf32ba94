#include "server/engine/internal.h"

static void run(void *job)
{
    struct ts_job *j = job;
    j->run(j);
}

static bool admit(struct ts_engine *e, struct ts_job *job, struct ts_err *err)
{
    if (e->jobs >= e->config.jobs_max) {
        ts_err_set(err, "server.busy", "too much work at once; try again");
        return false;
    }
    e->jobs++;
    e->counts.jobs++;
    struct ts_engine_conn *conn = ts_engine_conn_find(e, job->conn);
    if (conn)
        conn->jobs++;
    return true;
}

void ts_job_submit(struct ts_engine *e, struct ts_job *job)
{
    if (job->render)
        e->ports.render.submit(e->ports.render.ctx, run, job);
    else
        e->ports.work.submit(e->ports.work.ctx, run, job);
}

bool ts_job_start(struct ts_engine *e, struct ts_job *job, struct ts_err *err)
{
    if (!admit(e, job, err))
        return false;
    ts_job_submit(e, job);
    return true;
}

bool ts_job_start_durable(struct ts_engine *e, struct ts_job *job, struct ts_err *err)
{
    if (!admit(e, job, err))
        return false;
    ts_outbox_put(&e->outbox, &(struct ts_outbox_item){.ticket = e->ticket, .job = job});
    return true;
}

void ts_engine_job_done(struct ts_engine *e, void *job)
{
    struct ts_job *done = job;
    e->jobs--;
    struct ts_engine_conn *conn = ts_engine_conn_find(e, done->conn);
    if (conn)
        conn->jobs--;
    if (!e->failed) {
        ts_arena_clear(&e->scratch);
        done->done(e, done);
    }
    done->free(e, done);
}

void ts_engine_job_drop(struct ts_engine *e, void *job)
{
    struct ts_job *dropped = job;
    e->jobs--;
    dropped->free(e, dropped);
}
