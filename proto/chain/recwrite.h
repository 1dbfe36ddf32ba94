/*
 * Writing an exported record, `record.jsonl` (docs/journal.md, section 5): sections of one stream
 * each, a header line, one line per record, checkpoints, an end line. Every function appends one
 * line to a buffer, so that the caller streams.
 */
#ifndef TS_CHAIN_RECWRITE_H
#define TS_CHAIN_RECWRITE_H

#include "proto/chain/chain.h"
#include "proto/chain/checkpoint.h"

/* How much of a record is shown. */
enum ts_recwrite_show {
    TS_RECWRITE_WHOLE, /* meta and data */
    TS_RECWRITE_DATA,  /* data; meta as its hash, and a coarse time if given */
    TS_RECWRITE_HASH,  /* hashes only */
};

/* `chain` stands before the first record of the section (seq 0, or the anchor of a range); key: the
 * public key that signs this stream's checkpoints. */
void ts_recwrite_header(struct ts_buf *out, const struct ts_chain *chain,
                        const uint8_t key[static 32]);
/* meta and data as stored and checked. about_ms: a coarse time to show where meta is hidden, < 0:
 * none; it is not covered by the chain. The first record of a stream (seq 1) always shows its
 * data. */
void ts_recwrite_record(struct ts_buf *out, int64_t seq, struct ts_str meta, struct ts_str data,
                        const struct ts_record_hash *link, enum ts_recwrite_show show,
                        int64_t about_ms);
/* Belongs directly after the record of its seq. */
void ts_recwrite_checkpoint(struct ts_buf *out, const struct ts_checkpoint *cp);
/* `chain` stands after the last record; checkpoints: how many were written in this section. */
void ts_recwrite_end(struct ts_buf *out, const struct ts_chain *chain, int64_t checkpoints);

#endif
