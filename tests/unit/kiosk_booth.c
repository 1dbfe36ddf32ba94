/*
 * A whole booth with real cryptography, against a server, a page and a clock of the test's own: one
 * poll voted offline and delivered, a double slip refused, a repeat absorbed, audit, void, restart,
 * closing. The server here keeps the rules of BALLOT 3 and nothing else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kiosk/booth.h"
#include "proto/ballot/closing.h"
#include "proto/base/codec.h"
#include "proto/wire/card.h"
#include "tests/support/freed.h"
#include "tests/support/kiosk_pack.h"

#define DIR "booth-test"
#define STICK "booth-test-stick"
#define KIOSK_ID "8yQ8vT1uKp9ZbRrm4sWn2D"

static struct test_keys keys;
static struct test_pack pack;
static const uint8_t scrutineer_code[32] = {7}, staff_code[32] = {8};

/* What the server has of one slip. */
struct slot {
    int state; /* 0, or the command's kind */
    char hash[44];
};

struct world {
    struct ts_booth *booth;
    struct ts_device_key *device;
    /* server */
    bool link, enrolled, approved, drop_answers;
    struct slot slots[TEST_SLIPS];
    struct ts_buf inbox; /* frames to the booth, one a line */
    struct ts_ballot_params *params;
    struct ts_election election;
    struct ts_arena arena;
    int poll_state;
    int64_t released;
    bool free_flow;
    unsigned requests, casts, repeats, refusals, acks, zeros, packages, statements, signatures,
        drops;
    struct ts_closing_booth statement;
    char statement_signature[90], k[65];
    struct ts_buf closing;
    bool forge_acks;
    const char *clip; /* other bytes than TEST_CLIP */
    unsigned clips;   /* asked for */
    bool hides_poll;  /* the view lists none */
    bool refuses_status;
    bool has_prepared_anew; /* another package than the one there is */
    unsigned statuses;
    /* page */
    struct ts_buf screen;
    /* clock */
    uint64_t now_ms;
    volatile int woken;
};

static long row_of(const struct ts_point *credential)
{
    for (long i = 0; i < TEST_SLIPS; i++) {
        struct ts_point mine;
        ts_credential_public(&mine, TS_STR(TEST_UUID), &pack.slips[i].credential);
        if (ts_point_equal(&mine, credential))
            return i;
    }
    return -1;
}

/* ---- the server ---- */

static void answer(struct world *w, const struct ts_buf *frame)
{
    if (w->drop_answers)
        return;
    ts_buf_append(&w->inbox, frame->ptr, frame->len);
    ts_buf_append_char(&w->inbox, '\n');
}

static void reply(struct world *w, const struct ts_id *re, const struct ts_reply *ok)
{
    struct ts_buf frame = {0};
    ts_frame_ok_encode(re, ok, 0, &frame);
    answer(w, &frame);
    ts_buf_free(&frame);
}

static void reject(struct world *w, const struct ts_id *re, const char *code)
{
    struct ts_buf frame = {0};
    struct ts_err err;
    ts_err_set(&err, code, "test");
    ts_frame_err_encode(re, &err, &frame);
    answer(w, &frame);
    ts_buf_free(&frame);
}

static void show_booth(struct world *w)
{
    char server_key[44], package_hash[65], card_hash[2][65];
    struct ts_digest hash = ts_digest_of(ts_buf_str(&pack.text));
    ts_digest_hex(package_hash, &hash);
    if (w->has_prepared_anew)
        package_hash[0] = package_hash[0] == '0' ? '1' : '0';
    ts_base64_encode32(server_key, keys.server_public);
    struct ts_booth_card cards[2] = {{.office = TS_OFFICE_SCRUTINEER}, {.office = TS_OFFICE_STAFF}};
    for (int i = 0; i < 2; i++) {
        hash = ts_digest_of((struct ts_str){(const char *)(i ? staff_code : scrutineer_code), 32});
        ts_digest_hex(card_hash[i], &hash);
        cards[i].hash = ts_str_of(card_hash[i]);
    }
    struct ts_booth_poll poll = {
        .council = pack.content.council,
        .poll = pack.content.poll,
        .uuid = pack.content.uuid,
        .letter = pack.content.letter,
        .state = w->poll_state,
        .package = ts_str_of(package_hash),
        .free_flow = w->free_flow,
        .released = w->released,
    };
    if (w->closing.len > 0) {
        poll.k = ts_str_of(w->k);
        poll.statement = ts_buf_str(&w->closing);
    }
    struct ts_view_booth view = {
        .server_key = ts_str_of(server_key),
        .polls = {&poll, !w->hides_poll, 0},
        .cards = {cards, 2, 0},
    };
    struct ts_buf body = {0}, frame = {0};
    struct ts_json_writer writer;
    ts_jw_init(&writer, &body);
    ts_wire_encode(&ts_desc_view_booth, &view, &writer);
    ts_frame_view_encode("booth", TS_STR(KIOSK_ID), 1, ts_buf_str(&body), &frame);
    answer(w, &frame);
    ts_buf_free(&body);
    ts_buf_free(&frame);
}

static void show_package(struct world *w)
{
    w->packages++;
    struct ts_view_package view = {ts_buf_str(&pack.text), ts_str_of(pack.signature)};
    struct ts_buf body = {0}, frame = {0};
    struct ts_json_writer writer;
    ts_jw_init(&writer, &body);
    ts_wire_encode(&ts_desc_view_package, &view, &writer);
    ts_frame_view_encode("package", TS_STR(TEST_UUID), 1, ts_buf_str(&body), &frame);
    answer(w, &frame);
    ts_buf_free(&body);
    ts_buf_free(&frame);
}

/* What reads the question aloud; "" when it was erased meanwhile. */
static void show_clip(struct world *w, struct ts_str key)
{
    const char *clip = w->clip ? w->clip : TEST_CLIP;
    struct ts_buf data = {0}, body = {0}, frame = {0};
    assert_true(ts_str_is(key, TEST_POLL));
    w->clips++;
    ts_base64_encode(&data, ts_str_bytes(ts_str_of(clip)));
    struct ts_view_clip view = {TS_MIME_OGG, ts_buf_str(&data)};
    struct ts_json_writer writer;
    ts_jw_init(&writer, &body);
    if (*clip)
        ts_wire_encode(&ts_desc_view_clip, &view, &writer);
    else
        ts_jw_null(&writer);
    ts_frame_view_encode("clip", key, 1, ts_buf_str(&body), &frame);
    answer(w, &frame);
    ts_buf_free(&data);
    ts_buf_free(&body);
    ts_buf_free(&frame);
}

static void acknowledge(struct world *w, const struct ts_id *re, const char *what, bool repeat)
{
    struct ts_buf text = {0};
    char signature[90];
    ts_buf_printf(&text, "tongsheng-ack-1|%s|%s|%s", TEST_UUID, w->election.phi_text,
                  w->forge_acks ? "x" : what);
    test_sign(signature, ts_buf_str(&text), keys.server_secret);
    ts_buf_free(&text);
    w->repeats += repeat;
    reply(w, re, &(struct ts_reply){.signature = ts_str_of(signature), .repeat = repeat});
}

static void slip_cast(struct world *w, const struct ts_id *re, const struct ts_cmd_slip_cast *cmd)
{
    struct ts_arena arena = {0};
    struct ts_ballot ballot;
    struct ts_err err;
    if (ts_ballot_verify(&ballot, w->params, ts_str_bytes(cmd->ballot), &arena, &err) != 0)
        fail_msg("bad ballot: %s at %s", err.code, err.path);
    long row = row_of(&ballot.credential);
    assert_true(row >= 0);
    struct slot *slot = &w->slots[row];
    w->casts++;
    if (slot->state == 0) {
        slot->state = TS_CMD_SLIP_CAST;
        memcpy(slot->hash, ballot.hash, sizeof slot->hash);
        acknowledge(w, re, ballot.hash, false);
    } else if (slot->state == TS_CMD_SLIP_CAST && strcmp(slot->hash, ballot.hash) == 0) {
        acknowledge(w, re, ballot.hash, true);
    } else {
        w->refusals++;
        reject(w, re, slot->state == TS_CMD_SLIP_VOID ? "slip.void" : "slip.used");
    }
    ts_arena_free(&arena);
}

static void slip_spent(struct world *w, const struct ts_id *re, int kind, struct ts_str credential,
                       struct ts_str proof_text)
{
    const struct ts_json_limits limits = {400, 2};
    struct ts_json *json;
    struct ts_proof proof;
    struct ts_point point;
    struct ts_err err;
    char what[100];
    assert_int_equal(ts_point_parse(&point, credential), 0);
    assert_int_equal(ts_json_parse(&json, proof_text, &limits, &err), 0);
    assert_int_equal(ts_proof_read(&proof, json, &err), 0);
    ts_json_free(json);
    struct ts_str phi = ts_str_of(w->election.phi_text);
    assert_true(kind == TS_CMD_SLIP_VOID
                    ? ts_slip_void_verify(&proof, TS_STR(TEST_UUID), phi, &point)
                    : ts_slip_audit_verify(&proof, TS_STR(TEST_UUID), phi, &point));
    struct slot *slot = &w->slots[row_of(&point)];
    if (slot->state != 0 && slot->state != kind) {
        w->refusals++;
        reject(w, re, "slip.used");
        return;
    }
    snprintf(what, sizeof what, "%s|%.*s", kind == TS_CMD_SLIP_VOID ? "void" : "audit",
             TS_STR_ARG(credential));
    bool repeat = slot->state == kind;
    slot->state = kind;
    acknowledge(w, re, what, repeat);
}

/* The zero report: signed by the device that nothing is in its queue. */
static void take_zero(struct world *w, const struct ts_cmd_package_ack *cmd)
{
    struct ts_buf text = {0};
    if (!cmd->zero.ptr)
        return;
    ts_zero_text(&text, &pack.content.uuid, ts_str_of(w->election.phi_text), TEST_SLIPS);
    assert_true(ts_package_verify(ts_str_of(w->device->text), cmd->zero, ts_buf_str(&text)));
    ts_buf_free(&text);
    w->zeros++;
}

static void take_statement(struct world *w, const struct ts_cmd_booth_statement *cmd)
{
    struct ts_buf raw = {0};
    w->statement = (struct ts_closing_booth){.kiosk = TS_STR(KIOSK_ID),
                                             .sealed = cmd->sealed,
                                             .opened = cmd->opened,
                                             .voids = cmd->voided};
    memcpy(w->statement.key.b, w->device->public, 32);
    assert_int_equal(ts_hex_decode(w->statement.set.b, 32, cmd->set), 0);
    assert_int_equal(ts_base64_decode(&raw, cmd->signature), 0);
    memcpy(w->statement.signature.b, raw.ptr, 64);
    ts_buf_free(&raw);
    assert_true(ts_closing_booth_check(&w->statement, &pack.content.uuid, &w->election.phi));
    w->statements++;
}

static void take_signature(struct world *w, const struct ts_cmd_closing_sign *cmd)
{
    struct ts_buf raw = {0};
    struct ts_closing_signature signature;
    struct ts_closing_key key;
    struct ts_digest k;
    assert_int_equal(ts_base64_decode(&raw, cmd->signature), 0);
    memcpy(signature.b, raw.ptr, 64);
    ts_buf_free(&raw);
    memcpy(key.b, w->device->public, 32);
    assert_int_equal(ts_digest_from_hex(&k, cmd->k), 0);
    assert_true(ts_closing_check(&signature, &k, &key));
    w->signatures++;
}

static bool server_takes(void *ctx, struct ts_str text)
{
    struct world *w = ctx;
    struct ts_arena arena = {0};
    struct ts_frame_cmd frame;
    struct ts_err err;
    char key[44], nonce[44];
    const uint8_t random[32] = {42};
    if (!w->link)
        return false;
    if (ts_frame_cmd_decode(text, &arena, &frame, &err) != 0)
        fail_msg("%s at %s: %.*s", err.code, err.path, TS_STR_ARG(text));
    const void *body = frame.cmd.body;
    const struct ts_id *re = &frame.id;
    ts_base64_encode32(key, keys.server_public);
    ts_base64_encode32(nonce, random);
    switch (frame.cmd.kind) {
    case TS_CMD_KIOSK_HELLO:
        if (w->enrolled)
            reply(w, re,
                  &(struct ts_reply){.nonce = ts_str_of(nonce), .server_key = ts_str_of(key)});
        else
            reject(w, re, "kiosk.unknown");
        break;
    case TS_CMD_KIOSK_REQUEST: {
        const struct ts_cmd_kiosk_request *cmd = body;
        struct ts_buf signed_text = {0};
        ts_buf_printf(&signed_text, "tongsheng-kiosk-request-1|%.*s|booth", TS_STR_ARG(cmd->key));
        assert_true(ts_package_verify(cmd->key, cmd->signature, ts_buf_str(&signed_text)));
        ts_buf_free(&signed_text);
        assert_true(ts_str_is(cmd->name, "K1"));
        w->requests++;
        w->enrolled = true;
        reply(w, re, &(struct ts_reply){0});
        break;
    }
    case TS_CMD_KIOSK_PROVE: {
        const struct ts_cmd_kiosk_prove *cmd = body;
        struct ts_buf signed_text = {0};
        struct ts_reply ok = {.has_now = true, .now = TEST_NOT_BEFORE + 5000};
        ts_buf_printf(&signed_text, "tongsheng-kiosk-login-1|%s|%s", key, nonce);
        assert_true(ts_package_verify(ts_str_of(w->device->text), cmd->signature,
                                      ts_buf_str(&signed_text)));
        ts_buf_free(&signed_text);
        assert_int_equal(ts_id_parse(&ok.id, TS_STR(KIOSK_ID)), 0);
        reply(w, re, &ok);
        break;
    }
    case TS_CMD_SUBSCRIBE:
        reply(w, re, &(struct ts_reply){0});
        if (ts_str_is(((const struct ts_cmd_subscribe *)body)->view, "booth"))
            show_booth(w);
        else if (ts_str_is(((const struct ts_cmd_subscribe *)body)->view, "clip"))
            show_clip(w, ((const struct ts_cmd_subscribe *)body)->key);
        else
            show_package(w);
        break;
    case TS_CMD_SLIP_CAST:
        slip_cast(w, re, body);
        break;
    case TS_CMD_SLIP_VOID:
        slip_spent(w, re, TS_CMD_SLIP_VOID, ((const struct ts_cmd_slip_void *)body)->credential,
                   ((const struct ts_cmd_slip_void *)body)->proof);
        break;
    case TS_CMD_SLIP_AUDIT:
        slip_spent(w, re, TS_CMD_SLIP_AUDIT, ((const struct ts_cmd_slip_audit *)body)->credential,
                   ((const struct ts_cmd_slip_audit *)body)->proof);
        break;
    case TS_CMD_PACKAGE_ACK:
        w->acks++;
        take_zero(w, body);
        reply(w, re, &(struct ts_reply){0});
        break;
    case TS_CMD_BOOTH_STATEMENT:
        take_statement(w, body);
        reply(w, re, &(struct ts_reply){0});
        break;
    case TS_CMD_CLOSING_SIGN:
        take_signature(w, body);
        reply(w, re, &(struct ts_reply){0});
        break;
    case TS_CMD_KIOSK_STATUS:
        w->statuses++;
        if (w->refuses_status)
            reject(w, re, "auth.role");
        else
            reply(w, re, &(struct ts_reply){0});
        break;
    default:
        reply(w, re, &(struct ts_reply){0});
        break;
    }
    ts_arena_free(&arena);
    return true;
}

/* ---- ports ---- */

static void drop(void *ctx)
{
    ((struct world *)ctx)->drops++;
}

static void page_shows(void *ctx, struct ts_str screen)
{
    struct world *w = ctx;
    ts_buf_clear(&w->screen);
    ts_buf_append_str(&w->screen, screen);
}

static void wake(void *ctx)
{
    __atomic_store_n(&((struct world *)ctx)->woken, 1, __ATOMIC_SEQ_CST);
}

static void say(void *ctx, const char *line)
{
    (void)ctx;
    assert_null(strstr(line, "TS1."));
}

static uint64_t now_ms(void *ctx)
{
    return ((struct world *)ctx)->now_ms;
}

static int64_t clock_ms(void *ctx)
{
    return TEST_NOT_BEFORE + (int64_t)((struct world *)ctx)->now_ms;
}

/* Frames in both directions until nothing moves. */
static void settle(struct world *w)
{
    while (w->inbox.len > 0) {
        struct ts_buf frames = w->inbox;
        w->inbox = (struct ts_buf){0};
        for (char *at = (char *)frames.ptr, *end; at < (char *)frames.ptr + frames.len;
             at = end + 1) {
            end = memchr(at, '\n', frames.len - (size_t)(at - (char *)frames.ptr));
            if (w->link)
                ts_booth_frame(w->booth, (struct ts_str){at, (size_t)(end - at)});
        }
        ts_buf_free(&frames);
    }
    struct ts_err err;
    if (ts_booth_has_failed(w->booth, &err))
        fail_msg("%s: %s", err.code, err.detail);
}

static void link_up(struct world *w)
{
    w->link = true;
    ts_booth_link_up(w->booth);
    settle(w);
}

static void link_down(struct world *w)
{
    w->link = false;
    ts_buf_clear(&w->inbox);
    ts_booth_link_down(w->booth);
}

static void tick(struct world *w, uint64_t seconds)
{
    while (seconds-- > 0) {
        w->now_ms += 1000;
        ts_booth_tick(w->booth);
        settle(w);
    }
}

/* ---- the page ---- */

static bool page_has(const struct world *w, const char *text)
{
    return memmem(w->screen.ptr, w->screen.len, text, strlen(text)) != NULL;
}

static void expect_page(const struct world *w, const char *name)
{
    char text[60];
    snprintf(text, sizeof text, "\"name\":\"%s\"", name);
    if (!page_has(w, text))
        fail_msg("want %s, have %.*s", name, TS_STR_ARG(ts_buf_str(&w->screen)));
}

static void tap(struct world *w, const char *more)
{
    struct ts_buf text = {0};
    struct ts_err err;
    const char *serial = memmem(w->screen.ptr, w->screen.len, "\"serial\":", 9);
    ts_buf_printf(&text, "{\"serial\":%lld,\"tap\":%s}", atoll(serial + 9), more);
    assert_int_equal(ts_booth_page(w->booth, ts_buf_str(&text), &err), 0);
    ts_buf_free(&text);
    settle(w);
}

static void scan(struct world *w, const char *code)
{
    struct ts_buf text = {0};
    struct ts_err err;
    ts_buf_printf(&text, "{\"scan\":\"%s\"}", code);
    assert_int_equal(ts_booth_page(w->booth, ts_buf_str(&text), &err), 0);
    ts_buf_free(&text);
    settle(w);
}

static void scan_card(struct world *w, enum ts_card_kind kind, const uint8_t code[static 32])
{
    char text[TS_CARD_TEXT_MAX + 1];
    ts_card_format(text, kind, code);
    scan(w, text);
}

static void scan_slip(struct world *w, size_t slip)
{
    char text[TS_SLIP_TEXT_MAX + 1];
    test_pack_scan(&pack, slip, text);
    scan(w, text);
}

/* Up to the review page; the worker is waited for, not a time. */
static void choose(struct world *w, size_t slip, int option)
{
    char more[60];
    scan_slip(w, slip);
    expect_page(w, "info");
    tap(w, "\"next\"");
    snprintf(more, sizeof more, "\"choose\",\"option\":%d", option);
    tap(w, more);
    w->woken = 0;
    tap(w, "\"next\"");
    expect_page(w, "sealing");
    while (!__atomic_load_n(&w->woken, __ATOMIC_SEQ_CST))
        usleep(1000);
    ts_booth_woken(w->booth);
    settle(w);
    expect_page(w, "review");
}

static void vote(struct world *w, size_t slip, int option)
{
    choose(w, slip, option);
    tap(w, "\"cast\"");
    expect_page(w, "thanks");
    tap(w, "\"done\"");
    expect_page(w, "welcome");
}

/* ---- beginning and end ---- */

static void start_booth(struct world *w)
{
    struct ts_err err;
    struct ts_booth_config config = {
        .dir = DIR, .agent = ts_agent_config_default(), .carried = STICK};
    const struct ts_booth_ports ports = {w,    server_takes, drop,   page_shows,
                                         wake, say,          now_ms, clock_ms};
    assert_int_equal(ts_store_prepare(DIR, &err), 0);
    if (!w->device)
        w->device = ts_store_device_key(DIR, &err);
    assert_non_null(w->device);
    config.agent.name = "K1";
    config.key = w->device;
    w->booth = ts_booth_new(&config, &ports, &err);
    if (!w->booth)
        fail_msg("%s: %s", err.code, err.detail);
}

static void begin(struct world *w)
{
    struct ts_err err;
    memset(w, 0, sizeof *w);
    assert_int_equal(system("rm -rf " DIR " " STICK), 0);
    w->now_ms = 5000;
    w->poll_state = TS_POLL_STATE_OPEN;
    w->free_flow = true;
    assert_int_equal(ts_election_read(&w->election, ts_buf_str(&pack.election), &w->arena, &err),
                     0);
    assert_int_equal(ts_election_params(&w->params, &w->election, &err), 0);
    start_booth(w);
}

static void end(struct world *w)
{
    ts_booth_free(w->booth);
    sodium_free(w->device);
    ts_ballot_params_free(w->params);
    ts_arena_free(&w->arena);
    ts_buf_free(&w->inbox);
    ts_buf_free(&w->screen);
    ts_buf_free(&w->closing);
    assert_int_equal(system("rm -rf " DIR " " STICK), 0);
}

static void enrol(struct world *w)
{
    link_up(w);
    expect_page(w, "welcome");
    assert_true(page_has(w, "package.keys_unpinned"));
    scan_card(w, TS_CARD_KEYS, pack.trustees_hash.b);
    assert_int_equal(page_has(w, "package."), w->clip != NULL);
    assert_int_equal(w->acks, w->clip == NULL);
}

static unsigned cast_on_server(const struct world *w)
{
    unsigned count = 0;
    for (size_t i = 0; i < TEST_SLIPS; i++)
        count += w->slots[i].state == TS_CMD_SLIP_CAST;
    return count;
}

/* ---- tests ---- */

static void a_poll_is_voted_offline_and_delivered(void **state)
{
    (void)state;
    struct world w;
    begin(&w);
    enrol(&w);
    assert_int_equal(w.requests, 1);
    vote(&w, 0, 0);
    assert_int_equal(cast_on_server(&w), 1);
    link_down(&w);
    for (size_t slip = 1; slip < 6; slip++)
        vote(&w, slip, (int)slip % 3);
    assert_true(page_has(&w, "\"offline\":true"));
    assert_int_equal(ts_booth_waiting(w.booth), 5);
    assert_int_equal(cast_on_server(&w), 1);
    /* the power goes; the booth starts without a server and goes on */
    ts_booth_free(w.booth);
    start_booth(&w);
    assert_int_equal(ts_booth_waiting(w.booth), 5);
    scan_slip(&w, 3);
    assert_true(page_has(&w, "slip.used"));
    tap(&w, "\"done\"");
    vote(&w, 6, 1);
    link_up(&w);
    assert_int_equal(cast_on_server(&w), 7);
    assert_int_equal(ts_booth_waiting(w.booth), 0);
    assert_int_equal(w.casts, 7);
    assert_int_equal(w.requests, 1);
    end(&w);
}

/* The desk has just approved it: what it is doing is not a matter of half a minute. */
static void a_refused_status_is_soon_repeated(void **state)
{
    (void)state;
    struct world w;
    begin(&w);
    enrol(&w);
    w.refuses_status = true;
    w.statuses = 0;
    tick(&w, 60);
    unsigned refused = w.statuses;
    assert_in_range(refused, 10, 30);
    w.refuses_status = false;
    tick(&w, 3);
    assert_in_range(w.statuses, refused + 1, refused + 2);
    w.statuses = 0;
    tick(&w, 60);
    assert_int_equal(w.statuses, 2);
    end(&w);
}

static void a_lost_acknowledgement_is_asked_for_again(void **state)
{
    (void)state;
    struct world w;
    begin(&w);
    enrol(&w);
    w.drop_answers = true;
    vote(&w, 0, 0);
    assert_int_equal(cast_on_server(&w), 1);
    assert_int_equal(ts_booth_waiting(w.booth), 1);
    link_down(&w);
    w.drop_answers = false;
    link_up(&w);
    assert_int_equal(ts_booth_waiting(w.booth), 0);
    assert_true(w.casts == 2 && w.repeats == 1 && cast_on_server(&w) == 1);
    /* an acknowledgement that the server did not sign is none */
    w.forge_acks = true;
    vote(&w, 1, 0);
    assert_int_equal(ts_booth_waiting(w.booth), 1);
    tick(&w, 4);
    assert_int_equal(ts_booth_waiting(w.booth), 1);
    w.forge_acks = false;
    tick(&w, 4);
    assert_int_equal(ts_booth_waiting(w.booth), 0);
    assert_true(w.repeats >= 2);
    end(&w);
}

static void a_slip_used_elsewhere_is_refused_and_settled(void **state)
{
    (void)state;
    struct world w;
    begin(&w);
    enrol(&w);
    link_down(&w);
    vote(&w, 0, 0);
    vote(&w, 1, 0);
    w.slots[0].state = TS_CMD_SLIP_CAST; /* another booth was faster, with another ballot */
    snprintf(w.slots[0].hash, sizeof w.slots[0].hash, "another");
    w.slots[1].state = TS_CMD_SLIP_VOID;
    link_up(&w);
    assert_true(w.refusals == 2 && ts_booth_waiting(w.booth) == 0);
    tick(&w, 10);
    assert_int_equal(w.refusals, 2); /* not sent again */
    end(&w);
}

/* The opening is what an independent device checks, and the slip is spent. */
static void an_audit_can_be_checked(void **state)
{
    (void)state;
    struct world w;
    struct ts_err err;
    begin(&w);
    enrol(&w);
    choose(&w, 4, 1);
    scan_card(&w, TS_CARD_OFFICE, scrutineer_code);
    expect_page(&w, "audit");
    assert_int_equal(w.slots[4].state, TS_CMD_SLIP_AUDIT);
    const struct ts_json_limits limits = {1 << 20, 8};
    struct ts_arena arena = {0};
    struct ts_json *json;
    struct ts_screen screen;
    assert_int_equal(ts_json_parse(&json, ts_buf_str(&w.screen), &limits, &err), 0);
    assert_int_equal(
        ts_wire_decode(&ts_desc_screen, ts_json_get(json, "screen"), &arena, &screen, &err), 0);
    struct ts_point credential;
    uint8_t votes[3];
    assert_int_equal(ts_point_parse(&credential, screen.audit->credential), 0);
    if (ts_ballot_audit_check(votes, w.params, &credential, screen.audit->hash,
                              screen.audit->ballot, screen.audit->opening, &err) != 0)
        fail_msg("%s", err.code);
    assert_memory_equal(votes, ((uint8_t[]){0, 1, 0}), 3);
    char code[TS_RECEIPT_LEN + 1];
    ts_receipt_code(code, screen.audit->hash, ts_str_of(w.election.phi_text));
    assert_true(ts_str_is(screen.receipt->code, code));
    ts_json_free(json);
    ts_arena_free(&arena);
    tap(&w, "\"done\"");
    scan_slip(&w, 4);
    assert_true(page_has(&w, "slip.used"));
    end(&w);
}

static void a_surrendered_slip_is_void(void **state)
{
    (void)state;
    struct world w;
    begin(&w);
    enrol(&w);
    scan_card(&w, TS_CARD_OFFICE, staff_code);
    expect_page(&w, "staff");
    tap(&w, "\"take_back\"");
    scan_slip(&w, 9);
    expect_page(&w, "take_back");
    assert_true(page_has(&w, "\"count\":1"));
    assert_int_equal(w.slots[9].state, TS_CMD_SLIP_VOID);
    assert_int_equal(ts_booth_waiting(w.booth), 0);
    scan_slip(&w, 9);
    assert_true(page_has(&w, "slip.void"));
    end(&w);
}

static void make_closing(struct world *w, int64_t sealed)
{
    struct ts_closing closing = {
        .uuid = pack.content.uuid,
        .phi = w->election.phi,
        .number = 2,
        .booths = &w->statement,
        .booth_count = 1,
        .stream = TS_STR("s"),
        .time = TS_STR("2026-11-22T09:30Z"),
    };
    struct ts_json_writer writer;
    w->statement.sealed = sealed;
    ts_buf_clear(&w->closing);
    ts_jw_init(&writer, &w->closing);
    ts_closing_write(&writer, &closing);
    struct ts_digest k = ts_closing_k(&closing);
    ts_digest_hex(w->k, &k);
}

static void a_closing_poll_is_stated_and_signed(void **state)
{
    (void)state;
    struct world w;
    begin(&w);
    enrol(&w);
    vote(&w, 0, 0);
    vote(&w, 1, 2);
    choose(&w, 2, 1);
    w.drop_answers = true; /* the third ballot is on the way when the poll closes */
    tap(&w, "\"cast\"");
    w.drop_answers = false;
    w.poll_state = TS_POLL_STATE_CLOSING;
    show_booth(&w);
    settle(&w);
    assert_int_equal(w.statements, 0);
    link_down(&w);
    link_up(&w);
    assert_int_equal(w.statements, 1);
    assert_true(w.statement.sealed == 3 && w.statement.opened == 0 && w.statement.voids == 0);
    struct ts_sethash set = {{0}};
    for (size_t i = 0; i < 3; i++) {
        uint8_t raw[32];
        assert_int_equal(ts_base64_decode32(raw, ts_str_of(w.slots[i].hash)), 0);
        ts_sethash_add(&set, raw);
    }
    assert_true(ts_sethash_equal(&set, &w.statement.set));
    tap(&w, "\"done\"");
    scan_slip(&w, 5);
    assert_true(page_has(&w, "slip.closed"));
    tap(&w, "\"done\"");
    /* closed: a statement with other numbers is not signed */
    w.poll_state = TS_POLL_STATE_CLOSED;
    make_closing(&w, 4);
    show_booth(&w);
    settle(&w);
    assert_int_equal(w.signatures, 0);
    ts_booth_free(w.booth);
    start_booth(&w);
    make_closing(&w, 3);
    link_down(&w);
    link_up(&w);
    assert_int_equal(w.signatures, 1);
    /* published: nothing is left of it */
    w.poll_state = TS_POLL_STATE_PUBLISHED;
    assert_int_equal(access(DIR "/queue/" TEST_UUID ".db", F_OK), 0);
    show_booth(&w);
    settle(&w);
    assert_int_not_equal(access(DIR "/queue/" TEST_UUID ".db", F_OK), 0);
    assert_int_not_equal(access(DIR "/polls/" TEST_UUID ".package", F_OK), 0);
    end(&w);
}

/* An aborted poll: ballots that were never delivered cannot count and do not stay on the booth,
 * whether it hears of it at once or comes back days later. */
static void a_void_poll_leaves_nothing(void **state)
{
    for (int late = 0; late < 2; late++) {
        struct world w;
        (void)state;
        begin(&w);
        enrol(&w);
        vote(&w, 0, 0);
        link_down(&w);
        vote(&w, 1, 1);
        vote(&w, 2, 2);
        assert_int_equal(ts_booth_waiting(w.booth), 2);
        /* it vanishes: nothing is destroyed because of a silence, and what waits is delivered */
        w.hides_poll = true;
        w.drop_answers = late;
        link_up(&w);
        assert_int_equal(access(DIR "/queue/" TEST_UUID ".db", F_OK), 0);
        assert_int_equal(ts_booth_waiting(w.booth), late ? 2 : 0);
        w.drop_answers = false;
        if (late) {
            ts_booth_free(w.booth);
            w.link = false;
            /* not even the last view is there: the files are found by their names */
            assert_int_equal(unlink(DIR "/booth.json"), 0);
            start_booth(&w);
        }
        w.hides_poll = false;
        w.poll_state = TS_POLL_STATE_VOID;
        if (late)
            link_up(&w);
        else
            show_booth(&w);
        settle(&w);
        assert_int_not_equal(access(DIR "/queue/" TEST_UUID ".db", F_OK), 0);
        assert_int_not_equal(access(DIR "/polls/" TEST_UUID ".package", F_OK), 0);
        assert_int_equal(ts_booth_waiting(w.booth), 0);
        scan_slip(&w, 5);
        expect_page(&w, "notice");
        end(&w);
    }
}

/* Nobody else than the server of the enrolment, whatever TLS says. */
static void another_server_is_dropped(void **state)
{
    (void)state;
    struct world w;
    struct test_keys mine = keys;
    const uint8_t seed[32] = {77};
    begin(&w);
    enrol(&w);
    link_down(&w);
    crypto_sign_seed_keypair(keys.server_public, keys.server_secret, seed);
    link_up(&w);
    assert_int_equal(w.drops, 1);
    keys = mine;
    end(&w);
}

/* A booth whose pin is damaged does not start: it would trust whoever answers. */
static void a_damaged_pin_stops_the_booth(void **state)
{
    (void)state;
    struct world w;
    struct ts_err err;
    begin(&w);
    enrol(&w);
    ts_booth_free(w.booth);
    assert_int_equal(ts_store_write(DIR, "server.key", TS_STR("00"), &err), 0);
    struct ts_booth_config config = {
        .dir = DIR, .agent = ts_agent_config_default(), .key = w.device};
    const struct ts_booth_ports ports = {&w,   server_takes, drop,   page_shows,
                                         wake, say,          now_ms, clock_ms};
    assert_null(ts_booth_new(&config, &ports, &err));
    assert_string_equal(err.code, "store.pinned");
    assert_int_equal(ts_store_pin_server(DIR, keys.server_public, &err), 0);
    start_booth(&w);
    end(&w);
}

/* The slip that the page sends is in nothing that is freed while it is read. */
static void a_scanned_slip_is_wiped(void **state)
{
    (void)state;
    struct world w;
    struct ts_err err;
    struct ts_buf text = {0};
    char code[TS_SLIP_TEXT_MAX + 1];
    begin(&w);
    enrol(&w);
    test_pack_scan(&pack, 0, code);
    ts_buf_printf(&text, "{\"scan\":\"%s\"}", code);
    freed_watch(pack.slips[0].credential.s, strlen(pack.slips[0].credential.s), true);
    assert_int_equal(ts_booth_page(w.booth, ts_buf_str(&text), &err), 0);
    ts_booth_tick(w.booth);
    assert_int_equal(freed_found(), 0);
    expect_page(&w, "info");
    freed_watch(code, strlen(code), true);
    ts_buf_free(&text); /* the look finds what is there */
    assert_int_equal(freed_found(), 1);
    end(&w);
}

/* Nothing of slips, choices or order in anything that is written, but for the queue (kiosk_queue).
 */
static void files_hold_no_slip(void **state)
{
    (void)state;
    struct world w;
    char command[200];
    begin(&w);
    enrol(&w);
    vote(&w, 0, 0);
    choose(&w, 1, 1);
    for (size_t i = 0; i < 2; i++) {
        snprintf(command, sizeof command, "! grep -raq '%s' " DIR, pack.slips[i].credential.s);
        assert_int_equal(system(command), 0);
    }
    end(&w);
}

/* The file as the server gives it, with one byte changed unless flip is -1. */
static void carry(const char *name, long flip)
{
    struct ts_buf file = {0};
    char path[80];
    ts_buf_printf(&file, "%s\n%.*s", pack.signature, TS_STR_ARG(ts_buf_str(&pack.text)));
    if (flip >= 0)
        file.ptr[(size_t)flip % file.len] ^= 1;
    mkdir(STICK, 0700);
    snprintf(path, sizeof path, STICK "/%s", name);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    assert_int_equal(fwrite(file.ptr, 1, file.len, out), file.len);
    assert_int_equal(fclose(out), 0);
    ts_buf_free(&file);
}

static void a_carried_package_may_be_too_old(void **state)
{
    (void)state;
    struct world w;
    begin(&w);
    w.has_prepared_anew = true;
    link_up(&w);
    scan_card(&w, TS_CARD_KEYS, pack.trustees_hash.b);
    link_down(&w);
    carry("good.package", -1);
    tick(&w, 3);
    assert_true(page_has(&w, "package.old"));
    assert_int_equal(w.acks, 0);
    end(&w);
}

static void a_package_is_carried_by_hand(void **state)
{
    (void)state;
    struct world w;
    struct ts_queue_counts counts;
    struct ts_sethash set;
    struct ts_err err;
    size_t slips;
    const char *queue = DIR "/queue/" TEST_UUID ".db";
    begin(&w);
    w.hides_poll = true;
    link_up(&w);
    link_down(&w);
    /* One byte changed anywhere, and no key card yet. */
    const long flips[] = {3, 90, 2000, (long)pack.text.len - 1};
    for (size_t i = 0; i < sizeof flips / sizeof *flips; i++) {
        char name[40];
        snprintf(name, sizeof name, "bad%zu.package", i);
        carry(name, flips[i]);
        tick(&w, 3);
        expect_page(&w, "notice");
        assert_true(page_has(&w, "package.signature"));
        tap(&w, "\"done\"");
        assert_int_equal(remove(i == 0   ? STICK "/bad0.package"
                                : i == 1 ? STICK "/bad1.package"
                                : i == 2 ? STICK "/bad2.package"
                                         : STICK "/bad3.package"),
                         0);
    }
    carry("readme.txt", 5);
    carry("good.package", -1);
    tick(&w, 3);
    assert_true(page_has(&w, "package.keys_unpinned"));
    tap(&w, "\"done\"");
    tick(&w, 5); /* said once */
    expect_page(&w, "welcome");
    scan_card(&w, TS_CARD_KEYS, pack.trustees_hash.b);
    tick(&w, 3);
    expect_page(&w, "welcome");
    assert_int_equal(ts_queue_look(queue, &slips, &counts, &set, &err), -1); /* it is in use */
    assert_string_equal(err.code, "queue.disk");
    /* The network comes: the server hears that the booth has it and is empty, and sends nothing. */
    w.hides_poll = false;
    w.poll_state = TS_POLL_STATE_READY;
    link_up(&w);
    assert_int_equal(w.acks, 1);
    assert_int_equal(w.zeros, 1);
    w.poll_state = TS_POLL_STATE_OPEN;
    show_booth(&w);
    settle(&w);
    vote(&w, 0, 1);
    vote(&w, 1, 0);
    assert_int_equal(w.packages, 0);
    /* With votes in its queue a booth no longer says that it is empty. */
    link_down(&w);
    link_up(&w);
    assert_int_equal(w.zeros, 1);
    /* What its disk holds, from the disk alone. */
    ts_booth_free(w.booth);
    w.booth = NULL;
    assert_int_equal(ts_queue_look(queue, &slips, &counts, &set, &err), 0);
    assert_int_equal(slips, TEST_SLIPS);
    assert_int_equal(counts.cast, 2);
    assert_int_equal(counts.opened + counts.voided + counts.waiting, 0);
    struct ts_sethash want = {{0}};
    for (size_t i = 0; i < TEST_SLIPS; i++) {
        uint8_t hash[32];
        if (w.slots[i].state == TS_CMD_SLIP_CAST &&
            ts_base64_decode32(hash, ts_str_of(w.slots[i].hash)) == 0)
            ts_sethash_add(&want, hash);
    }
    assert_true(ts_sethash_equal(&want, &set));
    assert_int_equal(ts_queue_look(DIR "/queue/none.db", &slips, &counts, &set, &err), -1);
    assert_string_equal(err.code, "queue.disk");
    start_booth(&w); /* and it goes on */
    end(&w);
}

static void rubbish_from_the_page_is_refused(void **state)
{
    (void)state;
    struct world w;
    struct ts_err err;
    begin(&w);
    static const char *const cases[] = {"",
                                        "{}",
                                        "[]",
                                        "{\"tap\":\"next\"}",
                                        "{\"serial\":1,\"tap\":\"fly\"}",
                                        "{\"scan\":7}",
                                        "{\"scan\":\"x\",\"tap\":\"next\"}"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(ts_booth_page(w.booth, ts_str_of(cases[i]), &err), -1);
    end(&w);
}

static void take_pack(enum test_pack_kind kind)
{
    test_pack_free(&pack);
    test_pack_make(&pack, &keys, TEST_UUID, "A", kind);
}

static struct ts_str clip_hash(void)
{
    static char hex[TS_DIGEST_HEX + 1];
    struct ts_digest hash = ts_digest_of(TS_STR(TEST_CLIP));
    ts_digest_hex(hex, &hash);
    return ts_str_of(hex);
}

/* Fetched once, kept, handed to the page, gone with the poll. */
static void a_clip_is_fetched_and_kept(void **state)
{
    (void)state;
    struct world w;
    struct ts_buf clip = {0};
    take_pack(TEST_PACK_CLIP);
    begin(&w);
    enrol(&w);
    assert_int_equal(w.clips, 1);
    assert_int_equal(w.acks, 1);
    assert_true(ts_booth_clip(w.booth, clip_hash(), &clip));
    assert_true(ts_str_is(ts_buf_str(&clip), TEST_CLIP));
    ts_buf_clear(&clip);
    assert_false(ts_booth_clip(w.booth, TS_STR("../device.key"), &clip));
    assert_false(ts_booth_clip(w.booth, TS_STR(""), &clip));
    vote(&w, 0, 0);
    ts_booth_free(w.booth);
    start_booth(&w);
    link_up(&w);
    assert_int_equal(w.clips, 1);
    assert_true(ts_booth_clip(w.booth, clip_hash(), &clip));
    /* another file in its place is not handed out */
    FILE *file = fopen(DIR "/assets/x", "w");
    char path[200];
    assert_non_null(file);
    fputs("another", file);
    fclose(file);
    snprintf(path, sizeof path, DIR "/assets/%s", clip_hash().ptr);
    assert_int_equal(rename(DIR "/assets/x", path), 0);
    ts_buf_clear(&clip);
    assert_false(ts_booth_clip(w.booth, clip_hash(), &clip));
    w.poll_state = TS_POLL_STATE_VOID;
    show_booth(&w);
    settle(&w);
    assert_int_equal(access(path, F_OK), -1);
    ts_buf_free(&clip);
    end(&w);
    take_pack(TEST_PACK_YNA);
}

static void another_clip_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"OggS, refuse?", ""};
    take_pack(TEST_PACK_CLIP);
    for (size_t i = 0; i < 2; i++) {
        struct world w;
        struct ts_buf clip = {0};
        begin(&w);
        w.clip = bad[i];
        enrol(&w);
        assert_int_equal(w.clips, 1);
        assert_int_equal(w.acks, 0);
        assert_true(page_has(&w, "package.asset"));
        assert_false(ts_booth_clip(w.booth, clip_hash(), &clip));
        ts_buf_free(&clip);
        end(&w);
    }
    take_pack(TEST_PACK_YNA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_poll_is_voted_offline_and_delivered),
        cmocka_unit_test(a_lost_acknowledgement_is_asked_for_again),
        cmocka_unit_test(a_slip_used_elsewhere_is_refused_and_settled),
        cmocka_unit_test(an_audit_can_be_checked),
        cmocka_unit_test(a_surrendered_slip_is_void),
        cmocka_unit_test(a_closing_poll_is_stated_and_signed),
        cmocka_unit_test(a_void_poll_leaves_nothing),
        cmocka_unit_test(a_clip_is_fetched_and_kept),
        cmocka_unit_test(another_clip_is_refused),
        cmocka_unit_test(another_server_is_dropped),
        cmocka_unit_test(a_damaged_pin_stops_the_booth),
        cmocka_unit_test(a_refused_status_is_soon_repeated),
        cmocka_unit_test(a_scanned_slip_is_wiped),
        cmocka_unit_test(files_hold_no_slip),
        cmocka_unit_test(a_package_is_carried_by_hand),
        cmocka_unit_test(a_carried_package_may_be_too_old),
        cmocka_unit_test(rubbish_from_the_page_is_refused),
    };
    if (sodium_init() < 0)
        return 1;
    ts_json_wipe_freed(); /* as the program does */
    test_keys_make(&keys);
    test_pack_make(&pack, &keys, TEST_UUID, "A", TEST_PACK_YNA);
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    test_pack_free(&pack);
    return rc;
}
