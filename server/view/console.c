/* The view `console`: everything that the adults who run a meeting need, and never a choice. */
#include "server/view/views.h"

#include "proto/base/codec.h"
#include "proto/ballot/digest.h"
#include "server/domain/closing.h"

/* Clocks (DESIGN 10.12). */
#define CLOCK_OFF_MS 2000
#define CLOCK_FAR_MS 120000

static int console_class(const struct ts_view_house *house, struct ts_str key,
                         const struct ts_actor *viewer, char out[static TS_VIEW_CLASS_MAX])
{
    struct ts_scene scene;
    if (viewer->kind != TS_ACTOR_STAFF || !ts_scene_meeting(&scene, house, key))
        return -1;
    uint32_t bits =
        ts_actor_bits(&scene.world, viewer, &scene.row->body, NULL) & (WHO_RUNS | WHO_PRIVACY);
    if (!(bits & WHO_RUNS))
        return -1;
    ts_class_bits(out, bits);
    return 0;
}

/* ---- people ---- */

static bool is_excused(const struct ts_st_meeting *meeting, const struct ts_id *member)
{
    for (size_t i = 0; i < meeting->excused.count; i++)
        if (ts_id_equal(&meeting->excused.ptr[i], member))
            return true;
    return false;
}

/* Seats, not names: who looks at the roster itself leaves a trace (LG-06). */
static void fill_seats(struct ts_view_console *c, const struct ts_scene *scene,
                       struct ts_arena *arena)
{
    const struct ts_council_state *state = scene->world.council;
    c->seats.ptr = ts_arena_array(arena, state->doc.members.count + 1, sizeof *c->seats.ptr);
    for (size_t i = 0; i < state->doc.members.count; i++) {
        const struct ts_st_member *member = &state->doc.members.ptr[i];
        if (member->removed)
            continue;
        struct ts_console_seat *row = &c->seats.ptr[c->seats.count++];
        row->member = member->member;
        row->seat = member->seat;
        row->here = ts_council_is_present(state, &scene->meeting->meeting, &member->member);
        row->excused =
            scene->meeting->excused.count > 0 && is_excused(scene->meeting, &member->member);
    }
}

static void fill_meeting(struct ts_view_console *c, const struct ts_view_house *house,
                         const struct ts_scene *scene, struct ts_arena *arena)
{
    const struct ts_st_meeting *m = scene->meeting;
    c->council = scene->row->council;
    c->meeting = m->meeting;
    c->name = scene->row->name;
    c->title = ts_shown_text(house, &m->title);
    c->place = ts_shown_text(house, &m->place);
    c->kind = m->kind;
    c->sitting = m->sitting;
    c->state = m->state;
    c->rehearsal = m->rehearsal;
    c->starts_at = m->starts_at;
    c->minutes = m->minutes;
    c->item = m->item;
    c->items.ptr = ts_shown_items(house, m, arena);
    c->items.count = m->items.count;
    c->members = (int64_t)ts_council_member_count(scene->world.council);
    c->present = m->present;
    c->excused = (int64_t)m->excused.count;
    c->quorum = ts_shown_quorum(scene);
    c->quorum_met = m->present >= c->quorum;
    c->observers = m->observers;
    c->guests = m->guests;
    c->guardians = m->guardians;
    const struct ts_live_queue *queue = ts_live_queue(house->live, &m->meeting);
    c->queue.ptr = ts_shown_queue(queue, 5000, arena, &c->queue.count);
    c->speech = ts_shown_speech(queue, arena);
    c->timer = ts_shown_timer(ts_live_stage(house->live, &m->meeting), arena);
    ts_shown_stage(&c->stage, house, scene);
}

/* ---- motions and open votes ---- */

static void fill_motions(struct ts_view_console *c, const struct ts_view_house *house,
                         const struct ts_scene *scene, struct ts_arena *arena)
{
    const struct ts_st_house *doc = &scene->world.council->doc;
    c->motions.ptr = ts_arena_array(arena, doc->motions.count + 1, sizeof *c->motions.ptr);
    for (size_t i = 0; i < doc->motions.count; i++)
        if (ts_id_equal(&doc->motions.ptr[i].meeting, &c->meeting))
            ts_shown_motion(&c->motions.ptr[c->motions.count++], house, &doc->motions.ptr[i]);
    c->votes.ptr = ts_arena_array(arena, doc->votes.count + 1, sizeof *c->votes.ptr);
    for (size_t i = 0; i < doc->votes.count; i++) {
        const struct ts_st_vote *vote = &doc->votes.ptr[i];
        if (!ts_id_equal(&vote->meeting, &c->meeting))
            continue;
        struct ts_shown_vote *row = &c->votes.ptr[c->votes.count++];
        row->vote = vote->vote;
        row->item = vote->item;
        row->motion = vote->motion;
        row->group = vote->group;
        row->named = !ts_id_is_none(&vote->votes);
        row->question = ts_shown_text(house, &vote->question);
        row->for_count = vote->for_count;
        row->against = vote->against;
        row->abstain = vote->abstain;
        row->present = vote->present;
        row->verdict = vote->verdict;
    }
}

/* ---- devices ---- */

static struct ts_str clock_word(int64_t difference_ms)
{
    int64_t off = difference_ms < 0 ? -difference_ms : difference_ms;
    return off > CLOCK_FAR_MS ? TS_STR("far") : off > CLOCK_OFF_MS ? TS_STR("off") : TS_STR("ok");
}

static void fill_kiosks(struct ts_view_console *c, const struct ts_view_house *house,
                        const struct ts_scene *scene, struct ts_arena *arena)
{
    const struct ts_registry_state *r = house->registry;
    c->kiosks.ptr = ts_arena_array(arena, r->doc.kiosks.count + 1, sizeof *c->kiosks.ptr);
    for (size_t i = 0; i < r->doc.kiosks.count && c->kiosks.count < 1000; i++) {
        const struct ts_st_kiosk *kiosk = &r->doc.kiosks.ptr[i];
        if (kiosk->state != TS_KIOSK_STATE_APPROVED ||
            !ts_registry_covers(r, &kiosk->body, &scene->row->body))
            continue;
        const struct ts_live_kiosk *live = ts_live_kiosk(house->live, &kiosk->kiosk);
        struct ts_console_kiosk *row = &c->kiosks.ptr[c->kiosks.count++];
        row->kiosk = kiosk->kiosk;
        row->name = kiosk->name;
        row->role = kiosk->role;
        row->online = live && live->online;
        row->since = live ? live->since_ms : 0;
        row->state = live ? ts_str_of(live->state) : TS_STR("");
        row->waiting = live ? live->waiting : 0;
        row->clock = clock_word(live ? live->clock_ms : 0);
    }
}

static void fill_keepers(struct ts_view_console *c, const struct ts_scene *scene,
                         struct ts_arena *arena)
{
    const struct ts_st_keepers *keepers =
        ts_council_keepers(scene->world.council, &scene->meeting->meeting);
    if (!keepers)
        return;
    size_t count = keepers->keepers.count;
    struct ts_console_keepers *out = ts_arena_alloc(arena, sizeof *out);
    out->round = keepers->round;
    out->threshold = keepers->threshold;
    out->state = keepers->state;
    out->single = keepers->threshold < 2;
    out->stations.ptr = ts_arena_array(arena, count, sizeof *out->stations.ptr);
    out->given.ptr = ts_arena_array(arena, count, sizeof *out->given.ptr);
    out->stations.count = out->given.count = count;
    for (size_t i = 0; i < count; i++) {
        const struct ts_st_keeper *k = &keepers->keepers.ptr[i];
        out->stations.ptr[i] = k->kiosk;
        out->given.ptr[i] = (k->cert.ptr != NULL) + (k->commit.ptr != NULL) +
                            (k->reveal.ptr != NULL) + (k->key.ptr != NULL) + k->confirmed;
    }
    c->keepers = out;
}

/* ---- what may be done about the meeting ---- */

static void fill_may(struct ts_view_console *c, const struct ts_scene *scene, uint32_t bits,
                     struct ts_arena *arena)
{
    const struct ts_st_meeting *m = scene->meeting;
    bool planned = m->state == TS_MEETING_STATE_PLANNED, open = m->state == TS_MEETING_STATE_OPEN;
    bool motion = ts_council_open_motion(scene->world.council, &m->meeting) != NULL;
    const struct ts_st_keepers *keepers = ts_council_keepers(scene->world.council, &m->meeting);
    bool items = m->items.count > 0;
    const struct {
        enum ts_cmd_kind kind;
        bool now;
    } all[] = {
        {TS_CMD_MEETING_OPEN, planned && c->quorum_met},
        {TS_CMD_MEETING_CLOSE, open && !motion},
        {TS_CMD_MEETING_ITEM, open && items},
        {TS_CMD_ITEM_NOTE, open && items},
        {TS_CMD_MEETING_CHANGE, planned},
        {TS_CMD_OFFICE_GRANT, planned || open},
        {TS_CMD_ATTENDANCE_ARRIVE, planned || open},
        {TS_CMD_ATTENDANCE_LEAVE, planned || open},
        {TS_CMD_ATTENDANCE_EXCUSE, planned || open},
        {TS_CMD_ATTENDANCE_GUESTS, planned || open},
        {TS_CMD_QUEUE_JOIN, open},
        {TS_CMD_QUEUE_NEXT, open},
        {TS_CMD_QUEUE_MOVE, open},
        {TS_CMD_QUEUE_LEAVE, open},
        {TS_CMD_TIMER_SET, open},
        {TS_CMD_SCREEN_SHOW, true},
        {TS_CMD_MOTION_PUT, open && items && !motion},
        {TS_CMD_MOTION_WITHDRAW, open && motion},
        {TS_CMD_MOTION_MINORITY, c->motions.count > 0},
        {TS_CMD_MOTION_DECIDE, c->motions.count > 0},
        {TS_CMD_HANDS_RECORD, open && items},
        {TS_CMD_NAMED_RECORD, open && items},
        {TS_CMD_KEEPERS_START,
         (planned || open) && (!keepers || keepers->state == TS_KEEPERS_STATE_ABORTED)},
        {TS_CMD_POLL_CREATE, (planned || open) && items},
    };
    struct ts_may may = {0};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        ts_may_add(&may, arena, bits, all[i].kind, all[i].now);
    TS_MAY_PUT(may, c->may);
}

static const void *console_render(const struct ts_view_house *house, struct ts_str key,
                                  const struct ts_actor *viewer, struct ts_arena *arena)
{
    struct ts_scene scene;
    struct ts_view_console *c = ts_arena_alloc(arena, sizeof *c);
    ts_scene_meeting(&scene, house, key);
    uint32_t bits = ts_actor_bits(&scene.world, viewer, &scene.row->body, NULL);
    fill_meeting(c, house, &scene, arena);
    fill_seats(c, &scene, arena);
    fill_motions(c, house, &scene, arena);
    fill_kiosks(c, house, &scene, arena);
    fill_keepers(c, &scene, arena);
    c->packs.ptr = ts_shown_packs(scene.world.council, arena, &c->packs.count);
    const struct ts_st_house *doc = &scene.world.council->doc;
    c->polls.ptr = ts_arena_array(arena, doc->polls.count + 1, sizeof *c->polls.ptr);
    for (size_t i = 0; i < doc->polls.count; i++)
        if (ts_id_equal(&doc->polls.ptr[i].meeting, &c->meeting))
            ts_console_poll(&c->polls.ptr[c->polls.count++], house, &scene, &doc->polls.ptr[i],
                            bits, arena);
    fill_may(c, &scene, bits, arena);
    c->next = ts_console_next(c, &scene, arena);
    return c;
}

const struct ts_view ts_view_console = {console_class, console_render, ts_scene_meeting_council};
