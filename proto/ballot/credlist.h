/*
 * The published list of public credentials (PROTOCOL.md section 5): who may vote, with which
 * weight.
 */
#ifndef TS_BALLOT_CREDLIST_H
#define TS_BALLOT_CREDLIST_H

#include "proto/ballot/group.h"
#include "proto/base/arena.h"
#include "proto/base/err.h"

#define TS_CREDLIST_MAX 200000

struct ts_credlist_entry {
    struct ts_point point;
    int64_t weight;    /* 1 where the list has no weights */
    uint32_t position; /* in the record, from 0 */
};

struct ts_credlist {
    const struct ts_credlist_entry *entries; /* ascending by point */
    size_t count;
    int64_t total_weight;
    bool weighted;
    bool sorted; /* the record itself is ascending, as it should be */
};

/* Reads the record; entries lie in the arena. Whether the points are acceptable is left to
 * ts_credlist_check(). Codes: credential.form, credential.twice. */
int ts_credlist_read(struct ts_credlist *out, struct ts_str record, struct ts_arena *arena,
                     struct ts_err *err);
/* Is entry i a proper public credential: acceptable and not the identity? */
bool ts_credlist_check(const struct ts_credlist *list, size_t i);
/* The entry of that credential, or NULL. */
const struct ts_credlist_entry *ts_credlist_find(const struct ts_credlist *list,
                                                 const struct ts_point *point);
/* Appends the record of a list without weights; sorts the points. */
void ts_credlist_write(struct ts_buf *out, struct ts_point *points, size_t count);

#endif
