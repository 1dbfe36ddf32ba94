/* Commands of scope CONN: for this connection, or for what is live; nothing of them is journaled.
 */
#include <assert.h>

#include "server/engine/internal.h"

static int hello(struct ts_engine *e, struct ts_engine_conn *conn, const struct ts_frame_cmd *frame)
{
    struct ts_reply reply = {.server_key = ts_str_of(e->server_key_text),
                             .has_now = true,
                             .now = ts_engine_now(e),
                             .setup_needed = ts_engine_needs_setup(e)};
    ts_engine_reply(e, conn->number, &frame->id, &reply, 0);
    return 0;
}

static int done(struct ts_engine *e, struct ts_engine_conn *conn, const struct ts_frame_cmd *frame)
{
    ts_engine_reply(e, conn->number, &frame->id, &(struct ts_reply){0}, 0);
    return 0;
}

static int subscribe(struct ts_engine *e, struct ts_engine_conn *conn,
                     const struct ts_frame_cmd *frame, struct ts_err *err)
{
    const struct ts_cmd_subscribe *cmd = frame->cmd.body;
    if (ts_feed_subscribe(&e->feed, conn, cmd, err) != 0)
        return -1;
    if (ts_view_find(cmd->view) == TS_VIEW_PUBLIC_RECEIPTS)
        ts_receipts_want(e, cmd->key);
    return done(e, conn, frame);
}

static int kiosk_status(struct ts_engine *e, struct ts_engine_conn *conn,
                        const struct ts_frame_cmd *frame)
{
    if (ts_live_status(&e->live, &conn->actor.id, frame->cmd.body, ts_engine_now(e)))
        ts_feed_touch_live(&e->feed, NULL);
    return done(e, conn, frame);
}

static int kiosk_release(struct ts_engine *e, struct ts_engine_conn *conn,
                         const struct ts_frame_cmd *frame, struct ts_err *err)
{
    const struct ts_cmd_kiosk_release *cmd = frame->cmd.body;
    struct ts_world world = ts_engine_world(e, &cmd->council);
    const struct ts_st_poll *poll =
        world.council ? ts_council_poll(world.council, &cmd->poll) : NULL;
    if (!poll)
        return ts_err_set(err, "poll.unknown", "no such poll");
    if (poll->state != TS_POLL_STATE_OPEN)
        return ts_err_set(err, "poll.not_open", "the poll is not open");
    if (poll->hold)
        return ts_err_set(err, "poll.held", "the poll is held");
    if (!ts_poll_booth(poll, &cmd->kiosk))
        return ts_err_set(err, "booth.unknown", "not a booth of this poll");
    ts_live_release(&e->live, &cmd->poll, &cmd->kiosk);
    ts_feed_touch_live(&e->feed, &cmd->kiosk);
    return done(e, conn, frame);
}

/* The meeting that is being held; NULL and a reject otherwise. */
static const struct ts_st_meeting *held(struct ts_engine *e, const struct ts_id *council,
                                        const struct ts_id *meeting, struct ts_err *err)
{
    struct ts_world world = ts_engine_world(e, council);
    const struct ts_st_meeting *m =
        world.council ? ts_council_meeting(world.council, meeting) : NULL;
    if (!m)
        ts_err_set(err, "meeting.unknown", "no such meeting");
    else if (m->state != TS_MEETING_STATE_OPEN)
        ts_err_set(err, "meeting.not_open", "the meeting is not open");
    return m && m->state == TS_MEETING_STATE_OPEN ? m : NULL;
}

static bool seat_is_present(const struct ts_council_state *council, const struct ts_id *meeting,
                            int64_t seat)
{
    for (size_t i = 0; i < council->doc.members.count; i++) {
        const struct ts_st_member *member = &council->doc.members.ptr[i];
        if (member->seat == seat && !member->removed)
            return ts_council_is_present(council, meeting, &member->member);
    }
    return false;
}

static int queue_join(struct ts_engine *e, struct ts_engine_conn *conn,
                      const struct ts_frame_cmd *frame, struct ts_err *err)
{
    const struct ts_cmd_queue_join *cmd = frame->cmd.body;
    if (!held(e, &cmd->council, &cmd->meeting, err))
        return -1;
    struct ts_world world = ts_engine_world(e, &cmd->council);
    if (!seat_is_present(world.council, &cmd->meeting, cmd->seat))
        return ts_err_set(err, "member.absent", "nobody who is present has this seat");
    if (ts_live_join(&e->live, &cmd->meeting, cmd->seat, cmd->side, err) != 0)
        return -1;
    ts_feed_touch_live(&e->feed, NULL);
    return done(e, conn, frame);
}

static int queue_next(struct ts_engine *e, struct ts_engine_conn *conn,
                      const struct ts_frame_cmd *frame, struct ts_err *err)
{
    const struct ts_cmd_queue_next *cmd = frame->cmd.body;
    if (!held(e, &cmd->council, &cmd->meeting, err))
        return -1;
    ts_live_next(&e->live, &cmd->meeting, cmd->seconds, ts_engine_now(e));
    ts_feed_touch_live(&e->feed, NULL);
    return done(e, conn, frame);
}

static int queue_leave(struct ts_engine *e, struct ts_engine_conn *conn,
                       const struct ts_frame_cmd *frame, struct ts_err *err)
{
    const struct ts_cmd_queue_leave *cmd = frame->cmd.body;
    if (!held(e, &cmd->council, &cmd->meeting, err))
        return -1;
    ts_live_leave(&e->live, &cmd->meeting, cmd->seat);
    ts_feed_touch_live(&e->feed, NULL);
    return done(e, conn, frame);
}

static int timer_set(struct ts_engine *e, struct ts_engine_conn *conn,
                     const struct ts_frame_cmd *frame, struct ts_err *err)
{
    const struct ts_cmd_timer_set *cmd = frame->cmd.body;
    if (!held(e, &cmd->council, &cmd->meeting, err))
        return -1;
    ts_live_timer(&e->live, &cmd->meeting, cmd->seconds, ts_engine_now(e));
    ts_feed_touch_live(&e->feed, NULL);
    return done(e, conn, frame);
}

/* Before and after the meeting too: a hall fills and empties. */
static int screen_show(struct ts_engine *e, struct ts_engine_conn *conn,
                       const struct ts_frame_cmd *frame, struct ts_err *err)
{
    const struct ts_cmd_screen_show *cmd = frame->cmd.body;
    struct ts_world world = ts_engine_world(e, &cmd->council);
    if (!world.council || !ts_council_meeting(world.council, &cmd->meeting))
        return ts_err_set(err, "meeting.unknown", "no such meeting");
    const struct ts_st_motion *motion = ts_council_motion(world.council, &cmd->motion);
    if (!ts_id_is_none(&cmd->motion) && (!motion || !ts_id_equal(&motion->meeting, &cmd->meeting)))
        return ts_err_set(err, "motion.unknown", "no such motion of this meeting");
    const struct ts_st_poll *poll = ts_council_poll(world.council, &cmd->poll);
    if (!ts_id_is_none(&cmd->poll) && (!poll || !ts_id_equal(&poll->meeting, &cmd->meeting)))
        return ts_err_set(err, "poll.unknown", "no such poll of this meeting");
    ts_live_show(&e->live, cmd);
    ts_feed_touch_live(&e->feed, NULL);
    return done(e, conn, frame);
}

static int run(struct ts_engine *e, struct ts_engine_conn *conn, const struct ts_frame_cmd *frame,
               struct ts_err *err)
{
    struct ts_world world = ts_engine_world(e, ts_cmd_council(&frame->cmd));
    if (ts_authorise(&world, &frame->cmd, &conn->actor, err) != 0)
        return -1;
    switch (frame->cmd.kind) {
    case TS_CMD_HELLO:
        return hello(e, conn, frame);
    case TS_CMD_SUBSCRIBE:
        return subscribe(e, conn, frame, err);
    case TS_CMD_UNSUBSCRIBE:
        ts_feed_unsubscribe(&e->feed, conn, frame->cmd.body);
        return done(e, conn, frame);
    case TS_CMD_KIOSK_STATUS:
        return kiosk_status(e, conn, frame);
    case TS_CMD_KIOSK_RELEASE:
        return kiosk_release(e, conn, frame, err);
    case TS_CMD_QUEUE_JOIN:
        return queue_join(e, conn, frame, err);
    case TS_CMD_QUEUE_NEXT:
        return queue_next(e, conn, frame, err);
    case TS_CMD_QUEUE_LEAVE:
        return queue_leave(e, conn, frame, err);
    case TS_CMD_TIMER_SET:
        return timer_set(e, conn, frame, err);
    case TS_CMD_SCREEN_SHOW:
        return screen_show(e, conn, frame, err);
    default:
        return ts_login_command(e, conn, frame, err);
    }
}

void ts_conn_command(struct ts_engine *e, struct ts_engine_conn *conn,
                     const struct ts_frame_cmd *frame)
{
    struct ts_err err = {0};
    if (run(e, conn, frame, &err) != 0)
        ts_engine_reject(e, conn->number, &frame->id, &err);
}
