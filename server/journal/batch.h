/* What a batch holds: a list of operations, each owning a copy of its data. */
#ifndef TS_SERVER_JOURNAL_BATCH_H
#define TS_SERVER_JOURNAL_BATCH_H

#include "server/journal/journal.h"

enum ts_batch_kind {
    /* on the journal's own file */
    TS_BATCH_RECORD,
    TS_BATCH_CHECKPOINT,
    TS_BATCH_CONTENT,
    TS_BATCH_ERASE, /* the tombstone first, in its file */
    TS_BATCH_SECRET,
    TS_BATCH_SECRET_DELETE,
    TS_BATCH_SNAPSHOT,
    /* on a box */
    TS_BATCH_BOX_CREATE,
    TS_BATCH_BOX_FILL,
    TS_BATCH_BOX_CLOSE,
    TS_BATCH_BOX_DROP,
};

struct ts_batch_op {
    struct ts_batch_op *next;
    enum ts_batch_kind kind;
    struct ts_id id; /* stream, content or uuid */
    int64_t number;  /* seq; of an erasure its time; of a box's creation the ballot_max */
    struct ts_record_hash link; /* record, snapshot */
    uint8_t hash[32];           /* snapshot: of the state; fill: signature.hash */
    uint8_t credential[32];     /* fill */
    enum ts_journal_slot_kind slot;
    uint8_t *secret; /* content key, nonce; secret value: guarded memory, wiped */
    size_t secret_len;
    size_t first_len;  /* meta, or the secret's name */
    size_t second_len; /* data, ciphertext, blob, checkpoint, ballot or credentials */
    uint8_t bytes[];   /* first, then second */
};

struct ts_journal_batch {
    struct ts_journal_batch *next;
    struct ts_batch_op *first;
    struct ts_batch_op **last; /* where the next one is hung; NULL: at first */
    size_t bytes;
    uint64_t ticket;
    bool reshapes; /* creates, closes or drops a box: nothing is grouped behind it */
};

struct ts_str ts_batch_first(const struct ts_batch_op *op);
struct ts_bytes ts_batch_second(const struct ts_batch_op *op);

#endif
