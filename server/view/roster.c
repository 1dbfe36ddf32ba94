/* The view `roster`: who sits where and who has read the names; names only while they are open to
 * this viewer (LG-06). */
#include "server/view/views.h"

#include <stdio.h>
#include <stdlib.h>

#include "proto/json/json.h"

#define OPEN_MS (15 * 60 * 1000)
#define READINGS_SHOWN 200

/* Is what was read then open to this viewer now? */
static bool is_open(const struct ts_st_reading *reading, const struct ts_actor *viewer, int64_t now)
{
    return now - reading->at < OPEN_MS &&
           (ts_id_equal(&reading->by, &viewer->id) || ts_id_equal(&reading->first, &viewer->id));
}

static int roster_class(const struct ts_view_house *house, struct ts_str key,
                        const struct ts_actor *viewer, char out[static TS_VIEW_CLASS_MAX])
{
    struct ts_scene scene;
    if (!ts_scene_council(&scene, house, key))
        return -1;
    uint32_t bits = ts_actor_bits(&scene.world, viewer, &scene.row->body, NULL);
    if (!(bits & ts_cmd_entry(TS_CMD_ROSTER_READ)->who))
        return -1;
    /* What is open to somebody is that person's own view, another one when part of it closes. */
    const struct ts_council_state *c = scene.world.council;
    size_t open = 0;
    for (size_t i = 0; c && i < c->doc.readings.count; i++)
        open += is_open(&c->doc.readings.ptr[i], viewer, house->now_ms);
    if (open > 0)
        snprintf(out, TS_VIEW_CLASS_MAX, "%s %zu %x", viewer->id.s, open, (unsigned)bits);
    else
        ts_class_bits(out, bits);
    return 0;
}

static bool opened(const struct ts_council_state *c, const struct ts_id *member,
                   const struct ts_actor *viewer, int64_t now)
{
    for (size_t i = 0; i < c->doc.readings.count; i++) {
        const struct ts_st_reading *reading = &c->doc.readings.ptr[i];
        if (!is_open(reading, viewer, now))
            continue;
        if (reading->members.count == 0)
            return true;
        for (size_t m = 0; m < reading->members.count; m++)
            if (ts_id_equal(&reading->members.ptr[m], member))
                return true;
    }
    return false;
}

/* What the roster row's content says (server/domain/content.c writes it). */
static void fill_names(struct ts_roster_member *row, struct ts_str text, struct ts_arena *arena)
{
    static const struct ts_json_limits limits = {1024, 2};
    struct ts_json *root;
    struct ts_err err;
    if (ts_json_parse(&root, text, &limits, &err) != 0)
        return;
    const struct ts_json *name = ts_json_get(root, "name"), *sex = ts_json_get(root, "sex"),
                         *grade = ts_json_get(root, "grade");
    if (ts_json_is(name, TS_JSON_STR) && ts_json_is(sex, TS_JSON_STR) &&
        ts_json_is(grade, TS_JSON_INT)) {
        row->name = ts_arena_str(arena, ts_json_str(name));
        row->sex = ts_enum_value(&ts_enum_sex, ts_json_str(sex));
        row->has_grade = true;
        row->grade = ts_json_int(grade);
    }
    ts_json_free(root);
}

static int by_seat(const void *a, const void *b)
{
    const struct ts_roster_member *x = a, *y = b;
    return x->seat < y->seat ? -1 : x->seat > y->seat;
}

static void fill_rows(struct ts_view_roster *roster, const struct ts_view_house *house,
                      const struct ts_council_state *c, const struct ts_actor *viewer,
                      struct ts_arena *arena)
{
    roster->rows.ptr = ts_arena_array(arena, c->doc.members.count + 1, sizeof *roster->rows.ptr);
    for (size_t i = 0; i < c->doc.members.count; i++) {
        const struct ts_st_member *member = &c->doc.members.ptr[i];
        if (member->removed)
            continue;
        struct ts_roster_member *row = &roster->rows.ptr[roster->rows.count++];
        const struct ts_st_content *content = ts_council_content(c, &member->row);
        row->member = member->member;
        row->seat = member->seat;
        row->erased = content && content->erased;
        if (!row->erased && opened(c, &member->member, viewer, house->now_ms))
            fill_names(row, ts_content_text(house->reader, &member->row), arena);
    }
    qsort(roster->rows.ptr, roster->rows.count, sizeof *roster->rows.ptr, by_seat);
}

static struct ts_str staff_name(const struct ts_view_house *house, const struct ts_id *id)
{
    const struct ts_st_staff *staff = ts_registry_staff(house->registry, id);
    return staff ? ts_shown_text(house, &staff->name) : TS_STR("");
}

static void fill_readings(struct ts_view_roster *roster, const struct ts_view_house *house,
                          const struct ts_council_state *c, const struct ts_actor *viewer,
                          struct ts_arena *arena)
{
    size_t all = c->doc.readings.count;
    roster->readings_all = (int64_t)all;
    roster->readings.count = all < READINGS_SHOWN ? all : READINGS_SHOWN;
    roster->readings.ptr =
        ts_arena_array(arena, roster->readings.count + 1, sizeof *roster->readings.ptr);
    for (size_t i = 0; i < roster->readings.count; i++) {
        const struct ts_st_reading *reading = &c->doc.readings.ptr[all - 1 - i];
        struct ts_roster_reading *row = &roster->readings.ptr[i];
        row->name = staff_name(house, &reading->by);
        if (!ts_id_is_none(&reading->first))
            row->first = staff_name(house, &reading->first);
        row->rows = reading->rows;
        row->reason = ts_shown_text(house, &reading->reason);
        row->at = reading->at;
        if (is_open(reading, viewer, house->now_ms) && !roster->has_open_until) {
            roster->has_open_until = true;
            roster->open_until = reading->at + OPEN_MS;
        }
    }
}

static struct ts_roster_waiting *waiting(const struct ts_view_house *house,
                                         const struct ts_council_state *c, struct ts_arena *arena)
{
    for (size_t i = 0; i < c->doc.proposals.count; i++) {
        const struct ts_st_proposal *proposal = &c->doc.proposals.ptr[i];
        if (proposal->act != TS_ACT_READ)
            continue;
        struct ts_roster_waiting *out = ts_arena_alloc(arena, sizeof *out);
        out->staff = proposal->by;
        out->name = staff_name(house, &proposal->by);
        out->reason = ts_shown_text(house, &proposal->reason);
        out->members.count = proposal->members.count;
        out->members.ptr = proposal->members.ptr;
        return out;
    }
    return NULL;
}

static const void *roster_render(const struct ts_view_house *house, struct ts_str key,
                                 const struct ts_actor *viewer, struct ts_arena *arena)
{
    struct ts_view_roster *roster = ts_arena_alloc(arena, sizeof *roster);
    struct ts_scene scene;
    ts_scene_council(&scene, house, key);
    roster->council = scene.row->council;
    roster->name = scene.row->name;
    const struct ts_council_state *c = scene.world.council;
    if (c) {
        fill_rows(roster, house, c, viewer, arena);
        fill_readings(roster, house, c, viewer, arena);
        roster->waiting = waiting(house, c, arena);
    }
    static const enum ts_cmd_kind kinds[] = {TS_CMD_ROSTER_READ, TS_CMD_ROSTER_CHECK,
                                             TS_CMD_ROSTER_IMPORT, TS_CMD_MEMBER_REMOVE};
    struct ts_may may = {0};
    uint32_t bits = ts_actor_bits(&scene.world, viewer, &scene.row->body, NULL);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        ts_may_add(&may, arena, bits, kinds[i],
                   kinds[i] == TS_CMD_ROSTER_IMPORT || kinds[i] == TS_CMD_ROSTER_CHECK ||
                       roster->rows.count > 0);
    TS_MAY_PUT(may, roster->may);
    return roster;
}

static bool roster_council(const struct ts_view_house *house, struct ts_str key, struct ts_id *out)
{
    struct ts_scene scene;
    if (!ts_scene_council(&scene, house, key))
        return false;
    *out = scene.row->council;
    return true;
}

const struct ts_view ts_view_roster = {roster_class, roster_render, roster_council};
