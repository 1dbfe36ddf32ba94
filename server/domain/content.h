/*
 * Content: texts that may have to be erased (DESIGN 10.7). This file says which parts of a command
 * are content, and reads their plaintext back; sealing and storing them is the engine's.
 */
#ifndef TS_DOMAIN_CONTENT_H
#define TS_DOMAIN_CONTENT_H

#include "proto/wire/command.h"

/* Most content items of one command: the rows of a roster. */
#define TS_CONTENT_MAX 2100

struct ts_content_plan {
    struct ts_str *texts; /* plaintexts, in the arena, in the order in which decide wants them */
    size_t count;
};

/* What of this command has to be sealed before it is decided. */
void ts_content_plan(const struct ts_cmd *cmd, struct ts_arena *arena, struct ts_content_plan *out);

/* The plaintext of an item. */
struct ts_content_reader {
    const void *ctx;
    /* false: erased, or not there. The text is valid until the next event is applied. */
    bool (*text)(const void *ctx, const struct ts_id *content, struct ts_str *out);
};

/* "" when it is erased. */
struct ts_str ts_content_text(const struct ts_content_reader *reader, const struct ts_id *content);

#endif
