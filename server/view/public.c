/* The views `public.council` and `public.poll`: what anybody may see. */
#include "server/view/views.h"

#include <stdio.h>

#include "proto/ballot/digest.h"
#include "server/domain/calendar.h"

static bool is_rehearsal(const struct ts_council_state *council, const struct ts_id *meeting)
{
    const struct ts_st_meeting *row = ts_council_meeting(council, meeting);
    return row && row->rehearsal;
}

/* ---- a council ---- */

static int council_class(const struct ts_view_house *house, struct ts_str key,
                         const struct ts_actor *viewer, char out[static TS_VIEW_CLASS_MAX])
{
    struct ts_scene scene;
    (void)viewer;
    if (!ts_scene_council(&scene, house, key))
        return -1;
    snprintf(out, TS_VIEW_CLASS_MAX, "all");
    return 0;
}

static void fill_meetings(struct ts_view_public_council *v, const struct ts_view_house *house,
                          const struct ts_st_house *doc, struct ts_arena *arena)
{
    v->meetings.ptr = ts_arena_array(arena, doc->meetings.count + 1, sizeof *v->meetings.ptr);
    for (size_t i = 0; i < doc->meetings.count; i++) {
        const struct ts_st_meeting *meeting = &doc->meetings.ptr[i];
        if (meeting->rehearsal)
            continue;
        struct ts_public_meeting *row = &v->meetings.ptr[v->meetings.count++];
        char *day = ts_arena_alloc(arena, TS_DATE_LEN + 1);
        ts_day_text(day, ts_day_of_ms(meeting->starts_at));
        row->meeting = meeting->meeting;
        row->sitting = meeting->sitting;
        row->kind = meeting->kind;
        row->title = ts_shown_text(house, &meeting->title);
        row->day = ts_str_of(day);
        row->state = meeting->state;
        v->items_all += (int64_t)meeting->items.count;
        for (size_t n = 0; n < meeting->items.count; n++)
            v->items_children += meeting->items.ptr[n].origin != TS_ORIGIN_ADULT;
    }
}

static void fill_polls(struct ts_view_public_council *v, const struct ts_view_house *house,
                       const struct ts_council_state *council, struct ts_arena *arena)
{
    const struct ts_st_house *doc = &council->doc;
    v->polls.ptr = ts_arena_array(arena, doc->polls.count + 1, sizeof *v->polls.ptr);
    for (size_t i = 0; i < doc->polls.count; i++) {
        const struct ts_st_poll *poll = &doc->polls.ptr[i];
        if (poll->state == TS_POLL_STATE_DRAFT || ts_id_is_none(&poll->uuid) ||
            is_rehearsal(council, &poll->meeting))
            continue;
        struct ts_public_poll_row *row = &v->polls.ptr[v->polls.count++];
        row->uuid = poll->uuid;
        row->meeting = poll->meeting;
        row->question = ts_shown_text(house, &poll->question);
        row->state = poll->state;
    }
}

static void fill_decisions(struct ts_view_public_council *v, const struct ts_view_house *house,
                           const struct ts_council_state *council, struct ts_arena *arena)
{
    const struct ts_st_house *doc = &council->doc;
    v->decisions.ptr = ts_arena_array(arena, doc->motions.count + 1, sizeof *v->decisions.ptr);
    for (size_t i = 0; i < doc->motions.count; i++) {
        const struct ts_st_motion *motion = &doc->motions.ptr[i];
        if (ts_id_is_none(&motion->decision) || is_rehearsal(council, &motion->meeting))
            continue;
        struct ts_public_decision *row = &v->decisions.ptr[v->decisions.count++];
        row->title = ts_shown_text(house, &motion->title);
        row->text = ts_shown_text(house, &motion->decision);
        row->lead = motion->lead;
        row->support = motion->support;
        row->due_on = motion->due_on;
    }
}

static const void *council_render(const struct ts_view_house *house, struct ts_str key,
                                  const struct ts_actor *viewer, struct ts_arena *arena)
{
    struct ts_scene scene;
    struct ts_view_public_council *v = ts_arena_alloc(arena, sizeof *v);
    (void)viewer;
    ts_scene_council(&scene, house, key);
    v->council = scene.row->council;
    v->name = scene.row->name;
    v->body = ts_registry_body(house->registry, &scene.row->body)->name;
    v->term = scene.row->term;
    if (scene.world.council) {
        fill_meetings(v, house, &scene.world.council->doc, arena);
        fill_polls(v, house, scene.world.council, arena);
        fill_decisions(v, house, scene.world.council, arena);
    }
    return v;
}

static bool council_council(const struct ts_view_house *house, struct ts_str key, struct ts_id *out)
{
    (void)house;
    return ts_id_parse(out, key) == 0;
}

const struct ts_view ts_view_public_council = {council_class, council_render, council_council};

/* ---- a poll ---- */

static int poll_class(const struct ts_view_house *house, struct ts_str key,
                      const struct ts_actor *viewer, char out[static TS_VIEW_CLASS_MAX])
{
    struct ts_scene scene;
    (void)viewer;
    if (!ts_scene_poll(&scene, house, key))
        return -1;
    snprintf(out, TS_VIEW_CLASS_MAX, "all");
    return 0;
}

static void fill_question(struct ts_view_public_poll *v, const struct ts_view_house *house,
                          const struct ts_scene *scene, struct ts_arena *arena)
{
    const struct ts_st_poll *poll = scene->poll;
    const struct ts_st_pack *pack = ts_council_pack(scene->world.council, &poll->pack);
    struct ts_digest phi = ts_digest_of(poll->election);
    v->uuid = poll->uuid;
    v->council = scene->row->council;
    v->meeting = poll->meeting;
    v->name = scene->row->name;
    v->rehearsal = scene->meeting->rehearsal;
    v->question = ts_shown_text(house, &poll->question);
    v->method = poll->method;
    v->min = poll->min;
    v->max = poll->max;
    v->per_option = poll->per_option;
    v->blank = poll->blank;
    v->options.ptr = ts_shown_options(house, poll, arena);
    v->options.count = poll->options.count;
    v->rule = poll->rule;
    v->info = ts_shown_info(house, &poll->info, arena);
    v->state = poll->state;
    v->letter = poll->letter;
    v->printed = pack->printed;
    v->phi = poll->phi;
    v->words = ts_shown_words(arena, &phi);
    v->server_key = ts_str_of(house->server_key);
}

static const void *poll_render(const struct ts_view_house *house, struct ts_str key,
                               const struct ts_actor *viewer, struct ts_arena *arena)
{
    struct ts_scene scene;
    struct ts_view_public_poll *v = ts_arena_alloc(arena, sizeof *v);
    (void)viewer;
    ts_scene_poll(&scene, house, key);
    const struct ts_st_poll *poll = scene.poll;
    fill_question(v, house, &scene, arena);
    v->entitled = poll->entitled;
    if (poll->state >= TS_POLL_STATE_CLOSED && poll->k.ptr) {
        struct ts_digest k;
        ts_digest_from_hex(&k, poll->k);
        v->k = poll->k;
        v->closing_words = ts_shown_words(arena, &k);
        v->k_signature = poll->k_signature;
        v->paper = poll->paper;
        v->balance = ts_shown_balance(&scene, poll, arena);
    }
    if (poll->state == TS_POLL_STATE_PUBLISHED)
        v->result = ts_shown_result(poll, arena);
    v->notice_until = poll->notice_until;
    v->final = poll->final;
    return v;
}

const struct ts_view ts_view_public_poll = {poll_class, poll_render, ts_scene_poll_council};
