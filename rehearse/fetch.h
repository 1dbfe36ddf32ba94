/* Downloads over HTTPS as any client would do them; the server is known by its fingerprint. */
#ifndef TS_REHEARSE_FETCH_H
#define TS_REHEARSE_FETCH_H

#include "proto/base/err.h"
#include "proto/link/cert.h"

/* GET https://127.0.0.1:port/path into *body (appended). token: bearer, or NULL. Code: fetch. */
int ts_fetch(struct ts_buf *body, uint16_t port, const char *path, const char *token,
             const struct ts_cert_fingerprint *pin, struct ts_err *err);

#endif
