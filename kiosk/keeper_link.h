/*
 * What the keeper's two programs (keys, open) have in common: options, directory, device key, the
 * link to the server and the device's conversation over it (session.h). One process, one station;
 * a directory serves one program at a time.
 */
#ifndef TS_KIOSK_KEEPER_LINK_H
#define TS_KIOSK_KEEPER_LINK_H

#include "kiosk/options.h"
#include "kiosk/store.h"
#include "proto/link/cert.h"
#include "proto/wire/frame.h"

/* Exit codes, as --help says them; the numbers from 64 on are those of the other programs. */
enum ts_keeper_exit {
    TS_KEEPER_EXIT_DONE = 0,
    TS_KEEPER_EXIT_REFUSED = 1,  /* a check failed: nothing was decrypted, or no card was made */
    TS_KEEPER_EXIT_REJECTED = 2, /* the server rejects what we sent */
    TS_KEEPER_EXIT_USAGE = 64,
    TS_KEEPER_EXIT_NETWORK = 69, /* another server than the pinned one, or no download */
    TS_KEEPER_EXIT_DISK = 70,    /* files */
};

struct ts_keeper_options {
    const char *dir, *name, *card;
    char host[TS_OPTIONS_HOST_MAX];
    uint16_t port;
    struct ts_cert_fingerprint pin;
    struct ts_id uuid; /* open */
    const char *words; /* open; NULL: asked on the terminal */
};

/* argv[0] is the subcommand. -1: a message was written to stderr. 1: --help was asked for, and
 * answered. Strings point into argv. */
int ts_keeper_options(struct ts_keeper_options *out, int argc, char **argv, bool opening);

struct ts_keeper_link;

struct ts_keeper_link_handler {
    void *ctx;
    /* A view `keeper`, valid during the call; not after the last link was lost. */
    void (*on_view)(void *ctx, const struct ts_view_keeper *view);
    /* The answer to what was sent last; see ts_keeper_link_send(). */
    void (*on_answer)(void *ctx, const struct ts_frame_answer *answer);
    /* The device has logged in (again): what still matters is to be sent again. */
    void (*on_ready)(void *ctx);
    /* About twice a second. */
    void (*on_tick)(void *ctx, uint64_t now_ms);
};

/* Prepares DIR, takes hold of it, reads or draws the device's key, begins to connect. Codes:
 * store.*, station.busy (another program works in DIR), link.loop. */
int ts_keeper_link_open(struct ts_keeper_link **out, const struct ts_keeper_options *options,
                        const struct ts_keeper_link_handler *handler, struct ts_err *err);
void ts_keeper_link_free(struct ts_keeper_link *station);

/* Until ts_keeper_link_stop(); may be called again. Codes: session.server, store.disk, link.loop.
 */
int ts_keeper_link_run(struct ts_keeper_link *station, struct ts_err *err);
void ts_keeper_link_stop(struct ts_keeper_link *station);

/* One command at a time. The command's id is made from `what` and the device's key, so that sending
 * the same thing twice is harmless. False: not logged in now. */
bool ts_keeper_link_send(struct ts_keeper_link *station, const struct ts_cmd *cmd,
                         struct ts_str what);

/* Says the sentence of err->code in both languages on stdout, with code and detail. */
void ts_keeper_say(const struct ts_err *err);
/* The sentence alone, of a code that is no failure and has no parameters. */
void ts_keeper_tell(const char *code);
/* What a failure with this code means for the process. */
int ts_keeper_exit_of(const struct ts_err *err);

#endif
