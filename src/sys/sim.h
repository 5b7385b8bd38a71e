// A simulated world: everything follows the seed. Its clock stands still until it is moved; its
// disk is in memory and remembers, per file and per folder, what was flushed and what was not.
// Relative and absolute paths start at the same empty folder; ".." is refused. A file holds at most
// 1 GiB.
#ifndef SHEAF_SYS_SIM_H
#define SHEAF_SYS_SIM_H

#include <stdbool.h>
#include <stdint.h>

struct world;

// Makes a world with an empty disk whose clock shows 2026-01-01T00:00:00Z.
struct world *sim_new(uint64_t seed);
// All its files must have been closed. NULL is fine.
void sim_free(struct world *w);

void sim_advance_us(struct world *w, int64_t us);

// Makes the n-th file operation from now (n from 1; every function of sys/file.h but file_close()
// does one or more) fail: with an I/O error, or a full disk where it is a write. A failed write has
// written a part. A failed flush has flushed some of what was waiting; the rest still waits.
// Anything else that fails has done nothing.
void sim_fail_nth(struct world *w, unsigned n);

// As sim_fail_nth(), and the program is dead from then on: every later operation fails and does
// nothing, until sim_power_cut() or sim_kill(). So a test cuts the power between any two
// operations, or in the middle of one.
void sim_halt_nth(struct world *w, unsigned n);

// Disarms either. Returns whether it had struck.
bool sim_mend(struct world *w);

// How many operations there have been.
uint64_t sim_operations(struct world *w);

// Pulls the plug: every open file dies (its later operations fail with INTERNAL; it must still be
// closed), and each unflushed write (by sectors of 512 bytes), truncation, creation, rename and
// removal is kept or lost as the seed decides, independently of one another. Two things are sure: a
// rename leaves the file under its old name, its new one or both; and where a file grew but the
// bytes were lost, it reads as zero. Afterwards the disk can be used again. Threads that use the
// world must have been stopped or must stand failing calls.
void sim_power_cut(struct world *w);

// Kills the process, as it were: open files die, but the disk keeps all that was written.
void sim_kill(struct world *w);

#endif
