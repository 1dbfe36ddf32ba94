/* Motions and open votes. */
#include "server/domain/deciding.h"

#include "server/domain/policy.h"

int ts_decide_motion_put(struct ts_deciding *d, const struct ts_cmd_motion_put *cmd)
{
    const struct ts_st_meeting *meeting;
    if (ts_find_open_meeting(d, &cmd->meeting, &meeting) != 0 ||
        ts_check_item(d, meeting, cmd->item) != 0)
        return -1;
    /* One thing at a time (DOMAIN 1.3). */
    if (ts_council_open_motion(d->council, &cmd->meeting))
        return ts_err_set(d->reject, "motion.one_at_a_time", "another motion is open");
    struct ts_ev_motion_put *ev = TS_EMIT(d, MOTION_PUT, motion_put);
    ev->motion = ts_deciding_id(d);
    ev->meeting = cmd->meeting;
    ev->item = cmd->item;
    ev->title = ts_deciding_content(d);
    ev->text = ts_deciding_content(d);
    if (cmd->child.ptr)
        ev->child = ts_deciding_content(d);
    ev->origin = cmd->origin;
    d->out->reply.id = ev->motion;
    return 0;
}

int ts_decide_motion_withdraw(struct ts_deciding *d, const struct ts_cmd_motion_withdraw *cmd)
{
    const struct ts_st_motion *motion;
    if (ts_find_motion(d, &cmd->motion, &motion) != 0)
        return -1;
    if (motion->state != TS_MOTION_STATE_OPEN)
        return ts_err_set(d->reject, "motion.not_open", "the motion has been settled");
    if (ts_motion_has_poll(d->council, &cmd->motion))
        return ts_err_set(d->reject, "motion.poll_running", "a poll on it is under way");
    TS_EMIT(d, MOTION_WITHDRAWN, motion_withdrawn)->motion = cmd->motion;
    return 0;
}

int ts_decide_motion_minority(struct ts_deciding *d, const struct ts_cmd_motion_minority *cmd)
{
    const struct ts_st_motion *motion;
    if (ts_find_motion(d, &cmd->motion, &motion) != 0)
        return -1;
    if (motion->state == TS_MOTION_STATE_WITHDRAWN)
        return ts_err_set(d->reject, "motion.not_open", "the motion was withdrawn");
    struct ts_ev_motion_minority *ev = TS_EMIT(d, MOTION_MINORITY, motion_minority);
    ev->motion = cmd->motion;
    ev->text = ts_deciding_content(d);
    return 0;
}

int ts_decide_motion_decide(struct ts_deciding *d, const struct ts_cmd_motion_decide *cmd)
{
    const struct ts_st_motion *motion;
    if (ts_find_motion(d, &cmd->motion, &motion) != 0)
        return -1;
    if (motion->state != TS_MOTION_STATE_PASSED)
        return ts_err_set(d->reject, "motion.not_passed", "only what was passed is decided");
    if (!ts_id_is_none(&motion->decision))
        return ts_err_set(d->reject, "motion.decided", "it has a decision");
    /* CP-13: those who were against are heard before it is written down. */
    if (motion->dissent && motion->minority.count == 0)
        return ts_err_set(d->reject, "motion.minority_missing", "nobody's other view is noted");
    struct ts_ev_motion_decided *ev = TS_EMIT(d, MOTION_DECIDED, motion_decided);
    ev->motion = cmd->motion;
    ev->text = ts_deciding_content(d);
    ev->lead = cmd->lead;
    ev->support = cmd->support;
    ev->due_days = cmd->due_days;
    char due[TS_DATE_LEN + 1];
    ts_day_text(due,
                ts_day_add_working(d->env->calendar, ts_day_of_ms(d->out->at_ms), cmd->due_days));
    ev->due_on = ts_arena_str(d->arena, ts_str_of(due));
    return 0;
}

/* ---- open votes ---- */

struct open_vote {
    int64_t for_count, against, abstain;
    int64_t members, present;
};

static void judge(struct ts_deciding *d, const struct open_vote *v, const struct ts_pass_rule *rule,
                  struct ts_rule_verdict *out)
{
    const int64_t counts[3] = {v->for_count, v->against, v->abstain};
    struct ts_policy_count count = {.members = v->members,
                                    .present = v->present,
                                    .cast = v->for_count + v->against + v->abstain,
                                    .counts = counts,
                                    .option_count = 3,
                                    .yna = true};
    ts_policy_judge(&count, rule, d->arena, out);
}

int ts_decide_hands_record(struct ts_deciding *d, const struct ts_cmd_hands_record *cmd)
{
    const struct ts_st_meeting *meeting;
    const struct ts_st_motion *motion;
    bool guardians = cmd->group == TS_GROUP_GUARDIANS;
    if (ts_find_open_meeting(d, &cmd->meeting, &meeting) != 0 ||
        ts_check_item(d, meeting, cmd->item) != 0 ||
        ts_find_votable(d, &cmd->motion, &cmd->meeting, &motion) != 0 ||
        ts_policy_check(&cmd->rule, true, NULL, 3, d->reject) != 0)
        return -1;
    /* Guardians are heard apart and never decide (scenario A16). */
    if (guardians && motion)
        return ts_err_set(d->reject, "hands.group", "guardians do not decide a motion");
    struct open_vote v = {.for_count = cmd->for_count,
                          .against = cmd->against,
                          .abstain = cmd->abstain,
                          .members = guardians ? meeting->guardians
                                               : (int64_t)ts_council_member_count(d->council),
                          .present = guardians ? meeting->guardians : meeting->present};
    if (v.for_count + v.against + v.abstain > v.present) {
        ts_err_set(d->reject, "hands.too_many", "more hands than people");
        ts_err_param(d->reject, "max", "%lld", (long long)v.present);
        return -1;
    }
    struct ts_ev_hands_recorded *ev = TS_EMIT(d, HANDS_RECORDED, hands_recorded);
    ev->vote = ts_deciding_id(d);
    ev->meeting = cmd->meeting;
    ev->item = cmd->item;
    ev->motion = cmd->motion;
    ev->group = cmd->group;
    ev->question = ts_deciding_content(d);
    ev->members = v.members;
    ev->present = v.present;
    ev->for_count = v.for_count;
    ev->against = v.against;
    ev->abstain = v.abstain;
    ev->rule = cmd->rule;
    judge(d, &v, &cmd->rule, &ev->verdict);
    d->out->reply.id = ev->vote;
    return 0;
}

int ts_decide_named_record(struct ts_deciding *d, const struct ts_cmd_named_record *cmd)
{
    const struct ts_st_meeting *meeting;
    const struct ts_st_motion *motion;
    if (ts_find_open_meeting(d, &cmd->meeting, &meeting) != 0 ||
        ts_check_item(d, meeting, cmd->item) != 0 ||
        ts_find_votable(d, &cmd->motion, &cmd->meeting, &motion) != 0 ||
        ts_policy_check(&cmd->rule, true, NULL, 3, d->reject) != 0)
        return -1;
    struct open_vote v = {.members = (int64_t)ts_council_member_count(d->council),
                          .present = meeting->present};
    for (size_t i = 0; i < cmd->votes.count; i++) {
        const struct ts_named_vote *vote = &cmd->votes.ptr[i];
        if (!ts_council_is_present(d->council, &cmd->meeting, &vote->member))
            return ts_err_set(d->reject, "named.not_present", "somebody who is not present");
        for (size_t j = 0; j < i; j++)
            if (ts_id_equal(&cmd->votes.ptr[j].member, &vote->member))
                return ts_err_set(d->reject, "named.twice", "somebody is named twice");
        v.for_count += vote->choice == TS_CHOICE_FOR;
        v.against += vote->choice == TS_CHOICE_AGAINST;
        v.abstain += vote->choice == TS_CHOICE_ABSTAIN;
    }
    struct ts_ev_named_recorded *ev = TS_EMIT(d, NAMED_RECORDED, named_recorded);
    ev->vote = ts_deciding_id(d);
    ev->meeting = cmd->meeting;
    ev->item = cmd->item;
    ev->motion = cmd->motion;
    ev->question = ts_deciding_content(d);
    ev->votes = ts_deciding_content(d);
    ev->members = v.members;
    ev->present = v.present;
    ev->for_count = v.for_count;
    ev->against = v.against;
    ev->abstain = v.abstain;
    ev->rule = cmd->rule;
    judge(d, &v, &cmd->rule, &ev->verdict);
    d->out->reply.id = ev->vote;
    return 0;
}
