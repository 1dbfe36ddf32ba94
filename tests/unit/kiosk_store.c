/* kiosk/store and kiosk/options: small files, the device's key, the command line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kiosk/options.h"
#include "kiosk/store.h"

#define DIR "store-test"

static int begin(void **state)
{
    struct ts_err err;
    (void)state;
    return system("rm -rf " DIR) | ts_store_prepare(DIR, &err);
}

static void files_are_replaced_whole(void **state)
{
    (void)state;
    struct ts_err err;
    struct ts_buf text = {0};
    assert_int_equal(ts_store_read(DIR, "polls/x", 10, &text, &err), 0);
    assert_int_equal(ts_store_write(DIR, "polls/x", TS_STR("first one"), &err), 0);
    assert_int_equal(ts_store_write(DIR, "polls/x", TS_STR("second"), &err), 0);
    assert_int_equal(ts_store_read(DIR, "polls/x", 6, &text, &err), 1);
    assert_true(ts_str_is(ts_buf_str(&text), "second"));
    assert_int_not_equal(access(DIR "/polls/x.new", F_OK), 0);
    assert_int_equal(ts_store_read(DIR, "polls/x", 5, &text, &err), -1);
    assert_string_equal(err.code, "store.disk");
    assert_int_equal(ts_store_remove(DIR, "polls/x", &err), 0);
    assert_int_equal(ts_store_remove(DIR, "polls/x", &err), 0);
    assert_int_equal(ts_store_write(DIR, "nowhere/x", TS_STR(""), &err), -1);
    assert_string_equal(err.code, "store.disk");
    assert_int_equal(ts_store_prepare("no/such/place", &err), -1);
    ts_buf_free(&text);
}

static void the_device_key_stays_and_is_private(void **state)
{
    (void)state;
    struct ts_err err;
    struct stat st;
    struct ts_device_key *first = ts_store_device_key(DIR, &err);
    struct ts_device_key *again = ts_store_device_key(DIR, &err);
    assert_non_null(first);
    assert_non_null(again);
    assert_string_equal(first->text, again->text);
    assert_int_equal(stat(DIR "/device.key", &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    sodium_free(first);
    sodium_free(again);
    assert_int_equal(chmod(DIR "/device.key", 0640), 0);
    assert_null(ts_store_device_key(DIR, &err));
    assert_string_equal(err.code, "store.key");
    assert_int_equal(ts_store_write(DIR, "device.key", TS_STR("not a key"), &err), 0);
    assert_null(ts_store_device_key(DIR, &err));
    assert_string_equal(err.code, "store.key");
}

/* A damaged pin is no first enrolment: whoever answers then would be trusted. */
static void a_damaged_pin_is_refused(void **state)
{
    (void)state;
    struct ts_err err;
    uint8_t key[32] = {1, 2, 3}, read[32];
    static const char *const damaged[] = {"", "00", "not a key"};
    assert_int_equal(ts_store_remove(DIR, "server.key", &err), 0);
    assert_int_equal(ts_store_server_key(DIR, read, &err), 0);
    assert_int_equal(ts_store_pin_server(DIR, key, &err), 0);
    assert_int_equal(ts_store_server_key(DIR, read, &err), 1);
    assert_memory_equal(read, key, 32);
    struct ts_buf text = {0};
    assert_int_equal(ts_store_read(DIR, "server.key", 64, &text, &err), 1);
    ts_buf_append_char(&text, '\n');
    assert_int_equal(ts_store_write(DIR, "server.key", ts_buf_str(&text), &err), 0);
    assert_int_equal(ts_store_server_key(DIR, read, &err), 1);
    ts_buf_append_char(&text, '0');
    assert_int_equal(ts_store_write(DIR, "server.key", ts_buf_str(&text), &err), 0);
    assert_int_equal(ts_store_server_key(DIR, read, &err), -1);
    assert_string_equal(err.code, "store.pinned");
    ts_buf_free(&text);
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        assert_int_equal(ts_store_write(DIR, "server.key", ts_str_of(damaged[i]), &err), 0);
        assert_int_equal(ts_store_server_key(DIR, read, &err), -1);
        assert_string_equal(err.code, "store.pinned");
    }
    assert_int_equal(ts_store_remove(DIR, "server.key", &err), 0);
}

#define PIN "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define BASE "--dir", "d", "--server", "wss://box.local:8443", "--pin", PIN, "--name", "K1"

static void command_lines_are_read(void **state)
{
    (void)state;
    struct ts_kiosk_options o;
    struct ts_err err;
    char *booth[] = {BASE, "--listen", "127.0.0.1:0", "--profile", "mass"};
    assert_int_equal(ts_kiosk_options_read(&o, "booth", 12, booth, &err), 0);
    assert_string_equal(o.host, "box.local");
    assert_true(o.port == 8443 && o.listen_port == 0 && o.mass && o.pin.bytes[1] == 0x11);
    char *slips[] = {BASE,       "--council", "3yQ8vT1uKp9ZbRrm4sWn2D",
                     "--letter", "A",         "--count",
                     "40",       "--out",     "f"};
    assert_int_equal(ts_kiosk_options_read(&o, "slips", 16, slips, &err), 0);
    assert_int_equal(o.count, 40);
    char pin[] = "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"
                 "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF";
    char *six[] = {"--dir", "d",      "--server", "wss://[::1]:1/ws", "--pin",
                   pin,     "--name", "S",        "--listen",         "127.0.0.1:9"};
    assert_int_equal(ts_kiosk_options_read(&o, "booth", 10, six, &err), 0);
    assert_string_equal(o.host, "::1");
    assert_int_equal(o.pin.bytes[31], 0xff);
    char *page[] = {BASE,       "--listen", "127.0.0.1:0", "--screen", "344x215/1280x800",
                    "--camera", "yes"};
    assert_int_equal(ts_kiosk_options_read(&o, "booth", 14, page, &err), 0);
    assert_true(o.screen.mm_width == 344 && o.screen.mm_height == 215);
    assert_true(o.screen.px_width == 1280 && o.screen.px_height == 800 && o.camera);
}

static void wrong_command_lines_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *program, *option, *value, *code;
    } cases[] = {
        {"booth", "--listen", "0.0.0.0:1", "options.value"}, /* loopback only */
        {"booth", "--listen", "127.0.0.1", "options.value"},
        {"booth", "--screen", "344x215", "options.value"},
        {"booth", "--screen", "344x215/1280x", "options.value"},
        {"booth", "--screen", "344x215/1280x800x", "options.value"},
        {"booth", "--screen", "3x215/1280x800", "options.value"},
        {"booth", "--camera", "maybe", "options.value"},
        {"booth", "--listen", "127.0.0.1:70000", "options.value"},
        {"booth", "--count", "1", "options.unknown"},
        {"booth", "--web", "x", "options.missing"}, /* --listen */
        {"booth", "--name", "twice", "options.unknown"},
        {"slips", "--count", "0", "options.value"},
        {"slips", "--count", "4001", "options.value"},
        {"slips", "--letter", "ABC", "options.value"},
        {"slips", "--council", "x", "options.value"},
        {"slips", "--out", NULL, "options.value"},
    };
    struct ts_kiosk_options o;
    struct ts_err err;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *argv[] = {BASE, (char *)cases[i].option, (char *)cases[i].value};
        int argc = cases[i].value ? 10 : 9;
        assert_int_equal(ts_kiosk_options_read(&o, cases[i].program, argc, argv, &err), -1);
        assert_string_equal(err.code, cases[i].code);
    }
    static const char *const servers[] = {"ws://h:1", "wss://h", "wss://:1", "wss://h:0", "h:1"};
    for (size_t i = 0; i < sizeof servers / sizeof *servers; i++) {
        char *argv[] = {"--server", (char *)servers[i]};
        assert_int_equal(ts_kiosk_options_read(&o, "slips", 2, argv, &err), -1);
        assert_string_equal(err.code, "options.value");
    }
    char *pin[] = {"--pin", PIN "0"};
    assert_int_equal(ts_kiosk_options_read(&o, "slips", 2, pin, &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(files_are_replaced_whole, begin),
        cmocka_unit_test_setup(the_device_key_stays_and_is_private, begin),
        cmocka_unit_test_setup(a_damaged_pin_is_refused, begin),
        cmocka_unit_test(command_lines_are_read),
        cmocka_unit_test(wrong_command_lines_are_refused),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL) | system("rm -rf " DIR);
}
