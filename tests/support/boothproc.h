/*
 * A real tongsheng-kiosk booth in a process of its own, and a page that presses its buttons through
 * the loopback interface (docs/kiosk.md).
 */
#ifndef TS_TEST_BOOTHPROC_H
#define TS_TEST_BOOTHPROC_H

#include "kiosk/screen.h"
#include "tests/support/ballotproc.h"
#include "tests/support/tlsfront.h"

struct boothproc {
    pid_t pid;
    const char *dir;
    struct raw page;
    struct ts_arena arena;
    struct ts_screen screen; /* the last one; in the arena */
};

/* Its directory, as after the enrolment, with the key of that booth of the poll, and the keepers'
 * pin. */
void boothproc_prepare(const char *dir, const struct ballotproc *b, size_t booth);
/* Starts it and connects the page; the log goes to DIR.log. */
void boothproc_start(struct boothproc *booth, const char *dir, const struct tlsfront *front);
/* SIGKILL. What it had sent to the page can still be read. */
void boothproc_kill(struct boothproc *booth);
void boothproc_free(struct boothproc *booth);

/* The next screen; false: the connection has ended. */
bool boothproc_read(struct boothproc *booth);
void boothproc_scan(struct boothproc *booth, const char *code);
/* TAP or TAP,"option":N: what stands behind "tap": in the message. */
void boothproc_tap(struct boothproc *booth, const char *tap);

#endif
