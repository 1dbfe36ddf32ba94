/*
 * Deterministic simulation: the whole engine with network, clock, randomness, workers and disk in
 * the test's hand, one meeting with a secret poll per seed, with crashes, failing disks, lost links
 * and a stranger (docs/testing.md). TS_SIM_SEEDS=n plays more seeds, TS_SEED=n that one alone.
 * Promises: nothing leaves before it is durable; every acknowledged command is there once, every
 * acknowledged slip too, one vote per slip; counts balance; live state is replayed state; nobody
 * sees what is not theirs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

#include "tests/support/simplay.h"

#define SEEDS 500

struct sums {
    struct simcast casts[2]; /* a single keeper; two of three */
    uint64_t plays, done, crashes, says, views;
    uint64_t given_up, accepted, voided, erased;
};

static int play_one(struct ts_seed *seed, void *state)
{
    struct sums *sums = state;
    static struct simplay play;
    const struct simplay_faults none = {0};
    bool good = simplay_run(&play, sums->casts, ts_seed_u64(seed), &none);
    if (!good)
        fprintf(stderr, "wrong at step %d in life %zu: %s\n", play.step, play.world.lives,
                play.world.wrong);
    sums->plays++;
    sums->done += play.done;
    sums->crashes += play.crashes;
    sums->says += play.says;
    sums->views += play.views;
    sums->given_up += play.did.gave_up;
    sums->accepted += play.did.accepted;
    sums->voided += play.did.voided;
    sums->erased += play.did.erased;
    simplay_free(&play);
    return good ? 0 : -1;
}

static void plays_keep_every_promise(void **state)
{
    struct sums *sums = *state;
    uint64_t seeds = ts_seed_rounds("TS_SIM_SEEDS", SEEDS);
    assert_int_equal(ts_seed_run(seeds, play_one, sums), 0);
    printf("%llu plays, %llu to the end, %llu crashes, %llu commands, %llu views\n",
           (unsigned long long)sums->plays, (unsigned long long)sums->done,
           (unsigned long long)sums->crashes, (unsigned long long)sums->says,
           (unsigned long long)sums->views);
    printf("%llu booths given up, %llu differences accepted, %llu polls void, %llu erased\n",
           (unsigned long long)sums->given_up, (unsigned long long)sums->accepted,
           (unsigned long long)sums->voided, (unsigned long long)sums->erased);
    /* A simulation that never comes to the ballots would prove nothing. */
    assert_true(sums->done * 10 >= sums->plays * 9);
    if (sums->plays >= SEEDS) {
        assert_true(sums->given_up * 10 >= sums->plays && sums->voided * 20 >= sums->plays);
        assert_true(sums->accepted * 5 >= sums->plays && sums->erased * 10 >= sums->plays * 9);
    }
}

/* Plays seeds until a broken server is caught. */
static void expect_caught(struct sums *sums, const struct simplay_faults *faults, const char *what,
                          const char *alternative)
{
    static struct simplay play;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        bool good = simplay_run(&play, sums->casts, seed, faults);
        bool caught =
            !good && (strstr(play.world.wrong, what) || strstr(play.world.wrong, alternative));
        if (!good && !caught)
            fail_msg("caught for another reason: %s", play.world.wrong);
        simplay_free(&play);
        if (caught)
            return;
    }
    fail_msg("not caught: %s", what);
}

static void release_before_durability_is_caught(void **state)
{
    const struct simplay_faults faults = {.sin = SIMSTORE_EARLY};
    expect_caught(*state, &faults, "left at ticket", "left at ticket");
}

static void a_second_ballot_is_caught(void **state)
{
    const struct simplay_faults faults = {.sin = SIMSTORE_FORGETS};
    expect_caught(*state, &faults, "twice", "state");
}

static void damaged_content_is_caught(void **state)
{
    const struct simplay_faults faults = {.sin = SIMSTORE_TWISTS};
    expect_caught(*state, &faults, "content.damaged", "content.damaged");
}

static void a_leaking_view_is_caught(void **state)
{
    const struct simplay_faults faults = {.leak = true};
    expect_caught(*state, &faults, "sees", "reads names");
}

/* The other text, which is still shown, stands for one that was erased and is not gone. */
static void a_text_that_was_not_erased_is_caught(void **state)
{
    const struct simplay_faults faults = {.unerased = true};
    expect_caught(*state, &faults, "shows what was erased", "shows what was erased");
}

static int set_up(void **state)
{
    static struct sums sums;
    simcast_init(&sums.casts[0], 1, 1);
    simcast_init(&sums.casts[1], 3, 2);
    *state = &sums;
    return 0;
}

static int tear_down(void **state)
{
    struct sums *sums = *state;
    simcast_free(&sums->casts[0]);
    simcast_free(&sums->casts[1]);
    return 0;
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plays_keep_every_promise),
        cmocka_unit_test(release_before_durability_is_caught),
        cmocka_unit_test(a_second_ballot_is_caught),
        cmocka_unit_test(damaged_content_is_caught),
        cmocka_unit_test(a_leaking_view_is_caught),
        cmocka_unit_test(a_text_that_was_not_erased_is_caught),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
