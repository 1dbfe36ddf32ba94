/*
 * TLS in front of a server that serves plain (serverproc.h): devices insist on a pinned
 * certificate, and a server that was killed comes back on another port. A process of its own, and
 * one more for every connection.
 */
#ifndef TS_TEST_TLSFRONT_H
#define TS_TEST_TLSFRONT_H

#include <sys/types.h>

#include "proto/base/codec.h"

struct tlsfront {
    pid_t pid;
    uint16_t port;
    char pin[65]; /* SHA-256 of its certificate, hex */
};

/* port_file: where the server behind it writes its port, read anew for every connection. Files of
 * the certificate are made in the current directory. */
void tlsfront_start(struct tlsfront *front, const char *port_file);
void tlsfront_stop(struct tlsfront *front);

#endif
