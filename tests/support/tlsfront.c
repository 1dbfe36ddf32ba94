#include "tests/support/tlsfront.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/link/cert.h"

#define CERT_FILE "tlsfront-cert.pem"
#define KEY_FILE "tlsfront-key.pem"

/* ---- in the child processes: nothing of cmocka, everything ends with _exit ---- */

static int connect_behind(const char *port_file)
{
    unsigned port = 0;
    FILE *file = fopen(port_file, "r");
    if (!file || fscanf(file, "%u", &port) != 1)
        _exit(1);
    fclose(file);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        _exit(1);
    return fd;
}

static void send_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);
        if (sent <= 0)
            _exit(0);
        bytes += sent;
        len -= (size_t)sent;
    }
}

/* Both ways until one side ends. */
static _Noreturn void carry(SSL *tls, int device, int server)
{
    char chunk[16384];
    for (;;) {
        struct pollfd ends[2] = {{.fd = device, .events = POLLIN},
                                 {.fd = server, .events = POLLIN}};
        if (SSL_pending(tls) == 0 && poll(ends, 2, -1) <= 0)
            _exit(0);
        if (SSL_pending(tls) > 0 || ends[0].revents) {
            int got = SSL_read(tls, chunk, sizeof chunk);
            if (got <= 0)
                _exit(0);
            send_all(server, chunk, (size_t)got);
        }
        if (ends[1].revents) {
            ssize_t got = recv(server, chunk, sizeof chunk, 0);
            if (got <= 0 || SSL_write(tls, chunk, (int)got) <= 0)
                _exit(0);
        }
    }
}

static _Noreturn void accept_for_ever(int listener, const char *port_file)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    signal(SIGCHLD, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    if (SSL_CTX_use_certificate_file(context, CERT_FILE, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, KEY_FILE, SSL_FILETYPE_PEM) != 1)
        _exit(1);
    for (;;) {
        int device = accept(listener, NULL, NULL);
        if (device >= 0 && fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            SSL *tls = SSL_new(context);
            SSL_set_fd(tls, device);
            if (SSL_accept(tls) != 1)
                _exit(1);
            carry(tls, device, connect_behind(port_file));
        }
        close(device);
    }
}

/* ---- in the test ---- */

void tlsfront_start(struct tlsfront *front, const char *port_file)
{
    struct ts_cert_fingerprint fingerprint;
    struct ts_err err;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    unlink(CERT_FILE);
    unlink(KEY_FILE);
    assert_int_equal(ts_cert_make(CERT_FILE, KEY_FILE, "localhost", 30, &err), 0);
    assert_int_equal(ts_cert_fingerprint_file(&fingerprint, CERT_FILE, &err), 0);
    ts_hex_encode(front->pin, fingerprint.bytes, sizeof fingerprint.bytes);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 16), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
    front->port = ntohs(address.sin_port);
    front->pid = fork();
    assert_true(front->pid >= 0);
    if (front->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        accept_for_ever(listener, port_file);
    }
    close(listener);
}

void tlsfront_stop(struct tlsfront *front)
{
    kill(front->pid, SIGKILL);
    waitpid(front->pid, NULL, 0);
}
