#include "server/domain/reading.h"

#include "proto/json/json.h"

static void add(struct ts_child_texts *out, const struct ts_id *text, int part,
                struct ts_child_text where)
{
    if (ts_id_is_none(text))
        return;
    where.text = *text;
    where.part = part;
    out->ptr[out->count++] = where;
}

static void add_poll(struct ts_child_texts *out, const struct ts_st_poll *poll)
{
    struct ts_child_text where = {.poll = poll};
    add(out, &poll->info.asked, TS_TEXT_PART_ASKED, where);
    add(out, &poll->info.decides, TS_TEXT_PART_DECIDES, where);
    add(out, &poll->info.can_change, TS_TEXT_PART_CAN_CHANGE, where);
    add(out, &poll->info.answer_by, TS_TEXT_PART_ANSWER_BY, where);
    add(out, &poll->question, TS_TEXT_PART_QUESTION, where);
    for (size_t i = 0; i < poll->options.count; i++) {
        where.number = (int64_t)i + 1;
        add(out, &poll->options.ptr[i].text, TS_TEXT_PART_OPTION, where);
    }
}

static void add_meeting(struct ts_child_texts *out, const struct ts_st_meeting *meeting)
{
    for (size_t i = 0; i < meeting->items.count; i++) {
        struct ts_child_text where = {.number = (int64_t)i + 1};
        add(out, &meeting->items.ptr[i].title, TS_TEXT_PART_ITEM, where);
        add(out, &meeting->items.ptr[i].child, TS_TEXT_PART_ITEM_CHILD, where);
    }
}

static void add_motion(struct ts_child_texts *out, const struct ts_st_motion *motion)
{
    struct ts_child_text where = {.motion = motion};
    add(out, &motion->title, TS_TEXT_PART_MOTION, where);
    add(out, &motion->text, TS_TEXT_PART_MOTION_TEXT, where);
    add(out, &motion->child, TS_TEXT_PART_MOTION_CHILD, where);
}

static size_t poll_room(const struct ts_st_poll *poll)
{
    return 5 + poll->options.count;
}

void ts_poll_texts(const struct ts_st_poll *poll, struct ts_arena *arena,
                   struct ts_child_texts *out)
{
    out->ptr = ts_arena_array(arena, poll_room(poll), sizeof *out->ptr);
    out->count = 0;
    add_poll(out, poll);
}

void ts_child_texts(const struct ts_council_state *council, const struct ts_id *meeting,
                    struct ts_arena *arena, struct ts_child_texts *out)
{
    const struct ts_st_house *doc = &council->doc;
    size_t room = 1 + 3 * doc->motions.count;
    for (size_t i = 0; i < doc->meetings.count; i++)
        room += 2 * doc->meetings.ptr[i].items.count;
    for (size_t i = 0; i < doc->polls.count; i++)
        room += poll_room(&doc->polls.ptr[i]);
    out->ptr = ts_arena_array(arena, room, sizeof *out->ptr);
    out->count = 0;
    for (size_t i = 0; i < doc->meetings.count; i++)
        if (!meeting || ts_id_equal(&doc->meetings.ptr[i].meeting, meeting))
            add_meeting(out, &doc->meetings.ptr[i]);
    for (size_t i = 0; i < doc->motions.count; i++)
        if (!meeting || ts_id_equal(&doc->motions.ptr[i].meeting, meeting))
            add_motion(out, &doc->motions.ptr[i]);
    for (size_t i = 0; i < doc->polls.count; i++)
        if (!meeting || ts_id_equal(&doc->polls.ptr[i].meeting, meeting))
            add_poll(out, &doc->polls.ptr[i]);
}

size_t ts_poll_clips_missing(const struct ts_council_state *council, const struct ts_st_poll *poll,
                             struct ts_arena *arena)
{
    struct ts_child_texts texts;
    size_t missing = 0;
    ts_poll_texts(poll, arena, &texts);
    for (size_t i = 0; i < texts.count; i++) {
        const struct ts_st_content *row = ts_council_content(council, &texts.ptr[i].text);
        missing += !row || ts_id_is_none(&row->clip);
    }
    return missing;
}

bool ts_poll_is_fixed(const struct ts_st_poll *poll)
{
    return poll->state != TS_POLL_STATE_DRAFT;
}

/* The list as text.pinyin stored it. */
static void read_pinyin(struct ts_reading *out, struct ts_str text, struct ts_arena *arena)
{
    static const struct ts_json_limits limits = {400000, 2};
    struct ts_json *root;
    struct ts_err err;
    if (text.len == 0 || ts_json_parse(&root, text, &limits, &err) != 0)
        return; /* erased */
    out->approved = true;
    out->pinyin_count = ts_json_count(root);
    out->pinyin = ts_arena_array(arena, out->pinyin_count + 1, sizeof *out->pinyin);
    for (size_t i = 0; i < out->pinyin_count; i++)
        out->pinyin[i] = ts_arena_str(arena, ts_json_str(ts_json_at(root, i)));
    ts_json_free(root);
}

void ts_reading_of(const struct ts_council_state *council, const struct ts_content_reader *reader,
                   const struct ts_id *text, struct ts_arena *arena, struct ts_reading *out)
{
    *out = (struct ts_reading){0};
    const struct ts_st_content *row = ts_council_content(council, text);
    if (!row)
        return;
    out->note = row->note;
    read_pinyin(out, ts_content_text(reader, &row->pinyin), arena);
    struct ts_str clip = ts_content_text(reader, &row->clip);
    if (clip.len == 0)
        return;
    out->clip = clip;
    out->clip_id = row->clip;
    out->voice = row->voice;
}
