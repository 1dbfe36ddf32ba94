/* What the parts of the verification share. Only for proto/ballot/verify*.c. */
#ifndef TS_BALLOT_VERIFY_STATE_H
#define TS_BALLOT_VERIFY_STATE_H

#include "proto/ballot/credlist.h"
#include "proto/ballot/setup.h"
#include "proto/ballot/tally.h"
#include "proto/ballot/verify.h"
#include "proto/base/map.h"

#define TS_VERIFY_BATCH 128
#define TS_VERIFY_BATCH_BYTES (8u * 1024 * 1024)

/* What became of a credential. */
struct ts_verify_voter {
    uint64_t offset; /* of its last ballot's bytes in the archive */
    uint32_t size;
    uint32_t ballots;
    struct ts_digest hash; /* signature.hash of the last ballot */
};

/* A ballot of the current batch. */
struct ts_verify_slot {
    int64_t event;
    int64_t number;
    uint64_t offset;
    struct ts_digest tracker; /* hash of the whole */
    size_t at, size;          /* in the batch's bytes */
    struct ts_arena arena;
    struct ts_ballot ballot;
    struct ts_err err;
    int rc;
    bool parsed;              /* ballot is filled */
    struct ts_vpoint *points; /* its choices decoded; NULL: one is no point */
};

struct ts_verify {
    struct ts_verify_ports ports;
    struct ts_verify_summary summary;
    struct ts_arena arena;
    struct ts_archive_reader reader;
    bool stopped;  /* what follows cannot be judged: the chain goes on being checked */
    int64_t event; /* height of the current one */

    struct ts_election election;
    struct ts_trustees trustees;
    struct ts_setup setup;
    bool has_setup;
    struct ts_credlist credentials;
    uint8_t *proper; /* per credential, by the jobs */
    struct ts_ballot_params *params;

    struct ts_verify_voter *voters;  /* per credential */
    struct ts_point last_credential; /* of the ballot before */
    struct ts_map trackers;          /* of all ballots: keys are 32 bytes */
    struct ts_verify_slot *slots;
    size_t slot_count;
    struct ts_buf batch;
    struct ts_tally tally;
    bool tally_incomplete; /* some ballot could not even be read */

    struct ts_ciphertext *ciphertexts;
    struct ts_partial *partials; /* by owner - 1 */
    int64_t *partial_events;     /* 0: none */
    bool *partial_good;
    struct ts_result result;
};

/* Reports a finding with the content of err at the current event. */
void ts_verify_report(struct ts_verify *v, enum ts_verify_check check, const struct ts_err *err);
void ts_verify_report_full(struct ts_verify *v, const struct ts_verify_finding *finding);
void ts_verify_pass(struct ts_verify *v, enum ts_verify_check check);
void ts_verify_each(struct ts_verify *v, size_t count, void (*job)(void *arg, size_t i), void *arg);

/* verify_setup.c */
void ts_verify_setup(struct ts_verify *v, const struct ts_archive_step *step);
/* verify_ballots.c */
void ts_verify_ballots_begin(struct ts_verify *v);
void ts_verify_ballots_take(struct ts_verify *v, const struct ts_archive_step *step);
void ts_verify_ballots_flush(struct ts_verify *v);
void ts_verify_ballots_free(struct ts_verify *v);
/* verify_opening.c */
void ts_verify_tally(struct ts_verify *v, const struct ts_archive_step *step);
void ts_verify_partial(struct ts_verify *v, const struct ts_archive_step *step);
void ts_verify_result(struct ts_verify *v, const struct ts_archive_step *step);
/* verify_closing.c: true when the statement held. */
bool ts_verify_statement(struct ts_verify *v, const struct ts_result *statement);

#endif
