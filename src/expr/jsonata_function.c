// Function values: lambdas, built-in functions, and functions of which some arguments are given.
#include "expr/jsonata_arena_impl.h"
#include "expr/jsonata_call_impl.h"
#include "expr/jsonata_functions_impl.h"
#include "expr/jsonata_signature_impl.h"

enum { ARGUMENTS_MAX = 32 }; // of a function that is no lambda, when some are given

#define BUILTIN(name, arity, signature) {#name, arity, signature, function_##name},
static const struct builtin builtins[] = {
#include "expr/jsonata_functions.def"
};
static const struct builtin states_builtins[] = {
#include "expr/jsonata_functions_states.def"
};
#undef BUILTIN

static const struct builtin *find(const struct builtin *table, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_is(name, table[i].name))
            return &table[i];
    return NULL;
}

const struct builtin *jsonata_builtin_find(struct str name, bool states_language)
{
    const struct builtin *found = NULL;

    if (states_language && str_is(name, "eval"))
        return NULL;
    if (states_language)
        found = find(states_builtins, sizeof states_builtins / sizeof *states_builtins, name);
    return found ? found : find(builtins, sizeof builtins / sizeof *builtins, name);
}

const struct signature *jsonata_builtin_signature(struct scope *s, const struct builtin *builtin)
{
    const struct signature *signature = NULL;
    struct signature_error error = {0};
    enum status status = jsonata_signature_parse(s, str(builtin->signature), &signature, &error);

    assert(status == OK); // the table is right
    (void)status;
    return signature;
}

struct json jsonata_builtin(struct evaluation *e, const struct symbol *symbol)
{
    const struct offered *offered = &symbol->offered[e->environment->states_language];
    struct function **f = &e->functions[symbol->function];

    if (!offered->builtin)
        return value_none();
    if (!*f) {
        // It is kept for the next call by this name.
        *f = scope_new(e->scope, struct function);
        (*f)->kind = FUNCTION_BUILTIN;
        (*f)->builtin = offered->builtin;
        (*f)->signature = offered->signature;
    }
    return value_of_function(*f);
}

struct json jsonata_lambda(struct evaluation *e, const struct node *n, struct json input,
                           struct frame *frame)
{
    struct function *f = jsonata_small(e, sizeof *f);

    f->kind = FUNCTION_LAMBDA;
    f->node = n;
    f->input = input;
    f->frame = frame;
    f->signature = n->signature;
    f->parameters = n->parameters;
    f->count = n->count;
    return value_of_function(f);
}

// A lambda of which some arguments are given is a lambda with fewer parameters.
static enum status partial_lambda(struct evaluation *e, const struct function *whole,
                                  const struct node *n, const struct json *arguments,
                                  struct json *out)
{
    struct function *f = jsonata_small(e, sizeof *f);
    struct json *memory = NULL;

    TRY(jsonata_want(e, whole->count * 2 * sizeof(struct binding)));
    TRY(jsonata_items(e, whole->count / 2 + 1, &memory));
    const struct symbol **open = (const struct symbol **)(void *)memory;
    f->kind = FUNCTION_LAMBDA;
    f->node = whole->node;
    f->input = whole->input;
    f->frame = jsonata_frame(e, whole->frame);
    f->parameters = open;
    for (size_t i = 0; i < whole->count; i++) {
        if (i < n->count && n->list[i]->kind == NODE_PLACEHOLDER)
            open[f->count++] = whole->parameters[i];
        else
            jsonata_bind(e, f->frame, whole->parameters[i],
                         i < n->count ? arguments[i] : value_none());
    }
    *out = value_of_function(f);
    return OK;
}

enum status jsonata_partial_of(struct evaluation *e, struct function *whole, const struct node *n,
                               const struct json *arguments, struct json *out)
{
    if (whole->kind == FUNCTION_LAMBDA)
        return partial_lambda(e, whole, n, arguments, out);
    struct function *f = jsonata_small(e, sizeof *f);
    unsigned arity = jsonata_arity(value_of_function(whole));

    f->kind = FUNCTION_PARTIAL;
    f->inner = whole;
    f->arguments = arguments;
    f->count = n->count < ARGUMENTS_MAX ? n->count : (uint32_t)ARGUMENTS_MAX;
    if (whole->kind == FUNCTION_BUILTIN && f->count > arity && arity > 0)
        f->count = arity; // what the function does not name is dropped
    for (size_t i = 0; i < f->count; i++)
        f->open |= n->list[i]->kind == NODE_PLACEHOLDER ? 1U << i : 0;
    *out = value_of_function(f);
    return OK;
}
