#include "tests/support/simworld.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

struct ts_outgoing {
    unsigned holders;
    int64_t made_of; /* last ticket submitted when it was made */
    struct ts_buf text;
};

void simworld_wrong(struct simworld *w, const char *format, ...)
{
    if (w->wrong[0])
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(w->wrong, sizeof w->wrong, format, args);
    va_end(args);
}

/* ---- ports ---- */

static int64_t now_ms(void *ctx)
{
    const struct simworld *w = ctx;
    return w->clock_ms;
}

static void draw(void *ctx, void *out, size_t len)
{
    struct simworld *w = ctx;
    ts_seed_bytes(&w->seed, out, len);
}

static void log_line(void *ctx, enum ts_log_level level, const char *line)
{
    (void)ctx;
    if (level >= TS_LOG_ERROR && getenv("TS_SIM_LOG"))
        fprintf(stderr, "%s\n", line);
}

static void stop(void *ctx, int exit_code)
{
    struct simworld *w = ctx;
    w->stopped = exit_code;
}

static void submit_job(void *ctx, void (*run)(void *job), void *job)
{
    struct simworld *w = ctx;
    assert(w->job_count < SIM_JOBS_MAX);
    w->jobs[w->job_count++] = (struct sim_job){run, job, false};
}

static struct ts_outgoing *make(void *ctx, struct ts_str text)
{
    const struct simworld *w = ctx;
    struct ts_outgoing *out = calloc(1, sizeof *out);
    assert(out);
    out->holders = 1;
    out->made_of = w->store.submitted;
    ts_buf_append_str(&out->text, text);
    return out;
}

static struct ts_outgoing *hold(void *ctx, struct ts_outgoing *out)
{
    (void)ctx;
    out->holders++;
    return out;
}

static void drop(void *ctx, struct ts_outgoing *out)
{
    (void)ctx;
    if (--out->holders > 0)
        return;
    ts_buf_free(&out->text);
    free(out);
}

static void check_durable(struct simworld *w, int64_t made_of, const char *what)
{
    if (made_of > w->store.durable)
        simworld_wrong(w, "%s left at ticket %lld, durable are %lld", what, (long long)made_of,
                       (long long)w->store.durable);
}

static void check_erased(struct simworld *w, const struct ts_buf *text, const char *what)
{
    if (w->erased && memmem(text->ptr, text->len, w->erased, strlen(w->erased)))
        simworld_wrong(w, "%s shows what was erased", what);
}

static void receive(struct sim_conn *conn, struct ts_outgoing *out)
{
    if (conn->inbox_count == conn->inbox_room) {
        conn->inbox_room = conn->inbox_room ? conn->inbox_room * 2 : 16;
        conn->inbox = realloc(conn->inbox, conn->inbox_room * sizeof(void *));
        assert(conn->inbox);
    }
    conn->inbox[conn->inbox_count++] = hold(NULL, out);
}

static void send_out(void *ctx, void *net, struct ts_outgoing *out)
{
    check_durable(ctx, out->made_of, "a reply");
    check_erased(ctx, &out->text, "a reply");
    receive(net, out);
}

static void ready(void *ctx, void *net)
{
    (void)ctx;
    struct sim_conn *conn = net;
    conn->ready = true;
}

static void close_conn(void *ctx, void *net, uint16_t code, const char *reason)
{
    (void)code;
    (void)reason;
    (void)ctx;
    struct sim_conn *conn = net;
    conn->hung_up = true;
}

static void answer(void *ctx, void *exchange, const struct ts_port_answer *a)
{
    struct simworld *w = ctx;
    check_durable(w, (int64_t)(uintptr_t)exchange - 1, "a download");
    w->status = a->status;
    ts_buf_clear(&w->body);
    if (a->fd_plus_1) {
        ts_buf_append(&w->body, w->store.files[a->fd_plus_1 - 1].ptr, (size_t)a->fd_len);
        w->ports.store.discard(w->ports.store.ctx, a->fd_plus_1 - 1);
    } else {
        ts_buf_append(&w->body, a->body->ptr, a->body->len);
        ts_buf_clear(a->body);
    }
    check_erased(w, &w->body, "a download");
}

/* ---- life ---- */

void simworld_server_key(uint8_t secret[static 64])
{
    uint8_t public[32], seed[32] = "the simulation's server key";
    crypto_sign_seed_keypair(public, secret, seed);
}

void simworld_init(struct simworld *w, uint64_t seed, enum simstore_sin sin)
{
    memset(w, 0, sizeof *w);
    w->seed = ts_seed_of(seed);
    w->store.sin = sin;
    w->clock_ms = 1795311150000;
    w->ports = (struct ts_ports){
        .store = simstore_port(&w->store),
        .work = {.ctx = w, .submit = submit_job},
        .net = {.ctx = w,
                .make = make,
                .hold = hold,
                .drop = drop,
                .send = send_out,
                .ready = ready,
                .close = close_conn,
                .answer = answer},
        .ctx = w,
        .now_ms = now_ms,
        .random = draw,
        .log = log_line,
        .stop = stop,
    };
    w->config = ts_engine_config_default();
    simworld_server_key(w->config.server_secret);
    snprintf(w->config.setup_code, sizeof w->config.setup_code, "7S1M-C0DE-4QRT");
    w->config.pwhash_ops = crypto_pwhash_OPSLIMIT_MIN;
    w->config.pwhash_mem = crypto_pwhash_MEMLIMIT_MIN;
}

static struct ts_engine *new_engine(struct simworld *w, struct ts_err *err)
{
    struct ts_engine *engine = ts_engine_create(&w->ports, &w->config);
    if (simstore_load(&w->store, engine, err) == 0)
        return engine;
    ts_engine_destroy(engine);
    return NULL;
}

bool simworld_start(struct simworld *w)
{
    struct ts_err err = {0};
    w->stopped = 0;
    w->lives++;
    w->engine = new_engine(w, &err);
    if (!w->engine)
        simworld_wrong(w, "life %zu does not start: %s %s %s", w->lives, err.code, err.path,
                       err.detail);
    return w->engine != NULL;
}

static void end_process(struct simworld *w, size_t kept)
{
    for (size_t i = 0; i < SIM_CONNS; i++)
        simworld_disconnect(w, i);
    for (size_t i = 0; i < w->job_count; i++)
        ts_engine_job_drop(w->engine, w->jobs[i].job);
    w->job_count = 0;
    ts_engine_destroy(w->engine);
    w->engine = NULL;
    simstore_crash(&w->store, kept);
    memset(w->store.holders, 0, sizeof w->store.holders);
}

void simworld_crash(struct simworld *w)
{
    if (w->engine)
        end_process(w, (size_t)ts_seed_below(&w->seed, w->store.pending.count + 1));
}

void simworld_fail_disk(struct simworld *w)
{
    ts_engine_store_failed(w->engine, "the simulation's disk is full");
    if (w->stopped != TS_ENGINE_EXIT_STORE)
        simworld_wrong(w, "the server goes on after a failed sync");
    ts_engine_turn(w->engine);
    for (size_t i = 0; i < SIM_CONNS; i++)
        if (w->conns[i].open && ts_engine_pull(w->engine, w->conns[i].engine_conn))
            simworld_wrong(w, "a view left after a failed sync");
    simworld_crash(w);
}

void simworld_free(struct simworld *w)
{
    if (w->engine)
        end_process(w, 0);
    for (size_t i = 0; i < SIM_CONNS; i++)
        free(w->conns[i].inbox);
    simstore_free(&w->store);
    ts_buf_free(&w->body);
}

/* ---- its turns ---- */

void simworld_sync(struct simworld *w)
{
    if (w->store.pending.count > 0)
        ts_engine_stored(w->engine,
                         simstore_sync(&w->store, 1 + (size_t)ts_seed_below(&w->seed, 6)));
}

void simworld_turn(struct simworld *w)
{
    for (size_t i = 0; i < SIM_CONNS; i++)
        if (w->conns[i].hung_up)
            simworld_disconnect(w, i);
    ts_engine_turn(w->engine);
}

void simworld_work(struct simworld *w)
{
    if (w->job_count == 0)
        return;
    struct sim_job *at = &w->jobs[ts_seed_below(&w->seed, w->job_count)];
    if (!at->ran) {
        at->run(at->job);
        at->ran = true;
        return;
    }
    void *job = at->job;
    *at = w->jobs[--w->job_count];
    ts_engine_job_done(w->engine, job);
}

void simworld_settle(struct simworld *w)
{
    for (int i = 0; i < 10000 && !w->stopped; i++) {
        simworld_turn(w);
        if (w->store.pending.count > 0)
            simworld_sync(w);
        else if (w->job_count > 0)
            simworld_work(w);
        else if (ts_engine_quiet(w->engine))
            return;
        if (w->store.sin == SIMSTORE_EARLY && w->job_count == 0)
            return;
    }
    simworld_wrong(w, "the server does not come to rest");
}

void simworld_check_replay(struct simworld *w)
{
    uint8_t live[32], replayed[32];
    struct ts_err err = {0};
    if (w->store.pending.count > 0 || w->job_count > 0)
        return;
    ts_engine_state_hash(w->engine, live);
    int64_t before = w->store.submitted;
    struct ts_engine *again = new_engine(w, &err);
    if (!again) {
        simworld_wrong(w, "what is stored cannot be replayed: %s %s", err.code, err.detail);
        return;
    }
    ts_engine_state_hash(again, replayed);
    ts_engine_destroy(again);
    if (memcmp(live, replayed, sizeof live) != 0)
        simworld_wrong(w, "live and replayed state differ");
    if (w->store.submitted != before)
        simworld_wrong(w, "a replay without a crash writes something");
}

/* ---- connections ---- */

void simworld_connect(struct simworld *w, size_t i)
{
    struct sim_conn *conn = &w->conns[i];
    assert(!conn->open);
    conn->open = true;
    conn->ready = conn->hung_up = false;
    conn->engine_conn = ts_engine_opened(w->engine, conn);
}

void simworld_disconnect(struct simworld *w, size_t i)
{
    struct sim_conn *conn = &w->conns[i];
    if (!conn->open)
        return;
    conn->open = conn->hung_up = false;
    for (size_t k = 0; k < conn->inbox_count; k++)
        drop(NULL, conn->inbox[k]); /* lost on the way */
    conn->inbox_count = 0;
    ts_engine_closed(w->engine, conn->engine_conn);
}

void simworld_say(struct simworld *w, size_t i, struct ts_str text)
{
    if (w->conns[i].open)
        ts_engine_frame(w->engine, w->conns[i].engine_conn, ts_str_bytes(text));
}

void simworld_pull(struct simworld *w, size_t i)
{
    struct sim_conn *conn = &w->conns[i];
    for (uint64_t n = ts_seed_below(&w->seed, 3) + 1; n > 0 && conn->open && conn->ready; n--) {
        struct ts_outgoing *out = ts_engine_pull(w->engine, conn->engine_conn);
        if (out) {
            check_durable(w, out->made_of, "a view");
            check_erased(w, &out->text, "a view");
            for (size_t k = 0; k < SIM_CONNS; k++)
                if (k == i || (w->leak && w->conns[k].open))
                    receive(&w->conns[k], out);
            drop(NULL, out);
        } else {
            conn->ready = false;
        }
    }
}

bool simworld_read(struct simworld *w, size_t i, struct ts_buf *out)
{
    struct sim_conn *conn = &w->conns[i];
    if (conn->inbox_count == 0)
        return false;
    struct ts_outgoing *first = conn->inbox[0];
    memmove(conn->inbox, conn->inbox + 1, --conn->inbox_count * sizeof(void *));
    ts_buf_append(out, first->text.ptr, first->text.len);
    drop(NULL, first);
    return true;
}
