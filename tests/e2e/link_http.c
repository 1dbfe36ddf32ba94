/* Files, registered paths and the headers that every response carries. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/netbox.h"

#define ROOT "http-root"

static struct netbox *box;
static uint16_t port;

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void add_metric(void *ctx, struct ts_buf *out)
{
    (void)ctx;
    ts_buf_append_str(out, TS_STR("mine 1\n"));
}

static int start(void **state)
{
    (void)state;
    mkdir(ROOT, 0755);
    mkdir(ROOT "/assets", 0755);
    mkdir(ROOT "/sub", 0755);
    mkdir("outside", 0755);
    write_file("outside/secret.txt", "secret");
    write_file("secret.txt", "secret");
    write_file(ROOT "/index.html", "<p>index</p>");
    write_file(ROOT "/sub/index.html", "<p>sub</p>");
    write_file(ROOT "/camera.html", "<p>camera</p>");
    write_file(ROOT "/.hidden", "hidden");
    write_file(ROOT "/app.js", "plain script");
    write_file(ROOT "/app.js.gz", "pretend gzip"); /* sent as it is */
    write_file(ROOT "/assets/a-1234.css", "p{}");
    unlink(ROOT "/link.txt");
    unlink(ROOT "/out");
    assert_int_equal(symlink("../secret.txt", ROOT "/link.txt"), 0);
    assert_int_equal(symlink("../outside", ROOT "/out"), 0);
    struct ts_link_config config = ts_link_config_default();
    config.rate_per_s = 0;
    config.http.root = ROOT;
    config.http.wasm_page = "/camera.html";
    config.http.metrics = add_metric;
    box = netbox_start(&config);
    port = netbox_port(box);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    netbox_stop(box);
    return 0;
}

struct reply {
    unsigned status;
    struct ts_buf head, body;
};

static void free_reply(struct reply *reply)
{
    ts_buf_free(&reply->head);
    ts_buf_free(&reply->body);
}

static bool has(const struct reply *reply, const char *line)
{
    return strstr((const char *)reply->head.ptr, line) != NULL;
}

static struct reply read_reply(struct raw *raw, bool no_body)
{
    struct reply reply = {0};
    assert_true(raw_head(raw, &reply.head));
    const char *head = (const char *)reply.head.ptr;
    reply.status = (unsigned)atoi(head + 9);
    const char *length = strstr(head, "Content-Length: ");
    assert_true(length || reply.status == 304);
    if (length && !no_body)
        assert_true(raw_bytes(raw, &reply.body, (size_t)atol(length + 16)));
    /* FE-01, on every response. */
    assert_non_null(strstr(head, "Content-Security-Policy: default-src 'none'; script-src 'self'"));
    assert_non_null(strstr(head, "connect-src 'self' ws://"));
    assert_non_null(
        strstr(head, "frame-ancestors 'none'; base-uri 'none'; form-action 'self'\r\n"));
    assert_non_null(strstr(head, "X-Content-Type-Options: nosniff\r\n"));
    assert_non_null(strstr(head, "Referrer-Policy: no-referrer\r\n"));
    return reply;
}

static struct reply get(const char *method, const char *target, const char *fields)
{
    struct raw raw = raw_connect(port);
    struct ts_buf request = {0};
    ts_buf_printf(&request, "%s %s HTTP/1.1\r\nHost: h.example:81\r\n%s\r\n", method, target,
                  fields);
    raw_send(&raw, request.ptr, request.len);
    struct reply reply = read_reply(&raw, strcmp(method, "HEAD") == 0);
    ts_buf_free(&request);
    raw_close(&raw);
    return reply;
}

static void expect_body(const char *target, const char *fields, const char *body, const char *line)
{
    struct reply reply = get("GET", target, fields);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.body.len, strlen(body));
    assert_memory_equal(reply.body.ptr, body, reply.body.len);
    if (!has(&reply, line))
        fail_msg("%s: no \"%s\" in\n%s", target, line, (const char *)reply.head.ptr);
    free_reply(&reply);
}

static void expect_status(const char *method, const char *target, const char *fields,
                          unsigned status)
{
    struct reply reply = get(method, target, fields);
    if (reply.status != status)
        fail_msg("%s %s: %u, not %u", method, target, reply.status, status);
    free_reply(&reply);
}

static void files_are_served_with_their_types(void **state)
{
    (void)state;
    expect_body("/", "", "<p>index</p>", "Content-Type: text/html; charset=utf-8\r\n");
    expect_body("/index.html?x=1", "", "<p>index</p>", "Cache-Control: no-cache\r\n");
    expect_body("/sub/", "", "<p>sub</p>", "Content-Type: text/html");
    expect_body("/assets/a-1234.css", "", "p{}",
                "Cache-Control: public, max-age=31536000, immutable\r\n");
    expect_body("/app.js", "", "plain script", "Content-Type: text/javascript");
}

static void gzip_is_sent_to_who_takes_it(void **state)
{
    (void)state;
    expect_body("/app.js", "Accept-Encoding: br, gzip\r\n", "pretend gzip",
                "Content-Encoding: gzip\r\n");
    expect_body("/app.js", "Accept-Encoding: gzip;q=0.5\r\n", "pretend gzip",
                "Content-Type: text/javascript");
    expect_body("/app.js", "Accept-Encoding: gzip;q=0\r\n", "plain script",
                "Vary: Accept-Encoding\r\n");
    expect_body("/", "Accept-Encoding: gzip\r\n", "<p>index</p>", "ETag: ");
}

static void nothing_outside_is_served(void **state)
{
    (void)state;
    static const char *const targets[] = {
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/sub/../../secret.txt",
        "/./index.html",
        "//index.html",
        "/sub",
        "/sub//index.html",
        "/link.txt",
        "/out/secret.txt",
        "/.hidden",
        "/index.html/",
        "/index.html/x",
        "/nothing.html",
        "/a/b/c/d/e/f/g/h/i/j",
        "/app.js%00.html",
        "/index.html:x",
    };
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
        expect_status("GET", targets[i], "", 404);
    expect_status("GET", "/a%zz", "", 400);
    expect_status("GET", "/a\\b", "", 400);
    expect_status("GET", "/a#b", "", 400);
    expect_status("GET", "index.html", "", 400);
    char deep[4000];
    memset(deep, 'a', sizeof deep);
    deep[0] = '/';
    deep[sizeof deep - 1] = '\0';
    expect_status("GET", deep, "", 404);
}

static void head_and_other_methods(void **state)
{
    (void)state;
    struct reply reply = get("HEAD", "/index.html", "");
    assert_int_equal(reply.status, 200);
    assert_true(has(&reply, "Content-Length: 12\r\n"));
    free_reply(&reply);
    reply = get("POST", "/index.html", "");
    assert_int_equal(reply.status, 405);
    assert_true(has(&reply, "Allow: GET, HEAD\r\n"));
    free_reply(&reply);
    expect_status("GET", "/index.html", "Content-Length: 1\r\n", 413);
}

/* After HEAD the connection goes on with the next response, not with a body. */
static void one_connection_serves_pipelined_requests_in_order(void **state)
{
    (void)state;
    struct raw raw = raw_connect(port);
    raw_text(&raw, "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"
                   "GET /echo/1 HTTP/1.1\r\nHost: h\r\n\r\n"
                   "GET /later/2 HTTP/1.1\r\nHost: h\r\n\r\n"
                   "GET /sub/ HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
                   "GET /echo/ignored HTTP/1.1\r\nHost: h\r\n\r\n");
    static const char *const bodies[] = {"", "/echo/1", "/later/2", "<p>sub</p>"};
    for (size_t i = 0; i < 4; i++) {
        struct reply reply = read_reply(&raw, i == 0);
        assert_int_equal(reply.status, 200);
        assert_int_equal(reply.body.len, strlen(bodies[i]));
        if (i > 0)
            assert_memory_equal(reply.body.ptr, bodies[i], reply.body.len);
        assert_int_equal(has(&reply, "Connection: close\r\n"), i == 3);
        free_reply(&reply);
    }
    assert_true(raw_ended(&raw));
    raw_close(&raw);
}

static void known_entities_are_not_sent_again(void **state)
{
    (void)state;
    struct reply reply = get("GET", "/index.html", "");
    const char *etag = strstr((const char *)reply.head.ptr, "ETag: ");
    assert_non_null(etag);
    char fields[200];
    snprintf(fields, sizeof fields, "If-None-Match: \"other\", %.*s\r\n",
             (int)(strchr(etag + 6, '\r') - etag - 6), etag + 6);
    free_reply(&reply);
    expect_status("GET", "/index.html", fields, 304);
    expect_status("GET", "/index.html", "If-None-Match: \"other\"\r\n", 200);
    expect_status("GET", "/index.html", "If-None-Match: *\r\n", 304);
    expect_status("GET", "/echo/x", "If-None-Match: W/\"one\"\r\n", 304);
    expect_status("GET", "/echo/x", "If-None-Match: \"on\"\r\n", 200);
}

static void registered_paths_answer_now_or_later(void **state)
{
    (void)state;
    expect_body("/echo/a%20b?q", "", "/echo/a%20b",
                "Content-Disposition: attachment; filename=\"echo.txt\"\r\n");
    expect_body("/later/x", "", "/later/x", "Cache-Control: no-store\r\n");
    expect_status("GET", "/echoes", "", 404);
    struct reply reply = get("GET", "/blob", "");
    assert_int_equal(reply.body.len, 300000);
    for (size_t i = 0; i < reply.body.len; i++)
        assert_int_equal(reply.body.ptr[i], 'b');
    free_reply(&reply);
}

/* The exchange outlives its connection. */
static void a_client_may_leave_before_the_answer(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        struct raw raw = raw_connect(port);
        raw_text(&raw, "GET /later/gone HTTP/1.1\r\nHost: h\r\n\r\n");
        raw_close(&raw);
    }
    struct raw raw = raw_connect(port);
    raw_text(&raw, "GET /echo/x HTTP/1.1\r\nHost: h\r\n\r\n");
    struct reply reply = read_reply(&raw, false);
    assert_int_equal(reply.status, 200);
    free_reply(&reply);
    raw_close(&raw);
}

static void policy_names_the_host_and_wasm_only_where_needed(void **state)
{
    (void)state;
    expect_body("/", "", "<p>index</p>",
                "connect-src 'self' ws://h.example:81 wss://h.example:81;");
    expect_body("/camera.html", "", "<p>camera</p>", "script-src 'self' 'wasm-unsafe-eval';");
    struct reply reply = get("GET", "/", "");
    assert_false(has(&reply, "wasm"));
    free_reply(&reply);
}

static void health_and_figures(void **state)
{
    (void)state;
    expect_body("/healthz", "", "ok\n", "text/plain");
    struct reply reply = get("GET", "/metrics", "");
    assert_int_equal(reply.status, 200);
    ts_buf_append_char(&reply.body, '\0');
    assert_non_null(strstr((char *)reply.body.ptr, "tongsheng_link_connections 1\n"));
    assert_non_null(strstr((char *)reply.body.ptr, "\nmine 1\n"));
    free_reply(&reply);
}

static void a_loopback_listener_refuses_foreign_hosts(void **state)
{
    (void)state;
    struct ts_link_config config = ts_link_config_default();
    config.loopback = true;
    config.http.root = ROOT;
    struct netbox *local = netbox_start(&config);
    uint16_t before = port;
    port = netbox_port(local);
    expect_status("GET", "/", "", 421); /* h.example, which a foreign page may point at us */
    port = before;
    static const char *const hosts[] = {"127.0.0.1", "localhost:8080", "[::1]:80"};
    for (size_t i = 0; i < 3; i++) {
        struct raw raw = raw_connect(netbox_port(local));
        char request[200];
        snprintf(request, sizeof request, "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", hosts[i]);
        raw_text(&raw, request);
        struct reply reply = read_reply(&raw, false);
        assert_int_equal(reply.status, 200);
        free_reply(&reply);
        raw_close(&raw);
    }
    netbox_stop(local);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_served_with_their_types),
        cmocka_unit_test(gzip_is_sent_to_who_takes_it),
        cmocka_unit_test(nothing_outside_is_served),
        cmocka_unit_test(head_and_other_methods),
        cmocka_unit_test(one_connection_serves_pipelined_requests_in_order),
        cmocka_unit_test(known_entities_are_not_sent_again),
        cmocka_unit_test(registered_paths_answer_now_or_later),
        cmocka_unit_test(a_client_may_leave_before_the_answer),
        cmocka_unit_test(policy_names_the_host_and_wasm_only_where_needed),
        cmocka_unit_test(health_and_figures),
        cmocka_unit_test(a_loopback_listener_refuses_foreign_hosts),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
