/*
 * Checking a ballot. Every commitment of every proof is a sum of powers of g, the election key and
 * one or two points of the ballot; all are computed first, encoded together (one inversion for the
 * whole ballot), and then hashed in the same order.
 */
#include <assert.h>
#include <stdlib.h>

#include "proto/ballot/ballot_form.h"

/* Commitments and sums in the order in which they are hashed. */
struct commitments {
    struct ts_vpoint *computed;
    struct ts_point *encoded;
    size_t count; /* while computing: how many; while hashing: the next */
};

/* Both halves of a ciphertext, prepared for powers. */
struct pair {
    struct ts_vpoint alpha, beta;
    struct ts_short_table alpha_table, beta_table;
};

static void pair_prepare(struct pair *pair)
{
    ts_short_table_init(&pair->alpha_table, &pair->alpha);
    ts_short_table_init(&pair->beta_table, &pair->beta);
}

/* A = g^r * alpha^c, B = key^r * (beta / g^message)^c */
static void commit(struct commitments *out, const struct ts_ballot_params *params,
                   const struct pair *pair, uint32_t message, const struct ts_proof *proof)
{
    struct ts_digits response, challenge, shift;
    ts_digits_fixed(&response, &proof->response);
    ts_digits_short(&challenge, &proof->challenge);
    const struct ts_power a[] = {{&params->g_table, NULL, &response},
                                 {NULL, &pair->alpha_table, &challenge}};
    ts_multiexp(&out->computed[out->count++], a, 2);
    const struct ts_power b[] = {{&params->key_table, NULL, &response},
                                 {NULL, &pair->beta_table, &challenge},
                                 {&params->g_table, NULL, &shift}};
    if (message > 0) {
        struct ts_scalar m = ts_scalar_of(message), exponent;
        ts_scalar_mul(&exponent, &m, &proof->challenge);
        ts_scalar_negate(&exponent, &exponent);
        ts_digits_fixed(&shift, &exponent);
    }
    ts_multiexp(&out->computed[out->count++], b, message > 0 ? 3 : 2);
}

static int read_pair(struct pair *pair, const struct ts_ciphertext *choice)
{
    if (ts_vpoint_decode(&pair->alpha, &choice->alpha) != 0 ||
        ts_vpoint_decode(&pair->beta, &choice->beta) != 0)
        return -1;
    pair_prepare(pair);
    return ts_short_table_in_subgroup(&pair->alpha_table) &&
                   ts_short_table_in_subgroup(&pair->beta_table)
               ? 0
               : -1;
}

/* Computes the commitments of one answer: individual proofs, then (with blank) the blank proof,
 * then the overall proof, preceded without blank by the encoded sums, which its prefix holds. */
static int compute_answer(struct commitments *out, const struct ts_ballot_params *params,
                          const struct ts_question_shape *question,
                          const struct ts_ballot_answer *answer, struct ts_err *err)
{
    struct pair choice, blank, sum;
    size_t count = ts_ballot_question_choices(question);
    ts_vpoint_identity(&sum.alpha);
    ts_vpoint_identity(&sum.beta);
    for (size_t i = 0; i < count; i++) {
        struct pair *pair = question->blank && i == 0 ? &blank : &choice;
        if (read_pair(pair, &answer->choices[i]) != 0) {
            ts_err_set(err, "ballot.point", "a ciphertext is not in the group");
            ts_err_at(err, "choices", (long)i);
            return -1;
        }
        for (uint32_t m = 0; m < 2; m++)
            commit(out, params, pair, m, &answer->individual[i][m]);
        if (pair == &choice) {
            ts_vpoint_add(&sum.alpha, &sum.alpha, &choice.alpha);
            ts_vpoint_add(&sum.beta, &sum.beta, &choice.beta);
        }
    }
    pair_prepare(&sum);
    const struct ts_proof *overall = answer->overall;
    if (question->blank) {
        commit(out, params, &blank, 0, &answer->blank[0]);
        commit(out, params, &sum, 0, &answer->blank[1]);
        commit(out, params, &blank, 1, overall++);
    } else {
        out->computed[out->count++] = sum.alpha;
        out->computed[out->count++] = sum.beta;
    }
    for (uint32_t m = question->min; m <= question->max; m++)
        commit(out, params, &sum, m, overall++);
    return 0;
}

void ts_ballot_hash_prefix(struct ts_transcript *t, const char *kind,
                           const struct ts_ballot_params *params, const struct ts_point *credential)
{
    ts_transcript_init(t);
    ts_transcript_cstr(t, kind);
    ts_transcript_cstr(t, params->phi);
    ts_transcript_cstr(t, "|");
    ts_transcript_point(t, credential);
    ts_transcript_cstr(t, "|");
}

void ts_ballot_hash_choices(struct ts_transcript *t, const struct ts_ciphertext *choices,
                            size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ts_transcript_point(t, &choices[i].alpha);
        ts_transcript_point(t, &choices[i].beta);
    }
    ts_transcript_cstr(t, "|");
}

/* Do the challenges of a disjunction add up to the hash of its commitments? Consumes t. */
static bool challenges_agree(struct ts_transcript *t, struct commitments *from,
                             const struct ts_proof *proofs, size_t count)
{
    struct ts_scalar expected, sum = ts_scalar_of(0);
    for (size_t i = 0; i < count; i++) {
        ts_transcript_point(t, &from->encoded[from->count++]);
        ts_transcript_point(t, &from->encoded[from->count++]);
        ts_scalar_add(&sum, &sum, &proofs[i].challenge);
    }
    ts_transcript_challenge(t, &expected);
    return ts_scalar_equal(&sum, &expected);
}

static int refuse(struct ts_err *err, const char *name, long index)
{
    ts_err_set(err, "ballot.proof", "a proof does not hold");
    ts_err_at(err, name, index);
    return -1;
}

/* Hashes what compute_answer() computed, in the same order. */
static int hash_answer(struct commitments *from, const struct ts_ballot_params *params,
                       const struct ts_question_shape *question, const struct ts_point *credential,
                       const struct ts_ballot_answer *answer, struct ts_err *err)
{
    struct ts_transcript t;
    size_t count = ts_ballot_question_choices(question);
    for (size_t i = 0; i < count; i++) {
        ts_ballot_hash_prefix(&t, "prove|", params, credential);
        ts_ballot_hash_choices(&t, &answer->choices[i], 1);
        if (!challenges_agree(&t, from, answer->individual[i], 2))
            return refuse(err, "individual_proofs", (long)i);
    }
    if (question->blank) {
        ts_ballot_hash_prefix(&t, "bproof0|", params, credential);
        ts_ballot_hash_choices(&t, answer->choices, count);
        if (!challenges_agree(&t, from, answer->blank, 2))
            return refuse(err, "blank_proof", -1);
    }
    ts_ballot_hash_prefix(&t, question->blank ? "bproof1|" : "prove|", params, credential);
    ts_ballot_hash_choices(&t, answer->choices, count);
    if (!question->blank) {
        const struct ts_ciphertext sum = {from->encoded[from->count],
                                          from->encoded[from->count + 1]};
        from->count += 2;
        ts_ballot_hash_choices(&t, &sum, 1);
    }
    if (!challenges_agree(&t, from, answer->overall, ts_ballot_question_overall(question)))
        return refuse(err, "overall_proof", -1);
    return 0;
}

static size_t commitment_count(const struct ts_ballot_params *params)
{
    size_t count = 0;
    for (size_t i = 0; i < params->question_count; i++) {
        const struct ts_question_shape *question = &params->questions[i];
        count += 4 * ts_ballot_question_choices(question) +
                 2 * ts_ballot_question_overall(question) + (question->blank ? 4 : 2);
    }
    return count;
}

int ts_ballot_check_answers(const struct ts_ballot_params *params,
                            const struct ts_ballot_form *form, struct ts_err *err)
{
    size_t total = commitment_count(params);
    assert(total > 0); /* an election has a question */
    struct commitments all = {calloc(total, sizeof *all.computed),
                              calloc(total, sizeof *all.encoded), 0};
    if (!all.computed || !all.encoded)
        abort();
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < params->question_count; i++) {
        rc = compute_answer(&all, params, &params->questions[i], &form->answers[i], err);
        if (rc != 0)
            ts_err_at(err, "answers", (long)i);
    }
    if (rc == 0)
        ts_vpoint_encode(all.encoded, all.computed, total);
    all.count = 0;
    for (size_t i = 0; rc == 0 && i < params->question_count; i++) {
        rc = hash_answer(&all, params, &params->questions[i], &form->credential, &form->answers[i],
                         err);
        if (rc != 0)
            ts_err_at(err, "answers", (long)i);
    }
    free(all.computed);
    free(all.encoded);
    return rc;
}

/* Parses and compares the hash, and hands out what the header promises. */
static int parse(struct ts_ballot *out, struct ts_ballot_form *form,
                 const struct ts_ballot_params *params, struct ts_bytes bytes,
                 struct ts_arena *arena, struct ts_err *err)
{
    struct ts_str text = ts_bytes_str(bytes);
    ts_ballot_form_init(form, params, arena);
    if (ts_ballot_form_parse(form, params, text, true, err) != 0)
        return -1;
    ts_ballot_hashes(out->hash, out->tracker, text);
    if (strcmp(out->hash, form->hash) != 0)
        return ts_err_set(err, "ballot.hash", "signature.hash is not that of the ballot");
    out->credential = form->credential;
    out->choices = form->choices;
    out->choice_count = params->choices;
    return 0;
}

int ts_ballot_parse(struct ts_ballot *out, const struct ts_ballot_params *params,
                    struct ts_bytes bytes, struct ts_arena *arena, struct ts_err *err)
{
    struct ts_ballot_form form;
    return parse(out, &form, params, bytes, arena, err);
}

int ts_ballot_verify(struct ts_ballot *out, const struct ts_ballot_params *params,
                     struct ts_bytes bytes, struct ts_arena *arena, struct ts_err *err)
{
    struct ts_ballot_form form;
    if (parse(out, &form, params, bytes, arena, err) != 0)
        return -1;
    char prefix[4 + TS_BASE64_32 + 1];
    memcpy(prefix, "sig|", 4);
    memcpy(prefix + 4, form.hash, TS_BASE64_32);
    prefix[sizeof prefix - 1] = '|';
    if (ts_point_is_identity(&form.credential) ||
        !ts_zkp_verify_key(&form.signature, (struct ts_str){prefix, sizeof prefix},
                           &form.credential))
        return ts_err_set(err, "ballot.signature", "the signature does not hold");
    return ts_ballot_check_answers(params, &form, err);
}
