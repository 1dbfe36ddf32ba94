/*
 * Sealing. All that depends on votes or randomness is constant-time: which branch of a disjunction
 * is the true one decides no jump and no address. Since the prover knows r with alpha = g^r and
 * beta = key^r * g^m, a simulated commitment
 *     g^resp * alpha^chal            = g^w                         with w = resp + r*chal
 *     key^resp * (beta/g^M)^chal     = key^w * g^((m - M)*chal)
 * is the same formula as the real one, in which m - M is zero. So every branch draws w, every false
 * one draws its challenge, the true one gets the rest of the hash, and resp = w - r*chal for all.
 */
#include <assert.h>
#include <sodium.h>
#include <stdlib.h>

#include "proto/ballot/ballot_form.h"

enum sealed_state { SEALED, SIGNED, OPENED };

/* In sodium_malloc memory. */
struct ts_sealed {
    const struct ts_ballot_params *params; /* borrowed */
    enum sealed_state state;
    struct ts_point credential;
    char hash[TS_BASE64_32 + 1];
    struct ts_buf text;   /* unsigned ballot: public */
    uint8_t *votes;       /* params->choices */
    struct ts_scalar r[]; /* params->choices, then the votes */
};

/* One branch: the ciphertext's randomness, m - M, and whether this is the one to prove (exactly one
 * of a disjunction is). */
struct branch {
    const struct ts_scalar *r;
    struct ts_scalar difference;
    unsigned proven;
};

/* Scratch for the longest disjunction, in sodium_malloc memory. */
struct scratch {
    size_t count;
    struct branch branches[TS_BALLOT_ANSWERS_MAX + 2];
    struct ts_scalar w[TS_BALLOT_ANSWERS_MAX + 2];
    struct ts_scalar r_sum;
};

/* 1 when a == b, else 0; without a branch. */
static unsigned equal(uint32_t a, uint32_t b)
{
    uint64_t difference = a ^ b;
    return (unsigned)((difference - 1) >> 63);
}

static void add_branch(struct scratch *s, const struct ts_scalar *r, uint32_t m, uint32_t message,
                       unsigned proven)
{
    struct branch *branch = &s->branches[s->count++];
    const struct ts_scalar a = ts_scalar_of(m), b = ts_scalar_of(message);
    branch->r = r;
    ts_scalar_sub(&branch->difference, &a, &b);
    branch->proven = proven;
}

/* key^w * g^e, where e may well be zero. The key was checked when the parameters were made, and w
 * is zero with probability 1/L. */
static void commit_beta(struct ts_point *out, const struct ts_point *key, const struct ts_scalar *w,
                        const struct ts_scalar *e)
{
    struct ts_point shift;
    int rc = ts_point_mul(out, key, w);
    assert(rc == 0);
    (void)rc;
    ts_point_mul_base(&shift, e);
    ts_point_add(out, out, &shift);
    sodium_memzero(&shift, sizeof shift);
}

/* Proves the branches gathered in s and empties it. t holds the prefix; out has s->count proofs. */
static void prove(struct ts_proof *out, struct scratch *s, struct ts_transcript *t,
                  const struct ts_point *key, struct ts_drbg *rng)
{
    const struct ts_scalar zero = ts_scalar_of(0);
    struct ts_scalar total, sum = zero, exponent;
    for (size_t i = 0; i < s->count; i++) {
        struct ts_point a, b;
        ts_drbg_scalar(rng, &s->w[i]);
        ts_drbg_scalar(rng, &out[i].challenge);
        ts_scalar_select(&out[i].challenge, s->branches[i].proven, &zero, &out[i].challenge);
        ts_scalar_add(&sum, &sum, &out[i].challenge);
        ts_scalar_mul(&exponent, &s->branches[i].difference, &out[i].challenge);
        ts_point_mul_base(&a, &s->w[i]);
        commit_beta(&b, key, &s->w[i], &exponent);
        ts_transcript_point(t, &a);
        ts_transcript_point(t, &b);
    }
    ts_transcript_challenge(t, &total);
    ts_scalar_sub(&total, &total, &sum);
    for (size_t i = 0; i < s->count; i++) {
        ts_scalar_select(&out[i].challenge, s->branches[i].proven, &total, &out[i].challenge);
        ts_scalar_mul(&exponent, s->branches[i].r, &out[i].challenge);
        ts_scalar_sub(&out[i].response, &s->w[i], &exponent);
    }
    ts_scalar_wipe(&exponent);
    ts_scalar_wipe(&sum);
    ts_scalar_wipe(&total);
    s->count = 0;
}

/* The proof that the sum of the answers is in min..max, or else (item 0) that blank is chosen. */
static void prove_overall(struct ts_proof *out, const struct ts_question_shape *question,
                          const struct ts_scalar *r, uint32_t blank, uint32_t sum,
                          struct scratch *s, struct ts_transcript *t,
                          const struct ts_ballot_params *params, struct ts_drbg *rng)
{
    if (question->blank)
        add_branch(s, &r[0], blank, 1, blank);
    for (uint32_t m = question->min; m <= question->max; m++)
        add_branch(s, &s->r_sum, sum, m, equal(sum, m) & (blank ^ 1u));
    prove(out, s, t, &params->key, rng);
}

/* Sum of ciphertexts, which the prefix of an overall proof without blank names. They are public. */
static struct ts_ciphertext add_up(const struct ts_ciphertext *choices, size_t count)
{
    struct ts_vpoint sums[2], term;
    struct ts_point encoded[2];
    ts_vpoint_identity(&sums[0]);
    ts_vpoint_identity(&sums[1]);
    for (size_t i = 0; i < count; i++) {
        int rc = ts_vpoint_decode(&term, &choices[i].alpha);
        ts_vpoint_add(&sums[0], &sums[0], &term);
        rc |= ts_vpoint_decode(&term, &choices[i].beta);
        ts_vpoint_add(&sums[1], &sums[1], &term);
        assert(rc == 0);
        (void)rc;
    }
    ts_vpoint_encode(encoded, sums, 2);
    return (struct ts_ciphertext){encoded[0], encoded[1]};
}

static void seal_answer(struct ts_ballot_answer *out, const struct ts_question_shape *question,
                        const struct ts_point *credential, const uint8_t *votes,
                        struct ts_scalar *r, struct scratch *s,
                        const struct ts_ballot_params *params, struct ts_drbg *rng)
{
    struct ts_transcript t;
    size_t count = ts_ballot_question_choices(question), first = question->blank ? 1 : 0;
    uint32_t blank = question->blank ? votes[0] : 0, sum = 0;
    s->r_sum = ts_scalar_of(0);
    for (size_t i = 0; i < count; i++) {
        ts_drbg_scalar(rng, &r[i]);
        int rc = ts_ciphertext_encrypt(&out->choices[i], &params->key, &r[i], votes[i]);
        assert(rc == 0); /* the key was checked */
        (void)rc;
        ts_ballot_hash_prefix(&t, "prove|", params, credential);
        ts_ballot_hash_choices(&t, &out->choices[i], 1);
        add_branch(s, &r[i], votes[i], 0, votes[i] ^ 1u);
        add_branch(s, &r[i], votes[i], 1, votes[i]);
        prove(out->individual[i], s, &t, &params->key, rng);
        if (i >= first) {
            ts_scalar_add(&s->r_sum, &s->r_sum, &r[i]);
            sum += votes[i];
        }
    }
    if (question->blank) {
        /* Blank is not chosen, or nothing else is. Where both hold the first is proven. */
        ts_ballot_hash_prefix(&t, "bproof0|", params, credential);
        ts_ballot_hash_choices(&t, out->choices, count);
        add_branch(s, &r[0], blank, 0, blank ^ 1u);
        add_branch(s, &s->r_sum, sum, 0, blank);
        prove(out->blank, s, &t, &params->key, rng);
    }
    ts_ballot_hash_prefix(&t, question->blank ? "bproof1|" : "prove|", params, credential);
    ts_ballot_hash_choices(&t, out->choices, count);
    if (!question->blank) {
        struct ts_ciphertext total = add_up(out->choices, count);
        ts_ballot_hash_choices(&t, &total, 1);
    }
    prove_overall(out->overall, question, r, blank, sum, s, &t, params, rng);
}

/* Guarded memory ends at a page; it is aligned when its size is. */
static void *allocate_secret(size_t size)
{
    void *memory = sodium_malloc((size + 63) / 64 * 64);
    if (!memory)
        abort();
    return memory;
}

static struct ts_sealed *allocate(const struct ts_ballot_params *params)
{
    size_t choices = params->choices;
    struct ts_sealed *sealed =
        allocate_secret(sizeof *sealed + choices * sizeof sealed->r[0] + choices);
    *sealed = (struct ts_sealed){.params = params, .state = SEALED};
    sealed->votes = (uint8_t *)(sealed->r + choices);
    return sealed;
}

int ts_ballot_seal(struct ts_sealed **out, const struct ts_ballot_params *params,
                   const struct ts_point *credential, const uint8_t *votes, size_t vote_count,
                   struct ts_drbg *rng, struct ts_err *err)
{
    if (vote_count != params->choices || !ts_ballot_votes_admissible(params, votes))
        return ts_err_set(err, "ballot.votes", "the votes are not admissible for the questions");
    struct scratch *scratch = allocate_secret(sizeof *scratch);
    scratch->count = 0;
    struct ts_sealed *sealed = allocate(params);
    sealed->credential = *credential;
    memcpy(sealed->votes, votes, vote_count);

    struct ts_arena arena = {0}; /* of the ballot, which is public */
    struct ts_ballot_form form;
    ts_ballot_form_init(&form, params, &arena);
    form.credential = *credential;
    struct ts_scalar *r = sealed->r;
    for (size_t i = 0; i < params->question_count; i++) {
        const struct ts_question_shape *question = &params->questions[i];
        seal_answer(&form.answers[i], question, credential, votes, r, scratch, params, rng);
        votes += ts_ballot_question_choices(question);
        r += ts_ballot_question_choices(question);
    }
    ts_ballot_form_write_unsigned(&sealed->text, params, &form);
    ts_ballot_unsigned_hash(sealed->hash, ts_buf_str(&sealed->text));
    ts_arena_free(&arena);
    sodium_free(scratch);
    *out = sealed;
    return 0;
}

struct ts_str ts_sealed_hash(const struct ts_sealed *sealed)
{
    return (struct ts_str){sealed->hash, TS_BASE64_32};
}

struct ts_str ts_sealed_unsigned(const struct ts_sealed *sealed)
{
    return ts_buf_str(&sealed->text);
}

static void forget(struct ts_sealed *sealed)
{
    sodium_memzero(sealed->r, sealed->params->choices * sizeof sealed->r[0]);
    sodium_memzero(sealed->votes, sealed->params->choices);
}

void ts_sealed_free(struct ts_sealed *sealed)
{
    if (!sealed)
        return;
    ts_buf_free(&sealed->text);
    sodium_free(sealed); /* wipes */
}

int ts_ballot_sign(struct ts_sealed *sealed, const struct ts_scalar *secret, struct ts_drbg *rng,
                   struct ts_buf *out, struct ts_err *err)
{
    struct ts_point credential;
    if (sealed->state != SEALED)
        return ts_err_set(err, "ballot.signature", "this ballot was %s already",
                          sealed->state == SIGNED ? "signed" : "opened");
    ts_point_mul_base(&credential, secret);
    if (!ts_point_equal(&credential, &sealed->credential))
        return ts_err_set(err, "ballot.signature", "the secret is not that of the credential");
    forget(sealed);
    sealed->state = SIGNED;
    char prefix[4 + TS_BASE64_32 + 1] = "sig|";
    memcpy(prefix + 4, sealed->hash, TS_BASE64_32);
    prefix[sizeof prefix - 1] = '|';
    struct ts_proof signature;
    ts_zkp_prove_key(&signature, (struct ts_str){prefix, sizeof prefix}, secret, rng);
    ts_buf_append_str(out, ts_buf_str(&sealed->text));
    ts_ballot_form_write_signature(out, sealed->hash, &signature);
    return 0;
}

int ts_ballot_open(struct ts_sealed *sealed, struct ts_buf *out, struct ts_err *err)
{
    if (sealed->state == SIGNED)
        return ts_err_set(err, "ballot.opened", "this ballot was signed already");
    sealed->state = OPENED;
    const struct ts_scalar *r = sealed->r;
    const uint8_t *vote = sealed->votes;
    struct ts_json_writer w;
    ts_jw_init(&w, out);
    ts_jw_object(&w);
    ts_jw_member_cstr(&w, "hash", sealed->hash);
    ts_jw_key(&w, "openings");
    ts_jw_array(&w);
    for (size_t q = 0; q < sealed->params->question_count; q++) {
        ts_jw_array(&w);
        size_t count = ts_ballot_question_choices(&sealed->params->questions[q]);
        for (size_t i = 0; i < count; i++, r++, vote++) {
            char text[TS_SCALAR_TEXT_MAX + 1];
            ts_scalar_text(text, r);
            ts_jw_object(&w);
            ts_jw_member_int(&w, "choice", *vote);
            ts_jw_member_cstr(&w, "randomness", text);
            ts_jw_object_end(&w);
        }
        ts_jw_array_end(&w);
    }
    ts_jw_array_end(&w);
    ts_jw_object_end(&w);
    return 0;
}
