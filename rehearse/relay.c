#include "rehearse/relay.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define PAIRS_MAX 32
#define CHUNK 16384

/* Bytes read from `from` that `to` did not take yet. */
struct pipe_half {
    int from;
    int to;
    uint8_t data[CHUNK];
    size_t start;
    size_t end;
};

struct ts_relay {
    int listener;
    int wake;
    uint16_t port;
    _Atomic uint16_t target;
    atomic_bool is_cut;
    atomic_bool is_deaf;
    atomic_bool stopping;
    pthread_t thread;
    struct pipe_half *pairs[PAIRS_MAX]; /* each points to two halves */
    size_t pair_count;
};

static struct sockaddr_in loopback(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static void close_pair(struct ts_relay *relay, size_t i)
{
    close(relay->pairs[i][0].from);
    close(relay->pairs[i][0].to);
    free(relay->pairs[i]);
    relay->pairs[i] = relay->pairs[--relay->pair_count];
}

static void set_nodelay(int fd)
{
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static void accept_one(struct ts_relay *relay)
{
    int in = accept4(relay->listener, NULL, NULL, SOCK_CLOEXEC);
    if (in < 0)
        return;
    struct sockaddr_in target = loopback(atomic_load(&relay->target));
    int out = -1;
    if (!atomic_load(&relay->is_cut) && relay->pair_count < PAIRS_MAX)
        out = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (out < 0 || connect(out, (struct sockaddr *)&target, sizeof target) != 0) {
        if (out >= 0)
            close(out);
        close(in);
        return;
    }
    set_nodelay(in);
    set_nodelay(out);
    struct pipe_half *pair = calloc(2, sizeof *pair);
    if (!pair)
        abort();
    pair[0].from = pair[1].to = in;
    pair[0].to = pair[1].from = out;
    relay->pairs[relay->pair_count++] = pair;
}

/* Moves what can be moved without waiting; -1 when the connection ended. */
static int pump(struct pipe_half *half, short from_events, short to_events)
{
    if (half->start == half->end && (from_events & (POLLIN | POLLHUP | POLLERR))) {
        ssize_t got = recv(half->from, half->data, CHUNK, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
            return -1;
        half->start = 0;
        half->end = got > 0 ? (size_t)got : 0;
        to_events = POLLOUT;
    }
    if (half->start < half->end && (to_events & POLLOUT)) {
        ssize_t put = send(half->to, half->data + half->start, half->end - half->start,
                           MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put < 0 && errno != EAGAIN && errno != EINTR)
            return -1;
        half->start += put > 0 ? (size_t)put : 0;
    }
    return 0;
}

static short wanted(const struct pipe_half *reads, const struct pipe_half *writes)
{
    short events = 0;
    if (reads->start == reads->end)
        events |= POLLIN;
    if (writes->start < writes->end)
        events |= POLLOUT;
    return events;
}

static void *run(void *arg)
{
    struct ts_relay *relay = arg;
    while (!atomic_load(&relay->stopping)) {
        struct pollfd fds[2 + 2 * PAIRS_MAX];
        fds[0] = (struct pollfd){.fd = relay->listener, .events = POLLIN};
        fds[1] = (struct pollfd){.fd = relay->wake, .events = POLLIN};
        size_t pairs = relay->pair_count;
        for (size_t i = 0; i < pairs; i++) {
            struct pipe_half *p = relay->pairs[i];
            fds[2 + 2 * i] = (struct pollfd){.fd = p[0].from, .events = wanted(&p[0], &p[1])};
            fds[3 + 2 * i] = (struct pollfd){.fd = p[0].to, .events = wanted(&p[1], &p[0])};
            if (atomic_load(&relay->is_deaf))
                fds[3 + 2 * i].events &= (short)~POLLIN;
        }
        if (poll(fds, 2 + 2 * pairs, -1) < 0)
            continue;
        if (fds[1].revents) {
            uint64_t count;
            if (read(relay->wake, &count, sizeof count) < 0)
                continue;
        }
        bool cut = atomic_load(&relay->is_cut);
        for (size_t i = pairs; i-- > 0;) {
            struct pipe_half *p = relay->pairs[i];
            short in = fds[2 + 2 * i].revents;
            short out = fds[3 + 2 * i].revents;
            bool deaf = atomic_load(&relay->is_deaf);
            if (cut || pump(&p[0], in, out) != 0 || (!deaf && pump(&p[1], out, in) != 0))
                close_pair(relay, i);
        }
        if (fds[0].revents)
            accept_one(relay);
    }
    while (relay->pair_count > 0)
        close_pair(relay, relay->pair_count - 1);
    return NULL;
}

int ts_relay_start(struct ts_relay **out, uint16_t target_port, struct ts_err *err)
{
    struct ts_relay *relay = calloc(1, sizeof *relay);
    if (!relay)
        abort();
    struct sockaddr_in address = loopback(0);
    socklen_t len = sizeof address;
    relay->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    relay->wake = eventfd(0, EFD_CLOEXEC);
    atomic_store(&relay->target, target_port);
    if (relay->listener < 0 || relay->wake < 0 ||
        bind(relay->listener, (struct sockaddr *)&address, len) != 0 ||
        listen(relay->listener, 64) != 0 ||
        getsockname(relay->listener, (struct sockaddr *)&address, &len) != 0 ||
        pthread_create(&relay->thread, NULL, run, relay) != 0) {
        close(relay->listener);
        close(relay->wake);
        free(relay);
        return ts_err_set(err, "relay.start", "cannot open a loopback port: %s", strerror(errno));
    }
    relay->port = ntohs(address.sin_port);
    *out = relay;
    return 0;
}

static void wake(struct ts_relay *relay)
{
    uint64_t one = 1;
    if (write(relay->wake, &one, sizeof one) != (ssize_t)sizeof one)
        abort();
}

uint16_t ts_relay_port(const struct ts_relay *relay)
{
    return relay->port;
}

void ts_relay_retarget(struct ts_relay *relay, uint16_t target_port)
{
    atomic_store(&relay->target, target_port);
}

void ts_relay_cut(struct ts_relay *relay)
{
    atomic_store(&relay->is_cut, true);
    atomic_store(&relay->is_deaf, false);
    wake(relay);
}

void ts_relay_deafen(struct ts_relay *relay)
{
    atomic_store(&relay->is_deaf, true);
    wake(relay);
}

void ts_relay_join(struct ts_relay *relay)
{
    atomic_store(&relay->is_cut, false);
}

void ts_relay_stop(struct ts_relay *relay)
{
    if (!relay)
        return;
    atomic_store(&relay->stopping, true);
    wake(relay);
    pthread_join(relay->thread, NULL);
    close(relay->listener);
    close(relay->wake);
    free(relay);
}
