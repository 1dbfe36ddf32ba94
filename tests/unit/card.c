/* proto/wire/card: what booths scan beside slips. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "proto/wire/card.h"

static void codes_come_back(void **state)
{
    (void)state;
    char text[TS_CARD_TEXT_MAX + 2];
    uint8_t code[32], again[32];
    for (int round = 0; round < 200; round++) {
        for (int i = 0; i < 32; i++)
            code[i] = round == 0 ? 0 : round == 1 ? 255 : (uint8_t)(i * round * 37 + round);
        enum ts_card_kind kind = round % 2 ? TS_CARD_OFFICE : TS_CARD_KEYS;
        ts_card_format(text, kind, code);
        assert_int_equal(strlen(text), TS_CARD_TEXT_MAX);
        assert_int_equal(ts_card_parse(again, ts_str_of(text)), kind);
        assert_memory_equal(code, again, 32);
        strcat(text, "\r");
        assert_int_equal(ts_card_parse(again, ts_str_of(text)), kind);
    }
}

static void others_are_no_cards(void **state)
{
    (void)state;
    uint8_t code[32];
    static const char *const cases[] = {
        "",
        "TS1.card.",
        "TS1.card.11111111111111111111111111111111111111111111",
        "TS1.carx.11111111111111111111111111111111111111111111",
        "TS1.card.1111111111111111111111111111111111111111111",
        "TS1.card.111111111111111111111111111111111111111111110",
        "TS1.card.0111111111111111111111111111111111111111111",
        "TS1.card.zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", /* above 2^256 */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(ts_card_parse(code, ts_str_of(cases[i])),
                         i == 2 ? TS_CARD_OFFICE : TS_CARD_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_come_back),
        cmocka_unit_test(others_are_no_cards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
