// Values below 64 have a bucket each; above, the highest six bits after the leading one choose it.
#include "test/bench/load_histogram.h"

#include <stddef.h>

static size_t bucket_of(uint64_t value)
{
    if (value < HISTOGRAM_STEPS)
        return value;
    unsigned doubling = 63 - (unsigned)__builtin_clzll(value) - 6; // 0 for 64 to 127
    size_t bucket = (doubling + 1) * HISTOGRAM_STEPS + ((value >> doubling) - HISTOGRAM_STEPS);
    size_t last = HISTOGRAM_STEPS * (HISTOGRAM_DOUBLINGS + 1) - 1;

    return bucket < last ? bucket : last;
}

// The highest value of a bucket.
static uint64_t value_of(size_t bucket)
{
    if (bucket < HISTOGRAM_STEPS)
        return bucket;
    unsigned doubling = (unsigned)(bucket / HISTOGRAM_STEPS - 1);

    return ((bucket % HISTOGRAM_STEPS + HISTOGRAM_STEPS + 1) << doubling) - 1;
}

void histogram_add(struct histogram *h, uint64_t value)
{
    h->counts[bucket_of(value)]++;
    h->count++;
    if (value > h->max)
        h->max = value;
}

void histogram_merge(struct histogram *h, const struct histogram *other)
{
    for (size_t i = 0; i < sizeof h->counts / sizeof h->counts[0]; i++)
        h->counts[i] += other->counts[i];
    h->count += other->count;
    if (other->max > h->max)
        h->max = other->max;
}

uint64_t histogram_at(const struct histogram *h, double part)
{
    uint64_t wanted = (uint64_t)(part * (double)h->count);
    uint64_t seen = 0;

    for (size_t i = 0; i < sizeof h->counts / sizeof h->counts[0]; i++) {
        seen += h->counts[i];
        if (h->counts[i] > 0 && seen >= wanted) {
            uint64_t value = value_of(i);
            return value < h->max ? value : h->max;
        }
    }
    return h->max;
}
