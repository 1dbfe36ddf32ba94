/* RFC 6455 from the outside, by raw bytes: what must be accepted, what must be refused and how. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "tests/support/netbox.h"

#define MESSAGE_MAX 70000

static struct netbox *box;
static uint16_t port;

static int start(void **state)
{
    (void)state;
    struct ts_link_config config = ts_link_config_default();
    config.message_max = MESSAGE_MAX;
    config.rate_per_s = 0;
    box = netbox_start(&config);
    port = netbox_port(box);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    struct ts_link_stats stats = netbox_stop(box);
    assert_true(stats.websockets <= stats.conns);
    return 0;
}

/* The connection must still serve, as a proof that what came before was harmless. */
static void expect_alive(struct raw *raw)
{
    raw_say(raw, "still there?");
    raw_expect(raw, "still there?");
}

/* Handshakes. */

static const char usual[] = "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
                            "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: tongsheng.v1\r\n";

/* The usual handshake with one line replaced (NULL: left out) and one added (or NULL). */
static void expect_handshake(const char *line, const char *instead, const char *added, int status)
{
    struct ts_buf request = {0};
    const char *at = line ? strstr(usual, line) : NULL;
    assert_true(!line || at);
    if (at) {
        ts_buf_append(&request, usual, (size_t)(at - usual));
        ts_buf_printf(&request, "%s", instead ? instead : "");
        ts_buf_printf(&request, "%s", strstr(at, "\r\n") + (instead ? 0 : 2));
    } else {
        ts_buf_printf(&request, "%s", usual);
    }
    ts_buf_printf(&request, "%s\r\n", added ? added : "");
    struct raw raw = raw_connect(port);
    raw_send(&raw, request.ptr, request.len);
    struct ts_buf head = {0};
    assert_true(raw_head(&raw, &head));
    assert_int_equal(atoi((char *)head.ptr + 9), status);
    if (status == 101) {
        assert_null(strstr((char *)head.ptr, "Extensions"));
        expect_alive(&raw);
    }
    raw_close(&raw);
    ts_buf_free(&head);
    ts_buf_free(&request);
}

static void handshakes_that_are_accepted(void **state)
{
    (void)state;
    expect_handshake(NULL, NULL, NULL, 101);
    expect_handshake("Connection: Upgrade", "Connection: keep-alive, Upgrade", NULL, 101);
    expect_handshake("Upgrade: websocket", "upgrade:\t WebSocket", NULL, 101);
    expect_handshake("Sec-WebSocket-Protocol: tongsheng.v1",
                     "Sec-WebSocket-Protocol: other, tongsheng.v1", NULL, 101);
    expect_handshake(NULL, NULL, "Origin: http://127.0.0.1\r\n", 101);
    expect_handshake(NULL, NULL, "Sec-WebSocket-Extensions: permessage-deflate\r\n", 101);
    expect_handshake("GET /ws", "GET /ws?a=%20b HTTP/1.1", NULL, 101);
}

static void handshakes_that_are_refused(void **state)
{
    (void)state;
    expect_handshake("Upgrade: websocket", NULL, NULL, 426);
    expect_handshake("Connection: Upgrade", NULL, NULL, 426);
    expect_handshake("Connection: Upgrade", "Connection: close", NULL, 426);
    expect_handshake("Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 12", NULL, 426);
    expect_handshake("Sec-WebSocket-Version: 13", NULL, NULL, 426);
    expect_handshake("Sec-WebSocket-Key", NULL, NULL, 400);
    expect_handshake("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Key: abc", NULL,
                     400);
    expect_handshake("Sec-WebSocket-Protocol", NULL, NULL, 400);
    expect_handshake("Sec-WebSocket-Protocol: tongsheng.v1", "Sec-WebSocket-Protocol: tongsheng.v2",
                     NULL, 400);
    expect_handshake(NULL, NULL, "Origin: http://evil.example\r\n", 403);
    expect_handshake(NULL, NULL, "Origin: null\r\n", 403);
    expect_handshake(NULL, NULL, "Origin: http://127.0.0.1:81\r\n", 403);
    expect_handshake("Host: 127.0.0.1", NULL, NULL, 400);
    expect_handshake(NULL, NULL, "Host: other\r\n", 400);
    expect_handshake("Host: 127.0.0.1", "Host: a b", NULL, 400);
    expect_handshake("GET /ws HTTP/1.1", "POST /ws HTTP/1.1", NULL, 405);
    expect_handshake("GET /ws HTTP/1.1", "HEAD /ws HTTP/1.1", NULL, 400);
    expect_handshake("GET /ws HTTP/1.1", "GET /ws HTTP/1.0", NULL, 505);
    expect_handshake("GET /ws HTTP/1.1", "GET /other HTTP/1.1", NULL, 404);
    expect_handshake("GET /ws HTTP/1.1", "GET http://x/ws HTTP/1.1", NULL, 400);
    expect_handshake("GET /ws HTTP/1.1", "GET  /ws HTTP/1.1", NULL, 400);
    expect_handshake(NULL, NULL, "Content-Length: 5\r\n", 413);
    expect_handshake(NULL, NULL, "Transfer-Encoding: chunked\r\n", 501);
    expect_handshake(NULL, NULL, " folded\r\n", 400);
    expect_handshake(NULL, NULL, "No-Colon\r\n", 400);
    expect_handshake(NULL, NULL, "Bare: cr\rlf\r\n", 400);
    expect_handshake(NULL, NULL, "Bell: \a\r\n", 400);
}

static void a_handshake_may_come_byte_by_byte_and_with_the_first_frame(void **state)
{
    (void)state;
    struct raw raw = raw_connect(port);
    for (const char *at = usual; *at; at++)
        raw_send(&raw, at, 1);
    /* The empty line and a masked "hi" in one packet. */
    raw_send(&raw, "\r\n\x81\x82\x01\x02\x03\x04\x69\x6b", 10);
    struct ts_buf head = {0};
    assert_true(raw_head(&raw, &head));
    raw_expect(&raw, "hi");
    ts_buf_free(&head);
    raw_close(&raw);
}

static void a_request_head_has_a_limit(void **state)
{
    (void)state;
    struct raw raw = raw_connect(port);
    struct ts_buf big = {0};
    ts_buf_printf(&big, "GET /ws HTTP/1.1\r\nX: ");
    for (int i = 0; i < 100000; i++)
        ts_buf_append_char(&big, 'a');
    raw_send(&raw, big.ptr, big.len);
    struct ts_buf head = {0};
    assert_true(raw_head(&raw, &head));
    assert_int_equal(atoi((char *)head.ptr + 9), 431);
    raw_close(&raw);
    ts_buf_clear(&big);
    ts_buf_printf(&big, "GET /ws HTTP/1.1\r\nHost: x\r\n");
    for (int i = 0; i < 70; i++)
        ts_buf_printf(&big, "A%d: b\r\n", i);
    ts_buf_printf(&big, "\r\n");
    raw = raw_connect(port);
    raw_send(&raw, big.ptr, big.len);
    assert_true(raw_head(&raw, &head));
    assert_int_equal(atoi((char *)head.ptr + 9), 431);
    raw_close(&raw);
    ts_buf_free(&big);
    ts_buf_free(&head);
}

static void garbage_instead_of_a_request_is_refused_at_once(void **state)
{
    (void)state;
    struct raw raw = raw_connect(port);
    raw_send(&raw, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 9); /* TLS to a plain port */
    struct ts_buf head = {0};
    assert_true(raw_head(&raw, &head));
    assert_int_equal(atoi((char *)head.ptr + 9), 400);
    raw_close(&raw);
    ts_buf_free(&head);
}

/* Frames. */

struct bytes_case {
    const char *name;
    const char *bytes; /* of the client, raw */
    size_t len;
    unsigned code; /* of our close frame; 0: the connection stays */
};

#define CASE(name, bytes, code)                                                                    \
    {                                                                                              \
        name, bytes, sizeof(bytes) - 1, code                                                       \
    }
#define KEY "\0\0\0\0" /* a masking key that changes nothing */

static const struct bytes_case cases[] = {
    CASE("unmasked text", "\x81\x02hi", 1002),
    CASE("unmasked ping", "\x89\x01x", 1002),
    CASE("reserved bit 1", "\xc1\x82" KEY "hi", 1002),
    CASE("reserved bit 2", "\xa1\x82" KEY "hi", 1002),
    CASE("reserved bit 3", "\x91\x82" KEY "hi", 1002),
    CASE("opcode 3", "\x83\x82" KEY "hi", 1002),
    CASE("opcode 7", "\x87\x82" KEY "hi", 1002),
    CASE("opcode 11", "\x8b\x82" KEY "hi", 1002),
    CASE("opcode 15", "\x8f\x82" KEY "hi", 1002),
    CASE("binary", "\x82\x82" KEY "hi", 1003),
    CASE("fragmented ping", "\x09\x81" KEY "a", 1002),
    CASE("fragmented close", "\x08\x80" KEY, 1002),
    CASE("ping of 126", "\x89\xfe\x00\x7e" KEY, 1002),
    CASE("close of 126", "\x88\xfe\x00\x7e" KEY, 1002),
    CASE("continuation of nothing", "\x80\x82" KEY "hi", 1002),
    CASE("text inside a fragmented text", "\x01\x81" KEY "h\x81\x82" KEY "hi", 1002),
    CASE("length of 16 bits for 5", "\x81\xfe\x00\x05" KEY "hello", 1002),
    CASE("length of 64 bits for 126", "\x81\xff\0\0\0\0\0\0\0\x7e" KEY, 1002),
    CASE("length with the top bit", "\x81\xff\x80\0\0\0\0\0\0\0" KEY, 1002),
    CASE("length of 2^40", "\x81\xff\0\0\1\0\0\0\0\0" KEY "x", 1009),
    CASE("one byte too long", "\x81\xff\0\0\0\0\0\1\x11\x71" KEY, 1009),
    CASE("not UTF-8: ff", "\x81\x81" KEY "\xff", 1007),
    CASE("not UTF-8: overlong", "\x81\x82" KEY "\xc0\xaf", 1007),
    CASE("not UTF-8: surrogate", "\x81\x83" KEY "\xed\xa0\x80", 1007),
    CASE("not UTF-8: beyond 10ffff", "\x81\x84" KEY "\xf4\x90\x80\x80", 1007),
    CASE("not UTF-8: cut off", "\x81\x81" KEY "\xce", 1007),
    CASE("not UTF-8 over fragments", "\x01\x81" KEY "\xf4\x80\x83" KEY "\x90\x80\x80", 1007),
    CASE("NUL", "\x81\x83" KEY "a\0b", 1007),
    CASE("close of one byte", "\x88\x81" KEY "\x03", 1002),
    CASE("close 999", "\x88\x82" KEY "\x03\xe7", 1002),
    CASE("close 1004", "\x88\x82" KEY "\x03\xec", 1002),
    CASE("close 1005", "\x88\x82" KEY "\x03\xed", 1002),
    CASE("close 1006", "\x88\x82" KEY "\x03\xee", 1002),
    CASE("close 1015", "\x88\x82" KEY "\x03\xf7", 1002),
    CASE("close 2999", "\x88\x82" KEY "\x0b\xb7", 1002),
    CASE("close 5000", "\x88\x82" KEY "\x13\x88", 1002),
    CASE("close with bad reason", "\x88\x84" KEY "\x03\xe8\xff\xfe", 1007),
    CASE("close empty", "\x88\x80" KEY, 1000),
    CASE("close 1001", "\x88\x82" KEY "\x03\xe9", 1001),
    CASE("close 3000", "\x88\x82" KEY "\x0b\xb8", 3000),
    CASE("close 4999 with reason", "\x88\x85" KEY "\x13\x87out", 4999),
    CASE("pong nobody asked for", "\x8a\x81" KEY "x", 0),
};

static void frames_and_their_close_codes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct raw raw = raw_open(port);
        raw_send(&raw, cases[i].bytes, cases[i].len);
        if (cases[i].code == 0) {
            expect_alive(&raw);
        } else {
            unsigned code = raw_close_code(&raw);
            if (code != cases[i].code)
                fail_msg("%s: close code %u, not %u", cases[i].name, code, cases[i].code);
            assert_true(raw_ended(&raw));
        }
        raw_close(&raw);
    }
}

/* The same bytes one at a time must end the same way. */
static void frames_byte_by_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct raw raw = raw_open(port);
        for (size_t at = 0; at < cases[i].len; at++)
            raw_send(&raw, cases[i].bytes + at, 1);
        if (cases[i].code == 0) {
            expect_alive(&raw);
        } else {
            unsigned code = raw_close_code(&raw);
            if (code != cases[i].code)
                fail_msg("%s: close code %u, not %u", cases[i].name, code, cases[i].code);
        }
        raw_close(&raw);
    }
}

static void pings_are_answered_in_order(void **state)
{
    (void)state;
    struct raw raw = raw_open(port);
    struct raw_frame frame;
    uint8_t payload[125];
    memset(payload, 'p', sizeof payload);
    for (int i = 0; i < 10; i++) {
        payload[0] = (uint8_t)i;
        raw_frame(&raw, 0x89, true, payload, i == 0 ? 0 : sizeof payload);
    }
    for (int i = 0; i < 10; i++) {
        assert_true(raw_read(&raw, &frame));
        assert_int_equal(frame.first, 0x8a);
        assert_int_equal(frame.payload.len, i == 0 ? 0 : sizeof payload);
        if (i > 0)
            assert_int_equal(frame.payload.ptr[0], i);
        ts_buf_free(&frame.payload);
    }
    raw_close(&raw);
}

static void fragments_are_put_together(void **state)
{
    (void)state;
    struct raw raw = raw_open(port);
    raw_frame(&raw, 0x01, true, "", 0);
    raw_frame(&raw, 0x00, true, "one ", 4);
    raw_frame(&raw, 0x89, true, "ping", 4); /* between fragments */
    raw_frame(&raw, 0x00, true, "\xe7\xab", 2);
    raw_frame(&raw, 0x80, true, "\xa5", 1); /* 童 over two fragments */
    struct raw_frame frame;
    assert_true(raw_read(&raw, &frame));
    assert_int_equal(frame.first, 0x8a);
    ts_buf_free(&frame.payload);
    raw_expect(&raw, "one \xe7\xab\xa5");
    raw_frame(&raw, 0x01, true, "", 0);
    raw_frame(&raw, 0x80, true, "all in the last", 15);
    raw_expect(&raw, "all in the last");
    raw_close(&raw);
}

static void messages_up_to_the_limit_come_back_whole(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 125, 126, 127, 65535, 65536, MESSAGE_MAX};
    char *text = malloc(MESSAGE_MAX);
    assert_non_null(text);
    for (size_t i = 0; i < MESSAGE_MAX; i++)
        text[i] = (char)('a' + i % 26);
    struct raw raw = raw_open(port);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        raw_frame(&raw, 0x81, true, text, sizes[i]);
        struct raw_frame frame;
        assert_true(raw_read(&raw, &frame));
        assert_int_equal(frame.payload.len, sizes[i]);
        if (sizes[i] > 0)
            assert_memory_equal(frame.payload.ptr, text, sizes[i]);
        ts_buf_free(&frame.payload);
    }
    raw_close(&raw);
    free(text);
}

static void fragments_without_end_meet_the_limit(void **state)
{
    (void)state;
    struct raw raw = raw_open(port);
    char chunk[1000];
    memset(chunk, 'a', sizeof chunk);
    raw_frame(&raw, 0x01, true, chunk, sizeof chunk);
    for (int i = 0; i < 200; i++)
        raw_frame(&raw, 0x00, true, chunk, sizeof chunk);
    assert_int_equal(raw_close_code(&raw), TS_LINK_TOO_BIG);
    raw_close(&raw);
}

static void the_owner_can_close(void **state)
{
    (void)state;
    struct raw raw = raw_open(port);
    raw_say(&raw, "first");
    raw_say(&raw, "!close");
    raw_say(&raw, "not heard");
    raw_expect(&raw, "first");
    struct raw_frame frame;
    assert_true(raw_read(&raw, &frame));
    assert_int_equal(frame.first, 0x88);
    assert_int_equal(frame.payload.len, 5);
    assert_memory_equal(frame.payload.ptr,
                        "\x03\xe8"
                        "bye",
                        5);
    ts_buf_free(&frame.payload);
    assert_true(raw_ended(&raw));
    raw_close(&raw);
}

static void pulled_frames_come_in_order(void **state)
{
    (void)state;
    struct raw raw = raw_open(port);
    raw_say(&raw, "!who");
    raw_expect(&raw, "127.0.0.1 /ws a=b 0");
    raw_say(&raw, "!pull 20000");
    for (int i = 1; i <= 20000; i++) {
        char text[32];
        snprintf(text, sizeof text, "pull %d", i);
        raw_expect(&raw, text);
    }
    raw_close(&raw);
}

static void large_frames_reach_a_client_that_reads_late(void **state)
{
    (void)state;
    struct raw raw = raw_open(port);
    raw_say(&raw, "!large 20000000"); /* more than sockets hold */
    raw_say(&raw, "after it");
    struct raw_frame frame;
    assert_true(raw_read(&raw, &frame));
    assert_int_equal(frame.payload.len, 20000000);
    for (size_t i = 0; i < frame.payload.len; i += 997)
        assert_int_equal(frame.payload.ptr[i], 'x');
    ts_buf_free(&frame.payload);
    raw_expect(&raw, "after it");
    raw_close(&raw);
}

static void many_connections_are_served_side_by_side(void **state)
{
    (void)state;
    enum { MANY = 1000 };
    struct raw *raw = calloc(MANY, sizeof *raw);
    assert_non_null(raw);
    for (int i = 0; i < MANY; i++)
        raw[i] = raw_open(port);
    for (int i = 0; i < MANY; i++)
        raw_say(&raw[i], "hello");
    for (int i = MANY - 1; i >= 0; i--) {
        raw_expect(&raw[i], "hello");
        raw_close(&raw[i]);
    }
    free(raw);
}

static void rude_clients_do_not_hurt_others(void **state)
{
    (void)state;
    struct raw good = raw_open(port), rude[100];
    uint32_t seed = 7;
    for (size_t i = 0; i < 100; i++) {
        rude[i] = i % 2 ? raw_open(port) : raw_connect(port);
        uint8_t noise[64];
        for (size_t j = 0; j < sizeof noise; j++) {
            seed = seed * 1664525 + 1013904223;
            noise[j] = (uint8_t)(seed >> 24);
        }
        raw_send(&rude[i], noise, i % sizeof noise);
        if (i % 5 == 0) {
            struct linger reset = {.l_onoff = 1};
            setsockopt(rude[i].fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        }
        if (i % 3 == 0)
            raw_close(&rude[i]);
    }
    expect_alive(&good);
    for (size_t i = 0; i < 100; i++) {
        if (i % 3 != 0)
            raw_close(&rude[i]);
    }
    expect_alive(&good);
    raw_close(&good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handshakes_that_are_accepted),
        cmocka_unit_test(handshakes_that_are_refused),
        cmocka_unit_test(a_handshake_may_come_byte_by_byte_and_with_the_first_frame),
        cmocka_unit_test(a_request_head_has_a_limit),
        cmocka_unit_test(garbage_instead_of_a_request_is_refused_at_once),
        cmocka_unit_test(frames_and_their_close_codes),
        cmocka_unit_test(frames_byte_by_byte),
        cmocka_unit_test(pings_are_answered_in_order),
        cmocka_unit_test(fragments_are_put_together),
        cmocka_unit_test(messages_up_to_the_limit_come_back_whole),
        cmocka_unit_test(fragments_without_end_meet_the_limit),
        cmocka_unit_test(the_owner_can_close),
        cmocka_unit_test(pulled_frames_come_in_order),
        cmocka_unit_test(large_frames_reach_a_client_that_reads_late),
        cmocka_unit_test(many_connections_are_served_side_by_side),
        cmocka_unit_test(rude_clients_do_not_hurt_others),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
