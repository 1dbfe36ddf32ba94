/*
 * An arena: many small allocations with one lifetime, released together. Used per request and for
 * whole loaded records. Its callers bound what comes from outside (limits of proto/wire) before
 * they allocate; running out of memory aborts, the journal makes a restart safe.
 * Secrets never go into an arena.
 */
#ifndef TS_BASE_ARENA_H
#define TS_BASE_ARENA_H

#include "proto/base/bytes.h"

struct ts_arena_block;

/* Zero-initialise; release with ts_arena_free(). */
struct ts_arena {
    struct ts_arena_block *blocks;
    size_t used_bytes; /* handed out since the last clear */
};

/* Zeroed memory, aligned for any type. Never NULL. */
void *ts_arena_alloc(struct ts_arena *arena, size_t size);
/* As calloc, with the overflow check. */
void *ts_arena_array(struct ts_arena *arena, size_t count, size_t size);
/* Copies; the copy is followed by NUL. */
struct ts_str ts_arena_str(struct ts_arena *arena, struct ts_str s);
struct ts_bytes ts_arena_bytes(struct ts_arena *arena, struct ts_bytes b);
struct ts_str ts_arena_printf(struct ts_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Forgets everything handed out; keeps one block for reuse. */
void ts_arena_clear(struct ts_arena *arena);
void ts_arena_free(struct ts_arena *arena);
/* Overwrites everything before freeing it: for what a child does at a booth. */
void ts_arena_wipe(struct ts_arena *arena);

#endif
