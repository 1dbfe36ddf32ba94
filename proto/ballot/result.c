#include "proto/ballot/result.h"

#include <stdio.h>

#include "proto/ballot/weight.h"
#include "proto/base/codec.h"

#define RECORD_DEPTH 32 /* unknown members of others may be nested */

static void write_signature(struct ts_json_writer *w, const struct ts_closing_signature *s)
{
    char hex[2 * TS_CLOSING_SIGNATURE_BYTES + 1];
    ts_hex_encode(hex, s->b, TS_CLOSING_SIGNATURE_BYTES);
    ts_jw_cstr(w, hex);
}

static void write_closing(struct ts_json_writer *w, const struct ts_result *r)
{
    ts_jw_object(w);
    ts_jw_key(w, "closing");
    ts_closing_write(w, &r->closing);
    ts_jw_key(w, "server");
    write_signature(w, &r->server);
    ts_jw_key(w, "booths");
    ts_jw_array(w);
    for (size_t i = 0; i < r->booth_count; i++)
        write_signature(w, &r->booths[i]);
    ts_jw_array_end(w);
    ts_jw_object_end(w);
}

void ts_result_write(struct ts_buf *out, const struct ts_election *e, const struct ts_result *r)
{
    struct ts_json_writer w;
    size_t at = 0;
    ts_jw_init(&w, out);
    ts_jw_object(&w);
    ts_jw_key(&w, "result");
    ts_jw_array(&w);
    for (size_t q = 0; q < e->question_count; q++) {
        ts_jw_array(&w);
        for (size_t j = 0; j < ts_election_choices(e, q); j++)
            ts_weight_write(&w, r->counts[at++]);
        ts_jw_array_end(&w);
    }
    ts_jw_array_end(&w);
    if (r->has_closing) {
        ts_jw_key(&w, "tongsheng");
        write_closing(&w, r);
    }
    ts_jw_object_end(&w);
}

void ts_result_write_statement(struct ts_buf *out, const struct ts_result *r)
{
    struct ts_json_writer w;
    ts_jw_init(&w, out);
    write_closing(&w, r);
}

static int read_counts(struct ts_result *out, const struct ts_election *e, const struct ts_json *v,
                       struct ts_arena *arena, struct ts_err *err)
{
    int64_t *counts = ts_arena_array(arena, ts_election_choices_total(e), sizeof *counts);
    size_t at = 0;
    if (!ts_json_is(v, TS_JSON_ARRAY) || ts_json_count(v) != e->question_count)
        return ts_err_set(err, "result.form", "not one list of counts per question");
    for (size_t q = 0; q < e->question_count; q++) {
        const struct ts_json *row = ts_json_at(v, q);
        if (!ts_json_is(row, TS_JSON_ARRAY) || ts_json_count(row) != ts_election_choices(e, q))
            return ts_err_set(err, "result.form", "question %zu has another shape", q);
        for (size_t j = 0; j < ts_json_count(row); j++) {
            if (ts_weight_read(&counts[at++], ts_json_at(row, j)))
                return ts_err_set(err, "result.form", "question %zu choice %zu is no count", q, j);
        }
    }
    out->counts = counts;
    return 0;
}

static int read_signature(struct ts_closing_signature *out, const struct ts_json *v,
                          struct ts_err *err)
{
    if (!ts_json_is(v, TS_JSON_STR) ||
        ts_hex_decode(out->b, TS_CLOSING_SIGNATURE_BYTES, ts_json_str(v)))
        return ts_err_set(err, "closing.form", "malformed signature");
    return 0;
}

static int read_closing(struct ts_result *out, const struct ts_json *v, struct ts_arena *arena,
                        struct ts_err *err)
{
    if (!ts_json_is(v, TS_JSON_OBJECT))
        return ts_err_set(err, "closing.form", "the field tongsheng is not an object");
    if (ts_closing_read_json(&out->closing, ts_json_get(v, "closing"), arena, err) ||
        read_signature(&out->server, ts_json_get(v, "server"), err))
        return -1;
    const struct ts_json *booths = ts_json_get(v, "booths");
    if (!ts_json_is(booths, TS_JSON_ARRAY) || ts_json_count(booths) > TS_CLOSING_BOOTHS_MAX)
        return ts_err_set(err, "closing.form", "no signatures of the booths");
    out->booth_count = ts_json_count(booths);
    struct ts_closing_signature *list = ts_arena_array(arena, out->booth_count, sizeof *list);
    for (size_t i = 0; i < out->booth_count; i++) {
        if (read_signature(&list[i], ts_json_at(booths, i), err))
            return -1;
    }
    out->booths = list;
    out->has_closing = true;
    return 0;
}

static int read_root(struct ts_result *out, const struct ts_election *e, const struct ts_json *root,
                     struct ts_arena *arena, struct ts_err *err)
{
    if (!ts_json_is(root, TS_JSON_OBJECT))
        return ts_err_set(err, "result.form", "not an object");
    if (read_counts(out, e, ts_json_get(root, "result"), arena, err))
        return -1;
    const struct ts_json *v = ts_json_get(root, "tongsheng");
    return v ? read_closing(out, v, arena, err) : 0;
}

int ts_result_read(struct ts_result *out, const struct ts_election *e, struct ts_str record,
                   struct ts_arena *arena, struct ts_err *err)
{
    static const struct ts_json_limits limits = {TS_RESULT_RECORD_MAX, RECORD_DEPTH};
    struct ts_json *root = NULL;
    *out = (struct ts_result){0};
    if (ts_json_parse(&root, record, &limits, err))
        return ts_err_set(err, "result.form", "not JSON of bearable size");
    int rc = read_root(out, e, root, arena, err);
    ts_json_free(root);
    if (rc || !out->has_closing)
        return rc;
    /* K is over the statement's canonical bytes, so the record has to be canonical as a whole. */
    struct ts_buf again = {0};
    ts_result_write(&again, e, out);
    bool canonical = ts_str_equal(ts_buf_str(&again), record);
    ts_buf_free(&again);
    return canonical ? 0 : ts_err_set(err, "closing.form", "the record is not in canonical form");
}

int ts_result_read_statement(struct ts_result *out, struct ts_str text, struct ts_arena *arena,
                             struct ts_err *err)
{
    static const struct ts_json_limits limits = {TS_RESULT_RECORD_MAX, RECORD_DEPTH};
    struct ts_json *root = NULL;
    *out = (struct ts_result){0};
    if (ts_json_parse(&root, text, &limits, err))
        return ts_err_set(err, "closing.form", "not JSON of bearable size");
    int rc = read_closing(out, root, arena, err);
    ts_json_free(root);
    if (rc)
        return rc;
    struct ts_buf again = {0};
    ts_result_write_statement(&again, out);
    bool canonical = ts_str_equal(ts_buf_str(&again), text);
    ts_buf_free(&again);
    return canonical ? 0 : ts_err_set(err, "closing.form", "not in canonical form");
}

static int signer(struct ts_err *err, const char *what, struct ts_str kiosk)
{
    snprintf(err->path, sizeof err->path, "%s[%.*s]", what, TS_STR_ARG(kiosk));
    return -1;
}

int ts_result_check_signatures(const struct ts_result *r, const struct ts_closing_key *server,
                               struct ts_err *err)
{
    const struct ts_closing *c = &r->closing;
    struct ts_digest k = ts_closing_k(c);
    size_t next = 0;
    if (!ts_closing_check(&r->server, &k, server))
        return ts_err_set(err, "closing.signature", "the server's signature fails");
    for (size_t i = 0; i < c->booth_count; i++) {
        const struct ts_closing_booth *b = &c->booths[i];
        if (b->given_up)
            continue;
        if (!ts_closing_booth_check(b, &c->uuid, &c->phi)) {
            ts_err_set(err, "booth.signature", "the booth's signature of its numbers fails");
            return signer(err, "booths", b->kiosk);
        }
        if (next >= r->booth_count || !ts_closing_check(&r->booths[next++], &k, &b->key)) {
            ts_err_set(err, "closing.signature", "the booth's signature is missing or fails");
            return signer(err, "booths", b->kiosk);
        }
    }
    if (next != r->booth_count)
        return ts_err_set(err, "closing.signature", "signatures of booths that are not there");
    return 0;
}
