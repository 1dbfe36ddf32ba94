/* ts_partial_*: making, writing, reading and checking one trustee's part. */
#include "proto/ballot/decryption.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#define RECORD_DEPTH 32 /* unknown members of others may be nested */

/* Cell `at` of the flat lists as question and choice. */
static void locate(const struct ts_election *e, size_t at, size_t *question, size_t *choice)
{
    size_t q = 0;
    while (at >= ts_election_choices(e, q))
        at -= ts_election_choices(e, q++);
    *question = q;
    *choice = at;
}

static int at_cell(struct ts_err *err, const char *name, const struct ts_election *e, size_t at)
{
    size_t q, j;
    locate(e, at, &q, &j);
    snprintf(err->path, sizeof err->path, "%s[%zu][%zu]", name, q, j);
    return -1;
}

static void weak_prefix(struct ts_buf *out, const struct ts_election *e, const struct ts_point *key)
{
    char text[TS_POINT_TEXT + 1];
    ts_point_text(text, key);
    ts_buf_clear(out);
    ts_buf_printf(out, "decrypt|%s|%s|", e->phi_text, text);
}

/* tongsheng-decrypt-1|phi|K|owner|q,j|txt(X)|txt(alpha),txt(beta),txt(F)| */
static void strong_prefix(struct ts_buf *out, const struct ts_partial_of *of, uint32_t owner,
                          const struct ts_digest *k, const struct ts_point *key, size_t at,
                          const struct ts_point *factor)
{
    char hex[TS_DIGEST_HEX + 1];
    char text[4][TS_POINT_TEXT + 1];
    size_t q, j;
    locate(of->election, at, &q, &j);
    ts_digest_hex(hex, k);
    ts_point_text(text[0], key);
    ts_point_text(text[1], &of->tally[at].alpha);
    ts_point_text(text[2], &of->tally[at].beta);
    ts_point_text(text[3], factor);
    ts_buf_clear(out);
    ts_buf_printf(out, "tongsheng-decrypt-1|%s|%s|%" PRIu32 "|%zu,%zu|%s|%s,%s,%s|",
                  of->election->phi_text, hex, owner, q, j, text[0], text[1], text[2], text[3]);
}

int ts_partial_make(struct ts_partial *out, const struct ts_partial_of *of, uint32_t owner,
                    const struct ts_scalar *secret, const struct ts_digest *k,
                    struct ts_arena *arena, struct ts_drbg *rng, struct ts_err *err)
{
    size_t count = ts_election_choices_total(of->election);
    struct ts_point *factors = ts_arena_array(arena, count, sizeof *factors);
    struct ts_proof *proofs = ts_arena_array(arena, count, sizeof *proofs);
    struct ts_proof *strong = k ? ts_arena_array(arena, count, sizeof *strong) : NULL;
    struct ts_buf prefix = {0};
    struct ts_point key;
    int rc = 0;
    ts_point_mul_base(&key, secret);
    for (size_t i = 0; i < count && !rc; i++) {
        const struct ts_point *alpha = &of->tally[i].alpha;
        rc = ts_point_mul(&factors[i], alpha, secret);
        weak_prefix(&prefix, of->election, &key);
        rc = rc ? rc : ts_zkp_prove_equal(&proofs[i], ts_buf_str(&prefix), secret, alpha, rng);
        /* A proof of its own with fresh randomness: two proofs with one w would give x away. */
        if (k && !rc) {
            strong_prefix(&prefix, of, owner, k, &key, i, &factors[i]);
            rc = ts_zkp_prove_equal(&strong[i], ts_buf_str(&prefix), secret, alpha, rng);
        }
        if (rc) {
            ts_err_set(err, "decryption.alpha", "the tally is no proper point of the group");
            at_cell(err, "tally", of->election, i);
        }
    }
    ts_buf_free(&prefix);
    *out = (struct ts_partial){factors, proofs, strong};
    return rc;
}

/* Which of the three lists of a partial decryption. */
enum list { FACTORS, PROOFS, STRONG };

static void write_list(struct ts_json_writer *w, const struct ts_election *e,
                       const struct ts_partial *p, enum list list)
{
    size_t at = 0;
    ts_jw_array(w);
    for (size_t q = 0; q < e->question_count; q++) {
        ts_jw_array(w);
        for (size_t j = 0; j < ts_election_choices(e, q); j++, at++) {
            if (list == FACTORS)
                ts_point_write(w, &p->factors[at]);
            else
                ts_proof_write(w, list == PROOFS ? &p->proofs[at] : &p->strong[at]);
        }
        ts_jw_array_end(w);
    }
    ts_jw_array_end(w);
}

void ts_partial_write(struct ts_buf *out, const struct ts_election *e, const struct ts_partial *p)
{
    struct ts_json_writer w;
    ts_jw_init(&w, out);
    ts_jw_object(&w);
    ts_jw_key(&w, "decryption_factors");
    write_list(&w, e, p, FACTORS);
    ts_jw_key(&w, "decryption_proofs");
    write_list(&w, e, p, PROOFS);
    if (p->strong) {
        ts_jw_key(&w, "strong_proofs");
        write_list(&w, e, p, STRONG);
    }
    ts_jw_object_end(&w);
}

static int read_list(const struct ts_json *root, const char *key, const struct ts_election *e,
                     struct ts_point *points, struct ts_proof *proofs, struct ts_err *err)
{
    const struct ts_json *v = ts_json_get(root, key);
    size_t at = 0;
    if (!ts_json_is(v, TS_JSON_ARRAY) || ts_json_count(v) != e->question_count)
        return ts_err_set(err, "decryption.form", "%s: not one list per question", key);
    for (size_t q = 0; q < e->question_count; q++) {
        const struct ts_json *row = ts_json_at(v, q);
        if (!ts_json_is(row, TS_JSON_ARRAY) || ts_json_count(row) != ts_election_choices(e, q))
            return ts_err_set(err, "decryption.form", "%s: question %zu has another shape", key, q);
        for (size_t j = 0; j < ts_json_count(row); j++, at++) {
            int rc = points ? ts_point_read(&points[at], ts_json_at(row, j), err)
                            : ts_proof_read(&proofs[at], ts_json_at(row, j), err);
            if (rc)
                return ts_err_set(err, "decryption.form",
                                  "%s: malformed at question %zu choice %zu", key, q, j);
        }
    }
    return 0;
}

static int read_root(struct ts_partial *out, const struct ts_election *e,
                     const struct ts_json *root, struct ts_arena *arena, struct ts_err *err)
{
    size_t count = ts_election_choices_total(e);
    struct ts_point *factors = ts_arena_array(arena, count, sizeof *factors);
    struct ts_proof *proofs = ts_arena_array(arena, count, sizeof *proofs);
    struct ts_proof *strong = NULL;
    if (!ts_json_is(root, TS_JSON_OBJECT))
        return ts_err_set(err, "decryption.form", "not an object");
    if (read_list(root, "decryption_factors", e, factors, NULL, err) ||
        read_list(root, "decryption_proofs", e, NULL, proofs, err))
        return -1;
    if (ts_json_get(root, "strong_proofs")) {
        strong = ts_arena_array(arena, count, sizeof *strong);
        if (read_list(root, "strong_proofs", e, NULL, strong, err))
            return -1;
    }
    *out = (struct ts_partial){factors, proofs, strong};
    return 0;
}

int ts_partial_read(struct ts_partial *out, const struct ts_election *e, struct ts_str record,
                    struct ts_arena *arena, struct ts_err *err)
{
    static const struct ts_json_limits limits = {TS_PARTIAL_RECORD_MAX, RECORD_DEPTH};
    struct ts_json *root = NULL;
    *out = (struct ts_partial){0};
    if (ts_json_parse(&root, record, &limits, err))
        return ts_err_set(err, "decryption.form", "not JSON of bearable size");
    int rc = read_root(out, e, root, arena, err);
    ts_json_free(root);
    return rc;
}

int ts_partial_check(const struct ts_partial *p, const struct ts_partial_of *of,
                     const struct ts_point *key, struct ts_err *err)
{
    size_t count = ts_election_choices_total(of->election);
    struct ts_buf prefix = {0};
    bool ok = true;
    weak_prefix(&prefix, of->election, key);
    for (size_t i = 0; i < count && ok; i++) {
        ok = ts_zkp_verify_equal(&p->proofs[i], ts_buf_str(&prefix), key, &of->tally[i].alpha,
                                 &p->factors[i]);
        if (!ok) {
            ts_err_set(err, "decryption.proof", "the proof of the decryption factor fails");
            at_cell(err, "decryption_proofs", of->election, i);
        }
    }
    ts_buf_free(&prefix);
    return ok ? 0 : -1;
}

int ts_partial_check_strong(const struct ts_partial *p, const struct ts_partial_of *of,
                            uint32_t owner, const struct ts_point *key, const struct ts_digest *k,
                            struct ts_err *err)
{
    size_t count = ts_election_choices_total(of->election);
    struct ts_buf prefix = {0};
    bool ok = true;
    if (!p->strong)
        return ts_err_set(err, "decryption.strong_missing", "there are no strong proofs");
    for (size_t i = 0; i < count && ok; i++) {
        strong_prefix(&prefix, of, owner, k, key, i, &p->factors[i]);
        ok = ts_zkp_verify_equal(&p->strong[i], ts_buf_str(&prefix), key, &of->tally[i].alpha,
                                 &p->factors[i]);
        if (!ok) {
            ts_err_set(err, "decryption.strong",
                       "the strong proof fails, or is bound to another closing statement");
            at_cell(err, "strong_proofs", of->election, i);
        }
    }
    ts_buf_free(&prefix);
    return ok ? 0 : -1;
}

int ts_partial_owner(uint32_t *out, struct ts_str owned, uint32_t owner_count, struct ts_err *err)
{
    static const struct ts_json_limits limits = {512, 2};
    struct ts_json *root = NULL;
    if (ts_json_parse(&root, owned, &limits, err))
        return ts_err_set(err, "decryption.owner", "not JSON of the expected size");
    const struct ts_json *v = ts_json_is(root, TS_JSON_OBJECT) ? ts_json_get(root, "owner") : NULL;
    int64_t owner = ts_json_is(v, TS_JSON_INT) ? ts_json_int(v) : 0;
    ts_json_free(root);
    if (owner < 1 || owner > (int64_t)owner_count)
        return ts_err_set(err, "decryption.owner", "no trustee has this number");
    *out = (uint32_t)owner;
    return 0;
}
