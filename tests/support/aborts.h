/* Misuse and exhaustion end the process; this runs them in a child and looks how it ended. */
#ifndef TS_TEST_SUPPORT_ABORTS_H
#define TS_TEST_SUPPORT_ABORTS_H

#include <stdbool.h>

/* Whether act(arg) ends in abort() or a failed assertion. What it prints is dropped. */
bool ts_test_aborts(void (*act)(void *arg), void *arg);

#endif
