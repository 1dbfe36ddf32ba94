/*
 * For tests with real sockets: a listener of proto/link on a thread of its own, and a blocking
 * client that sends raw bytes. Everything waits for events, with deadlines that only a hanging test
 * reaches.
 */
#ifndef TS_TEST_NETBOX_H
#define TS_TEST_NETBOX_H

#include "proto/link/server.h"

#define NETBOX_DEADLINE_MS 30000

/* A server that answers each text with the same text, but for
 *   "!close"     closes with 1000 "bye"
 *   "!pull N"    is ready with N frames "pull 1" ... "pull N"
 *   "!large N"   sends one frame of N bytes 'x'
 *   "!who"       sends "ADDRESS PATH QUERY TLS"
 * and GET /echo/... with the path, GET /later/... the same from the next turn, /blob 300000 bytes
 * 'b' from a file. */
struct netbox;

/* config.address is replaced by 127.0.0.1, port by 0. Fails the test if it cannot listen. */
struct netbox *netbox_start(const struct ts_link_config *config);
uint16_t netbox_port(const struct netbox *box);
/* Ends it and tells what it counted. */
struct ts_link_stats netbox_stop(struct netbox *box);

struct raw {
    int fd;
    struct ts_buf in; /* received and not yet taken */
};

struct raw_frame {
    uint8_t first; /* FIN, reserved bits, opcode */
    bool masked;
    struct ts_buf payload;
};

struct raw raw_connect(uint16_t port);
void raw_close(struct raw *raw);
/* Sends all; a connection that is reset meanwhile is not an error (the answer tells). */
void raw_send(struct raw *raw, const void *data, size_t len);
void raw_text(struct raw *raw, const char *text);
/* True: a response head came (up to the empty line, taken into *head). False: closed before. */
bool raw_head(struct raw *raw, struct ts_buf *head);
/* True: one whole frame came. False: the connection ended. */
bool raw_read(struct raw *raw, struct raw_frame *frame);
/* True if nothing but the end comes. */
bool raw_ended(struct raw *raw);
/* Exactly len bytes more. */
bool raw_bytes(struct raw *raw, struct ts_buf *out, size_t len);

/* Handshake with the usual fields; asserts 101. */
struct raw raw_open(uint16_t port);
/* A client frame as it is asked for, with a fixed masking key. */
void raw_frame(struct raw *raw, uint8_t first, bool masked, const void *payload, size_t len);
void raw_say(struct raw *raw, const char *text);
/* Reads one text frame; asserts that it says this. */
void raw_expect(struct raw *raw, const char *text);
/* Reads on until the close frame; its code, 1005 when it has none, 0 when the connection ended
 * without one. */
unsigned raw_close_code(struct raw *raw);

#endif
