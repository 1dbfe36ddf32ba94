/* ts_verify_*: tally, partial decryptions, result. */
#include "proto/ballot/verify_state.h"

#include <inttypes.h>
#include <stdio.h>

#include "proto/ballot/weight.h"

static void report_trustee(struct ts_verify *v, int64_t event, uint32_t owner,
                           const struct ts_err *err, bool warning)
{
    const struct ts_verify_finding f = {
        .warning = warning,
        .check = TS_VERIFY_DECRYPTIONS,
        .code = err->code,
        .event = event,
        .trustee = owner,
        .where = err->path,
        .detail = err->detail,
    };
    ts_verify_report_full(v, &f);
}

/* {"num_tallied":I,"total_weight":W,"encrypted_tally":HASH} */
static int check_sized(const struct ts_verify *v, struct ts_str record, struct ts_err *err)
{
    static const struct ts_json_limits limits = {1024, 2};
    struct ts_json *root = NULL;
    int64_t number = -1, weight = -1;
    if (ts_json_parse(&root, record, &limits, err))
        return ts_err_set(err, "tally.form", "the sized tally is not JSON");
    const struct ts_json *n =
        ts_json_is(root, TS_JSON_OBJECT) ? ts_json_get(root, "num_tallied") : NULL;
    if (ts_json_is(n, TS_JSON_INT) &&
        ts_weight_read(&weight, ts_json_get(root, "total_weight")) == 0)
        number = ts_json_int(n);
    ts_json_free(root);
    if (number < 0 || weight < 0)
        return ts_err_set(err, "tally.form", "the sized tally lacks its numbers");
    if (number != v->tally.num_tallied)
        return ts_err_set(err, "tally.number", "%" PRId64 " ballots claimed, %" PRId64 " counted",
                          number, v->tally.num_tallied);
    if (weight != v->tally.total_weight)
        return ts_err_set(err, "tally.weight",
                          "a weight of %" PRId64 " claimed, %" PRId64 " counted", weight,
                          v->tally.total_weight);
    return 0;
}

void ts_verify_tally(struct ts_verify *v, const struct ts_archive_step *step)
{
    struct ts_err err;
    uint32_t owners = v->trustees.owner_count;
    v->partials = ts_arena_array(&v->arena, owners, sizeof *v->partials);
    v->partial_events = ts_arena_array(&v->arena, owners, sizeof *v->partial_events);
    v->partial_good = ts_arena_array(&v->arena, owners, sizeof *v->partial_good);
    v->ciphertexts = ts_arena_array(&v->arena, v->tally.choice_count, sizeof *v->ciphertexts);
    v->summary.tally_event = step->event_hash;
    if (v->tally_incomplete) { /* a ballot could not be read: said already */
        v->stopped = true;
        return;
    }
    struct ts_buf record = {0};
    ts_tally_finish(v->ciphertexts, &v->tally);
    ts_tally_write(&record, &v->election, v->ciphertexts);
    bool equal = ts_str_equal(ts_buf_str(&record), step->data[0].body);
    ts_buf_free(&record);
    if (!equal) {
        ts_err_set(&err, "tally.mismatch", "the encrypted tally is not the sum of the ballots");
        ts_verify_report(v, TS_VERIFY_TALLY, &err);
        v->stopped = true; /* decryptions of something else */
        return;
    }
    if (check_sized(v, step->data[1].body, &err))
        ts_verify_report(v, TS_VERIFY_TALLY, &err);
    v->summary.tally = v->ciphertexts;
    ts_verify_pass(v, TS_VERIFY_TALLY);
}

void ts_verify_partial(struct ts_verify *v, const struct ts_archive_step *step)
{
    const struct ts_partial_of of = {&v->election, v->ciphertexts};
    struct ts_partial partial;
    struct ts_err err;
    uint32_t owner;
    v->summary.decryptions++;
    if (ts_partial_owner(&owner, step->data[1].body, v->trustees.owner_count, &err)) {
        ts_verify_report(v, TS_VERIFY_DECRYPTIONS, &err);
        return;
    }
    if (v->partial_events[owner - 1]) {
        ts_err_set(&err, "decryption.twice", "this trustee has an earlier partial decryption");
        report_trustee(v, v->event, owner, &err, false);
        return;
    }
    v->partial_events[owner - 1] = v->event;
    if (ts_partial_read(&partial, &v->election, step->data[0].body, &v->arena, &err) ||
        ts_partial_check(&partial, &of, ts_trustees_owner_key(&v->trustees, owner), &err)) {
        report_trustee(v, v->event, owner, &err, false);
        return;
    }
    v->partials[owner - 1] = partial;
    v->partial_good[owner - 1] = true;
}

/* The profile's proofs can be checked when the closing statement is known: with the result. */
static void check_strong(struct ts_verify *v)
{
    const struct ts_partial_of of = {&v->election, v->ciphertexts};
    struct ts_err err;
    for (uint32_t owner = 1; owner <= v->trustees.owner_count; owner++) {
        if (v->partial_good[owner - 1] &&
            ts_partial_check_strong(&v->partials[owner - 1], &of, owner,
                                    ts_trustees_owner_key(&v->trustees, owner), &v->summary.k,
                                    &err))
            report_trustee(v, v->partial_events[owner - 1], owner, &err, false);
    }
}

/* More than a group needs: harmless, since every one was checked. */
static void warn_surplus(struct ts_verify *v)
{
    struct ts_err err;
    for (size_t i = 0; i < v->trustees.entry_count; i++) {
        const struct ts_trustees_entry *e = &v->trustees.entries[i];
        uint32_t given = 0;
        for (uint32_t t = 0; e->is_group && t < e->group.size; t++) {
            uint32_t owner = e->first_owner + t;
            if (!v->partial_good[owner - 1] || ++given <= e->group.threshold)
                continue;
            ts_err_set(&err, "decryption.surplus", "more partial decryptions than the group needs");
            report_trustee(v, v->partial_events[owner - 1], owner, &err, true);
        }
    }
}

static int check_counts(struct ts_verify *v, struct ts_err *err)
{
    const struct ts_partial_of of = {&v->election, v->ciphertexts};
    uint32_t owners = v->trustees.owner_count;
    size_t choices = v->tally.choice_count;
    const struct ts_partial **good = ts_arena_array(&v->arena, owners, sizeof *good);
    struct ts_vpoint *d = ts_arena_array(&v->arena, choices, sizeof *d);
    for (uint32_t i = 0; i < owners; i++)
        good[i] = v->partial_good[i] ? &v->partials[i] : NULL;
    if (ts_partial_combine(d, &v->trustees, good, choices, err))
        return -1;
    ts_verify_pass(v, TS_VERIFY_DECRYPTIONS);
    if (ts_partial_counts_check(v->result.counts, &of, d, err))
        return -1;
    for (size_t i = 0; i < choices; i++) {
        if (v->result.counts[i] > v->tally.total_weight)
            return ts_err_set(err, "result.range", "a count exceeds the number of votes");
    }
    if (v->election.profile.present && v->tally.num_tallied < v->election.profile.min_tally)
        return ts_err_set(err, "result.min_tally",
                          "opened although fewer than %" PRId64 " ballots were in the box",
                          v->election.profile.min_tally);
    return 0;
}

void ts_verify_result(struct ts_verify *v, const struct ts_archive_step *step)
{
    struct ts_err err;
    if (ts_result_read(&v->result, &v->election, step->data[0].body, &v->arena, &err)) {
        ts_verify_report(
            v, strncmp(err.code, "closing.", 8) == 0 ? TS_VERIFY_CLOSING : TS_VERIFY_RESULT, &err);
        return;
    }
    v->summary.result = &v->result;
    warn_surplus(v);
    if (v->election.profile.present) {
        if (!v->result.has_closing) {
            ts_err_set(&err, "closing.missing", "the result carries no closing statement");
            ts_verify_report(v, TS_VERIFY_CLOSING, &err);
        } else {
            ts_verify_statement(v, &v->result);
            check_strong(v);
        }
    }
    if (check_counts(v, &err))
        ts_verify_report(
            v, strncmp(err.code, "decryption.", 11) == 0 ? TS_VERIFY_DECRYPTIONS : TS_VERIFY_RESULT,
            &err);
    ts_verify_pass(v, TS_VERIFY_RESULT);
}
