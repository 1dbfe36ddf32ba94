/* The view `public.home`: the councils that have met, for visitors who know none. */
#include <stdio.h>

#include "server/domain/calendar.h"
#include "server/view/views.h"

static int home_class(const struct ts_view_house *house, struct ts_str key,
                      const struct ts_actor *viewer, char out[static TS_VIEW_CLASS_MAX])
{
    (void)house;
    (void)viewer;
    if (key.len > 0)
        return -1;
    snprintf(out, TS_VIEW_CLASS_MAX, "all");
    return 0;
}

/* Real meetings that have begun; their latest day. */
static void count_meetings(struct ts_public_house *row, const struct ts_st_house *doc,
                           struct ts_arena *arena)
{
    int64_t last = INT64_MIN;
    for (size_t i = 0; i < doc->meetings.count; i++) {
        const struct ts_st_meeting *meeting = &doc->meetings.ptr[i];
        if (meeting->rehearsal || meeting->state == TS_MEETING_STATE_PLANNED)
            continue;
        row->meetings++;
        if (meeting->starts_at > last)
            last = meeting->starts_at;
    }
    if (row->meetings == 0)
        return;
    char *day = ts_arena_alloc(arena, TS_DATE_LEN + 1);
    ts_day_text(day, ts_day_of_ms(last));
    row->last_day = ts_str_of(day);
}

static void count_results(struct ts_public_house *row, const struct ts_council_state *council)
{
    for (size_t i = 0; i < council->doc.polls.count; i++) {
        const struct ts_st_poll *poll = &council->doc.polls.ptr[i];
        const struct ts_st_meeting *meeting = ts_council_meeting(council, &poll->meeting);
        row->results += poll->state == TS_POLL_STATE_PUBLISHED && meeting && !meeting->rehearsal;
    }
}

static const void *home_render(const struct ts_view_house *house, struct ts_str key,
                               const struct ts_actor *viewer, struct ts_arena *arena)
{
    struct ts_view_public_home *v = ts_arena_alloc(arena, sizeof *v);
    const struct ts_registry_state *registry = house->registry;
    (void)key;
    (void)viewer;
    v->councils.ptr =
        ts_arena_array(arena, registry->doc.councils.count + 1, sizeof *v->councils.ptr);
    for (size_t i = 0; i < registry->doc.councils.count; i++) {
        const struct ts_st_council *council = &registry->doc.councils.ptr[i];
        const struct ts_council_state *state = ts_house_council(house, &council->council);
        if (!state)
            continue;
        struct ts_public_house *row = &v->councils.ptr[v->councils.count];
        row->council = council->council;
        row->name = council->name;
        row->body = ts_registry_body(registry, &council->body)->name;
        row->term = council->term;
        count_meetings(row, &state->doc, arena);
        count_results(row, state);
        if (row->meetings > 0)
            v->councils.count++;
        else
            *row = (struct ts_public_house){0};
    }
    return v;
}

const struct ts_view ts_view_public_home = {home_class, home_render, NULL};
