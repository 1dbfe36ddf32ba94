#include "rehearse/script.h"

#include "proto/base/codec.h"
#include "proto/base/text.h"

#include <stdio.h>

struct cursor {
    const char *at;
    const char *end;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static void skip_blanks(struct cursor *c)
{
    while (c->at < c->end && is_blank(*c->at))
        c->at++;
}

/* A bare run of characters or a quoted text; inside quotes only \" and \\ are escapes. */
static int read_value(struct cursor *c, struct ts_str *out, struct ts_arena *arena,
                      struct ts_err *err)
{
    if (c->at < c->end && *c->at == '"') {
        char *text = ts_arena_alloc(arena, (size_t)(c->end - c->at));
        size_t len = 0;
        for (c->at++; c->at < c->end && *c->at != '"'; c->at++) {
            if (*c->at == '\\' && c->at + 1 < c->end)
                c->at++;
            text[len++] = *c->at;
        }
        if (c->at == c->end)
            return ts_err_set(err, "script.quote", "a quotation mark is not closed");
        c->at++;
        *out = (struct ts_str){text, len};
        return 0;
    }
    const char *start = c->at;
    while (c->at < c->end && !is_blank(*c->at) && *c->at != '"')
        c->at++;
    *out = (struct ts_str){start, (size_t)(c->at - start)};
    return 0;
}

/* `key=` in front of a value: letters, digits, '-', '_', '.' before the first '='. */
static struct ts_str read_key(struct cursor *c)
{
    const char *p = c->at;
    while (p < c->end && ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                          (*p >= '0' && *p <= '9') || *p == '-' || *p == '_' || *p == '.'))
        p++;
    if (p == c->at || p == c->end || *p != '=')
        return (struct ts_str){"", 0};
    struct ts_str key = {c->at, (size_t)(p - c->at)};
    c->at = p + 1;
    return key;
}

static int read_step(struct ts_script_step *step, struct cursor *c, struct ts_arena *arena,
                     struct ts_err *err)
{
    if (read_value(c, &step->verb, arena, err) != 0)
        return -1;
    for (skip_blanks(c); c->at < c->end && *c->at != '#'; skip_blanks(c)) {
        if (step->count == TS_SCRIPT_WORDS_MAX)
            return ts_err_set(err, "script.words", "more than %d words in a step",
                              TS_SCRIPT_WORDS_MAX);
        struct ts_script_word *word = &step->words[step->count++];
        word->key = read_key(c);
        if (read_value(c, &word->value, arena, err) != 0)
            return -1;
    }
    return 0;
}

int ts_script_parse(struct ts_script *out, struct ts_str text, struct ts_arena *arena,
                    struct ts_err *err)
{
    *out = (struct ts_script){0};
    if (text.len > TS_SCRIPT_BYTES_MAX)
        return ts_err_set(err, "script.size", "longer than %d bytes", TS_SCRIPT_BYTES_MAX);
    if (!ts_text_is_utf8(text))
        return ts_err_set(err, "script.utf8", "not UTF-8 text");
    size_t lines = 1;
    for (size_t i = 0; i < text.len; i++)
        lines += text.ptr[i] == '\n';
    out->steps = ts_arena_array(arena, lines, sizeof *out->steps);
    const char *end = text.ptr + text.len;
    long line = 0;
    for (const char *at = text.ptr; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        struct cursor c = {at, stop ? stop : end};
        at = stop ? stop + 1 : end;
        line++;
        skip_blanks(&c);
        if (c.at == c.end || *c.at == '#')
            continue;
        struct ts_script_step *step = &out->steps[out->count++];
        step->line = line;
        if (read_step(step, &c, arena, err) != 0) {
            snprintf(err->path, sizeof err->path, "line %ld", line);
            return -1;
        }
    }
    return 0;
}

struct ts_str ts_script_word(const struct ts_script_step *step, size_t n)
{
    for (size_t i = 0; i < step->count; i++) {
        if (step->words[i].key.len == 0 && n-- == 0)
            return step->words[i].value;
    }
    return (struct ts_str){"", 0};
}

struct ts_str ts_script_value(const struct ts_script_step *step, const char *key)
{
    for (size_t i = 0; i < step->count; i++) {
        if (ts_str_is(step->words[i].key, key))
            return step->words[i].value;
    }
    return (struct ts_str){NULL, 0};
}

int ts_script_number(int64_t *out, const struct ts_script_step *step, const char *key, int64_t min,
                     int64_t max, int64_t fallback, struct ts_err *err)
{
    struct ts_str value = ts_script_value(step, key);
    if (!value.ptr) {
        *out = fallback;
        if (fallback < 0)
            return ts_err_set(err, "script.missing", "%s= is missing", key);
        return 0;
    }
    if (ts_decimal_decode(out, value) != 0 || *out < min || *out > max)
        return ts_err_set(err, "script.number", "%s= must be a whole number from %lld to %lld", key,
                          (long long)min, (long long)max);
    return 0;
}
