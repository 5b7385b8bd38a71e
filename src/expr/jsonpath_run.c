// Selecting, depth first: what a segment selects goes on to the next one at once, so only the
// result takes memory, and its order is that of RFC 9535. Every node that is looked at is a step.
#include "expr/jsonpath_run_impl.h"

#include "core/scope.h"

#include <assert.h>

enum { SINK_ROOM_FIRST = 16 };

enum status jsonpath_spend(struct jsonpath_run *run, size_t steps)
{
    if (steps > run->steps_left)
        return fail(run->s, LIMIT, "the JSONPath needs too many steps");
    run->steps_left -= steps;
    return OK;
}

// Copies `count` items into memory for twice as many, or the first few.
static enum status grow(struct jsonpath_run *run, struct jsonpath_sink *sink)
{
    size_t room = sink->room ? sink->room * 2 : SINK_ROOM_FIRST;
    size_t item_bytes = sizeof *sink->values + (sink->with_locations ? sizeof(void *) : 0);
    struct json *values = NULL;

    if (!scope_has_room(run->s, room * item_bytes))
        return fail(run->s, TOO_LARGE, "the JSONPath selects more than there is room for");
    values = scope_array(run->s, room, sizeof *values);
    if (sink->count)
        memcpy(values, sink->values, sink->count * sizeof *values);
    sink->values = values;
    if (sink->with_locations) {
        const struct jsonpath_location **locations =
            scope_array(run->s, room, sizeof(const struct jsonpath_location *));
        for (size_t i = 0; i < sink->count; i++)
            locations[i] = sink->locations[i];
        sink->locations = locations;
    }
    sink->room = room;
    return OK;
}

static enum status put(struct jsonpath_run *run, struct jsonpath_node node,
                       struct jsonpath_sink *sink)
{
    if (sink->only_count) {
        if (sink->count++ == 0)
            *sink->values = node.value;
        return OK;
    }
    if (sink->count == sink->room)
        TRY(grow(run, sink));
    if (sink->with_locations)
        sink->locations[sink->count] = node.location;
    sink->values[sink->count++] = node.value;
    return OK;
}

static bool is_full(const struct jsonpath_sink *sink)
{
    return sink->first_only && sink->count > 0;
}

// Returns where a child lies; NULL when nobody asked for that.
static enum status locate(struct jsonpath_run *run, const struct jsonpath_sink *sink,
                          const struct jsonpath_location *parent, struct jsonpath_step step,
                          const struct jsonpath_location **out)
{
    if (!sink->with_locations)
        return OK;
    if (!scope_has_room(run->s, sizeof **out))
        return fail(run->s, TOO_LARGE, "the JSONPath selects more than there is room for");
    struct jsonpath_location *location = scope_new(run->s, struct jsonpath_location);
    *location = (struct jsonpath_location){parent, step};
    *out = location;
    return OK;
}

// Gives the member or item at `index`.
static enum status child_at(struct jsonpath_run *run, const struct jsonpath_sink *sink,
                            struct jsonpath_node node, size_t index, struct jsonpath_node *out)
{
    struct jsonpath_step step = {.index = (int64_t)index};

    TRY(jsonpath_spend(run, 1));
    if (json_is(node.value, JSON_OBJECT)) {
        step.name = node.value.members[index].name;
        out->value = node.value.members[index].value;
    } else {
        out->value = node.value.items[index];
    }
    return locate(run, sink, node.location, step, &out->location);
}

static bool is_container(struct json j)
{
    return json_is(j, JSON_ARRAY) || json_is(j, JSON_OBJECT);
}

// Returns the place that an index names in an array; array.count when there is none.
static size_t place_of(struct json array, int64_t index)
{
    if (!json_is(array, JSON_ARRAY))
        return array.count;
    if (index < 0)
        index += array.count;
    return index < 0 || index >= array.count ? array.count : (size_t)index;
}

// Gives what a name or an index selects; a value of JSON_NONE: nothing.
static enum status single_child(struct jsonpath_run *run, const struct jsonpath_sink *sink,
                                const struct selector *selector, struct jsonpath_node node,
                                struct jsonpath_node *out)
{
    struct jsonpath_step step = {.name = selector->name};

    *out = (struct jsonpath_node){0};
    TRY(jsonpath_spend(run, 1));
    if (selector->kind == SELECT_NAME) {
        out->value = json_get(node.value, selector->name);
    } else {
        size_t place = place_of(node.value, selector->from);
        step.index = (int64_t)place;
        out->value = json_at(node.value, place);
    }
    if (json_is(out->value, JSON_NONE))
        return OK;
    return locate(run, sink, node.location, step, &out->location);
}

static enum status walk(struct jsonpath_run *run, const struct segment *segment,
                        struct jsonpath_node node, struct jsonpath_sink *sink);

static enum status select_all(struct jsonpath_run *run, const struct segment *next,
                              struct jsonpath_node node, struct jsonpath_sink *sink)
{
    for (size_t i = 0; is_container(node.value) && i < node.value.count && !is_full(sink); i++) {
        struct jsonpath_node child = {0};
        TRY(child_at(run, sink, node, i, &child));
        TRY(walk(run, next, child, sink));
    }
    return OK;
}

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

// RFC 9535, 2.3.4.2: bounds below 0 count from the end, and are cut to what is there.
static enum status select_slice(struct jsonpath_run *run, const struct selector *slice,
                                const struct segment *next, struct jsonpath_node node,
                                struct jsonpath_sink *sink)
{
    int64_t count = json_is(node.value, JSON_ARRAY) ? (int64_t)node.value.count : 0;
    int64_t step = slice->step;
    int64_t low = step < 0 ? -1 : 0;
    int64_t from = step < 0 ? count - 1 : 0;
    int64_t to = step < 0 ? -1 : count;

    if (slice->has_from)
        from = clamp(slice->from < 0 ? slice->from + count : slice->from, low, count + low);
    if (slice->has_to)
        to = clamp(slice->to < 0 ? slice->to + count : slice->to, low, count + low);
    for (int64_t i = from; step && (step > 0 ? i < to : i > to) && !is_full(sink); i += step) {
        struct jsonpath_node child = {0};
        TRY(child_at(run, sink, node, (size_t)i, &child));
        TRY(walk(run, next, child, sink));
    }
    return OK;
}

// The States flavour, as Jayway: a filter on an object asks about that object. Of the items, AWS
// says, it matches objects only.
static enum status select_matching(struct jsonpath_run *run, const struct selector *filter,
                                   const struct segment *next, struct jsonpath_node node,
                                   struct jsonpath_sink *sink)
{
    bool states = run->flavour == JSONPATH_STATES;
    bool right = false;

    if (states && json_is(node.value, JSON_OBJECT)) {
        TRY(jsonpath_decide(run, filter->filter, node.value, &right));
        return right ? walk(run, next, node, sink) : OK;
    }
    for (size_t i = 0; is_container(node.value) && i < node.value.count && !is_full(sink); i++) {
        struct jsonpath_node child = {0};
        TRY(child_at(run, sink, node, i, &child));
        if (states && !json_is(child.value, JSON_OBJECT))
            continue;
        TRY(jsonpath_decide(run, filter->filter, child.value, &right));
        if (right)
            TRY(walk(run, next, child, sink));
    }
    return OK;
}

// Jayway: ['a','b'] at the end gives one object of what is there of these.
static enum status select_merged(struct jsonpath_run *run, const struct selector *merge,
                                 struct jsonpath_node node, struct jsonpath_sink *sink)
{
    struct json merged = json_object(NULL, 0);

    if (!json_is(node.value, JSON_OBJECT))
        return OK;
    for (const struct selector *each = merge->merged; each; each = each->next) {
        struct json value = json_get(node.value, each->name);
        TRY(jsonpath_spend(run, 1 + merged.count));
        if (json_is(value, JSON_NONE))
            continue;
        if (!scope_has_room(run->s, (merged.count + 1) * sizeof *merged.members))
            return fail(run->s, TOO_LARGE, "the JSONPath selects more than there is room for");
        merged = json_with(run->s, merged, each->name, value);
    }
    return put(run, (struct jsonpath_node){merged, node.location}, sink);
}

static enum status select_one(struct jsonpath_run *run, const struct selector *selector,
                              const struct segment *next, struct jsonpath_node node,
                              struct jsonpath_sink *sink)
{
    struct jsonpath_node child = {0};

    switch (selector->kind) {
    case SELECT_ALL:
        return select_all(run, next, node, sink);
    case SELECT_SLICE:
        return select_slice(run, selector, next, node, sink);
    case SELECT_FILTER:
        return select_matching(run, selector, next, node, sink);
    case SELECT_MERGE:
        return select_merged(run, selector, node, sink);
    case SELECT_NAME:
    case SELECT_INDEX:
        break;
    }
    TRY(single_child(run, sink, selector, node, &child));
    return json_is(child.value, JSON_NONE) ? OK : walk(run, next, child, sink);
}

static enum status select_here(struct jsonpath_run *run, const struct segment *segment,
                               struct jsonpath_node node, struct jsonpath_sink *sink)
{
    for (const struct selector *each = segment->selectors; each && !is_full(sink);
         each = each->next)
        TRY(select_one(run, each, segment->next, node, sink));
    return OK;
}

static enum status enter(struct jsonpath_run *run)
{
    if (++run->depth > JSONPATH_DEPTH_MAX)
        return fail(run->s, LIMIT, "the JSONPath goes deeper than %d", JSONPATH_DEPTH_MAX);
    return OK;
}

// A node, then all below it, in the order in which they stand.
static enum status descend(struct jsonpath_run *run, const struct segment *segment,
                           struct jsonpath_node node, struct jsonpath_sink *sink)
{
    TRY(enter(run));
    TRY(select_here(run, segment, node, sink));
    for (size_t i = 0; is_container(node.value) && i < node.value.count && !is_full(sink); i++) {
        struct jsonpath_node child = {0};
        TRY(child_at(run, sink, node, i, &child));
        if (is_container(child.value))
            TRY(descend(run, segment, child, sink));
    }
    run->depth--;
    return OK;
}

// Goes on from a node: names and indexes one after the other, everything else by recursion.
static enum status walk(struct jsonpath_run *run, const struct segment *segment,
                        struct jsonpath_node node, struct jsonpath_sink *sink)
{
    while (segment && segment->single) {
        TRY(single_child(run, sink, segment->selectors, node, &node));
        if (json_is(node.value, JSON_NONE))
            return OK;
        segment = segment->next;
    }
    if (!segment)
        return put(run, node, sink);
    if (segment->descendant)
        return descend(run, segment, node, sink);
    TRY(enter(run));
    TRY(select_here(run, segment, node, sink));
    run->depth--;
    return OK;
}

enum status jsonpath_run_query(struct jsonpath_run *run, const struct query *query,
                               struct jsonpath_node from, struct jsonpath_sink *sink)
{
    assert(!(sink->only_count && sink->with_locations));
    return walk(run, query->segments, from, sink);
}

struct json jsonpath_follow(const struct jsonpath_run *run, const struct query *query,
                            struct json current)
{
    struct json at = query->relative ? current : run->root;

    assert(query->singular);
    for (const struct segment *each = query->segments; each; each = each->next) {
        const struct selector *selector = each->selectors;
        if (selector->kind == SELECT_NAME)
            at = json_get(at, selector->name);
        else
            at = json_at(at, place_of(at, selector->from));
    }
    return at;
}
