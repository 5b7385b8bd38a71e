// Files that the build puts into the program: the OpenAPI document, receipt types, templates,
// flows, dictionaries. Which files stands in the Makefile (ASSETS); tools/embed.c writes them out.
// A path is the one in the source tree without `src/`: "docs/openapi.json",
// "services/receipts/types/…". Constant data: any thread, no ownership, nothing can fail.
#ifndef SHEAF_CORE_ASSET_H
#define SHEAF_CORE_ASSET_H

#include "core/str.h"

#include <stddef.h>

struct asset {
    const char *path;
    const unsigned char *data; // a NUL stands behind the last byte and is not counted
    size_t bytes;
};

// All of them, sorted by the bytes of their paths; generated.
extern const struct asset assets[];
extern const size_t assets_count;

// Returns the asset of a path, or NULL.
const struct asset *asset_find(struct str path);

// Returns the asset's bytes as text.
struct str asset_text(const struct asset *a);

// Returns the first asset, after `before` (NULL: from the start), whose path begins with `prefix`;
// NULL when there is none left. Walks a folder in order of path.
const struct asset *asset_next(struct str prefix, const struct asset *before);

#endif
