/* ts_threshold_*: the published parameters as a whole. */
#include "proto/ballot/threshold.h"

void ts_threshold_write(struct ts_json_writer *w, const struct ts_threshold *t)
{
    ts_jw_object(w);
    ts_jw_member_int(w, "threshold", t->threshold);
    ts_jw_key(w, "certs");
    ts_jw_array(w);
    for (uint32_t i = 0; i < t->size; i++)
        ts_signed_write(w, &t->certs[i].text);
    ts_jw_array_end(w);
    ts_jw_key(w, "coefexps");
    ts_jw_array(w);
    for (uint32_t i = 0; i < t->size; i++)
        ts_signed_write(w, &t->coefexps[i].text);
    ts_jw_array_end(w);
    ts_jw_key(w, "signatures");
    ts_jw_array(w);
    for (uint32_t i = 0; i < t->size; i++)
        ts_proof_write(w, &t->signatures[i]);
    ts_jw_array_end(w);
    ts_jw_key(w, "verification_keys");
    ts_jw_array(w);
    for (uint32_t i = 0; i < t->size; i++)
        ts_trustee_key_write(w, &t->keys[i]);
    ts_jw_array_end(w);
    ts_jw_object_end(w);
}

static int get_array(const struct ts_json **out, const struct ts_json *v, const char *key,
                     size_t count, struct ts_err *err)
{
    *out = ts_json_get(v, key);
    if (!ts_json_is(*out, TS_JSON_ARRAY) || (count > 0 && ts_json_count(*out) != count)) {
        ts_err_set(err, "threshold.form", "not an array with an element for each trustee");
        ts_err_at(err, key, -1);
        return -1;
    }
    return 0;
}

/* Fills everything that is said about one trustee. */
struct arrays {
    const struct ts_json *certs, *coefexps, *signatures, *keys;
};

struct lists {
    struct ts_threshold_cert *certs;
    struct ts_threshold_coefexps *coefexps;
    struct ts_proof *signatures;
    struct ts_trustee_key *keys;
};

static int read_trustee(struct lists *l, const struct arrays *a, uint32_t k, uint32_t i,
                        struct ts_arena *arena, struct ts_err *err)
{
    if (ts_threshold_cert_read(&l->certs[i], ts_json_at(a->certs, i), arena, err) ||
        ts_threshold_coefexps_read(&l->coefexps[i], ts_json_at(a->coefexps, i), k, arena, err) ||
        ts_proof_read(&l->signatures[i], ts_json_at(a->signatures, i), err) ||
        ts_trustee_key_read(&l->keys[i], ts_json_at(a->keys, i), arena, err))
        return -1;
    return 0;
}

static int check_trustee(const struct ts_threshold *t, uint32_t i, struct ts_err *err)
{
    if (ts_threshold_cert_check(&t->certs[i], i + 1, t->size, t->threshold, err) ||
        ts_threshold_coefexps_check(&t->coefexps[i], &t->signatures[i], t->certs, t->size,
                                    t->threshold, i + 1, err) ||
        ts_threshold_key_check(&t->keys[i], t->coefexps, t->certs, t->size, t->threshold, i + 1,
                               err))
        return -1;
    return 0;
}

int ts_threshold_read(struct ts_threshold *out, const struct ts_json *v, struct ts_arena *arena,
                      struct ts_err *err)
{
    struct arrays a;
    struct lists l;
    *out = (struct ts_threshold){0};
    const struct ts_json *threshold =
        ts_json_is(v, TS_JSON_OBJECT) ? ts_json_get(v, "threshold") : NULL;
    if (!ts_json_is(threshold, TS_JSON_INT))
        return ts_err_set(err, "threshold.form", "no threshold");
    if (get_array(&a.certs, v, "certs", 0, err))
        return -1;
    size_t n = ts_json_count(a.certs);
    if (n < 1 || n > TS_THRESHOLD_TRUSTEES_MAX || ts_json_int(threshold) < 1 ||
        (size_t)ts_json_int(threshold) > n)
        return ts_err_set(err, "threshold.form", "the threshold does not fit the trustees");
    if (get_array(&a.coefexps, v, "coefexps", n, err) ||
        get_array(&a.signatures, v, "signatures", n, err) ||
        get_array(&a.keys, v, "verification_keys", n, err))
        return -1;
    l.certs = ts_arena_array(arena, n, sizeof *l.certs);
    l.coefexps = ts_arena_array(arena, n, sizeof *l.coefexps);
    l.signatures = ts_arena_array(arena, n, sizeof *l.signatures);
    l.keys = ts_arena_array(arena, n, sizeof *l.keys);
    *out = (struct ts_threshold){
        (uint32_t)ts_json_int(threshold), (uint32_t)n, l.certs, l.coefexps, l.signatures, l.keys};
    /* Whatever is checked about one trustee needs the certificates and coefficients of all. */
    for (uint32_t pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < n; i++) {
            int rc = pass == 0 ? read_trustee(&l, &a, out->threshold, i, arena, err)
                               : check_trustee(out, i, err);
            if (rc) {
                ts_err_at(err, "trustee", (long)i + 1);
                return -1;
            }
        }
    }
    return 0;
}

void ts_threshold_public_key(struct ts_vpoint *out, const struct ts_threshold *t)
{
    ts_vpoint_identity(out);
    for (uint32_t i = 0; i < t->size; i++) {
        struct ts_vpoint share;
        ts_threshold_evaluate(&share, t->coefexps[i].points, 1, 0);
        ts_vpoint_add(out, out, &share);
    }
}
