/* The view `desk`: an organiser's body, with its councils, staff and devices. */
#include "server/view/views.h"

#include "proto/ballot/digest.h"

static int desk_class(const struct ts_view_house *house, struct ts_str key,
                      const struct ts_actor *viewer, char out[static TS_VIEW_CLASS_MAX])
{
    struct ts_id body;
    struct ts_world world = {house->registry, NULL};
    if (ts_id_parse(&body, key) != 0 || !ts_registry_body(house->registry, &body))
        return -1;
    uint32_t bits = ts_actor_bits(&world, viewer, &body, NULL) & WHO_STAFF;
    if (!(bits & WHO_ORGANISER))
        return -1;
    ts_class_bits(out, bits);
    return 0;
}

static void fill_bodies(struct ts_view_desk *desk, const struct ts_registry_state *r,
                        struct ts_arena *arena)
{
    desk->below.ptr = ts_arena_array(arena, r->doc.bodies.count, sizeof *desk->below.ptr);
    for (size_t i = 0; i < r->doc.bodies.count; i++) {
        const struct ts_st_body *body = &r->doc.bodies.ptr[i];
        if (!ts_id_equal(&body->parent, &desk->body))
            continue;
        struct ts_desk_body *row = &desk->below.ptr[desk->below.count++];
        row->body = body->body;
        row->kind = body->kind;
        row->name = body->name;
    }
}

static void fill_council(struct ts_desk_council *row, const struct ts_view_house *house,
                         const struct ts_st_council *council, struct ts_arena *arena)
{
    const struct ts_council_state *state = ts_house_council(house, &council->council);
    row->council = council->council;
    row->name = council->name;
    row->term = council->term;
    row->rules = council->rules;
    row->members = (int64_t)ts_council_member_count(state);
    row->packs.ptr = ts_shown_packs(state, arena, &row->packs.count);
    row->meetings.count = state ? state->doc.meetings.count : 0;
    row->meetings.ptr = ts_arena_array(arena, row->meetings.count + 1, sizeof *row->meetings.ptr);
    for (size_t i = 0; i < row->meetings.count; i++) {
        const struct ts_st_meeting *meeting = &state->doc.meetings.ptr[i];
        struct ts_desk_meeting *m = &row->meetings.ptr[i];
        m->meeting = meeting->meeting;
        m->kind = meeting->kind;
        m->sitting = meeting->sitting;
        m->title = ts_shown_text(house, &meeting->title);
        m->starts_at = meeting->starts_at;
        m->state = meeting->state;
        m->rehearsal = meeting->rehearsal;
    }
}

static void fill_councils(struct ts_view_desk *desk, const struct ts_view_house *house,
                          struct ts_arena *arena)
{
    const struct ts_registry_state *r = house->registry;
    desk->councils.ptr =
        ts_arena_array(arena, r->doc.councils.count + 1, sizeof *desk->councils.ptr);
    for (size_t i = 0; i < r->doc.councils.count; i++)
        if (ts_id_equal(&r->doc.councils.ptr[i].body, &desk->body))
            fill_council(&desk->councils.ptr[desk->councils.count++], house,
                         &r->doc.councils.ptr[i], arena);
}

static void fill_staff(struct ts_view_desk *desk, const struct ts_view_house *house,
                       struct ts_arena *arena)
{
    const struct ts_registry_state *r = house->registry;
    desk->staff.ptr = ts_arena_array(arena, r->doc.staff.count + 1, sizeof *desk->staff.ptr);
    for (size_t s = 0; s < r->doc.staff.count; s++) {
        const struct ts_st_staff *staff = &r->doc.staff.ptr[s];
        struct ts_desk_staff *row = &desk->staff.ptr[desk->staff.count];
        row->roles.ptr = ts_arena_array(arena, 16, sizeof *row->roles.ptr);
        for (size_t i = 0; i < r->doc.grants.count && row->roles.count < 16; i++) {
            const struct ts_st_grant *grant = &r->doc.grants.ptr[i];
            if (!grant->revoked && ts_id_equal(&grant->staff, &staff->staff) &&
                ts_id_equal(&grant->body, &desk->body))
                row->roles.ptr[row->roles.count++] = grant->role;
        }
        if (row->roles.count == 0)
            continue;
        row->staff = staff->staff;
        row->login = staff->login;
        row->name = ts_shown_text(house, &staff->name);
        desk->staff.count++;
    }
}

static void fill_kiosks(struct ts_view_desk *desk, const struct ts_view_house *house,
                        struct ts_arena *arena)
{
    const struct ts_registry_state *r = house->registry;
    desk->kiosks.ptr = ts_arena_array(arena, r->doc.kiosks.count + 1, sizeof *desk->kiosks.ptr);
    for (size_t i = 0; i < r->doc.kiosks.count && desk->kiosks.count < 1000; i++) {
        const struct ts_st_kiosk *kiosk = &r->doc.kiosks.ptr[i];
        if (kiosk->state != TS_KIOSK_STATE_REQUESTED && !ts_id_equal(&kiosk->body, &desk->body))
            continue;
        const struct ts_live_kiosk *live = ts_live_kiosk(house->live, &kiosk->kiosk);
        struct ts_desk_kiosk *row = &desk->kiosks.ptr[desk->kiosks.count++];
        struct ts_digest digest = ts_digest_of(kiosk->key);
        row->kiosk = kiosk->kiosk;
        row->name = kiosk->name;
        row->role = kiosk->role;
        row->state = kiosk->state;
        row->words = ts_shown_words(arena, &digest);
        row->online = live && live->online;
        if (!live)
            continue;
        row->has_since = row->has_waiting = row->has_clock_ms = true;
        row->since = live->since_ms;
        row->doing = ts_str_of(live->state);
        row->waiting = live->waiting;
        row->clock_ms = live->clock_ms;
        if (live->version[0])
            row->version = ts_str_of(live->version);
    }
}

static const void *desk_render(const struct ts_view_house *house, struct ts_str key,
                               const struct ts_actor *viewer, struct ts_arena *arena)
{
    struct ts_view_desk *desk = ts_arena_alloc(arena, sizeof *desk);
    struct ts_id id;
    ts_id_parse(&id, key);
    const struct ts_st_body *body = ts_registry_body(house->registry, &id);
    desk->body = body->body;
    desk->parent = body->parent;
    desk->kind = body->kind;
    desk->name = body->name;
    fill_bodies(desk, house->registry, arena);
    fill_councils(desk, house, arena);
    fill_staff(desk, house, arena);
    fill_kiosks(desk, house, arena);
    static const enum ts_cmd_kind kinds[] = {
        TS_CMD_BODY_ADD,       TS_CMD_COUNCIL_ADD,     TS_CMD_COUNCIL_RULES, TS_CMD_ROSTER_CHECK,
        TS_CMD_STAFF_ADD,      TS_CMD_STAFF_GRANT,     TS_CMD_STAFF_REVOKE,  TS_CMD_KIOSK_APPROVE,
        TS_CMD_KIOSK_REVOKE,   TS_CMD_ROSTER_IMPORT,   TS_CMD_MEMBER_REMOVE, TS_CMD_CONTENT_ERASE,
        TS_CMD_MEETING_CREATE, TS_CMD_STAFF_PASSPHRASE};
    struct ts_may may = {0};
    struct ts_world world = {house->registry, NULL};
    uint32_t bits = ts_actor_bits(&world, viewer, &id, NULL);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        ts_may_add(&may, arena, bits, kinds[i], true);
    TS_MAY_PUT(may, desk->may);
    return desk;
}

const struct ts_view ts_view_desk = {desk_class, desk_render, NULL};
