/* A real server process: set-up, login, bodies, councils, meetings; everything survives kill -9. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <unistd.h>

#include <sodium.h>

#include "tests/support/serverproc.h"

#define PASSPHRASE "correct horse battery"

static void login(struct raw *raw, char token[static 64])
{
    struct said said;
    talk(raw, &said, "login", "{\"login\":\"wang\",\"passphrase\":\"" PASSPHRASE "\"}");
    assert_int_equal(said.answer.kind, TS_FRAME_OK);
    snprintf(token, 64, "%.*s", TS_STR_ARG(said.answer.reply.token));
    said_free(&said);
}

static void setup(const struct serverproc *server, struct raw *raw)
{
    struct said said;
    talk(raw, &said, "hello", "{\"client\":\"test 1\"}");
    assert_true(said.answer.reply.setup_needed);
    said_free(&said);
    talk_err(raw, "setup.code", "setup",
             "{\"code\":\"0000-0000-0000\",\"district\":\"张店区\",\"login\":\"wang\","
             "\"name\":\"王芳\",\"passphrase\":\"" PASSPHRASE "\"}");
    talk_ok(raw, "setup",
            "{\"code\":\"%s\",\"district\":\"张店区\",\"login\":\"wang\",\"name\":\"王芳\","
            "\"passphrase\":\"" PASSPHRASE "\"}",
            server->setup_code);
}

static void state_survives_being_killed(void **state)
{
    (void)state;
    struct serverproc server;
    char token[64], line[128], again[128];
    serverproc_clean("killed");
    serverproc_start(&server, "killed");
    struct raw raw = raw_open(server.port);
    setup(&server, &raw);
    talk_err(&raw, "auth.login", "staff.grant",
             "{\"staff\":\"3yQ8vT1uKp9ZbRrm4sWn2D\",\"body\":\"3yQ8vT1uKp9ZbRrm4sWn2D\","
             "\"role\":\"facilitator\"}");
    login(&raw, token);
    struct said said;
    talk(&raw, &said, "subscribe", "{\"view\":\"me\",\"key\":\"\"}");
    said_free(&said);
    serverproc_kill(&server);
    raw_close(&raw);

    assert_int_equal(serverproc_verify("killed", line, sizeof line), 0);
    serverproc_start(&server, "killed");
    assert_string_equal(server.setup_code, ""); /* nobody may set it up twice */
    raw = raw_open(server.port);
    talk(&raw, &said, "login.resume", "{\"token\":\"%s\"}", token);
    assert_int_equal(said.answer.kind, TS_FRAME_OK);
    said_free(&said);
    raw_close(&raw);
    assert_int_equal(serverproc_stop(&server), 0);
    assert_int_equal(serverproc_verify("killed", again, sizeof again), 0);
    assert_string_equal(line, again);
}

static struct ts_id root_of(struct raw *raw)
{
    struct said said;
    talk(raw, &said, "subscribe", "{\"view\":\"me\",\"key\":\"\"}");
    said_free(&said);
    talk_view(raw, &said, "me");
    const struct ts_view_me *me = said.answer.body;
    assert_non_null(me);
    assert_int_equal(me->grants.count, 1);
    struct ts_id root = me->grants.ptr[0].body;
    said_free(&said);
    return root;
}

struct made {
    struct ts_id council;
    struct ts_id meeting;
    struct ts_id motion;
};

static struct made hold_meeting(struct raw *raw, const struct ts_id *root)
{
    struct made m;
    struct ts_id school = talk_ok(
        raw, "body.add", "{\"parent\":\"%s\",\"kind\":\"school\",\"name\":\"实验小学\"}", root->s);
    m.council =
        talk_ok(raw, "council.add",
                "{\"body\":\"%s\",\"name\":\"儿童议事会\",\"term\":1,\"rules\":{\"quorum_num\":"
                "2,\"quorum_den\":3,\"speech_seconds\":60,\"reply_days\":15}}",
                school.s);
    talk_ok(
        raw, "roster.import",
        "{\"council\":\"%s\",\"rows\":[{\"name\":\"小雨\",\"sex\":\"girl\",\"grade\":4,\"seat\":1},"
        "{\"name\":\"小山\",\"sex\":\"boy\",\"grade\":5,\"seat\":2}]}",
        m.council.s);
    m.meeting =
        talk_ok(raw, "meeting.create",
                "{\"council\":\"%s\",\"kind\":\"plenary\",\"sitting\":3,\"title\":\"第三次会议\","
                "\"place\":\"儿童之家\",\"starts_at\":1795311120000,\"minutes\":90,\"items\":[{"
                "\"title\":\"斑马线\",\"minutes\":15,\"origin\":\"child_card\"}],"
                "\"rehearsal\":false}",
                m.council.s);
    return m;
}

/* The console's members, by what the view shows; then all of them are checked in. */
static void check_in(struct raw *raw, const struct made *m)
{
    struct said said;
    talk(raw, &said, "subscribe", "{\"view\":\"console\",\"key\":\"%s\"}", m->meeting.s);
    said_free(&said);
    talk_view(raw, &said, "console");
    const struct ts_view_console *console = said.answer.body;
    assert_non_null(console);
    assert_int_equal(console->seats.count, 2);
    struct ts_id first = console->seats.ptr[0].member, second = console->seats.ptr[1].member;
    said_free(&said);
    talk_ok(raw, "attendance.arrive",
            "{\"council\":\"%s\",\"meeting\":\"%s\",\"members\":[\"%s\",\"%s\"]}", m->council.s,
            m->meeting.s, first.s, second.s);
}

/* GET /KIND/ID + suffix. */
static void expect_download(uint16_t port, const char *kind, const struct ts_id *id,
                            const char *suffix, const char *bearer, int status, const char *part)
{
    char path[128];
    struct ts_buf body = {0};
    snprintf(path, sizeof path, "/%s/%s%s", kind, id->s, suffix);
    assert_int_equal(talk_get(port, path, bearer, &body), status);
    if (part)
        assert_non_null(memmem(body.ptr, body.len, part, strlen(part)));
    /* Names stand in nothing that is downloaded. */
    assert_null(memmem(body.ptr, body.len, "小雨", strlen("小雨")));
    ts_buf_free(&body);
}

static void a_meeting_is_held_and_survives(void **state)
{
    (void)state;
    struct serverproc server;
    char token[64];
    serverproc_clean("meeting");
    serverproc_start(&server, "meeting");
    struct raw raw = raw_open(server.port), stranger = raw_open(server.port);
    setup(&server, &raw);
    login(&raw, token);
    struct ts_id root = root_of(&raw);
    struct made m = hold_meeting(&raw, &root);
    check_in(&raw, &m);
    talk_ok(&raw, "meeting.open", "{\"council\":\"%s\",\"meeting\":\"%s\"}", m.council.s,
            m.meeting.s);
    m.motion = talk_ok(&raw, "motion.put",
                       "{\"council\":\"%s\",\"meeting\":\"%s\",\"item\":1,\"title\":\"斑马线\","
                       "\"text\":\"校门口要有斑马线\",\"origin\":\"child_card\"}",
                       m.council.s, m.meeting.s);
    talk_err(&stranger, "auth.login", "motion.withdraw", "{\"council\":\"%s\",\"motion\":\"%s\"}",
             m.council.s, m.motion.s);
    struct said said;
    talk(&stranger, &said, "subscribe", "{\"view\":\"console\",\"key\":\"%s\"}", m.meeting.s);
    said_free(&said);
    talk_view(&stranger, &said, "console");
    assert_null(said.answer.raw.ptr); /* nothing for a stranger */
    said_free(&said);
    expect_download(server.port, "meetings", &m.meeting, "/minutes.md", NULL, 401, NULL);
    expect_download(server.port, "meetings", &m.meeting, "/minutes.md", token, 200, "斑马线");
    serverproc_kill(&server);
    raw_close(&raw);
    raw_close(&stranger);

    serverproc_start(&server, "meeting");
    raw = raw_open(server.port);
    talk(&raw, &said, "login.resume", "{\"token\":\"%s\"}", token);
    assert_int_equal(said.answer.kind, TS_FRAME_OK);
    said_free(&said);
    talk_err(
        &raw, "motion.one_at_a_time", "motion.put",
        "{\"council\":\"%s\",\"meeting\":\"%s\",\"item\":1,\"title\":\"又一个\",\"text\":\"第二个"
        "\",\"origin\":\"adult\"}",
        m.council.s, m.meeting.s); /* the first one is there still */
    talk_ok(&raw, "motion.withdraw", "{\"council\":\"%s\",\"motion\":\"%s\"}", m.council.s,
            m.motion.s);
    talk_ok(&raw, "meeting.close", "{\"council\":\"%s\",\"meeting\":\"%s\"}", m.council.s,
            m.meeting.s);
    expect_download(server.port, "meetings", &m.meeting, "/minutes.json", NULL, 200, "斑马线");
    expect_download(server.port, "record", &m.council, ".jsonl", NULL, 200, "stream.opened");
    struct ts_buf body = {0};
    assert_int_equal(talk_get(server.port, "/healthz", NULL, &body), 200);
    assert_int_equal(talk_get(server.port, "/metrics", NULL, &body), 200);
    assert_non_null(memmem(body.ptr, body.len, "tongsheng_commands_accepted_total", 33));
    ts_buf_free(&body);
    raw_close(&raw);
    assert_int_equal(serverproc_stop(&server), 0);
}

/* The answer with the card's code was lost, and then the server died: sent again with the same id
 * it is the same answer, long after the answer itself was forgotten. */
static void a_card_whose_answer_was_lost_is_said_again(void **state)
{
    (void)state;
    static const char id[] = "9bKx2mVw4cTe7RqJ5hNfZs";
    struct serverproc server;
    struct said first, again;
    char token[64], body[256];
    serverproc_clean("card");
    serverproc_start(&server, "card");
    struct raw raw = raw_open(server.port);
    setup(&server, &raw);
    login(&raw, token);
    struct ts_id root = root_of(&raw);
    struct made m = hold_meeting(&raw, &root);
    snprintf(body, sizeof body, "{\"council\":\"%s\",\"meeting\":\"%s\",\"office\":\"clerk\"}",
             m.council.s, m.meeting.s);
    talk_id(&raw, &first, id, "office.grant", body);
    assert_int_equal(first.answer.kind, TS_FRAME_OK);
    serverproc_kill(&server);
    raw_close(&raw);

    serverproc_start(&server, "card");
    raw = raw_open(server.port);
    talk_id(&raw, &again, id, "office.grant", body); /* by nobody: it learns nothing */
    assert_int_equal(again.answer.kind, TS_FRAME_ERR);
    assert_string_equal(again.answer.reject.code, "auth.login");
    said_free(&again);
    talk_ok(&raw, "login.resume", "{\"token\":\"%s\"}", token);
    talk_id(&raw, &again, id, "office.grant", body);
    assert_int_equal(again.answer.kind, TS_FRAME_OK);
    assert_true(ts_id_equal(&again.answer.reply.id, &first.answer.reply.id));
    assert_true(first.answer.reply.token.len > 0);
    assert_true(ts_str_equal(again.answer.reply.token, first.answer.reply.token));
    assert_int_equal(again.answer.seq, first.answer.seq);
    struct raw child = raw_open(server.port);
    talk_ok(&child, "card.login", "{\"code\":\"%.*s\"}", TS_STR_ARG(again.answer.reply.token));
    raw_close(&child);
    said_free(&again);
    said_free(&first);
    raw_close(&raw);
    serverproc_kill(&server);

    /* Under another key the code is another one, and not said: it would be on no card. */
    assert_int_equal(unlink("card/server.key"), 0);
    serverproc_start(&server, "card");
    raw = raw_open(server.port);
    talk_ok(&raw, "login.resume", "{\"token\":\"%s\"}", token);
    talk_id(&raw, &again, id, "office.grant", body);
    assert_int_equal(again.answer.kind, TS_FRAME_ERR);
    assert_string_equal(again.answer.reject.code, "office.again");
    said_free(&again);
    raw_close(&raw);
    assert_int_equal(serverproc_stop(&server), 0);
}

static void too_many_malformed_frames_end_a_connection(void **state)
{
    (void)state;
    struct serverproc server;
    struct raw_frame frame = {0};
    serverproc_clean("malformed");
    serverproc_start(&server, "malformed");
    struct raw raw = raw_open(server.port);
    int answers = 0;
    for (int i = 0; i < 60; i++)
        raw_say(&raw, "{\"v\":1,");
    while (raw_read(&raw, &frame) && frame.first == 0x81) {
        answers++;
        ts_buf_free(&frame.payload);
    }
    ts_buf_free(&frame.payload);
    assert_int_equal(frame.first, 0x88); /* close, after as many rejects as are allowed */
    assert_in_range(answers, 20, 40);
    raw_close(&raw);
    assert_int_equal(serverproc_stop(&server), 0);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(state_survives_being_killed),
        cmocka_unit_test(a_meeting_is_held_and_survives),
        cmocka_unit_test(a_card_whose_answer_was_lost_is_said_again),
        cmocka_unit_test(too_many_malformed_frames_end_a_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
