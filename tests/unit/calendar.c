/* Days, dates and working days (DESIGN 10.8). */
#include "server/domain/calendar.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

static void assert_day(int64_t day, const char *want)
{
    char text[TS_DATE_LEN + 1];
    ts_day_text(text, day);
    assert_string_equal(text, want);
    int64_t back;
    assert_int_equal(ts_day_parse(&back, ts_str_of(want)), 0);
    assert_int_equal(back, day);
}

static void test_dates(void **state)
{
    (void)state;
    assert_day(0, "1970-01-01");
    assert_day(ts_day_of_date(2000, 2, 29), "2000-02-29");
    assert_day(ts_day_of_date(2024, 12, 31), "2024-12-31");
    assert_day(ts_day_of_date(2026, 11, 22), "2026-11-22");
    assert_int_equal(ts_day_of_date(2026, 1, 1) - ts_day_of_date(2025, 1, 1), 365);
    int64_t day;
    assert_int_equal(ts_day_parse(&day, TS_STR("2025-02-29")), -1);
    assert_int_equal(ts_day_parse(&day, TS_STR("2025-13-01")), -1);
    assert_int_equal(ts_day_parse(&day, TS_STR("2025-1-01")), -1);
    /* Every day of five centuries has one text, and back. */
    for (int64_t d = ts_day_of_date(1970, 1, 1); d < ts_day_of_date(2470, 1, 1); d += 13) {
        char text[TS_DATE_LEN + 1];
        ts_day_text(text, d);
        assert_int_equal(ts_day_parse(&day, ts_str_of(text)), 0);
        assert_int_equal(day, d);
    }
}

static void test_clock(void **state)
{
    (void)state;
    char text[TS_MINUTE_UTC_LEN + 1];
    /* 2025-04-12 10:05:59.999 in Shanghai */
    int64_t ms = ts_day_of_date(2025, 4, 12) * INT64_C(86400000) + (2 * 60 + 5) * 60000 + 59999;
    ts_minute_text(text, ms);
    assert_string_equal(text, "2025-04-12 10:05");
    ts_minute_utc_text(text, ms);
    assert_string_equal(text, "2025-04-12T02:05Z");
    /* 23:30 UTC is tomorrow in Shanghai. */
    ms = ts_day_of_date(2025, 4, 12) * INT64_C(86400000) + (23 * 60 + 30) * INT64_C(60000);
    assert_day(ts_day_of_ms(ms), "2025-04-13");
}

static void test_working_days(void **state)
{
    (void)state;
    const struct ts_calendar *cn = &ts_calendar_cn;
    /* Scenario C: 15 working days from 14 Apr 2025; 27 Apr is worked, 1 to 5 May are free. */
    assert_day(ts_day_add_working(cn, ts_day_of_date(2025, 4, 14), 15), "2025-05-07");
    assert_true(ts_day_is_working(cn, ts_day_of_date(2025, 4, 27)));  /* Sunday */
    assert_false(ts_day_is_working(cn, ts_day_of_date(2025, 5, 1)));  /* Thursday */
    assert_false(ts_day_is_working(cn, ts_day_of_date(2025, 4, 26))); /* Saturday */
    assert_true(ts_day_is_working(cn, ts_day_of_date(2026, 2, 28)));  /* Saturday */
    assert_false(ts_day_is_working(cn, ts_day_of_date(2026, 2, 23))); /* Monday */
    /* A year that is not known: the plain week. */
    assert_true(ts_day_is_working(cn, ts_day_of_date(2040, 10, 1)));  /* Monday */
    assert_false(ts_day_is_working(cn, ts_day_of_date(2040, 10, 6))); /* Saturday */
    /* Each worked day of the table is a weekend day, else the table is wrong. */
    for (size_t i = 0; i < cn->count; i++)
        if (cn->spans[i].working)
            assert_true((cn->spans[i].first + 3) % 7 >= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_clock),
        cmocka_unit_test(test_working_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
