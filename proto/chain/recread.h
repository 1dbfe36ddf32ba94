/*
 * Reading and checking an exported record (`record.jsonl`, docs/journal.md, section 5) in pieces
 * of any size; memory stays at one line. It goes on after a finding, from what the file itself
 * says, so that every wrong place is named and not only the first.
 */
#ifndef TS_CHAIN_RECREAD_H
#define TS_CHAIN_RECREAD_H

#include "proto/chain/chain.h"
#include "proto/chain/checkpoint.h"

/* A line longer than this is refused. */
#define TS_RECREAD_LINE_MAX (TS_RECORD_DATA_MAX + 4096)
/* After so many findings the rest is only counted. */
#define TS_RECREAD_FINDINGS_MAX 1000

struct ts_recread;

enum ts_recread_verdict {
    TS_RECREAD_VALID,
    TS_RECREAD_INVALID,    /* a record of ours in which something is wrong */
    TS_RECREAD_UNREADABLE, /* not a record, or a format that this program does not know */
};

/* Valid during the callback. */
struct ts_recread_finding {
    const char *code;   /* record.*, checkpoint.*, recread.*, json.* */
    const char *stream; /* "": before the first header */
    int64_t seq;        /* of the record in question; 0: none */
    int64_t line;       /* from 1 */
    const char *detail;
};

/* One checked record: data is NULL where only its hash is shown; at_ms is the exact time where meta
 * is shown, the coarse one (unproven) where it is not, or -1. */
struct ts_recread_record {
    const struct ts_id *stream;
    int64_t seq;
    int64_t at_ms;
    bool whole; /* meta is shown */
    struct ts_str data;
    const struct ts_json *event; /* data, parsed; NULL with it */
};

struct ts_recread_handlers {
    void *ctx;
    /* Required. */
    void (*finding)(void *ctx, const struct ts_recread_finding *finding);
    /* May be NULL. Not called for a record with a finding of its own. */
    void (*record)(void *ctx, const struct ts_recread_record *record);
    void (*checkpoint)(void *ctx, const struct ts_checkpoint *checkpoint);
};

struct ts_recread_summary {
    int64_t lines;
    int64_t sections;
    int64_t records;
    int64_t shown; /* records whose data is in the clear */
    int64_t whole; /* records whose meta is in the clear */
    int64_t checkpoints;
    int64_t findings;
    int64_t last_checkpoint_seq; /* in the last section; records behind it are not signed for */
    struct ts_chain last;        /* stream, seq and head at the end of the last section */
};

/* key: the 32-byte public key that checkpoints have to be signed with; NULL: the one that the
 * section's header names (then the file vouches for itself: say so). */
struct ts_recread *ts_recread_new(const struct ts_recread_handlers *handlers, const uint8_t *key);
/* Takes the next bytes. Returns -1 as soon as the rest cannot be read (then finish). */
int ts_recread_feed(struct ts_recread *r, struct ts_bytes bytes);
/* Ends the input. */
enum ts_recread_verdict ts_recread_finish(struct ts_recread *r, struct ts_recread_summary *summary);
void ts_recread_free(struct ts_recread *r);

#endif
