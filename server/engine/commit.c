#include <assert.h>
#include <stdlib.h>

#include <sodium.h>

#include "server/engine/internal.h"

#define SERVER_ACTOR TS_STR("server")

void ts_store_batch_free(struct ts_store_batch *batch)
{
    if (!batch)
        return;
    for (size_t i = 0; i < batch->content_count; i++)
        sodium_memzero(batch->contents[i].key, sizeof batch->contents[i].key);
    for (size_t i = 0; i < batch->secret_count; i++)
        if (batch->secrets[i].value.ptr)
            sodium_memzero((void *)(uintptr_t)batch->secrets[i].value.ptr,
                           batch->secrets[i].value.len);
    ts_arena_free(&batch->arena);
    free(batch);
}

struct ts_store_batch *ts_batch_open(void)
{
    struct ts_store_batch *batch = calloc(1, sizeof *batch);
    if (!batch)
        abort();
    return batch;
}

/* Room for one more element at the end of an array in the batch's arena. */
static void *push(struct ts_store_batch *batch, void *array, size_t *count, size_t size)
{
    void **at = array;
    if ((*count & (*count - 1)) == 0) { /* 0, 1, 2, 4 ...: full */
        void *more = ts_arena_array(&batch->arena, *count ? *count * 2 : 1, size);
        if (*count)
            memcpy(more, *at, *count * size);
        *at = more;
    }
    return (char *)*at + (*count)++ * size;
}

void ts_batch_secret(struct ts_store_batch *batch, struct ts_str name, struct ts_str value)
{
    struct ts_store_secret *secret =
        push(batch, &batch->secrets, &batch->secret_count, sizeof *batch->secrets);
    secret->key = ts_arena_str(&batch->arena, name);
    secret->value = value.ptr ? ts_arena_str(&batch->arena, value) : value;
}

void ts_batch_box_op(struct ts_store_batch *batch, const struct ts_store_box_op *op)
{
    struct ts_store_box_op *copy =
        push(batch, &batch->box_ops, &batch->box_op_count, sizeof *batch->box_ops);
    *copy = *op;
    copy->body = ts_arena_str(&batch->arena, op->body);
    if (op->credential_count > 0) {
        uint8_t(*credentials)[32] = ts_arena_array(&batch->arena, op->credential_count, 32);
        memcpy(credentials, op->credentials, op->credential_count * 32);
        copy->credentials = (const uint8_t(*)[32])credentials;
    }
}

void ts_batch_submit(struct ts_engine *e, struct ts_store_batch *batch)
{
    batch->ticket = ++e->ticket;
    e->ports.store.submit(e->ports.store.ctx, batch);
}

static struct ts_id fresh_id(struct ts_engine *e)
{
    uint8_t random[32];
    e->ports.random(e->ports.ctx, random, sizeof random);
    return ts_id_from_random(random);
}

/* The next record of the stream, into the batch. */
static void seal(struct ts_engine *e, struct ts_store_batch *batch, struct ts_engine_stream *stream,
                 struct ts_record_meta *meta, struct ts_str data)
{
    struct ts_buf text = {0};
    meta->salt = fresh_id(e);
    meta->dsalt = fresh_id(e);
    meta->reg_seq = e->registry_stream.chain.seq;
    ts_record_meta_write(&text, meta);
    struct ts_store_record *record =
        push(batch, &batch->records, &batch->record_count, sizeof *batch->records);
    record->stream = stream->id;
    record->meta = ts_arena_str(&batch->arena, ts_buf_str(&text));
    record->data = data;
    ts_buf_free(&text);
    struct ts_err err = {0};
    if (ts_chain_seal(&stream->chain, record->meta, record->data, &record->link, &err) != 0) {
        ts_engine_log(e, TS_LOG_ERROR, "event=bug what=seal code=%s detail=\"%s\"", err.code,
                      err.detail);
        abort(); /* sizes and times were checked before: only a bug comes here */
    }
    record->seq = stream->chain.seq;
}

static void begin_stream(struct ts_engine *e, struct ts_store_batch *batch,
                         struct ts_engine_stream *stream, int64_t at_ms)
{
    struct ts_buf data = {0};
    ts_record_genesis_write(&data, &stream->id, TS_STR(""));
    struct ts_record_meta meta = {.at_ms = at_ms, .actor = SERVER_ACTOR};
    seal(e, batch, stream, &meta, ts_arena_str(&batch->arena, ts_buf_str(&data)));
    ts_buf_free(&data);
}

static void checkpoint(struct ts_engine *e, struct ts_store_batch *batch,
                       const struct ts_engine_stream *stream, int64_t at_ms)
{
    struct ts_checkpoint *cp =
        push(batch, &batch->checkpoints, &batch->checkpoint_count, sizeof *batch->checkpoints);
    *cp = (struct ts_checkpoint){
        .stream = stream->id, .seq = stream->chain.seq, .head = stream->chain.head, .at_ms = at_ms};
    ts_checkpoint_sign(cp, e->server_secret);
}

static void box_change(struct ts_engine *e, struct ts_store_batch *batch,
                       const struct ts_engine_stream *stream, const struct ts_decision *decision)
{
    if (decision->box == TS_DECISION_BOX_NONE)
        return;
    const struct ts_st_poll *poll = ts_council_poll(stream->council, &decision->poll);
    assert(poll);
    struct ts_store_box_op op = {.uuid = poll->uuid};
    if (decision->box == TS_DECISION_BOX_CREATE) {
        struct ts_err err = {0};
        if (ts_engine_poll_open(e, stream->council, &decision->poll, &err) != 0) {
            ts_engine_log(e, TS_LOG_ERROR, "event=bug what=box poll=%s code=%s detail=\"%s\"",
                          decision->poll.s, err.code, err.detail);
            abort(); /* decide has read the pack and written the election record */
        }
        const struct ts_engine_poll *open = ts_engine_poll_find(e, &poll->uuid);
        op.kind = TS_STORE_BOX_CREATE;
        op.credentials = (const uint8_t(*)[32])open->box->credentials;
        op.credential_count = open->box->count;
        op.ballot_max = (uint32_t)ts_ballot_params_max_bytes(open->published->params);
        ts_batch_box_op(batch, &op);
        return;
    }
    op.kind = poll->state == TS_POLL_STATE_VOID ? TS_STORE_BOX_DROP : TS_STORE_BOX_CLOSE;
    struct ts_engine_poll *open = ts_engine_poll_find(e, &poll->uuid);
    for (size_t i = 0; open && i < open->box->conflict_count; i++) {
        char name[TS_CONFLICT_NAME_MAX]; /* they stand in the closing statement now */
        ts_conflict_name(name, &poll->uuid, open->box->conflicts[i]);
        ts_batch_secret(batch, ts_str_of(name), (struct ts_str){NULL, 0});
        ts_engine_secret_set(e, ts_str_of(name), (struct ts_str){NULL, 0});
    }
    ts_engine_poll_close(e, &poll->uuid);
    ts_batch_box_op(batch, &op);
}

static void keep_contents(struct ts_engine *e, struct ts_store_batch *batch,
                          const struct ts_commit *commit)
{
    for (size_t i = 0; i < commit->content_count; i++) {
        struct ts_store_content *content =
            push(batch, &batch->contents, &batch->content_count, sizeof *batch->contents);
        *content = commit->contents[i];
        content->sealed = ts_arena_bytes(&batch->arena, content->sealed);
        ts_vault_keep(&e->vault, content, commit->texts[i]);
    }
}

static void side_effects(struct ts_engine *e, struct ts_store_batch *batch,
                         const struct ts_commit *commit)
{
    const struct ts_decision *d = commit->decision;
    for (size_t i = 0; i < d->secret_count; i++) {
        ts_engine_secret_set(e, d->secrets[i].key, d->secrets[i].value);
        ts_batch_secret(batch, d->secrets[i].key, d->secrets[i].value);
    }
    for (size_t i = 0; i < d->erase_count; i++) {
        struct ts_store_erasure *erasure =
            push(batch, &batch->erasures, &batch->erasure_count, sizeof *batch->erasures);
        *erasure = (struct ts_store_erasure){.id = d->erase[i], .at_ms = d->at_ms};
        ts_vault_erase(&e->vault, &d->erase[i]);
    }
    box_change(e, batch, commit->stream, d);
    if (d->checkpoint)
        checkpoint(e, batch, commit->stream, d->at_ms);
}

/* All events as canonical JSON in the batch's arena; -1 when one is too large. */
static int encode(struct ts_store_batch *batch, const struct ts_decision *d, struct ts_str *datas,
                  struct ts_err *reject)
{
    struct ts_buf text = {0};
    for (size_t i = 0; i < d->event_count; i++) {
        ts_buf_clear(&text);
        ts_event_encode(&d->events[i], &text);
        if (text.len > TS_RECORD_DATA_MAX) {
            ts_buf_free(&text);
            return ts_err_set(reject, "record.size", "%s is too large for the journal",
                              ts_ev_entry(d->events[i].kind)->name);
        }
        datas[i] = ts_arena_str(&batch->arena, ts_buf_str(&text));
    }
    ts_buf_free(&text);
    return 0;
}

/* What is live and not in the state follows the journal, too. */
static void follow(struct ts_engine *e, const struct ts_event *event)
{
    if (event->kind != TS_EV_QUEUE_MOVED)
        return;
    const struct ts_ev_queue_moved *moved = event->body;
    ts_live_move(&e->live, &moved->meeting, moved->seat, moved->place);
}

int ts_commit(struct ts_engine *e, const struct ts_commit *commit, struct ts_err *reject)
{
    const struct ts_decision *d = commit->decision;
    struct ts_engine_stream *stream = commit->stream;
    struct ts_store_batch *batch = ts_batch_open();
    struct ts_str datas[TS_DECISION_EVENTS_MAX];
    if (encode(batch, d, datas, reject) != 0) {
        ts_store_batch_free(batch);
        return -1;
    }
    if (stream->chain.seq == 0)
        begin_stream(e, batch, stream, d->at_ms);
    bool council = stream != &e->registry_stream;
    if (council)
        ts_engine_begin_council(e, stream);
    keep_contents(e, batch, commit);

    char actor[TS_ACTOR_TEXT_MAX];
    struct ts_record_meta meta = {.at_ms = d->at_ms, .actor = SERVER_ACTOR, .cmd = commit->cmd};
    if (commit->actor) {
        ts_actor_text(actor, commit->actor);
        meta.actor = ts_str_of(actor);
    }
    struct ts_world_mut world = {.registry = council ? NULL : e->registry,
                                 .council = stream->council};
    for (size_t i = 0; i < d->event_count; i++) {
        seal(e, batch, stream, &meta, datas[i]);
        ts_apply(&world, &d->events[i], d->at_ms);
        follow(e, &d->events[i]);
        ts_feed_touch(&e->feed, &stream->id, &d->events[i]);
    }
    if (!ts_id_is_none(&commit->cmd))
        ts_dedupe_note(e->dedupe, &commit->cmd, &stream->id, stream->chain.seq);
    side_effects(e, batch, commit);
    ts_batch_submit(e, batch);
    if (d->box == TS_DECISION_BOX_CLOSE)
        ts_receipts_closed(e, ts_id_str(&ts_council_poll(stream->council, &d->poll)->uuid));
    return 0;
}
