/* The scrutineers' check of an opened ballot: nothing here is secret any more. */
#include "proto/ballot/ballot_form.h"
#include "proto/json/json.h"

/* The opening has a fixed depth, and is shorter than its ballot. */
#define OPENING_DEPTH 5

/* One {"choice":0|1,"randomness":"…"} against its ciphertext. */
static int check_choice(uint8_t *vote, const struct ts_ballot_params *params,
                        const struct ts_ciphertext *choice, const struct ts_json *opening,
                        struct ts_err *err)
{
    const struct ts_json *m = NULL, *r = NULL;
    if (ts_json_is(opening, TS_JSON_OBJECT)) {
        m = ts_json_get(opening, "choice");
        r = ts_json_get(opening, "randomness");
    }
    struct ts_scalar randomness;
    if (!ts_json_is(m, TS_JSON_INT) || ts_json_int(m) < 0 || ts_json_int(m) > 1 ||
        !ts_json_is(r, TS_JSON_STR) || ts_scalar_parse(&randomness, ts_json_str(r)) != 0)
        return ts_err_set(err, "audit.form", "not a choice with its randomness");
    struct ts_ciphertext expected;
    *vote = (uint8_t)ts_json_int(m);
    if (ts_ciphertext_encrypt(&expected, &params->key, &randomness, *vote) != 0 ||
        !ts_point_equal(&expected.alpha, &choice->alpha) ||
        !ts_point_equal(&expected.beta, &choice->beta))
        return ts_err_set(err, "audit.choice", "the ciphertext does not hold this choice");
    return 0;
}

static int check_opening(uint8_t *votes, const struct ts_ballot_params *params,
                         const struct ts_ballot_form *form, struct ts_str receipt_hash,
                         const struct ts_json *root, struct ts_err *err)
{
    const struct ts_json *hash = NULL, *openings = NULL;
    if (ts_json_is(root, TS_JSON_OBJECT)) {
        hash = ts_json_get(root, "hash");
        openings = ts_json_get(root, "openings");
    }
    if (!ts_json_is(hash, TS_JSON_STR) || !ts_str_equal(ts_json_str(hash), receipt_hash))
        return ts_err_set(err, "audit.hash", "the opening is of another ballot");
    if (!ts_json_is(openings, TS_JSON_ARRAY) || ts_json_count(openings) != params->question_count)
        return ts_err_set(err, "audit.form", "not one opening per question");
    for (size_t q = 0; q < params->question_count; q++) {
        const struct ts_json *list = ts_json_at(openings, q);
        size_t count = ts_ballot_question_choices(&params->questions[q]);
        if (!ts_json_is(list, TS_JSON_ARRAY) || ts_json_count(list) != count)
            return ts_err_set(err, "audit.form", "not one opening per choice");
        for (size_t i = 0; i < count; i++, votes++) {
            if (check_choice(votes, params, &form->answers[q].choices[i], ts_json_at(list, i),
                             err) != 0) {
                ts_err_at(err, "openings", (long)q);
                return -1;
            }
        }
    }
    return 0;
}

int ts_ballot_audit_check(uint8_t *votes, const struct ts_ballot_params *params,
                          const struct ts_point *credential, struct ts_str receipt_hash,
                          struct ts_str unsigned_ballot, struct ts_str opening, struct ts_err *err)
{
    struct ts_arena arena = {0};
    struct ts_ballot_form form;
    struct ts_json *root = NULL;
    const struct ts_json_limits limits = {params->max_bytes, OPENING_DEPTH};
    char hash[TS_BASE64_32 + 1];
    int rc = -1;
    ts_ballot_form_init(&form, params, &arena);
    if (ts_ballot_form_parse(&form, params, unsigned_ballot, false, err) != 0)
        goto done;
    ts_ballot_unsigned_hash(hash, unsigned_ballot);
    if (!ts_str_is(receipt_hash, hash)) {
        ts_err_set(err, "audit.hash", "the ballot is not the one of the receipt");
        goto done;
    }
    if (!ts_point_equal(&form.credential, credential)) {
        ts_err_set(err, "audit.slip", "the ballot is not of this slip");
        goto done;
    }
    if (ts_ballot_check_answers(params, &form, err) != 0 ||
        ts_json_parse(&root, opening, &limits, err) != 0)
        goto done;
    rc = check_opening(votes, params, &form, receipt_hash, root, err);
    ts_json_free(root);
    if (rc == 0 && !ts_ballot_votes_admissible(params, votes))
        rc = ts_err_set(err, "audit.choice", "the opened votes are not admissible");
done:
    ts_arena_free(&arena);
    return rc;
}
