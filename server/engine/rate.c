#include "server/engine/rate.h"

#include <assert.h>

struct limit {
    int64_t per_s;
    int64_t burst;
};

/* FREE: a kiosk's status; NORMAL: what a person or an agent does; HEAVY: what costs a password
 * hash; BALLOT: a booth that empties its queue after hours without a network. Much above what
 * people can do, and below what one connection could hurt the others with. */
static const struct limit limits[2][TS_RATE_BALLOT + 1] = {
    {[TS_RATE_FREE] = {20, 40},
     [TS_RATE_NORMAL] = {20, 60},
     [TS_RATE_HEAVY] = {1, 6},
     [TS_RATE_BALLOT] = {1, 5}},
    {[TS_RATE_FREE] = {50, 100},
     [TS_RATE_NORMAL] = {400, 800},
     [TS_RATE_HEAVY] = {2, 20},
     [TS_RATE_BALLOT] = {200, 1000}},
};

static const struct limit fault_limit = {1, 20};

static bool take(struct ts_rate_bucket *bucket, const struct limit *limit, int64_t now_ms)
{
    if (bucket->at_ms == 0)
        bucket->level_milli = limit->burst * 1000;
    else if (now_ms > bucket->at_ms)
        bucket->level_milli += (now_ms - bucket->at_ms) * limit->per_s;
    if (bucket->level_milli > limit->burst * 1000)
        bucket->level_milli = limit->burst * 1000;
    bucket->at_ms = now_ms;
    if (bucket->level_milli < 1000)
        return false;
    bucket->level_milli -= 1000;
    return true;
}

bool ts_rate_take(struct ts_rate *rate, enum ts_cmd_rate class, bool known, int64_t now_ms)
{
    assert(class >= TS_RATE_FREE && class <= TS_RATE_BALLOT);
    return take(&rate->buckets[class], &limits[known][class], now_ms);
}

bool ts_rate_fault(struct ts_rate *rate, int64_t now_ms)
{
    return take(&rate->faults, &fault_limit, now_ms);
}
