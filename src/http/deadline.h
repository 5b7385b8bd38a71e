// Deadlines of many things, soonest first: an intrusive list kept in order. Setting one costs a
// walk past those that are later; they are few when nearly all of a list are the same time ahead,
// so have a list for each length of time. One thread.
#ifndef SHEAF_HTTP_DEADLINE_H
#define SHEAF_HTTP_DEADLINE_H

#include <stdint.h>

struct deadlines;

struct deadline {
    struct deadlines *list; // NULL: not set
    struct deadline *sooner;
    struct deadline *later;
    int64_t at_us; // monotonic
};

struct deadlines {
    struct deadline *first;
    struct deadline *last;
};

// Sets it, or moves it when it was set already, in this list or another.
void deadline_set(struct deadlines *list, struct deadline *d, int64_t at_us);

// May be called when it is not set.
void deadline_clear(struct deadline *d);

// Takes the soonest one out if it is due, else NULL.
struct deadline *deadline_take_due(struct deadlines *list, int64_t now_us);

#endif
