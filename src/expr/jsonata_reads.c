// What an expression looks up outside itself, found without running it.
#include "expr/jsonata_tree_impl.h"

// Where the tree branches: each kind of node has some of these.
struct branches {
    struct node **list;
    size_t count;
    struct node *operands[3];
};

static struct branches branches_of(const struct node *n)
{
    struct branches out = {.operands = {n->a, n->b, n->c}};

    switch ((int)n->kind) {
    case NODE_PATH:
    case NODE_ARRAY:
    case NODE_CALL:
    case NODE_PARTIAL:
    case NODE_BLOCK:
    case NODE_SORT:
        out.list = n->list;
        out.count = n->count;
        break;
    case NODE_OBJECT:
        out.list = n->list;
        out.count = 2U * n->count;
        break;
    default:
        break;
    }
    return out;
}

// Only what is surely looked up in the input: what stands in filters, later steps, transforms and
// functions has its own.
static struct str input_name(const struct node *n)
{
    struct str found = {0};

    if (!n || n->kind == NODE_LAMBDA || n->kind == NODE_TRANSFORM)
        return found;
    if (n->kind == NODE_PATH)
        return n->list[0]->kind == NODE_NAME ? n->list[0]->name : input_name(n->list[0]);
    struct branches b = branches_of(n);
    for (size_t i = 0; i < b.count && !found.data; i++)
        found = input_name(b.list[i]);
    for (size_t i = 0; i < 3 && !found.data; i++)
        found = input_name(b.operands[i]);
    return found;
}

struct str jsonata_input_name(const struct jsonata *expression)
{
    return input_name(expression->root);
}

static bool reads(const struct node *n, struct str variable, struct str member);

static bool extras_read(const struct extras *x, struct str variable, struct str member)
{
    const struct list lists[] = {x->predicates, x->stages};

    for (size_t l = 0; l < 2; l++) {
        for (size_t i = 0; i < lists[l].count; i++) {
            const struct stage *stage = lists[l].items[i];
            if (reads(stage->filter, variable, member))
                return true;
        }
    }
    for (size_t i = 0; x->group && i < 2 * x->group->count; i++)
        if (reads(x->group->pairs[i], variable, member))
            return true;
    return false;
}

static bool reads(const struct node *n, struct str variable, struct str member)
{
    if (!n)
        return false;
    if (n->kind == NODE_PATH && n->count > 1 && n->list[0]->kind == NODE_VARIABLE &&
        n->list[1]->kind == NODE_NAME && str_equal(n->list[0]->symbol->name, variable) &&
        str_equal(n->list[1]->name, member))
        return true;
    struct branches b = branches_of(n);
    for (size_t i = 0; i < b.count; i++)
        if (reads(b.list[i], variable, member))
            return true;
    for (size_t i = 0; i < 3; i++)
        if (reads(b.operands[i], variable, member))
            return true;
    return n->extras && extras_read(n->extras, variable, member);
}

bool jsonata_reads(const struct jsonata *expression, struct str variable, struct str member)
{
    return reads(expression->root, variable, member);
}
