// Memory for the few objects that outlive every scope: a world, an inbox, a thread, a pool. The
// object that holds the pointer owns it and ends it with free(). Everything else lives in a scope.
//
// None of these returns NULL: out of memory ends the process. This is the one home of calloc and
// realloc.
#ifndef SHEAF_CORE_HEAP_H
#define SHEAF_CORE_HEAP_H

#include "core/str.h"

#include <stddef.h>

// Allocates zeroed memory. 0 bytes give a valid pointer.
void *heap_alloc(size_t bytes);

// Allocates zeroed memory for an array; the product is checked.
void *heap_array(size_t count, size_t item_bytes);

// One zeroed object of a type.
#define heap_new(type) ((type *)heap_alloc(sizeof(type)))

// Resizes what one of these functions gave (or NULL); what is added is not cleared.
void *heap_resize(void *at, size_t count, size_t item_bytes);

// Copies text, with a NUL behind it that is not counted.
struct str heap_copy(struct str text);

#endif
