// What the files of the JSON module share; nobody else may include it.
#ifndef SHEAF_CORE_JSON_IMPL_H
#define SHEAF_CORE_JSON_IMPL_H

#include "core/json.h"

#include <endian.h>

enum json_flag {
    JSON_PLAIN = 1,   // a string without a byte that must be escaped
    JSON_INDEXED = 2, // an object with json_index() behind its members
};

enum { JSON_INDEX_COUNT_MIN = 33 }; // smaller objects are searched one by one

// Behind the members of a large parsed object lie their positions, sorted by name.
static inline const uint32_t *json_index(struct json object)
{
    return (const uint32_t *)(const void *)(object.members + object.count);
}

// Returns the memory that an object of `count` members takes, its index included.
size_t json_members_bytes(size_t count);

// Makes an object of members that lie in memory of that size: merges those of one name (the last
// value, at the place of the first), and sorts the index of a large one. `*twice` is the name of
// one that stood there again; its data is NULL when none did.
struct json json_members_settle(struct json_member *members, size_t count, struct str *twice);

// Returns the member's place; object.count when there is none.
size_t json_find(struct json object, struct str name);

// Returns where the number ends that starts at `at`; NULL when none does.
const char *json_skip_number(const char *at, const char *end);

// Decodes what stands between two quotes. False when it is malformed: then `at` is where, and
// `expected` says what should be there.
struct json_unescape {
    const char *at;
    const char *end; // the closing quote
    char *to;        // has room for as many bytes as there are
    const char *expected;
};
bool json_unescape(struct json_unescape *u);

// Returns the first byte that is a quote, a backslash, a control character or not ASCII. Looks at
// eight bytes at once: a borrow between bytes can only mark a byte above one that is rightly
// marked.
static inline const char *json_skip_plain(const char *at, const char *end)
{
    const uint64_t ones = 0x0101010101010101U;
    const uint64_t tops = 0x8080808080808080U;

    while ((size_t)(end - at) >= sizeof(uint64_t)) {
        uint64_t word = 0;
        memcpy(&word, at, sizeof word);
        word = le64toh(word);
        uint64_t quote = word ^ (ones * '"');
        uint64_t slash = word ^ (ones * '\\');
        uint64_t below = ((word - ones * 0x20) & ~word) | ((quote - ones) & ~quote) |
                         ((slash - ones) & ~slash) | word;
        if (below & tops)
            return at + (__builtin_ctzll(below & tops) >> 3);
        at += sizeof word;
    }
    while (at < end && (uint8_t)*at >= 0x20 && (uint8_t)*at < 0x80 && *at != '"' && *at != '\\')
        at++;
    return at;
}

#endif
