#include "proto/ballot/zkp.h"

#include <assert.h>

#include "proto/ballot/transcript.h"
#include "proto/ballot/vartime.h"

/* response = w - secret*challenge */
static void respond(struct ts_proof *out, const struct ts_scalar *w, const struct ts_scalar *secret)
{
    struct ts_scalar product;
    ts_scalar_mul(&product, secret, &out->challenge);
    ts_scalar_sub(&out->response, w, &product);
    ts_scalar_wipe(&product);
}

void ts_zkp_prove_key(struct ts_proof *out, struct ts_str prefix, const struct ts_scalar *secret,
                      struct ts_drbg *rng)
{
    struct ts_scalar w;
    struct ts_point commitment;
    ts_drbg_scalar(rng, &w);
    ts_point_mul_base(&commitment, &w);
    ts_hash_to_scalar(&out->challenge, prefix, &commitment, 1);
    respond(out, &w, secret);
    ts_scalar_wipe(&w);
}

/* base^response * power^challenge */
static void commitment_of(struct ts_vpoint *out, const struct ts_proof *proof,
                          const struct ts_vpoint *base, const struct ts_vpoint *power)
{
    const struct ts_vpoint points[] = {*base, *power};
    const struct ts_scalar scalars[] = {proof->response, proof->challenge};
    ts_vpoint_mul_sum(out, points, scalars, 2);
}

bool ts_zkp_verify_key(const struct ts_proof *proof, struct ts_str prefix,
                       const struct ts_point *key)
{
    struct ts_vpoint g, x, sum;
    if (ts_vpoint_read(&x, key) != 0)
        return false;
    ts_vpoint_base(&g);
    commitment_of(&sum, proof, &g, &x);
    struct ts_point commitment;
    ts_vpoint_encode(&commitment, &sum, 1);
    struct ts_scalar challenge;
    ts_hash_to_scalar(&challenge, prefix, &commitment, 1);
    return ts_scalar_equal(&challenge, &proof->challenge);
}

int ts_zkp_prove_equal(struct ts_proof *out, struct ts_str prefix, const struct ts_scalar *secret,
                       const struct ts_point *base, struct ts_drbg *rng)
{
    struct ts_scalar w;
    struct ts_point commitments[2];
    ts_drbg_scalar(rng, &w);
    ts_point_mul_base(&commitments[0], &w);
    int rc = ts_point_mul(&commitments[1], base, &w);
    if (rc == 0) {
        ts_hash_to_scalar(&out->challenge, prefix, commitments, 2);
        respond(out, &w, secret);
    }
    ts_scalar_wipe(&w);
    return rc;
}

bool ts_zkp_verify_equal(const struct ts_proof *proof, struct ts_str prefix,
                         const struct ts_point *key, const struct ts_point *base,
                         const struct ts_point *power)
{
    struct ts_vpoint g, x, b, p, sums[2];
    if (ts_vpoint_read(&x, key) != 0 || ts_vpoint_read(&b, base) != 0 ||
        ts_vpoint_read(&p, power) != 0)
        return false;
    ts_vpoint_base(&g);
    commitment_of(&sums[0], proof, &g, &x);
    commitment_of(&sums[1], proof, &b, &p);
    struct ts_point commitments[2];
    ts_vpoint_encode(commitments, sums, 2);
    struct ts_scalar challenge;
    ts_hash_to_scalar(&challenge, prefix, commitments, 2);
    return ts_scalar_equal(&challenge, &proof->challenge);
}

static void scalar_member(struct ts_json_writer *w, const char *key, const struct ts_scalar *s)
{
    char text[TS_SCALAR_TEXT_MAX + 1];
    size_t len = ts_scalar_text(text, s);
    ts_jw_member_str(w, key, (struct ts_str){text, len});
}

void ts_proof_write(struct ts_json_writer *w, const struct ts_proof *proof)
{
    ts_jw_object(w);
    scalar_member(w, "challenge", &proof->challenge);
    scalar_member(w, "response", &proof->response);
    ts_jw_object_end(w);
}

int ts_proof_read(struct ts_proof *out, const struct ts_json *v, struct ts_err *err)
{
    const struct ts_json *challenge = NULL, *response = NULL;
    if (ts_json_is(v, TS_JSON_OBJECT)) {
        challenge = ts_json_get(v, "challenge");
        response = ts_json_get(v, "response");
    }
    if (!ts_json_is(challenge, TS_JSON_STR) || !ts_json_is(response, TS_JSON_STR) ||
        ts_scalar_parse(&out->challenge, ts_json_str(challenge)) != 0 ||
        ts_scalar_parse(&out->response, ts_json_str(response)) != 0)
        return ts_err_set(err, "proof.form", "not a proof of two decimal numbers below L");
    return 0;
}

void ts_point_write(struct ts_json_writer *w, const struct ts_point *p)
{
    char text[TS_POINT_TEXT + 1];
    ts_point_text(text, p);
    ts_jw_str(w, (struct ts_str){text, TS_POINT_TEXT});
}

int ts_point_read(struct ts_point *out, const struct ts_json *v, struct ts_err *err)
{
    if (!ts_json_is(v, TS_JSON_STR) || ts_point_parse(out, ts_json_str(v)) != 0)
        return ts_err_set(err, "point.form", "not a point of 64 lower-case hex digits");
    return 0;
}
