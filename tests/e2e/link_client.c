/* The client that stays connected: against our listener, in one loop. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/link/client.h"
#include "proto/link/server.h"
#include "proto/link/ws.h"

#define WATCHDOG_MS 60000
#define BIG 1000000

struct world {
    struct ts_loop *loop;
    struct ts_link_server *server;
    struct ts_client *client;
    struct ts_timer watchdog, timer;
    unsigned opened, lost, messages; /* of the client */
    unsigned served;                 /* messages at the server */
    unsigned stop_after_open, stop_after_lost, stop_after_messages, stop_after_tries;
    unsigned tries;
    enum ts_client_loss why; /* of the last change to waiting */
    struct ts_buf last;      /* message the client got */
    const char *hello;       /* sent on every open */
    bool hang_up;            /* the server closes after the first message */
    bool answer_big;
    struct ts_conn *conn;
};

static void on_watchdog(void *ctx)
{
    struct world *world = ctx;
    fprintf(stderr, "watchdog: opened %u lost %u messages %u tries %u why %d\n", world->opened,
            world->lost, world->messages, world->tries, (int)world->why);
    abort();
}

/* The server's side: an echo. */

static void server_open(void *ctx, struct ts_conn *conn, const struct ts_link_peer *peer)
{
    (void)peer;
    ((struct world *)ctx)->conn = conn;
}

static void server_message(void *ctx, struct ts_conn *conn, struct ts_bytes text)
{
    struct world *world = ctx;
    world->served++;
    if (world->hang_up) {
        ts_link_close(conn, TS_LINK_GOING_AWAY, "test");
        return;
    }
    struct ts_bytes answer = text;
    char *big = NULL;
    if (world->answer_big) {
        big = malloc(BIG);
        assert_non_null(big);
        memset(big, 'x', BIG);
        answer = (struct ts_bytes){(uint8_t *)big, BIG};
    }
    struct ts_frame *frame = ts_frame_text(answer);
    ts_link_send(conn, frame);
    ts_frame_drop(frame);
    free(big);
}

static void server_close(void *ctx, struct ts_conn *conn)
{
    (void)conn;
    ((struct world *)ctx)->conn = NULL;
}

static void listen_on(struct world *world, struct ts_link_config config)
{
    struct ts_err err;
    config.address = "127.0.0.1";
    struct ts_link_handler handler = {
        .ctx = world,
        .on_open = server_open,
        .on_message = server_message,
        .on_close = server_close,
    };
    world->server = ts_link_listen(world->loop, &config, &handler, &err);
    if (!world->server)
        fail_msg("%s", err.detail);
}

/* The client's side. */

static void client_open(void *ctx)
{
    struct world *world = ctx;
    world->opened++;
    if (world->hello)
        assert_true(ts_client_send(world->client, ts_str_bytes(ts_str_of(world->hello))));
    if (world->opened == world->stop_after_open)
        ts_loop_stop(world->loop);
}

static void client_message(void *ctx, struct ts_bytes text)
{
    struct world *world = ctx;
    world->messages++;
    ts_buf_clear(&world->last);
    ts_buf_append(&world->last, text.ptr, text.len);
    if (world->messages == world->stop_after_messages)
        ts_loop_stop(world->loop);
}

static void client_lost(void *ctx)
{
    struct world *world = ctx;
    world->lost++;
    if (world->lost == world->stop_after_lost)
        ts_loop_stop(world->loop);
}

static void client_state(void *ctx, enum ts_client_state state, enum ts_client_loss why)
{
    struct world *world = ctx;
    if (state == TS_CLIENT_WAITING)
        world->why = why;
    if (state == TS_CLIENT_CONNECTING)
        world->tries++;
    if (state == TS_CLIENT_WAITING && world->tries == world->stop_after_tries)
        ts_loop_stop(world->loop);
}

static struct ts_client_config client_config(uint16_t port)
{
    struct ts_client_config config = ts_client_config_default();
    config.host = "127.0.0.1";
    config.port = port;
    config.pause_min_ms = 20;
    config.pause_max_ms = 100;
    config.seed = 1;
    return config;
}

static void connect_with(struct world *world, const struct ts_client_config *config)
{
    struct ts_client_handler handler = {
        .ctx = world,
        .on_open = client_open,
        .on_message = client_message,
        .on_lost = client_lost,
        .on_state = client_state,
    };
    world->client = ts_client_create(world->loop, config, &handler);
}

static void run(struct world *world)
{
    struct ts_err err;
    assert_int_equal(ts_loop_run(world->loop, &err), 0);
}

static int create(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    struct ts_err err;
    struct ts_loop_config config = ts_loop_config_default();
    config.file_max = 1024;
    world->loop = ts_loop_create(&config, &err);
    assert_non_null(world->loop);
    ts_timer_set(world->loop, &world->watchdog, WATCHDOG_MS, on_watchdog, world);
    *state = world;
    return 0;
}

static int destroy(void **state)
{
    struct world *world = *state;
    ts_loop_destroy(world->loop);
    ts_buf_free(&world->last);
    free(world);
    return 0;
}

static void expect_last(const struct world *world, const char *text)
{
    assert_int_equal(world->last.len, strlen(text));
    assert_memory_equal(world->last.ptr, text, world->last.len);
}

/* Tests. */

static void messages_go_both_ways(void **state)
{
    struct world *world = *state;
    listen_on(world, ts_link_config_default());
    world->hello = "\xe7\xab\xa5\xe5\xa3\xb0";
    world->stop_after_messages = 1;
    struct ts_client_config config = client_config(ts_link_port(world->server));
    connect_with(world, &config);
    assert_false(ts_client_send(world->client, (struct ts_bytes){(const uint8_t *)"early", 5}));
    run(world);
    expect_last(world, world->hello);
    assert_int_equal(ts_client_state(world->client), TS_CLIENT_OPEN);
}

static void large_messages_go_both_ways(void **state)
{
    struct world *world = *state;
    struct ts_link_config server = ts_link_config_default();
    server.message_max = BIG;
    listen_on(world, server);
    char *big = malloc(BIG + 1);
    assert_non_null(big);
    for (size_t i = 0; i < BIG; i++)
        big[i] = (char)('a' + i % 23);
    big[BIG] = '\0';
    world->hello = big;
    world->stop_after_messages = 1;
    struct ts_client_config config = client_config(ts_link_port(world->server));
    connect_with(world, &config);
    run(world);
    expect_last(world, big);
    free(big);
}

static void a_name_is_looked_up(void **state)
{
    struct world *world = *state;
    listen_on(world, ts_link_config_default());
    world->hello = "x";
    world->stop_after_messages = 1;
    struct ts_client_config config = client_config(ts_link_port(world->server));
    config.host = "localhost"; /* may give ::1 first, where nobody listens */
    connect_with(world, &config);
    run(world);
    expect_last(world, "x");
}

static void a_name_that_is_not_known(void **state)
{
    struct world *world = *state;
    world->stop_after_tries = 2;
    struct ts_client_config config = client_config(1);
    config.host = "a..b";
    connect_with(world, &config);
    run(world);
    assert_int_equal(world->why, TS_CLIENT_LOSS_NAME);
    assert_int_equal(world->opened, 0);
}

static void make_cert(const char *cert, const char *key, struct ts_cert_fingerprint *pin)
{
    struct ts_err err;
    unlink(cert);
    unlink(key);
    assert_int_equal(ts_cert_make(cert, key, "kiosk-test.local", 30, &err), 0);
    assert_int_equal(ts_cert_fingerprint_file(pin, cert, &err), 0);
}

static void the_pinned_certificate_is_accepted(void **state)
{
    struct world *world = *state;
    struct ts_cert_fingerprint pin;
    make_cert("pin-cert.pem", "pin-key.pem", &pin);
    struct ts_link_config server = ts_link_config_default();
    server.cert_file = "pin-cert.pem";
    server.key_file = "pin-key.pem";
    server.message_max = BIG;
    listen_on(world, server);
    char *big = malloc(BIG + 1);
    assert_non_null(big);
    memset(big, 'y', BIG);
    big[BIG] = '\0';
    world->hello = big; /* more than one TLS record */
    world->stop_after_messages = 1;
    struct ts_client_config config = client_config(ts_link_port(world->server));
    config.pin = &pin;
    connect_with(world, &config);
    run(world);
    expect_last(world, big);
    free(big);
}

static void another_certificate_is_refused_before_anything_is_sent(void **state)
{
    struct world *world = *state;
    struct ts_cert_fingerprint pin, other;
    make_cert("mitm-cert.pem", "mitm-key.pem", &other);
    make_cert("pin-cert.pem", "pin-key.pem", &pin);
    struct ts_link_config server = ts_link_config_default();
    server.cert_file = "mitm-cert.pem";
    server.key_file = "mitm-key.pem";
    listen_on(world, server);
    world->stop_after_tries = 3;
    struct ts_client_config config = client_config(ts_link_port(world->server));
    config.pin = &pin;
    connect_with(world, &config);
    run(world);
    assert_int_equal(world->why, TS_CLIENT_LOSS_PIN);
    assert_int_equal(world->opened, 0);
    assert_int_equal(world->lost, 0);
    assert_int_equal(ts_link_stats(world->server)->bytes_in, 0);
    assert_true(ts_link_stats(world->server)->accepted >= 3);
}

static void a_plain_server_is_no_pinned_server(void **state)
{
    struct world *world = *state;
    struct ts_cert_fingerprint pin;
    make_cert("pin-cert.pem", "pin-key.pem", &pin);
    listen_on(world, ts_link_config_default());
    world->stop_after_tries = 1;
    struct ts_client_config config = client_config(ts_link_port(world->server));
    config.pin = &pin;
    connect_with(world, &config);
    run(world);
    assert_int_equal(world->why, TS_CLIENT_LOSS_REACH);
    assert_int_equal(world->opened, 0);
}

static void a_refused_handshake_is_told_from_no_answer(void **state)
{
    struct world *world = *state;
    listen_on(world, ts_link_config_default());
    world->stop_after_tries = 2;
    struct ts_client_config config = client_config(ts_link_port(world->server));
    config.subprotocol = "other.v1";
    connect_with(world, &config);
    run(world);
    assert_int_equal(world->why, TS_CLIENT_LOSS_REFUSED);
    assert_int_equal(ts_link_stats(world->server)->refused_request, 2);
}

/* A port that is bound but not listened on refuses; later the server is there. */
static void it_tries_until_the_server_is_there(void **state)
{
    struct world *world = *state;
    int holder = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    setsockopt(holder, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    assert_int_equal(bind(holder, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(holder, (struct sockaddr *)&address, &len), 0);
    struct ts_client_config config = client_config(ntohs(address.sin_port));
    world->hello = "at last";
    world->stop_after_tries = 3;
    connect_with(world, &config);
    run(world);
    assert_int_equal(world->why, TS_CLIENT_LOSS_REACH);
    close(holder);
    struct ts_link_config server = ts_link_config_default();
    server.port = config.port;
    listen_on(world, server);
    world->stop_after_messages = 1;
    run(world);
    expect_last(world, "at last");
    assert_int_equal(world->opened, 1);
}

static void it_comes_back_after_every_loss(void **state)
{
    struct world *world = *state;
    listen_on(world, ts_link_config_default());
    world->hello = "again";
    world->hang_up = true;
    world->stop_after_lost = 5;
    struct ts_client_config config = client_config(ts_link_port(world->server));
    connect_with(world, &config);
    run(world);
    assert_int_equal(world->why, TS_CLIENT_LOSS_CLOSED);
    assert_int_equal(world->opened, 5);
    assert_int_equal(world->served, 5);
    world->hang_up = false;
    world->stop_after_messages = 1;
    run(world);
    expect_last(world, "again");
    assert_int_equal(world->lost, 5);
}

static void drop(void *ctx)
{
    ts_client_drop(((struct world *)ctx)->client);
}

static void a_dropped_link_is_opened_again(void **state)
{
    struct world *world = *state;
    listen_on(world, ts_link_config_default());
    world->stop_after_open = 1;
    struct ts_client_config config = client_config(ts_link_port(world->server));
    config.pause_min_ms = config.pause_max_ms = 3600 * 1000; /* retry must not wait for it */
    connect_with(world, &config);
    run(world);
    ts_timer_set(world->loop, &world->timer, 0, drop, world);
    world->stop_after_lost = 1;
    run(world);
    assert_int_equal(ts_client_state(world->client), TS_CLIENT_WAITING);
    ts_client_retry(world->client);
    world->stop_after_open = 2;
    run(world);
    assert_int_equal(ts_client_state(world->client), TS_CLIENT_OPEN);
}

static void too_long_a_message_ends_the_link(void **state)
{
    struct world *world = *state;
    listen_on(world, ts_link_config_default());
    world->hello = "x";
    world->answer_big = true;
    world->stop_after_lost = 1;
    struct ts_client_config config = client_config(ts_link_port(world->server));
    config.message_max = BIG - 1;
    connect_with(world, &config);
    run(world);
    assert_int_equal(world->messages, 0);
    world->stop_after_lost = 0;
    world->stop_after_tries = world->tries;
    if (world->why == TS_CLIENT_LOSS_NONE)
        run(world);
    assert_int_equal(world->why, TS_CLIENT_LOSS_PROTOCOL);
}

static void flood(void *ctx)
{
    struct world *world = ctx;
    uint8_t chunk[1000] = {0};
    memset(chunk, 'z', sizeof chunk);
    unsigned sent = 0;
    while (ts_client_send(world->client, (struct ts_bytes){chunk, sizeof chunk}))
        sent++;
    assert_int_equal(sent, 10);
}

static void the_backlog_is_limited(void **state)
{
    struct world *world = *state;
    listen_on(world, ts_link_config_default());
    world->stop_after_open = 1;
    struct ts_client_config config = client_config(ts_link_port(world->server));
    config.backlog_max = 10000;
    connect_with(world, &config);
    run(world);
    ts_timer_set(world->loop, &world->timer, 0, flood, world);
    world->stop_after_tries = world->tries;
    run(world);
    assert_int_equal(world->why, TS_CLIENT_LOSS_BACKLOG);
    assert_int_equal(world->lost, 1);
}

/* A server that shakes hands and then says nothing. */

struct mute {
    int listener, fd;
    struct ts_loop *loop;
    struct ts_buf in;
};

static void mute_request(void *ctx)
{
    struct mute *mute = ctx;
    char chunk[4096];
    ssize_t got = recv(mute->fd, chunk, sizeof chunk, MSG_DONTWAIT);
    if (got <= 0)
        return;
    ts_buf_append(&mute->in, chunk, (size_t)got);
    ts_buf_append_char(&mute->in, '\0');
    mute->in.len--;
    char *key = strstr((char *)mute->in.ptr, "Sec-WebSocket-Key: ");
    if (!key || !strstr((char *)mute->in.ptr, "\r\n\r\n"))
        return;
    char accept[29], answer[400];
    assert_int_equal(ts_ws_accept(accept, (struct ts_str){key + 19, 24}), 0);
    int len = snprintf(answer, sizeof answer,
                       "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       "Sec-WebSocket-Accept: %s\r\nSec-WebSocket-Protocol: tongsheng.v1\r\n\r\n",
                       accept);
    assert_int_equal(send(mute->fd, answer, (size_t)len, MSG_NOSIGNAL), len);
    ts_buf_clear(&mute->in);
}

static void mute_accept(void *ctx)
{
    struct mute *mute = ctx;
    struct ts_err err;
    int fd = accept4(mute->listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        return;
    mute->fd = fd;
    assert_non_null(ts_loop_watch(mute->loop, fd, mute_request, mute, &err));
}

static void a_silent_server_is_given_up(void **state)
{
    struct world *world = *state;
    struct mute mute = {.loop = world->loop,
                        .listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    assert_int_equal(bind(mute.listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(mute.listener, 5), 0);
    assert_int_equal(getsockname(mute.listener, (struct sockaddr *)&address, &len), 0);
    struct ts_err err;
    assert_non_null(ts_loop_watch(world->loop, mute.listener, mute_accept, &mute, &err));
    struct ts_client_config config = client_config(ntohs(address.sin_port));
    config.ping_s = 1;
    config.hangup_s = 2;
    world->stop_after_lost = 1;
    connect_with(world, &config);
    run(world);
    assert_int_equal(world->opened, 1);
    ts_loop_destroy(world->loop); /* before what its callbacks use */
    ts_buf_free(&mute.in);
    world->loop = NULL;
}

static void give_up(void *ctx)
{
    struct world *world = ctx;
    ts_client_destroy(world->client);
    ts_loop_stop(world->loop);
}

static void a_client_may_be_destroyed_at_any_time(void **state)
{
    struct world *world = *state;
    listen_on(world, ts_link_config_default());
    struct ts_client_config config = client_config(ts_link_port(world->server));
    connect_with(world, &config); /* before it connects */
    ts_client_destroy(world->client);
    config.host = "localhost"; /* while the name is looked up */
    connect_with(world, &config);
    ts_timer_set(world->loop, &world->timer, 0, give_up, world);
    run(world);
    config.host = "127.0.0.1";
    world->stop_after_open = world->opened + 1;
    connect_with(world, &config); /* and when it is open */
    run(world);
    ts_timer_set(world->loop, &world->timer, 0, give_up, world);
    run(world);
    assert_int_equal(world->lost, 0);
}

static void pauses_grow_within_their_bounds(void **state)
{
    (void)state;
    uint64_t seed = 42, same = 42;
    bool differ = false;
    for (unsigned tries = 1; tries < 40; tries++) {
        uint32_t whole = tries < 7 ? 500u << (tries - 1) : 30000;
        whole = whole > 30000 ? 30000 : whole;
        uint32_t pause = ts_client_pause_ms(500, 30000, tries, &seed);
        assert_true(pause >= whole / 2 && pause <= whole);
        assert_int_equal(pause, ts_client_pause_ms(500, 30000, tries, &same));
        uint64_t other = tries;
        differ = differ || pause != ts_client_pause_ms(500, 30000, tries, &other);
    }
    assert_true(differ);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, create, destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(messages_go_both_ways),
        TEST(large_messages_go_both_ways),
        TEST(a_name_is_looked_up),
        TEST(a_name_that_is_not_known),
        TEST(the_pinned_certificate_is_accepted),
        TEST(another_certificate_is_refused_before_anything_is_sent),
        TEST(a_plain_server_is_no_pinned_server),
        TEST(a_refused_handshake_is_told_from_no_answer),
        TEST(it_tries_until_the_server_is_there),
        TEST(it_comes_back_after_every_loss),
        TEST(a_dropped_link_is_opened_again),
        TEST(too_long_a_message_ends_the_link),
        TEST(the_backlog_is_limited),
        TEST(a_silent_server_is_given_up),
        TEST(a_client_may_be_destroyed_at_any_time),
        cmocka_unit_test(pauses_grow_within_their_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
