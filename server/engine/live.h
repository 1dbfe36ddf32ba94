/* Keeps what is live (server/view/live.h) and runs its commands: kiosks, releases, speakers. */
#ifndef TS_ENGINE_LIVE_H
#define TS_ENGINE_LIVE_H

#include "proto/wire/command.h"
#include "server/view/live.h"

/* Speakers who wait in one meeting. */
#define TS_LIVE_QUEUE_MAX 200

void ts_live_free(struct ts_live *live);

void ts_live_online(struct ts_live *live, const struct ts_id *kiosk, int64_t now_ms);
/* Harmless for one that never came. */
void ts_live_offline(struct ts_live *live, const struct ts_id *kiosk, int64_t now_ms);
/* True when something changed that people look at. */
bool ts_live_status(struct ts_live *live, const struct ts_id *kiosk,
                    const struct ts_cmd_kiosk_status *status, int64_t now_ms);
/* Ballots that the kiosk last said it had not delivered; 0: unknown. */
int64_t ts_live_waiting(const struct ts_live *live, const struct ts_id *kiosk);
void ts_live_release(struct ts_live *live, const struct ts_id *poll, const struct ts_id *kiosk);

/* Who has never spoken comes before who has; within the same number of speeches the sides take
 * turns, otherwise who asked first (DOMAIN 1.3). Joining again changes the side only.
 * -1 (queue.full). */
int ts_live_join(struct ts_live *live, const struct ts_id *meeting, int64_t seat, int side,
                 struct ts_err *err);
/* Ends the present speech and calls the next one; nobody waits: nobody speaks. */
void ts_live_next(struct ts_live *live, const struct ts_id *meeting, int64_t seconds,
                  int64_t now_ms);
/* Whoever waits or speaks at this seat does so no longer; nobody else is called. */
void ts_live_leave(struct ts_live *live, const struct ts_id *meeting, int64_t seat);
/* By hand: seat to place `place` (from 1). */
void ts_live_move(struct ts_live *live, const struct ts_id *meeting, int64_t seat, int64_t place);

/* Begins the meeting's timer now; 0 seconds put it away. */
void ts_live_timer(struct ts_live *live, const struct ts_id *meeting, int64_t seconds,
                   int64_t now_ms);
void ts_live_show(struct ts_live *live, const struct ts_cmd_screen_show *cmd);

#endif
