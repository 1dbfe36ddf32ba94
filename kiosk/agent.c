#include "kiosk/agent_state.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

struct ts_agent_config ts_agent_config_default(void)
{
    return (struct ts_agent_config){
        .name = "",
        .idle_ms = 120000,
        .slow_ms = 300000,
        .warn_ms = 30000,
        .thanks_ms = 60000,
        .notice_ms = 20000,
        .help_ms = 600000,
    };
}

struct ts_agent *ts_agent_new(const struct ts_agent_config *config)
{
    struct ts_agent *agent = sodium_malloc(sizeof *agent);
    if (!agent)
        abort();
    memset(agent, 0, sizeof *agent);
    agent->config = *config;
    snprintf(agent->name, sizeof agent->name, "%s", config->name);
    agent->config.name = agent->name;
    agent->turn_start = config->turn_seed;
    agent->serial = 1;
    agent->settings = ts_agent_settings_default();
    return agent;
}

static void forget_poll(struct ts_agent_poll *poll)
{
    free(poll->slips);
    poll->slips = NULL;
    poll->package = NULL;
    ts_buf_free(&poll->k);
    ts_buf_free(&poll->closing);
}

void ts_agent_free(struct ts_agent *agent)
{
    if (!agent)
        return;
    for (size_t i = 0; i < agent->poll_count; i++)
        forget_poll(&agent->polls[i]);
    ts_buf_wipe(&agent->opened_ballot);
    ts_buf_wipe(&agent->opening);
    sodium_free(agent); /* wipes */
}

struct ts_agent_effect *ts_agent_emit(struct ts_agent *agent, enum ts_agent_effect_kind kind)
{
    assert(agent->out->count < TS_AGENT_EFFECTS_MAX);
    struct ts_agent_effect *effect = &agent->out->list[agent->out->count++];
    *effect = (struct ts_agent_effect){.kind = kind};
    return effect;
}

struct ts_agent_poll *ts_agent_poll(struct ts_agent *agent, const struct ts_id *uuid)
{
    for (size_t i = 0; i < agent->poll_count; i++)
        if (ts_id_equal(&agent->polls[i].uuid, uuid))
            return &agent->polls[i];
    return NULL;
}

const char *ts_agent_why_not(const struct ts_agent *agent, const struct ts_agent_poll *poll)
{
    struct ts_err err;
    if (!poll->package)
        return poll->refused ? poll->refused : "slip.not_open";
    if (!poll->listed)
        return "slip.closed";
    if (poll->state != TS_POLL_STATE_OPEN)
        return poll->state > TS_POLL_STATE_OPEN ? "slip.closed" : "slip.not_open";
    if (agent->clock_bad)
        return "kiosk.clock";
    if (ts_package_check_time(poll->package, agent->clock_ms, &err) != 0)
        return err.code;
    return NULL;
}

/* ---- what the server says ---- */

static struct ts_agent_poll *find_or_add(struct ts_agent *agent, const struct ts_id *uuid)
{
    struct ts_agent_poll *poll = ts_agent_poll(agent, uuid);
    if (poll)
        return poll;
    if (agent->poll_count < TS_AGENT_POLLS_MAX) {
        poll = &agent->polls[agent->poll_count++];
    } else {
        for (size_t i = 0; i < TS_AGENT_POLLS_MAX && !poll; i++)
            if (agent->polls[i].retired && !agent->polls[i].listed)
                poll = &agent->polls[i];
        if (!poll)
            return NULL; /* 64 polls at once that are not over: more than a day has */
    }
    *poll = (struct ts_agent_poll){.uuid = *uuid, .released = -1};
    return poll;
}

/* The first counter seen is where counting begins: what was released before we were here was for a
 * child whom nobody could serve. A smaller one is a server that was started anew. */
static void count_releases(struct ts_agent_poll *poll, int64_t released)
{
    int64_t more = poll->released < 0 || released < poll->released ? 0 : released - poll->released;
    poll->released = released;
    poll->releases =
        more + poll->releases > RELEASES_MAX ? RELEASES_MAX : poll->releases + (unsigned)more;
}

static void keep(struct ts_buf *buf, struct ts_str s)
{
    if (ts_str_equal(ts_buf_str(buf), s))
        return;
    ts_buf_clear(buf);
    ts_buf_append_str(buf, s);
}

static void see_poll(struct ts_agent *agent, const struct ts_booth_poll *seen)
{
    struct ts_agent_poll *poll = find_or_add(agent, &seen->uuid);
    if (!poll)
        return;
    poll->listed = true;
    poll->council = seen->council;
    poll->poll = seen->poll;
    snprintf(poll->letter, sizeof poll->letter, "%.*s", TS_STR_ARG(seen->letter));
    /* A poll never goes back: an old view that comes late does not reopen it. */
    if ((int)poll->state < seen->state)
        poll->state = (enum ts_poll_state)seen->state;
    poll->free_flow = seen->free_flow;
    poll->hold = (enum ts_hold)seen->hold;
    poll->rehearsal = seen->rehearsal;
    count_releases(poll, seen->released);
    if (seen->k.ptr && seen->statement.ptr) {
        if (!ts_str_equal(ts_buf_str(&poll->k), seen->k))
            poll->signature = ERRAND_NONE;
        keep(&poll->k, seen->k);
        keep(&poll->closing, seen->statement);
    }
    /* Once a good package is here it stays: its poll has one election record for ever. */
    if (!poll->package && !ts_str_is(seen->package, poll->want)) {
        snprintf(poll->want, sizeof poll->want, "%.*s", TS_STR_ARG(seen->package));
        poll->asked = false;
        poll->refused = NULL;
    }
}

static void see_booth(struct ts_agent *agent, const struct ts_view_booth *booth)
{
    for (size_t i = 0; i < agent->poll_count; i++)
        agent->polls[i].listed = false;
    for (size_t i = 0; i < booth->polls.count; i++)
        see_poll(agent, &booth->polls.ptr[i]);
    agent->card_count = 0;
    for (size_t i = 0; i < booth->cards.count && i < CARDS_MAX; i++) {
        struct ts_agent_card *card = &agent->cards[agent->card_count];
        card->office = (enum ts_office)booth->cards.ptr[i].office;
        agent->card_count += ts_digest_from_hex(&card->hash, booth->cards.ptr[i].hash) == 0;
    }
    agent->changed = true;
}

static void take_package(struct ts_agent *agent, const struct ts_agent_package *package)
{
    struct ts_agent_poll *poll = ts_agent_poll(agent, &package->uuid);
    assert(poll && !poll->package);
    agent->changed = true;
    poll->refused = package->refused;
    if (!package->package)
        return;
    poll->package = package->package;
    poll->refused = NULL;
    poll->slips = malloc(poll->package->credential_count);
    if (!poll->slips)
        abort();
    memcpy(poll->slips, package->slips, poll->package->credential_count);
}

/* The poll is known by its package from now on; what the server says of it comes later. */
static void take_carried(struct ts_agent *agent, const struct ts_agent_package *carried)
{
    agent->changed = true;
    if (!carried->package) {
        if (agent->stage == STAGE_WELCOME)
            ts_agent_notice(agent, carried->refused, STAGE_WELCOME);
        return;
    }
    const struct ts_package *content = &carried->package->content;
    struct ts_agent_poll *poll = find_or_add(agent, &carried->uuid);
    if (!poll)
        return;
    if (poll->state == TS_POLL_STATE_ABSENT) {
        poll->listed = true;
        poll->state = TS_POLL_STATE_READY;
        poll->council = content->council;
        poll->poll = content->poll;
        snprintf(poll->letter, sizeof poll->letter, "%.*s", TS_STR_ARG(content->letter));
    }
    take_package(agent, carried);
}

static void stated(struct ts_agent *agent, const struct ts_agent_input *input, bool signature)
{
    struct ts_agent_poll *poll = ts_agent_poll(agent, &input->u.stated.uuid);
    enum ts_agent_errand next = input->u.stated.good ? ERRAND_DONE : ERRAND_NONE;
    if (poll && signature)
        poll->signature = next;
    else if (poll)
        poll->statement = next;
}

/* ---- what follows from where we are ---- */

/* The server lists a poll as long as its booths have something to do with it, and afterwards as
 * published or void: then no ballot of it can count that is not counted, and what the booth holds
 * is destroyed. A poll that vanishes before it was closed is kept, for silence says nothing: its
 * ballots may not have arrived. */
static bool is_over(const struct ts_agent_poll *poll)
{
    return poll->state == TS_POLL_STATE_PUBLISHED || poll->state == TS_POLL_STATE_VOID ||
           (!poll->listed && poll->state >= TS_POLL_STATE_CLOSED);
}

static void run_errands(struct ts_agent *agent, struct ts_agent_poll *poll)
{
    bool busy = agent->visit.poll == poll &&
                (agent->stage == STAGE_CASTING || agent->stage == STAGE_OPENING ||
                 agent->stage == STAGE_VOIDING);
    if (poll->retired || busy)
        return;
    /* Without the server too: the package may be on the disk since yesterday. */
    if (!poll->package && !poll->asked && poll->want[0] && !is_over(poll)) {
        struct ts_agent_effect *effect = ts_agent_emit(agent, TS_EFFECT_PACKAGE);
        effect->uuid = poll->uuid;
        int rc = ts_digest_from_hex(&effect->hash, ts_str_of(poll->want));
        assert(rc == 0); /* the view's decoder has checked it */
        (void)rc;
        poll->asked = true;
    }
    if (poll->package && poll->state == TS_POLL_STATE_CLOSING && poll->waiting == 0 &&
        poll->statement == ERRAND_NONE && agent->online) {
        struct ts_agent_effect *effect = ts_agent_emit(agent, TS_EFFECT_STATE);
        effect->uuid = poll->uuid;
        effect->package = poll->package;
        poll->statement = ERRAND_ASKED;
    }
    if (poll->package && poll->state >= TS_POLL_STATE_CLOSED && !is_over(poll) && poll->k.len > 0 &&
        poll->signature == ERRAND_NONE && agent->online) {
        struct ts_agent_effect *effect = ts_agent_emit(agent, TS_EFFECT_SIGN);
        effect->uuid = poll->uuid;
        effect->package = poll->package;
        poll->signature = ERRAND_ASKED;
    }
    if (is_over(poll) && agent->visit.poll != poll) {
        struct ts_agent_effect *effect = ts_agent_emit(agent, TS_EFFECT_RETIRE);
        effect->uuid = poll->uuid;
        effect->package = poll->package;
        effect->void_poll = poll->state == TS_POLL_STATE_VOID;
        poll->retired = true;
        forget_poll(poll);
    }
}

const char *ts_agent_status(const struct ts_agent *agent)
{
    if (agent->visit.helped)
        return "help";
    if (agent->clock_bad)
        return "error";
    for (size_t i = 0; i < agent->poll_count; i++)
        if (agent->polls[i].refused && !agent->polls[i].retired)
            return "error";
    return agent->stage == STAGE_WELCOME ? "idle" : "visit";
}

static void tell_status(struct ts_agent *agent)
{
    const char *now = ts_agent_status(agent);
    int64_t waiting = 0;
    for (size_t i = 0; i < agent->poll_count; i++)
        waiting += agent->polls[i].waiting;
    if (!agent->online) {
        agent->status_told = NULL; /* said anew after the return */
        return;
    }
    if (agent->status_told && strcmp(agent->status_told, now) == 0 &&
        agent->waiting_told == waiting)
        return;
    struct ts_agent_effect *effect = ts_agent_emit(agent, TS_EFFECT_STATUS);
    effect->status = now;
    effect->waiting = waiting;
    agent->status_told = now;
    agent->waiting_told = waiting;
}

static void link_changed(struct ts_agent *agent, bool online)
{
    agent->online = online;
    agent->changed = true;
    for (size_t i = 0; i < agent->poll_count; i++) {
        struct ts_agent_poll *poll = &agent->polls[i];
        if (!poll->package)
            poll->asked = false;
        if (poll->statement == ERRAND_ASKED)
            poll->statement = ERRAND_NONE;
        if (poll->signature == ERRAND_ASKED)
            poll->signature = ERRAND_NONE;
    }
}

static void handle(struct ts_agent *agent, const struct ts_agent_input *input)
{
    struct ts_agent_poll *poll;
    bool bad;
    switch (input->kind) {
    case TS_AGENT_TICK:
        break;
    case TS_AGENT_LINK:
        link_changed(agent, input->u.online);
        break;
    case TS_AGENT_CLOCK:
        bad = input->u.difference_ms > TS_AGENT_CLOCK_MAX_MS ||
              input->u.difference_ms < -TS_AGENT_CLOCK_MAX_MS;
        agent->changed |= bad != agent->clock_bad;
        agent->clock_bad = bad;
        break;
    case TS_AGENT_BOOTH:
        see_booth(agent, input->u.booth);
        break;
    case TS_AGENT_PACKAGE:
        take_package(agent, &input->u.package);
        break;
    case TS_AGENT_CARRIED:
        take_carried(agent, &input->u.carried.package);
        break;
    case TS_AGENT_WAITING:
        poll = ts_agent_poll(agent, &input->u.waiting.uuid);
        if (poll)
            poll->waiting = input->u.waiting.count;
        break;
    case TS_AGENT_SCAN:
        ts_agent_scan(agent, input->u.scan);
        break;
    case TS_AGENT_TAP:
        ts_agent_tap(agent, input->u.tap);
        break;
    case TS_AGENT_SET:
        ts_agent_set(agent, input->u.settings);
        break;
    case TS_AGENT_JACK:
        agent->changed |= agent->plugged != input->u.plugged;
        agent->plugged = input->u.plugged;
        break;
    case TS_AGENT_SEALED:
        ts_agent_sealed(agent, input);
        break;
    case TS_AGENT_MARKED:
        ts_agent_marked(agent, input);
        break;
    case TS_AGENT_STATED:
        stated(agent, input, false);
        break;
    case TS_AGENT_SIGNED:
        stated(agent, input, true);
        break;
    }
}

void ts_agent_step(struct ts_agent *agent, const struct ts_agent_input *input,
                   struct ts_agent_effects *effects)
{
    effects->count = 0;
    agent->out = effects;
    agent->changed = agent->moved = false;
    agent->now_ms = input->now_ms;
    agent->clock_ms = input->clock_ms;
    handle(agent, input);
    ts_agent_settle(agent);
    for (size_t i = 0; i < agent->poll_count; i++)
        run_errands(agent, &agent->polls[i]);
    tell_status(agent);
    if (agent->moved)
        agent->serial++;
    if (agent->changed || agent->moved)
        ts_agent_emit(agent, TS_EFFECT_SCREEN);
    agent->out = NULL;
}

bool ts_agent_closing(const struct ts_agent *agent, const struct ts_id *uuid,
                      struct ts_agent_closing *out)
{
    for (size_t i = 0; i < agent->poll_count; i++) {
        const struct ts_agent_poll *poll = &agent->polls[i];
        if (ts_id_equal(&poll->uuid, uuid) && poll->k.len > 0) {
            *out = (struct ts_agent_closing){poll->council, ts_buf_str(&poll->k),
                                             ts_buf_str(&poll->closing)};
            return true;
        }
    }
    return false;
}

const struct ts_id *ts_agent_council(const struct ts_agent *agent, const struct ts_id *uuid)
{
    for (size_t i = 0; i < agent->poll_count; i++)
        if (ts_id_equal(&agent->polls[i].uuid, uuid))
            return &agent->polls[i].council;
    return NULL;
}

bool ts_agent_is_clean(const struct ts_agent *agent)
{
    return sodium_is_zero((const unsigned char *)&agent->visit, sizeof agent->visit) &&
           agent->opening.len == 0 && agent->opened_ballot.len == 0;
}
