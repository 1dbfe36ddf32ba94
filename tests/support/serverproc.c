#include "tests/support/serverproc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sodium.h>

/* Reached only by a server that hangs. */
#define DEADLINE_MS 60000

static const char program[] = TS_BIN_DIR "/tongsheng-server";

static pid_t spawn(const char *const argv[], const char *log, int *out)
{
    int pipes[2];
    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(pipes[1], STDOUT_FILENO);
        dup2(fd, STDERR_FILENO);
        execv(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    close(pipes[1]);
    *out = pipes[0];
    return pid;
}

/* One line of the server's standard output, if it is there already. */
static void read_setup_code(struct serverproc *server)
{
    char text[256];
    struct pollfd ready = {.fd = server->out, .events = POLLIN};
    if (poll(&ready, 1, 0) <= 0)
        return;
    ssize_t n = read(server->out, text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    sscanf(text, "Setup code: %63s", server->setup_code);
}

static int delete_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

void serverproc_clean(const char *dir)
{
    assert_true(dir[0] != '/' && dir[0] != '.');
    nftw(dir, delete_one, 16, FTW_DEPTH | FTW_PHYS);
}

static bool read_port(struct serverproc *server, const char *path)
{
    unsigned port;
    FILE *file = fopen(path, "r");
    bool good = file && fscanf(file, "%u", &port) == 1;
    if (file)
        fclose(file);
    server->port = good ? (uint16_t)port : 0;
    return good;
}

void serverproc_start(struct serverproc *server, const char *dir)
{
    char port_file[300], log[300];
    memset(server, 0, sizeof *server);
    snprintf(server->dir, sizeof server->dir, "%s", dir);
    snprintf(port_file, sizeof port_file, "%s.port", dir);
    snprintf(log, sizeof log, "%s.log", dir);
    unlink(port_file);
    const char *const argv[] = {program, "--plain",     "--data",  dir, "--port",
                                "0",     "--port-file", port_file, NULL};
    server->pid = spawn(argv, log, &server->out);
    /* It says so with a file, which is looked for between short waits on its end. */
    for (int waited = 0; !read_port(server, port_file); waited += 5) {
        int status;
        if (waited > DEADLINE_MS || waitpid(server->pid, &status, WNOHANG) == server->pid)
            fail_msg("the server did not come up, see %s", log);
        poll(NULL, 0, 5);
    }
    read_setup_code(server);
}

void serverproc_kill(struct serverproc *server)
{
    kill(server->pid, SIGKILL);
    assert_int_equal(waitpid(server->pid, NULL, 0), server->pid);
    close(server->out);
}

int serverproc_stop(struct serverproc *server)
{
    int status;
    kill(server->pid, SIGTERM);
    assert_int_equal(waitpid(server->pid, &status, 0), server->pid);
    close(server->out);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int serverproc_verify(const char *dir, char *line, size_t size)
{
    char log[300];
    int out, status;
    snprintf(log, sizeof log, "%s.log", dir);
    const char *const argv[] = {program, "--verify", "--data", dir, NULL};
    pid_t pid = spawn(argv, log, &out);
    size_t len = 0;
    ssize_t n;
    while (len < size - 1 && (n = read(out, line + len, size - 1 - len)) > 0)
        len += (size_t)n;
    line[len] = '\0';
    close(out);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void serverproc_live_state(const char *dir, char hex[static 65])
{
    char path[300], line[1024];
    snprintf(path, sizeof path, "%s.log", dir);
    FILE *log = fopen(path, "r");
    assert_non_null(log);
    hex[0] = '\0';
    while (fgets(line, sizeof line, log)) {
        const char *at = strstr(line, "event=stopping state=");
        if (at)
            sscanf(at, "event=stopping state=%64s", hex);
    }
    fclose(log);
    assert_int_equal(strlen(hex), 64);
}

/* ---- talking ---- */

static void read_answer(struct raw *raw, struct said *said)
{
    struct raw_frame frame = {0};
    struct ts_err err = {0};
    ts_arena_clear(&said->arena);
    assert_true(raw_read(raw, &frame));
    assert_int_equal(frame.first, 0x81);
    if (ts_frame_answer_decode(ts_buf_str(&frame.payload), &said->arena, &said->answer, &err) != 0)
        fail_msg("frame: %s %s %s: %.*s", err.code, err.path, err.detail, (int)frame.payload.len,
                 (const char *)frame.payload.ptr);
    ts_buf_free(&frame.payload);
}

void talk_id(struct raw *raw, struct said *said, const char *id, const char *command,
             const char *body)
{
    struct ts_buf text = {0};
    memset(said, 0, sizeof *said);
    ts_buf_printf(&text, "{\"v\":1,\"id\":\"%s\",\"cmd\":\"%s\",\"body\":%s}", id, command, body);
    ts_buf_append_char(&text, '\0');
    raw_say(raw, (const char *)text.ptr);
    ts_buf_free(&text);
    do
        read_answer(raw, said);
    while (said->answer.kind == TS_FRAME_VIEW || !ts_str_is(ts_id_str(&said->answer.re), id));
}

__attribute__((format(printf, 4, 0))) static void
talk_list(struct raw *raw, struct said *said, const char *command, const char *format, va_list args)
{
    uint8_t random[32];
    char body[65536];
    randombytes_buf(random, sizeof random);
    struct ts_id id = ts_id_from_random(random);
    int len = vsnprintf(body, sizeof body, format, args);
    assert_true(len >= 0 && (size_t)len < sizeof body);
    talk_id(raw, said, id.s, command, body);
}

void talk(struct raw *raw, struct said *said, const char *command, const char *body, ...)
{
    va_list args;
    va_start(args, body);
    talk_list(raw, said, command, body, args);
    va_end(args);
}

void talk_view(struct raw *raw, struct said *said, const char *view)
{
    memset(said, 0, sizeof *said);
    do
        read_answer(raw, said);
    while (said->answer.kind != TS_FRAME_VIEW || !ts_str_is(said->answer.view, view));
}

void said_free(struct said *said)
{
    ts_arena_free(&said->arena);
}

struct ts_id talk_ok(struct raw *raw, const char *command, const char *body, ...)
{
    struct said said;
    va_list args;
    va_start(args, body);
    talk_list(raw, &said, command, body, args);
    va_end(args);
    if (said.answer.kind != TS_FRAME_OK)
        fail_msg("%s: %s %s", command, said.answer.reject.code, said.answer.reject.path);
    struct ts_id id = said.answer.reply.id;
    said_free(&said);
    return id;
}

void talk_err(struct raw *raw, const char *code, const char *command, const char *body, ...)
{
    struct said said;
    va_list args;
    va_start(args, body);
    talk_list(raw, &said, command, body, args);
    va_end(args);
    assert_int_equal(said.answer.kind, TS_FRAME_ERR);
    assert_string_equal(said.answer.reject.code, code);
    said_free(&said);
}

int talk_get(uint16_t port, const char *path, const char *bearer, struct ts_buf *body)
{
    struct raw raw = raw_connect(port);
    struct ts_buf text = {0}, head = {0};
    ts_buf_printf(&text, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nConnection: close\r\n", path,
                  port);
    if (bearer)
        ts_buf_printf(&text, "Authorization: Bearer %s\r\n", bearer);
    ts_buf_printf(&text, "\r\n");
    raw_send(&raw, text.ptr, text.len);
    ts_buf_free(&text);
    int status = 0;
    assert_true(raw_head(&raw, &head));
    ts_buf_append_char(&head, '\0');
    assert_int_equal(sscanf((const char *)head.ptr, "HTTP/1.1 %d", &status), 1);
    const char *length = strcasestr((const char *)head.ptr, "content-length:");
    if (length)
        raw_bytes(&raw, body, (size_t)strtoul(length + 15, NULL, 10));
    ts_buf_free(&head);
    raw_close(&raw);
    return status;
}
