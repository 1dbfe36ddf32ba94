/* Any bytes: refused with a code, or read, walked and written so that it reads back the same. */
#include <assert.h>
#include <stdlib.h>

#include "proto/json/writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct ts_json_limits limits = {1 << 16, TS_JSON_DEPTH_MAX};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ts_str text = {(const char *)data, size};
    struct ts_json *v;
    struct ts_err err = {0};
    if (ts_json_parse(&v, text, &limits, &err) != 0) {
        assert(err.code && err.detail[0]);
        return 0;
    }
    struct ts_buf once = {0}, twice = {0};
    struct ts_json_writer w;
    ts_jw_init(&w, &once);
    ts_jw_value(&w, v);
    ts_json_free(v);

    /* Escapes may make the canonical text longer, never six times as long. */
    const struct ts_json_limits longer = {6 * limits.max_bytes, TS_JSON_DEPTH_MAX};
    if (ts_json_parse(&v, ts_buf_str(&once), &longer, &err) != 0)
        abort();
    ts_jw_init(&w, &twice);
    ts_jw_value(&w, v);
    ts_json_free(v);
    if (!ts_str_equal(ts_buf_str(&once), ts_buf_str(&twice)))
        abort();
    ts_buf_free(&once);
    ts_buf_free(&twice);
    return 0;
}
