// Map: which items, how many at once, and what an iteration is given.
// Source: the States Language, Map State; the events that AWS's service records.
#include "core/scope.h"
#include "flow/path.h"
#include "flow/step_rules_impl.h"
#include "flow/template.h"

#include <assert.h>

static enum status items_of_jsonata(struct step *st, struct data *d, struct json *out)
{
    const struct map_state *map = &d->state->map;
    bool objects = map->distributed;

    if (!operand_given(&map->items)) {
        *out = d->raw;
        if (json_is(*out, JSON_ARRAY) || (objects && json_is(*out, JSON_OBJECT)))
            return OK;
        return refuse(st, "States.QueryEvaluationError",
                      "Map state input must be an array but was: %.*s",
                      STR(json_to_str(st->s, *out)));
    }
    TRY(data_operand(st, d, &map->items, JSON_NONE, out));
    if (json_is(*out, JSON_ARRAY) || (objects && json_is(*out, JSON_OBJECT)))
        return OK;
    if (map->items.expression)
        return template_expect(st->s, map->items.expression, *out, JSON_ARRAY, &st->failure);
    return refuse(st, "States.QueryEvaluationError",
                  "Map state input must be an array but was: %.*s", STR(json_to_str(st->s, *out)));
}

static enum status items_of_jsonpath(struct step *st, struct data *d, struct json *out)
{
    const struct map_state *map = &d->state->map;

    *out = d->input;
    d->eval.input = d->input;
    if (map->items_path.path)
        TRY(path_evaluate(st->s, map->items_path.path, &d->eval, out, &st->failure));
    if (json_is(*out, JSON_ARRAY) || (map->distributed && json_is(*out, JSON_OBJECT)))
        return OK;
    struct str path = map->items_path.path ? path_text(map->items_path.path) : str("$");
    return refuse(st, "States.Runtime", "Reference path \"%.*s\" must point to array.", STR(path));
}

static enum status items_find(struct step *st, struct data *d, struct json *out)
{
    return d->state->language == QUERY_JSONATA ? items_of_jsonata(st, d, out)
                                               : items_of_jsonpath(st, d, out);
}

static void record_started(struct step *st, struct frame *f, size_t length)
{
    struct object o = {0};

    object_put(&o, "length", json_i64(st->s, (int64_t)length));
    history_next(st, f, "MapStateStarted", "mapStateStartedEventDetails", object_json(st->s, &o));
    f->started_event = f->last_event;
}

static enum status concurrency_read(struct step *st, struct frame *f, struct data *d)
{
    bool given = false;
    int64_t most = 0;

    TRY(data_whole(st, d, &d->state->map.concurrency_max, "MaxConcurrency", &given, &most));
    if (most < 0)
        return refuse(st, "States.Runtime", "MaxConcurrency cannot be negative.");
    f->concurrency_max = most > UINT32_MAX ? 0 : (uint32_t)most;
    return OK;
}

enum status map_begin(struct step *st, struct frame *f)
{
    struct data d = {0};
    struct json items = {0};

    TRY(data_open(st, f, &d));
    const struct map_state *map = &d.state->map;
    TRY(concurrency_read(st, f, &d));
    if (!map->reader)
        TRY(items_find(st, &d, &items));
    record_started(st, f, json_is(items, JSON_NONE) ? 0 : items.count);
    if (map->reader)
        return run_read(st, f, &d);
    if (map->distributed)
        return run_begin(st, f, &d, items);
    payload_set(&f->items, items);
    return children_begin(st, f, items.count);
}

// Some items from one on, to be kept with the frame.
static struct json items_from(struct json items, uint32_t first)
{
    enum { NEAR_ITEMS = 64 };
    uint32_t left = items.count - first;
    uint32_t count = left < NEAR_ITEMS ? left : NEAR_ITEMS;

    return json_is(items, JSON_OBJECT) ? json_object(items.members + first, count)
                                       : json_array(items.items + first, count);
}

// Gives a list that has the item that comes next, and which one of the list is it. Reading all
// items from where they rest costs as much as there are, and so is done once for many iterations.
static enum status items_near(struct step *st, struct frame *f, struct json *items, uint32_t *at)
{
    uint32_t next = f->started;

    TRY(payload_get(st, &f->near, items));
    if (next >= f->near_first && next - f->near_first < items->count) {
        *at = next - f->near_first;
        return OK;
    }
    bool rest = json_is(f->items.value, JSON_NONE);
    TRY(payload_get(st, &f->items, items));
    if (next >= items->count)
        return fail(st->s, CORRUPT, "frame %u has fewer items than children", f->id);
    if (rest) {
        payload_set(&f->near, items_from(*items, next));
        f->near_first = next;
        frame_touch(st, f);
    }
    *at = next;
    return OK;
}

// Sets the item of the next iteration, and what it is given.
static enum status select_item(struct step *st, struct frame *f, struct frame *child)
{
    const struct template *selector = frame_state(st, f)->map.item_selector;
    struct json items = {0};
    uint32_t at = 0;
    struct data d = {0};
    struct json input = {0};

    TRY(items_near(st, f, &items, &at));
    if (json_is(items, JSON_OBJECT)) {
        child->item_key = items.members[at].name;
        payload_set(&child->item, items.members[at].value);
    } else {
        payload_set(&child->item, items.items[at]);
    }
    child->input = child->item;
    if (!selector || f->batched)
        return OK;
    TRY(data_of_item(st, f, child, &d));
    TRY(data_arguments(st, &d, selector, &input));
    payload_set(&child->input, input);
    return OK;
}

enum status map_child(struct step *st, struct frame *f, uint64_t previous)
{
    const struct map_state *map = &frame_state(st, f)->map;
    struct frame draft = {.parent = f->id, .index = f->started};

    TRY(select_item(st, f, &draft)); // before there is an iteration that could fail
    struct frame *child = child_make(st, f);
    child->machine = map->processor;
    child->state = st->d->machines[map->processor].start;
    child->last_event = previous;
    child->input = draft.input;
    if (map->distributed) {
        run_child(st, f, child, false);
        return OK;
    }
    child->item = draft.item;
    child->item_key = draft.item_key;
    child->last_event = history_iteration(st, previous, "Started", f, child->index);
    ready_push(st, child->id);
    return OK;
}
