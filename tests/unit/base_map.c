/* The map keeps the order of insertion through growth, replacement and removal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "proto/base/map.h"

static struct ts_str key_of(char buffer[static 24], unsigned n)
{
    return (struct ts_str){buffer, (size_t)snprintf(buffer, 24, "key-%u", n)};
}

static void empty(void **state)
{
    (void)state;
    struct ts_map map = {0};
    size_t cursor = 0;
    struct ts_str key;
    void *value;
    assert_null(ts_map_get(&map, TS_STR("a")));
    assert_null(ts_map_remove(&map, TS_STR("a")));
    assert_false(ts_map_next(&map, &cursor, &key, &value));
    ts_map_free(&map);
}

static void puts_gets_replaces(void **state)
{
    (void)state;
    static int values[2000];
    struct ts_map map = {0};
    char buffer[24];
    for (unsigned i = 0; i < 1000; i++)
        assert_null(ts_map_put(&map, key_of(buffer, i), &values[i]));
    for (unsigned i = 0; i < 1000; i += 2)
        assert_ptr_equal(ts_map_put(&map, key_of(buffer, i), &values[1000 + i]), &values[i]);
    assert_int_equal(map.count, 1000);
    for (unsigned i = 0; i < 1000; i++)
        assert_ptr_equal(ts_map_get(&map, key_of(buffer, i)), &values[i % 2 ? i : 1000 + i]);
    assert_null(ts_map_get(&map, TS_STR("key-1000")));
    assert_null(ts_map_get(&map, TS_STR("key-")));
    struct ts_str key;
    void *value;
    unsigned n = 0;
    for (size_t i = 0; ts_map_next(&map, &i, &key, &value); n++)
        assert_true(ts_str_equal(key, key_of(buffer, n)));
    assert_int_equal(n, 1000);
    ts_map_free(&map);
    assert_int_equal(map.count, 0);
}

static void keys_are_bytes(void **state)
{
    (void)state;
    int a, b, c;
    struct ts_map map = {0};
    ts_map_put(&map, (struct ts_str){"x\0a", 3}, &a);
    ts_map_put(&map, (struct ts_str){"x\0b", 3}, &b);
    ts_map_put(&map, (struct ts_str){0}, &c);
    assert_ptr_equal(ts_map_get(&map, (struct ts_str){"x\0a", 3}), &a);
    assert_ptr_equal(ts_map_get(&map, (struct ts_str){"x\0b", 3}), &b);
    assert_ptr_equal(ts_map_get(&map, TS_STR("")), &c);
    assert_null(ts_map_get(&map, TS_STR("x")));
    ts_map_free(&map);
}

static void removes_while_walking(void **state)
{
    (void)state;
    static int values[100];
    struct ts_map map = {0};
    char buffer[24];
    struct ts_str key;
    void *value;
    for (unsigned i = 0; i < 100; i++)
        ts_map_put(&map, key_of(buffer, i), &values[i]);
    unsigned n = 0;
    for (size_t i = 0; ts_map_next(&map, &i, &key, &value); n++)
        if (n % 3 != 0)
            assert_ptr_equal(ts_map_remove(&map, key), value);
    assert_int_equal(n, 100);
    assert_int_equal(map.count, 34);
    /* A key that comes back stands at the end. */
    ts_map_put(&map, TS_STR("key-1"), &values[1]);
    n = 0;
    for (size_t i = 0; ts_map_next(&map, &i, &key, &value); n++)
        assert_true(ts_str_equal(key, key_of(buffer, n < 34 ? 3 * n : 1)));
    assert_int_equal(n, 35);
    ts_map_free(&map);
}

/* A queue that is filled and emptied for ever stays small and keeps finding its keys. */
static void churn_does_not_grow(void **state)
{
    (void)state;
    int value;
    struct ts_map map = {0};
    char buffer[24];
    for (unsigned i = 0; i < 10000; i++) {
        assert_null(ts_map_put(&map, key_of(buffer, i), &value));
        if (i >= 3)
            assert_ptr_equal(ts_map_remove(&map, key_of(buffer, i - 3)), &value);
        assert_null(ts_map_get(&map, key_of(buffer, i + 1)));
    }
    assert_int_equal(map.count, 3);
    assert_true(map.cap <= 16);
    ts_map_free(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty),
        cmocka_unit_test(puts_gets_replaces),
        cmocka_unit_test(keys_are_bytes),
        cmocka_unit_test(removes_while_walking),
        cmocka_unit_test(churn_does_not_grow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
