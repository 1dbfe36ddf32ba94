/*
 * The durable queue of one poll on one booth, built like the ballot box (BALLOT 4) so that it keeps
 * no order: an SQLite file of its own in rollback mode, with one zeroed row of fixed size for each
 * credential of the pack, made in random order before the first child comes and then only
 * overwritten in place. A row goes from empty to exactly one of cast, opened (audit) and void, and
 * is on the disk before the function returns; what is to be sent is in the row and stays there
 * until the file is removed after the poll. Nothing in the file says when or in which order.
 * Not thread-safe; one process at a time (the file is locked).
 */
#ifndef TS_KIOSK_QUEUE_H
#define TS_KIOSK_QUEUE_H

#include "proto/base/err.h"
#include "proto/ballot/digest.h"
#include "proto/ballot/group.h"
#include "proto/chain/sethash.h"

struct ts_queue;

enum ts_queue_state {
    TS_QUEUE_EMPTY,
    TS_QUEUE_CAST,
    TS_QUEUE_OPENED,
    TS_QUEUE_VOID,
};

enum ts_queue_sent {
    TS_QUEUE_WAITING, /* the server has not confirmed it */
    TS_QUEUE_ACKED,
    TS_QUEUE_REFUSED, /* the server refuses it for good: the slip was used elsewhere */
};

struct ts_queue_counts {
    int64_t cast;
    int64_t opened;
    int64_t voided;
    int64_t waiting; /* of all three, not confirmed */
    int64_t refused; /* of all three */
};

/* Makes the file unless it is there; credentials of the pack; payload_max: the longest ballot.
 * Codes: queue.disk (what to do is in the sentence), queue.other (the file there is of another
 * pack), queue.damaged. Release with ts_queue_close(). */
int ts_queue_open(struct ts_queue **out, const char *path, const struct ts_point *credentials,
                  size_t count, size_t payload_max, struct ts_err *err);
void ts_queue_close(struct ts_queue *queue);
/* Removes the file of a poll that is over. 0 also when there is none. Code: queue.disk. */
int ts_queue_remove(const char *path, struct ts_err *err);

/* row: place of the credential in the list given to ts_queue_open(). */
enum ts_queue_state ts_queue_state(const struct ts_queue *queue, size_t row);
enum ts_queue_sent ts_queue_sent(const struct ts_queue *queue, size_t row);
/* Takes an empty row into `state`, durably. payload: what is to be sent. hash: signature.hash of a
 * ballot, otherwise NULL. Codes: queue.used (not empty; nothing changed); queue.disk (nobody knows:
 * the caller must stop and be restarted). */
int ts_queue_put(struct ts_queue *queue, size_t row, enum ts_queue_state state,
                 const struct ts_digest *hash, struct ts_str payload, struct ts_err *err);
/* The server has confirmed or refused the row, durably. Code: queue.disk. */
int ts_queue_settle(struct ts_queue *queue, size_t row, enum ts_queue_sent sent,
                    struct ts_err *err);
/* Any waiting row, each with the same chance: 1 and its payload appended to *payload, 0: none
 * waits, -1: queue.disk. `skip` (may be NULL): rows that are not to be taken, by row. */
int ts_queue_pick(struct ts_queue *queue, const bool *skip, size_t *row, struct ts_buf *payload,
                  struct ts_err *err);

/* What a queue's file holds, without its package: for after a power cut. slips: rows. The file must
 * be there and the booth must not run. Codes: queue.disk, queue.other, queue.damaged. */
int ts_queue_look(const char *path, size_t *slips, struct ts_queue_counts *counts,
                  struct ts_sethash *set, struct ts_err *err);

struct ts_queue_counts ts_queue_counts(const struct ts_queue *queue);
/* Of the signature hashes of all ballots cast here. */
struct ts_sethash ts_queue_set(const struct ts_queue *queue);
/* signature.hash of a cast row (asserted). */
const struct ts_digest *ts_queue_hash(const struct ts_queue *queue, size_t row);

#endif
