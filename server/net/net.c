#include "server/net/net.h"

#include <assert.h>
#include <stdlib.h>

#include "proto/wire/limit.h"

struct ts_net {
    struct ts_engine *engine;
    struct ts_link_server *server;
};

struct ts_net *ts_net_new(void)
{
    struct ts_net *net = calloc(1, sizeof *net);
    if (!net)
        abort();
    return net;
}

void ts_net_free(struct ts_net *net)
{
    free(net);
}

/* ---- the port: an outgoing message is link's frame, a connection link's conn ---- */

static struct ts_outgoing *make(void *ctx, struct ts_str text)
{
    (void)ctx;
    return (struct ts_outgoing *)ts_frame_text(ts_str_bytes(text));
}

static struct ts_outgoing *hold(void *ctx, struct ts_outgoing *out)
{
    (void)ctx;
    return (struct ts_outgoing *)ts_frame_hold((struct ts_frame *)out);
}

static void drop(void *ctx, struct ts_outgoing *out)
{
    (void)ctx;
    ts_frame_drop((struct ts_frame *)out);
}

static void send_out(void *ctx, void *conn, struct ts_outgoing *out)
{
    (void)ctx;
    ts_link_send(conn, (struct ts_frame *)out);
}

static void ready(void *ctx, void *conn)
{
    (void)ctx;
    ts_link_ready(conn);
}

static void close_conn(void *ctx, void *conn, uint16_t code, const char *reason)
{
    (void)ctx;
    ts_link_close(conn, code, reason);
}

static void answer(void *ctx, void *exchange, const struct ts_port_answer *a)
{
    (void)ctx;
    const struct ts_http_answer out = {
        .status = a->status,
        .content_type = a->content_type,
        .content_disposition = a->disposition,
        .etag = a->etag,
        .body = a->body,
        .file_fd_plus_1 = a->fd_plus_1,
        .file_len = a->fd_len,
    };
    ts_http_answer(exchange, &out);
}

struct ts_net_port ts_net_port(struct ts_net *net)
{
    return (struct ts_net_port){
        .ctx = net,
        .make = make,
        .hold = hold,
        .drop = drop,
        .send = send_out,
        .ready = ready,
        .close = close_conn,
        .answer = answer,
    };
}

/* ---- what comes in ---- */

static void on_open(void *ctx, struct ts_conn *conn, const struct ts_link_peer *peer)
{
    (void)peer;
    struct ts_net *net = ctx;
    ts_link_set_user(conn, ts_engine_opened(net->engine, conn));
}

static void on_message(void *ctx, struct ts_conn *conn, struct ts_bytes text)
{
    struct ts_net *net = ctx;
    ts_engine_frame(net->engine, ts_link_user(conn), text);
}

static struct ts_frame *on_pull(void *ctx, struct ts_conn *conn)
{
    struct ts_net *net = ctx;
    return (struct ts_frame *)ts_engine_pull(net->engine, ts_link_user(conn));
}

static void on_close(void *ctx, struct ts_conn *conn)
{
    struct ts_net *net = ctx;
    ts_engine_closed(net->engine, ts_link_user(conn));
}

static void on_download(void *ctx, struct ts_exchange *exchange,
                        const struct ts_http_request *request)
{
    static const char bearer[] = "Bearer ";
    struct ts_net *net = ctx;
    struct ts_str token = request->authorization;
    if (token.len > sizeof bearer - 1 && memcmp(token.ptr, bearer, sizeof bearer - 1) == 0)
        token = (struct ts_str){token.ptr + sizeof bearer - 1, token.len - (sizeof bearer - 1)};
    else
        token = TS_STR("");
    ts_engine_download(net->engine, request->path, token, exchange);
}

static bool health(void *ctx, struct ts_buf *out)
{
    const struct ts_net *net = ctx;
    bool good = ts_engine_healthy(net->engine);
    ts_buf_printf(out, "%s\n", good ? "ok" : "stopping");
    return good;
}

static void metrics(void *ctx, struct ts_buf *out)
{
    const struct ts_net *net = ctx;
    ts_engine_metrics(net->engine, out);
}

int ts_net_listen(struct ts_net *net, struct ts_loop *loop, struct ts_link_config *config,
                  struct ts_engine *engine, struct ts_err *err)
{
    net->engine = engine;
    config->message_max = TS_LIMIT_FRAME_IN_BYTES;
    config->http.health = health;
    config->http.health_ctx = net;
    config->http.metrics = metrics;
    config->http.metrics_ctx = net;
    config->http.metrics_loopback_only = true;
    const struct ts_link_handler handler = {
        .ctx = net,
        .on_open = on_open,
        .on_message = on_message,
        .on_pull = on_pull,
        .on_close = on_close,
    };
    net->server = ts_link_listen(loop, config, &handler, err);
    if (!net->server)
        return -1;
    ts_http_route(net->server, "/polls/", on_download, net);
    ts_http_route(net->server, "/meetings/", on_download, net);
    ts_http_route(net->server, "/record/", on_download, net);
    return 0;
}

void ts_net_shutdown(struct ts_net *net)
{
    if (net->server)
        ts_link_shutdown(net->server);
    net->server = NULL;
}

uint16_t ts_net_local_port(const struct ts_net *net)
{
    assert(net->server);
    return ts_link_port(net->server);
}
