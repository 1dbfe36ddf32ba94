/*
 * tongsheng-server: puts the parts together. One loop thread (network, engine), one writer thread
 * (journal), N workers; what threads have to tell the loop goes through ts_loop_wake().
 *
 * Exit codes: 0 asked to stop; 64 settings; 69 cannot start (port, certificate, another server);
 * 70 a write to the disk failed; 71 what is stored is damaged.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "proto/base/version.h"
#include "proto/base/codec.h"
#include "proto/link/cert.h"
#include "server/config.h"
#include "server/key.h"
#include "server/log.h"
#include "server/net/net.h"
#include "server/reader.h"
#include "server/store.h"
#include "server/work/work.h"

#define EXIT_SETTINGS 64
#define EXIT_START 69
#define TICK_MS 1000
#define CERT_DAYS 3650

struct server {
    struct ts_config config;
    struct ts_loop *loop;
    struct ts_journal *journal;
    struct ts_store *store;
    struct ts_work *work;
    struct ts_reader *reader;
    struct ts_net *net;
    struct ts_engine *engine;
    struct ts_timer tick;
    struct ts_turn_hook turn;
    struct ts_loop_file *signals;
    char cert_file[TS_CONFIG_TEXT_MAX + 16];
    char key_file[TS_CONFIG_TEXT_MAX + 16];
    int exit_code;
};

/* ---- ports ---- */

static int64_t now_ms(void *ctx)
{
    (void)ctx;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void draw_random(void *ctx, void *out, size_t len)
{
    (void)ctx;
    randombytes_buf(out, len);
}

static void log_line(void *ctx, enum ts_log_level level, const char *line)
{
    const struct server *s = ctx;
    ts_log_line(s->config.log_level, level, line);
}

static void stop(void *ctx, int exit_code)
{
    struct server *s = ctx;
    if (s->exit_code == 0)
        s->exit_code = exit_code;
    ts_loop_stop(s->loop);
}

static void submit_work(void *ctx, void (*run)(void *job), void *job)
{
    const struct server *s = ctx;
    ts_work_submit(s->work, run, job);
}

/* ---- what the threads report ---- */

static void wake(void *ctx)
{
    const struct server *s = ctx;
    ts_loop_wake(s->loop);
}

static void job_done(void *ctx, void *job)
{
    ts_engine_job_done(ctx, job);
}

static void job_drop(void *ctx, void *job)
{
    ts_engine_job_drop(ctx, job);
}

static void on_wake(void *ctx)
{
    struct server *s = ctx;
    ts_store_poll(s->store, s->engine);
    ts_work_collect(s->work, job_done, s->engine);
    ts_reader_collect(s->reader, job_done, s->engine);
}

static void on_turn(void *ctx)
{
    struct server *s = ctx;
    ts_engine_turn(s->engine);
}

static void on_tick(void *ctx)
{
    struct server *s = ctx;
    ts_engine_tick(s->engine);
    ts_timer_set(s->loop, &s->tick, TICK_MS, on_tick, s);
}

static void on_signal(void *ctx)
{
    struct server *s = ctx;
    log_line(s, TS_LOG_INFO, "event=stop why=signal");
    ts_loop_stop(s->loop);
}

/* ---- starting ---- */

static int fail(const struct server *s, const struct ts_err *err, int code)
{
    char line[1024];
    snprintf(line, sizeof line, "event=start_failed code=%s path=\"%s\" detail=\"%s\"",
             err->code ? err->code : "unknown", err->path, err->detail);
    log_line((void *)(uintptr_t)s, TS_LOG_ERROR, line);
    return code;
}

static sigset_t stop_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    return set;
}

/* SIGTERM and SIGINT come as readable; main() has blocked them before there were threads. */
static int catch_signals(struct server *s, struct ts_err *err)
{
    sigset_t set = stop_signals();
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        return ts_err_set(err, "start.system", "signalfd: %s", strerror(errno));
    s->signals = ts_loop_watch(s->loop, fd, on_signal, s, err);
    return s->signals ? 0 : -1;
}

/* "5M3K-7Q2A-9XHE": 60 random bits that can be read aloud. */
static void draw_setup_code(char out[static 64])
{
    static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    size_t at = 0;
    for (int i = 0; i < 12; i++) {
        if (i > 0 && i % 4 == 0)
            out[at++] = '-';
        out[at++] = alphabet[randombytes_uniform(32)];
    }
    out[at] = '\0';
}

static unsigned worker_count(const struct server *s)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    if (s->config.workers > 0)
        return (unsigned)s->config.workers;
    return cpus > 0 && cpus <= 64 ? (unsigned)cpus : 2;
}

static int open_journal(struct server *s, struct ts_err *err)
{
    const struct ts_journal_options options = {
        .dir = s->config.data, .notify = wake, .notify_ctx = s};
    if (ts_journal_open(&s->journal, &options, err) != 0)
        return -1;
    s->store = ts_store_new(s->journal, s->config.data);
    return 0;
}

static int make_engine(struct server *s, struct ts_err *err)
{
    struct ts_engine_config config = ts_engine_config_default();
    if (ts_key_load(config.server_secret, s->config.data, err) != 0)
        return -1;
    draw_setup_code(config.setup_code);
    const struct ts_ports ports = {
        .store = ts_store_port(s->store),
        .work = {.ctx = s, .submit = submit_work},
        .render = ts_reader_port(s->reader),
        .net = ts_net_port(s->net),
        .ctx = s,
        .now_ms = now_ms,
        .random = draw_random,
        .log = log_line,
        .stop = stop,
    };
    s->engine = ts_engine_create(&ports, &config);
    int rc = ts_store_load(s->store, s->engine, err);
    if (rc == 0 && ts_engine_needs_setup(s->engine) && !s->config.verify) {
        /* To the person who started it, not to the log. */
        printf("Setup code: %s\n", config.setup_code);
        fflush(stdout);
    }
    sodium_memzero(&config, sizeof config);
    return rc;
}

static int find_certificate(struct server *s, struct ts_err *err)
{
    if (s->config.plain)
        return 0;
    snprintf(s->cert_file, sizeof s->cert_file, "%s", s->config.cert_file);
    snprintf(s->key_file, sizeof s->key_file, "%s", s->config.key_file);
    if (s->cert_file[0] == '\0') {
        snprintf(s->cert_file, sizeof s->cert_file, "%s/tls-cert.pem", s->config.data);
        snprintf(s->key_file, sizeof s->key_file, "%s/tls-key.pem", s->config.data);
        if (access(s->cert_file, F_OK) != 0 &&
            ts_cert_make(s->cert_file, s->key_file, s->config.public_name, CERT_DAYS, err) != 0)
            return -1;
    }
    struct ts_cert_fingerprint fingerprint;
    if (ts_cert_fingerprint_file(&fingerprint, s->cert_file, err) != 0)
        return -1;
    char hex[2 * TS_CERT_FINGERPRINT_LEN + 1], line[128];
    ts_hex_encode(hex, fingerprint.bytes, sizeof fingerprint.bytes);
    snprintf(line, sizeof line, "event=certificate sha256=%s", hex);
    log_line(s, TS_LOG_INFO, line);
    return 0;
}

/* The port for who started us, whole or not at all. */
static int write_port_file(const struct server *s, unsigned port, struct ts_err *err)
{
    char fresh[TS_CONFIG_TEXT_MAX + 8];
    if (s->config.port_file[0] == '\0')
        return 0;
    snprintf(fresh, sizeof fresh, "%s.new", s->config.port_file);
    FILE *file = fopen(fresh, "w");
    bool good = file && fprintf(file, "%u\n", port) > 0;
    if (file && fclose(file) != 0)
        good = false;
    if (!good || rename(fresh, s->config.port_file) != 0)
        return ts_err_set(err, "start.system", "%.150s: %s", s->config.port_file, strerror(errno));
    return 0;
}

static int start_listening(struct server *s, struct ts_err *err)
{
    struct ts_link_config config = ts_link_config_default();
    config.address = s->config.address[0] ? s->config.address : NULL;
    config.port = (uint16_t)s->config.port;
    config.loopback = s->config.plain;
    config.cert_file = s->config.plain ? NULL : s->cert_file;
    config.key_file = s->config.plain ? NULL : s->key_file;
    config.conn_max = (unsigned)s->config.connections;
    config.conn_per_address_max = config.conn_max / 2 + 1;
    config.rate_per_s = 1000; /* the engine's limits are finer (server/engine/rate.c) */
    config.rate_burst = 3000;
    config.http.root = s->config.web[0] ? s->config.web : NULL;
    if (ts_net_listen(s->net, s->loop, &config, s->engine, err) != 0)
        return -1;
    char line[128];
    unsigned port = ts_net_local_port(s->net);
    snprintf(line, sizeof line, "event=listening port=%u tls=%s", port,
             s->config.plain ? "no" : "yes");
    log_line(s, TS_LOG_INFO, line);
    return write_port_file(s, port, err);
}

static void state_hex(const struct server *s, char hex[static 65])
{
    uint8_t hash[32];
    ts_engine_state_hash(s->engine, hash);
    ts_hex_encode(hex, hash, sizeof hash);
}

static void print_hash(const struct server *s)
{
    char hex[65];
    state_hex(s, hex);
    printf("state %s\n", hex);
}

/* The live state's hash: `--verify` must find the same one in what is stored. */
static void log_stop(const struct server *s)
{
    char hex[65], line[128];
    state_hex(s, hex);
    snprintf(line, sizeof line, "event=stopping state=%s", hex);
    ts_log_line(s->config.log_level, TS_LOG_INFO, line);
}

/* ---- running ---- */

static int serve(struct server *s)
{
    struct ts_err err = {0};
    s->work = ts_work_create(worker_count(s), wake, s);
    if (!s->work) {
        ts_err_set(&err, "start.system", "threads: %s", strerror(errno));
        return fail(s, &err, EXIT_START);
    }
    if (catch_signals(s, &err) != 0 || find_certificate(s, &err) != 0 ||
        start_listening(s, &err) != 0)
        return fail(s, &err, EXIT_START);
    ts_loop_on_wake(s->loop, on_wake, s);
    s->turn = (struct ts_turn_hook){.turn = on_turn, .ctx = s};
    ts_loop_add_hook(s->loop, &s->turn);
    on_tick(s);
    on_wake(s); /* what was stored while starting */
    if (ts_loop_run(s->loop, &err) != 0)
        return fail(s, &err, EXIT_START);
    if (s->exit_code == 0)
        log_stop(s);
    return s->exit_code;
}

static int run(struct server *s)
{
    struct ts_err err = {0};
    struct ts_loop_config config = ts_loop_config_default();
    config.file_max = (unsigned)s->config.connections + 64;
    s->loop = ts_loop_create(&config, &err);
    if (!s->loop)
        return fail(s, &err, EXIT_START);
    s->net = ts_net_new();
    if (open_journal(s, &err) != 0)
        return fail(s, &err,
                    ts_str_is(ts_str_of(err.code), "journal.damaged") ? TS_ENGINE_EXIT_DAMAGED
                                                                      : EXIT_START);
    s->reader = ts_reader_new(wake, s);
    if (!s->reader) {
        ts_err_set(&err, "start.system", "threads: %s", strerror(errno));
        return fail(s, &err, EXIT_START);
    }
    if (make_engine(s, &err) != 0)
        return fail(s, &err,
                    err.code && strncmp(err.code, "key.", 4) == 0 ? EXIT_START
                                                                  : TS_ENGINE_EXIT_DAMAGED);
    if (s->config.verify) {
        print_hash(s);
        return 0;
    }
    return serve(s);
}

/* The reverse of starting. What was submitted becomes durable; nobody is told any more. */
static void shut_down(struct server *s)
{
    if (s->net)
        ts_net_shutdown(s->net);
    if (s->work)
        ts_work_destroy(s->work, job_drop, s->engine);
    ts_reader_free(s->reader, job_drop, s->engine);
    ts_journal_close(s->journal);
    ts_engine_destroy(s->engine);
    ts_store_free(s->store);
    if (s->loop) {
        ts_timer_cancel(s->loop, &s->tick);
        ts_loop_destroy(s->loop);
    }
    ts_net_free(s->net);
}

int main(int argc, char **argv)
{
    static struct server s;
    struct ts_err err = {0};
    s.config = ts_config_default();
    if (ts_config_args(&s.config, argc, argv, &err) != 0 || ts_config_check(&s.config, &err) != 0) {
        fprintf(stderr, "%s: %s%s%s\n\n%s", err.code, err.path, err.path[0] ? ": " : "", err.detail,
                ts_config_usage());
        return EXIT_SETTINGS;
    }
    if (s.config.help || s.config.version) {
        fputs(s.config.help ? ts_config_usage() : "tongsheng-server " TS_VERSION "\n", stdout);
        return 0;
    }
    if (sodium_init() < 0)
        abort();
    umask(077);
    sigset_t set = stop_signals();
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error like others */
    int code = run(&s);
    shut_down(&s);
    return code;
}
