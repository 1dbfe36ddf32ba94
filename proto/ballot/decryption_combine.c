/* ts_partial_*: from the trustees' parts to counts. */
#include "proto/ballot/decryption.h"

#include <assert.h>
#include <stdio.h>

static void decode(struct ts_vpoint *out, const struct ts_point *p)
{
    int rc = ts_vpoint_decode(out, p);
    assert(rc == 0); /* checked before */
    (void)rc;
}

/* lambda_j = prod over the other members m of m/(m-j). */
static void lagrange(struct ts_scalar *out, const uint32_t *members, size_t count, uint32_t j)
{
    struct ts_scalar top = ts_scalar_of(1), bottom = ts_scalar_of(1);
    struct ts_scalar own = ts_scalar_of(j);
    for (size_t i = 0; i < count; i++) {
        struct ts_scalar m = ts_scalar_of(members[i]), difference;
        if (members[i] == j)
            continue;
        ts_scalar_sub(&difference, &m, &own);
        ts_scalar_mul(&top, &top, &m);
        ts_scalar_mul(&bottom, &bottom, &difference);
    }
    ts_scalar_invert(&bottom, &bottom);
    ts_scalar_mul(out, &top, &bottom);
}

static int combine_group(struct ts_vpoint *out, const struct ts_trustees_entry *e,
                         const struct ts_partial *const *partials, size_t choice_count,
                         struct ts_err *err)
{
    uint32_t members[TS_THRESHOLD_TRUSTEES_MAX];
    struct ts_scalar lambda[TS_THRESHOLD_TRUSTEES_MAX];
    struct ts_vpoint factors[TS_THRESHOLD_TRUSTEES_MAX];
    size_t count = 0;
    for (uint32_t j = 1; j <= e->group.size && count < e->group.threshold; j++) {
        if (partials[e->first_owner - 1 + j - 1])
            members[count++] = j;
    }
    if (count < e->group.threshold)
        return ts_err_set(err, "decryption.missing",
                          "only %zu of the %u needed partial decryptions", count,
                          (unsigned)e->group.threshold);
    for (size_t i = 0; i < count; i++)
        lagrange(&lambda[i], members, count, members[i]);
    for (size_t c = 0; c < choice_count; c++) {
        struct ts_vpoint sum;
        for (size_t i = 0; i < count; i++)
            decode(&factors[i], &partials[e->first_owner - 1 + members[i] - 1]->factors[c]);
        ts_vpoint_mul_sum(&sum, factors, lambda, count);
        ts_vpoint_add(&out[c], &out[c], &sum);
    }
    return 0;
}

static int combine_single(struct ts_vpoint *out, const struct ts_trustees_entry *e,
                          const struct ts_partial *const *partials, size_t choice_count,
                          struct ts_err *err)
{
    const struct ts_partial *p = partials[e->first_owner - 1];
    if (!p)
        return ts_err_set(err, "decryption.missing", "trustee %u is needed and missing",
                          (unsigned)e->first_owner);
    for (size_t c = 0; c < choice_count; c++) {
        struct ts_vpoint factor;
        decode(&factor, &p->factors[c]);
        ts_vpoint_add(&out[c], &out[c], &factor);
    }
    return 0;
}

int ts_partial_combine(struct ts_vpoint *out, const struct ts_trustees *trustees,
                       const struct ts_partial *const *partials, size_t choice_count,
                       struct ts_err *err)
{
    for (size_t c = 0; c < choice_count; c++)
        ts_vpoint_identity(&out[c]);
    for (size_t i = 0; i < trustees->entry_count; i++) {
        const struct ts_trustees_entry *e = &trustees->entries[i];
        int rc = e->is_group ? combine_group(out, e, partials, choice_count, err)
                             : combine_single(out, e, partials, choice_count, err);
        if (rc) {
            ts_err_at(err, "trustees", (long)i);
            return -1;
        }
    }
    return 0;
}

/* g^count of this cell as published. */
static void opened(struct ts_vpoint *out, const struct ts_ciphertext *cell,
                   const struct ts_vpoint *d)
{
    decode(out, &cell->beta);
    ts_vpoint_sub(out, out, d);
}

static void at_cell(struct ts_err *err, const struct ts_election *e, size_t at)
{
    size_t q = 0;
    while (at >= ts_election_choices(e, q))
        at -= ts_election_choices(e, q++);
    snprintf(err->path, sizeof err->path, "result[%zu][%zu]", q, at);
}

int ts_partial_counts(int64_t *counts, const struct ts_partial_of *of, const struct ts_vpoint *d,
                      int64_t max, struct ts_err *err)
{
    size_t count = ts_election_choices_total(of->election);
    struct ts_dlog *dlog = ts_dlog_new(max);
    int rc = 0;
    for (size_t i = 0; i < count && !rc; i++) {
        struct ts_vpoint p;
        opened(&p, &of->tally[i], &d[i]);
        counts[i] = ts_dlog_find(dlog, &p);
        if (counts[i] < 0) {
            rc = ts_err_set(err, "result.range", "no number of votes explains the tally");
            at_cell(err, of->election, i);
        }
    }
    ts_dlog_free(dlog);
    return rc;
}

int ts_partial_counts_check(const int64_t *counts, const struct ts_partial_of *of,
                            const struct ts_vpoint *d, struct ts_err *err)
{
    size_t count = ts_election_choices_total(of->election);
    for (size_t i = 0; i < count; i++) {
        struct ts_vpoint p, claimed, base;
        struct ts_scalar n = ts_scalar_of((uint64_t)counts[i]);
        opened(&p, &of->tally[i], &d[i]);
        ts_vpoint_base(&base);
        ts_vpoint_mul(&claimed, &base, &n);
        if (!ts_vpoint_equal(&p, &claimed)) {
            ts_err_set(err, "result.count", "the tally does not open to the published count");
            at_cell(err, of->election, i);
            return -1;
        }
    }
    return 0;
}
