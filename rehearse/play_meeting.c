/* Steps of the meeting itself: attendance, speakers, motions, open votes. */
#include "rehearse/player.h"

#include "proto/base/codec.h"

#include <stdio.h>
#include <stdlib.h>

#define IDS_MAX 200

static int say_simple(struct ts_player *player, const char *command, struct ts_err *err)
{
    struct ts_buf body;
    struct ts_json_writer w;
    ts_player_body(player, &w, &body, true);
    return ts_player_say(player, player->facilitator, command, &w, NULL, err);
}

/* Sends these members in commands of at most IDS_MAX. */
static int say_members(struct ts_player *player, const char *command, const size_t *seats,
                       size_t count, struct ts_err *err)
{
    for (size_t from = 0; from < count; from += IDS_MAX) {
        size_t to = from + IDS_MAX < count ? from + IDS_MAX : count;
        struct ts_buf body;
        struct ts_json_writer w;
        ts_player_body(player, &w, &body, true);
        ts_jw_key(&w, "members");
        ts_jw_array(&w);
        for (size_t i = from; i < to; i++)
            ts_jw_str(&w, ts_id_str(&player->members[seats[i]].id));
        ts_jw_array_end(&w);
        if (ts_player_say(player, player->facilitator, command, &w, NULL, err) != 0)
            return -1;
    }
    return 0;
}

/* The first `count` of that sex who are here or not, appended to the list. */
static int pick(struct ts_player *player, bool boys, bool here, int64_t count, size_t *list,
                size_t *len, struct ts_err *err)
{
    for (size_t i = 0; count > 0 && i < player->member_count; i++) {
        const struct ts_player_member *m = &player->members[i];
        if (m->is_boy == boys && m->is_present == here) {
            list[(*len)++] = i;
            count--;
        }
    }
    return count > 0 && ts_player_is_own_size(player)
               ? ts_err_set(err, "script.number", "there are not so many")
               : 0;
}

static int pick_all_but(struct ts_player *player, const struct ts_script_step *step, size_t *list,
                        size_t *len, struct ts_err *err)
{
    int64_t absent;
    if (ts_script_number(&absent, step, "all-but", 0, TS_PLAYER_VOTERS_MAX, -1, err) != 0)
        return -1;
    absent = ts_player_scaled(player, absent);
    int64_t size = (int64_t)player->member_count;
    for (int64_t i = 0; i < size; i++) {
        /* The absent ones are spread evenly. */
        if ((i + 1) * absent / size == i * absent / size)
            list[(*len)++] = (size_t)i;
    }
    return 0;
}

static int move(struct ts_player *player, const struct ts_script_step *step, bool arriving,
                struct ts_err *err)
{
    size_t *list = ts_arena_array(&player->arena, player->member_count, sizeof *list);
    size_t len = 0;
    if (ts_script_value(step, "all-but").ptr) {
        if (pick_all_but(player, step, list, &len, err) != 0)
            return -1;
    } else {
        int64_t girls, boys;
        if (ts_script_number(&girls, step, "girls", 0, TS_PLAYER_VOTERS_MAX, 0, err) != 0 ||
            ts_script_number(&boys, step, "boys", 0, TS_PLAYER_VOTERS_MAX, 0, err) != 0 ||
            pick(player, false, !arriving, ts_player_scaled(player, girls), list, &len, err) ||
            pick(player, true, !arriving, ts_player_scaled(player, boys), list, &len, err))
            return -1;
    }
    if (say_members(player, arriving ? "attendance.arrive" : "attendance.leave", list, len, err))
        return -1;
    for (size_t i = 0; i < len; i++)
        player->members[list[i]].is_present = arriving;
    return 0;
}

int ts_verb_arrive(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    return move(player, step, true, err);
}

int ts_verb_leave(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    return move(player, step, false, err);
}

int ts_verb_guests(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    static const char *const kinds[] = {"observers", "guests", "guardians"};
    struct ts_buf body;
    struct ts_json_writer w;
    int64_t counts[3];
    for (size_t i = 0; i < 3; i++) {
        if (ts_script_number(&counts[i], step, kinds[i], 0, 1000, 0, err) != 0)
            return -1;
    }
    ts_player_body(player, &w, &body, true);
    for (size_t i = 0; i < 3; i++)
        ts_jw_member_int(&w, kinds[i], counts[i]);
    return ts_player_say(player, player->facilitator, "attendance.guests", &w, NULL, err);
}

int ts_verb_open_meeting(struct ts_player *player, const struct ts_script_step *step,
                         struct ts_err *err)
{
    (void)step;
    return say_simple(player, "meeting.open", err);
}

int ts_verb_close_meeting(struct ts_player *player, const struct ts_script_step *step,
                          struct ts_err *err)
{
    (void)step;
    return say_simple(player, "meeting.close", err);
}

int ts_verb_goto(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    int64_t item;
    if (ts_decimal_decode(&item, ts_script_word(step, 0)) != 0)
        return ts_err_set(err, "script.number", "the number of an item is missing");
    struct ts_buf body;
    struct ts_json_writer w;
    ts_player_body(player, &w, &body, true);
    ts_jw_member_int(&w, "item", item);
    return ts_player_say(player, player->facilitator, "meeting.item", &w, NULL, err);
}

int ts_verb_note(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    int64_t item;
    if (ts_decimal_decode(&item, ts_script_word(step, 0)) != 0)
        return ts_err_set(err, "script.number", "the number of an item is missing");
    struct ts_buf body;
    struct ts_json_writer w;
    ts_player_body(player, &w, &body, true);
    ts_jw_member_int(&w, "item", item);
    ts_jw_member_str(&w, "text", ts_script_word(step, 1));
    return ts_player_say(player, player->facilitator, "item.note", &w, NULL, err);
}

int ts_verb_motion(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    int64_t item;
    struct ts_str origin = ts_script_value(step, "origin");
    if (ts_script_number(&item, step, "item", 1, 40, -1, err) != 0)
        return -1;
    struct ts_buf body;
    struct ts_json_writer w;
    const struct ts_json *ok;
    ts_player_body(player, &w, &body, true);
    ts_jw_member_int(&w, "item", item);
    ts_jw_member_str(&w, "title", ts_script_word(step, 1));
    ts_jw_member_str(&w, "text", ts_script_word(step, 2));
    ts_jw_member_str(&w, "origin", origin.ptr ? origin : TS_STR("group"));
    struct ts_id *id = ts_arena_alloc(&player->arena, sizeof *id);
    if (ts_player_say(player, player->facilitator, "motion.put", &w, &ok, err) != 0 ||
        ts_player_answer_id(id, ok, err) != 0)
        return -1;
    ts_map_put(&player->motions, ts_script_word(step, 0), id);
    return 0;
}

static int find_motion(struct ts_player *player, struct ts_str name, const struct ts_id **out,
                       struct ts_err *err)
{
    *out = ts_map_get(&player->motions, name);
    return *out ? 0
                : ts_err_set(err, "script.motion", "there is no motion \"%.*s\"", TS_STR_ARG(name));
}

int ts_verb_minority(struct ts_player *player, const struct ts_script_step *step,
                     struct ts_err *err)
{
    const struct ts_id *motion;
    struct ts_buf body;
    struct ts_json_writer w;
    if (find_motion(player, ts_script_word(step, 0), &motion, err) != 0)
        return -1;
    ts_player_body(player, &w, &body, false);
    ts_jw_member_str(&w, "motion", ts_id_str(motion));
    ts_jw_member_str(&w, "text", ts_script_word(step, 1));
    return ts_player_say(player, player->facilitator, "motion.minority", &w, NULL, err);
}

int ts_verb_decide(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    const struct ts_id *motion;
    int64_t due;
    struct ts_str support = ts_script_value(step, "support");
    if (find_motion(player, ts_script_word(step, 0), &motion, err) != 0 ||
        ts_script_number(&due, step, "due", 1, 240, 15, err) != 0)
        return -1;
    struct ts_buf body;
    struct ts_json_writer w;
    ts_player_body(player, &w, &body, false);
    ts_jw_member_str(&w, "motion", ts_id_str(motion));
    ts_jw_member_str(&w, "text", ts_script_word(step, 1));
    ts_jw_member_str(&w, "lead", ts_script_value(step, "lead"));
    ts_jw_member_str(&w, "support", support.ptr ? support : TS_STR(""));
    ts_jw_member_int(&w, "due_days", due);
    return ts_player_say(player, player->facilitator, "motion.decide", &w, NULL, err);
}

/* ---- speakers ---- */

static int join(struct ts_player *player, int64_t seat, bool against, struct ts_err *err)
{
    struct ts_buf body;
    struct ts_json_writer w;
    ts_player_body(player, &w, &body, true);
    ts_jw_member_int(&w, "seat", seat);
    ts_jw_member_cstr(&w, "side", against ? "against" : "for");
    return ts_player_say(player, player->facilitator, "queue.join", &w, NULL, err);
}

static int next_speaker(struct ts_player *player, int64_t seconds, struct ts_err *err)
{
    struct ts_buf body;
    struct ts_json_writer w;
    ts_player_body(player, &w, &body, true);
    ts_jw_member_int(&w, "seconds", seconds);
    return ts_player_say(player, player->facilitator, "queue.next", &w, NULL, err);
}

struct queue_wait {
    const struct ts_player *player;
    size_t length;
};

static bool queue_has(void *ctx)
{
    const struct queue_wait *wait = ctx;
    const struct ts_json *queue = ts_json_get(ts_player_console(wait->player), "queue");
    return queue && ts_json_count(queue) == wait->length;
}

/* Those who have not spoken stand in front of those who have. */
static int check_order(const struct ts_player *player, struct ts_err *err)
{
    const struct ts_json *queue = ts_json_get(ts_player_console(player), "queue");
    bool spoken = false;
    for (size_t i = 0; i < ts_json_count(queue); i++) {
        bool this_one = ts_player_member_int(ts_json_at(queue, i), "spoken", 0) > 0;
        if (spoken && !this_one)
            return ts_err_set(err, "expect",
                              "place %zu of the queue has not spoken and waits "
                              "behind one who has",
                              i + 1);
        spoken = this_one;
    }
    return 0;
}

int ts_verb_speak(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    int64_t hands, spoken, seconds;
    int64_t seats[64];
    size_t here = 0;
    if (ts_script_number(&hands, step, "hands", 1, 60, -1, err) != 0 ||
        ts_script_number(&spoken, step, "spoken", 0, hands, 0, err) != 0 ||
        ts_script_number(&seconds, step, "seconds", 0, 600, player->speech_seconds, err) != 0)
        return -1;
    for (size_t i = 0; i < player->member_count && (int64_t)here < hands; i++) {
        if (player->members[i].is_present)
            seats[here++] = (int64_t)i + 1;
    }
    /* The first ones speak once, so that they have spoken. */
    for (int64_t i = 0; i < spoken && i < (int64_t)here; i++) {
        if (join(player, seats[i], i % 2 == 1, err) != 0 || next_speaker(player, seconds, err) != 0)
            return -1;
    }
    if (spoken > 0 && next_speaker(player, seconds, err) != 0)
        return -1;
    for (size_t i = 0; i < here; i++) {
        if (join(player, seats[i], i % 3 == 0, err) != 0)
            return -1;
    }
    struct queue_wait wait = {player, here};
    if (ts_talk_wait(player->loop, queue_has, &wait, 10000, "the queue on the console", err) != 0 ||
        check_order(player, err) != 0)
        return -1;
    /* Everybody speaks; the last call ends the last speech. */
    for (size_t i = 0; i <= here; i++) {
        if (next_speaker(player, seconds, err) != 0)
            return -1;
    }
    return 0;
}

/* ---- open votes ---- */

static int open_vote(struct ts_player *player, const struct ts_script_step *step, bool named,
                     struct ts_err *err)
{
    static const char *const keys[] = {"for", "against", "abstain"};
    int64_t item, counts[3];
    struct ts_str question = ts_script_word(step, 0);
    if (ts_script_number(&item, step, "item", 1, 40, -1, err) != 0)
        return -1;
    for (size_t i = 0; i < 3; i++) {
        if (ts_script_number(&counts[i], step, keys[i], 0, 5000, 0, err) != 0)
            return -1;
        counts[i] = ts_player_scaled(player, counts[i]);
    }
    struct ts_buf body;
    struct ts_json_writer w;
    ts_player_body(player, &w, &body, true);
    ts_jw_member_int(&w, "item", item);
    if (!named)
        ts_jw_member_cstr(&w, "group", "children");
    ts_jw_member_str(&w, "question", question);
    if (!named) {
        ts_jw_member_int(&w, "for_count", counts[0]);
        ts_jw_member_int(&w, "against", counts[1]);
        ts_jw_member_int(&w, "abstain", counts[2]);
    } else {
        ts_jw_key(&w, "votes");
        ts_jw_array(&w);
        for (size_t i = 0; i < player->member_count; i++) {
            size_t choice = counts[0] > 0 ? 0 : counts[1] > 0 ? 1 : 2;
            if (!player->members[i].is_present || counts[choice] == 0)
                continue;
            counts[choice]--;
            ts_jw_object(&w);
            ts_jw_member_str(&w, "member", ts_id_str(&player->members[i].id));
            ts_jw_member_cstr(&w, "choice", keys[choice]);
            ts_jw_object_end(&w);
        }
        ts_jw_array_end(&w);
    }
    if (ts_player_rule(&w, step, err) != 0)
        return -1;
    return ts_player_say(player, player->facilitator, named ? "named.record" : "hands.record", &w,
                         NULL, err);
}

int ts_verb_hands(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    return open_vote(player, step, false, err);
}

int ts_verb_named(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    return open_vote(player, step, true, err);
}

int ts_verb_office(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    struct ts_str office = ts_script_word(step, 0);
    struct ts_buf body;
    struct ts_json_writer w;
    const struct ts_json *ok;
    ts_player_body(player, &w, &body, true);
    bool is_screen = ts_str_is(office, "screen");
    if (!is_screen)
        ts_jw_member_str(&w, "office", office);
    if (ts_player_say(player, player->facilitator, "office.grant", &w, &ok, err) != 0)
        return -1;
    const struct ts_json *token = ts_json_get(ok, "token");
    if (!ts_json_is(token, TS_JSON_STR))
        return ts_err_set(err, "answer.id", "no code for the card");
    char *card = ts_str_is(office, "scrutineer") ? player->scrutineer_card
                 : ts_str_is(office, "staff")    ? player->staff_card
                 : is_screen                     ? player->screen_card
                                                 : NULL;
    if (card)
        snprintf(card, sizeof player->staff_card, "%.*s", TS_STR_ARG(ts_json_str(token)));
    return 0;
}
