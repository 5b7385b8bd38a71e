// Filters, and the stages of a step: filters and positions.
#include "expr/jsonata_arena_impl.h"
#include "expr/jsonata_tree_impl.h"

#include <math.h>

// The item at a position, counted from the end when it is negative; false when there is none.
static bool item_at(struct json array, double position, struct json *out)
{
    double index = floor(position);

    index = index < 0 ? index + array.count : index;
    if (!(index >= 0 && index < array.count))
        return false;
    *out = array.items[(size_t)index];
    return true;
}

static enum status filter_at(struct evaluation *e, double position, struct json array,
                             unsigned flags, struct json *out)
{
    size_t begun = jsonata_begin(e);
    struct json item = value_none();

    if (item_at(array, position, &item) && value_is_array(item)) {
        *out = item;
        return OK;
    }
    if (item.type != JSON_NONE)
        TRY(jsonata_push(e, item));
    return jsonata_finish(e, begun, flags, out);
}

static enum status all_numeric(struct evaluation *e, struct json v, bool *out)
{
    *out = v.type == JSON_ARRAY;
    if (v.type != JSON_ARRAY)
        return jsonata_is_numeric(e, v, out);
    for (size_t i = 0; i < v.count; i++) {
        bool numeric = false;
        TRY(jsonata_step(e, 1));
        TRY(jsonata_is_numeric(e, v.items[i], &numeric));
        *out = *out && numeric;
    }
    return OK;
}

static bool names_position(struct json number, size_t index, size_t count)
{
    double position = floor(value_number(number));

    return (position < 0 ? position + (double)count : position) == (double)index;
}

// Keeps an item as often as the numbers name its position.
static enum status keep_positions(struct evaluation *e, struct json numbers, struct json item,
                                  size_t index, size_t count)
{
    if (!value_is_array(numbers))
        return names_position(numbers, index, count) ? jsonata_push(e, item) : OK;
    for (size_t i = 0; i < numbers.count; i++)
        if (names_position(numbers.items[i], index, count))
            TRY(jsonata_push(e, item));
    return OK;
}

static enum status filter_item(struct evaluation *e, const struct node *predicate,
                               struct json array, size_t index, struct frame *frame)
{
    struct json item = array.items[index];
    struct json context = item;
    struct json found = value_none();
    bool holds = false;
    struct mark mark = jsonata_mark(e);

    if (array.flags & VALUE_TUPLES) {
        context = tuple_of(item)->at;
        frame = jsonata_tuple_frame(e, frame, tuple_of(item));
    }
    TRY(jsonata_run(e, predicate, context, frame, &found));
    jsonata_release(e, mark, found);
    TRY(all_numeric(e, found, &holds));
    if (holds)
        return keep_positions(e, found, item, index, array.count);
    TRY(jsonata_truth(e, found, &holds));
    return holds ? jsonata_push(e, item) : OK;
}

enum status jsonata_filter(struct evaluation *e, const struct node *predicate, struct json *result,
                           struct frame *frame)
{
    struct json single = *result;
    struct json array = value_is_array(single) ? single : json_array(&single, 1);
    unsigned flags = VALUE_SEQUENCE | (array.flags & VALUE_TUPLES);

    if (predicate->kind == NODE_NUMBER)
        return filter_at(e, value_number(predicate->value), array, flags, result);
    size_t begun = jsonata_begin(e);
    for (size_t i = 0; i < array.count; i++)
        TRY(filter_item(e, predicate, array, i, frame));
    return jsonata_finish(e, begun, flags, result);
}

static enum status number_tuples(struct evaluation *e, struct json tuples,
                                 const struct symbol *index)
{
    for (size_t i = 0; i < tuples.count; i++) {
        TRY(jsonata_step(e, 1));
        struct tuple *t = tuples.items[i].type == VALUE_TUPLE ? tuple_of(tuples.items[i]) : NULL;
        if (t)
            t->bindings = jsonata_binding(e, t->bindings, index, value_double((double)i));
    }
    return OK;
}

enum status jsonata_run_stages(struct evaluation *e, const struct node *step, struct json *result,
                               struct frame *frame)
{
    size_t count = step->extras ? step->extras->stages.count : 0;

    for (size_t i = 0; i < count; i++) {
        const struct stage *stage = step->extras->stages.items[i];
        TRY(jsonata_step(e, value_is_array(*result) ? result->count : 1));
        if (stage->filter)
            TRY(jsonata_filter(e, stage->filter, result, frame));
        else if (value_is_array(*result))
            TRY(number_tuples(e, *result, stage->index));
    }
    return OK;
}
