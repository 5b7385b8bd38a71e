// A view of text or bytes: pointer and length, passed by value, borrowed from whoever owns the
// memory. Text is UTF-8. `data` may be NULL only when `bytes` is 0. Nothing here allocates except
// the functions that take a scope, and nothing is NUL-terminated except what str_z() returns.
#ifndef SHEAF_CORE_STR_H
#define SHEAF_CORE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct scope;

struct str {
    const char *data;
    size_t bytes;
};

// For static initialisers: { .name = STR_INIT("text") }.
// clang-format off
#define STR_INIT(literal) {(literal), sizeof(literal) - 1}
// clang-format on

// The two arguments of "%.*s" in a format, which must not be NULL even when it takes no byte.
#define STR(s) (int)(s).bytes, ((s).data ? (s).data : "")

// Views a C string; NULL is the empty text.
static inline struct str str(const char *z)
{
    return (struct str){z, z ? strlen(z) : 0};
}

// Views `bytes` bytes at `data`.
static inline struct str str_of(const void *data, size_t bytes)
{
    return (struct str){data, bytes};
}

static inline bool str_equal(struct str a, struct str b)
{
    return a.bytes == b.bytes && (a.bytes == 0 || memcmp(a.data, b.data, a.bytes) == 0);
}

// Compares with a literal or C string.
static inline bool str_is(struct str a, const char *z)
{
    return str_equal(a, str(z));
}

// Orders as bytes, a prefix first; like memcmp: below, equal to or above 0.
int str_compare(struct str a, struct str b);

// Compares ignoring ASCII case only.
bool str_equal_nocase(struct str a, struct str b);

bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);

// Returns the place of the first `c`, or s.bytes when there is none.
size_t str_find_byte(struct str s, char c);

// Returns the place of the first `part`, or s.bytes when there is none.
size_t str_find(struct str s, struct str part);

// Returns the part from `from`, at most `bytes` long; both are cut to what is there.
struct str str_slice(struct str s, size_t from, size_t bytes);

// Cuts `*rest` at the first `separator`: returns what stands before it and leaves what stands
// after it. Without a separator returns all and leaves an empty text with data NULL.
struct str str_cut(struct str *rest, char separator);

// Removes spaces, tabs, CR and LF at both ends.
struct str str_trim(struct str s);

// Reads decimal digits, nothing else; false when it is empty, has another byte, or exceeds `max`.
bool str_to_u64(struct str s, uint64_t max, uint64_t *out);

// Reads an optional '-' and decimal digits; false when it does not fit.
bool str_to_i64(struct str s, int64_t *out);

// Returns a 64-bit hash (not keyed: not for tables that strangers can fill at will).
uint64_t str_hash(struct str s);

// Copies into the scope.
struct str str_copy(struct scope *s, struct str text);

// Copies into the scope with a NUL behind it, for the door of a C library. The text must not
// contain NUL: assert at the caller where it comes from outside.
char *str_z(struct scope *s, struct str text);

// Formats into the scope.
struct str str_format(struct scope *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
struct str str_format_v(struct scope *s, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

// Joins two to many texts into the scope: str_concat(s, 3, a, b, c).
struct str str_concat(struct scope *s, size_t count, ...);

#endif
