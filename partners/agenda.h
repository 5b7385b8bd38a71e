// An agenda: things that are due at some moment, soonest first; what is due at the same moment
// comes in the order in which it was added. Intrusive; one thread at a time.
#ifndef SHEAF_PARTNERS_AGENDA_H
#define SHEAF_PARTNERS_AGENDA_H

#include <stddef.h>
#include <stdint.h>

// The first member of a thing that is due.
struct due {
    int64_t at_us;
    uint64_t order;
};

struct agenda {
    struct due **heap;
    size_t count;
    size_t room;
    uint64_t added;
};

// Frees the agenda's memory, not the things in it.
void agenda_fini(struct agenda *a);

void agenda_add(struct agenda *a, struct due *d, int64_t at_us);

// Takes the soonest thing out if it is due, else NULL.
void *agenda_take(struct agenda *a, int64_t now_us);

// When the soonest thing is due; INT64_MAX: there is none.
int64_t agenda_next_us(const struct agenda *a);

#endif
