// The C library's heap with out of memory made fatal.
#include "core/heap.h"

#include <stdio.h>
#include <stdlib.h>

static void *checked(void *at, size_t count, size_t item_bytes)
{
    if (!at) {
        (void)fprintf(stderr, "heap: out of memory: %zu times %zu bytes asked\n", count,
                      item_bytes);
        abort();
    }
    return at;
}

void *heap_alloc(size_t bytes)
{
    return heap_array(1, bytes);
}

void *heap_array(size_t count, size_t item_bytes)
{
    return checked(calloc(count ? count : 1, item_bytes ? item_bytes : 1), count, item_bytes);
}

void *heap_resize(void *at, size_t count, size_t item_bytes)
{
    return checked(reallocarray(at, count ? count : 1, item_bytes ? item_bytes : 1), count,
                   item_bytes);
}

struct str heap_copy(struct str text)
{
    char *copy = heap_alloc(text.bytes + 1);

    if (text.bytes)
        memcpy(copy, text.data, text.bytes);
    return str_of(copy, text.bytes);
}
