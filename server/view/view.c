#include "server/view/view.h"

#include <assert.h>

#include "server/view/views.h"

/* One row per definition in proto/wire/view: a view without a file does not link. */
static const struct ts_view *const table[TS_VIEW_COUNT] = {
#include "proto/wire/define_none.h"
#undef VIEW
#define VIEW(name, NAME, wire) [TS_VIEW_##NAME] = &ts_view_##name,
#include "proto/wire/view/all.def"
#include "proto/wire/define_end.h"
};

static const struct ts_view *find(enum ts_view_kind kind)
{
    assert(kind > TS_VIEW_NONE && kind < TS_VIEW_COUNT);
    return table[kind];
}

int ts_view_class(enum ts_view_kind kind, const struct ts_view_house *house, struct ts_str key,
                  const struct ts_actor *viewer, char out[static TS_VIEW_CLASS_MAX])
{
    return find(kind)->class(house, key, viewer, out);
}

const void *ts_view_render(enum ts_view_kind kind, const struct ts_view_house *house,
                           struct ts_str key, const struct ts_actor *viewer, struct ts_arena *arena)
{
    return find(kind)->render(house, key, viewer, arena);
}

bool ts_view_council(enum ts_view_kind kind, const struct ts_view_house *house, struct ts_str key,
                     struct ts_id *out)
{
    const struct ts_view *view = find(kind);
    return view->council && view->council(house, key, out);
}
