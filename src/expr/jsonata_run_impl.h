// What the files of the evaluator share; functions and pictures do not need it.
#ifndef SHEAF_EXPR_JSONATA_RUN_IMPL_H
#define SHEAF_EXPR_JSONATA_RUN_IMPL_H

#include "expr/jsonata_impl.h"

struct builtin;
struct function;
struct group;
struct node;
struct piece;
struct regex_work;
struct signature;
struct symbol;
struct symbols;

// What was raised, with what is known about its place by now.
struct raised {
    struct trouble trouble;
    uint32_t position; // bytes into the expression; 0: not known
    bool has_token;
    bool bare_token; // a number, true, false or null: shown without quotes
    struct str token;
};

enum {
    // Expressions inside one another while they are run: what the stack of a thread bears, also
    // with sanitizers.
    JSONATA_RUN_NESTING_MAX = 4000,
};

struct evaluation {
    struct scope *scope;
    const struct jsonata_environment *environment;
    struct json root; // what $$ is
    struct chance chance;
    uint64_t steps_left;
    size_t used_max;         // of the scope: what it may hold when the evaluation ends
    struct piece *emergency; // memory for small pieces when the scope has none
    struct piece *newest;    // memory: see jsonata_arena.c
    struct piece *spare;
    unsigned level;     // of parts whose memory may be given back
    unsigned pins;      // how often something outside such a part came to refer to what is in it
    struct json *stack; // items of the arrays that are being made
    size_t stack_count;
    size_t stack_room;
    unsigned nesting; // of expressions
    unsigned calls;   // inside one another
    unsigned calls_max;
    const struct symbols *symbols;
    struct function **functions; // built-in ones in use, by index of their symbol
    struct regex_work *regex_work;
    struct raised raised;
};

// Variables that hold in a part of an expression.
struct binding {
    const struct symbol *symbol;
    struct json value;
    struct binding *next;
};

struct frame {
    struct frame *parent;
    struct binding *bindings; // newest first
    unsigned level;           // of the evaluation when it was made
    bool shared;              // the bindings are a tuple's: they do not change
};

// An item of a path that binds variables.
struct tuple {
    struct json at; // the context
    struct binding *bindings;
};

// Sets limits and makes an evaluation that keeps what it makes in `s`.
struct evaluation jsonata_evaluation(struct scope *s,
                                     const struct jsonata_environment *environment);

static inline struct tuple *tuple_of(struct json v)
{
    struct tuple *t = NULL;

    assert(v.type == VALUE_TUPLE);
    memcpy(&t, &v.text, sizeof(void *));
    return t;
}

// Runs a node in a context. `*out` need not be set before.
enum status jsonata_run(struct evaluation *e, const struct node *n, struct json input,
                        struct frame *frame, struct json *out);

// Variables (jsonata_frame.c).
struct frame *jsonata_frame(struct evaluation *e, struct frame *parent);
struct frame *jsonata_tuple_frame(struct evaluation *e, struct frame *parent,
                                  const struct tuple *t);
void jsonata_bind(struct evaluation *e, struct frame *frame, const struct symbol *symbol,
                  struct json value);
struct json jsonata_variable(struct evaluation *e, const struct frame *frame,
                             const struct symbol *symbol);
struct binding *jsonata_binding(struct evaluation *e, struct binding *next,
                                const struct symbol *symbol, struct json value);

// Paths and what they are made of.
enum status jsonata_run_path(struct evaluation *e, const struct node *n, struct json input,
                             struct frame *frame, struct json *out);
enum status jsonata_run_tuple_step(struct evaluation *e, const struct node *step, struct json input,
                                   struct json *tuples, struct frame *frame);
enum status jsonata_run_stages(struct evaluation *e, const struct node *step, struct json *result,
                               struct frame *frame);
enum status jsonata_filter(struct evaluation *e, const struct node *predicate, struct json *result,
                           struct frame *frame);
enum status jsonata_sort(struct evaluation *e, const struct node *sort, struct json input,
                         struct frame *frame, struct json *out);
enum status jsonata_group(struct evaluation *e, const struct group *group, struct json input,
                          struct frame *frame, struct json *out);
enum status jsonata_wildcard(struct evaluation *e, struct json input, struct json *out);
enum status jsonata_descendants(struct evaluation *e, struct json input, struct json *out);

// Operators.
enum status jsonata_binary(struct evaluation *e, const struct node *n, struct json input,
                           struct frame *frame, struct json *out);
enum status jsonata_and_or(struct evaluation *e, const struct node *n, struct json input,
                           struct frame *frame, struct json *out);
// Whether `v` is a number; D1001 when it is infinite.
enum status jsonata_is_numeric(struct evaluation *e, struct json v, bool *out);

// Replaces, in place, halves of UTF-16 pairs by U+FFFD.
struct str jsonata_replace_halves(char *text, size_t bytes);
// Makes what leaves an evaluation plain JSON. Errors: LIMIT.
enum status jsonata_export(struct evaluation *e, struct json v, struct json *out);

#endif
