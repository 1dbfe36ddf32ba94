/* Views, buffers and the arena. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "proto/base/arena.h"
#include "proto/base/bytes.h"
#include "tests/support/aborts.h"

static void compares_views(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        int order;
    } rows[] = {{"", "", 0},     {"", "a", -1},  {"a", "", 1},        {"a", "a", 0},
                {"a", "ab", -1}, {"b", "ab", 1}, {"\x7f", "\xc3", -1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ts_str a = ts_str_of(rows[i].a), b = ts_str_of(rows[i].b);
        int order = ts_str_compare(a, b);
        assert_int_equal((order > 0) - (order < 0), rows[i].order);
        assert_int_equal(ts_str_equal(a, b), rows[i].order == 0);
        assert_int_equal(ts_str_is(a, rows[i].b), rows[i].order == 0);
    }
    struct ts_str none = {0};
    assert_true(ts_str_equal(none, TS_STR("")));
    assert_int_equal(ts_str_compare(none, TS_STR("")), 0);
}

static void buffer_grows(void **state)
{
    (void)state;
    struct ts_buf buf = {0};
    ts_buf_append(&buf, NULL, 0);
    assert_int_equal(buf.len, 0);
    for (int i = 0; i < 1000; i++) {
        ts_buf_append_char(&buf, (char)('a' + i % 26));
        ts_buf_append_str(&buf, TS_STR("--"));
        ts_buf_printf(&buf, "%04d", i);
    }
    assert_int_equal(buf.len, 7000);
    for (size_t i = 0; i < 1000; i++) {
        char row[8];
        snprintf(row, sizeof row, "%c--%04zu", (char)('a' + i % 26), i);
        assert_memory_equal(buf.ptr + i * 7, row, 7);
    }
    size_t cap = buf.cap;
    ts_buf_clear(&buf);
    assert_int_equal(buf.len, 0);
    assert_int_equal(buf.cap, cap);
    ts_buf_wipe(&buf);
    assert_null(buf.ptr);
    ts_buf_wipe(&buf);
    ts_buf_free(&buf);
}

static void arena_hands_out_zeroed_aligned_pieces(void **state)
{
    (void)state;
    struct ts_arena arena = {0};
    for (int round = 0; round < 3; round++) {
        for (size_t size = 0; size < 3000; size = size * 2 + 1) {
            uint8_t *piece = ts_arena_alloc(&arena, size);
            assert_int_equal((uintptr_t)piece % _Alignof(max_align_t), 0);
            for (size_t i = 0; i < size; i++)
                assert_int_equal(piece[i], 0);
            memset(piece, 0xff, size);
        }
        assert_ptr_not_equal(ts_arena_alloc(&arena, 0), ts_arena_alloc(&arena, 0));
        memset(ts_arena_alloc(&arena, 3u << 20), 0xff, 3u << 20);
        assert_true(arena.used_bytes > 3u << 20);
        ts_arena_clear(&arena);
        assert_int_equal(arena.used_bytes, 0);
    }
    ts_arena_free(&arena);
    assert_null(arena.blocks);
}

static void arena_copies_text(void **state)
{
    (void)state;
    struct ts_arena arena = {0};
    char source[] = "abcdef";
    struct ts_str copy = ts_arena_str(&arena, (struct ts_str){source, 3});
    source[0] = 'x';
    assert_string_equal(copy.ptr, "abc");
    assert_int_equal(copy.len, 3);
    struct ts_str none = ts_arena_str(&arena, (struct ts_str){0});
    assert_string_equal(none.ptr, "");
    struct ts_str text = ts_arena_printf(&arena, "%s-%d", "seq", 12);
    assert_string_equal(text.ptr, "seq-12");
    assert_int_equal(text.len, 6);
    uint32_t *array = ts_arena_array(&arena, 7, sizeof *array);
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(array[i], 0);
    ts_arena_free(&arena);
}

static void buffer_beyond_memory(void *arg)
{
    struct ts_buf buf = {0};
    (void)arg;
    ts_buf_append_char(&buf, 'a');
    ts_buf_reserve(&buf, SIZE_MAX - 1);
}

static void array_beyond_memory(void *arg)
{
    struct ts_arena arena = {0};
    (void)arg;
    ts_arena_array(&arena, SIZE_MAX / 8 + 2, 8); /* 8 bytes, if it wrapped around */
}

static void piece_beyond_memory(void *arg)
{
    struct ts_arena arena = {0};
    (void)arg;
    ts_arena_alloc(&arena, SIZE_MAX - 3);
}

static void sizes_that_wrap_abort(void **state)
{
    (void)state;
    assert_true(ts_test_aborts(buffer_beyond_memory, NULL));
    assert_true(ts_test_aborts(array_beyond_memory, NULL));
    assert_true(ts_test_aborts(piece_beyond_memory, NULL));
}

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>

/* Running over the end of a piece is found in the builds that look for it. */
static void arena_pieces_have_fences(void **state)
{
    (void)state;
    struct ts_arena arena = {0};
    for (size_t size = 0; size < 40; size++) {
        char *piece = ts_arena_alloc(&arena, size);
        assert_false(size > 0 && __asan_address_is_poisoned(piece + size - 1));
        assert_true(__asan_address_is_poisoned(piece + size));
    }
    char *piece = ts_arena_alloc(&arena, 8);
    ts_arena_clear(&arena);
    assert_true(__asan_address_is_poisoned(piece));
    ts_arena_free(&arena);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compares_views),
        cmocka_unit_test(buffer_grows),
        cmocka_unit_test(arena_hands_out_zeroed_aligned_pieces),
        cmocka_unit_test(arena_copies_text),
        cmocka_unit_test(sizes_that_wrap_abort),
#if defined(__SANITIZE_ADDRESS__)
        cmocka_unit_test(arena_pieces_have_fences),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
