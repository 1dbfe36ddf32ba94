/* A real server process: set-up, login, bodies, councils, meetings; everything survives kill -9. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

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

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(state_survives_being_killed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
