#include "server/engine/live.h"

#include <stdlib.h>

/* Room for one more row at the end. */
static void *push(void *array, size_t *count, size_t *room, size_t size)
{
    void **at = array;
    if (*count == *room) {
        *room = *room ? *room * 2 : 8;
        *at = realloc(*at, *room * size);
        if (!*at)
            abort();
    }
    void *row = (char *)*at + (*count)++ * size;
    memset(row, 0, size);
    return row;
}

void ts_live_free(struct ts_live *live)
{
    for (size_t i = 0; i < live->queue_count; i++) {
        free(live->queues[i].waiting);
        free(live->queues[i].spoken);
    }
    free(live->queues);
    free(live->stages);
    free(live->releases);
    free(live->kiosks);
    *live = (struct ts_live){0};
}

/* ---- kiosks ---- */

static struct ts_live_kiosk *kiosk_row(struct ts_live *live, const struct ts_id *kiosk)
{
    for (size_t i = 0; i < live->kiosk_count; i++)
        if (ts_id_equal(&live->kiosks[i].kiosk, kiosk))
            return &live->kiosks[i];
    struct ts_live_kiosk *row =
        push(&live->kiosks, &live->kiosk_count, &live->kiosk_room, sizeof *row);
    row->kiosk = *kiosk;
    return row;
}

void ts_live_online(struct ts_live *live, const struct ts_id *kiosk, int64_t now_ms)
{
    struct ts_live_kiosk *row = kiosk_row(live, kiosk);
    row->online = true;
    row->since_ms = now_ms;
}

void ts_live_offline(struct ts_live *live, const struct ts_id *kiosk, int64_t now_ms)
{
    if (!ts_live_kiosk(live, kiosk))
        return;
    struct ts_live_kiosk *row = kiosk_row(live, kiosk);
    row->online = false;
    row->since_ms = now_ms;
}

bool ts_live_status(struct ts_live *live, const struct ts_id *kiosk,
                    const struct ts_cmd_kiosk_status *status, int64_t now_ms)
{
    struct ts_live_kiosk *row = kiosk_row(live, kiosk);
    struct ts_live_kiosk before = *row;
    size_t len = status->state.len < sizeof row->state ? status->state.len : sizeof row->state - 1;
    memset(row->state, 0, sizeof row->state);
    memcpy(row->state, status->state.ptr, len);
    row->waiting = status->waiting;
    memset(row->version, 0, sizeof row->version);
    if (status->version.ptr && status->version.len < sizeof row->version)
        memcpy(row->version, status->version.ptr, status->version.len);
    /* Steps of half a second: the jitter of the way here is nobody's news. */
    row->clock_ms = (status->clock_ms - now_ms) / 500 * 500;
    return strcmp(before.state, row->state) != 0 || before.waiting != row->waiting ||
           strcmp(before.version, row->version) != 0 || before.clock_ms != row->clock_ms;
}

int64_t ts_live_waiting(const struct ts_live *live, const struct ts_id *kiosk)
{
    const struct ts_live_kiosk *row = ts_live_kiosk(live, kiosk);
    return row ? row->waiting : 0;
}

void ts_live_release(struct ts_live *live, const struct ts_id *poll, const struct ts_id *kiosk)
{
    for (size_t i = 0; i < live->release_count; i++) {
        struct ts_live_release *row = &live->releases[i];
        if (ts_id_equal(&row->poll, poll) && ts_id_equal(&row->kiosk, kiosk)) {
            row->count++;
            return;
        }
    }
    struct ts_live_release *row =
        push(&live->releases, &live->release_count, &live->release_room, sizeof *row);
    *row = (struct ts_live_release){.poll = *poll, .kiosk = *kiosk, .count = 1};
}

/* ---- speakers ---- */

static struct ts_live_queue *queue_row(struct ts_live *live, const struct ts_id *meeting)
{
    for (size_t i = 0; i < live->queue_count; i++)
        if (ts_id_equal(&live->queues[i].meeting, meeting))
            return &live->queues[i];
    struct ts_live_queue *row =
        push(&live->queues, &live->queue_count, &live->queue_room, sizeof *row);
    row->meeting = *meeting;
    return row;
}

static struct ts_live_speaker *find(struct ts_live_speaker *rows, size_t count, int64_t seat)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].seat == seat)
            return &rows[i];
    return NULL;
}

/* Whether `next` should come before `other` when `last` is whoever speaks before both. */
static bool goes_before(const struct ts_live_speaker *next, const struct ts_live_speaker *other,
                        int last_side)
{
    if (next->spoken != other->spoken)
        return next->spoken < other->spoken;
    return next->side != last_side && other->side == last_side;
}

static void insert(struct ts_live_queue *queue, size_t at, const struct ts_live_speaker *speaker)
{
    push(&queue->waiting, &queue->waiting_count, &queue->waiting_room, sizeof *queue->waiting);
    memmove(queue->waiting + at + 1, queue->waiting + at,
            (queue->waiting_count - 1 - at) * sizeof *queue->waiting);
    queue->waiting[at] = *speaker;
}

static void take_out(struct ts_live_queue *queue, struct ts_live_speaker *row)
{
    size_t at = (size_t)(row - queue->waiting);
    memmove(row, row + 1, (queue->waiting_count - 1 - at) * sizeof *row);
    queue->waiting_count--;
}

int ts_live_join(struct ts_live *live, const struct ts_id *meeting, int64_t seat, int side,
                 struct ts_err *err)
{
    struct ts_live_queue *queue = queue_row(live, meeting);
    struct ts_live_speaker *waiting = find(queue->waiting, queue->waiting_count, seat);
    if (waiting) {
        waiting->side = side;
        return 0;
    }
    if (queue->waiting_count == TS_LIVE_QUEUE_MAX)
        return ts_err_set(err, "queue.full", "%d wait already", TS_LIVE_QUEUE_MAX);
    const struct ts_live_speaker *before = find(queue->spoken, queue->spoken_count, seat);
    struct ts_live_speaker speaker = {seat, side, before ? before->spoken : 0};
    size_t at = 0;
    int last_side = queue->now.seat ? queue->now.side : 0;
    while (at < queue->waiting_count && !goes_before(&speaker, &queue->waiting[at], last_side))
        last_side = queue->waiting[at++].side;
    insert(queue, at, &speaker);
    return 0;
}

void ts_live_next(struct ts_live *live, const struct ts_id *meeting, int64_t seconds,
                  int64_t now_ms)
{
    struct ts_live_queue *queue = queue_row(live, meeting);
    queue->now = (struct ts_live_speaker){0};
    queue->now_since_ms = now_ms;
    queue->now_seconds = seconds;
    if (queue->waiting_count == 0)
        return;
    queue->now = queue->waiting[0];
    take_out(queue, &queue->waiting[0]);
    queue->now.spoken++;
    struct ts_live_speaker *spoken = find(queue->spoken, queue->spoken_count, queue->now.seat);
    if (!spoken)
        spoken = push(&queue->spoken, &queue->spoken_count, &queue->spoken_room, sizeof *spoken);
    *spoken = queue->now;
}

void ts_live_move(struct ts_live *live, const struct ts_id *meeting, int64_t seat, int64_t place)
{
    struct ts_live_queue *queue = queue_row(live, meeting);
    struct ts_live_speaker *row = find(queue->waiting, queue->waiting_count, seat);
    if (!row)
        return;
    struct ts_live_speaker speaker = *row;
    take_out(queue, row);
    size_t at = place < 1 ? 0 : (size_t)place - 1;
    insert(queue, at < queue->waiting_count ? at : queue->waiting_count, &speaker);
}

void ts_live_leave(struct ts_live *live, const struct ts_id *meeting, int64_t seat)
{
    struct ts_live_queue *queue = queue_row(live, meeting);
    struct ts_live_speaker *row = find(queue->waiting, queue->waiting_count, seat);
    if (row)
        take_out(queue, row);
    if (queue->now.seat == seat)
        queue->now = (struct ts_live_speaker){0};
}

/* ---- timer and screen ---- */

static struct ts_live_stage *stage_row(struct ts_live *live, const struct ts_id *meeting)
{
    for (size_t i = 0; i < live->stage_count; i++)
        if (ts_id_equal(&live->stages[i].meeting, meeting))
            return &live->stages[i];
    struct ts_live_stage *row =
        push(&live->stages, &live->stage_count, &live->stage_room, sizeof *row);
    row->meeting = *meeting;
    return row;
}

void ts_live_timer(struct ts_live *live, const struct ts_id *meeting, int64_t seconds,
                   int64_t now_ms)
{
    struct ts_live_stage *row = stage_row(live, meeting);
    row->timer_since_ms = now_ms;
    row->timer_seconds = seconds;
}

void ts_live_show(struct ts_live *live, const struct ts_cmd_screen_show *cmd)
{
    struct ts_live_stage *row = stage_row(live, &cmd->meeting);
    row->show = cmd->show;
    row->motion = cmd->motion;
    row->poll = cmd->poll;
    row->step = cmd->step;
}
