/*
 * The floor of fan-out: the least that a WebSocket server can do with epoll and one send() per
 * subscriber. It checks nothing and queues nothing; it is there to be compared with only.
 *   bare_epoll PORT       "sub" subscribes; any other text below 64 KiB is sent to all subscribers
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/link/ws.h"

#define FILES_MAX 16384
#define ROOM 4096

struct client {
    int fd;
    bool open;
    size_t len;
    uint8_t data[ROOM];
};

static struct client *clients[FILES_MAX];
static int subscribers[FILES_MAX], subscriber_count;

static void leave(struct client *client)
{
    for (int i = 0; i < subscriber_count; i++) {
        if (subscribers[i] == client->fd)
            subscribers[i] = subscribers[--subscriber_count];
    }
    close(client->fd);
    clients[client->fd] = NULL;
    free(client);
}

static void publish(const uint8_t *text, size_t len)
{
    uint8_t frame[TS_WS_HEADER_MAX + ROOM];
    size_t head = ts_ws_header(frame, TS_WS_TEXT, len);
    memcpy(frame + head, text, len);
    for (int i = 0; i < subscriber_count; i++)
        (void)!send(subscribers[i], frame, head + len, MSG_NOSIGNAL);
}

static size_t take_handshake(struct client *client)
{
    const uint8_t *end = memmem(client->data, client->len, "\r\n\r\n", 4);
    const char *key = memmem(client->data, client->len, "Sec-WebSocket-Key: ", 19);
    char accept[29], answer[256];
    if (!end || !key || ts_ws_accept(accept, (struct ts_str){key + 19, 24}) != 0)
        return 0;
    int len = snprintf(answer, sizeof answer,
                       "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       "Sec-WebSocket-Accept: %s\r\n\r\n",
                       accept);
    (void)!write(client->fd, answer, (size_t)len);
    client->open = true;
    return (size_t)(end - client->data) + 4;
}

static size_t take_frame(struct client *client)
{
    size_t len = client->len >= 2 ? client->data[1] & 127 : 0, head = 6;
    if (client->len < 2 || (len == 126 && client->len < 4))
        return 0;
    if (len == 126) {
        len = (size_t)client->data[2] << 8 | client->data[3];
        head = 8;
    }
    if (client->len < head + len)
        return 0;
    uint8_t *text = client->data + head;
    for (size_t i = 0; i < len; i++)
        text[i] ^= client->data[head - 4 + (i & 3)];
    if (len == 3) {
        subscribers[subscriber_count++] = client->fd;
        (void)!write(client->fd, "\x81\x02ok", 4);
    } else {
        publish(text, len);
    }
    return head + len;
}

static void on_readable(struct client *client)
{
    ssize_t got = read(client->fd, client->data + client->len, ROOM - client->len);
    if (got <= 0) {
        leave(client);
        return;
    }
    client->len += (size_t)got;
    for (size_t used = 1; used > 0;) {
        used = client->open ? take_frame(client) : take_handshake(client);
        memmove(client->data, client->data + used, client->len - used);
        client->len -= used;
    }
}

static void on_connection(int listener, int epoll)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), one = 1;
    if (fd < 0 || fd >= FILES_MAX)
        return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    clients[fd] = calloc(1, sizeof *clients[fd]);
    if (!clients[fd])
        abort();
    clients[fd]->fd = fd;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)(argc == 2 ? atoi(argv[1]) : 0)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 1024)) {
        perror("bare_epoll");
        return 1;
    }
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        struct epoll_event events[256];
        int count = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == listener)
                on_connection(listener, epoll);
            else if (clients[fd])
                on_readable(clients[fd]);
        }
    }
}
