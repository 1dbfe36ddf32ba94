#include "proto/chain/checkpoint.h"

#include <assert.h>
#include <sodium.h>

#include "proto/base/codec.h"
#include "proto/json/writer.h"

static const char DOMAIN[] = "tongsheng-checkpoint-1|";

static void member_hex(struct ts_json_writer *w, const char *key, const uint8_t *bytes, size_t len)
{
    char hex[2 * 64 + 1];
    assert(len <= 64);
    ts_hex_encode(hex, bytes, len);
    ts_jw_member_cstr(w, key, hex);
}

static void write_object(struct ts_buf *out, const struct ts_checkpoint *cp, bool with_sig)
{
    struct ts_json_writer w;
    ts_jw_init(&w, out);
    ts_jw_object(&w);
    ts_jw_member_int(&w, "checkpoint", 1);
    ts_jw_member_cstr(&w, "suite", TS_RECORD_SUITE);
    ts_jw_member_cstr(&w, "stream", cp->stream.s);
    ts_jw_member_int(&w, "seq", cp->seq);
    member_hex(&w, "head", cp->head.b, sizeof cp->head.b);
    ts_jw_member_int(&w, "at", cp->at_ms);
    member_hex(&w, "key", cp->key, sizeof cp->key);
    if (with_sig)
        member_hex(&w, "sig", cp->sig, sizeof cp->sig);
    ts_jw_object_end(&w);
}

/* What is signed: the domain and the object without its signature. */
static void signed_text(struct ts_buf *out, const struct ts_checkpoint *cp)
{
    ts_buf_append(out, DOMAIN, sizeof DOMAIN - 1);
    write_object(out, cp, false);
}

void ts_checkpoint_sign(struct ts_checkpoint *cp, const uint8_t secret_key[static 64])
{
    struct ts_buf text = {0};
    assert(cp->seq >= 1 && cp->at_ms >= 0);
    cp->at_ms -= cp->at_ms % TS_CHECKPOINT_MINUTE_MS;
    crypto_sign_ed25519_sk_to_pk(cp->key, secret_key);
    signed_text(&text, cp);
    crypto_sign_detached(cp->sig, NULL, text.ptr, text.len, secret_key);
    ts_buf_free(&text);
}

int ts_checkpoint_verify(const struct ts_checkpoint *cp, struct ts_err *err)
{
    struct ts_buf text = {0};
    signed_text(&text, cp);
    int rc = crypto_sign_verify_detached(cp->sig, text.ptr, text.len, cp->key);
    ts_buf_free(&text);
    if (rc != 0)
        return ts_err_set(err, "checkpoint.signature", "not signed by the key that it names");
    return 0;
}

void ts_checkpoint_write(struct ts_buf *out, const struct ts_checkpoint *cp)
{
    write_object(out, cp, true);
}

static int read_int(int64_t *out, const struct ts_json *v, const char *key, int64_t min)
{
    const struct ts_json *member = ts_json_get(v, key);
    if (!ts_json_is(member, TS_JSON_INT) || ts_json_int(member) < min ||
        ts_json_int(member) > TS_RECORD_INT_MAX)
        return -1;
    *out = ts_json_int(member);
    return 0;
}

static int read_hex(uint8_t *out, size_t len, const struct ts_json *v, const char *key)
{
    const struct ts_json *member = ts_json_get(v, key);
    if (!ts_json_is(member, TS_JSON_STR))
        return -1;
    return ts_hex_decode(out, len, ts_json_str(member));
}

static int read_stream(struct ts_id *out, const struct ts_json *v)
{
    struct ts_err ignored;
    const struct ts_json *member = ts_json_get(v, "stream");
    if (!ts_json_is(member, TS_JSON_STR))
        return -1;
    return ts_record_stream(out, ts_json_str(member), &ignored);
}

int ts_checkpoint_from_json(struct ts_checkpoint *out, const struct ts_json *v, struct ts_err *err)
{
    int64_t version;
    const struct ts_json *suite;
    if (!ts_json_is(v, TS_JSON_OBJECT) || ts_json_count(v) != 8 ||
        read_int(&version, v, "checkpoint", 1) != 0 || version != 1)
        return ts_err_set(err, "checkpoint.shape", "not a checkpoint of version 1");
    suite = ts_json_get(v, "suite");
    if (!ts_json_is(suite, TS_JSON_STR) || !ts_str_is(ts_json_str(suite), TS_RECORD_SUITE))
        return ts_err_set(err, "checkpoint.shape", "a suite other than %s", TS_RECORD_SUITE);
    if (read_stream(&out->stream, v) != 0 || read_int(&out->seq, v, "seq", 1) != 0 ||
        read_hex(out->head.b, sizeof out->head.b, v, "head") != 0 ||
        read_int(&out->at_ms, v, "at", 0) != 0 || out->at_ms % TS_CHECKPOINT_MINUTE_MS != 0 ||
        read_hex(out->key, sizeof out->key, v, "key") != 0 ||
        read_hex(out->sig, sizeof out->sig, v, "sig") != 0)
        return ts_err_set(err, "checkpoint.shape", "a member is missing or malformed");
    return 0;
}

int ts_checkpoint_parse(struct ts_checkpoint *out, struct ts_str text, struct ts_err *err)
{
    const struct ts_json_limits limits = {TS_CHECKPOINT_TEXT_MAX, 2};
    struct ts_json *root;
    if (ts_json_parse(&root, text, &limits, err) != 0)
        return -1;
    int rc = ts_checkpoint_from_json(out, root, err);
    ts_json_free(root);
    return rc;
}
