#include "rehearse/fetch.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define BODY_MAX (256u * 1024 * 1024)

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

static int dial(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct timeval limit = {.tv_sec = 60};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0 ||
                    connect(fd, (struct sockaddr *)&address, sizeof address) != 0)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* Status line and headers up to the empty line; the body must be all that follows. */
static int split(struct ts_buf *body, const struct ts_buf *raw, const char *path,
                 struct ts_err *err)
{
    const uint8_t *blank = memmem(raw->ptr, raw->len, "\r\n\r\n", 4);
    char status[4] = "";
    if (raw->len > 12 && memcmp(raw->ptr, "HTTP/1.", 7) == 0)
        memcpy(status, raw->ptr + 9, 3);
    if (!blank || strcmp(status, "200") != 0)
        return ts_err_set(err, "fetch", "GET %s: status %s", path, *status ? status : "missing");
    const char *length = memmem(raw->ptr, (size_t)(blank - raw->ptr), "ontent-", 7);
    const uint8_t *start = blank + 4;
    size_t len = raw->len - (size_t)(start - raw->ptr);
    for (; length;
         length = memmem(length + 1, (size_t)((const char *)blank - length) - 1, "ontent-", 7)) {
        if (strncasecmp(length, "ontent-length:", 14) == 0 &&
            strtoull(length + 14, NULL, 10) != len)
            return ts_err_set(err, "fetch", "GET %s: cut short", path);
    }
    ts_buf_append(body, start, len);
    return 0;
}

static int exchange(SSL *ssl, struct ts_buf *raw, const char *path, const char *token)
{
    struct ts_buf request = {0};
    ts_buf_printf(&request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n", path);
    if (token)
        ts_buf_printf(&request, "Authorization: Bearer %s\r\n", token);
    ts_buf_append_str(&request, TS_STR("\r\n"));
    int put = SSL_write(ssl, request.ptr, (int)request.len);
    ts_buf_free(&request);
    if (put <= 0)
        return -1;
    uint8_t chunk[16384];
    for (int got; (got = SSL_read(ssl, chunk, sizeof chunk)) > 0;) {
        ts_buf_append(raw, chunk, (size_t)got);
        if (raw->len > BODY_MAX)
            return -1;
    }
    return 0;
}

int ts_fetch(struct ts_buf *body, uint16_t port, const char *path, const char *token,
             const struct ts_cert_fingerprint *pin, struct ts_err *err)
{
    int failed = -1;
    struct ts_buf raw = {0};
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
    SSL *ssl = tls ? SSL_new(tls) : NULL;
    int fd = dial(port);
    if (ssl && fd >= 0 && SSL_set_fd(ssl, fd) == 1 && SSL_connect(ssl) == 1) {
        if (!is_pinned(ssl, pin))
            ts_err_set(err, "fetch", "GET %s: not the pinned certificate", path);
        else if (exchange(ssl, &raw, path, token) != 0)
            ts_err_set(err, "fetch", "GET %s: the connection broke", path);
        else
            failed = split(body, &raw, path, err);
    } else {
        ts_err_set(err, "fetch", "GET %s: no connection", path);
    }
    ts_buf_free(&raw);
    SSL_free(ssl);
    SSL_CTX_free(tls);
    if (fd >= 0)
        close(fd);
    return failed;
}
