/*
 * A whole secret poll of our own making, from the keepers' ceremony to the result, by the producer
 * functions of proto/ballot and proto/channel. Between the steps a test may change anything: what
 * it then gets is an archive in which only that is wrong.
 */
#ifndef TS_TEST_POLL_H
#define TS_TEST_POLL_H

#include "proto/ballot/credlist.h"
#include "proto/ballot/opening.h"
#include "proto/ballot/setup.h"
#include "proto/ballot/tally.h"
#include "proto/channel/ceremony.h"
#include "tests/support/seed.h"

#define TS_POLL_QUESTIONS_MAX 4
#define TS_POLL_VOTERS_MAX 600
#define TS_POLL_KEEPERS_MAX 5
#define TS_POLL_BOOTHS_MAX 4

struct ts_poll_plan {
    struct ts_question_shape questions[TS_POLL_QUESTIONS_MAX];
    size_t question_count;
    uint32_t keepers, threshold; /* of one group; 0: none */
    uint32_t singles;            /* single trustees in front of it */
    size_t slips;                /* printed */
    size_t cast, audited, voids; /* of them; the rest stays in the hat */
    size_t booths;
    bool belenios; /* without our profile: no closing statement, no strong proofs */
    int64_t min_tally;
};

struct ts_poll_ballot {
    size_t slip;
    struct ts_str text;
    struct ts_digest hash; /* signature.hash */
    uint8_t *votes;
};

/* Large: allocate. Zero-initialise; release with ts_poll_free(). */
struct ts_poll {
    struct ts_poll_plan plan;
    struct ts_arena arena;
    struct ts_drbg rng;
    struct ts_seed seed;
    struct ts_id uuid;

    /* Keepers. */
    struct ts_scalar single_secrets[TS_POLL_KEEPERS_MAX];
    struct ts_scalar shares[TS_POLL_KEEPERS_MAX];
    struct ts_digest commitments[TS_POLL_KEEPERS_MAX];
    struct ts_str trustees_record;
    struct ts_trustees trustees;

    /* Slips, in the order of the published list. */
    struct ts_credential credentials[TS_POLL_VOTERS_MAX];
    struct ts_point points[TS_POLL_VOTERS_MAX];
    struct ts_str credentials_record;

    struct ts_str election_record;
    struct ts_election election;
    struct ts_ballot_params *params;
    struct ts_setup setup;
    struct ts_str setup_extra;
    uint8_t server_secret[64];
    uint8_t booth_secrets[TS_POLL_BOOTHS_MAX][64];

    /* Ballots, in the order of the archive. */
    struct ts_poll_ballot ballots[TS_POLL_VOTERS_MAX];
    size_t ballot_count;

    struct ts_tally tally;
    struct ts_ciphertext *ciphertexts;
    struct ts_digest tally_event;

    /* The statement; its lists are these arrays. */
    struct ts_closing closing;
    struct ts_closing_booth booths[TS_POLL_BOOTHS_MAX];
    struct ts_point voids[TS_POLL_VOTERS_MAX];
    struct ts_point audited[TS_POLL_VOTERS_MAX];
    struct ts_closing_signature booth_signatures[TS_POLL_BOOTHS_MAX];
    struct ts_result result; /* statement and signatures, later the counts */
    struct ts_digest k;      /* that the strong proofs are bound to */

    /* By owner - 1; empty: not taken part. */
    struct ts_str partials[2 * TS_POLL_KEEPERS_MAX];
    int64_t *counts;
    struct ts_buf archive;
};

/* Steps, in this order; ts_poll_make() is all of them. */
void ts_poll_begin(struct ts_poll *p, const struct ts_poll_plan *plan, uint64_t seed);
void ts_poll_keepers(struct ts_poll *p); /* ceremony, trustees record */
void ts_poll_slips(struct ts_poll *p);   /* credentials, election record, setup data */
void ts_poll_cast(struct ts_poll *p);    /* ballots with random votes */
void ts_poll_count(struct ts_poll *p);   /* tally; what its event will be */
void ts_poll_state(struct ts_poll *p);   /* closing statement with numbers that balance */
void ts_poll_sign(struct ts_poll *p);    /* booths, K, server */
void ts_poll_decrypt(struct ts_poll *p); /* by the last `threshold` keepers of the group */
void ts_poll_write(struct ts_poll *p);   /* result and archive */
void ts_poll_make(struct ts_poll *p, const struct ts_poll_plan *plan, uint64_t seed);
void ts_poll_free(struct ts_poll *p);

/* A sealed and signed ballot of that slip with random admissible votes. */
void ts_poll_ballot(struct ts_poll *p, struct ts_poll_ballot *out, size_t slip);
/* The expected counts from the plain votes; of a slip's ballots the last one. */
void ts_poll_expected(const struct ts_poll *p, int64_t *counts);
/* 2 of 3 keepers, two questions, 12 slips, 7 cast, 1 audited, 1 void, two booths. */
struct ts_poll_plan ts_poll_small(void);
/* The archive up to and with the encrypted tally: what keepers get. */
void ts_poll_write_open(struct ts_poll *p, struct ts_buf *out);

#endif
