/*
 * The HTTP side of a listener: GET and HEAD of static files and of registered paths. Requests with
 * a body are refused (uploads come over other handlers, later). Every response carries the strict
 * Content-Security-Policy of FE-01 and the other security headers.
 */
#ifndef TS_LINK_HTTP_H
#define TS_LINK_HTTP_H

#include "proto/base/err.h"

struct ts_link_server;
struct ts_exchange;

struct ts_http_config {
    /* Directory of the pages, NULL: none. "/" and directories give index.html. Only names of
     * letters, digits, '.', '_' and '-' not beginning with '.' are served, never through a symbolic
     * link. x.gz next to x is sent to who accepts gzip. Files below /assets/ (hashed names) may be
     * kept for ever, everything else is revalidated by ETag. */
    const char *root;
    /* The one page that needs wasm-unsafe-eval (camera, FE-01), e.g. "/camera.html"; or NULL. */
    const char *wasm_page;
    /* Answers /healthz: 200 or 503; NULL: always 200. Append the body, one line. */
    bool (*health)(void *ctx, struct ts_buf *out);
    void *health_ctx;
    /* Answers /metrics after our own counters (Prometheus text); NULL: /metrics is 404. */
    void (*metrics)(void *ctx, struct ts_buf *out);
    void *metrics_ctx;
    bool metrics_loopback_only;
};

/* Valid during the handler only. */
struct ts_http_request {
    bool head;
    struct ts_str path;          /* begins with '/', as sent, only unreserved characters and %XX */
    struct ts_str query;         /* as sent, without '?' */
    struct ts_str authorization; /* header, or empty */
    const char *address;         /* numeric, of the peer */
    bool loopback;
};

/* What to answer. Zero-initialise. Texts are copied; they may hold no CR or LF (asserted). */
struct ts_http_answer {
    unsigned status;                 /* 200, 400, 401, 403, 404, 409, 410, 429, 500, 503 */
    const char *content_type;        /* "application/json" ...; NULL: none */
    const char *etag;                /* without quotes; NULL: none. Answers 304 by itself */
    const char *content_disposition; /* "attachment; filename=\"minutes.md\""; NULL: none */
    const char *cache_control;       /* NULL: "no-store" */
    /* The body is `body` (taken over and emptied) or, if file_fd_plus_1 is not 0, file_len bytes of
     * that descriptor from its start (taken over and closed; read as the client takes them). */
    struct ts_buf *body;
    int file_fd_plus_1;
    uint64_t file_len;
};

/* Called for GET and HEAD. The exchange must be answered exactly once, now or later, on the loop;
 * if the client goes away in the meantime the answer is dropped. */
typedef void (*ts_http_handler)(void *ctx, struct ts_exchange *exchange,
                                const struct ts_http_request *request);

/* Paths that begin with `prefix` (copied; "/api/minutes/"); the longest prefix wins, and any wins
 * over files. */
void ts_http_route(struct ts_link_server *server, const char *prefix, ts_http_handler handler,
                   void *ctx);
/* Ends the exchange. answer may be NULL: 404. */
void ts_http_answer(struct ts_exchange *exchange, const struct ts_http_answer *answer);

#endif
