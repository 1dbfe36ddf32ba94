/* From the store to the state: replay, then the checks that journal, content and boxes agree. */
#include <assert.h>
#include <stdlib.h>

#include <sodium.h>

#include "proto/base/codec.h"
#include "server/engine/internal.h"

/* ---- hashes of content, as the journal has them ---- */

static void expect_content(struct ts_engine *e, const struct ts_content_ref *ref)
{
    uint8_t *hash = malloc(32);
    if (!hash)
        abort();
    if (ts_hex_decode(hash, 32, ref->hash) != 0)
        memset(hash, 0, 32); /* agrees with nothing */
    free(ts_map_put(&e->expected, ts_id_str(&ref->id), hash));
}

/* Walks an event's body for content references. */
static void expect_all(struct ts_engine *e, const struct ts_desc *desc, const void *body)
{
    for (size_t i = 0; i < desc->field_count; i++) {
        const struct ts_wire_field *f = &desc->fields[i];
        const char *at = (const char *)body + f->offset;
        if (f->kind == TS_FIELD_CONTENT) {
            const struct ts_content_ref *ref = (const void *)at;
            if (!ts_id_is_none(&ref->id))
                expect_content(e, ref);
        } else if (f->kind == TS_FIELD_OBJ && !f->optional) {
            expect_all(e, f->desc, at);
        } else if (f->kind == TS_FIELD_OBJ) {
            const void *const *optional = (const void *)at;
            if (*optional)
                expect_all(e, f->desc, *optional);
        } else if (f->kind == TS_FIELD_LIST) {
            const struct {
                const char *ptr;
                size_t count;
            } *list = (const void *)at;
            for (size_t k = 0; k < list->count; k++)
                expect_all(e, f->desc, list->ptr + k * f->desc->size);
        }
    }
}

/* ---- records ---- */

/* The stream of a record; its first one makes it. */
static struct ts_engine_stream *stream_of(struct ts_engine *e, const struct ts_id *id)
{
    if (ts_id_equal(id, &e->registry_stream.id))
        return &e->registry_stream;
    struct ts_engine_stream *stream = ts_engine_council(e, id);
    if (stream)
        ts_engine_begin_council(e, stream);
    return stream;
}

static void apply_record(struct ts_engine *e, struct ts_engine_stream *stream,
                         const struct ts_event *event, int64_t at_ms)
{
    struct ts_world_mut world = {.registry = stream == &e->registry_stream ? e->registry : NULL,
                                 .council = stream->council};
    expect_all(e, ts_ev_entry(event->kind)->desc, event->body);
    ts_apply(&world, event, at_ms);
}

static int at_record(struct ts_err *err, const struct ts_store_record *record)
{
    ts_err_at(err, record->stream.s, (long)record->seq);
    return -1;
}

int ts_engine_load_record(struct ts_engine *e, const struct ts_store_record *record,
                          struct ts_err *err)
{
    struct ts_engine_stream *stream = stream_of(e, &record->stream);
    if (!stream) {
        ts_err_set(err, "store.damaged", "a stream of no council that the registry knows");
        ts_err_param(err, "what", "stream %s", record->stream.s);
        return at_record(err, record);
    }
    if (record->seq != stream->chain.seq + 1) {
        ts_err_set(err, "store.damaged", "follows %lld", (long long)stream->chain.seq);
        ts_err_param(err, "what", "stream %s", record->stream.s);
        return at_record(err, record);
    }
    struct ts_record_meta meta;
    if (ts_record_meta_parse(&meta, record->meta, err) != 0)
        return at_record(err, record);
    if (record->seq > 1) { /* the first only says what the stream is */
        struct ts_event event;
        ts_arena_clear(&e->scratch);
        if (ts_event_decode(record->data, &e->scratch, &event, err) != 0)
            return at_record(err, record);
        apply_record(e, stream, &event, meta.at_ms);
        if (!ts_id_is_none(&meta.cmd))
            ts_dedupe_note(e->dedupe, &meta.cmd, &stream->id, record->seq);
    }
    stream->chain.seq = record->seq;
    stream->chain.head = record->link;
    stream->chain.at_ms = meta.at_ms;
    return 0;
}

/* ---- content, secrets ---- */

int ts_engine_load_content(struct ts_engine *e, const struct ts_store_content *content,
                           struct ts_err *err)
{
    if (ts_vault_load(&e->vault, content, err) != 0)
        return -1;
    const uint8_t *expected = ts_map_get(&e->expected, ts_id_str(&content->id));
    char hex[65];
    if (expected)
        ts_hex_encode(hex, expected, 32);
    if (!expected || strcmp(hex, ts_vault_hash_of(&e->vault, &content->id)) != 0)
        return ts_err_set(err, "content.damaged", "content %s is not what the journal holds",
                          content->id.s);
    return 0;
}

void ts_engine_load_tombstone(struct ts_engine *e, const struct ts_id *id, int64_t at_ms)
{
    int64_t *at = malloc(sizeof *at);
    if (!at)
        abort();
    *at = at_ms;
    free(ts_map_put(&e->tombstones, ts_id_str(id), at));
}

void ts_engine_load_secret(struct ts_engine *e, const struct ts_store_secret *secret)
{
    ts_engine_secret_set(e, secret->key, secret->value);
}

/* ---- boxes ---- */

/* The council and poll of a uuid. */
static const struct ts_st_poll *poll_of(const struct ts_engine *e, const struct ts_id *uuid,
                                        const struct ts_council_state **council)
{
    struct ts_str key;
    void *value;
    for (size_t i = 0; ts_map_next(&e->council_states, &i, &key, &value);) {
        const struct ts_st_poll *poll = ts_council_poll_uuid(value, uuid);
        *council = value;
        if (poll)
            return poll;
    }
    return NULL;
}

static bool takes_slips(const struct ts_st_poll *poll)
{
    return poll->state == TS_POLL_STATE_OPEN || poll->state == TS_POLL_STATE_CLOSING;
}

static int damaged(struct ts_err *err, const struct ts_id *uuid, const char *what)
{
    ts_err_set(err, "store.damaged", "box %s: %s", uuid->s, what);
    ts_err_param(err, "what", "%.40s", what);
    return -1;
}

int ts_engine_load_box(struct ts_engine *e, const struct ts_id *uuid, bool open, struct ts_err *err)
{
    const struct ts_council_state *council;
    const struct ts_st_poll *poll = poll_of(e, uuid, &council);
    if (poll && takes_slips(poll)) {
        if (!open)
            return damaged(err, uuid, "it is closed, its poll is not");
        return ts_engine_poll_open(e, council, &poll->poll, err);
    }
    if (!open)
        return 0;
    /* Left over by a crash: made for a poll that was not opened after all, or not yet closed or
     * dropped when its poll was. */
    struct ts_id *id = malloc(sizeof *id);
    if (!id)
        abort();
    *id = *uuid;
    free(ts_map_put(&e->leftover_boxes, ts_id_str(uuid), id));
    return 0;
}

int ts_engine_load_slot(struct ts_engine *e, const struct ts_id *uuid,
                        const uint8_t credential[static 32], enum ts_store_slot slot,
                        const uint8_t hash[static 32], struct ts_str body, struct ts_err *err)
{
    struct ts_engine_poll *poll = ts_engine_poll_find(e, uuid);
    if (!poll)
        return ts_map_get(&e->leftover_boxes, ts_id_str(uuid)) ? 0
                                                               : damaged(err, uuid, "no such box");
    struct ts_err why = {0};
    if (slot != TS_STORE_EMPTY &&
        ts_engine_box_put(poll->box, credential, slot, slot == TS_STORE_CAST ? hash : NULL, body,
                          &why) != TS_ENGINE_BOX_FILLED)
        return damaged(err, uuid, why.code ? why.detail : "a slot twice");
    return 0;
}

/* ---- the end of it ---- */

static int check_contents(const struct ts_engine *e, const struct ts_st_content *rows, size_t count,
                          struct ts_err *err)
{
    for (size_t i = 0; i < count; i++) {
        bool there = ts_vault_text(&e->vault, &rows[i].content).ptr != NULL;
        bool buried = ts_map_get(&e->tombstones, ts_id_str(&rows[i].content)) != NULL;
        if (!there && !rows[i].erased && !buried)
            return ts_err_set(err, "content.damaged", "content %s is missing", rows[i].content.s);
    }
    return 0;
}

/* A backup was restored: what was erased since is erased again, and the journal says so (LG-12). */
static int bury_again(struct ts_engine *e, struct ts_engine_stream *stream,
                      const struct ts_st_content *rows, size_t count, struct ts_err *err)
{
    struct ts_arena arena = {0};
    struct ts_id *ids = ts_arena_array(&arena, count, sizeof *ids);
    size_t id_count = 0;
    for (size_t i = 0; i < count; i++)
        if (!rows[i].erased && ts_map_get(&e->tombstones, ts_id_str(&rows[i].content)))
            ids[id_count++] = rows[i].content;
    int rc = 0;
    for (size_t i = 0; i < id_count && rc == 0; i++) {
        struct ts_ev_content_erased event = {.content = ids[i], .reason = TS_STR("tombstone")};
        int64_t now = ts_engine_now(e);
        struct ts_decision decision = {.event_count = 1,
                                       .at_ms =
                                           now > stream->chain.at_ms ? now : stream->chain.at_ms,
                                       .erase = &ids[i],
                                       .erase_count = 1};
        decision.events[0] = (struct ts_event){TS_EV_CONTENT_ERASED, &event};
        rc = ts_commit(e, &(struct ts_commit){.stream = stream, .decision = &decision}, err);
    }
    ts_arena_free(&arena);
    return rc;
}

static int settle_contents(struct ts_engine *e, struct ts_err *err)
{
    struct ts_str key;
    void *value;
    const struct ts_st_registry *registry = &e->registry->doc;
    if (check_contents(e, registry->contents.ptr, registry->contents.count, err) != 0 ||
        bury_again(e, &e->registry_stream, registry->contents.ptr, registry->contents.count, err) !=
            0)
        return -1;
    for (size_t i = 0; ts_map_next(&e->councils, &i, &key, &value);) {
        struct ts_engine_stream *stream = value;
        if (!stream->council)
            continue;
        const struct ts_st_house *house = &stream->council->doc;
        if (check_contents(e, house->contents.ptr, house->contents.count, err) != 0 ||
            bury_again(e, stream, house->contents.ptr, house->contents.count, err) != 0)
            return -1;
    }
    return 0;
}

static void settle_leftovers(struct ts_engine *e)
{
    struct ts_str key;
    void *value;
    for (size_t i = 0; ts_map_next(&e->leftover_boxes, &i, &key, &value);) {
        const struct ts_id *uuid = value;
        const struct ts_council_state *council;
        const struct ts_st_poll *poll = poll_of(e, uuid, &council);
        bool closed =
            poll && poll->state >= TS_POLL_STATE_CLOSED && poll->state <= TS_POLL_STATE_PUBLISHED;
        struct ts_store_batch *batch = ts_batch_open();
        ts_batch_box_op(batch, &(struct ts_store_box_op){.kind = closed ? TS_STORE_BOX_CLOSE
                                                                        : TS_STORE_BOX_DROP,
                                                         .uuid = *uuid});
        ts_batch_submit(e, batch);
    }
}

/* Ballots that were refused before the restart; "conflict/UUID/HEX". */
static void settle_conflicts(struct ts_engine *e)
{
    struct ts_str key;
    void *value;
    for (size_t i = 0; ts_map_next(&e->secrets, &i, &key, &value);) {
        struct ts_id uuid;
        uint8_t hash[32];
        if (key.len <= 9 + 65 || memcmp(key.ptr, "conflict/", 9) != 0 ||
            ts_id_parse(&uuid, (struct ts_str){key.ptr + 9, key.len - 9 - 65}) != 0 ||
            ts_hex_decode(hash, 32, (struct ts_str){key.ptr + key.len - 64, 64}) != 0)
            continue;
        struct ts_engine_poll *poll = ts_engine_poll_find(e, &uuid);
        if (poll)
            ts_engine_box_add_conflict(poll->box, hash);
    }
}

static int check_boxes(const struct ts_engine *e, struct ts_err *err)
{
    struct ts_str key;
    void *value;
    for (size_t i = 0; ts_map_next(&e->council_states, &i, &key, &value);) {
        const struct ts_council_state *council = value;
        for (size_t k = 0; k < council->doc.polls.count; k++) {
            const struct ts_st_poll *poll = &council->doc.polls.ptr[k];
            if (takes_slips(poll) && !ts_engine_poll_find(e, &poll->uuid))
                return damaged(err, &poll->uuid, "it is missing, and its poll is open");
        }
    }
    return 0;
}

static void free_map(struct ts_map *map)
{
    struct ts_str key;
    void *value;
    for (size_t i = 0; ts_map_next(map, &i, &key, &value);)
        free(value);
    ts_map_free(map);
    *map = (struct ts_map){0};
}

void ts_engine_load_free(struct ts_engine *e)
{
    free_map(&e->tombstones);
    free_map(&e->leftover_boxes);
    free_map(&e->expected);
}

int ts_engine_start(struct ts_engine *e, struct ts_err *err)
{
    assert(!e->started);
    int rc = check_boxes(e, err) == 0 && settle_contents(e, err) == 0 ? 0 : -1;
    if (rc == 0) {
        settle_leftovers(e);
        settle_conflicts(e);
        e->started = true;
    }
    ts_engine_load_free(e);
    return rc;
}
