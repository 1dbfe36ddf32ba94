#include "proto/link/client.h"

#include <arpa/inet.h>
#include <assert.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#include "proto/link/private.h"
#include "proto/link/resolve.h"

struct message {
    struct message *next;
    size_t len;
    uint8_t bytes[]; /* LWS_PRE bytes of room, then the text */
};

struct ts_client {
    struct ts_loop *loop;
    struct ts_client_config config;
    struct ts_client_handler handler;
    struct ts_cert_fingerprint pin;
    struct lws_vhost *vhost;
    struct lws_protocols protocols[2];
    lws_retry_bo_t validity;
    struct lws *wsi;
    struct ts_resolve *resolve;
    struct ts_resolved addresses;
    struct ts_timer timer; /* of the pause, or of the try */
    enum ts_client_state state;
    enum ts_client_loss loss; /* found out about the link at hand */
    unsigned tries;           /* since the last time it was open */
    uint64_t seed;
    struct message *queue, **queue_end;
    size_t queue_bytes;
    struct ts_buf incoming;
    bool cut;       /* the link is to be cut at the end of the turn */
    bool destroyed; /* and the client freed */
    struct ts_client *next;
};

static void connect_now(void *ctx);

struct ts_client_config ts_client_config_default(void)
{
    return (struct ts_client_config){
        .path = "/ws",
        .subprotocol = "tongsheng.v1",
        .message_max = 4 * 1024 * 1024,
        .backlog_max = 4 * 1024 * 1024,
        .pause_min_ms = 500,
        .pause_max_ms = 30000,
        .connect_ms = 10000,
        .ping_s = 20,
        .hangup_s = 40,
    };
}

/* splitmix64: good enough for jitter, and the same for the same seed. */
static uint64_t draw(uint64_t *seed)
{
    uint64_t z = (*seed += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint32_t ts_client_pause_ms(uint32_t min_ms, uint32_t max_ms, unsigned tries, uint64_t *seed)
{
    assert(tries > 0);
    uint64_t whole = min_ms;
    for (unsigned i = 1; i < tries && whole < max_ms; i++)
        whole *= 2;
    whole = whole > max_ms ? max_ms : whole;
    uint64_t half = whole / 2;
    return (uint32_t)(half + draw(seed) % (whole - half + 1));
}

static void set_state(struct ts_client *client, enum ts_client_state state, enum ts_client_loss why)
{
    client->state = state;
    if (client->handler.on_state && !client->destroyed)
        client->handler.on_state(client->handler.ctx, state, why);
}

static void clear_queue(struct ts_client *client)
{
    while (client->queue) {
        struct message *message = client->queue;
        client->queue = message->next;
        free(message);
    }
    client->queue_end = &client->queue;
    client->queue_bytes = 0;
}

/* The link, or the try to have one, is over. */
static void lost(struct ts_client *client, enum ts_client_loss why)
{
    bool was_open = client->state == TS_CLIENT_OPEN;
    client->wsi = NULL;
    client->cut = false;
    if (client->loss != TS_CLIENT_LOSS_NONE)
        why = client->loss; /* we know better */
    client->loss = TS_CLIENT_LOSS_NONE;
    ts_resolve_end(client->resolve);
    client->resolve = NULL;
    clear_queue(client);
    ts_buf_free(&client->incoming);
    if (client->destroyed)
        return;
    client->tries++;
    uint32_t pause = ts_client_pause_ms(client->config.pause_min_ms, client->config.pause_max_ms,
                                        client->tries, &client->seed);
    ts_timer_set(client->loop, &client->timer, pause, connect_now, client);
    client->state = TS_CLIENT_WAITING;
    if (was_open)
        client->handler.on_lost(client->handler.ctx);
    if (client->state == TS_CLIENT_WAITING)
        set_state(client, TS_CLIENT_WAITING, why);
}

/* Within a callback of libwebsockets the connection cannot be closed: later in this turn. */
static void cut(struct ts_client *client, enum ts_client_loss why)
{
    if (client->loss == TS_CLIENT_LOSS_NONE)
        client->loss = why;
    client->cut = true;
    client->loop->again = true;
}

/* Connecting. */

static void give_up(void *ctx)
{
    cut(ctx, TS_CLIENT_LOSS_REACH);
}

static void connect_to(struct ts_client *client, const char *address)
{
    struct lws_client_connect_info info = {
        .context = client->loop->context,
        .vhost = client->vhost,
        .address = address,
        .port = client->config.port,
        .path = client->config.path,
        .host = client->config.host,
        .protocol = client->config.subprotocol,
        .local_protocol_name = client->config.subprotocol,
        .ietf_version_or_minus_one = -1,
        .opaque_user_data = client,
        .retry_and_idle_policy = &client->validity,
        .pwsi = &client->wsi,
        .alpn = "http/1.1",
    };
    if (client->config.pin)
        info.ssl_connection = LCCSCF_USE_SSL | LCCSCF_ALLOW_SELFSIGNED | LCCSCF_ALLOW_EXPIRED |
                              LCCSCF_ALLOW_INSECURE | LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK;
    if (!lws_client_connect_via_info(&info) && client->state == TS_CLIENT_CONNECTING)
        cut(client, TS_CLIENT_LOSS_REACH);
}

static void on_resolved(void *ctx, const struct ts_resolved *result)
{
    struct ts_client *client = ctx;
    client->addresses = *result;
    if (result->count == 0)
        cut(client, TS_CLIENT_LOSS_NAME);
    else
        connect_to(client, result->addresses[client->tries % result->count]);
}

static void connect_now(void *ctx)
{
    struct ts_client *client = ctx;
    ts_timer_set(client->loop, &client->timer, client->config.connect_ms, give_up, client);
    set_state(client, TS_CLIENT_CONNECTING, TS_CLIENT_LOSS_NONE);
    struct in6_addr numeric;
    const char *host = client->config.host;
    if (client->destroyed || client->state != TS_CLIENT_CONNECTING)
        return;
    if (inet_pton(AF_INET, host, &numeric) == 1 || inet_pton(AF_INET6, host, &numeric) == 1)
        connect_to(client, host);
    else
        client->resolve = ts_resolve_start(client->loop, host, on_resolved, client);
}

static bool is_pinned(struct ts_client *client, struct lws *wsi)
{
    if (!client->config.pin)
        return true;
    SSL *tls = lws_get_ssl(wsi);
    X509 *cert = tls ? SSL_get1_peer_certificate(tls) : NULL;
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    bool same = cert && X509_digest(cert, EVP_sha256(), digest, &len) == 1 &&
                len == sizeof client->pin.bytes &&
                memcmp(digest, client->pin.bytes, sizeof client->pin.bytes) == 0;
    X509_free(cert);
    if (!same)
        client->loss = TS_CLIENT_LOSS_PIN;
    return same;
}

int ts_client_accept_for_now(void *verification)
{
    X509_STORE_CTX_set_error(verification, X509_V_OK);
    return 0;
}

/* Events. */

static int on_established(struct ts_client *client)
{
    ts_timer_cancel(client->loop, &client->timer);
    client->tries = 0;
    set_state(client, TS_CLIENT_OPEN, TS_CLIENT_LOSS_NONE);
    if (!client->destroyed && client->state == TS_CLIENT_OPEN)
        client->handler.on_open(client->handler.ctx);
    return 0;
}

static int on_received(struct ts_client *client, struct lws *wsi, const void *data, size_t len)
{
    if (client->cut || client->destroyed)
        return 0;
    if (lws_frame_is_binary(wsi) || len > client->config.message_max - client->incoming.len) {
        cut(client, TS_CLIENT_LOSS_PROTOCOL);
        return 0;
    }
    bool ends = lws_is_final_fragment(wsi) && lws_remaining_packet_payload(wsi) == 0;
    if (ends && client->incoming.len == 0) {
        client->handler.on_message(client->handler.ctx, (struct ts_bytes){data, len});
        return 0;
    }
    ts_buf_append(&client->incoming, data, len);
    if (ends) {
        struct ts_buf whole = client->incoming;
        client->incoming = (struct ts_buf){0};
        client->handler.on_message(client->handler.ctx, ts_buf_bytes(&whole));
        ts_buf_free(&whole);
    }
    return 0;
}

static int on_writable(struct ts_client *client, struct lws *wsi)
{
    struct message *message = client->queue;
    if (!message || client->cut)
        return 0;
    client->queue = message->next;
    if (!client->queue)
        client->queue_end = &client->queue;
    client->queue_bytes -= message->len;
    /* What the socket does not take, libwebsockets keeps. */
    int written = lws_write(wsi, message->bytes + LWS_PRE, message->len, LWS_WRITE_TEXT);
    free(message);
    if (client->queue)
        lws_callback_on_writable(wsi);
    return written < 0 ? -1 : 0;
}

static void on_failed(struct ts_client *client, const char *text)
{
    bool refused = text && strstr(text, "HS:"); /* the handshake was answered, but not with 101 */
    lost(client, refused ? TS_CLIENT_LOSS_REFUSED : TS_CLIENT_LOSS_REACH);
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t len)
{
    if (reason == LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION)
        return ts_client_accept_for_now(user);
    struct ts_client *client = wsi ? lws_get_opaque_user_data(wsi) : NULL;
    if (!client)
        return 0;
    switch ((int)reason) {
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER: /* before the first byte inside TLS */
        return is_pinned(client, wsi) ? 0 : -1;
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        return on_established(client);
    case LWS_CALLBACK_CLIENT_RECEIVE:
        return on_received(client, wsi, in, len);
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return on_writable(client, wsi);
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        on_failed(client, in);
        return 0;
    case LWS_CALLBACK_CLIENT_CLOSED:
        lost(client, TS_CLIENT_LOSS_CLOSED);
        return 0;
    case LWS_CALLBACK_WSI_DESTROY: /* when none of the above was said */
        if (client->wsi == wsi)
            lost(client, TS_CLIENT_LOSS_REACH);
        return 0;
    default:
        return 0;
    }
}

/* What was put off until here: we are outside of libwebsockets. */
struct ts_client *ts_client_turn(struct ts_client *client)
{
    struct ts_client *next = client->next;
    if (client->destroyed) {
        ts_client_free(client);
    } else if (client->cut) {
        struct lws *wsi = client->wsi;
        if (wsi)
            ts_loop_kill(wsi); /* calls lost() by CLOSED or CONNECTION_ERROR */
        if (client->cut)
            lost(client, client->loss);
    }
    return next;
}

struct ts_client *ts_client_create(struct ts_loop *loop, const struct ts_client_config *config,
                                   const struct ts_client_handler *handler)
{
    struct ts_client *client = calloc(1, sizeof *client);
    if (!client)
        abort();
    client->loop = loop;
    client->config = *config;
    client->config.host = strdup(config->host);
    client->config.path = strdup(config->path);
    client->config.subprotocol = strdup(config->subprotocol);
    if (!client->config.host || !client->config.path || !client->config.subprotocol)
        abort();
    if (config->pin) {
        client->pin = *config->pin;
        client->config.pin = &client->pin;
    }
    client->handler = *handler;
    client->seed = config->seed;
    client->queue_end = &client->queue;
    client->validity = (lws_retry_bo_t){
        .secs_since_valid_ping = (uint16_t)config->ping_s,
        .secs_since_valid_hangup = (uint16_t)config->hangup_s,
    };
    client->protocols[0] = (struct lws_protocols){
        .name = client->config.subprotocol,
        .callback = on_event,
        .rx_buffer_size = TS_LINK_WRITE_MAX,
    };
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = client->protocols,
        .vhost_name = "client",
        .options = LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS,
        .ssl_client_options_set = SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1,
        .timeout_secs = config->connect_ms / 1000 + 1,
        .gid = -1,
        .uid = -1,
    };
    if (config->pin)
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    client->vhost = lws_create_vhost(loop->context, &info);
    if (!client->vhost)
        abort(); /* out of memory; it opens nothing */
    client->next = loop->clients;
    loop->clients = client;
    ts_timer_set(loop, &client->timer, 0, connect_now, client);
    return client;
}

void ts_client_destroy(struct ts_client *client)
{
    if (!client)
        return;
    client->destroyed = true;
    client->loop->again = true;
    ts_timer_cancel(client->loop, &client->timer);
    client->state = TS_CLIENT_STOPPED;
}

void ts_client_free(struct ts_client *client)
{
    ts_client_destroy(client);
    struct ts_client **at = &client->loop->clients;
    while (*at != client)
        at = &(*at)->next;
    *at = client->next;
    if (client->wsi) {
        lws_set_opaque_user_data(client->wsi, NULL);
        ts_loop_kill(client->wsi);
    }
    lws_vhost_destroy(client->vhost);
    ts_resolve_end(client->resolve);
    clear_queue(client);
    ts_buf_free(&client->incoming);
    free((char *)(uintptr_t)client->config.host);
    free((char *)(uintptr_t)client->config.path);
    free((char *)(uintptr_t)client->config.subprotocol);
    free(client);
}

enum ts_client_state ts_client_state(const struct ts_client *client)
{
    return client->state;
}

bool ts_client_send(struct ts_client *client, struct ts_bytes text)
{
    if (client->state != TS_CLIENT_OPEN || client->cut)
        return false;
    if (client->queue && client->queue_bytes + text.len > client->config.backlog_max) {
        cut(client, TS_CLIENT_LOSS_BACKLOG);
        return false;
    }
    struct message *message = malloc(sizeof *message + LWS_PRE + text.len);
    if (!message)
        abort();
    message->next = NULL;
    message->len = text.len;
    memcpy(message->bytes + LWS_PRE, text.ptr, text.len);
    *client->queue_end = message;
    client->queue_end = &message->next;
    client->queue_bytes += text.len;
    lws_callback_on_writable(client->wsi);
    return true;
}

void ts_client_retry(struct ts_client *client)
{
    if (client->state == TS_CLIENT_WAITING)
        ts_timer_set(client->loop, &client->timer, 0, connect_now, client);
}

void ts_client_drop(struct ts_client *client)
{
    if (client->state == TS_CLIENT_OPEN || client->state == TS_CLIENT_CONNECTING)
        cut(client, TS_CLIENT_LOSS_CLOSED);
}
