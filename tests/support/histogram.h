/* Latencies of a measurement: log-linear buckets, error below 1 %. */
#ifndef TS_TEST_HISTOGRAM_H
#define TS_TEST_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BUCKETS (59 * 64)

/* Zero-initialise. Values in any unit. */
struct histogram {
    uint64_t count, max;
    uint64_t bucket[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *histogram, uint64_t value);
/* The value below which this share (0..1) lies; 0 when empty. */
uint64_t histogram_at(const struct histogram *histogram, double share);

#endif
