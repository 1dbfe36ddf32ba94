#include "proto/link/server.h"

#include <arpa/inet.h>
#include <assert.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "proto/link/private.h"

/* Descriptors of the process that are not connections: files, database, listener, loop. */
#define FILES_RESERVED 64u
#define SWEEP_MIN_MS 20u
#define SWEEP_MAX_MS 1000u

struct ts_link_config ts_link_config_default(void)
{
    return (struct ts_link_config){
        .subprotocol = "tongsheng.v1",
        .ws_path = "/ws",
        .message_max = 256 * 1024,
        .backlog_max = 1024 * 1024,
        .conn_max = 4000,
        .conn_per_address_max = 2000,
        .rate_per_s = 200,
        .rate_burst = 400,
        .request_ms = 10000,
        .idle_ms = 30000,
        .ping_ms = 20000,
        .hangup_ms = 40000,
    };
}

/* Connections are counted by IPv4 address or IPv6 /64, which is what one household or school gets.
 */

struct peer_key {
    uint8_t bytes[8];
    uint8_t len;
    bool loopback;
};

static struct peer_key peer_key(const struct sockaddr_storage *address)
{
    struct peer_key key = {0};
    if (address->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
        key.len = 4;
        memcpy(key.bytes, &v4->sin_addr, 4);
        key.loopback = key.bytes[0] == 127;
    } else if (address->ss_family == AF_INET6) {
        const struct in6_addr *v6 = &((const struct sockaddr_in6 *)address)->sin6_addr;
        bool mapped = IN6_IS_ADDR_V4MAPPED(v6);
        key.len = mapped ? 4 : 8;
        memcpy(key.bytes, v6->s6_addr + (mapped ? 12 : 0), key.len);
        key.loopback = mapped ? key.bytes[0] == 127 : IN6_IS_ADDR_LOOPBACK(v6);
    }
    return key;
}

static struct ts_str key_str(const struct peer_key *key)
{
    return (struct ts_str){(const char *)key->bytes, key->len};
}

static struct address_count *count_address(struct ts_link_server *server,
                                           const struct peer_key *key)
{
    struct address_count *count = ts_map_get(&server->addresses, key_str(key));
    if (!count) {
        count = calloc(1, sizeof *count);
        if (!count)
            abort();
        memcpy(count->key, key->bytes, key->len);
        count->key_len = key->len;
        ts_map_put(&server->addresses, key_str(key), count);
    }
    count->conns++;
    return count;
}

static void uncount_address(struct ts_link_server *server, struct address_count *count)
{
    if (--count->conns == 0) {
        ts_map_remove(&server->addresses,
                      (struct ts_str){(const char *)count->key, count->key_len});
        free(count);
    }
}

/* Before anything is spent on the connection. */
static bool is_over_limit(struct ts_link_server *server, const struct peer_key *key)
{
    const struct ts_link_config *config = &server->config;
    const struct address_count *count = ts_map_get(&server->addresses, key_str(key));
    return server->shut || server->stats.conns >= config->conn_max ||
           (config->conn_per_address_max > 0 && count &&
            count->conns >= config->conn_per_address_max);
}

static int on_accept(struct ts_link_server *server, const struct lws_filter_network_conn_args *args)
{
    struct peer_key key = peer_key(&args->cli_addr);
    if (!is_over_limit(server, &key))
        return 0;
    server->stats.refused_limit++;
    return -1;
}

static int on_adopt(struct ts_link_server *server, struct lws *wsi)
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof address;
    if (getpeername(lws_get_socket_fd(wsi), (struct sockaddr *)&address, &len) != 0)
        return -1; /* already gone */
    struct peer_key key = peer_key(&address);
    struct ts_conn *conn = ts_conn_create(server, wsi, count_address(server, &key), key.loopback);
    lws_set_opaque_user_data(wsi, conn);
    conn->next = server->conns;
    if (conn->next)
        conn->next->prev = conn;
    server->conns = conn;
    server->stats.conns++;
    server->stats.accepted++;
    return 0;
}

static void on_closed(struct ts_link_server *server, struct ts_conn *conn)
{
    if (!conn)
        return;
    if (conn->prev)
        conn->prev->next = conn->next;
    else
        server->conns = conn->next;
    if (conn->next)
        conn->next->prev = conn->prev;
    server->stats.conns--;
    uncount_address(server, conn->address);
    ts_conn_free(conn);
}

/* Settings that libwebsockets has no option for. Sessions are not resumed: that would cost memory
 * per client, and clients stay connected. Writes may be partial: see ts_conn_write(). */
static void tune_tls(SSL_CTX *tls)
{
    SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
    SSL_CTX_set_options(tls, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_num_tickets(tls, 0);
    SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_RELEASE_BUFFERS);
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t len)
{
    if (reason == LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS) {
        tune_tls(user);
        return 0;
    }
    if (reason == LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION)
        return ts_client_accept_for_now(user);
    struct lws_vhost *vhost = lws_get_vhost(wsi);
    struct ts_link_server *server = vhost ? lws_vhost_user(vhost) : NULL;
    if (!server)
        return 0;
    switch ((int)reason) {
    case LWS_CALLBACK_FILTER_NETWORK_CONNECTION:
        return on_accept(server, user);
    case LWS_CALLBACK_RAW_ADOPT:
        return on_adopt(server, wsi);
    case LWS_CALLBACK_RAW_RX:
        lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0); /* of the TLS handshake; we have our own */
        return ts_conn_received(lws_get_opaque_user_data(wsi), in, len);
    case LWS_CALLBACK_RAW_WRITEABLE:
        ts_conn_writable(lws_get_opaque_user_data(wsi));
        return 0;
    case LWS_CALLBACK_RAW_CLOSE:
        on_closed(server, lws_get_opaque_user_data(wsi));
        return 0;
    default:
        return 0;
    }
}

static void sweep(void *ctx)
{
    struct ts_link_server *server = ctx;
    uint64_t now = ts_loop_now_ms();
    for (struct ts_conn *conn = server->conns; conn; conn = conn->next)
        ts_conn_sweep(conn, now);
    const struct ts_link_config *config = &server->config;
    unsigned shortest = config->request_ms;
    shortest = config->idle_ms < shortest ? config->idle_ms : shortest;
    shortest = config->ping_ms < shortest ? config->ping_ms : shortest;
    unsigned after = shortest / 4;
    after = after < SWEEP_MIN_MS ? SWEEP_MIN_MS : after > SWEEP_MAX_MS ? SWEEP_MAX_MS : after;
    ts_timer_set(server->loop, &server->sweep, after, sweep, server);
}

static int check_certificate(const struct ts_link_config *config, struct ts_err *err)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    if (!tls)
        abort();
    bool usable = SSL_CTX_use_certificate_chain_file(tls, config->cert_file) == 1 &&
                  SSL_CTX_use_PrivateKey_file(tls, config->key_file, SSL_FILETYPE_PEM) == 1 &&
                  SSL_CTX_check_private_key(tls) == 1;
    SSL_CTX_free(tls);
    return usable ? 0
                  : ts_err_set(err, "link.cert", "%s and %s are not a certificate and its key",
                               config->cert_file, config->key_file);
}

static struct lws_vhost *create_vhost(struct ts_link_server *server, bool ipv6)
{
    const struct ts_link_config *config = &server->config;
    struct lws_context_creation_info info = {
        .port = config->port,
        .iface = config->address,
        .protocols = server->protocols,
        .vhost_name = "server",
        .user = server,
        .options = LWS_SERVER_OPTION_ADOPT_APPLY_LISTEN_ACCEPT_CONFIG |
                   LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND,
        .listen_accept_role = "raw-skt",
        .listen_accept_protocol = server->protocols[0].name,
        .timeout_secs = config->request_ms / 1000 + 1,
        .gid = -1,
        .uid = -1,
    };
    if (!ipv6)
        info.options |= LWS_SERVER_OPTION_DISABLE_IPV6;
    if (config->cert_file) {
        info.options |=
            LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS;
        info.ssl_cert_filepath = config->cert_file;
        info.ssl_private_key_filepath = config->key_file;
        info.alpn = "http/1.1";
    }
    return lws_create_vhost(server->loop->context, &info);
}

struct ts_link_server *ts_link_listen(struct ts_loop *loop, const struct ts_link_config *config,
                                      const struct ts_link_handler *handler, struct ts_err *err)
{
    if (config->cert_file && check_certificate(config, err) != 0)
        return NULL;
    struct ts_link_server *server = calloc(1, sizeof *server);
    if (!server)
        abort();
    server->loop = loop;
    server->config = *config;
    server->handler = *handler;
    if (config->loopback)
        server->config.address = "127.0.0.1";
    if (server->config.conn_max > loop->file_max - FILES_RESERVED)
        server->config.conn_max = loop->file_max - FILES_RESERVED;
    server->protocols[0] = (struct lws_protocols){
        .name = "tongsheng",
        .callback = on_event,
        .tx_packet_size = TS_LINK_WRITE_MAX,
    };
    const char *address = server->config.address;
    server->vhost = create_vhost(server, !address || strchr(address, ':'));
    if (!server->vhost && !address)
        server->vhost = create_vhost(server, false); /* a machine without IPv6 */
    if (!server->vhost) {
        ts_err_set(err, "link.listen", "cannot listen on %s port %u",
                   address ? address : "any address", config->port);
        ts_err_param(err, "address", "%s", address ? address : "*");
        ts_err_param(err, "port", "%u", config->port);
        free(server);
        return NULL;
    }
    server->port = (uint16_t)lws_get_vhost_listen_port(server->vhost);
    server->next = loop->servers;
    loop->servers = server;
    sweep(server);
    return server;
}

void ts_link_shutdown(struct ts_link_server *server)
{
    if (server->shut)
        return;
    server->shut = true;
    ts_timer_cancel(server->loop, &server->sweep);
    for (struct ts_conn *conn = server->conns; conn; conn = conn->next) {
        ts_conn_end(conn, TS_LINK_GOING_AWAY, "server stops");
        ts_conn_tell_closed(conn);
    }
    lws_vhost_destroy(server->vhost);
}

void ts_link_server_free(struct ts_link_server *server)
{
    assert(!server->conns);
    for (size_t i = 0; i < server->route_count; i++)
        free(server->routes[i].prefix);
    free(server->routes);
    ts_map_free(&server->addresses);
    free(server);
}

uint16_t ts_link_port(const struct ts_link_server *server)
{
    return server->port;
}

const struct ts_link_stats *ts_link_stats(const struct ts_link_server *server)
{
    return &server->stats;
}
