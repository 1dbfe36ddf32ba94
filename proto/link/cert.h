/* Certificates of a server that kiosks know by their fingerprint (pinning, no authority needed). */
#ifndef TS_LINK_CERT_H
#define TS_LINK_CERT_H

#include "proto/base/err.h"

#define TS_CERT_FINGERPRINT_LEN 32

/* SHA-256 over the certificate as DER: what `openssl x509 -fingerprint -sha256` shows. */
struct ts_cert_fingerprint {
    uint8_t bytes[TS_CERT_FINGERPRINT_LEN];
};

/* Makes a P-256 key and a certificate signed by itself for `name` (a DNS name or numeric address;
 * "localhost" and 127.0.0.1 are added), valid from a day ago for `days`. The key file is created
 * with mode 0600; existing files are not replaced ("link.cert", detail says which and why). */
int ts_cert_make(const char *cert_file, const char *key_file, const char *name, unsigned days,
                 struct ts_err *err);
/* Of the first certificate in a PEM file; "link.cert" when there is none. */
int ts_cert_fingerprint_file(struct ts_cert_fingerprint *out, const char *cert_file,
                             struct ts_err *err);

#endif
