/* Secret polls from closing to closed: booths' last words, paper, differences, the statement. */
#include "server/domain/deciding.h"

#include <assert.h>
#include <sodium.h>

#include "proto/base/codec.h"
#include "server/domain/closing.h"

/* ---- booths ---- */

/* The statement as the booth has signed it. */
static bool statement_good(const struct ts_st_kiosk *kiosk, const struct ts_st_poll *poll,
                           const struct ts_cmd_booth_statement *cmd)
{
    struct ts_closing_booth booth = {.kiosk = ts_id_str(&kiosk->kiosk),
                                     .sealed = cmd->sealed,
                                     .opened = cmd->opened,
                                     .voids = cmd->voided};
    struct ts_digest phi = ts_digest_of(poll->election);
    struct ts_buf key = {0}, signature = {0};
    bool good = ts_base64_decode(&key, kiosk->key) == 0 && key.len == sizeof booth.key.b &&
                ts_base64_decode(&signature, cmd->signature) == 0 &&
                signature.len == sizeof booth.signature.b &&
                ts_hex_decode(booth.set.b, sizeof booth.set.b, cmd->set) == 0;
    if (good) {
        memcpy(booth.key.b, key.ptr, key.len);
        memcpy(booth.signature.b, signature.ptr, signature.len);
        good = ts_closing_booth_check(&booth, &poll->uuid, &phi);
    }
    ts_buf_free(&key);
    ts_buf_free(&signature);
    return good;
}

int ts_decide_booth_statement(struct ts_deciding *d, const struct ts_cmd_booth_statement *cmd)
{
    const struct ts_st_poll *poll;
    if (ts_find_poll_uuid(d, &cmd->uuid, &poll) != 0)
        return -1;
    const struct ts_st_kiosk *kiosk = ts_registry_kiosk(d->registry, &d->env->actor.id);
    const struct ts_st_booth *booth = ts_poll_booth(poll, &d->env->actor.id);
    if (!booth || !kiosk)
        return ts_err_set(d->reject, "booth.unknown", "not a booth of this poll");
    if (booth->stated) {
        if (!ts_str_equal(booth->signature, cmd->signature))
            return ts_err_set(d->reject, "booth.stated", "it has said something else before");
        d->out->reply.repeat = true;
        return 0;
    }
    if (ts_want_state(d, poll, TS_POLL_STATE_CLOSING) != 0)
        return -1;
    if (!statement_good(kiosk, poll, cmd))
        return ts_err_set(d->reject, "booth.signature", "not signed with the booth's key");
    /* The booth has delivered everything: the journal may know what is in the box by now, so that
     * the console can name differences once the paper is counted. */
    ts_emit_turnout(d, poll);
    struct ts_ev_booth_stated *ev = TS_EMIT(d, BOOTH_STATED, booth_stated);
    ev->poll = poll->poll;
    ev->kiosk = kiosk->kiosk;
    ev->sealed = cmd->sealed;
    ev->opened = cmd->opened;
    ev->voided = cmd->voided;
    ev->set = cmd->set;
    ev->signature = cmd->signature;
    return 0;
}

int ts_decide_booth_give_up(struct ts_deciding *d, const struct ts_cmd_booth_give_up *cmd)
{
    const struct ts_st_poll *poll;
    if (ts_find_poll(d, &cmd->poll, &poll) != 0 ||
        ts_want_state(d, poll, TS_POLL_STATE_CLOSING) != 0)
        return -1;
    const struct ts_st_booth *booth = ts_poll_booth(poll, &cmd->kiosk);
    if (!booth)
        return ts_err_set(d->reject, "booth.unknown", "not a booth of this poll");
    if (booth->stated)
        return ts_err_set(d->reject, "booth.stated", "it has made its statement");
    if (booth->given_up) {
        d->out->reply.repeat = true;
        return 0;
    }
    struct ts_id first;
    struct ts_ev_act_proposed *propose;
    int second = ts_two_persons(d, TS_ACT_GIVE_UP, &cmd->poll, &cmd->kiosk, &first, &propose);
    if (propose)
        propose->reason = ts_deciding_content(d);
    if (second <= 0)
        return second;
    ts_emit_turnout(d, poll);
    struct ts_ev_booth_given_up *ev = TS_EMIT(d, BOOTH_GIVEN_UP, booth_given_up);
    ev->poll = cmd->poll;
    ev->kiosk = cmd->kiosk;
    ev->first = first;
    ev->reason = ts_deciding_content(d);
    ev->waiting = d->env->booth_waiting;
    return 0;
}

/* ---- paper ---- */

int ts_decide_poll_paper(struct ts_deciding *d, const struct ts_cmd_poll_paper *cmd)
{
    const struct ts_st_poll *poll;
    if (ts_find_poll(d, &cmd->poll, &poll) != 0 ||
        ts_want_state(d, poll, TS_POLL_STATE_CLOSING) != 0)
        return -1;
    if (poll->paper_entries >= 1000)
        return ts_err_set(d->reject, "poll.paper_many", "counted too often");
    ts_emit_turnout(d, poll);
    struct ts_ev_poll_paper_counted *ev = TS_EMIT(d, POLL_PAPER_COUNTED, poll_paper_counted);
    ev->poll = cmd->poll;
    ev->counts = cmd->counts;
    return 0;
}

/* closing, with paper and every booth heard. */
static int check_ready(struct ts_deciding *d, const struct ts_st_poll *poll)
{
    if (ts_want_state(d, poll, TS_POLL_STATE_CLOSING) != 0)
        return -1;
    if (!poll->paper)
        return ts_err_set(d->reject, "poll.paper_missing", "the paper has not been counted");
    size_t silent = ts_poll_silent_booths(poll);
    if (silent > 0) {
        ts_err_set(d->reject, "poll.booths_silent", "booths that have not stated");
        ts_err_param(d->reject, "count", "%zu", silent);
        return -1;
    }
    return 0;
}

int ts_decide_poll_accept_difference(struct ts_deciding *d,
                                     const struct ts_cmd_poll_accept_difference *cmd)
{
    const struct ts_st_poll *poll;
    if (ts_find_poll(d, &cmd->poll, &poll) != 0 || check_ready(d, poll) != 0)
        return -1;
    size_t count;
    assert(d->env->box);
    struct ts_difference *now =
        ts_poll_differences(d->registry, d->council, poll, d->env->box, d->arena, &count);
    if (count == 0)
        return ts_err_set(d->reject, "poll.balanced", "there is no difference to accept");
    const struct ts_st_proposal *proposal =
        ts_find_proposal(d->council, TS_ACT_ACCEPT, &cmd->poll, NULL);
    bool same = proposal && ts_differences_equal(proposal->differences.ptr,
                                                 proposal->differences.count, now, count);
    struct ts_id first;
    struct ts_ev_act_proposed *propose = NULL;
    int second = 0;
    if (proposal && !same && d->env->actor.kind == TS_ACTOR_STAFF) {
        /* The numbers have changed: whoever accepts now is the first person again. */
        propose = TS_EMIT(d, ACT_PROPOSED, act_proposed);
        propose->act = TS_ACT_ACCEPT;
        propose->by = d->env->actor.id;
        propose->subject = cmd->poll;
        d->out->reply.waiting_second = true;
    } else {
        second = ts_two_persons(d, TS_ACT_ACCEPT, &cmd->poll, NULL, &first, &propose);
    }
    if (propose) {
        propose->reason = ts_deciding_content(d);
        propose->differences.ptr = now;
        propose->differences.count = count;
    }
    if (second <= 0)
        return second;
    struct ts_ev_poll_difference_accepted *ev =
        TS_EMIT(d, POLL_DIFFERENCE_ACCEPTED, poll_difference_accepted);
    ev->poll = cmd->poll;
    ev->first = first;
    ev->second = d->env->actor.id;
    ev->reason = ts_deciding_content(d);
    ev->differences.ptr = now;
    ev->differences.count = count;
    return 0;
}

/* ---- the statement ---- */

static const struct ts_point *copy_points(struct ts_deciding *d, const uint8_t (*points)[32],
                                          size_t count)
{
    struct ts_point *out = ts_arena_array(d->arena, count + 1, sizeof *out);
    for (size_t i = 0; i < count; i++)
        memcpy(out[i].b, points[i], 32);
    return out;
}

static void complete(struct ts_deciding *d, struct ts_closing *c, const struct ts_st_poll *poll,
                     const struct ts_id *council, size_t difference_count)
{
    const struct ts_prework_result *work = d->env->prework;
    c->tally = work->tally_event;
    c->root = work->root;
    c->voids = copy_points(d, work->box.voided, work->box.voided_count);
    c->audited = copy_points(d, work->box.audited, work->box.audited_count);
    c->conflicts = work->box.conflicts;
    c->stream = ts_id_str(council);
    c->seq = d->env->stream_seq;
    memcpy(c->head.b, d->env->stream_head, sizeof c->head.b);
    char *time = ts_arena_alloc(d->arena, TS_MINUTE_UTC_LEN + 1);
    ts_minute_utc_text(time, d->out->at_ms);
    c->time = ts_str_of(time);
    if (difference_count > 0) {
        c->accepted[0] = ts_id_str(&poll->accepted_first);
        c->accepted[1] = ts_id_str(&poll->accepted_second);
        /* The words of the reason can be erased; the public statement names the content item. */
        c->reason = ts_arena_printf(d->arena, "content %s", poll->accepted_reason.s);
    }
}

/* Is what the worker computed from still what is in the box? */
static bool box_unchanged(const struct ts_prework_result *work, const struct ts_box_figures *box)
{
    return work && box && (int64_t)work->box.ballot_count == box->cast &&
           (int64_t)work->box.voided_count == box->voided &&
           (int64_t)work->box.audited_count == box->audited &&
           (int64_t)work->box.conflict_count == box->conflicts;
}

int ts_decide_poll_finish(struct ts_deciding *d, const struct ts_cmd_poll_finish *cmd)
{
    const struct ts_st_poll *poll;
    const struct ts_box_figures *box = d->env->box;
    const struct ts_prework_result *work = d->env->prework;
    if (ts_find_poll(d, &cmd->poll, &poll) != 0 || check_ready(d, poll) != 0)
        return -1;
    if (!box_unchanged(work, box) || !work->encrypted_tally.ptr)
        return ts_err_set(d->reject, "server.again", "the box changed meanwhile");
    size_t count;
    struct ts_difference *now =
        ts_poll_differences(d->registry, d->council, poll, box, d->arena, &count);
    if (count > 0 && !ts_differences_equal(now, count, poll->accepted.ptr, poll->accepted.count)) {
        ts_err_set(d->reject, "poll.unbalanced", "%.*s", TS_STR_ARG(now[0].code));
        ts_err_param(d->reject, "count", "%zu", count);
        return -1;
    }
    struct ts_closing closing;
    ts_poll_closing(&closing, d->registry, poll, box, d->arena);
    complete(d, &closing, poll, &cmd->council, count);
    struct ts_buf text = {0};
    struct ts_json_writer w;
    ts_jw_init(&w, &text);
    ts_closing_write(&w, &closing);
    struct ts_ev_poll_closed *ev = TS_EMIT(d, POLL_CLOSED, poll_closed);
    ev->statement = ts_arena_str(d->arena, ts_buf_str(&text));
    ts_buf_free(&text);
    struct ts_digest k = ts_digest_of(ev->statement);
    ev->poll = cmd->poll;
    ev->k = ts_deciding_hex(d, k.b, sizeof k.b);
    struct ts_str message =
        ts_arena_printf(d->arena, "tongsheng-closing-1|%.*s", TS_STR_ARG(ev->k));
    uint8_t signature[64];
    d->env->sign(d->env->sign_ctx, signature, (const uint8_t *)message.ptr, message.len);
    ev->signature = ts_deciding_base64(d, signature, sizeof signature);
    ev->encrypted_tally = work->encrypted_tally;
    ev->sized = work->sized;
    ev->cast = box->cast;
    ev->voided = box->voided;
    ev->audited = box->audited;
    ev->conflicts = box->conflicts;
    ev->differences.ptr = now;
    ev->differences.count = count;
    d->out->box = TS_DECISION_BOX_CLOSE;
    d->out->poll = cmd->poll;
    return 0;
}

int ts_decide_closing_sign(struct ts_deciding *d, const struct ts_cmd_closing_sign *cmd)
{
    const struct ts_st_poll *poll;
    if (ts_find_poll_uuid(d, &cmd->uuid, &poll) != 0)
        return -1;
    const struct ts_st_kiosk *kiosk = ts_registry_kiosk(d->registry, &d->env->actor.id);
    const struct ts_st_booth *booth = ts_poll_booth(poll, &d->env->actor.id);
    if (!booth || !kiosk)
        return ts_err_set(d->reject, "booth.unknown", "not a booth of this poll");
    if (booth->closing.ptr) {
        d->out->reply.repeat = true;
        return 0;
    }
    if (ts_want_state(d, poll, TS_POLL_STATE_CLOSED) != 0)
        return -1;
    if (!ts_str_equal(poll->k, cmd->k))
        return ts_err_set(d->reject, "closing.k", "another closing statement");
    struct ts_str message =
        ts_arena_printf(d->arena, "tongsheng-closing-1|%.*s", TS_STR_ARG(cmd->k));
    if (!ts_signature_good(cmd->signature, kiosk->key, message))
        return ts_err_set(d->reject, "booth.signature", "not signed with the booth's key");
    struct ts_ev_closing_signed *ev = TS_EMIT(d, CLOSING_SIGNED, closing_signed);
    ev->poll = poll->poll;
    ev->kiosk = kiosk->kiosk;
    ev->signature = cmd->signature;
    return 0;
}
