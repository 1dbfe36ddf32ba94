/* Secret polls from closed to final. */
#include "server/domain/deciding.h"

#include <assert.h>

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

static void judge(struct ts_deciding *d, const struct ts_st_poll *poll,
                  struct ts_ev_poll_tallied *ev)
{
    struct ts_str *tags = ts_arena_array(d->arena, poll->options.count + 1, sizeof *tags);
    for (size_t i = 0; i < poll->options.count; i++)
        tags[i] = poll->options.ptr[i].tag;
    struct ts_policy_count count = {.members = poll->members,
                                    .present = poll->present,
                                    .cast = poll->cast,
                                    .blank = ev->blank,
                                    .counts = ev->counts.ptr,
                                    .tags = tags,
                                    .option_count = ev->counts.count,
                                    .yna = poll->method == TS_METHOD_YNA};
    ts_policy_judge(&count, &poll->rule, d->arena, &ev->verdict);
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
    judge(d, poll, ev);
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
    ev->final = poll->rule.notice_days == 0;
    if (ev->final)
        return 0;
    char *until = ts_arena_alloc(d->arena, TS_DATE_LEN + 1);
    ts_day_text(until, ts_day_add_working(d->env->calendar, ts_day_of_ms(d->out->at_ms),
                                          poll->rule.notice_days));
    ev->notice_until = ts_str_of(until);
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
