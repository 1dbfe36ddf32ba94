/*
 * The event loop of a process: one libwebsockets context, run by one thread, which owns everything
 * of proto/link, and in the server also engine, state and views. Nothing here may be called from
 * another thread, with one exception: ts_loop_wake().
 *
 * One turn of the loop: wait in poll(); serve what became readable or writable; the wake callback,
 * if somebody called ts_loop_wake(); timers that are due; turn hooks in order of registration; then
 * everything that connections have to send is written, as few writes as possible per connection.
 * So whatever one turn does to a connection costs it one write.
 */
#ifndef TS_LINK_LOOP_H
#define TS_LINK_LOOP_H

#include "proto/base/err.h"

struct ts_loop;

struct ts_loop_config {
    /* Most open files of this process. The soft limit of open files (RLIMIT_NOFILE) is set to it,
     * because libwebsockets sizes its tables by that limit: 16 bytes for each. */
    unsigned file_max;
    /* libwebsockets' own messages, to stderr: LLL_ERR | LLL_WARN ...; 0: silent. */
    int lws_log;
};

/* file_max 4096, silent. */
struct ts_loop_config ts_loop_config_default(void);

/* Code "link.loop" when libwebsockets cannot start. A process has one loop. */
struct ts_loop *ts_loop_create(const struct ts_loop_config *config, struct ts_err *err);
/* Closes every connection, listener, client and watched file that is left, calling their close
 * callbacks, and frees them. Not from within a callback. NULL is allowed. */
void ts_loop_destroy(struct ts_loop *loop);

/* Turns until ts_loop_stop(). 0, or -1 when libwebsockets gave up (code "link.loop"). */
int ts_loop_run(struct ts_loop *loop, struct ts_err *err);
/* Ends ts_loop_run() at the end of this turn, after the writes of the turn. */
void ts_loop_stop(struct ts_loop *loop);

/* From ANY thread: the wake callback will be called soon on the loop, once for any number of
 * wakes. The loop must outlive the caller (join workers before ts_loop_destroy()). */
void ts_loop_wake(struct ts_loop *loop);
/* The one wake callback; replaces an earlier one. */
void ts_loop_on_wake(struct ts_loop *loop, void (*wake)(void *ctx), void *ctx);

/* Monotonic milliseconds, as of now. The origin means nothing. */
uint64_t ts_loop_now_ms(void);

/* A deadline. Zero-initialise; lies in a structure of its owner, who cancels it before freeing. */
struct ts_timer {
    void (*due)(void *ctx);
    void *ctx;
    uint64_t due_ms;
    size_t place; /* in the loop's heap, +1; 0: not set */
};

/* Calls due(ctx) once, `after_ms` from now, never earlier. Setting a timer that is set moves it. */
void ts_timer_set(struct ts_loop *loop, struct ts_timer *timer, uint64_t after_ms,
                  void (*due)(void *ctx), void *ctx);
/* Harmless when not set. */
void ts_timer_cancel(struct ts_loop *loop, struct ts_timer *timer);

/* Called in every turn after timers and before writing: the place for work by batches. */
struct ts_turn_hook {
    void (*turn)(void *ctx);
    void *ctx;
    struct ts_turn_hook *next;
};

/* The hook lies in a structure of its owner, who removes it before freeing. A hook may remove
 * itself, but no other, while it is called. */
void ts_loop_add_hook(struct ts_loop *loop, struct ts_turn_hook *hook);
void ts_loop_remove_hook(struct ts_loop *loop, struct ts_turn_hook *hook);

struct ts_loop_file;

/* Watches a descriptor that poll() understands (pipe, tty, serial line, signalfd, eventfd) for
 * reading: readable(ctx) when there is something or the other end is gone, until it is removed.
 * The loop takes the descriptor over, makes it non-blocking and closes it on removal.
 * NULL with "link.file" when it cannot be watched; the descriptor is then still the caller's. */
struct ts_loop_file *ts_loop_watch(struct ts_loop *loop, int fd, void (*readable)(void *ctx),
                                   void *ctx, struct ts_err *err);
/* Closes the descriptor at the end of the turn; no callback afterwards. May be called from its own
 * callback; once. NULL is allowed. */
void ts_loop_unwatch(struct ts_loop_file *file);

#endif
