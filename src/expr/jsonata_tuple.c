// Steps that bind variables: from there on a path carries tuples, each a context and what is bound
// around it.
#include "expr/jsonata_tree_impl.h"

static struct json tuple_value(struct tuple *t)
{
    return (struct json){.type = VALUE_TUPLE, .text = (const char *)(const void *)t};
}

static struct tuple *tuple_new(struct evaluation *e, struct json at, struct binding *bindings)
{
    struct tuple *t = jsonata_small(e, sizeof *t);

    *t = (struct tuple){at, bindings};
    return t;
}

// Adds bindings that a path inside the step has made, in their order.
static enum status merge(struct evaluation *e, struct binding *to, const struct binding *from,
                         struct binding **out)
{
    struct binding **end = out;

    for (; from; from = from->next) {
        TRY(jsonata_step(e, 1));
        *end = jsonata_binding(e, NULL, from->symbol, from->value);
        end = &(*end)->next;
    }
    *end = to;
    return OK;
}

static struct tuple *extend(struct evaluation *e, const struct node *step, const struct tuple *from,
                            struct json item, size_t index)
{
    const struct extras *extras = step->extras;
    struct tuple *t = tuple_new(e, item, from->bindings);

    if (!extras)
        return t;
    if (extras->focus) {
        t->bindings = jsonata_binding(e, t->bindings, extras->focus, item);
        t->at = from->at;
    }
    if (extras->index)
        t->bindings = jsonata_binding(e, t->bindings, extras->index, value_double((double)index));
    if (extras->ancestor)
        t->bindings = jsonata_binding(e, t->bindings, extras->ancestor->label, from->at);
    return t;
}

static enum status push_results(struct evaluation *e, const struct node *step,
                                const struct tuple *from, struct json results)
{
    bool tuples = results.flags & VALUE_TUPLES;

    for (size_t i = 0; i < results.count; i++) {
        struct json item = results.items[i];
        TRY(jsonata_step(e, 1));
        struct tuple *t =
            tuples ? tuple_new(e, tuple_of(item)->at, NULL) : extend(e, step, from, item, i);
        if (tuples)
            TRY(merge(e, from->bindings, tuple_of(item)->bindings, &t->bindings));
        TRY(jsonata_push(e, tuple_value(t)));
    }
    return OK;
}

static enum status run_on_tuple(struct evaluation *e, const struct node *step,
                                const struct tuple *t, struct frame *frame)
{
    struct json result = value_none();

    TRY(jsonata_run(e, step, t->at, jsonata_tuple_frame(e, frame, t), &result));
    if (result.type == JSON_NONE)
        return OK;
    return push_results(e, step, t, value_is_array(result) ? result : json_array(&result, 1));
}

static enum status first_tuples(struct evaluation *e, struct json input, struct json *out)
{
    size_t begun = jsonata_begin(e);

    for (size_t i = 0; value_is_array(input) && i < input.count; i++) {
        TRY(jsonata_step(e, 1));
        TRY(jsonata_push(e, tuple_value(tuple_new(e, input.items[i], NULL))));
    }
    return jsonata_finish(e, begun, VALUE_TUPLES, out);
}

static enum status sort_tuples(struct evaluation *e, const struct node *step, struct json input,
                               struct json *tuples, struct frame *frame)
{
    bool first = tuples->type == JSON_NONE;
    struct json sorted = value_none();

    TRY(jsonata_sort(e, step, first ? input : *tuples, frame, &sorted));
    if (first) {
        TRY(first_tuples(e, sorted, tuples));
        for (size_t i = 0; step->extras && step->extras->index && i < tuples->count; i++) {
            TRY(jsonata_step(e, 1));
            struct tuple *t = tuple_of(tuples->items[i]);
            t->bindings =
                jsonata_binding(e, t->bindings, step->extras->index, value_double((double)i));
        }
        tuples->flags |= VALUE_SEQUENCE;
    } else {
        *tuples = sorted;
    }
    return jsonata_run_stages(e, step, tuples, frame);
}

enum status jsonata_run_tuple_step(struct evaluation *e, const struct node *step, struct json input,
                                   struct json *tuples, struct frame *frame)
{
    struct json from = *tuples;

    if (step->kind == NODE_SORT)
        return sort_tuples(e, step, input, tuples, frame);
    if (from.type == JSON_NONE)
        TRY(first_tuples(e, input, &from));
    size_t begun = jsonata_begin(e);
    for (size_t i = 0; i < from.count; i++)
        if (from.items[i].type == VALUE_TUPLE)
            TRY(run_on_tuple(e, step, tuple_of(from.items[i]), frame));
    TRY(jsonata_finish(e, begun, VALUE_SEQUENCE | VALUE_TUPLES, tuples));
    return jsonata_run_stages(e, step, tuples, frame);
}
