// A table of names that is filled once and then only read, by any number of threads: member names
// of a schema, values of an enumeration. Looking up costs a hash of at most sixteen bytes and one
// comparison. The owner of the table chose the names, so a stranger who looks up cannot slow it.
#ifndef SHEAF_EXPR_NAMES_H
#define SHEAF_EXPR_NAMES_H

#include "core/str.h"

#include <stddef.h>
#include <stdint.h>

struct scope;

enum { NAMES_NONE = INT32_MAX };

struct names {
    const struct str *list; // in the order in which they were given
    const uint32_t *slots;  // index into the list plus one; 0 is empty
    uint32_t count;
    uint32_t shift; // the upper bits of the hash choose the slot
    uint32_t mask;
};

// Makes a table of names (borrowed). Of equal names the first counts.
struct names names_make(struct scope *s, const struct str *list, size_t count);

static inline uint64_t names_load(const char *at, size_t bytes)
{
    uint64_t word = 0;

    memcpy(&word, at, bytes);
    return word;
}

static inline uint64_t names_hash(struct str name)
{
    uint64_t head = 0;
    uint64_t tail = 0;

    if (name.bytes >= 8) {
        head = names_load(name.data, 8);
        tail = names_load(name.data + name.bytes - 8, 8);
    } else if (name.bytes >= 4) {
        head = names_load(name.data, 4);
        tail = names_load(name.data + name.bytes - 4, 4);
    } else if (name.bytes > 0) {
        head = (uint8_t)name.data[0] | (uint64_t)(uint8_t)name.data[name.bytes / 2] << 8;
        tail = (uint8_t)name.data[name.bytes - 1];
    }
    head = (head ^ name.bytes * 0x9E3779B97F4A7C15U) * 0xBF58476D1CE4E5B9U;
    head ^= head >> 32;
    return (head ^ tail) * 0x94D049BB133111EBU;
}

// Returns the place of a name in the list; NAMES_NONE when it is not there.
static inline uint32_t names_find(const struct names *names, struct str name)
{
    if (names->count == 0)
        return NAMES_NONE;
    uint32_t slot = (uint32_t)(names_hash(name) >> names->shift);

    while (names->slots[slot]) {
        uint32_t index = names->slots[slot] - 1;
        if (str_equal(names->list[index], name))
            return index;
        slot = (slot + 1) & names->mask;
    }
    return NAMES_NONE;
}

#endif
