// The JSON parser's state, and its complaints; for the files of the JSON module alone.
#ifndef SHEAF_CORE_JSON_PARSE_IMPL_H
#define SHEAF_CORE_JSON_PARSE_IMPL_H

#include "core/json_impl.h"

#include <assert.h>

struct scope;

enum { JSON_SLOTS_FIRST = 256 };

// An open container. Its items, or its names and values in turn, are the slots above it.
struct frame {
    size_t outer; // slot of the frame around it
    enum json_type type;
};

union slot {
    struct json value;
    struct str name;
    struct frame frame;
};

static_assert(sizeof(union slot) == 16, "a value takes one slot");
static_assert(sizeof(struct json_member) == 2 * sizeof(union slot), "a member takes two");

struct parser {
    struct scope *s;
    const struct json_limits *limits;
    const char *start;
    const char *at;
    const char *end;
    union slot *slots;
    size_t slot_count;
    size_t slot_room;
    size_t frame; // slot of the innermost open container; NO_FRAME outside
    unsigned depth;
    size_t value_count;
    struct scope *spare; // holds the slots when there are many
    union slot first[JSON_SLOTS_FIRST];
};

// Answers INVALID: line and column of `at`, what stands there, and what should.
enum status json_expected(struct parser *p, const char *at, const char *what);

// Answers TOO_LARGE: the scope's budget is used up.
enum status json_no_room(struct parser *p);

// Answers INVALID: the object at hand names this member twice.
enum status json_duplicate(struct parser *p, struct str name);

#endif
