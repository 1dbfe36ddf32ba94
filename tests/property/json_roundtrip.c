/*
 * Random values are written, read and written again; random damage to a text is either refused or
 * read as something that comes through the same circle; what is not byte-equal is not canonical.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "proto/json/writer.h"
#include "tests/support/seed.h"

#define DEPTH 6
static const struct ts_json_limits limits = {1 << 20, TS_JSON_DEPTH_MAX};

static void put_random_string(struct ts_seed *seed, struct ts_buf *out)
{
    static const char *const pieces[] = {"a",  "Z9", "\"",   "\\",    "\n",   "\t", "\r",
                                         "\b", "\f", "\x01", "\x1f",  "\x7f", "/",  "你",
                                         "é",  "😀",  " ",    "\\u12", "}{",   ",:", "1.5e3"};
    for (uint64_t n = ts_seed_below(seed, 6); n > 0; n--)
        ts_buf_append_str(out,
                          ts_str_of(pieces[ts_seed_below(seed, sizeof pieces / sizeof *pieces)]));
}

static int64_t random_int(struct ts_seed *seed)
{
    static const int64_t edges[] = {0, 1, -1, INT64_MAX, INT64_MIN, INT32_MAX, 1795311150123};
    if (ts_seed_one_in(seed, 2))
        return edges[ts_seed_below(seed, sizeof edges / sizeof *edges)];
    return (int64_t)ts_seed_u64(seed);
}

static void write_random(struct ts_seed *seed, struct ts_json_writer *w, unsigned depth)
{
    struct ts_buf text = {0};
    switch (ts_seed_below(seed, depth > 0 ? 7 : 4)) {
    case 0:
        ts_jw_null(w);
        break;
    case 1:
        ts_jw_bool(w, ts_seed_one_in(seed, 2));
        break;
    case 2:
        ts_jw_int(w, random_int(seed));
        break;
    case 3:
        put_random_string(seed, &text);
        ts_jw_str(w, ts_buf_str(&text));
        break;
    case 4:
        ts_jw_array(w);
        for (uint64_t n = ts_seed_below(seed, 4); n > 0; n--)
            write_random(seed, w, depth - 1);
        ts_jw_array_end(w);
        break;
    default:
        ts_jw_object(w);
        for (uint64_t n = ts_seed_below(seed, 5); n > 0; n--) {
            ts_buf_clear(&text);
            put_random_string(seed, &text);
            ts_buf_printf(&text, "%d", (int)n); /* no key twice */
            ts_jw_key_str(w, ts_buf_str(&text));
            write_random(seed, w, depth - 1);
        }
        ts_jw_object_end(w);
    }
    ts_buf_free(&text);
}

static struct ts_buf random_text(struct ts_seed *seed)
{
    struct ts_buf text = {0};
    struct ts_json_writer w;
    ts_jw_init(&w, &text);
    write_random(seed, &w, DEPTH);
    return text;
}

static int what_is_written_is_canonical(struct ts_seed *seed, void *state)
{
    (void)state;
    struct ts_buf text = random_text(seed);
    int result = 0;
    if (!ts_json_is_canonical(ts_buf_str(&text))) {
        fprintf(stderr, "not canonical: %.*s\n", TS_STR_ARG(ts_buf_str(&text)));
        result = -1;
    }
    ts_buf_free(&text);
    return result;
}

static void damage(struct ts_seed *seed, struct ts_buf *text)
{
    static const char likely[] = "{}[],:\"\\ \n0123456789.eE-untrfals";
    for (uint64_t n = 1 + ts_seed_below(seed, 3); n > 0 && text->len > 0; n--) {
        size_t at = (size_t)ts_seed_below(seed, text->len);
        switch (ts_seed_below(seed, 4)) {
        case 0:
            text->ptr[at] = (uint8_t)ts_seed_u64(seed);
            break;
        case 1:
            text->ptr[at] = (uint8_t)likely[ts_seed_below(seed, sizeof likely - 1)];
            break;
        case 2:
            memmove(text->ptr + at, text->ptr + at + 1, text->len - at - 1);
            text->len--;
            break;
        default:
            text->len = at;
        }
    }
}

/* read -> write -> read -> write: the second writing equals the first, and the first is what
 * decides whether the text was canonical. */
static int damaged_text_is_refused_or_normalised(struct ts_seed *seed, void *state)
{
    unsigned *accepted = state;
    struct ts_buf text = random_text(seed), again = {0};
    struct ts_json *v;
    struct ts_err err;
    int result = 0;
    damage(seed, &text);
    if (ts_json_parse(&v, ts_buf_str(&text), &limits, &err) == 0) {
        struct ts_json_writer w;
        ts_jw_init(&w, &again);
        ts_jw_value(&w, v);
        ts_json_free(v);
        bool same = ts_str_equal(ts_buf_str(&text), ts_buf_str(&again));
        if (!ts_json_is_canonical(ts_buf_str(&again)) ||
            ts_json_is_canonical(ts_buf_str(&text)) != same)
            result = -1;
        ++*accepted;
    } else if (ts_json_is_canonical(ts_buf_str(&text)) || strncmp(err.code, "json.", 5) != 0) {
        result = -1;
    }
    if (result != 0)
        fprintf(stderr, "text: %.*s\n", TS_STR_ARG(ts_buf_str(&text)));
    ts_buf_free(&text);
    ts_buf_free(&again);
    return result;
}

static void round_trip(void **state)
{
    (void)state;
    assert_int_equal(ts_seed_run(3000, what_is_written_is_canonical, NULL), 0);
}

static void damaged(void **state)
{
    (void)state;
    unsigned accepted = 0;
    assert_int_equal(ts_seed_run(20000, damaged_text_is_refused_or_normalised, &accepted), 0);
    print_message("%u damaged texts were still JSON\n", accepted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
