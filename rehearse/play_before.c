/* Steps before the day: council, roster, devices, meeting, packs. */
#include "rehearse/player.h"

#include "proto/base/codec.h"

#include <stdio.h>
#include <stdlib.h>

#define OFFICE_MS 120000

int ts_verb_title(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    (void)err;
    player->title = ts_script_word(step, 0);
    return 0;
}

int ts_verb_district(struct ts_player *player, const struct ts_script_step *step,
                     struct ts_err *err)
{
    (void)err;
    player->district_name = ts_script_word(step, 0);
    return 0;
}

/* "2/3" */
static int share(int64_t *num, int64_t *den, struct ts_str value, struct ts_err *err)
{
    const char *slash = value.ptr ? memchr(value.ptr, '/', value.len) : NULL;
    struct ts_str left = {value.ptr, slash ? (size_t)(slash - value.ptr) : 0};
    struct ts_str right = {slash ? slash + 1 : NULL, slash ? value.len - left.len - 1 : 0};
    if (!slash || ts_decimal_decode(num, left) != 0 || ts_decimal_decode(den, right) != 0)
        return ts_err_set(err, "script.number", "a share is written like 2/3");
    return 0;
}

int ts_verb_council(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    int64_t term, num, den;
    if (ts_script_number(&term, step, "term", 1, 99, 1, err) != 0 ||
        ts_script_number(&player->speech_seconds, step, "speech", 10, 600, 60, err) != 0 ||
        share(&num, &den, ts_script_value(step, "quorum"), err) != 0 ||
        ts_stage_start_server(player, err) != 0)
        return -1;
    struct ts_buf body = {0};
    struct ts_json_writer w;
    const struct ts_json *ok;
    ts_jw_init(&w, &body);
    ts_jw_object(&w);
    ts_jw_member_str(&w, "body", ts_id_str(&player->district));
    ts_jw_member_str(&w, "name", ts_script_word(step, 0));
    ts_jw_member_int(&w, "term", term);
    ts_jw_key(&w, "rules");
    ts_jw_object(&w);
    ts_jw_member_int(&w, "quorum_num", num);
    ts_jw_member_int(&w, "quorum_den", den);
    ts_jw_member_int(&w, "speech_seconds", player->speech_seconds);
    ts_jw_member_int(&w, "reply_days", 15);
    ts_jw_object_end(&w);
    return ts_player_say(player, player->organiser, "council.add", &w, &ok, err) ||
                   ts_player_answer_id(&player->council, ok, err)
               ? -1
               : 0;
}

/* "3-9" */
static int grade_range(int64_t *low, int64_t *high, struct ts_str value, struct ts_err *err)
{
    const char *dash = value.ptr ? memchr(value.ptr, '-', value.len) : NULL;
    struct ts_str left = {value.ptr, dash ? (size_t)(dash - value.ptr) : 0};
    struct ts_str right = {dash ? dash + 1 : NULL, dash ? value.len - left.len - 1 : 0};
    if (!dash || ts_decimal_decode(low, left) != 0 || ts_decimal_decode(high, right) != 0 ||
        *low > *high || *high > 12)
        return ts_err_set(err, "script.number", "grades are written like 3-9");
    return 0;
}

static void write_row(struct ts_json_writer *w, size_t at, bool is_boy, int64_t grade)
{
    static const char *const family[] = {"赵", "钱", "孙", "李", "周",
                                         "吴", "郑", "王", "冯", "陈"};
    static const char *const given[] = {"玥", "一诺", "浩然", "子涵", "梓萱",
                                        "昊", "雨桐", "晨曦", "思远", "嘉琪"};
    char name[64];
    snprintf(name, sizeof name, "%s%s%zu", family[at % 10], given[at / 10 % 10], at + 1);
    ts_jw_object(w);
    ts_jw_member_cstr(w, "name", name);
    ts_jw_member_cstr(w, "sex", is_boy ? "boy" : "girl");
    ts_jw_member_int(w, "grade", grade);
    ts_jw_member_int(w, "seat", (int64_t)at + 1);
    ts_jw_object_end(w);
}

#define IMPORT_ROWS 500

static int import_rows(struct ts_player *player, size_t from, size_t to, int64_t low, int64_t high,
                       struct ts_err *err)
{
    struct ts_buf body;
    struct ts_json_writer w;
    ts_player_body(player, &w, &body, false);
    ts_jw_key(&w, "rows");
    ts_jw_array(&w);
    for (size_t i = from; i < to; i++)
        write_row(&w, i, player->members[i].is_boy, low + (int64_t)i % (high - low + 1));
    ts_jw_array_end(&w);
    return ts_player_say(player, player->organiser, "roster.import", &w, NULL, err);
}

int ts_verb_roster(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    int64_t girls, boys, low, high;
    if (ts_script_number(&girls, step, "girls", 0, TS_PLAYER_VOTERS_MAX, -1, err) != 0 ||
        ts_script_number(&boys, step, "boys", 0, TS_PLAYER_VOTERS_MAX, -1, err) != 0 ||
        grade_range(&low, &high, ts_script_value(step, "grades"), err) != 0)
        return -1;
    player->script_voters = girls + boys;
    int64_t size = player->options.voters > 0 ? player->options.voters : girls + boys;
    if (size < 1 || size > TS_PLAYER_VOTERS_MAX)
        return ts_err_set(err, "script.number", "1 to %d members", TS_PLAYER_VOTERS_MAX);
    player->member_count = (size_t)size;
    player->members = ts_arena_array(&player->arena, player->member_count, sizeof *player->members);
    /* Girls and boys in turn as far as there are both, in the script's proportion. */
    for (int64_t i = 0; i < size; i++)
        player->members[i].is_boy =
            (i + 1) * boys / player->script_voters > i * boys / player->script_voters;
    for (size_t i = 0; i < player->member_count; i += IMPORT_ROWS) {
        size_t to = i + IMPORT_ROWS < player->member_count ? i + IMPORT_ROWS : player->member_count;
        if (import_rows(player, i, to, low, high, err) != 0)
            return -1;
    }
    return 0;
}

int ts_verb_kiosks(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    int64_t count = player->options.kiosks;
    struct ts_str word = ts_script_word(step, 0);
    if (count == 0 && ts_decimal_decode(&count, word) != 0)
        count = 0;
    if (count < 1 || count > TS_PLAYER_KIOSKS_MAX)
        return ts_err_set(err, "script.number", "1 to %d kiosks", TS_PLAYER_KIOSKS_MAX);
    bool is_direct = ts_str_is(ts_script_value(step, "direct"), "yes");
    for (int64_t i = 0; i < count; i++) {
        struct ts_player_kiosk *kiosk = &player->kiosks[i];
        snprintf(kiosk->name, sizeof kiosk->name, "K%d", (int)(i + 1));
        player->kiosk_count++;
        if ((!is_direct && ts_relay_start(&kiosk->relay, player->server_port, err) != 0) ||
            ts_stage_start_kiosk(player, kiosk, err) != 0 ||
            ts_stage_approve(player, kiosk->name, &kiosk->id, err) != 0)
            return -1;
    }
    return 0;
}

int ts_verb_keepers(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    int64_t count;
    if (ts_decimal_decode(&player->threshold, ts_script_word(step, 0)) != 0 ||
        !ts_str_is(ts_script_word(step, 1), "of") ||
        ts_decimal_decode(&count, ts_script_word(step, 2)) != 0 || count < 1 ||
        count > TS_PLAYER_KEEPERS_MAX || player->threshold < 1 || player->threshold > count)
        return ts_err_set(err, "script.number", "keepers are written like: keepers 2 of 3");
    player->keeper_count = (size_t)count;
    for (int64_t i = 0; i < count; i++)
        snprintf(player->keepers[i].name, sizeof player->keepers[i].name, "Key%d", (int)(i + 1));
    return 0;
}

int ts_verb_meeting(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    (void)err;
    player->meeting_step = step;
    return 0;
}

int ts_verb_item(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    if (player->item_count == TS_PLAYER_ITEMS_MAX)
        return ts_err_set(err, "script.number", "more than %d items", TS_PLAYER_ITEMS_MAX);
    player->item_steps[player->item_count++] = step;
    return 0;
}

static int write_items(struct ts_player *player, struct ts_json_writer *w, struct ts_err *err)
{
    ts_jw_key(w, "items");
    ts_jw_array(w);
    for (size_t i = 0; i < player->item_count; i++) {
        const struct ts_script_step *item = player->item_steps[i];
        struct ts_str origin = ts_script_value(item, "origin");
        int64_t minutes;
        if (ts_script_number(&minutes, item, "minutes", 1, 240, 10, err) != 0)
            return -1;
        ts_jw_object(w);
        ts_jw_member_str(w, "title", ts_script_word(item, 0));
        ts_jw_member_int(w, "minutes", minutes);
        ts_jw_member_str(w, "origin", origin.ptr ? origin : TS_STR("group"));
        ts_jw_object_end(w);
    }
    ts_jw_array_end(w);
    return 0;
}

/* The meeting with its agenda, once both are known. */
static int create_meeting(struct ts_player *player, struct ts_err *err)
{
    const struct ts_script_step *step = player->meeting_step;
    int64_t sitting, minutes;
    if (!step)
        return ts_err_set(err, "script.missing", "there is no meeting before this step");
    struct ts_str kind = ts_script_value(step, "kind");
    struct ts_str place = ts_script_value(step, "place");
    if (ts_script_number(&sitting, step, "sitting", 1, 999, 1, err) != 0 ||
        ts_script_number(&minutes, step, "minutes", 1, 1440, 90, err) != 0)
        return -1;
    struct ts_buf body;
    struct ts_json_writer w;
    const struct ts_json *ok;
    ts_player_body(player, &w, &body, false);
    ts_jw_member_str(&w, "kind", kind.ptr ? kind : TS_STR("plenary"));
    ts_jw_member_int(&w, "sitting", sitting);
    ts_jw_member_str(&w, "title", ts_script_word(step, 0));
    ts_jw_member_str(&w, "place", place.ptr ? place : TS_STR("儿童之家"));
    ts_jw_member_int(&w, "starts_at", 0);
    ts_jw_member_int(&w, "minutes", minutes);
    if (write_items(player, &w, err) != 0)
        return -1;
    ts_jw_member_bool(&w, "rehearsal", false);
    if (ts_player_say(player, player->organiser, "meeting.create", &w, &ok, err) != 0 ||
        ts_player_answer_id(&player->meeting, ok, err) != 0)
        return -1;
    return ts_stage_login(player, err);
}

/* The ids that the server gave to the members, by seat. */
static int learn_members(struct ts_player *player, struct ts_err *err)
{
    const struct ts_json *seats = ts_json_get(ts_player_console(player), "seats");
    size_t found = 0;
    for (size_t i = 0; seats && i < ts_json_count(seats); i++) {
        const struct ts_json *one = ts_json_at(seats, i);
        int64_t seat = ts_player_member_int(one, "seat", 0);
        if (seat >= 1 && seat <= (int64_t)player->member_count &&
            ts_id_parse(&player->members[seat - 1].id, ts_json_str(ts_json_get(one, "member"))) ==
                0)
            found++;
    }
    if (found != player->member_count)
        return ts_err_set(err, "expect", "the console shows %zu of %zu seats", found,
                          player->member_count);
    return 0;
}

/* What the office prints: {"uuid":…,"letter":…,"slips":[{"code":…},…]} in random order. */
static int read_slips(struct ts_player *player, struct ts_player_poll *poll, const char *path,
                      struct ts_err *err)
{
    struct ts_buf text = {0};
    struct ts_json *root = NULL;
    const struct ts_json_limits limits = {8 * 1024 * 1024, 8};
    int rc = ts_player_read_file(&text, path, err);
    if (rc == 0)
        rc = ts_json_parse(&root, ts_buf_str(&text), &limits, err);
    ts_buf_wipe(&text);
    const struct ts_json *slips = rc == 0 ? ts_json_get(root, "slips") : NULL;
    if (rc == 0 && (!slips || ts_id_parse(&poll->uuid, ts_json_str(ts_json_get(root, "uuid"))) ||
                    ts_id_parse(&poll->pack, ts_json_str(ts_json_get(root, "pack")))))
        rc = ts_err_set(err, "file.read", "%s is not what a slip office prints", path);
    if (rc == 0) {
        poll->slip_count = ts_json_count(slips);
        poll->slips = ts_arena_array(&player->arena, poll->slip_count, sizeof *poll->slips);
        for (size_t i = 0; i < poll->slip_count; i++) {
            struct ts_str code = ts_json_str(ts_json_get(ts_json_at(slips, i), "code"));
            snprintf(poll->slips[i].code, sizeof poll->slips[i].code, "%.*s", TS_STR_ARG(code));
        }
    }
    ts_json_free(root);
    return rc;
}

static void shuffle_hat(struct ts_player *player, struct ts_player_poll *poll)
{
    for (size_t i = poll->slip_count; i > 1; i--) {
        size_t j = (size_t)ts_player_draw(player, i);
        struct ts_player_slip moved = poll->slips[i - 1];
        poll->slips[i - 1] = poll->slips[j];
        poll->slips[j] = moved;
    }
}

static int make_pack(struct ts_player *player, char letter, struct ts_err *err)
{
    struct ts_player_poll *poll = &player->polls[player->poll_count++];
    poll->letter = letter;
    char name[2] = {letter, '\0'};
    char count[16];
    /* A tenth more than members, for slips that are exchanged. */
    snprintf(count, sizeof count, "%zu", player->member_count + player->member_count / 10 + 5);
    const char *out = ts_player_path(player, "slips-%c.json", letter);
    const char *bin =
        ts_arena_printf(&player->arena, "%s/tongsheng-kiosk", player->options.bin).ptr;
    const char *const argv[] = {bin,         "slips",
                                "--dir",     ts_player_path(player, "office"),
                                "--server",  ts_stage_url(player, NULL),
                                "--pin",     player->pin_text,
                                "--name",    "Office",
                                "--council", player->council.s,
                                "--letter",  name,
                                "--count",   count,
                                "--out",     out,
                                NULL};
    struct ts_process office = {0};
    struct ts_id id;
    if (ts_process_start(&office, argv, ts_player_path(player, "office.log"), err) != 0 ||
        ts_stage_approve(player, "Office", &id, err) != 0)
        return -1;
    if (ts_process_wait(&office, OFFICE_MS) != 0)
        return ts_err_set(err, "process.ended", "the slip office failed; its log is %s",
                          office.log);
    if (read_slips(player, poll, out, err) != 0)
        return -1;
    shuffle_hat(player, poll);
    return 0;
}

int ts_verb_packs(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    if (create_meeting(player, err) != 0 || learn_members(player, err) != 0)
        return -1;
    for (size_t i = 0; i < step->count; i++) {
        struct ts_str word = step->words[i].value;
        if (word.len != 1 || word.ptr[0] < 'A' || word.ptr[0] > 'Z' ||
            player->poll_count == TS_PLAYER_POLLS_MAX)
            return ts_err_set(err, "script.poll", "packs are letters, at most %d",
                              TS_PLAYER_POLLS_MAX);
        if (make_pack(player, word.ptr[0], err) != 0)
            return -1;
    }
    return 0;
}

int ts_verb_next_meeting(struct ts_player *player, const struct ts_script_step *step,
                         struct ts_err *err)
{
    (void)step;
    (void)err;
    for (size_t i = 0; i < player->kiosk_count; i++) {
        ts_stage_end_device(&player->kiosks[i]);
        player->kiosks[i] = (struct ts_player_kiosk){0};
    }
    player->kiosk_count = 0;
    player->meeting_number++;
    player->meeting_step = NULL;
    player->item_count = 0;
    for (size_t i = 0; i < player->member_count; i++)
        player->members[i].is_present = false;
    return 0;
}
