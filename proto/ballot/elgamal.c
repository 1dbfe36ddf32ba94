#include "proto/ballot/elgamal.h"

#include <sodium.h>

/* out = m ? g : identity, without a branch. */
static void message_point(struct ts_point *out, unsigned m)
{
    uint8_t mask = (uint8_t)(0u - (m & 1u));
    for (size_t i = 0; i < sizeof out->b; i++)
        out->b[i] = (uint8_t)(ts_point_identity.b[i] ^
                              (mask & (ts_point_identity.b[i] ^ ts_point_base.b[i])));
}

int ts_ciphertext_encrypt(struct ts_ciphertext *out, const struct ts_point *key,
                          const struct ts_scalar *r, unsigned m)
{
    struct ts_ciphertext c;
    struct ts_point g_m;
    if (ts_point_mul(&c.beta, key, r) != 0)
        return -1;
    ts_point_mul_base(&c.alpha, r);
    message_point(&g_m, m);
    ts_point_add(&c.beta, &c.beta, &g_m);
    *out = c;
    sodium_memzero(&g_m, sizeof g_m);
    return 0;
}

void ts_ciphertext_write(struct ts_json_writer *w, const struct ts_ciphertext *c)
{
    ts_jw_object(w);
    ts_jw_key(w, "alpha");
    ts_point_write(w, &c->alpha);
    ts_jw_key(w, "beta");
    ts_point_write(w, &c->beta);
    ts_jw_object_end(w);
}

int ts_ciphertext_read(struct ts_ciphertext *out, const struct ts_json *v, struct ts_err *err)
{
    if (!ts_json_is(v, TS_JSON_OBJECT))
        return ts_err_set(err, "ciphertext.form", "not an object with alpha and beta");
    if (ts_point_read(&out->alpha, ts_json_get(v, "alpha"), err) != 0) {
        ts_err_at(err, "alpha", -1);
        return -1;
    }
    if (ts_point_read(&out->beta, ts_json_get(v, "beta"), err) != 0) {
        ts_err_at(err, "beta", -1);
        return -1;
    }
    return 0;
}
