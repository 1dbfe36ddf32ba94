/*
 * `tongsheng-kiosk count --dir D`: tells what the queues in D/queue hold, from the disk alone,
 * while the booth does not run: after a power cut, before it is started again. One line of JSON for
 * each poll on the standard output: uuid, slips, cast, opened, void, waiting (not confirmed by the
 * server), set (hash over the signature hashes of the ballots, proto/chain/sethash.h).
 */
#ifndef TS_KIOSK_QUEUE_COUNT_H
#define TS_KIOSK_QUEUE_COUNT_H

#include "kiosk/options.h"

/* Exit code: TS_EXIT_DONE, TS_EXIT_DISK (queue.disk: it cannot be read, or the booth runs;
 * queue.other; queue.damaged). */
int ts_queue_count_run(const struct ts_kiosk_options *options);

#endif
