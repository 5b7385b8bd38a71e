// JSON (RFC 8259) as immutable values in an arena. A value is 16 bytes, passed by value, and
// borrows its text, items or members from the scope it was parsed or built in; values share
// structure freely. Numbers keep the digits that were written, so money never becomes a double.
//
// A value that is absent has type JSON_NONE: looking up a missing member gives it, and every
// accessor accepts it, so a chain of look-ups needs one check at its end.
#ifndef SHEAF_CORE_JSON_H
#define SHEAF_CORE_JSON_H

#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scope;
struct buf;

enum json_type {
    JSON_NONE, // absent; never inside a document
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT,
};

// The functions that walk a value go this deep, which is deeper than any document may be.
enum { JSON_DEPTH_MAX = 1000 };

struct json_member;

struct json {
    uint8_t type;   // enum json_type
    uint8_t flags;  // of the implementation; 0 is always right
    uint16_t depth; // containers inside one another, this one included; 0 for the other types
    uint32_t count; // bytes of text (strings, numbers), items, or members
    union {
        const char *text; // string: decoded UTF-8, may hold U+0000; number: as written
        const struct json *items;
        const struct json_member *members;
    };
};

struct json_member {
    struct str name;
    struct json value;
};

// What to do when an object names a member twice.
enum json_duplicates {
    JSON_KEEP_LAST, // States Language, AWS APIs: the last value, at the place of the first
    JSON_REFUSE,    // receipts, tokens, settings
};

struct json_limits {
    size_t bytes_max;   // of the document
    unsigned depth_max; // arrays and objects inside one another
    size_t values_max;  // of all kinds together
    enum json_duplicates duplicates;
};

// 1 MiB, depth 64, 200,000 values, duplicates refused.
extern const struct json_limits json_limits_strict;
// 4 MiB, depth 512, 1,000,000 values, the last duplicate kept.
extern const struct json_limits json_limits_lenient;

// Parses one document: strict UTF-8, no byte order mark, nothing after it but white space, lone
// surrogates refused. The text must live as long as the result: strings without escapes, names
// and numbers are borrowed from it. Errors: INVALID with line, column and what was expected;
// TOO_LARGE with the limit that was passed.
enum status json_parse(struct scope *s, struct str text, const struct json_limits *limits,
                       struct json *out);

// Looks up a member; JSON_NONE when `object` is not an object or has none of this name.
struct json json_get(struct json object, struct str name);

// As json_get() with a C string.
struct json json_member(struct json object, const char *name);

// Follows names separated by '.', as "totals.currency".
struct json json_path(struct json object, const char *names);

// Returns an item of an array; JSON_NONE when it is not an array or has no such item.
struct json json_at(struct json array, size_t index);

static inline bool json_is(struct json j, enum json_type type)
{
    return j.type == type;
}

// Returns how many arrays and objects lie inside one another, at no cost. Who builds values by a
// stranger's program refuses what is deeper than JSON_DEPTH_MAX.
static inline unsigned json_depth(struct json j)
{
    return j.depth;
}

// Returns the type's name as JSON Schema words it: "object", "boolean". Static.
const char *json_type_name(struct json j);

// Text of a string, digits of a number; empty for other types.
struct str json_text(struct json j);
// Reads a number that is whole (1, 1.0 and 1e3 are) and fits; false otherwise.
bool json_to_i64(struct json j, int64_t *out);
// Reads a number as the nearest double; false when it is none or beyond all doubles (1e400).
bool json_to_double(struct json j, double *out);

// Compares two numbers by their exact values: below 0, 0, above 0. (Exponents beyond a million
// billions count as that.)
int json_compare_numbers(struct json a, struct json b);
// Deep equality: numbers by value (1.0 equals 1), objects regardless of order. Values deeper than
// JSON_DEPTH_MAX equal nothing.
bool json_equal(struct json a, struct json b);

// Making values. Text, items and members are borrowed, not copied.
struct json json_null(void);
struct json json_bool(bool value);
struct json json_string(struct str text);
struct json json_number(struct str digits); // asserts that it is a JSON number
struct json json_i64(struct scope *s, int64_t value);
// The shortest digits that read back the same, as ECMAScript's Number::toString prints them (1e+21,
// 1.5e-7, -0 as 0). Asserts that it is finite.
struct json json_double(struct scope *s, double value);
struct json json_array(const struct json *items, size_t count);
struct json json_object(const struct json_member *members, size_t count);

// Returns a copy of the object, or a new one, in which `name` is set (in its place, or at the end).
struct json json_with(struct scope *s, struct json object, struct str name, struct json value);
// Returns a copy of the object without `name`.
struct json json_without(struct scope *s, struct json object, struct str name);
// Copies a value with all it borrows into the scope, which must have room for it; asserts
// JSON_DEPTH_MAX.
struct json json_copy(struct scope *s, struct json j);

// Appends compact JSON: members in their order, numbers as written, only what must be escaped
// escaped. Text that is not UTF-8 is a caller's error. A value deeper than JSON_DEPTH_MAX sets the
// buffer's overflow.
void json_write(struct buf *out, struct json j);
// As json_write() with line ends and two spaces of indentation, for people.
void json_write_pretty(struct buf *out, struct json j);
// Appends one quoted, escaped string.
void json_write_string(struct buf *out, struct str text);
// Returns compact JSON in the scope; asserts that it has room and JSON_DEPTH_MAX.
struct str json_to_str(struct scope *s, struct json j);

#endif
