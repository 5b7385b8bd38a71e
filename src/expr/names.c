// The table of names: open addressing, at most a quarter full.
#include "expr/names.h"

#include "core/scope.h"

#include <assert.h>

enum { NAMES_BITS_MIN = 2, NAMES_BITS_MAX = 24 };

struct names names_make(struct scope *s, const struct str *list, size_t count)
{
    uint32_t bits = NAMES_BITS_MIN;

    while ((1U << bits) < count * 4)
        bits++;
    assert(bits <= NAMES_BITS_MAX);
    uint32_t *slots = scope_array(s, (size_t)1 << bits, sizeof *slots);
    struct names names = {
        .list = list,
        .slots = slots,
        .count = (uint32_t)count,
        .shift = 64 - bits,
        .mask = (1U << bits) - 1,
    };

    for (uint32_t i = 0; i < count; i++) {
        if (names_find(&names, list[i]) != NAMES_NONE)
            continue;
        uint32_t slot = (uint32_t)(names_hash(list[i]) >> names.shift);
        while (slots[slot])
            slot = (slot + 1) & names.mask;
        slots[slot] = i + 1;
    }
    return names;
}
