// Latencies counted in buckets that are at most 1.6 % wide, so that a percentile of millions costs
// a few kilobytes.
#ifndef SHEAF_TEST_BENCH_LOAD_HISTOGRAM_H
#define SHEAF_TEST_BENCH_LOAD_HISTOGRAM_H

#include <stdint.h>

enum {
    HISTOGRAM_STEPS = 64,     // buckets for each doubling
    HISTOGRAM_DOUBLINGS = 34, // up to hours in microseconds
};

struct histogram {
    uint64_t counts[HISTOGRAM_STEPS * (HISTOGRAM_DOUBLINGS + 1)];
    uint64_t count;
    uint64_t max;
};

void histogram_add(struct histogram *h, uint64_t value);
void histogram_merge(struct histogram *h, const struct histogram *other);

// Returns the value below or at which `part` (0 to 1) of all lie; 0 when there is none.
uint64_t histogram_at(const struct histogram *h, double part);

#endif
