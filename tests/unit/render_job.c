/* tongsheng-render as it is: what it makes of jobs, and what it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "server/work/run.h"

#define RATE 16000

static const char *const argv[] = {TS_BIN_DIR "/tongsheng-render", NULL};

static struct ts_run_result render(const struct ts_buf *job, struct ts_buf *out)
{
    struct ts_run_result result;
    ts_run(argv, ts_buf_bytes(job), 300000, 120000, out, &result);
    return result;
}

static struct ts_run_result render_text(const char *job, struct ts_buf *out)
{
    struct ts_buf copy = {0};
    ts_buf_append_str(&copy, ts_str_of(job));
    struct ts_run_result result = render(&copy, out);
    ts_buf_free(&copy);
    return result;
}

static void expect_clip(const struct ts_run_result *result, const struct ts_buf *out)
{
    assert_int_equal(result->end, TS_RUN_EXITED);
    if (result->status != 0)
        print_error("%s", result->said);
    assert_int_equal(result->status, 0);
    assert_true(out->len > 1000 && memcmp(out->ptr, "OggS", 4) == 0);
    assert_non_null(memmem(out->ptr, out->len, "OpusHead\x01\x01", 10)); /* mono */
}

static void pinyin_and_english_are_read_aloud(void **state)
{
    (void)state;
    struct ts_buf first = {0}, second = {0}, english = {0};
    struct ts_run_result result =
        render_text("{\"kind\":\"clip\",\"voice\":\"pinyin\",\"text\":\"tong2 yi4 ma5?\"}", &first);
    expect_clip(&result, &first);
    result = render_text("{\"kind\":\"clip\",\"voice\":\"pinyin\",\"text\":\"tong2 yi4 ma5?\"}",
                         &second);
    expect_clip(&result, &second);
    assert_true(ts_str_equal(ts_buf_str(&first), ts_buf_str(&second))); /* the same again */
    result = render_text("{\"kind\":\"clip\",\"voice\":\"english\",\"text\":\"Agree?\"}", &english);
    expect_clip(&result, &english);
    assert_false(ts_str_equal(ts_buf_str(&first), ts_buf_str(&english)));
    ts_buf_free(&first);
    ts_buf_free(&second);
    ts_buf_free(&english);
}

static void number(struct ts_buf *out, unsigned value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        ts_buf_append_char(out, (char)(value >> 8 * i & 0xff));
}

/* A WAV of a square wave, or of silence. */
static void recording(struct ts_buf *out, unsigned samples, int loud)
{
    ts_buf_append_str(out, TS_STR("{\"kind\":\"recording\"}\nRIFF"));
    number(out, 36 + samples * 2, 4);
    ts_buf_append_str(out, TS_STR("WAVEfmt "));
    number(out, 16, 4);
    number(out, 1, 2);
    number(out, 1, 2);
    number(out, RATE, 4);
    number(out, RATE * 2, 4);
    number(out, 2, 2);
    number(out, 16, 2);
    ts_buf_append_str(out, TS_STR("data"));
    number(out, samples * 2, 4);
    for (unsigned i = 0; i < samples; i++)
        number(out, (unsigned)(i / 20 % 2 ? loud : -loud), 2);
}

static void recordings_become_clips(void **state)
{
    (void)state;
    static const struct {
        unsigned samples;
        int loud;
        const char *code; /* NULL: a clip */
    } rows[] = {
        {RATE, 3000, NULL},         {12 * RATE, 100, NULL},  {12 * RATE + 1, 3000, "render.long"},
        {RATE, 0, "render.silent"}, {0, 0, "render.silent"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ts_buf job = {0}, out = {0};
        recording(&job, rows[i].samples, rows[i].loud);
        struct ts_run_result result = render(&job, &out);
        if (rows[i].code) {
            assert_int_equal(result.status, 1);
            assert_memory_equal(result.said, rows[i].code, strlen(rows[i].code));
        } else {
            expect_clip(&result, &out);
        }
        ts_buf_free(&job);
        ts_buf_free(&out);
    }
}

/* Its own output is a recording again. */
static void opus_is_read_too(void **state)
{
    (void)state;
    struct ts_buf first = {0}, job = {0}, out = {0};
    struct ts_run_result result =
        render_text("{\"kind\":\"clip\",\"voice\":\"pinyin\",\"text\":\"hao3\"}", &first);
    expect_clip(&result, &first);
    ts_buf_append_str(&job, TS_STR("{\"kind\":\"recording\"}\n"));
    ts_buf_append(&job, first.ptr, first.len);
    result = render(&job, &out);
    expect_clip(&result, &out);
    ts_buf_free(&first);
    ts_buf_free(&job);
    ts_buf_free(&out);
}

static void bad_jobs_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *job, *code;
    } rows[] = {
        {"", "json."},
        {"{\"kind\":\"dance\"}", "wire."},
        {"{\"kind\":\"clip\",\"voice\":\"pinyin\"}", "render.text"},
        {"{\"kind\":\"clip\",\"voice\":\"pinyin\",\"text\":\"同意\"}", "render.text"},
        {"{\"kind\":\"recording\"}\nnoise", "render.sound"},
        {"{\"kind\":\"recording\"}\nRIFF\xff\xff\xff\xffWAVEfmt ", "render.sound"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ts_buf out = {0};
        struct ts_run_result result = render_text(rows[i].job, &out);
        assert_int_equal(result.end, TS_RUN_EXITED);
        assert_int_equal(result.status, 1);
        if (strncmp(result.said, rows[i].code, strlen(rows[i].code)) != 0)
            print_error("%s: %s\n", rows[i].job, result.said);
        assert_memory_equal(result.said, rows[i].code, strlen(rows[i].code));
        assert_int_equal(out.len, 0);
    }
}

static void a_batch_makes_files(void **state)
{
    (void)state;
    FILE *list = fopen("batch.json", "w");
    assert_non_null(list);
    fputs("{\"clips\":[{\"id\":\"yna.for\",\"text\":\"赞成。\",\"pinyin\":[\"zan4\",\"cheng2\","
          "\"\"]},"
          "{\"id\":\"hello\",\"text\":\"Hello\",\"pinyin\":[]}]}",
          list);
    fclose(list);
    remove("yna.for.ogg");
    remove("hello.ogg");
    assert_int_equal(system(TS_BIN_DIR "/tongsheng-render --batch batch.json ."), 0);
    for (int i = 0; i < 2; i++) {
        char magic[4];
        FILE *clip = fopen(i ? "hello.ogg" : "yna.for.ogg", "rb");
        assert_non_null(clip);
        assert_int_equal(fread(magic, 1, 4, clip), 4);
        assert_memory_equal(magic, "OggS", 4);
        fclose(clip);
    }
    static const char *const bad[] = {
        "{\"clips\":[{\"id\":\"../x\",\"text\":\"x\",\"pinyin\":[]}]}",
        "{\"clips\":[{\"id\":\"x\",\"text\":\"赞成\",\"pinyin\":[\"zan4\"]}]}"};
    for (int i = 0; i < 2; i++) {
        assert_non_null(list = fopen("bad.json", "w"));
        fputs(bad[i], list);
        fclose(list);
        assert_int_not_equal(system(TS_BIN_DIR "/tongsheng-render --batch bad.json . 2>/dev/null"),
                             0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pinyin_and_english_are_read_aloud),
        cmocka_unit_test(recordings_become_clips),
        cmocka_unit_test(opus_is_read_too),
        cmocka_unit_test(bad_jobs_are_refused),
        cmocka_unit_test(a_batch_makes_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
