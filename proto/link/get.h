/*
 * One download over HTTPS, blocking: for programs that have nothing else to do meanwhile (a
 * keeper's station, a rehearsal). The server is known by the fingerprint of its certificate and by
 * nothing else, as in client.h; nothing is sent before it matched.
 */
#ifndef TS_LINK_GET_H
#define TS_LINK_GET_H

#include "proto/base/err.h"
#include "proto/link/cert.h"

/* What to get and how long to wait for it. Zero-initialise. */
struct ts_link_get {
    const char *host; /* name or numeric address */
    uint16_t port;
    const char *path;                      /* begins with '/' */
    const char *bearer;                    /* token for Authorization; NULL: none */
    const struct ts_cert_fingerprint *pin; /* not NULL */
    size_t body_max;                       /* bytes */
    unsigned silence_s;                    /* most seconds without a byte; 0: 60 */
};

/* Appends the body, and only a whole one. Codes: get.reach (no connection, no TLS, cut or silent),
 * get.pin (another certificate), get.status (param status, "0": no HTTP), get.length (more than
 * body_max, or no length said). The process ignores SIGPIPE. */
int ts_link_get(struct ts_buf *body, const struct ts_link_get *get, struct ts_err *err);

#endif
