// A Bloom filter that grows: tells of most keys that they were never added, without looking them
// up. One thread adds; any thread asks meanwhile. Past its largest size it says "maybe" to all.
#ifndef SHEAF_STORE_EMBEDDED_FILTER_H
#define SHEAF_STORE_EMBEDDED_FILTER_H

#include <stdbool.h>
#include <stdint.h>

struct filter;

struct filter *filter_new(void);
// NULL is fine.
void filter_free(struct filter *f);

// `hash` has 64 good bits.
void filter_add(struct filter *f, uint64_t hash);
// False: it was not added. True: it was, or about one in fifty that were not.
bool filter_may_have(const struct filter *f, uint64_t hash);
// Forgets all. Who asks meanwhile gets an answer from before or after.
void filter_clear(struct filter *f);

#endif
