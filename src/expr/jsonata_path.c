// Paths: each step is run on every item of what the step before it gave, and what comes of it is
// one flat sequence. Paths of names alone, which are most, follow objects without making any.
#include "expr/jsonata_tree_impl.h"

static struct json as_sequence(const struct json *item)
{
    struct json v = json_array(item, 1);

    v.flags = VALUE_SEQUENCE | VALUE_MADE;
    return v;
}

static enum status run_step_once(struct evaluation *e, const struct node *step, struct json input,
                                 struct frame *frame, struct json *out)
{
    struct extras *extras = step->extras;

    *out = value_none();
    TRY(jsonata_run(e, step, input, frame, out));
    for (size_t i = 0; extras && i < extras->stages.count; i++) {
        const struct stage *stage = extras->stages.items[i];
        if (stage->filter)
            TRY(jsonata_filter(e, stage->filter, out, frame));
    }
    return OK;
}

static bool flattens(struct json v)
{
    return v.type == JSON_ARRAY && !(v.flags & VALUE_CONS);
}

// Makes the results from `begun` on one sequence, in which arrays are replaced by their items.
static enum status flatten(struct evaluation *e, size_t begun, struct json *out)
{
    size_t results = jsonata_count(e, begun);
    struct json *items = NULL;
    size_t count = 0;
    bool flat = true;

    for (size_t i = 0; i < results; i++) {
        bool array = flattens(e->stack[begun + i]);
        count += array ? e->stack[begun + i].count : 1;
        flat = flat && !array;
    }
    if (flat)
        return jsonata_finish(e, begun, VALUE_SEQUENCE, out);
    TRY(jsonata_items(e, count, &items));
    struct json *to = items;
    for (size_t i = 0; i < results; i++) {
        struct json v = e->stack[begun + i];
        size_t taken = flattens(v) ? v.count : 1;
        if (taken)
            memcpy(to, flattens(v) ? v.items : &v, taken * sizeof *to);
        to += taken;
    }
    e->stack_count = begun;
    TRY(jsonata_step(e, count / 16));
    return jsonata_array(e, items, count, VALUE_SEQUENCE, out);
}

// Runs a step on each item. At the end of a path a single array stays as it is.
static enum status run_step(struct evaluation *e, const struct node *step, struct json input,
                            bool last, struct frame *frame, struct json *out)
{
    size_t begun = jsonata_begin(e);
    bool simple = step->kind == NODE_NAME && !step->extras;

    TRY(jsonata_step(e, input.count));
    for (size_t i = 0; i < input.count; i++) {
        struct json result = {0};
        if (simple && input.items[i].type == JSON_OBJECT)
            result = json_get(value_object(input.items[i]), step->name);
        else
            TRY(run_step_once(e, step, input.items[i], frame, &result));
        if (result.type != JSON_NONE)
            TRY(jsonata_push(e, result));
    }
    if (last && jsonata_count(e, begun) == 1 && value_is_array(e->stack[begun]) &&
        !value_is_sequence(e->stack[begun])) {
        *out = e->stack[begun];
        e->stack_count = begun;
        return OK;
    }
    return flatten(e, begun, out);
}

static enum status run_sort(struct evaluation *e, const struct node *step, struct json input,
                            struct frame *frame, struct json *out)
{
    TRY(jsonata_sort(e, step, input, frame, out));
    return jsonata_run_stages(e, step, out, frame);
}

struct walk {
    struct json sequence; // what the steps so far gave
    struct json tuples;   // likewise, from the first step that binds variables on
    bool tupled;
};

// What a path starts with if it is an array constructor: the array is not a context to run on.
static enum status run_first(struct evaluation *e, const struct node *step, struct json input,
                             struct frame *frame, struct json *out)
{
    TRY(jsonata_run(e, step, input, frame, out));
    if (out->type != JSON_STRING)
        return OK;
    size_t begun = jsonata_begin(e); // the reference walks its characters
    for (size_t i = 0; i < out->count;) {
        size_t next = i + 1;
        while (next < out->count && ((uint8_t)out->text[next] & 0xC0) == 0x80)
            next++;
        TRY(jsonata_push(e, json_string(str_of(out->text + i, next - i))));
        i = next;
    }
    return jsonata_finish(e, begun, VALUE_SEQUENCE, out);
}

static enum status run_one(struct evaluation *e, const struct node *n, size_t index,
                           struct frame *frame, struct walk *w)
{
    const struct node *step = n->list[index];
    struct json result = value_none();

    w->tupled |= step->tuple;
    if (index == 0 && step->cons)
        TRY(run_first(e, step, w->sequence, frame, &result));
    else if (w->tupled)
        TRY(jsonata_run_tuple_step(e, step, w->sequence, &w->tuples, frame));
    else if (step->kind == NODE_SORT)
        TRY(run_sort(e, step, w->sequence, frame, &result));
    else
        TRY(run_step(e, step, value_is_array(w->sequence) ? w->sequence : json_array(NULL, 0),
                     index + 1 == n->count, frame, &result));
    if (!step->extras || !step->extras->focus)
        w->sequence = result;
    return OK;
}

static bool is_empty(struct json v)
{
    return v.type == JSON_NONE || (v.type == JSON_ARRAY && v.count == 0);
}

static enum status run_steps(struct evaluation *e, const struct node *n, size_t from,
                             struct frame *frame, struct walk *w)
{
    for (size_t i = from; i < n->count; i++) {
        TRY(run_one(e, n, i, frame, w));
        if (!w->tupled && is_empty(w->sequence))
            return OK;
    }
    return OK;
}

// The contexts of the tuples, without what they bind.
static enum status contexts(struct evaluation *e, struct json tuples, struct json *out)
{
    struct json *items = NULL;

    TRY(jsonata_items(e, tuples.count, &items));
    for (size_t i = 0; i < tuples.count; i++)
        items[i] =
            tuples.items[i].type == VALUE_TUPLE ? tuple_of(tuples.items[i])->at : value_none();
    return jsonata_array(e, items, tuples.count, VALUE_SEQUENCE, out);
}

static void keep_singleton(struct evaluation *e, struct json *v)
{
    if (v->type != JSON_ARRAY)
        return;
    if (v->flags & VALUE_CONS && !(v->flags & VALUE_SEQUENCE)) {
        struct json *item = jsonata_small(e, sizeof *item);
        *item = *v;
        *v = as_sequence(item);
    }
    v->flags |= VALUE_KEEP | VALUE_MADE;
}

static enum status finish_path(struct evaluation *e, const struct node *n, struct walk *w,
                               struct frame *frame, struct json *out)
{
    const struct group *group = n->extras ? n->extras->group : NULL;

    *out = w->sequence;
    if (w->tupled && n->tuple)
        *out = w->tuples;
    else if (w->tupled)
        TRY(contexts(e, w->tuples, out));
    if (n->keep_singleton)
        keep_singleton(e, out);
    if (group)
        return jsonata_group(e, group, w->tupled ? w->tuples : *out, frame, out);
    return OK;
}

// Follows plain names as long as there is one value. Returns how many steps that were; `*v` is
// what the last of them gave.
static size_t follow_names(const struct node *n, struct json *v)
{
    size_t i = 0;

    while (i < n->count && v->type == JSON_OBJECT) {
        const struct node *step = n->list[i];
        if (step->kind != NODE_NAME || step->extras || step->tuple)
            return i;
        *v = json_get(value_object(*v), step->name);
        i++;
        if (v->type == JSON_ARRAY)
            return i;
    }
    return i;
}

// What a step gave, as what the next step runs on. At the end an array stays as it is.
static struct json sequence_of(struct evaluation *e, struct json found, bool last)
{
    if (found.type == JSON_NONE || (last && value_is_array(found) && !value_is_sequence(found)))
        return found;
    if (flattens(found)) {
        found.flags = VALUE_SEQUENCE | VALUE_MADE;
        return found;
    }
    struct json *item = jsonata_small(e, sizeof *item);
    *item = found;
    return as_sequence(item);
}

enum status jsonata_run_path(struct evaluation *e, const struct node *n, struct json input,
                             struct frame *frame, struct json *out)
{
    struct json found = input;
    size_t followed = follow_names(n, &found);
    bool plain = !n->keep_singleton && !(n->extras && n->extras->group);

    if (plain && followed > 0 &&
        (found.type == JSON_NONE || (followed == n->count && found.type != JSON_ARRAY))) {
        *out = found;
        return OK;
    }
    struct walk w = {.sequence = input};
    if (followed > 0) {
        w.sequence = sequence_of(e, found, followed == n->count);
    } else if (input.type != JSON_ARRAY || n->list[0]->kind == NODE_VARIABLE) {
        struct json *item = jsonata_small(e, sizeof *item);
        *item = input;
        w.sequence = as_sequence(item);
    }
    if (followed == 0 || !is_empty(w.sequence))
        TRY(run_steps(e, n, followed, frame, &w));
    return finish_path(e, n, &w, frame, out);
}
