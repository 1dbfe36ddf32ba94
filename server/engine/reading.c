/*
 * Reading texts aloud (docs/reading.md): approved pinyin goes to the renderer before text.pinyin is
 * decided; whatever becomes of that, the pinyin is approved.
 */
#include <stdlib.h>

#include "proto/base/pinyin.h"
#include "server/engine/internal.h"

struct reading_job {
    struct ts_job base;
    struct ts_request *request;
    struct ts_render_port render;
    struct ts_buf job; /* for the renderer */
    struct ts_buf clip;
    const char *note;
};

/* {"kind":"clip","voice":...,"text":...} */
static void write_job(struct ts_buf *out, const char *voice, struct ts_str text)
{
    struct ts_json_writer w;
    ts_jw_init(&w, out);
    ts_jw_object(&w);
    ts_jw_member_cstr(&w, "kind", "clip");
    ts_jw_member_cstr(&w, "voice", voice);
    ts_jw_member_str(&w, "text", text);
    ts_jw_object_end(&w);
}

static void reading_run(struct ts_job *base)
{
    struct reading_job *job = (struct reading_job *)base;
    job->note = job->render.make(job->render.ctx, ts_buf_bytes(&job->job), &job->clip);
}

static void reading_done(struct ts_engine *e, struct ts_job *base)
{
    struct reading_job *job = (struct reading_job *)base;
    struct ts_request *request = job->request;
    struct ts_prework_result result = {.clip_note = job->note};
    if (!job->note)
        result.clip = ts_buf_str(&job->clip);
    else
        ts_engine_log(e, TS_LOG_WARN, "event=render code=%s", job->note);
    job->request = NULL;
    ts_map_remove(&e->in_flight, ts_id_str(&request->id));
    ts_command_decide(e, request, &result, false);
}

static void reading_free(struct ts_engine *e, struct ts_job *base)
{
    (void)e;
    struct reading_job *job = (struct reading_job *)base;
    ts_request_free(job->request);
    ts_buf_free(&job->job);
    ts_buf_free(&job->clip);
    free(job);
}

/* What is to be read aloud; false: nothing, decide will say why, or a person's recording stays. */
static bool find_text(const struct ts_engine *e, const struct ts_world *world,
                      const struct ts_cmd_text_pinyin *cmd, struct ts_str *text)
{
    struct ts_err err;
    const struct ts_st_content *row =
        world->council ? ts_council_content(world->council, &cmd->text) : NULL;
    if (!row || row->voice == TS_VOICE_HUMAN)
        return false;
    *text = ts_content_text(&e->reader, &cmd->text);
    return text->len > 0 && ts_pinyin_check(*text, cmd->pinyin.ptr, cmd->pinyin.count, &err) == 0;
}

static bool begin_pinyin(struct ts_engine *e, struct ts_request *request)
{
    const struct ts_cmd_text_pinyin *cmd = request->cmd.body;
    struct ts_world world = ts_engine_world(e, &cmd->council);
    struct ts_str text;
    struct ts_err err = {0};
    if (!e->ports.render.make || !find_text(e, &world, cmd, &text))
        return false;
    struct reading_job *job = calloc(1, sizeof *job);
    if (!job)
        abort();
    struct ts_buf speech = {0};
    if (cmd->pinyin.count > 0)
        ts_pinyin_speech(&speech, text, cmd->pinyin.ptr, cmd->pinyin.count);
    else
        ts_buf_append_str(&speech, text);
    write_job(&job->job, cmd->pinyin.count > 0 ? "pinyin" : "english", ts_buf_str(&speech));
    ts_buf_free(&speech);
    job->base = (struct ts_job){reading_run, reading_done, reading_free, request->conn, true};
    job->request = request;
    job->render = e->ports.render;
    if (ts_job_start(e, &job->base, &err)) {
        ts_map_put(&e->in_flight, ts_id_str(&request->id), request);
        return true;
    }
    job->request = NULL;
    reading_free(e, &job->base);
    ts_command_reject(e, request, &err);
    return true;
}

bool ts_reading_begin(struct ts_engine *e, struct ts_request *request)
{
    return request->cmd.kind == TS_CMD_TEXT_PINYIN && begin_pinyin(e, request);
}
