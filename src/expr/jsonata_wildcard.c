// The wildcards: * for all members, ** for all that lies in a value.
#include "expr/jsonata_tree_impl.h"

static enum status push_flat(struct evaluation *e, struct json v)
{
    if (!value_is_array(v))
        return jsonata_push(e, v);
    TRY(jsonata_step(e, v.count));
    for (size_t i = 0; i < v.count; i++)
        TRY(push_flat(e, v.items[i]));
    return OK;
}

// The result is a sequence only as long as no member is an array, as in the reference.
enum status jsonata_wildcard(struct evaluation *e, struct json input, struct json *out)
{
    size_t begun = jsonata_begin(e);
    unsigned flags = VALUE_SEQUENCE;
    struct json object = {0};

    if (value_is_array(input) && input.flags & VALUE_WRAPPER && input.count > 0)
        input = input.items[0];
    if (value_is_array(input)) {
        object = input;
        for (size_t i = 0; i < input.count; i++) {
            flags = value_is_array(input.items[i]) ? 0 : flags;
            TRY(push_flat(e, input.items[i]));
        }
        if (input.flags & VALUE_SEQUENCE) // a property of the reference's sequences
            TRY(jsonata_push(e, json_bool(true)));
    }
    if (input.type == JSON_OBJECT) {
        TRY(jsonata_ordered(e, input, &object));
        for (size_t i = 0; i < object.count; i++) {
            flags = value_is_array(object.members[i].value) ? 0 : flags;
            TRY(push_flat(e, object.members[i].value));
        }
    }
    TRY(jsonata_step(e, object.count));
    return jsonata_finish(e, begun, flags, out);
}

static enum status descend(struct evaluation *e, struct json v)
{
    struct json object = {0};

    TRY(jsonata_step(e, 1));
    if (v.type == JSON_ARRAY) {
        for (size_t i = 0; i < v.count; i++)
            TRY(descend(e, v.items[i]));
        return OK;
    }
    TRY(jsonata_push(e, v));
    if (v.type != JSON_OBJECT)
        return OK;
    TRY(jsonata_ordered(e, v, &object));
    for (size_t i = 0; i < object.count; i++)
        TRY(descend(e, object.members[i].value));
    return OK;
}

enum status jsonata_descendants(struct evaluation *e, struct json input, struct json *out)
{
    size_t begun = jsonata_begin(e);

    if (input.type == JSON_NONE)
        return OK;
    TRY(descend(e, input));
    if (jsonata_count(e, begun) == 1) {
        *out = e->stack[begun];
        e->stack_count = begun;
        return OK;
    }
    return jsonata_finish(e, begun, VALUE_SEQUENCE, out);
}
