/*
 * Hash to scalar (PROTOCOL 1.3): SHA-256 over an ASCII prefix followed by points in text form,
 * separated by commas; the digest as a big-endian integer modulo L.
 */
#ifndef TS_BALLOT_TRANSCRIPT_H
#define TS_BALLOT_TRANSCRIPT_H

#include <sodium.h>

#include "proto/ballot/group.h"

/* A plain value: copy it to share a common prefix. */
struct ts_transcript {
    crypto_hash_sha256_state sha;
    bool comma; /* the next point is preceded by a comma */
};

void ts_transcript_init(struct ts_transcript *t);
/* Appends as it stands; the next point starts a list of its own (no comma before it). */
void ts_transcript_text(struct ts_transcript *t, struct ts_str text);
void ts_transcript_cstr(struct ts_transcript *t, const char *text);
void ts_transcript_point(struct ts_transcript *t, const struct ts_point *p);
/* Consumes t. */
void ts_transcript_challenge(struct ts_transcript *t, struct ts_scalar *out);
void ts_transcript_digest(struct ts_transcript *t, uint8_t out[static 32]);

/* H(prefix, points...) at once. */
void ts_hash_to_scalar(struct ts_scalar *out, struct ts_str prefix, const struct ts_point *points,
                       size_t count);

#endif
