#include "server/domain/apply.h"

#include <assert.h>

#include "server/domain/apply_event.h"

/* A thunk per event: the table's type knows no bodies. */
#include "proto/wire/define_none.h"
#undef EVENT
#define EVENT(name, NAME, wire, version)                                                           \
    static void thunk_##name(struct ts_world_mut *w, const void *body, int64_t at)                 \
    {                                                                                              \
        ts_apply_##name(w, body, at);                                                              \
    }
#include "proto/wire/event/all.def"
#include "proto/wire/define_end.h"

static void (*const table[TS_EV_COUNT])(struct ts_world_mut *, const void *, int64_t) = {
#include "proto/wire/define_none.h"
#undef EVENT
#define EVENT(name, NAME, wire, version) [TS_EV_##NAME] = thunk_##name,
#include "proto/wire/event/all.def"
#include "proto/wire/define_end.h"
};

static bool is_registry(enum ts_ev_kind kind)
{
    return kind <= TS_EV_KIOSK_REVOKED;
}

void ts_apply(struct ts_world_mut *world, const struct ts_event *event, int64_t at_ms)
{
    assert(event->kind > TS_EV_NONE && event->kind < TS_EV_COUNT);
    int64_t *last =
        is_registry(event->kind) ? &world->registry->doc.at_ms : &world->council->doc.at_ms;
    assert(at_ms >= *last);
    *last = at_ms;
    table[event->kind](world, event->body, at_ms);
}

bool ts_event_is_public(enum ts_ev_kind kind)
{
    /* Not public: who is who, who came when, who holds which card, where a child sits in the queue,
     * who proposed what of two people. Content is there by hash only. */
    switch (kind) {
    case TS_EV_MEETING_CREATED:
    case TS_EV_MEETING_CHANGED:
    case TS_EV_MEETING_OPENED:
    case TS_EV_MEETING_CLOSED:
    case TS_EV_ITEM_CALLED:
    case TS_EV_ITEM_NOTED:
    case TS_EV_ATTENDANCE_GUESTS:
    case TS_EV_MOTION_PUT:
    case TS_EV_MOTION_WITHDRAWN:
    case TS_EV_MOTION_MINORITY:
    case TS_EV_MOTION_DECIDED:
    case TS_EV_HANDS_RECORDED:
    case TS_EV_NAMED_RECORDED:
    case TS_EV_PACK_REGISTERED:
    case TS_EV_KEEPERS_STARTED:
    case TS_EV_KEEPER_STEPPED:
    case TS_EV_KEEPERS_ABORTED:
    case TS_EV_KEEPERS_JOINED:
    case TS_EV_POLL_CREATED:
    case TS_EV_POLL_PREPARED:
    case TS_EV_POLL_BOOTHS_SET:
    case TS_EV_PACKAGE_ACKED:
    case TS_EV_POLL_ZERO_SEEN:
    case TS_EV_POLL_OPENED:
    case TS_EV_POLL_TURNOUT:
    case TS_EV_POLL_CLOSING:
    case TS_EV_BOOTH_STATED:
    case TS_EV_BOOTH_GIVEN_UP:
    case TS_EV_POLL_PAPER_COUNTED:
    case TS_EV_POLL_DIFFERENCE_ACCEPTED:
    case TS_EV_POLL_CLOSED:
    case TS_EV_CLOSING_SIGNED:
    case TS_EV_POLL_PARTIAL_GIVEN:
    case TS_EV_POLL_TALLIED:
    case TS_EV_POLL_LOT_DRAWN:
    case TS_EV_POLL_PUBLISHED:
    case TS_EV_POLL_COMPLAINED:
    case TS_EV_POLL_ANSWERED:
    case TS_EV_POLL_FINALISED:
    case TS_EV_POLL_VOIDED:
        return true;
    default:
        return false;
    }
}
