#include "proto/json/writer.h"

#include "proto/base/text.h"

#include <assert.h>

/* What level `depth` is and what it has seen. */
#define LEVEL_OBJECT 1u  /* members, not elements */
#define LEVEL_STARTED 2u /* the next one needs a comma before it */
#define LEVEL_KEY 4u     /* a key was written, its value is due */

/* How each byte of a string is written: itself (0), by the letter after a backslash, or 'u'. */
static const char escapes[256] = {
    ['\b'] = 'b',  ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r', ['"'] = '"',
    ['\\'] = '\\', [0x00] = 'u', [0x01] = 'u', [0x02] = 'u', [0x03] = 'u', [0x04] = 'u',
    [0x05] = 'u',  [0x06] = 'u', [0x07] = 'u', [0x0b] = 'u', [0x0e] = 'u', [0x0f] = 'u',
    [0x10] = 'u',  [0x11] = 'u', [0x12] = 'u', [0x13] = 'u', [0x14] = 'u', [0x15] = 'u',
    [0x16] = 'u',  [0x17] = 'u', [0x18] = 'u', [0x19] = 'u', [0x1a] = 'u', [0x1b] = 'u',
    [0x1c] = 'u',  [0x1d] = 'u', [0x1e] = 'u', [0x1f] = 'u', [0x7f] = 'u',
};

static void put_string(struct ts_buf *buf, struct ts_str s)
{
    static const char hex[] = "0123456789abcdef";
    /* The reader would refuse it: better to stop before it is hashed and stored. */
    assert(ts_text_is_utf8(s));
    ts_buf_reserve(buf, s.len + 2);
    ts_buf_append_char(buf, '"');
    for (size_t at = 0; at < s.len;) {
        size_t plain = at;
        while (plain < s.len && !escapes[(uint8_t)s.ptr[plain]])
            plain++;
        ts_buf_append(buf, s.ptr + at, plain - at);
        if (plain < s.len) {
            uint8_t byte = (uint8_t)s.ptr[plain];
            char letter = escapes[byte];
            ts_buf_append(buf, (char[]){'\\', letter, '0', '0', hex[byte >> 4], hex[byte & 15]},
                          letter == 'u' ? 6 : 2);
        }
        at = plain + 1;
    }
    ts_buf_append_char(buf, '"');
}

/* What comes before a value, and whether one may stand here. */
static void begin_value(struct ts_json_writer *w)
{
    uint8_t *level = &w->levels[w->depth];
    if (*level & LEVEL_OBJECT) {
        assert(*level & LEVEL_KEY);
        *level &= (uint8_t)~LEVEL_KEY;
        return;
    }
    assert(w->depth > 0 || !(*level & LEVEL_STARTED)); /* one value at the top */
    if (*level & LEVEL_STARTED)
        ts_buf_append_char(w->buf, ',');
    *level |= LEVEL_STARTED;
}

static void open_level(struct ts_json_writer *w, char bracket, uint8_t level)
{
    begin_value(w);
    assert(w->depth < TS_JSON_DEPTH_MAX);
    w->levels[++w->depth] = level;
    ts_buf_append_char(w->buf, bracket);
}

static void close_level(struct ts_json_writer *w, char bracket, uint8_t level)
{
    assert(w->depth > 0 && (w->levels[w->depth] & (LEVEL_OBJECT | LEVEL_KEY)) == level);
    w->depth--;
    ts_buf_append_char(w->buf, bracket);
}

void ts_jw_init(struct ts_json_writer *w, struct ts_buf *buf)
{
    *w = (struct ts_json_writer){.buf = buf};
}

void ts_jw_object(struct ts_json_writer *w)
{
    open_level(w, '{', LEVEL_OBJECT);
}

void ts_jw_object_end(struct ts_json_writer *w)
{
    close_level(w, '}', LEVEL_OBJECT);
}

void ts_jw_array(struct ts_json_writer *w)
{
    open_level(w, '[', 0);
}

void ts_jw_array_end(struct ts_json_writer *w)
{
    close_level(w, ']', 0);
}

void ts_jw_key(struct ts_json_writer *w, const char *key)
{
    ts_jw_key_str(w, ts_str_of(key));
}

void ts_jw_key_str(struct ts_json_writer *w, struct ts_str key)
{
    uint8_t *level = &w->levels[w->depth];
    assert((*level & (LEVEL_OBJECT | LEVEL_KEY)) == LEVEL_OBJECT);
    if (*level & LEVEL_STARTED)
        ts_buf_append_char(w->buf, ',');
    *level |= LEVEL_STARTED | LEVEL_KEY;
    put_string(w->buf, key);
    ts_buf_append_char(w->buf, ':');
}

void ts_jw_str(struct ts_json_writer *w, struct ts_str s)
{
    begin_value(w);
    put_string(w->buf, s);
}

void ts_jw_cstr(struct ts_json_writer *w, const char *s)
{
    ts_jw_str(w, ts_str_of(s));
}

void ts_jw_int(struct ts_json_writer *w, int64_t n)
{
    char digits[20];
    size_t at = sizeof digits;
    uint64_t rest = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    begin_value(w);
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (n < 0)
        digits[--at] = '-';
    ts_buf_append(w->buf, digits + at, sizeof digits - at);
}

void ts_jw_bool(struct ts_json_writer *w, bool b)
{
    begin_value(w);
    ts_buf_append_str(w->buf, b ? TS_STR("true") : TS_STR("false"));
}

void ts_jw_null(struct ts_json_writer *w)
{
    begin_value(w);
    ts_buf_append_str(w->buf, TS_STR("null"));
}

void ts_jw_raw(struct ts_json_writer *w, struct ts_str json)
{
    assert(json.len > 0);
    begin_value(w);
    ts_buf_append_str(w->buf, json);
}

static void put_members(struct ts_json_writer *w, const struct ts_json *v)
{
    struct ts_str key;
    const struct ts_json *member;
    ts_jw_object(w);
    for (void *it = NULL; ts_json_next(v, &it, &key, &member);) {
        ts_jw_key_str(w, key);
        ts_jw_value(w, member);
    }
    ts_jw_object_end(w);
}

static void put_elements(struct ts_json_writer *w, const struct ts_json *v)
{
    ts_jw_array(w);
    for (size_t i = 0; i < ts_json_count(v); i++)
        ts_jw_value(w, ts_json_at(v, i));
    ts_jw_array_end(w);
}

/* Recursion ends at TS_JSON_DEPTH_MAX, which the reader enforces too. */
void ts_jw_value(struct ts_json_writer *w, const struct ts_json *v)
{
    switch (ts_json_kind(v)) {
    case TS_JSON_NULL:
        ts_jw_null(w);
        break;
    case TS_JSON_BOOL:
        ts_jw_bool(w, ts_json_bool(v));
        break;
    case TS_JSON_INT:
        ts_jw_int(w, ts_json_int(v));
        break;
    case TS_JSON_STR:
        ts_jw_str(w, ts_json_str(v));
        break;
    case TS_JSON_ARRAY:
        put_elements(w, v);
        break;
    case TS_JSON_OBJECT:
        put_members(w, v);
        break;
    }
}

void ts_jw_member_str(struct ts_json_writer *w, const char *key, struct ts_str s)
{
    ts_jw_key(w, key);
    ts_jw_str(w, s);
}

void ts_jw_member_cstr(struct ts_json_writer *w, const char *key, const char *s)
{
    ts_jw_key(w, key);
    ts_jw_cstr(w, s);
}

void ts_jw_member_int(struct ts_json_writer *w, const char *key, int64_t n)
{
    ts_jw_key(w, key);
    ts_jw_int(w, n);
}

void ts_jw_member_bool(struct ts_json_writer *w, const char *key, bool b)
{
    ts_jw_key(w, key);
    ts_jw_bool(w, b);
}

bool ts_json_is_canonical_value(const struct ts_json *v, struct ts_str text)
{
    struct ts_buf again = {0};
    struct ts_json_writer w;
    ts_buf_reserve(&again, text.len);
    ts_jw_init(&w, &again);
    ts_jw_value(&w, v);
    bool same = ts_str_equal(ts_buf_str(&again), text);
    ts_buf_free(&again);
    return same;
}

bool ts_json_is_canonical(struct ts_str text)
{
    struct ts_json *v;
    struct ts_err err;
    const struct ts_json_limits limits = {text.len, TS_JSON_DEPTH_MAX};
    if (ts_json_parse(&v, text, &limits, &err) != 0)
        return false;
    bool canonical = ts_json_is_canonical_value(v, text);
    ts_json_free(v);
    return canonical;
}
