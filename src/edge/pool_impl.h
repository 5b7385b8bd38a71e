// The bounded pool of threads for handlers that block.
#ifndef SHEAF_EDGE_POOL_IMPL_H
#define SHEAF_EDGE_POOL_IMPL_H

#include <stdbool.h>
#include <stddef.h>

struct call;
struct pool;

struct pool *pool_new(unsigned threads, size_t waiting_max, void (*run)(struct call *c));
// Runs what waits, then ends the threads. NULL is fine.
void pool_free(struct pool *p);

// Hands the call to a thread; false when too many wait already.
bool pool_give(struct pool *p, struct call *c);

#endif
