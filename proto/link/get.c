#include "proto/link/get.h"

#include <assert.h>
#include <netdb.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "proto/base/codec.h"

#define HEAD_MAX 16384u
#define SILENCE_S 60u

static bool is_pinned(SSL *ssl, const struct ts_cert_fingerprint *pin)
{
    X509 *cert = SSL_get1_peer_certificate(ssl);
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    bool same = cert && X509_digest(cert, EVP_sha256(), digest, &len) == 1 &&
                len == sizeof pin->bytes && memcmp(digest, pin->bytes, len) == 0;
    X509_free(cert);
    return same;
}

/* -1: nobody answers there. */
static int dial(const struct ts_link_get *get)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct timeval limit = {.tv_sec = (time_t)(get->silence_s ? get->silence_s : SILENCE_S)};
    struct addrinfo *found = NULL;
    char port[8];
    int fd = -1;
    snprintf(port, sizeof port, "%u", get->port);
    if (getaddrinfo(get->host, port, &hints, &found) != 0)
        return -1;
    for (const struct addrinfo *a = found; a && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
        if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0 ||
                        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0 ||
                        connect(fd, a->ai_addr, a->ai_addrlen) != 0)) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    return fd;
}

static int send_request(SSL *ssl, const struct ts_link_get *get)
{
    struct ts_buf request = {0};
    ts_buf_printf(&request, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n", get->path,
                  get->host);
    if (get->bearer)
        ts_buf_printf(&request, "Authorization: Bearer %s\r\n", get->bearer);
    ts_buf_append_str(&request, TS_STR("\r\n"));
    int sent = SSL_write(ssl, request.ptr, (int)request.len);
    ts_buf_wipe(&request); /* it may hold the token */
    return sent > 0 ? 0 : -1;
}

/* The value of a header line, NULL when it is another one. */
static const char *header_value(const char *line, size_t len, const char *name)
{
    size_t at = strlen(name);
    if (len <= at || strncasecmp(line, name, at) != 0 || line[at] != ':')
        return NULL;
    do
        at++;
    while (at < len && (line[at] == ' ' || line[at] == '\t'));
    return line + at;
}

/* head: up to and without the empty line. */
static int read_head(int64_t *length, struct ts_str head, const struct ts_link_get *get,
                     struct ts_err *err)
{
    char status[4] = "0";
    if (head.len >= 12 && memcmp(head.ptr, "HTTP/1.", 7) == 0)
        memcpy(status, head.ptr + 9, 3);
    if (strcmp(status, "200") != 0) {
        ts_err_set(err, "get.status", "GET %s: status %s", get->path, status);
        ts_err_param(err, "status", "%s", status);
        return -1;
    }
    *length = -1;
    const char *end = head.ptr + head.len;
    for (const char *line = head.ptr; line < end;) {
        const char *eol = memmem(line, (size_t)(end - line), "\r\n", 2);
        eol = eol ? eol : end;
        const char *value = header_value(line, (size_t)(eol - line), "Content-Length");
        if (value && ts_decimal_decode(length, (struct ts_str){value, (size_t)(eol - value)}) != 0)
            *length = -1;
        line = eol + 2;
    }
    if (*length < 0 || (uint64_t)*length > get->body_max)
        return ts_err_set(err, "get.length", "GET %s: more than %zu bytes, or no length", get->path,
                          get->body_max);
    return 0;
}

static int cut(const struct ts_link_get *get, struct ts_err *err)
{
    return ts_err_set(err, "get.reach", "GET %s: the connection broke", get->path);
}

/* Reads the answer into raw: the head, then exactly as much as it says. */
static int receive(struct ts_buf *body, SSL *ssl, const struct ts_link_get *get, struct ts_buf *raw,
                   struct ts_err *err)
{
    int64_t length = -1;
    size_t start = 0;
    uint8_t chunk[16384];
    while (start == 0 || raw->len - start < (size_t)length) {
        int got = SSL_read(ssl, chunk, sizeof chunk);
        if (got <= 0)
            return cut(get, err);
        ts_buf_append(raw, chunk, (size_t)got);
        if (start > 0)
            continue;
        const uint8_t *blank = memmem(raw->ptr, raw->len, "\r\n\r\n", 4);
        if (!blank && raw->len > HEAD_MAX)
            return ts_err_set(err, "get.length", "GET %s: endless headers", get->path);
        if (!blank)
            continue;
        struct ts_str head = {(const char *)raw->ptr, (size_t)(blank - raw->ptr)};
        if (read_head(&length, head, get, err) != 0)
            return -1;
        start = head.len + 4;
    }
    if (raw->len - start > (size_t)length)
        return ts_err_set(err, "get.length", "GET %s: more than it said", get->path);
    ts_buf_append(body, raw->ptr + start, (size_t)length);
    return 0;
}

int ts_link_get(struct ts_buf *body, const struct ts_link_get *get, struct ts_err *err)
{
    int rc = -1;
    struct ts_buf raw = {0};
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
    SSL *ssl = tls ? SSL_new(tls) : NULL;
    int fd = dial(get);
    assert(get->pin && get->path[0] == '/');
    if (ssl && fd >= 0 && SSL_set_fd(ssl, fd) == 1 && SSL_connect(ssl) == 1) {
        if (!is_pinned(ssl, get->pin))
            ts_err_set(err, "get.pin", "GET %s: not the pinned certificate", get->path);
        else if (send_request(ssl, get) != 0)
            cut(get, err);
        else
            rc = receive(body, ssl, get, &raw, err);
    } else {
        ts_err_set(err, "get.reach", "GET %s: no connection", get->path);
    }
    ts_buf_free(&raw);
    SSL_free(ssl);
    SSL_CTX_free(tls);
    if (fd >= 0)
        close(fd);
    return rc;
}
