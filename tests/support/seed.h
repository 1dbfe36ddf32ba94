/*
 * Numbers for property tests: fast, the same on every machine for the same seed, and good for
 * nothing else. A test that fails prints its seed; TS_SEED=n runs that one alone, TS_CASES=n runs
 * more of them than usual.
 */
#ifndef TS_TEST_SUPPORT_SEED_H
#define TS_TEST_SUPPORT_SEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ts_seed {
    uint64_t state;
};

struct ts_seed ts_seed_of(uint64_t seed);
uint64_t ts_seed_u64(struct ts_seed *seed);
/* 0 .. n-1; n > 0. */
uint64_t ts_seed_below(struct ts_seed *seed, uint64_t n);
/* True once in n times on average. */
bool ts_seed_one_in(struct ts_seed *seed, uint64_t n);
void ts_seed_bytes(struct ts_seed *seed, void *out, size_t len);

/* Runs property(seed n, state) for n = 1 .. cases. property returns 0, or -1 after it printed what
 * was wrong; then the seed is printed and -1 returned, so: assert_int_equal(ts_seed_run(...), 0).
 */
int ts_seed_run(uint64_t cases, int (*property)(struct ts_seed *seed, void *state), void *state);

/* How often a test that could go on for ever goes round: the number in the environment variable
 * (TS_CRASH_ROUNDS, TS_SIM_SEEDS; docs/testing.md), else `otherwise`. */
uint64_t ts_seed_rounds(const char *variable, uint64_t otherwise);

#endif
