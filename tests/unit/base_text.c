/* Text from people: what is well formed, how long it is, what is refused and how it is made normal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "proto/base/text.h"

static void utf8(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool well_formed;
    } rows[] = {
        {"", true},
        {"plain", true},
        {"longer than eight bytes", true},
        {"你好", true},
        {"12345678你", true},
        {"\xf0\x9f\x98\x80", true},
        {"\xf4\x8f\xbf\xbf", true},
        {"\xf4\x90\x80\x80", false},
        {"\xc0\x80", false},
        {"\xc1\xbf", false},
        {"\xe0\x9f\xbf", false},
        {"\xf0\x8f\xbf\xbf", false},
        {"\xed\xa0\x80", false},
        {"\xed\xbf\xbf", false},
        {"\x80", false},
        {"12345678\xff", false},
        {"\xe4\xbd", false},
        {"1234567\xe4", false},
        {"\xf8\x88\x80\x80\x80", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (ts_text_is_utf8(ts_str_of(rows[i].text)) != rows[i].well_formed)
            fail_msg("row %zu", i);
    char with_nul[20];
    for (size_t at = 0; at < sizeof with_nul; at++) {
        memset(with_nul, 'a', sizeof with_nul);
        assert_true(ts_text_is_utf8((struct ts_str){with_nul, sizeof with_nul}));
        with_nul[at] = '\0';
        assert_false(ts_text_is_utf8((struct ts_str){with_nul, sizeof with_nul}));
    }
}

static void graphemes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t count;
    } rows[] = {
        {"", 0},
        {"abc", 3},
        {"你好", 2},
        {"e\xcc\x81", 1},
        {"👨‍👩‍👧‍👦", 1},
        {"👍🏽!", 2},
        {"🇨🇳🇫🇷", 2},
        {"ǐ", 1},
        {"a\nb", 3},
        {"\xff\xff", 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(ts_text_graphemes(ts_str_of(rows[i].text)), rows[i].count);
}

static void normalises(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out; /* out NULL: refused with code */
        const char *code;
        size_t min, max;
    } rows[] = {
        {"小明", "小明", NULL, 1, 2},
        {" \t\n小 明\xe3\x80\x80\n", "小 明", NULL, 1, 10},
        {"e\xcc\x81", "é", NULL, 1, 1},
        {"\xe2\x84\xab", "Å", NULL, 1, 1},
        {"two\nlines", "two\nlines", NULL, 1, 20},
        {"👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦", NULL, 1, 1},
        {"🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", NULL, 1, 1},
        {"", "", NULL, 0, 5},
        {"  ", "", NULL, 0, 5},
        {"", NULL, "text.short", 1, 5},
        {" \n ", NULL, "text.short", 1, 5},
        {"\xe2\x80\x8b\xef\xbb\xbf", NULL, "text.short", 1, 5}, /* zero-width space, BOM */
        {"abc", NULL, "text.long", 1, 2},
        {"三个字", NULL, "text.long", 0, 2},
        {"a\rb", NULL, "text.character", 1, 9},
        {"a\x1b[31m", NULL, "text.character", 1, 9},
        {"a\x7f", NULL, "text.character", 1, 9},
        {"a\xc2\x85", NULL, "text.character", 1, 9}, /* C1 */
        {"a\xe2\x80\xae"
         "b",
         NULL, "text.character", 1, 9}, /* right-to-left override */
        {"a\xe2\x81\xa6"
         "b",
         NULL, "text.character", 1, 9},                     /* isolate */
        {"\xee\x80\x80", NULL, "text.character", 1, 9},     /* private use */
        {"\xf3\xb0\x80\x80", NULL, "text.character", 1, 9}, /* private use, plane 15 */
        {"\xef\xbf\xbe", NULL, "text.character", 1, 9},     /* noncharacter U+FFFE */
        {"\xef\xb7\x90", NULL, "text.character", 1, 9},     /* noncharacter U+FDD0 */
        {"\xcd\xb8", NULL, "text.character", 1, 9},         /* unassigned U+0378 */
        {"a\xff", NULL, "text.character", 1, 9},
        {"\xed\xa0\x80", NULL, "text.character", 1, 9},
    };
    struct ts_arena arena = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ts_str out;
        struct ts_err err = {0};
        int result =
            ts_text_normalise(&out, ts_str_of(rows[i].in), rows[i].min, rows[i].max, &arena, &err);
        if (result != (rows[i].out ? 0 : -1))
            fail_msg("row %zu: %s", i, result ? err.detail : "accepted");
        if (rows[i].out)
            assert_string_equal(out.ptr, rows[i].out);
        else
            assert_string_equal(err.code, rows[i].code);
    }
    struct ts_str out;
    struct ts_err err;
    assert_int_equal(ts_text_normalise(&out, TS_STR("abc"), 1, 2, &arena, &err), -1);
    assert_string_equal(err.params[0].key, "min");
    assert_string_equal(err.params[1].key, "max");
    assert_string_equal(err.params[1].value, "2");
    assert_int_equal(ts_text_normalise(&out, (struct ts_str){"a\0b", 3}, 1, 9, &arena, &err), -1);
    assert_string_equal(err.code, "text.character");
    ts_arena_free(&arena);
}

/* One letter under a tower of accents is one grapheme and may still not be endless. */
static void bounds_combining_marks(void **state)
{
    (void)state;
    struct ts_arena arena = {0};
    struct ts_buf tower = {0};
    struct ts_str out;
    struct ts_err err;
    ts_buf_append_char(&tower, 'a');
    for (int i = 0; i < 20; i++)
        ts_buf_append_str(&tower, TS_STR("\xcc\x81"));
    assert_int_equal(ts_text_normalise(&out, ts_buf_str(&tower), 1, 1, &arena, &err), 0);
    for (int i = 0; i < 60; i++)
        ts_buf_append_str(&tower, TS_STR("\xcc\x81"));
    assert_int_equal(ts_text_graphemes(ts_buf_str(&tower)), 1);
    assert_int_equal(ts_text_normalise(&out, ts_buf_str(&tower), 1, 1, &arena, &err), -1);
    assert_string_equal(err.code, "text.long");
    ts_buf_free(&tower);
    ts_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8),
        cmocka_unit_test(graphemes),
        cmocka_unit_test(normalises),
        cmocka_unit_test(bounds_combining_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
