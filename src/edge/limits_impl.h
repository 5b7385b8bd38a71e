// Rate limits per principal, in memory: each has a budget that refills evenly and may be used at
// once (GCRA: one number a principal). A restart forgives. Any thread.
#ifndef SHEAF_EDGE_LIMITS_IMPL_H
#define SHEAF_EDGE_LIMITS_IMPL_H

#include "core/str.h"

#include <stdbool.h>
#include <stdint.h>

struct limits;

enum { LIMITS_BURST_S = 1 }; // a whole second's budget may come at once

struct limits_left {
    uint32_t remaining; // requests that would be let in now
    uint32_t reset_s;   // until the budget is whole again
};

struct limits *limits_new(void);
void limits_free(struct limits *l);

// Takes one request from the budget of `id`. False: it is used up; `left->reset_s` is then when to
// try again. `per_second` is at least 1.
bool limits_take(struct limits *l, struct str id, uint32_t per_second, int64_t now_us,
                 struct limits_left *left);

#endif
