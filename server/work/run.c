#include "server/work/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct running {
    pid_t pid;
    int input; /* a socket, so that writing to a program that is gone raises no signal */
    int output;
    int errors;
    struct ts_bytes left; /* of the input */
    struct ts_buf *out;
    size_t out_max, taken;
    struct ts_run_result *result;
    size_t said;
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void shut(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static int spawn(struct running *r, const char *const *argv, const int theirs[static 3])
{
    static const char *const environment[] = {"LC_ALL=C.UTF-8", NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    for (int i = 0; i < 3; i++)
        posix_spawn_file_actions_adddup2(&actions, theirs[i], i);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    int rc = posix_spawn(&r->pid, argv[0], &actions, &attributes, (char *const *)(uintptr_t)argv,
                         (char *const *)(uintptr_t)environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return rc == 0 ? 0 : -1;
}

static int start(struct running *r, const char *const *argv)
{
    int in[2] = {-1, -1}, out[2] = {-1, -1}, errors[2] = {-1, -1}, rc = -1;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in) == 0 && pipe2(out, O_CLOEXEC) == 0 &&
        pipe2(errors, O_CLOEXEC) == 0)
        rc = spawn(r, argv, (int[]){in[1], out[1], errors[1]});
    shut(&in[1]);
    shut(&out[1]);
    shut(&errors[1]);
    r->input = in[0];
    r->output = out[0];
    r->errors = errors[0];
    return rc;
}

static void feed(struct running *r)
{
    ssize_t sent = r->left.len == 0
                       ? 0
                       : send(r->input, r->left.ptr, r->left.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0)
        r->left = (struct ts_bytes){r->left.ptr + sent, r->left.len - (size_t)sent};
    if (r->left.len == 0 || (sent < 0 && errno != EAGAIN && errno != EINTR))
        shut(&r->input); /* the end; or it does not want any more */
}

/* false: too much. */
static bool take(struct running *r)
{
    uint8_t part[65536];
    ssize_t got = read(r->output, part, sizeof part);
    if (got <= 0 && !(got < 0 && errno == EINTR))
        shut(&r->output);
    if (got <= 0)
        return true;
    r->taken += (size_t)got;
    if (r->taken > r->out_max)
        return false;
    ts_buf_append(r->out, part, (size_t)got);
    return true;
}

static void listen_to(struct running *r)
{
    char part[512];
    ssize_t got = read(r->errors, part, sizeof part);
    if (got <= 0 && !(got < 0 && errno == EINTR))
        shut(&r->errors);
    for (ssize_t i = 0; i < got && r->said + 1 < sizeof r->result->said; i++)
        r->result->said[r->said++] = part[i];
}

/* Until it has closed what it writes to, or has to be stopped. */
static enum ts_run_end follow(struct running *r, int64_t until_ms)
{
    while (r->output >= 0 || r->errors >= 0) {
        struct pollfd fds[3] = {
            {r->input, POLLOUT, 0}, {r->output, POLLIN, 0}, {r->errors, POLLIN, 0}};
        int64_t left = until_ms - now_ms();
        if (left <= 0)
            return TS_RUN_TIME;
        if (poll(fds, 3, (int)left) <= 0)
            continue;
        if (fds[0].revents)
            feed(r);
        if (fds[1].revents && !take(r))
            return TS_RUN_MUCH;
        if (fds[2].revents)
            listen_to(r);
    }
    return TS_RUN_EXITED;
}

/* Closed, but does it end? */
static bool await(struct running *r, int64_t until_ms, int *status)
{
    pid_t got;
    while ((got = waitpid(r->pid, status, WNOHANG)) == 0 || (got < 0 && errno == EINTR)) {
        if (now_ms() >= until_ms)
            return false;
        poll(NULL, 0, 2);
    }
    return true;
}

void ts_run(const char *const *argv, struct ts_bytes input, size_t output_max, int limit_ms,
            struct ts_buf *out, struct ts_run_result *result)
{
    struct running r = {.left = input, .out = out, .out_max = output_max, .result = result};
    int64_t until_ms = now_ms() + limit_ms;
    int status = 0;
    *result = (struct ts_run_result){.end = TS_RUN_NOT_THERE};
    if (start(&r, argv) == 0) {
        result->end = follow(&r, until_ms);
        if (result->end == TS_RUN_EXITED && !await(&r, until_ms, &status))
            result->end = TS_RUN_TIME;
        if (result->end != TS_RUN_EXITED) {
            kill(r.pid, SIGKILL);
            while (waitpid(r.pid, &status, 0) < 0 && errno == EINTR)
                ;
        } else if (WIFSIGNALED(status)) {
            result->end = TS_RUN_DIED;
        }
        result->status = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
    }
    shut(&r.input);
    shut(&r.output);
    shut(&r.errors);
}
