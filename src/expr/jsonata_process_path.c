// Binary operators that are not run as such: `.` joins steps to a path; filters, order, grouping
// and bindings become part of the step or path before them.
#include "expr/jsonata_syntax_impl.h"

static struct node *path_of(struct compiler *c, struct node *step)
{
    if (step->kind == NODE_PATH)
        return step;
    struct node *path = jsonata_node(c, NODE_PATH, 0);
    path->list = scope_array(c->scope, 1, sizeof *path->list);
    path->list[0] = step;
    path->count = 1;
    return path;
}

static struct node *last_step(struct node *n)
{
    return n->kind == NODE_PATH ? n->list[n->count - 1] : n;
}

static void append_steps(struct compiler *c, struct node *path, struct node *const *steps,
                         size_t count)
{
    struct node **all = scope_array(c->scope, path->count + count, sizeof *all);

    memcpy(all, path->list, path->count * sizeof *all);
    memcpy(all + path->count, steps, count * sizeof *all);
    path->list = all;
    path->count += (uint32_t)count;
}

// A predicate of what has become a step is one of its stages.
static void predicates_to_stages(struct compiler *c, struct node *step)
{
    struct list predicates = step->extras ? step->extras->predicates : (struct list){0};

    if (predicates.count == 0)
        return;
    step->extras->predicates = (struct list){0};
    step->extras->stages = (struct list){0};
    for (size_t i = 0; i < predicates.count; i++)
        jsonata_list_push(c->scope, &step->extras->stages, predicates.items[i]);
}

// A step is no number, truth or null; a string names a member.
static enum status check_steps(struct compiler *c, struct node *path)
{
    for (size_t i = 0; i < path->count; i++) {
        struct node *step = path->list[i];
        if (step->kind == NODE_NUMBER || step->kind == NODE_VALUE) {
            (void)jsonata_refuse(c, "S0213", step->position, (struct str){0});
            c->raised.trouble.value = step->value;
            return INVALID;
        }
        if (step->kind == NODE_STRING) {
            step->kind = NODE_NAME;
            step->name = json_text(step->value);
        }
        path->keep_singleton |= step->keep_array;
    }
    return OK;
}

static enum status process_dot(struct compiler *c, const struct syntax *x, struct node **out)
{
    struct node *left = NULL;
    struct node *rest = NULL;

    TRY(jsonata_process(c, x->lhs, &left));
    struct node *path = path_of(c, left);
    if (left->kind == NODE_PARENT) {
        jsonata_extras(c, path)->seeking = scope_new(c->scope, struct list);
        jsonata_list_push(c->scope, path->extras->seeking, left->slot);
    }
    TRY(jsonata_process(c, x->rhs, &rest));
    if (rest->kind == NODE_PATH) {
        append_steps(c, path, rest->list, rest->count);
    } else {
        predicates_to_stages(c, rest);
        append_steps(c, path, &rest, 1);
    }
    TRY(check_steps(c, path));
    if (path->list[0]->kind == NODE_ARRAY)
        path->list[0]->cons = true;
    if (last_step(path)->kind == NODE_ARRAY)
        last_step(path)->cons = true;
    *out = path;
    return jsonata_resolve_ancestry(c, path);
}

// What a filter seeks may be the very step that it filters.
static enum status adopt_slots(struct compiler *c, struct node *step, struct node *predicate)
{
    struct list *slots = predicate->extras ? predicate->extras->seeking : NULL;

    if (!slots)
        return OK;
    for (size_t i = 0; i < slots->count; i++) {
        struct slot *slot = slots->items[i];
        if (slot->level == 1)
            TRY(jsonata_seek_parent(c, step, slot));
        else
            slot->level--;
    }
    jsonata_push_ancestry(c, step, predicate);
    return OK;
}

static enum status process_filter(struct compiler *c, const struct syntax *x, struct node **out)
{
    struct node *predicate = NULL;

    TRY(jsonata_process(c, x->lhs, out));
    struct node *step = last_step(*out);
    struct extras *extras = jsonata_extras(c, step);
    if (extras->group)
        return jsonata_refuse(c, "S0209", x->token.position, (struct str){0});
    TRY(jsonata_process(c, x->rhs, &predicate));
    TRY(adopt_slots(c, step, predicate));
    struct stage *stage = scope_new(c->scope, struct stage);
    stage->filter = predicate;
    jsonata_list_push(c->scope, (*out)->kind == NODE_PATH ? &extras->stages : &extras->predicates,
                      stage);
    return OK;
}

static enum status process_group(struct compiler *c, const struct syntax *x, struct node **out)
{
    struct group *group = scope_new(c->scope, struct group);

    TRY(jsonata_process(c, x->lhs, out));
    struct extras *extras = jsonata_extras(c, *out);
    if (extras->group)
        return jsonata_refuse(c, "S0210", x->token.position, (struct str){0});
    group->pairs = scope_array(c->scope, x->list.count, sizeof *group->pairs);
    for (size_t i = 0; i < x->list.count; i++)
        TRY(jsonata_process(c, x->list.items[i], &group->pairs[i]));
    group->count = x->list.count / 2;
    group->position = x->token.position;
    extras->group = group;
    return OK;
}

static enum status process_order(struct compiler *c, const struct syntax *x, struct node **out)
{
    struct node *sort = jsonata_node(c, NODE_SORT, x->token.position);

    TRY(jsonata_process(c, x->lhs, out));
    *out = path_of(c, *out);
    sort->list = scope_array(c->scope, x->list.count, sizeof *sort->list);
    sort->count = (uint32_t)x->list.count;
    for (size_t i = 0; i < x->list.count; i++) {
        const struct syntax *written = x->list.items[i];
        struct node *term = jsonata_node(c, NODE_TERM, written->token.position);
        TRY(jsonata_process(c, written->lhs, &term->a));
        jsonata_push_ancestry(c, sort, term->a);
        term->flag = written->descending;
        sort->list[i] = term;
    }
    append_steps(c, *out, &sort, 1);
    return jsonata_resolve_ancestry(c, *out);
}

static const struct symbol *bound(struct compiler *c, const struct syntax *variable)
{
    struct symbol *symbol = jsonata_symbol(c, variable->token.text);

    symbol->local = !c->symbols->parent;
    return symbol;
}

static enum status process_focus(struct compiler *c, const struct syntax *x, struct node **out)
{
    TRY(jsonata_process(c, x->lhs, out));
    struct node *step = last_step(*out);
    struct extras *extras = jsonata_extras(c, step);
    if (extras->stages.count || extras->predicates.count)
        return jsonata_refuse(c, "S0215", x->token.position, (struct str){0});
    if (step->kind == NODE_SORT)
        return jsonata_refuse(c, "S0216", x->token.position, (struct str){0});
    if (x->keep_array)
        step->keep_array = true;
    extras->focus = bound(c, x->rhs);
    step->tuple = true;
    return OK;
}

static enum status process_index(struct compiler *c, const struct syntax *x, struct node **out)
{
    TRY(jsonata_process(c, x->lhs, out));
    struct node *step = last_step(*out);
    struct extras *extras = jsonata_extras(c, step);
    if ((*out)->kind != NODE_PATH) {
        predicates_to_stages(c, step);
        *out = path_of(c, step);
    }
    if (extras->stages.count) {
        struct stage *stage = scope_new(c->scope, struct stage);
        stage->index = bound(c, x->rhs);
        jsonata_list_push(c->scope, &extras->stages, stage);
    } else {
        extras->index = bound(c, x->rhs);
    }
    step->tuple = true;
    return OK;
}

static enum status process_assign(struct compiler *c, const struct syntax *x, struct node **out)
{
    *out = jsonata_node(c, NODE_BIND, x->token.position);
    (*out)->symbol = bound(c, x->lhs);
    TRY(jsonata_process(c, x->rhs, &(*out)->a));
    jsonata_push_ancestry(c, *out, (*out)->a);
    return OK;
}

static enum status process_apply(struct compiler *c, const struct syntax *x, struct node **out)
{
    *out = jsonata_node(c, NODE_APPLY, x->token.position);
    TRY(jsonata_process(c, x->lhs, &(*out)->a));
    TRY(jsonata_process(c, x->rhs, &(*out)->b));
    (*out)->keep_array = (*out)->a->keep_array || (*out)->b->keep_array;
    return OK;
}

static enum status process_operator(struct compiler *c, const struct syntax *x, struct node **out)
{
    bool lazy = x->token.sign == SIGN_AND || x->token.sign == SIGN_OR;
    struct node *n = jsonata_node(c, lazy ? NODE_AND_OR : NODE_BINARY, x->token.position);

    *out = n;
    n->sign = (uint8_t)x->token.sign;
    n->text = x->token.text;
    TRY(jsonata_process(c, x->lhs, &n->a));
    TRY(jsonata_process(c, x->rhs, &n->b));
    jsonata_push_ancestry(c, n, n->a);
    jsonata_push_ancestry(c, n, n->b);
    return OK;
}

enum status jsonata_process_binary(struct compiler *c, const struct syntax *x, struct node **out)
{
    switch ((int)x->token.sign) {
    case SIGN_DOT:
        return process_dot(c, x, out);
    case SIGN_BRACKET:
        return process_filter(c, x, out);
    case SIGN_BRACE:
        return process_group(c, x, out);
    case SIGN_ORDER:
        return process_order(c, x, out);
    case SIGN_FOCUS:
        return process_focus(c, x, out);
    case SIGN_INDEX:
        return process_index(c, x, out);
    case SIGN_ASSIGN:
        return process_assign(c, x, out);
    case SIGN_APPLY:
        return process_apply(c, x, out);
    default:
        return process_operator(c, x, out);
    }
}
