// The adversary: a store in memory that keeps the semantics of the ports to the letter and nothing
// beyond. Under a seed it delivers messages twice, late and out of order, lags its indexes, returns
// short and empty pages, and keeps what has expired. What passes on it relies on no kindness of the
// embedded backend, and so will stand on AWS.
//
// It has no threads of its own: what is due happens during calls, so that it serves simulations.
// In a world whose clock stands still, leases end and delays pass only when the clock is moved.
// Any thread may call it; each call holds one lock.
#ifndef SHEAF_STORE_MEMORY_MEMORY_H
#define SHEAF_STORE_MEMORY_MEMORY_H

#include "store/store.h"

enum memory_adversity {
    MEMORY_DUPLICATES = 1 << 0,   // a message is delivered while it is leased, or after its end
    MEMORY_DISORDER = 1 << 1,     // messages come in any order
    MEMORY_LATE = 1 << 2,         // visible messages are passed over for a while
    MEMORY_SHORT_PAGES = 1 << 3,  // pages are short or empty and have a cursor; feeds repeat
    MEMORY_LAGS = 1 << 4,         // indexes and feeds learn of a change some calls later
    MEMORY_KEEPS = 1 << 5,        // expired records and blobs stay for a while
    MEMORY_FORGETS = 1 << 6,      // messages end MESSAGE_LIFE_S_MAX after they were sent
    MEMORY_LATE_ANSWERS = 1 << 7, // answers come out of order, and some only during a later call
    MEMORY_FAILS = 1 << 8,        // some changes are answered TEMPORARY and write nothing

    MEMORY_KIND = 0,
    // What any user must stand.
    MEMORY_ADVERSE = MEMORY_DUPLICATES | MEMORY_DISORDER | MEMORY_LATE | MEMORY_SHORT_PAGES |
                     MEMORY_LAGS | MEMORY_KEEPS | MEMORY_FORGETS,
    // With late answers, who waits for an answer with nobody else calling the store waits for
    // ever: store_commit() and workers take care of that, a loop of the edge does not.
    MEMORY_WORST = MEMORY_ADVERSE | MEMORY_LATE_ANSWERS | MEMORY_FAILS,
};

// Opens an empty store; the caller closes it with store_close(). `adversity` is of the flags above.
struct store *memory_open(struct world *world, const struct store_schema *schema, uint64_t seed,
                          unsigned adversity);

// Lets the program die, as it were, at the n-th effect from now (n from 1): that change, finished
// blob or removed blob, and every later one, fails with TEMPORARY and does nothing, until
// memory_mend(). So a test stops what it tests between any two effects.
void memory_halt_nth(struct store *store, unsigned n);
// Disarms it. Returns whether it had struck.
bool memory_mend(struct store *store);

#endif
