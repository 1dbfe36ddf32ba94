/* Requests and responses of a connection. */
#include "proto/link/http.h"

#include <assert.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "proto/link/private.h"

struct ts_exchange {
    struct ts_conn *conn; /* NULL: gone */
    bool head_only, keep_alive;
    struct ts_buf if_none_match, host; /* of the request */
};

/* The headers of FE-01 and their companions. %s: wasm source, host twice. Old browsers do not take
 * 'self' to cover ws: and wss:, hence the host. */
static const char security_headers[] =
    "Content-Security-Policy: default-src 'none'; script-src 'self'%s; style-src 'self'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self' ws://%.*s wss://%.*s; "
    "media-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Permissions-Policy: camera=(self), microphone=(self), geolocation=(), payment=(), usb=()\r\n";

static const char *status_text(unsigned status)
{
    static const struct {
        unsigned status;
        const char *text;
    } texts[] = {
        {200, "OK"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {409, "Conflict"},
        {410, "Gone"},
        {413, "Content Too Large"},
        {421, "Misdirected Request"},
        {426, "Upgrade Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i].status == status)
            return texts[i].text;
    abort(); /* a status that nobody gave a text */
}

static void put_field(struct ts_buf *head, const char *name, const char *value)
{
    if (value) {
        assert(!strpbrk(value, "\r\n"));
        ts_buf_printf(head, "%s: %s\r\n", name, value);
    }
}

static void put_date(struct ts_buf *head)
{
    time_t now = time(NULL);
    struct tm utc;
    char text[40];
    gmtime_r(&now, &utc);
    strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc);
    put_field(head, "Date", text);
}

static void put_head(struct ts_buf *head, const struct header_set *headers)
{
    ts_buf_printf(head, "HTTP/1.1 %u %s\r\n", headers->status, status_text(headers->status));
    put_date(head);
    put_field(head, "Content-Type", headers->content_type);
    put_field(head, "Content-Encoding", headers->content_encoding);
    put_field(head, "Content-Disposition", headers->content_disposition);
    if (headers->etag)
        ts_buf_printf(head, "ETag: \"%s\"\r\n", headers->etag);
    put_field(head, "Cache-Control", headers->cache_control ? headers->cache_control : "no-store");
    if (headers->status != 304)
        ts_buf_printf(head, "Content-Length: %llu\r\n", (unsigned long long)headers->content_len);
    if (headers->close)
        put_field(head, "Connection", "close");
    if (headers->extra)
        ts_buf_printf(head, "%s", headers->extra);
    const char *wasm = headers->wasm ? " 'wasm-unsafe-eval'" : "";
    struct ts_str host = headers->host.len > 0 ? headers->host : TS_STR("localhost");
    ts_buf_printf(head, security_headers, wasm, TS_STR_ARG(host), TS_STR_ARG(host));
    ts_buf_append(head, "\r\n", 2);
}

void ts_http_respond(struct ts_conn *conn, const struct header_set *headers, bool head_only,
                     struct ts_buf *body, int fd)
{
    assert(conn->state == CONN_REQUEST || conn->state == CONN_HANDLING);
    struct response *response = calloc(1, sizeof *response);
    if (!response)
        abort();
    response->fd = -1;
    response->keep_alive = !headers->close;
    put_head(&response->head, headers);
    bool has_body = !head_only && headers->status != 304;
    if (has_body && fd >= 0) {
        response->fd = fd;
        response->file_left = headers->content_len;
    } else if (fd >= 0) {
        close(fd);
    }
    if (body && has_body)
        response->body = *body;
    else if (body)
        ts_buf_free(body);
    if (body)
        *body = (struct ts_buf){0};
    if (headers->status >= 400)
        conn->server->stats.refused_request++;
    conn->response = response;
    conn->state = CONN_RESPONDING;
    conn->deadline_ms = ts_loop_now_ms() + conn->server->config.idle_ms;
    ts_conn_mark(conn);
}

static void free_response(struct ts_conn *conn)
{
    struct response *response = conn->response;
    conn->response = NULL;
    if (!response)
        return;
    ts_buf_free(&response->head);
    ts_buf_free(&response->body);
    if (response->fd >= 0)
        close(response->fd);
    free(response);
}

void ts_http_forget(struct ts_conn *conn)
{
    free_response(conn);
    if (conn->exchange)
        conn->exchange->conn = NULL;
    conn->exchange = NULL;
}

/* Moves what fits from *at of a buffer. */
static size_t take(uint8_t *out, size_t room, const struct ts_buf *from, size_t *at)
{
    size_t left = from->len - *at;
    size_t chunk = left < room ? left : room;
    if (chunk > 0)
        memcpy(out, from->ptr + *at, chunk);
    *at += chunk;
    return chunk;
}

/* Head and beginning of the body leave in one write. 0: complete; -1: the file is shorter than it
 * was. */
static ssize_t fill(struct response *response, uint8_t *out)
{
    size_t len = take(out, TS_LINK_WRITE_MAX, &response->head, &response->head_at);
    len += take(out + len, TS_LINK_WRITE_MAX - len, &response->body, &response->body_at);
    size_t room = TS_LINK_WRITE_MAX - len;
    size_t chunk = response->file_left < room ? (size_t)response->file_left : room;
    if (chunk == 0)
        return (ssize_t)len;
    ssize_t got = pread(response->fd, out + len, chunk, (off_t)response->file_at);
    if (got <= 0)
        return -1;
    response->file_at += (uint64_t)got;
    response->file_left -= (uint64_t)got;
    return (ssize_t)len + got;
}

bool ts_http_write(struct ts_conn *conn)
{
    struct ts_loop *loop = conn->server->loop;
    size_t written = 0;
    while (written < TS_LINK_TURN_MAX) {
        ssize_t len = fill(conn->response, loop->scratch);
        if (len == 0) {
            free_response(conn);
            return true;
        }
        if (len < 0) {
            conn->deadline_ms = 1; /* swept away: the client must not take it for whole */
            return false;
        }
        conn->deadline_ms = ts_loop_now_ms() + conn->server->config.idle_ms;
        if (!ts_conn_write(conn, loop->scratch, (size_t)len))
            return false;
        written += (size_t)len;
    }
    lws_callback_on_writable(conn->wsi); /* the others first */
    return false;
}

bool ts_http_etag_matches(struct ts_str if_none_match, const char *etag)
{
    struct ts_str star = TS_STR("*");
    if (!etag || if_none_match.len == 0)
        return false;
    if (ts_str_equal(if_none_match, star))
        return true;
    char quoted[160];
    int len = snprintf(quoted, sizeof quoted, "\"%s\"", etag);
    return len > 0 && (size_t)len < sizeof quoted &&
           memmem(if_none_match.ptr, if_none_match.len, quoted, (size_t)len) != NULL;
}

static void respond_text(struct ts_conn *conn, const struct ts_request *request, unsigned status,
                         const char *extra, bool close_after)
{
    struct ts_buf body = {0};
    ts_buf_printf(&body, "%u %s\n", status, status_text(status));
    struct header_set headers = {
        .status = status,
        .content_type = "text/plain; charset=utf-8",
        .extra = extra,
        .content_len = body.len,
        .close = close_after,
        .host = request->host,
    };
    ts_http_respond(conn, &headers, request->is_head, &body, -1);
}

void ts_http_refuse(struct ts_conn *conn, unsigned status)
{
    static const struct ts_request nothing;
    respond_text(conn, &nothing, status, NULL, true);
}

/* The WebSocket handshake. */

static struct ts_str without_port(struct ts_str host)
{
    const char *colon = memrchr(host.ptr, ':', host.len);
    if (colon && !memchr(colon, ']', (size_t)(host.ptr + host.len - colon)))
        host.len = (size_t)(colon - host.ptr);
    return host;
}

/* A page of another site that resolves its name to 127.0.0.1 must not reach the kiosk's agent. */
static bool names_this_machine(struct ts_str host)
{
    struct ts_str name = without_port(host);
    return ts_str_is(name, "127.0.0.1") || ts_str_is(name, "localhost") || ts_str_is(name, "[::1]");
}

static bool is_own_origin(const struct ts_request *request)
{
    struct ts_str origin = request->origin;
    if (!origin.ptr)
        return true; /* no browser */
    size_t scheme = 0;
    if (origin.len > 7 && memcmp(origin.ptr, "http://", 7) == 0)
        scheme = 7;
    else if (origin.len > 8 && memcmp(origin.ptr, "https://", 8) == 0)
        scheme = 8;
    struct ts_str site = {origin.ptr + scheme, origin.len - scheme};
    return scheme > 0 && site.len == request->host.len &&
           strncasecmp(site.ptr, request->host.ptr, site.len) == 0;
}

static void open_websocket(struct ts_conn *conn, const struct ts_request *request,
                           const char accept[static 29])
{
    struct ts_link_server *server = conn->server;
    struct ts_buf head = {0};
    ts_buf_printf(&head,
                  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                  "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n"
                  "Sec-WebSocket-Protocol: %s\r\n\r\n",
                  accept, server->config.subprotocol);
    conn->state = CONN_OPEN;
    conn->deadline_ms = 0;
    ts_conn_write(conn, head.ptr, head.len);
    ts_buf_free(&head);
    if (conn->state != CONN_OPEN)
        return;
    conn->opened = true;
    server->stats.websockets++;
    struct ts_link_peer peer = {
        .loopback = conn->loopback,
        .tls = lws_get_ssl(conn->wsi) != NULL,
        .path = request->path,
        .query = request->query,
    };
    lws_get_peer_simple(conn->wsi, peer.address, sizeof peer.address);
    server->handler.on_open(server->handler.ctx, conn, &peer);
}

static void take_handshake(struct ts_conn *conn, const struct ts_request *request)
{
    char accept[29];
    if (!request->upgrade_websocket || !ts_str_is(request->ws_version, "13"))
        respond_text(conn, request, 426, "Sec-WebSocket-Version: 13\r\nUpgrade: websocket\r\n",
                     true);
    else if (!is_own_origin(request))
        respond_text(conn, request, 403, NULL, true);
    else if (!request->is_get || !request->offers_subprotocol ||
             ts_ws_accept(accept, request->ws_key) != 0)
        respond_text(conn, request, 400, NULL, true);
    else
        open_websocket(conn, request, accept);
}

/* Registered paths. */

static void begin_exchange(struct ts_conn *conn, const struct ts_request *request,
                           const struct route *route)
{
    struct ts_exchange *exchange = calloc(1, sizeof *exchange);
    if (!exchange)
        abort();
    exchange->conn = conn;
    exchange->head_only = request->is_head;
    exchange->keep_alive = !request->wants_close;
    ts_buf_append_str(&exchange->if_none_match, request->if_none_match);
    ts_buf_append_str(&exchange->host, request->host);
    conn->exchange = exchange;
    conn->state = CONN_HANDLING;
    char address[TS_LINK_ADDRESS_MAX] = "";
    lws_get_peer_simple(conn->wsi, address, sizeof address);
    struct ts_http_request view = {
        .head = request->is_head,
        .path = request->path,
        .query = request->query,
        .authorization = request->authorization,
        .address = address,
        .loopback = conn->loopback,
    };
    route->handler(route->ctx, exchange, &view);
}

void ts_http_answer(struct ts_exchange *exchange, const struct ts_http_answer *answer)
{
    static const struct ts_http_answer missing = {.status = 404};
    answer = answer ? answer : &missing;
    struct ts_conn *conn = exchange->conn;
    int fd = answer->file_fd_plus_1 - 1;
    if (!conn) {
        if (fd >= 0)
            close(fd);
        if (answer->body)
            ts_buf_free(answer->body);
    } else {
        conn->exchange = NULL;
        bool same = ts_http_etag_matches(ts_buf_str(&exchange->if_none_match), answer->etag);
        struct header_set headers = {
            .status = same && answer->status == 200 ? 304 : answer->status,
            .content_type = answer->content_type,
            .etag = answer->etag,
            .content_disposition = answer->content_disposition,
            .cache_control = answer->cache_control,
            .content_len = fd >= 0        ? answer->file_len
                           : answer->body ? answer->body->len
                                          : 0,
            .close = !exchange->keep_alive,
            .host = ts_buf_str(&exchange->host),
        };
        ts_http_respond(conn, &headers, exchange->head_only, answer->body, fd);
    }
    ts_buf_free(&exchange->if_none_match);
    ts_buf_free(&exchange->host);
    free(exchange);
}

void ts_http_route(struct ts_link_server *server, const char *prefix, ts_http_handler handler,
                   void *ctx)
{
    assert(prefix[0] == '/');
    server->routes =
        reallocarray(server->routes, server->route_count + 1, sizeof server->routes[0]);
    char *copy = strdup(prefix);
    if (!server->routes || !copy)
        abort();
    server->routes[server->route_count++] = (struct route){
        .prefix = copy,
        .prefix_len = strlen(prefix),
        .handler = handler,
        .ctx = ctx,
    };
}

static const struct route *find_route(const struct ts_link_server *server, struct ts_str path)
{
    const struct route *best = NULL;
    for (size_t i = 0; i < server->route_count; i++) {
        const struct route *route = &server->routes[i];
        if (path.len >= route->prefix_len &&
            memcmp(path.ptr, route->prefix, route->prefix_len) == 0 &&
            (!best || route->prefix_len > best->prefix_len))
            best = route;
    }
    return best;
}

/* Health and figures. */

static void respond_body(struct ts_conn *conn, const struct ts_request *request, unsigned status,
                         struct ts_buf *body)
{
    struct header_set headers = {
        .status = status,
        .content_type = "text/plain; charset=utf-8",
        .content_len = body->len,
        .close = request->wants_close,
        .host = request->host,
    };
    ts_http_respond(conn, &headers, request->is_head, body, -1);
}

static void answer_health(struct ts_conn *conn, const struct ts_request *request)
{
    const struct ts_http_config *config = &conn->server->config.http;
    struct ts_buf body = {0};
    bool healthy = !config->health || config->health(config->health_ctx, &body);
    if (body.len == 0)
        ts_buf_append_str(&body, healthy ? TS_STR("ok\n") : TS_STR("not ready\n"));
    respond_body(conn, request, healthy ? 200 : 503, &body);
}

static void answer_metrics(struct ts_conn *conn, const struct ts_request *request)
{
    const struct ts_http_config *config = &conn->server->config.http;
    if (!config->metrics || (config->metrics_loopback_only && !conn->loopback)) {
        respond_text(conn, request, 404, NULL, request->wants_close);
        return;
    }
    const struct ts_link_stats *stats = &conn->server->stats;
    const struct {
        const char *name;
        uint64_t value;
    } lines[] = {
        {"connections", stats->conns},
        {"websockets", stats->websockets},
        {"accepted_total", stats->accepted},
        {"refused_limit_total", stats->refused_limit},
        {"refused_request_total", stats->refused_request},
        {"violations_total", stats->violations},
        {"timeouts_total", stats->timeouts},
        {"messages_in_total", stats->messages_in},
        {"frames_out_total", stats->frames_out},
        {"writes_total", stats->writes},
        {"bytes_in_total", stats->bytes_in},
        {"bytes_out_total", stats->bytes_out},
    };
    struct ts_buf body = {0};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        ts_buf_printf(&body, "tongsheng_link_%s %llu\n", lines[i].name,
                      (unsigned long long)lines[i].value);
    config->metrics(config->metrics_ctx, &body);
    respond_body(conn, request, 200, &body);
}

void ts_http_request(struct ts_conn *conn, const struct ts_request *request)
{
    struct ts_link_server *server = conn->server;
    const struct route *route = find_route(server, request->path);
    if (server->config.loopback && !names_this_machine(request->host))
        respond_text(conn, request, 421, NULL, true);
    else if (!request->is_get && !request->is_head)
        respond_text(conn, request, 405, "Allow: GET, HEAD\r\n", request->wants_close);
    else if (ts_str_is(request->path, server->config.ws_path))
        take_handshake(conn, request);
    else if (ts_str_is(request->path, "/healthz"))
        answer_health(conn, request);
    else if (ts_str_is(request->path, "/metrics"))
        answer_metrics(conn, request);
    else if (route)
        begin_exchange(conn, request, route);
    else if (!server->config.http.root)
        respond_text(conn, request, 404, NULL, request->wants_close);
    else
        ts_http_file(conn, request);
}
