/* Roster, erasure, meetings, attendance. */
#include "server/domain/deciding.h"

#include <assert.h>
#include <sodium.h>

#include "server/domain/office.h"
#include "server/domain/policy.h"
#include "server/domain/reading.h"
#include "server/domain/roster.h"

#define MEMBERS_MAX 5000
#define CARDS_MAX 200
#define MS_PER_MINUTE 60000

/* ---- the roster ---- */

int ts_decide_roster_import(struct ts_deciding *d, const struct ts_cmd_roster_import *cmd)
{
    if (ts_council_member_count(d->council) + cmd->rows.count > MEMBERS_MAX) {
        ts_err_set(d->reject, "roster.too_many", "the roster would become too long");
        ts_err_param(d->reject, "max", "%d", MEMBERS_MAX);
        return -1;
    }
    int64_t twice = ts_roster_seat_twice(d->council, cmd, d->arena);
    if (twice) {
        ts_err_set(d->reject, "roster.seat_taken", "a seat occurs twice");
        ts_err_param(d->reject, "seat", "%lld", (long long)twice);
        return -1;
    }
    struct ts_ev_roster_imported *ev = TS_EMIT(d, ROSTER_IMPORTED, roster_imported);
    ev->rows.count = cmd->rows.count;
    ev->rows.ptr = ts_arena_array(d->arena, cmd->rows.count, sizeof *ev->rows.ptr);
    for (size_t i = 0; i < cmd->rows.count; i++) {
        ev->rows.ptr[i].member = ts_deciding_id(d);
        ev->rows.ptr[i].seat = cmd->rows.ptr[i].seat;
        ev->rows.ptr[i].row = ts_deciding_content(d);
    }
    d->out->reply.has_count = true;
    d->out->reply.count = (int64_t)cmd->rows.count;
    return 0;
}

int ts_decide_roster_check(struct ts_deciding *d, const struct ts_cmd_roster_check *cmd)
{
    struct ts_roster_check *check = ts_arena_alloc(d->arena, sizeof *check);
    ts_roster_check(d->council, d->env->reader, cmd, d->arena, check);
    d->out->reply.roster = check;
    d->out->reply.has_count = true;
    d->out->reply.count = (int64_t)check->rows.count;
    return 0;
}

#define READ_BULK 20

static bool has_read(const struct ts_council_state *c, const struct ts_id *staff)
{
    for (size_t i = 0; i < c->doc.readings.count; i++)
        if (ts_id_equal(&c->doc.readings.ptr[i].by, staff) ||
            ts_id_equal(&c->doc.readings.ptr[i].first, staff))
            return true;
    return false;
}

static bool same_members(const struct ts_st_proposal *proposal,
                         const struct ts_cmd_roster_read *cmd)
{
    if (proposal->members.count != cmd->members.count)
        return false;
    for (size_t i = 0; i < cmd->members.count; i++)
        if (!ts_id_equal(&proposal->members.ptr[i], &cmd->members.ptr[i]))
            return false;
    return true;
}

/* 1: a second person agrees to what the first has asked for; 0: noted; -1: refused. */
static int agree_to_read(struct ts_deciding *d, const struct ts_cmd_roster_read *cmd,
                         struct ts_id *first)
{
    const struct ts_st_proposal *proposal =
        ts_find_proposal(d->council, TS_ACT_READ, &cmd->council, NULL);
    struct ts_ev_act_proposed *propose = NULL;
    int second = 0;
    if (proposal && !same_members(proposal, cmd)) {
        /* Other rows: nobody has agreed to those; whoever asks now is the first person again. */
        propose = TS_EMIT(d, ACT_PROPOSED, act_proposed);
        propose->act = TS_ACT_READ;
        propose->by = d->env->actor.id;
        propose->subject = cmd->council;
        d->out->reply.waiting_second = true;
    } else {
        second = ts_two_persons(d, TS_ACT_READ, &cmd->council, NULL, first, &propose);
    }
    if (propose) {
        propose->reason = ts_deciding_content(d);
        propose->members.ptr = cmd->members.ptr;
        propose->members.count = cmd->members.count;
    }
    return second;
}

int ts_decide_roster_read(struct ts_deciding *d, const struct ts_cmd_roster_read *cmd)
{
    size_t rows = cmd->members.count > 0 ? cmd->members.count : ts_council_member_count(d->council);
    for (size_t i = 0; i < cmd->members.count; i++)
        if (!ts_council_member(d->council, &cmd->members.ptr[i]))
            return ts_err_set(d->reject, "member.unknown", "no such member");
    if (rows == 0)
        return ts_err_set(d->reject, "roster.empty", "nobody is on the roster");
    struct ts_id first = {0};
    if (rows > READ_BULK || !has_read(d->council, &d->env->actor.id)) {
        int second = agree_to_read(d, cmd, &first);
        if (second <= 0)
            return second;
    }
    struct ts_ev_roster_read *ev = TS_EMIT(d, ROSTER_READ, roster_read);
    ev->by = d->env->actor.id;
    ev->first = first;
    ev->members.ptr = cmd->members.ptr;
    ev->members.count = cmd->members.count;
    ev->rows = (int64_t)rows;
    ev->reason = ts_deciding_content(d);
    d->out->reply.has_count = true;
    d->out->reply.count = (int64_t)rows;
    return 0;
}

int ts_decide_member_remove(struct ts_deciding *d, const struct ts_cmd_member_remove *cmd)
{
    const struct ts_st_member *member = ts_council_member(d->council, &cmd->member);
    if (!member)
        return ts_err_set(d->reject, "member.unknown", "no such member");
    for (size_t i = 0; i < d->council->doc.meetings.count; i++) {
        const struct ts_st_meeting *meeting = &d->council->doc.meetings.ptr[i];
        if (meeting->state == TS_MEETING_STATE_OPEN &&
            ts_council_is_present(d->council, &meeting->meeting, &cmd->member))
            return ts_err_set(d->reject, "member.present", "present at an open meeting");
    }
    TS_EMIT(d, MEMBER_REMOVED, member_removed)->member = cmd->member;
    const struct ts_st_content *row = ts_council_content(d->council, &member->row);
    if (row && !row->erased)
        ts_deciding_erase(d, &member->row, TS_STR("removed"), NULL);
    return 0;
}

/* Is the text part of what booths show now? Then its hash is in a signed package. */
static bool in_running_poll(struct ts_deciding *d, const struct ts_id *content)
{
    for (size_t i = 0; i < d->council->doc.polls.count; i++) {
        const struct ts_st_poll *p = &d->council->doc.polls.ptr[i];
        if (p->state < TS_POLL_STATE_READY || p->state > TS_POLL_STATE_CLOSING)
            continue;
        struct ts_child_texts texts;
        ts_poll_texts(p, d->arena, &texts);
        for (size_t t = 0; t < texts.count; t++)
            if (ts_id_equal(&texts.ptr[t].text, content))
                return true;
    }
    return false;
}

int ts_decide_content_erase(struct ts_deciding *d, const struct ts_cmd_content_erase *cmd)
{
    const struct ts_st_content *row = ts_council_content(d->council, &cmd->content);
    if (!row)
        return ts_err_set(d->reject, "content.unknown", "no such content");
    if (row->erased) {
        d->out->reply.repeat = true;
        return 0;
    }
    if (in_running_poll(d, ts_id_is_none(&row->of) ? &cmd->content : &row->of))
        return ts_err_set(d->reject, "content.in_use", "a poll under way shows it");
    struct ts_id first;
    struct ts_ev_act_proposed *propose;
    int second = ts_two_persons(d, TS_ACT_ERASE, &cmd->content, NULL, &first, &propose);
    if (second <= 0)
        return second;
    /* What reads a text aloud says what it said. */
    if (!ts_id_is_none(&row->pinyin))
        ts_deciding_erase(d, &row->pinyin, cmd->reason, &first);
    if (!ts_id_is_none(&row->clip))
        ts_deciding_erase(d, &row->clip, cmd->reason, &first);
    ts_deciding_erase(d, &cmd->content, cmd->reason, &first);
    return 0;
}

/* ---- meetings ---- */

/* Does the agenda fit into the meeting? */
static int check_agenda(struct ts_deciding *d, const struct ts_agenda_row *rows, size_t count,
                        int64_t max)
{
    int64_t minutes = 0;
    for (size_t i = 0; i < count; i++)
        minutes += rows[i].minutes;
    if (minutes <= max)
        return 0;
    ts_err_set(d->reject, "meeting.agenda_long", "the agenda is longer than the meeting");
    ts_err_param(d->reject, "minutes", "%lld", (long long)minutes);
    ts_err_param(d->reject, "max", "%lld", (long long)max);
    return -1;
}

static struct ts_agenda_item *agenda_items(struct ts_deciding *d, const struct ts_agenda_row *rows,
                                           size_t count)
{
    struct ts_agenda_item *items = ts_arena_array(d->arena, count + 1, sizeof *items);
    for (size_t i = 0; i < count; i++) {
        items[i].title = ts_deciding_content(d);
        items[i].minutes = rows[i].minutes;
        items[i].origin = rows[i].origin;
        if (rows[i].child.ptr)
            items[i].child = ts_deciding_content(d);
    }
    return items;
}

int ts_decide_meeting_create(struct ts_deciding *d, const struct ts_cmd_meeting_create *cmd)
{
    if (check_agenda(d, cmd->items.ptr, cmd->items.count, cmd->minutes) != 0)
        return -1;
    struct ts_ev_meeting_created *ev = TS_EMIT(d, MEETING_CREATED, meeting_created);
    ev->meeting = ts_deciding_id(d);
    ev->kind = cmd->kind;
    ev->sitting = cmd->sitting;
    ev->title = ts_deciding_content(d);
    ev->place = ts_deciding_content(d);
    ev->starts_at = cmd->starts_at - cmd->starts_at % MS_PER_MINUTE;
    ev->minutes = cmd->minutes;
    ev->rehearsal = cmd->rehearsal;
    ev->items.count = cmd->items.count;
    ev->items.ptr = agenda_items(d, cmd->items.ptr, cmd->items.count);
    d->out->reply.id = ev->meeting;
    return 0;
}

/* What is prepared for an item stays with its number, so such an item may not go away. */
static int64_t last_item_used(const struct ts_council_state *c, const struct ts_id *meeting)
{
    int64_t last = 0;
    for (size_t i = 0; i < c->doc.polls.count; i++) {
        const struct ts_st_poll *poll = &c->doc.polls.ptr[i];
        if (ts_id_equal(&poll->meeting, meeting) && poll->state != TS_POLL_STATE_VOID &&
            poll->item > last)
            last = poll->item;
    }
    return last;
}

int ts_decide_meeting_change(struct ts_deciding *d, const struct ts_cmd_meeting_change *cmd)
{
    const struct ts_st_meeting *meeting;
    if (ts_find_meeting(d, &cmd->meeting, &meeting) != 0)
        return -1;
    if (meeting->state != TS_MEETING_STATE_PLANNED)
        return ts_err_set(d->reject, "meeting.state", "it has been opened");
    if (check_agenda(d, cmd->items.ptr, cmd->items.count, cmd->minutes) != 0)
        return -1;
    int64_t used = last_item_used(d->council, &cmd->meeting);
    if (used > (int64_t)cmd->items.count) {
        ts_err_set(d->reject, "meeting.item_used", "something is prepared for an item taken away");
        ts_err_param(d->reject, "item", "%lld", (long long)used);
        return -1;
    }
    struct ts_ev_meeting_changed *ev = TS_EMIT(d, MEETING_CHANGED, meeting_changed);
    ev->meeting = cmd->meeting;
    ev->title = ts_deciding_content(d);
    ev->place = ts_deciding_content(d);
    ev->starts_at = cmd->starts_at - cmd->starts_at % MS_PER_MINUTE;
    ev->minutes = cmd->minutes;
    ev->items.count = cmd->items.count;
    ev->items.ptr = agenda_items(d, cmd->items.ptr, cmd->items.count);
    return 0;
}

int ts_check_quorum(struct ts_deciding *d, const struct ts_id *council,
                    const struct ts_st_meeting *meeting, int64_t *needed)
{
    const struct ts_st_council *row = ts_registry_council(d->registry, council);
    *needed = 0;
    /* In an election people come and go all day; its rule has a turnout gate instead. */
    if (!row || meeting->kind == TS_MEETING_KIND_ELECTION)
        return 0;
    *needed = ts_policy_share(row->rules.quorum_num, row->rules.quorum_den,
                              (int64_t)ts_council_member_count(d->council));
    if (meeting->present >= *needed && meeting->present > 0)
        return 0;
    ts_err_set(d->reject, "meeting.no_quorum", "too few are present");
    ts_err_param(d->reject, "present", "%lld", (long long)meeting->present);
    ts_err_param(d->reject, "needed", "%lld", (long long)*needed);
    return -1;
}

int ts_decide_meeting_open(struct ts_deciding *d, const struct ts_cmd_meeting_open *cmd)
{
    const struct ts_st_meeting *meeting;
    int64_t quorum;
    if (ts_find_meeting(d, &cmd->meeting, &meeting) != 0)
        return -1;
    if (meeting->state != TS_MEETING_STATE_PLANNED)
        return ts_err_set(d->reject, "meeting.state", "it has been opened before");
    if (ts_check_quorum(d, &cmd->council, meeting, &quorum) != 0)
        return -1;
    struct ts_ev_meeting_opened *ev = TS_EMIT(d, MEETING_OPENED, meeting_opened);
    ev->meeting = cmd->meeting;
    ev->members = (int64_t)ts_council_member_count(d->council);
    ev->present = meeting->present;
    ev->quorum = quorum;
    d->out->checkpoint = true;
    return 0;
}

int ts_decide_meeting_close(struct ts_deciding *d, const struct ts_cmd_meeting_close *cmd)
{
    const struct ts_st_meeting *meeting;
    if (ts_find_open_meeting(d, &cmd->meeting, &meeting) != 0)
        return -1;
    for (size_t i = 0; i < d->council->doc.polls.count; i++) {
        const struct ts_st_poll *poll = &d->council->doc.polls.ptr[i];
        if (ts_id_equal(&poll->meeting, &cmd->meeting) && poll->state >= TS_POLL_STATE_OPEN &&
            poll->state <= TS_POLL_STATE_CLOSED)
            return ts_err_set(d->reject, "meeting.poll_running", "a poll is under way");
    }
    if (ts_council_open_motion(d->council, &cmd->meeting))
        return ts_err_set(d->reject, "meeting.motion_open",
                          "a motion is neither voted nor withdrawn");
    struct ts_ev_meeting_closed *ev = TS_EMIT(d, MEETING_CLOSED, meeting_closed);
    ev->meeting = cmd->meeting;
    ev->present = meeting->present;
    d->out->checkpoint = true;
    return 0;
}

int ts_decide_meeting_item(struct ts_deciding *d, const struct ts_cmd_meeting_item *cmd)
{
    const struct ts_st_meeting *meeting;
    if (ts_find_open_meeting(d, &cmd->meeting, &meeting) != 0 ||
        ts_check_item(d, meeting, cmd->item) != 0)
        return -1;
    if (meeting->item == cmd->item) {
        d->out->reply.repeat = true;
        return 0;
    }
    struct ts_ev_item_called *ev = TS_EMIT(d, ITEM_CALLED, item_called);
    ev->meeting = cmd->meeting;
    ev->item = cmd->item;
    return 0;
}

int ts_decide_item_note(struct ts_deciding *d, const struct ts_cmd_item_note *cmd)
{
    const struct ts_st_meeting *meeting;
    if (ts_find_open_meeting(d, &cmd->meeting, &meeting) != 0 ||
        ts_check_item(d, meeting, cmd->item) != 0)
        return -1;
    struct ts_ev_item_noted *ev = TS_EMIT(d, ITEM_NOTED, item_noted);
    ev->meeting = cmd->meeting;
    ev->item = cmd->item;
    ev->text = ts_deciding_content(d);
    return 0;
}

int ts_decide_office_grant(struct ts_deciding *d, const struct ts_cmd_office_grant *cmd)
{
    const struct ts_st_meeting *meeting;
    if (ts_find_meeting(d, &cmd->meeting, &meeting) != 0)
        return -1;
    if (meeting->state == TS_MEETING_STATE_CLOSED)
        return ts_err_set(d->reject, "meeting.closed", "the meeting is over");
    if (meeting->cards.count >= CARDS_MAX)
        return ts_err_set(d->reject, "office.too_many", "too many cards for one meeting");
    struct ts_ev_office_granted *ev = TS_EMIT(d, OFFICE_GRANTED, office_granted);
    ev->meeting = cmd->meeting;
    ev->card = ts_deciding_id(d);
    ev->office = cmd->office;
    /* The code is for the card only; what is kept is its hash. */
    uint8_t code[TS_OFFICE_CODE_BYTES], hash[32];
    ts_office_code(code, d->env->sign, d->env->sign_ctx, &ev->card);
    ts_office_code_hash(hash, code);
    ev->hash = ts_deciding_hex(d, hash, sizeof hash);
    ts_deciding_secret(d, ts_arena_printf(d->arena, "card/%.*s", TS_STR_ARG(ev->hash)),
                       ts_arena_printf(d->arena, "%s %s", cmd->council.s, ev->card.s));
    d->out->reply.id = ev->card;
    d->out->reply.token = ts_deciding_base64(d, code, sizeof code);
    sodium_memzero(code, sizeof code);
    return 0;
}

/* ---- attendance ---- */

static int find_attended(struct ts_deciding *d, const struct ts_id *id,
                         const struct ts_st_meeting **meeting, const struct ts_id *members,
                         size_t count)
{
    if (ts_find_meeting(d, id, meeting) != 0)
        return -1;
    if ((*meeting)->state == TS_MEETING_STATE_CLOSED)
        return ts_err_set(d->reject, "meeting.closed", "the meeting is over");
    for (size_t i = 0; i < count; i++)
        if (!ts_council_member(d->council, &members[i]))
            return ts_err_set(d->reject, "member.unknown", "no such member");
    return 0;
}

/* Those of the list who are (not) present, or are (not) excused, as `keep` says. */
static size_t filter(struct ts_deciding *d, const struct ts_id *members, size_t count,
                     bool (*keep)(const struct ts_council_state *, const struct ts_st_meeting *,
                                  const struct ts_id *),
                     const struct ts_st_meeting *meeting, struct ts_id **out)
{
    size_t kept = 0;
    *out = ts_arena_array(d->arena, count, sizeof **out);
    for (size_t i = 0; i < count; i++)
        if (keep(d->council, meeting, &members[i]))
            (*out)[kept++] = members[i];
    d->out->reply.has_count = true;
    d->out->reply.count = (int64_t)kept;
    d->out->reply.repeat = kept == 0;
    return kept;
}

static bool is_here(const struct ts_council_state *c, const struct ts_st_meeting *meeting,
                    const struct ts_id *member)
{
    return ts_council_is_present(c, &meeting->meeting, member);
}

static bool is_away(const struct ts_council_state *c, const struct ts_st_meeting *meeting,
                    const struct ts_id *member)
{
    return !is_here(c, meeting, member);
}

static bool can_be_excused(const struct ts_council_state *c, const struct ts_st_meeting *meeting,
                           const struct ts_id *member)
{
    for (size_t i = 0; i < meeting->excused.count; i++)
        if (ts_id_equal(&meeting->excused.ptr[i], member))
            return false;
    return !ts_council_stay(c, &meeting->meeting, member);
}

int ts_decide_attendance_arrive(struct ts_deciding *d, const struct ts_cmd_attendance_arrive *cmd)
{
    const struct ts_st_meeting *meeting;
    struct ts_id *members;
    if (find_attended(d, &cmd->meeting, &meeting, cmd->members.ptr, cmd->members.count) != 0)
        return -1;
    size_t count = filter(d, cmd->members.ptr, cmd->members.count, is_away, meeting, &members);
    if (count == 0)
        return 0;
    struct ts_ev_attendance_arrived *ev = TS_EMIT(d, ATTENDANCE_ARRIVED, attendance_arrived);
    ev->meeting = cmd->meeting;
    ev->members.ptr = members;
    ev->members.count = count;
    return 0;
}

int ts_decide_attendance_leave(struct ts_deciding *d, const struct ts_cmd_attendance_leave *cmd)
{
    const struct ts_st_meeting *meeting;
    struct ts_id *members;
    if (find_attended(d, &cmd->meeting, &meeting, cmd->members.ptr, cmd->members.count) != 0)
        return -1;
    size_t count = filter(d, cmd->members.ptr, cmd->members.count, is_here, meeting, &members);
    if (count == 0)
        return 0;
    struct ts_ev_attendance_left *ev = TS_EMIT(d, ATTENDANCE_LEFT, attendance_left);
    ev->meeting = cmd->meeting;
    ev->members.ptr = members;
    ev->members.count = count;
    return 0;
}

int ts_decide_attendance_excuse(struct ts_deciding *d, const struct ts_cmd_attendance_excuse *cmd)
{
    const struct ts_st_meeting *meeting;
    struct ts_id *members;
    if (find_attended(d, &cmd->meeting, &meeting, cmd->members.ptr, cmd->members.count) != 0)
        return -1;
    for (size_t i = 0; i < cmd->members.count; i++)
        if (ts_council_stay(d->council, &cmd->meeting, &cmd->members.ptr[i]))
            return ts_err_set(d->reject, "attendance.present", "came to the meeting");
    size_t count =
        filter(d, cmd->members.ptr, cmd->members.count, can_be_excused, meeting, &members);
    if (count == 0)
        return 0;
    struct ts_ev_attendance_excused *ev = TS_EMIT(d, ATTENDANCE_EXCUSED, attendance_excused);
    ev->meeting = cmd->meeting;
    ev->members.ptr = members;
    ev->members.count = count;
    return 0;
}

int ts_decide_attendance_guests(struct ts_deciding *d, const struct ts_cmd_attendance_guests *cmd)
{
    const struct ts_st_meeting *meeting;
    if (find_attended(d, &cmd->meeting, &meeting, NULL, 0) != 0)
        return -1;
    if (meeting->observers == cmd->observers && meeting->guests == cmd->guests &&
        meeting->guardians == cmd->guardians) {
        d->out->reply.repeat = true;
        return 0;
    }
    struct ts_ev_attendance_guests *ev = TS_EMIT(d, ATTENDANCE_GUESTS, attendance_guests);
    ev->meeting = cmd->meeting;
    ev->observers = cmd->observers;
    ev->guests = cmd->guests;
    ev->guardians = cmd->guardians;
    return 0;
}

int ts_decide_queue_move(struct ts_deciding *d, const struct ts_cmd_queue_move *cmd)
{
    const struct ts_st_meeting *meeting;
    if (ts_find_open_meeting(d, &cmd->meeting, &meeting) != 0)
        return -1;
    struct ts_ev_queue_moved *ev = TS_EMIT(d, QUEUE_MOVED, queue_moved);
    ev->meeting = cmd->meeting;
    ev->seat = cmd->seat;
    ev->place = cmd->place;
    return 0;
}
