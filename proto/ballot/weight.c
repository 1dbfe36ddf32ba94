#include "proto/ballot/weight.h"

#include <inttypes.h>
#include <stdio.h>

#include "proto/base/codec.h"

#define PLAIN_MAX ((INT64_C(1) << 30) - 1)

void ts_weight_write(struct ts_json_writer *w, int64_t weight)
{
    char text[24];
    if (weight <= PLAIN_MAX) {
        ts_jw_int(w, weight);
        return;
    }
    snprintf(text, sizeof text, "%" PRId64, weight);
    ts_jw_cstr(w, text);
}

int ts_weight_read(int64_t *out, const struct ts_json *v)
{
    if (ts_json_is(v, TS_JSON_INT)) {
        *out = ts_json_int(v);
        return *out >= 0 && *out <= PLAIN_MAX ? 0 : -1;
    }
    if (!ts_json_is(v, TS_JSON_STR) || ts_decimal_decode(out, ts_json_str(v)))
        return -1;
    return *out > PLAIN_MAX && *out <= TS_WEIGHT_MAX ? 0 : -1;
}
