/* The canonical form, byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "proto/json/writer.h"
#include "tests/support/aborts.h"

static void writes_members_in_order(void **state)
{
    (void)state;
    struct ts_buf buf = {0};
    struct ts_json_writer w;
    ts_jw_init(&w, &buf);
    ts_jw_object(&w);
    ts_jw_member_int(&w, "z", INT64_MIN);
    ts_jw_member_cstr(&w, "a", "x");
    ts_jw_member_bool(&w, "t", true);
    ts_jw_member_bool(&w, "f", false);
    ts_jw_key(&w, "list");
    ts_jw_array(&w);
    ts_jw_int(&w, 0);
    ts_jw_null(&w);
    ts_jw_array(&w);
    ts_jw_array_end(&w);
    ts_jw_object(&w);
    ts_jw_object_end(&w);
    ts_jw_raw(&w, TS_STR("{\"raw\":1}"));
    ts_jw_array_end(&w);
    ts_jw_key_str(&w, TS_STR("k\""));
    ts_jw_object(&w);
    ts_jw_member_str(&w, "最", TS_STR(""));
    ts_jw_object_end(&w);
    ts_jw_member_int(&w, "m", INT64_MAX);
    ts_jw_object_end(&w);
    assert_int_equal(w.depth, 0);
    assert_true(ts_str_is(ts_buf_str(&buf),
                          "{\"z\":-9223372036854775808,\"a\":\"x\",\"t\":true,\"f\":false,"
                          "\"list\":[0,null,[],{},{\"raw\":1}],\"k\\\"\":{\"最\":\"\"},"
                          "\"m\":9223372036854775807}"));
    ts_buf_free(&buf);
}

/* PROTOCOL.md 1.5: what Belenios escapes, and how. */
static void escapes_every_byte(void **state)
{
    (void)state;
    for (unsigned c = 1; c < 0x80; c++) {
        char want[16], text[1] = {(char)c};
        const char *letters = "\bb\tt\nn\ff\rr\"\"\\\\", *letter = NULL;
        for (const char *pair = letters; *pair; pair += 2)
            if ((unsigned char)pair[0] == c)
                letter = pair + 1;
        if (letter)
            snprintf(want, sizeof want, "\"\\%c\"", *letter);
        else if (c < 0x20 || c == 0x7f)
            snprintf(want, sizeof want, "\"\\u%04x\"", c);
        else
            snprintf(want, sizeof want, "\"%c\"", (char)c);
        struct ts_buf buf = {0};
        struct ts_json_writer w;
        ts_jw_init(&w, &buf);
        ts_jw_str(&w, (struct ts_str){text, 1});
        assert_true(ts_str_is(ts_buf_str(&buf), want));
        assert_true(ts_json_is_canonical(ts_buf_str(&buf)));
        ts_buf_free(&buf);
    }
}

static void knows_the_canonical_form(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool canonical;
    } rows[] = {
        {"{}", true},
        {"[]", true},
        {"0", true},
        {"-1", true},
        {"\"\"", true},
        {"null", true},
        {"{\"b\":1,\"a\":[true,false,null,\"你好😀/\"]}", true},
        {"\"\\u007f\\u0001\\b\\f\"", true},
        {"\"\\\\\\\"\\n\\r\\t\"", true},
        {" {}", false},
        {"{} ", false},
        {"[1, 2]", false},
        {"{\"a\" :1}", false},
        {"[]\n", false},
        {"\"\\/\"", false},
        {"\"\\u4f60\"", false},
        {"\"\\u000a\"", false},
        {"\"\\u001F\"", false},
        {"\"\x7f\"", false},
        {"\"\\u0041\"", false},
        {"-0", false},
        {"1.0", false},
        {"{\"a\":1,\"a\":1}", false},
        {"", false},
        {"[", false},
        {"\"\\ud83d\\ude00\"", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (ts_json_is_canonical(ts_str_of(rows[i].text)) != rows[i].canonical)
            fail_msg("%s", rows[i].text);
}

static void reads_as_deep_as_it_writes(void **state)
{
    (void)state;
    char deep[2 * TS_JSON_DEPTH_MAX + 3];
    for (size_t depth = 1; depth <= TS_JSON_DEPTH_MAX + 1; depth++) {
        memset(deep, '[', depth);
        memset(deep + depth, ']', depth);
        assert_int_equal(ts_json_is_canonical((struct ts_str){deep, 2 * depth}),
                         depth <= TS_JSON_DEPTH_MAX);
    }
}

static void key_outside_object(struct ts_json_writer *w)
{
    ts_jw_array(w);
    ts_jw_key(w, "a");
}

static void key_after_key(struct ts_json_writer *w)
{
    ts_jw_object(w);
    ts_jw_key(w, "a");
    ts_jw_key(w, "b");
}

static void value_without_key(struct ts_json_writer *w)
{
    ts_jw_object(w);
    ts_jw_int(w, 1);
}

static void key_without_value(struct ts_json_writer *w)
{
    ts_jw_object(w);
    ts_jw_key(w, "a");
    ts_jw_object_end(w);
}

static void wrong_end(struct ts_json_writer *w)
{
    ts_jw_object(w);
    ts_jw_array_end(w);
}

static void end_at_the_top(struct ts_json_writer *w)
{
    ts_jw_object_end(w);
}

static void two_values(struct ts_json_writer *w)
{
    ts_jw_int(w, 1);
    ts_jw_int(w, 2);
}

static void too_deep(struct ts_json_writer *w)
{
    for (int i = 0; i <= TS_JSON_DEPTH_MAX; i++)
        ts_jw_array(w);
}

static void malformed_string(struct ts_json_writer *w)
{
    ts_jw_cstr(w, "\xff");
}

static void nul_in_string(struct ts_json_writer *w)
{
    ts_jw_str(w, (struct ts_str){"a\0b", 3});
}

static void empty_raw(struct ts_json_writer *w)
{
    ts_jw_raw(w, TS_STR(""));
}

static void misuse(void *arg)
{
    void (*const *how)(struct ts_json_writer * w) = arg;
    struct ts_buf buf = {0};
    struct ts_json_writer w;
    ts_jw_init(&w, &buf);
    (*how)(&w);
}

static void misuse_aborts(void **state)
{
    (void)state;
    static void (*const ways[])(struct ts_json_writer * w) = {
        key_outside_object, key_after_key,  value_without_key, key_without_value,
        wrong_end,          end_at_the_top, two_values,        too_deep,
        malformed_string,   nul_in_string,  empty_raw,
    };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (!ts_test_aborts(misuse, (void *)&ways[i]))
            fail_msg("way %zu went through", i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_members_in_order),
        cmocka_unit_test(escapes_every_byte),
        cmocka_unit_test(knows_the_canonical_form),
        cmocka_unit_test(reads_as_deep_as_it_writes),
        cmocka_unit_test(misuse_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
