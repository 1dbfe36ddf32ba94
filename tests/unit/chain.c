/* Record, link, checkpoint, set hash and the exported record: what is refused, and with what word.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sodium.h>

#include "proto/chain/chain.h"
#include "proto/chain/recread.h"
#include "proto/chain/recwrite.h"
#include "proto/chain/sethash.h"
#include "tests/support/records.h"

#define SALT "PM6xvRJwM9ejjAEaJYmqz8"

static void test_meta(void **state)
{
    static const struct {
        const char *text;
        bool good;
    } cases[] = {
        {"{\"at\":5,\"actor\":\"a\",\"cmd\":\"\",\"reg\":0,\"salt\":\"" SALT "\",\"dsalt\":\"" SALT
         "\"}",
         true},
        {"{\"at\":0,\"actor\":\"k:1.2_3-Z\",\"cmd\":\"" SALT "\",\"reg\":9007199254740991,\"salt\":"
         "\"" SALT "\",\"dsalt\":\"" SALT "\"}",
         true},
        {"", false},
        {"{\"at\":05,\"actor\":\"a\",\"cmd\":\"\",\"reg\":0,\"salt\":\"" SALT "\",\"dsalt\":\"" SALT
         "\"}",
         false},
        {"{\"at\":-5,\"actor\":\"a\",\"cmd\":\"\",\"reg\":0,\"salt\":\"" SALT "\",\"dsalt\":\"" SALT
         "\"}",
         false},
        {"{\"at\":,\"actor\":\"a\",\"cmd\":\"\",\"reg\":0,\"salt\":\"" SALT "\",\"dsalt\":\"" SALT
         "\"}",
         false},
        {"{\"at\":5,\"actor\":\"\",\"cmd\":\"\",\"reg\":0,\"salt\":\"" SALT "\",\"dsalt\":\"" SALT
         "\"}",
         false},
        {"{\"at\":5,\"actor\":\"小明\",\"cmd\":\"\",\"reg\":0,\"salt\":\"" SALT
         "\",\"dsalt\":\"" SALT "\"}",
         false},
        {"{\"at\":5,\"actor\":\"a\",\"cmd\":\"short\",\"reg\":0,\"salt\":\"" SALT
         "\",\"dsalt\":\"" SALT "\"}",
         false},
        {"{\"at\":5,\"actor\":\"a\",\"cmd\":\"\",\"reg\":9007199254740992,\"salt\":\"" SALT
         "\",\"dsalt\":\"" SALT "\"}",
         false},
        {"{\"at\":5,\"actor\":\"a\",\"cmd\":\"\",\"reg\":0,\"salt\":\"\",\"dsalt\":\"" SALT "\"}",
         false},
        {"{\"at\":5,\"actor\":\"a\",\"cmd\":\"\",\"reg\":0,\"salt\":\"" SALT "\"}", false},
        {"{\"at\":5,\"actor\":\"a\",\"cmd\":\"\",\"reg\":0,\"salt\":\"" SALT "\",\"dsalt\":\"" SALT
         "\"} ",
         false},
        {"{\"at\":5, \"actor\":\"a\",\"cmd\":\"\",\"reg\":0,\"salt\":\"" SALT "\",\"dsalt\":\"" SALT
         "\"}",
         false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ts_record_meta meta;
        struct ts_err err = {0};
        struct ts_buf again = {0};
        int rc = ts_record_meta_parse(&meta, ts_str_of(cases[i].text), &err);
        if (rc != (cases[i].good ? 0 : -1))
            fail_msg("case %zu: %s", i, cases[i].text);
        if (rc != 0) {
            assert_string_equal(err.code, "record.meta");
            continue;
        }
        ts_record_meta_write(&again, &meta);
        assert_true(ts_str_is(ts_buf_str(&again), cases[i].text));
        ts_buf_free(&again);
    }
}

static void test_stream_names(void **state)
{
    struct ts_id id;
    struct ts_err err;
    (void)state;
    assert_int_equal(ts_record_stream(&id, TS_STR("registry"), &err), 0);
    assert_int_equal(ts_record_stream(&id, TS_STR(SALT), &err), 0);
    assert_int_equal(ts_record_stream(&id, TS_STR("Registry"), &err), -1);
    assert_int_equal(ts_record_stream(&id, TS_STR(""), &err), -1);
    assert_int_equal(ts_record_stream(&id, TS_STR(SALT "1"), &err), -1);
}

static void expect(struct ts_chain *chain, int64_t seq, struct ts_str meta, struct ts_str data,
                   const struct ts_record_hash *link, const char *code)
{
    struct ts_chain before = *chain;
    struct ts_err err = {0};
    assert_int_equal(ts_chain_check(chain, seq, meta, data, link, &err), -1);
    assert_string_equal(err.code, code);
    assert_non_null(strstr(err.path, chain->stream.s));
    assert_memory_equal(&before, chain, sizeof before);
}

static void test_chain_refuses(void **state)
{
    struct ts_rng rng = {1};
    struct ts_id council = ts_rng_id(&rng), other = ts_rng_id(&rng);
    struct ts_chain writer, reader, foreign;
    struct ts_made_record r[3] = {0};
    struct ts_record_hash bad;
    struct ts_err err;
    (void)state;

    ts_chain_start(&writer, &council);
    for (int i = 0; i < 3; i++)
        ts_make_record(&r[i], &writer, &rng, i, 100);
    ts_chain_start(&foreign, &other);
    expect(&foreign, 1, ts_buf_str(&r[0].meta), ts_buf_str(&r[0].data), &r[0].link,
           "record.genesis");

    ts_chain_start(&reader, &council);
    expect(&reader, 2, ts_buf_str(&r[1].meta), ts_buf_str(&r[1].data), &r[1].link, "record.seq");
    expect(&reader, 1, ts_buf_str(&r[1].meta), ts_buf_str(&r[1].data), &r[1].link,
           "record.genesis");
    assert_int_equal(ts_chain_check(&reader, 1, ts_buf_str(&r[0].meta), ts_buf_str(&r[0].data),
                                    &r[0].link, &err),
                     0);
    expect(&reader, 2, ts_buf_str(&r[2].meta), ts_buf_str(&r[2].data), &r[2].link, "record.link");
    bad = r[1].link;
    bad.b[31] ^= 1;
    expect(&reader, 2, ts_buf_str(&r[1].meta), ts_buf_str(&r[1].data), &bad, "record.link");
    expect(&reader, 2, ts_buf_str(&r[1].data), ts_buf_str(&r[1].data), &r[1].link, "record.meta");
    struct ts_buf big = {0};
    ts_buf_reserve(&big, TS_RECORD_DATA_MAX + 1);
    memset(big.ptr, ' ', TS_RECORD_DATA_MAX + 1);
    big.len = TS_RECORD_DATA_MAX + 1;
    expect(&reader, 2, ts_buf_str(&r[1].meta), ts_buf_str(&big), &r[1].link, "record.size");
    ts_buf_free(&big);
    reader.at_ms += 1000000;
    expect(&reader, 2, ts_buf_str(&r[1].meta), ts_buf_str(&r[1].data), &r[1].link, "record.time");
    reader.at_ms = 0;
    assert_int_equal(ts_chain_check(&reader, 2, ts_buf_str(&r[1].meta), ts_buf_str(&r[1].data),
                                    &r[1].link, &err),
                     0);
    for (int i = 0; i < 3; i++)
        ts_made_record_free(&r[i]);
}

static void test_checkpoint(void **state)
{
    uint8_t pk[32], sk[64], seed[32] = {7};
    struct ts_rng rng = {2};
    struct ts_checkpoint cp = {.stream = ts_rng_id(&rng), .seq = 12, .at_ms = 1795311130123}, back;
    struct ts_buf text = {0};
    struct ts_err err;
    (void)state;

    crypto_sign_seed_keypair(pk, sk, seed);
    ts_rng_fill(&rng, cp.head.b, sizeof cp.head.b);
    ts_checkpoint_sign(&cp, sk);
    assert_int_equal(cp.at_ms, 1795311120000);
    assert_memory_equal(cp.key, pk, 32);
    ts_checkpoint_write(&text, &cp);
    assert_true(text.len < TS_CHECKPOINT_TEXT_MAX);
    assert_int_equal(ts_checkpoint_parse(&back, ts_buf_str(&text), &err), 0);
    assert_memory_equal(&back, &cp, sizeof cp);
    assert_int_equal(ts_checkpoint_verify(&back, &err), 0);

    back.seq++;
    assert_int_equal(ts_checkpoint_verify(&back, &err), -1);
    assert_string_equal(err.code, "checkpoint.signature");
    back = cp;
    back.head.b[0] ^= 1;
    assert_int_equal(ts_checkpoint_verify(&back, &err), -1);
    back = cp;
    back.at_ms += TS_CHECKPOINT_MINUTE_MS;
    assert_int_equal(ts_checkpoint_verify(&back, &err), -1);
    back = cp;
    back.stream = ts_rng_id(&rng);
    assert_int_equal(ts_checkpoint_verify(&back, &err), -1);

    /* Every shape error is seen: drop, in turn, each character. */
    for (size_t i = 0; i < text.len; i++) {
        struct ts_buf cut = {0};
        ts_buf_append(&cut, text.ptr, i);
        ts_buf_append(&cut, text.ptr + i + 1, text.len - i - 1);
        bool accepted = ts_checkpoint_parse(&back, ts_buf_str(&cut), &err) == 0 &&
                        ts_checkpoint_verify(&back, &err) == 0;
        assert_false(accepted);
        ts_buf_free(&cut);
    }
    ts_buf_free(&text);
}

static void test_set_hash(void **state)
{
    struct ts_rng rng = {3};
    uint8_t members[20][32];
    struct ts_sethash forth = {0}, back = {0}, half = {0}, rest = {0}, empty = {0}, bad;
    (void)state;
    ts_rng_fill(&rng, members, sizeof members);
    for (int i = 0; i < 20; i++) {
        ts_sethash_add(&forth, members[i]);
        ts_sethash_add(&back, members[19 - i]);
        ts_sethash_add(i % 2 ? &half : &rest, members[i]);
    }
    assert_true(ts_sethash_equal(&forth, &back));
    assert_false(ts_sethash_equal(&forth, &half));
    assert_false(ts_sethash_equal(&forth, &empty));
    assert_int_equal(ts_sethash_merge(&half, &rest), 0);
    assert_true(ts_sethash_equal(&forth, &half));
    memset(bad.b, 0xff, sizeof bad.b);
    assert_int_equal(ts_sethash_merge(&half, &bad), -1);
    members[7][31] ^= 0x80;
    memset(&back, 0, sizeof back);
    for (int i = 0; i < 20; i++)
        ts_sethash_add(&back, members[i]);
    assert_false(ts_sethash_equal(&forth, &back));
}

struct seen {
    int findings;
    char code[32];
    int64_t seq;
};

static void keep_first(void *ctx, const struct ts_recread_finding *f)
{
    struct seen *seen = ctx;
    if (seen->findings++ > 0)
        return;
    snprintf(seen->code, sizeof seen->code, "%s", f->code);
    seen->seq = f->seq;
}

static enum ts_recread_verdict read_all(struct ts_str text, const uint8_t *key, struct seen *seen)
{
    struct ts_recread_handlers handlers = {.ctx = seen, .finding = keep_first};
    struct ts_recread *r = ts_recread_new(&handlers, key);
    struct ts_recread_summary summary;
    *seen = (struct seen){0};
    ts_recread_feed(r, ts_str_bytes(text));
    enum ts_recread_verdict verdict = ts_recread_finish(r, &summary);
    assert_int_equal(summary.findings, seen->findings);
    ts_recread_free(r);
    return verdict;
}

/* An exported record of six events, shown in three ways, with a checkpoint after the third. */
static void write_record(struct ts_buf *out, uint8_t pk[32])
{
    uint8_t sk[64], seed[32] = {9};
    struct ts_rng rng = {4};
    struct ts_id council = ts_rng_id(&rng);
    struct ts_chain chain;
    struct ts_made_record r = {0};

    crypto_sign_seed_keypair(pk, sk, seed);
    ts_chain_start(&chain, &council);
    ts_recwrite_header(out, &chain, pk);
    for (int i = 1; i <= 6; i++) {
        ts_make_record(&r, &chain, &rng, i, 60);
        ts_recwrite_record(out, r.seq, ts_buf_str(&r.meta), ts_buf_str(&r.data), &r.link,
                           (enum ts_recwrite_show)(i % 3), i % 2 ? 1795311120000 : -1);
        if (i == 3) {
            struct ts_checkpoint cp = {
                .stream = council, .seq = 3, .head = chain.head, .at_ms = chain.at_ms};
            ts_checkpoint_sign(&cp, sk);
            ts_recwrite_checkpoint(out, &cp);
        }
    }
    ts_recwrite_end(out, &chain, 1);
    ts_made_record_free(&r);
}

/* Lines of the text, in the order given by `order` (a digit per line). */
static void pick_lines(struct ts_buf *out, struct ts_str text, const char *order)
{
    const char *lines[16];
    size_t lens[16], count = 0;
    for (const char *p = text.ptr; p < text.ptr + text.len;) {
        const char *end = memchr(p, '\n', (size_t)(text.ptr + text.len - p));
        lines[count] = p;
        lens[count++] = (size_t)(end - p) + 1;
        p = end + 1;
    }
    assert_int_equal(count, 9);
    for (; *order; order++)
        ts_buf_append(out, lines[*order - '0'], lens[*order - '0']);
}

static void test_recread_refuses(void **state)
{
    /* Lines: 0 header, 1-3 records, 4 checkpoint, 5-7 records 4-6, 8 end. */
    static const struct {
        const char *order;
        enum ts_recread_verdict verdict;
        const char *code;
        int64_t seq;
    } cases[] = {
        {"012345678", TS_RECREAD_VALID, "", 0},
        {"012345678012345678", TS_RECREAD_VALID, "", 0},
        {"01234567", TS_RECREAD_INVALID, "recread.end", 6},
        {"0123456", TS_RECREAD_INVALID, "recread.end", 5},
        {"01234568", TS_RECREAD_INVALID, "recread.end", 5},
        {"02345678", TS_RECREAD_INVALID, "record.seq", 2},
        {"01345678", TS_RECREAD_INVALID, "record.seq", 3},
        {"021345678", TS_RECREAD_INVALID, "record.seq", 2},
        {"0112345678", TS_RECREAD_INVALID, "record.seq", 1},
        {"01235678", TS_RECREAD_INVALID, "recread.end", 6},
        {"012354678", TS_RECREAD_INVALID, "checkpoint.head", 3},
        {"0123456780", TS_RECREAD_INVALID, "recread.end", 0},
        {"0123450678", TS_RECREAD_INVALID, "recread.end", 4},
        {"0123456788", TS_RECREAD_INVALID, "recread.line", 0},
        {"12345678", TS_RECREAD_UNREADABLE, "recread.format", 0},
        {"8", TS_RECREAD_UNREADABLE, "recread.format", 0},
        {"", TS_RECREAD_UNREADABLE, "recread.format", 0},
    };
    struct ts_buf text = {0};
    uint8_t pk[32], other[32] = {1};
    struct seen seen;
    (void)state;
    write_record(&text, pk);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ts_buf picked = {0};
        pick_lines(&picked, ts_buf_str(&text), cases[i].order);
        enum ts_recread_verdict verdict = read_all(ts_buf_str(&picked), pk, &seen);
        if (verdict != cases[i].verdict || strcmp(seen.code, cases[i].code) != 0 ||
            seen.seq != cases[i].seq)
            fail_msg("%s: verdict %d, %s at %lld", cases[i].order, (int)verdict, seen.code,
                     (long long)seen.seq);
        ts_buf_free(&picked);
    }
    assert_int_equal(read_all(ts_buf_str(&text), other, &seen), TS_RECREAD_INVALID);
    assert_string_equal(seen.code, "checkpoint.key");
    ts_buf_free(&text);
}

static void replace(struct ts_buf *out, struct ts_str text, const char *what, const char *with)
{
    struct ts_buf all = {0};
    ts_buf_append_str(&all, text);
    ts_buf_append_char(&all, '\0');
    char *at = strstr((char *)all.ptr, what);
    assert_non_null(at);
    size_t before = (size_t)(at - (char *)all.ptr);
    ts_buf_append(out, all.ptr, before);
    ts_buf_append(out, with, strlen(with));
    ts_buf_append(out, at + strlen(what), text.len - before - strlen(what));
    ts_buf_free(&all);
}

static void test_recread_lines(void **state)
{
    static const struct {
        const char *what, *with, *code;
        enum ts_recread_verdict verdict;
    } cases[] = {
        {"\"tongsheng_record\":1", "\"tongsheng_record\":2", "recread.format",
         TS_RECREAD_UNREADABLE},
        {"blake2b-256/ed25519", "sm3/sm2", "recread.format", TS_RECREAD_UNREADABLE},
        {"\"from\":1", "\"from\":0", "recread.header", TS_RECREAD_UNREADABLE},
        {"\"prev\":\"", "\"prev\":\"0", "recread.header", TS_RECREAD_UNREADABLE},
        {"{\"seq\":2,", "{\"seq\": 2,", "recread.line", TS_RECREAD_INVALID},
        {"{\"seq\":2,", "{\"seq\":2,\"seq\":2,", "json.duplicate", TS_RECREAD_INVALID},
        {"{\"seq\":2,", "[\"seq\",2,", "json.syntax", TS_RECREAD_INVALID},
        {"{\"seq\":2,", "{\"more\":1,\"seq\":2,", "recread.record", TS_RECREAD_INVALID},
        {"{\"seq\":2,", "{\"seq\":-2,", "recread.record", TS_RECREAD_INVALID},
        {"{\"seq\":2,", "{\"what\":2,", "recread.line", TS_RECREAD_INVALID},
        {"\"type\":\"test.happened\"", "\"type\":\"\"", "recread.record", TS_RECREAD_INVALID},
        {"\"n\":3", "\"n\":4", "record.link", TS_RECREAD_INVALID},
        {"\"format\":1", "\"format\":2", "record.genesis", TS_RECREAD_INVALID},
        {"{\"checkpoint\":1,", "{\"checkpoint\":2,", "checkpoint.shape", TS_RECREAD_INVALID},
        {"{\"end\":6,", "{\"end\":7,", "recread.end", TS_RECREAD_INVALID},
        {"\"checkpoints\":1}", "\"checkpoints\":2}", "recread.end", TS_RECREAD_INVALID},
    };
    struct ts_buf text = {0};
    uint8_t pk[32];
    struct seen seen;
    (void)state;
    write_record(&text, pk);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ts_buf changed = {0};
        replace(&changed, ts_buf_str(&text), cases[i].what, cases[i].with);
        enum ts_recread_verdict verdict = read_all(ts_buf_str(&changed), pk, &seen);
        if (verdict != cases[i].verdict || strcmp(seen.code, cases[i].code) != 0)
            fail_msg("%s: verdict %d, %s", cases[i].with, (int)verdict, seen.code);
        ts_buf_free(&changed);
    }
    ts_buf_free(&text);
}

static void test_recread_long_line(void **state)
{
    struct ts_buf text = {0};
    uint8_t pk[32];
    struct seen seen;
    (void)state;
    write_record(&text, pk);
    for (size_t i = 0; i < TS_RECREAD_LINE_MAX + 1; i++)
        ts_buf_append_char(&text, ' ');
    assert_int_equal(read_all(ts_buf_str(&text), pk, &seen), TS_RECREAD_UNREADABLE);
    assert_string_equal(seen.code, "recread.size");
    ts_buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_meta),          cmocka_unit_test(test_stream_names),
        cmocka_unit_test(test_chain_refuses), cmocka_unit_test(test_checkpoint),
        cmocka_unit_test(test_set_hash),      cmocka_unit_test(test_recread_refuses),
        cmocka_unit_test(test_recread_lines), cmocka_unit_test(test_recread_long_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
