#include "proto/base/arena.h"

#include <assert.h>
#include <sodium.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Under AddressSanitizer what was not handed out is poisoned and a gap is left after each piece,
 * so that running over the end of one is found as with malloc. */
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define ARENA_GAP 16
#else
#define ARENA_GAP 0
#endif

static void arena_poison(uint8_t *ptr, size_t len)
{
#ifdef ARENA_ASAN
    __asan_poison_memory_region(ptr, len);
#else
    (void)ptr, (void)len;
#endif
}

static void arena_unpoison(uint8_t *ptr, size_t len)
{
#ifdef ARENA_ASAN
    __asan_unpoison_memory_region(ptr, len);
#else
    (void)ptr, (void)len;
#endif
}

#define BLOCK_FIRST ((size_t)4096)
#define BLOCK_LARGEST ((size_t)1 << 20) /* larger ones only for a single larger piece */

struct ts_arena_block {
    struct ts_arena_block *next; /* the older one */
    size_t size;                 /* of data */
    size_t used;
    alignas(max_align_t) uint8_t data[];
};

static void block_add(struct ts_arena *arena, size_t need)
{
    size_t size = arena->blocks ? arena->blocks->size * 2 : BLOCK_FIRST;
    if (size > BLOCK_LARGEST)
        size = BLOCK_LARGEST;
    if (size < need)
        size = need;
    struct ts_arena_block *block = malloc(sizeof *block + size);
    if (!block)
        abort();
    *block = (struct ts_arena_block){.next = arena->blocks, .size = size};
    arena_poison(block->data, size);
    arena->blocks = block;
}

void *ts_arena_alloc(struct ts_arena *arena, size_t size)
{
    const size_t align = alignof(max_align_t);
    if (size > SIZE_MAX / 4)
        abort();
    size_t need = (size + ARENA_GAP + align - 1) / align * align;
    if (need == 0)
        need = align; /* distinct pointers for empty pieces, never one past the end */
    if (!arena->blocks || arena->blocks->size - arena->blocks->used < need)
        block_add(arena, need);
    struct ts_arena_block *block = arena->blocks;
    uint8_t *piece = block->data + block->used;
    block->used += need;
    arena->used_bytes += size;
    arena_unpoison(piece, size);
    memset(piece, 0, size);
    return piece;
}

void *ts_arena_array(struct ts_arena *arena, size_t count, size_t size)
{
    if (size > 0 && count > SIZE_MAX / size)
        abort();
    return ts_arena_alloc(arena, count * size);
}

struct ts_str ts_arena_str(struct ts_arena *arena, struct ts_str s)
{
    return ts_bytes_str(ts_arena_bytes(arena, ts_str_bytes(s)));
}

struct ts_bytes ts_arena_bytes(struct ts_arena *arena, struct ts_bytes b)
{
    if (b.len == SIZE_MAX)
        abort();
    uint8_t *copy = ts_arena_alloc(arena, b.len + 1);
    if (b.len > 0)
        memcpy(copy, b.ptr, b.len);
    return (struct ts_bytes){copy, b.len};
}

struct ts_str ts_arena_printf(struct ts_arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(len >= 0);
    char *text = ts_arena_alloc(arena, (size_t)len + 1);
    vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    return (struct ts_str){text, (size_t)len};
}

static void blocks_free(struct ts_arena_block *block)
{
    while (block) {
        struct ts_arena_block *next = block->next;
        arena_unpoison(block->data, block->size);
        free(block);
        block = next;
    }
}

/* Keeps the newest block unless it was made for one outsized piece. */
void ts_arena_clear(struct ts_arena *arena)
{
    struct ts_arena_block *block = arena->blocks;
    if (block && block->size <= BLOCK_LARGEST) {
        blocks_free(block->next);
        block->next = NULL;
        block->used = 0;
        arena_poison(block->data, block->size);
    } else {
        blocks_free(block);
        arena->blocks = NULL;
    }
    arena->used_bytes = 0;
}

void ts_arena_free(struct ts_arena *arena)
{
    blocks_free(arena->blocks);
    *arena = (struct ts_arena){0};
}

void ts_arena_wipe(struct ts_arena *arena)
{
    for (struct ts_arena_block *block = arena->blocks; block; block = block->next) {
        arena_unpoison(block->data, block->size);
        sodium_memzero(block->data, block->size);
    }
    ts_arena_free(arena);
}
