/* The visit: what taps and scans do, and what time does to them. */
#include "kiosk/agent_state.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>

#include "proto/wire/card.h"

static void go(struct ts_agent *agent, enum ts_agent_stage stage)
{
    agent->stage = stage;
    agent->since_ms = agent->now_ms;
    agent->moved = true;
}

void ts_agent_notice(struct ts_agent *agent, const char *code, enum ts_agent_stage after)
{
    agent->notice = code;
    agent->after_notice = after;
    agent->notice_ms = agent->now_ms;
    go(agent, STAGE_NOTICE);
}

struct ts_screen_settings ts_agent_settings_default(void)
{
    return (struct ts_screen_settings){
        .theme = TS_THEME_WARM,
        .pinyin = TS_PINYIN_WISH_BAND,
        .language = TS_PAGE_LANGUAGE_PAGE,
        .speed = 3,
        .volume = 3,
    };
}

uint64_t ts_agent_idle_ms(const struct ts_agent *agent)
{
    bool slow = agent->settings.aloud || agent->settings.curtain || agent->settings.scanning > 0;
    return slow && agent->config.slow_ms > agent->config.idle_ms ? agent->config.slow_ms
                                                                 : agent->config.idle_ms;
}

/* Choices stay, the look changes; on the welcome page too, before a visit begins. */
void ts_agent_set(struct ts_agent *agent, const struct ts_screen_settings *settings)
{
    agent->settings = *settings;
    agent->since_ms = agent->set_ms = agent->now_ms;
    agent->changed = true;
}

void ts_agent_end_visit(struct ts_agent *agent)
{
    if (agent->visit.sealed)
        ts_agent_emit(agent, TS_EFFECT_DISCARD)->visit = agent->visit.number;
    sodium_memzero(&agent->visit, sizeof agent->visit);
    ts_buf_wipe(&agent->opened_ballot);
    ts_buf_wipe(&agent->opening);
    agent->taken_back = 0;
    agent->settings = ts_agent_settings_default();
    agent->set_ms = 0;
    go(agent, STAGE_WELCOME);
}

/* A visit cannot go on: nothing of it stays, and the child is told what to do. */
static void break_off(struct ts_agent *agent, const char *code)
{
    struct ts_screen_settings settings = agent->settings;
    ts_agent_end_visit(agent);
    agent->settings = settings; /* the child still reads the notice */
    ts_agent_notice(agent, code, STAGE_WELCOME);
}

static void begin(struct ts_agent *agent, struct ts_agent_poll *poll, bool local)
{
    sodium_memzero(&agent->visit, sizeof agent->visit);
    agent->visit.number = ++agent->visits;
    agent->visit.poll = poll;
    agent->visit.local = local;
    go(agent, STAGE_SCAN);
}

static const struct ts_election *election(const struct ts_agent *agent)
{
    return &agent->visit.poll->package->election;
}

static const struct ts_presentation_question *shown(const struct ts_agent *agent, size_t question)
{
    return &agent->visit.poll->package->presentation.questions.ptr[question];
}

static const struct ts_question_shape *shape(const struct ts_agent *agent, size_t question)
{
    return &election(agent)->questions[question].shape;
}

/* ---- choosing ---- */

static void clear(struct ts_agent *agent, size_t question)
{
    memset(agent->visit.chosen[question], 0, sizeof agent->visit.chosen[question]);
    agent->visit.blank[question] = false;
}

/* A single choice moves; with several, a chosen one is taken back, and a dot option counts up to
 * its most and then starts again. One too many changes nothing and is explained (KU-05). */
static void choose(struct ts_agent *agent, size_t question, size_t option)
{
    const struct ts_presentation_question *asked = shown(agent, question);
    uint8_t *chosen = &agent->visit.chosen[question][option];
    unsigned most = (unsigned)asked->options.ptr[option].count;
    unsigned max = shape(agent, question)->max;
    agent->visit.blank[question] = false;
    bool full = max != 1 && ts_agent_taken(agent, question) >= max;
    if (*chosen > 0 && (*chosen == most || full)) {
        *chosen = 0;
    } else if (max == 1) {
        clear(agent, question);
        *chosen = 1;
    } else if (full) {
        agent->visit.too_many = true;
    } else {
        (*chosen)++;
    }
}

static bool is_enough(const struct ts_agent *agent, size_t question)
{
    return agent->visit.blank[question] ||
           ts_agent_taken(agent, question) >= shape(agent, question)->min;
}

/* 0/1 for every choice of the election, a blank choice in front of its question's answers. */
static void make_votes(struct ts_agent *agent)
{
    uint8_t *at = agent->visit.votes;
    memset(agent->visit.votes, 0, sizeof agent->visit.votes);
    for (size_t q = 0; q < election(agent)->question_count; q++) {
        const struct ts_presentation_question *asked = shown(agent, q);
        if (shape(agent, q)->blank)
            *at++ = agent->visit.blank[q];
        for (size_t i = 0; i < asked->options.count; i++) {
            const struct ts_presentation_option *option = &asked->options.ptr[i];
            for (int64_t n = 0; n < option->count; n++)
                at[option->first + n] = n < agent->visit.chosen[q][i];
        }
        at += shape(agent, q)->answers;
    }
    agent->visit.vote_count = (size_t)(at - agent->visit.votes);
}

static void seal(struct ts_agent *agent)
{
    const char *why = ts_agent_why_not(agent, agent->visit.poll);
    if (why) {
        break_off(agent, why);
        return;
    }
    make_votes(agent);
    struct ts_agent_effect *effect = ts_agent_emit(agent, TS_EFFECT_SEAL);
    effect->visit = agent->visit.number;
    effect->uuid = agent->visit.poll->uuid;
    effect->package = agent->visit.poll->package;
    effect->row = agent->visit.row;
    effect->credential = agent->visit.credential;
    effect->slip = &agent->visit.slip;
    effect->votes = agent->visit.votes;
    effect->vote_count = agent->visit.vote_count;
    agent->visit.sealed = true; /* from now on there is something to discard */
    go(agent, STAGE_SEALING);
}

static void next(struct ts_agent *agent)
{
    if (agent->stage == STAGE_INFO) {
        go(agent, STAGE_QUESTION);
        return;
    }
    size_t question = agent->visit.question;
    if (!is_enough(agent, question)) {
        agent->visit.too_few = true;
        return;
    }
    if (agent->visit.reviewed || question + 1 == election(agent)->question_count) {
        seal(agent);
        return;
    }
    agent->visit.question++;
    go(agent, STAGE_QUESTION);
}

static void back(struct ts_agent *agent)
{
    if (agent->visit.question == 0) {
        go(agent, STAGE_INFO);
        return;
    }
    agent->visit.question--;
    go(agent, STAGE_QUESTION);
}

/* The sealed ballot is forgotten; the next one has another receipt. */
static void edit(struct ts_agent *agent, size_t question)
{
    ts_agent_emit(agent, TS_EFFECT_DISCARD)->visit = agent->visit.number;
    agent->visit.sealed = false;
    sodium_memzero(agent->visit.hash, sizeof agent->visit.hash);
    sodium_memzero(agent->visit.code, sizeof agent->visit.code);
    agent->visit.reviewed = true;
    agent->visit.question = question;
    go(agent, STAGE_QUESTION);
}

static struct ts_agent_effect *emit_mark(struct ts_agent *agent, enum ts_agent_effect_kind kind)
{
    struct ts_agent_effect *effect = ts_agent_emit(agent, kind);
    effect->visit = agent->visit.number;
    effect->uuid = agent->visit.poll->uuid;
    effect->package = agent->visit.poll->package;
    effect->row = agent->visit.row;
    effect->credential = agent->visit.credential;
    effect->slip = &agent->visit.slip;
    return effect;
}

static void cast(struct ts_agent *agent)
{
    const char *why = ts_agent_why_not(agent, agent->visit.poll);
    if (why) {
        break_off(agent, why);
        return;
    }
    emit_mark(agent, TS_EFFECT_CAST);
    go(agent, STAGE_CASTING);
}

/* ---- taps ---- */

static void done(struct ts_agent *agent)
{
    if (agent->stage == STAGE_NOTICE && agent->after_notice != STAGE_WELCOME)
        go(agent, agent->after_notice);
    else
        ts_agent_end_visit(agent);
}

static void decline(struct ts_agent *agent)
{
    struct ts_screen_settings settings = agent->settings;
    ts_agent_end_visit(agent);
    agent->settings = settings; /* the child still reads the thanks */
    agent->visit.declined = true;
    go(agent, STAGE_THANKS);
}

static void start(struct ts_agent *agent)
{
    begin(agent, NULL, false);
}

static void act(struct ts_agent *agent, const struct ts_tap *tap)
{
    struct ts_agent_visit *visit = &agent->visit;
    size_t question = visit->question;
    switch ((enum ts_tap_action)tap->tap) {
    case TS_TAP_START:
        start(agent);
        break;
    case TS_TAP_NEXT:
        next(agent);
        break;
    case TS_TAP_BACK:
        back(agent);
        break;
    case TS_TAP_CHOOSE:
        if (tap->has_option && (size_t)tap->option < shown(agent, question)->options.count)
            choose(agent, question, (size_t)tap->option);
        break;
    case TS_TAP_CLEAR:
        clear(agent, question);
        break;
    case TS_TAP_BLANK:
        clear(agent, question);
        visit->blank[question] = shape(agent, question)->blank;
        break;
    case TS_TAP_EDIT:
        if (tap->has_question && (size_t)tap->question <= election(agent)->question_count)
            edit(agent, (size_t)tap->question - 1);
        break;
    case TS_TAP_CAST:
        cast(agent);
        break;
    case TS_TAP_DONE:
        done(agent);
        break;
    case TS_TAP_STAY: /* touching is enough */
        break;
    case TS_TAP_EXTEND:
        visit->extended = true;
        go(agent, STAGE_THANKS);
        break;
    case TS_TAP_HELP:
        visit->helped = true;
        visit->helped_ms = agent->now_ms;
        agent->moved = true;
        break;
    case TS_TAP_RESUME:
        visit->helped = false;
        visit->helped_ms = 0;
        agent->moved = true;
        break;
    case TS_TAP_DECLINE:
        decline(agent);
        break;
    case TS_TAP_RELEASE:
        begin(agent, NULL, true);
        break;
    case TS_TAP_TAKE_BACK:
        go(agent, STAGE_TAKE_BACK);
        break;
    case TS_TAP_ABSENT:
        break;
    }
}

void ts_agent_tap(struct ts_agent *agent, const struct ts_tap *tap)
{
    int may[16];
    size_t count = ts_agent_may(agent, may);
    bool allowed = false;
    if (tap->serial != agent->serial)
        return;
    for (size_t i = 0; i < count; i++)
        allowed |= may[i] == tap->tap;
    if (!allowed)
        return;
    agent->changed = true;
    agent->since_ms = agent->now_ms;
    agent->visit.too_many = agent->visit.too_few = false;
    agent->moved = true; /* what the finger touched is no longer what is shown */
    act(agent, tap);
}

/* ---- scans ---- */

/* Reads a slip of this booth's polls. NULL: *code says what is wrong with it. */
static struct ts_agent_poll *read_slip(struct ts_agent *agent, struct ts_str text,
                                       const char **code)
{
    struct ts_agent_visit *visit = &agent->visit;
    struct ts_err err;
    if (ts_slip_parse(&visit->slip, text, &err) != 0) {
        *code = "slip.unreadable";
        return NULL;
    }
    struct ts_agent_poll *poll = ts_agent_poll(agent, &visit->slip.uuid);
    if (!poll) {
        *code = "slip.other_pack";
        return NULL;
    }
    if ((*code = ts_agent_why_not(agent, poll)) != NULL)
        return NULL;
    ts_credential_public(&visit->credential, ts_id_str(&poll->uuid), &visit->slip.credential);
    long row = ts_package_find(poll->package, &visit->credential);
    if (row < 0) {
        *code = "slip.other_pack";
        return NULL;
    }
    visit->row = (size_t)row;
    if (poll->slips[row] != TS_QUEUE_EMPTY) {
        *code = poll->slips[row] == TS_QUEUE_VOID ? "slip.void" : "slip.used";
        return NULL;
    }
    return poll;
}

static void forget_slip(struct ts_agent *agent)
{
    ts_slip_wipe(&agent->visit.slip);
    memset(&agent->visit.credential, 0, sizeof agent->visit.credential);
    agent->visit.row = 0;
}

static void scan_slip(struct ts_agent *agent, struct ts_str text)
{
    struct ts_agent_visit *visit = &agent->visit;
    const char *code;
    struct ts_agent_poll *poll = read_slip(agent, text, &code);
    /* Released for one poll: a slip of another pack is the wrong one, unless that poll flows. */
    if (poll && !visit->local && visit->poll != poll && !poll->free_flow) {
        code = visit->poll ? "slip.other_pack" : "slip.wait";
        poll = NULL;
    }
    if (poll && poll->hold) {
        code = "slip.held";
        poll = NULL;
    }
    if (!poll) {
        forget_slip(agent);
        ts_agent_notice(agent, code, STAGE_SCAN);
        return;
    }
    visit->poll = poll;
    visit->has_slip = true;
    visit->turn = agent->turn_start + poll->turn++;
    go(agent, STAGE_INFO);
}

static void take_back(struct ts_agent *agent, struct ts_str text)
{
    const char *code;
    struct ts_agent_poll *poll = read_slip(agent, text, &code);
    if (!poll) {
        forget_slip(agent);
        ts_agent_notice(agent, code, STAGE_TAKE_BACK);
        return;
    }
    agent->visit.poll = poll;
    agent->visit.number = ++agent->visits;
    emit_mark(agent, TS_EFFECT_VOID);
    go(agent, STAGE_VOIDING);
}

/* Any child may hold a card that says it is one: it counts only when the server has named it. */
static enum ts_office office_of(const struct ts_agent *agent, const uint8_t code[static 32])
{
    struct ts_digest hash = ts_digest_of((struct ts_str){(const char *)code, TS_CARD_BYTES});
    for (size_t i = 0; i < agent->card_count; i++)
        if (ts_digest_equal(&agent->cards[i].hash, &hash))
            return agent->cards[i].office;
    return TS_OFFICE_ABSENT;
}

static void scan_card(struct ts_agent *agent, enum ts_office office)
{
    if (office == TS_OFFICE_SCRUTINEER && agent->stage == STAGE_REVIEW) {
        emit_mark(agent, TS_EFFECT_OPEN);
        go(agent, STAGE_OPENING);
    } else if (office == TS_OFFICE_STAFF && agent->stage == STAGE_WELCOME) {
        go(agent, STAGE_STAFF);
    } else if (agent->stage == STAGE_WELCOME || agent->stage == STAGE_SCAN) {
        ts_agent_notice(agent, "kiosk.card", agent->stage);
    }
}

static void scan_keys(struct ts_agent *agent, const uint8_t code[static 32])
{
    struct ts_agent_effect *effect = ts_agent_emit(agent, TS_EFFECT_PIN);
    memcpy(effect->hash.b, code, sizeof effect->hash.b);
    for (size_t i = 0; i < agent->poll_count; i++)
        if (!agent->polls[i].package && agent->polls[i].refused) {
            agent->polls[i].refused = NULL;
            agent->polls[i].asked = false;
        }
    agent->changed = true;
}

void ts_agent_scan(struct ts_agent *agent, struct ts_str text)
{
    uint8_t code[TS_CARD_BYTES];
    if (agent->visit.helped)
        return;
    agent->changed = true;
    agent->since_ms = agent->now_ms;
    switch (ts_card_parse(code, text)) {
    case TS_CARD_OFFICE:
        scan_card(agent, office_of(agent, code));
        sodium_memzero(code, sizeof code);
        return;
    case TS_CARD_KEYS:
        if (agent->stage == STAGE_WELCOME)
            scan_keys(agent, code);
        return;
    case TS_CARD_NONE:
        break;
    }
    if (agent->stage == STAGE_SCAN)
        scan_slip(agent, text);
    else if (agent->stage == STAGE_TAKE_BACK)
        take_back(agent, text);
    else if (agent->stage == STAGE_WELCOME) {
        /* Free flow: the slip itself begins the visit. */
        begin(agent, NULL, false);
        scan_slip(agent, text);
        if (agent->stage == STAGE_NOTICE)
            agent->after_notice = STAGE_WELCOME;
    }
}

/* ---- answers ---- */

void ts_agent_sealed(struct ts_agent *agent, const struct ts_agent_input *input)
{
    struct ts_agent_visit *visit = &agent->visit;
    if (input->u.sealed.visit != visit->number || agent->stage != STAGE_SEALING)
        return; /* of a visit that has ended, which discarded it */
    if (!input->u.sealed.hash.ptr) {
        break_off(agent, "kiosk.trouble");
        return;
    }
    assert(input->u.sealed.hash.len == TS_BASE64_32);
    memcpy(visit->hash, input->u.sealed.hash.ptr, TS_BASE64_32);
    memcpy(visit->code, input->u.sealed.code, sizeof visit->code);
    go(agent, STAGE_REVIEW);
}

void ts_agent_marked(struct ts_agent *agent, const struct ts_agent_input *input)
{
    struct ts_agent_visit *visit = &agent->visit;
    assert(input->u.marked.visit == visit->number); /* these stages cannot be left in between */
    if (input->u.marked.refused) {
        if (agent->stage == STAGE_VOIDING) {
            forget_slip(agent);
            ts_agent_notice(agent, "slip.used", STAGE_TAKE_BACK);
        } else {
            break_off(agent, "slip.used");
        }
        return;
    }
    uint8_t *slip = &visit->poll->slips[visit->row];
    switch (agent->stage) {
    case STAGE_CASTING:
        *slip = TS_QUEUE_CAST;
        ts_slip_wipe(&visit->slip);
        /* Choices are never shown again (KU-12): what is left is the receipt. */
        sodium_memzero(visit->chosen, sizeof visit->chosen);
        sodium_memzero(visit->blank, sizeof visit->blank);
        sodium_memzero(visit->votes, sizeof visit->votes);
        visit->sealed = false;
        go(agent, STAGE_THANKS);
        break;
    case STAGE_OPENING:
        *slip = TS_QUEUE_OPENED;
        ts_slip_wipe(&visit->slip);
        visit->sealed = false;
        ts_buf_append_str(&agent->opened_ballot, input->u.marked.unsigned_ballot);
        ts_buf_append_str(&agent->opening, input->u.marked.opening);
        go(agent, STAGE_AUDIT);
        break;
    default:
        assert(agent->stage == STAGE_VOIDING);
        *slip = TS_QUEUE_VOID;
        agent->taken_back++;
        forget_slip(agent);
        visit->poll = NULL;
        go(agent, STAGE_TAKE_BACK);
        break;
    }
}

/* ---- time, releases, closing ---- */

static bool may_idle(const struct ts_agent *agent)
{
    switch (agent->stage) {
    case STAGE_SCAN:
    case STAGE_INFO:
    case STAGE_QUESTION:
    case STAGE_REVIEW:
    case STAGE_STAFF:
    case STAGE_TAKE_BACK:
        return true;
    default:
        return false;
    }
}

static void settle_time(struct ts_agent *agent)
{
    uint64_t stood = agent->now_ms - agent->since_ms;
    if (agent->visit.helped) {
        if (agent->now_ms - agent->visit.helped_ms >= agent->config.help_ms)
            ts_agent_end_visit(agent);
        agent->since_ms = agent->notice_ms =
            agent->now_ms; /* nobody is hurried while being helped */
        return;
    }
    /* Somebody made the letters large and walked away. */
    if (agent->stage == STAGE_WELCOME && agent->set_ms > 0 &&
        agent->now_ms - agent->set_ms >= ts_agent_idle_ms(agent)) {
        agent->settings = ts_agent_settings_default();
        agent->set_ms = 0;
        agent->changed = true;
    }
    if (agent->stage == STAGE_THANKS && stood >= agent->config.thanks_ms) {
        ts_agent_end_visit(agent);
    } else if (agent->stage == STAGE_NOTICE &&
               agent->now_ms - agent->notice_ms >= agent->config.notice_ms) {
        done(agent);
    } else if (may_idle(agent)) {
        if (stood >= ts_agent_idle_ms(agent) + agent->config.warn_ms)
            ts_agent_end_visit(agent);
        else if (stood >= ts_agent_idle_ms(agent))
            agent->changed = true; /* the countdown */
    }
}

/* Closing: no new sealing. What is durable already goes through; everything else ends here. */
static void settle_closing(struct ts_agent *agent)
{
    const struct ts_agent_poll *poll = agent->visit.poll;
    if (!poll || !agent->visit.has_slip || poll->state <= TS_POLL_STATE_OPEN)
        return;
    switch (agent->stage) {
    case STAGE_INFO:
    case STAGE_QUESTION:
    case STAGE_SEALING:
    case STAGE_REVIEW:
        break_off(agent, "slip.closed");
        break;
    default:
        break;
    }
}

/* FU-09: all booths show the waiting page. What is being made durable is finished. */
static void settle_hold(struct ts_agent *agent)
{
    const struct ts_agent_poll *poll = agent->visit.poll;
    if (!poll || poll->hold != TS_HOLD_WAIT)
        return;
    switch (agent->stage) {
    case STAGE_SCAN:
    case STAGE_INFO:
    case STAGE_QUESTION:
    case STAGE_SEALING:
    case STAGE_REVIEW:
        break_off(agent, "slip.held");
        break;
    default:
        break;
    }
}

static void settle_release(struct ts_agent *agent)
{
    /* Who calls for help at the welcome page is helped before the next child begins. */
    for (size_t i = 0;
         i < agent->poll_count && agent->stage == STAGE_WELCOME && !agent->visit.helped; i++) {
        struct ts_agent_poll *poll = &agent->polls[i];
        if (poll->state > TS_POLL_STATE_OPEN)
            poll->releases = 0;
        if (poll->releases == 0 || poll->hold || ts_agent_why_not(agent, poll))
            continue;
        poll->releases--;
        begin(agent, poll, false);
    }
}

void ts_agent_settle(struct ts_agent *agent)
{
    settle_closing(agent);
    settle_hold(agent);
    settle_time(agent);
    settle_release(agent);
}
