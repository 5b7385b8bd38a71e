// The bucket is kept as one moment (the generic cell rate algorithm): when it will be full again.
// Each call moves it on by the time of one token; a call fits while it is at most a burst ahead.
#include "sys/pace.h"

#include "core/heap.h"
#include "core/scope.h"
#include "sys/thread.h"
#include "sys/world.h"

#include <assert.h>
#include <stdlib.h>

enum {
    NS_PER_S = 1000000000,
    NS_PER_US = 1000,
    US_PER_MS = 1000,
    BURSTS_PER_SECOND = 4,
    LEAVING_US = 100000, // a guess of how soon one of those inside leaves
};

struct pace {
    struct pace_options options;
    int64_t token_ns;  // 0: no limit
    int64_t burst_ns;  // that the bucket may be ahead
    struct mutex lock; // guards the rest
    struct condition left;
    int64_t full_at_ns; // of world_monotonic_us()
    int64_t hushed_until_us;
    uint32_t inside;
};

struct pace *pace_new(const struct pace_options *options)
{
    struct pace *p = heap_new(struct pace);
    uint32_t burst = options->burst;

    assert(options->world && options->rate_per_second <= PACE_RATE_MAX);
    if (burst == 0)
        burst = options->rate_per_second / BURSTS_PER_SECOND;
    if (burst == 0)
        burst = 1;
    p->options = *options;
    if (options->rate_per_second)
        p->token_ns = NS_PER_S / (int64_t)options->rate_per_second;
    p->burst_ns = p->token_ns * (int64_t)(burst - 1);
    mutex_init(&p->lock);
    condition_init(&p->left);
    return p;
}

void pace_free(struct pace *p)
{
    if (!p)
        return;
    assert(p->inside == 0);
    condition_fini(&p->left);
    mutex_fini(&p->lock);
    free(p);
}

// Takes a place and a token; 0: it has them, else microseconds until that may be. Under the lock.
static int64_t take(struct pace *p)
{
    int64_t now_us = world_monotonic_us(p->options.world);
    int64_t now_ns = now_us * NS_PER_US;

    if (now_us < p->hushed_until_us)
        return p->hushed_until_us - now_us;
    if (p->options.concurrent_max && p->inside >= p->options.concurrent_max)
        return LEAVING_US;
    if (p->full_at_ns - now_ns > p->burst_ns)
        return (p->full_at_ns - now_ns - p->burst_ns + NS_PER_US - 1) / NS_PER_US;
    if (p->full_at_ns < now_ns)
        p->full_at_ns = now_ns;
    p->full_at_ns += p->token_ns;
    p->inside++;
    return 0;
}

bool pace_try(struct pace *p, int64_t *wait_us)
{
    mutex_lock(&p->lock);
    int64_t wait = take(p);
    mutex_unlock(&p->lock);
    if (wait_us)
        *wait_us = wait;
    return wait == 0;
}

static bool is_full(const struct pace *p)
{
    return p->options.concurrent_max && p->inside >= p->options.concurrent_max;
}

// Waits until it is in; the rest of the wait when it gave up. Under the lock, which it gives up
// while it waits.
static int64_t take_patiently(struct pace *p, int64_t patience_us)
{
    int64_t give_up_us = world_monotonic_us(p->options.world) + patience_us;
    int64_t wait_us = 0;

    while ((wait_us = take(p)) > 0) {
        int64_t left_us = give_up_us - world_monotonic_us(p->options.world);
        // Who leaves wakes one up; else there is nothing that could make the wait shorter.
        if (left_us <= 0 || (wait_us > left_us && !is_full(p)))
            break;
        (void)condition_wait_us(&p->left, &p->lock, wait_us < left_us ? wait_us : left_us);
    }
    return wait_us;
}

enum status pace_enter(struct scope *s, struct pace *p, int64_t patience_us)
{
    bool may_wait = p->options.world == world_real() && patience_us > 0;

    mutex_lock(&p->lock);
    int64_t wait_us = may_wait ? take_patiently(p, patience_us) : take(p);
    mutex_unlock(&p->lock);
    if (wait_us == 0)
        return OK;
    return fail(s, BUSY, "%s has as many calls as it may get: try again in %lld ms",
                p->options.name ? p->options.name : "the partner",
                (long long)((wait_us + US_PER_MS - 1) / US_PER_MS));
}

void pace_leave(struct pace *p)
{
    mutex_lock(&p->lock);
    assert(p->inside > 0);
    p->inside--;
    condition_signal(&p->left);
    mutex_unlock(&p->lock);
}

void pace_hush(struct pace *p, int64_t us)
{
    mutex_lock(&p->lock);
    int64_t until_us = world_monotonic_us(p->options.world) + us;
    if (until_us > p->hushed_until_us)
        p->hushed_until_us = until_us;
    mutex_unlock(&p->lock);
}
