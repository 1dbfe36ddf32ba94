/* The views (view/): structs ts_view_NAME, kinds TS_VIEW_NAME and the table of them. */
#ifndef TS_WIRE_VIEW_H
#define TS_WIRE_VIEW_H

#include "proto/wire/event.h" /* views show parts of events */

#include "proto/wire/define_struct.h"
#include "proto/wire/view/all.def"
#include "proto/wire/define_end.h"

enum ts_view_kind {
    TS_VIEW_NONE,
#include "proto/wire/define_none.h"
#undef VIEW
#define VIEW(name, NAME, wire) TS_VIEW_##NAME,
#include "proto/wire/view/all.def"
#include "proto/wire/define_end.h"
    TS_VIEW_COUNT, /* one more than the last kind */
};

struct ts_view_entry {
    const char *name; /* on the wire */
    const struct ts_desc *desc;
};

/* For TS_VIEW_NONE < kind < TS_VIEW_COUNT (asserted). */
const struct ts_view_entry *ts_view_entry(enum ts_view_kind kind);
/* TS_VIEW_NONE: no such view. */
enum ts_view_kind ts_view_find(struct ts_str name);

#endif
