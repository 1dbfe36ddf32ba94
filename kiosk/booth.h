/*
 * A booth at work: carries out the effects of the state machine (agent.h) with queue, sealer,
 * store and session. Everything goes through ports, so that a test can be server, page and clock.
 * All functions are called on one thread, but for the port `wake`, which the sealer's thread calls.
 */
#ifndef TS_KIOSK_BOOTH_H
#define TS_KIOSK_BOOTH_H

#include "kiosk/agent.h"
#include "kiosk/session.h"

struct ts_booth;

struct ts_booth_ports {
    void *ctx;
    bool (*send)(void *ctx, struct ts_str frame); /* to the server; false: the link is gone */
    void (*drop)(void *ctx); /* the link: what the server says makes no sense */
    void (*show)(void *ctx, struct ts_str screen); /* to the page */
    void (*wake)(void *ctx);                       /* from any thread: call ts_booth_woken() soon */
    void (*say)(void *ctx, const char *line);      /* for the log; never about a ballot or a slip */
    uint64_t (*now_ms)(void *ctx);                 /* monotonic */
    int64_t (*clock_ms)(void *ctx);                /* UTC */
};

struct ts_booth_config {
    const char *dir; /* must be prepared (store.h); copied */
    struct ts_agent_config agent;
    const struct ts_device_key *key; /* must outlive the booth */
    const char *carried; /* where packages carried by hand are looked for; NULL: nowhere; copied */
};

/* Reads what is there from before: pins, last view, packages, queues. NULL: store.disk, queue.*. */
struct ts_booth *ts_booth_new(const struct ts_booth_config *config,
                              const struct ts_booth_ports *ports, struct ts_err *err);
void ts_booth_free(struct ts_booth *booth);

void ts_booth_link_up(struct ts_booth *booth);
void ts_booth_link_down(struct ts_booth *booth);
void ts_booth_frame(struct ts_booth *booth, struct ts_str text);
/* A message of the page: codes of JSON and wire. */
int ts_booth_page(struct ts_booth *booth, struct ts_str text, struct ts_err *err);
/* From a scanner of the agent's own. */
void ts_booth_scan(struct ts_booth *booth, struct ts_str text);
/* At least once a second. */
void ts_booth_tick(struct ts_booth *booth);
void ts_booth_woken(struct ts_booth *booth);
/* Appends the present screen, for a page that has just connected. It may hold a choice: reserve
 * TS_BOOTH_SCREEN_BYTES, so that growing leaves no copy behind as a rule, and wipe the buffer. */
#define TS_BOOTH_SCREEN_BYTES 65536
void ts_booth_screen(const struct ts_booth *booth, struct ts_buf *out);
/* The disk failed: nothing may be promised any more. The caller stops the program, which goes on
 * where it was when started again. False: all is well. */
bool ts_booth_has_failed(const struct ts_booth *booth, struct ts_err *err);
/* Ballots, voids and audits not yet confirmed, over all polls. */
int64_t ts_booth_waiting(const struct ts_booth *booth);

/* The clip with this SHA-256 (hex), if a package that was taken has it and its bytes are good.
 * Appends. */
bool ts_booth_clip(const struct ts_booth *booth, struct ts_str hash, struct ts_buf *out);

#endif
