/* The measuring must be right before what it measures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/histogram.h"

static void shares_are_right_within_two_percent(void **state)
{
    (void)state;
    struct histogram *histogram = calloc(1, sizeof *histogram);
    assert_non_null(histogram);
    assert_int_equal(histogram_at(histogram, 0.5), 0);
    for (uint64_t i = 1; i <= 100000; i++)
        histogram_add(histogram, i * 1000);
    static const double shares[] = {0.01, 0.5, 0.9, 0.99, 0.999};
    for (size_t i = 0; i < 5; i++) {
        double exact = shares[i] * 1e8, got = (double)histogram_at(histogram, shares[i]);
        assert_true(got <= exact * 1.001 && got >= exact * 0.98);
    }
    assert_int_equal(histogram_at(histogram, 1.0), 100000000);
    assert_int_equal(histogram->count, 100000);
    free(histogram);
}

static void extremes_have_a_place(void **state)
{
    (void)state;
    struct histogram *histogram = calloc(1, sizeof *histogram);
    assert_non_null(histogram);
    histogram_add(histogram, 0);
    assert_int_equal(histogram_at(histogram, 0), 0);
    histogram_add(histogram, UINT64_MAX);
    assert_true(histogram_at(histogram, 0.9) > UINT64_MAX / 2);
    assert_int_equal(histogram->max, UINT64_MAX);
    free(histogram);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_are_right_within_two_percent),
        cmocka_unit_test(extremes_have_a_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
