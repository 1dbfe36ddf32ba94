/*
 * Counts out of g^count: discrete logarithms of small numbers by baby steps and giant steps. For
 * published values.
 */
#ifndef TS_BALLOT_DLOG_H
#define TS_BALLOT_DLOG_H

#include "proto/ballot/vartime.h"

struct ts_dlog;

/* For numbers 0..max; max at most TS_WEIGHT_MAX (proto/ballot/weight.h). Time and memory grow with
 * the square root of max: 1,200 children take 35 points. Release with ts_dlog_free(). */
struct ts_dlog *ts_dlog_new(int64_t max);
void ts_dlog_free(struct ts_dlog *dlog);
/* n with g^n = p and 0 <= n <= max, or -1. */
int64_t ts_dlog_find(const struct ts_dlog *dlog, const struct ts_vpoint *p);

#endif
