// One thing to do, under a lock, and a thread that does it.
#include "sys/helper.h"

#include "core/scope.h"
#include "sys/thread.h"
#include "sys/world.h"

#include <stddef.h>

struct helper {
    bool simulated;
    struct thread *thread;
    struct mutex lock; // guards the rest
    struct condition changed;
    void (*run)(void *argument); // NULL: nothing to do
    void *argument;
    bool closing;
};

static void work(void *helper)
{
    struct helper *h = helper;

    mutex_lock(&h->lock);
    while (!h->closing) {
        if (!h->run) {
            condition_wait(&h->changed, &h->lock);
            continue;
        }
        mutex_unlock(&h->lock);
        h->run(h->argument);
        mutex_lock(&h->lock);
        h->run = NULL;
        condition_signal(&h->changed);
    }
    mutex_unlock(&h->lock);
}

static void stop(void *helper)
{
    struct helper *h = helper;

    mutex_lock(&h->lock);
    assert(!h->run);
    h->closing = true;
    condition_signal(&h->changed);
    mutex_unlock(&h->lock);
    thread_join(h->thread);
    condition_fini(&h->changed);
    mutex_fini(&h->lock);
}

struct helper *helper_new(struct scope *s, struct world *w)
{
    struct helper *h = scope_new(s, struct helper);

    h->simulated = w != world_real();
    mutex_init(&h->lock);
    condition_init(&h->changed);
    scope_defer(s, stop, h);
    return h;
}

void helper_begin(struct helper *h, void (*run)(void *argument), void *argument)
{
    if (h->simulated) {
        run(argument);
        return;
    }
    if (!h->thread)
        h->thread = thread_start("sheaf-helper", work, h);
    mutex_lock(&h->lock);
    assert(run && !h->run);
    h->run = run;
    h->argument = argument;
    condition_signal(&h->changed);
    mutex_unlock(&h->lock);
}

void helper_end(struct helper *h)
{
    mutex_lock(&h->lock);
    while (h->run)
        condition_wait(&h->changed, &h->lock);
    mutex_unlock(&h->lock);
}
