// Parents: each `%` seeks, at compile time, the step whose input it means. That step then keeps its
// input under the label of the slot, in the tuple that it makes.
#include "expr/jsonata_syntax_impl.h"

static enum status seek_in_path(struct compiler *c, struct node *path, struct slot *slot)
{
    path->tuple = true;
    for (size_t i = path->count; i-- > 0;) {
        TRY(jsonata_seek_parent(c, path->list[i], slot));
        if (slot->level <= 0)
            return OK;
    }
    return OK;
}

static void found(struct compiler *c, struct node *n, struct slot *slot)
{
    struct extras *extras = jsonata_extras(c, n);

    if (extras->ancestor)
        slot->label = extras->ancestor->label;
    extras->ancestor = slot;
    n->tuple = true;
}

enum status jsonata_seek_parent(struct compiler *c, struct node *n, struct slot *slot)
{
    switch ((int)n->kind) {
    case NODE_NAME:
    case NODE_WILDCARD:
        slot->level--;
        if (slot->level == 0)
            found(c, n, slot);
        return OK;
    case NODE_PARENT:
        slot->level++;
        return OK;
    case NODE_BLOCK:
        if (n->count == 0)
            return OK;
        n->tuple = true;
        return jsonata_seek_parent(c, n->list[n->count - 1], slot);
    case NODE_PATH:
        return seek_in_path(c, n, slot);
    default:
        return jsonata_refuse(c, "S0217", n->position, str(jsonata_node_word(n)));
    }
}

// The slots that a node seeks itself or for what is in it; NULL when there are none.
static struct list *seeking(struct compiler *c, struct node *n)
{
    struct list *slots = n->extras ? n->extras->seeking : NULL;

    if (n->kind != NODE_PARENT)
        return slots;
    if (!slots)
        slots = scope_new(c->scope, struct list);
    jsonata_list_push(c->scope, slots, n->slot);
    return slots;
}

void jsonata_push_ancestry(struct compiler *c, struct node *result, struct node *value)
{
    struct list *slots = seeking(c, value);

    if (!slots)
        return;
    struct extras *extras = jsonata_extras(c, result);
    if (!extras->seeking) {
        extras->seeking = slots;
        return;
    }
    size_t count = slots->count; // both may be the same list
    for (size_t i = 0; i < count; i++)
        jsonata_list_push(c->scope, extras->seeking, slots->items[i]);
}

static const struct symbol *focus_of(const struct node *step)
{
    return step->extras ? step->extras->focus : NULL;
}

// Steps back from the last step but one until the slot's parent is found; what is not found in
// this path is left to what is around it.
static enum status resolve(struct compiler *c, struct node *path, struct slot *slot)
{
    size_t left = path->count - 1;

    while (slot->level > 0) {
        if (left == 0) {
            struct extras *extras = jsonata_extras(c, path);
            if (!extras->seeking)
                extras->seeking = scope_new(c->scope, struct list);
            jsonata_list_push(c->scope, extras->seeking, slot);
            return OK;
        }
        struct node *step = path->list[--left];
        while (left > 0 && focus_of(step) && focus_of(path->list[left - 1]))
            step = path->list[--left];
        TRY(jsonata_seek_parent(c, step, slot));
    }
    return OK;
}

enum status jsonata_resolve_ancestry(struct compiler *c, struct node *path)
{
    struct list *slots = seeking(c, path->list[path->count - 1]);
    size_t count = slots ? slots->count : 0;

    for (size_t i = 0; i < count; i++)
        TRY(resolve(c, path, slots->items[i]));
    return OK;
}
