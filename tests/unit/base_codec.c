/* Hex, base64, base58, decimals, identifiers and the error's path. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "proto/base/codec.h"
#include "proto/base/err.h"
#include "proto/base/id.h"

static void hex(void **state)
{
    (void)state;
    uint8_t bytes[3];
    char text[7];
    assert_int_equal(ts_hex_decode(bytes, 3, TS_STR("00a9ff")), 0);
    assert_memory_equal(bytes, "\x00\xa9\xff", 3);
    ts_hex_encode(text, bytes, 3);
    assert_string_equal(text, "00a9ff");
    assert_int_equal(ts_hex_decode(bytes, 0, TS_STR("")), 0);
    static const char *const refused[] = {"",       "00a9f",  "00a9ff0", "00a9FF",
                                          "00a9fg", "00 9ff", "0x00a9",  "00a9f\xc3"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_int_equal(ts_hex_decode(bytes, 3, ts_str_of(refused[i])), -1);
}

static void base64(void **state)
{
    (void)state;
    static const struct {
        const char *plain, *coded;
    } rows[] = {{"", ""},        {"f", "Zg"},        {"fo", "Zm8"},
                {"foo", "Zm9v"}, {"foob", "Zm9vYg"}, {"\xff\xef\xbe", "/+++"}};
    static const char *const refused[] = {"Z",       "Zg==", "Zh",   "Zm9",   "Zm9v\n",
                                          "Zm9v Zg", "Zm9-", "Zm9_", "Zm8A=", "ZZZZZ"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ts_buf coded = {0}, plain = {0};
        ts_buf_append_char(&coded, ':');
        ts_base64_encode(&coded, ts_str_bytes(ts_str_of(rows[i].plain)));
        assert_true(
            ts_str_is((struct ts_str){(char *)coded.ptr + 1, coded.len - 1}, rows[i].coded));
        ts_buf_append_char(&plain, ':');
        assert_int_equal(ts_base64_decode(&plain, ts_str_of(rows[i].coded)), 0);
        assert_true(
            ts_str_is((struct ts_str){(char *)plain.ptr + 1, plain.len - 1}, rows[i].plain));
        ts_buf_free(&coded);
        ts_buf_free(&plain);
    }
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct ts_buf plain = {0};
        assert_int_equal(ts_base64_decode(&plain, ts_str_of(refused[i])), -1);
        assert_int_equal(plain.len, 0);
        ts_buf_free(&plain);
    }
}

static void base64_of_32_bytes(void **state)
{
    (void)state;
    uint8_t bytes[32], again[32];
    char text[TS_BASE64_32 + 1];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 37);
    ts_base64_encode32(text, bytes);
    assert_int_equal(strlen(text), TS_BASE64_32);
    assert_int_equal(ts_base64_decode32(again, ts_str_of(text)), 0);
    assert_memory_equal(bytes, again, 32);
    assert_int_equal(ts_base64_decode32(again, (struct ts_str){text, TS_BASE64_32 - 1}), -1);
    /* 32 bytes leave two spare bits in the last character: only every fourth one is canonical. */
    size_t accepted = 0;
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
    for (size_t i = 0; i < sizeof alphabet - 1; i++) {
        text[TS_BASE64_32 - 1] = alphabet[i];
        accepted += ts_base64_decode32(again, ts_str_of(text)) == 0;
    }
    assert_int_equal(accepted, 16);
}

static void base58(void **state)
{
    (void)state;
    assert_true(ts_base58_is(TS_STR("")));
    for (unsigned v = 0; v < 58; v++) {
        char digit = ts_base58_digit(v);
        assert_true(ts_base58_is((struct ts_str){&digit, 1}));
        assert_true(v == 0 || digit > ts_base58_digit(v - 1)); /* ASCII order */
    }
    for (const char *c = "0OIl+/ _-"; *c; c++)
        assert_false(ts_base58_is((struct ts_str){c, 1}));
    assert_false(ts_base58_is((struct ts_str){"a\0b", 3}));
}

static void decimal(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value; /* -1: refused */
    } rows[] = {{"0", 0},
                {"7", 7},
                {"1073741823", 1073741823},
                {"9223372036854775807", INT64_MAX},
                {"9223372036854775808", -1},
                {"92233720368547758070", -1},
                {"", -1},
                {"00", -1},
                {"01", -1},
                {"+1", -1},
                {"-1", -1},
                {" 1", -1},
                {"1 ", -1},
                {"1.0", -1},
                {"0x1", -1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t n = -1;
        assert_int_equal(ts_decimal_decode(&n, ts_str_of(rows[i].text)),
                         rows[i].value < 0 ? -1 : 0);
        assert_int_equal(n, rows[i].value);
    }
}

static void identifiers(void **state)
{
    (void)state;
    uint8_t random[32] = {0};
    struct ts_id zero = ts_id_from_random(random), none = {0};
    assert_string_equal(zero.s, "1111111111111111111111");
    random[31] = 57 + 1; /* 58 = "10" in base 58, least digit first */
    struct ts_id id = ts_id_from_random(random);
    assert_string_equal(id.s, "1211111111111111111111");
    memset(random, 0xff, sizeof random);
    id = ts_id_from_random(random);
    assert_int_equal(strlen(id.s), TS_ID_LEN);
    assert_true(ts_base58_is(ts_id_str(&id)));
    assert_false(ts_id_equal(&id, &zero));
    assert_true(ts_id_equal(&id, &id));
    assert_true(ts_id_is_none(&none));
    assert_false(ts_id_is_none(&id));

    struct ts_id parsed;
    assert_int_equal(ts_id_parse(&parsed, ts_id_str(&id)), 0);
    assert_memory_equal(&parsed, &id, sizeof id);
    assert_int_equal(ts_id_parse(&parsed, TS_STR("AbcdefghijkLmn")), 0);
    static const char *const refused[] = {"", "AbcdefghijkLm", "11111111111111111111111",
                                          "AbcdefghijkLm0", "AbcdefghijkLm-"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_int_equal(ts_id_parse(&parsed, ts_str_of(refused[i])), -1);
    assert_true(ts_str_is(ts_id_str(&parsed), "AbcdefghijkLmn"));
}

static void error_paths(void **state)
{
    (void)state;
    struct ts_err err;
    assert_int_equal(ts_err_set(&err, "text.long", "%d characters", 41), -1);
    assert_string_equal(err.code, "text.long");
    assert_string_equal(err.detail, "41 characters");
    assert_string_equal(err.path, "");
    ts_err_param(&err, "max", "%d", 40);
    assert_string_equal(err.params[0].key, "max");
    assert_string_equal(err.params[0].value, "40");
    ts_err_at(&err, "name", -1);
    assert_string_equal(err.path, "name");
    ts_err_at(&err, "", 3);
    assert_string_equal(err.path, "[3].name");
    ts_err_at(&err, "", 0);
    assert_string_equal(err.path, "[0][3].name");
    ts_err_at(&err, "rows", -1);
    assert_string_equal(err.path, "rows[0][3].name");
    ts_err_at(&err, "list", 2);
    assert_string_equal(err.path, "list[2].rows[0][3].name");
    for (int i = 0; i < 40; i++)
        ts_err_at(&err, "outer", -1);
    assert_int_equal(strlen(err.path), TS_ERR_PATH_MAX - 1);
    assert_memory_equal(err.path, "outer.outer.", 12);
    ts_err_set(&err, "other", "x");
    assert_string_equal(err.path, "");
    assert_int_equal(err.param_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hex),
        cmocka_unit_test(base64),
        cmocka_unit_test(base64_of_32_bytes),
        cmocka_unit_test(base58),
        cmocka_unit_test(decimal),
        cmocka_unit_test(identifiers),
        cmocka_unit_test(error_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
