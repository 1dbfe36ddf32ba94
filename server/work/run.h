/*
 * Runs a program on some bytes and takes what it writes, with a limit on time and output. What
 * becomes of the program, killed, hung, talking too much, is an answer like any other. For worker
 * threads: it waits.
 */
#ifndef TS_WORK_RUN_H
#define TS_WORK_RUN_H

#include "proto/base/bytes.h"

enum ts_run_end {
    TS_RUN_EXITED,    /* by itself, see status */
    TS_RUN_NOT_THERE, /* no such program, or it cannot be started */
    TS_RUN_TIME,      /* took too long and was killed */
    TS_RUN_MUCH,      /* wrote too much and was killed */
    TS_RUN_DIED,      /* by a signal: killed, out of memory, a fault */
};

struct ts_run_result {
    enum ts_run_end end;
    int status;     /* exit code, or the signal */
    char said[200]; /* the beginning of standard error */
};

/* argv: NULL at the end, argv[0] the path. The program gets no environment but LC_ALL and no open
 * file but the three. Appends what it writes to `out`. */
void ts_run(const char *const *argv, struct ts_bytes input, size_t output_max, int limit_ms,
            struct ts_buf *out, struct ts_run_result *result);

#endif
