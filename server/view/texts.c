/* The view `texts`: what children read of a meeting, how it is read and by whom aloud. */
#include "server/view/views.h"

#include "server/domain/reading.h"

static uint32_t texts_bits(const struct ts_scene *scene, const struct ts_actor *viewer)
{
    return ts_actor_bits(&scene->world, viewer, &scene->row->body, &scene->meeting->meeting) &
           WHO_RUNS;
}

static int texts_class(const struct ts_view_house *house, struct ts_str key,
                       const struct ts_actor *viewer, char out[static TS_VIEW_CLASS_MAX])
{
    struct ts_scene scene;
    if (!ts_scene_meeting(&scene, house, key) || !texts_bits(&scene, viewer))
        return -1;
    ts_class_bits(out, texts_bits(&scene, viewer));
    return 0;
}

static void fill_row(struct ts_text_row *out, const struct ts_view_house *house,
                     const struct ts_council_state *council, const struct ts_child_text *text,
                     struct ts_arena *arena)
{
    struct ts_reading reading;
    ts_reading_of(council, house->reader, &text->text, arena, &reading);
    out->text = text->text;
    out->part = text->part;
    out->number = text->number;
    if (text->motion)
        out->motion = text->motion->motion;
    if (text->poll) {
        out->poll = text->poll->poll;
        out->band = text->poll->band;
        out->fixed = ts_poll_is_fixed(text->poll);
    }
    out->shown = ts_shown_text(house, &text->text);
    out->approved = reading.approved;
    out->pinyin.ptr = reading.pinyin;
    out->pinyin.count = reading.pinyin_count;
    out->clip = reading.clip_id;
    out->voice = reading.voice;
    out->note = reading.note;
}

static const void *texts_render(const struct ts_view_house *house, struct ts_str key,
                                const struct ts_actor *viewer, struct ts_arena *arena)
{
    struct ts_scene scene;
    struct ts_child_texts texts;
    struct ts_view_texts *v = ts_arena_alloc(arena, sizeof *v);
    ts_scene_meeting(&scene, house, key);
    ts_child_texts(scene.world.council, &scene.meeting->meeting, arena, &texts);
    v->council = scene.row->council;
    v->meeting = scene.meeting->meeting;
    v->texts.count = texts.count;
    v->texts.ptr = ts_arena_array(arena, texts.count + 1, sizeof *v->texts.ptr);
    for (size_t i = 0; i < texts.count; i++)
        fill_row(&v->texts.ptr[i], house, scene.world.council, &texts.ptr[i], arena);
    struct ts_may may = {0};
    uint32_t bits = texts_bits(&scene, viewer);
    ts_may_add(&may, arena, bits, TS_CMD_TEXT_PINYIN, true);
    ts_may_add(&may, arena, bits, TS_CMD_TEXT_CLIP, true);
    TS_MAY_PUT(may, v->may);
    return v;
}

const struct ts_view ts_view_texts = {texts_class, texts_render, ts_scene_meeting_council};
