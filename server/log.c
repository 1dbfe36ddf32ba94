#include "server/log.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static const char *const names[] = {
    [TS_LOG_DEBUG] = "debug",
    [TS_LOG_INFO] = "info",
    [TS_LOG_WARN] = "warn",
    [TS_LOG_ERROR] = "error",
};

void ts_log_line(enum ts_log_level least, enum ts_log_level level, const char *line)
{
    if (level < least)
        return;
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    char stamp[32];
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
    struct ts_buf out = {0};
    ts_buf_printf(&out, "time=%s.%03ldZ level=%s ", stamp, now.tv_nsec / 1000000, names[level]);
    for (const char *c = line; *c; c++) /* a line stays a line */
        ts_buf_append_char(&out, (unsigned char)*c < 0x20 ? ' ' : *c);
    ts_buf_append_char(&out, '\n');
    /* A log that cannot be written must not stop a meeting. */
    ssize_t written = write(STDERR_FILENO, out.ptr, out.len);
    (void)written;
    ts_buf_free(&out);
}

int ts_log_level_parse(enum ts_log_level *out, struct ts_str s)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (ts_str_is(s, names[i])) {
            *out = (enum ts_log_level)i;
            return 0;
        }
    }
    return -1;
}
