/* What the reader refuses, by code, and what it gives back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "proto/json/json.h"

static const struct ts_json_limits limits = {1 << 16, 4};

static void refuses(void **state)
{
    (void)state;
    static const struct {
        const char *text, *code; /* NULL: accepted */
    } rows[] = {
        {"", "json.syntax"},
        {" ", "json.syntax"},
        {"nul", "json.syntax"},
        {"{", "json.syntax"},
        {"[1,]", "json.syntax"},
        {"{\"a\":1,}", "json.syntax"},
        {"{a:1}", "json.syntax"},
        {"'a'", "json.syntax"},
        {"[1] [2]", "json.syntax"},
        {"1 2", "json.syntax"},
        {"\"a", "json.syntax"},
        {"\"\\\"", "json.syntax"},
        {"\"\t\"", "json.syntax"},
        {"\"\\x41\"", "json.syntax"},
        {"\"\\u12\"", "json.syntax"},
        {"\"\\u0000\"", "json.syntax"},
        {"{\"a\\u0000\":1}", "json.syntax"},
        {"\"\\ud800\"", "json.syntax"},
        {"\"\\udc00\\ud800\"", "json.syntax"},
        {"\"\xff\"", "json.syntax"},
        {"\"\xc0\x80\"", "json.syntax"},
        {"\"\xed\xa0\x80\"", "json.syntax"},
        {"\"\xf4\x90\x80\x80\"", "json.syntax"},
        {"\"\xe4\xbd\"", "json.syntax"},
        {"\xef\xbb\xbf[]", "json.syntax"},
        {"]", "json.syntax"},
        {"}}}[", "json.syntax"},
        {"01", "json.syntax"},
        {"+1", "json.syntax"},
        {"-", "json.syntax"},
        {"NaN", "json.syntax"},
        {"Infinity", "json.syntax"},
        {"//x\n1", "json.syntax"},
        {"0x10", "json.syntax"},
        {"1.0", "json.number"},
        {"-0.5", "json.number"},
        {"1e3", "json.number"},
        {"[2,1E+3]", "json.number"},
        {"{\"a\":12.}", "json.number"},
        {"9223372036854775808", "json.number"},
        {"-9223372036854775809", "json.number"},
        {"123456789012345678901234567890", "json.number"},
        {"{\"a\":1,\"a\":1}", "json.duplicate"},
        {"{\"a\":1,\"\\u0061\":1}", "json.duplicate"},
        {"[[[[[1]]]]]", "json.depth"},
        {"[[[[{\"a\":1", "json.depth"},
        {"[[[[]]],[[[[", "json.depth"},
        {"[[[[1]]]]", NULL},
        {"{\"a\":{\"a\":[[]]}}", NULL},
        {"[[[[1]]],[[[2]]],\"[[[[[\",\"\\\"{{{{{\"]", NULL},
        {"\"1.5 e3\"", NULL},
        {"{\"1.5\":\"2e5\"}", NULL},
        {" [ 1 , -2 ] \r\n\t", NULL},
        {"-0", NULL},
        {"\"\\\\\"", NULL},
        {"\"\\\\\\\"\"", NULL},
        {"[\"\\\\\",1]", NULL},
        {"\"\x7f\"", NULL},
        {"\"\\ud83d\\ude00\"", NULL},
        {"true", NULL},
        {"null", NULL},
        {"\"\"", NULL},
        {"{}", NULL},
        {"9223372036854775807", NULL},
        {"-9223372036854775808", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ts_json *v = NULL;
        struct ts_err err = {0};
        int result = ts_json_parse(&v, ts_str_of(rows[i].text), &limits, &err);
        if (result != (rows[i].code ? -1 : 0))
            fail_msg("%s: %s", rows[i].text, result ? err.code : "accepted");
        if (rows[i].code)
            assert_string_equal(err.code, rows[i].code);
        else
            ts_json_free(v);
    }
}

static void refuses_nul_and_size(void **state)
{
    (void)state;
    struct ts_json *v;
    struct ts_err err;
    assert_int_equal(ts_json_parse(&v, (struct ts_str){"1\0", 2}, &limits, &err), -1);
    assert_string_equal(err.code, "json.syntax");
    assert_int_equal(ts_json_parse(&v, (struct ts_str){"\"\0\"", 3}, &limits, &err), -1);
    assert_string_equal(err.code, "json.syntax");
    assert_int_equal(ts_json_parse(&v, (struct ts_str){0}, &limits, &err), -1);
    assert_string_equal(err.code, "json.syntax");

    const struct ts_json_limits three = {3, 0};
    assert_int_equal(ts_json_parse(&v, TS_STR("1234"), &three, &err), -1);
    assert_string_equal(err.code, "json.size");
    assert_string_equal(err.params[0].value, "3");
    assert_int_equal(ts_json_parse(&v, TS_STR("[]"), &three, &err), -1);
    assert_string_equal(err.code, "json.depth");
    assert_int_equal(ts_json_parse(&v, TS_STR("123"), &three, &err), 0);
    ts_json_free(v);
}

static void never_quotes_the_input(void **state)
{
    (void)state;
    static const char *const texts[] = {"{\"Secret\":1,\"Secret\":2}", "Secret",
                                        "[\"Secret\" \"Secret\"]", "\"Secret", "1 Secret"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct ts_json *v;
        struct ts_err err;
        assert_int_equal(ts_json_parse(&v, ts_str_of(texts[i]), &limits, &err), -1);
        assert_null(strstr(err.detail, "Secret"));
        assert_non_null(strstr(err.detail, "byte"));
    }
}

static void reads_values(void **state)
{
    (void)state;
    struct ts_json *v;
    struct ts_err err;
    assert_int_equal(
        ts_json_parse(&v,
                      TS_STR("{\"z\":-5,\"a\":\"\\u4f60\\n\",\"m\":[true,null],\"b\":false,"
                             "\"o\":{},\"n\":9223372036854775807}"),
                      &limits, &err),
        0);
    assert_int_equal(ts_json_kind(v), TS_JSON_OBJECT);
    assert_int_equal(ts_json_count(v), 6);
    assert_int_equal(ts_json_int(ts_json_get(v, "z")), -5);
    assert_true(ts_json_int(ts_json_get(v, "n")) == INT64_MAX);
    assert_true(ts_str_is(ts_json_str(ts_json_get(v, "a")), "你\n"));
    const struct ts_json *list = ts_json_get(v, "m");
    assert_true(ts_json_is(list, TS_JSON_ARRAY));
    assert_int_equal(ts_json_count(list), 2);
    assert_true(ts_json_bool(ts_json_at(list, 0)));
    assert_true(ts_json_is(ts_json_at(list, 1), TS_JSON_NULL));
    assert_false(ts_json_bool(ts_json_get(v, "b")));
    assert_int_equal(ts_json_count(ts_json_get(v, "o")), 0);
    assert_null(ts_json_get(v, "absent"));
    assert_false(ts_json_is(ts_json_get(v, "absent"), TS_JSON_NULL));
    assert_false(ts_json_is(list, TS_JSON_OBJECT));

    const char *const order[] = {"z", "a", "m", "b", "o", "n"};
    size_t at = 0;
    struct ts_str key;
    const struct ts_json *member;
    for (void *it = NULL; ts_json_next(v, &it, &key, &member); at++) {
        assert_true(ts_str_is(key, order[at]));
        assert_ptr_equal(member, ts_json_get(v, order[at]));
    }
    assert_int_equal(at, 6);
    ts_json_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses),
        cmocka_unit_test(refuses_nul_and_size),
        cmocka_unit_test(never_quotes_the_input),
        cmocka_unit_test(reads_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
