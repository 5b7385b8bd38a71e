// A simulated world: everything follows the seed. Its clock stands still until it is moved; its
// disk is in memory and remembers, per file and per folder, what was flushed and what was not.
#ifndef SHEAF_SYS_SIM_H
#define SHEAF_SYS_SIM_H

#include <stdbool.h>
#include <stdint.h>

struct world;

// Makes a world with an empty disk whose clock shows 2026-01-01T00:00:00Z.
struct world *sim_new(uint64_t seed);
void sim_free(struct world *w);

void sim_advance_us(struct world *w, int64_t us);

// Makes the n-th file operation from now that can fail (open, write, truncate, flush, rename,
// remove, list, read, ...) fail, n from 1: with an I/O error, or a full disk where it is a write.
// A failed write may have written a part; a failed flush leaves what is durable unknown.
void sim_fail_nth(struct world *w, unsigned n);
// Disarms the fault. Returns whether it had struck.
bool sim_mend(struct world *w);

// How many operations that can fail have been done.
uint64_t sim_operations(const struct world *w);

// Pulls the plug: every open file dies (its later operations fail with INTERNAL), and each
// unflushed write (by sectors of 512 bytes), truncation, creation, rename and removal is kept or
// lost as the seed decides, independently of one another. Afterwards the disk can be used again.
// Threads that use the world must have been stopped or must stand failing calls.
void sim_power_cut(struct world *w);

// Kills the process, as it were: open files die, but the disk keeps all that was written.
void sim_kill(struct world *w);

#endif
