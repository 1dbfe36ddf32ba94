/*
 * A scanner for canonical JSON of a known form that holds secrets. The general reader would leave
 * copies of them in memory that nobody wipes; this one copies only where it is told to.
 */
#ifndef TS_CHANNEL_SCAN_H
#define TS_CHANNEL_SCAN_H

#include "proto/ballot/zkp.h"

struct ts_scan {
    struct ts_str rest;
};

/* All: 0 and advance, or -1. */

/* Exactly this text. */
int ts_scan_text(struct ts_scan *scan, const char *text);
/* A JSON string without control characters, unescaped and appended to `out` (with room reserved by
 * the caller: no more than the string is long). */
int ts_scan_string(struct ts_scan *scan, struct ts_buf *out);
/* "decimal" in quotes. */
int ts_scan_scalar(struct ts_scan *scan, struct ts_scalar *out);
/* {"challenge":"...","response":"..."} */
int ts_scan_proof(struct ts_scan *scan, struct ts_proof *out);

#endif
