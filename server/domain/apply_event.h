/* One function per event, in apply_registry.c, apply_council.c and apply_poll.c; for apply.c. */
#ifndef TS_DOMAIN_APPLY_EVENT_H
#define TS_DOMAIN_APPLY_EVENT_H

#include "server/domain/state.h"

#include "proto/wire/define_none.h"
#undef EVENT
#define EVENT(name, NAME, wire, version)                                                           \
    void ts_apply_##name(struct ts_world_mut *w, const struct ts_ev_##name *ev, int64_t at);
#include "proto/wire/event/all.def"
#include "proto/wire/define_end.h"

#endif
