// The members of objects: merging those of one name, finding one by name. A small object is
// searched one by one. A large parsed object carries an index, the positions of its members
// sorted by name: strangers choose the names, and sorting has no worst case as hashing has.
#include "core/json_impl.h"

#include <assert.h>
#include <stdlib.h>

size_t json_members_bytes(size_t count)
{
    size_t index_bytes = count < JSON_INDEX_COUNT_MIN ? 0 : count * sizeof(uint32_t);

    return count * sizeof(struct json_member) + index_bytes;
}

// Orders names by length, then by bytes: not for people, but fast.
static int compare_names(struct str a, struct str b)
{
    if (a.bytes != b.bytes)
        return a.bytes < b.bytes ? -1 : 1;
    return a.bytes ? memcmp(a.data, b.data, a.bytes) : 0;
}

static int by_name(const void *left, const void *right, void *context)
{
    const struct json_member *members = context;
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;
    int order = compare_names(members[a].name, members[b].name);

    return order ? order : (a > b) - (a < b);
}

static uint32_t *index_members(struct json_member *members, size_t count)
{
    uint32_t *index = (uint32_t *)(void *)(members + count);

    for (uint32_t i = 0; i < count; i++)
        index[i] = i;
    qsort_r(index, count, sizeof *index, by_name, members);
    return index;
}

// Gives the first of two members of one name the later's value, and marks the later.
static void merge(struct json_member *first, struct json_member *later, struct str *twice)
{
    if (!twice->data)
        *twice = later->name;
    first->value = later->value;
    later->name.data = NULL;
}

// Few members: a name is compared with those before it only when its signature was seen before.
static void merge_small(struct json_member *members, size_t count, struct str *twice)
{
    uint64_t seen = 0;

    for (size_t i = 0; i < count; i++) {
        struct str name = members[i].name;
        size_t mix = name.bytes;
        if (name.bytes)
            mix += (uint8_t)name.data[0] * 7U + (uint8_t)name.data[name.bytes - 1] * 31U;
        uint64_t signature = 1ULL << (mix & 63);
        bool check = seen & signature;
        seen |= signature;
        for (size_t j = 0; check && j < i; j++) {
            if (!members[j].name.data || !str_equal(members[j].name, name))
                continue;
            merge(&members[j], &members[i], twice);
            break;
        }
    }
}

static void merge_large(struct json_member *members, size_t count, struct str *twice)
{
    const uint32_t *index = index_members(members, count);
    size_t first = 0;

    for (size_t i = 1; i < count; i++) {
        if (str_equal(members[index[first]].name, members[index[i]].name))
            merge(&members[index[first]], &members[index[i]], twice);
        else
            first = i;
    }
}

// Removes what was marked, keeping the order; returns how many are left.
static size_t remove_marked(struct json_member *members, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        if (members[i].name.data)
            members[kept++] = members[i];
    return kept;
}

struct json json_members_settle(struct json_member *members, size_t count, struct str *twice)
{
    bool large = count >= JSON_INDEX_COUNT_MIN;

    if (large)
        merge_large(members, count, twice);
    else
        merge_small(members, count, twice);
    if (twice->data) {
        count = remove_marked(members, count);
        if (large)
            (void)index_members(members, count); // the members have moved
    }
    struct json object = json_object(members, count);
    object.flags = large ? JSON_INDEXED : 0;
    return object;
}

static size_t find_indexed(struct json object, struct str name)
{
    const uint32_t *index = json_index(object);
    size_t from = 0;
    size_t to = object.count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = compare_names(object.members[index[middle]].name, name);
        if (order == 0)
            return index[middle];
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return object.count;
}

size_t json_find(struct json object, struct str name)
{
    assert(object.type == JSON_OBJECT);
    if (object.flags & JSON_INDEXED)
        return find_indexed(object, name);
    for (size_t i = 0; i < object.count; i++)
        if (str_equal(object.members[i].name, name))
            return i;
    return object.count;
}
