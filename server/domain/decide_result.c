/* Secret polls from closed to final. */
#include "server/domain/deciding.h"

#include <assert.h>
#include <stdlib.h>

#include "proto/base/codec.h"
#include "proto/ballot/result.h"
#include "server/domain/package.h"
#include "server/domain/policy.h"

/* ---- keepers open ---- */

/* K is signed by every booth of the statement before anything is decrypted (BALLOT 7). */
static int check_signed(struct ts_deciding *d, const struct ts_st_poll *poll)
{
    size_t missing = 0;
    for (size_t i = 0; i < poll->booths.count; i++)
        missing += !poll->booths.ptr[i].given_up && !poll->booths.ptr[i].closing.ptr;
    if (missing == 0)
        return 0;
    ts_err_set(d->reject, "closing.unsigned", "booths have not signed the closing statement");
    ts_err_param(d->reject, "count", "%zu", missing);
    return -1;
}

int ts_decide_poll_partial(struct ts_deciding *d, const struct ts_cmd_poll_partial *cmd)
{
    const struct ts_st_poll *poll;
    if (ts_find_poll_uuid(d, &cmd->uuid, &poll) != 0)
        return -1;
    const struct ts_st_keepers *keepers = ts_council_keepers(d->council, &poll->meeting);
    int index = keepers ? ts_keepers_index(keepers, &d->env->actor.id) : 0;
    if (!index || index != cmd->owner)
        return ts_err_set(d->reject, "keepers.unknown", "not this keeper's station");
    for (size_t i = 0; i < poll->partials.count; i++)
        if (poll->partials.ptr[i].owner == cmd->owner) {
            d->out->reply.repeat = true;
            return 0;
        }
    if (ts_want_state(d, poll, TS_POLL_STATE_CLOSED) != 0 || check_signed(d, poll) != 0)
        return -1;
    if (poll->cast < poll->min_tally) {
        ts_err_set(d->reject, "poll.min_tally", "too few ballots to be opened");
        ts_err_param(d->reject, "min", "%lld", (long long)poll->min_tally);
        return -1;
    }
    assert(d->env->prework);
    struct ts_ev_poll_partial_given *ev = TS_EMIT(d, POLL_PARTIAL_GIVEN, poll_partial_given);
    ev->poll = poll->poll;
    ev->owner = cmd->owner;
    ev->record = cmd->record;
    return 0;
}

/* ---- the tally ---- */

static void decode64(struct ts_closing_signature *out, struct ts_str base64)
{
    struct ts_buf buf = {0};
    int rc = ts_base64_decode(&buf, base64);
    assert(rc == 0 && buf.len == sizeof out->b);
    memcpy(out->b, buf.ptr, sizeof out->b);
    ts_buf_free(&buf);
}

/* Our result record: the counts, the closing statement and its signatures. */
static int result_text(struct ts_deciding *d, const struct ts_st_poll *poll,
                       const struct ts_prework_result *work, struct ts_str *out)
{
    struct ts_election election;
    struct ts_result result = {.counts = work->counts, .has_closing = true};
    if (ts_election_read(&election, poll->election, d->arena, d->reject) != 0 ||
        ts_closing_read(&result.closing, poll->statement, d->arena, d->reject) != 0)
        return -1;
    decode64(&result.server, poll->k_signature);
    struct ts_closing_signature *booths =
        ts_arena_array(d->arena, poll->booths.count + 1, sizeof *booths);
    for (size_t i = 0; i < poll->booths.count; i++)
        if (!poll->booths.ptr[i].given_up)
            decode64(&booths[result.booth_count++], poll->booths.ptr[i].closing);
    result.booths = booths;
    struct ts_buf text = {0};
    ts_result_write(&text, &election, &result);
    *out = ts_arena_str(d->arena, ts_buf_str(&text));
    ts_buf_free(&text);
    return 0;
}

static void judge(struct ts_deciding *d, const struct ts_st_poll *poll, const int64_t *counts,
                  size_t count_count, int64_t blank, const struct ts_lot *lots, size_t lot_count,
                  struct ts_rule_verdict *verdict)
{
    struct ts_str *tags = ts_arena_array(d->arena, poll->options.count + 1, sizeof *tags);
    for (size_t i = 0; i < poll->options.count; i++)
        tags[i] = poll->options.ptr[i].tag;
    struct ts_policy_count count = {.members = poll->members,
                                    .present = poll->present,
                                    .cast = poll->cast,
                                    .blank = blank,
                                    .counts = counts,
                                    .tags = tags,
                                    .option_count = count_count,
                                    .yna = poll->method == TS_METHOD_YNA,
                                    .lots = lots,
                                    .lot_count = lot_count};
    ts_policy_judge(&count, &poll->rule, d->arena, verdict);
}

int ts_decide_poll_tally(struct ts_deciding *d, const struct ts_cmd_poll_tally *cmd)
{
    const struct ts_st_poll *poll;
    if (ts_find_poll(d, &cmd->poll, &poll) != 0 ||
        ts_want_state(d, poll, TS_POLL_STATE_CLOSED) != 0)
        return -1;
    const struct ts_st_keepers *keepers = ts_council_keepers(d->council, &poll->meeting);
    assert(keepers);
    if ((int64_t)poll->partials.count < keepers->threshold) {
        ts_err_set(d->reject, "poll.partials_missing", "too few keepers have opened");
        ts_err_param(d->reject, "have", "%zu", poll->partials.count);
        ts_err_param(d->reject, "need", "%lld", (long long)keepers->threshold);
        return -1;
    }
    const struct ts_prework_result *work = d->env->prework;
    size_t blank = poll->blank ? 1 : 0, answers = ts_poll_answers(poll);
    if (!work || work->count_count != answers + blank)
        return ts_err_set(d->reject, "server.again", "the state changed meanwhile");
    struct ts_str record;
    if (result_text(d, poll, work, &record) != 0)
        return -1;
    struct ts_ev_poll_tallied *ev = TS_EMIT(d, POLL_TALLIED, poll_tallied);
    ev->poll = cmd->poll;
    ev->result = record;
    ev->counts.count = poll->method == TS_METHOD_YNA ? 3 : poll->options.count;
    ev->counts.ptr = ts_arena_array(d->arena, ev->counts.count, sizeof *ev->counts.ptr);
    ts_poll_sum(poll, work->counts + blank, ev->counts.ptr);
    ev->blank = blank ? work->counts[0] : 0;
    ev->valid = poll->cast - ev->blank;
    judge(d, poll, ev->counts.ptr, ev->counts.count, ev->blank, NULL, 0, &ev->verdict);
    return 0;
}

/* ---- ties ---- */

/* Does the result wait for the lot? */
static bool waits_for_lot(const struct ts_st_poll *poll)
{
    return poll->verdict && poll->verdict->outcome == TS_OUTCOME_TIED &&
           poll->rule.tie == TS_TIE_LOT;
}

static int compare_options(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* As many as were open, each of them tied, each once; *out ascending. */
static int check_drawn(struct ts_deciding *d, const struct ts_st_poll *poll,
                       const struct ts_cmd_poll_lot *cmd, int64_t **out)
{
    static const int64_t motion[] = {1, 2};
    const struct ts_rule_verdict *v = poll->verdict;
    bool yna = poll->method == TS_METHOD_YNA;
    const int64_t *tied = yna ? motion : v->tied.ptr;
    size_t tied_count = yna ? 2 : v->tied.count, open = yna ? 1 : (size_t)v->open_seats, known = 0;
    int64_t *drawn = ts_arena_array(d->arena, cmd->drawn.count, sizeof *drawn);
    memcpy(drawn, cmd->drawn.ptr, cmd->drawn.count * sizeof *drawn);
    qsort(drawn, cmd->drawn.count, sizeof *drawn, compare_options);
    for (size_t i = 0; i < cmd->drawn.count; i++)
        for (size_t k = 0; k < tied_count; k++)
            known += drawn[i] == tied[k] && (i == 0 || drawn[i] != drawn[i - 1]);
    *out = drawn;
    if (cmd->drawn.count == open && known == open)
        return 0;
    ts_err_set(d->reject, "poll.lot", "not %zu of the tied options", open);
    ts_err_param(d->reject, "count", "%zu", open);
    return -1;
}

/* 1: the second of two who saw the same drawn. */
static int agree_on_lot(struct ts_deciding *d, const struct ts_id *poll, int64_t *drawn,
                        size_t count, struct ts_id *first)
{
    const struct ts_st_proposal *proposal = ts_find_proposal(d->council, TS_ACT_LOT, poll, NULL);
    struct ts_ev_act_proposed *propose = NULL;
    bool other = proposal && (proposal->drawn.count != count ||
                              memcmp(proposal->drawn.ptr, drawn, count * sizeof *drawn) != 0);
    int second = 0;
    if (other) {
        /* They saw different things: whoever says so now is the first person again. */
        propose = TS_EMIT(d, ACT_PROPOSED, act_proposed);
        propose->act = TS_ACT_LOT;
        propose->by = d->env->actor.id;
        propose->subject = *poll;
        d->out->reply.waiting_second = true;
    } else {
        second = ts_two_persons(d, TS_ACT_LOT, poll, NULL, first, &propose);
    }
    if (propose) {
        propose->drawn.ptr = drawn;
        propose->drawn.count = count;
    }
    return second;
}

static struct ts_str notice_day(struct ts_deciding *d, const struct ts_st_poll *poll)
{
    char *until = ts_arena_alloc(d->arena, TS_DATE_LEN + 1);
    ts_day_text(until, ts_day_add_working(d->env->calendar, ts_day_of_ms(d->out->at_ms),
                                          poll->rule.notice_days));
    return ts_str_of(until);
}

int ts_decide_poll_lot(struct ts_deciding *d, const struct ts_cmd_poll_lot *cmd)
{
    const struct ts_st_poll *poll;
    int64_t *drawn;
    struct ts_id first;
    if (ts_find_poll(d, &cmd->poll, &poll) != 0)
        return -1;
    bool published = poll->state == TS_POLL_STATE_PUBLISHED;
    if (!published && ts_want_state(d, poll, TS_POLL_STATE_TALLIED) != 0)
        return -1;
    if (!waits_for_lot(poll))
        return ts_err_set(d->reject, "poll.no_lot", "nothing is to be drawn");
    if (check_drawn(d, poll, cmd, &drawn) != 0)
        return -1;
    int second = agree_on_lot(d, &cmd->poll, drawn, cmd->drawn.count, &first);
    if (second <= 0)
        return second;
    struct ts_ev_poll_lot_drawn *ev = TS_EMIT(d, POLL_LOT_DRAWN, poll_lot_drawn);
    ev->poll = cmd->poll;
    ev->lot.tied.ptr = poll->verdict->tied.ptr;
    ev->lot.tied.count = poll->verdict->tied.count;
    ev->lot.drawn.ptr = drawn;
    ev->lot.drawn.count = cmd->drawn.count;
    ev->lot.first = first;
    ev->lot.second = d->env->actor.id;
    struct ts_lot *lots = ts_arena_array(d->arena, poll->witness.lots.count + 1, sizeof *lots);
    if (poll->witness.lots.count > 0)
        memcpy(lots, poll->witness.lots.ptr, poll->witness.lots.count * sizeof *lots);
    lots[poll->witness.lots.count] = ev->lot;
    judge(d, poll, poll->counts.ptr, poll->counts.count, poll->blanks, lots,
          poll->witness.lots.count + 1, &ev->verdict);
    /* Guaranteed seats may have to be drawn as well. */
    bool decided = ev->verdict.outcome != TS_OUTCOME_TIED;
    ev->final = decided && published && poll->rule.notice_days == 0;
    if (decided && published && !ev->final)
        ev->notice_until = notice_day(d, poll);
    return 0;
}

/* ---- publication ---- */

int ts_decide_poll_publish(struct ts_deciding *d, const struct ts_cmd_poll_publish *cmd)
{
    const struct ts_st_poll *poll;
    if (ts_find_poll(d, &cmd->poll, &poll) != 0 ||
        ts_want_state(d, poll, TS_POLL_STATE_TALLIED) != 0)
        return -1;
    struct ts_ev_poll_published *ev = TS_EMIT(d, POLL_PUBLISHED, poll_published);
    ev->poll = cmd->poll;
    /* A tie is shown as one; the notice begins when the lot has decided. */
    if (waits_for_lot(poll))
        return 0;
    ev->final = poll->rule.notice_days == 0;
    if (!ev->final)
        ev->notice_until = notice_day(d, poll);
    return 0;
}

/* Published, and not final yet. */
static int find_provisional(struct ts_deciding *d, const struct ts_id *id,
                            const struct ts_st_poll **poll)
{
    if (ts_find_poll(d, id, poll) != 0 || ts_want_state(d, *poll, TS_POLL_STATE_PUBLISHED) != 0)
        return -1;
    return (*poll)->final ? ts_err_set(d->reject, "poll.final", "the result is final") : 0;
}

int ts_decide_poll_complain(struct ts_deciding *d, const struct ts_cmd_poll_complain *cmd)
{
    const struct ts_st_poll *poll;
    if (find_provisional(d, &cmd->poll, &poll) != 0)
        return -1;
    if (poll->complaints.count >= 100)
        return ts_err_set(d->reject, "poll.complaints_many", "too many complaints");
    struct ts_ev_poll_complained *ev = TS_EMIT(d, POLL_COMPLAINED, poll_complained);
    ev->poll = cmd->poll;
    ev->complaint = (int64_t)poll->complaints.count + 1;
    ev->text = ts_deciding_content(d);
    d->out->reply.has_count = true;
    d->out->reply.count = ev->complaint;
    return 0;
}

int ts_decide_poll_answer(struct ts_deciding *d, const struct ts_cmd_poll_answer *cmd)
{
    const struct ts_st_poll *poll;
    if (find_provisional(d, &cmd->poll, &poll) != 0)
        return -1;
    if (cmd->complaint > (int64_t)poll->complaints.count)
        return ts_err_set(d->reject, "poll.complaint_unknown", "no such complaint");
    if (!ts_id_is_none(&poll->complaints.ptr[cmd->complaint - 1].answer))
        return ts_err_set(d->reject, "poll.complaint_answered", "it has been answered");
    struct ts_ev_poll_answered *ev = TS_EMIT(d, POLL_ANSWERED, poll_answered);
    ev->poll = cmd->poll;
    ev->complaint = cmd->complaint;
    ev->text = ts_deciding_content(d);
    return 0;
}

int ts_decide_poll_finalise(struct ts_deciding *d, const struct ts_cmd_poll_finalise *cmd)
{
    const struct ts_st_poll *poll;
    int64_t until;
    if (find_provisional(d, &cmd->poll, &poll) != 0)
        return -1;
    if (waits_for_lot(poll))
        return ts_err_set(d->reject, "poll.lot_missing", "the tie has not been drawn");
    int rc = ts_day_parse(&until, poll->notice_until);
    assert(rc == 0);
    /* The notice stands through its last day. */
    if (ts_day_of_ms(d->out->at_ms) <= until) {
        ts_err_set(d->reject, "poll.notice", "the public notice still stands");
        ts_err_param(d->reject, "until", "%.*s", TS_STR_ARG(poll->notice_until));
        return -1;
    }
    size_t open = 0;
    for (size_t i = 0; i < poll->complaints.count; i++)
        open += ts_id_is_none(&poll->complaints.ptr[i].answer);
    if (open > 0) {
        ts_err_set(d->reject, "poll.complaint_open", "a complaint has no answer");
        ts_err_param(d->reject, "count", "%zu", open);
        return -1;
    }
    TS_EMIT(d, POLL_FINALISED, poll_finalised)->poll = cmd->poll;
    return 0;
}
