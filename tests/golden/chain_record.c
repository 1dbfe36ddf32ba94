/* The test vectors of docs/journal.md, made by an independent program, and its exported record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "proto/base/codec.h"
#include "proto/chain/chain.h"
#include "proto/chain/recread.h"
#include "proto/chain/recwrite.h"

static struct ts_buf load(const char *name)
{
    char path[512];
    struct ts_buf buf = {0};
    snprintf(path, sizeof path, "%s/tests/golden/record/%s", TS_SOURCE_DIR, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char block[4096];
    for (size_t n; (n = fread(block, 1, sizeof block, file)) > 0;)
        ts_buf_append(&buf, block, n);
    fclose(file);
    return buf;
}

static struct ts_str text_of(const struct ts_json *v, const char *key)
{
    return ts_json_str(ts_json_get(v, key));
}

static void assert_hash(const struct ts_record_hash *hash, const struct ts_json *v, const char *key)
{
    char hex[65];
    ts_hex_encode(hex, hash->b, sizeof hash->b);
    assert_true(ts_str_is(text_of(v, key), hex));
}

static void check_stream(const struct ts_json *v)
{
    struct ts_chain chain;
    struct ts_id stream;
    struct ts_err err;
    const struct ts_json *records = ts_json_get(v, "records");

    assert_int_equal(ts_record_stream(&stream, text_of(v, "stream"), &err), 0);
    ts_chain_start(&chain, &stream);
    assert_hash(&chain.head, v, "empty");
    assert_true(ts_json_count(records) >= 3);
    for (size_t i = 0; i < ts_json_count(records); i++) {
        const struct ts_json *r = ts_json_at(records, i);
        struct ts_str meta = text_of(r, "meta"), data = text_of(r, "data");
        struct ts_record_hash hash, link;
        struct ts_record_meta parsed;
        struct ts_buf again = {0};

        assert_int_equal(ts_record_meta_parse(&parsed, meta, &err), 0);
        ts_record_meta_write(&again, &parsed);
        assert_true(ts_str_equal(ts_buf_str(&again), meta));
        ts_buf_free(&again);
        ts_record_meta_hash(&hash, meta);
        assert_hash(&hash, r, "meta_hash");
        ts_record_data_hash(&hash, &parsed.dsalt, data);
        assert_hash(&hash, r, "data_hash");

        struct ts_chain sealed = chain;
        assert_int_equal(ts_chain_seal(&sealed, meta, data, &link, &err), 0);
        assert_hash(&link, r, "link");
        assert_int_equal(
            ts_chain_check(&chain, ts_json_int(ts_json_get(r, "seq")), meta, data, &link, &err), 0);
        assert_memory_equal(&chain.head, &sealed.head, sizeof chain.head);
    }
}

static void test_vectors(void **state)
{
    const struct ts_json_limits limits = {1 << 20, 8};
    struct ts_buf text = load("vectors.json");
    struct ts_json *root;
    struct ts_err err;
    (void)state;
    assert_int_equal(ts_json_parse(&root, ts_buf_str(&text), &limits, &err), 0);
    assert_int_equal(ts_json_count(root), 2);
    for (size_t i = 0; i < 2; i++)
        check_stream(ts_json_at(root, i));
    ts_json_free(root);
    ts_buf_free(&text);
}

static void no_finding(void *ctx, const struct ts_recread_finding *f)
{
    (void)ctx;
    fail_msg("line %lld, seq %lld: %s: %s", (long long)f->line, (long long)f->seq, f->code,
             f->detail);
}

/* Read in pieces of every small size: the same every time. */
static void test_exported_record(void **state)
{
    const struct ts_recread_handlers handlers = {.finding = no_finding};
    struct ts_buf text = load("record.jsonl");
    (void)state;
    for (size_t piece = 1; piece < 200; piece += 13) {
        struct ts_recread *r = ts_recread_new(&handlers, NULL);
        struct ts_recread_summary summary;
        for (size_t at = 0; at < text.len; at += piece) {
            size_t n = text.len - at < piece ? text.len - at : piece;
            assert_int_equal(ts_recread_feed(r, (struct ts_bytes){text.ptr + at, n}), 0);
        }
        assert_int_equal(ts_recread_finish(r, &summary), TS_RECREAD_VALID);
        assert_int_equal(summary.sections, 2);
        assert_int_equal(summary.records, 9);
        assert_int_equal(summary.whole, 3);
        assert_int_equal(summary.shown, 7);
        assert_int_equal(summary.checkpoints, 3);
        assert_int_equal(summary.last_checkpoint_seq, 6);
        assert_int_equal(summary.last.seq, 6);
        ts_recread_free(r);
    }
    ts_buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_exported_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
