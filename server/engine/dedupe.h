/*
 * Commands happen once. A command's id (128 random bits, drawn by the client) stays in its events
 * for ever; a repeat gets the same answer again. The answers of recent commands are kept whole; for
 * all others 16 bytes per command say where in the journal to look.
 */
#ifndef TS_ENGINE_DEDUPE_H
#define TS_ENGINE_DEDUPE_H

#include "proto/base/map.h"
#include "proto/base/id.h"

/* So many answers are kept whole. */
#define TS_DEDUPE_RECENT 4096

struct ts_dedupe;

struct ts_dedupe_answer {
    struct ts_str actor; /* who sent it */
    struct ts_str body;  /* canonical JSON of the reply */
};

struct ts_dedupe_place {
    struct ts_id stream;
    int64_t seq;
};

/* key: 16 random bytes, so that nobody can prepare ids that collide in the index. */
struct ts_dedupe *ts_dedupe_new(const uint8_t key[static 16]);
void ts_dedupe_free(struct ts_dedupe *dedupe);

/* A record of this command is in the journal; of several, the last place counts. */
void ts_dedupe_note(struct ts_dedupe *dedupe, const struct ts_id *cmd, const struct ts_id *stream,
                    int64_t seq);
/* Its answer; copied. The oldest answer is forgotten, never the place. */
void ts_dedupe_keep(struct ts_dedupe *dedupe, const struct ts_id *cmd,
                    const struct ts_dedupe_answer *answer);

/* The kept answer, valid until the next call that changes anything. */
bool ts_dedupe_answer(const struct ts_dedupe *dedupe, const struct ts_id *cmd,
                      struct ts_dedupe_answer *out);
/* Where the command probably is. By one chance in 2^64 per command it is somebody else's: compare
 * the id in the record. */
bool ts_dedupe_place(const struct ts_dedupe *dedupe, const struct ts_id *cmd,
                     struct ts_dedupe_place *out);
/* Commands known. */
size_t ts_dedupe_count(const struct ts_dedupe *dedupe);

#endif
