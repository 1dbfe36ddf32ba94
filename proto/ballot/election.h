/*
 * The election record (PROTOCOL.md section 2): its bytes fix the fingerprint phi, so that it is
 * written once and never serialised again. With the field `tongsheng` it promises our profile
 * (docs/ballot.md section 6), and the verifier holds it to that.
 */
#ifndef TS_BALLOT_ELECTION_H
#define TS_BALLOT_ELECTION_H

#include "proto/ballot/ballot.h"
#include "proto/ballot/digest.h"

#define TS_ELECTION_RECORD_MAX (1024u * 1024)
#define TS_ELECTION_PACK_MAX 32 /* bytes of a pack's label */

struct ts_election_question {
    struct ts_str text;
    const struct ts_str *answers; /* shape.answers of them */
    struct ts_question_shape shape;
};

/* The field `tongsheng`. Re-votes are always off. */
struct ts_election_profile {
    bool present;
    struct ts_str pack;            /* "A": what is printed on the slips, 1..32 bytes */
    struct ts_digest list;         /* of the record of public credentials */
    struct ts_digest trustees;     /* of the trustees record */
    struct ts_digest presentation; /* of the manifest of texts, pictures and sounds */
    int64_t min_tally;             /* keepers open nothing with fewer ballots; from 1 */
};

struct ts_election {
    struct ts_str uuid;
    struct ts_str name;
    struct ts_str description;
    struct ts_point public_key;
    const struct ts_election_question *questions;
    size_t question_count;
    /* Optional; empty pointer: absent. */
    struct ts_str administrator;
    struct ts_str credential_authority;
    struct ts_str language[2]; /* "zh", "ltr" */
    struct ts_election_profile profile;
    /* Filled by reading. */
    struct ts_digest phi; /* SHA-256 of the record */
    char phi_text[TS_DIGEST_BASE64 + 1];
};

/* Appends the record in canonical form. */
void ts_election_write(struct ts_buf *out, const struct ts_election *election);
/* Reads a record; what it points to lies in the arena. Codes: election.form (err->path says where),
 * election.version, election.group, election.profile. */
int ts_election_read(struct ts_election *out, struct ts_str record, struct ts_arena *arena,
                     struct ts_err *err);
/* What ballots depend on; codes and ownership as ts_ballot_params_new(). */
int ts_election_params(struct ts_ballot_params **out, const struct ts_election *election,
                       struct ts_err *err);
/* Choices of a question: its answers and the blank one. */
size_t ts_election_choices(const struct ts_election *election, size_t question);
/* Of all questions together. */
size_t ts_election_choices_total(const struct ts_election *election);

#endif
