#include "server/view/view.h"

#include <assert.h>

/* The views that there are; a kind without one has nothing to show to anybody. */
static const struct ts_view *const views[TS_VIEW_COUNT] = {
    [TS_VIEW_NONE] = NULL,
};

static const struct ts_view *find(enum ts_view_kind kind)
{
    assert(kind > TS_VIEW_NONE && kind < TS_VIEW_COUNT);
    return views[kind];
}

int ts_view_class(enum ts_view_kind kind, const struct ts_view_house *house, struct ts_str key,
                  const struct ts_actor *viewer, char out[static TS_VIEW_CLASS_MAX])
{
    const struct ts_view *view = find(kind);
    return view ? view->class(house, key, viewer, out) : -1;
}

const void *ts_view_render(enum ts_view_kind kind, const struct ts_view_house *house,
                           struct ts_str key, const struct ts_actor *viewer,
                           struct ts_arena *arena)
{
    const struct ts_view *view = find(kind);
    assert(view); /* ts_view_class() has let the viewer in */
    return view->render(house, key, viewer, arena);
}

bool ts_view_council(enum ts_view_kind kind, const struct ts_view_house *house, struct ts_str key,
                     struct ts_id *out)
{
    const struct ts_view *view = find(kind);
    return view && view->council && view->council(house, key, out);
}
