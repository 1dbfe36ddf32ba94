#include "proto/wire/canonical.h"

#include "proto/base/codec.h"
#include "proto/wire/list.h"

#define HASH_LEN 64
#define SIG_LEN 86
/* Before the items of a list are copied to where they stay. */
#define ITEMS_AT_FIRST 8

struct reader {
    const char *at;
    const char *end;
    struct ts_arena *arena;
};

static bool read_object(struct reader *r, const struct ts_desc *desc, void *out);

static bool skip(struct reader *r, const char *text, size_t len)
{
    if ((size_t)(r->end - r->at) < len || memcmp(r->at, text, len) != 0)
        return false;
    r->at += len;
    return true;
}

static bool skip_char(struct reader *r, char c)
{
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

/* A string without escapes: views what was read. */
static bool read_view(struct reader *r, struct ts_str *out)
{
    if (!skip_char(r, '"'))
        return false;
    const char *quote = memchr(r->at, '"', (size_t)(r->end - r->at));
    if (!quote || memchr(r->at, '\\', (size_t)(quote - r->at)))
        return false;
    *out = (struct ts_str){r->at, (size_t)(quote - r->at)};
    r->at = quote + 1;
    return true;
}

static bool read_str(struct reader *r, int64_t min, int64_t max, struct ts_str *out)
{
    struct ts_str s;
    if (!read_view(r, &s) || s.len < (uint64_t)min || s.len > (uint64_t)max)
        return false;
    *out = ts_arena_str(r->arena, s);
    return true;
}

static bool read_text(struct reader *r, struct ts_str *out)
{
    struct ts_str s;
    if (!read_view(r, &s))
        return false;
    *out = ts_arena_str(r->arena, s);
    return true;
}

static bool read_id(struct reader *r, struct ts_id *out)
{
    struct ts_str s;
    return read_view(r, &s) && ts_id_parse(out, s) == 0;
}

static bool read_hash(struct reader *r, struct ts_str *out)
{
    uint8_t raw[HASH_LEN / 2];
    return read_str(r, HASH_LEN, HASH_LEN, out) && ts_hex_decode(raw, sizeof raw, *out) == 0;
}

static bool read_base64(struct reader *r, size_t len, struct ts_str *out)
{
    struct ts_buf raw = {0};
    if (!read_str(r, (int64_t)len, (int64_t)len, out))
        return false;
    int rc = ts_base64_decode(&raw, *out);
    ts_buf_free(&raw);
    return rc == 0;
}

/* Plain decimal as our writer writes it. */
static bool read_int(struct reader *r, int64_t min, int64_t max, int64_t *out)
{
    bool negative = skip_char(r, '-');
    const char *begin = r->at;
    int64_t n = 0;
    for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++)
        if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, *r->at - '0', &n))
            return false;
    if (r->at == begin || (*begin == '0' && (r->at - begin > 1 || negative)))
        return false;
    *out = negative ? -n : n;
    return *out >= min && *out <= max;
}

static bool read_bool(struct reader *r, bool *out)
{
    *out = skip(r, "true", 4);
    return *out || skip(r, "false", 5);
}

static bool read_enum(struct reader *r, const struct ts_enum *names, int *out)
{
    struct ts_str s;
    return read_view(r, &s) && (*out = ts_enum_value(names, s)) != 0;
}

static bool read_content(struct reader *r, struct ts_content_ref *out)
{
    return skip(r, "{\"id\":", 6) && read_id(r, &out->id) && skip(r, ",\"hash\":", 8) &&
           read_hash(r, &out->hash) && skip_char(r, '}');
}

static bool read_item(struct reader *r, const struct ts_wire_field *f, void *out)
{
    switch (f->kind) {
    case TS_FIELD_IDS:
        return read_id(r, out);
    case TS_FIELD_NSTRS:
        return skip(r, "null", 4) || read_str(r, f->item_min, f->item_max, out);
    case TS_FIELD_STRS:
        return read_str(r, f->item_min, f->item_max, out);
    case TS_FIELD_INTS:
        return read_int(r, f->item_min, f->item_max, out);
    case TS_FIELD_ENUMS:
        return read_enum(r, f->names, out);
    default:
        return read_object(r, f->desc, out);
    }
}

/* Ids in a list are a set. */
static bool is_new(const struct ts_id *ids, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (ts_id_equal(&ids[j], &ids[i]))
            return false;
    return true;
}

static bool read_items(struct reader *r, const struct ts_wire_field *f, void *member)
{
    size_t size = ts_wire_item_size(f), count = 0, room = 0;
    char *items = NULL;
    if (!skip_char(r, '['))
        return false;
    while (!skip_char(r, ']')) {
        if (count > 0 && !skip_char(r, ','))
            return false;
        if (count >= (uint64_t)f->max)
            return false;
        if (count == room) {
            room = room ? room * 2 : ITEMS_AT_FIRST;
            char *more = ts_arena_array(r->arena, room, size);
            if (count > 0)
                memcpy(more, items, count * size);
            items = more;
        }
        if (!read_item(r, f, items + count * size) ||
            (f->kind == TS_FIELD_IDS && !is_new((const void *)items, count)))
            return false;
        count++;
    }
    ts_wire_list_put(member, items, count);
    return count >= (uint64_t)f->min;
}

static bool read_value(struct reader *r, const struct ts_wire_field *f, void *member)
{
    switch (f->kind) {
    case TS_FIELD_ID:
        return read_id(r, member);
    case TS_FIELD_TEXT:
        return read_text(r, member);
    case TS_FIELD_STR:
        return read_str(r, f->min, f->max, member);
    case TS_FIELD_HASH:
        return read_hash(r, member);
    case TS_FIELD_KEY:
        return read_base64(r, TS_BASE64_32, member);
    case TS_FIELD_SIG:
        return read_base64(r, SIG_LEN, member);
    case TS_FIELD_INT:
        return read_int(r, f->min, f->max, member);
    case TS_FIELD_BOOL:
    case TS_FIELD_FLAG:
        return read_bool(r, member);
    case TS_FIELD_ENUM:
        return read_enum(r, f->names, member);
    case TS_FIELD_CONTENT:
        return read_content(r, member);
    case TS_FIELD_IDS:
    case TS_FIELD_STRS:
    case TS_FIELD_NSTRS:
    case TS_FIELD_INTS:
    case TS_FIELD_ENUMS:
    case TS_FIELD_LIST:
        return read_items(r, f, member);
    case TS_FIELD_OBJ: {
        if (!f->optional)
            return read_object(r, f->desc, member);
        void *object = ts_arena_alloc(r->arena, f->desc->size);
        memcpy(member, &object, sizeof object);
        return read_object(r, f->desc, object);
    }
    case TS_FIELD_SECRET: /* not in what is stored */
        break;
    }
    return false;
}

/* `"name":` of this field; the reader stays where it was if it is another one. */
static bool skip_name(struct reader *r, const struct ts_wire_field *f)
{
    const char *before = r->at;
    if (skip_char(r, '"') && skip(r, f->name, strlen(f->name)) && skip(r, "\":", 2))
        return true;
    r->at = before;
    return false;
}

static bool may_be_absent(const struct ts_wire_field *f)
{
    return f->optional || f->kind == TS_FIELD_BOOL || f->kind == TS_FIELD_FLAG;
}

static bool read_object(struct reader *r, const struct ts_desc *desc, void *out)
{
    memset(out, 0, desc->size);
    if (!skip_char(r, '{'))
        return false;
    bool first = true;
    for (size_t i = 0; i < desc->field_count; i++) {
        const struct ts_wire_field *f = &desc->fields[i];
        const char *before = r->at;
        if ((first || skip_char(r, ',')) && skip_name(r, f)) {
            first = false;
            if (!read_value(r, f, (char *)out + f->offset))
                return false;
            if (f->has_offset)
                memcpy((char *)out + f->has_offset, &(bool){true}, sizeof(bool));
        } else if (may_be_absent(f)) {
            r->at = before;
        } else {
            return false;
        }
    }
    return skip_char(r, '}');
}

bool ts_wire_decode_canonical(const struct ts_desc *desc, struct ts_str *at, struct ts_arena *arena,
                              void *out)
{
    struct reader r = {at->ptr, at->ptr + at->len, arena};
    if (!read_object(&r, desc, out))
        return false;
    *at = (struct ts_str){r.at, (size_t)(r.end - r.at)};
    return true;
}

bool ts_wire_skip(struct ts_str *at, const char *text)
{
    size_t len = strlen(text);
    if (at->len < len || memcmp(at->ptr, text, len) != 0)
        return false;
    *at = (struct ts_str){at->ptr + len, at->len - len};
    return true;
}
