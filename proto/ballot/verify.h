/*
 * Verification of a whole archive: everything that PROTOCOL.md demands, the order of events and the
 * numbers that Belenios' own tool does not insist on, and for elections with the field `tongsheng`
 * everything that our profile promises (docs/ballot.md section 9).
 *
 * Findings are reported in the order of the archive, whatever the number of threads, and every run
 * gives the same. Memory: the setup (some 150 bytes per credential, 100 per ballot) and one batch
 * of ballots.
 */
#ifndef TS_BALLOT_VERIFY_H
#define TS_BALLOT_VERIFY_H

#include "proto/ballot/archive.h"
#include "proto/ballot/decryption.h"
#include "proto/ballot/result.h"

enum ts_verify_verdict {
    TS_VERIFY_VALID,
    TS_VERIFY_OPEN, /* valid so far: the archive ends before the result */
    TS_VERIFY_INVALID,
    TS_VERIFY_UNREADABLE, /* not an archive at all, or a failing device */
};

/* What is checked, in this order. */
enum ts_verify_check {
    TS_VERIFY_ARCHIVE,     /* hashes, chain, order of events, every byte of headers and padding */
    TS_VERIFY_ELECTION,    /* the record, its key, the profile's own fields */
    TS_VERIFY_TRUSTEES,    /* keys, proofs, signatures, commitments */
    TS_VERIFY_CREDENTIALS, /* well-formed, distinct; pictures */
    TS_VERIFY_BALLOTS,     /* form, election, listed credential, proofs, signature, doubles */
    TS_VERIFY_TALLY,       /* computed again */
    TS_VERIFY_DECRYPTIONS, /* owners, factors, proofs, strong proofs */
    TS_VERIFY_CLOSING,     /* statement, signatures, sets, counts that balance */
    TS_VERIFY_RESULT,      /* counts against tally and decryptions */
    TS_VERIFY_CHECKS
};

enum ts_verify_outcome {
    TS_VERIFY_NOT_REACHED, /* the archive does not go so far, or an error hid it */
    TS_VERIFY_PASSED,
    TS_VERIFY_FAILED,
};

/* Valid during the callback. */
struct ts_verify_finding {
    bool warning; /* does not change the verdict */
    enum ts_verify_check check;
    const char *code;   /* stable and dotted */
    int64_t event;      /* height, or -1 */
    int64_t ballot;     /* number in the archive, from 1, or 0 */
    uint32_t trustee;   /* owner, from 1, or 0 */
    const char *where;  /* path within the record: "answers[0].choices[2]"; may be empty */
    const char *detail; /* English clause */
};

struct ts_verify_ports {
    void *ctx;
    void (*finding)(void *ctx, const struct ts_verify_finding *finding);
    /* Calls job(arg, i) for every i < count, in any order, on any threads, and returns when all are
     * done. NULL: one after the other. */
    void (*each)(void *ctx, size_t count, void (*job)(void *arg, size_t i), void *arg);
};

struct ts_verify_summary {
    enum ts_verify_verdict verdict;
    enum ts_verify_outcome checks[TS_VERIFY_CHECKS];
    int64_t events;
    int64_t ballots; /* in the archive */
    int64_t counted; /* in the tally */
    int64_t decryptions;
    int64_t errors, warnings;
    uint64_t timestamp;
    /* NULL or 0 as far as the archive does not say. */
    const struct ts_election *election;
    const struct ts_trustees *trustees;
    const struct ts_credlist *credentials;
    const struct ts_ciphertext *tally; /* as computed here, equal to the recorded one */
    struct ts_digest tally_event;      /* hash of the EncryptedTally event */
    const struct ts_result *result;
    bool has_k;
    struct ts_digest k;
};

struct ts_verify;

struct ts_verify *ts_verify_new(const struct ts_verify_ports *ports);
/* Once per ts_verify. */
enum ts_verify_verdict ts_verify_archive(struct ts_verify *verify,
                                         const struct ts_archive_source *source);
/* For the keeper, before any decryption: checks a closing statement that is not in the archive yet
 * (its counts are not looked at) against the archive just found to be open and complete up to its
 * tally. 0 when there was no finding. */
int ts_verify_closing(struct ts_verify *verify, const struct ts_result *statement);
/* Lives as long as verify. */
const struct ts_verify_summary *ts_verify_summary(const struct ts_verify *verify);
void ts_verify_free(struct ts_verify *verify);

/* "archive", "election", ... */
const char *ts_verify_check_name(enum ts_verify_check check);

#endif
