/* Certificates, and what a TLS port does not speak. */
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/link/cert.h"
#include "tests/support/netbox.h"

#define CERT "tls-cert.pem"
#define KEY "tls-key.pem"

static struct ts_link_config tls_config(void)
{
    struct ts_err err;
    unlink(CERT);
    unlink(KEY);
    assert_int_equal(ts_cert_make(CERT, KEY, "council.local", 30, &err), 0);
    struct ts_link_config config = ts_link_config_default();
    config.cert_file = CERT;
    config.key_file = KEY;
    return config;
}

static void a_self_made_certificate_names_its_machine(void **state)
{
    (void)state;
    tls_config();
    struct stat status;
    assert_int_equal(stat(KEY, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    FILE *file = fopen(CERT, "r");
    assert_non_null(file);
    X509 *cert = PEM_read_X509(file, NULL, NULL, NULL);
    fclose(file);
    assert_non_null(cert);
    assert_int_equal(X509_check_host(cert, "council.local", 0, 0, NULL), 1);
    assert_int_equal(X509_check_host(cert, "localhost", 0, 0, NULL), 1);
    assert_int_equal(X509_check_ip_asc(cert, "127.0.0.1", 0), 1);
    assert_int_equal(X509_check_host(cert, "other.local", 0, 0, NULL), 0);
    assert_int_equal(X509_cmp_current_time(X509_get0_notBefore(cert)), -1);
    assert_int_equal(X509_cmp_current_time(X509_get0_notAfter(cert)), 1);
    EVP_PKEY *key = X509_get_pubkey(cert);
    assert_int_equal(X509_verify(cert, key), 1);
    EVP_PKEY_free(key);
    X509_free(cert);
}

static void existing_files_and_bad_names_are_refused(void **state)
{
    (void)state;
    tls_config();
    struct ts_err err;
    assert_int_equal(ts_cert_make("other.pem", KEY, "x", 1, &err), -1);
    assert_string_equal(err.code, "link.cert");
    assert_int_equal(access("other.pem", F_OK), -1);
    unlink("other-key.pem");
    assert_int_equal(ts_cert_make(CERT, "other-key.pem", "x", 1, &err), -1);
    assert_int_equal(access("other-key.pem", F_OK), -1); /* no half of a pair stays */
    static const char *const names[] = {"", "a b", "a,DNS:b", "a\n"};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(ts_cert_make("n.pem", "nk.pem", names[i], 1, &err), -1);
    struct ts_cert_fingerprint fingerprint;
    assert_int_equal(ts_cert_fingerprint_file(&fingerprint, KEY, &err), -1);
    assert_int_equal(ts_cert_fingerprint_file(&fingerprint, "missing.pem", &err), -1);
    assert_int_equal(ts_cert_fingerprint_file(&fingerprint, CERT, &err), 0);
}

static struct ts_link_server *try_listen(struct ts_loop *loop, const struct ts_link_config *config,
                                         const char *code)
{
    struct ts_err err = {0};
    struct ts_link_handler handler = {0};
    struct ts_link_server *server = ts_link_listen(loop, config, &handler, &err);
    if (code) {
        assert_null(server);
        assert_string_equal(err.code, code);
    } else {
        assert_non_null(server);
    }
    return server;
}

static void listening_fails_with_a_reason(void **state)
{
    (void)state;
    struct ts_err err;
    struct ts_loop_config loop_config = ts_loop_config_default();
    struct ts_loop *loop = ts_loop_create(&loop_config, &err);
    assert_non_null(loop);
    struct ts_link_config config = tls_config();
    config.address = "127.0.0.1";
    config.key_file = CERT;
    try_listen(loop, &config, "link.cert");
    config.key_file = KEY;
    config.cert_file = "missing.pem";
    try_listen(loop, &config, "link.cert");
    config.cert_file = CERT;
    struct ts_link_server *server = try_listen(loop, &config, NULL);
    config.port = ts_link_port(server);
    config.address = "127.0.0.2"; /* another address of the same port is free */
    try_listen(loop, &config, NULL);
    ts_loop_destroy(loop);
    config.address = "127.0.0.1";
    struct netbox *box = netbox_start(&config);
    config.port = netbox_port(box);
    loop = ts_loop_create(&loop_config, &err);
    try_listen(loop, &config, "link.listen");
    config.address = "192.0.2.1"; /* not of this machine */
    try_listen(loop, &config, "link.listen");
    ts_loop_destroy(loop);
    netbox_stop(box);
}

static void plain_http_on_a_tls_port_is_hung_up(void **state)
{
    (void)state;
    struct ts_link_config config = tls_config();
    struct netbox *box = netbox_start(&config);
    struct raw raw = raw_connect(netbox_port(box));
    raw_text(&raw, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    struct ts_buf head = {0};
    assert_false(raw_head(&raw, &head));
    ts_buf_free(&head);
    raw_close(&raw);
    netbox_stop(box);
}

static void a_tls_handshake_may_not_take_for_ever(void **state)
{
    (void)state;
    struct ts_link_config config = tls_config();
    config.request_ms = 300;
    struct netbox *box = netbox_start(&config);
    struct raw raw = raw_connect(netbox_port(box));
    raw_send(&raw, "\x16\x03\x01\x02\x00\x01", 6);
    assert_true(raw_ended(&raw));
    raw_close(&raw);
    netbox_stop(box);
}

/* One request by OpenSSL as a client; the status, 0 when there was no TLS. */
static unsigned request_by(SSL_CTX *context, uint16_t port, const char *path, size_t *body)
{
    struct raw raw = raw_connect(port);
    SSL *tls = SSL_new(context);
    assert_non_null(tls);
    SSL_set_fd(tls, raw.fd);
    unsigned status = 0;
    if (SSL_connect(tls) == 1) {
        char text[65536];
        int len =
            snprintf(text, sizeof text,
                     "GET %s HTTP/1.1\r\nHost: council.local\r\nConnection: close\r\n\r\n", path);
        assert_int_equal(SSL_write(tls, text, len), len);
        size_t all = 0;
        for (int got; (got = SSL_read(tls, text, (int)sizeof text)) > 0; all += (size_t)got) {
            if (all == 0)
                status = (unsigned)atoi(text + 9);
        }
        /* The end is announced: nobody cut it off. */
        assert_true(SSL_get_shutdown(tls) & SSL_RECEIVED_SHUTDOWN);
        *body = all;
    }
    SSL_free(tls);
    raw_close(&raw);
    return status;
}

static void versions_names_and_whole_bodies(void **state)
{
    (void)state;
    struct ts_link_config config = tls_config();
    struct netbox *box = netbox_start(&config);
    size_t body = 0;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    assert_non_null(context);
    assert_int_equal(SSL_CTX_load_verify_file(context, CERT), 1);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    assert_int_equal(request_by(context, netbox_port(box), "/blob", &body), 200);
    assert_true(body > 300000);
    SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
    assert_int_equal(request_by(context, netbox_port(box), "/echo/x", &body), 200);
    SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION);
    SSL_CTX_set_security_level(context, 0);
    assert_int_equal(request_by(context, netbox_port(box), "/echo/x", &body), 0);
    SSL_CTX_free(context);
    netbox_stop(box);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_self_made_certificate_names_its_machine),
        cmocka_unit_test(existing_files_and_bad_names_are_refused),
        cmocka_unit_test(listening_fails_with_a_reason),
        cmocka_unit_test(plain_http_on_a_tls_port_is_hung_up),
        cmocka_unit_test(a_tls_handshake_may_not_take_for_ever),
        cmocka_unit_test(versions_names_and_whole_bodies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
