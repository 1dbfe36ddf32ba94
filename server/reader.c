#include "server/reader.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "proto/wire/sentence.h"
#include "server/work/run.h"
#include "server/work/work.h"

/* A long text takes a second; a renderer that takes longer hangs. */
#define LIMIT_MS 15000
#define CLIP_MAX (256u * 1024)

struct ts_reader {
    struct ts_work *work;
    char program[PATH_MAX];
};

/* tongsheng-render in the directory of the running program. */
static void find_program(char out[static PATH_MAX])
{
    static const char name[] = "tongsheng-render";
    ssize_t len = readlink("/proc/self/exe", out, PATH_MAX - 1);
    out[len > 0 ? len : 0] = '\0';
    char *slash = strrchr(out, '/');
    if (!slash || (size_t)(slash + 1 - out) + sizeof name > PATH_MAX)
        out[0] = '\0';
    else
        memcpy(slash + 1, name, sizeof name);
}

struct ts_reader *ts_reader_new(void (*wake)(void *ctx), void *ctx)
{
    struct ts_reader *reader = calloc(1, sizeof *reader);
    if (!reader)
        abort();
    find_program(reader->program);
    reader->work = ts_work_create(1, wake, ctx);
    if (reader->work)
        return reader;
    free(reader);
    return NULL;
}

void ts_reader_free(struct ts_reader *reader, void (*drop)(void *ctx, void *job), void *ctx)
{
    if (!reader)
        return;
    ts_work_destroy(reader->work, drop, ctx);
    free(reader);
}

static void submit(void *ctx, void (*run)(void *job), void *job)
{
    struct ts_reader *reader = ctx;
    ts_work_submit(reader->work, run, job);
}

/* What it said, when that is a code that we know. */
static const char *known_code(const char *said)
{
    size_t len = strcspn(said, " \n");
    char code[48] = "";
    if (len < sizeof code)
        memcpy(code, said, len);
    const struct ts_sentence *sentence = ts_sentence_find(code);
    return sentence && strncmp(code, "render.", 7) == 0 ? sentence->code : "render.died";
}

static const char *make(void *ctx, struct ts_bytes job, struct ts_buf *out)
{
    const struct ts_reader *reader = ctx;
    const char *const argv[] = {reader->program, NULL};
    struct ts_run_result result;
    ts_run(argv, job, CLIP_MAX, LIMIT_MS, out, &result);
    switch (result.end) {
    case TS_RUN_EXITED:
        if (result.status == 0 && out->len > 0)
            return NULL;
        return result.status == 127 ? "render.none" : known_code(result.said);
    case TS_RUN_NOT_THERE:
        return "render.none";
    case TS_RUN_TIME:
        return "render.time";
    default:
        return "render.died";
    }
}

struct ts_render_port ts_reader_port(struct ts_reader *reader)
{
    return (struct ts_render_port){reader, submit, make};
}

void ts_reader_collect(struct ts_reader *reader, void (*done)(void *ctx, void *job), void *ctx)
{
    ts_work_collect(reader->work, done, ctx);
}
