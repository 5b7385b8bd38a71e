// Calls that wait for something without a thread: long polls. A call looks for its work under a
// key; when there is none it is parked, and it is run again when somebody wakes the key, when its
// time is over, or when the server stops. The count of wake-ups from before the look is compared
// when it is parked, so that a wake-up in between is not lost. Any thread.
#ifndef SHEAF_EDGE_PARK_IMPL_H
#define SHEAF_EDGE_PARK_IMPL_H

#include "core/str.h"

#include <stdint.h>

struct call;
struct park;
struct world;

// `run` is called with a call that is parked no more; it must not block.
struct park *park_new(struct world *w, void (*run)(struct call *c));
// Nothing may be parked any more. NULL is fine.
void park_free(struct park *p);

// Returns the count of wake-ups of a key, for park_put().
uint64_t park_count(struct park *p, struct str key);

// Parks a call whose watch and deadline are set; runs it at once when its key was woken since.
void park_put(struct park *p, struct call *c);

void park_wake(struct park *p, struct str key);
// Runs those whose time is over.
void park_expire(struct park *p);
// From now on nothing is parked: runs all at once, and who comes.
void park_end(struct park *p);

#endif
