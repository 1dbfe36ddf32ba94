/* The script of the simulation's meeting: who sends what next. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

#include "proto/ballot/closing.h"
#include "proto/base/codec.h"
#include "tests/support/simplay.h"

#define DEVICES (3 + SIMCAST_KEEPERS)

enum step {
    SETUP,
    SECOND,
    REQUEST, /* of every device */
    APPROVE = REQUEST + DEVICES,
    COUNCIL = APPROVE + DEVICES,
    ROSTER,
    MEETING,
    KEEPERS,
    CERT, /* each step of the set-up by every keeper */
    COMMIT = CERT + SIMCAST_KEEPERS,
    REVEAL = COMMIT + SIMCAST_KEEPERS,
    KEY = REVEAL + SIMCAST_KEEPERS,
    CONFIRM = KEY + SIMCAST_KEEPERS,
    PACK = CONFIRM + SIMCAST_KEEPERS,
    ARRIVE,
    OPEN_MEETING,
    NOTE,
    ERASE, /* two people */
    POLL = ERASE + 2,
    PREPARE,
    PACKAGE, /* two booths */
    OPEN = PACKAGE + 2,
    CAST,
    CLOSE,
    STATE,               /* two booths */
    GIVE_UP = STATE + 2, /* two people */
    PAPER = GIVE_UP + 2,
    FINISH,
    ACCEPT, /* two people */
    FINISH_AGAIN = ACCEPT + 2,
    SIGN, /* two booths */
    PARTIAL = SIGN + 2,
    TALLY = PARTIAL + SIMCAST_KEEPERS,
    PUBLISH,
    ABORT, /* only ever jumped to */
    CLOSE_MEETING,
    END,
};

static const enum sim_actor devices[DEVICES] = {SIM_BOOTH1, SIM_BOOTH2,     SIM_OFFICE,
                                                SIM_KEEPER, SIM_KEEPER + 1, SIM_KEEPER + 2};
static const char *const roles[DEVICES] = {"booth",  "booth",  "slip_office",
                                           "keeper", "keeper", "keeper"};

static size_t below(struct simplay *p, size_t n)
{
    return (size_t)ts_seed_below(&p->world.seed, n);
}

void simplay_plan(struct simplay *p)
{
    static const int void_steps[] = {CAST, STATE, PAPER, FINISH, SIGN, PARTIAL, TALLY, PUBLISH};
    struct sim_plan *plan = &p->plan;
    plan->gives_up = below(p, 4) == 0;
    plan->miscounts = below(p, 4) == 0;
    plan->erases_name = below(p, 2) == 0;
    plan->void_step = -1;
    if (below(p, 6) == 0)
        plan->void_step = void_steps[below(p, sizeof void_steps / sizeof *void_steps)];
    for (size_t i = 0; i < p->cast->keeper_count; i++) { /* in any order */
        size_t j = below(p, i + 1);
        plan->openers[i] = plan->openers[j];
        plan->openers[j] = i;
    }
}

static const struct simcast_key *key_of(const struct simplay *p, size_t device)
{
    return device < 2    ? &p->cast->booths[device]
           : device == 2 ? &p->cast->office
                         : &p->cast->stations[device - 3];
}

static void text_member(struct ts_buf *out, const char *key, struct ts_str text)
{
    struct ts_json_writer w;
    ts_buf_printf(out, "\"%s\":", key);
    ts_jw_init(&w, out);
    ts_jw_str(&w, text);
}

/* As ts_jw_str() writes it. */
static struct ts_str quoted(struct simplay *p, struct ts_str text)
{
    struct ts_buf out = {0};
    struct ts_json_writer w;
    ts_jw_init(&w, &out);
    ts_jw_str(&w, text);
    struct ts_str s = ts_arena_str(&p->arena, ts_buf_str(&out));
    ts_buf_free(&out);
    return s;
}

static void give_request(struct simplay *p, size_t device)
{
    const struct simcast_key *key = key_of(p, device);
    struct ts_str signature = simcast_sign(
        key,
        ts_arena_printf(&p->arena, "tongsheng-kiosk-request-1|%s|%s", key->text, roles[device]),
        &p->arena);
    simplay_give(p, devices[device], "kiosk.request",
                 "{\"key\":\"%s\",\"role\":\"%s\",\"name\":\"K%zu\",\"signature\":\"%.*s\"}",
                 key->text, roles[device], device + 1, TS_STR_ARG(signature));
}

static void give_keeper(struct simplay *p, size_t keeper, const char *step, struct ts_str record)
{
    struct ts_str text = quoted(p, record);
    simplay_give(p, (enum sim_actor)(SIM_KEEPER + keeper), "keeper.step",
                 "{\"council\":\"%s\",\"meeting\":\"%s\",\"round\":1,\"step\":\"%s\","
                 "\"record\":%.*s}",
                 p->council.s, p->meeting.s, step, TS_STR_ARG(text));
}

static void give_confirm(struct simplay *p, size_t keeper)
{
    const struct ts_ev_keepers_joined *joined = simplay_event(p, TS_EV_KEEPERS_JOINED);
    char hex[TS_DIGEST_HEX + 1];
    if (!joined)
        return;
    struct ts_digest digest = ts_digest_of(joined->trustees);
    ts_digest_hex(hex, &digest);
    give_keeper(p, keeper, "confirm", ts_str_of(hex));
}

static void give_roster(struct simplay *p)
{
    struct ts_buf rows = {0};
    for (int i = 0; i < SIMCAST_SLIPS; i++)
        ts_buf_printf(&rows, "%s{\"name\":\"秘名%d\",\"sex\":\"%s\",\"grade\":%d,\"seat\":%d}",
                      i ? "," : "", i + 1, i % 2 ? "girl" : "boy", 3 + i % 3, i + 1);
    simplay_give(p, SIM_ORGANISER, "roster.import", "{\"council\":\"%s\",\"rows\":[%.*s]}",
                 p->council.s, (int)rows.len, (const char *)rows.ptr);
    ts_buf_free(&rows);
}

static void give_arrive(struct simplay *p)
{
    const struct ts_ev_roster_imported *roster = simplay_event(p, TS_EV_ROSTER_IMPORTED);
    struct ts_buf ids = {0};
    if (!roster)
        return;
    for (size_t i = 0; i < roster->rows.count; i++)
        ts_buf_printf(&ids, "%s\"%s\"", i ? "," : "", roster->rows.ptr[i].member.s);
    simplay_give(p, SIM_SECOND, "attendance.arrive",
                 "{\"council\":\"%s\",\"meeting\":\"%s\",\"members\":[%.*s]}", p->council.s,
                 p->meeting.s, (int)ids.len, (const char *)ids.ptr);
    ts_buf_free(&ids);
}

static void give_poll(struct simplay *p)
{
    simplay_give(
        p, SIM_ORGANISER, "poll.create",
        "{\"council\":\"%s\",\"meeting\":\"%s\",\"item\":1,\"question\":\"同意这个提案吗？\","
        "\"method\":\"yna\",\"min\":1,\"max\":1,\"per_option\":1,\"blank\":false,\"options\":[],"
        "\"rule\":{\"kind\":\"majority\",\"base\":\"present\",\"turnout_num\":0,\"turnout_den\":1,"
        "\"seats\":1,\"reserved\":[],\"tie\":\"second_round\",\"notice_days\":0},"
        "\"info\":{\"asked\":\"要不要斑马线\",\"decides\":\"区里\",\"can_change\":\"位置\","
        "\"answer_by\":\"5月\"},\"free_flow\":true,\"two_persons\":false,\"not_before\":0,"
        "\"min_tally\":1}",
        p->council.s, p->meeting.s);
}

static void give_ack(struct simplay *p, size_t booth)
{
    struct ts_str zero = simcast_sign(key_of(p, booth),
                                      ts_arena_printf(&p->arena, "tongsheng-zero-1|%s|%s|%d",
                                                      p->cast->uuid.s, p->cast->phi, SIMCAST_SLIPS),
                                      &p->arena);
    simplay_give(p, devices[booth], "package.ack",
                 "{\"council\":\"%s\",\"uuid\":\"%s\",\"phi\":\"%s\",\"zero\":\"%.*s\"}",
                 p->council.s, p->cast->uuid.s, p->cast->phi, TS_STR_ARG(zero));
}

static void give_statement(struct simplay *p, size_t booth)
{
    struct ts_closing_booth b = {.kiosk = ts_id_str(&p->kiosks[booth])};
    for (size_t i = 0; i < SIMCAST_SLIPS; i++) {
        const struct sim_slip *slip = &p->slips[i];
        for (size_t k = 0; k < SIMCAST_BALLOTS; k++) {
            if (slip->by[k] != booth || !(slip->acked[k] || slip->refused[k]))
                continue;
            b.sealed++;
            ts_sethash_add(&b.set, p->cast->hashes[i][k]);
        }
        if (slip->by[2] == booth && slip->acked[2]) {
            b.voids += slip->other == TS_STORE_VOID;
            b.opened += slip->other == TS_STORE_AUDITED;
        }
    }
    struct ts_digest phi = ts_digest_of(p->cast->election);
    char set[65];
    struct ts_buf signature = {0};
    ts_base64_decode32(b.key.b, ts_str_of(p->cast->booths[booth].text));
    ts_closing_booth_sign(&b, &p->cast->uuid, &phi, p->cast->booths[booth].secret);
    ts_hex_encode(set, b.set.b, 32);
    ts_base64_encode(&signature, (struct ts_bytes){b.signature.b, sizeof b.signature.b});
    simplay_give(p, devices[booth], "booth.statement",
                 "{\"council\":\"%s\",\"uuid\":\"%s\",\"sealed\":%lld,\"opened\":%lld,"
                 "\"voided\":%lld,\"set\":\"%s\",\"signature\":\"%.*s\"}",
                 p->council.s, p->cast->uuid.s, (long long)b.sealed, (long long)b.opened,
                 (long long)b.voids, set, (int)signature.len, (const char *)signature.ptr);
    ts_buf_free(&signature);
}

static void give_paper(struct simplay *p)
{
    int cast = 0, voided = 0, audited = 0;
    for (size_t i = 0; i < SIMCAST_SLIPS; i++) {
        cast += p->slips[i].acked[0] || p->slips[i].acked[1];
        voided += p->slips[i].acked[2] && p->slips[i].other == TS_STORE_VOID;
        audited += p->slips[i].acked[2] && p->slips[i].other == TS_STORE_AUDITED;
    }
    int out = cast + voided + audited;
    simplay_give(p, SIM_SECOND, "poll.paper",
                 "{\"council\":\"%s\",\"poll\":\"%s\",\"counts\":{\"printed\":%d,\"left_over\":%d,"
                 "\"handed_out\":%d,\"unused\":0,\"lost\":0,\"lost_replaced\":0,\"exchanged\":%d,"
                 "\"audited\":%d,\"took_part\":%d}}",
                 p->council.s, p->poll.s, SIMCAST_SLIPS, SIMCAST_SLIPS - out, out, voided, audited,
                 cast + p->plan.miscounts);
}

static void give_sign(struct simplay *p, size_t booth)
{
    const struct ts_ev_poll_closed *closed = simplay_event(p, TS_EV_POLL_CLOSED);
    if (!closed)
        return;
    struct ts_str signature = simcast_sign(
        &p->cast->booths[booth],
        ts_arena_printf(&p->arena, "tongsheng-closing-1|%.*s", TS_STR_ARG(closed->k)), &p->arena);
    simplay_give(p, devices[booth], "closing.sign",
                 "{\"council\":\"%s\",\"uuid\":\"%s\",\"k\":\"%.*s\",\"signature\":\"%.*s\"}",
                 p->council.s, p->cast->uuid.s, TS_STR_ARG(closed->k), TS_STR_ARG(signature));
}

static void give_partial(struct simplay *p, size_t opener)
{
    size_t keeper = p->plan.openers[opener];
    const struct ts_ev_poll_closed *closed = simplay_event(p, TS_EV_POLL_CLOSED);
    if (!closed)
        return;
    struct ts_str record =
        simcast_open(p->cast, keeper, closed->encrypted_tally, closed->k, &p->arena);
    struct ts_buf body = {0};
    ts_buf_printf(&body, "{\"council\":\"%s\",\"uuid\":\"%s\",\"owner\":%zu,", p->council.s,
                  p->cast->uuid.s, keeper + 1);
    text_member(&body, "record", record);
    simplay_give(p, (enum sim_actor)(SIM_KEEPER + keeper), "poll.partial", "%.*s}", (int)body.len,
                 (const char *)body.ptr);
    ts_buf_free(&body);
}

static void give_pack(struct simplay *p)
{
    struct ts_str list = quoted(p, p->cast->list);
    simplay_give(p, SIM_OFFICE, "pack.register",
                 "{\"council\":\"%s\",\"uuid\":\"%s\",\"letter\":\"A\",\"printed\":%d,"
                 "\"list\":%.*s,\"signature\":\"%.*s\"}",
                 p->council.s, p->cast->uuid.s, SIMCAST_SLIPS, TS_STR_ARG(list),
                 TS_STR_ARG(p->cast->signature));
}

static void give_meeting(struct simplay *p)
{
    simplay_give(p, SIM_ORGANISER, "meeting.create",
                 "{\"council\":\"%s\",\"kind\":\"plenary\",\"sitting\":1,\"title\":\"第一次会议\","
                 "\"place\":\"儿童之家\",\"starts_at\":%lld,\"minutes\":90,\"items\":[{\"title\":"
                 "\"斑马线\",\"minutes\":15,\"origin\":\"child_card\"}],\"rehearsal\":false}",
                 p->council.s, (long long)p->world.clock_ms / 60000 * 60000);
}

static void give_set_up(struct simplay *p, int step)
{
    size_t i = (size_t)(step - CERT) % SIMCAST_KEEPERS;
    const struct simcast_keeper *keeper = &p->cast->keepers[i];
    if (step < COMMIT)
        give_keeper(p, i, "cert", keeper->cert);
    else if (step < REVEAL)
        give_keeper(p, i, "commit", simcast_commit(p->cast, i, &p->meeting, &p->arena));
    else if (step < KEY)
        give_keeper(p, i, "reveal", keeper->reveal);
    else if (step < CONFIRM)
        give_keeper(p, i, "key", keeper->key);
    else
        give_confirm(p, i);
}

/* The text of the note, or a child's row of the roster. */
static void give_erase(struct simplay *p, enum sim_actor actor)
{
    const struct ts_ev_item_noted *noted = simplay_event(p, TS_EV_ITEM_NOTED);
    const struct ts_ev_roster_imported *roster = simplay_event(p, TS_EV_ROSTER_IMPORTED);
    if (noted && roster)
        simplay_give(p, actor, "content.erase",
                     "{\"council\":\"%s\",\"content\":\"%s\",\"reason\":\"guardian\"}",
                     p->council.s,
                     p->plan.erases_name ? roster->rows.ptr[1].row.id.s : noted->text.id.s);
}

/* A command that names the council and the meeting, or the poll, and nothing else. */
static void give_about(struct simplay *p, enum sim_actor actor, const char *cmd, const char *what,
                       const struct ts_id *id, const char *more)
{
    simplay_give(p, actor, cmd, "{\"council\":\"%s\",\"%s\":\"%s\"%s}", p->council.s, what, id->s,
                 more);
}

static void give_registry(struct simplay *p, int step)
{
    if (step == SETUP)
        simplay_give(p, SIM_ORGANISER, "setup",
                     "{\"code\":\"7S1M-C0DE-4QRT\",\"district\":\"张店区\",\"login\":\"wang\","
                     "\"name\":\"秘王\",\"passphrase\":\"secret passphrase\"}");
    else if (step == SECOND)
        simplay_give(p, SIM_ORGANISER, "staff.add",
                     "{\"body\":\"%s\",\"login\":\"li\",\"name\":\"秘李\",\"passphrase\":\"secret "
                     "passphrase\",\"role\":\"organiser\"}",
                     p->root.s);
    else if (step < APPROVE)
        give_request(p, (size_t)(step - REQUEST));
    else if (step < COUNCIL)
        simplay_give(p, SIM_ORGANISER, "kiosk.approve", "{\"kiosk\":\"%s\",\"body\":\"%s\"}",
                     p->kiosks[step - APPROVE].s, p->root.s);
    else
        simplay_give(
            p, SIM_ORGANISER, "council.add",
            "{\"body\":\"%s\",\"name\":\"儿童议事会\",\"term\":1,\"rules\":{\"quorum_num\":2,"
            "\"quorum_den\":3,\"speech_seconds\":60,\"reply_days\":15}}",
            p->root.s);
}

/* The keepers' kiosk ids, quoted. */
static const char *stations(struct simplay *p)
{
    struct ts_str list = TS_STR("");
    for (size_t i = 0; i < p->cast->keeper_count; i++)
        list = ts_arena_printf(&p->arena, "%.*s%s\"%s\"", TS_STR_ARG(list), i ? "," : "",
                               p->kiosks[3 + i].s);
    return list.ptr;
}

static void give_opening(struct simplay *p, int step)
{
    if (step >= CERT && step < PACK) {
        give_set_up(p, step);
        return;
    }
    switch (step) {
    case ROSTER:
        give_roster(p);
        break;
    case MEETING:
        give_meeting(p);
        break;
    case KEEPERS:
        simplay_give(p, SIM_SECOND, "keepers.start",
                     "{\"council\":\"%s\",\"meeting\":\"%s\",\"threshold\":%zu,\"stations\":[%s]}",
                     p->council.s, p->meeting.s, p->cast->threshold, stations(p));
        break;
    case PACK:
        give_pack(p);
        break;
    case ARRIVE:
        give_arrive(p);
        break;
    case OPEN_MEETING:
        give_about(p, SIM_SECOND, "meeting.open", "meeting", &p->meeting, "");
        break;
    default:
        assert(step == NOTE);
        give_about(p, SIM_ORGANISER, "item.note", "meeting", &p->meeting,
                   ",\"item\":1,\"text\":\"记一笔\"");
        break;
    }
}

static void give_closing(struct simplay *p, int step)
{
    switch (step) {
    case CLOSE:
        give_about(p, SIM_SECOND, "poll.close", "poll", &p->poll, "");
        break;
    case STATE:
    case STATE + 1:
        give_statement(p, (size_t)(step - STATE));
        break;
    case GIVE_UP:
    case GIVE_UP + 1:
        simplay_give(p, step == GIVE_UP ? SIM_SECOND : SIM_ORGANISER, "booth.give_up",
                     "{\"council\":\"%s\",\"poll\":\"%s\",\"kiosk\":\"%s\",\"reason\":\"坏了\"}",
                     p->council.s, p->poll.s, p->kiosks[1].s);
        break;
    case PAPER:
        give_paper(p);
        break;
    case FINISH:
    case FINISH_AGAIN:
        give_about(p, SIM_ORGANISER, "poll.finish", "poll", &p->poll, "");
        break;
    case ACCEPT:
    case ACCEPT + 1:
        give_about(p, step == ACCEPT ? SIM_ORGANISER : SIM_SECOND, "poll.accept_difference", "poll",
                   &p->poll, ",\"reason\":\"一张票重复\"");
        break;
    case SIGN:
    case SIGN + 1:
        give_sign(p, (size_t)(step - SIGN));
        break;
    case PARTIAL:
    case PARTIAL + 1:
    case PARTIAL + 2:
        give_partial(p, (size_t)(step - PARTIAL));
        break;
    case TALLY:
        give_about(p, SIM_SECOND, "poll.tally", "poll", &p->poll, "");
        break;
    case PUBLISH:
        give_about(p, SIM_ORGANISER, "poll.publish", "poll", &p->poll, "");
        break;
    case ABORT:
        p->voided = true;
        give_about(p, SIM_ORGANISER, "poll.void", "poll", &p->poll, ",\"reason\":\"停电\"");
        break;
    default:
        assert(step == CLOSE_MEETING);
        give_about(p, SIM_SECOND, "meeting.close", "meeting", &p->meeting, "");
        break;
    }
}

static bool slips_settled(const struct simplay *p)
{
    for (size_t i = 0; i < SIM_CASTS; i++)
        if (p->casts[i].busy)
            return false;
    for (size_t i = 0; i < SIMCAST_SLIPS; i++)
        if (!p->slips[i].acked[0] && !p->slips[i].acked[1] && !p->slips[i].acked[2])
            return false;
    return true;
}

bool simplay_casting(const struct simplay *p)
{
    return p->step == CAST;
}

static void give_poll_step(struct simplay *p, int step)
{
    if (step == POLL)
        give_poll(p);
    else if (step == PREPARE)
        simplay_give(
            p, SIM_ORGANISER, "poll.prepare",
            "{\"council\":\"%s\",\"poll\":\"%s\",\"pack\":\"%s\",\"booths\":[\"%s\",\"%s\"]}",
            p->council.s, p->poll.s, p->pack.s, p->kiosks[0].s, p->kiosks[1].s);
    else if (step < OPEN)
        give_ack(p, (size_t)(step - PACKAGE));
    else
        give_about(p, SIM_SECOND, "poll.open", "poll", &p->poll, "");
}

static bool somebody_busy(const struct simplay *p)
{
    for (size_t i = 0; i < SIM_STRANGER; i++)
        if (p->clients[i].errand.busy)
            return true;
    return false;
}

/* Steps that this seed's plan leaves out. */
static bool is_skipped(const struct simplay *p, int step)
{
    const int keepers = (int)p->cast->keeper_count;
    if (step >= REQUEST && step < COUNCIL)
        return (step - REQUEST) % DEVICES >= 3 + keepers;
    if (step >= CERT && step < PACK)
        return (step - CERT) % SIMCAST_KEEPERS >= keepers;
    if (step >= PARTIAL && step < TALLY)
        return step - PARTIAL >= (int)p->cast->threshold;
    switch (step) {
    case STATE + 1:
    case SIGN + 1:
        return p->plan.gives_up;
    case GIVE_UP:
    case GIVE_UP + 1:
        return !p->plan.gives_up;
    case ABORT:
        return true;
    default:
        return false;
    }
}

static void step_on(struct simplay *p)
{
    do
        p->step++;
    while (is_skipped(p, p->step));
}

/* While ballots are cast it happens when some are there and others on their way. */
static bool aborts_now(struct simplay *p)
{
    return p->step == p->plan.void_step && !p->voided && (p->step != CAST || below(p, 200) == 0);
}

void simplay_script(struct simplay *p)
{
    if (p->done || somebody_busy(p))
        return;
    if (aborts_now(p))
        p->step = ABORT;
    if (p->step <= COUNCIL)
        give_registry(p, p->step);
    else if (p->step <= NOTE)
        give_opening(p, p->step);
    else if (p->step < POLL)
        give_erase(p, p->step == ERASE ? SIM_ORGANISER : SIM_SECOND);
    else if (p->step <= OPEN)
        give_poll_step(p, p->step);
    else if (p->step == CAST)
        p->step += slips_settled(p) && p->plan.void_step != CAST;
    else if (p->step < END)
        give_closing(p, p->step);
    else
        p->done = true;
}

/* ---- answers ---- */

static void take_ids(struct simplay *p, const struct ts_frame_answer *answer)
{
    const struct ts_ev_body_added *root;
    const struct ts_ev_poll_prepared *prepared;
    switch (p->step) {
    case SETUP:
        root = simplay_event(p, TS_EV_BODY_ADDED);
        assert(root || p->world.wrong[0]);
        if (root)
            p->root = root->body;
        p->staff[0] = answer->reply.id;
        break;
    case SECOND:
        p->staff[1] = answer->reply.id;
        break;
    case COUNCIL:
        p->council = answer->reply.id;
        break;
    case MEETING:
        p->meeting = answer->reply.id;
        break;
    case PACK:
        p->pack = answer->reply.id;
        break;
    case POLL:
        p->poll = answer->reply.id;
        break;
    case PREPARE:
        prepared = simplay_event(p, TS_EV_POLL_PREPARED);
        if (prepared)
            simcast_seal(p->cast, prepared->election);
        break;
    default:
        if (p->step >= REQUEST && p->step < APPROVE)
            p->kiosks[p->step - REQUEST] = answer->reply.id;
        break;
    }
}

void simplay_answered(struct simplay *p, enum sim_actor actor, const struct ts_frame_answer *answer)
{
    (void)actor;
    take_ids(p, answer);
    p->did.gave_up |= p->step == GIVE_UP + 1;
    p->did.accepted |= p->step == ACCEPT + 1;
    p->did.voided |= p->step == ABORT;
    if (p->step == ERASE + 1) { /* from now on nobody sees it */
        p->did.erased = true;
        p->world.erased = p->plan.erases_name == p->keeps_erased ? "记一笔" : "秘名2";
    }
    if (p->step == FINISH)
        p->step = SIGN;
    else
        step_on(p);
}

static bool is_passing(const char *code)
{
    static const char *const codes[] = {"server.busy", "server.again", "rate.limit",
                                        "poll.finishing"};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (strcmp(code, codes[i]) == 0)
            return true;
    return false;
}

void simplay_rejected(struct simplay *p, enum sim_actor actor, const struct ts_frame_answer *answer)
{
    const char *code = answer->reject.code;
    if (is_passing(code))
        return; /* it is given again, with another id */
    if (p->step == FINISH && strcmp(code, "poll.unbalanced") == 0) {
        p->step = ACCEPT;
        return;
    }
    simplay_wrong_answer(p, actor, &answer->reject);
}
