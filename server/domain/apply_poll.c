/* Events of secret polls. */
#include "server/domain/apply_event.h"

#include <assert.h>

#include "server/domain/state_edit.h"

void ts_apply_poll_created(struct ts_world_mut *w, const struct ts_ev_poll_created *ev, int64_t at)
{
    (void)at;
    struct ts_council_state *c = w->council;
    struct ts_st_poll *row = TS_LIST_ADD(&c->arena, c->doc.polls);
    row->poll = ev->poll;
    row->meeting = ev->meeting;
    row->item = ev->item;
    row->motion = ev->motion;
    row->question = ts_edit_content(c, &ev->question);
    row->method = ev->method;
    row->min = ev->min;
    row->max = ev->max;
    row->per_option = ev->per_option;
    row->blank = ev->blank;
    for (size_t i = 0; i < ev->options.count; i++) {
        struct ts_st_option *option = TS_LIST_ADD(&c->arena, row->options);
        option->text = ts_edit_content(c, &ev->options.ptr[i].text);
        if (ev->options.ptr[i].tag.ptr)
            option->tag = ts_arena_str(&c->arena, ev->options.ptr[i].tag);
    }
    ts_wire_copy(&ts_desc_pass_rule, &ev->rule, &c->arena, &row->rule);
    row->info.asked = ts_edit_content(c, &ev->info.asked);
    row->info.decides = ts_edit_content(c, &ev->info.decides);
    row->info.can_change = ts_edit_content(c, &ev->info.can_change);
    row->info.answer_by = ts_edit_content(c, &ev->info.answer_by);
    row->free_flow = ev->free_flow;
    row->two_persons = ev->two_persons;
    row->not_before = ev->not_before;
    row->min_tally = ev->min_tally;
    row->band = ev->band ? ev->band : TS_BAND_C;
    row->state = TS_POLL_STATE_DRAFT;
}

static void set_booths(struct ts_council_state *c, struct ts_st_poll *row,
                       const struct ts_id *booths, size_t count)
{
    /* A booth that is chosen again keeps what it acknowledged. */
    struct ts_st_poll old = *row;
    memset(&row->booths, 0, sizeof row->booths);
    for (size_t i = 0; i < count; i++) {
        const struct ts_st_booth *before = ts_poll_booth(&old, &booths[i]);
        struct ts_st_booth *booth = TS_LIST_ADD(&c->arena, row->booths);
        booth->kiosk = booths[i];
        booth->acked = before && before->acked;
    }
}

void ts_apply_poll_prepared(struct ts_world_mut *w, const struct ts_ev_poll_prepared *ev,
                            int64_t at)
{
    (void)at;
    struct ts_council_state *c = w->council;
    struct ts_st_poll *row = ts_edit_poll(c, &ev->poll);
    struct ts_st_pack *pack = ts_edit_pack(c, &ev->pack);
    const struct ts_st_keepers *keepers = ts_council_keepers(c, &row->meeting);
    assert(keepers);
    pack->poll = ev->poll;
    row->pack = ev->pack;
    row->uuid = ev->uuid;
    row->letter = pack->letter;
    row->election = ts_arena_str(&c->arena, ev->election);
    row->phi = ts_arena_str(&c->arena, ev->phi);
    row->trustees = keepers->trustees;
    row->setup = ts_arena_str(&c->arena, ev->setup);
    row->presentation = ts_arena_str(&c->arena, ev->presentation);
    row->package = ts_arena_str(&c->arena, ev->package);
    row->signature = ts_arena_str(&c->arena, ev->signature);
    row->package_from = ev->not_before;
    row->package_until = ev->not_after;
    set_booths(c, row, ev->booths.ptr, ev->booths.count);
    row->state = TS_POLL_STATE_READY;
}

void ts_apply_poll_booths_set(struct ts_world_mut *w, const struct ts_ev_poll_booths_set *ev,
                              int64_t at)
{
    (void)at;
    set_booths(w->council, ts_edit_poll(w->council, &ev->poll), ev->booths.ptr, ev->booths.count);
}

void ts_apply_package_acked(struct ts_world_mut *w, const struct ts_ev_package_acked *ev,
                            int64_t at)
{
    (void)at;
    struct ts_st_booth *booth = ts_edit_booth(ts_edit_poll(w->council, &ev->poll), &ev->kiosk);
    booth->acked = true;
    if (ev->zero.ptr)
        booth->zero = ts_arena_str(&w->council->arena, ev->zero);
}

void ts_apply_poll_zero_seen(struct ts_world_mut *w, const struct ts_ev_poll_zero_seen *ev,
                             int64_t at)
{
    (void)at;
    struct ts_st_poll *poll = ts_edit_poll(w->council, &ev->poll);
    *TS_LIST_ADD(&w->council->arena, poll->witness.zero) = ev->by;
}

void ts_apply_poll_opened(struct ts_world_mut *w, const struct ts_ev_poll_opened *ev, int64_t at)
{
    struct ts_st_poll *row = ts_edit_poll(w->council, &ev->poll);
    row->state = TS_POLL_STATE_OPEN;
    row->opened_at = at;
    row->members = ev->members;
    row->present = ev->present;
    row->entitled = ev->entitled;
    ts_edit_proposals_drop(w->council, TS_ACT_OPEN, &ev->poll);
}

void ts_apply_poll_turnout(struct ts_world_mut *w, const struct ts_ev_poll_turnout *ev, int64_t at)
{
    (void)at;
    struct ts_st_poll *row = ts_edit_poll(w->council, &ev->poll);
    row->told.cast = ev->cast;
    row->told.voided = ev->voided;
    row->told.audited = ev->audited;
    row->told.conflicts = ev->conflicts;
}

void ts_apply_poll_held(struct ts_world_mut *w, const struct ts_ev_poll_held *ev, int64_t at)
{
    (void)at;
    ts_edit_poll(w->council, &ev->poll)->hold = ev->hold == TS_HOLD_GO ? 0 : ev->hold;
}

void ts_apply_poll_closing(struct ts_world_mut *w, const struct ts_ev_poll_closing *ev, int64_t at)
{
    struct ts_st_poll *row = ts_edit_poll(w->council, &ev->poll);
    row->state = TS_POLL_STATE_CLOSING;
    row->hold = 0;
    row->closing_at = at;
    row->present = ev->present;
}

void ts_apply_booth_stated(struct ts_world_mut *w, const struct ts_ev_booth_stated *ev, int64_t at)
{
    (void)at;
    struct ts_council_state *c = w->council;
    struct ts_st_booth *booth = ts_edit_booth(ts_edit_poll(c, &ev->poll), &ev->kiosk);
    booth->stated = true;
    /* A booth that was given up and came back after all. */
    booth->given_up = false;
    booth->waiting = 0;
    booth->sealed = ev->sealed;
    booth->opened = ev->opened;
    booth->voided = ev->voided;
    booth->set = ts_arena_str(&c->arena, ev->set);
    booth->signature = ts_arena_str(&c->arena, ev->signature);
}

void ts_apply_booth_given_up(struct ts_world_mut *w, const struct ts_ev_booth_given_up *ev,
                             int64_t at)
{
    (void)at;
    struct ts_council_state *c = w->council;
    struct ts_st_booth *booth = ts_edit_booth(ts_edit_poll(c, &ev->poll), &ev->kiosk);
    booth->given_up = true;
    booth->waiting = ev->waiting;
    booth->reason = ts_edit_content(c, &ev->reason);
    ts_edit_proposals_drop(c, TS_ACT_GIVE_UP, &ev->poll);
}

void ts_apply_poll_paper_counted(struct ts_world_mut *w, const struct ts_ev_poll_paper_counted *ev,
                                 int64_t at)
{
    (void)at;
    struct ts_council_state *c = w->council;
    struct ts_st_poll *row = ts_edit_poll(c, &ev->poll);
    if (!row->paper)
        row->paper = ts_arena_alloc(&c->arena, sizeof *row->paper);
    *row->paper = ev->counts;
    row->paper_entries++;
}

void ts_apply_poll_difference_accepted(struct ts_world_mut *w,
                                       const struct ts_ev_poll_difference_accepted *ev, int64_t at)
{
    (void)at;
    struct ts_council_state *c = w->council;
    struct ts_st_poll *row = ts_edit_poll(c, &ev->poll);
    row->accepted.count = 0;
    for (size_t i = 0; i < ev->differences.count; i++)
        ts_wire_copy(&ts_desc_difference, &ev->differences.ptr[i], &c->arena,
                     TS_LIST_ADD(&c->arena, row->accepted));
    row->accepted_first = ev->first;
    row->accepted_second = ev->second;
    row->accepted_reason = ts_edit_content(c, &ev->reason);
    ts_edit_proposals_drop(c, TS_ACT_ACCEPT, &ev->poll);
}

void ts_apply_poll_closed(struct ts_world_mut *w, const struct ts_ev_poll_closed *ev, int64_t at)
{
    struct ts_council_state *c = w->council;
    struct ts_st_poll *row = ts_edit_poll(c, &ev->poll);
    row->state = TS_POLL_STATE_CLOSED;
    row->closed_at = at;
    row->k = ts_arena_str(&c->arena, ev->k);
    row->statement = ts_arena_str(&c->arena, ev->statement);
    row->k_signature = ts_arena_str(&c->arena, ev->signature);
    row->encrypted_tally = ts_arena_str(&c->arena, ev->encrypted_tally);
    row->cast = ev->cast;
    row->voided = ev->voided;
    row->audited = ev->audited;
    row->conflicts = ev->conflicts;
    ts_edit_proposals_drop(c, TS_ACT_ABSENT, &ev->poll);
}

void ts_apply_closing_signed(struct ts_world_mut *w, const struct ts_ev_closing_signed *ev,
                             int64_t at)
{
    (void)at;
    struct ts_council_state *c = w->council;
    ts_edit_booth(ts_edit_poll(c, &ev->poll), &ev->kiosk)->closing =
        ts_arena_str(&c->arena, ev->signature);
}

void ts_apply_poll_partial_given(struct ts_world_mut *w, const struct ts_ev_poll_partial_given *ev,
                                 int64_t at)
{
    (void)at;
    struct ts_council_state *c = w->council;
    struct ts_st_partial *row = TS_LIST_ADD(&c->arena, ts_edit_poll(c, &ev->poll)->partials);
    row->owner = ev->owner;
    row->record = ts_arena_str(&c->arena, ev->record);
}

void ts_apply_poll_tallied(struct ts_world_mut *w, const struct ts_ev_poll_tallied *ev, int64_t at)
{
    (void)at;
    struct ts_council_state *c = w->council;
    struct ts_st_poll *row = ts_edit_poll(c, &ev->poll);
    row->state = TS_POLL_STATE_TALLIED;
    row->result = ts_arena_str(&c->arena, ev->result);
    for (size_t i = 0; i < ev->counts.count; i++)
        *TS_LIST_ADD(&c->arena, row->counts) = ev->counts.ptr[i];
    row->blanks = ev->blank;
    row->valid = ev->valid;
    row->verdict = ts_arena_alloc(&c->arena, sizeof *row->verdict);
    ts_wire_copy(&ts_desc_rule_verdict, &ev->verdict, &c->arena, row->verdict);
    if (row->method == TS_METHOD_YNA)
        ts_edit_motion_outcome(c, &row->motion, ev->verdict.outcome, row->counts.ptr[1] > 0);
}

void ts_apply_poll_lot_drawn(struct ts_world_mut *w, const struct ts_ev_poll_lot_drawn *ev,
                             int64_t at)
{
    (void)at;
    struct ts_council_state *c = w->council;
    struct ts_st_poll *row = ts_edit_poll(c, &ev->poll);
    ts_wire_copy(&ts_desc_lot, &ev->lot, &c->arena, TS_LIST_ADD(&c->arena, row->witness.lots));
    row->verdict = ts_arena_alloc(&c->arena, sizeof *row->verdict);
    ts_wire_copy(&ts_desc_rule_verdict, &ev->verdict, &c->arena, row->verdict);
    row->final = ev->final;
    if (ev->notice_until.ptr)
        row->notice_until = ts_arena_str(&c->arena, ev->notice_until);
    if (row->method == TS_METHOD_YNA)
        ts_edit_motion_outcome(c, &row->motion, ev->verdict.outcome, row->counts.ptr[1] > 0);
    ts_edit_proposals_drop(c, TS_ACT_LOT, &ev->poll);
}

void ts_apply_poll_published(struct ts_world_mut *w, const struct ts_ev_poll_published *ev,
                             int64_t at)
{
    (void)at;
    struct ts_st_poll *row = ts_edit_poll(w->council, &ev->poll);
    row->state = TS_POLL_STATE_PUBLISHED;
    row->final = ev->final;
    if (ev->notice_until.ptr)
        row->notice_until = ts_arena_str(&w->council->arena, ev->notice_until);
}

void ts_apply_poll_complained(struct ts_world_mut *w, const struct ts_ev_poll_complained *ev,
                              int64_t at)
{
    struct ts_council_state *c = w->council;
    struct ts_st_complaint *row = TS_LIST_ADD(&c->arena, ts_edit_poll(c, &ev->poll)->complaints);
    row->text = ts_edit_content(c, &ev->text);
    row->at = at;
}

void ts_apply_poll_answered(struct ts_world_mut *w, const struct ts_ev_poll_answered *ev,
                            int64_t at)
{
    struct ts_st_poll *poll = ts_edit_poll(w->council, &ev->poll);
    struct ts_st_complaint *row = &poll->complaints.ptr[ev->complaint - 1];
    row->answer = ts_edit_content(w->council, &ev->text);
    row->answered_at = at;
}

void ts_apply_poll_finalised(struct ts_world_mut *w, const struct ts_ev_poll_finalised *ev,
                             int64_t at)
{
    (void)at;
    ts_edit_poll(w->council, &ev->poll)->final = true;
}

void ts_apply_poll_voided(struct ts_world_mut *w, const struct ts_ev_poll_voided *ev, int64_t at)
{
    (void)at;
    struct ts_council_state *c = w->council;
    struct ts_st_poll *row = ts_edit_poll(c, &ev->poll);
    row->state = TS_POLL_STATE_VOID;
    row->void_reason = ts_edit_content(c, &ev->reason);
    if (!ts_id_is_none(&row->pack))
        ts_edit_pack(c, &row->pack)->burnt = true;
    ts_edit_proposals_drop(c, TS_ACT_ABSENT, &ev->poll);
}
