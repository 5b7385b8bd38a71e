// Compiling, from text to tree: tokens (jsonata_lex.c), what was written (jsonata_parse.c), what is
// run (jsonata_process.c and others).
#ifndef SHEAF_EXPR_JSONATA_SYNTAX_IMPL_H
#define SHEAF_EXPR_JSONATA_SYNTAX_IMPL_H

#include "expr/jsonata_tree_impl.h"

struct token {
    enum sign sign;
    uint32_t position; // where it ends
    struct str text;   // the operator, name without `$` or backquotes, decoded string, pattern
    struct json value; // of a literal
    unsigned regex_flags;
};

// What was written. `sign` is the operator of a binary or unary expression.
enum syntax_kind {
    SYNTAX_TOKEN, // name, variable, literal, regex; `?` as an argument; and, or, in; the end
    SYNTAX_BINARY,
    SYNTAX_UNARY,
    SYNTAX_CALL,
    SYNTAX_PARTIAL,
    SYNTAX_LAMBDA,
    SYNTAX_CONDITION,
    SYNTAX_DEFAULT, // a ?: b
    SYNTAX_COALESCE,
    SYNTAX_TRANSFORM,
    SYNTAX_BLOCK,
    SYNTAX_WILDCARD,
    SYNTAX_DESCENDANT,
    SYNTAX_PARENT,
};

struct syntax {
    enum syntax_kind kind;
    struct token token;
    uint16_t depth;
    bool keep_array;
    bool descending;    // a term of an order-by
    bool binds;         // block: assigns variables of its own
    struct syntax *lhs; // also: condition, pattern, procedure, body of a lambda
    struct syntax *rhs; // also: then, update
    struct syntax *third;
    struct list list; // items, arguments, terms; pairs one behind the other
    const struct signature *signature;
};

struct compiler {
    struct scope *scope;
    struct str text;
    size_t at;          // of the lexer
    struct token token; // the parser's next
    unsigned depth;
    size_t binds; // assignments seen so far
    size_t nodes;
    unsigned labels;
    struct symbols *symbols;
    struct raised raised;
};

// Returns INVALID after keeping what is wrong.
enum status jsonata_refuse(struct compiler *c, const char *code, size_t position, struct str token);

// Errors: TOO_LARGE when the expression makes too much of itself, or the scope has no room.
enum status jsonata_compile_room(struct compiler *c);

// Reads the next token. After an operand `/` divides, elsewhere it starts a regular expression.
enum status jsonata_lex(struct compiler *c, bool after_operand, struct token *out);

enum status jsonata_parse(struct compiler *c, struct syntax **out);
enum status jsonata_process(struct compiler *c, const struct syntax *written, struct node **out);
// Paths, filters, order and bindings: the binary operators that are no operators when run.
enum status jsonata_process_binary(struct compiler *c, const struct syntax *x, struct node **out);

struct node *jsonata_node(struct compiler *c, enum node_kind kind, size_t position);
struct extras *jsonata_extras(struct compiler *c, struct node *n);
struct symbol *jsonata_symbol(struct compiler *c, struct str name);
void jsonata_list_push(struct scope *s, struct list *list, void *item);
const char *jsonata_node_word(const struct node *n);

// Parents: see jsonata_ancestry.c.
void jsonata_push_ancestry(struct compiler *c, struct node *result, struct node *value);
enum status jsonata_resolve_ancestry(struct compiler *c, struct node *path);
enum status jsonata_seek_parent(struct compiler *c, struct node *n, struct slot *slot);

#endif
