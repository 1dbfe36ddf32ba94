#include "tests/support/histogram.h"

/* 64 buckets per power of two; values below 64 have one each. */
static unsigned bucket_of(uint64_t value)
{
    if (value < 64)
        return (unsigned)value;
    unsigned exponent = 63 - (unsigned)__builtin_clzll(value);
    unsigned bucket = (exponent - 5) * 64 + (unsigned)((value >> (exponent - 6)) & 63);
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

static uint64_t lowest_of(unsigned bucket)
{
    if (bucket < 64)
        return bucket;
    unsigned exponent = bucket / 64 + 5;
    return (64 + (uint64_t)(bucket % 64)) << (exponent - 6);
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
    histogram->bucket[bucket_of(value)]++;
    histogram->count++;
    if (value > histogram->max)
        histogram->max = value;
}

uint64_t histogram_at(const struct histogram *histogram, double share)
{
    uint64_t wanted = (uint64_t)(share * (double)histogram->count), seen = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->bucket[i];
        if (seen > wanted)
            return lowest_of(i);
    }
    return histogram->max;
}
