#include "tests/support/freed.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

/* The linker sends our own calls here; what shared libraries free does not come by. */
void *__real_realloc(void *piece, size_t size);
void __real_free(void *piece);
void *__wrap_realloc(void *piece, size_t size);
void __wrap_free(void *piece);

static atomic_bool watching;
static atomic_uint found;
static bool every_thread;
static pthread_t watcher;
static size_t secret_len;
static uint8_t secret[FREED_SECRET_MAX]; /* each byte flipped */

void freed_watch(const void *bytes, size_t len, bool all)
{
    secret_len = len < FREED_SECRET_MAX ? len : FREED_SECRET_MAX;
    for (size_t i = 0; i < secret_len; i++)
        secret[i] = (uint8_t) ~((const uint8_t *)bytes)[i];
    watcher = pthread_self();
    every_thread = all;
    atomic_store(&found, 0);
    atomic_store(&watching, true);
}

unsigned freed_found(void)
{
    atomic_store(&watching, false);
    return atomic_load(&found);
}

/* An arena's gaps are poisoned until after it was freed. */
__attribute__((no_sanitize("address"))) static bool holds_secret(const uint8_t *piece, size_t size)
{
    for (size_t at = 0; at + secret_len <= size; at++) {
        size_t same = 0;
        while (same < secret_len && (piece[at + same] ^ secret[same]) == 0xff)
            same++;
        if (same == secret_len)
            return true;
    }
    return false;
}

static void look(void *piece)
{
    if (!piece || !atomic_load(&watching) ||
        (!every_thread && pthread_equal(pthread_self(), watcher)))
        return;
    if (holds_secret(piece, malloc_usable_size(piece)))
        atomic_fetch_add(&found, 1);
}

void __wrap_free(void *piece)
{
    look(piece);
    __real_free(piece);
}

void *__wrap_realloc(void *piece, size_t size)
{
    look(piece); /* it may move, and the old place is not wiped */
    return __real_realloc(piece, size);
}
