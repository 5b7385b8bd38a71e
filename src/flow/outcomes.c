#include "flow/outcomes.h"

#include "core/heap.h"
#include "core/scope.h"
#include "sys/thread.h"

#include <stdlib.h>

enum { OUTCOMES_MAX = 1024 };

struct outcome {
    struct outcome *next;
    struct str id; // heap
    struct str text;
};

struct outcomes {
    struct mutex lock;
    struct outcome *list; // newest first
    size_t count;
};

struct outcomes *outcomes_new(void)
{
    struct outcomes *o = heap_new(struct outcomes);

    mutex_init(&o->lock);
    return o;
}

static void outcome_free(struct outcome *outcome)
{
    free((void *)(uintptr_t)outcome->id.data);
    free((void *)(uintptr_t)outcome->text.data);
    free(outcome);
}

void outcomes_free(struct outcomes *o)
{
    if (!o)
        return;
    for (struct outcome *next; o->list; o->list = next) {
        next = o->list->next;
        outcome_free(o->list);
    }
    mutex_fini(&o->lock);
    free(o);
}

static struct outcome **find(struct outcomes *o, struct str id)
{
    struct outcome **at = &o->list;

    while (*at && !str_equal((*at)->id, id))
        at = &(*at)->next;
    return at;
}

static void drop(struct outcomes *o, struct outcome **at)
{
    struct outcome *outcome = *at;

    *at = outcome->next;
    outcome_free(outcome);
    o->count--;
}

void outcome_keep(struct outcomes *o, struct str id, struct str text)
{
    struct outcome *outcome = heap_new(struct outcome);

    *outcome = (struct outcome){NULL, heap_copy(id), heap_copy(text)};
    mutex_lock(&o->lock);
    outcome->next = o->list;
    o->list = outcome;
    o->count++;
    if (o->count > OUTCOMES_MAX) {
        struct outcome **last = &o->list;
        while ((*last)->next)
            last = &(*last)->next;
        drop(o, last);
    }
    mutex_unlock(&o->lock);
}

bool outcome_find(struct scope *s, struct outcomes *o, struct str id, struct str *text)
{
    mutex_lock(&o->lock);
    struct outcome *outcome = *find(o, id);
    if (outcome)
        *text = str_copy(s, outcome->text);
    mutex_unlock(&o->lock);
    return outcome != NULL;
}

void outcome_drop(struct outcomes *o, struct str id)
{
    mutex_lock(&o->lock);
    struct outcome **at = find(o, id);
    if (*at)
        drop(o, at);
    mutex_unlock(&o->lock);
}
