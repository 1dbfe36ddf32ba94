#include "server/journal/batch.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>

struct ts_str ts_batch_first(const struct ts_batch_op *op)
{
    return (struct ts_str){(const char *)op->bytes, op->first_len};
}

struct ts_bytes ts_batch_second(const struct ts_batch_op *op)
{
    return (struct ts_bytes){op->bytes + op->first_len, op->second_len};
}

struct ts_journal_batch *ts_journal_batch_new(void)
{
    struct ts_journal_batch *b = calloc(1, sizeof *b);
    if (!b)
        abort();
    return b;
}

void ts_journal_batch_free(struct ts_journal_batch *b)
{
    if (!b)
        return;
    for (struct ts_batch_op *op = b->first, *next; op; op = next) {
        next = op->next;
        sodium_free(op->secret); /* wipes */
        free(op);
    }
    free(b);
}

bool ts_journal_batch_is_empty(const struct ts_journal_batch *b)
{
    return b->first == NULL;
}

static struct ts_batch_op *add(struct ts_journal_batch *b, enum ts_batch_kind kind,
                               const struct ts_id *id, const void *first, size_t first_len,
                               const void *second, size_t second_len)
{
    struct ts_batch_op *op = malloc(sizeof *op + first_len + second_len);
    if (!op)
        abort();
    *op = (struct ts_batch_op){.kind = kind, .first_len = first_len, .second_len = second_len};
    if (id)
        op->id = *id;
    if (first_len > 0)
        memcpy(op->bytes, first, first_len);
    if (second_len > 0)
        memcpy(op->bytes + first_len, second, second_len);
    *(b->last ? b->last : &b->first) = op;
    b->last = &op->next;
    b->bytes += sizeof *op + first_len + second_len;
    return op;
}

/* Room for `len` secret bytes that belong to the operation. */
static uint8_t *guard(struct ts_batch_op *op, size_t len)
{
    op->secret = sodium_malloc(len > 0 ? len : 1);
    if (!op->secret)
        abort();
    op->secret_len = len;
    return op->secret;
}

void ts_journal_batch_record(struct ts_journal_batch *b, const struct ts_journal_record *record)
{
    struct ts_batch_op *op = add(b, TS_BATCH_RECORD, record->stream, record->meta.ptr,
                                 record->meta.len, record->data.ptr, record->data.len);
    op->number = record->seq;
    op->link = *record->link;
}

void ts_journal_batch_checkpoint(struct ts_journal_batch *b, const struct ts_checkpoint *cp)
{
    struct ts_buf text = {0};
    ts_checkpoint_write(&text, cp);
    struct ts_batch_op *op = add(b, TS_BATCH_CHECKPOINT, &cp->stream, NULL, 0, text.ptr, text.len);
    op->number = cp->seq;
    ts_buf_free(&text);
}

void ts_journal_batch_content(struct ts_journal_batch *b, const struct ts_journal_content *content)
{
    assert(content->ciphertext.len <= TS_JOURNAL_CONTENT_MAX);
    struct ts_batch_op *op = add(b, TS_BATCH_CONTENT, &content->id, NULL, 0,
                                 content->ciphertext.ptr, content->ciphertext.len);
    uint8_t *secret = guard(op, TS_JOURNAL_KEY_LEN + TS_JOURNAL_NONCE_LEN);
    memcpy(secret, content->key, TS_JOURNAL_KEY_LEN);
    memcpy(secret + TS_JOURNAL_KEY_LEN, content->nonce, TS_JOURNAL_NONCE_LEN);
}

void ts_journal_batch_erase(struct ts_journal_batch *b, const struct ts_id *id, int64_t at_ms)
{
    add(b, TS_BATCH_ERASE, id, NULL, 0, NULL, 0)->number = at_ms;
}

void ts_journal_batch_secret(struct ts_journal_batch *b, struct ts_str name, struct ts_bytes value)
{
    assert(name.len >= 1 && name.len <= TS_JOURNAL_SECRET_NAME_MAX);
    assert(value.len <= TS_JOURNAL_SECRET_MAX);
    struct ts_batch_op *op = add(b, TS_BATCH_SECRET, NULL, name.ptr, name.len, NULL, 0);
    uint8_t *secret = guard(op, value.len);
    if (value.len > 0)
        memcpy(secret, value.ptr, value.len);
}

void ts_journal_batch_secret_delete(struct ts_journal_batch *b, struct ts_str name)
{
    assert(name.len >= 1 && name.len <= TS_JOURNAL_SECRET_NAME_MAX);
    add(b, TS_BATCH_SECRET_DELETE, NULL, name.ptr, name.len, NULL, 0);
}

void ts_journal_batch_snapshot(struct ts_journal_batch *b, const struct ts_id *stream, int64_t seq,
                               const struct ts_record_hash *link, const uint8_t hash[static 32],
                               struct ts_bytes blob)
{
    assert(blob.len <= TS_JOURNAL_SNAPSHOT_MAX);
    struct ts_batch_op *op = add(b, TS_BATCH_SNAPSHOT, stream, NULL, 0, blob.ptr, blob.len);
    op->number = seq;
    op->link = *link;
    memcpy(op->hash, hash, 32);
}

void ts_journal_batch_box_create(struct ts_journal_batch *b, const struct ts_id *uuid,
                                 const uint8_t (*credentials)[32], size_t count,
                                 uint32_t ballot_max)
{
    assert(count >= 1 && count <= TS_JOURNAL_BOX_SLOTS_MAX);
    assert(ballot_max >= 1 && ballot_max <= TS_JOURNAL_BALLOT_MAX);
    add(b, TS_BATCH_BOX_CREATE, uuid, NULL, 0, credentials, count * 32)->number = ballot_max;
    b->reshapes = true;
}

void ts_journal_batch_box_fill(struct ts_journal_batch *b, const struct ts_id *uuid,
                               const struct ts_journal_slot *slot)
{
    assert(slot->kind != TS_JOURNAL_SLOT_EMPTY && slot->ballot.len <= TS_JOURNAL_BALLOT_MAX);
    struct ts_batch_op *op =
        add(b, TS_BATCH_BOX_FILL, uuid, NULL, 0, slot->ballot.ptr, slot->ballot.len);
    memcpy(op->credential, slot->credential, 32);
    memcpy(op->hash, slot->hash, 32);
    op->slot = slot->kind;
}

void ts_journal_batch_box_close(struct ts_journal_batch *b, const struct ts_id *uuid)
{
    add(b, TS_BATCH_BOX_CLOSE, uuid, NULL, 0, NULL, 0);
    b->reshapes = true;
}

void ts_journal_batch_box_drop(struct ts_journal_batch *b, const struct ts_id *uuid)
{
    add(b, TS_BATCH_BOX_DROP, uuid, NULL, 0, NULL, 0);
    b->reshapes = true;
}
