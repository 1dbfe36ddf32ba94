/*
 * Archives for tests: a `.bel` file taken apart into events with their records, so that a test can
 * change, drop, double or reorder them, and put together again with correct hashes and chain, in
 * any order (which proto/ballot/archive.h refuses to write).
 */
#ifndef TS_TEST_BEL_H
#define TS_TEST_BEL_H

#include "proto/ballot/archive.h"
#include "proto/base/arena.h"

#define TS_BEL_EVENTS_MAX 2048

struct ts_bel_event {
    enum ts_event_type type;
    size_t data_count;
    struct ts_str data[TS_ARCHIVE_DATA_MAX];
};

/* Zero-initialise; release with ts_bel_free(). */
struct ts_bel {
    struct ts_arena arena;
    uint64_t timestamp;
    size_t count;
    struct ts_bel_event events[TS_BEL_EVENTS_MAX];
};

/* Whole file into *out (appended); aborts the test program when it cannot be read. */
void ts_bel_read_file(struct ts_buf *out, const char *path);
/* The one file below `dir` with that suffix; the path lies in a static buffer. */
const char *ts_bel_find(const char *dir, const char *suffix);
/* Takes an archive apart, which must be well-formed (else aborts). */
void ts_bel_split(struct ts_bel *bel, struct ts_bytes archive);
/* Puts the events together: names, chain, heights and payloads are made to fit; and so are the
 * references inside setup data, sized tally and owned (by replacing the 64 digits). */
void ts_bel_join(struct ts_buf *out, struct ts_bel *bel);
void ts_bel_free(struct ts_bel *bel);

/* In place: copy of s with the first `from` replaced by `to`; aborts when there is none. */
struct ts_str ts_bel_replace(struct ts_bel *bel, struct ts_str s, const char *from, const char *to);
void ts_bel_remove(struct ts_bel *bel, size_t at);
void ts_bel_insert(struct ts_bel *bel, size_t at, const struct ts_bel_event *event);
/* Position of the first event of that type; aborts when there is none. */
size_t ts_bel_first(const struct ts_bel *bel, enum ts_event_type type);

#endif
