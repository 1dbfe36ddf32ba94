#include "rehearse/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static _Noreturn void exec_child(const char *const argv[], int out, const char *log, bool outlives)
{
    if (outlives)
        setsid();
    else
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    int in = open("/dev/null", O_RDONLY);
    int err = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (in < 0 || err < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
        _exit(127);
    execv(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

int ts_process_start(struct ts_process *process, const char *const argv[], const char *log,
                     struct ts_err *err)
{
    *process = (struct ts_process){.outlives = process->outlives, .out = -1};
    strncpy(process->log, log, sizeof process->log - 1);
    int ends[2];
    if (access(argv[0], X_OK) != 0 || pipe2(ends, O_CLOEXEC) != 0)
        return ts_err_set(err, "process.start", "cannot start %s: %s", argv[0], strerror(errno));
    process->pid = fork();
    if (process->pid == 0)
        exec_child(argv, ends[1], log, process->outlives);
    close(ends[1]);
    if (process->pid < 0) {
        close(ends[0]);
        process->pid = 0;
        return ts_err_set(err, "process.start", "cannot start %s: %s", argv[0], strerror(errno));
    }
    process->out = ends[0];
    return 0;
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool take_line(struct ts_process *process, char *line, size_t size)
{
    char *stop = memchr(process->pending, '\n', process->pending_len);
    if (!stop && process->pending_len < sizeof process->pending)
        return false;
    size_t len = stop ? (size_t)(stop - process->pending) : process->pending_len;
    size_t kept = len < size ? len : size - 1;
    memcpy(line, process->pending, kept);
    line[kept] = '\0';
    size_t used = stop ? len + 1 : len;
    process->pending_len -= used;
    memmove(process->pending, process->pending + used, process->pending_len);
    return true;
}

int ts_process_line(struct ts_process *process, char *line, size_t size, int timeout_ms,
                    struct ts_err *err)
{
    int64_t deadline = now_ms() + timeout_ms;
    while (!take_line(process, line, size)) {
        int64_t left = deadline - now_ms();
        struct pollfd fd = {.fd = process->out, .events = POLLIN};
        if (left <= 0 || poll(&fd, 1, (int)left) == 0)
            return ts_err_set(err, "process.silent", "no answer in time; its log is %s",
                              process->log);
        ssize_t got = read(process->out, process->pending + process->pending_len,
                           sizeof process->pending - process->pending_len);
        if (got == 0 || (got < 0 && errno != EINTR))
            return ts_err_set(err, "process.ended", "the program ended; its log is %s",
                              process->log);
        process->pending_len += got > 0 ? (size_t)got : 0;
    }
    return 0;
}

int ts_process_wait(struct ts_process *process, int timeout_ms)
{
    if (process->pid == 0)
        return -1;
    int fd = pidfd_open(process->pid, 0);
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    bool ended = fd >= 0 && poll(&wait, 1, timeout_ms) == 1;
    if (fd >= 0)
        close(fd);
    if (!ended) {
        ts_process_kill(process);
        return -1;
    }
    int status = 0;
    waitpid(process->pid, &status, 0);
    process->pid = 0;
    close(process->out);
    process->out = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void ts_process_kill(struct ts_process *process)
{
    if (process->pid == 0)
        return;
    kill(process->pid, SIGKILL);
    waitpid(process->pid, NULL, 0);
    process->pid = 0;
    if (process->out >= 0)
        close(process->out);
    process->out = -1;
}

int ts_process_stop(struct ts_process *process, int timeout_ms)
{
    if (process->pid == 0)
        return -1;
    kill(process->pid, SIGTERM);
    return ts_process_wait(process, timeout_ms);
}
