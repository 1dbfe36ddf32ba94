#include "proto/ballot/signed.h"

static void put_prefix(struct ts_buf *out, struct ts_str message)
{
    /* At once: messages to oneself hold secrets, and growing would leave copies behind. */
    ts_buf_reserve(out, message.len + sizeof "sigmsg||");
    ts_buf_append_str(out, TS_STR("sigmsg|"));
    ts_buf_append_str(out, message);
    ts_buf_append_char(out, '|');
}

void ts_signed_prove(struct ts_proof *out, struct ts_str message, const struct ts_scalar *secret,
                     struct ts_drbg *rng)
{
    struct ts_buf prefix = {0};
    put_prefix(&prefix, message);
    ts_zkp_prove_key(out, ts_buf_str(&prefix), secret, rng);
    ts_buf_wipe(&prefix);
}

bool ts_signed_verify(const struct ts_proof *signature, struct ts_str message,
                      const struct ts_point *key)
{
    struct ts_buf prefix = {0};
    put_prefix(&prefix, message);
    bool ok = ts_zkp_verify_key(signature, ts_buf_str(&prefix), key);
    ts_buf_wipe(&prefix);
    return ok;
}

void ts_signed_write(struct ts_json_writer *w, const struct ts_signed *s)
{
    ts_jw_object(w);
    ts_jw_member_str(w, "message", s->message);
    ts_jw_key(w, "signature");
    ts_proof_write(w, &s->signature);
    ts_jw_object_end(w);
}

int ts_signed_read(struct ts_signed *out, const struct ts_json *v, struct ts_arena *arena,
                   struct ts_err *err)
{
    const struct ts_json *message =
        ts_json_is(v, TS_JSON_OBJECT) ? ts_json_get(v, "message") : NULL;
    if (!ts_json_is(message, TS_JSON_STR) ||
        ts_proof_read(&out->signature, ts_json_get(v, "signature"), err))
        return ts_err_set(err, "signed.form", "not a signed message");
    out->message = ts_arena_str(arena, ts_json_str(message));
    return 0;
}
