#include "proto/ballot/elgamal.h"

#include <sodium.h>

int ts_ciphertext_encrypt(struct ts_ciphertext *out, const struct ts_point *key,
                          const struct ts_scalar *r, unsigned m)
{
    struct ts_ciphertext c;
    struct ts_point g_m;
    struct ts_scalar message = ts_scalar_of(m);
    if (ts_point_mul(&c.beta, key, r) != 0)
        return -1;
    ts_point_mul_base(&c.alpha, r);
    ts_point_mul_base(&g_m, &message);
    ts_point_add(&c.beta, &c.beta, &g_m);
    *out = c;
    ts_scalar_wipe(&message);
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
