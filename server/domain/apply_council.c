/* Events of a council without its polls. */
#include "server/domain/apply_event.h"

#include <assert.h>

#include "server/domain/state_edit.h"

void ts_apply_roster_imported(struct ts_world_mut *w, const struct ts_ev_roster_imported *ev,
                              int64_t at)
{
    (void)at;
    for (size_t i = 0; i < ev->rows.count; i++) {
        struct ts_st_member *row = ts_edit_member_add(w->council, &ev->rows.ptr[i].member);
        row->seat = ev->rows.ptr[i].seat;
        row->row = ts_edit_content(w->council, &ev->rows.ptr[i].row);
    }
}

void ts_apply_member_removed(struct ts_world_mut *w, const struct ts_ev_member_removed *ev,
                             int64_t at)
{
    (void)at;
    const struct ts_st_member *member = ts_council_member(w->council, &ev->member);
    assert(member);
    w->council->doc.members.ptr[member - w->council->doc.members.ptr].removed = true;
}

void ts_apply_act_proposed(struct ts_world_mut *w, const struct ts_ev_act_proposed *ev, int64_t at)
{
    (void)at;
    struct ts_council_state *c = w->council;
    struct ts_st_proposal *row = NULL;
    for (size_t i = 0; i < c->doc.proposals.count && !row; i++) {
        struct ts_st_proposal *old = &c->doc.proposals.ptr[i];
        if (old->act == ev->act && ts_id_equal(&old->subject, &ev->subject) &&
            ts_id_equal(&old->kiosk, &ev->kiosk))
            row = old; /* replaced: the numbers changed meanwhile */
    }
    if (!row)
        row = TS_LIST_ADD(&c->arena, c->doc.proposals);
    row->act = ev->act;
    row->by = ev->by;
    row->subject = ev->subject;
    row->kiosk = ev->kiosk;
    row->reason = ts_edit_content(c, &ev->reason);
    row->differences.count = 0;
    for (size_t i = 0; i < ev->differences.count; i++)
        ts_wire_copy(&ts_desc_difference, &ev->differences.ptr[i], &c->arena,
                     TS_LIST_ADD(&c->arena, row->differences));
    row->members.count = 0;
    for (size_t i = 0; i < ev->members.count; i++)
        *TS_LIST_ADD(&c->arena, row->members) = ev->members.ptr[i];
    row->drawn.count = 0;
    for (size_t i = 0; i < ev->drawn.count; i++)
        *TS_LIST_ADD(&c->arena, row->drawn) = ev->drawn.ptr[i];
}

void ts_apply_roster_read(struct ts_world_mut *w, const struct ts_ev_roster_read *ev, int64_t at)
{
    struct ts_council_state *c = w->council;
    struct ts_st_reading *row = TS_LIST_ADD(&c->arena, c->doc.readings);
    row->by = ev->by;
    row->first = ev->first;
    for (size_t i = 0; i < ev->members.count; i++)
        *TS_LIST_ADD(&c->arena, row->members) = ev->members.ptr[i];
    row->rows = ev->rows;
    row->reason = ts_edit_content(c, &ev->reason);
    row->at = at;
    /* A person who read alone may have left a proposal of before. */
    if (!ts_id_is_none(&ev->first))
        ts_edit_proposals_drop(c, TS_ACT_READ, &c->doc.council);
}

void ts_edit_proposals_drop(struct ts_council_state *c, int act, const struct ts_id *subject)
{
    size_t kept = 0;
    for (size_t i = 0; i < c->doc.proposals.count; i++) {
        const struct ts_st_proposal *row = &c->doc.proposals.ptr[i];
        if ((act != TS_ACT_ABSENT && row->act != act) || !ts_id_equal(&row->subject, subject))
            c->doc.proposals.ptr[kept++] = *row;
    }
    c->doc.proposals.count = kept;
}

void ts_apply_content_erased(struct ts_world_mut *w, const struct ts_ev_content_erased *ev,
                             int64_t at)
{
    (void)at;
    struct ts_council_state *c = w->council;
    struct ts_st_content *content = ts_edit_content_row(c, &ev->content);
    content->erased = true;
    if (!ts_id_is_none(&content->of)) {
        struct ts_st_content *text = ts_edit_content_row(c, &content->of);
        if (ts_id_equal(&text->pinyin, &ev->content))
            text->pinyin = (struct ts_id){{0}};
        if (ts_id_equal(&text->clip, &ev->content)) {
            text->clip = (struct ts_id){{0}};
            text->voice = 0;
        }
    }
    ts_edit_proposals_drop(c, TS_ACT_ERASE, &ev->content);
}

/* ---- how texts are read ---- */

void ts_apply_text_approved(struct ts_world_mut *w, const struct ts_ev_text_approved *ev,
                            int64_t at)
{
    (void)at;
    struct ts_council_state *c = w->council;
    struct ts_id pinyin = ts_edit_content(c, &ev->pinyin);
    ts_edit_content_row(c, &pinyin)->of = ev->text;
    struct ts_st_content *text = ts_edit_content_row(c, &ev->text);
    text->pinyin = pinyin;
    text->note = ev->note.ptr ? ts_arena_str(&c->arena, ev->note) : (struct ts_str){NULL, 0};
}

void ts_apply_text_voiced(struct ts_world_mut *w, const struct ts_ev_text_voiced *ev, int64_t at)
{
    (void)at;
    struct ts_council_state *c = w->council;
    struct ts_id clip = ts_edit_content(c, &ev->clip);
    ts_edit_content_row(c, &clip)->of = ev->text;
    struct ts_st_content *text = ts_edit_content_row(c, &ev->text);
    text->clip = clip;
    text->voice = ev->voice;
    text->note = (struct ts_str){NULL, 0};
}

/* ---- meetings ---- */

static void add_items(struct ts_council_state *c, struct ts_st_meeting *row,
                      const struct ts_agenda_item *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct ts_st_item *item = TS_LIST_ADD(&c->arena, row->items);
        memset(item, 0, sizeof *item);
        item->title = ts_edit_content(c, &items[i].title);
        item->minutes = items[i].minutes;
        item->origin = items[i].origin;
        item->child = ts_edit_content(c, &items[i].child);
    }
}

void ts_apply_meeting_created(struct ts_world_mut *w, const struct ts_ev_meeting_created *ev,
                              int64_t at)
{
    (void)at;
    struct ts_council_state *c = w->council;
    struct ts_st_meeting *row = TS_LIST_ADD(&c->arena, c->doc.meetings);
    row->meeting = ev->meeting;
    row->kind = ev->kind;
    row->sitting = ev->sitting;
    row->title = ts_edit_content(c, &ev->title);
    row->place = ts_edit_content(c, &ev->place);
    row->starts_at = ev->starts_at;
    row->minutes = ev->minutes;
    row->rehearsal = ev->rehearsal;
    row->state = TS_MEETING_STATE_PLANNED;
    add_items(c, row, ev->items.ptr, ev->items.count);
}

void ts_apply_meeting_changed(struct ts_world_mut *w, const struct ts_ev_meeting_changed *ev,
                              int64_t at)
{
    (void)at;
    struct ts_council_state *c = w->council;
    struct ts_st_meeting *row = ts_edit_meeting(c, &ev->meeting);
    row->title = ts_edit_content(c, &ev->title);
    row->place = ts_edit_content(c, &ev->place);
    row->starts_at = ev->starts_at;
    row->minutes = ev->minutes;
    row->items.count = 0;
    add_items(c, row, ev->items.ptr, ev->items.count);
}

void ts_apply_meeting_opened(struct ts_world_mut *w, const struct ts_ev_meeting_opened *ev,
                             int64_t at)
{
    struct ts_st_meeting *row = ts_edit_meeting(w->council, &ev->meeting);
    row->state = TS_MEETING_STATE_OPEN;
    row->opened_at = at;
    row->opened_members = ev->members;
    row->opened_present = ev->present;
    row->quorum = ev->quorum;
}

void ts_apply_meeting_closed(struct ts_world_mut *w, const struct ts_ev_meeting_closed *ev,
                             int64_t at)
{
    struct ts_st_meeting *row = ts_edit_meeting(w->council, &ev->meeting);
    row->state = TS_MEETING_STATE_CLOSED;
    row->closed_at = at;
}

void ts_apply_item_called(struct ts_world_mut *w, const struct ts_ev_item_called *ev, int64_t at)
{
    (void)at;
    ts_edit_meeting(w->council, &ev->meeting)->item = ev->item;
}

void ts_apply_item_noted(struct ts_world_mut *w, const struct ts_ev_item_noted *ev, int64_t at)
{
    (void)at;
    struct ts_st_meeting *row = ts_edit_meeting(w->council, &ev->meeting);
    struct ts_st_item *item = &row->items.ptr[ev->item - 1];
    struct ts_id id = ts_edit_content(w->council, &ev->text);
    *TS_LIST_ADD(&w->council->arena, item->notes) = id;
}

void ts_apply_office_granted(struct ts_world_mut *w, const struct ts_ev_office_granted *ev,
                             int64_t at)
{
    (void)at;
    struct ts_st_meeting *row = ts_edit_meeting(w->council, &ev->meeting);
    struct ts_st_card *card = TS_LIST_ADD(&w->council->arena, row->cards);
    card->card = ev->card;
    card->office = ev->office;
    card->hash = ts_arena_str(&w->council->arena, ev->hash);
}

void ts_apply_attendance_arrived(struct ts_world_mut *w, const struct ts_ev_attendance_arrived *ev,
                                 int64_t at)
{
    struct ts_st_meeting *row = ts_edit_meeting(w->council, &ev->meeting);
    for (size_t i = 0; i < ev->members.count; i++) {
        const struct ts_id *member = &ev->members.ptr[i];
        ts_edit_stay_add(w->council, row, member)->arrived_at = at;
        row->present++;
        for (size_t e = 0; e < row->excused.count; e++)
            if (ts_id_equal(&row->excused.ptr[e], member)) {
                row->excused.count--;
                memmove(&row->excused.ptr[e], &row->excused.ptr[e + 1],
                        (row->excused.count - e) * sizeof *row->excused.ptr);
                break;
            }
    }
}

void ts_apply_attendance_left(struct ts_world_mut *w, const struct ts_ev_attendance_left *ev,
                              int64_t at)
{
    struct ts_st_meeting *row = ts_edit_meeting(w->council, &ev->meeting);
    for (size_t i = 0; i < ev->members.count; i++) {
        const struct ts_st_stay *stay =
            ts_council_stay(w->council, &ev->meeting, &ev->members.ptr[i]);
        assert(stay && stay->left_at == 0);
        /* Somebody who came and left within the clock's resolution is still gone. */
        row->stays.ptr[stay - row->stays.ptr].left_at = at > 0 ? at : 1;
        row->present--;
    }
}

void ts_apply_attendance_excused(struct ts_world_mut *w, const struct ts_ev_attendance_excused *ev,
                                 int64_t at)
{
    (void)at;
    struct ts_st_meeting *row = ts_edit_meeting(w->council, &ev->meeting);
    for (size_t i = 0; i < ev->members.count; i++)
        *TS_LIST_ADD(&w->council->arena, row->excused) = ev->members.ptr[i];
}

void ts_apply_attendance_guests(struct ts_world_mut *w, const struct ts_ev_attendance_guests *ev,
                                int64_t at)
{
    (void)at;
    struct ts_st_meeting *row = ts_edit_meeting(w->council, &ev->meeting);
    row->observers = ev->observers;
    row->guests = ev->guests;
    row->guardians = ev->guardians;
}

void ts_apply_queue_moved(struct ts_world_mut *w, const struct ts_ev_queue_moved *ev, int64_t at)
{
    struct ts_st_meeting *row = ts_edit_meeting(w->council, &ev->meeting);
    struct ts_st_move *move = TS_LIST_ADD(&w->council->arena, row->moves);
    move->seat = ev->seat;
    move->place = ev->place;
    move->at = at;
}

/* ---- motions and open votes ---- */

void ts_apply_motion_put(struct ts_world_mut *w, const struct ts_ev_motion_put *ev, int64_t at)
{
    struct ts_council_state *c = w->council;
    struct ts_st_motion *row = TS_LIST_ADD(&c->arena, c->doc.motions);
    row->motion = ev->motion;
    row->meeting = ev->meeting;
    row->item = ev->item;
    row->title = ts_edit_content(c, &ev->title);
    row->text = ts_edit_content(c, &ev->text);
    row->child = ts_edit_content(c, &ev->child);
    row->origin = ev->origin;
    row->state = TS_MOTION_STATE_OPEN;
    row->put_at = at;
}

void ts_apply_motion_withdrawn(struct ts_world_mut *w, const struct ts_ev_motion_withdrawn *ev,
                               int64_t at)
{
    (void)at;
    ts_edit_motion(w->council, &ev->motion)->state = TS_MOTION_STATE_WITHDRAWN;
}

void ts_apply_motion_minority(struct ts_world_mut *w, const struct ts_ev_motion_minority *ev,
                              int64_t at)
{
    (void)at;
    struct ts_st_motion *row = ts_edit_motion(w->council, &ev->motion);
    struct ts_id id = ts_edit_content(w->council, &ev->text);
    *TS_LIST_ADD(&w->council->arena, row->minority) = id;
}

void ts_apply_motion_decided(struct ts_world_mut *w, const struct ts_ev_motion_decided *ev,
                             int64_t at)
{
    (void)at;
    struct ts_council_state *c = w->council;
    struct ts_st_motion *row = ts_edit_motion(c, &ev->motion);
    row->decision = ts_edit_content(c, &ev->text);
    row->lead = ts_arena_str(&c->arena, ev->lead);
    row->support = ts_arena_str(&c->arena, ev->support);
    row->due_on = ts_arena_str(&c->arena, ev->due_on);
}

void ts_edit_motion_outcome(struct ts_council_state *c, const struct ts_id *motion, int outcome,
                            bool dissent)
{
    if (ts_id_is_none(motion))
        return;
    struct ts_st_motion *row = ts_edit_motion(c, motion);
    if (outcome == TS_OUTCOME_PASSED)
        row->state = TS_MOTION_STATE_PASSED;
    else if (outcome == TS_OUTCOME_REJECTED)
        row->state = TS_MOTION_STATE_REJECTED;
    /* Otherwise (a tie, too few, a mere count) the motion stays open. */
    row->dissent |= dissent;
}

void ts_apply_hands_recorded(struct ts_world_mut *w, const struct ts_ev_hands_recorded *ev,
                             int64_t at)
{
    struct ts_council_state *c = w->council;
    struct ts_st_vote *row = TS_LIST_ADD(&c->arena, c->doc.votes);
    row->vote = ev->vote;
    row->meeting = ev->meeting;
    row->item = ev->item;
    row->motion = ev->motion;
    row->group = ev->group;
    row->question = ts_edit_content(c, &ev->question);
    row->members = ev->members;
    row->present = ev->present;
    row->for_count = ev->for_count;
    row->against = ev->against;
    row->abstain = ev->abstain;
    ts_wire_copy(&ts_desc_pass_rule, &ev->rule, &c->arena, &row->rule);
    ts_wire_copy(&ts_desc_rule_verdict, &ev->verdict, &c->arena, &row->verdict);
    row->at = at;
    ts_edit_motion_outcome(c, &ev->motion, ev->verdict.outcome, ev->against > 0);
}

void ts_apply_named_recorded(struct ts_world_mut *w, const struct ts_ev_named_recorded *ev,
                             int64_t at)
{
    struct ts_council_state *c = w->council;
    struct ts_st_vote *row = TS_LIST_ADD(&c->arena, c->doc.votes);
    row->vote = ev->vote;
    row->meeting = ev->meeting;
    row->item = ev->item;
    row->motion = ev->motion;
    row->group = TS_GROUP_CHILDREN;
    row->question = ts_edit_content(c, &ev->question);
    row->votes = ts_edit_content(c, &ev->votes);
    row->members = ev->members;
    row->present = ev->present;
    row->for_count = ev->for_count;
    row->against = ev->against;
    row->abstain = ev->abstain;
    ts_wire_copy(&ts_desc_pass_rule, &ev->rule, &c->arena, &row->rule);
    ts_wire_copy(&ts_desc_rule_verdict, &ev->verdict, &c->arena, &row->verdict);
    row->at = at;
    ts_edit_motion_outcome(c, &ev->motion, ev->verdict.outcome, ev->against > 0);
}

/* ---- packs and keepers ---- */

void ts_apply_pack_registered(struct ts_world_mut *w, const struct ts_ev_pack_registered *ev,
                              int64_t at)
{
    (void)at;
    struct ts_council_state *c = w->council;
    struct ts_st_pack *row = TS_LIST_ADD(&c->arena, c->doc.packs);
    row->pack = ev->pack;
    row->uuid = ev->uuid;
    row->kiosk = ev->kiosk;
    row->letter = ts_arena_str(&c->arena, ev->letter);
    row->printed = ev->printed;
    row->list = ts_arena_str(&c->arena, ev->list);
    row->signature = ts_arena_str(&c->arena, ev->signature);
}

void ts_apply_keepers_started(struct ts_world_mut *w, const struct ts_ev_keepers_started *ev,
                              int64_t at)
{
    (void)at;
    struct ts_council_state *c = w->council;
    struct ts_st_keepers *row = TS_LIST_ADD(&c->arena, c->doc.keepers);
    row->meeting = ev->meeting;
    row->round = ev->round;
    row->threshold = ev->threshold;
    row->state = TS_KEEPERS_STATE_CERTS;
    for (size_t i = 0; i < ev->stations.count; i++)
        TS_LIST_ADD(&c->arena, row->keepers)->kiosk = ev->stations.ptr[i];
}

/* Has every station given what this step wants? */
static bool step_complete(const struct ts_st_keepers *row, int step)
{
    for (size_t i = 0; i < row->keepers.count; i++) {
        const struct ts_st_keeper *k = &row->keepers.ptr[i];
        bool given = step == TS_KEEPER_STEP_CERT     ? k->cert.ptr != NULL
                     : step == TS_KEEPER_STEP_COMMIT ? k->commit.ptr != NULL
                     : step == TS_KEEPER_STEP_REVEAL ? k->reveal.ptr != NULL
                     : step == TS_KEEPER_STEP_KEY    ? k->key.ptr != NULL
                                                     : k->confirmed;
        if (!given)
            return false;
    }
    return true;
}

void ts_apply_keeper_stepped(struct ts_world_mut *w, const struct ts_ev_keeper_stepped *ev,
                             int64_t at)
{
    (void)at;
    struct ts_council_state *c = w->council;
    struct ts_st_keepers *row = ts_edit_keepers(c, &ev->meeting);
    struct ts_st_keeper *k = &row->keepers.ptr[ev->index - 1];
    struct ts_str record = ts_arena_str(&c->arena, ev->record);
    switch (ev->step) {
    case TS_KEEPER_STEP_CERT:
        k->cert = record;
        break;
    case TS_KEEPER_STEP_COMMIT:
        k->commit = record;
        break;
    case TS_KEEPER_STEP_REVEAL:
        k->reveal = record;
        break;
    case TS_KEEPER_STEP_KEY:
        k->key = record;
        break;
    default:
        k->confirmed = true;
        break;
    }
    /* The states follow the steps one to one; keepers.joined comes between keys and confirm. */
    if (step_complete(row, ev->step) && ev->step != TS_KEEPER_STEP_KEY)
        row->state++;
}

void ts_apply_keepers_aborted(struct ts_world_mut *w, const struct ts_ev_keepers_aborted *ev,
                              int64_t at)
{
    (void)at;
    ts_edit_keepers(w->council, &ev->meeting)->state = TS_KEEPERS_STATE_ABORTED;
}

void ts_apply_keepers_joined(struct ts_world_mut *w, const struct ts_ev_keepers_joined *ev,
                             int64_t at)
{
    (void)at;
    struct ts_council_state *c = w->council;
    struct ts_st_keepers *row = ts_edit_keepers(c, &ev->meeting);
    row->trustees = ts_arena_str(&c->arena, ev->trustees);
    row->ceremony = ts_arena_str(&c->arena, ev->ceremony);
    row->state = TS_KEEPERS_STATE_CONFIRM;
}
