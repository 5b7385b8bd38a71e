// Sorted lists of pointers to blocks of the heap.
#ifndef SHEAF_STORE_MEMORY_LIST_H
#define SHEAF_STORE_MEMORY_LIST_H

#include "core/str.h"

#include <stddef.h>

// Pointers, owned by who has the list.
struct list {
    void **items;
    size_t count;
    size_t room;
};
void list_insert(struct list *list, size_t at, void *item);
void list_add(struct list *list, void *item);
void *list_remove(struct list *list, size_t at);
// Takes the first items out of the list.
void list_drop(struct list *list, size_t count);
// Frees the items, each a block of its own, and the list.
void list_fini(struct list *list);
// Returns the first place whose item is not before the key; order is like memcmp's.
size_t list_find(const struct list *list, const void *key,
                 int (*order)(const void *item, const void *key));

// A block of the heap with an object of `object_bytes` in front and room for text behind it.
struct block {
    void *object;
    char *text;
};
struct block block_new(size_t object_bytes, size_t text_bytes);
// Copies the text behind what was packed before.
struct str block_pack(struct block *b, struct str text);

#endif
