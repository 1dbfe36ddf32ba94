/*
 * The head of an HTTP/1.1 request, parsed strictly and without copying (RFC 9112): no folded lines,
 * no bare LF, no control characters, one Host, no body. Pure.
 */
#ifndef TS_LINK_REQUEST_H
#define TS_LINK_REQUEST_H

#include "proto/base/bytes.h"

#define TS_REQUEST_HEAD_MAX 8192
#define TS_REQUEST_FIELDS_MAX 64

/* Views into the head. A missing field is {NULL, 0}. */
struct ts_request {
    bool is_get, is_head; /* neither: another method */
    struct ts_str path;   /* '/', then pchar and '/' (RFC 3986), percent escapes undecoded */
    struct ts_str query;
    struct ts_str host; /* letters, digits, ".-:[]" only, not empty */
    struct ts_str origin;
    struct ts_str authorization;
    struct ts_str if_none_match;
    bool accepts_gzip;
    bool wants_close;       /* Connection: close */
    bool upgrade_websocket; /* Upgrade: websocket and Connection: upgrade */
    struct ts_str ws_key;   /* of a repeated field the last */
    struct ts_str ws_version;
    bool offers_subprotocol;
};

/* Length of the head including the empty line, 0 if it is not complete. `seen` bytes were looked
 * at before. */
size_t ts_request_head_len(struct ts_bytes data, size_t seen);
/* `head` is what ts_request_head_len() measured. 0, or the status to refuse with: 400, 413 (has a
 * body), 431 (too many fields), 501 (transfer coding), 505 (not HTTP/1.1). */
unsigned ts_request_parse(struct ts_request *out, struct ts_bytes head, const char *subprotocol);
/* Is `token` an element of the comma-separated list, in any case? */
bool ts_request_list_has(struct ts_str list, const char *token);

#endif
