// Sorted lists of pointers, and blocks of the heap that hold an object with its text.
#include "store/memory/list.h"

#include "core/heap.h"

#include <assert.h>
#include <stdlib.h>

enum { LIST_ROOM_FIRST = 16 };

void list_insert(struct list *list, size_t at, void *item)
{
    assert(at <= list->count);
    if (list->count == list->room) {
        list->room = list->room ? list->room * 2 : LIST_ROOM_FIRST;
        list->items = heap_resize(list->items, list->room, sizeof *list->items);
    }
    memmove(list->items + at + 1, list->items + at, (list->count - at) * sizeof *list->items);
    list->items[at] = item;
    list->count++;
}

void list_add(struct list *list, void *item)
{
    list_insert(list, list->count, item);
}

void *list_remove(struct list *list, size_t at)
{
    assert(at < list->count);
    void *item = list->items[at];

    list->count--;
    memmove(list->items + at, list->items + at + 1, (list->count - at) * sizeof *list->items);
    return item;
}

void list_drop(struct list *list, size_t count)
{
    assert(count <= list->count);
    list->count -= count;
    if (count)
        memmove(list->items, list->items + count, list->count * sizeof *list->items);
}

void list_fini(struct list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct list){0};
}

size_t list_find(const struct list *list, const void *key,
                 int (*order)(const void *item, const void *key))
{
    size_t from = 0;
    size_t to = list->count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (order(list->items[middle], key) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

struct block block_new(size_t object_bytes, size_t text_bytes)
{
    char *object = heap_alloc(object_bytes + text_bytes);

    return (struct block){object, object + object_bytes};
}

struct str block_pack(struct block *b, struct str text)
{
    struct str copy = str_of(b->text, text.bytes);

    if (text.bytes == 0)
        return (struct str){0};
    memcpy(b->text, text.data, text.bytes);
    b->text += text.bytes;
    return copy;
}
