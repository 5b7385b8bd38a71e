// The world is the one door to what the program does not decide itself: the time, randomness and
// files. There is one real world, and any number of simulated ones (sys/sim.h) that follow a seed:
// a virtual clock, a disk that loses what was not flushed, and calls that fail when asked to.
// Everything that touches time, chance or the disk takes a world. Threads and sockets are not
// simulated: code above them is tested by calling it directly.
//
// A world may be used by any thread at once.
#ifndef SHEAF_SYS_WORLD_H
#define SHEAF_SYS_WORLD_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scope;
struct world;

// Returns the real world. Static.
struct world *world_real(void);

// Microseconds since 1970-01-01 UTC. May step backwards.
int64_t world_now_us(struct world *w);

// Microseconds since some fixed moment; never steps backwards. For durations and deadlines.
int64_t world_monotonic_us(struct world *w);

// Fills with cryptographically strong random bytes (in a simulated world: from its seed).
void world_random(struct world *w, void *out, size_t bytes);

// Returns a UUIDv7 (RFC 9562, 5.7) as 36 characters in the scope. Within one world ids only grow,
// also within a millisecond and when the clock steps back.
struct str world_uuid(struct world *w, struct scope *s);

// As world_uuid(): the 16 bytes.
void world_uuid_bytes(struct world *w, uint8_t out[16]);

#endif
