/*
 * Ballots of our own making: random shapes and votes sealed, signed, verified, opened; whatever is
 * changed in them refused; attacks that a verifier must not fall for.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <sodium.h>

#include "proto/ballot/ballot_form.h"
#include "tests/support/golden.h"
#include "tests/support/seed.h"

static const char uuid[] = "zz5FhdTNfG2L9x";
static const char phi[] = "uq/fJ2UjgxUiSyfNGCw8ghFEQJq8ootgrLMZj62usXI";

/* An election of its own with one voter. */
struct world {
    struct ts_drbg rng;
    struct ts_question_shape questions[4];
    size_t question_count;
    struct ts_ballot_params *params;
    struct ts_scalar trustee, x;
    struct ts_point credential;
    uint8_t votes[64];
    size_t vote_count;
};

static struct ts_question_shape random_shape(struct ts_seed *seed)
{
    struct ts_question_shape shape;
    shape.answers = 1 + (uint32_t)ts_seed_below(seed, 5);
    shape.max = (uint32_t)ts_seed_below(seed, shape.answers + 1);
    shape.min = (uint32_t)ts_seed_below(seed, shape.max + 1);
    shape.blank = ts_seed_below(seed, 2) == 0;
    return shape;
}

/* Admissible votes for all questions. */
static void random_votes(struct world *w, struct ts_seed *seed)
{
    uint8_t *vote = w->votes;
    memset(w->votes, 0, sizeof w->votes);
    for (size_t q = 0; q < w->question_count; q++) {
        const struct ts_question_shape *shape = &w->questions[q];
        bool blank = shape->blank && ts_seed_one_in(seed, 3);
        if (shape->blank)
            *vote++ = blank;
        uint32_t sum = shape->min + (uint32_t)ts_seed_below(seed, shape->max - shape->min + 1);
        for (uint32_t marked = 0; !blank && marked < sum;) {
            uint8_t *place = &vote[ts_seed_below(seed, shape->answers)];
            marked += *place == 0;
            *place = 1;
        }
        vote += shape->answers;
    }
    w->vote_count = (size_t)(vote - w->votes);
}

static void world_open(struct world *w, struct ts_seed *seed)
{
    uint8_t entropy[TS_DRBG_ENTROPY];
    struct ts_point key;
    struct ts_err err;
    ts_seed_bytes(seed, entropy, sizeof entropy);
    ts_drbg_init(&w->rng, entropy, (struct ts_bytes){(const uint8_t *)"world", 5});
    ts_drbg_scalar(&w->rng, &w->trustee);
    ts_point_mul_base(&key, &w->trustee);
    ts_drbg_scalar(&w->rng, &w->x);
    ts_point_mul_base(&w->credential, &w->x);
    assert_int_equal(ts_ballot_params_new(&w->params, ts_str_of(uuid), ts_str_of(phi), &key,
                                          w->questions, w->question_count, &err),
                     0);
    random_votes(w, seed);
    assert_int_equal(w->vote_count, ts_ballot_params_choices(w->params));
}

static void world_random(struct world *w, struct ts_seed *seed)
{
    w->question_count = 1 + (size_t)ts_seed_below(seed, 3);
    for (size_t i = 0; i < w->question_count; i++)
        w->questions[i] = random_shape(seed);
    world_open(w, seed);
}

static void world_close(struct world *w)
{
    ts_ballot_params_free(w->params);
}

static struct ts_sealed *seal(struct world *w)
{
    struct ts_sealed *sealed;
    struct ts_err err;
    assert_int_equal(
        ts_ballot_seal(&sealed, w->params, &w->credential, w->votes, w->vote_count, &w->rng, &err),
        0);
    return sealed;
}

static struct ts_buf seal_and_sign(struct world *w)
{
    struct ts_sealed *sealed = seal(w);
    struct ts_buf ballot = {0};
    struct ts_err err;
    assert_int_equal(ts_ballot_sign(sealed, &w->x, &w->rng, &ballot, &err), 0);
    ts_sealed_free(sealed);
    return ballot;
}

static int verify(const struct world *w, struct ts_bytes bytes, struct ts_err *err)
{
    struct ts_arena arena = {0};
    struct ts_ballot ballot;
    int rc = ts_ballot_verify(&ballot, w->params, bytes, &arena, err);
    ts_arena_free(&arena);
    return rc;
}

/* Decrypts with the trustee's key: g^vote for every choice. */
static int decrypts_to_votes(const struct world *w, const struct ts_ballot *ballot)
{
    for (size_t i = 0; i < ballot->choice_count; i++) {
        struct ts_point factor, m;
        const struct ts_ciphertext *choice = &ballot->choices[i];
        if (ts_point_mul(&factor, &choice->alpha, &w->trustee) != 0)
            return -1;
        ts_point_sub(&m, &choice->beta, &factor);
        if (!ts_point_equal(&m, w->votes[i] ? &ts_point_base : &ts_point_identity))
            return -1;
    }
    return 0;
}

static int round_trip(struct ts_seed *seed, void *state)
{
    (void)state;
    struct world w;
    struct ts_arena arena = {0};
    struct ts_ballot ballot;
    struct ts_err err = {0};
    world_random(&w, seed);
    struct ts_sealed *sealed = seal(&w);
    struct ts_buf bytes = {0};
    char hash[TS_BASE64_32 + 1];
    memcpy(hash, ts_sealed_hash(sealed).ptr, sizeof hash);
    assert_int_equal(ts_ballot_sign(sealed, &w.x, &w.rng, &bytes, &err), 0);
    int rc = ts_ballot_verify(&ballot, w.params, ts_buf_bytes(&bytes), &arena, &err);
    if (rc != 0)
        printf("%s at %s: %s\n", err.code, err.path, err.detail);
    if (rc == 0 && strcmp(hash, ballot.hash) != 0)
        rc = -1;
    if (rc == 0)
        rc = decrypts_to_votes(&w, &ballot);
    assert_true(bytes.len <= ts_ballot_params_max_bytes(w.params));
    ts_sealed_free(sealed);
    ts_arena_free(&arena);
    ts_buf_free(&bytes);
    world_close(&w);
    return rc;
}

static void sealed_ballots_verify_and_decrypt(void **state)
{
    (void)state;
    assert_int_equal(ts_seed_run(40, round_trip, NULL), 0);
}

static int open_and_check(struct ts_seed *seed, void *state)
{
    (void)state;
    struct world w;
    struct ts_err err = {0};
    world_random(&w, seed);
    struct ts_sealed *sealed = seal(&w);
    struct ts_buf opening = {0}, ballot = {0};
    uint8_t votes[64] = {9};
    assert_int_equal(ts_ballot_open(sealed, &opening, &err), 0);
    int rc = ts_ballot_audit_check(votes, w.params, &w.credential, ts_sealed_hash(sealed),
                                   ts_sealed_unsigned(sealed), ts_buf_str(&opening), &err);
    if (rc != 0)
        printf("%s at %s: %s\n", err.code, err.path, err.detail);
    if (rc == 0 && memcmp(votes, w.votes, w.vote_count) != 0)
        rc = -1;
    /* Never both: an opened ballot cannot be cast. */
    assert_int_equal(ts_ballot_sign(sealed, &w.x, &w.rng, &ballot, &err), -1);
    assert_int_equal(ballot.len, 0);
    ts_sealed_free(sealed);
    ts_buf_free(&opening);
    world_close(&w);
    return rc;
}

static void opened_ballots_pass_the_audit(void **state)
{
    (void)state;
    assert_int_equal(ts_seed_run(15, open_and_check, NULL), 0);
}

static void three_questions(struct world *w)
{
    w->question_count = 2;
    w->questions[0] = (struct ts_question_shape){.answers = 3, .min = 1, .max = 1};
    w->questions[1] = (struct ts_question_shape){.answers = 2, .min = 0, .max = 2, .blank = true};
    struct ts_seed seed = ts_seed_of(7);
    world_open(w, &seed);
}

static void a_signed_ballot_cannot_be_opened(void **state)
{
    (void)state;
    struct world w;
    struct ts_err err;
    struct ts_buf out = {0}, opening = {0};
    three_questions(&w);
    struct ts_sealed *sealed = seal(&w);
    struct ts_scalar other = ts_scalar_of(5);
    assert_int_equal(ts_ballot_sign(sealed, &other, &w.rng, &out, &err), -1);
    assert_string_equal(err.code, "ballot.signature");
    assert_int_equal(ts_ballot_sign(sealed, &w.x, &w.rng, &out, &err), 0);
    assert_int_equal(ts_ballot_open(sealed, &opening, &err), -1);
    assert_string_equal(err.code, "ballot.opened");
    assert_int_equal(opening.len, 0);
    assert_int_equal(ts_ballot_sign(sealed, &w.x, &w.rng, &out, &err), -1);
    ts_sealed_free(sealed);
    ts_buf_free(&out);
    world_close(&w);
}

/* The audit finds a kiosk that sealed something else, or says something else. */
static void the_audit_finds_every_lie(void **state)
{
    (void)state;
    struct world w;
    struct ts_err err;
    struct ts_buf opening = {0};
    uint8_t votes[64];
    three_questions(&w);
    struct ts_sealed *sealed = seal(&w), *other = seal(&w);
    assert_int_equal(ts_ballot_open(sealed, &opening, &err), 0);
    struct ts_str text = ts_sealed_unsigned(sealed), hash = ts_sealed_hash(sealed);

    assert_int_equal(ts_ballot_audit_check(votes, w.params, &ts_point_base, hash, text,
                                           ts_buf_str(&opening), &err),
                     -1);
    assert_string_equal(err.code, "audit.slip");
    assert_int_equal(ts_ballot_audit_check(votes, w.params, &w.credential, ts_sealed_hash(other),
                                           text, ts_buf_str(&opening), &err),
                     -1);
    assert_string_equal(err.code, "audit.hash");
    assert_int_equal(ts_ballot_audit_check(votes, w.params, &w.credential, ts_sealed_hash(other),
                                           ts_sealed_unsigned(other), ts_buf_str(&opening), &err),
                     -1);
    assert_string_equal(err.code, "audit.hash");
    /* Another choice claimed, with the same randomness. */
    char *claim = strstr((char *)opening.ptr, "\"choice\":");
    assert_non_null(claim);
    claim[9] ^= 1;
    assert_int_equal(ts_ballot_audit_check(votes, w.params, &w.credential, hash, text,
                                           ts_buf_str(&opening), &err),
                     -1);
    assert_string_equal(err.code, "audit.choice");
    claim[9] ^= 1;
    /* Another randomness. */
    char *digit = strstr((char *)opening.ptr, "\"randomness\":\"") + 14;
    digit[1] = digit[1] == '1' ? '2' : '1';
    assert_int_equal(ts_ballot_audit_check(votes, w.params, &w.credential, hash, text,
                                           ts_buf_str(&opening), &err),
                     -1);
    assert_string_equal(err.code, "audit.choice");
    claim[9] = '2';
    assert_int_equal(ts_ballot_audit_check(votes, w.params, &w.credential, hash, text,
                                           ts_buf_str(&opening), &err),
                     -1);
    assert_string_equal(err.code, "audit.form");
    assert_int_equal(
        ts_ballot_audit_check(votes, w.params, &w.credential, hash, text, TS_STR("[]"), &err), -1);
    assert_int_equal(
        ts_ballot_audit_check(votes, w.params, &w.credential, hash, text, TS_STR("{"), &err), -1);
    ts_sealed_free(sealed);
    ts_sealed_free(other);
    ts_buf_free(&opening);
    world_close(&w);
}

static void inadmissible_votes_are_not_sealed(void **state)
{
    (void)state;
    static const uint8_t bad[][6] = {
        {0, 0, 0, 0, 1, 1},                     /* first: none */
        {1, 1, 0, 0, 1, 1},                     /* first: two */
        {2, 0, 0, 0, 1, 1}, {1, 0, 0, 1, 1, 0}, /* blank and another */
        {1, 0, 0, 2, 0, 0}, {1, 0, 0, 0, 2, 0}, {255, 1, 1, 0, 0, 0},
    };
    static const uint8_t good[][6] = {
        {1, 0, 0, 0, 0, 0}, {0, 1, 0, 1, 0, 0}, {0, 0, 1, 0, 1, 1}, {0, 0, 1, 0, 0, 1}};
    struct world w;
    struct ts_sealed *sealed;
    struct ts_err err;
    three_questions(&w);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(ts_ballot_seal(&sealed, w.params, &w.credential, bad[i], 6, &w.rng, &err),
                         -1);
        assert_string_equal(err.code, "ballot.votes");
    }
    assert_int_equal(ts_ballot_seal(&sealed, w.params, &w.credential, good[0], 5, &w.rng, &err),
                     -1);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        memcpy(w.votes, good[i], 6);
        struct ts_buf ballot = seal_and_sign(&w);
        assert_int_equal(verify(&w, ts_buf_bytes(&ballot), &err), 0);
        ts_buf_free(&ballot);
    }
    world_close(&w);
}

static int flip_one_bit(struct ts_seed *seed, void *state)
{
    struct ts_golden *golden = state;
    struct ts_str original = golden->ballots[ts_seed_below(seed, golden->ballot_count)];
    struct ts_buf copy = {0};
    struct ts_arena arena = {0};
    struct ts_ballot ballot;
    struct ts_err err;
    ts_buf_append_str(&copy, original);
    size_t bit = ts_seed_below(seed, 8 * copy.len);
    copy.ptr[bit / 8] ^= (uint8_t)(1u << bit % 8);
    int rc = ts_ballot_verify(&ballot, golden->params, ts_buf_bytes(&copy), &arena, &err);
    if (rc == 0)
        printf("bit %zu flipped and accepted\n", bit);
    ts_arena_free(&arena);
    ts_buf_free(&copy);
    return rc == 0 ? -1 : 0;
}

static void any_flipped_bit_is_refused(void **state)
{
    (void)state;
    struct ts_golden golden = {0};
    ts_golden_load(&golden, "c-multi-blank-approval-5");
    assert_int_equal(ts_seed_run(400, flip_one_bit, &golden), 0);
    ts_golden_free(&golden);
}

/* As above where the hash is made to fit and the voter signs: the proofs alone must notice. */
static int flip_and_sign_again(struct ts_seed *seed, void *state)
{
    (void)state;
    struct world w;
    struct ts_err err;
    struct ts_arena arena = {0};
    struct ts_ballot_form form;
    world_random(&w, seed);
    struct ts_buf ballot = seal_and_sign(&w), forged = {0};
    ts_ballot_form_init(&form, w.params, &arena);
    assert_int_equal(ts_ballot_form_parse(&form, w.params, ts_buf_str(&ballot), true, &err), 0);
    size_t q = ts_seed_below(seed, w.question_count);
    const struct ts_question_shape *shape = &w.questions[q];
    struct ts_ballot_answer *answer = &form.answers[q];
    size_t choice = ts_seed_below(seed, ts_ballot_question_choices(shape));
    const struct ts_scalar one = ts_scalar_of(1);
    struct ts_proof *proof = &answer->individual[choice][ts_seed_below(seed, 2)];
    switch (ts_seed_below(seed, 5)) {
    case 0:
        ts_point_add(&answer->choices[choice].alpha, &answer->choices[choice].alpha,
                     &ts_point_base);
        break;
    case 1: /* one vote more */
        ts_point_add(&answer->choices[choice].beta, &answer->choices[choice].beta, &ts_point_base);
        break;
    case 2:
        proof = &answer->overall[ts_seed_below(seed, ts_ballot_question_overall(shape))];
        break;
    case 3:
        if (shape->blank)
            proof = &answer->blank[ts_seed_below(seed, 2)];
        break;
    default:
        break;
    }
    ts_scalar_add(&proof->response, &proof->response, &one);
    ts_ballot_form_write_unsigned(&forged, w.params, &form);
    char prefix[4 + TS_BASE64_32 + 2];
    ts_ballot_unsigned_hash(form.hash, ts_buf_str(&forged));
    snprintf(prefix, sizeof prefix, "sig|%s|", form.hash);
    ts_zkp_prove_key(&form.signature, ts_str_of(prefix), &w.x, &w.rng);
    ts_ballot_form_write_signature(&forged, form.hash, &form.signature);
    int rc = verify(&w, ts_buf_bytes(&forged), &err);
    bool noticed = rc != 0 && strcmp(err.code, "ballot.proof") == 0;
    ts_buf_free(&ballot);
    ts_buf_free(&forged);
    ts_arena_free(&arena);
    world_close(&w);
    return noticed ? 0 : -1;
}

static void a_changed_and_resigned_ballot_is_refused(void **state)
{
    (void)state;
    assert_int_equal(ts_seed_run(40, flip_and_sign_again, NULL), 0);
}

static void commitment(struct ts_point *out, const struct ts_point *base,
                       const struct ts_scalar *response, const struct ts_point *power,
                       const struct ts_scalar *challenge)
{
    struct ts_point left, right;
    assert_int_equal(ts_point_mul(&left, base, response), 0);
    assert_int_equal(ts_point_mul(&right, power, challenge), 0);
    ts_point_add(out, &left, &right);
}

/* Proofs that alpha, beta encrypt `vote` under w: real for branch `vote`, with w drawn until the
 * fitted challenge is even when `even`. false_challenge and w may be corner values. */
static void prove_by_hand(struct ts_proof out[2], struct ts_transcript prefix,
                          const struct ts_ciphertext *clean, const struct ts_point *key,
                          const struct ts_scalar *r, unsigned vote,
                          const struct ts_scalar *false_challenge,
                          const struct ts_scalar *false_response, struct ts_scalar nonce, bool even)
{
    const struct ts_scalar one = ts_scalar_of(1);
    unsigned false_branch = vote ^ 1u;
    for (;; ts_scalar_add(&nonce, &nonce, &one)) {
        struct ts_point commitments[4], shifted = clean->beta;
        out[false_branch].challenge = *false_challenge;
        out[false_branch].response = *false_response;
        if (false_branch == 1)
            ts_point_sub(&shifted, &shifted, &ts_point_base);
        commitment(&commitments[2 * false_branch], &ts_point_base, false_response, &clean->alpha,
                   false_challenge);
        commitment(&commitments[2 * false_branch + 1], key, false_response, &shifted,
                   false_challenge);
        ts_point_mul_base(&commitments[2 * vote], &nonce);
        assert_int_equal(ts_point_mul(&commitments[2 * vote + 1], key, &nonce), 0);
        struct ts_transcript t = prefix;
        struct ts_scalar total, product;
        for (int i = 0; i < 4; i++)
            ts_transcript_point(&t, &commitments[i]);
        ts_transcript_challenge(&t, &total);
        ts_scalar_sub(&out[vote].challenge, &total, false_challenge);
        ts_scalar_mul(&product, r, &out[vote].challenge);
        ts_scalar_sub(&out[vote].response, &nonce, &product);
        if (!even || (out[vote].challenge.b[0] & 1) == 0)
            return;
    }
}

/* A ballot made by hand, so that it may contain what the sealer never makes: one question, one
 * answer, 0..1, so that individual and overall proof are over the same ciphertext. */
struct corner {
    struct ts_scalar r, false_challenge, false_response, nonce;
    bool twisted;
};

static struct ts_buf by_hand(struct world *w, const struct corner *corner, unsigned vote)
{
    struct ts_arena arena = {0};
    struct ts_ballot_form form;
    struct ts_buf out = {0};
    ts_ballot_form_init(&form, w->params, &arena);
    form.credential = w->credential;
    struct ts_ballot_answer *answer = &form.answers[0];
    struct ts_ciphertext clean;
    assert_int_equal(ts_ciphertext_encrypt(&clean, &w->params->key, &corner->r, vote), 0);
    answer->choices[0] = clean;
    if (corner->twisted) {
        struct ts_point order_two;
        assert_int_equal(
            ts_point_parse(
                &order_two,
                TS_STR("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec")),
            0);
        ts_point_add(&answer->choices[0].alpha, &clean.alpha, &order_two);
    }
    struct ts_transcript t;
    ts_ballot_hash_prefix(&t, "prove|", w->params, &w->credential);
    ts_ballot_hash_choices(&t, answer->choices, 1);
    prove_by_hand(answer->individual[0], t, &clean, &w->params->key, &corner->r, vote,
                  &corner->false_challenge, &corner->false_response, corner->nonce,
                  corner->twisted);
    ts_ballot_hash_prefix(&t, "prove|", w->params, &w->credential);
    ts_ballot_hash_choices(&t, answer->choices, 1);
    ts_ballot_hash_choices(&t, answer->choices, 1); /* the sum of one */
    prove_by_hand(answer->overall, t, &clean, &w->params->key, &corner->r, vote,
                  &corner->false_challenge, &corner->false_response, corner->nonce,
                  corner->twisted);
    ts_ballot_form_write_unsigned(&out, w->params, &form);
    ts_ballot_unsigned_hash(form.hash, ts_buf_str(&out));
    char prefix[4 + TS_BASE64_32 + 2];
    snprintf(prefix, sizeof prefix, "sig|%s|", form.hash);
    ts_zkp_prove_key(&form.signature, ts_str_of(prefix), &w->x, &w->rng);
    ts_ballot_form_write_signature(&out, form.hash, &form.signature);
    ts_arena_free(&arena);
    return out;
}

static void one_answer(struct world *w)
{
    w->question_count = 1;
    w->questions[0] = (struct ts_question_shape){.answers = 1, .min = 0, .max = 1};
    struct ts_seed seed = ts_seed_of(11);
    world_open(w, &seed);
}

/* Challenge zero, response zero, identity as alpha, identity as commitment, equal points added. */
static void corner_values_are_accepted(void **state)
{
    (void)state;
    const struct ts_scalar zero = ts_scalar_of(0), one = ts_scalar_of(1), some = ts_scalar_of(77);
    const struct corner corners[] = {
        {some, some, some, some, false}, {zero, some, some, some, false},
        {some, zero, some, some, false}, {some, some, zero, some, false},
        {some, zero, zero, some, false}, {some, some, some, zero, false},
        {zero, zero, zero, zero, false}, {one, one, one, one, false},
        {one, some, some, one, false},
    };
    struct world w;
    struct ts_err err;
    one_answer(&w);
    for (size_t i = 0; i < sizeof corners / sizeof *corners; i++) {
        for (unsigned vote = 0; vote < 2; vote++) {
            struct ts_buf ballot = by_hand(&w, &corners[i], vote);
            if (verify(&w, ts_buf_bytes(&ballot), &err) != 0)
                fail_msg("corner %zu, vote %u: %s %s", i, vote, err.code, err.path);
            ts_buf_free(&ballot);
        }
    }
    world_close(&w);
}

/* PROTOCOL 13: alpha with a component of order two and even challenges satisfies every equation;
 * the tally could not be decrypted. Only the subgroup check notices. */
static void the_torsion_attack_is_refused(void **state)
{
    (void)state;
    const struct ts_scalar two = ts_scalar_of(2), some = ts_scalar_of(77);
    struct world w;
    struct ts_err err;
    one_answer(&w);
    struct corner corner = {some, two, some, some, false};
    struct ts_buf ballot = by_hand(&w, &corner, 1);
    assert_int_equal(verify(&w, ts_buf_bytes(&ballot), &err), 0);
    ts_buf_free(&ballot);
    corner.twisted = true;
    ballot = by_hand(&w, &corner, 1);
    assert_int_equal(verify(&w, ts_buf_bytes(&ballot), &err), -1);
    assert_string_equal(err.code, "ballot.point");
    assert_string_equal(err.path, "answers[0].choices[0]");
    ts_buf_free(&ballot);
    world_close(&w);
}

static struct ts_buf replaced(struct ts_buf *in, const char *from, const char *to)
{
    struct ts_buf out = {0};
    const char *at = memmem(in->ptr, in->len, from, strlen(from));
    assert_non_null(at);
    size_t before = (size_t)(at - (const char *)in->ptr);
    ts_buf_append(&out, in->ptr, before);
    ts_buf_append(&out, to, strlen(to));
    ts_buf_append(&out, at + strlen(from), in->len - before - strlen(from));
    return out;
}

/* What Belenios would let through inside answers, and other liberties. */
static void only_the_canonical_form_is_read(void **state)
{
    (void)state;
    static const char *const edits[][2] = {
        {"{\"election_uuid\"", " {\"election_uuid\""},
        {",\"answers\"", ", \"answers\""},
        {"\"choices\":", "\"extra\":1,\"choices\":"},
        {"\"challenge\":\"", "\"challenge\":\"0"},
        {"\"challenge\":\"", "\"challenge\":\"+"},
        {"\"alpha\":\"", "\"alpha\":\"0x"},
        {"\"election_hash\":\"", "\"election_hash\":\"\\u0075"},
        {"],\"overall_proof\"", ",[]],\"overall_proof\""},
        {"\"signature\":{", "\"signature\":{\"a\":1,"},
        {"}}}", "}}} "},
        {"}}}", "}},\"x\":1}"},
        {"}}}", "}}"},
    };
    struct world w;
    struct ts_err err;
    three_questions(&w);
    struct ts_buf ballot = seal_and_sign(&w);
    assert_int_equal(verify(&w, ts_buf_bytes(&ballot), &err), 0);
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        struct ts_buf edited = replaced(&ballot, edits[i][0], edits[i][1]);
        if (verify(&w, ts_buf_bytes(&edited), &err) == 0)
            fail_msg("edit %zu was accepted", i);
        ts_buf_free(&edited);
    }
    for (size_t len = 0; len < ballot.len; len += 1 + len / 40)
        assert_int_equal(verify(&w, (struct ts_bytes){ballot.ptr, len}, &err), -1);
    ts_buf_free(&ballot);
    world_close(&w);
}

static void parameters_are_bounded(void **state)
{
    (void)state;
    const struct ts_question_shape ok = {.answers = 3, .min = 1, .max = 1};
    const struct ts_question_shape bad[] = {
        {.answers = 0},
        {.answers = TS_BALLOT_ANSWERS_MAX + 1, .max = 1},
        {.answers = 2, .min = 2, .max = 1},
        {.answers = 2, .min = 0, .max = 3},
        {.answers = 2, .min = 0, .max = UINT32_MAX},
    };
    struct ts_question_shape many[TS_BALLOT_QUESTIONS_MAX + 1];
    struct ts_ballot_params *params;
    struct ts_err err;
    for (size_t i = 0; i <= TS_BALLOT_QUESTIONS_MAX; i++)
        many[i] = ok;
    struct ts_str u = ts_str_of(uuid), p = ts_str_of(phi);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(ts_ballot_params_new(&params, u, p, &ts_point_base, &bad[i], 1, &err), -1);
    assert_int_equal(ts_ballot_params_new(&params, u, p, &ts_point_base, many, 0, &err), -1);
    assert_int_equal(ts_ballot_params_new(&params, u, p, &ts_point_base, many,
                                          TS_BALLOT_QUESTIONS_MAX + 1, &err),
                     -1);
    many[0].answers = many[1].answers = many[2].answers = many[3].answers = TS_BALLOT_ANSWERS_MAX;
    assert_int_equal(ts_ballot_params_new(&params, u, p, &ts_point_base, many, 5, &err), -1);
    assert_int_equal(
        ts_ballot_params_new(&params, TS_STR("short"), p, &ts_point_base, &ok, 1, &err), -1);
    assert_int_equal(
        ts_ballot_params_new(&params, u, TS_STR("short"), &ts_point_base, &ok, 1, &err), -1);
    assert_string_equal(err.code, "ballot.params");
    assert_int_equal(ts_ballot_params_new(&params, u, p, &ts_point_identity, &ok, 1, &err), -1);
    assert_string_equal(err.code, "ballot.key");
    assert_int_equal(ts_ballot_params_new(&params, u, p, &ts_point_base, &ok, 1, &err), 0);
    ts_ballot_params_free(params);
}

/* The same entropy and context give the same ballot, others another one. */
static void sealing_depends_on_nothing_but_its_arguments(void **state)
{
    (void)state;
    struct world w;
    three_questions(&w);
    uint8_t entropy[TS_DRBG_ENTROPY] = {3};
    struct ts_buf ballots[3];
    for (int i = 0; i < 3; i++) {
        const char *context = i < 2 ? "slip|1" : "slip|2";
        ts_drbg_init(&w.rng, entropy, ts_str_bytes(ts_str_of(context)));
        ballots[i] = seal_and_sign(&w);
    }
    assert_true(ts_str_equal(ts_buf_str(&ballots[0]), ts_buf_str(&ballots[1])));
    assert_false(ts_str_equal(ts_buf_str(&ballots[0]), ts_buf_str(&ballots[2])));
    for (int i = 0; i < 3; i++)
        ts_buf_free(&ballots[i]);
    world_close(&w);
}

/* A key that is the identity could sign for anybody. */
static void the_identity_is_no_credential(void **state)
{
    (void)state;
    struct world w;
    struct ts_err err;
    three_questions(&w);
    w.x = ts_scalar_of(0);
    w.credential = ts_point_identity;
    struct ts_buf ballot = seal_and_sign(&w);
    assert_int_equal(verify(&w, ts_buf_bytes(&ballot), &err), -1);
    assert_string_equal(err.code, "ballot.signature");
    ts_buf_free(&ballot);
    world_close(&w);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sealed_ballots_verify_and_decrypt),
        cmocka_unit_test(opened_ballots_pass_the_audit),
        cmocka_unit_test(a_signed_ballot_cannot_be_opened),
        cmocka_unit_test(the_audit_finds_every_lie),
        cmocka_unit_test(inadmissible_votes_are_not_sealed),
        cmocka_unit_test(any_flipped_bit_is_refused),
        cmocka_unit_test(a_changed_and_resigned_ballot_is_refused),
        cmocka_unit_test(corner_values_are_accepted),
        cmocka_unit_test(the_torsion_attack_is_refused),
        cmocka_unit_test(only_the_canonical_form_is_read),
        cmocka_unit_test(parameters_are_bounded),
        cmocka_unit_test(sealing_depends_on_nothing_but_its_arguments),
        cmocka_unit_test(the_identity_is_no_credential),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
