// A doubly linked list in order of time; new ones are inserted from the late end.
#include "http/deadline.h"

#include <stddef.h>

void deadline_clear(struct deadline *d)
{
    if (!d->list)
        return;
    *(d->sooner ? &d->sooner->later : &d->list->first) = d->later;
    *(d->later ? &d->later->sooner : &d->list->last) = d->sooner;
    *d = (struct deadline){0};
}

void deadline_set(struct deadlines *list, struct deadline *d, int64_t at_us)
{
    deadline_clear(d);
    struct deadline *sooner = list->last;
    while (sooner && sooner->at_us > at_us)
        sooner = sooner->sooner;
    *d = (struct deadline){.list = list, .sooner = sooner, .at_us = at_us};
    d->later = sooner ? sooner->later : list->first;
    *(sooner ? &sooner->later : &list->first) = d;
    *(d->later ? &d->later->sooner : &list->last) = d;
}

struct deadline *deadline_take_due(struct deadlines *list, int64_t now_us)
{
    struct deadline *d = list->first;

    if (!d || d->at_us > now_us)
        return NULL;
    deadline_clear(d);
    return d;
}
