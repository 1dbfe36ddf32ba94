#include "proto/ballot/event.h"

#include "proto/json/writer.h"

/* {"parent":64,"height":19 digits,"type":"PartialDecryption","payload":64} */
#define RECORD_MAX 512

static const char *const names[TS_EVENT_TYPES] = {
    [TS_EVENT_SETUP] = "Setup",
    [TS_EVENT_BALLOT] = "Ballot",
    [TS_EVENT_END_BALLOTS] = "EndBallots",
    [TS_EVENT_ENCRYPTED_TALLY] = "EncryptedTally",
    [TS_EVENT_PARTIAL_DECRYPTION] = "PartialDecryption",
    [TS_EVENT_RESULT] = "Result",
};

const char *ts_event_name(enum ts_event_type type)
{
    return names[type];
}

void ts_event_write(struct ts_buf *out, const struct ts_archive_event *event)
{
    char hex[TS_DIGEST_HEX + 1];
    struct ts_json_writer w;
    ts_jw_init(&w, out);
    ts_jw_object(&w);
    if (event->height > 0) {
        ts_digest_hex(hex, &event->parent);
        ts_jw_member_cstr(&w, "parent", hex);
    }
    ts_jw_member_int(&w, "height", event->height);
    ts_jw_member_cstr(&w, "type", names[event->type]);
    if (event->type != TS_EVENT_END_BALLOTS) {
        ts_digest_hex(hex, &event->payload);
        ts_jw_member_cstr(&w, "payload", hex);
    }
    ts_jw_object_end(&w);
}

static int read_type(enum ts_event_type *out, const struct ts_json *v)
{
    for (int i = 0; i < TS_EVENT_TYPES; i++) {
        if (ts_str_is(ts_json_str(v), names[i])) {
            *out = (enum ts_event_type)i;
            return 0;
        }
    }
    return -1;
}

static int read_hash(struct ts_digest *out, const struct ts_json *root, const char *key)
{
    const struct ts_json *v = ts_json_get(root, key);
    return ts_json_is(v, TS_JSON_STR) ? ts_digest_from_hex(out, ts_json_str(v)) : -1;
}

static int read_members(struct ts_archive_event *out, const struct ts_json *root,
                        struct ts_err *err)
{
    const struct ts_json *type = ts_json_get(root, "type");
    const struct ts_json *height = ts_json_get(root, "height");
    if (!ts_json_is(type, TS_JSON_STR) || !ts_json_is(height, TS_JSON_INT))
        return ts_err_set(err, "event.record", "an event record needs a type and a height");
    if (read_type(&out->type, type))
        return ts_err_set(err, "event.type", "a type of event that such elections do not have");
    out->height = ts_json_int(height);
    if (out->height < 0)
        return ts_err_set(err, "event.record", "negative height");
    if (out->height > 0 && read_hash(&out->parent, root, "parent"))
        return ts_err_set(err, "event.record", "no well-formed parent");
    if (out->type != TS_EVENT_END_BALLOTS && read_hash(&out->payload, root, "payload"))
        return ts_err_set(err, "event.record", "no well-formed payload");
    return 0;
}

int ts_event_read(struct ts_archive_event *out, struct ts_str record, struct ts_err *err)
{
    static const struct ts_json_limits limits = {RECORD_MAX, 2};
    struct ts_json *root = NULL;
    *out = (struct ts_archive_event){0};
    if (ts_json_parse(&root, record, &limits, err))
        return ts_err_set(err, "event.record", "the event record is not JSON of the expected size");
    int rc;
    if (!ts_json_is(root, TS_JSON_OBJECT))
        rc = ts_err_set(err, "event.record", "the event record is not an object");
    else
        rc = read_members(out, root, err);
    ts_json_free(root);
    if (rc)
        return rc;
    /* One spelling per event: what we would write. */
    struct ts_buf again = {0};
    ts_event_write(&again, out);
    if (!ts_str_equal(ts_buf_str(&again), record))
        rc = ts_err_set(err, "event.record", "the event record is not in canonical form");
    ts_buf_free(&again);
    return rc;
}
