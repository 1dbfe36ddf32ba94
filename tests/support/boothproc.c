#include "tests/support/boothproc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sodium.h>

#include "kiosk/store.h"

void boothproc_prepare(const char *dir, const struct ballotproc *b, size_t booth)
{
    char hex[65];
    struct ts_err err;
    struct ts_buf pins = {0};
    serverproc_clean(dir);
    assert_int_equal(ts_store_prepare(dir, &err), 0);
    ts_hex_encode(hex, b->booth_seeds[booth], 32);
    assert_int_equal(ts_store_write(dir, "device.key", ts_str_of(hex), &err), 0);
    ts_buf_printf(&pins, "%s\n", b->trustees);
    assert_int_equal(ts_store_write(dir, "pins.txt", ts_buf_str(&pins), &err), 0);
    ts_buf_free(&pins);
}

static pid_t spawn(const char *dir, const struct tlsfront *front, int *out)
{
    char server[64], log[300];
    int pipes[2];
    snprintf(server, sizeof server, "wss://127.0.0.1:%u", front->port);
    snprintf(log, sizeof log, "%s.log", dir);
    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(pipes[1], STDOUT_FILENO);
        dup2(fd, STDERR_FILENO);
        execl(TS_BIN_DIR "/tongsheng-kiosk", "tongsheng-kiosk", "booth", "--dir", dir, "--server",
              server, "--pin", front->pin, "--name", "K1", "--listen", "127.0.0.1:0", (char *)NULL);
        _exit(127);
    }
    close(pipes[1]);
    *out = pipes[0];
    return pid;
}

static void connect_page(struct boothproc *booth, uint16_t port)
{
    struct ts_buf head = {0};
    booth->page = raw_connect(port);
    raw_text(&booth->page,
             "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
             "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: tongsheng.kiosk.v1\r\n\r\n");
    assert_true(raw_head(&booth->page, &head));
    assert_non_null(strstr((char *)head.ptr, "HTTP/1.1 101 "));
    ts_buf_free(&head);
}

void boothproc_start(struct boothproc *booth, const char *dir, const struct tlsfront *front)
{
    int out;
    unsigned port = 0;
    memset(booth, 0, sizeof *booth);
    booth->dir = dir;
    booth->pid = spawn(dir, front, &out);
    FILE *file = fdopen(out, "r");
    if (!file || fscanf(file, "Page: http://127.0.0.1:%u", &port) != 1)
        fail_msg("the booth did not come up, see %s.log", dir);
    fclose(file);
    connect_page(booth, (uint16_t)port);
    assert_true(boothproc_read(booth));
}

void boothproc_kill(struct boothproc *booth)
{
    int status;
    kill(booth->pid, SIGKILL);
    assert_int_equal(waitpid(booth->pid, &status, 0), booth->pid);
    if (!WIFSIGNALED(status))
        fail_msg("the booth ended by itself with %d, see %s.log", WEXITSTATUS(status), booth->dir);
}

void boothproc_free(struct boothproc *booth)
{
    raw_close(&booth->page);
    ts_arena_free(&booth->arena);
}

bool boothproc_read(struct boothproc *booth)
{
    static const struct ts_json_limits limits = {1u << 20, 8};
    struct raw_frame frame;
    struct ts_json *root = NULL;
    struct ts_err err;
    if (!raw_read(&booth->page, &frame)) {
        ts_buf_free(&frame.payload);
        return false;
    }
    ts_arena_clear(&booth->arena);
    if (frame.first != 0x81 ||
        ts_json_parse(&root, ts_buf_str(&frame.payload), &limits, &err) != 0 ||
        ts_wire_decode(&ts_desc_screen, ts_json_get(root, "screen"), &booth->arena, &booth->screen,
                       &err) != 0)
        fail_msg("not a screen: %.*s", (int)frame.payload.len, (const char *)frame.payload.ptr);
    ts_json_free(root);
    ts_buf_free(&frame.payload);
    return true;
}

void boothproc_scan(struct boothproc *booth, const char *code)
{
    char text[256];
    snprintf(text, sizeof text, "{\"scan\":\"%s\"}", code);
    raw_say(&booth->page, text);
}

void boothproc_tap(struct boothproc *booth, const char *tap)
{
    char text[256];
    snprintf(text, sizeof text, "{\"serial\":%lld,\"tap\":%s}", (long long)booth->screen.serial,
             tap);
    raw_say(&booth->page, text);
}
