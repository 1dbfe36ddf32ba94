/* The keepers' set-up, three stations and a server that only passes on what they give. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "kiosk/keeper.h"
#include "kiosk/keycard.h"
#include "proto/ballot/group.h"
#include "proto/ballot/trustee.h"
#include "proto/channel/ceremony.h"

#include <sodium.h>

#include "tests/support/keeper_world.h"

#define N KEEPER_STATIONS
#define K KEEPER_THRESHOLD

enum { CERT, COMMIT, REVEAL, KEY, STEPS = KEEPER_STEPS };
static const char *const step_names[STEPS] = {"cert", "commit", "reveal", "key"};

struct table {
    struct ts_keeper *keepers[N];
    struct ts_drbg rng;
    struct ts_arena arena;
    struct ts_str given[STEPS][N];
    struct ts_id stations[N];
    struct ts_str trustees;
    const char *state;
    int64_t round;
    int confirmed;
    int aborts;
    const char *why; /* of the first abort */
    /* Changes what is passed on; NULL: nothing. */
    void (*tamper)(struct table *t, int step, int station);
};

static void sit_down(struct table *t)
{
    static const uint8_t entropy[TS_DRBG_ENTROPY] = {7};
    *t = (struct table){.state = "certs", .round = 1};
    ts_drbg_init(&t->rng, entropy, ts_str_bytes(TS_STR("keeper test")));
    for (int i = 0; i < N; i++) {
        uint8_t random[32] = {(uint8_t)(i + 1)};
        t->stations[i] = ts_id_from_random(random);
        t->keepers[i] = ts_keeper_new();
    }
}

static void stand_up(struct table *t)
{
    for (int i = 0; i < N; i++)
        ts_keeper_free(t->keepers[i]);
    ts_arena_free(&t->arena);
}

static struct ts_keeper_setup shown(struct table *t, int station)
{
    struct ts_keeper_setup s = {0};
    uint8_t random[32] = {99};
    s.meeting = s.council = ts_id_from_random(random);
    s.round = t->round;
    s.threshold = K;
    s.index = station + 1;
    s.stations.ptr = t->stations;
    s.stations.count = N;
    s.certs.ptr = t->given[CERT];
    s.commits.ptr = t->given[COMMIT];
    s.reveals.ptr = t->given[REVEAL];
    s.keys.ptr = t->given[KEY];
    s.certs.count = s.commits.count = s.reveals.count = s.keys.count = N;
    s.trustees = t->trustees;
    s.state = ts_str_of(t->state);
    return s;
}

static bool all(const struct ts_str *list)
{
    return list[0].ptr && list[1].ptr && list[2].ptr;
}

static void receive(struct table *t, int station, const char *step, struct ts_str record,
                    const char *why)
{
    if (strcmp(step, "abort") == 0) {
        t->why = t->aborts++ == 0 ? why : t->why;
        t->state = "aborted";
        return;
    }
    if (strcmp(step, "confirm") == 0) {
        t->confirmed |= 1 << station;
        if (t->confirmed == (1 << N) - 1)
            t->state = "ready";
        return;
    }
    for (int s = 0; s < STEPS; s++) {
        if (strcmp(step, step_names[s]) != 0)
            continue;
        t->given[s][station] = ts_arena_str(&t->arena, record);
        if (t->tamper)
            t->tamper(t, s, station);
    }
    if (all(t->given[KEY]) && !t->trustees.ptr)
        t->trustees = keeper_world_join((const struct ts_str(*)[N])t->given, &t->arena);
}

/* Stations take turns until all are done or a round was aborted. */
static void play(struct table *t)
{
    for (int turn = 0; turn < 100 && strcmp(t->state, "aborted") != 0; turn++) {
        int i = turn % N;
        struct ts_keeper_setup setup = shown(t, i);
        struct ts_buf record = {0};
        const char *step;
        struct ts_err why = {0};
        if (ts_keeper_next(t->keepers[i], &setup, &t->rng, &step, &record, &why) == TS_KEEPER_SEND)
            receive(t, i, step, ts_buf_str(&record), why.code);
        ts_buf_wipe(&record);
    }
}

static void next_round(struct table *t)
{
    memset(t->given, 0, sizeof t->given);
    t->trustees = (struct ts_str){NULL, 0};
    t->state = "certs";
    t->round++;
    t->confirmed = 0;
}

static void assert_all_done(struct table *t)
{
    assert_string_equal(t->state, "ready");
    struct ts_trustees trustees;
    struct ts_err err;
    assert_int_equal(ts_trustees_read(&trustees, t->trustees, &t->arena, &err), 0);
    for (int i = 0; i < N; i++) {
        struct ts_keeper_setup setup = shown(t, i);
        struct ts_buf record = {0};
        const char *step;
        struct ts_point key;
        assert_int_equal(ts_keeper_next(t->keepers[i], &setup, &t->rng, &step, &record, &err),
                         TS_KEEPER_DONE);
        assert_int_equal(ts_keeper_owner(t->keepers[i]), i + 1);
        ts_point_mul_base(&key, ts_keeper_share(t->keepers[i]));
        assert_true(ts_point_equal(&key, ts_trustees_owner_key(&trustees, (uint32_t)i + 1)));
        struct ts_digest hash = ts_keeper_trustees(t->keepers[i]);
        struct ts_digest expected = ts_digest_of(t->trustees);
        assert_true(ts_digest_equal(&hash, &expected));
        ts_buf_wipe(&record);
    }
}

static void three_stations_make_keys(void **state)
{
    (void)state;
    struct table t;
    sit_down(&t);
    play(&t);
    assert_int_equal(t.aborts, 0);
    assert_all_done(&t);
    stand_up(&t);
}

static void swap_a_commitment(struct table *t, int step, int station)
{
    if (step == COMMIT && station == 1)
        t->given[COMMIT][1] = TS_STR("ab00000000000000000000000000000000000000000000000000000000000"
                                     "0cd");
}

/* Shown when everybody has given one, so that another station meets it first. */
static void spoil_a_commitment(struct table *t, int step, int station)
{
    if (step == COMMIT && station == 2)
        t->given[COMMIT][1] = TS_STR("not a hash");
}

static void swap_a_reveal(struct table *t, int step, int station)
{
    if (step == REVEAL && station == 2 && t->given[REVEAL][0].ptr)
        t->given[REVEAL][2] = t->given[REVEAL][0];
}

static void swap_a_cert(struct table *t, int step, int station)
{
    if (step == CERT && station == 2)
        t->given[CERT][0] = t->given[CERT][2];
}

static void anything_altered_aborts_and_a_fresh_round_works(void **state)
{
    (void)state;
    static const struct {
        void (*tamper)(struct table *, int, int);
        const char *code;
    } tampers[] = {{swap_a_commitment, "keeper.altered"},
                   {spoil_a_commitment, "keeper.commitment"},
                   {swap_a_reveal, "threshold.signature"},
                   {swap_a_cert, "keeper.altered"}};
    for (size_t i = 0; i < sizeof tampers / sizeof *tampers; i++) {
        struct table t;
        sit_down(&t);
        t.tamper = tampers[i].tamper;
        play(&t);
        assert_true(t.aborts > 0);
        assert_string_equal(t.why, tampers[i].code);
        t.tamper = NULL;
        struct ts_str old = t.given[COMMIT][0];
        next_round(&t);
        play(&t);
        assert_all_done(&t);
        assert_true(!old.ptr || !ts_str_equal(old, t.given[COMMIT][0]));
        stand_up(&t);
    }
}

static void an_exchanged_record_of_trustees_is_noticed(void **state)
{
    (void)state;
    struct table t, other;
    sit_down(&t);
    sit_down(&other);
    uint8_t entropy[TS_DRBG_ENTROPY] = {8};
    ts_drbg_init(&other.rng, entropy, ts_str_bytes(TS_STR("others")));
    play(&other);
    while (!t.trustees.ptr) {
        for (int i = 0; i < N && !t.trustees.ptr; i++) {
            struct ts_keeper_setup setup = shown(&t, i);
            struct ts_buf record = {0};
            const char *step;
            struct ts_err why;
            if (ts_keeper_next(t.keepers[i], &setup, &t.rng, &step, &record, &why) ==
                TS_KEEPER_SEND)
                receive(&t, i, step, ts_buf_str(&record), why.code);
            ts_buf_wipe(&record);
        }
    }
    t.trustees = ts_arena_str(&t.arena, other.trustees);
    play(&t);
    assert_true(t.aborts > 0);
    stand_up(&t);

    /* And when a station has confirmed the true one. */
    sit_down(&t);
    play(&t);
    assert_all_done(&t);
    t.trustees = ts_arena_str(&t.arena, other.trustees);
    t.state = "confirm";
    play(&t);
    assert_string_equal(t.why, "keeper.altered");
    stand_up(&t);
    stand_up(&other);
}

static void an_impossible_place_is_refused(void **state)
{
    (void)state;
    struct table t;
    struct ts_buf record = {0};
    const char *step;
    struct ts_err why = {0};
    sit_down(&t);
    struct ts_keeper_setup setup = shown(&t, N); /* the fourth of three */
    assert_int_equal(ts_keeper_next(t.keepers[0], &setup, &t.rng, &step, &record, &why),
                     TS_KEEPER_SEND);
    assert_string_equal(step, "abort");
    assert_string_equal(why.code, "keeper.place");
    ts_buf_wipe(&record);
    stand_up(&t);
}

static void a_station_switched_off_aborts(void **state)
{
    (void)state;
    struct table t;
    sit_down(&t);
    struct ts_keeper_setup setup = shown(&t, 0);
    struct ts_buf record = {0};
    const char *step;
    struct ts_err why;
    assert_int_equal(ts_keeper_next(t.keepers[0], &setup, &t.rng, &step, &record, &why),
                     TS_KEEPER_SEND);
    receive(&t, 0, step, ts_buf_str(&record), why.code);
    ts_keeper_free(t.keepers[0]);
    t.keepers[0] = ts_keeper_new();
    setup = shown(&t, 0);
    assert_int_equal(ts_keeper_next(t.keepers[0], &setup, &t.rng, &step, &record, &why),
                     TS_KEEPER_SEND);
    assert_string_equal(step, "abort");
    assert_string_equal(why.code, "keeper.forgotten");
    ts_buf_wipe(&record);
    stand_up(&t);
}

static void key_cards_are_read_as_written(void **state)
{
    (void)state;
    struct ts_keycard card = {.owner = 2}, again;
    uint8_t random[32] = {3};
    struct ts_err err;
    struct ts_buf text = {0};
    card.meeting = ts_id_from_random(random);
    card.share.b[0] = 42;
    memset(card.trustees.b, 0xab, sizeof card.trustees.b);
    ts_keycard_write(&text, &card);
    assert_int_equal(ts_keycard_read(&again, ts_buf_str(&text), &err), 0);
    assert_memory_equal(card.share.b, again.share.b, sizeof card.share.b);
    assert_true(ts_id_equal(&card.meeting, &again.meeting));
    assert_int_equal(again.owner, 2);
    for (size_t cut = 0; cut < text.len; cut++)
        assert_int_equal(
            ts_keycard_read(&again, (struct ts_str){(const char *)text.ptr, cut}, &err), -1);
    ts_buf_wipe(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_stations_make_keys),
        cmocka_unit_test(anything_altered_aborts_and_a_fresh_round_works),
        cmocka_unit_test(an_exchanged_record_of_trustees_is_noticed),
        cmocka_unit_test(an_impossible_place_is_refused),
        cmocka_unit_test(a_station_switched_off_aborts),
        cmocka_unit_test(key_cards_are_read_as_written),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
