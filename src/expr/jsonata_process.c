// From what was written to what is run: paths become lists of steps, filters belong to their steps,
// and a lambda's last call is marked, so that it is made without coming back.
#include "expr/jsonata_syntax_impl.h"

#include "expr/regex.h"

static enum status process_list(struct compiler *c, const struct syntax *x, struct node *n)
{
    n->list = scope_array(c->scope, x->list.count, sizeof *n->list);
    for (size_t i = 0; i < x->list.count; i++) {
        TRY(jsonata_process(c, x->list.items[i], &n->list[i]));
        jsonata_push_ancestry(c, n, n->list[i]);
    }
    n->count = (uint32_t)x->list.count;
    return OK;
}

static enum status process_name(struct compiler *c, const struct syntax *x, struct node **out)
{
    struct node *step = jsonata_node(c, NODE_NAME, x->token.position);
    struct node *path = jsonata_node(c, NODE_PATH, 0);

    step->name = x->token.text;
    step->keep_array = x->keep_array;
    path->list = scope_array(c->scope, 1, sizeof *path->list);
    path->list[0] = step;
    path->count = 1;
    path->keep_singleton = x->keep_array;
    *out = path;
    return OK;
}

static enum status process_regex(struct compiler *c, const struct syntax *x, struct node **out)
{
    struct node *n = jsonata_node(c, NODE_REGEX, x->token.position);

    *out = n;
    n->text = x->token.text;
    return regex_compile(c->scope, x->token.text, x->token.regex_flags, &n->regex);
}

static enum status process_token(struct compiler *c, const struct syntax *x, struct node **out)
{
    const struct token *t = &x->token;
    enum node_kind kind = t->sign == SIGN_STRING   ? NODE_STRING
                          : t->sign == SIGN_NUMBER ? NODE_NUMBER
                          : t->sign == SIGN_VALUE  ? NODE_VALUE
                                                   : NODE_PLACEHOLDER;

    if (t->sign == SIGN_NAME || t->sign == SIGN_AND || t->sign == SIGN_OR || t->sign == SIGN_IN)
        return process_name(c, x, out);
    if (t->sign == SIGN_REGEX)
        return process_regex(c, x, out);
    if (t->sign == SIGN_END)
        return jsonata_refuse(c, "S0207", t->position, t->text);
    *out = jsonata_node(c, kind, t->position);
    if (t->sign == SIGN_VARIABLE) {
        (*out)->kind = NODE_VARIABLE;
        (*out)->symbol = jsonata_symbol(c, t->text);
    } else {
        (*out)->value = t->value;
    }
    return OK;
}

static enum status process_negation(struct compiler *c, const struct syntax *x, struct node **out)
{
    struct node *operand = NULL;

    TRY(jsonata_process(c, x->lhs, &operand));
    *out = operand;
    if (operand->kind == NODE_NUMBER) {
        operand->value = value_double(-value_number(operand->value));
        return OK;
    }
    *out = jsonata_node(c, NODE_NEGATE, x->token.position);
    (*out)->a = operand;
    jsonata_push_ancestry(c, *out, operand);
    return OK;
}

static enum status process_unary(struct compiler *c, const struct syntax *x, struct node **out)
{
    if (x->token.sign == SIGN_MINUS)
        return process_negation(c, x, out);
    *out =
        jsonata_node(c, x->token.sign == SIGN_BRACE ? NODE_OBJECT : NODE_ARRAY, x->token.position);
    TRY(process_list(c, x, *out));
    if (x->token.sign == SIGN_BRACE)
        (*out)->count /= 2; // pairs
    return OK;
}

// How errors name what is called.
static struct str name_of(const struct node *procedure)
{
    const struct node *first = procedure->kind == NODE_PATH ? procedure->list[0] : procedure;

    switch ((int)first->kind) {
    case NODE_NAME:
        return first->name;
    case NODE_STRING:
        return json_text(first->value);
    case NODE_VARIABLE:
        return first->symbol->name;
    case NODE_CALL:
    case NODE_PARTIAL:
        return str("(");
    case NODE_ARRAY:
        return str("[");
    case NODE_OBJECT:
        return str("{");
    default:
        return (struct str){0};
    }
}

static enum status process_call(struct compiler *c, const struct syntax *x, struct node **out)
{
    struct node *n =
        jsonata_node(c, x->kind == SYNTAX_CALL ? NODE_CALL : NODE_PARTIAL, x->token.position);

    *out = n;
    TRY(process_list(c, x, n));
    TRY(jsonata_process(c, x->lhs, &n->a));
    n->text = name_of(n->a);
    return OK;
}

// Marks the calls that a lambda ends with.
static void mark_tail(struct node *n)
{
    bool filtered = n->extras && n->extras->predicates.count > 0;

    if (n->kind == NODE_CALL)
        n->tail = !filtered;
    if (n->kind == NODE_CONDITION) {
        mark_tail(n->b);
        if (n->c)
            mark_tail(n->c);
    }
    if (n->kind == NODE_BLOCK && n->count > 0)
        mark_tail(n->list[n->count - 1]);
}

static enum status process_lambda(struct compiler *c, const struct syntax *x, struct node **out)
{
    struct node *n = jsonata_node(c, NODE_LAMBDA, x->token.position);

    *out = n;
    n->parameters = scope_array(c->scope, x->list.count, sizeof(void *));
    for (size_t i = 0; i < x->list.count; i++) {
        const struct syntax *parameter = x->list.items[i];
        struct symbol *symbol = jsonata_symbol(c, parameter->token.text);
        symbol->local = !c->symbols->parent;
        n->parameters[i] = symbol;
    }
    n->count = (uint32_t)x->list.count;
    n->signature = x->signature;
    TRY(jsonata_process(c, x->lhs, &n->a));
    mark_tail(n->a);
    return OK;
}

static enum status process_condition(struct compiler *c, const struct syntax *x, struct node **out)
{
    struct node *n = jsonata_node(c, NODE_CONDITION, x->token.position);

    *out = n;
    TRY(jsonata_process(c, x->lhs, &n->a));
    jsonata_push_ancestry(c, n, n->a);
    TRY(jsonata_process(c, x->rhs, &n->b));
    jsonata_push_ancestry(c, n, n->b);
    if (!x->third)
        return OK;
    TRY(jsonata_process(c, x->third, &n->c));
    jsonata_push_ancestry(c, n, n->c);
    return OK;
}

// a ?? b is $exists(a) ? a : b; the reference calls whatever bears the name.
static enum status condition_of(struct compiler *c, const struct syntax *x, struct node **out)
{
    struct node *call = jsonata_node(c, NODE_CALL, 0);

    if (x->kind == SYNTAX_DEFAULT)
        return jsonata_process(c, x->lhs, out);
    *out = call;
    call->list = scope_array(c->scope, 1, sizeof *call->list);
    call->count = 1;
    TRY(jsonata_process(c, x->lhs, &call->list[0]));
    jsonata_push_ancestry(c, call, call->list[0]);
    call->a = jsonata_node(c, NODE_VARIABLE, 0);
    call->a->symbol = jsonata_symbol(c, str("exists"));
    call->text = call->a->symbol->name;
    return OK;
}

static enum status process_default(struct compiler *c, const struct syntax *x, struct node **out)
{
    struct node *n = jsonata_node(c, NODE_CONDITION, x->token.position);

    *out = n;
    TRY(condition_of(c, x, &n->a));
    jsonata_push_ancestry(c, n, n->a);
    TRY(jsonata_process(c, x->lhs, &n->b));
    jsonata_push_ancestry(c, n, n->b);
    TRY(jsonata_process(c, x->rhs, &n->c));
    jsonata_push_ancestry(c, n, n->c);
    return OK;
}

static enum status process_transform(struct compiler *c, const struct syntax *x, struct node **out)
{
    struct node *n = jsonata_node(c, NODE_TRANSFORM, x->token.position);

    *out = n;
    n->symbol = jsonata_symbol(c, str("clone"));
    TRY(jsonata_process(c, x->lhs, &n->a));
    TRY(jsonata_process(c, x->rhs, &n->b));
    return x->third ? jsonata_process(c, x->third, &n->c) : OK;
}

static enum status process_block(struct compiler *c, const struct syntax *x, struct node **out)
{
    struct node *n = jsonata_node(c, NODE_BLOCK, x->token.position);

    *out = n;
    n->flag = x->binds;
    TRY(process_list(c, x, n));
    for (size_t i = 0; i < n->count; i++) {
        const struct node *part = n->list[i];
        n->cons |= part->cons || (part->kind == NODE_PATH && part->list[0]->cons);
    }
    return OK;
}

static enum status process_parent(struct compiler *c, struct node **out)
{
    struct slot *slot = scope_new(c->scope, struct slot);
    struct symbol *label = jsonata_symbol(c, str_format(c->scope, "!%u", c->labels++));

    label->local = !c->symbols->parent;
    *slot = (struct slot){label, 1};
    *out = jsonata_node(c, NODE_PARENT, 0);
    (*out)->slot = slot;
    return OK;
}

static enum status process_kind(struct compiler *c, const struct syntax *x, struct node **out)
{
    switch (x->kind) {
    case SYNTAX_TOKEN:
        return process_token(c, x, out);
    case SYNTAX_BINARY:
        return jsonata_process_binary(c, x, out);
    case SYNTAX_UNARY:
        return process_unary(c, x, out);
    case SYNTAX_CALL:
    case SYNTAX_PARTIAL:
        return process_call(c, x, out);
    case SYNTAX_LAMBDA:
        return process_lambda(c, x, out);
    case SYNTAX_CONDITION:
        return process_condition(c, x, out);
    case SYNTAX_DEFAULT:
    case SYNTAX_COALESCE:
        return process_default(c, x, out);
    case SYNTAX_TRANSFORM:
        return process_transform(c, x, out);
    case SYNTAX_BLOCK:
        return process_block(c, x, out);
    case SYNTAX_WILDCARD:
        *out = jsonata_node(c, NODE_WILDCARD, x->token.position);
        return OK;
    case SYNTAX_DESCENDANT:
        *out = jsonata_node(c, NODE_DESCENDANT, x->token.position);
        return OK;
    case SYNTAX_PARENT:
        return process_parent(c, out);
    }
    return OK;
}

enum status jsonata_process(struct compiler *c, const struct syntax *written, struct node **out)
{
    TRY(jsonata_compile_room(c));
    TRY(process_kind(c, written, out));
    TRY(jsonata_compile_room(c)); // what is around it goes on from here
    if (written->keep_array)
        (*out)->keep_array = true;
    return OK;
}
