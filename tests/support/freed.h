/*
 * Looks into memory at the moment when our own code frees it: a secret that is still there was not
 * wiped. For tests that are linked with --wrap=free,--wrap=realloc (tests/CMakeLists.txt).
 */
#ifndef TS_TEST_FREED_H
#define TS_TEST_FREED_H

#include <stdbool.h>
#include <stddef.h>

#define FREED_SECRET_MAX 64

/* Looks for these bytes (copied, and kept so that they are not found in this module) from now on,
 * in what any thread but the calling one frees, or with `all` in what every thread frees. */
void freed_watch(const void *bytes, size_t len, bool all);
/* Stops looking; how many pieces were freed with the secret within. */
unsigned freed_found(void);

#endif
