#include "server/view/shown.h"

#include <stdio.h>

#include "proto/ballot/words.h"
#include "server/domain/closing.h"
#include "server/domain/policy.h"

#define MAY_MAX 64

/* ---- scenes ---- */

const struct ts_council_state *ts_house_council(const struct ts_view_house *house,
                                                const struct ts_id *id)
{
    return ts_map_get(house->councils, ts_id_str(id));
}

/* The row of a council state, as the registry has it. */
static bool set_council(struct ts_scene *out, const struct ts_view_house *house,
                        const struct ts_council_state *council)
{
    out->world.registry = house->registry;
    out->world.council = council;
    out->row = ts_registry_council(house->registry, &council->doc.council);
    return out->row != NULL;
}

bool ts_scene_meeting(struct ts_scene *out, const struct ts_view_house *house, struct ts_str key)
{
    struct ts_id id;
    void *value;
    memset(out, 0, sizeof *out);
    if (ts_id_parse(&id, key) != 0)
        return false;
    for (size_t i = 0; ts_map_next(house->councils, &i, &key, &value);) {
        out->meeting = ts_council_meeting(value, &id);
        if (out->meeting)
            return set_council(out, house, value);
    }
    return false;
}

bool ts_scene_poll(struct ts_scene *out, const struct ts_view_house *house, struct ts_str key)
{
    struct ts_id uuid;
    void *value;
    memset(out, 0, sizeof *out);
    if (ts_id_parse(&uuid, key) != 0)
        return false;
    for (size_t i = 0; ts_map_next(house->councils, &i, &key, &value);) {
        out->poll = ts_council_poll_uuid(value, &uuid);
        if (out->poll) {
            out->meeting = ts_council_meeting(value, &out->poll->meeting);
            return set_council(out, house, value);
        }
    }
    return false;
}

bool ts_scene_council(struct ts_scene *out, const struct ts_view_house *house, struct ts_str key)
{
    struct ts_id id;
    memset(out, 0, sizeof *out);
    if (ts_id_parse(&id, key) != 0)
        return false;
    out->world.registry = house->registry;
    out->world.council = ts_house_council(house, &id);
    out->row = ts_registry_council(house->registry, &id);
    return out->row != NULL;
}

bool ts_scene_meeting_council(const struct ts_view_house *house, struct ts_str key,
                              struct ts_id *out)
{
    struct ts_scene scene;
    if (!ts_scene_meeting(&scene, house, key))
        return false;
    *out = scene.row->council;
    return true;
}

bool ts_scene_poll_council(const struct ts_view_house *house, struct ts_str key, struct ts_id *out)
{
    struct ts_scene scene;
    if (!ts_scene_poll(&scene, house, key))
        return false;
    *out = scene.row->council;
    return true;
}

void ts_class_bits(char out[static TS_VIEW_CLASS_MAX], uint32_t bits)
{
    snprintf(out, TS_VIEW_CLASS_MAX, "r%x", bits);
}

void ts_may_add(struct ts_may *may, struct ts_arena *arena, uint32_t bits, enum ts_cmd_kind kind,
                bool now)
{
    const struct ts_cmd_entry *entry = ts_cmd_entry(kind);
    if (!now || !(entry->who & bits) || may->count >= MAY_MAX)
        return;
    if (!may->names)
        may->names = ts_arena_array(arena, MAY_MAX, sizeof *may->names);
    may->names[may->count++] = ts_str_of(entry->name);
}

/* ---- parts ---- */

struct ts_str ts_shown_text(const struct ts_view_house *house, const struct ts_id *content)
{
    return ts_content_text(house->reader, content);
}

struct ts_str ts_shown_words(struct ts_arena *arena, const struct ts_digest *digest)
{
    char words[TS_WORDS_MAX];
    ts_words_of(words, digest);
    return ts_arena_str(arena, ts_str_of(words));
}

struct ts_shown_item *ts_shown_items(const struct ts_view_house *house,
                                     const struct ts_st_meeting *meeting, struct ts_arena *arena)
{
    struct ts_shown_item *out = ts_arena_array(arena, meeting->items.count + 1, sizeof *out);
    for (size_t i = 0; i < meeting->items.count; i++) {
        out[i].number = (int64_t)i + 1;
        out[i].title = ts_shown_text(house, &meeting->items.ptr[i].title);
        out[i].minutes = meeting->items.ptr[i].minutes;
        out[i].origin = meeting->items.ptr[i].origin;
        if (!ts_id_is_none(&meeting->items.ptr[i].child))
            out[i].child = ts_shown_text(house, &meeting->items.ptr[i].child);
    }
    return out;
}

void ts_shown_motion(struct ts_shown_motion *out, const struct ts_view_house *house,
                     const struct ts_st_motion *motion)
{
    memset(out, 0, sizeof *out);
    out->motion = motion->motion;
    out->item = motion->item;
    out->title = ts_shown_text(house, &motion->title);
    out->text = ts_shown_text(house, &motion->text);
    if (!ts_id_is_none(&motion->child))
        out->child = ts_shown_text(house, &motion->child);
    out->origin = motion->origin;
    out->state = motion->state;
    out->minority = (int64_t)motion->minority.count;
    out->minority_due = motion->dissent && motion->minority.count == 0;
    if (ts_id_is_none(&motion->decision))
        return;
    out->decision = ts_shown_text(house, &motion->decision);
    out->lead = motion->lead;
    out->support = motion->support;
    out->due_on = motion->due_on;
}

struct ts_shown_option *ts_shown_options(const struct ts_view_house *house,
                                         const struct ts_st_poll *poll, struct ts_arena *arena)
{
    struct ts_shown_option *out = ts_arena_array(arena, poll->options.count + 1, sizeof *out);
    for (size_t i = 0; i < poll->options.count; i++) {
        out[i].number = (int64_t)i + 1;
        out[i].text = ts_shown_text(house, &poll->options.ptr[i].text);
        out[i].tag = poll->options.ptr[i].tag;
    }
    return out;
}

struct ts_shown_speech *ts_shown_speech(const struct ts_live_queue *queue, struct ts_arena *arena)
{
    if (!queue || queue->now.seat == 0)
        return NULL;
    struct ts_shown_speech *out = ts_arena_alloc(arena, sizeof *out);
    out->seat = queue->now.seat;
    out->side = queue->now.side;
    out->since = queue->now_since_ms;
    out->seconds = queue->now_seconds;
    return out;
}

struct ts_shown_speaker *ts_shown_queue(const struct ts_live_queue *queue, size_t max,
                                        struct ts_arena *arena, size_t *count)
{
    *count = queue ? queue->waiting_count : 0;
    if (*count > max)
        *count = max;
    struct ts_shown_speaker *out = ts_arena_array(arena, *count + 1, sizeof *out);
    for (size_t i = 0; i < *count; i++) {
        out[i].seat = queue->waiting[i].seat;
        out[i].side = queue->waiting[i].side;
        out[i].spoken = queue->waiting[i].spoken;
    }
    return out;
}

struct ts_info_card *ts_shown_info(const struct ts_view_house *house, const struct ts_st_info *info,
                                   struct ts_arena *arena)
{
    struct ts_info_card *out = ts_arena_alloc(arena, sizeof *out);
    out->asked = ts_shown_text(house, &info->asked);
    out->decides = ts_shown_text(house, &info->decides);
    out->can_change = ts_shown_text(house, &info->can_change);
    out->answer_by = ts_shown_text(house, &info->answer_by);
    bool whole = out->asked.len && out->decides.len && out->can_change.len && out->answer_by.len;
    return whole ? out : NULL;
}

struct ts_shown_timer *ts_shown_timer(const struct ts_live_stage *stage, struct ts_arena *arena)
{
    if (!stage || stage->timer_seconds == 0)
        return NULL;
    struct ts_shown_timer *out = ts_arena_alloc(arena, sizeof *out);
    out->since = stage->timer_since_ms;
    out->seconds = stage->timer_seconds;
    return out;
}

size_t ts_result_notes(const struct ts_st_poll *poll, const char *out[static 2])
{
    size_t count = 0, with_votes = 0;
    if (poll->cast < 10)
        out[count++] = "few";
    for (size_t i = 0; i < poll->counts.count; i++)
        with_votes += poll->counts.ptr[i] > 0;
    bool one_mark = poll->method == TS_METHOD_YNA || poll->method == TS_METHOD_ONE;
    if (poll->cast > 0 && one_mark && with_votes + (poll->blanks > 0) == 1)
        out[count++] = "alike";
    return count;
}

bool ts_waits_for_lot(const struct ts_st_poll *poll)
{
    return (poll->state == TS_POLL_STATE_TALLIED || poll->state == TS_POLL_STATE_PUBLISHED) &&
           poll->verdict && poll->verdict->outcome == TS_OUTCOME_TIED &&
           poll->rule.tie == TS_TIE_LOT;
}

struct ts_shown_result *ts_shown_result(const struct ts_st_poll *poll, struct ts_arena *arena)
{
    if ((poll->state != TS_POLL_STATE_TALLIED && poll->state != TS_POLL_STATE_PUBLISHED) ||
        !poll->verdict)
        return NULL;
    struct ts_shown_result *out = ts_arena_alloc(arena, sizeof *out);
    const char *notes[2];
    out->cast = poll->cast;
    out->valid = poll->valid;
    out->blank = poll->blanks;
    out->counts.ptr = poll->counts.ptr;
    out->counts.count = poll->counts.count;
    out->verdict = *poll->verdict;
    out->lots.count = poll->witness.lots.count;
    out->lots.ptr = ts_arena_array(arena, poll->witness.lots.count + 1, sizeof *out->lots.ptr);
    for (size_t i = 0; i < poll->witness.lots.count; i++) {
        const struct ts_lot *lot = &poll->witness.lots.ptr[i];
        out->lots.ptr[i].tied.ptr = lot->tied.ptr;
        out->lots.ptr[i].tied.count = lot->tied.count;
        out->lots.ptr[i].drawn.ptr = lot->drawn.ptr;
        out->lots.ptr[i].drawn.count = lot->drawn.count;
    }
    out->notes.count = ts_result_notes(poll, notes);
    out->notes.ptr = ts_arena_array(arena, 2, sizeof *out->notes.ptr);
    for (size_t i = 0; i < out->notes.count; i++)
        out->notes.ptr[i] = ts_str_of(notes[i]);
    return out;
}

struct ts_console_balance *ts_shown_balance(const struct ts_scene *scene,
                                            const struct ts_st_poll *poll, struct ts_arena *arena)
{
    bool closing = poll->state == TS_POLL_STATE_CLOSING && poll->paper;
    bool closed = poll->state >= TS_POLL_STATE_CLOSED && poll->state <= TS_POLL_STATE_PUBLISHED;
    if (!closing && !closed)
        return NULL;
    struct ts_console_balance *out = ts_arena_alloc(arena, sizeof *out);
    out->cast = closed ? poll->cast : poll->told.cast;
    out->voided = closed ? poll->voided : poll->told.voided;
    out->audited = closed ? poll->audited : poll->told.audited;
    out->conflicts = closed ? poll->conflicts : poll->told.conflicts;
    if (closed) {
        /* It could not have closed with others. */
        out->differences.ptr = poll->accepted.ptr;
        out->differences.count = poll->accepted.count;
        out->accepted = poll->accepted.count > 0;
        return out;
    }
    struct ts_box_figures box = {.cast = out->cast,
                                 .voided = out->voided,
                                 .audited = out->audited,
                                 .conflicts = out->conflicts};
    out->differences.ptr = ts_poll_differences(scene->world.registry, scene->world.council, poll,
                                               &box, arena, &out->differences.count);
    out->accepted = poll->accepted.count > 0 &&
                    ts_differences_equal(out->differences.ptr, out->differences.count,
                                         poll->accepted.ptr, poll->accepted.count);
    return out;
}

int64_t ts_shown_quorum(const struct ts_scene *scene)
{
    if (scene->meeting->kind == TS_MEETING_KIND_ELECTION)
        return 0;
    return ts_policy_share(scene->row->rules.quorum_num, scene->row->rules.quorum_den,
                           (int64_t)ts_council_member_count(scene->world.council));
}

struct ts_desk_pack *ts_shown_packs(const struct ts_council_state *council, struct ts_arena *arena,
                                    size_t *count)
{
    *count = council ? council->doc.packs.count : 0;
    struct ts_desk_pack *out = ts_arena_array(arena, *count + 1, sizeof *out);
    for (size_t i = 0; i < *count; i++) {
        const struct ts_st_pack *pack = &council->doc.packs.ptr[i];
        out[i].pack = pack->pack;
        out[i].uuid = pack->uuid;
        out[i].letter = pack->letter;
        out[i].printed = pack->printed;
        out[i].state = pack->burnt                  ? TS_STR("burnt")
                       : ts_id_is_none(&pack->poll) ? TS_STR("fresh")
                                                    : TS_STR("taken");
    }
    return out;
}
