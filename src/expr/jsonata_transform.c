// The transform |pattern|update, delete|: a copy of its argument in which the objects that the
// pattern finds are changed. In the copy each object lies in a box, so that what the pattern finds
// is the copy's own; when all is done the boxes are taken away.

#include "expr/jsonata_call_impl.h"

static enum status boxed(struct evaluation *e, struct json v, struct json *out);

static enum status boxed_array(struct evaluation *e, struct json v, struct json *out)
{
    struct json *items = NULL;

    TRY(jsonata_items(e, v.count, &items));
    for (size_t i = 0; i < v.count; i++)
        TRY(boxed(e, v.items[i], &items[i]));
    return jsonata_array(e, items, v.count, 0, out);
}

static enum status boxed_object(struct evaluation *e, struct json v, struct json *out)
{
    struct json object = value_object(v);
    struct json *memory = NULL;
    struct json *box = jsonata_small(e, sizeof *box);

    TRY(jsonata_items(e, (size_t)object.count * 2, &memory));
    struct json_member *members = (struct json_member *)(void *)memory;
    for (size_t i = 0; i < object.count; i++) {
        members[i].name = object.members[i].name;
        TRY(boxed(e, object.members[i].value, &members[i].value));
    }
    *box = json_object(members, object.count);
    box->flags = VALUE_MADE;
    *out = (struct json){.type = JSON_OBJECT,
                         .flags = VALUE_MADE | VALUE_BOXED,
                         .depth = box->depth,
                         .count = 1,
                         .items = box};
    return OK;
}

static enum status boxed(struct evaluation *e, struct json v, struct json *out)
{
    TRY(jsonata_step(e, 1));
    *out = v;
    if (v.type == JSON_ARRAY)
        return boxed_array(e, v, out);
    if (v.type == JSON_OBJECT)
        return boxed_object(e, v, out);
    if (v.type == VALUE_FUNCTION)
        *out = json_string(str(""));
    return OK;
}

static enum status unboxed(struct evaluation *e, struct json v, unsigned depth, struct json *out);

static enum status unboxed_array(struct evaluation *e, struct json v, unsigned depth,
                                 struct json *out)
{
    struct json *items = NULL;

    TRY(jsonata_items(e, v.count, &items));
    for (size_t i = 0; i < v.count; i++)
        TRY(unboxed(e, v.items[i], depth + 1, &items[i]));
    return jsonata_array(e, items, v.count, v.flags, out);
}

static enum status unboxed_object(struct evaluation *e, struct json v, unsigned depth,
                                  struct json *out)
{
    struct json object = value_object(v);
    struct object_maker *o = jsonata_object_begin(e);

    for (size_t i = 0; i < object.count; i++) {
        struct json value = {0};
        TRY(unboxed(e, object.members[i].value, depth + 1, &value));
        TRY(jsonata_object_set(o, object.members[i].name, value));
    }
    return jsonata_object_finish(o, out);
}

// An update may have put an object into itself; the depth ends that.
static enum status unboxed(struct evaluation *e, struct json v, unsigned depth, struct json *out)
{
    TRY(jsonata_step(e, 1));
    *out = v;
    if (depth > JSON_DEPTH_MAX) {
        (void)jsonata_raise(e, (struct trouble){.code = "D1011"});
        return LIMIT;
    }
    if (v.type == JSON_ARRAY && v.flags & VALUE_MADE)
        return unboxed_array(e, v, depth, out);
    if (v.type == JSON_OBJECT && v.flags & VALUE_MADE)
        return unboxed_object(e, v, depth, out);
    return OK;
}

static enum status refuse(struct evaluation *e, const char *code, const struct node *n,
                          struct json value)
{
    (void)jsonata_raise(e, (struct trouble){.code = code, .value = value});
    e->raised.position = n->position;
    return INVALID;
}

static bool is_boxed(struct json v)
{
    return v.type == JSON_OBJECT && v.flags & VALUE_BOXED;
}

static void change(struct evaluation *e, struct json match, struct json object)
{
    struct json *box = NULL;

    e->pins++;

    memcpy(&box, &match.items, sizeof(void *));
    *box = object;
}

static enum status update(struct evaluation *e, const struct function *f, struct json match)
{
    struct object_maker *o = jsonata_object_begin(e);
    struct json given = value_none();
    struct json changed = {0};

    TRY(jsonata_run(e, f->node->b, match, f->frame, &given));
    if (given.type != JSON_NONE && given.type != JSON_OBJECT && given.type != VALUE_FUNCTION)
        return refuse(e, "T2011", f->node->b, given);
    if (given.type != JSON_OBJECT || !is_boxed(match))
        return OK;
    struct json object = value_object(match);
    for (size_t i = 0; i < object.count; i++)
        TRY(jsonata_object_set(o, object.members[i].name, object.members[i].value));
    given = value_object(given);
    for (size_t i = 0; i < given.count; i++)
        TRY(jsonata_object_set(o, given.members[i].name, given.members[i].value));
    TRY(jsonata_object_finish(o, &changed));
    change(e, match, changed);
    return OK;
}

static bool is_listed(struct json names, struct str name)
{
    for (size_t i = 0; i < names.count; i++)
        if (str_equal(json_text(names.items[i]), name))
            return true;
    return false;
}

static enum status drop(struct evaluation *e, const struct function *f, struct json match)
{
    struct object_maker *o = jsonata_object_begin(e);
    struct json names = value_none();
    struct json changed = {0};

    TRY(jsonata_run(e, f->node->c, match, f->frame, &names));
    if (names.type == JSON_NONE)
        return OK;
    struct json list = value_is_array(names) ? names : json_array(&names, 1);
    for (size_t i = 0; i < list.count; i++)
        if (list.items[i].type != JSON_STRING)
            return refuse(e, "T2012", f->node->c, names);
    if (!is_boxed(match))
        return OK;
    struct json object = value_object(match);
    for (size_t i = 0; i < object.count; i++) {
        TRY(jsonata_step(e, list.count));
        if (!is_listed(list, object.members[i].name))
            TRY(jsonata_object_set(o, object.members[i].name, object.members[i].value));
    }
    TRY(jsonata_object_finish(o, &changed));
    change(e, match, changed);
    return OK;
}

// The reference copies with whatever is called $clone.
static enum status copy(struct evaluation *e, const struct function *f, struct json object,
                        struct json *out)
{
    struct json clone = jsonata_variable(e, f->frame, f->node->symbol);

    if (clone.type != VALUE_FUNCTION)
        return refuse(e, "T2013", f->node, value_none());
    if (function_of(clone)->kind != FUNCTION_BUILTIN)
        TRY(jsonata_apply(e, clone, &object, 1, json_null(), f->frame, &object));
    if (value_is_array(object) && object.flags & VALUE_WRAPPER)
        object = object.items[0];
    return boxed(e, object, out);
}

enum status jsonata_transform(struct evaluation *e, const struct function *f, struct json object,
                              struct json *out)
{
    struct json copied = value_none();
    struct json matches = value_none();

    *out = value_none();
    if (object.type == JSON_NONE)
        return OK;
    TRY(copy(e, f, object, &copied));
    TRY(jsonata_run(e, f->node->a, copied, f->frame, &matches));
    struct json list = value_is_array(matches) ? matches : json_array(&matches, 1);
    for (size_t i = 0; i < list.count && matches.type != JSON_NONE; i++) {
        TRY(update(e, f, list.items[i]));
        if (f->node->c)
            TRY(drop(e, f, list.items[i]));
    }
    return unboxed(e, copied, 0, out);
}
