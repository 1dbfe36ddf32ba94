#include "proto/wire/view.h"

#include <assert.h>

#include "proto/wire/define_desc.h"
#include "proto/wire/view/all.def"
#include "proto/wire/define_end.h"

static const struct ts_view_entry entries[TS_VIEW_COUNT] = {
#include "proto/wire/define_none.h"
#undef VIEW
#define VIEW(name, NAME, wire) [TS_VIEW_##NAME] = {wire, &ts_desc_view_##name},
#include "proto/wire/view/all.def"
#include "proto/wire/define_end.h"
};

const struct ts_view_entry *ts_view_entry(enum ts_view_kind kind)
{
    assert(kind > TS_VIEW_NONE && kind < TS_VIEW_COUNT);
    return &entries[kind];
}

enum ts_view_kind ts_view_find(struct ts_str name)
{
    for (int kind = TS_VIEW_NONE + 1; kind < TS_VIEW_COUNT; kind++)
        if (ts_str_is(name, entries[kind].name))
            return (enum ts_view_kind)kind;
    return TS_VIEW_NONE;
}
