#include "rehearse/player.h"

#include "proto/base/codec.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define FILE_BYTES_MAX (256u * 1024 * 1024)

static const struct {
    const char *name;
    ts_player_verb play;
} verbs[] = {
    {"title", ts_verb_title},
    {"district", ts_verb_district},
    {"council", ts_verb_council},
    {"roster", ts_verb_roster},
    {"kiosks", ts_verb_kiosks},
    {"keepers", ts_verb_keepers},
    {"meeting", ts_verb_meeting},
    {"item", ts_verb_item},
    {"packs", ts_verb_packs},
    {"next-meeting", ts_verb_next_meeting},
    {"arrive", ts_verb_arrive},
    {"leave", ts_verb_leave},
    {"guests", ts_verb_guests},
    {"office", ts_verb_office},
    {"open-meeting", ts_verb_open_meeting},
    {"close-meeting", ts_verb_close_meeting},
    {"goto", ts_verb_goto},
    {"note", ts_verb_note},
    {"motion", ts_verb_motion},
    {"speak", ts_verb_speak},
    {"minority", ts_verb_minority},
    {"decide", ts_verb_decide},
    {"hands", ts_verb_hands},
    {"named", ts_verb_named},
    {"poll", ts_verb_poll},
    {"keys", ts_verb_keys},
    {"ready", ts_verb_ready},
    {"void", ts_verb_void},
    {"carry", ts_verb_carry},
    {"zero", ts_verb_zero},
    {"open", ts_verb_open},
    {"votes", ts_verb_votes},
    {"quota", ts_verb_quota},
    {"cast", ts_verb_cast},
    {"reuse", ts_verb_reuse},
    {"walk-away", ts_verb_walk_away},
    {"exchange", ts_verb_exchange},
    {"unused", ts_verb_unused},
    {"audit", ts_verb_audit},
    {"unplug", ts_verb_unplug},
    {"plug", ts_verb_plug},
    {"kill", ts_verb_kill},
    {"start", ts_verb_start},
    {"prove", ts_verb_prove},
    {"close", ts_verb_close},
    {"paper", ts_verb_paper},
    {"finish", ts_verb_finish},
    {"decrypt", ts_verb_decrypt},
    {"tally", ts_verb_tally},
    {"publish", ts_verb_publish},
    {"expect", ts_verb_expect},
    {"export", ts_verb_export},
    {"verify", ts_verb_verify},
    {"tamper", ts_verb_tamper},
};

static ts_player_verb find_verb(struct ts_str name)
{
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (ts_str_is(name, verbs[i].name))
            return verbs[i].play;
    }
    return NULL;
}

static void note_step(struct ts_player *player, const struct ts_script_step *step, uint64_t ms)
{
    struct ts_json_writer w;
    if (player->steps_report.len > 0)
        ts_buf_append_char(&player->steps_report, ',');
    ts_jw_init(&w, &player->steps_report);
    ts_jw_object(&w);
    ts_jw_member_int(&w, "line", step->line);
    ts_jw_member_str(&w, "step", step->verb);
    ts_jw_member_int(&w, "ms", (int64_t)ms);
    ts_jw_object_end(&w);
}

static void tell(const struct ts_script_step *step)
{
    printf("%4ld  %.*s", step->line, TS_STR_ARG(step->verb));
    for (size_t i = 0; i < step->count && i < 8; i++) {
        const struct ts_script_word *word = &step->words[i];
        if (word->key.len > 0)
            printf(" %.*s=%.*s", TS_STR_ARG(word->key), TS_STR_ARG(word->value));
        else
            printf(" %.*s", TS_STR_ARG(word->value));
    }
    printf("\n");
    fflush(stdout);
}

static int play_step(struct ts_player *player, const struct ts_script_step *step,
                     struct ts_err *err)
{
    ts_player_verb play = find_verb(step->verb);
    if (!play)
        return ts_err_set(err, "script.verb", "there is no step \"%.*s\"", TS_STR_ARG(step->verb));
    tell(step);
    player->step = step;
    uint64_t began = ts_loop_now_ms();
    int rc = play(player, step, err);
    note_step(player, step, ts_loop_now_ms() - began);
    return rc;
}

int ts_player_run(struct ts_player *player, const struct ts_script *script, struct ts_err *err)
{
    if (player->began_ms == 0)
        player->began_ms = ts_loop_now_ms();
    for (size_t i = 0; i < script->count; i++) {
        if (!find_verb(script->steps[i].verb)) {
            snprintf(err->path, sizeof err->path, "line %ld", script->steps[i].line);
            return ts_err_set(err, "script.verb", "line %ld: there is no step \"%.*s\"",
                              script->steps[i].line, TS_STR_ARG(script->steps[i].verb));
        }
    }
    for (size_t i = 0; i < script->count; i++) {
        if (play_step(player, &script->steps[i], err) != 0) {
            snprintf(err->path, sizeof err->path, "line %ld", script->steps[i].line);
            return -1;
        }
    }
    return 0;
}

void ts_player_end(struct ts_player *player)
{
    for (size_t i = 0; i < player->kiosk_count; i++)
        ts_stage_end_device(&player->kiosks[i]);
    for (size_t i = 0; i < player->keeper_count; i++)
        ts_stage_end_device(&player->keepers[i]);
    ts_talk_close(player->organiser);
    ts_talk_close(player->facilitator);
    if (!player->options.keep)
        ts_process_stop(&player->server, 10000);
    struct ts_str key;
    void *value;
    for (size_t i = 0; ts_map_next(&player->rejects, &i, &key, &value);)
        free(value);
    ts_map_free(&player->rejects);
    ts_map_free(&player->motions);
    ts_buf_free(&player->steps_report);
    ts_loop_destroy(player->loop);
    ts_arena_free(&player->arena);
}

/* splitmix64 */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint64_t ts_player_draw(struct ts_player *player, uint64_t n)
{
    uint64_t limit = UINT64_MAX - UINT64_MAX % n;
    uint64_t drawn;
    do
        drawn = next_random(&player->random);
    while (drawn >= limit);
    return drawn % n;
}

bool ts_player_is_own_size(const struct ts_player *player)
{
    return player->script_voters == (int64_t)player->member_count;
}

int64_t ts_player_scaled(const struct ts_player *player, int64_t share)
{
    if (ts_player_is_own_size(player) || player->script_voters == 0)
        return share;
    int64_t size = (int64_t)player->member_count;
    return (share * size + player->script_voters / 2) / player->script_voters;
}

int ts_player_poll(struct ts_player *player, const struct ts_script_step *step,
                   struct ts_player_poll **out, struct ts_err *err)
{
    struct ts_str name = ts_script_value(step, "poll");
    if (!name.ptr)
        name = ts_script_word(step, 0);
    for (size_t i = 0; i < player->poll_count; i++) {
        if (name.len == 1 && player->polls[i].letter == name.ptr[0]) {
            *out = &player->polls[i];
            return 0;
        }
    }
    return ts_err_set(err, "script.poll", "there is no pack \"%.*s\"", TS_STR_ARG(name));
}

int ts_player_kiosk(struct ts_player *player, const struct ts_script_step *step, bool optional,
                    struct ts_player_kiosk **out, struct ts_err *err)
{
    int64_t number;
    *out = NULL;
    if (optional && !ts_script_value(step, "kiosk").ptr)
        return 0;
    if (ts_script_number(&number, step, "kiosk", 1, (int64_t)player->kiosk_count, -1, err) != 0)
        return -1;
    *out = &player->kiosks[number - 1];
    return 0;
}

int ts_player_numbers(int64_t *out, size_t max, size_t *count, struct ts_str list,
                      struct ts_err *err)
{
    *count = 0;
    while (list.len > 0) {
        const char *comma = memchr(list.ptr, ',', list.len);
        struct ts_str one = {list.ptr, comma ? (size_t)(comma - list.ptr) : list.len};
        if (*count == max || ts_decimal_decode(&out[*count], one) != 0)
            return ts_err_set(err, "script.number", "\"%.*s\" is no number here, or too many",
                              TS_STR_ARG(one));
        (*count)++;
        size_t used = one.len + (comma ? 1 : 0);
        list.ptr += used;
        list.len -= used;
    }
    return 0;
}

const char *ts_player_path(struct ts_player *player, const char *format, ...)
{
    char name[TS_PLAYER_PATH_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(name, sizeof name, format, args);
    va_end(args);
    return ts_arena_printf(&player->arena, "%s/%s", player->options.out, name).ptr;
}

int ts_player_read_file(struct ts_buf *out, const char *path, struct ts_err *err)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return ts_err_set(err, "file.read", "cannot read %s: %s", path, strerror(errno));
    uint8_t chunk[65536];
    size_t got;
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0 && out->len < FILE_BYTES_MAX)
        ts_buf_append(out, chunk, got);
    bool bad = ferror(file) != 0 || out->len >= FILE_BYTES_MAX;
    fclose(file);
    return bad ? ts_err_set(err, "file.read", "cannot read %s to its end", path) : 0;
}

int ts_player_write_file(const char *path, struct ts_str text, struct ts_err *err)
{
    FILE *file = fopen(path, "wb");
    bool good = file && fwrite(text.ptr, 1, text.len, file) == text.len;
    if (file && fclose(file) != 0)
        good = false;
    return good ? 0 : ts_err_set(err, "file.write", "cannot write %s: %s", path, strerror(errno));
}

void ts_player_body(struct ts_player *player, struct ts_json_writer *w, struct ts_buf *buf,
                    bool with_meeting)
{
    *buf = (struct ts_buf){0};
    ts_jw_init(w, buf);
    ts_jw_object(w);
    ts_jw_member_str(w, "council", ts_id_str(&player->council));
    if (with_meeting)
        ts_jw_member_str(w, "meeting", ts_id_str(&player->meeting));
}

static void count_reject(struct ts_player *player, const struct ts_err *err)
{
    if (strcmp(err->code, "reject") != 0 || err->param_count == 0)
        return;
    struct ts_str code = ts_str_of(err->params[0].value);
    int64_t *count = ts_map_get(&player->rejects, code);
    if (!count) {
        count = calloc(1, sizeof *count);
        if (!count)
            abort();
        ts_map_put(&player->rejects, code, count);
    }
    (*count)++;
}

int ts_player_say(struct ts_player *player, struct ts_talk *talk, const char *command,
                  struct ts_json_writer *w, const struct ts_json **ok, struct ts_err *err)
{
    ts_jw_object_end(w);
    int rc = ts_talk_call(talk, command, ts_buf_str(w->buf), ok, err);
    ts_buf_wipe(w->buf);
    if (rc != 0)
        count_reject(player, err);
    return rc;
}

int ts_player_answer_id(struct ts_id *out, const struct ts_json *ok, struct ts_err *err)
{
    const struct ts_json *id = ok ? ts_json_get(ok, "id") : NULL;
    if (!ts_json_is(id, TS_JSON_STR) || ts_id_parse(out, ts_json_str(id)) != 0)
        return ts_err_set(err, "answer.id", "the answer names nothing that was made");
    return 0;
}

/* "3/4" */
static int write_turnout(struct ts_json_writer *w, struct ts_str value, struct ts_err *err)
{
    int64_t num = 0, den = 1;
    const char *slash = value.ptr ? memchr(value.ptr, '/', value.len) : NULL;
    if (slash) {
        struct ts_str left = {value.ptr, (size_t)(slash - value.ptr)};
        struct ts_str right = {slash + 1, value.len - left.len - 1};
        if (ts_decimal_decode(&num, left) != 0 || ts_decimal_decode(&den, right) != 0)
            slash = NULL;
    }
    if (value.ptr && !slash)
        return ts_err_set(err, "script.number", "a share is written like 3/4");
    ts_jw_member_int(w, "turnout_num", num);
    ts_jw_member_int(w, "turnout_den", den);
    return 0;
}

/* "g3:1,g4:1" */
static int write_reserved(struct ts_json_writer *w, struct ts_str list, struct ts_err *err)
{
    ts_jw_key(w, "reserved");
    ts_jw_array(w);
    while (list.ptr && list.len > 0) {
        const char *comma = memchr(list.ptr, ',', list.len);
        struct ts_str one = {list.ptr, comma ? (size_t)(comma - list.ptr) : list.len};
        const char *colon = memchr(one.ptr, ':', one.len);
        int64_t seats = 0;
        if (!colon ||
            ts_decimal_decode(
                &seats, (struct ts_str){colon + 1, (size_t)(one.ptr + one.len - colon) - 1}) != 0)
            return ts_err_set(err, "script.number", "reserved seats are written like g3:1,g4:1");
        ts_jw_object(w);
        ts_jw_member_str(w, "tag", (struct ts_str){one.ptr, (size_t)(colon - one.ptr)});
        ts_jw_member_int(w, "seats", seats);
        ts_jw_object_end(w);
        size_t used = one.len + (comma ? 1 : 0);
        list.ptr += used;
        list.len -= used;
    }
    ts_jw_array_end(w);
    return 0;
}

int ts_player_rule(struct ts_json_writer *w, const struct ts_script_step *step, struct ts_err *err)
{
    struct ts_str kind = ts_script_value(step, "rule");
    struct ts_str base = ts_script_value(step, "base");
    int64_t seats, notice;
    if (ts_script_number(&seats, step, "seats", 1, 50, 1, err) != 0 ||
        ts_script_number(&notice, step, "notice", 0, 30, 0, err) != 0)
        return -1;
    ts_jw_key(w, "rule");
    ts_jw_object(w);
    ts_jw_member_str(w, "kind", kind.ptr ? kind : TS_STR("majority"));
    ts_jw_member_str(w, "base", base.ptr ? base : TS_STR("present"));
    if (write_turnout(w, ts_script_value(step, "turnout"), err) != 0)
        return -1;
    ts_jw_member_int(w, "seats", seats);
    if (write_reserved(w, ts_script_value(step, "reserved"), err) != 0)
        return -1;
    ts_jw_member_cstr(w, "tie", "second_round");
    ts_jw_member_int(w, "notice_days", notice);
    ts_jw_object_end(w);
    return 0;
}

const struct ts_json *ts_player_console(const struct ts_player *player)
{
    return ts_talk_view(player->facilitator, "console", player->meeting.s);
}

int64_t ts_player_member_int(const struct ts_json *object, const char *name, int64_t otherwise)
{
    const struct ts_json *v = ts_json_is(object, TS_JSON_OBJECT) ? ts_json_get(object, name) : NULL;
    return ts_json_is(v, TS_JSON_INT) ? ts_json_int(v) : otherwise;
}

const struct ts_json *ts_player_console_poll(const struct ts_player *player,
                                             const struct ts_player_poll *poll)
{
    const struct ts_json *console = ts_player_console(player);
    const struct ts_json *polls = console ? ts_json_get(console, "polls") : NULL;
    for (size_t i = 0; polls && i < ts_json_count(polls); i++) {
        const struct ts_json *one = ts_json_at(polls, i);
        if (ts_str_equal(ts_json_str(ts_json_get(one, "poll")), ts_id_str(&poll->id)))
            return one;
    }
    return NULL;
}
