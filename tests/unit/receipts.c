/* The view `public.receipts`: sorted by what it shows, the same for everybody, and nothing at all
 * before there is something to show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "server/view/receipts.h"
#include "server/view/view.h"

#define UUID "Jbu5X19RRbW7kuYTQKRPz2"

static struct ts_receipts some(void)
{
    static struct ts_receipt counted[4];
    static char refused[2][TS_RECEIPT_LEN + 1];
    static struct ts_pictures voided[2], audited[1];
    static const uint8_t pictures[4][TS_PICTURES] = {{9, 1, 1}, {0, 63, 2}, {0, 2, 63}, {9, 1, 0}};
    static const char *const codes[4] = {"0000-0000-0001", "0000-0000-0002", "9999-9999-9999",
                                         "0000-0000-0003"};
    for (size_t i = 0; i < 4; i++) {
        memcpy(counted[i].pictures.index, pictures[i], TS_PICTURES);
        strcpy(counted[i].code, codes[i]);
    }
    strcpy(refused[0], "2222-2222-2222");
    strcpy(refused[1], "1111-1111-1111");
    voided[0] = (struct ts_pictures){{5, 5, 5}};
    voided[1] = (struct ts_pictures){{5, 5, 4}};
    audited[0] = (struct ts_pictures){{7, 8, 9}};
    struct ts_receipts r = {.counted = counted,
                            .counted_count = 4,
                            .refused = refused,
                            .refused_count = 2,
                            .voided = voided,
                            .voided_count = 2,
                            .audited = audited,
                            .audited_count = 1};
    strcpy(r.uuid.s, UUID);
    return r;
}

static void order_is_that_of_what_is_shown(void **state)
{
    (void)state;
    struct ts_receipts r = some();
    ts_receipts_sort(&r);
    static const char *const codes[4] = {"9999-9999-9999", "0000-0000-0002", "0000-0000-0003",
                                         "0000-0000-0001"};
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(r.counted[i].code, codes[i]);
    assert_string_equal(r.refused[0], "1111-1111-1111");
    assert_int_equal(r.voided[0].index[2], 4);
    struct ts_receipts none = {0};
    ts_receipts_sort(&none);
}

static void nothing_is_shown_before_it_is_there(void **state)
{
    (void)state;
    struct ts_map ready = {0};
    struct ts_arena arena = {0};
    struct ts_view_house house = {0};
    const struct ts_actor nobody = {.kind = TS_ACTOR_NOBODY};
    char class[TS_VIEW_CLASS_MAX];
    enum ts_view_kind kind = TS_VIEW_PUBLIC_RECEIPTS;
    assert_int_equal(ts_view_class(kind, &house, TS_STR(UUID), &nobody, class), -1);
    house.receipts = &ready;
    assert_int_equal(ts_view_class(kind, &house, TS_STR(UUID), &nobody, class), -1);

    struct ts_receipts r = some();
    ts_map_put(&ready, TS_STR(UUID), &r);
    assert_int_equal(ts_view_class(kind, &house, TS_STR(UUID), &nobody, class), 0);
    assert_string_equal(class, "all");
    const struct ts_view_public_receipts *v =
        ts_view_render(kind, &house, TS_STR(UUID), &nobody, &arena);
    assert_string_equal(v->uuid.s, UUID);
    assert_int_equal(v->counted.count, 4);
    assert_int_equal(v->counted.ptr[1].pictures.count, 3);
    assert_int_equal(v->counted.ptr[1].pictures.ptr[1], 63);
    assert_true(ts_str_is(v->counted.ptr[1].code, "0000-0000-0002"));
    assert_int_equal(v->refused.count, 2);
    assert_int_equal(v->voided.count, 2);
    assert_int_equal(v->audited.ptr[0].pictures.ptr[2], 9);
    ts_map_free(&ready);
    ts_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_is_that_of_what_is_shown),
        cmocka_unit_test(nothing_is_shown_before_it_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
