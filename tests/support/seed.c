#include "tests/support/seed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ts_seed ts_seed_of(uint64_t seed)
{
    return (struct ts_seed){seed};
}

/* SplitMix64 (Steele, Lea, Flood 2014). */
uint64_t ts_seed_u64(struct ts_seed *seed)
{
    uint64_t z = seed->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint64_t ts_seed_below(struct ts_seed *seed, uint64_t n)
{
    return ts_seed_u64(seed) % n;
}

bool ts_seed_one_in(struct ts_seed *seed, uint64_t n)
{
    return ts_seed_below(seed, n) == 0;
}

void ts_seed_bytes(struct ts_seed *seed, void *out, size_t len)
{
    uint8_t *at = out;
    while (len > 0) {
        uint64_t word = ts_seed_u64(seed);
        size_t part = len < sizeof word ? len : sizeof word;
        memcpy(at, &word, part);
        at += part;
        len -= part;
    }
}

uint64_t ts_seed_rounds(const char *variable, uint64_t otherwise)
{
    const char *text = getenv(variable);
    return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

int ts_seed_run(uint64_t cases, int (*property)(struct ts_seed *seed, void *state), void *state)
{
    uint64_t only = ts_seed_rounds("TS_SEED", 0);
    uint64_t first = only ? only : 1, last = only ? only : ts_seed_rounds("TS_CASES", cases);
    for (uint64_t n = first; n <= last; n++) {
        struct ts_seed seed = ts_seed_of(n);
        if (property(&seed, state) != 0) {
            fprintf(stderr, "failed with TS_SEED=%llu\n", (unsigned long long)n);
            return -1;
        }
    }
    return 0;
}
