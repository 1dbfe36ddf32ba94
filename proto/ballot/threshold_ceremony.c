/* ts_threshold_*, ts_trustee_key_*: the single steps of the ceremony. */
#include "proto/ballot/threshold.h"

#include <assert.h>
#include <inttypes.h>

/* {"context":{...},"verification":P,"encryption":P} with some room; polynomials of 32 coefficients.
 */
#define MESSAGE_MAX 4096
#define MESSAGE_DEPTH 3

/* Acceptable and not the identity, which would make a key that everybody knows. */
static bool is_proper(const struct ts_point *p)
{
    struct ts_vpoint v;
    return ts_vpoint_read(&v, p) == 0 && !ts_vpoint_is_identity(&v);
}

static void pok_prefix(struct ts_buf *out, const struct ts_point *key)
{
    char text[TS_POINT_TEXT + 1];
    ts_point_text(text, key);
    ts_buf_printf(out, "pok|Ed25519|%s|", text);
}

void ts_trustee_key_make(struct ts_trustee_key *out, const struct ts_scalar *secret,
                         struct ts_drbg *rng)
{
    struct ts_buf prefix = {0};
    *out = (struct ts_trustee_key){0};
    ts_point_mul_base(&out->public_key, secret);
    pok_prefix(&prefix, &out->public_key);
    ts_zkp_prove_key(&out->pok, ts_buf_str(&prefix), secret, rng);
    ts_buf_free(&prefix);
}

int ts_trustee_key_check(const struct ts_trustee_key *key, struct ts_err *err)
{
    if (!is_proper(&key->public_key))
        return ts_err_set(err, "trustee.key", "the public key is no proper point of the group");
    struct ts_buf prefix = {0};
    pok_prefix(&prefix, &key->public_key);
    bool ok = ts_zkp_verify_key(&key->pok, ts_buf_str(&prefix), &key->public_key);
    ts_buf_free(&prefix);
    return ok ? 0 : ts_err_set(err, "trustee.pok", "the proof of knowledge of the key fails");
}

void ts_trustee_key_write(struct ts_json_writer *w, const struct ts_trustee_key *key)
{
    ts_jw_object(w);
    ts_jw_key(w, "pok");
    ts_proof_write(w, &key->pok);
    ts_jw_key(w, "public_key");
    ts_point_write(w, &key->public_key);
    if (key->has_signature) {
        ts_jw_key(w, "signature");
        ts_proof_write(w, &key->signature);
    }
    if (key->name.ptr)
        ts_jw_member_str(w, "name", key->name);
    ts_jw_object_end(w);
}

int ts_trustee_key_read(struct ts_trustee_key *out, const struct ts_json *v, struct ts_arena *arena,
                        struct ts_err *err)
{
    *out = (struct ts_trustee_key){0};
    if (!ts_json_is(v, TS_JSON_OBJECT) || ts_proof_read(&out->pok, ts_json_get(v, "pok"), err) ||
        ts_point_read(&out->public_key, ts_json_get(v, "public_key"), err))
        return ts_err_set(err, "trustee.form", "not a public key with its proof");
    const struct ts_json *signature = ts_json_get(v, "signature");
    const struct ts_json *name = ts_json_get(v, "name");
    if (signature && ts_proof_read(&out->signature, signature, err))
        return ts_err_set(err, "trustee.form", "malformed signature of the key");
    if (name && !ts_json_is(name, TS_JSON_STR))
        return ts_err_set(err, "trustee.form", "malformed name");
    out->has_signature = signature != NULL;
    if (name)
        out->name = ts_arena_str(arena, ts_json_str(name));
    return 0;
}

void ts_threshold_cert_text(struct ts_buf *out, const struct ts_threshold_cert *cert)
{
    struct ts_json_writer w;
    ts_jw_init(&w, out);
    ts_jw_object(&w);
    ts_jw_key(&w, "context");
    ts_jw_object(&w);
    ts_jw_member_cstr(&w, "group", "Ed25519");
    ts_jw_member_int(&w, "size", cert->size);
    ts_jw_member_int(&w, "threshold", cert->threshold);
    ts_jw_member_int(&w, "index", cert->index);
    ts_jw_object_end(&w);
    ts_jw_key(&w, "verification");
    ts_point_write(&w, &cert->verification);
    ts_jw_key(&w, "encryption");
    ts_point_write(&w, &cert->encryption);
    ts_jw_object_end(&w);
}

static int get_small(uint32_t *out, const struct ts_json *object, const char *key)
{
    const struct ts_json *v = ts_json_get(object, key);
    if (!ts_json_is(v, TS_JSON_INT) || ts_json_int(v) < 1 ||
        ts_json_int(v) > TS_THRESHOLD_TRUSTEES_MAX)
        return -1;
    *out = (uint32_t)ts_json_int(v);
    return 0;
}

static int read_cert_keys(struct ts_threshold_cert *out, const struct ts_json *root,
                          struct ts_err *err)
{
    const struct ts_json *context =
        ts_json_is(root, TS_JSON_OBJECT) ? ts_json_get(root, "context") : NULL;
    const struct ts_json *group =
        ts_json_is(context, TS_JSON_OBJECT) ? ts_json_get(context, "group") : NULL;
    if (!ts_json_is(group, TS_JSON_STR) || !ts_str_is(ts_json_str(group), "Ed25519") ||
        get_small(&out->size, context, "size") ||
        get_small(&out->threshold, context, "threshold") ||
        get_small(&out->index, context, "index"))
        return ts_err_set(err, "threshold.cert", "the certificate has no well-formed context");
    if (ts_point_read(&out->verification, ts_json_get(root, "verification"), err) ||
        ts_point_read(&out->encryption, ts_json_get(root, "encryption"), err))
        return ts_err_set(err, "threshold.cert", "the certificate lacks a key");
    return 0;
}

int ts_threshold_cert_read(struct ts_threshold_cert *out, const struct ts_json *v,
                           struct ts_arena *arena, struct ts_err *err)
{
    static const struct ts_json_limits limits = {MESSAGE_MAX, MESSAGE_DEPTH};
    struct ts_json *root = NULL;
    *out = (struct ts_threshold_cert){0};
    if (ts_signed_read(&out->text, v, arena, err))
        return -1;
    if (ts_json_parse(&root, out->text.message, &limits, err))
        return ts_err_set(err, "threshold.cert", "the certificate is not JSON");
    int rc = read_cert_keys(out, root, err);
    ts_json_free(root);
    return rc;
}

int ts_threshold_cert_check(const struct ts_threshold_cert *cert, uint32_t index, uint32_t size,
                            uint32_t threshold, struct ts_err *err)
{
    if (cert->index != index || cert->size != size || cert->threshold != threshold)
        return ts_err_set(err, "threshold.cert", "made for another place or another ceremony");
    if (!is_proper(&cert->verification) || !is_proper(&cert->encryption))
        return ts_err_set(err, "threshold.cert", "a key is no proper point of the group");
    if (!ts_signed_verify(&cert->text.signature, cert->text.message, &cert->verification))
        return ts_err_set(err, "threshold.cert", "the signature fails");
    return 0;
}

static void write_certs(struct ts_json_writer *w, const struct ts_threshold_cert *certs, size_t n)
{
    ts_jw_array(w);
    for (size_t i = 0; i < n; i++)
        ts_signed_write(w, &certs[i].text);
    ts_jw_array_end(w);
}

static void write_points(struct ts_json_writer *w, const struct ts_point *points, size_t k)
{
    ts_jw_array(w);
    for (size_t i = 0; i < k; i++)
        ts_point_write(w, &points[i]);
    ts_jw_array_end(w);
}

void ts_threshold_certs_text(struct ts_buf *out, const struct ts_threshold_cert *certs, size_t n)
{
    struct ts_json_writer w;
    ts_jw_init(&w, out);
    write_certs(&w, certs, n);
}

void ts_threshold_coefexps_text(struct ts_buf *out, const struct ts_point *points, size_t k)
{
    struct ts_json_writer w;
    ts_jw_init(&w, out);
    ts_jw_object(&w);
    ts_jw_key(&w, "coefexps");
    write_points(&w, points, k);
    ts_jw_object_end(&w);
}

static int read_coefexps(struct ts_threshold_coefexps *out, const struct ts_json *root, size_t k,
                         struct ts_arena *arena, struct ts_err *err)
{
    const struct ts_json *array =
        ts_json_is(root, TS_JSON_OBJECT) ? ts_json_get(root, "coefexps") : NULL;
    if (!ts_json_is(array, TS_JSON_ARRAY) || ts_json_count(array) != k)
        return ts_err_set(err, "threshold.coefexps", "not as many coefficients as the threshold");
    struct ts_point *points = ts_arena_array(arena, k, sizeof *points);
    for (size_t i = 0; i < k; i++) {
        if (ts_point_read(&points[i], ts_json_at(array, i), err) || !is_proper(&points[i]))
            return ts_err_set(err, "threshold.coefexps", "a coefficient is no proper point");
    }
    out->points = points;
    return 0;
}

int ts_threshold_coefexps_read(struct ts_threshold_coefexps *out, const struct ts_json *v, size_t k,
                               struct ts_arena *arena, struct ts_err *err)
{
    static const struct ts_json_limits limits = {MESSAGE_MAX, MESSAGE_DEPTH};
    struct ts_json *root = NULL;
    *out = (struct ts_threshold_coefexps){0};
    if (ts_signed_read(&out->text, v, arena, err))
        return -1;
    if (ts_json_parse(&root, out->text.message, &limits, err))
        return ts_err_set(err, "threshold.coefexps", "the coefficients are not JSON");
    int rc = read_coefexps(out, root, k, arena, err);
    ts_json_free(root);
    return rc;
}

void ts_threshold_certs_message(struct ts_buf *out, const struct ts_threshold_cert *certs, size_t n,
                                const struct ts_point *points, size_t k)
{
    struct ts_json_writer w;
    ts_buf_append_str(out, TS_STR("certs_sig|"));
    ts_jw_init(&w, out);
    ts_jw_object(&w);
    ts_jw_key(&w, "certs");
    write_certs(&w, certs, n);
    ts_jw_key(&w, "coefexps");
    write_points(&w, points, k);
    ts_jw_object_end(&w);
}

int ts_threshold_coefexps_check(const struct ts_threshold_coefexps *coefexps,
                                const struct ts_proof *signature,
                                const struct ts_threshold_cert *certs, size_t n, size_t k,
                                uint32_t index, struct ts_err *err)
{
    const struct ts_point *key = &certs[index - 1].verification;
    if (!ts_signed_verify(&coefexps->text.signature, coefexps->text.message, key))
        return ts_err_set(err, "threshold.signature", "the signature of the coefficients fails");
    struct ts_buf message = {0};
    ts_threshold_certs_message(&message, certs, n, coefexps->points, k);
    bool ok = ts_signed_verify(signature, ts_buf_str(&message), key);
    ts_buf_free(&message);
    return ok ? 0
              : ts_err_set(err, "threshold.signature", "the signature of the certificates fails");
}

struct ts_digest ts_threshold_commitment(struct ts_str meeting,
                                         const struct ts_threshold_cert *certs, size_t n,
                                         uint32_t index, const struct ts_signed *coefexps)
{
    char hex[TS_DIGEST_HEX + 1];
    struct ts_buf text = {0};
    struct ts_json_writer w;
    ts_threshold_certs_text(&text, certs, n);
    struct ts_digest hash = ts_digest_of(ts_buf_str(&text));
    ts_digest_hex(hex, &hash);
    ts_buf_clear(&text);
    ts_buf_printf(&text, "tongsheng-dkg-1|%.*s|%s|%" PRIu32 "|", TS_STR_ARG(meeting), hex, index);
    ts_jw_init(&w, &text);
    ts_signed_write(&w, coefexps);
    hash = ts_digest_of(ts_buf_str(&text));
    ts_buf_free(&text);
    return hash;
}

void ts_threshold_evaluate(struct ts_vpoint *out, const struct ts_point *points, size_t k,
                           uint32_t j)
{
    struct ts_vpoint v[TS_THRESHOLD_TRUSTEES_MAX];
    struct ts_scalar powers[TS_THRESHOLD_TRUSTEES_MAX];
    struct ts_scalar base = ts_scalar_of(j);
    assert(k >= 1 && k <= TS_THRESHOLD_TRUSTEES_MAX);
    for (size_t m = 0; m < k; m++) {
        int rc = ts_vpoint_decode(&v[m], &points[m]);
        assert(rc == 0);
        (void)rc;
        if (m == 0)
            powers[m] = ts_scalar_of(1);
        else
            ts_scalar_mul(&powers[m], &powers[m - 1], &base);
    }
    ts_vpoint_mul_sum(out, v, powers, k);
}

int ts_threshold_key_check(const struct ts_trustee_key *key,
                           const struct ts_threshold_coefexps *coefexps,
                           const struct ts_threshold_cert *certs, size_t n, size_t k,
                           uint32_t index, struct ts_err *err)
{
    struct ts_vpoint product, claimed;
    char text[TS_POINT_TEXT + 1];
    if (ts_trustee_key_check(key, err))
        return -1;
    ts_vpoint_identity(&product);
    for (size_t i = 0; i < n; i++) {
        struct ts_vpoint share;
        ts_threshold_evaluate(&share, coefexps[i].points, k, index);
        ts_vpoint_add(&product, &product, &share);
    }
    if (ts_vpoint_decode(&claimed, &key->public_key) || !ts_vpoint_equal(&claimed, &product))
        return ts_err_set(err, "threshold.key", "the key is not what the coefficients make it");
    ts_point_text(text, &key->public_key);
    if (!key->has_signature ||
        !ts_signed_verify(&key->signature, ts_str_of(text), &certs[index - 1].verification))
        return ts_err_set(err, "threshold.key", "the signature of the key is missing or fails");
    return 0;
}
