/* What a listener does not put up with: too many, too slow, too much, too silent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "tests/support/netbox.h"

static unsigned status_of(struct raw *raw)
{
    struct ts_buf head = {0};
    unsigned status = raw_head(raw, &head) ? (unsigned)atoi((char *)head.ptr + 9) : 0;
    ts_buf_free(&head);
    return status;
}

static void connections_are_limited(void **state)
{
    (void)state;
    struct ts_link_config config = ts_link_config_default();
    config.conn_max = 3;
    struct netbox *box = netbox_start(&config);
    struct raw raw[4];
    for (int i = 0; i < 3; i++)
        raw[i] = raw_open(netbox_port(box));
    raw[3] = raw_connect(netbox_port(box));
    assert_true(raw_ended(&raw[3]));
    raw_close(&raw[3]);
    raw_say(&raw[0], "!close"); /* one leaves, one may come */
    assert_int_equal(raw_close_code(&raw[0]), 1000);
    assert_true(raw_ended(&raw[0]));
    raw_close(&raw[0]);
    raw_say(&raw[1], "x"); /* the server has seen the end when it answers this */
    raw_expect(&raw[1], "x");
    raw[3] = raw_open(netbox_port(box));
    raw_say(&raw[3], "in");
    raw_expect(&raw[3], "in");
    for (int i = 1; i < 4; i++)
        raw_close(&raw[i]);
    struct ts_link_stats stats = netbox_stop(box);
    assert_int_equal(stats.refused_limit, 1);
    assert_int_equal(stats.accepted, 4);
}

static void connections_of_one_address_are_limited(void **state)
{
    (void)state;
    struct ts_link_config config = ts_link_config_default();
    config.conn_per_address_max = 2;
    struct netbox *box = netbox_start(&config);
    struct raw first = raw_open(netbox_port(box)), second = raw_open(netbox_port(box));
    struct raw third = raw_connect(netbox_port(box));
    assert_true(raw_ended(&third));
    raw_close(&first);
    raw_close(&second);
    raw_close(&third);
    assert_int_equal(netbox_stop(box).refused_limit, 1);
}

/* Trickling a request byte by byte does not extend its deadline. */
static void a_slow_request_is_hung_up(void **state)
{
    (void)state;
    struct ts_link_config config = ts_link_config_default();
    config.request_ms = 300;
    struct netbox *box = netbox_start(&config);
    struct raw silent = raw_connect(netbox_port(box)), slow = raw_connect(netbox_port(box));
    raw_text(&slow, "GET /ws HT");
    assert_true(raw_ended(&slow));
    assert_true(raw_ended(&silent));
    raw_close(&slow);
    raw_close(&silent);
    assert_int_equal(netbox_stop(box).timeouts, 2);
}

static void an_idle_http_connection_is_hung_up(void **state)
{
    (void)state;
    struct ts_link_config config = ts_link_config_default();
    config.idle_ms = 300;
    struct netbox *box = netbox_start(&config);
    struct raw raw = raw_connect(netbox_port(box));
    raw_text(&raw, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(status_of(&raw), 200);
    struct ts_buf body = {0};
    assert_true(raw_bytes(&raw, &body, 3));
    assert_true(raw_ended(&raw));
    ts_buf_free(&body);
    raw_close(&raw);
    assert_int_equal(netbox_stop(box).timeouts, 1);
}

static void a_silent_client_is_pinged_then_hung_up(void **state)
{
    (void)state;
    struct ts_link_config config = ts_link_config_default();
    config.ping_ms = 200;
    config.hangup_ms = 600;
    struct netbox *box = netbox_start(&config);
    struct raw raw = raw_open(netbox_port(box));
    struct raw_frame frame;
    for (int i = 0; i < 4; i++) { /* who answers stays, beyond hangup_ms */
        assert_true(raw_read(&raw, &frame));
        assert_int_equal(frame.first, 0x89);
        raw_frame(&raw, 0x8a, true, frame.payload.ptr, frame.payload.len);
        ts_buf_free(&frame.payload);
    }
    assert_true(raw_read(&raw, &frame));
    assert_int_equal(frame.first, 0x89);
    ts_buf_free(&frame.payload);
    assert_true(raw_ended(&raw));
    raw_close(&raw);
    assert_int_equal(netbox_stop(box).timeouts, 1);
}

static void messages_and_pings_over_the_rate_end_the_connection(void **state)
{
    (void)state;
    for (int pings = 0; pings < 2; pings++) {
        struct ts_link_config config = ts_link_config_default();
        config.rate_per_s = 1;
        config.rate_burst = 10;
        struct netbox *box = netbox_start(&config);
        struct raw raw = raw_open(netbox_port(box));
        for (int i = 0; i < 40; i++)
            raw_frame(&raw, pings ? 0x89 : 0x81, true, "m", 1);
        assert_int_equal(raw_close_code(&raw), TS_LINK_POLICY);
        raw_close(&raw);
        assert_int_equal(netbox_stop(box).violations, 1);
    }
}

/* Every answer is a megabyte and nobody reads: reading stops, and the server holds one message and
 * what the kernel takes. */
static void a_client_that_does_not_read_is_hung_up(void **state)
{
    (void)state;
    struct ts_link_config config = ts_link_config_default();
    config.ping_ms = 200;
    config.hangup_ms = 600;
    struct netbox *box = netbox_start(&config);
    struct raw raw = raw_open(netbox_port(box));
    for (int i = 0; i < 100; i++)
        raw_say(&raw, "!large 1000000");
    struct raw good = raw_open(netbox_port(box));
    struct raw_frame frame;
    for (int i = 0; i < 8; i++) { /* time passes by the server's pings; the other is served */
        assert_true(raw_read(&good, &frame));
        raw_frame(&good, 0x8a, true, frame.payload.ptr, frame.payload.len);
        ts_buf_free(&frame.payload);
    }
    raw_close(&good);
    raw_close(&raw);
    struct ts_link_stats stats = netbox_stop(box);
    assert_true(stats.timeouts + stats.violations >= 1);
    assert_true(stats.messages_in < 100);
}

/* Frames that the owner pushes without measure. */
static void the_backlog_is_limited(void **state)
{
    (void)state;
    struct ts_link_config config = ts_link_config_default();
    config.backlog_max = 100000;
    struct netbox *box = netbox_start(&config);
    struct raw raw = raw_open(netbox_port(box));
    struct ts_buf many = {0};
    for (int i = 0; i < 20; i++) { /* in one packet: one turn */
        ts_buf_append(&many, "\x81\x8d\0\0\0\0!large 10000\n", 19);
    }
    raw_send(&raw, many.ptr, many.len);
    struct raw_frame frame;
    while (raw_read(&raw, &frame))
        ts_buf_free(&frame.payload);
    ts_buf_free(&frame.payload);
    ts_buf_free(&many);
    raw_close(&raw);
    assert_int_equal(netbox_stop(box).violations, 1);
}

/* What happens in one turn leaves in one write. */
static void small_frames_of_one_turn_are_one_write(void **state)
{
    (void)state;
    struct ts_link_config config = ts_link_config_default();
    struct netbox *box = netbox_start(&config);
    struct raw raw = raw_open(netbox_port(box));
    struct ts_buf many = {0};
    for (int i = 0; i < 100; i++)
        ts_buf_append(&many, "\x81\x82\0\0\0\0hi", 8);
    raw_send(&raw, many.ptr, many.len);
    for (int i = 0; i < 100; i++)
        raw_expect(&raw, "hi");
    ts_buf_free(&many);
    raw_close(&raw);
    struct ts_link_stats stats = netbox_stop(box);
    assert_int_equal(stats.frames_out, 100);
    assert_true(stats.writes <= 4); /* the handshake, and the frames of at most a few packets */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_are_limited),
        cmocka_unit_test(connections_of_one_address_are_limited),
        cmocka_unit_test(a_slow_request_is_hung_up),
        cmocka_unit_test(an_idle_http_connection_is_hung_up),
        cmocka_unit_test(a_silent_client_is_pinged_then_hung_up),
        cmocka_unit_test(messages_and_pings_over_the_rate_end_the_connection),
        cmocka_unit_test(a_client_that_does_not_read_is_hung_up),
        cmocka_unit_test(the_backlog_is_limited),
        cmocka_unit_test(small_frames_of_one_turn_are_one_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
