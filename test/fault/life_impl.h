// What life.c and verify.c share: what items and blobs look like.
#ifndef SHEAF_TEST_FAULT_LIFE_IMPL_H
#define SHEAF_TEST_FAULT_LIFE_IMPL_H

#include "test/fault/life.h"

struct str item_name(struct scope *s, size_t item);
// A few hundred bytes that compression does not make small.
struct str item_content(struct scope *s, const char *partition, size_t item);
struct str blob_key(struct scope *s, size_t blob);
struct str blob_content(struct scope *s, size_t blob, size_t bytes);

#endif
