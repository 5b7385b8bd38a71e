// A choice test as it is compiled, for choice.c, which evaluates it, and compile_choice.c, which
// makes it.
#ifndef SHEAF_FLOW_CHOICE_IMPL_H
#define SHEAF_FLOW_CHOICE_IMPL_H

#include "core/json.h"
#include "core/str.h"
#include "flow/choice.h"

#include <stdbool.h>
#include <stddef.h>

struct path;
struct template;

// What values an operator is about.
enum choice_type {
    TYPE_ANY,
    TYPE_NULL,
    TYPE_BOOLEAN,
    TYPE_NUMBER,
    TYPE_STRING,
    TYPE_PATTERN, // a string against one with wildcards
    TYPE_TIMESTAMP,
};

enum choice_order {
    ORDER_EQUAL,
    ORDER_LESS,
    ORDER_GREATER,
    ORDER_LESS_EQUAL,
    ORDER_GREATER_EQUAL,
    ORDER_IS, // whether it is of the type; the operand says which answer is wanted
};

struct choice_operator {
    const char *text;
    enum choice_type type;
    enum choice_order order;
    bool path; // there is also one whose name ends with "Path"
};

// Finds an operator by its name; `*path` is whether it is the one that ends with "Path". NULL:
// there is none.
const struct choice_operator *choice_operator_find(struct str name, bool *path);

// Returns whether a value is of the type.
bool choice_type_has(enum choice_type type, struct json value);

enum choice_kind {
    CHOICE_AND,
    CHOICE_OR,
    CHOICE_NOT,
    CHOICE_COMPARE,   // JSONPath: Variable and an operator
    CHOICE_CONDITION, // JSONata
};

struct choice_test {
    enum choice_kind kind;
    const struct choice_test *parts; // And, Or, Not
    size_t part_count;
    const struct path *variable;
    const struct choice_operator *op;
    struct json operand;             // JSON_NONE: see operand_path
    const struct path *operand_path; // "…Path"
    const struct template *condition;
};

#endif
