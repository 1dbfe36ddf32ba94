/* How texts are read: entries that fit, marks, what a synthesiser gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "proto/base/pinyin.h"
#include "proto/base/text.h"

#define ENTRIES_MAX 16

/* Entries separated by '|'. */
static size_t split(const char *list, struct ts_str *out)
{
    size_t count = 0;
    if (!*list)
        return 0;
    for (const char *at = list;; at++) {
        const char *end = strchr(at, '|');
        out[count++] = (struct ts_str){at, end ? (size_t)(end - at) : strlen(at)};
        if (!end)
            return count;
        at = end;
    }
}

static void entries_fit_the_text(void **state)
{
    (void)state;
    static const struct {
        const char *text, *entries;
        const char *at; /* where not; NULL: it fits */
    } rows[] = {
        {"童声", "tong2|sheng1", NULL},
        {"童声", "tong2", "2"},
        {"童声", "tong2|sheng1|ma5", "3"},
        {"童声", "tong|sheng1", "1"},
        {"童声", "tong6|sheng1", "1"},
        {"童声", "tong0|sheng1", "1"},
        {"童声", "|sheng1", "1"},
        {"童声", "tong2 tong2|sheng1", "1"},
        {"童声", "", "1"},
        {"绿吗？", "lv4|ma5|", NULL},
        {"绿吗？", "lü4|ma5|", "1"},
        {"绿吗？", "lv4|ma5|wen4", "3"},
        {"点儿", "dian3|r5", NULL},
        {"嗯", "ng4", NULL},
        {"童", "qtong2", "1"},
        {"童", "TONG2", "1"},
        {"12月", "shi2|er4|yue4", NULL},
        {"10月", "shi2||yue4", NULL},
        {"10月", "|shi2|yue4", NULL},
        {"10月", "||yue4", "2"},
        {"3月5", "san1|yue4|", "3"},
        {"35个", "san1 shi2|wu3|ge4", NULL},
        {"35个", "san1  shi2|wu3|ge4", "1"},
        {"35个", "san1 |wu3|ge4", "1"},
        {"9", "yi1 er4 san1 si4 wu3", "1"},
        {"K1区", "|yi1|qu1", NULL},
        {"Hello, world 12.", "", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ts_str entries[ENTRIES_MAX];
        struct ts_err err = {0};
        size_t count = split(rows[i].entries, entries);
        int rc = ts_pinyin_check(ts_str_of(rows[i].text), entries, count, &err);
        if (rc != (rows[i].at ? -1 : 0))
            print_error("%s %s\n", rows[i].text, rows[i].entries);
        assert_int_equal(rc, rows[i].at ? -1 : 0);
        if (rows[i].at) {
            assert_string_equal(err.code, "text.pinyin");
            assert_string_equal(err.params[0].value, rows[i].at);
        }
    }
}

static void marks_stand_on_the_right_vowel(void **state)
{
    (void)state;
    static const struct {
        const char *entry, *shown;
    } rows[] = {
        {"tong2", "tóng"}, {"sheng1", "shēng"},    {"hao3", "hǎo"}, {"xie4", "xiè"},
        {"you3", "yǒu"},   {"liu2", "liú"},        {"hui4", "huì"}, {"lv4", "lǜ"},
        {"nve4", "nüè"},   {"ma5", "ma"},          {"r5", "r"},     {"ng4", "ng"},
        {"", ""},          {"shi2 wu3", "shí wǔ"}, {"dou1", "dōu"}, {"guai4", "guài"},
        {"er2", "ér"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ts_buf out = {0};
        ts_pinyin_marks(&out, ts_str_of(rows[i].entry));
        struct ts_str shown = ts_buf_str(&out);
        if (!ts_str_is(shown, rows[i].shown))
            print_error("%s %.*s\n", rows[i].entry, TS_STR_ARG(shown));
        assert_true(ts_str_is(shown, rows[i].shown));
        ts_buf_free(&out);
    }
}

static void speech_has_syllables_and_pauses_only(void **state)
{
    (void)state;
    static const struct {
        const char *text, *entries, *speech;
    } rows[] = {
        {"同意吗？", "tong2|yi4|ma5|", "tong2 yi4 ma5?"},
        {"好，还书。", "hao3||huan2|shu1|", "hao3, huan2 shu1."},
        {"“好”", "|hao3|", "hao3"},
        {"K1区", "|yi1|qu1", " K yi1 qu1"},
        {"15元", "shi2|wu3|yuan2", "shi2 wu3 yuan2"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ts_str entries[ENTRIES_MAX];
        struct ts_buf out = {0};
        size_t count = split(rows[i].entries, entries);
        ts_pinyin_speech(&out, ts_str_of(rows[i].text), entries, count);
        struct ts_str speech = ts_buf_str(&out);
        if (!ts_str_is(speech, rows[i].speech))
            print_error("%s [%.*s]\n", rows[i].text, TS_STR_ARG(speech));
        assert_true(ts_str_is(speech, rows[i].speech));
        ts_buf_free(&out);
    }
}

static void code_points_are_counted(void **state)
{
    (void)state;
    struct ts_str text = TS_STR("a童é𠮷");
    static const uint32_t points[] = {'a', 0x7ae5, 0xe9, 0x20bb7};
    assert_int_equal(ts_text_points(text), 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(ts_text_next(&text), points[i]);
    assert_int_equal(text.len, 0);
    assert_false(ts_text_is_han('a'));
    assert_false(ts_text_is_han(0x3002));
    assert_true(ts_text_is_han(0x7ae5));
    assert_true(ts_text_is_han(0x20bb7));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_fit_the_text),
        cmocka_unit_test(marks_stand_on_the_right_vowel),
        cmocka_unit_test(speech_has_syllables_and_pauses_only),
        cmocka_unit_test(code_points_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
