#include "proto/link/loop.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "proto/link/private.h"

/* Passes over the list of connections per turn: one that is marked while others are written still
 * gets its write, and owners that mark for ever cannot stop the loop. */
#define FLUSH_PASSES 4
/* Descriptors of libwebsockets and this loop besides connections. */
#define FILES_OWN 32u

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t len);

static const struct lws_protocols protocols[] = {
    {.name = "loop", .callback = on_event},
    {.name = NULL},
};

struct ts_loop_config ts_loop_config_default(void)
{
    return (struct ts_loop_config){.file_max = 4096};
}

uint64_t ts_loop_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Timers: a heap in which a parent is never due after its children. */

static void place(struct ts_loop *loop, size_t at, struct ts_timer *timer)
{
    loop->timers[at] = timer;
    timer->place = at + 1;
}

static void sift_up(struct ts_loop *loop, size_t at, struct ts_timer *timer)
{
    while (at > 0 && loop->timers[(at - 1) / 2]->due_ms > timer->due_ms) {
        place(loop, at, loop->timers[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    place(loop, at, timer);
}

static void sift_down(struct ts_loop *loop, size_t at, struct ts_timer *timer)
{
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= loop->timer_count)
            break;
        if (child + 1 < loop->timer_count &&
            loop->timers[child + 1]->due_ms < loop->timers[child]->due_ms)
            child++;
        if (loop->timers[child]->due_ms >= timer->due_ms)
            break;
        place(loop, at, loop->timers[child]);
        at = child;
    }
    place(loop, at, timer);
}

void ts_timer_cancel(struct ts_loop *loop, struct ts_timer *timer)
{
    if (timer->place == 0)
        return;
    size_t at = timer->place - 1;
    timer->place = 0;
    struct ts_timer *last = loop->timers[--loop->timer_count];
    if (last == timer)
        return;
    if (at > 0 && loop->timers[(at - 1) / 2]->due_ms > last->due_ms)
        sift_up(loop, at, last);
    else
        sift_down(loop, at, last);
}

void ts_timer_set(struct ts_loop *loop, struct ts_timer *timer, uint64_t after_ms,
                  void (*due)(void *ctx), void *ctx)
{
    ts_timer_cancel(loop, timer);
    if (loop->timer_count == loop->timer_cap) {
        loop->timer_cap = loop->timer_cap ? loop->timer_cap * 2 : 16;
        loop->timers = reallocarray(loop->timers, loop->timer_cap, sizeof(struct ts_timer *));
        if (!loop->timers)
            abort();
    }
    timer->due = due;
    timer->ctx = ctx;
    /* Now is rounded down to a millisecond: one more, so as not to be early. */
    timer->due_ms = ts_loop_now_ms() + after_ms + (after_ms > 0 ? 1 : 0);
    sift_up(loop, loop->timer_count++, timer);
}

/* Only those that were due when it began: a timer that sets itself for "now" waits a turn. */
static void run_timers(struct ts_loop *loop)
{
    uint64_t now = ts_loop_now_ms();
    size_t most = loop->timer_count;
    while (most-- > 0 && loop->timer_count > 0 && loop->timers[0]->due_ms <= now) {
        struct ts_timer *timer = loop->timers[0];
        ts_timer_cancel(loop, timer);
        timer->due(timer->ctx);
    }
}

/* libwebsockets wakes up for its own timers only: one of those stands for all of ours. That the
 * time has come is seen in run_timers(). */
static void on_alarm(lws_sorted_usec_list_t *alarm)
{
    (void)alarm;
}

static void set_alarm(struct ts_loop *loop)
{
    lws_usec_t after = LWS_SET_TIMER_USEC_CANCEL;
    if (loop->timer_count > 0) {
        uint64_t now = ts_loop_now_ms(), due = loop->timers[0]->due_ms;
        after = due > now ? (lws_usec_t)(due - now) * 1000 : 1;
    }
    lws_sul_schedule(loop->context, 0, &loop->alarm, on_alarm, after);
}

/* Hooks. */

void ts_loop_add_hook(struct ts_loop *loop, struct ts_turn_hook *hook)
{
    struct ts_turn_hook **end = &loop->hooks;
    while (*end)
        end = &(*end)->next;
    hook->next = NULL;
    *end = hook;
}

void ts_loop_remove_hook(struct ts_loop *loop, struct ts_turn_hook *hook)
{
    for (struct ts_turn_hook **at = &loop->hooks; *at; at = &(*at)->next) {
        if (*at == hook) {
            *at = hook->next;
            return;
        }
    }
}

/* Files. */

struct ts_loop_file *ts_loop_watch(struct ts_loop *loop, int fd, void (*readable)(void *ctx),
                                   void *ctx, struct ts_err *err)
{
    struct ts_loop_file *file = calloc(1, sizeof *file);
    if (!file)
        abort();
    *file = (struct ts_loop_file){.loop = loop, .readable = readable, .ctx = ctx};
    struct lws *wsi = lws_adopt_descriptor_vhost(
        loop->vhost, LWS_ADOPT_RAW_FILE_DESC, (lws_sock_file_fd_type){.filefd = fd}, "loop", NULL);
    if (!wsi) {
        free(file);
        ts_err_set(err, "link.file", "descriptor %d cannot be watched", fd);
        return NULL;
    }
    lws_set_opaque_user_data(wsi, file);
    file->wsi = wsi;
    file->next = loop->files;
    loop->files = file;
    return file;
}

void ts_loop_unwatch(struct ts_loop_file *file)
{
    if (!file)
        return;
    file->removed = true;
    file->loop->again = true;
}

/* libwebsockets may be in the middle of the file's callback when it is removed. */
static void release_files(struct ts_loop *loop, bool all)
{
    struct ts_loop_file **at = &loop->files;
    while (*at) {
        struct ts_loop_file *file = *at;
        if (!file->removed && !all) {
            at = &file->next;
            continue;
        }
        *at = file->next;
        file->removed = true;
        if (file->wsi) {
            lws_set_opaque_user_data(file->wsi, NULL);
            ts_loop_kill(file->wsi);
        }
        free(file);
    }
}

static void file_event(struct ts_loop_file *file, bool closed)
{
    if (!file)
        return;
    if (!file->removed)
        file->readable(file->ctx);
    if (closed)
        file->wsi = NULL;
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t len)
{
    (void)in;
    (void)len;
    switch ((int)reason) {
    case LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION:
        return ts_client_accept_for_now(user);
    case LWS_CALLBACK_RAW_RX_FILE:
        file_event(lws_get_opaque_user_data(wsi), false);
        break;
    case LWS_CALLBACK_RAW_CLOSE_FILE:
        file_event(lws_get_opaque_user_data(wsi), true);
        break;
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED: {
        struct ts_loop *loop = lws_context_user(lws_get_context(wsi));
        /* libwebsockets wakes itself for reasons of its own. */
        if (atomic_exchange(&loop->wake_wanted, false))
            loop->woken = true;
        break;
    }
    default:
        break;
    }
    return 0;
}

/* The loop. */

static void destroy_parts(struct ts_loop *loop)
{
    while (loop->clients)
        ts_client_free(loop->clients);
    for (struct ts_link_server *server = loop->servers; server; server = server->next)
        ts_link_shutdown(server);
    release_files(loop, true);
}

struct ts_loop *ts_loop_create(const struct ts_loop_config *config, struct ts_err *err)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max < config->file_max) {
        ts_err_set(err, "link.loop", "fewer than %u open files allowed (ulimit -Hn)",
                   config->file_max);
        return NULL;
    }
    limit.rlim_cur = config->file_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    struct ts_loop *loop = calloc(1, sizeof *loop);
    if (!loop)
        abort();
    loop->file_max = config->file_max;
    loop->behind_end = &loop->behind;
    lws_set_log_level(config->lws_log, NULL);
    struct lws_context_creation_info info = {
        .options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT |
                   LWS_SERVER_OPTION_VALIDATE_UTF8 | LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME,
        .port = CONTEXT_PORT_NO_LISTEN,
        .gid = -1,
        .uid = -1,
        .user = loop,
        .pt_serv_buf_size = TS_LINK_WRITE_MAX,
        .timeout_secs = 20,
    };
    loop->context = lws_create_context(&info);
    info.options &= ~(uint64_t)LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    info.protocols = protocols;
    info.vhost_name = "loop";
    loop->vhost = loop->context ? lws_create_vhost(loop->context, &info) : NULL;
    if (!loop->vhost) {
        ts_loop_destroy(loop);
        ts_err_set(err, "link.loop", "libwebsockets does not start");
        return NULL;
    }
    return loop;
}

void ts_loop_destroy(struct ts_loop *loop)
{
    if (!loop)
        return;
    if (loop->vhost)
        destroy_parts(loop);
    if (loop->context)
        lws_context_destroy(loop->context);
    while (loop->servers) {
        struct ts_link_server *server = loop->servers;
        loop->servers = server->next;
        ts_link_server_free(server);
    }
    free(loop->timers);
    free(loop);
}

void ts_loop_kill(struct lws *wsi)
{
    lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
}

static void flush(struct ts_loop *loop)
{
    for (int pass = 0; pass < FLUSH_PASSES && loop->behind; pass++) {
        struct ts_conn *conn = loop->behind;
        loop->behind = NULL;
        loop->behind_end = &loop->behind;
        while (conn) {
            struct ts_conn *next = conn->behind_next;
            conn->behind = false;
            ts_conn_flush(conn); /* may free it, and no other */
            conn = next;
        }
    }
}

static void turn(struct ts_loop *loop)
{
    loop->again = false;
    if (loop->woken) {
        loop->woken = false;
        if (loop->wake)
            loop->wake(loop->wake_ctx);
    }
    run_timers(loop);
    for (struct ts_turn_hook *hook = loop->hooks, *next; hook; hook = next) {
        next = hook->next;
        hook->turn(hook->ctx);
    }
    for (struct ts_client *client = loop->clients; client;)
        client = ts_client_turn(client);
    flush(loop);
    release_files(loop, false);
}

int ts_loop_run(struct ts_loop *loop, struct ts_err *err)
{
    loop->stopped = false;
    while (!loop->stopped) {
        set_alarm(loop);
        /* Below zero: look, do not wait. Otherwise the alarm limits the wait. */
        if (lws_service(loop->context, loop->behind || loop->again ? -1 : 0) < 0)
            return ts_err_set(err, "link.loop", "libwebsockets stopped");
        turn(loop);
    }
    return 0;
}

void ts_loop_stop(struct ts_loop *loop)
{
    loop->stopped = true;
}

void ts_loop_wake(struct ts_loop *loop)
{
    atomic_store(&loop->wake_wanted, true);
    lws_cancel_service(loop->context);
}

void ts_loop_on_wake(struct ts_loop *loop, void (*wake)(void *ctx), void *ctx)
{
    loop->wake = wake;
    loop->wake_ctx = ctx;
}
