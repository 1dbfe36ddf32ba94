/* ts_archive_*: reading. */
#include "proto/ballot/archive.h"

#include <inttypes.h>
#include <stdio.h>

#include "proto/ballot/tar.h"
#include "proto/base/codec.h"
#include "proto/json/json.h"

#define FIRST_NAME "BELENIOS"
#define FIRST_MAX 256
#define DATA_SUFFIX ".data.json"
#define EVENT_SUFFIX ".event.json"

static int memory_read_at(void *ctx, uint64_t offset, uint8_t *out, size_t len)
{
    const struct ts_bytes *bytes = ctx;
    memcpy(out, bytes->ptr + offset, len);
    return 0;
}

struct ts_archive_source ts_archive_memory(const struct ts_bytes *bytes)
{
    return (struct ts_archive_source){(void *)(uintptr_t)bytes, bytes->len, memory_read_at};
}

static int read_bytes(struct ts_archive_reader *r, uint64_t *at, void *out, size_t len,
                      struct ts_err *err)
{
    if (r->source.size - *at < len)
        return ts_err_set(err, "archive.truncated", "the archive ends within a member");
    if (len > 0 && r->source.read_at(r->source.ctx, *at, out, len))
        return ts_err_set(err, "archive.io", "reading failed at byte %" PRIu64, *at);
    *at += len;
    return 0;
}

/* Body and padding of the member whose header was just read. */
static int read_body(struct ts_archive_reader *r, uint64_t *at, uint64_t size, struct ts_buf *body,
                     struct ts_err *err)
{
    static const uint8_t zeros[TS_TAR_BLOCK];
    uint8_t padding[TS_TAR_BLOCK];
    ts_buf_clear(body);
    ts_buf_reserve(body, (size_t)size);
    if (read_bytes(r, at, body->ptr, (size_t)size, err))
        return -1;
    body->len = (size_t)size;
    size_t pad = ts_tar_padding(size);
    if (read_bytes(r, at, padding, pad, err))
        return -1;
    if (memcmp(padding, zeros, pad) != 0)
        return ts_err_set(err, "archive.padding", "the padding before byte %" PRIu64 " is not zero",
                          *at);
    return 0;
}

/* {"version":1,"timestamp":"1795311150"}, the timestamp as a string or an integer. */
static int read_first(uint64_t *timestamp, struct ts_str body, struct ts_err *err)
{
    static const struct ts_json_limits limits = {FIRST_MAX, 2};
    struct ts_json *root = NULL;
    int64_t seconds = -1;
    if (ts_json_parse(&root, body, &limits, err))
        return -1;
    const struct ts_json *v =
        ts_json_is(root, TS_JSON_OBJECT) ? ts_json_get(root, "timestamp") : NULL;
    const struct ts_json *version =
        ts_json_is(root, TS_JSON_OBJECT) ? ts_json_get(root, "version") : NULL;
    if (ts_json_is(v, TS_JSON_INT))
        seconds = ts_json_int(v);
    else if (ts_json_is(v, TS_JSON_STR) && ts_decimal_decode(&seconds, ts_json_str(v)))
        seconds = -1;
    bool ok = ts_json_is(version, TS_JSON_INT) && ts_json_int(version) == 1 && seconds >= 0 &&
              (uint64_t)seconds <= TS_TAR_NUMBER_MAX;
    ts_json_free(root);
    *timestamp = ok ? (uint64_t)seconds : 0;
    return ok ? 0 : -1;
}

int ts_archive_open(struct ts_archive_reader *r, const struct ts_archive_source *source,
                    struct ts_err *err)
{
    uint8_t block[TS_TAR_BLOCK];
    struct ts_tar_header header;
    r->source = *source;
    r->offset = 0;
    r->height = 0;
    uint64_t at = 0;
    if (source->size < TS_TAR_BLOCK)
        return ts_err_set(err, "archive.none", "too short for an archive");
    if (read_bytes(r, &at, block, sizeof block, err))
        return -1;
    if (ts_tar_read(&header, block) || strcmp(header.name, FIRST_NAME) != 0 ||
        header.size > FIRST_MAX)
        return ts_err_set(err, "archive.none", "the file does not begin like a Belenios archive");
    if (read_body(r, &at, header.size, &r->bodies[0], err))
        return -1;
    if (read_first(&r->timestamp, ts_buf_str(&r->bodies[0]), err))
        return ts_err_set(err, "archive.none", "no archive of version 1");
    if (r->timestamp != header.mtime)
        return ts_err_set(err, "archive.header", "the first header bears another time");
    r->offset = at;
    return 0;
}

/* One member: its body into *body, its hash, and whether it is an event. */
static int read_member(struct ts_archive_reader *r, uint64_t *at, struct ts_buf *body,
                       struct ts_archive_record *out, bool *is_event, struct ts_err *err)
{
    uint8_t block[TS_TAR_BLOCK];
    struct ts_tar_header header;
    uint64_t start = *at;
    if (read_bytes(r, at, block, sizeof block, err))
        return -1;
    if (ts_tar_read(&header, block) || header.mtime != r->timestamp)
        return ts_err_set(err, "archive.header",
                          "the header at byte %" PRIu64 " is not as Belenios writes it", start);
    struct ts_str name = ts_str_of(header.name);
    struct ts_str suffix = {name.ptr + TS_DIGEST_HEX, name.len - TS_DIGEST_HEX};
    struct ts_digest named;
    if (name.len <= TS_DIGEST_HEX ||
        ts_digest_from_hex(&named, (struct ts_str){name.ptr, TS_DIGEST_HEX}) ||
        !(ts_str_is(suffix, DATA_SUFFIX) || ts_str_is(suffix, EVENT_SUFFIX)))
        return ts_err_set(err, "archive.name",
                          "the member at byte %" PRIu64 " is named neither data nor event", start);
    if (header.size > TS_ARCHIVE_RECORD_MAX)
        return ts_err_set(err, "archive.size", "the record at byte %" PRIu64 " is too large",
                          start);
    out->offset = *at;
    if (read_body(r, at, header.size, body, err))
        return -1;
    out->body = ts_buf_str(body);
    out->hash = ts_digest_of(out->body);
    if (!ts_digest_equal(&out->hash, &named))
        return ts_err_set(err, "archive.hash",
                          "the record at byte %" PRIu64 " has another hash than its name", start);
    *is_event = ts_str_is(suffix, EVENT_SUFFIX);
    return 0;
}

/* May an event of this type follow? */
static bool in_order(const struct ts_archive_reader *r, enum ts_event_type type)
{
    if (r->height == 0)
        return type == TS_EVENT_SETUP;
    switch (r->last) {
    case TS_EVENT_SETUP:
    case TS_EVENT_BALLOT:
        return type == TS_EVENT_BALLOT || type == TS_EVENT_END_BALLOTS;
    case TS_EVENT_END_BALLOTS:
        return type == TS_EVENT_ENCRYPTED_TALLY;
    case TS_EVENT_ENCRYPTED_TALLY:
        return type == TS_EVENT_PARTIAL_DECRYPTION;
    case TS_EVENT_PARTIAL_DECRYPTION:
        return type == TS_EVENT_PARTIAL_DECRYPTION || type == TS_EVENT_RESULT;
    default:
        return false;
    }
}

static int check_chain(const struct ts_archive_reader *r, const struct ts_archive_event *event,
                       struct ts_err *err)
{
    if (event->height != r->height)
        return ts_err_set(err, "archive.chain", "height %" PRId64 " where %" PRId64 " was due",
                          event->height, r->height);
    if (event->height > 0 && !ts_digest_equal(&event->parent, &r->parent))
        return ts_err_set(err, "archive.chain", "the parent is not the event before");
    if (in_order(r, event->type))
        return 0;
    return ts_err_set(err, "archive.order", "%s may not follow %s", ts_event_name(event->type),
                      r->height > 0 ? ts_event_name(r->last) : "the beginning");
}

/* Does the record's member `key` hold this hash? Presence only when hash is NULL. */
static bool refers(const struct ts_json *root, const char *key, const struct ts_digest *hash)
{
    char hex[TS_DIGEST_HEX + 1];
    const struct ts_json *v = ts_json_get(root, key);
    if (!hash)
        return v != NULL;
    ts_digest_hex(hex, hash);
    return ts_json_is(v, TS_JSON_STR) && ts_str_is(ts_json_str(v), hex);
}

/* The last record refers to those before it; each kind has its own names for them. */
static bool records_refer(const struct ts_archive_step *step, const struct ts_json *last)
{
    const struct ts_archive_record *d = step->data;
    if (!ts_json_is(last, TS_JSON_OBJECT))
        return false;
    switch (step->event.type) {
    case TS_EVENT_SETUP:
        return refers(last, "election", &d[0].hash) && refers(last, "trustees", &d[1].hash) &&
               refers(last, "credentials", &d[2].hash) &&
               (step->data_count == 5 ? refers(last, "credentials_certificate", &d[3].hash)
                                      : !refers(last, "credentials_certificate", NULL));
    case TS_EVENT_ENCRYPTED_TALLY:
        return refers(last, "encrypted_tally", &d[0].hash);
    case TS_EVENT_PARTIAL_DECRYPTION:
        return refers(last, "payload", &d[0].hash);
    default:
        return true;
    }
}

static bool count_fits(const struct ts_archive_step *step)
{
    static const size_t expected[TS_EVENT_TYPES] = {4, 1, 0, 2, 2, 1};
    if (step->event.type == TS_EVENT_SETUP && step->data_count == 5)
        return true;
    return step->data_count == expected[step->event.type];
}

static int check_records(const struct ts_archive_step *step, struct ts_err *err)
{
    static const struct ts_json_limits limits = {64u * 1024, 8};
    if (!count_fits(step))
        return ts_err_set(err, "archive.records", "%zu data records before this %s event",
                          step->data_count, ts_event_name(step->event.type));
    if (step->data_count == 0)
        return 0;
    const struct ts_archive_record *last = &step->data[step->data_count - 1];
    if (!ts_digest_equal(&step->event.payload, &last->hash))
        return ts_err_set(err, "archive.records", "the payload is not the record before the event");
    if (step->event.type == TS_EVENT_BALLOT && last->body.len > TS_ARCHIVE_BALLOT_MAX)
        return ts_err_set(err, "archive.size", "the ballot is too large");
    if (step->data_count == 1)
        return 0;
    struct ts_json *root = NULL;
    if (ts_json_parse(&root, last->body, &limits, err))
        return ts_err_set(err, "archive.records", "the payload is not JSON of the expected size");
    bool ok = records_refer(step, root);
    ts_json_free(root);
    return ok ? 0
              : ts_err_set(err, "archive.records",
                           "the payload does not refer to the records before it");
}

/* Records up to and with the next event. */
static int read_step(struct ts_archive_reader *r, uint64_t *at, struct ts_archive_step *step,
                     struct ts_err *err)
{
    bool is_event = false;
    for (;;) {
        if (step->data_count > 0 && *at == r->source.size)
            return ts_err_set(err, "archive.truncated", "data records without an event at the end");
        struct ts_archive_record record;
        if (read_member(r, at, &r->bodies[step->data_count], &record, &is_event, err))
            return -1;
        if (is_event) {
            step->event_hash = record.hash;
            return ts_event_read(&step->event, record.body, err);
        }
        if (step->data_count == TS_ARCHIVE_DATA_MAX)
            return ts_err_set(err, "archive.records", "more data records than any event has");
        step->data[step->data_count++] = record;
    }
}

int ts_archive_next(struct ts_archive_reader *r, struct ts_archive_step *step, struct ts_err *err)
{
    *step = (struct ts_archive_step){0};
    if (r->offset == r->source.size)
        return 0;
    uint64_t at = r->offset;
    if (read_step(r, &at, step, err) || check_chain(r, &step->event, err) ||
        check_records(step, err)) {
        ts_err_at(err, "event", (long)r->height);
        return -1;
    }
    r->offset = at;
    r->height++;
    r->parent = step->event_hash;
    r->last = step->event.type;
    return 1;
}

void ts_archive_reader_free(struct ts_archive_reader *r)
{
    for (size_t i = 0; i <= TS_ARCHIVE_DATA_MAX; i++)
        ts_buf_free(&r->bodies[i]);
}
