/* The frame reader and the request parser as pure functions; whole connections are in e2e. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "proto/link/request.h"
#include "proto/link/ws.h"

/* What the reader reported, as text: "T4:text" for a message of four bytes and so on. */
static bool record(void *ctx, enum ts_ws_opcode kind, struct ts_bytes data)
{
    struct ts_buf *log = ctx;
    char letter = kind == TS_WS_TEXT   ? 'T'
                  : kind == TS_WS_PING ? 'P'
                  : kind == TS_WS_PONG ? 'O'
                                       : 'C';
    ts_buf_printf(log, "%c%zu:", letter, data.len);
    ts_buf_append(log, data.ptr, data.len);
    return true;
}

static void add_frame(struct ts_buf *out, uint8_t first, const char *payload, size_t len)
{
    static const uint8_t key[4] = {0xa1, 0x02, 0xc3, 0x04};
    uint8_t head[TS_WS_HEADER_MAX];
    size_t head_len = ts_ws_header(head, TS_WS_TEXT, len);
    head[0] = first;
    head[1] |= 0x80;
    ts_buf_append(out, head, head_len);
    ts_buf_append(out, key, 4);
    for (size_t i = 0; i < len; i++)
        ts_buf_append_char(out, (char)((uint8_t)payload[i] ^ key[i & 3]));
}

/* Any way to cut the stream in two gives the same events. */
static void where_packets_end_does_not_matter(void **state)
{
    (void)state;
    struct ts_buf stream = {0}, expected = {0};
    char medium[300];
    memset(medium, 'm', sizeof medium);
    add_frame(&stream, 0x81, "hello", 5);
    add_frame(&stream, 0x01, "one ", 4);
    add_frame(&stream, 0x89, "ping", 4);
    add_frame(&stream, 0x00, "", 0);
    add_frame(&stream, 0x80, "two", 3);
    add_frame(&stream, 0x8a, "", 0);
    add_frame(&stream, 0x81, medium, sizeof medium);
    add_frame(&stream, 0x81, "", 0);
    add_frame(&stream, 0x88, "\x03\xe8ok", 4);
    ts_buf_append_str(&expected, TS_STR("T5:helloP4:pingT7:one twoO0:T300:"));
    ts_buf_append(&expected, medium, sizeof medium);
    ts_buf_append_str(&expected, TS_STR("T0:C4:\x03\xe8ok"));
    for (size_t cut = 0; cut <= stream.len; cut++) {
        struct ts_ws_reader reader = {.message_max = 300};
        struct ts_buf copy = {0}, log = {0};
        ts_buf_append(&copy, stream.ptr, stream.len); /* it is unmasked in place */
        assert_int_equal(ts_ws_feed(&reader, copy.ptr, cut, record, &log), 0);
        assert_int_equal(ts_ws_feed(&reader, copy.ptr + cut, copy.len - cut, record, &log), 0);
        assert_int_equal(log.len, expected.len);
        assert_memory_equal(log.ptr, expected.ptr, log.len);
        ts_ws_free(&reader);
        ts_buf_free(&copy);
        ts_buf_free(&log);
    }
    ts_buf_free(&stream);
    ts_buf_free(&expected);
}

static void the_limit_counts_all_fragments(void **state)
{
    (void)state;
    for (size_t max = 7; max <= 8; max++) {
        struct ts_ws_reader reader = {.message_max = max};
        struct ts_buf stream = {0}, log = {0};
        add_frame(&stream, 0x01, "1234", 4);
        add_frame(&stream, 0x80, "5678", 4);
        unsigned code = ts_ws_feed(&reader, stream.ptr, stream.len, record, &log);
        assert_int_equal(code, max == 7 ? TS_WS_TOO_BIG : 0);
        ts_ws_free(&reader);
        ts_buf_free(&stream);
        ts_buf_free(&log);
    }
}

static void headers_have_the_shortest_form(void **state)
{
    (void)state;
    uint8_t out[TS_WS_HEADER_MAX];
    assert_int_equal(ts_ws_header(out, TS_WS_TEXT, 125), 2);
    assert_memory_equal(out, "\x81\x7d", 2);
    assert_int_equal(ts_ws_header(out, TS_WS_TEXT, 126), 4);
    assert_memory_equal(out, "\x81\x7e\x00\x7e", 4);
    assert_int_equal(ts_ws_header(out, TS_WS_TEXT, 65535), 4);
    assert_memory_equal(out, "\x81\x7e\xff\xff", 4);
    assert_int_equal(ts_ws_header(out, TS_WS_PONG, 65536), 10);
    assert_memory_equal(out, "\x8a\x7f\0\0\0\0\0\x01\0\0", 10);
}

static void accept_is_that_of_rfc_6455(void **state)
{
    (void)state;
    char out[29];
    assert_int_equal(ts_ws_accept(out, TS_STR("dGhlIHNhbXBsZSBub25jZQ==")), 0);
    assert_string_equal(out, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    assert_int_equal(ts_ws_accept(out, TS_STR("dGhlIHNhbXBsZSBub25jZQ")), -1);
    assert_int_equal(ts_ws_accept(out, TS_STR("dGhlIHNhbXBsZSBub25jZ===")), -1);
    assert_int_equal(ts_ws_accept(out, TS_STR("")), -1);
}

static unsigned parse(struct ts_request *request, const char *head)
{
    return ts_request_parse(request, ts_str_bytes(ts_str_of(head)), "tongsheng.v1");
}

static void requests_are_taken_apart(void **state)
{
    (void)state;
    struct ts_request request;
    assert_int_equal(parse(&request, "GET /a/b%20c?x=%31&y HTTP/1.1\r\n"
                                     "HOST:\t[::1]:8080 \r\n"
                                     "Origin: https://x\r\n"
                                     "Accept-Encoding: br;q=1.0, GZIP ; q=0.8\r\n"
                                     "If-None-Match: \"e\"\r\n"
                                     "Authorization: Bearer t\r\n"
                                     "Connection: foo , UPGRADE\r\nConnection: close\r\n"
                                     "Upgrade: h2c, websocket\r\n"
                                     "Sec-WebSocket-Protocol: a\r\n"
                                     "Sec-WebSocket-Protocol: b, tongsheng.v1\r\n"
                                     "Content-Length: 0\r\nX-Empty:\r\n\r\n"),
                     0);
    assert_true(request.is_get && !request.is_head);
    assert_true(ts_str_is(request.path, "/a/b%20c"));
    assert_true(ts_str_is(request.query, "x=%31&y"));
    assert_true(ts_str_is(request.host, "[::1]:8080"));
    assert_true(ts_str_is(request.origin, "https://x"));
    assert_true(ts_str_is(request.if_none_match, "\"e\""));
    assert_true(ts_str_is(request.authorization, "Bearer t"));
    assert_true(request.accepts_gzip && request.wants_close && request.upgrade_websocket);
    assert_true(request.offers_subprotocol);
}

static void heads_that_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        unsigned status;
    } cases[] = {
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400},
        {"GET / HTTP/1.1\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
        {"GET /\r\nHost: a\r\n\r\n", 400},
        {"GET  HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET /\x80 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET /% HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET /?\" HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
        {"GET / HTTP/1.10\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nOrigin: x\r\nOrigin: y\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 00\r\n\r\n", 413},
        {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n", 501},
        {"GET / HTTP/1.1\r\nHost: a\r\nX: \x7f\r\n\r\n", 400},
        {"\r\n\r\n", 400},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ts_request request;
        unsigned status = parse(&request, cases[i].head);
        if (status != cases[i].status)
            fail_msg("%u, not %u: %s", status, cases[i].status, cases[i].head);
    }
}

static void the_end_of_a_head_is_found_however_it_comes(void **state)
{
    (void)state;
    static const char head[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\nmore";
    size_t whole = sizeof head - 1 - 4, seen = 0;
    for (size_t len = 0; len < sizeof head; len++) {
        size_t found = ts_request_head_len((struct ts_bytes){(const uint8_t *)head, len}, seen);
        assert_int_equal(found, len < whole ? 0 : whole);
        seen = len < whole ? len : seen;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_packets_end_does_not_matter),
        cmocka_unit_test(the_limit_counts_all_fragments),
        cmocka_unit_test(headers_have_the_shortest_form),
        cmocka_unit_test(accept_is_that_of_rfc_6455),
        cmocka_unit_test(requests_are_taken_apart),
        cmocka_unit_test(heads_that_are_refused),
        cmocka_unit_test(the_end_of_a_head_is_found_however_it_comes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
