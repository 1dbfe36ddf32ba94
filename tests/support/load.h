/*
 * Many WebSocket connections in one thread, for load programs: epoll, plain or TLS (any
 * certificate), with an opening script per connection. What a script does (subscribe, log in as a
 * kiosk, ...) is a table of functions, so that load programs know nothing of protocols.
 */
#ifndef TS_TEST_LOAD_H
#define TS_TEST_LOAD_H

#include "proto/base/bytes.h"

struct load;
struct load_conn;

enum load_step {
    LOAD_MORE,  /* the opening goes on */
    LOAD_READY, /* the connection takes part in the measurement */
    LOAD_FAIL,  /* give this connection up */
};

enum load_kind {
    LOAD_EVENT,  /* something else, not an answer */
    LOAD_ANSWER, /* the good answer to our request */
    LOAD_REJECT, /* the bad answer to our request */
};

/* What a connection says. Functions may be NULL where a mode does not need them. */
struct load_script {
    const char *name;
    const char *path, *subprotocol; /* defaults; NULL: "/", none */
    bool binary;                    /* sends binary messages (MQTT) */
    /* After the handshake; sends the first message(s) if any. */
    enum load_step (*opened)(struct load_conn *conn);
    /* For every message until it says LOAD_READY. */
    enum load_step (*opening)(struct load_conn *conn, struct ts_bytes message);
    /* The next publication, holding `marker` (36 characters) as it is and about `len` bytes long.
     * By the first connection, in mode fanout. */
    void (*publish)(struct load_conn *conn, const char *marker, size_t len, struct ts_buf *out);
    /* The next request, about `len` bytes long where the script can choose, in mode request; false:
     * there are no more. */
    bool (*request)(struct load_conn *conn, size_t len, struct ts_buf *out);
    enum load_kind (*classify)(struct load_conn *conn, struct ts_bytes message);
};

/* The script for our own server, from files (load_tongsheng.c). */
extern const struct load_script load_tongsheng;
/* Scripts by name ("plain", "mqtt", "tongsheng", ...); NULL: unknown. load_script_names() for the
 * usage. */
const struct load_script *load_script_find(const char *name);
const char *load_script_names(void);

struct load_options {
    const char *address; /* numeric IPv4 */
    uint16_t port;
    bool tls;
    const char *path, *subprotocol; /* NULL: the script's */
    unsigned connecting_max;        /* handshakes under way at once */
    /* Files for scripts, one entry per line; NULL: none. */
    const char *opening_file;           /* what a connection says first */
    const char *publisher_opening_file; /* and the publisher (connection 0 of mode fanout) */
    const char *lines_file;             /* requests, each sent once; or the publication */
    const char *keys_file;              /* Ed25519 seeds, 32 bytes in base64, one per connection */
    /* A message of a ready connection, and how it ended. */
    void (*message)(void *ctx, struct load_conn *conn, struct ts_bytes message);
    void (*ended)(void *ctx, struct load_conn *conn, const char *why);
    void *ctx;
};

struct load *load_create(const struct load_options *options);
void load_destroy(struct load *load);
/* Adds a connection, to be opened as soon as connecting_max allows. `index` is for the
 * script. */
struct load_conn *load_add(struct load *load, const struct load_script *script, unsigned index,
                           bool is_publisher);
/* Serves events until the time (load_now_ns()), at least one round; 0: one round without waiting.
 */
void load_serve(struct load *load, uint64_t until_ns);
unsigned load_ready_count(const struct load *load);
unsigned load_dead_count(const struct load *load);

/* One message. Small messages are written at once. */
void load_send(struct load_conn *conn, struct ts_bytes message);
unsigned load_index(const struct load_conn *conn);
struct load *load_of(const struct load_conn *conn);
bool load_is_ready(const struct load_conn *conn);
/* Line `n` of the connection's opening; {NULL, 0} after the last. */
struct ts_str load_opening_line(const struct load_conn *conn, unsigned n);
/* The next line of lines_file, handed out once over all connections; {NULL, 0}: no more. */
struct ts_str load_next_line(struct load_conn *conn);
/* The first line of lines_file. */
struct ts_str load_first_line(const struct load_conn *conn);
/* The connection's own line of keys_file; {NULL, 0} when there are too few. */
struct ts_str load_key_line(const struct load_conn *conn);
/* A place for the script, freed with free(), and one for the program. */
void **load_script_data(struct load_conn *conn);
void **load_user_data(struct load_conn *conn);

uint64_t load_now_ns(void);
/* Kilobytes of a process in memory (VmRSS) and nanoseconds of its processor time; 0: gone. */
uint64_t load_rss_kb(int pid);
uint64_t load_cpu_ns(int pid);

#endif
