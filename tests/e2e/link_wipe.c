/* A listener that was told to wipe frees nothing in which a message can still be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/freed.h"
#include "tests/support/netbox.h"

#define SECRET "{\"scan\":\"TS1.a choice and a slip\"}"

static void in_pieces(struct raw *raw, const char *text, size_t len)
{
    raw_frame(raw, 0x01, true, text, len / 3); /* a fragmented message */
    raw_frame(raw, 0x00, true, text + len / 3, len / 3);
    raw_frame(raw, 0x80, true, text + len / 3 * 2, len - len / 3 * 2);
}

/* Whole, in pieces, large, and one that never ends. */
static unsigned talk_about(bool wipe)
{
    struct ts_link_config config = ts_link_config_default();
    char large[20000];
    struct raw_frame frame = {0};
    config.wipe = wipe;
    struct netbox *box = netbox_start(&config);
    struct raw raw = raw_open(netbox_port(box));
    freed_watch(SECRET, sizeof SECRET - 1, false);
    raw_say(&raw, SECRET);
    raw_expect(&raw, SECRET);
    in_pieces(&raw, SECRET, sizeof SECRET - 1);
    raw_expect(&raw, SECRET);
    memset(large, ' ', sizeof large);
    memcpy(large, SECRET, sizeof SECRET - 1);
    raw_frame(&raw, 0x81, true, large, sizeof large);
    assert_true(raw_read(&raw, &frame));
    assert_int_equal(frame.payload.len, sizeof large);
    ts_buf_free(&frame.payload);
    raw_frame(&raw, 0x01, true, large, 100);
    raw_close(&raw);
    netbox_stop(box);
    return freed_found();
}

static void a_wiping_listener_leaves_nothing(void **state)
{
    (void)state;
    assert_int_equal(talk_about(true), 0);
}

/* The look finds what is there. */
static void another_listener_does(void **state)
{
    (void)state;
    assert_true(talk_about(false) >= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wiping_listener_leaves_nothing),
        cmocka_unit_test(another_listener_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
