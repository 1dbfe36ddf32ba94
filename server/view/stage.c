/* What the big screen shows (FU-01, PJ-02): chosen at the console, or whatever the meeting is at.
 */
#include "server/view/shown.h"

/* The latest of the meeting that was called. */
static const struct ts_st_poll *latest_poll(const struct ts_scene *scene)
{
    const struct ts_st_house *doc = &scene->world.council->doc;
    for (size_t i = doc->polls.count; i > 0; i--) {
        const struct ts_st_poll *poll = &doc->polls.ptr[i - 1];
        if (ts_id_equal(&poll->meeting, &scene->meeting->meeting) &&
            poll->state != TS_POLL_STATE_DRAFT && poll->state != TS_POLL_STATE_VOID)
            return poll;
    }
    return NULL;
}

static int following(const struct ts_view_house *house, const struct ts_scene *scene,
                     const struct ts_st_poll *poll, const struct ts_st_motion *motion)
{
    const struct ts_st_meeting *m = scene->meeting;
    const struct ts_live_queue *queue = ts_live_queue(house->live, &m->meeting);
    const struct ts_live_stage *live = ts_live_stage(house->live, &m->meeting);
    if (m->state != TS_MEETING_STATE_OPEN)
        return TS_SHOW_AGENDA;
    if (poll && poll->state < TS_POLL_STATE_PUBLISHED)
        return TS_SHOW_POLL;
    if (queue && (queue->now.seat > 0 || queue->waiting_count > 0))
        return TS_SHOW_QUEUE;
    if (live && live->timer_seconds > 0)
        return TS_SHOW_TIMER;
    if (motion)
        return TS_SHOW_MOTION;
    return poll && poll->item == m->item ? TS_SHOW_RESULT : TS_SHOW_AGENDA;
}

void ts_shown_stage(struct ts_shown_stage *out, const struct ts_view_house *house,
                    const struct ts_scene *scene)
{
    const struct ts_council_state *council = scene->world.council;
    const struct ts_live_stage *live = ts_live_stage(house->live, &scene->meeting->meeting);
    const struct ts_st_motion *motion = live ? ts_council_motion(council, &live->motion) : NULL;
    const struct ts_st_poll *poll = live ? ts_council_poll(council, &live->poll) : NULL;
    if (!motion)
        motion = ts_council_open_motion(council, &scene->meeting->meeting);
    if (!poll || poll->state == TS_POLL_STATE_DRAFT || poll->state == TS_POLL_STATE_VOID)
        poll = latest_poll(scene);
    out->asked = live && live->show ? live->show : TS_SHOW_FOLLOW;
    out->show = out->asked;
    bool about_poll = out->asked == TS_SHOW_POLL || out->asked == TS_SHOW_RESULT ||
                      out->asked == TS_SHOW_RECEIPTS;
    if (out->asked == TS_SHOW_FOLLOW || (about_poll && !poll) ||
        (out->asked == TS_SHOW_MOTION && !motion) ||
        (out->asked == TS_SHOW_TIMER && live->timer_seconds == 0))
        out->show = following(house, scene, poll, motion);
    if (out->show == TS_SHOW_RESULT)
        out->step = out->asked == TS_SHOW_RESULT ? live->step : TS_REVEAL_LAST;
    if (motion)
        out->motion = motion->motion;
    if (poll)
        out->poll = poll->poll;
}
