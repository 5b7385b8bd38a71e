// A queue of calls and the threads that run them.
#include "edge/pool_impl.h"

#include "core/heap.h"
#include "edge/call_impl.h"
#include "sys/thread.h"

#include <assert.h>
#include <stdlib.h>

struct pool {
    struct mutex mutex;
    struct condition some;
    void (*run)(struct call *c);
    struct call *first;
    struct call **last;
    size_t waiting;
    size_t waiting_max;
    bool ending;
    unsigned thread_count;
    struct thread **threads;
};

// Waits for a call; NULL when the pool ends and nothing waits any more.
static struct call *pool_take(struct pool *p)
{
    mutex_lock(&p->mutex);
    while (!p->first && !p->ending)
        condition_wait(&p->some, &p->mutex);
    struct call *c = p->first;
    if (c) {
        p->first = c->next;
        if (!p->first)
            p->last = &p->first;
        p->waiting--;
    }
    mutex_unlock(&p->mutex);
    return c;
}

static void pool_work(void *argument)
{
    struct pool *p = argument;
    struct call *c = pool_take(p);

    while (c) {
        p->run(c);
        c = pool_take(p);
    }
}

struct pool *pool_new(unsigned threads, size_t waiting_max, void (*run)(struct call *c))
{
    assert(threads > 0);
    struct pool *p = heap_new(struct pool);

    mutex_init(&p->mutex);
    condition_init(&p->some);
    p->run = run;
    p->last = &p->first;
    p->waiting_max = waiting_max;
    p->thread_count = threads;
    p->threads = heap_array(threads, sizeof(struct thread *));
    for (unsigned i = 0; i < threads; i++)
        p->threads[i] = thread_start("edge", pool_work, p);
    return p;
}

void pool_free(struct pool *p)
{
    if (!p)
        return;
    mutex_lock(&p->mutex);
    p->ending = true;
    condition_broadcast(&p->some);
    mutex_unlock(&p->mutex);
    for (unsigned i = 0; i < p->thread_count; i++)
        thread_join(p->threads[i]);
    condition_fini(&p->some);
    mutex_fini(&p->mutex);
    free(p->threads);
    free(p);
}

bool pool_give(struct pool *p, struct call *c)
{
    mutex_lock(&p->mutex);
    bool room = p->waiting < p->waiting_max && !p->ending;
    if (room) {
        c->next = NULL;
        *p->last = c;
        p->last = &c->next;
        p->waiting++;
        condition_signal(&p->some);
    }
    mutex_unlock(&p->mutex);
    return room;
}
