#include "server/view/minutes.h"

#include <assert.h>

#include "server/view/minutes_fold.h"

void ts_minutes_json(const struct ts_view_house *house, struct ts_str key, bool internal,
                     struct ts_buf *out)
{
    struct ts_arena arena = {0};
    struct ts_json_writer w;
    const struct ts_minutes *m = ts_minutes_fold(house, key, internal, &arena);
    assert(m);
    ts_jw_init(&w, out);
    ts_wire_encode(&ts_desc_minutes, m, &w);
    ts_arena_free(&arena);
}
