// Objects: {name: value, ...} over each item of a sequence. Items of which a name comes out the
// same are taken together, and the value is worked out over all of them.
#include "expr/jsonata_tree_impl.h"

// The items of one name. More than one lie in `items`, arrays among them replaced by theirs.
struct gathered {
    struct json first;
    struct json *items;
    size_t count;
    size_t room;
};

struct entry {
    struct str name;
    size_t pair;
    struct gathered data;
    struct entry *next;
};

struct grouping {
    struct evaluation *e;
    const struct group *group;
    struct frame *frame;
    bool reduce;                // the items are tuples
    struct object_maker *names; // to a pointer to the entry, kept as text
    struct entry *first;
    struct entry **last;
};

static enum status room_for(struct evaluation *e, struct gathered *g, size_t more)
{
    size_t room = (g->count + more) * 2;
    struct json *larger = NULL;

    if (g->count + more <= g->room)
        return OK;
    TRY(jsonata_items(e, room, &larger));
    if (g->items)
        memcpy(larger, g->items, g->count * sizeof *larger);
    g->items = larger;
    g->room = room;
    return OK;
}

static enum status put(struct evaluation *e, struct gathered *g, struct json v)
{
    size_t count = value_is_array(v) ? v.count : 1;

    TRY(room_for(e, g, count));
    if (g->items && count)
        memcpy(g->items + g->count, value_is_array(v) ? v.items : &v, count * sizeof v);
    g->count += count;
    return OK;
}

static enum status gather(struct evaluation *e, struct gathered *g, struct json item)
{
    if (item.type == JSON_NONE)
        return OK;
    if (g->first.type == JSON_NONE) {
        g->first = item;
        return OK;
    }
    if (!g->items)
        TRY(put(e, g, g->first));
    return put(e, g, item);
}

static enum status gathered(struct evaluation *e, const struct gathered *g, unsigned flags,
                            struct json *out)
{
    *out = g->first;
    return g->items ? jsonata_array(e, g->items, g->count, flags, out) : OK;
}

static enum status refuse(struct grouping *g, const char *code, struct json value)
{
    (void)jsonata_raise(g->e, (struct trouble){.code = code, .value = value});
    g->e->raised.position = g->group->position;
    return INVALID;
}

static enum status new_entry(struct grouping *g, struct str name, size_t pair, struct entry **out)
{
    struct entry *entry = jsonata_small(g->e, sizeof *entry);
    struct json pointer = {.type = JSON_NULL, .text = (const char *)(const void *)entry};

    entry->name = name;
    entry->pair = pair;
    *g->last = entry;
    g->last = &entry->next;
    *out = entry;
    return jsonata_object_set(g->names, name, pointer);
}

static enum status find_entry(struct grouping *g, struct json name, size_t pair, struct entry **out)
{
    struct json *found = NULL;

    if (name.type != JSON_STRING)
        return refuse(g, "T1003", name);
    if (str_is(json_text(name), "_jsonata_lambda") || str_is(json_text(name), "_jsonata_function"))
        return refuse(g, "D1013", name);
    if (!g->names)
        g->names = jsonata_object_begin(g->e);
    found = jsonata_object_find(g->names, json_text(name));
    if (!found)
        return new_entry(g, json_text(name), pair, out);
    memcpy(out, &found->text, sizeof(void *));
    return (*out)->pair == pair ? OK : refuse(g, "D1009", name);
}

static enum status group_item(struct grouping *g, struct json item)
{
    struct json context = g->reduce ? tuple_of(item)->at : item;
    struct frame *frame =
        g->reduce ? jsonata_tuple_frame(g->e, g->frame, tuple_of(item)) : g->frame;

    for (size_t i = 0; i < g->group->count; i++) {
        struct json name = value_none();
        struct entry *entry = NULL;
        TRY(jsonata_run(g->e, g->group->pairs[2 * i], context, frame, &name));
        if (name.type == JSON_NONE)
            continue;
        TRY(find_entry(g, name, i, &entry));
        TRY(gather(g->e, &entry->data, item));
    }
    return OK;
}

static bool has_binding(const struct binding *list, const struct binding *end,
                        const struct symbol *symbol)
{
    for (; list != end; list = list->next)
        if (list->symbol == symbol)
            return true;
    return false;
}

struct reduced {
    struct gathered data;
    const struct symbol *symbol;
    struct reduced *next;
};

static enum status reduce_binding(struct evaluation *e, struct reduced **list,
                                  const struct binding *b)
{
    while (*list && (*list)->symbol != b->symbol)
        list = &(*list)->next;
    if (!*list) {
        *list = jsonata_small(e, sizeof **list);
        (*list)->symbol = b->symbol;
    }
    return gather(e, &(*list)->data, b->value);
}

// Takes tuples together: their contexts become one, and so does what each variable holds.
static enum status reduce(struct evaluation *e, struct json tuples, struct tuple *out)
{
    struct gathered at = {.first = value_none()};
    struct reduced *variables = NULL;

    for (size_t i = 0; i < tuples.count; i++) {
        const struct tuple *t = tuple_of(tuples.items[i]);
        TRY(jsonata_step(e, 1));
        TRY(gather(e, &at, t->at));
        for (const struct binding *b = t->bindings; b; b = b->next) {
            TRY(jsonata_step(e, 1));
            if (!has_binding(t->bindings, b, b->symbol))
                TRY(reduce_binding(e, &variables, b));
        }
    }
    TRY(gathered(e, &at, 0, &out->at));
    for (const struct reduced *r = variables; r; r = r->next) {
        struct json value = value_none();
        TRY(jsonata_step(e, 1));
        TRY(gathered(e, &r->data, 0, &value));
        out->bindings = jsonata_binding(e, out->bindings, r->symbol, value);
    }
    return OK;
}

static enum status value_of(struct grouping *g, const struct entry *entry, struct json *out)
{
    struct json context = value_none();
    struct frame *frame = g->frame;

    TRY(gathered(g->e, &entry->data, 0, &context));
    if (g->reduce) {
        struct tuple *t = jsonata_small(g->e, sizeof *t);
        TRY(reduce(g->e, value_is_array(context) ? context : json_array(&context, 1), t));
        context = t->at;
        frame = jsonata_tuple_frame(g->e, frame, t);
    }
    return jsonata_run(g->e, g->group->pairs[2 * entry->pair + 1], context, frame, out);
}

static enum status make_object(struct grouping *g, struct json *out)
{
    struct object_maker *o = jsonata_object_begin(g->e);

    for (const struct entry *entry = g->first; entry; entry = entry->next) {
        struct json value = value_none();
        TRY(value_of(g, entry, &value));
        if (value.type != JSON_NONE)
            TRY(jsonata_object_set(o, entry->name, value));
    }
    return jsonata_object_finish(o, out);
}

enum status jsonata_group(struct evaluation *e, const struct group *group, struct json input,
                          struct frame *frame, struct json *out)
{
    struct json nothing = value_none();
    struct json items = value_is_array(input) ? input : json_array(&input, 1);
    struct grouping g = {.e = e,
                         .group = group,
                         .frame = frame,
                         .reduce = value_is_array(input) && input.flags & VALUE_TUPLES};

    g.last = &g.first;
    if (items.count == 0 && !g.reduce)
        items = json_array(&nothing, 1);
    for (size_t i = 0; i < items.count; i++) {
        TRY(jsonata_step(e, 1));
        TRY(group_item(&g, items.items[i]));
    }
    return make_object(&g, out);
}
