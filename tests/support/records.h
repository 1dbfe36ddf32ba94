/* Made-up journal records for tests: deterministic from a seed. */
#ifndef TESTS_SUPPORT_RECORDS_H
#define TESTS_SUPPORT_RECORDS_H

#include "proto/chain/chain.h"

/* Small deterministic generator (splitmix64). */
struct ts_rng {
    uint64_t state;
};
uint64_t ts_rng_next(struct ts_rng *rng);
/* 0 .. bound-1 */
uint64_t ts_rng_below(struct ts_rng *rng, uint64_t bound);
void ts_rng_fill(struct ts_rng *rng, void *out, size_t len);
struct ts_id ts_rng_id(struct ts_rng *rng);

/* The next record of a chain, sealed; meta and data are replaced, both owned by the caller. seq 1
 * is the stream's genesis; other bodies are about `size` bytes with "n":number in front. */
struct ts_made_record {
    int64_t seq;
    struct ts_buf meta;
    struct ts_buf data;
    struct ts_record_hash link;
};
void ts_make_record(struct ts_made_record *out, struct ts_chain *chain, struct ts_rng *rng,
                    int64_t number, size_t size);
void ts_made_record_free(struct ts_made_record *record);

#endif
