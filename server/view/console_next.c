/* The one next thing to do in a meeting (FU-01): an offer, never a rule; `may` says what is legal.
 */
#include "server/view/views.h"

#include "server/domain/closing.h"

struct seeking {
    const struct ts_view_console *c;
    const struct ts_scene *scene;
    struct ts_console_next *out;
};

/* waits: for what, when it is not the viewer's turn or not yet. */
static bool found(struct seeking *s, enum ts_cmd_kind kind, const struct ts_id *poll,
                  const char *waits)
{
    s->out->cmd = ts_str_of(ts_cmd_entry(kind)->name);
    if (poll)
        s->out->poll = *poll;
    if (waits)
        s->out->waits = ts_str_of(waits);
    return true;
}

static bool waits_for_second(const struct ts_console_poll *poll, int act)
{
    for (size_t i = 0; i < poll->waiting.count; i++)
        if (poll->waiting.ptr[i].act == act)
            return true;
    return false;
}

static size_t lacking(const struct ts_console_poll *poll, bool signature)
{
    size_t count = 0;
    for (size_t i = 0; i < poll->booths.count; i++) {
        const struct ts_console_booth *booth = &poll->booths.ptr[i];
        count += !booth->given_up && !(signature ? booth->k_signed : booth->acked);
    }
    return count;
}

static bool next_closing(struct seeking *s, const struct ts_console_poll *poll)
{
    size_t silent = 0;
    for (size_t i = 0; i < poll->booths.count; i++)
        silent += !poll->booths.ptr[i].stated && !poll->booths.ptr[i].given_up;
    if (!poll->paper)
        return found(s, TS_CMD_POLL_PAPER, &poll->poll, NULL);
    if (silent > 0)
        return found(s, TS_CMD_BOOTH_GIVE_UP, &poll->poll,
                     waits_for_second(poll, TS_ACT_GIVE_UP) ? "second" : "statements");
    if (poll->balance && poll->balance->differences.count > 0 && !poll->balance->accepted)
        return found(s, TS_CMD_POLL_ACCEPT_DIFFERENCE, &poll->poll,
                     waits_for_second(poll, TS_ACT_ACCEPT) ? "second" : NULL);
    return found(s, TS_CMD_POLL_FINISH, &poll->poll, NULL);
}

static bool next_closed(struct seeking *s, const struct ts_console_poll *poll)
{
    if (lacking(poll, true) > 0)
        return found(s, TS_CMD_POLL_TALLY, &poll->poll, "signatures");
    return found(s, TS_CMD_POLL_TALLY, &poll->poll,
                 poll->opened_by < poll->keepers_needed ? "keepers" : NULL);
}

static bool next_tallied(struct seeking *s, const struct ts_console_poll *poll)
{
    const struct ts_shown_stage *stage = &s->c->stage;
    bool shown = stage->show == TS_SHOW_RESULT && stage->step >= TS_REVEAL_LAST &&
                 ts_id_equal(&stage->poll, &poll->poll);
    return found(s, shown ? TS_CMD_POLL_PUBLISH : TS_CMD_SCREEN_SHOW, &poll->poll, NULL);
}

static bool next_of_poll(struct seeking *s, const struct ts_console_poll *poll)
{
    switch (poll->state) {
    case TS_POLL_STATE_READY:
        return found(s, TS_CMD_POLL_OPEN, &poll->poll,
                     lacking(poll, false) > 0              ? "packages"
                     : waits_for_second(poll, TS_ACT_OPEN) ? "second"
                                                           : NULL);
    case TS_POLL_STATE_OPEN:
        if (poll->hold)
            return found(s, TS_CMD_POLL_HOLD, &poll->poll, NULL);
        if (poll->turnout >= poll->entitled || poll->free_flow)
            return found(s, TS_CMD_POLL_CLOSE, &poll->poll,
                         poll->turnout < poll->entitled ? "ballots" : NULL);
        return found(s, TS_CMD_KIOSK_RELEASE, &poll->poll, NULL);
    case TS_POLL_STATE_CLOSING:
        return next_closing(s, poll);
    case TS_POLL_STATE_CLOSED:
        return next_closed(s, poll);
    case TS_POLL_STATE_TALLIED:
        return next_tallied(s, poll);
    case TS_POLL_STATE_PUBLISHED:
        if (poll->result && poll->result->verdict.outcome == TS_OUTCOME_TIED &&
            poll->rule.tie == TS_TIE_LOT)
            return found(s, TS_CMD_POLL_LOT, &poll->poll,
                         waits_for_second(poll, TS_ACT_LOT) ? "second" : NULL);
        return false;
    default:
        return false;
    }
}

/* A draft needs keys and slips before it can be prepared. */
static bool next_of_draft(struct seeking *s, const struct ts_console_poll *poll)
{
    const struct ts_console_keepers *keepers = s->c->keepers;
    if (!keepers || keepers->state == TS_KEEPERS_STATE_ABORTED)
        return found(s, TS_CMD_KEEPERS_START, NULL, NULL);
    if (keepers->state != TS_KEEPERS_STATE_READY)
        return found(s, TS_CMD_KEEPERS_START, NULL, "keys");
    for (size_t i = 0; i < s->c->packs.count; i++)
        if (ts_str_is(s->c->packs.ptr[i].state, "fresh"))
            return found(s, TS_CMD_POLL_PREPARE, &poll->poll, NULL);
    return found(s, TS_CMD_POLL_PREPARE, &poll->poll, "pack");
}

static bool next_after_votes(struct seeking *s)
{
    for (size_t i = 0; i < s->c->motions.count; i++) {
        const struct ts_shown_motion *motion = &s->c->motions.ptr[i];
        bool due = motion->state != TS_MOTION_STATE_OPEN && motion->minority_due;
        if (due || (motion->state == TS_MOTION_STATE_PASSED && !motion->decision.ptr)) {
            s->out->motion = motion->motion;
            return found(s, due ? TS_CMD_MOTION_MINORITY : TS_CMD_MOTION_DECIDE, NULL, NULL);
        }
    }
    return false;
}

static bool next_of_discussion(struct seeking *s)
{
    if (s->c->queue.count > 0)
        return found(s, TS_CMD_QUEUE_NEXT, NULL, NULL);
    const struct ts_st_motion *motion =
        ts_council_open_motion(s->scene->world.council, &s->c->meeting);
    if (!motion)
        return false;
    s->out->motion = motion->motion;
    return found(s, TS_CMD_POLL_CREATE, NULL, s->c->speech ? "speech" : NULL);
}

static void seek(struct seeking *s)
{
    const struct ts_view_console *c = s->c;
    if (c->state == TS_MEETING_STATE_PLANNED) {
        found(s, c->quorum_met ? TS_CMD_MEETING_OPEN : TS_CMD_ATTENDANCE_ARRIVE, NULL,
              c->quorum_met ? NULL : "quorum");
        return;
    }
    if (c->state != TS_MEETING_STATE_OPEN)
        return;
    for (size_t i = c->polls.count; i > 0; i--)
        if (next_of_poll(s, &c->polls.ptr[i - 1]))
            return;
    if (next_after_votes(s))
        return;
    for (size_t i = c->polls.count; i > 0; i--)
        if (c->polls.ptr[i - 1].state == TS_POLL_STATE_DRAFT) {
            next_of_draft(s, &c->polls.ptr[i - 1]);
            return;
        }
    if (next_of_discussion(s))
        return;
    if (c->item < (int64_t)c->items.count) {
        s->out->has_item = true;
        s->out->item = c->item + 1;
        found(s, TS_CMD_MEETING_ITEM, NULL, NULL);
        return;
    }
    found(s, TS_CMD_MEETING_CLOSE, NULL, NULL);
}

struct ts_console_next *ts_console_next(const struct ts_view_console *c,
                                        const struct ts_scene *scene, struct ts_arena *arena)
{
    struct ts_console_next *out = ts_arena_alloc(arena, sizeof *out);
    struct seeking s = {c, scene, out};
    seek(&s);
    return out->cmd.ptr ? out : NULL;
}
