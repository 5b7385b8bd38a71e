// Function values, and how they are called.
#ifndef SHEAF_EXPR_JSONATA_CALL_IMPL_H
#define SHEAF_EXPR_JSONATA_CALL_IMPL_H

#include "expr/jsonata_tree_impl.h"

enum function_kind {
    FUNCTION_LAMBDA,
    FUNCTION_BUILTIN,
    FUNCTION_PARTIAL, // of any other than a lambda
    FUNCTION_WRAPPED, // what an argument that is a function becomes
    FUNCTION_CHAIN,   // f ~> g
    FUNCTION_TRANSFORM,
    FUNCTION_REGEX,
    FUNCTION_NEXT,  // of a match
    FUNCTION_THUNK, // a call yet to be made
};

struct regex_function {
    const struct node *node;
    struct str text; // FUNCTION_NEXT
    size_t from;
};

struct function {
    uint8_t kind;
    bool has_token;
    uint32_t position; // of its newest call; 0: none
    struct str token;
    const struct node *node; // lambda, transform, thunk
    struct json input;       // lambda, thunk
    struct frame *frame;     // lambda, transform, thunk
    const struct signature *signature;
    union {
        const struct symbol *const *parameters; // lambda
        const struct json *arguments;           // partial: JSON_NONE or what is given
        struct regex_function regex;
        struct function *second; // chain
    };
    union {
        const struct builtin *builtin;
        struct function *inner; // partial, wrapped, chain
    };
    uint32_t count; // of parameters, arguments
    uint32_t open;  // partial: a bit for each argument that is left open
};

static inline struct json value_of_function(struct function *f)
{
    return (struct json){.type = VALUE_FUNCTION, .text = (const char *)(const void *)f};
}

static inline struct function *function_of(struct json v)
{
    struct function *f = NULL;

    assert(v.type == VALUE_FUNCTION);
    memcpy(&f, &v.text, sizeof(void *));
    return f;
}

enum status jsonata_call_node(struct evaluation *e, const struct node *n, struct json input,
                              struct frame *frame, struct json *out);
enum status jsonata_partial(struct evaluation *e, const struct node *n, struct json input,
                            struct frame *frame, struct json *out);
enum status jsonata_apply_node(struct evaluation *e, const struct node *n, struct json input,
                               struct frame *frame, struct json *out);
enum status jsonata_apply(struct evaluation *e, struct json procedure, const struct json *arguments,
                          size_t count, struct json input, struct frame *frame, struct json *out);
struct json jsonata_lambda(struct evaluation *e, const struct node *n, struct json input,
                           struct frame *frame);
// Returns the built-in function of a name; JSON_NONE when there is none.
struct json jsonata_builtin(struct evaluation *e, const struct symbol *symbol);
struct json jsonata_regex_value(struct evaluation *e, const struct node *n);
enum status jsonata_regex_call(struct evaluation *e, const struct function *f,
                               const struct json *arguments, size_t count, struct json *out);
enum status jsonata_transform(struct evaluation *e, const struct function *f, struct json object,
                              struct json *out);

// Makes a function of which some arguments are given.
enum status jsonata_partial_of(struct evaluation *e, struct function *whole, const struct node *n,
                               const struct json *arguments, struct json *out);

#endif
