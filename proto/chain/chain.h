/*
 * The hash link between the records of one stream (docs/journal.md, section 3). The chain links
 * hashes of meta and data, so a redacted record links as the whole one does.
 */
#ifndef TS_CHAIN_CHAIN_H
#define TS_CHAIN_CHAIN_H

#include "proto/chain/record.h"

/* Where a stream stands after record `seq`. Plain data; copy it to try something. */
struct ts_chain {
    struct ts_id stream;
    uint8_t tag[16]; /* of the stream's name, in every link */
    int64_t seq;     /* of the last record; 0: none yet */
    struct ts_record_hash head;
    int64_t at_ms; /* time of the last record whose meta was seen */
};

/* An empty stream. */
void ts_chain_start(struct ts_chain *chain, const struct ts_id *stream);
/* A stream whose head after `seq` is known from elsewhere (a checkpoint, the header of a range). */
void ts_chain_resume(struct ts_chain *chain, const struct ts_id *stream, int64_t seq,
                     const struct ts_record_hash *head);

/* All three: on success the chain moves on; on -1 it is unchanged and err says, with path
 * stream[seq], what is wrong: record.seq (out of order), record.size, record.meta, record.genesis,
 * record.time (backwards), record.link (the content is not what was linked). */

/* Seals the next record; *link is what has to be stored with it. */
int ts_chain_seal(struct ts_chain *chain, struct ts_str meta, struct ts_str data,
                  struct ts_record_hash *link, struct ts_err *err);
/* Checks the stored next record. */
int ts_chain_check(struct ts_chain *chain, int64_t seq, struct ts_str meta, struct ts_str data,
                   const struct ts_record_hash *link, struct ts_err *err);
/* Checks the next record by its hashes (redacted, or hashed before). */
int ts_chain_check_hashes(struct ts_chain *chain, int64_t seq,
                          const struct ts_record_hash *meta_hash,
                          const struct ts_record_hash *data_hash, const struct ts_record_hash *link,
                          struct ts_err *err);

#endif
