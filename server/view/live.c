#include "server/view/live.h"

const struct ts_live_kiosk *ts_live_kiosk(const struct ts_live *live, const struct ts_id *kiosk)
{
    for (size_t i = 0; i < live->kiosk_count; i++)
        if (ts_id_equal(&live->kiosks[i].kiosk, kiosk))
            return &live->kiosks[i];
    return NULL;
}

int64_t ts_live_released(const struct ts_live *live, const struct ts_id *poll,
                         const struct ts_id *kiosk)
{
    for (size_t i = 0; i < live->release_count; i++)
        if (ts_id_equal(&live->releases[i].poll, poll) &&
            ts_id_equal(&live->releases[i].kiosk, kiosk))
            return live->releases[i].count;
    return 0;
}

const struct ts_live_queue *ts_live_queue(const struct ts_live *live, const struct ts_id *meeting)
{
    for (size_t i = 0; i < live->queue_count; i++)
        if (ts_id_equal(&live->queues[i].meeting, meeting))
            return &live->queues[i];
    return NULL;
}

const struct ts_live_stage *ts_live_stage(const struct ts_live *live, const struct ts_id *meeting)
{
    for (size_t i = 0; live && i < live->stage_count; i++)
        if (ts_id_equal(&live->stages[i].meeting, meeting))
            return &live->stages[i];
    return NULL;
}
