/*
 * The whole engine, with a clock in the test's hand: what only shows in the engine as a whole.
 * Names on a roster that were opened to somebody close by themselves when their quarter of an hour
 * is over, though nothing happens in the council (LG-06). Clerk and chair read the draft minutes of
 * their meeting with the code of their card.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "server/engine/internal.h"
#include "tests/support/simworld.h"

#define NAME "秘名一"
#define MINUTE_MS 60000

struct talk {
    struct simworld world;
    unsigned said;
    struct ts_buf heard; /* everything since the last command */
};

static void listen(struct talk *t, size_t conn)
{
    simworld_settle(&t->world);
    while (t->world.conns[conn].ready)
        simworld_pull(&t->world, conn);
    while (simworld_read(&t->world, conn, &t->heard))
        ts_buf_append_char(&t->heard, '\n');
    ts_buf_append_char(&t->heard, '\0');
    assert_string_equal(t->world.wrong, "");
}

/* Says a command and hears what comes of it. */
static const char *say(struct talk *t, size_t conn, const char *cmd, const char *body)
{
    struct ts_buf text = {0};
    uint8_t random[32] = {(uint8_t)++t->said, 7};
    struct ts_id id = ts_id_from_random(random);
    ts_buf_printf(&text, "{\"v\":1,\"id\":\"%s\",\"cmd\":\"%s\",\"body\":%s}", id.s, cmd, body);
    ts_buf_clear(&t->heard);
    simworld_say(&t->world, conn, ts_buf_str(&text));
    ts_buf_free(&text);
    listen(t, conn);
    return (const char *)t->heard.ptr;
}

static void must(struct talk *t, size_t conn, const char *cmd, const char *body)
{
    const char *answer = say(t, conn, cmd, body);
    if (!strstr(answer, "\"ok\":"))
        fail_msg("%s: %s", cmd, answer);
}

/* The first id after this text in what was heard. */
static void id_after(struct talk *t, const char *text, char out[static TS_ID_LEN + 1])
{
    const char *at = strstr((const char *)t->heard.ptr, text);
    assert_non_null(at);
    assert_int_equal(sscanf(at + strlen(text), "%22[1-9A-HJ-NP-Za-km-z]", out), 1);
}

/* Two organisers who are logged in, a council with two children, and its roster in view of both. */
static void begin(struct talk *t, char council[static TS_ID_LEN + 1])
{
    char body[600], root[TS_ID_LEN + 1];
    simworld_init(&t->world, 1, SIMSTORE_HONEST);
    assert_true(simworld_start(&t->world));
    simworld_connect(&t->world, 0);
    simworld_connect(&t->world, 1);
    must(t, 0, "setup",
         "{\"code\":\"7S1M-C0DE-4QRT\",\"district\":\"张店区\",\"login\":\"wang\","
         "\"name\":\"王芳\",\"passphrase\":\"correct horse battery\"}");
    must(t, 0, "login", "{\"login\":\"wang\",\"passphrase\":\"correct horse battery\"}");
    must(t, 0, "subscribe", "{\"view\":\"me\",\"key\":\"\"}");
    id_after(t, "\"grants\":[{\"body\":\"", root);
    snprintf(body, sizeof body,
             "{\"body\":\"%s\",\"login\":\"zhao\",\"name\":\"赵军\",\"passphrase\":"
             "\"correct horse battery\",\"role\":\"organiser\"}",
             root);
    must(t, 0, "staff.add", body);
    must(t, 1, "login", "{\"login\":\"zhao\",\"passphrase\":\"correct horse battery\"}");
    snprintf(body, sizeof body,
             "{\"body\":\"%s\",\"name\":\"儿童议事会\",\"term\":1,\"rules\":{\"quorum_num\":2,"
             "\"quorum_den\":3,\"speech_seconds\":60,\"reply_days\":15}}",
             root);
    must(t, 0, "council.add", body);
    id_after(t, "\"ok\":{\"id\":\"", council);
    snprintf(body, sizeof body,
             "{\"council\":\"%s\",\"rows\":[{\"name\":\"" NAME "\",\"sex\":\"girl\",\"grade\":4,"
             "\"seat\":1},{\"name\":\"秘名二\",\"sex\":\"boy\",\"grade\":4,\"seat\":2}]}",
             council);
    must(t, 0, "roster.import", body);
    snprintf(body, sizeof body, "{\"view\":\"roster\",\"key\":\"%s\"}", council);
    must(t, 0, "subscribe", body);
    must(t, 1, "subscribe", body);
}

static void pass(struct talk *t, int64_t ms)
{
    t->world.clock_ms += ms;
    ts_buf_clear(&t->heard);
    ts_engine_tick(t->world.engine);
    listen(t, 0);
}

static void names_close_by_themselves(void **state)
{
    static struct talk t;
    char council[TS_ID_LEN + 1], body[200];
    (void)state;
    begin(&t, council);
    assert_null(strstr((const char *)t.heard.ptr, NAME));
    snprintf(body, sizeof body, "{\"council\":\"%s\",\"members\":[],\"reason\":\"核对名单\"}",
             council);
    assert_non_null(strstr(say(&t, 0, "roster.read", body), "\"waiting_second\":true"));
    assert_non_null(strstr(say(&t, 1, "roster.read", body), "\"count\":2"));
    assert_non_null(strstr((const char *)t.heard.ptr, NAME));
    ts_buf_clear(&t.heard);
    listen(&t, 0);
    assert_non_null(strstr((const char *)t.heard.ptr, NAME));
    /* Somebody who works is not logged out. */
    pass(&t, 10 * MINUTE_MS);
    must(&t, 0, "hello", "{\"client\":\"desk\"}");
    pass(&t, 5 * MINUTE_MS - 1);
    assert_null(strstr((const char *)t.heard.ptr, "\"view\":\"roster\""));
    pass(&t, 1);
    assert_non_null(strstr((const char *)t.heard.ptr, "\"view\":\"roster\""));
    assert_null(strstr((const char *)t.heard.ptr, NAME));
    assert_null(strstr((const char *)t.heard.ptr, "open_until"));
    assert_non_null(strstr((const char *)t.heard.ptr, "\"reason\":\"核对名单\""));
    ts_buf_free(&t.heard);
    simworld_free(&t.world);
}

/* Downloads; the status. */
static unsigned get(struct talk *t, const char *path, const char *token)
{
    void *asked = (void *)(uintptr_t)(t->world.store.submitted + 1);
    ts_engine_download(t->world.engine, ts_str_of(path), ts_str_of(token), asked);
    simworld_settle(&t->world);
    ts_buf_append_char(&t->world.body, '\0');
    return t->world.status;
}

static void grant(struct talk *t, const char *council, const char *meeting, const char *office,
                  char code[static 44])
{
    char body[200];
    snprintf(body, sizeof body, "{\"council\":\"%s\",\"meeting\":\"%s\",\"office\":\"%s\"}",
             council, meeting, office);
    must(t, 0, "office.grant", body);
    const char *at = strstr((const char *)t->heard.ptr, "\"token\":\"");
    assert_non_null(at);
    memcpy(code, at + 9, 43);
    code[43] = '\0';
}

static void chair_and_clerk_read_the_draft(void **state)
{
    static struct talk t;
    char council[TS_ID_LEN + 1], meeting[TS_ID_LEN + 1], other[TS_ID_LEN + 1], body[500], path[80];
    char clerk[44], chair[44], timekeeper[44], stranger[44];
    (void)state;
    begin(&t, council);
    snprintf(body, sizeof body,
             "{\"council\":\"%s\",\"kind\":\"plenary\",\"sitting\":3,\"title\":\"第三次会议\","
             "\"place\":\"儿童之家\",\"starts_at\":1795311150000,\"minutes\":90,\"items\":[],"
             "\"rehearsal\":false}",
             council);
    must(&t, 0, "meeting.create", body);
    id_after(&t, "\"ok\":{\"id\":\"", meeting);
    must(&t, 0, "meeting.create", body);
    id_after(&t, "\"ok\":{\"id\":\"", other);
    grant(&t, council, meeting, "clerk", clerk);
    grant(&t, council, meeting, "chair", chair);
    grant(&t, council, meeting, "timekeeper", timekeeper);
    grant(&t, council, other, "clerk", stranger);
    snprintf(path, sizeof path, "/meetings/%s/minutes.md", meeting);
    assert_int_equal(get(&t, path, ""), 401);
    assert_int_equal(get(&t, path, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), 401);
    assert_int_equal(get(&t, path, timekeeper), 403);
    assert_int_equal(get(&t, path, stranger), 403);
    assert_int_equal(get(&t, path, chair), 200);
    assert_int_equal(get(&t, path, clerk), 200);
    assert_non_null(strstr((const char *)t.world.body.ptr, "第三次会议"));
    assert_null(strstr((const char *)t.world.body.ptr, "按席位")); /* the internal part */
    ts_buf_free(&t.heard);
    simworld_free(&t.world);
}

static void expect_damaged(const struct ts_err *err)
{
    assert_string_equal(err->code, "store.damaged");
    assert_true(err->param_count == 1 && strcmp(err->params[0].key, "what") == 0);
}

/* What a store that was tampered with would hand over. */
static void a_store_that_does_not_agree_is_refused(void **state)
{
    static struct talk t;
    char council[TS_ID_LEN + 1];
    const uint8_t none[32] = {0};
    struct ts_store_record record = {.seq = 1};
    struct ts_id stranger;
    struct ts_err err = {0};
    (void)state;
    begin(&t, council);
    assert_int_equal(ts_id_parse(&stranger, TS_STR("9yQ8vT1uKp9ZbRrm4sWn2D")), 0);
    record.stream = stranger;
    assert_int_equal(ts_engine_load_record(t.world.engine, &record, &err), -1);
    expect_damaged(&err);
    assert_int_equal(ts_id_parse(&record.stream, ts_str_of(council)), 0);
    record.seq = 900; /* many are missing before it */
    assert_int_equal(ts_engine_load_record(t.world.engine, &record, &err), -1);
    expect_damaged(&err);
    assert_int_equal(
        ts_engine_load_slot(t.world.engine, &stranger, none, TS_STORE_VOID, none, TS_STR(""), &err),
        -1);
    expect_damaged(&err);
    /* A poll that is open without a pack. */
    assert_int_equal(ts_engine_poll_open(t.world.engine,
                                         ts_engine_world(t.world.engine, &record.stream).council,
                                         &stranger, &err),
                     -1);
    assert_string_equal(err.code, "box.pack");
    ts_buf_free(&t.heard);
    simworld_free(&t.world);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {cmocka_unit_test(names_close_by_themselves),
                                       cmocka_unit_test(chair_and_clerk_read_the_draft),
                                       cmocka_unit_test(a_store_that_does_not_agree_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
