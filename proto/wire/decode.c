/* Decoding (wire.h). */
#include "proto/wire/wire.h"

#include <assert.h>

#include "proto/base/codec.h"
#include "proto/base/text.h"
#include "proto/wire/list.h"

#define HASH_LEN 64
#define KEY_LEN 43 /* unpadded Base64 of 32 bytes */
#define SIG_LEN 86 /* of 64 bytes */

struct decoder {
    struct ts_arena *arena;
    bool stored; /* texts were normalised when they came in */
    struct ts_err *err;
};

static int decode_object(const struct decoder *d, const struct ts_desc *desc,
                         const struct ts_json *json, void *out);

static int bad(const struct decoder *d, const char *code, const char *what, int64_t min,
               int64_t max)
{
    ts_err_set(d->err, code, "%s must be %lld to %lld", what, (long long)min, (long long)max);
    ts_err_param(d->err, "min", "%lld", (long long)min);
    ts_err_param(d->err, "max", "%lld", (long long)max);
    return -1;
}

static int want(const struct decoder *d, const struct ts_json *json, enum ts_json_kind kind)
{
    static const char *const names[] = {"null", "boolean", "integer", "string", "array", "object"};
    if (ts_json_is(json, kind))
        return 0;
    ts_err_set(d->err, "wire.type", "%s expected", names[kind]);
    ts_err_param(d->err, "type", "%s", names[kind]);
    return -1;
}

static int want_str(const struct decoder *d, const struct ts_json *json, struct ts_str *out)
{
    if (want(d, json, TS_JSON_STR) != 0)
        return -1;
    *out = ts_json_str(json);
    return 0;
}

static int decode_id(const struct decoder *d, const struct ts_json *json, struct ts_id *out)
{
    struct ts_str s;
    if (want_str(d, json, &s) != 0)
        return -1;
    if (ts_id_parse(out, s) != 0)
        return ts_err_set(d->err, "wire.format", "not an id of 14 to 22 Base58 characters");
    return 0;
}

static int decode_str(const struct decoder *d, const struct ts_json *json, int64_t min, int64_t max,
                      struct ts_str *out)
{
    struct ts_str s;
    if (want_str(d, json, &s) != 0)
        return -1;
    if (s.len < (uint64_t)min)
        return bad(d, "wire.short", "length", min, max);
    if (s.len > (uint64_t)max)
        return bad(d, "wire.long", "length", min, max);
    *out = ts_arena_str(d->arena, s);
    return 0;
}

static int decode_text(const struct decoder *d, const struct ts_json *json, int64_t min,
                       int64_t max, struct ts_str *out)
{
    struct ts_str s;
    if (want_str(d, json, &s) != 0)
        return -1;
    if (d->stored) {
        *out = ts_arena_str(d->arena, s);
        return 0;
    }
    return ts_text_normalise(out, s, (size_t)min, (size_t)max, d->arena, d->err);
}

static int decode_hash(const struct decoder *d, const struct ts_json *json, struct ts_str *out)
{
    struct ts_str s;
    uint8_t raw[HASH_LEN / 2];
    if (want_str(d, json, &s) != 0)
        return -1;
    if (ts_hex_decode(raw, sizeof raw, s) != 0)
        return ts_err_set(d->err, "wire.format", "not 64 lower-case hex digits");
    *out = ts_arena_str(d->arena, s);
    return 0;
}

static int decode_key(const struct decoder *d, const struct ts_json *json, struct ts_str *out)
{
    struct ts_str s;
    uint8_t raw[32];
    if (want_str(d, json, &s) != 0)
        return -1;
    if (s.len != KEY_LEN || ts_base64_decode32(raw, s) != 0)
        return ts_err_set(d->err, "wire.format", "not unpadded Base64 of 32 bytes");
    *out = ts_arena_str(d->arena, s);
    return 0;
}

static int decode_sig(const struct decoder *d, const struct ts_json *json, struct ts_str *out)
{
    struct ts_str s;
    if (want_str(d, json, &s) != 0)
        return -1;
    struct ts_buf raw = {0};
    int rc = s.len == SIG_LEN ? ts_base64_decode(&raw, s) : -1;
    assert(rc != 0 || raw.len == 64);
    ts_buf_free(&raw);
    if (rc != 0)
        return ts_err_set(d->err, "wire.format", "not unpadded Base64 of 64 bytes");
    *out = ts_arena_str(d->arena, s);
    return 0;
}

static int decode_int(const struct decoder *d, const struct ts_json *json, int64_t min, int64_t max,
                      int64_t *out)
{
    if (want(d, json, TS_JSON_INT) != 0)
        return -1;
    *out = ts_json_int(json);
    if (*out < min || *out > max)
        return bad(d, "wire.range", "number", min, max);
    return 0;
}

static int decode_bool(const struct decoder *d, const struct ts_json *json, bool *out)
{
    if (want(d, json, TS_JSON_BOOL) != 0)
        return -1;
    *out = ts_json_bool(json);
    return 0;
}

static int decode_enum(const struct decoder *d, const struct ts_json *json,
                       const struct ts_enum *names, int *out)
{
    struct ts_str s;
    if (want_str(d, json, &s) != 0)
        return -1;
    *out = ts_enum_value(names, s);
    if (*out == 0)
        return ts_err_set(d->err, "wire.enum", "not a %s", names->name);
    return 0;
}

static int decode_content(const struct decoder *d, const struct ts_json *json,
                          struct ts_content_ref *out)
{
    if (want(d, json, TS_JSON_OBJECT) != 0)
        return -1;
    const struct ts_json *id = ts_json_get(json, "id"), *hash = ts_json_get(json, "hash");
    if (!id || !hash || ts_json_count(json) != 2)
        return ts_err_set(d->err, "wire.format", "not a reference of exactly id and hash");
    if (decode_id(d, id, &out->id) != 0) {
        ts_err_at(d->err, "id", -1);
        return -1;
    }
    if (decode_hash(d, hash, &out->hash) != 0) {
        ts_err_at(d->err, "hash", -1);
        return -1;
    }
    return 0;
}

static int decode_item(const struct decoder *d, const struct ts_wire_field *f,
                       const struct ts_json *json, void *out)
{
    switch (f->kind) {
    case TS_FIELD_IDS:
        return decode_id(d, json, out);
    case TS_FIELD_NSTRS:
        if (ts_json_is(json, TS_JSON_NULL))
            return 0; /* the arena is zeroed: ptr NULL */
        return decode_str(d, json, f->item_min, f->item_max, out);
    case TS_FIELD_STRS:
        return decode_str(d, json, f->item_min, f->item_max, out);
    case TS_FIELD_INTS:
        return decode_int(d, json, f->item_min, f->item_max, out);
    case TS_FIELD_ENUMS:
        return decode_enum(d, json, f->names, out);
    default:
        return decode_object(d, f->desc, json, out);
    }
}

/* Ids in a list are a set. The lists are short (the definition says how short). */
static int check_distinct(const struct decoder *d, const struct ts_id *ids, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (ts_id_equal(&ids[j], &ids[i]))
            return ts_err_set(d->err, "wire.duplicate", "the same id as at [%zu]", j);
    return 0;
}

static int decode_items(const struct decoder *d, const struct ts_wire_field *f,
                        const struct ts_json *json, void *member)
{
    if (want(d, json, TS_JSON_ARRAY) != 0) {
        ts_err_at(d->err, f->name, -1);
        return -1;
    }
    size_t count = ts_json_count(json), size = ts_wire_item_size(f);
    if (count < (uint64_t)f->min || count > (uint64_t)f->max) {
        bad(d, count < (uint64_t)f->min ? "wire.short" : "wire.long", "count", f->min, f->max);
        ts_err_at(d->err, f->name, -1);
        return -1;
    }
    char *items = count > 0 ? ts_arena_array(d->arena, count, size) : NULL;
    for (size_t i = 0; i < count; i++) {
        if (decode_item(d, f, ts_json_at(json, i), items + i * size) != 0 ||
            (f->kind == TS_FIELD_IDS && check_distinct(d, (const void *)items, i) != 0)) {
            ts_err_at(d->err, f->name, (long)i);
            return -1;
        }
    }
    ts_wire_list_put(member, items, count);
    return 0;
}

static int decode_value(const struct decoder *d, const struct ts_wire_field *f,
                        const struct ts_json *json, void *member)
{
    switch (f->kind) {
    case TS_FIELD_ID:
        return decode_id(d, json, member);
    case TS_FIELD_TEXT:
        return decode_text(d, json, f->min, f->max, member);
    case TS_FIELD_STR:
    case TS_FIELD_SECRET:
        return decode_str(d, json, f->min, f->max, member);
    case TS_FIELD_HASH:
        return decode_hash(d, json, member);
    case TS_FIELD_KEY:
        return decode_key(d, json, member);
    case TS_FIELD_SIG:
        return decode_sig(d, json, member);
    case TS_FIELD_INT:
        return decode_int(d, json, f->min, f->max, member);
    case TS_FIELD_BOOL:
    case TS_FIELD_FLAG:
        return decode_bool(d, json, member);
    case TS_FIELD_ENUM:
        return decode_enum(d, json, f->names, member);
    case TS_FIELD_CONTENT:
        return decode_content(d, json, member);
    default: {
        assert(f->kind == TS_FIELD_OBJ);
        if (!f->optional)
            return decode_object(d, f->desc, json, member);
        void *object = ts_arena_alloc(d->arena, f->desc->size);
        memcpy(member, &object, sizeof object);
        return decode_object(d, f->desc, json, object);
    }
    }
}

static int decode_member(const struct decoder *d, const struct ts_wire_field *f,
                         const struct ts_json *json, char *out)
{
    switch (f->kind) {
    case TS_FIELD_IDS:
    case TS_FIELD_STRS:
    case TS_FIELD_NSTRS:
    case TS_FIELD_INTS:
    case TS_FIELD_ENUMS:
    case TS_FIELD_LIST:
        return decode_items(d, f, json, out + f->offset);
    default:
        if (decode_value(d, f, json, out + f->offset) != 0) {
            ts_err_at(d->err, f->name, -1);
            return -1;
        }
        if (f->has_offset)
            memcpy(out + f->has_offset, &(bool){true}, sizeof(bool));
        return 0;
    }
}

/* Members mostly come in the order of the definition: look at the next one first. */
static size_t find_field(const struct ts_desc *desc, struct ts_str key, size_t next)
{
    for (size_t n = 0; n < desc->field_count; n++) {
        size_t i = next + n < desc->field_count ? next + n : next + n - desc->field_count;
        if (ts_str_is(key, desc->fields[i].name))
            return i;
    }
    return SIZE_MAX;
}

static bool may_be_absent(const struct ts_wire_field *f)
{
    return f->optional || f->kind == TS_FIELD_BOOL || f->kind == TS_FIELD_FLAG;
}

static int decode_object(const struct decoder *d, const struct ts_desc *desc,
                         const struct ts_json *json, void *out)
{
    assert(desc->field_count <= TS_WIRE_MAX_FIELDS);
    memset(out, 0, desc->size);
    if (want(d, json, TS_JSON_OBJECT) != 0)
        return -1;
    bool seen[TS_WIRE_MAX_FIELDS] = {false};
    struct ts_str key;
    const struct ts_json *member;
    size_t next = 0;
    for (void *it = NULL; ts_json_next(json, &it, &key, &member);) {
        size_t i = find_field(desc, key, next);
        if (i == SIZE_MAX) {
            /* The name is the sender's: only as a parameter, cut, and only when it is plain. */
            ts_err_set(d->err, "wire.unknown", "unknown member");
            if (key.len < sizeof d->err->params[0].value)
                ts_err_param(d->err, "member", "%.*s", TS_STR_ARG(key));
            return -1;
        }
        assert(!seen[i]); /* the reader has refused duplicate keys */
        seen[i] = true;
        next = i + 1 < desc->field_count ? i + 1 : 0;
        if (decode_member(d, &desc->fields[i], member, out) != 0)
            return -1;
    }
    for (size_t i = 0; i < desc->field_count; i++) {
        if (!seen[i] && !may_be_absent(&desc->fields[i])) {
            ts_err_set(d->err, "wire.missing", "member is missing");
            ts_err_at(d->err, desc->fields[i].name, -1);
            return -1;
        }
    }
    return 0;
}

int ts_wire_decode(const struct ts_desc *desc, const struct ts_json *json, struct ts_arena *arena,
                   void *out, struct ts_err *err)
{
    struct decoder d = {arena, false, err};
    return decode_object(&d, desc, json, out);
}

int ts_wire_decode_stored(const struct ts_desc *desc, const struct ts_json *json,
                          struct ts_arena *arena, void *out, struct ts_err *err)
{
    struct decoder d = {arena, true, err};
    return decode_object(&d, desc, json, out);
}
