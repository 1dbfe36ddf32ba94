/* What the files ballot_*.c share: the parameters, a ballot taken apart, its one text form. */
#ifndef TS_BALLOT_BALLOT_FORM_H
#define TS_BALLOT_BALLOT_FORM_H

#include "proto/ballot/ballot.h"
#include "proto/ballot/multiexp.h"
#include "proto/ballot/transcript.h"

struct ts_ballot_params {
    char uuid[TS_BALLOT_UUID_MAX + 1];
    char phi[TS_BASE64_32 + 1];
    struct ts_point key;
    size_t question_count;
    size_t choices;   /* of all questions */
    size_t max_bytes; /* of a ballot */
    struct ts_fixed_table g_table, key_table;
    struct ts_question_shape questions[];
};

/* Choices and overall proofs of a question. */
size_t ts_ballot_question_choices(const struct ts_question_shape *question);
size_t ts_ballot_question_overall(const struct ts_question_shape *question);

/* One question's answer; arrays as long as the shape says. */
struct ts_ballot_answer {
    struct ts_ciphertext *choices;
    struct ts_proof (*individual)[2];
    struct ts_proof *overall;
    struct ts_proof *blank; /* two, where blank is allowed; else NULL */
};

struct ts_ballot_form {
    struct ts_point credential;
    struct ts_ciphertext *choices; /* all of them: the answers point into it */
    struct ts_ballot_answer *answers;
    char hash[TS_BASE64_32 + 1];
    struct ts_proof signature;
};

/* Arrays of the right sizes, in the arena. */
void ts_ballot_form_init(struct ts_ballot_form *form, const struct ts_ballot_params *params,
                         struct ts_arena *arena);

/* The canonical text, and nothing else, is accepted: what the writer would write for some form.
 * with_signature false: the text that the hash is over. Does not look at the hash. Codes:
 * ballot.size, ballot.form, ballot.uuid, ballot.election. */
int ts_ballot_form_parse(struct ts_ballot_form *form, const struct ts_ballot_params *params,
                         struct ts_str text, bool with_signature, struct ts_err *err);
void ts_ballot_form_write_unsigned(struct ts_buf *out, const struct ts_ballot_params *params,
                                   const struct ts_ballot_form *form);
/* Turns the unsigned text in *out into the whole ballot. */
void ts_ballot_form_write_signature(struct ts_buf *out, const char *hash,
                                    const struct ts_proof *signature);

/* signature.hash and tracker of a whole ballot. */
void ts_ballot_hashes(char hash[static TS_BASE64_32 + 1], char tracker[static TS_BASE64_32 + 1],
                      struct ts_str ballot);
/* signature.hash from the text without signature. */
void ts_ballot_unsigned_hash(char hash[static TS_BASE64_32 + 1], struct ts_str unsigned_ballot);

/* Points and proofs, not the signature. Codes: ballot.point, ballot.proof. */
int ts_ballot_check_answers(const struct ts_ballot_params *params,
                            const struct ts_ballot_form *form, struct ts_err *err);

/* Prefixes of the challenges, PROTOCOL 6.2 to 6.5: "prove|", "bproof0|" or "bproof1|", then S0
 * ("phi|credential"); ts_ballot_hash_choices() continues to S with all choices of the question. */
void ts_ballot_hash_prefix(struct ts_transcript *t, const char *kind,
                           const struct ts_ballot_params *params,
                           const struct ts_point *credential);
void ts_ballot_hash_choices(struct ts_transcript *t, const struct ts_ciphertext *choices,
                            size_t count);

/* Sets of votes that a shape admits; evaluates everything whatever the votes. */
bool ts_ballot_votes_admissible(const struct ts_ballot_params *params, const uint8_t *votes);

#endif
