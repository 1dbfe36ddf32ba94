/* Downloads by fingerprint, against our listener and against servers that answer wrongly. */
#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/link/get.h"
#include "tests/support/netbox.h"

#define CERT "get-cert.pem"
#define KEY "get-key.pem"

static struct ts_cert_fingerprint pin;

static int make_certificate(void **state)
{
    struct ts_err err;
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    unlink(CERT);
    unlink(KEY);
    return ts_cert_make(CERT, KEY, "council.local", 30, &err) ||
           ts_cert_fingerprint_file(&pin, CERT, &err);
}

static struct ts_link_get of(uint16_t port, const char *path)
{
    return (struct ts_link_get){.host = "127.0.0.1",
                                .port = port,
                                .path = path,
                                .pin = &pin,
                                .body_max = 1 << 20,
                                .silence_s = NETBOX_DEADLINE_MS / 1000};
}

static void expect_refusal(const struct ts_link_get *get, const char *code)
{
    struct ts_buf body = {0};
    struct ts_err err = {0};
    assert_int_equal(ts_link_get(&body, get, &err), -1);
    assert_string_equal(err.code, code);
    assert_int_equal(body.len, 0);
    ts_buf_free(&body);
}

static void our_server_serves(void **state)
{
    (void)state;
    struct ts_link_config config = ts_link_config_default();
    struct ts_buf body = {0};
    struct ts_err err = {0};
    config.cert_file = CERT;
    config.key_file = KEY;
    struct netbox *box = netbox_start(&config);
    struct ts_link_get get = of(netbox_port(box), "/blob");
    assert_int_equal(ts_link_get(&body, &get, &err), 0);
    assert_int_equal(body.len, 300000);
    for (size_t i = 0; i < body.len; i++)
        assert_int_equal(body.ptr[i], 'b');
    ts_buf_clear(&body);
    get.path = "/echo/polls";
    get.host = "localhost";
    get.bearer = "token";
    assert_int_equal(ts_link_get(&body, &get, &err), 0);
    assert_true(body.len > 0);
    ts_buf_free(&body);

    get = of(netbox_port(box), "/missing");
    expect_refusal(&get, "get.status");
    get = of(netbox_port(box), "/blob");
    get.body_max = 299999;
    expect_refusal(&get, "get.length");

    struct ts_cert_fingerprint other = pin;
    other.bytes[31] ^= 1;
    get = of(netbox_port(box), "/blob");
    get.pin = &other;
    expect_refusal(&get, "get.pin");
    get.pin = &pin;
    get.host = "no-such-host.invalid";
    expect_refusal(&get, "get.reach");
    netbox_stop(box);
    get.host = "127.0.0.1";
    expect_refusal(&get, "get.reach"); /* nobody listens any more */
}

/* A server for one connection that says what it is told. */
struct liar {
    pthread_t thread;
    int listener;
    uint16_t port;
    bool plain;
    const char *answer;
    char request[1024];
};

static void *lie(void *arg)
{
    struct liar *l = arg;
    int fd = accept(l->listener, NULL, NULL);
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate_file(context, CERT, SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(context, KEY, SSL_FILETYPE_PEM);
    SSL *ssl = SSL_new(context);
    SSL_set_fd(ssl, fd);
    if (!l->plain && SSL_accept(ssl) == 1) {
        int got = SSL_read(ssl, l->request, sizeof l->request - 1);
        if (got > 0)
            SSL_write(ssl, l->answer, (int)strlen(l->answer));
    }
    SSL_free(ssl);
    SSL_CTX_free(context);
    close(fd);
    return NULL;
}

static void start(struct liar *l)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    l->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(l->listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(l->listener, 1), 0);
    assert_int_equal(getsockname(l->listener, (struct sockaddr *)&address, &len), 0);
    l->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&l->thread, NULL, lie, l), 0);
}

static void stop(struct liar *l)
{
    pthread_join(l->thread, NULL);
    close(l->listener);
}

static void only_whole_answers_count(void **state)
{
    static const struct {
        const char *answer, *code;
    } cases[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n1234", "get.reach"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", "get.reach"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n123456", "get.length"},
        {"HTTP/1.1 200 OK\r\nContent-Type: x\r\n\r\n12345", "get.length"},
        {"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n12345", "get.length"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n12345", "get.length"},
        {"HTTP/1.1 206 OK\r\nContent-Length: 5\r\n\r\n12345", "get.status"},
        {"SSH-2.0\r\n\r\n", "get.status"},
        {"", "get.reach"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct liar l = {.answer = cases[i].answer};
        start(&l);
        struct ts_link_get get = of(l.port, "/x");
        expect_refusal(&get, cases[i].code);
        stop(&l);
    }
    struct liar plain = {.plain = true};
    start(&plain);
    struct ts_link_get get = of(plain.port, "/x");
    expect_refusal(&get, "get.reach");
    stop(&plain);
}

static void headers_in_any_case_and_the_token_is_sent(void **state)
{
    (void)state;
    struct liar l = {.answer = "HTTP/1.1 200 OK\r\nX: y\r\ncontent-LENGTH: 5\r\n\r\n12345"};
    struct ts_buf body = {0};
    struct ts_err err;
    start(&l);
    struct ts_link_get get = of(l.port, "/x");
    get.bearer = "abc";
    assert_int_equal(ts_link_get(&body, &get, &err), 0);
    assert_true(ts_str_is(ts_buf_str(&body), "12345"));
    stop(&l);
    assert_non_null(strstr(l.request, "GET /x HTTP/1.1\r\n"));
    assert_non_null(strstr(l.request, "Authorization: Bearer abc\r\n"));
    ts_buf_free(&body);
}

static void nothing_is_sent_to_another_certificate(void **state)
{
    (void)state;
    struct liar l = {.answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"};
    struct ts_cert_fingerprint other = pin;
    other.bytes[0] ^= 1;
    start(&l);
    struct ts_link_get get = of(l.port, "/x");
    get.bearer = "abc";
    get.pin = &other;
    expect_refusal(&get, "get.pin");
    stop(&l);
    assert_string_equal(l.request, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_server_serves),
        cmocka_unit_test(only_whole_answers_count),
        cmocka_unit_test(headers_in_any_case_and_the_token_is_sent),
        cmocka_unit_test(nothing_is_sent_to_another_certificate),
    };
    return cmocka_run_group_tests(tests, make_certificate, NULL);
}
