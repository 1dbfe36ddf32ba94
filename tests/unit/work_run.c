/* Programs run on some bytes: what they write, and how they can end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "server/work/run.h"

static struct ts_run_result shell(const char *script, const char *input, size_t max, int limit_ms,
                                  struct ts_buf *out)
{
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};
    struct ts_run_result result;
    ts_run(argv, ts_str_bytes(ts_str_of(input)), max, limit_ms, out, &result);
    return result;
}

static void bytes_go_through(void **state)
{
    (void)state;
    struct ts_buf out = {0};
    struct ts_run_result result = shell("cat; echo why >&2; exit 3", "sound", 100, 60000, &out);
    assert_int_equal(result.end, TS_RUN_EXITED);
    assert_int_equal(result.status, 3);
    assert_string_equal(result.said, "why\n");
    assert_true(ts_str_is(ts_buf_str(&out), "sound"));
    ts_buf_free(&out);
}

static void much_input_to_a_program_that_does_not_read(void **state)
{
    (void)state;
    static char input[4000001];
    struct ts_buf out = {0};
    memset(input, 'x', sizeof input - 1);
    struct ts_run_result result = shell("echo done", input, 100, 60000, &out);
    assert_int_equal(result.end, TS_RUN_EXITED);
    assert_true(ts_str_is(ts_buf_str(&out), "done\n"));
    ts_buf_clear(&out);
    result = shell("wc -c", input, 100, 60000, &out);
    assert_true(ts_str_is(ts_buf_str(&out), "4000000\n"));
    ts_buf_free(&out);
}

static void every_bad_end_is_an_answer(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        int limit_ms;
        enum ts_run_end end;
    } rows[] = {
        {"sleep 1000", 50, TS_RUN_TIME},       {"exec >&- 2>&-; sleep 1000", 50, TS_RUN_TIME},
        {"yes", 60000, TS_RUN_MUCH},           {"kill -9 $$", 60000, TS_RUN_DIED},
        {"kill -SEGV $$", 60000, TS_RUN_DIED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ts_buf out = {0};
        struct ts_run_result result = shell(rows[i].script, "", 100, rows[i].limit_ms, &out);
        assert_int_equal(result.end, rows[i].end);
        assert_true(out.len <= 100);
        ts_buf_free(&out);
    }
    const char *const nothing[] = {"/nonexistent/program", NULL};
    struct ts_buf out = {0};
    struct ts_run_result result;
    ts_run(nothing, (struct ts_bytes){NULL, 0}, 100, 60000, &out, &result);
    assert_int_equal(result.end, TS_RUN_NOT_THERE);
}

static void nothing_is_inherited(void **state)
{
    (void)state;
    struct ts_buf out = {0};
    shell("ls /proc/self/fd | wc -l; env | grep -c HOME", "", 100, 60000, &out);
    assert_true(ts_str_is(ts_buf_str(&out), "4\n0\n")); /* the fourth: ls reads the directory */
    ts_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_go_through),
        cmocka_unit_test(much_input_to_a_program_that_does_not_read),
        cmocka_unit_test(every_bad_end_is_an_answer),
        cmocka_unit_test(nothing_is_inherited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
