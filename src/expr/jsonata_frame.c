// Variables. A frame is a list of bindings and the frame around it: few variables are in reach of
// any expression, and most names, those of functions, are bound by nothing in it and skip the walk.
#include "expr/jsonata_call_impl.h"

struct frame *jsonata_frame(struct evaluation *e, struct frame *parent)
{
    struct frame *f = jsonata_small(e, sizeof *f);

    f->parent = parent;
    f->level = e->level;
    return f;
}

struct frame *jsonata_tuple_frame(struct evaluation *e, struct frame *parent, const struct tuple *t)
{
    struct frame *f = jsonata_frame(e, parent);

    f->bindings = t->bindings;
    f->shared = true;
    return f;
}

struct binding *jsonata_binding(struct evaluation *e, struct binding *next,
                                const struct symbol *symbol, struct json value)
{
    struct binding *b = jsonata_small(e, sizeof *b);

    *b = (struct binding){symbol, value, next};
    return b;
}

void jsonata_bind(struct evaluation *e, struct frame *frame, const struct symbol *symbol,
                  struct json value)
{
    if (frame->level < e->level)
        e->pins++;
    for (struct binding *b = frame->shared ? NULL : frame->bindings; b; b = b->next) {
        if (b->symbol == symbol) {
            b->value = value;
            return;
        }
    }
    frame->bindings = jsonata_binding(e, frame->bindings, symbol, value);
}

// What is bound around the expression: by the caller, or by the language.
static struct json outer(struct evaluation *e, const struct symbol *symbol)
{
    const struct jsonata_environment *environment = e->environment;

    if (str_is(symbol->name, "$"))
        return e->root;
    for (size_t i = environment->binding_count; i-- > 0;)
        if (str_equal(environment->bindings[i].name, symbol->name))
            return environment->bindings[i].value;
    return jsonata_builtin(e, symbol);
}

struct json jsonata_variable(struct evaluation *e, const struct frame *frame,
                             const struct symbol *symbol)
{
    bool local = symbol->local || e->symbols->parent; // $eval may have bound anything

    for (; local && frame; frame = frame->parent) {
        for (const struct binding *b = frame->bindings; b; b = b->next)
            if (b->symbol == symbol)
                return b->value;
    }
    return outer(e, symbol);
}
