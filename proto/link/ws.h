/*
 * WebSocket framing (RFC 6455 section 5) for the server's side, as a pure state machine: bytes in,
 * events out, no socket. libwebsockets' own reader accepts unmasked frames and drops pings, and its
 * writer cannot put several messages into one write; hence this one.
 */
#ifndef TS_LINK_WS_H
#define TS_LINK_WS_H

#include "proto/base/bytes.h"

#define TS_WS_CONTROL_MAX 125
#define TS_WS_HEADER_MAX 10 /* of an unmasked frame */

enum ts_ws_opcode {
    TS_WS_CONTINUATION = 0,
    TS_WS_TEXT = 1,
    TS_WS_BINARY = 2,
    TS_WS_CLOSE = 8,
    TS_WS_PING = 9,
    TS_WS_PONG = 10,
};

/* Close codes that ts_ws_feed() returns. */
enum ts_ws_violation {
    TS_WS_PROTOCOL = 1002, /* framing */
    TS_WS_KIND = 1003,     /* a binary message */
    TS_WS_TEXT_BAD = 1007, /* not UTF-8, or with NUL */
    TS_WS_TOO_BIG = 1009,
};

/* Zero-initialise, set message_max; release with ts_ws_free(). */
struct ts_ws_reader {
    size_t message_max;
    bool wipe;             /* messages are overwritten before their memory is freed */
    struct ts_buf message; /* what has come of a message that is not complete; else unallocated */
    uint64_t payload_left; /* of the frame at hand */
    uint8_t head[14];
    uint8_t head_len;    /* bytes of a frame header collected so far */
    uint8_t head_need;   /* header length of the frame at hand; 0: not known yet */
    uint8_t mask_at;     /* position in the masking key, 0..3 */
    uint8_t opcode;      /* of the frame at hand, once its header is complete */
    bool in_payload;     /* header complete, payload_left bytes to come */
    bool in_message;     /* a fragmented message is open */
    uint8_t control_len; /* collected payload of a control frame */
    uint8_t control[TS_WS_CONTROL_MAX];
};

/* TEXT with a whole message, PING, PONG, CLOSE with their payload. The data is valid until the
 * callback returns. False: stop reading, the connection has ended. A CLOSE ends it in any case. */
typedef bool (*ts_ws_event)(void *ctx, enum ts_ws_opcode kind, struct ts_bytes data);

/* Takes bytes as they come (and unmasks them in place). 0, or the close code (ts_ws_violation) to
 * end the connection with; then the reader may only be freed. Memory: at most message_max, and no
 * more than twice what has really come (with `wipe` message_max at once: growing leaves copies). */
unsigned ts_ws_feed(struct ts_ws_reader *reader, uint8_t *data, size_t len, ts_ws_event event,
                    void *ctx);
void ts_ws_free(struct ts_ws_reader *reader);

/* May this code stand in a close frame (RFC 6455 7.4, the IANA registry, 3000..4999)? */
bool ts_ws_code_is_valid(unsigned code);
/* Header of an unfragmented, unmasked frame; returns its length. */
size_t ts_ws_header(uint8_t out[static TS_WS_HEADER_MAX], enum ts_ws_opcode opcode, size_t len);
/* Sec-WebSocket-Accept for this key (28 characters and NUL); -1 if the key is not 16 bytes in
 * base64. */
int ts_ws_accept(char out[static 29], struct ts_str key);

#endif
