/* The view `me`: who one is, and where one's roles reach. */
#include "server/view/views.h"

#include <stdlib.h>

#include <stdio.h>

static int me_class(const struct ts_view_house *house, struct ts_str key,
                    const struct ts_actor *viewer, char out[static TS_VIEW_CLASS_MAX])
{
    (void)house;
    if (key.len > 0)
        return -1;
    char who[TS_ACTOR_TEXT_MAX];
    ts_actor_text(who, viewer);
    snprintf(out, TS_VIEW_CLASS_MAX, "%s", who);
    return 0;
}

static void fill_staff(struct ts_view_me *me, const struct ts_view_house *house,
                       const struct ts_actor *viewer, struct ts_arena *arena)
{
    const struct ts_registry_state *r = house->registry;
    const struct ts_st_staff *staff = ts_registry_staff(r, &viewer->id);
    if (!staff)
        return;
    me->login = staff->login;
    me->name = ts_shown_text(house, &staff->name);
    me->grants.ptr = ts_arena_array(arena, r->doc.grants.count + 1, sizeof *me->grants.ptr);
    for (size_t i = 0; i < r->doc.grants.count; i++) {
        const struct ts_st_grant *grant = &r->doc.grants.ptr[i];
        if (grant->revoked || !ts_id_equal(&grant->staff, &viewer->id))
            continue;
        struct ts_me_grant *row = &me->grants.ptr[me->grants.count++];
        row->body = grant->body;
        row->name = ts_registry_body(r, &grant->body)->name;
        row->role = grant->role;
    }
    struct ts_world world = {r, NULL};
    me->councils.ptr = ts_arena_array(arena, r->doc.councils.count + 1, sizeof *me->councils.ptr);
    for (size_t i = 0; i < r->doc.councils.count; i++) {
        const struct ts_st_council *council = &r->doc.councils.ptr[i];
        if (!(ts_actor_bits(&world, viewer, &council->body, NULL) & WHO_STAFF))
            continue;
        struct ts_me_council *row = &me->councils.ptr[me->councils.count++];
        row->council = council->council;
        row->body = council->body;
        row->name = council->name;
        row->term = council->term;
    }
}

#define MEETINGS_MAX 200

static int later_first(const void *a, const void *b)
{
    const struct ts_me_meeting *x = a, *y = b;
    return (x->starts_at < y->starts_at) - (x->starts_at > y->starts_at);
}

static void fill_meetings(struct ts_view_me *me, const struct ts_view_house *house,
                          const struct ts_actor *viewer, struct ts_arena *arena)
{
    struct ts_world world = {house->registry, NULL};
    size_t room = 1;
    for (size_t i = 0; i < me->councils.count; i++) {
        const struct ts_council_state *state =
            ts_house_council(house, &me->councils.ptr[i].council);
        room += state ? state->doc.meetings.count : 0;
    }
    me->meetings.ptr = ts_arena_array(arena, room, sizeof *me->meetings.ptr);
    for (size_t i = 0; i < me->councils.count; i++) {
        const struct ts_me_council *council = &me->councils.ptr[i];
        const struct ts_council_state *state = ts_house_council(house, &council->council);
        if (!state || !(ts_actor_bits(&world, viewer, &council->body, NULL) & WHO_RUNS))
            continue;
        for (size_t m = 0; m < state->doc.meetings.count; m++) {
            const struct ts_st_meeting *meeting = &state->doc.meetings.ptr[m];
            me->meetings.ptr[me->meetings.count++] = (struct ts_me_meeting){
                .council = council->council,
                .meeting = meeting->meeting,
                .kind = meeting->kind,
                .sitting = meeting->sitting,
                .title = ts_shown_text(house, &meeting->title),
                .starts_at = meeting->starts_at,
                .state = meeting->state,
                .rehearsal = meeting->rehearsal,
            };
        }
    }
    qsort(me->meetings.ptr, me->meetings.count, sizeof *me->meetings.ptr, later_first);
    if (me->meetings.count > MEETINGS_MAX)
        me->meetings.count = MEETINGS_MAX;
}

static void fill_card(struct ts_view_me *me, const struct ts_view_house *house,
                      const struct ts_actor *viewer)
{
    const struct ts_council_state *council = ts_house_council(house, &viewer->council);
    me->council = viewer->council;
    for (size_t m = 0; council && m < council->doc.meetings.count; m++) {
        const struct ts_st_meeting *meeting = &council->doc.meetings.ptr[m];
        for (size_t i = 0; i < meeting->cards.count; i++)
            if (ts_id_equal(&meeting->cards.ptr[i].card, &viewer->id)) {
                me->office = meeting->cards.ptr[i].office;
                me->meeting = meeting->meeting;
            }
    }
}

static const void *me_render(const struct ts_view_house *house, struct ts_str key,
                             const struct ts_actor *viewer, struct ts_arena *arena)
{
    static const char *const kinds[] = {"nobody", "staff", "card", "device"};
    struct ts_view_me *me = ts_arena_alloc(arena, sizeof *me);
    (void)key;
    me->kind = ts_str_of(kinds[viewer->kind]);
    me->id = viewer->id;
    me->setup_needed = house->registry->doc.bodies.count == 0;
    if (viewer->kind == TS_ACTOR_STAFF) {
        fill_staff(me, house, viewer, arena);
        fill_meetings(me, house, viewer, arena);
    }
    if (viewer->kind == TS_ACTOR_CARD)
        fill_card(me, house, viewer);
    if (viewer->kind == TS_ACTOR_DEVICE) {
        const struct ts_st_kiosk *kiosk = ts_registry_kiosk(house->registry, &viewer->id);
        if (kiosk) {
            me->device = kiosk->role;
            me->name = kiosk->name;
            me->approved = kiosk->state == TS_KIOSK_STATE_APPROVED;
        }
    }
    return me;
}

const struct ts_view ts_view_me = {me_class, me_render, NULL};
