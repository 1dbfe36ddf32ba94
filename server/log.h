/*
 * The server's log: one line of key=value pairs per happening to stderr (systemd and Docker keep
 * it), with UTC time. Never a name, a text of a person, a slip, a choice or what ties a cast to a
 * time (DESIGN 7).
 */
#ifndef TS_LOG_H
#define TS_LOG_H

#include "server/engine/ports.h"

/* Lines below `least` are dropped. Thread-safe: a line is one write. */
void ts_log_line(enum ts_log_level least, enum ts_log_level level, const char *line);
/* debug, info, warn, error; -1: none of them. */
int ts_log_level_parse(enum ts_log_level *out, struct ts_str s);

#endif
