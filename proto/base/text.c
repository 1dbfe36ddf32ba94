#include "proto/base/text.h"

#include <assert.h>
#include <stdlib.h>
#include <utf8proc.h>

/* Bytes that one grapheme may take on average; the longest emoji sequences in use take about 40. */
#define BYTES_PER_GRAPHEME 64

/* The next code point and its length in bytes; 0 for malformed UTF-8. */
static size_t next_code_point(struct ts_str s, int32_t *code_point)
{
    utf8proc_ssize_t len =
        utf8proc_iterate((const utf8proc_uint8_t *)s.ptr, (utf8proc_ssize_t)s.len, code_point);
    return len > 0 ? (size_t)len : 0;
}

size_t ts_text_graphemes(struct ts_str s)
{
    size_t count = 0;
    int32_t before = 0, state = 0;
    while (s.len > 0) {
        int32_t code_point;
        size_t len = next_code_point(s, &code_point);
        if (len == 0) { /* a stray byte counts as one */
            len = 1;
            code_point = 0xfffd;
        }
        if (count == 0 || utf8proc_grapheme_break_stateful(before, code_point, &state))
            count++;
        before = code_point;
        s.ptr += len;
        s.len -= len;
    }
    return count;
}

/* What people may not send: it shows nothing, shows differently elsewhere, or turns lines around.
 */
static bool is_refused(int32_t c)
{
    if ((c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
        return true; /* bidirectional embedding, override, isolate */
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_CC:
        return c != '\n' && c != '\t';
    case UTF8PROC_CATEGORY_CN: /* noncharacters are among them */
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CS:
        return true;
    default:
        return false;
    }
}

/* White space, and what takes no room at all: a name of nothing but these would be no name. */
static bool is_trimmed(int32_t c)
{
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return true;
    default:
        return c == '\n' || c == '\t' || c == 0xad || (c >= 0x200b && c <= 0x200f) ||
               (c >= 0x2060 && c <= 0x2064) || c == 0xfeff;
    }
}

static struct ts_str trim(struct ts_str s)
{
    struct ts_str kept = {s.ptr, 0};
    for (size_t at = 0; at < s.len;) {
        int32_t c;
        size_t len = next_code_point((struct ts_str){s.ptr + at, s.len - at}, &c);
        assert(len > 0); /* checked before */
        at += len;
        if (!is_trimmed(c))
            kept.len = (size_t)(s.ptr + at - kept.ptr);
        else if (kept.len == 0)
            kept.ptr = s.ptr + at;
    }
    return kept;
}

static int check_characters(struct ts_str s, struct ts_err *err)
{
    for (size_t at = 0; at < s.len;) {
        int32_t c;
        size_t len = next_code_point((struct ts_str){s.ptr + at, s.len - at}, &c);
        if (len == 0)
            return ts_err_set(err, "text.character", "malformed UTF-8 at byte %zu", at);
        if (is_refused(c)) {
            ts_err_set(err, "text.character", "U+%04X at byte %zu is not allowed", (unsigned)c, at);
            ts_err_param(err, "character", "U+%04X", (unsigned)c);
            return -1;
        }
        at += len;
    }
    return 0;
}

static int too(const char *code, size_t min, size_t max, struct ts_err *err)
{
    ts_err_set(err, code, "text must have %zu to %zu characters", min, max);
    ts_err_param(err, "min", "%zu", min);
    ts_err_param(err, "max", "%zu", max);
    return -1;
}

int ts_text_normalise(struct ts_str *out, struct ts_str in, size_t min, size_t max,
                      struct ts_arena *arena, struct ts_err *err)
{
    assert(min <= max && max < SIZE_MAX / BYTES_PER_GRAPHEME);
    /* Bounds the work and the memory; a tower of combining marks would count as one grapheme. */
    if (in.len / BYTES_PER_GRAPHEME > max)
        return too("text.long", min, max, err);
    if (check_characters(in, err) != 0)
        return -1;
    utf8proc_uint8_t *composed = NULL;
    utf8proc_ssize_t len =
        in.len == 0 ? 0
                    : utf8proc_map((const utf8proc_uint8_t *)in.ptr, (utf8proc_ssize_t)in.len,
                                   &composed, UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    if (len < 0)
        abort(); /* out of memory: the input is well formed and short */
    struct ts_str text = trim((struct ts_str){(const char *)composed, (size_t)len});
    size_t graphemes = ts_text_graphemes(text);
    int result = 0;
    if (graphemes < min)
        result = too("text.short", min, max, err);
    else if (graphemes > max)
        result = too("text.long", min, max, err);
    else
        *out = ts_arena_str(arena, text);
    free(composed);
    return result;
}
