// How a built-in function of JSONata is declared, and how it calls function values.
// To add one: a row in jsonata_functions.def and `enum status function_NAME(...)` in a
// jsonata_functions_*.c.
#ifndef SHEAF_EXPR_JSONATA_FUNCTIONS_IMPL_H
#define SHEAF_EXPR_JSONATA_FUNCTIONS_IMPL_H

#include "expr/jsonata_impl.h"

// What a built-in function is called with. The signature has been checked, and `arguments` has at
// least as many items as the signature has parameters; those that were not given are JSON_NONE. A
// parameter of type `a` is an array or JSON_NONE.
struct call {
    const struct json *arguments;
    size_t count;
    struct json input;   // the context
    struct frame *frame; // variables, for $eval
};

// One row of jsonata_functions.def.
struct builtin {
    const char *name;
    unsigned arity; // as the reference counts it: what $map, $filter, ... pass depends on it
    const char *signature;
    enum status (*run)(struct evaluation *e, const struct call *call, struct json *out);
};

struct signature;

// Returns the function of this name, as the States Language has it or as JSONata has; NULL when
// there is none. Static.
const struct builtin *jsonata_builtin_find(struct str name, bool states_language);
// Parses the signature of a function, in `s`.
const struct signature *jsonata_builtin_signature(struct scope *s, const struct builtin *builtin);

#define BUILTIN(name, arity, signature)                                                            \
    enum status function_##name(struct evaluation *e, const struct call *call, struct json *out);
#include "expr/jsonata_functions.def"
#include "expr/jsonata_functions_states.def"
#undef BUILTIN

// Calls a function value. Errors are those of the function; pass them on.
enum status jsonata_call(struct evaluation *e, struct json function, const struct json *arguments,
                         size_t count, struct json *out);
// Returns how many arguments it wants; $map, $filter and the like pass no more.
unsigned jsonata_arity(struct json function);

// A match of a regular expression, or of a function that behaves as one ($match, $replace, ...).
struct match {
    bool found;
    size_t from; // in bytes of the text
    size_t to;
    struct json match;  // the text that matched
    struct json index;  // where, in UTF-16 units
    struct json groups; // array of texts; an item may be JSON_NONE
    struct json object; // {match, start, end, groups}: what a replacement function is called with
    const struct regex_function *regex; // NULL: a custom matcher, whose `next` is called
    struct json next;
    struct str text;
};

// Looks for the first match, and for the next behind `m`. Errors: T1010 a custom matcher gave no
// match; D1004 an empty match cannot be passed.
enum status jsonata_match_first(struct evaluation *e, struct json matcher, struct str text,
                                struct match *m);
enum status jsonata_match_next(struct evaluation *e, struct match *m);
// Makes `m->object`, which only a replacement function needs.
enum status jsonata_match_object(struct evaluation *e, struct match *m);

#endif
