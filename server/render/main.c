/*
 * tongsheng-render: makes sounds, in a process of its own that a mistake can end without harm.
 *
 *   tongsheng-render                      one job on standard input, the clip on standard output
 *   tongsheng-render --batch FILE DIR     reads every text of FILE aloud into DIR/ID.ogg
 *
 * Exit codes: 0 done; 1 refused, the reason as "code detail" on standard error; 64 command line.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "proto/base/pinyin.h"
#include "proto/base/text.h"
#include "server/render/job.h"
#include "server/render/sandbox.h"
#include "server/render/speech.h"

#define INPUT_MAX (TS_RENDER_JOB_MAX + TS_SOUND_RECORDING_MAX)

static int refuse(const struct ts_err *err)
{
    fprintf(stderr, "%s %s\n", err->code, err->detail);
    return 1;
}

static int read_input(int fd, struct ts_buf *out, struct ts_err *err)
{
    uint8_t part[65536];
    ssize_t got;
    while ((got = read(fd, part, sizeof part)) > 0) {
        if (out->len + (size_t)got > INPUT_MAX)
            return ts_err_set(err, "render.long", "more than %u bytes", INPUT_MAX);
        ts_buf_append(out, part, (size_t)got);
    }
    return got == 0 ? 0 : ts_err_set(err, "render.died", "read: %s", strerror(errno));
}

static int write_output(FILE *file, const struct ts_buf *clip, struct ts_err *err)
{
    if (fwrite(clip->ptr, 1, clip->len, file) == clip->len && fflush(file) == 0)
        return 0;
    return ts_err_set(err, "render.died", "write: %s", strerror(errno));
}

/* The synthesiser for pinyin would spell Chinese characters out in nonsense. */
static int check_speakable(struct ts_str text, struct ts_err *err)
{
    while (text.len > 0)
        if (ts_text_is_han(ts_text_next(&text)))
            return ts_err_set(err, "render.text", "Chinese characters are not read, only pinyin");
    return 0;
}

static int speak(struct ts_buf *clip, struct ts_str text, int rate, struct ts_err *err)
{
    struct ts_sound sound = {.rate = rate};
    int rc = -1;
    if (check_speakable(text, err) == 0 && ts_speech_read(&sound, text, err) == 0)
        rc = ts_sound_encode(clip, &sound, err);
    ts_sound_free(&sound);
    return rc;
}

/* ---- one job ---- */

static int do_job(const struct ts_render_job *job, struct ts_bytes rest, int rate,
                  struct ts_buf *clip, struct ts_err *err)
{
    if (job->kind == TS_RENDER_KIND_CLIP)
        return job->text.ptr ? speak(clip, job->text, rate, err)
                             : ts_err_set(err, "render.text", "no text");
    struct ts_sound sound = {0};
    int rc = ts_sound_read(&sound, rest, err);
    if (rc == 0)
        rc = ts_sound_encode(clip, &sound, err);
    ts_sound_free(&sound);
    return rc;
}

static int one_job(struct ts_err *err)
{
    struct ts_arena arena = {0};
    struct ts_buf input = {0}, clip = {0};
    struct ts_render_job job;
    struct ts_bytes rest;
    int rate = 0;
    int rc = ts_sandbox_limits(err);
    if (rc == 0)
        rc = read_input(STDIN_FILENO, &input, err);
    if (rc == 0)
        rc = ts_render_job_read(&job, ts_buf_bytes(&input), &rest, &arena, err);
    if (rc == 0 && job.kind == TS_RENDER_KIND_CLIP) {
        rate = ts_speech_start(
            job.voice == TS_RENDER_VOICE_ENGLISH ? TS_SPEECH_ENGLISH : TS_SPEECH_PINYIN, err);
        rc = rate > 0 ? 0 : -1;
    }
    if (rc == 0)
        rc = ts_sandbox_close(err);
    if (rc == 0)
        rc = do_job(&job, rest, rate, &clip, err);
    if (rc == 0)
        rc = write_output(stdout, &clip, err);
    ts_buf_free(&input);
    ts_buf_free(&clip);
    ts_arena_free(&arena);
    return rc;
}

/* ---- a batch ---- */

static bool is_file_name(struct ts_str id)
{
    for (size_t i = 0; i < id.len; i++) {
        char c = id.ptr[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '_' || c == '-' || (c == '.' && i > 0);
        if (!good)
            return false;
    }
    return true;
}

static int batch_item(const struct ts_render_item *item, const char *dir, int rate,
                      struct ts_err *err)
{
    struct ts_buf text = {0}, clip = {0};
    char path[512];
    if (!is_file_name(item->id))
        return ts_err_set(err, "render.text", "an id is a file name");
    if (ts_pinyin_check(item->text, item->pinyin.ptr, item->pinyin.count, err) != 0 ||
        ts_speech_voice(item->pinyin.count > 0 ? TS_SPEECH_PINYIN : TS_SPEECH_ENGLISH, err) != 0)
        return -1;
    if (item->pinyin.count > 0)
        ts_pinyin_speech(&text, item->text, item->pinyin.ptr, item->pinyin.count);
    else
        ts_buf_append_str(&text, item->text);
    int rc = speak(&clip, ts_buf_str(&text), rate, err);
    if (rc == 0) {
        snprintf(path, sizeof path, "%s/%.*s.ogg", dir, TS_STR_ARG(item->id));
        FILE *file = fopen(path, "wb");
        rc = file ? write_output(file, &clip, err)
                  : ts_err_set(err, "render.died", "%.150s: %s", path, strerror(errno));
        if (file && fclose(file) != 0 && rc == 0)
            rc = ts_err_set(err, "render.died", "%.150s: %s", path, strerror(errno));
    }
    ts_buf_free(&text);
    ts_buf_free(&clip);
    return rc;
}

static int batch(const char *list, const char *dir, struct ts_err *err)
{
    struct ts_arena arena = {0};
    struct ts_buf input = {0};
    struct ts_render_batch items = {0};
    FILE *file = fopen(list, "rb");
    int rate = 0;
    int rc = file ? read_input(fileno(file), &input, err)
                  : ts_err_set(err, "render.died", "%.150s: %s", list, strerror(errno));
    if (file)
        fclose(file);
    if (rc == 0)
        rc = ts_render_batch_read(&items, ts_buf_str(&input), &arena, err);
    if (rc == 0) {
        rate = ts_speech_start(TS_SPEECH_PINYIN, err);
        rc = rate > 0 ? 0 : -1;
    }
    for (size_t i = 0; rc == 0 && i < items.clips.count; i++) {
        rc = batch_item(&items.clips.ptr[i], dir, rate, err);
        if (rc != 0)
            fprintf(stderr, "%.*s: ", TS_STR_ARG(items.clips.ptr[i].id));
    }
    ts_buf_free(&input);
    ts_arena_free(&arena);
    return rc;
}

int main(int argc, char **argv)
{
    struct ts_err err = {0};
    int rc;
    if (argc == 1) {
        rc = one_job(&err);
    } else if (argc == 4 && strcmp(argv[1], "--batch") == 0) {
        rc = batch(argv[2], argv[3], &err);
    } else {
        fputs("usage: tongsheng-render < JOB > CLIP\n"
              "       tongsheng-render --batch FILE DIR\n",
              stderr);
        return 64;
    }
    int code = rc == 0 ? 0 : refuse(&err);
    fflush(NULL);
    _exit(code); /* nothing runs at the end: it would do so inside the sandbox */
}
