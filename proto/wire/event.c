#include "proto/wire/event.h"

#include <assert.h>

#include "proto/base/text.h"
#include "proto/wire/canonical.h"

#include "proto/wire/define_desc.h"
#include "proto/wire/event/all.def"
#include "proto/wire/define_end.h"

static const struct ts_ev_entry entries[TS_EV_COUNT] = {
#include "proto/wire/define_none.h"
#undef EVENT
#define EVENT(name, NAME, wire, version) [TS_EV_##NAME] = {wire, version, &ts_desc_ev_##name},
#include "proto/wire/event/all.def"
#include "proto/wire/define_end.h"
};

const struct ts_ev_entry *ts_ev_entry(enum ts_ev_kind kind)
{
    assert(kind > TS_EV_NONE && kind < TS_EV_COUNT);
    return &entries[kind];
}

enum ts_ev_kind ts_ev_find(struct ts_str name, int64_t version)
{
    for (int kind = TS_EV_NONE + 1; kind < TS_EV_COUNT; kind++)
        if (version == entries[kind].version && ts_str_is(name, entries[kind].name))
            return (enum ts_ev_kind)kind;
    return TS_EV_NONE;
}

void ts_event_encode(const struct ts_event *event, struct ts_buf *out)
{
    const struct ts_ev_entry *entry = ts_ev_entry(event->kind);
    struct ts_json_writer w;
    ts_jw_init(&w, out);
    ts_jw_object(&w);
    ts_jw_member_int(&w, "v", entry->version);
    ts_jw_member_cstr(&w, "type", entry->name);
    ts_jw_key(&w, "body");
    ts_wire_encode(entry->desc, event->body, &w);
    ts_jw_object_end(&w);
}

static int decode_root(const struct ts_json *root, struct ts_arena *arena, struct ts_event *out,
                       struct ts_err *err)
{
    const struct ts_json *v, *type, *body;
    if (!ts_json_is(root, TS_JSON_OBJECT) || ts_json_count(root) != 3 ||
        !ts_json_is(v = ts_json_get(root, "v"), TS_JSON_INT) ||
        !ts_json_is(type = ts_json_get(root, "type"), TS_JSON_STR) ||
        !(body = ts_json_get(root, "body")))
        return ts_err_set(err, "wire.type", "an event has exactly v, type and body");
    out->kind = ts_ev_find(ts_json_str(type), ts_json_int(v));
    if (out->kind == TS_EV_NONE)
        return ts_err_set(err, "event.unknown", "no event of that type and version");
    const struct ts_desc *desc = ts_ev_entry(out->kind)->desc;
    void *decoded = ts_arena_alloc(arena, desc->size);
    if (ts_wire_decode_stored(desc, body, arena, decoded, err) != 0) {
        ts_err_at(err, "body", -1);
        return -1;
    }
    out->body = decoded;
    return 0;
}

/* No control characters, and well-formed beyond ASCII: what the JSON reader would refuse. */
static bool is_plain(struct ts_str text)
{
    unsigned char high = 0, low = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        high |= c;
        low |= c < 0x20;
    }
    return !low && (high < 0x80 || ts_text_is_utf8(text));
}

/* As our own encoder writes it. False: leave it to the general way. */
static bool decode_canonical(struct ts_str text, struct ts_arena *arena, struct ts_event *out)
{
    struct ts_str at = text;
    int64_t version = 0;
    if (text.len > TS_EVENT_MAX_BYTES || !is_plain(text) || !ts_wire_skip(&at, "{\"v\":"))
        return false;
    for (; at.len > 0 && at.ptr[0] >= '1' && at.ptr[0] <= '9' && version < 100;
         at = (struct ts_str){at.ptr + 1, at.len - 1})
        version = version * 10 + (at.ptr[0] - '0');
    if (!ts_wire_skip(&at, ",\"type\":\""))
        return false;
    const char *quote = memchr(at.ptr, '"', at.len);
    if (!quote)
        return false;
    size_t len = (size_t)(quote - at.ptr);
    out->kind = ts_ev_find((struct ts_str){at.ptr, len}, version);
    at = (struct ts_str){quote, at.len - len};
    if (out->kind == TS_EV_NONE || !ts_wire_skip(&at, "\",\"body\":"))
        return false;
    const struct ts_desc *desc = ts_ev_entry(out->kind)->desc;
    void *body = ts_arena_alloc(arena, desc->size);
    out->body = body;
    return ts_wire_decode_canonical(desc, &at, arena, body) && ts_str_is(at, "}");
}

int ts_event_decode(struct ts_str text, struct ts_arena *arena, struct ts_event *out,
                    struct ts_err *err)
{
    static const struct ts_json_limits limits = {TS_EVENT_MAX_BYTES, TS_EVENT_MAX_DEPTH};
    struct ts_json *root;
    if (decode_canonical(text, arena, out))
        return 0;
    if (ts_json_parse(&root, text, &limits, err) != 0)
        return -1;
    int rc = decode_root(root, arena, out, err);
    ts_json_free(root);
    return rc;
}
