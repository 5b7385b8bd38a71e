// A gate before a partner: at most so many calls a second (a token bucket with a small burst) and
// so many at once. Who must not wait is told how long it would have been, so that a task on a queue
// can give its message back; others wait, within a bound. A partner that asks for quiet
// (Retry-After) shuts the gate for everybody.
//
//     TRY(pace_enter(s, p, PATIENCE_US));
//     enum status e = http_call(...);
//     pace_leave(p);
//
// Any thread. The clock is the world's.
#ifndef SHEAF_SYS_PACE_H
#define SHEAF_SYS_PACE_H

#include "core/status.h"

#include <stdbool.h>
#include <stdint.h>

struct pace;
struct scope;
struct world;

enum { PACE_RATE_MAX = 1000000 };

struct pace_options {
    struct world *world;
    const char *name;         // of the partner, for the sentence of BUSY; static
    uint32_t rate_per_second; // 0: no limit; at most PACE_RATE_MAX
    uint32_t burst;           // calls at once after a pause; 0: a quarter of a second's, at least 1
    uint32_t concurrent_max;  // 0: no limit
};

struct pace *pace_new(const struct pace_options *options);
// Nobody may be inside or waiting. NULL is fine.
void pace_free(struct pace *p);

// Enters if that is possible now; then pace_leave() must follow. Else returns false and how long it
// is of no use to try again, in microseconds, at least 1: exact for the rate and for quiet, a guess
// where it is for somebody to leave. Never blocks. `wait_us` may be NULL.
bool pace_try(struct pace *p, int64_t *wait_us);

// As pace_try(), but waits for up to `patience_us`: not at all where the gate is known to be shut
// longer, and not in a simulated world, whose clock stands still. Errors: BUSY with how long to
// wait.
enum status pace_enter(struct scope *s, struct pace *p, int64_t patience_us);

// The call is over, however it went.
void pace_leave(struct pace *p);

// Lets nobody in for so long from now, or as long as an earlier one says when that is longer.
void pace_hush(struct pace *p, int64_t us);

#endif
