// Looks up what the build embedded: a sorted table, searched by halves.
#include "core/asset.h"

#include <assert.h>

// Returns the index of the first asset whose path is not before `path`.
static size_t first_from(struct str path)
{
    size_t from = 0;
    size_t to = assets_count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (str_compare(str(assets[middle].path), path) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

const struct asset *asset_find(struct str path)
{
    size_t index = first_from(path);

    return index < assets_count && str_is(path, assets[index].path) ? &assets[index] : NULL;
}

struct str asset_text(const struct asset *a)
{
    return str_of((const char *)a->data, a->bytes);
}

const struct asset *asset_next(struct str prefix, const struct asset *before)
{
    size_t index = before ? (size_t)(before - assets) + 1 : first_from(prefix);

    assert(index <= assets_count);
    return index < assets_count && str_starts(str(assets[index].path), prefix) ? &assets[index]
                                                                               : NULL;
}
