// The generic cell rate algorithm: `due` is when the principal's budget would be whole again. A
// request moves it on by one interval and is let in while it is no more than a burst ahead of now.
// Principals share a fixed table; one that was idle gives its place to a newcomer, and when a set
// of places is full of busy ones the newcomer shares one, which can only make it slower.
#include "edge/limits_impl.h"

#include "core/heap.h"
#include "sys/thread.h"

#include <assert.h>
#include <stdlib.h>

enum { SETS = 2048, PLACES = 4, SECOND_US = 1000000 };

struct place {
    uint64_t principal; // hash of its id
    int64_t due_us;
};

struct limits {
    struct mutex mutex;
    struct place places[SETS][PLACES];
};

struct limits *limits_new(void)
{
    struct limits *l = heap_new(struct limits);

    mutex_init(&l->mutex);
    return l;
}

void limits_free(struct limits *l)
{
    if (!l)
        return;
    mutex_fini(&l->mutex);
    free(l);
}

static struct place *find_place(struct limits *l, uint64_t principal, int64_t now_us)
{
    struct place *set = l->places[principal % SETS];
    struct place *idle = &set[0];

    for (size_t i = 0; i < PLACES; i++) {
        if (set[i].principal == principal)
            return &set[i];
        if (set[i].due_us < idle->due_us)
            idle = &set[i];
    }
    if (idle->due_us <= now_us)
        *idle = (struct place){.principal = principal};
    return idle;
}

bool limits_take(struct limits *l, struct str id, uint32_t per_second, int64_t now_us,
                 struct limits_left *left)
{
    assert(per_second > 0);
    int64_t interval_us = SECOND_US / per_second > 0 ? SECOND_US / per_second : 1;
    int64_t burst_us = LIMITS_BURST_S * SECOND_US;

    mutex_lock(&l->mutex);
    struct place *p = find_place(l, str_hash(id), now_us);
    int64_t from_us = p->due_us > now_us ? p->due_us : now_us;
    bool within = from_us + interval_us - now_us <= burst_us;
    if (within)
        p->due_us = from_us + interval_us;
    int64_t ahead_us = p->due_us - now_us;
    mutex_unlock(&l->mutex);

    if (ahead_us < 0)
        ahead_us = 0;
    left->remaining = within ? (uint32_t)((burst_us - ahead_us) / interval_us) : 0;
    left->reset_s = (uint32_t)((ahead_us + SECOND_US - 1) / SECOND_US);
    if (left->reset_s == 0)
        left->reset_s = 1;
    return within;
}
