// What an expression is compiled to: a tree that never changes, and the names in it.
#ifndef SHEAF_EXPR_JSONATA_TREE_IMPL_H
#define SHEAF_EXPR_JSONATA_TREE_IMPL_H

#include "expr/jsonata_run_impl.h"

struct builtin;
struct regex;
struct signature;

// Tokens, and the operators among them.
enum sign {
#define SIGN(name, text, power) SIGN_##name,
#include "expr/jsonata_signs.def"
#undef SIGN
    SIGN_COUNT
};

// A built-in function, if there is one of a name.
struct offered {
    const struct builtin *builtin;
    const struct signature *signature;
};

// A variable's name, one object in all of an expression.
struct symbol {
    struct symbol *next;
    struct str name;
    bool local;                // something in the expression binds it
    struct offered offered[2]; // in JSONata; in the States Language
    size_t function;           // its place among the functions that are named
};

enum { SYMBOL_BUCKETS = 32 };

struct symbols {
    const struct symbols *parent; // of the expression that calls $eval
    struct symbol *buckets[SYMBOL_BUCKETS];
    size_t function_count; // built-in functions that are named, the parent's included
};

struct list {
    void **items;
    size_t count;
    size_t room;
};

// What is run.
enum node_kind {
#define NODE(name, word) NODE_##name,
#include "expr/jsonata_nodes.def"
#undef NODE
};

// Where a `%` finds its object: under `label` in the frame of a tuple.
struct slot {
    const struct symbol *label;
    int level;
};

struct stage {
    struct node *filter; // NULL: it binds positions
    const struct symbol *index;
};

struct group {
    struct node **pairs; // key, value, key, value
    size_t count;        // of pairs
    uint32_t position;
};

// What few nodes have.
struct extras {
    struct list predicates; // of nodes, applied to the result
    struct list stages;     // of struct stage, applied to a step
    struct group *group;
    const struct symbol *focus;
    const struct symbol *index;
    struct slot *ancestor;
    struct list *seeking; // of slots, while compiling
};

struct node {
    uint8_t kind;
    uint8_t sign; // the operator
    bool keep_array;
    bool keep_singleton; // path
    bool cons;           // array constructor as a step
    bool tuple;          // step: binds variables; path, block: its result carries them
    bool tail;           // call: the last thing a lambda does
    bool flag;           // sort term: descending; block: needs a frame of its own
    uint32_t position;
    uint32_t count;
    struct extras *extras; // NULL: none
    union {
        struct node **list; // steps, items, arguments, expressions, pairs, terms
        struct json value;  // literal
        struct str name;
        const struct symbol *symbol;
        const struct regex *regex;
        struct slot *slot;
        const struct symbol **parameters; // lambda
    };
    struct node *a; // operands in their order; procedure, body, condition, pattern
    struct node *b;
    struct node *c;
    union {
        const struct signature *signature; // lambda
        struct str text;                   // regex: its pattern; call: how the procedure is named
    };
};

struct jsonata {
    struct str text;
    const struct symbols *symbols;
    const struct node *root;
};

// Compiles; what was wrong is in `raised`. `parent` may be NULL.
enum status jsonata_compile_with(struct scope *s, struct str text, const struct symbols *parent,
                                 struct jsonata *out, struct raised *raised);

// Looks a name up; NULL when the expression does not have it.
const struct symbol *jsonata_symbol_find(const struct symbols *symbols, struct str name);
#endif
