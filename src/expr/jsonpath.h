// JSONPath (RFC 9535), and the flavour of it that the States Language has: compiled once, evaluated
// many times. What is compiled lives as long as its scope, never changes, and serves any number of
// threads. An evaluation keeps what it makes in the caller's scope and is limited in steps and
// depth, counted so that the same query on the same document ends alike on any machine.
//
// JSONPATH_STATES is lenient as Jayway's library is, which Step Functions seems to use: names may
// be written as they come ($.a-b, $.2x, $.a.['b']), and filters may be applied to an object, where
// they ask about the object itself; a filter looks at objects only when it names no member. What is
// neither there nor of the type wanted selects nothing, in both flavours.
#ifndef SHEAF_EXPR_JSONPATH_H
#define SHEAF_EXPR_JSONPATH_H

#include "core/json.h"
#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scope;
struct jsonpath;

enum jsonpath_flavour {
    JSONPATH_RFC9535,
    JSONPATH_STATES,
};

enum {
    JSONPATH_TEXT_BYTES_MAX = 16 << 10,
    JSONPATH_NESTING_MAX = 100,   // of queries and parentheses inside one another
    JSONPATH_STEPS_MAX = 1000000, // default: of nodes that one evaluation looks at
    JSONPATH_DEPTH_MAX = 3000,    // of nodes inside one another, over all nested queries
};

// Compiles a query, which must begin with "$". Errors: INVALID with the character and what is
// wrong there; TOO_LARGE.
enum status jsonpath_compile(struct scope *s, struct str text, enum jsonpath_flavour flavour,
                             const struct jsonpath **out);

// Returns whether the query can name one place at most.
bool jsonpath_is_definite(const struct jsonpath *path);

// A step of a reference path: a member's name, or the place of an item.
struct jsonpath_step {
    struct str name; // data is NULL for an index
    int64_t index;   // below 0 counts from the end
};

// Returns the steps of a query that has only names and indexes, one in each segment: what the
// States Language calls a reference path. False, and nothing, when it has anything else.
bool jsonpath_steps(const struct jsonpath *path, const struct jsonpath_step **steps, size_t *count);

// Where a node lies: the last step, and the rest of the way from the root; NULL is the root.
struct jsonpath_location {
    const struct jsonpath_location *parent;
    struct jsonpath_step step;
};

// What a query selected, in the order of RFC 9535; a node may be there more than once.
struct jsonpath_nodes {
    const struct json *values;
    const struct jsonpath_location *const *locations; // NULL unless they were asked for
    size_t count;
};

// Zero values are fine; a limit of 0 means the default.
struct jsonpath_options {
    size_t steps_max;
    bool locations;
};

// Evaluates a query on `root`. `options` may be NULL. Errors: LIMIT a limit was reached; TOO_LARGE
// the scope has no room.
enum status jsonpath_select(struct scope *s, const struct jsonpath *path, struct json root,
                            const struct jsonpath_options *options, struct jsonpath_nodes *out);

// Gives the value of a definite query, JSON_NONE when nothing is there, and the array of all values
// of any other. Allocates nothing for a reference path. Errors: as above.
enum status jsonpath_value(struct scope *s, const struct jsonpath *path, struct json root,
                           struct json *out);

// Returns a location as RFC 9535 normalizes paths: $['a'][3].
struct str jsonpath_location_text(struct scope *s, const struct jsonpath_location *location);

#endif
