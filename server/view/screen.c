/* The view `screen`: the wall, and children with an office card. Results when they are published.
 */
#include "server/view/views.h"

#include "proto/ballot/digest.h"

static uint32_t screen_bits(const struct ts_scene *scene, const struct ts_actor *viewer)
{
    uint32_t children = WHO_CHAIR | WHO_CLERK | WHO_TIMEKEEPER | WHO_SCRUTINEER | WHO_SCREEN;
    uint32_t bits =
        ts_actor_bits(&scene->world, viewer, &scene->row->body, &scene->meeting->meeting);
    return bits & (viewer->kind == TS_ACTOR_STAFF ? WHO_RUNS : children);
}

static int screen_class(const struct ts_view_house *house, struct ts_str key,
                        const struct ts_actor *viewer, char out[static TS_VIEW_CLASS_MAX])
{
    struct ts_scene scene;
    if (!ts_scene_meeting(&scene, house, key))
        return -1;
    uint32_t bits = screen_bits(&scene, viewer);
    if (!bits)
        return -1;
    ts_class_bits(out, bits);
    return 0;
}

static struct ts_wall_poll *show_poll(const struct ts_view_house *house,
                                      const struct ts_scene *scene, const struct ts_st_poll *poll,
                                      const struct ts_shown_stage *stage, struct ts_arena *arena)
{
    const struct ts_st_keepers *keepers = ts_council_keepers(scene->world.council, &poll->meeting);
    struct ts_wall_poll *out = ts_arena_alloc(arena, sizeof *out);
    out->poll = poll->poll;
    out->question = ts_shown_text(house, &poll->question);
    out->method = poll->method;
    out->max = poll->max;
    out->options.ptr = ts_shown_options(house, poll, arena);
    out->options.count = poll->options.count;
    out->rule = poll->rule;
    out->state = poll->state;
    out->hold = poll->state == TS_POLL_STATE_OPEN ? poll->hold : 0;
    out->uuid = poll->uuid;
    out->entitled = poll->entitled;
    out->has_turnout = poll->state == TS_POLL_STATE_OPEN;
    out->turnout = out->has_turnout ? poll->told.cast : 0;
    out->booths = (int64_t)poll->booths.count;
    for (size_t i = 0; i < poll->booths.count; i++)
        out->zero += poll->booths.ptr[i].zero.ptr != NULL;
    out->zero_seen = (int64_t)poll->witness.zero.count;
    struct ts_digest phi = ts_digest_of(poll->election);
    out->words = ts_shown_words(arena, &phi);
    if (poll->k.ptr) {
        struct ts_digest k;
        ts_digest_from_hex(&k, poll->k);
        out->closing_words = ts_shown_words(arena, &k);
    }
    out->opened_by = (int64_t)poll->partials.count;
    out->keepers_needed = keepers ? keepers->threshold : 0;
    /* The facilitator reveals a result in the hall before it is published (FU-06). */
    bool revealed = stage->show == TS_SHOW_RESULT && stage->step > 0;
    if (poll->state == TS_POLL_STATE_PUBLISHED || revealed)
        out->result = ts_shown_result(poll, arena);
    out->notice_until = poll->notice_until;
    out->final = poll->final;
    return out;
}

/* Every booth has the package and has shown that it is empty. */
static bool is_ready(const struct ts_wall_poll *poll)
{
    return poll && poll->state == TS_POLL_STATE_READY && poll->booths > 0 &&
           poll->zero == poll->booths;
}

static void fill_may(struct ts_view_screen *s, const struct ts_scene *scene, bool waits_for_lot,
                     uint32_t bits, struct ts_arena *arena)
{
    bool open = s->state == TS_MEETING_STATE_OPEN;
    bool motion = ts_council_open_motion(scene->world.council, &s->meeting) != NULL;
    const struct {
        enum ts_cmd_kind kind;
        bool now;
    } all[] = {
        {TS_CMD_MEETING_OPEN, s->state == TS_MEETING_STATE_PLANNED && s->quorum_met},
        {TS_CMD_MEETING_CLOSE, open && !motion},
        {TS_CMD_MEETING_ITEM, open && s->items.count > 0},
        {TS_CMD_ITEM_NOTE, open && s->items.count > 0},
        {TS_CMD_QUEUE_JOIN, open},
        {TS_CMD_QUEUE_NEXT, open},
        {TS_CMD_QUEUE_MOVE, open},
        {TS_CMD_QUEUE_LEAVE, open},
        {TS_CMD_TIMER_SET, open},
        {TS_CMD_MOTION_PUT, open && s->items.count > 0 && !motion},
        {TS_CMD_MOTION_WITHDRAW, open && motion},
        {TS_CMD_MOTION_MINORITY, s->minority_due.count > 0},
        {TS_CMD_HANDS_RECORD, open && s->items.count > 0},
        {TS_CMD_NAMED_RECORD, open && s->items.count > 0},
        {TS_CMD_POLL_ZERO, open && is_ready(s->poll)},
        {TS_CMD_POLL_LOT, open && waits_for_lot},
    };
    struct ts_may may = {0};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        ts_may_add(&may, arena, bits, all[i].kind, all[i].now);
    TS_MAY_PUT(may, s->may);
}

/* For whoever may note them. */
static void fill_minority_due(struct ts_view_screen *s, const struct ts_view_house *house,
                              const struct ts_scene *scene, struct ts_arena *arena)
{
    const struct ts_st_house *doc = &scene->world.council->doc;
    s->minority_due.ptr =
        ts_arena_array(arena, doc->motions.count + 1, sizeof *s->minority_due.ptr);
    for (size_t i = 0; i < doc->motions.count && s->minority_due.count < 1000; i++) {
        const struct ts_st_motion *motion = &doc->motions.ptr[i];
        if (ts_id_equal(&motion->meeting, &scene->meeting->meeting) && motion->dissent &&
            motion->minority.count == 0)
            ts_shown_motion(&s->minority_due.ptr[s->minority_due.count++], house, motion);
    }
}

static const void *screen_render(const struct ts_view_house *house, struct ts_str key,
                                 const struct ts_actor *viewer, struct ts_arena *arena)
{
    struct ts_scene scene;
    struct ts_view_screen *s = ts_arena_alloc(arena, sizeof *s);
    ts_scene_meeting(&scene, house, key);
    const struct ts_st_meeting *m = scene.meeting;
    s->council = scene.row->council;
    s->meeting = m->meeting;
    s->name = scene.row->name;
    s->title = ts_shown_text(house, &m->title);
    s->state = m->state;
    s->rehearsal = m->rehearsal;
    s->item = m->item;
    s->items.ptr = ts_shown_items(house, m, arena);
    s->items.count = m->items.count;
    s->members = (int64_t)ts_council_member_count(scene.world.council);
    s->present = m->present;
    s->quorum_met = m->present >= ts_shown_quorum(&scene);
    uint32_t bits = screen_bits(&scene, viewer);
    ts_shown_stage(&s->stage, house, &scene);
    const struct ts_st_motion *motion = ts_council_motion(scene.world.council, &s->stage.motion);
    if (motion) {
        s->motion = ts_arena_alloc(arena, sizeof *s->motion);
        ts_shown_motion(s->motion, house, motion);
    }
    if (bits & ts_cmd_entry(TS_CMD_MOTION_MINORITY)->who)
        fill_minority_due(s, house, &scene, arena);
    const struct ts_live_queue *queue = ts_live_queue(house->live, &m->meeting);
    s->queue.ptr = ts_shown_queue(queue, bits & WHO_SCREEN ? 3 : 12, arena, &s->queue.count);
    s->waiting = queue ? (int64_t)queue->waiting_count : 0;
    s->speech = ts_shown_speech(queue, arena);
    s->timer = ts_shown_timer(ts_live_stage(house->live, &m->meeting), arena);
    const struct ts_st_poll *poll = ts_council_poll(scene.world.council, &s->stage.poll);
    if (poll)
        s->poll = show_poll(house, &scene, poll, &s->stage, arena);
    fill_may(s, &scene, poll && ts_waits_for_lot(poll), bits, arena);
    return s;
}

const struct ts_view ts_view_screen = {screen_class, screen_render, ts_scene_meeting_council};
