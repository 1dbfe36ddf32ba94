/* Well-formed UTF-8: every string of up to three bytes, and the edges of four. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "proto/base/text.h"

static bool is_utf8(const uint8_t *bytes, size_t len)
{
    return ts_text_is_utf8((struct ts_str){(const char *)bytes, len});
}

/* Counted from the code points: 127 without NUL in one byte, 1,920 in two, 61,440 in three. */
static void counts_short_strings(void **state)
{
    (void)state;
    unsigned long valid[4] = {0};
    for (uint32_t n = 0; n < 1u << 24; n++) {
        const uint8_t b[3] = {(uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};
        if (n < 1u << 8)
            valid[1] += is_utf8(b + 2, 1);
        if (n < 1u << 16)
            valid[2] += is_utf8(b + 1, 2);
        valid[3] += is_utf8(b, 3);
    }
    assert_int_equal(valid[1], 127);
    assert_int_equal(valid[2], 127 * 127 + 1920);
    assert_int_equal(valid[3], 127 * 127 * 127 + 2 * 127 * 1920 + 61440);
}

/* Every code point alone; the encoder here knows nothing of what is allowed. */
static void knows_every_code_point(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < 0x120000; c++) {
        uint8_t b[4];
        size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
        for (size_t i = len - 1; i > 0; i--)
            b[i] = (uint8_t)(0x80 | (c >> 6 * (len - 1 - i) & 0x3f));
        b[0] = (uint8_t)(lead[len] | c >> 6 * (len - 1));
        bool allowed = c > 0 && c <= 0x10ffff && !(c >= 0xd800 && c <= 0xdfff);
        if (is_utf8(b, len) != allowed)
            fail_msg("U+%04X", c);
    }
}

static void refuses_edges_of_four(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\xf0\x8f\xbf\xbf", /* too long for U+FFFF */
        "\xf4\x90\x80\x80", /* U+110000 */
        "\xf5\x80\x80\x80", "\xf0\x90\x80", "\xf0\x90\x80\x7f", "\xf0\x90\xc0\x80",
        "\xf0\xc0\x80\x80", "abcdefgh\xff", "abcdefg\x80",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(ts_text_is_utf8(ts_str_of(bad[i])));
    assert_true(ts_text_is_utf8(ts_str_of("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf")));
    assert_true(ts_text_is_utf8(ts_str_of("")));
    assert_false(ts_text_is_utf8((struct ts_str){"abcdefg\0", 8}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_short_strings),
        cmocka_unit_test(knows_every_code_point),
        cmocka_unit_test(refuses_edges_of_four),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
