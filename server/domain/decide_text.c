/* How texts are read, and by whom aloud (docs/reading.md). */
#include "server/domain/deciding.h"

#include "proto/base/pinyin.h"
#include "server/domain/reading.h"

static const struct ts_id *clip_of(const struct ts_st_content *row)
{
    return ts_id_is_none(&row->clip) ? NULL : &row->clip;
}

/* A text that children read and that no signed package has fixed. */
static int find_text(struct ts_deciding *d, const struct ts_id *id,
                     const struct ts_st_content **out)
{
    struct ts_child_texts texts = {0};
    *out = d->council ? ts_council_content(d->council, id) : NULL;
    if (*out && (*out)->erased)
        return ts_err_set(d->reject, "content.erased", "the text was erased");
    if (*out)
        ts_child_texts(d->council, NULL, d->arena, &texts);
    for (size_t i = 0; i < texts.count; i++) {
        if (!ts_id_equal(&texts.ptr[i].text, id))
            continue;
        if (texts.ptr[i].poll && ts_poll_is_fixed(texts.ptr[i].poll))
            return ts_err_set(d->reject, "text.fixed", "the poll's package is signed");
        return 0;
    }
    return ts_err_set(d->reject, "text.unknown", "no text that children read");
}

static void voice(struct ts_deciding *d, const struct ts_id *text, const struct ts_id *old,
                  enum ts_voice whose)
{
    struct ts_ev_text_voiced *ev = TS_EMIT(d, TEXT_VOICED, text_voiced);
    ev->text = *text;
    ev->clip = ts_deciding_content(d);
    ev->voice = (int)whose;
    if (old)
        ts_deciding_erase(d, old, TS_STR("replaced"), NULL);
}

int ts_decide_text_pinyin(struct ts_deciding *d, const struct ts_cmd_text_pinyin *cmd)
{
    const struct ts_st_content *row;
    if (find_text(d, &cmd->text, &row) != 0)
        return -1;
    struct ts_str text = ts_content_text(d->env->reader, &cmd->text);
    if (ts_pinyin_check(text, cmd->pinyin.ptr, cmd->pinyin.count, d->reject) != 0)
        return -1;
    struct ts_ev_text_approved *ev = TS_EMIT(d, TEXT_APPROVED, text_approved);
    ev->text = cmd->text;
    ev->pinyin = ts_deciding_content(d);
    if (!ts_id_is_none(&row->pinyin))
        ts_deciding_erase(d, &row->pinyin, TS_STR("replaced"), NULL);
    d->out->reply.id = cmd->text;
    bool recorded = clip_of(row) && row->voice == TS_VOICE_HUMAN;
    if (recorded)
        return 0;
    if (d->env->clip_made) {
        voice(d, &cmd->text, clip_of(row), TS_VOICE_MACHINE);
    } else {
        /* What a machine reads of an older approval would be another reading. */
        if (clip_of(row))
            ts_deciding_erase(d, clip_of(row), TS_STR("replaced"), NULL);
        ev->note = ts_str_of(d->env->clip_note ? d->env->clip_note : "render.none");
        d->out->reply.note = ev->note;
    }
    return 0;
}

int ts_decide_text_clip(struct ts_deciding *d, const struct ts_cmd_text_clip *cmd)
{
    const struct ts_st_content *row;
    if (find_text(d, &cmd->text, &row) != 0)
        return -1;
    if (!d->env->clip_made)
        return ts_err_set(d->reject, "upload.unknown", "no such upload of this person");
    voice(d, &cmd->text, clip_of(row), TS_VOICE_HUMAN);
    d->out->reply.id = cmd->text;
    return 0;
}
