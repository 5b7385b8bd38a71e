// Waits on a condition, so that stopping does not have to wait for a second to pass.
#include "app/tender.h"

#include "core/heap.h"
#include "core/scope.h"
#include "sys/log.h"
#include "sys/thread.h"
#include "sys/world.h"

#include <stdlib.h>

enum {
    PAUSE_US = 1000000,
    STORE_PAUSE_US = 60 * 1000000,
    TEND_BYTES_MAX = 512 << 20,
    TURNS_MAX = 1000, // of one service before the others have their turn
};

struct tender {
    const struct platform *platform;
    const struct service *const *services;
    void *const *selves;
    struct mutex mutex;
    struct condition stop;
    bool stopping;
    int64_t store_due_us;
    struct thread *thread;
};

static bool is_stopping(struct tender *t)
{
    mutex_lock(&t->mutex);
    bool stopping = t->stopping;
    mutex_unlock(&t->mutex);
    return stopping;
}

// One turn in a scope of its own. Returns whether more is waiting.
static bool turn(struct tender *t, const char *name, bool (*tend)(struct scope *s, void *self),
                 void *self)
{
    struct scope *s = scope_open(TEND_BYTES_MAX);
    bool more = tend(s, self);

    if (scope_status(s) != OK) {
        log_event(LOG_ERROR, "tender.failed", LOG_Z("service", name), LOG_STATUS(scope_status(s)),
                  LOG_WHY(s), LOG_END);
        more = false;
    }
    scope_close(s);
    return more && !is_stopping(t);
}

static bool tend_store(struct scope *s, void *store)
{
    return store_tend(s, store);
}

static void tend_all(struct tender *t)
{
    for (size_t i = 0; t->services[i]; i++) {
        int turns = 0;
        if (!t->services[i]->tend)
            continue;
        while (turns++ < TURNS_MAX &&
               turn(t, t->services[i]->name, t->services[i]->tend, t->selves[i]))
            continue;
    }
    int64_t now_us = world_monotonic_us(t->platform->world);
    if (now_us < t->store_due_us)
        return;
    bool more = turn(t, "store", tend_store, t->platform->store);
    t->store_due_us = more ? now_us : now_us + STORE_PAUSE_US;
}

static void tender_work(void *argument)
{
    struct tender *t = argument;

    while (!is_stopping(t)) {
        tend_all(t);
        mutex_lock(&t->mutex);
        if (!t->stopping)
            (void)condition_wait_us(&t->stop, &t->mutex, PAUSE_US);
        mutex_unlock(&t->mutex);
    }
}

struct tender *tender_start(const struct platform *platform, const struct service *const *services,
                            void *const *selves)
{
    struct tender *t = heap_new(struct tender);

    t->platform = platform;
    t->services = services;
    t->selves = selves;
    mutex_init(&t->mutex);
    condition_init(&t->stop);
    t->thread = thread_start("tender", tender_work, t);
    return t;
}

void tender_stop(struct tender *t)
{
    if (!t)
        return;
    mutex_lock(&t->mutex);
    t->stopping = true;
    condition_signal(&t->stop);
    mutex_unlock(&t->mutex);
    thread_join(t->thread);
    condition_fini(&t->stop);
    mutex_fini(&t->mutex);
    free(t);
}
