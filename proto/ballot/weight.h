/*
 * Weights and counts as Belenios writes them: JSON integers up to 2^30-1, decimal strings above
 * (PROTOCOL.md section 8).
 */
#ifndef TS_BALLOT_WEIGHT_H
#define TS_BALLOT_WEIGHT_H

#include "proto/json/writer.h"

/* Largest that we take, for one credential and for a sum: far beyond any council, and small enough
 * that the discrete logarithm of a result can always be found. */
#define TS_WEIGHT_MAX ((int64_t)1 << 40)

void ts_weight_write(struct ts_json_writer *w, int64_t weight);
/* -1 unless v is a weight in the one spelling that ts_weight_write() has for it. */
int ts_weight_read(int64_t *out, const struct ts_json *v);

#endif
