// Running a tree. Every node gives one value; a sequence of one item is that item, of none nothing.
#include "expr/jsonata_arena_impl.h"
#include "expr/jsonata_call_impl.h"

#include "expr/jsonata_error_impl.h"

enum { CALLS_MAX_DEFAULT = 500 };

static enum status run_negation(struct evaluation *e, const struct node *n, struct json input,
                                struct frame *frame, struct json *out)
{
    struct json v = value_none();
    bool numeric = false;

    TRY(jsonata_run(e, n->a, input, frame, &v));
    if (v.type == JSON_NONE)
        return OK;
    TRY(jsonata_is_numeric(e, v, &numeric));
    if (numeric) {
        *out = value_double(-value_number(v));
        return OK;
    }
    (void)jsonata_raise(e, (struct trouble){.code = "D1002", .value = v});
    e->raised.position = n->position;
    e->raised.has_token = true;
    e->raised.token = str("-");
    return INVALID;
}

// An array constructor inside another is an item; of any other array the items are.
static enum status run_array(struct evaluation *e, const struct node *n, struct json input,
                             struct frame *frame, struct json *out)
{
    unsigned flags = n->cons ? VALUE_CONS : 0;
    size_t begun = jsonata_begin(e);

    for (size_t i = 0; i < n->count; i++) {
        struct json v = value_none();
        TRY(jsonata_run(e, n->list[i], input, frame, &v));
        bool whole = n->list[i]->kind == NODE_ARRAY || !value_is_array(v);
        if (n->count == 1 && !whole) // nothing to put it together with
            return jsonata_array(e, v.items, v.count, flags, out);
        if (v.type != JSON_NONE && whole)
            TRY(jsonata_push(e, v));
        if (whole)
            continue;
        TRY(jsonata_step(e, v.count / 16));
        for (size_t k = 0; k < v.count; k++)
            TRY(jsonata_push(e, v.items[k]));
    }
    return jsonata_finish(e, begun, flags, out);
}

static enum status run_condition(struct evaluation *e, const struct node *n, struct json input,
                                 struct frame *frame, struct json *out)
{
    struct json v = value_none();
    bool truth = false;

    TRY(jsonata_run(e, n->a, input, frame, &v));
    TRY(jsonata_truth(e, v, &truth));
    if (truth)
        return jsonata_run(e, n->b, input, frame, out);
    return n->c ? jsonata_run(e, n->c, input, frame, out) : OK;
}

static enum status run_block(struct evaluation *e, const struct node *n, struct json input,
                             struct frame *frame, struct json *out)
{
    if (n->flag)
        frame = jsonata_frame(e, frame);
    for (size_t i = 0; i < n->count; i++)
        TRY(jsonata_run(e, n->list[i], input, frame, out));
    return OK;
}

static enum status run_bind(struct evaluation *e, const struct node *n, struct json input,
                            struct frame *frame, struct json *out)
{
    TRY(jsonata_run(e, n->a, input, frame, out));
    jsonata_bind(e, frame, n->symbol, *out);
    return OK;
}

static enum status run_variable(struct evaluation *e, const struct node *n, struct json input,
                                const struct frame *frame, struct json *out)
{
    if (n->symbol->name.bytes > 0)
        *out = jsonata_variable(e, frame, n->symbol);
    else
        *out = value_is_array(input) && input.flags & VALUE_WRAPPER ? input.items[0] : input;
    return OK;
}

static enum status run_object(struct evaluation *e, const struct node *n, struct json input,
                              struct frame *frame, struct json *out)
{
    const struct group group = {n->list, n->count, n->position};

    return jsonata_group(e, &group, input, frame, out);
}

static struct json transform_function(struct evaluation *e, const struct node *n,
                                      struct frame *frame)
{
    struct function *f = jsonata_small(e, sizeof *f);

    f->kind = FUNCTION_TRANSFORM;
    f->node = n;
    f->frame = frame;
    return value_of_function(f);
}

static enum status run_kind(struct evaluation *e, const struct node *n, struct json input,
                            struct frame *frame, struct json *out)
{
    switch ((enum node_kind)n->kind) {
    case NODE_PATH:
        return jsonata_run_path(e, n, input, frame, out);
    case NODE_BINARY:
        return jsonata_binary(e, n, input, frame, out);
    case NODE_AND_OR:
        return jsonata_and_or(e, n, input, frame, out);
    case NODE_NEGATE:
        return run_negation(e, n, input, frame, out);
    case NODE_ARRAY:
        return run_array(e, n, input, frame, out);
    case NODE_OBJECT:
        return run_object(e, n, input, frame, out);
    case NODE_NAME:
        return jsonata_lookup(e, input, n->name, out);
    case NODE_STRING:
    case NODE_NUMBER:
    case NODE_VALUE:
        *out = n->value;
        return OK;
    case NODE_WILDCARD:
        return jsonata_wildcard(e, input, out);
    case NODE_DESCENDANT:
        return jsonata_descendants(e, input, out);
    case NODE_PARENT:
        *out = jsonata_variable(e, frame, n->slot->label);
        return OK;
    case NODE_CONDITION:
        return run_condition(e, n, input, frame, out);
    case NODE_BLOCK:
        return run_block(e, n, input, frame, out);
    case NODE_BIND:
        return run_bind(e, n, input, frame, out);
    case NODE_REGEX:
        *out = jsonata_regex_value(e, n);
        return OK;
    case NODE_CALL:
        return jsonata_call_node(e, n, input, frame, out);
    case NODE_PARTIAL:
        return jsonata_partial(e, n, input, frame, out);
    case NODE_VARIABLE:
        return run_variable(e, n, input, frame, out);
    case NODE_LAMBDA:
        *out = jsonata_lambda(e, n, input, frame);
        return OK;
    case NODE_APPLY:
        return jsonata_apply_node(e, n, input, frame, out);
    case NODE_TRANSFORM:
        *out = transform_function(e, n, frame);
        return OK;
    case NODE_PLACEHOLDER:
    case NODE_SORT:
    case NODE_TERM:
        return OK;
    }
    return OK;
}

static enum status run_extras(struct evaluation *e, const struct node *n, struct frame *frame,
                              struct json *out)
{
    const struct extras *extras = n->extras;

    for (size_t i = 0; i < extras->predicates.count; i++) {
        const struct stage *stage = extras->predicates.items[i];
        TRY(jsonata_filter(e, stage->filter, out, frame));
    }
    if (extras->group && n->kind != NODE_PATH)
        return jsonata_group(e, extras->group, *out, frame, out);
    return OK;
}

static void unwrap(const struct node *n, struct json *v)
{
    if (v->type != JSON_ARRAY || (v->flags & (VALUE_SEQUENCE | VALUE_TUPLES)) != VALUE_SEQUENCE)
        return;
    if (n->keep_array)
        v->flags |= VALUE_KEEP;
    if (v->count == 0)
        *v = value_none();
    else if (v->count == 1 && !(v->flags & VALUE_KEEP))
        *v = v->items[0];
}

enum status jsonata_run(struct evaluation *e, const struct node *n, struct json input,
                        struct frame *frame, struct json *out)
{
    *out = value_none();
    TRY(jsonata_step(e, 1));
    if (++e->nesting > JSONATA_RUN_NESTING_MAX) {
        (void)jsonata_raise(e, (struct trouble){.code = "D1011"});
        return LIMIT;
    }
    TRY(run_kind(e, n, input, frame, out));
    if (n->extras && !n->tail)
        TRY(run_extras(e, n, frame, out));
    unwrap(n, out);
    e->nesting--;
    return OK;
}

static enum status evaluate(struct evaluation *e, const struct jsonata *expression,
                            struct json input, struct json *out)
{
    struct json result = value_none();
    void *functions = NULL;

    TRY(jsonata_step(e, 1)); // there is room for small pieces
    struct frame *frame = jsonata_frame(e, NULL);
    struct json *item = jsonata_small(e, sizeof *item);
    e->root = input;
    e->symbols = expression->symbols;
    TRY(jsonata_lasting(e, (expression->symbols->function_count + 1) * sizeof(void *), &functions));
    e->functions = functions;
    e->calls_max =
        e->environment->depth_max ? e->environment->depth_max : (unsigned)CALLS_MAX_DEFAULT;
    if (input.type == JSON_ARRAY) {
        *item = input;
        TRY(jsonata_array(e, item, 1, VALUE_SEQUENCE | VALUE_WRAPPER, &input));
    }
    TRY(jsonata_run(e, expression->root, input, frame, &result));
    return jsonata_export(e, result, out);
}

enum status jsonata_evaluate(struct scope *s, const struct jsonata *expression, struct json input,
                             const struct jsonata_environment *environment, struct json *out,
                             struct jsonata_error *error)
{
    static const struct jsonata_environment none = {0};
    struct evaluation e = jsonata_evaluation(s, environment ? environment : &none);
    struct jsonata_error told = {0};
    enum status status = evaluate(&e, expression, input, out);

    if (status != OK) {
        *out = value_none();
        if (e.raised.trouble.code)
            jsonata_tell(s, expression->text, &e.raised, &told);
        (void)fail(s, status, "%s at %zu: %.*s", told.code, told.position, STR(told.message));
    }
    if (error)
        *error = told;
    return status;
}
