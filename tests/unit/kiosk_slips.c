/* kiosk/slips: what the slip office draws, publishes and prints. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sodium.h>
#include <stdlib.h>

#include "kiosk/package.h"
#include "kiosk/slips.h"

#define COUNT 900 /* enough for some triples to be drawn twice */
#define DIR "slips-test"

static struct ts_device_key *key;

static struct ts_slips *draw(uint8_t seed)
{
    struct ts_drbg rng;
    const uint8_t entropy[TS_DRBG_ENTROPY] = {seed};
    ts_drbg_init(&rng, entropy, (struct ts_bytes){entropy, 1});
    return ts_slips_draw(TS_STR("A"), COUNT, key, &rng);
}

static struct ts_json *print(const struct ts_slips *slips)
{
    struct ts_buf text = {0};
    struct ts_json *json;
    struct ts_err err;
    struct ts_id pack;
    const struct ts_json_limits limits = {1 << 20, 6};
    assert_int_equal(ts_id_parse(&pack, TS_STR("3yQ8vT1uKp9ZbRrm4sWn2D")), 0);
    ts_slips_print(slips, &pack, &text);
    assert_int_equal(ts_json_parse(&json, ts_buf_str(&text), &limits, &err), 0);
    ts_buf_wipe(&text);
    return json;
}

static int compare(const void *a, const void *b)
{
    return ts_point_compare(a, b);
}

static void a_pack_is_what_it_says(void **state)
{
    (void)state;
    struct ts_slips *slips = draw(1);
    struct ts_json *json = print(slips), *list;
    struct ts_err err;
    const struct ts_json_limits limits = {1 << 20, 2};
    static bool triples[64 * 64 * 64];
    static struct ts_point points[COUNT];
    assert_true(ts_str_is(ts_json_str(ts_json_get(json, "uuid")), ts_slips_uuid(slips)->s));
    const struct ts_json *printed = ts_json_get(json, "slips");
    assert_int_equal(ts_json_count(printed), COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        const struct ts_json *one = ts_json_at(printed, i), *shown = ts_json_get(one, "pictures");
        struct ts_slip slip;
        assert_int_equal(ts_slip_parse(&slip, ts_json_str(ts_json_get(one, "code")), &err), 0);
        assert_true(ts_id_equal(&slip.uuid, ts_slips_uuid(slips)));
        ts_credential_public(&points[i], ts_id_str(&slip.uuid), &slip.credential);
        struct ts_pictures pictures = ts_pictures_of(ts_id_str(&slip.uuid), &points[i]);
        size_t at = 0;
        for (size_t k = 0; k < TS_PICTURES; k++) {
            assert_int_equal(ts_json_int(ts_json_at(shown, k)), pictures.index[k]);
            at = at * 64 + pictures.index[k];
        }
        assert_false(triples[at]);
        triples[at] = true;
    }
    /* the published list is the sorted slips, and the batch sheet is signed over it */
    qsort(points, COUNT, sizeof *points, compare);
    assert_int_equal(ts_json_parse(&list, ts_slips_list(slips), &limits, &err), 0);
    assert_int_equal(ts_json_count(list), COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        struct ts_point point;
        assert_int_equal(ts_point_read(&point, ts_json_at(list, i), &err), 0);
        assert_true(ts_point_equal(&point, &points[i]));
    }
    struct ts_buf sheet = {0};
    struct ts_digest hash = ts_digest_of(ts_slips_list(slips));
    ts_package_sheet_text(&sheet, ts_slips_uuid(slips), TS_STR("A"), COUNT, &hash);
    assert_true(
        ts_package_verify(ts_str_of(key->text), ts_slips_signature(slips), ts_buf_str(&sheet)));
    sheet.ptr[sheet.len - 1] ^= 1;
    assert_false(
        ts_package_verify(ts_str_of(key->text), ts_slips_signature(slips), ts_buf_str(&sheet)));
    ts_buf_free(&sheet);
    ts_json_free(list);
    ts_json_free(json);
    ts_slips_free(slips);
}

/* Neither two packs nor two prints of one are alike. */
static void order_and_credentials_are_drawn(void **state)
{
    (void)state;
    struct ts_slips *first = draw(1), *second = draw(2);
    struct ts_json *a = print(first), *b = print(first);
    size_t same = 0;
    assert_false(ts_id_equal(ts_slips_uuid(first), ts_slips_uuid(second)));
    assert_false(ts_str_equal(ts_slips_list(first), ts_slips_list(second)));
    for (size_t i = 0; i < COUNT; i++)
        same +=
            ts_str_equal(ts_json_str(ts_json_get(ts_json_at(ts_json_get(a, "slips"), i), "code")),
                         ts_json_str(ts_json_get(ts_json_at(ts_json_get(b, "slips"), i), "code")));
    assert_in_range(same, 0, 30); /* one is expected */
    ts_json_free(a);
    ts_json_free(b);
    ts_slips_free(first);
    ts_slips_free(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pack_is_what_it_says),
        cmocka_unit_test(order_and_credentials_are_drawn),
    };
    struct ts_err err;
    if (sodium_init() < 0 || ts_store_prepare(DIR, &err) != 0 ||
        !(key = ts_store_device_key(DIR, &err)))
        return 1;
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    sodium_free(key);
    return rc | system("rm -rf " DIR);
}
