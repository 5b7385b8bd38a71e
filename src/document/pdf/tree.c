// The tree of pages is walked before qpdf does, which recurses: a tree that is a hundred thousand
// nodes deep would end the process. Leaves are only looked at; each inner node is visited once.
#include "core/scope.h"
#include "document/pdf/open_impl.h"

enum { DEPTH_MAX = 1000 };

struct node {
    struct node *below; // of the stack
    struct str kids;
    unsigned depth;
};

struct tree {
    struct scope *scope;
    struct opened *opened;
    struct node *stack;
    uint8_t *visited; // a bit an object
};

static bool visit(struct tree *t, uint32_t number)
{
    uint8_t bit = (uint8_t)(1U << number % 8);

    if (number >= t->opened->size || t->visited[number / 8] & bit)
        return false;
    t->visited[number / 8] |= bit;
    return true;
}

static bool has_kids(struct opened *o, struct pdf_ref ref)
{
    qpdf_oh handle = qpdf_get_object_by_id(o->qpdf, (int)ref.number, (int)ref.generation);
    bool has = qpdf_oh_is_dictionary(o->qpdf, handle) && qpdf_oh_has_key(o->qpdf, handle, "/Kids");

    qpdf_oh_release(o->qpdf, handle);
    return has;
}

static enum status push(struct tree *t, struct str value, unsigned depth)
{
    struct pdf_ref ref = {0};
    struct str kids = {0};

    if (pdf_read_ref(value, &ref) && (!has_kids(t->opened, ref) || !visit(t, ref.number)))
        return opened_error(t->scope, t->opened, CORRUPT);
    if (depth > DEPTH_MAX)
        return fail(t->scope, TOO_LARGE, "the PDF's tree of pages is deeper than %d", DEPTH_MAX);
    TRY(opened_resolve(t->scope, t->opened, value, &value));
    if (!pdf_find(value, "Kids", &kids))
        return OK;
    TRY(opened_resolve(t->scope, t->opened, kids, &kids));
    struct node *n = scope_new(t->scope, struct node);
    *n = (struct node){t->stack, pdf_is_array(kids) ? pdf_inside(kids) : (struct str){0}, depth};
    t->stack = n;
    return OK;
}

static enum status walk(struct tree *t)
{
    struct str kid = {0};

    while (t->stack) {
        struct node *n = t->stack;
        if (pdf_next(&n->kids, &kid))
            TRY(push(t, kid, n->depth + 1));
        else
            t->stack = n->below;
    }
    return OK;
}

enum status opened_check_tree(struct scope *s, struct opened *o)
{
    struct tree t = {.scope = s, .opened = o, .visited = scope_alloc(s, o->size / 8 + 1)};
    struct str catalog = {0};
    struct str pages = {0};
    bool is_stream = false;

    TRY(opened_object(s, o, o->catalog, &catalog, &is_stream));
    if (!pdf_find(catalog, "Pages", &pages))
        return OK;
    TRY(push(&t, pages, 0));
    return walk(&t);
}
