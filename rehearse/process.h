/* The programs that a rehearsal starts: server, booths, slip office, keeper stations. */
#ifndef TS_REHEARSE_PROCESS_H
#define TS_REHEARSE_PROCESS_H

#include "proto/base/err.h"

#include <sys/types.h>

#define TS_PROCESS_ARGS_MAX 32

struct ts_process {
    pid_t pid;     /* 0: not running */
    bool outlives; /* set before starting: it goes on when we end, in a session of its own */
    int out;       /* its standard output, for ts_process_line(); -1: none */
    char log[512];
    char pending[4096]; /* read but not yet a whole line */
    size_t pending_len;
};

/* Starts argv[0] (a path) with standard input closed, standard output as a pipe and standard error
 * appended to the file `log`. The child dies with us unless process->outlives. Code: process.start.
 */
int ts_process_start(struct ts_process *process, const char *const argv[], const char *log,
                     struct ts_err *err);
/* Waits up to timeout_ms for the next line of its standard output (without newline). Codes:
 * process.silent, process.ended. */
int ts_process_line(struct ts_process *process, char *line, size_t size, int timeout_ms,
                    struct ts_err *err);
/* SIGKILL and reap. */
void ts_process_kill(struct ts_process *process);
/* SIGTERM, then wait; returns the exit status, or -1 after timeout_ms (then killed). */
int ts_process_stop(struct ts_process *process, int timeout_ms);
/* Waits for its end; as ts_process_stop() without a signal. */
int ts_process_wait(struct ts_process *process, int timeout_ms);

#endif
