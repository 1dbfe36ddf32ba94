/* A real tongsheng-server in a process of its own, and conversations with it over raw sockets. */
#ifndef TS_TEST_SERVERPROC_H
#define TS_TEST_SERVERPROC_H

#include <sys/types.h>

#include "proto/base/id.h"
#include "proto/wire/frame.h"
#include "tests/support/netbox.h"

struct serverproc {
    pid_t pid;
    uint16_t port;
    int out;             /* its standard output */
    char setup_code[64]; /* "" when it printed none */
    char dir[256];       /* data directory, below the current one */
};

/* Starts it on a free loopback port without TLS and waits until it listens; the log goes to
 * DIR.log. Fails the test if it does not come up. */
void serverproc_start(struct serverproc *server, const char *dir);
/* Deletes a directory of an earlier run, below the current one. */
void serverproc_clean(const char *dir);
/* SIGKILL. */
void serverproc_kill(struct serverproc *server);
/* SIGTERM; the exit code. */
int serverproc_stop(struct serverproc *server);
/* `tongsheng-server --verify`: the line "state HASH"; returns the exit code. */
int serverproc_verify(const char *dir, char *line, size_t size);
/* The hash of the live state, hex, as the server last logged it when it was stopped. */
void serverproc_live_state(const char *dir, char hex[static 65]);

struct said {
    struct ts_arena arena;
    struct ts_frame_answer answer;
};

/* Sends a command with a fresh id and waits for its answer, skipping views. body: a printf format
 * of JSON. Release with said_free(). */
void talk(struct raw *raw, struct said *said, const char *command, const char *body, ...)
    __attribute__((format(printf, 4, 5)));
/* The same with this id. */
void talk_id(struct raw *raw, struct said *said, const char *id, const char *command,
             const char *body);
/* Waits for the next frame of this view. */
void talk_view(struct raw *raw, struct said *said, const char *view);
void said_free(struct said *said);
/* Asserts that it was accepted; the id in the reply. */
struct ts_id talk_ok(struct raw *raw, const char *command, const char *body, ...)
    __attribute__((format(printf, 3, 4)));
/* Asserts that it was rejected with this code. */
void talk_err(struct raw *raw, const char *code, const char *command, const char *body, ...)
    __attribute__((format(printf, 4, 5)));
/* GET; the status, the body appended. */
int talk_get(uint16_t port, const char *path, const char *bearer, struct ts_buf *body);

#endif
