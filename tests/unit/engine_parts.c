/* The engine's small parts: outbox, dedupe, box, rates, vault, speakers' queue, settings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include <sodium.h>

#include "server/engine/box.h"
#include "server/engine/dedupe.h"
#include "server/engine/live.h"
#include "server/engine/outbox.h"
#include "server/engine/rate.h"
#include "server/engine/vault.h"

static struct ts_id id_of(unsigned n)
{
    uint8_t random[32] = {(uint8_t)n, (uint8_t)(n >> 8), (uint8_t)(n >> 16), 7};
    uint8_t mixed[32];
    crypto_generichash(mixed, sizeof mixed, random, sizeof random, NULL, 0);
    return ts_id_from_random(mixed);
}

/* ---- outbox ---- */

static void drop_none(void *ctx, struct ts_outbox_item *item)
{
    (void)item;
    ++*(int *)ctx;
}

static void outbox_lets_go_in_order_when_durable(void **state)
{
    (void)state;
    struct ts_outbox outbox = {0};
    struct ts_outbox_item item;
    for (int64_t i = 0; i < 300; i++)
        ts_outbox_put(&outbox, &(struct ts_outbox_item){.ticket = i / 3, .conn = (uint64_t)i});
    for (uint64_t i = 0; i < 150; i++) {
        assert_true(ts_outbox_take(&outbox, 49, &item));
        assert_int_equal(item.conn, i);
    }
    assert_false(ts_outbox_take(&outbox, 49, &item)); /* ticket 50 is not durable */
    int dropped = 0;
    ts_outbox_free(&outbox, drop_none, &dropped);
    assert_int_equal(dropped, 150);
}

/* ---- dedupe ---- */

static void dedupe_knows_places_for_ever_and_answers_for_a_while(void **state)
{
    (void)state;
    const uint8_t key[16] = {1};
    struct ts_dedupe *d = ts_dedupe_new(key);
    struct ts_id stream = id_of(1), other = id_of(2), cmd;
    struct ts_dedupe_place place;
    struct ts_dedupe_answer answer;
    const unsigned count = TS_DEDUPE_RECENT + 1000;
    assert_false(ts_dedupe_place(d, &stream, &place));
    for (unsigned i = 0; i < count; i++) {
        cmd = id_of(100 + i);
        ts_dedupe_note(d, &cmd, i % 2 ? &other : &stream, (int64_t)i + 1);
        ts_dedupe_keep(d, &cmd, &(struct ts_dedupe_answer){TS_STR("staff:x"), TS_STR("{}")});
    }
    assert_int_equal(ts_dedupe_count(d), count);
    for (unsigned i = 0; i < count; i++) {
        cmd = id_of(100 + i);
        assert_true(ts_dedupe_place(d, &cmd, &place));
        assert_int_equal(place.seq, i + 1);
        assert_true(ts_id_equal(&place.stream, i % 2 ? &other : &stream));
        assert_int_equal(ts_dedupe_answer(d, &cmd, &answer), i >= 1000);
    }
    assert_true(ts_str_is(answer.actor, "staff:x"));
    assert_true(ts_str_is(answer.body, "{}"));
    cmd = id_of(99);
    assert_false(ts_dedupe_place(d, &cmd, &place));
    ts_dedupe_free(d);
}

/* ---- box ---- */

static void box_takes_each_slip_once(void **state)
{
    (void)state;
    uint8_t credentials[3][32] = {{1}, {2}, {3}};
    const uint8_t stranger[32] = {4}, one[32] = {11}, two[32] = {12};
    struct ts_id uuid = id_of(3);
    struct ts_err err = {0};
    struct ts_str ballot = TS_STR("{}");
    const uint8_t(*list)[32] = (const uint8_t(*)[32])credentials;
    struct ts_engine_box *box = ts_engine_box_new(&uuid, list, 3, &err);
    assert_non_null(box);
    assert_int_equal(ts_engine_box_put(box, credentials[0], TS_STORE_CAST, one, ballot, &err),
                     TS_ENGINE_BOX_FILLED);
    assert_int_equal(ts_engine_box_put(box, credentials[0], TS_STORE_CAST, one, ballot, &err),
                     TS_ENGINE_BOX_REPEAT);
    assert_int_equal(ts_engine_box_put(box, credentials[0], TS_STORE_CAST, two, ballot, &err),
                     TS_ENGINE_BOX_CONFLICT);
    assert_string_equal(err.code, "slip.used");
    /* The same refused ballot again is the same conflict. */
    assert_int_equal(ts_engine_box_put(box, credentials[0], TS_STORE_CAST, two, ballot, &err),
                     TS_ENGINE_BOX_USED);
    assert_int_equal(box->conflict_count, 1);
    assert_int_equal(ts_engine_box_put(box, credentials[0], TS_STORE_VOID, NULL, ballot, &err),
                     TS_ENGINE_BOX_USED);
    assert_int_equal(ts_engine_box_put(box, credentials[1], TS_STORE_VOID, NULL, ballot, &err),
                     TS_ENGINE_BOX_FILLED);
    assert_int_equal(ts_engine_box_put(box, credentials[1], TS_STORE_CAST, two, ballot, &err),
                     TS_ENGINE_BOX_USED); /* counted before, with the other slip */
    assert_string_equal(err.code, "slip.void");
    assert_int_equal(ts_engine_box_put(box, stranger, TS_STORE_CAST, one, ballot, &err),
                     TS_ENGINE_BOX_UNLISTED);
    assert_string_equal(err.code, "slip.unlisted");
    box->frozen = true;
    assert_int_equal(ts_engine_box_put(box, credentials[2], TS_STORE_AUDITED, NULL, ballot, &err),
                     TS_ENGINE_BOX_FROZEN);
    assert_string_equal(err.code, "poll.finishing");
    box->frozen = false;
    assert_int_equal(ts_engine_box_put(box, credentials[2], TS_STORE_AUDITED, NULL, ballot, &err),
                     TS_ENGINE_BOX_FILLED);
    assert_int_equal(ts_engine_box_put(box, credentials[2], TS_STORE_CAST, two, ballot, &err),
                     TS_ENGINE_BOX_USED);
    assert_string_equal(err.code, "slip.audited");
    assert_int_equal(ts_engine_box_put(box, credentials[0], TS_STORE_CAST, one, ballot, &err),
                     TS_ENGINE_BOX_REPEAT); /* a repeat is acknowledged at any time */
    assert_int_equal(box->cast, 1);
    assert_int_equal(box->voided, 1);
    assert_int_equal(box->audited, 1);
    ts_engine_box_free(box);
    memcpy(credentials[1], credentials[0], 32);
    assert_null(ts_engine_box_new(&uuid, list, 3, &err));
    assert_string_equal(err.code, "box.credentials");
}

/* ---- rates ---- */

static void rates_refill_with_time_and_not_with_a_clock_set_back(void **state)
{
    (void)state;
    struct ts_rate rate = {0};
    int64_t now = 1000000;
    int taken = 0;
    while (ts_rate_take(&rate, TS_RATE_HEAVY, false, now))
        taken++;
    assert_int_equal(taken, 6);
    assert_false(ts_rate_take(&rate, TS_RATE_HEAVY, false, now - 5000));
    assert_true(ts_rate_take(&rate, TS_RATE_HEAVY, false, now - 4000));
    assert_false(ts_rate_take(&rate, TS_RATE_HEAVY, false, now - 4000));
    assert_true(ts_rate_take(&rate, TS_RATE_NORMAL, false, now)); /* classes do not share */
    taken = 0;
    while (ts_rate_fault(&rate, now))
        taken++;
    assert_int_equal(taken, 20);
}

/* ---- vault ---- */

static void vault_opens_what_was_sealed_and_nothing_else(void **state)
{
    (void)state;
    struct ts_arena arena = {0};
    struct ts_vault vault = {0};
    struct ts_store_content item, bad;
    struct ts_err err = {0};
    struct ts_id id = id_of(5);
    const uint8_t key[32] = {1}, nonce[24] = {2};
    char hash[65], other[65];
    ts_vault_seal(&item, &id, TS_STR("小雨"), key, nonce, &arena);
    ts_vault_hash(hash, &item);
    assert_int_equal(ts_vault_load(&vault, &item, &err), 0);
    assert_true(ts_str_is(ts_vault_text(&vault, &id), "小雨"));
    assert_string_equal(ts_vault_hash_of(&vault, &id), hash);
    for (size_t i = 0; i < item.sealed.len; i++) {
        bad = item;
        bad.sealed = ts_arena_bytes(&arena, item.sealed);
        ((uint8_t *)(uintptr_t)bad.sealed.ptr)[i] ^= 1;
        ts_vault_hash(other, &bad);
        assert_string_not_equal(other, hash);
        assert_int_equal(ts_vault_load(&vault, &bad, &err), -1);
        assert_string_equal(err.code, "content.damaged");
    }
    bad = item;
    bad.id = id_of(6); /* an item does not stand in for another */
    assert_int_equal(ts_vault_load(&vault, &bad, &err), -1);
    ts_vault_erase(&vault, &id);
    assert_null(ts_vault_text(&vault, &id).ptr);
    assert_int_equal(vault.bytes, 0);
    ts_vault_free(&vault);
    ts_arena_free(&arena);
}

/* ---- speakers ---- */

static void who_has_not_spoken_comes_first_and_sides_take_turns(void **state)
{
    (void)state;
    struct ts_live live = {0};
    struct ts_id meeting = id_of(7);
    struct ts_err err = {0};
    const int64_t order[] = {1, 4, 2, 5, 3};
    for (int64_t seat = 1; seat <= 3; seat++)
        assert_int_equal(ts_live_join(&live, &meeting, seat, TS_SIDE_FOR, &err), 0);
    for (int64_t seat = 4; seat <= 5; seat++)
        assert_int_equal(ts_live_join(&live, &meeting, seat, TS_SIDE_AGAINST, &err), 0);
    const struct ts_live_queue *queue = ts_live_queue(&live, &meeting);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(queue->waiting[i].seat, order[i]);
    ts_live_next(&live, &meeting, 60, 1000);
    assert_int_equal(queue->now.seat, 1);
    assert_int_equal(ts_live_join(&live, &meeting, 1, TS_SIDE_FOR, &err), 0);
    assert_int_equal(queue->waiting[4].seat, 1); /* behind everybody who has not spoken */
    assert_int_equal(ts_live_join(&live, &meeting, 6, TS_SIDE_QUESTION, &err), 0);
    assert_int_equal(queue->waiting[5].seat, 1);
    ts_live_move(&live, &meeting, 1, 1);
    assert_int_equal(queue->waiting[0].seat, 1);
    for (int64_t seat = 7; seat < 7 + TS_LIVE_QUEUE_MAX - 6; seat++)
        assert_int_equal(ts_live_join(&live, &meeting, seat, TS_SIDE_FOR, &err), 0);
    assert_int_equal(ts_live_join(&live, &meeting, 1000, TS_SIDE_FOR, &err), -1);
    assert_string_equal(err.code, "queue.full");
    ts_live_free(&live);
}

static void who_leaves_is_not_called_and_speaks_no_longer(void **state)
{
    (void)state;
    struct ts_live live = {0};
    struct ts_id meeting = id_of(7);
    struct ts_err err = {0};
    for (int64_t seat = 1; seat <= 3; seat++)
        assert_int_equal(ts_live_join(&live, &meeting, seat, TS_SIDE_FOR, &err), 0);
    ts_live_next(&live, &meeting, 60, 1000);
    ts_live_leave(&live, &meeting, 2);
    ts_live_leave(&live, &meeting, 9); /* was never there */
    const struct ts_live_queue *queue = ts_live_queue(&live, &meeting);
    assert_int_equal(queue->waiting_count, 1);
    assert_int_equal(queue->waiting[0].seat, 3);
    assert_int_equal(queue->now.seat, 1);
    ts_live_leave(&live, &meeting, 1);
    assert_int_equal(queue->now.seat, 0);
    assert_int_equal(queue->waiting_count, 1); /* nobody was called */
    ts_live_free(&live);
}

static void timer_and_screen_are_of_their_meeting(void **state)
{
    (void)state;
    struct ts_live live = {0};
    struct ts_id meeting = id_of(7), other = id_of(8);
    ts_live_timer(&live, &meeting, 300, 5000);
    ts_live_show(&live,
                 &(struct ts_cmd_screen_show){
                     .meeting = meeting, .show = TS_SHOW_RESULT, .poll = id_of(9), .step = 2});
    const struct ts_live_stage *stage = ts_live_stage(&live, &meeting);
    assert_int_equal(stage->timer_seconds, 300);
    assert_int_equal(stage->timer_since_ms, 5000);
    assert_int_equal(stage->show, TS_SHOW_RESULT);
    assert_int_equal(stage->step, 2);
    assert_null(ts_live_stage(&live, &other));
    ts_live_show(&live, &(struct ts_cmd_screen_show){.meeting = meeting, .show = TS_SHOW_BLANK});
    assert_true(ts_id_is_none(&stage->poll));
    assert_int_equal(stage->timer_seconds, 300);
    ts_live_free(&live);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outbox_lets_go_in_order_when_durable),
        cmocka_unit_test(dedupe_knows_places_for_ever_and_answers_for_a_while),
        cmocka_unit_test(box_takes_each_slip_once),
        cmocka_unit_test(rates_refill_with_time_and_not_with_a_clock_set_back),
        cmocka_unit_test(vault_opens_what_was_sealed_and_nothing_else),
        cmocka_unit_test(who_has_not_spoken_comes_first_and_sides_take_turns),
        cmocka_unit_test(who_leaves_is_not_called_and_speaks_no_longer),
        cmocka_unit_test(timer_and_screen_are_of_their_meeting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
