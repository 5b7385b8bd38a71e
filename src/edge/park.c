// A fixed table of lists by the hash of the key, and a thread that looks for what is due once a
// second while something is parked. Wake-ups are counted by list: sharing one costs a look that
// finds nothing.
#include "edge/park_impl.h"

#include "core/heap.h"
#include "edge/call_impl.h"
#include "sys/thread.h"
#include "sys/world.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

enum { LISTS = 1024, LOOK_US = 1000000 };

struct list {
    struct call *first;
    uint64_t wakes;
};

struct park {
    struct mutex mutex;
    struct condition some;
    struct world *world;
    void (*run)(struct call *c);
    struct thread *thread;
    size_t count;
    bool ended;
    bool freed;
    struct list lists[LISTS];
};

// Takes those that `all`, the key or the time calls for off their list, chained by `next`.
static struct call *take(struct park *p, struct list *list, const struct str *key, int64_t now_us)
{
    struct call **at = &list->first;
    struct call *taken = NULL;

    while (*at) {
        struct call *c = *at;
        if (!(key ? str_equal(c->watch.key, *key) : p->ended || c->watch.until_us <= now_us)) {
            at = &c->next;
            continue;
        }
        *at = c->next;
        c->next = taken;
        taken = c;
        p->count--;
    }
    return taken;
}

static void run_all(struct park *p, struct call *first)
{
    while (first) {
        struct call *c = first;
        first = c->next;
        p->run(c);
    }
}

static void look(void *argument)
{
    struct park *p = argument;

    mutex_lock(&p->mutex);
    while (!p->freed) {
        if (p->count == 0)
            condition_wait(&p->some, &p->mutex);
        else
            (void)condition_wait_us(&p->some, &p->mutex, LOOK_US);
        mutex_unlock(&p->mutex);
        park_expire(p);
        mutex_lock(&p->mutex);
    }
    mutex_unlock(&p->mutex);
}

struct park *park_new(struct world *w, void (*run)(struct call *c))
{
    struct park *p = heap_new(struct park);

    mutex_init(&p->mutex);
    condition_init(&p->some);
    p->world = w;
    p->run = run;
    p->thread = thread_start("park", look, p);
    return p;
}

void park_free(struct park *p)
{
    if (!p)
        return;
    mutex_lock(&p->mutex);
    assert(p->count == 0);
    p->freed = true;
    condition_signal(&p->some);
    mutex_unlock(&p->mutex);
    thread_join(p->thread);
    condition_fini(&p->some);
    mutex_fini(&p->mutex);
    free(p);
}

static struct list *list_of(struct park *p, struct str key)
{
    return &p->lists[str_hash(key) % LISTS];
}

uint64_t park_count(struct park *p, struct str key)
{
    mutex_lock(&p->mutex);
    uint64_t wakes = list_of(p, key)->wakes;
    mutex_unlock(&p->mutex);
    return wakes;
}

void park_put(struct park *p, struct call *c)
{
    mutex_lock(&p->mutex);
    struct list *list = list_of(p, c->watch.key);
    bool stays = !p->ended && list->wakes == c->watch.wakes;
    if (stays) {
        c->next = list->first;
        list->first = c;
        p->count++;
        if (p->count == 1)
            condition_signal(&p->some);
    }
    mutex_unlock(&p->mutex);
    if (!stays)
        p->run(c);
}

void park_wake(struct park *p, struct str key)
{
    mutex_lock(&p->mutex);
    struct list *list = list_of(p, key);
    list->wakes++;
    struct call *taken = take(p, list, &key, 0);
    mutex_unlock(&p->mutex);
    run_all(p, taken);
}

void park_expire(struct park *p)
{
    int64_t now_us = world_monotonic_us(p->world);

    for (size_t i = 0; i < LISTS; i++) {
        mutex_lock(&p->mutex);
        struct call *taken = take(p, &p->lists[i], NULL, now_us);
        mutex_unlock(&p->mutex);
        run_all(p, taken);
    }
}

void park_end(struct park *p)
{
    mutex_lock(&p->mutex);
    p->ended = true;
    mutex_unlock(&p->mutex);
    park_expire(p);
}
