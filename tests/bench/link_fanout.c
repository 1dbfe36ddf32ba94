/*
 * Fan-out over proto/link, as the server does it with views: the text "sub" subscribes, any other
 * text becomes the next version, and every subscriber is a cursor that pulls what it has not seen.
 *   link_fanout PORT [CERT KEY]
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>

#include "proto/link/server.h"

#define KEPT 1024u

struct subscriber {
    struct ts_conn *conn;
    uint64_t seen;
    struct subscriber *prev, *next;
};

struct fanout {
    struct ts_loop *loop;
    struct ts_frame *kept[KEPT]; /* version v is kept[v % KEPT] */
    uint64_t version;
    struct subscriber *subscribers;
};

static void on_open(void *ctx, struct ts_conn *conn, const struct ts_link_peer *peer)
{
    (void)ctx;
    (void)conn;
    (void)peer;
}

static void subscribe(struct fanout *fanout, struct ts_conn *conn)
{
    struct subscriber *subscriber = calloc(1, sizeof *subscriber);
    if (!subscriber)
        abort();
    *subscriber = (struct subscriber){.conn = conn, .seen = fanout->version};
    subscriber->next = fanout->subscribers;
    if (subscriber->next)
        subscriber->next->prev = subscriber;
    fanout->subscribers = subscriber;
    ts_link_set_user(conn, subscriber);
    struct ts_frame *ok = ts_frame_text(ts_str_bytes(TS_STR("ok")));
    ts_link_send(conn, ok);
    ts_frame_drop(ok);
}

static void on_message(void *ctx, struct ts_conn *conn, struct ts_bytes text)
{
    struct fanout *fanout = ctx;
    if (ts_str_is(ts_bytes_str(text), "sub")) {
        subscribe(fanout, conn);
        return;
    }
    struct ts_frame **place = &fanout->kept[++fanout->version % KEPT];
    ts_frame_drop(*place);
    *place = ts_frame_text(text);
    for (struct subscriber *at = fanout->subscribers; at; at = at->next)
        ts_link_ready(at->conn);
}

static struct ts_frame *on_pull(void *ctx, struct ts_conn *conn)
{
    struct fanout *fanout = ctx;
    struct subscriber *subscriber = ts_link_user(conn);
    if (!subscriber || subscriber->seen == fanout->version)
        return NULL;
    if (fanout->version - subscriber->seen > KEPT) /* too slow: goes on with what there is */
        subscriber->seen = fanout->version - KEPT;
    return ts_frame_hold(fanout->kept[++subscriber->seen % KEPT]);
}

static void on_close(void *ctx, struct ts_conn *conn)
{
    struct fanout *fanout = ctx;
    struct subscriber *subscriber = ts_link_user(conn);
    if (!subscriber)
        return;
    if (subscriber->prev)
        subscriber->prev->next = subscriber->next;
    else
        fanout->subscribers = subscriber->next;
    if (subscriber->next)
        subscriber->next->prev = subscriber->prev;
    free(subscriber);
}

static void on_signal(void *ctx)
{
    ts_loop_stop(((struct fanout *)ctx)->loop);
}

int main(int argc, char **argv)
{
    struct ts_err err;
    struct fanout *fanout = calloc(1, sizeof *fanout);
    if (!fanout || (argc != 2 && argc != 4))
        return 2;
    struct ts_loop_config loop_config = ts_loop_config_default();
    loop_config.file_max = 12000;
    fanout->loop = ts_loop_create(&loop_config, &err);
    struct ts_link_config config = ts_link_config_default();
    config.address = "127.0.0.1";
    config.port = (uint16_t)atoi(argv[1]);
    config.conn_max = config.conn_per_address_max = 11000;
    config.rate_per_s = 0;
    if (argc == 4) {
        config.cert_file = argv[2];
        config.key_file = argv[3];
    }
    struct ts_link_handler handler = {
        .ctx = fanout,
        .on_open = on_open,
        .on_message = on_message,
        .on_pull = on_pull,
        .on_close = on_close,
    };
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    sigprocmask(SIG_BLOCK, &stop, NULL);
    if (!fanout->loop || !ts_link_listen(fanout->loop, &config, &handler, &err) ||
        !ts_loop_watch(fanout->loop, signalfd(-1, &stop, SFD_CLOEXEC), on_signal, fanout, &err) ||
        ts_loop_run(fanout->loop, &err) != 0) {
        fprintf(stderr, "link_fanout: %s\n", err.detail);
        return 1;
    }
    ts_loop_destroy(fanout->loop);
    for (size_t i = 0; i < KEPT; i++)
        ts_frame_drop(fanout->kept[i]);
    free(fanout);
    return 0;
}
