/* One changed byte anywhere in an exported record is noticed. The only bytes outside the chain are
 * the digits of "about", which docs/journal.md calls a courtesy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "proto/base/codec.h"
#include "proto/chain/recread.h"
#include "tests/support/records.h"

static void ignore(void *ctx, const struct ts_recread_finding *f)
{
    (void)ctx;
    (void)f;
}

static enum ts_recread_verdict verdict_of(struct ts_bytes text, const uint8_t *key)
{
    const struct ts_recread_handlers handlers = {.finding = ignore};
    struct ts_recread *r = ts_recread_new(&handlers, key);
    struct ts_recread_summary summary;
    ts_recread_feed(r, text);
    enum ts_recread_verdict verdict = ts_recread_finish(r, &summary);
    ts_recread_free(r);
    return verdict;
}

static bool in_about(const struct ts_buf *text, size_t at)
{
    static const char key[] = "\"about\":";
    size_t start = at;
    while (start > 0 && text->ptr[start] >= '0' && text->ptr[start] <= '9')
        start--;
    return start + 1 >= sizeof key - 1 &&
           memcmp(text->ptr + start + 1 - (sizeof key - 1), key, sizeof key - 1) == 0;
}

static void test_every_byte(void **state)
{
    char path[512];
    struct ts_buf text = {0};
    struct ts_rng rng = {5};
    uint8_t key[32];
    size_t changed = 0;
    (void)state;

    snprintf(path, sizeof path, "%s/tests/golden/record/record.jsonl", TS_SOURCE_DIR);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    for (int c; (c = getc(file)) != EOF;)
        ts_buf_append_char(&text, (char)c);
    fclose(file);
    const char *named = strstr((const char *)text.ptr, "\"key\":\"");
    assert_non_null(named);
    assert_int_equal(ts_hex_decode(key, 32, (struct ts_str){named + 7, 64}), 0);
    assert_int_equal(verdict_of(ts_buf_bytes(&text), key), TS_RECREAD_VALID);

    for (size_t i = 0; i < text.len; i++) {
        if (in_about(&text, i))
            continue;
        uint8_t bit = (uint8_t)(1u << ts_rng_below(&rng, 8));
        text.ptr[i] ^= bit;
        if (verdict_of(ts_buf_bytes(&text), key) == TS_RECREAD_VALID)
            fail_msg("byte %zu, bit %u not noticed", i, bit);
        text.ptr[i] ^= bit;
        changed++;
    }
    assert_true(changed > 4000);
    ts_buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_byte)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
