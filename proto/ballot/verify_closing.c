/* ts_verify_*: the closing statement against the archive (docs/ballot.md sections 2 and 7). */
#include "proto/ballot/verify_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void report(struct ts_verify *v, const char *code, const char *where, const char *detail)
{
    const struct ts_verify_finding f = {.check = TS_VERIFY_CLOSING,
                                        .code = code,
                                        .event = v->event,
                                        .where = where,
                                        .detail = detail};
    ts_verify_report_full(v, &f);
}

static void check_identity(struct ts_verify *v, const struct ts_closing *c)
{
    if (!ts_str_equal(ts_id_str(&c->uuid), v->election.uuid))
        report(v, "closing.uuid", "closing.uuid", "made for another election");
    if (!ts_digest_equal(&c->phi, &v->election.phi))
        report(v, "closing.phi", "closing.phi", "made for another election record");
    if (!ts_digest_equal(&c->tally, &v->summary.tally_event))
        report(v, "closing.tally", "closing.tally", "made for another encrypted tally");
}

/* Signature hashes of the counted ballots; release with free(). */
static struct ts_digest *collect(const struct ts_verify *v, size_t *count)
{
    struct ts_digest *hashes = calloc(v->credentials.count + 1, sizeof *hashes);
    if (!hashes)
        abort();
    *count = 0;
    for (size_t i = 0; i < v->credentials.count; i++) {
        if (v->voters[i].ballots > 0)
            hashes[(*count)++] = v->voters[i].hash;
    }
    return hashes;
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, TS_DIGEST_BYTES);
}

/* What the booths say they sealed is what lies in the archive, and what was refused. */
static void check_sets(struct ts_verify *v, const struct ts_closing *c,
                       const struct ts_digest *hashes, size_t count)
{
    struct ts_sethash sealed = {0}, found = {0};
    for (size_t i = 0; i < c->booth_count; i++) {
        if (c->booths[i].given_up)
            return; /* an accepted difference, or else reported as one */
        if (ts_sethash_merge(&sealed, &c->booths[i].set))
            abort(); /* reading refuses such encodings */
    }
    if (c->missing > 0)
        return;
    for (size_t i = 0; i < count; i++)
        ts_sethash_add(&found, hashes[i].b);
    for (size_t i = 0; i < c->conflict_count; i++)
        ts_sethash_add(&found, c->conflicts[i].b);
    if (!ts_sethash_equal(&sealed, &found))
        report(v, "closing.sets", "closing.booths",
               "the booths sealed other ballots than are in the archive");
}

static void check_box(struct ts_verify *v, const struct ts_closing *c)
{
    size_t count;
    struct ts_digest *hashes = collect(v, &count);
    struct ts_digest root = ts_closing_root(hashes, count); /* sorts */
    if (c->number != (int64_t)count)
        report(v, "closing.number", "closing.number",
               "another number of ballots than in the archive");
    if (!ts_digest_equal(&root, &c->root))
        report(v, "closing.root", "closing.root", "other ballots than in the archive");
    for (size_t i = 0; i < c->conflict_count; i++) {
        if (count > 0 && bsearch(&c->conflicts[i], hashes, count, sizeof *hashes, compare))
            report(v, "closing.conflicts", "closing.conflicts",
                   "a ballot that was refused is in the archive");
    }
    check_sets(v, c, hashes, count);
    free(hashes);
}

/* Void and audited slips are of this pack and have no ballot. */
static void check_withdrawn(struct ts_verify *v, const struct ts_point *points, size_t count,
                            const char *list, const char *code)
{
    char where[64];
    for (size_t i = 0; i < count; i++) {
        const struct ts_credlist_entry *e = ts_credlist_find(&v->credentials, &points[i]);
        snprintf(where, sizeof where, "closing.%s[%zu]", list, i);
        if (!e)
            report(v, "closing.unlisted", where, "this credential is not in the list");
        else if (v->voters[e - v->credentials.entries].ballots > 0)
            report(v, code, where, "this credential has a ballot");
    }
}

static void check_disjoint(struct ts_verify *v, const struct ts_closing *c)
{
    size_t a = 0, b = 0;
    while (a < c->void_count && b < c->audited_count) {
        int order = ts_point_compare(&c->voids[a], &c->audited[b]);
        if (order == 0)
            report(v, "closing.both", "closing.void", "a slip is void and audited at once");
        a += order <= 0;
        b += order >= 0;
    }
}

static void check_counts(struct ts_verify *v, const struct ts_closing *c)
{
    struct ts_closing_difference d[TS_CLOSING_DIFFERENCES_MAX];
    size_t n = ts_closing_differences(d, c, (int64_t)v->credentials.count);
    for (size_t i = 0; i < n; i++) {
        char detail[TS_ERR_DETAIL_MAX];
        snprintf(detail, sizeof detail, "%s: %" PRId64 " against %" PRId64 "%s", d[i].what,
                 d[i].left, d[i].right,
                 ts_closing_is_accepted(c) ? ", accepted by two people" : "");
        const struct ts_verify_finding f = {
            .warning = ts_closing_is_accepted(c),
            .check = TS_VERIFY_CLOSING,
            .code = d[i].code,
            .event = v->event,
            .where = "closing",
            .detail = detail,
        };
        ts_verify_report_full(v, &f);
    }
}

bool ts_verify_statement(struct ts_verify *v, const struct ts_result *statement)
{
    const struct ts_closing *c = &statement->closing;
    int64_t before = v->summary.errors;
    struct ts_err err;
    v->summary.k = ts_closing_k(c);
    v->summary.has_k = true;
    check_identity(v, c);
    check_box(v, c);
    check_withdrawn(v, c->voids, c->void_count, "void", "closing.void_voted");
    check_withdrawn(v, c->audited, c->audited_count, "audited", "closing.audited_voted");
    check_disjoint(v, c);
    check_counts(v, c);
    if (v->has_setup && ts_result_check_signatures(statement, &v->setup.server, &err))
        ts_verify_report(v, TS_VERIFY_CLOSING, &err);
    ts_verify_pass(v, TS_VERIFY_CLOSING);
    return v->summary.errors == before;
}
