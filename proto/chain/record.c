#include "proto/chain/record.h"

#include <assert.h>
#include <sodium.h>

#include "proto/base/codec.h"

static const char META_DOMAIN[] = "tongsheng-meta-1|";
static const char DATA_DOMAIN[] = "tongsheng-data-1|";

/* A reader of one canonical text: every step consumes what it expects or fails. */
struct scan {
    const char *at;
    const char *end;
};

static bool scan_literal(struct scan *scan, const char *literal)
{
    size_t len = strlen(literal);
    if ((size_t)(scan->end - scan->at) < len || memcmp(scan->at, literal, len) != 0)
        return false;
    scan->at += len;
    return true;
}

/* Decimal as our writer writes it, 0..TS_RECORD_INT_MAX. */
static bool scan_int(struct scan *scan, int64_t *out)
{
    const char *start = scan->at;
    int64_t n = 0;
    while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9') {
        n = n * 10 + (*scan->at++ - '0');
        if (n > TS_RECORD_INT_MAX)
            return false;
    }
    *out = n;
    return scan->at > start && (*start != '0' || scan->at == start + 1);
}

/* Up to the next quotation mark, which stays. Escapes are nowhere allowed in a meta. */
static struct ts_str scan_text(struct scan *scan)
{
    const char *start = scan->at;
    while (scan->at < scan->end && *scan->at != '"')
        scan->at++;
    return (struct ts_str){start, (size_t)(scan->at - start)};
}

static bool scan_salt(struct scan *scan, struct ts_id *out)
{
    struct ts_str text = scan_text(scan);
    return text.len == TS_ID_LEN && ts_id_parse(out, text) == 0;
}

static bool scan_cmd(struct scan *scan, struct ts_id *out)
{
    struct ts_str text = scan_text(scan);
    if (text.len == 0) {
        *out = (struct ts_id){0};
        return true;
    }
    return ts_id_parse(out, text) == 0;
}

static bool actor_is_valid(struct ts_str actor)
{
    if (actor.len < 1 || actor.len > 64)
        return false;
    for (size_t i = 0; i < actor.len; i++) {
        char c = actor.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '.' && c != '_' && c != ':' && c != '-')
            return false;
    }
    return true;
}

static bool int_is_valid(int64_t n)
{
    return n >= 0 && n <= TS_RECORD_INT_MAX;
}

int ts_record_stream(struct ts_id *out, struct ts_str s, struct ts_err *err)
{
    if (ts_str_is(s, TS_RECORD_REGISTRY)) {
        *out = (struct ts_id){TS_RECORD_REGISTRY};
        return 0;
    }
    if (ts_id_parse(out, s) != 0)
        return ts_err_set(err, "record.stream", "neither \"registry\" nor an id");
    return 0;
}

void ts_record_meta_write(struct ts_buf *out, const struct ts_record_meta *meta)
{
    assert(int_is_valid(meta->at_ms) && int_is_valid(meta->reg_seq));
    assert(actor_is_valid(meta->actor));
    assert(strlen(meta->salt.s) == TS_ID_LEN && strlen(meta->dsalt.s) == TS_ID_LEN);
    ts_buf_printf(out,
                  "{\"at\":%lld,\"actor\":\"%.*s\",\"cmd\":\"%s\",\"reg\":%lld,\"salt\":\"%s\","
                  "\"dsalt\":\"%s\"}",
                  (long long)meta->at_ms, TS_STR_ARG(meta->actor), meta->cmd.s,
                  (long long)meta->reg_seq, meta->salt.s, meta->dsalt.s);
}

int ts_record_meta_parse(struct ts_record_meta *out, struct ts_str text, struct ts_err *err)
{
    struct scan scan = {text.ptr, text.ptr + text.len};
    if (text.len > TS_RECORD_META_MAX)
        return ts_err_set(err, "record.meta", "longer than %d bytes", TS_RECORD_META_MAX);
    if (!scan_literal(&scan, "{\"at\":") || !scan_int(&scan, &out->at_ms))
        return ts_err_set(err, "record.meta", "no time at the beginning");
    if (!scan_literal(&scan, ",\"actor\":\""))
        return ts_err_set(err, "record.meta", "no actor after the time");
    out->actor = scan_text(&scan);
    if (!actor_is_valid(out->actor))
        return ts_err_set(err, "record.meta", "the actor is not an identifier");
    if (!scan_literal(&scan, "\",\"cmd\":\"") || !scan_cmd(&scan, &out->cmd))
        return ts_err_set(err, "record.meta", "no command id after the actor");
    if (!scan_literal(&scan, "\",\"reg\":") || !scan_int(&scan, &out->reg_seq))
        return ts_err_set(err, "record.meta", "no registry seq after the command");
    if (!scan_literal(&scan, ",\"salt\":\"") || !scan_salt(&scan, &out->salt))
        return ts_err_set(err, "record.meta", "no salt after the registry seq");
    if (!scan_literal(&scan, "\",\"dsalt\":\"") || !scan_salt(&scan, &out->dsalt))
        return ts_err_set(err, "record.meta", "no salt of the data at the end");
    if (!scan_literal(&scan, "\"}") || scan.at != scan.end)
        return ts_err_set(err, "record.meta", "something after the end");
    return 0;
}

void ts_record_data_write(struct ts_buf *out, int64_t version, const char *type, struct ts_str body)
{
    assert(version >= 1 && body.len >= 2 && body.ptr[0] == '{');
    ts_buf_printf(out, "{\"v\":%lld,\"type\":\"%s\",\"body\":", (long long)version, type);
    ts_buf_append_str(out, body);
    ts_buf_append_char(out, '}');
}

/* The beginning of every first record, up to and without the end of the body. */
static void genesis_start(struct ts_buf *out, const struct ts_id *stream)
{
    ts_buf_printf(out,
                  "{\"v\":1,\"type\":\"stream.opened\",\"body\":{\"format\":%d,\"suite\":\"%s\","
                  "\"stream\":\"%s\"",
                  TS_RECORD_FORMAT, TS_RECORD_SUITE, stream->s);
}

void ts_record_genesis_write(struct ts_buf *out, const struct ts_id *stream, struct ts_str more)
{
    genesis_start(out, stream);
    if (more.len > 0) {
        ts_buf_append_char(out, ',');
        ts_buf_append_str(out, more);
    }
    ts_buf_append(out, "}}", 2);
}

int ts_record_genesis_check(struct ts_str data, const struct ts_id *stream, struct ts_err *err)
{
    struct ts_buf want = {0};
    genesis_start(&want, stream);
    bool same = data.len > want.len && memcmp(data.ptr, want.ptr, want.len) == 0 &&
                (data.ptr[want.len] == ',' || data.ptr[want.len] == '}');
    ts_buf_free(&want);
    if (!same)
        return ts_err_set(err, "record.genesis",
                          "does not open stream %s in format %d with suite %s", stream->s,
                          TS_RECORD_FORMAT, TS_RECORD_SUITE);
    return 0;
}

static void hash_init(crypto_generichash_state *state)
{
    crypto_generichash_init(state, NULL, 0, sizeof(struct ts_record_hash));
}

static void hash_add(crypto_generichash_state *state, const void *data, size_t len)
{
    crypto_generichash_update(state, data, len);
}

void ts_record_meta_hash(struct ts_record_hash *out, struct ts_str meta)
{
    crypto_generichash_state state;
    hash_init(&state);
    hash_add(&state, META_DOMAIN, sizeof META_DOMAIN - 1);
    hash_add(&state, meta.ptr, meta.len);
    crypto_generichash_final(&state, out->b, sizeof out->b);
}

void ts_record_data_hash(struct ts_record_hash *out, const struct ts_id *dsalt, struct ts_str data)
{
    crypto_generichash_state state;
    hash_init(&state);
    hash_add(&state, DATA_DOMAIN, sizeof DATA_DOMAIN - 1);
    hash_add(&state, dsalt->s, TS_ID_LEN); /* of fixed length: no ambiguity */
    hash_add(&state, "|", 1);
    hash_add(&state, data.ptr, data.len);
    crypto_generichash_final(&state, out->b, sizeof out->b);
}

bool ts_record_hash_equal(const struct ts_record_hash *a, const struct ts_record_hash *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}
