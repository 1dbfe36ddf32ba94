#include "kiosk/booth_state.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/base/version.h"
#include "proto/base/codec.h"

#define VIEW_FILE_MAX (4u << 20)

void ts_booth_fail(struct ts_booth *booth, const struct ts_err *err)
{
    if (booth->failed)
        return;
    booth->failed = true;
    booth->failure = *err;
}

bool ts_booth_has_failed(const struct ts_booth *booth, struct ts_err *err)
{
    if (booth->failed)
        *err = booth->failure;
    return booth->failed;
}

struct booth_poll *ts_booth_find_poll(struct ts_booth *booth, const struct ts_id *uuid)
{
    for (size_t i = 0; i < TS_AGENT_POLLS_MAX; i++)
        if (booth->polls[i].used && ts_id_equal(&booth->polls[i].uuid, uuid))
            return &booth->polls[i];
    return NULL;
}

int64_t ts_booth_waiting(const struct ts_booth *booth)
{
    int64_t waiting = 0;
    for (size_t i = 0; i < TS_AGENT_POLLS_MAX; i++)
        if (booth->polls[i].queue)
            waiting += ts_queue_counts(booth->polls[i].queue).waiting;
    return waiting;
}

/* ---- inputs and effects ---- */

void ts_booth_screen(const struct ts_booth *booth, struct ts_buf *out)
{
    struct ts_arena arena = {0};
    struct ts_screen screen;
    ts_agent_screen(booth->agent, &arena, &screen);
    ts_screen_encode(&screen, out);
    sodium_memzero(&screen, sizeof screen);
    ts_arena_wipe(&arena);
}

/* What was shown may be a choice: the buffer is wiped (KU-12). */
static void show(struct ts_booth *booth)
{
    struct ts_buf text = {0};
    ts_buf_reserve(&text, TS_BOOTH_SCREEN_BYTES);
    ts_booth_screen(booth, &text);
    booth->ports.show(booth->ports.ctx, ts_buf_str(&text));
    ts_buf_wipe(&text);
}

static void send_status(struct ts_booth *booth, const char *status, int64_t waiting)
{
    struct ts_cmd_kiosk_status body = {
        .state = ts_str_of(status),
        .waiting = waiting,
        .clock_ms = booth->ports.clock_ms(booth->ports.ctx),
        .version = TS_STR(TS_VERSION),
    };
    ts_session_send(booth->session, &(struct ts_cmd){TS_CMD_KIOSK_STATUS, &body}, NULL,
                    booth_tag(TAG_STATUS, 0, 0));
    booth->status_ms = booth->ports.now_ms(booth->ports.ctx);
}

static void discard(struct ts_booth *booth, uint64_t visit)
{
    if (booth->wanted_visit == visit)
        booth->wanted_visit = 0;
    if (booth->sealed && booth->sealed_visit == visit) {
        ts_sealed_free(booth->sealed);
        booth->sealed = NULL;
    }
}

static void perform(struct ts_booth *booth, const struct ts_agent_effect *effect)
{
    struct ts_agent_input answer = {0};
    switch (effect->kind) {
    case TS_EFFECT_SCREEN:
        show(booth);
        break;
    case TS_EFFECT_PACKAGE:
        ts_booth_package(booth, effect);
        break;
    case TS_EFFECT_SEAL:
        booth->wanted_visit = effect->visit;
        ts_sealer_begin(booth->sealer, effect->visit, effect->package->params,
                        ts_str_of(effect->package->election.phi_text), &effect->credential,
                        effect->slip, effect->votes, effect->vote_count);
        break;
    case TS_EFFECT_DISCARD:
        discard(booth, effect->visit);
        break;
    case TS_EFFECT_CAST:
    case TS_EFFECT_OPEN:
    case TS_EFFECT_VOID:
        ts_booth_mark(booth, effect, &answer);
        break;
    case TS_EFFECT_STATUS:
        send_status(booth, effect->status, effect->waiting);
        break;
    case TS_EFFECT_STATE:
        ts_booth_state(booth, effect);
        break;
    case TS_EFFECT_SIGN:
        ts_booth_sign(booth, effect);
        break;
    case TS_EFFECT_RETIRE:
        ts_booth_retire(booth, effect);
        break;
    case TS_EFFECT_PIN:
        ts_booth_pin(booth, &effect->hash);
        break;
    }
}

/* Does carrying it out lead to further inputs? */
static bool leads_on(enum ts_agent_effect_kind kind)
{
    switch (kind) {
    case TS_EFFECT_SCREEN:
    case TS_EFFECT_STATUS:
    case TS_EFFECT_SEAL:
    case TS_EFFECT_DISCARD:
    case TS_EFFECT_PIN:
        return false;
    default:
        return true;
    }
}

/* First what shows and tells, so that it is not overtaken by what follows; then the effects with
 * answers, which are further inputs: a handful deep at most (a slip made durable, what waits, a
 * statement). */
void ts_booth_input(struct ts_booth *booth, struct ts_agent_input *input)
{
    struct ts_agent_effects *effects = malloc(sizeof *effects);
    if (!effects)
        abort();
    input->now_ms = booth->ports.now_ms(booth->ports.ctx);
    input->clock_ms = booth->ports.clock_ms(booth->ports.ctx);
    ts_agent_step(booth->agent, input, effects);
    for (int later = 0; later < 2; later++)
        for (size_t i = 0; i < effects->count && !booth->failed; i++)
            if (leads_on(effects->list[i].kind) == (bool)later)
                perform(booth, &effects->list[i]);
    free(effects);
}

/* ---- the server ---- */

static void tell_link(struct ts_booth *booth, bool online)
{
    ts_booth_input(booth, &(struct ts_agent_input){.kind = TS_AGENT_LINK, .u.online = online});
}

static bool session_send(void *ctx, struct ts_str frame)
{
    struct ts_booth *booth = ctx;
    return booth->ports.send(booth->ports.ctx, frame);
}

static void session_server(void *ctx, const uint8_t server_key[static 32])
{
    struct ts_booth *booth = ctx;
    struct ts_err err;
    memcpy(booth->server_key, server_key, 32);
    booth->has_server_key = true;
    if (ts_store_pin_server(booth->dir, server_key, &err) != 0)
        ts_booth_fail(booth, &err);
}

static void tell_clock(struct ts_booth *booth, int64_t server_ms)
{
    struct ts_agent_input input = {.kind = TS_AGENT_CLOCK};
    input.u.difference_ms = server_ms - booth->ports.clock_ms(booth->ports.ctx);
    ts_booth_input(booth, &input);
}

static void session_ready(void *ctx, const struct ts_id *kiosk, int64_t clock_ms)
{
    struct ts_booth *booth = ctx;
    struct ts_err err;
    if (!ts_id_equal(&booth->kiosk, kiosk) &&
        ts_store_write(booth->dir, "kiosk.id", ts_id_str(kiosk), &err) != 0)
        ts_booth_fail(booth, &err);
    booth->kiosk = *kiosk;
    for (size_t i = 0; i < TS_AGENT_POLLS_MAX; i++)
        booth->polls[i].acknowledged = false;
    ts_session_subscribe(booth->session, "booth", ts_id_str(kiosk));
    tell_clock(booth, clock_ms);
    tell_link(booth, true);
    ts_booth_acknowledge(booth);
    ts_booth_pump(booth);
}

static void session_lost(void *ctx)
{
    struct ts_booth *booth = ctx;
    for (size_t i = 0; i < TS_AGENT_POLLS_MAX; i++) {
        struct booth_poll *poll = &booth->polls[i];
        if (poll->flying)
            memset(poll->flying, 0, poll->package->credential_count * sizeof *poll->flying);
        poll->flying_count = 0;
        poll->retry_ms = 0;
        poll->retry_errand_ms = 0;
    }
    tell_link(booth, false);
}

static void session_answer(void *ctx, uint64_t tag, const struct ts_frame_answer *answer)
{
    struct ts_booth *booth = ctx;
    switch ((enum tag_kind)(tag >> 56)) {
    case TAG_SLIP:
        ts_booth_slip_answer(booth, tag, answer);
        break;
    case TAG_ACK:
    case TAG_STATE:
    case TAG_SIGN:
        ts_booth_errand_answer(booth, tag, answer);
        break;
    case TAG_STATUS:
        if (answer->kind == TS_FRAME_OK && answer->reply.has_now)
            tell_clock(booth, answer->reply.now);
        else if (answer->kind != TS_FRAME_OK) /* not approved yet: the desk waits for it */
            booth->status_ms =
                booth->ports.now_ms(booth->ports.ctx) - STATUS_MS + STATUS_REFUSED_MS;
        break;
    }
}

/* Kept for a start without the server, releases left out: they are of the moment, and a file that
 * changes with every child would keep time. */
static void keep_view(struct ts_booth *booth, const struct ts_view_booth *view)
{
    struct ts_arena arena = {0};
    struct ts_buf text = {0};
    struct ts_json_writer w;
    struct ts_view_booth copy;
    struct ts_err err;
    ts_wire_copy(&ts_desc_view_booth, view, &arena, &copy);
    for (size_t i = 0; i < copy.polls.count; i++)
        copy.polls.ptr[i].released = 0;
    ts_jw_init(&w, &text);
    ts_wire_encode(&ts_desc_view_booth, &copy, &w);
    if (!ts_str_equal(ts_buf_str(&text), ts_buf_str(&booth->last_view))) {
        if (ts_store_write(booth->dir, "booth.json", ts_buf_str(&text), &err) != 0)
            ts_booth_fail(booth, &err);
        ts_buf_clear(&booth->last_view);
        ts_buf_append_str(&booth->last_view, ts_buf_str(&text));
    }
    ts_buf_free(&text);
    ts_arena_free(&arena);
}

static void session_view(void *ctx, const struct ts_frame_answer *view)
{
    struct ts_booth *booth = ctx;
    if (view->view_kind == TS_VIEW_CLIP) {
        ts_booth_clip_view(booth, view->key, view->body);
    } else if (view->view_kind == TS_VIEW_PACKAGE && view->body) {
        ts_booth_package_view(booth, view->key, view->body);
    } else if (view->view_kind == TS_VIEW_BOOTH && view->body) {
        struct ts_agent_input input = {.kind = TS_AGENT_BOOTH, .u.booth = view->body};
        keep_view(booth, view->body);
        ts_booth_input(booth, &input);
    }
}

static void session_say(void *ctx, const char *line)
{
    struct ts_booth *booth = ctx;
    booth->ports.say(booth->ports.ctx, line);
}

void ts_booth_link_up(struct ts_booth *booth)
{
    ts_session_link_up(booth->session);
}

void ts_booth_link_down(struct ts_booth *booth)
{
    ts_session_link_down(booth->session);
}

void ts_booth_frame(struct ts_booth *booth, struct ts_str text)
{
    struct ts_err err;
    char line[400];
    if (ts_session_frame(booth->session, text, &err) == 0)
        return;
    snprintf(line, sizeof line, "link dropped: %s (%s)", err.code, err.detail);
    booth->ports.say(booth->ports.ctx, line);
    booth->ports.drop(booth->ports.ctx);
}

/* ---- page, scanner, time, sealer ---- */

void ts_booth_scan(struct ts_booth *booth, struct ts_str text)
{
    ts_booth_input(booth, &(struct ts_agent_input){.kind = TS_AGENT_SCAN, .u.scan = text});
}

int ts_booth_page(struct ts_booth *booth, struct ts_str text, struct ts_err *err)
{
    struct ts_arena arena = {0};
    struct ts_screen_input input;
    int rc = ts_screen_input_decode(text, &arena, &input, err);
    if (rc == 0 && input.kind == TS_INPUT_SCAN)
        ts_booth_scan(booth, input.scan.scan);
    else if (rc == 0 && input.kind == TS_INPUT_SET)
        ts_booth_input(
            booth, &(struct ts_agent_input){.kind = TS_AGENT_SET, .u.settings = &input.change.set});
    else if (rc == 0)
        ts_booth_input(booth, &(struct ts_agent_input){.kind = TS_AGENT_TAP, .u.tap = &input.tap});
    sodium_memzero(&input, sizeof input);
    ts_arena_wipe(&arena);
    return rc;
}

void ts_booth_tick(struct ts_booth *booth)
{
    uint64_t now_ms = booth->ports.now_ms(booth->ports.ctx);
    ts_booth_input(booth, &(struct ts_agent_input){.kind = TS_AGENT_TICK});
    ts_session_tick(booth->session, now_ms);
    ts_booth_look_for_carried(booth);
    ts_booth_retry_errands(booth);
    ts_booth_pump(booth);
    if (ts_session_is_ready(booth->session) && now_ms - booth->status_ms >= STATUS_MS) {
        const char *status = ts_agent_status(booth->agent);
        send_status(booth, status, ts_booth_waiting(booth));
    }
}

void ts_booth_woken(struct ts_booth *booth)
{
    struct ts_sealer_result result;
    while (ts_sealer_take(booth->sealer, &result)) {
        struct ts_agent_input input = {.kind = TS_AGENT_SEALED};
        if (result.visit != booth->wanted_visit) { /* the visit has ended */
            if (result.sealed)
                ts_sealed_free(result.sealed);
            continue;
        }
        booth->wanted_visit = 0;
        booth->sealed = result.sealed;
        booth->sealed_visit = result.visit;
        input.u.sealed.visit = result.visit;
        if (result.sealed) {
            input.u.sealed.hash = ts_sealed_hash(result.sealed);
            memcpy(input.u.sealed.code, result.code, sizeof input.u.sealed.code);
        } else {
            booth->ports.say(booth->ports.ctx, result.err.code);
        }
        ts_booth_input(booth, &input);
    }
}

/* ---- making ---- */

static int load_identity(struct ts_booth *booth, struct ts_err *err)
{
    struct ts_buf text = {0};
    int rc = ts_store_server_key(booth->dir, booth->server_key, err);
    booth->has_server_key = rc == 1;
    if (rc >= 0)
        rc = ts_store_read(booth->dir, "kiosk.id", TS_ID_LEN, &text, err);
    if (rc == 1 && ts_id_parse(&booth->kiosk, ts_buf_str(&text)) != 0)
        booth->kiosk = (struct ts_id){0};
    ts_buf_free(&text);
    return rc < 0 ? -1 : 0;
}

/* The last view, so that polls go on without the server. A file that cannot be read is as none. */
static int load_view(struct ts_booth *booth, struct ts_err *err)
{
    static const struct ts_json_limits limits = {VIEW_FILE_MAX, 8};
    struct ts_arena arena = {0};
    struct ts_view_booth view;
    struct ts_json *json;
    int rc = ts_store_read(booth->dir, "booth.json", VIEW_FILE_MAX, &booth->last_view, err);
    if (rc == 1 && ts_json_parse(&json, ts_buf_str(&booth->last_view), &limits, err) == 0) {
        if (ts_wire_decode(&ts_desc_view_booth, json, &arena, &view, err) == 0)
            ts_booth_input(booth,
                           &(struct ts_agent_input){.kind = TS_AGENT_BOOTH, .u.booth = &view});
        ts_json_free(json);
    }
    ts_arena_free(&arena);
    if (booth->failed)
        *err = booth->failure;
    return rc < 0 || booth->failed ? -1 : 0;
}

static struct ts_session *make_session(struct ts_booth *booth, const char *name)
{
    struct ts_session_config config = {.name = name,
                                       .role = TS_KIOSK_ROLE_BOOTH,
                                       .key = booth->key,
                                       .has_server_key = booth->has_server_key};
    const struct ts_session_handler handler = {
        .ctx = booth,
        .send = session_send,
        .on_server = session_server,
        .on_ready = session_ready,
        .on_lost = session_lost,
        .on_answer = session_answer,
        .on_view = session_view,
        .on_say = session_say,
    };
    memcpy(config.server_key, booth->server_key, 32);
    return ts_session_new(&config, &handler);
}

struct ts_booth *ts_booth_new(const struct ts_booth_config *config,
                              const struct ts_booth_ports *ports, struct ts_err *err)
{
    struct ts_booth *booth = calloc(1, sizeof *booth);
    if (!booth)
        abort();
    snprintf(booth->dir, sizeof booth->dir, "%s", config->dir);
    snprintf(booth->carried, sizeof booth->carried, "%s", config->carried ? config->carried : "");
    booth->key = config->key;
    booth->ports = *ports;
    booth->sealer = ts_sealer_new(ports->wake, ports->ctx);
    booth->agent = ts_agent_new(&config->agent);
    if (load_identity(booth, err) != 0 || ts_booth_load_pins(booth, err) != 0) {
        ts_booth_free(booth);
        return NULL;
    }
    booth->session = make_session(booth, config->agent.name);
    if (load_view(booth, err) != 0) {
        ts_booth_free(booth);
        return NULL;
    }
    return booth;
}

void ts_booth_free(struct ts_booth *booth)
{
    if (!booth)
        return;
    ts_sealer_free(booth->sealer);
    if (booth->sealed)
        ts_sealed_free(booth->sealed);
    ts_agent_free(booth->agent);
    ts_session_free(booth->session);
    for (size_t i = 0; i < TS_AGENT_POLLS_MAX; i++) {
        ts_queue_close(booth->polls[i].queue);
        ts_package_free(booth->polls[i].package);
        free(booth->polls[i].flying);
        ts_buf_free(&booth->polls[i].pending);
        ts_buf_free(&booth->polls[i].pending_signature);
    }
    ts_buf_free(&booth->last_view);
    free(booth);
}
