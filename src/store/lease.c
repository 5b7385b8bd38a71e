// Keeps the leases of what is in flight, so that a long task or a slow disk does not make a second
// worker begin the same work.
#include "core/scope.h"
#include "store/worker_impl.h"
#include "sys/world.h"

enum {
    KEEPER_STEP_US = 1000000,
    US_PER_S = 1000000,
    EXTEND_BYTES_MAX = 1 << 24,
};

static int64_t half_lease_us(const struct worker *w)
{
    return w->def->queue->lease_s * US_PER_S / 2;
}

void batch_open(struct worker *w, struct batch *batch)
{
    batch->open = batch->count;
    for (size_t i = 0; i < batch->count; i++)
        atomic_store_explicit(&batch->ended[i], false, memory_order_relaxed);
    batch->extend_at_us = world_monotonic_us(store_world(w->store)) + half_lease_us(w);
    mutex_lock(&w->lock);
    batch->next = w->open;
    w->open = batch;
    mutex_unlock(&w->lock);
}

void batch_close(struct worker *w, struct batch *batch)
{
    struct batch **at = &w->open;

    mutex_lock(&w->lock);
    while (*at != batch)
        at = &(*at)->next;
    *at = batch->next;
    mutex_unlock(&w->lock);
    scope_reset(batch->scope);
    batch->next = w->fresh;
    w->fresh = batch;
}

struct due {
    struct message *messages;
    size_t count;
};

static void add_due(struct scope *s, const struct batch *batch, struct due *due)
{
    for (size_t i = 0; i < batch->count; i++) {
        if (atomic_load_explicit(&batch->ended[i], memory_order_relaxed))
            continue;
        struct message *copy = &due->messages[due->count++];
        *copy = batch->messages[i];
        copy->id = str_copy(s, copy->id); // the batch may end as soon as the lock is given up
        copy->body = copy->error = (struct str){0};
    }
}

static struct due find_due(struct scope *s, struct worker *w)
{
    int64_t now_us = world_monotonic_us(store_world(w->store));
    struct due due = {scope_array(s, w->def->in_flight_max, sizeof *due.messages), 0};

    mutex_lock(&w->lock);
    for (struct batch *batch = w->open; batch; batch = batch->next) {
        if (batch->extend_at_us <= now_us) {
            add_due(s, batch, &due);
            batch->extend_at_us = now_us + half_lease_us(w);
        }
    }
    mutex_unlock(&w->lock);
    return due;
}

void workers_extend(struct workers *all)
{
    for (size_t i = 0; i < all->count; i++) {
        struct worker *w = &all->list[i];
        struct scope *s = scope_open(EXTEND_BYTES_MAX);
        struct due due = find_due(s, w);
        for (size_t j = 0; j < due.count; j++) // what has ended meanwhile is a CONFLICT: fine
            (void)queue_extend(s, w->store, &due.messages[j], 0);
        scope_close(s);
    }
}

void workers_keep(void *workers)
{
    struct workers *all = workers;

    mutex_lock(&all->lock);
    while (all->running) {
        (void)condition_wait_us(&all->ended, &all->lock, KEEPER_STEP_US);
        mutex_unlock(&all->lock);
        workers_extend(all);
        mutex_lock(&all->lock);
    }
    mutex_unlock(&all->lock);
}
