/* What booth and slip office are told on the command line (keepers: keeper_link.h). */
#ifndef TS_KIOSK_OPTIONS_H
#define TS_KIOSK_OPTIONS_H

#include "kiosk/screen.h"
#include "proto/base/id.h"
#include "proto/link/cert.h"

#define TS_OPTIONS_HOST_MAX 256

struct ts_kiosk_options {
    const char *dir;
    char host[TS_OPTIONS_HOST_MAX]; /* of the server */
    uint16_t port;
    struct ts_cert_fingerprint pin;
    const char *name;
    /* booth */
    char listen_address[64];
    uint16_t listen_port; /* 0: the kernel chooses */
    bool listens;
    bool mass;                      /* timings for mass elections */
    const char *web;                /* directory of the page; NULL: none */
    struct ts_screen_device screen; /* mm_width 0: not given */
    bool camera;                    /* slips are read by the page's camera */
    const char *carried;            /* directory for packages carried by hand; NULL: none */
    /* slips */
    struct ts_id council;
    const char *letter;
    int64_t count;
    const char *out;
};

/* The value of every option follows it as a word of its own. Codes: options.unknown, .missing,
 * .value; err->path names the option. `argv` must live as long as the options. */
int ts_kiosk_options_read(struct ts_kiosk_options *out, const char *program, int argc,
                          char *const *argv, struct ts_err *err);

/* wss://HOST:PORT, with "/" or "/ws" behind it or nothing; an address of IPv6 in brackets. -1: it
 * is not. */
int ts_options_server(char host[static TS_OPTIONS_HOST_MAX], uint16_t *port, const char *value);
/* As `openssl x509 -fingerprint -sha256` shows it (colons, any case) or plain. */
int ts_options_pin(struct ts_cert_fingerprint *out, const char *value);

/* For the terminal. */
extern const char ts_kiosk_options_usage[];

#endif
