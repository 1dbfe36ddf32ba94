#include <sodium.h>
#include <stdlib.h>

#include "proto/ballot/ballot_form.h"

size_t ts_ballot_question_choices(const struct ts_question_shape *question)
{
    return (size_t)question->answers + (question->blank ? 1 : 0);
}

size_t ts_ballot_question_overall(const struct ts_question_shape *question)
{
    return (size_t)question->max - question->min + (question->blank ? 2 : 1);
}

static bool shape_in_bounds(const struct ts_question_shape *question)
{
    return question->answers >= 1 && question->answers <= TS_BALLOT_ANSWERS_MAX &&
           question->min <= question->max && question->max <= question->answers;
}

/* {"challenge":"","response":""}, comma included, with the longest numbers */
#define PROOF_BYTES (31 + 2 * TS_SCALAR_TEXT_MAX)
/* {"alpha":"","beta":""}, comma included */
#define CIPHERTEXT_BYTES (24 + 2 * TS_POINT_TEXT)
/* names of members, uuid, hashes, credential, brackets */
#define FRAME_BYTES 512
#define QUESTION_BYTES 96

static size_t question_bytes(const struct ts_question_shape *question)
{
    size_t choices = ts_ballot_question_choices(question);
    size_t proofs = 2 * choices + ts_ballot_question_overall(question) + 2;
    return QUESTION_BYTES + choices * (CIPHERTEXT_BYTES + 3) + proofs * PROOF_BYTES;
}

int ts_ballot_params_new(struct ts_ballot_params **out, struct ts_str uuid, struct ts_str phi,
                         const struct ts_point *public_key,
                         const struct ts_question_shape *questions, size_t question_count,
                         struct ts_err *err)
{
    uint8_t digest[32];
    if (uuid.len < TS_ID_MIN || uuid.len > TS_BALLOT_UUID_MAX || !ts_base58_is(uuid))
        return ts_err_set(err, "ballot.params", "uuid is not %d to %d Base58 characters", TS_ID_MIN,
                          TS_BALLOT_UUID_MAX);
    if (ts_base64_decode32(digest, phi) != 0)
        return ts_err_set(err, "ballot.params", "election hash is not 32 bytes of Base64");
    if (question_count < 1 || question_count > TS_BALLOT_QUESTIONS_MAX)
        return ts_err_set(err, "ballot.params", "not 1 to %d questions", TS_BALLOT_QUESTIONS_MAX);
    size_t choices = 0, bytes = FRAME_BYTES + PROOF_BYTES;
    for (size_t i = 0; i < question_count; i++) {
        if (!shape_in_bounds(&questions[i]))
            return ts_err_set(err, "ballot.params",
                              "question %zu: answers, min or max out of range", i);
        choices += ts_ballot_question_choices(&questions[i]);
        bytes += question_bytes(&questions[i]);
    }
    if (choices > TS_BALLOT_CHOICES_MAX)
        return ts_err_set(err, "ballot.params", "more than %d choices", TS_BALLOT_CHOICES_MAX);
    struct ts_vpoint g, key;
    if (ts_vpoint_read(&key, public_key) != 0 || ts_vpoint_is_identity(&key))
        return ts_err_set(err, "ballot.key", "public key is not a point of prime order");

    struct ts_ballot_params *params =
        calloc(1, sizeof *params + question_count * sizeof params->questions[0]);
    if (!params)
        abort();
    memcpy(params->uuid, uuid.ptr, uuid.len);
    memcpy(params->phi, phi.ptr, phi.len);
    params->key = *public_key;
    params->question_count = question_count;
    params->choices = choices;
    params->max_bytes = bytes;
    memcpy(params->questions, questions, question_count * sizeof *questions);
    ts_vpoint_base(&g);
    ts_fixed_table_init(&params->g_table, &g);
    ts_fixed_table_init(&params->key_table, &key);
    *out = params;
    return 0;
}

void ts_ballot_params_free(struct ts_ballot_params *params)
{
    free(params);
}

size_t ts_ballot_params_choices(const struct ts_ballot_params *params)
{
    return params->choices;
}

size_t ts_ballot_params_max_bytes(const struct ts_ballot_params *params)
{
    return params->max_bytes;
}

/* Votes are secret: sums and comparisons by arithmetic, one verdict at the end. */
bool ts_ballot_votes_admissible(const struct ts_ballot_params *params, const uint8_t *votes)
{
    uint32_t bad = 0;
    for (size_t q = 0; q < params->question_count; q++) {
        const struct ts_question_shape *question = &params->questions[q];
        uint32_t sum = 0, blank = question->blank ? *votes : 0;
        bad |= question->blank ? *votes++ & ~UINT32_C(1) : 0;
        for (uint32_t i = 0; i < question->answers; i++, votes++) {
            bad |= *votes & ~UINT32_C(1);
            sum += *votes;
        }
        /* The top bit of a difference says which is larger: all numbers are small. */
        uint32_t outside = ((sum - question->min) | (question->max - sum)) >> 31;
        uint32_t some = (0u - sum) >> 31;
        bad |= (blank & some) | ((blank ^ 1u) & outside);
    }
    return bad == 0;
}
