/* report.json: what was played and what came of it. */
#include "rehearse/player.h"

#include <stdio.h>

static void write_poll(struct ts_json_writer *w, const struct ts_player *player,
                       const struct ts_player_poll *poll)
{
    ts_jw_object(w);
    ts_jw_member_str(w, "pack", (struct ts_str){&poll->letter, 1});
    ts_jw_member_str(w, "uuid", ts_id_str(&poll->uuid));
    ts_jw_member_int(w, "printed", (int64_t)poll->slip_count);
    ts_jw_member_int(w, "handed_out", (int64_t)poll->drawn);
    ts_jw_member_int(w, "sealed", (int64_t)poll->cast_count + poll->audited);
    ts_jw_member_int(w, "acknowledged", (int64_t)poll->cast_count);
    const struct ts_json *shown = ts_player_console_poll(player, poll);
    const struct ts_json *result = shown ? ts_json_get(shown, "result") : NULL;
    ts_jw_member_int(w, "counted", ts_player_member_int(result, "cast", 0));
    ts_jw_member_int(w, "exchanged", poll->exchanged);
    ts_jw_member_int(w, "unused", poll->unused);
    ts_jw_member_int(w, "audited", poll->audited);
    ts_jw_member_int(w, "repeats", poll->repeats);
    ts_jw_key(w, "chosen");
    ts_jw_array(w);
    for (size_t i = 0; i < poll->option_count; i++)
        ts_jw_int(w, poll->totals[i]);
    ts_jw_array_end(w);
    ts_jw_member_int(w, "blank", poll->blanks);
    ts_jw_object_end(w);
}

static void write_rejects(struct ts_json_writer *w, const struct ts_player *player)
{
    struct ts_str code;
    void *count;
    ts_jw_key(w, "rejects");
    ts_jw_object(w);
    for (size_t i = 0; ts_map_next(&player->rejects, &i, &code, &count);) {
        ts_jw_key_str(w, code);
        ts_jw_int(w, *(int64_t *)count);
    }
    ts_jw_object_end(w);
}

static void write_report(struct ts_json_writer *w, struct ts_player *player,
                         const struct ts_err *failure)
{
    ts_jw_object(w);
    ts_jw_member_str(w, "title", player->title);
    ts_jw_member_bool(w, "passed", failure == NULL);
    if (failure) {
        ts_jw_member_cstr(w, "failed_at", failure->path);
        ts_jw_member_cstr(w, "code", failure->code);
        ts_jw_member_cstr(w, "detail", failure->detail);
    }
    ts_jw_member_int(w, "voters", (int64_t)player->member_count);
    ts_jw_member_int(w, "kiosks", (int64_t)player->kiosk_count);
    ts_jw_member_int(w, "seed", (int64_t)(player->options.seed & INT64_MAX));
    ts_jw_member_int(w, "ms", (int64_t)(ts_loop_now_ms() - player->began_ms));
    ts_jw_member_int(w, "visits", player->visit_count);
    ts_jw_member_int(w, "visit_ms_mean",
                     player->visit_count ? (int64_t)player->visit_ms / player->visit_count : 0);
    ts_jw_key(w, "polls");
    ts_jw_array(w);
    for (size_t i = 0; i < player->poll_count; i++) {
        if (player->polls[i].is_defined)
            write_poll(w, player, &player->polls[i]);
    }
    ts_jw_array_end(w);
    write_rejects(w, player);
    ts_jw_key(w, "steps");
    ts_jw_array(w);
    if (player->steps_report.len > 0)
        ts_jw_raw(w, ts_buf_str(&player->steps_report));
    ts_jw_array_end(w);
    ts_jw_object_end(w);
}

int ts_player_report(struct ts_player *player, const struct ts_err *failure, struct ts_err *err)
{
    struct ts_buf text = {0};
    struct ts_json_writer w;
    ts_jw_init(&w, &text);
    write_report(&w, player, failure);
    ts_buf_append_char(&text, '\n');
    int rc = ts_player_write_file(ts_player_path(player, "report.json"), ts_buf_str(&text), err);
    ts_buf_free(&text);
    return rc;
}
