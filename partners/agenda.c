// A binary heap.
#include "partners/agenda.h"

#include "core/heap.h"

#include <stdbool.h>
#include <stdlib.h>

enum { ROOM_FIRST = 64 };

void agenda_fini(struct agenda *a)
{
    free((void *)a->heap);
    *a = (struct agenda){0};
}

static bool sooner(const struct due *a, const struct due *b)
{
    return a->at_us < b->at_us || (a->at_us == b->at_us && a->order < b->order);
}

static void rise(struct agenda *a, size_t place)
{
    struct due *d = a->heap[place];

    while (place > 0 && sooner(d, a->heap[(place - 1) / 2])) {
        a->heap[place] = a->heap[(place - 1) / 2];
        place = (place - 1) / 2;
    }
    a->heap[place] = d;
}

static void sink(struct agenda *a, size_t place)
{
    struct due *d = a->heap[place];

    for (size_t child = 2 * place + 1; child < a->count; child = 2 * place + 1) {
        if (child + 1 < a->count && sooner(a->heap[child + 1], a->heap[child]))
            child++;
        if (!sooner(a->heap[child], d))
            break;
        a->heap[place] = a->heap[child];
        place = child;
    }
    a->heap[place] = d;
}

void agenda_add(struct agenda *a, struct due *d, int64_t at_us)
{
    if (a->count == a->room) {
        a->room = a->room ? 2 * a->room : ROOM_FIRST;
        a->heap = heap_resize((void *)a->heap, a->room, sizeof(struct due *));
    }
    d->at_us = at_us;
    d->order = a->added++;
    a->heap[a->count] = d;
    rise(a, a->count++);
}

void *agenda_take(struct agenda *a, int64_t now_us)
{
    if (a->count == 0 || a->heap[0]->at_us > now_us)
        return NULL;
    struct due *first = a->heap[0];
    a->heap[0] = a->heap[--a->count];
    if (a->count)
        sink(a, 0);
    return first;
}

int64_t agenda_next_us(const struct agenda *a)
{
    return a->count ? a->heap[0]->at_us : INT64_MAX;
}
