/*
 * Children at the booths. Every booth has at most one visit under way; a visit is driven by the
 * screens that the booth shows, as the page drives it by taps, so that all booths work side by
 * side.
 */
#include "rehearse/player.h"

#include "proto/base/codec.h"
#include "proto/wire/card.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define VISITS_MS 300000

static void send_text(struct ts_player_kiosk *kiosk, struct ts_buf *text)
{
    struct ts_err err;
    /* A link that was lost comes back, the booth shows its screen again, and the visit goes on. */
    ts_talk_post(kiosk->page, ts_buf_str(text), &err);
    ts_buf_wipe(text);
}

static void tap(struct ts_player_kiosk *kiosk, const char *action, int64_t option)
{
    struct ts_buf text = {0};
    struct ts_json_writer w;
    ts_jw_init(&w, &text);
    ts_jw_object(&w);
    ts_jw_member_int(&w, "serial", kiosk->visit.serial);
    ts_jw_member_cstr(&w, "tap", action);
    if (option >= 0)
        ts_jw_member_int(&w, "option", option);
    ts_jw_object_end(&w);
    send_text(kiosk, &text);
}

static void scan(struct ts_player_kiosk *kiosk, const char *code)
{
    struct ts_buf text = {0};
    struct ts_json_writer w;
    ts_jw_init(&w, &text);
    ts_jw_object(&w);
    ts_jw_member_cstr(&w, "scan", code);
    ts_jw_object_end(&w);
    send_text(kiosk, &text);
}

int ts_player_scan(struct ts_player_kiosk *kiosk, const char *code, struct ts_err *err)
{
    if (!kiosk->page)
        return ts_err_set(err, "talk.silent", "%s is not running", kiosk->name);
    scan(kiosk, code);
    return 0;
}

static bool may(const struct ts_json *screen, const char *action)
{
    const struct ts_json *list = ts_json_get(screen, "may");
    for (size_t i = 0; list && i < ts_json_count(list); i++) {
        if (ts_str_is(ts_json_str(ts_json_at(list, i)), action))
            return true;
    }
    return false;
}

/* One tap towards the child's choice; false: everything is chosen. */
static bool choose_one(struct ts_player_kiosk *kiosk, const struct ts_json *question)
{
    const struct ts_player_vote *vote = kiosk->visit.vote;
    const struct ts_json *options = ts_json_get(question, "options");
    for (size_t i = 0; i < ts_json_count(options); i++) {
        const struct ts_json *one = ts_json_at(options, i);
        int64_t option = ts_player_member_int(one, "option", -1);
        if (option >= 0 && option < TS_PLAYER_OPTIONS_MAX &&
            ts_player_member_int(one, "chosen", 0) < vote->times[option]) {
            tap(kiosk, "choose", option);
            return true;
        }
    }
    return false;
}

static void answer_question(struct ts_player_kiosk *kiosk, const struct ts_json *screen)
{
    const struct ts_json *question = ts_json_get(screen, "question");
    const struct ts_json *blank = ts_json_get(question, "blank");
    bool is_blank = blank && ts_json_bool(blank);
    if (kiosk->visit.end == TS_VISIT_DECLINE) {
        tap(kiosk, "decline", -1);
        return;
    }
    if (kiosk->visit.vote->is_blank && !is_blank && may(screen, "blank"))
        tap(kiosk, "blank", -1);
    else if (kiosk->visit.vote->is_blank || !choose_one(kiosk, question))
        tap(kiosk, "next", -1);
}

/* The receipt as it is shown: remembered in the review, compared after casting. */
static void see_receipt(struct ts_player_visit *visit, const struct ts_json *screen, bool is_final)
{
    const struct ts_json *receipt = ts_json_get(screen, "receipt");
    struct ts_str hash = receipt ? ts_json_str(ts_json_get(receipt, "hash")) : TS_STR("");
    if (!is_final)
        snprintf(visit->receipt, sizeof visit->receipt, "%.*s", TS_STR_ARG(hash));
    else if (receipt && !ts_str_is(hash, visit->receipt))
        snprintf(visit->refused, sizeof visit->refused, "receipt changed");
}

static void finish(struct ts_player_kiosk *kiosk)
{
    kiosk->visit.is_done = true;
}

static void at_notice(struct ts_player_kiosk *kiosk, const struct ts_json *screen)
{
    const struct ts_json *notice = ts_json_get(screen, "notice");
    if (notice && !kiosk->visit.refused[0])
        snprintf(kiosk->visit.refused, sizeof kiosk->visit.refused, "%.*s",
                 TS_STR_ARG(ts_json_str(ts_json_get(notice, "code"))));
    /* Back to the welcome, or to another slip: then this child goes away. */
    if (may(screen, "done"))
        tap(kiosk, "done", -1);
}

static const char *card_text(const char *token, char out[static TS_CARD_TEXT_MAX + 1])
{
    uint8_t code[TS_CARD_BYTES];
    if (ts_base64_decode32(code, ts_str_of(token)) != 0)
        return NULL;
    ts_card_format(out, TS_CARD_OFFICE, code);
    return out;
}

static void at_welcome(struct ts_player *player, struct ts_player_kiosk *kiosk,
                       const struct ts_json *screen)
{
    char card[TS_CARD_TEXT_MAX + 1];
    if (may(screen, "start"))
        tap(kiosk, "start", -1);
    else if (kiosk->visit.poll->is_free_flow)
        scan(kiosk, kiosk->visit.slip->code);
    else if (kiosk->is_unplugged && card_text(player->staff_card, card))
        scan(kiosk, card); /* no server: the adult releases at the booth */
}

/* The next thing that the child does, if the booth shows something new. */
static void advance(struct ts_player *player, struct ts_player_kiosk *kiosk)
{
    struct ts_player_visit *visit = &kiosk->visit;
    const struct ts_json *screen = ts_talk_view(kiosk->page, "screen", "");
    int64_t serial = screen ? ts_player_member_int(screen, "serial", 0) : 0;
    if (!visit->is_active || visit->is_done || serial == 0 || serial == visit->serial)
        return;
    visit->serial = serial;
    struct ts_str name = ts_json_str(ts_json_get(screen, "name"));
    char card[TS_CARD_TEXT_MAX + 1];
    if (ts_str_is(name, "welcome") && visit->refused[0])
        finish(kiosk);
    else if (ts_str_is(name, "welcome"))
        at_welcome(player, kiosk, screen);
    else if (ts_str_is(name, "scan") && visit->refused[0])
        tap(kiosk, "decline", -1);
    else if (ts_str_is(name, "staff"))
        tap(kiosk, "release", -1);
    else if (ts_str_is(name, "scan"))
        scan(kiosk, visit->slip->code);
    else if (ts_str_is(name, "info"))
        tap(kiosk, "next", -1);
    else if (ts_str_is(name, "question"))
        answer_question(kiosk, screen);
    else if (ts_str_is(name, "review")) {
        see_receipt(visit, screen, false);
        if (visit->end == TS_VISIT_AUDIT && card_text(player->scrutineer_card, card))
            scan(kiosk, card);
        else
            tap(kiosk, "cast", -1);
    } else if (ts_str_is(name, "thanks")) {
        if (!visit->refused[0])
            see_receipt(visit, screen, true);
        tap(kiosk, "done", -1);
        finish(kiosk);
    } else if (ts_str_is(name, "audit")) {
        tap(kiosk, "done", -1);
        finish(kiosk);
    } else if (ts_str_is(name, "notice")) {
        at_notice(kiosk, screen);
    }
}

static bool any_done(void *ctx)
{
    struct ts_player *player = ctx;
    bool done = false;
    for (size_t i = 0; i < player->kiosk_count; i++) {
        struct ts_player_kiosk *kiosk = &player->kiosks[i];
        if (kiosk->page)
            advance(player, kiosk);
        done |= kiosk->visit.is_active && kiosk->visit.is_done;
    }
    return done;
}

static int release(struct ts_player *player, const struct ts_player_kiosk *kiosk,
                   const struct ts_player_poll *poll, struct ts_err *err)
{
    struct ts_buf body;
    struct ts_json_writer w;
    ts_player_body(player, &w, &body, false);
    ts_jw_member_str(&w, "poll", ts_id_str(&poll->id));
    ts_jw_member_str(&w, "kiosk", ts_id_str(&kiosk->id));
    return ts_player_say(player, player->facilitator, "kiosk.release", &w, NULL, err);
}

static int begin_visit(struct ts_player *player, struct ts_player_kiosk *kiosk,
                       struct ts_player_poll *poll, const struct ts_player_slip *slip,
                       const struct ts_player_vote *vote, enum ts_player_end end,
                       struct ts_err *err)
{
    kiosk->visit = (struct ts_player_visit){.is_active = true,
                                            .end = end,
                                            .poll = poll,
                                            .slip = slip,
                                            .vote = vote,
                                            .serial = kiosk->visit.serial,
                                            .began_ms = ts_loop_now_ms()};
    if (!poll->is_free_flow && !kiosk->is_unplugged && release(player, kiosk, poll, err) != 0)
        return -1;
    return 0;
}

/* What a visit that ended means for hat, votes and totals. */
static int end_visit(struct ts_player *player, struct ts_player_kiosk *kiosk, struct ts_err *err)
{
    struct ts_player_visit *visit = &kiosk->visit;
    struct ts_player_poll *poll = visit->poll;
    visit->is_active = false;
    player->visit_count++;
    player->visit_ms += ts_loop_now_ms() - visit->began_ms;
    if (visit->refused[0])
        return ts_err_set(err, "expect", "%s refused a child: %s", kiosk->name, visit->refused);
    if (visit->end != TS_VISIT_CAST)
        return 0;
    struct ts_player_slip *slip = (struct ts_player_slip *)(uintptr_t)visit->slip;
    snprintf(slip->hash, sizeof slip->hash, "%s", visit->receipt);
    slip->kiosk = (size_t)(kiosk - player->kiosks);
    poll->cast_slips[poll->cast_count++] = slip;
    poll->taken[kiosk - player->kiosks]++;
    if (kiosk->is_unplugged)
        poll->taken_offline[kiosk - player->kiosks]++;
    poll->blanks += visit->vote->is_blank;
    for (size_t i = 0; i < poll->option_count; i++)
        poll->totals[i] += visit->vote->times[i];
    return 0;
}

static struct ts_player_slip *draw_slip(struct ts_player_poll *poll, struct ts_err *err)
{
    if (poll->drawn == poll->slip_count) {
        ts_err_set(err, "expect", "the hat is empty");
        return NULL;
    }
    return &poll->slips[poll->drawn++];
}

static bool is_free(const struct ts_player *player, const struct ts_player_poll *poll,
                    const struct ts_player_kiosk *kiosk, const struct ts_player_kiosk *only)
{
    size_t at = (size_t)(kiosk - player->kiosks);
    if (!kiosk->page || kiosk->visit.is_active || (only && kiosk != only) ||
        (!only && kiosk->is_unplugged))
        return false;
    return poll->quota[at] == 0 || poll->taken[at] < poll->quota[at];
}

/* So many children, at one booth or at whichever is free. */
static int vote_all(struct ts_player *player, struct ts_player_poll *poll, int64_t count,
                    const struct ts_player_kiosk *only, struct ts_err *err)
{
    int64_t begun = 0, ended = 0;
    while (ended < count) {
        for (size_t i = 0; i < player->kiosk_count && begun < count; i++) {
            struct ts_player_kiosk *kiosk = &player->kiosks[i];
            if (!is_free(player, poll, kiosk, only))
                continue;
            size_t at = poll->cast_count + (size_t)(begun - ended);
            const struct ts_player_slip *slip = draw_slip(poll, err);
            if (!slip || at >= poll->vote_count)
                return slip ? ts_err_set(err, "expect", "no child is left to vote") : -1;
            if (begin_visit(player, kiosk, poll, slip, &poll->votes[poll->votes_begun++],
                            TS_VISIT_CAST, err) != 0)
                return -1;
            begun++;
        }
        if (begun == ended)
            return ts_err_set(err, "expect", "no booth may take another child");
        if (ts_talk_wait(player->loop, any_done, player, VISITS_MS, "a visit ends", err) != 0)
            return -1;
        for (size_t i = 0; i < player->kiosk_count; i++) {
            struct ts_player_kiosk *kiosk = &player->kiosks[i];
            if (!kiosk->visit.is_active || !kiosk->visit.is_done)
                continue;
            if (end_visit(player, kiosk, err) != 0)
                return -1;
            ended++;
        }
    }
    return 0;
}

/* One visit at one booth that ends in the given way; what it was refused with is in *kiosk. */
static int visit_one(struct ts_player *player, struct ts_player_kiosk *kiosk,
                     struct ts_player_poll *poll, const struct ts_player_slip *slip,
                     enum ts_player_end end, struct ts_err *err)
{
    static const struct ts_player_vote first_option = {.times = {1}};
    if (begin_visit(player, kiosk, poll, slip, &first_option, end, err) != 0 ||
        ts_talk_wait(player->loop, any_done, player, VISITS_MS, "a visit ends", err) != 0)
        return -1;
    kiosk->visit.is_active = false;
    return 0;
}

/* Does every booth that is connected offer to begin? */
static bool all_offer(void *ctx)
{
    const struct ts_player *player = ctx;
    for (size_t i = 0; i < player->kiosk_count; i++) {
        const struct ts_player_kiosk *kiosk = &player->kiosks[i];
        const struct ts_json *screen = kiosk->page ? ts_talk_view(kiosk->page, "screen", "") : NULL;
        if (kiosk->page && !kiosk->is_unplugged && !(screen && may(screen, "start")))
            return false;
    }
    return true;
}

int ts_player_wait_offered(struct ts_player *player, struct ts_err *err)
{
    return ts_talk_wait(player->loop, all_offer, player, 60000, "the booths offer to begin", err);
}

static struct ts_player_kiosk *any_kiosk(struct ts_player *player)
{
    for (size_t i = 0; i < player->kiosk_count; i++) {
        if (player->kiosks[i].page && !player->kiosks[i].is_unplugged)
            return &player->kiosks[i];
    }
    return &player->kiosks[0];
}

static bool is_scanning(void *ctx)
{
    const struct ts_player_kiosk *kiosk = ctx;
    const struct ts_json *screen = ts_talk_view(kiosk->page, "screen", "");
    return screen && ts_str_is(ts_json_str(ts_json_get(screen, "name")), "scan");
}

/* The ballot arrives and is stored, but the server's answer does not come back: the link breaks.
 * The booth must send the ballot again, and the server must know it. */
static int vote_unanswered(struct ts_player *player, struct ts_player_poll *poll,
                           struct ts_player_kiosk *kiosk, struct ts_err *err)
{
    const struct timespec pause = {.tv_nsec = 20 * 1000000};
    int64_t jobs, stored, now_jobs = 0, now_stored = 0;
    const struct ts_player_slip *slip = draw_slip(poll, err);
    if (!slip ||
        begin_visit(player, kiosk, poll, slip, &poll->votes[poll->votes_begun++], TS_VISIT_CAST,
                    err) != 0 ||
        ts_talk_wait(player->loop, is_scanning, kiosk, VISITS_MS, "a slip is asked for", err) ||
        ts_player_metric(player, "jobs_total", &jobs, err) != 0 ||
        ts_player_metric(player, "batches_durable_total", &stored, err) != 0)
        return -1;
    ts_relay_deafen(kiosk->relay);
    if (ts_talk_wait(player->loop, any_done, player, VISITS_MS, "a visit ends", err) != 0 ||
        end_visit(player, kiosk, err) != 0)
        return -1;
    for (int tries = 0; tries < 1500 && (now_jobs <= jobs || now_stored <= stored); tries++) {
        nanosleep(&pause, NULL);
        if (ts_player_metric(player, "jobs_total", &now_jobs, err) != 0 ||
            ts_player_metric(player, "batches_durable_total", &now_stored, err) != 0)
            return -1;
    }
    if (now_jobs <= jobs || now_stored <= stored)
        return ts_err_set(err, "expect", "the ballot did not reach the server");
    ts_relay_cut(kiosk->relay);
    ts_relay_join(kiosk->relay);
    poll->repeats++;
    return ts_player_wait_delivered(player, err);
}

int ts_verb_cast(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    struct ts_player_poll *poll;
    struct ts_player_kiosk *only;
    int64_t count;
    struct ts_str word = ts_script_word(step, 1);
    if (ts_player_poll(player, step, &poll, err) != 0 ||
        ts_player_kiosk(player, step, true, &only, err) != 0)
        return -1;
    int64_t left = (int64_t)(poll->vote_count - poll->cast_count);
    if (ts_str_is(word, "rest"))
        count = left;
    else if (ts_decimal_decode(&count, word) != 0)
        return ts_err_set(err, "script.number", "how many children vote?");
    else
        count = ts_player_scaled(player, count);
    if (count > left)
        count = left;
    if (ts_str_is(ts_script_value(step, "lost-answer"), "yes")) {
        if (!only || count != 1)
            return ts_err_set(err, "script.kiosk", "one ballot of one kiosk");
        return vote_unanswered(player, poll, only, err);
    }
    bool offline = ts_str_is(ts_script_value(step, "offline"), "yes");
    if (offline && only) {
        ts_relay_cut(only->relay);
        only->is_unplugged = true;
    }
    int rc = vote_all(player, poll, count, only, err);
    if (offline && only) {
        ts_relay_join(only->relay);
        only->is_unplugged = false;
        if (rc == 0)
            rc = ts_player_wait_delivered(player, err);
    }
    return rc;
}

int ts_verb_reuse(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    struct ts_player_poll *poll;
    struct ts_player_kiosk *kiosk;
    if (ts_player_poll(player, step, &poll, err) != 0 ||
        ts_player_kiosk(player, step, false, &kiosk, err) != 0)
        return -1;
    const struct ts_player_slip *used = NULL;
    for (size_t i = 0; i < poll->cast_count && !used; i++) {
        if (&player->kiosks[poll->cast_slips[i]->kiosk] == kiosk)
            used = poll->cast_slips[i];
    }
    if (!used)
        return ts_err_set(err, "expect", "no slip has been used at %s", kiosk->name);
    if (visit_one(player, kiosk, poll, used, TS_VISIT_CAST, err) != 0)
        return -1;
    poll->was_refused = kiosk->visit.refused[0] != '\0';
    return 0;
}

static int take_back(struct ts_player *player, struct ts_player_kiosk *kiosk, const char *code,
                     struct ts_err *err);

int ts_verb_walk_away(struct ts_player *player, const struct ts_script_step *step,
                      struct ts_err *err)
{
    struct ts_player_poll *poll;
    int64_t count, voids;
    if (ts_player_poll(player, step, &poll, err) != 0 ||
        ts_decimal_decode(&count, ts_script_word(step, 1)) != 0 ||
        ts_script_number(&voids, step, "then-void", 0, count, 0, err) != 0)
        return -1;
    for (int64_t i = 0; i < count; i++) {
        struct ts_player_kiosk *kiosk = any_kiosk(player);
        struct ts_player_slip *slip = draw_slip(poll, err);
        if (!slip || visit_one(player, kiosk, poll, slip, TS_VISIT_DECLINE, err) != 0)
            return -1;
        if (i < voids) {
            /* Handed in for another one, which goes back to the end of this child's turn. */
            if (take_back(player, kiosk, slip->code, err) != 0)
                return -1;
            poll->exchanged++;
        } else {
            poll->drawn--; /* comes back later with the same slip: it is drawn again */
        }
    }
    return 0;
}

/* The facilitator's or scrutineer's card, "take back", the slip. */
struct screen_wait {
    struct ts_player_kiosk *kiosk;
    const char *name;
    int64_t count;
};

static bool shows(void *ctx)
{
    const struct screen_wait *wait = ctx;
    const struct ts_json *screen = ts_talk_view(wait->kiosk->page, "screen", "");
    if (!screen || !ts_str_is(ts_json_str(ts_json_get(screen, "name")), wait->name))
        return false;
    wait->kiosk->visit.serial = ts_player_member_int(screen, "serial", 0);
    return ts_player_member_int(screen, "count", 0) >= wait->count;
}

static int take_back(struct ts_player *player, struct ts_player_kiosk *kiosk, const char *code,
                     struct ts_err *err)
{
    char card[TS_CARD_TEXT_MAX + 1];
    if (!card_text(player->staff_card, card))
        return ts_err_set(err, "script.missing", "nobody has a staff card yet (office staff)");
    struct screen_wait wait = {.kiosk = kiosk, .name = "welcome"};
    if (ts_talk_wait(player->loop, shows, &wait, 30000, "the welcome screen", err) != 0)
        return -1;
    scan(kiosk, card);
    wait.name = "staff";
    if (ts_talk_wait(player->loop, shows, &wait, 30000, "the screen for adults", err) != 0)
        return -1;
    tap(kiosk, "take_back", -1);
    wait.name = "take_back";
    if (ts_talk_wait(player->loop, shows, &wait, 30000, "the screen for taking back", err) != 0)
        return -1;
    scan(kiosk, code);
    wait.count = 1;
    if (ts_talk_wait(player->loop, shows, &wait, 30000, "the slip is taken back", err) != 0)
        return -1;
    tap(kiosk, "done", -1);
    wait.name = "welcome";
    wait.count = 0;
    int rc = ts_talk_wait(player->loop, shows, &wait, 30000, "the welcome screen", err);
    kiosk->visit.serial = 0; /* the next child answers this screen */
    return rc;
}

int ts_verb_exchange(struct ts_player *player, const struct ts_script_step *step,
                     struct ts_err *err)
{
    struct ts_player_poll *poll;
    int64_t count;
    if (ts_player_poll(player, step, &poll, err) != 0 ||
        ts_decimal_decode(&count, ts_script_word(step, 1)) != 0)
        return -1;
    for (int64_t i = 0; i < count; i++) {
        struct ts_player_slip *slip = draw_slip(poll, err);
        if (!slip || take_back(player, any_kiosk(player), slip->code, err) != 0)
            return -1;
        poll->exchanged++;
    }
    return 0;
}

int ts_verb_unused(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    struct ts_player_poll *poll;
    int64_t count;
    if (ts_player_poll(player, step, &poll, err) != 0 ||
        ts_decimal_decode(&count, ts_script_word(step, 1)) != 0)
        return -1;
    for (int64_t i = 0; i < count; i++) {
        if (!draw_slip(poll, err))
            return -1;
        poll->unused++;
    }
    return 0;
}

int ts_verb_audit(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    struct ts_player_poll *poll;
    int64_t count;
    if (ts_player_poll(player, step, &poll, err) != 0 ||
        ts_decimal_decode(&count, ts_script_word(step, 1)) != 0)
        return -1;
    for (int64_t i = 0; i < count; i++) {
        const struct ts_player_slip *slip = draw_slip(poll, err);
        struct ts_player_kiosk *kiosk = any_kiosk(player);
        if (!slip || visit_one(player, kiosk, poll, slip, TS_VISIT_AUDIT, err) != 0)
            return -1;
        if (kiosk->visit.refused[0])
            return ts_err_set(err, "expect", "the audit was refused: %s", kiosk->visit.refused);
        poll->audited++;
    }
    return 0;
}
