#include "proto/ballot/opening.h"

#include <inttypes.h>

static int check_opening(struct ts_verify *verify, const struct ts_result *statement,
                         struct ts_err *err)
{
    const struct ts_verify_summary *s = ts_verify_summary(verify);
    if (s->verdict != TS_VERIFY_OPEN || s->errors > 0 || !s->tally)
        return ts_err_set(err, "opening.archive",
                          "the archive is not valid so far, or not closed, or has a result");
    if (!s->election->profile.present)
        return ts_err_set(err, "opening.archive", "not an election of our profile");
    if (s->counted < s->election->profile.min_tally)
        return ts_err_set(err, "opening.min_tally", "only %" PRId64 " ballots, %" PRId64 " needed",
                          s->counted, s->election->profile.min_tally);
    if (ts_verify_closing(verify, statement))
        return ts_err_set(err, "opening.statement",
                          "the closing statement does not hold for this archive");
    return 0;
}

int ts_opening_partial(struct ts_buf *out, struct ts_verify *verify,
                       const struct ts_result *statement, uint32_t owner,
                       const struct ts_scalar *secret, struct ts_drbg *rng, struct ts_err *err)
{
    const struct ts_verify_summary *s = ts_verify_summary(verify);
    struct ts_point key;
    if (check_opening(verify, statement, err))
        return -1;
    ts_point_mul_base(&key, secret);
    if (owner < 1 || owner > s->trustees->owner_count ||
        !ts_point_equal(&key, ts_trustees_owner_key(s->trustees, owner)))
        return ts_err_set(err, "opening.key", "not the key of this keeper");
    const struct ts_partial_of of = {s->election, s->tally};
    struct ts_partial partial;
    struct ts_arena arena = {0};
    int rc = ts_partial_make(&partial, &of, owner, secret, &s->k, &arena, rng, err);
    if (rc == 0)
        ts_partial_write(out, s->election, &partial);
    ts_arena_free(&arena);
    return rc;
}

/* Reads and checks one record into its place. */
static int take_part(struct ts_partial *place, const struct ts_verify_summary *s,
                     const struct ts_digest *k, const struct ts_opening_part *part,
                     struct ts_arena *arena, struct ts_err *err)
{
    const struct ts_partial_of of = {s->election, s->tally};
    const struct ts_point *key = ts_trustees_owner_key(s->trustees, part->owner);
    if (ts_partial_read(place, s->election, part->record, arena, err) ||
        ts_partial_check(place, &of, key, err) ||
        ts_partial_check_strong(place, &of, part->owner, key, k, err)) {
        ts_err_at(err, "trustee", (long)part->owner);
        return -1;
    }
    return 0;
}

static int open_counts(struct ts_result *result, const struct ts_verify_summary *s,
                       const struct ts_opening_part *parts, size_t part_count,
                       struct ts_arena *arena, struct ts_err *err)
{
    struct ts_digest k = ts_closing_k(&result->closing);
    uint32_t owners = s->trustees->owner_count;
    size_t choices = ts_election_choices_total(s->election);
    struct ts_partial *all = ts_arena_array(arena, owners, sizeof *all);
    const struct ts_partial **good = ts_arena_array(arena, owners, sizeof *good);
    struct ts_vpoint *d = ts_arena_array(arena, choices, sizeof *d);
    int64_t *counts = ts_arena_array(arena, choices, sizeof *counts);
    for (size_t i = 0; i < part_count; i++) {
        uint32_t owner = parts[i].owner;
        if (owner < 1 || owner > owners || good[owner - 1])
            return ts_err_set(err, "decryption.owner", "no such trustee, or one twice");
        if (take_part(&all[owner - 1], s, &k, &parts[i], arena, err))
            return -1;
        good[owner - 1] = &all[owner - 1];
    }
    const struct ts_partial_of of = {s->election, s->tally};
    if (ts_partial_combine(d, s->trustees, good, choices, err) ||
        ts_partial_counts(counts, &of, d, s->counted, err))
        return -1;
    result->counts = counts;
    return 0;
}

int ts_opening_result(struct ts_buf *out, const struct ts_verify *verify,
                      const struct ts_result *statement, const struct ts_opening_part *parts,
                      size_t part_count, struct ts_err *err)
{
    const struct ts_verify_summary *s = ts_verify_summary(verify);
    struct ts_arena arena = {0};
    struct ts_result result = *statement;
    if (!s->tally || s->errors > 0)
        return ts_err_set(err, "opening.archive", "the archive is not closed, or invalid");
    int rc = open_counts(&result, s, parts, part_count, &arena, err);
    if (rc == 0)
        ts_result_write(out, s->election, &result);
    ts_arena_free(&arena);
    return rc;
}
