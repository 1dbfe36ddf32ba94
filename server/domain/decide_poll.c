/* Secret polls from draft to closing. */
#include "server/domain/deciding.h"

#include <assert.h>
#include <stdlib.h>

#include "proto/ballot/closing.h"
#include "proto/ballot/digest.h"
#include "server/domain/package.h"
#include "server/domain/policy.h"
#include "server/domain/reading.h"

#define MS_PER_MINUTE INT64_C(60000)
/* A package is good for twelve hours after it may first be used (DESIGN 10.3). */
#define PACKAGE_MS (12 * 60 * MS_PER_MINUTE)
/* Belenios' and our bound on the answers of a question (struct st_poll). */
#define ANSWERS_MAX 50

/* ---- create ---- */

/* Does the method fit its numbers? */
static int check_method(struct ts_deciding *d, const struct ts_cmd_poll_create *cmd)
{
    int64_t options = (int64_t)cmd->options.count;
    bool good = cmd->min <= cmd->max;
    switch (cmd->method) {
    case TS_METHOD_YNA:
        good = good && options == 0 && cmd->min == 1 && cmd->max == 1;
        break;
    case TS_METHOD_ONE:
        good = good && options >= 2 && cmd->max == 1;
        break;
    case TS_METHOD_MANY:
        good = good && options >= 2 && cmd->max <= options;
        break;
    default:
        good = good && options >= 2 && cmd->per_option <= cmd->max &&
               options * cmd->per_option <= ANSWERS_MAX && cmd->max <= options * cmd->per_option;
        break;
    }
    if (cmd->method != TS_METHOD_DOTS && cmd->per_option != 1)
        good = false;
    return good ? 0 : ts_err_set(d->reject, "poll.method", "the numbers do not fit the method");
}

static int check_rule(struct ts_deciding *d, const struct ts_cmd_poll_create *cmd)
{
    struct ts_str tags[40];
    for (size_t i = 0; i < cmd->options.count; i++)
        tags[i] = cmd->options.ptr[i].tag;
    return ts_policy_check(&cmd->rule, cmd->method == TS_METHOD_YNA, tags, cmd->options.count,
                           d->reject);
}

static void fill_options(struct ts_deciding *d, struct ts_ev_poll_created *ev,
                         const struct ts_cmd_poll_create *cmd)
{
    ev->options.count = cmd->options.count;
    ev->options.ptr = ts_arena_array(d->arena, cmd->options.count + 1, sizeof *ev->options.ptr);
    for (size_t i = 0; i < cmd->options.count; i++) {
        ev->options.ptr[i].text = ts_deciding_content(d);
        ev->options.ptr[i].tag = cmd->options.ptr[i].tag;
    }
    ev->info.asked = ts_deciding_content(d);
    ev->info.decides = ts_deciding_content(d);
    ev->info.can_change = ts_deciding_content(d);
    ev->info.answer_by = ts_deciding_content(d);
}

int ts_decide_poll_create(struct ts_deciding *d, const struct ts_cmd_poll_create *cmd)
{
    const struct ts_st_meeting *meeting;
    const struct ts_st_motion *motion;
    if (ts_find_meeting(d, &cmd->meeting, &meeting) != 0)
        return -1;
    if (meeting->state == TS_MEETING_STATE_CLOSED)
        return ts_err_set(d->reject, "meeting.closed", "the meeting is over");
    if (ts_check_item(d, meeting, cmd->item) != 0 ||
        ts_find_votable(d, &cmd->motion, &cmd->meeting, &motion) != 0 ||
        check_method(d, cmd) != 0 || check_rule(d, cmd) != 0)
        return -1;
    if (motion && cmd->method != TS_METHOD_YNA)
        return ts_err_set(d->reject, "poll.method", "a motion is voted for or against");
    struct ts_ev_poll_created *ev = TS_EMIT(d, POLL_CREATED, poll_created);
    ev->poll = ts_deciding_id(d);
    ev->meeting = cmd->meeting;
    ev->item = cmd->item;
    ev->motion = cmd->motion;
    ev->question = ts_deciding_content(d);
    ev->method = cmd->method;
    ev->min = cmd->min;
    ev->max = cmd->max;
    ev->per_option = cmd->per_option;
    ev->blank = cmd->blank;
    fill_options(d, ev, cmd);
    ev->rule = cmd->rule;
    ev->free_flow = cmd->free_flow;
    ev->two_persons = cmd->two_persons;
    ev->not_before = cmd->not_before - cmd->not_before % MS_PER_MINUTE;
    ev->min_tally = cmd->min_tally;
    ev->band = cmd->band;
    d->out->reply.id = ev->poll;
    return 0;
}

/* ---- prepare ---- */

static int find_fresh_pack(struct ts_deciding *d, const struct ts_id *id,
                           const struct ts_st_pack **out)
{
    *out = ts_council_pack(d->council, id);
    if (!*out)
        return ts_err_set(d->reject, "pack.unknown", "no such pack");
    if ((*out)->burnt || !ts_id_is_none(&(*out)->poll))
        return ts_err_set(d->reject, "pack.used", "a pack is for one poll only");
    return 0;
}

static int check_booths(struct ts_deciding *d, const struct ts_cmd_poll_prepare *cmd)
{
    for (size_t i = 0; i < cmd->booths.count; i++)
        if (ts_find_kiosk(d, &cmd->council, &cmd->booths.ptr[i], TS_KIOSK_ROLE_BOOTH) != 0)
            return -1;
    return 0;
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct ts_id *)a)->s, ((const struct ts_id *)b)->s);
}

/* In the order in which the closing statement lists them. */
static struct ts_id *sorted_booths(struct ts_deciding *d, const struct ts_cmd_poll_prepare *cmd)
{
    struct ts_id *out = ts_arena_array(d->arena, cmd->booths.count, sizeof *out);
    memcpy(out, cmd->booths.ptr, cmd->booths.count * sizeof *out);
    qsort(out, cmd->booths.count, sizeof *out, by_id);
    return out;
}

static struct ts_str sign_package(struct ts_deciding *d, const struct ts_st_poll *poll,
                                  const struct ts_st_pack *pack, const struct ts_id *council,
                                  struct ts_str presentation, struct ts_str *hash)
{
    struct ts_buf text = {0};
    ts_package_write(&text, d->registry, council, poll, pack, presentation);
    struct ts_digest digest = ts_digest_of(ts_buf_str(&text));
    ts_buf_free(&text);
    *hash = ts_deciding_hex(d, digest.b, sizeof digest.b);
    struct ts_str message =
        ts_arena_printf(d->arena, "tongsheng-package-1|%.*s", TS_STR_ARG(*hash));
    uint8_t signature[64];
    d->env->sign(d->env->sign_ctx, signature, (const uint8_t *)message.ptr, message.len);
    return ts_deciding_base64(d, signature, sizeof signature);
}

static int set_booths(struct ts_deciding *d, const struct ts_st_poll *poll,
                      const struct ts_cmd_poll_prepare *cmd)
{
    if (!ts_id_equal(&poll->pack, &cmd->pack))
        return ts_err_set(d->reject, "pack.used", "the poll has its pack");
    if (check_booths(d, cmd) != 0)
        return -1;
    struct ts_ev_poll_booths_set *ev = TS_EMIT(d, POLL_BOOTHS_SET, poll_booths_set);
    ev->poll = cmd->poll;
    ev->booths.ptr = sorted_booths(d, cmd);
    ev->booths.count = cmd->booths.count;
    return 0;
}

/* The youngest cannot read it all: every text must be read aloud before it is fixed (KU-25). */
static int check_clips(struct ts_deciding *d, const struct ts_st_poll *poll)
{
    size_t missing =
        poll->band == TS_BAND_A ? ts_poll_clips_missing(d->council, poll, d->arena) : 0;
    if (missing == 0)
        return 0;
    ts_err_set(d->reject, "poll.clips_missing", "band A, and not every text is read aloud");
    ts_err_param(d->reject, "count", "%zu", missing);
    return -1;
}

int ts_decide_poll_prepare(struct ts_deciding *d, const struct ts_cmd_poll_prepare *cmd)
{
    const struct ts_st_poll *poll;
    const struct ts_st_pack *pack;
    if (ts_find_poll(d, &cmd->poll, &poll) != 0)
        return -1;
    if (poll->state == TS_POLL_STATE_READY)
        return set_booths(d, poll, cmd);
    if (ts_want_state(d, poll, TS_POLL_STATE_DRAFT) != 0 ||
        find_fresh_pack(d, &cmd->pack, &pack) != 0 || check_booths(d, cmd) != 0)
        return -1;
    const struct ts_st_meeting *meeting = ts_council_meeting(d->council, &poll->meeting);
    if (meeting->state == TS_MEETING_STATE_CLOSED)
        return ts_err_set(d->reject, "meeting.closed", "the meeting is over");
    const struct ts_st_keepers *keepers = ts_council_keepers(d->council, &poll->meeting);
    if (!keepers || keepers->state != TS_KEEPERS_STATE_READY)
        return ts_err_set(d->reject, "keepers.not_ready", "the keepers have no keys yet");
    if (check_clips(d, poll) != 0)
        return -1;
    struct ts_poll_records records;
    if (ts_poll_records_make(&records, ts_registry_council(d->registry, &cmd->council), d->council,
                             poll, pack, keepers, d->env->server_key, d->env->reader, d->arena,
                             d->reject) != 0)
        return -1;
    int64_t now = d->out->at_ms - d->out->at_ms % MS_PER_MINUTE;
    struct ts_ev_poll_prepared *ev = TS_EMIT(d, POLL_PREPARED, poll_prepared);
    ev->poll = cmd->poll;
    ev->pack = cmd->pack;
    ev->uuid = pack->uuid;
    ev->election = records.election;
    ev->phi = records.phi;
    ev->setup = records.setup;
    ev->presentation = records.presentation_hash;
    ev->not_before = poll->not_before > now ? poll->not_before : now;
    ev->not_after = ev->not_before + PACKAGE_MS;
    ev->booths.ptr = sorted_booths(d, cmd);
    ev->booths.count = cmd->booths.count;
    /* The package as it will be written again from the state. */
    struct ts_st_poll ready = *poll;
    ready.election = ev->election;
    ready.trustees = keepers->trustees;
    ready.setup = ev->setup;
    ready.package_from = ev->not_before;
    ready.package_until = ev->not_after;
    ev->signature =
        sign_package(d, &ready, pack, &cmd->council, records.presentation, &ev->package);
    d->out->reply.id = pack->uuid;
    return 0;
}

/* The booth's word that nothing is in its queue, signed with its key. */
static int check_zero(struct ts_deciding *d, const struct ts_st_poll *poll, struct ts_str zero)
{
    const struct ts_st_kiosk *kiosk = ts_registry_kiosk(d->registry, &d->env->actor.id);
    const struct ts_st_pack *pack = ts_council_pack(d->council, &poll->pack);
    if (!zero.ptr)
        return ts_err_set(d->reject, "booth.not_empty", "no zero report");
    struct ts_buf text = {0};
    ts_zero_text(&text, &poll->uuid, poll->phi, pack->printed);
    bool good = kiosk && ts_signature_good(zero, kiosk->key, ts_buf_str(&text));
    ts_buf_free(&text);
    return good ? 0 : ts_err_set(d->reject, "booth.signature", "not signed with the booth's key");
}

int ts_decide_package_ack(struct ts_deciding *d, const struct ts_cmd_package_ack *cmd)
{
    const struct ts_st_poll *poll;
    if (ts_find_poll_uuid(d, &cmd->uuid, &poll) != 0)
        return -1;
    const struct ts_st_booth *booth = ts_poll_booth(poll, &d->env->actor.id);
    if (!booth)
        return ts_err_set(d->reject, "booth.unknown", "not a booth of this poll");
    if (!ts_str_equal(poll->phi, cmd->phi))
        return ts_err_set(d->reject, "package.phi", "another election's fingerprint");
    if (booth->acked) {
        d->out->reply.repeat = true;
        return 0;
    }
    if (poll->state != TS_POLL_STATE_READY && poll->state != TS_POLL_STATE_OPEN)
        return ts_want_state(d, poll, TS_POLL_STATE_READY);
    if (check_zero(d, poll, cmd->zero) != 0)
        return -1;
    struct ts_ev_package_acked *ev = TS_EMIT(d, PACKAGE_ACKED, package_acked);
    ev->poll = poll->poll;
    ev->kiosk = d->env->actor.id;
    ev->zero = cmd->zero;
    return 0;
}

/* ---- open ---- */

static int check_acks(struct ts_deciding *d, const struct ts_st_poll *poll)
{
    size_t missing = 0;
    for (size_t i = 0; i < poll->booths.count; i++)
        missing += !poll->booths.ptr[i].acked;
    if (missing == 0)
        return 0;
    ts_err_set(d->reject, "poll.booths_missing", "not every booth has the package");
    ts_err_param(d->reject, "count", "%zu", missing);
    return -1;
}

int ts_decide_poll_zero(struct ts_deciding *d, const struct ts_cmd_poll_zero *cmd)
{
    const struct ts_st_poll *poll;
    if (ts_find_poll(d, &cmd->poll, &poll) != 0 ||
        ts_want_state(d, poll, TS_POLL_STATE_READY) != 0 || check_acks(d, poll) != 0)
        return -1;
    for (size_t i = 0; i < poll->witness.zero.count; i++)
        if (ts_id_equal(&poll->witness.zero.ptr[i], &d->env->actor.id)) {
            d->out->reply.repeat = true;
            return 0;
        }
    if (poll->witness.zero.count >= 200)
        return ts_err_set(d->reject, "office.too_many", "too many have seen it");
    struct ts_ev_poll_zero_seen *ev = TS_EMIT(d, POLL_ZERO_SEEN, poll_zero_seen);
    ev->poll = cmd->poll;
    ev->by = d->env->actor.id;
    return 0;
}

static int check_time(struct ts_deciding *d, const struct ts_st_poll *poll)
{
    if (d->out->at_ms < poll->package_from) {
        char when[TS_MINUTE_LEN + 1];
        ts_minute_text(when, poll->package_from);
        ts_err_set(d->reject, "poll.early", "not before its time");
        ts_err_param(d->reject, "time", "%s", when);
        return -1;
    }
    if (d->out->at_ms >= poll->package_until)
        return ts_err_set(d->reject, "poll.late", "the booths' package has expired");
    return 0;
}

int ts_decide_poll_open(struct ts_deciding *d, const struct ts_cmd_poll_open *cmd)
{
    const struct ts_st_poll *poll;
    const struct ts_st_meeting *meeting;
    int64_t quorum;
    if (ts_find_poll(d, &cmd->poll, &poll) != 0 ||
        ts_want_state(d, poll, TS_POLL_STATE_READY) != 0 ||
        ts_find_open_meeting(d, &poll->meeting, &meeting) != 0 || check_time(d, poll) != 0 ||
        check_acks(d, poll) != 0 || ts_check_quorum(d, &cmd->council, meeting, &quorum) != 0)
        return -1;
    const struct ts_st_motion *motion = ts_council_motion(d->council, &poll->motion);
    if (motion && motion->state != TS_MOTION_STATE_OPEN)
        return ts_err_set(d->reject, "motion.not_open", "the motion has been settled");
    int64_t members = (int64_t)ts_council_member_count(d->council);
    bool election = meeting->kind == TS_MEETING_KIND_ELECTION;
    if ((election ? members : meeting->present) == 0)
        return ts_err_set(d->reject, "poll.nobody", "nobody could vote");
    struct ts_id first = {{0}};
    if (poll->two_persons) {
        struct ts_ev_act_proposed *propose;
        int second = ts_two_persons(d, TS_ACT_OPEN, &cmd->poll, NULL, &first, &propose);
        if (second <= 0)
            return second;
    }
    struct ts_ev_poll_opened *ev = TS_EMIT(d, POLL_OPENED, poll_opened);
    ev->poll = cmd->poll;
    ev->members = members;
    ev->present = meeting->present;
    ev->entitled = election ? members : meeting->present;
    ev->first = first;
    d->out->box = TS_DECISION_BOX_CREATE;
    d->out->poll = cmd->poll;
    return 0;
}

/* ---- hold ---- */

int ts_decide_poll_hold(struct ts_deciding *d, const struct ts_cmd_poll_hold *cmd)
{
    const struct ts_st_poll *poll;
    if (ts_find_poll(d, &cmd->poll, &poll) != 0 || ts_want_state(d, poll, TS_POLL_STATE_OPEN) != 0)
        return -1;
    int hold = poll->hold ? poll->hold : TS_HOLD_GO;
    if (hold == cmd->hold) {
        d->out->reply.repeat = true;
        return 0;
    }
    struct ts_ev_poll_held *ev = TS_EMIT(d, POLL_HELD, poll_held);
    ev->poll = cmd->poll;
    ev->hold = cmd->hold;
    return 0;
}

/* ---- close ---- */

/* In an election: everybody who ever came. */
static int64_t came(const struct ts_council_state *c, const struct ts_st_meeting *meeting)
{
    int64_t count = 0;
    for (size_t i = 0; i < meeting->stays.count; i++) {
        const struct ts_st_stay *last =
            ts_council_stay(c, &meeting->meeting, &meeting->stays.ptr[i].member);
        count += last == &meeting->stays.ptr[i];
    }
    return count;
}

int ts_decide_poll_close(struct ts_deciding *d, const struct ts_cmd_poll_close *cmd)
{
    const struct ts_st_poll *poll;
    if (ts_find_poll(d, &cmd->poll, &poll) != 0 || ts_want_state(d, poll, TS_POLL_STATE_OPEN) != 0)
        return -1;
    const struct ts_st_meeting *meeting = ts_council_meeting(d->council, &poll->meeting);
    ts_emit_turnout(d, poll);
    struct ts_ev_poll_closing *ev = TS_EMIT(d, POLL_CLOSING, poll_closing);
    ev->poll = cmd->poll;
    ev->present =
        meeting->kind == TS_MEETING_KIND_ELECTION ? came(d->council, meeting) : poll->present;
    return 0;
}

int ts_decide_poll_void(struct ts_deciding *d, const struct ts_cmd_poll_void *cmd)
{
    const struct ts_st_poll *poll;
    if (ts_find_poll(d, &cmd->poll, &poll) != 0)
        return -1;
    if (poll->state == TS_POLL_STATE_PUBLISHED || poll->state == TS_POLL_STATE_VOID)
        return ts_want_state(d, poll, TS_POLL_STATE_DRAFT);
    struct ts_ev_poll_voided *ev = TS_EMIT(d, POLL_VOIDED, poll_voided);
    ev->poll = cmd->poll;
    ev->reason = ts_deciding_content(d);
    if (poll->state == TS_POLL_STATE_OPEN || poll->state == TS_POLL_STATE_CLOSING) {
        d->out->box = TS_DECISION_BOX_CLOSE;
        d->out->poll = cmd->poll;
    }
    return 0;
}
