// A compiled template, shared by template.c and template_expression.c, which is the flow's door to
// JSONata.
#ifndef SHEAF_FLOW_TEMPLATE_IMPL_H
#define SHEAF_FLOW_TEMPLATE_IMPL_H

#include "flow/template.h"

struct intrinsic;
struct json_member;
struct jsonata;
struct path;

enum template_node_kind {
    NODE_CONSTANT,
    NODE_PATH,
    NODE_CALL,
    NODE_EXPRESSION,
    NODE_ARRAY,
    NODE_OBJECT,
};

struct template_node {
    enum template_node_kind kind;
    bool has_twins; // an object: two of its names are the same
    struct json constant;
    struct str text;     // of a path, call or expression
    struct str location; // the field, "Output/items[0]"
    const struct path *path;
    const struct intrinsic *call;
    const struct jsonata *expression;
    const struct str *names; // of the members
    const struct template_node *children;
    size_t count;
};

struct template
{
    struct template_node root;
    struct str field;
};

// An evaluation. What JSONata sees is put together when the first expression wants it.
struct template_run {
    struct scope *s;
    const struct eval *eval;
    struct eval_failure *failure;
    const struct json_member *bindings; // NULL: not yet
    size_t binding_count;
};

enum status template_compile_expression(struct scope *s, struct template_node *node);
enum status template_run_expression(struct template_run *run, const struct template_node *node,
                                    struct json *out);

#endif
