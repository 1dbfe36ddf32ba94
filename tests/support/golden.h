/*
 * The Belenios elections of tests/golden/elections for tests of ballots: parameters from
 * election.json, ballots from the archive. Reads the archive by itself, member by member, so that
 * tests of ballots do not rest on the archive code.
 */
#ifndef TS_TEST_GOLDEN_H
#define TS_TEST_GOLDEN_H

#include "proto/ballot/ballot.h"

#define TS_GOLDEN_BALLOTS_MAX 600

/* Zero-initialise; release with ts_golden_free(). */
struct ts_golden {
    struct ts_arena arena;
    struct ts_str election; /* the record */
    struct ts_id uuid;
    char phi[TS_BASE64_32 + 1];
    struct ts_point public_key;
    struct ts_question_shape questions[8];
    size_t question_count;
    struct ts_ballot_params *params;
    size_t ballot_count;
    struct ts_str ballots[TS_GOLDEN_BALLOTS_MAX];
};

/* name: a folder of tests/golden/elections. Aborts when something is missing. */
void ts_golden_load(struct ts_golden *golden, const char *name);
/* Ballots of any archive in the same form, appended to golden->ballots. */
void ts_golden_load_ballots(struct ts_golden *golden, const char *path);
void ts_golden_free(struct ts_golden *golden);

#endif
