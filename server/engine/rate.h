/*
 * Limits of one connection: token buckets per rate class of commands (proto/wire/command.h). A
 * connection that has proven who it is may do more.
 */
#ifndef TS_ENGINE_RATE_H
#define TS_ENGINE_RATE_H

#include "proto/wire/command.h"

struct ts_rate_bucket {
    int64_t level_milli; /* thousandths of a command that may still be sent */
    int64_t at_ms;       /* when the level was right; 0: full */
};

/* Zero-initialise. */
struct ts_rate {
    struct ts_rate_bucket buckets[TS_RATE_BALLOT + 1];
    struct ts_rate_bucket faults; /* malformed frames */
};

/* Takes one command of this class; false: too many. known: logged in, with a card, or a device. */
bool ts_rate_take(struct ts_rate *rate, enum ts_cmd_rate class, bool known, int64_t now_ms);
/* A malformed frame; false: enough of them, hang up. */
bool ts_rate_fault(struct ts_rate *rate, int64_t now_ms);

#endif
