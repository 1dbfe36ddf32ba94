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
    struct simcast cast;
    uint64_t plays, done, crashes, says, views;
};

static int play_one(struct ts_seed *seed, void *state)
{
    struct sums *sums = state;
    static struct simplay play;
    const struct simplay_faults none = {0};
    bool good = simplay_run(&play, &sums->cast, ts_seed_u64(seed), &none);
    if (!good)
        fprintf(stderr, "wrong at step %d in life %zu: %s\n", play.step, play.world.lives,
                play.world.wrong);
    sums->plays++;
    sums->done += play.done;
    sums->crashes += play.crashes;
    sums->says += play.says;
    sums->views += play.views;
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
    /* A simulation that never comes to the ballots would prove nothing. */
    assert_true(sums->done * 10 >= sums->plays * 9);
}

/* Plays seeds until a broken server is caught. */
static void expect_caught(struct sums *sums, const struct simplay_faults *faults, const char *what,
                          const char *alternative)
{
    static struct simplay play;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        bool good = simplay_run(&play, &sums->cast, seed, faults);
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

static int set_up(void **state)
{
    static struct sums sums;
    simcast_init(&sums.cast);
    *state = &sums;
    return 0;
}

static int tear_down(void **state)
{
    struct sums *sums = *state;
    simcast_free(&sums->cast);
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
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
