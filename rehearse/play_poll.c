/* Steps of a secret poll but for the visits at the booths (play_visit.c). */
#include "rehearse/player.h"

#include "proto/base/codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ACKS_MS 60000
#define DRAIN_MS 120000
#define KEYS_MS 120000
#define OPENING_MS 180000

static bool is_yes(const struct ts_script_step *step, const char *key)
{
    return ts_str_is(ts_script_value(step, key), "yes");
}

/* "text:tag|text|..." */
static void write_options(struct ts_json_writer *w, struct ts_str list, size_t *count)
{
    ts_jw_key(w, "options");
    ts_jw_array(w);
    *count = 0;
    while (list.ptr && list.len > 0) {
        const char *bar = memchr(list.ptr, '|', list.len);
        struct ts_str one = {list.ptr, bar ? (size_t)(bar - list.ptr) : list.len};
        const char *colon = memchr(one.ptr, ':', one.len);
        struct ts_str text = {one.ptr, colon ? (size_t)(colon - one.ptr) : one.len};
        ts_jw_object(w);
        ts_jw_member_str(w, "text", text);
        if (colon)
            ts_jw_member_str(w, "tag", (struct ts_str){colon + 1, one.len - text.len - 1});
        ts_jw_object_end(w);
        (*count)++;
        size_t used = one.len + (bar ? 1 : 0);
        list.ptr += used;
        list.len -= used;
    }
    ts_jw_array_end(w);
}

static void write_info(struct ts_json_writer *w, struct ts_str question)
{
    ts_jw_key(w, "info");
    ts_jw_object(w);
    ts_jw_member_str(w, "asked", question);
    ts_jw_member_cstr(w, "decides", "议事会决定提不提，区里的部门决定怎么做。");
    ts_jw_member_cstr(w, "can_change", "你们可以决定建议什么；预算由区里定。");
    ts_jw_member_cstr(w, "answer_by", "十五个工作日以内答复。");
    ts_jw_object_end(w);
}

static int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* "now", or seconds from now; 0: the step says nothing. */
static int seconds_until(int64_t *out, const struct ts_script_step *step, struct ts_err *err)
{
    *out = 0;
    return ts_str_is(ts_script_value(step, "not-before"), "now")
               ? 0
               : ts_script_number(out, step, "not-before", 0, 86400, 0, err);
}

int ts_verb_poll(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    struct ts_player_poll *poll;
    int64_t item, min, max, per_option, min_tally, seconds;
    struct ts_str method = ts_script_value(step, "method");
    struct ts_str motion = ts_script_value(step, "motion");
    struct ts_str question = ts_script_word(step, 1);
    if (ts_player_poll(player, step, &poll, err) != 0 || seconds_until(&seconds, step, err) != 0 ||
        ts_script_number(&item, step, "item", 1, 40, -1, err) != 0 ||
        ts_script_number(&max, step, "max", 1, 50, 1, err) != 0 ||
        ts_script_number(&min, step, "min", 0, 50,
                         ts_str_is(method, "yna") || ts_str_is(method, "one") ? 1 : 0, err) != 0 ||
        ts_script_number(&per_option, step, "per_option", 1, 10, 1, err) != 0 ||
        ts_script_number(&min_tally, step, "min_tally", 1, 100, 5, err) != 0)
        return -1;
    struct ts_buf body;
    struct ts_json_writer w;
    const struct ts_json *ok;
    ts_player_body(player, &w, &body, true);
    ts_jw_member_int(&w, "item", item);
    const struct ts_id *put = motion.ptr ? ts_map_get(&player->motions, motion) : NULL;
    if (put)
        ts_jw_member_str(&w, "motion", ts_id_str(put));
    ts_jw_member_str(&w, "question", question);
    ts_jw_member_str(&w, "method", method.ptr ? method : TS_STR("yna"));
    ts_jw_member_int(&w, "min", min);
    ts_jw_member_int(&w, "max", max);
    ts_jw_member_int(&w, "per_option", per_option);
    ts_jw_member_bool(&w, "blank", is_yes(step, "blank"));
    write_options(&w, ts_script_value(step, "options"), &poll->option_count);
    if (ts_player_rule(&w, step, err) != 0)
        return -1;
    write_info(&w, question);
    poll->is_free_flow = is_yes(step, "free-flow");
    ts_jw_member_bool(&w, "free_flow", poll->is_free_flow);
    ts_jw_member_bool(&w, "two_persons", is_yes(step, "two-persons"));
    ts_jw_member_int(&w, "not_before", seconds > 0 ? clock_ms() + seconds * 1000 : 0);
    ts_jw_member_int(&w, "min_tally", min_tally);
    if (ts_player_say(player, player->facilitator, "poll.create", &w, &ok, err) != 0 ||
        ts_player_answer_id(&poll->id, ok, err) != 0)
        return -1;
    if (poll->option_count == 0)
        poll->option_count = 3; /* for, against, abstain */
    snprintf(poll->method, sizeof poll->method, "%.*s", TS_STR_ARG(method));
    poll->is_defined = true;
    return 0;
}

static int say_poll(struct ts_player *player, struct ts_talk *talk, const char *command,
                    const struct ts_player_poll *poll, const struct ts_json **ok,
                    struct ts_err *err)
{
    struct ts_buf body;
    struct ts_json_writer w;
    ts_player_body(player, &w, &body, false);
    ts_jw_member_str(&w, "poll", ts_id_str(&poll->id));
    return ts_player_say(player, talk, command, &w, ok, err);
}

/* ---- keepers ---- */

static int start_keeper(struct ts_player *player, struct ts_player_kiosk *keeper,
                        struct ts_err *err)
{
    const char *bin =
        ts_arena_printf(&player->arena, "%s/tongsheng-kiosk", player->options.bin).ptr;
    const char *const argv[] = {bin,        "keys",
                                "--dir",    ts_player_path(player, "keeper-%s", keeper->name),
                                "--server", ts_stage_url(player, keeper),
                                "--pin",    player->pin_text,
                                "--name",   keeper->name,
                                "--card",   ts_stage_keeper_card(player, keeper),
                                NULL};
    return ts_process_start(&keeper->process, argv,
                            ts_player_path(player, "keeper-%s.log", keeper->name), err) ||
                   ts_stage_approve(player, keeper->name, &keeper->id, err)
               ? -1
               : 0;
}

/* What the station prints for the booths: `keys-card TS1.keys...`. */
static int finish_keeper(struct ts_player_kiosk *keeper, char *card, size_t size,
                         struct ts_err *err)
{
    static const char prefix[] = "keys-card ";
    char line[512];
    struct ts_err ended;
    while (ts_process_line(&keeper->process, line, sizeof line, KEYS_MS, &ended) == 0) {
        if (strncmp(line, prefix, sizeof prefix - 1) == 0)
            snprintf(card, size, "%.120s", line + sizeof prefix - 1);
    }
    if (ts_process_wait(&keeper->process, KEYS_MS) != 0 || !card[0])
        return ts_err_set(err, "process.ended", "%s made no key; its log is %s", keeper->name,
                          keeper->process.log);
    return 0;
}

int ts_verb_keys(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    (void)step;
    for (size_t i = 0; i < player->keeper_count; i++) {
        if (start_keeper(player, &player->keepers[i], err) != 0)
            return -1;
    }
    struct ts_buf body;
    struct ts_json_writer w;
    ts_player_body(player, &w, &body, true);
    ts_jw_member_int(&w, "threshold", player->threshold);
    ts_jw_key(&w, "stations");
    ts_jw_array(&w);
    for (size_t i = 0; i < player->keeper_count; i++)
        ts_jw_str(&w, ts_id_str(&player->keepers[i].id));
    ts_jw_array_end(&w);
    if (ts_player_say(player, player->facilitator, "keepers.start", &w, NULL, err) != 0)
        return -1;
    char card[128] = "";
    for (size_t i = 0; i < player->keeper_count; i++) {
        if (finish_keeper(&player->keepers[i], card, sizeof card, err) != 0)
            return -1;
    }
    /* Booths refuse every poll with other trustees than those of the card (BALLOT 8). */
    for (size_t i = 0; i < player->kiosk_count; i++) {
        if (ts_player_scan(&player->kiosks[i], card, err) != 0)
            return -1;
    }
    return 0;
}

/* ---- opening ---- */

struct poll_wait {
    const struct ts_player *player;
    const struct ts_player_poll *poll;
    const char *flag;  /* of every booth that was not given up */
    const char *state; /* of the poll */
    int64_t opened_by;
};

static bool booths_have(void *ctx)
{
    const struct poll_wait *wait = ctx;
    const struct ts_json *poll = ts_player_console_poll(wait->player, wait->poll);
    const struct ts_json *booths = poll ? ts_json_get(poll, "booths") : NULL;
    if (!booths || ts_json_count(booths) == 0)
        return false;
    for (size_t i = 0; i < ts_json_count(booths); i++) {
        const struct ts_json *one = ts_json_at(booths, i);
        const struct ts_json *flag = ts_json_get(one, wait->flag);
        if (!ts_json_get(one, "given_up") && !(flag && ts_json_bool(flag)))
            return false;
    }
    return true;
}

static bool is_in_state(void *ctx)
{
    const struct poll_wait *wait = ctx;
    const struct ts_json *poll = ts_player_console_poll(wait->player, wait->poll);
    return poll && ts_str_is(ts_json_str(ts_json_get(poll, "state")), wait->state);
}

static int prepare(struct ts_player *player, const struct ts_player_poll *poll, struct ts_err *err)
{
    struct ts_buf body;
    struct ts_json_writer w;
    ts_player_body(player, &w, &body, false);
    ts_jw_member_str(&w, "poll", ts_id_str(&poll->id));
    ts_jw_member_str(&w, "pack", ts_id_str(&poll->pack));
    ts_jw_key(&w, "booths");
    ts_jw_array(&w);
    for (size_t i = 0; i < player->kiosk_count; i++)
        ts_jw_str(&w, ts_id_str(&player->kiosks[i].id));
    ts_jw_array_end(&w);
    return ts_player_say(player, player->facilitator, "poll.prepare", &w, NULL, err);
}

/* Two persons before its time: refused, whoever asks. */
static int open_early(struct ts_player *player, struct ts_player_poll *poll, struct ts_err *err)
{
    struct ts_talk *const both[] = {player->facilitator, player->organiser};
    for (size_t i = 0; i < 2; i++) {
        struct ts_err refused = {0};
        if (say_poll(player, both[i], "poll.open", poll, NULL, &refused) == 0)
            return ts_err_set(err, "expect", "the poll can be opened before its time");
        if (refused.param_count == 0 || strcmp(refused.params[0].value, "poll.early") != 0)
            return ts_err_set(err, "expect", "refused, but not as early: %.100s", refused.detail);
    }
    return 0;
}

int ts_verb_ready(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    struct ts_player_poll *poll;
    return ts_player_poll(player, step, &poll, err) != 0 ? -1 : prepare(player, poll, err);
}

int ts_verb_void(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    struct ts_player_poll *poll;
    struct ts_buf body;
    struct ts_json_writer w;
    if (ts_player_poll(player, step, &poll, err) != 0)
        return -1;
    ts_player_body(player, &w, &body, false);
    ts_jw_member_str(&w, "poll", ts_id_str(&poll->id));
    ts_jw_member_str(&w, "reason", ts_script_word(step, 1));
    return ts_player_say(player, player->facilitator, "poll.void", &w, NULL, err);
}

int ts_verb_open(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    struct ts_player_poll *poll;
    int64_t persons;
    if (ts_player_poll(player, step, &poll, err) != 0 ||
        ts_script_number(&persons, step, "persons", 1, 2, 1, err) != 0)
        return -1;
    struct poll_wait wait = {.player = player, .poll = poll, .flag = "acked", .state = "open"};
    const struct ts_json *shown = ts_player_console_poll(player, poll);
    bool is_draft = !shown || ts_str_is(ts_json_str(ts_json_get(shown, "state")), "draft");
    if (is_draft && prepare(player, poll, err) != 0)
        return -1;
    if (is_yes(step, "early"))
        return open_early(player, poll, err);
    if (ts_talk_wait(player->loop, booths_have, &wait, ACKS_MS, "every booth has the package",
                     err) != 0 ||
        say_poll(player, player->facilitator, "poll.open", poll, NULL, err) != 0)
        return -1;
    poll->was_refused = ts_script_value(step, "persons").ptr && persons == 1;
    if (poll->was_refused)
        return 0; /* expect open=refused looks at the console */
    if (persons == 2 && say_poll(player, player->organiser, "poll.open", poll, NULL, err) != 0)
        return -1;
    for (size_t i = 0; i < player->member_count; i++)
        player->members[i].has_voted = false;
    if (ts_talk_wait(player->loop, is_in_state, &wait, 10000, "the poll is open", err) != 0)
        return -1;
    return poll->is_free_flow ? ts_player_wait_offered(player, err) : 0;
}

/* ---- what the children will choose ---- */

static void shuffle_votes(struct ts_player *player, struct ts_player_poll *poll)
{
    for (size_t i = poll->vote_count; i > 1; i--) {
        size_t j = (size_t)ts_player_draw(player, i);
        struct ts_player_vote moved = poll->votes[i - 1];
        poll->votes[i - 1] = poll->votes[j];
        poll->votes[j] = moved;
    }
}

/* One choice each: counts[i] children choose option i. */
static void deal_single(struct ts_player_poll *poll, const int64_t *counts, size_t options)
{
    size_t at = 0;
    for (size_t i = 0; i < options; i++) {
        for (int64_t n = 0; n < counts[i] && at < poll->vote_count; n++)
            poll->votes[at++].times[i] = 1;
    }
}

/* Marks or dots: whoever has the fewest so far gets the next one, option by option, so that nobody
 * exceeds the limits as long as the totals allow it. */
static int deal_many(struct ts_player_poll *poll, const int64_t *counts, size_t options,
                     size_t voters, int64_t most, int64_t per_option, struct ts_err *err)
{
    size_t next = 0;
    int64_t *given = calloc(voters + 1, sizeof *given);
    if (!given)
        abort();
    int rc = 0;
    for (size_t i = 0; i < options && rc == 0; i++) {
        for (int64_t n = 0; n < counts[i]; n++) {
            size_t tried = 0;
            while (tried < voters && (given[next % voters] >= most ||
                                      poll->votes[next % voters].times[i] >= per_option)) {
                next++;
                tried++;
            }
            if (tried == voters) {
                rc = ts_err_set(err, "script.number", "so many marks cannot be dealt out");
                break;
            }
            poll->votes[next % voters].times[i]++;
            given[next % voters]++;
            next++;
        }
    }
    free(given);
    return rc;
}

int ts_verb_votes(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    struct ts_player_poll *poll;
    int64_t counts[TS_PLAYER_OPTIONS_MAX] = {0};
    int64_t total = 0, blank;
    size_t options = 0;
    struct ts_str marks = ts_script_value(step, "marks");
    struct ts_str dots = ts_script_value(step, "dots");
    struct ts_str one = ts_script_value(step, "choices");
    static const char *const yna[] = {"for", "against", "abstain"};
    if (ts_player_poll(player, step, &poll, err) != 0 ||
        ts_script_number(&blank, step, "blank", 0, TS_PLAYER_VOTERS_MAX, 0, err) != 0)
        return -1;
    struct ts_str list = marks.ptr ? marks : dots.ptr ? dots : one;
    if (list.ptr) {
        if (ts_player_numbers(counts, TS_PLAYER_OPTIONS_MAX, &options, list, err) != 0)
            return -1;
    } else {
        for (options = 0; options < 3; options++) {
            if (ts_script_number(&counts[options], step, yna[options], 0, TS_PLAYER_VOTERS_MAX, 0,
                                 err) != 0)
                return -1;
        }
    }
    if (options != poll->option_count)
        return ts_err_set(err, "script.number", "the poll has %zu options", poll->option_count);
    blank = ts_player_scaled(player, blank);
    for (size_t i = 0; i < options; i++) {
        counts[i] = ts_player_scaled(player, counts[i]);
        total += counts[i];
    }
    int64_t voters = total + blank;
    if (marks.ptr || dots.ptr) {
        int64_t present = 0;
        for (size_t i = 0; i < player->member_count; i++)
            present += player->members[i].is_present;
        if (ts_script_number(&voters, step, "total", 0, TS_PLAYER_VOTERS_MAX, present, err) != 0)
            return -1;
        if (ts_script_value(step, "total").ptr)
            voters = ts_player_scaled(player, voters);
    }
    poll->vote_count = (size_t)voters;
    poll->votes = ts_arena_array(&player->arena, poll->vote_count + 1, sizeof *poll->votes);
    poll->cast_slips =
        ts_arena_array(&player->arena, poll->vote_count + 1, sizeof(struct ts_player_slip *));
    if (marks.ptr || dots.ptr) {
        const struct ts_json *shown = ts_player_console_poll(player, poll);
        if (deal_many(poll, counts, options, (size_t)(voters - blank),
                      ts_player_member_int(shown, "max", 1),
                      ts_player_member_int(shown, "per_option", 1), err) != 0)
            return -1;
    } else {
        deal_single(poll, counts, options);
    }
    for (size_t i = (size_t)(voters - blank); i < poll->vote_count; i++)
        poll->votes[i].is_blank = true;
    shuffle_votes(player, poll);
    return 0;
}

int ts_verb_quota(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    struct ts_player_poll *poll;
    int64_t numbers[TS_PLAYER_KIOSKS_MAX];
    size_t count;
    if (ts_player_poll(player, step, &poll, err) != 0 ||
        ts_player_numbers(numbers, TS_PLAYER_KIOSKS_MAX, &count, ts_script_word(step, 1), err) != 0)
        return -1;
    if (!ts_player_is_own_size(player) || count != player->kiosk_count)
        return 0; /* another size: whoever is free takes the next child */
    memcpy(poll->quota, numbers, count * sizeof *numbers);
    return 0;
}

/* ---- closing ---- */

int ts_verb_close(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    struct ts_player_poll *poll;
    if (ts_player_poll(player, step, &poll, err) != 0 ||
        say_poll(player, player->facilitator, "poll.close", poll, NULL, err) != 0)
        return -1;
    struct poll_wait wait = {.player = player, .poll = poll, .flag = "stated"};
    return ts_talk_wait(player->loop, booths_have, &wait, DRAIN_MS, "every booth has drained", err);
}

int ts_verb_paper(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    struct ts_player_poll *poll;
    if (ts_player_poll(player, step, &poll, err) != 0)
        return -1;
    int64_t printed = (int64_t)poll->slip_count;
    int64_t handed_out = (int64_t)poll->drawn;
    struct ts_buf body;
    struct ts_json_writer w;
    ts_player_body(player, &w, &body, false);
    ts_jw_member_str(&w, "poll", ts_id_str(&poll->id));
    ts_jw_key(&w, "counts");
    ts_jw_object(&w);
    ts_jw_member_int(&w, "printed", printed);
    ts_jw_member_int(&w, "left_over", printed - handed_out);
    ts_jw_member_int(&w, "handed_out", handed_out);
    ts_jw_member_int(&w, "unused", poll->unused);
    ts_jw_member_int(&w, "lost", 0);
    ts_jw_member_int(&w, "lost_replaced", 0);
    ts_jw_member_int(&w, "exchanged", poll->exchanged);
    ts_jw_member_int(&w, "audited", poll->audited);
    ts_jw_member_int(&w, "took_part", handed_out - poll->exchanged - poll->audited);
    ts_jw_object_end(&w);
    return ts_player_say(player, player->facilitator, "poll.paper", &w, NULL, err);
}

int ts_verb_finish(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    struct ts_player_poll *poll;
    if (ts_player_poll(player, step, &poll, err) != 0 ||
        say_poll(player, player->facilitator, "poll.finish", poll, NULL, err) != 0)
        return -1;
    struct poll_wait wait = {.player = player, .poll = poll, .flag = "k_signed"};
    return ts_talk_wait(player->loop, booths_have, &wait, DRAIN_MS,
                        "every booth has signed the closing statement", err);
}

static bool is_opened(void *ctx)
{
    const struct poll_wait *wait = ctx;
    const struct ts_json *poll = ts_player_console_poll(wait->player, wait->poll);
    return poll && ts_player_member_int(poll, "opened_by", 0) >= wait->opened_by;
}

int ts_verb_decrypt(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    struct ts_player_poll *poll;
    int64_t numbers[TS_PLAYER_KEEPERS_MAX];
    size_t count;
    if (ts_player_poll(player, step, &poll, err) != 0 ||
        ts_player_numbers(numbers, TS_PLAYER_KEEPERS_MAX, &count, ts_script_value(step, "keepers"),
                          err) != 0)
        return -1;
    const struct ts_json *shown = ts_player_console_poll(player, poll);
    const struct ts_json *words = shown ? ts_json_get(shown, "closing_words") : NULL;
    if (!words)
        return ts_err_set(err, "expect", "the console shows no closing words");
    const char *wall = ts_arena_str(&player->arena, ts_json_str(words)).ptr;
    const char *bin =
        ts_arena_printf(&player->arena, "%s/tongsheng-kiosk", player->options.bin).ptr;
    for (size_t i = 0; i < count; i++) {
        if (numbers[i] < 1 || numbers[i] > (int64_t)player->keeper_count)
            return ts_err_set(err, "script.number", "there are %zu keepers", player->keeper_count);
        struct ts_player_kiosk *keeper = &player->keepers[numbers[i] - 1];
        const char *const argv[] = {bin,        "open",
                                    "--dir",    ts_player_path(player, "keeper-%s", keeper->name),
                                    "--server", ts_stage_url(player, keeper),
                                    "--pin",    player->pin_text,
                                    "--name",   keeper->name,
                                    "--card",   ts_stage_keeper_card(player, keeper),
                                    "--uuid",   poll->uuid.s,
                                    "--words",  wall,
                                    NULL};
        if (ts_process_start(&keeper->process, argv,
                             ts_player_path(player, "keeper-%s.log", keeper->name), err) != 0)
            return -1;
        if (ts_process_wait(&keeper->process, OPENING_MS) != 0)
            return ts_err_set(err, "process.ended", "%s did not open; its log is %s", keeper->name,
                              keeper->process.log);
    }
    struct poll_wait wait = {.player = player, .poll = poll, .opened_by = (int64_t)count};
    return ts_talk_wait(player->loop, is_opened, &wait, 10000, "the keepers' parts", err);
}

int ts_verb_tally(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    struct ts_player_poll *poll;
    if (ts_player_poll(player, step, &poll, err) != 0 ||
        say_poll(player, player->facilitator, "poll.tally", poll, NULL, err) != 0)
        return -1;
    struct poll_wait wait = {.player = player, .poll = poll, .state = "tallied"};
    if (ts_talk_wait(player->loop, is_in_state, &wait, 60000, "the result", err) != 0)
        return -1;
    /* Whatever the script expects: the result is what the children chose. */
    const struct ts_json *result = ts_json_get(ts_player_console_poll(player, poll), "result");
    const struct ts_json *counts = result ? ts_json_get(result, "counts") : NULL;
    if (!counts || ts_json_count(counts) != poll->option_count)
        return ts_err_set(err, "expect", "the console shows no result");
    for (size_t i = 0; i < poll->option_count; i++) {
        int64_t got = ts_json_int(ts_json_at(counts, i));
        if (got != poll->totals[i])
            return ts_err_set(err, "expect", "option %zu: %lld counted, %lld chosen", i + 1,
                              (long long)got, (long long)poll->totals[i]);
    }
    if (ts_player_member_int(result, "blank", -1) != poll->blanks ||
        ts_player_member_int(result, "cast", -1) != (int64_t)poll->cast_count)
        return ts_err_set(err, "expect", "%lld cast and %lld blank counted, %zu and %lld chosen",
                          (long long)ts_player_member_int(result, "cast", -1),
                          (long long)ts_player_member_int(result, "blank", -1), poll->cast_count,
                          (long long)poll->blanks);
    return 0;
}

int ts_verb_publish(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    struct ts_player_poll *poll;
    return ts_player_poll(player, step, &poll, err) ||
                   say_poll(player, player->facilitator, "poll.publish", poll, NULL, err)
               ? -1
               : 0;
}
