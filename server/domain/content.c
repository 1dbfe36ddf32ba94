#include "server/domain/content.h"

#include <assert.h>

static void add(struct ts_content_plan *plan, struct ts_str text)
{
    assert(plan->count < TS_CONTENT_MAX);
    plan->texts[plan->count++] = text;
}

/* Plaintext that is a document: kept in the arena. */
static void add_json(struct ts_content_plan *plan, struct ts_buf *buf, struct ts_arena *arena)
{
    add(plan, ts_arena_str(arena, ts_buf_str(buf)));
    ts_buf_free(buf);
}

static void add_roster_row(struct ts_content_plan *plan, const struct ts_roster_row *row,
                           struct ts_arena *arena)
{
    struct ts_buf buf = {0};
    struct ts_json_writer w;
    ts_jw_init(&w, &buf);
    ts_jw_object(&w);
    ts_jw_member_str(&w, "name", row->name);
    ts_jw_member_cstr(&w, "sex", ts_enum_name(&ts_enum_sex, row->sex));
    ts_jw_member_int(&w, "grade", row->grade);
    ts_jw_object_end(&w);
    add_json(plan, &buf, arena);
}

static void add_votes(struct ts_content_plan *plan, const struct ts_cmd_named_record *cmd,
                      struct ts_arena *arena)
{
    struct ts_buf buf = {0};
    struct ts_json_writer w;
    ts_jw_init(&w, &buf);
    ts_jw_array(&w);
    for (size_t i = 0; i < cmd->votes.count; i++)
        ts_wire_encode(&ts_desc_named_vote, &cmd->votes.ptr[i], &w);
    ts_jw_array_end(&w);
    add_json(plan, &buf, arena);
}

static void add_pinyin(struct ts_content_plan *plan, const struct ts_cmd_text_pinyin *cmd,
                       struct ts_arena *arena)
{
    struct ts_buf buf = {0};
    struct ts_json_writer w;
    ts_jw_init(&w, &buf);
    ts_jw_array(&w);
    for (size_t i = 0; i < cmd->pinyin.count; i++)
        ts_jw_str(&w, cmd->pinyin.ptr[i]);
    ts_jw_array_end(&w);
    add_json(plan, &buf, arena);
}

static void add_agenda_row(struct ts_content_plan *plan, const struct ts_agenda_row *row)
{
    add(plan, row->title);
    if (row->child.ptr)
        add(plan, row->child);
}

static void plan_meeting(struct ts_content_plan *plan, const struct ts_cmd_meeting_create *cmd)
{
    add(plan, cmd->title);
    add(plan, cmd->place);
    for (size_t i = 0; i < cmd->items.count; i++)
        add_agenda_row(plan, &cmd->items.ptr[i]);
}

static void plan_poll(struct ts_content_plan *plan, const struct ts_cmd_poll_create *cmd)
{
    add(plan, cmd->question);
    for (size_t i = 0; i < cmd->options.count; i++)
        add(plan, cmd->options.ptr[i].text);
    add(plan, cmd->info.asked);
    add(plan, cmd->info.decides);
    add(plan, cmd->info.can_change);
    add(plan, cmd->info.answer_by);
}

/* One text of a command. */
#define ONE(KIND, name, field)                                                                     \
    case TS_CMD_##KIND:                                                                            \
        add(out, ((const struct ts_cmd_##name *)cmd->body)->field);                                \
        break

void ts_content_plan(const struct ts_cmd *cmd, struct ts_arena *arena, struct ts_content_plan *out)
{
    out->texts = NULL;
    out->count = 0;
    if (ts_cmd_entry(cmd->kind)->scope != TS_SCOPE_COUNCIL &&
        ts_cmd_entry(cmd->kind)->scope != TS_SCOPE_REGISTRY)
        return;
    size_t room = cmd->kind == TS_CMD_ROSTER_IMPORT ? TS_CONTENT_MAX : 128;
    out->texts = ts_arena_array(arena, room, sizeof *out->texts);
    switch (cmd->kind) {
        ONE(SETUP, setup, name);
        ONE(STAFF_ADD, staff_add, name);
        ONE(ROSTER_READ, roster_read, reason);
        ONE(ITEM_NOTE, item_note, text);
        ONE(MOTION_MINORITY, motion_minority, text);
        ONE(MOTION_DECIDE, motion_decide, text);
        ONE(HANDS_RECORD, hands_record, question);
        ONE(BOOTH_GIVE_UP, booth_give_up, reason);
        ONE(POLL_ACCEPT_DIFFERENCE, poll_accept_difference, reason);
        ONE(POLL_COMPLAIN, poll_complain, text);
        ONE(POLL_ANSWER, poll_answer, text);
        ONE(POLL_VOID, poll_void, reason);
    case TS_CMD_ROSTER_IMPORT: {
        const struct ts_cmd_roster_import *roster = cmd->body;
        for (size_t i = 0; i < roster->rows.count; i++)
            add_roster_row(out, &roster->rows.ptr[i], arena);
        break;
    }
    case TS_CMD_MEETING_CREATE:
        plan_meeting(out, cmd->body);
        break;
    case TS_CMD_MEETING_CHANGE: {
        const struct ts_cmd_meeting_change *change = cmd->body;
        add(out, change->title);
        add(out, change->place);
        for (size_t i = 0; i < change->items.count; i++)
            add_agenda_row(out, &change->items.ptr[i]);
        break;
    }
    case TS_CMD_MOTION_PUT: {
        const struct ts_cmd_motion_put *motion = cmd->body;
        add(out, motion->title);
        add(out, motion->text);
        if (motion->child.ptr)
            add(out, motion->child);
        break;
    }
    case TS_CMD_NAMED_RECORD: {
        const struct ts_cmd_named_record *named = cmd->body;
        add(out, named->question);
        add_votes(out, named, arena);
        break;
    }
    case TS_CMD_POLL_CREATE:
        plan_poll(out, cmd->body);
        break;
    case TS_CMD_TEXT_PINYIN:
        add_pinyin(out, cmd->body, arena);
        break;
    default:
        break;
    }
}

struct ts_str ts_content_text(const struct ts_content_reader *reader, const struct ts_id *content)
{
    struct ts_str text;
    if (ts_id_is_none(content) || !reader->text(reader->ctx, content, &text))
        return (struct ts_str){"", 0};
    return text;
}
