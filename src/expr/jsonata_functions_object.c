// Functions over objects.
#include "expr/jsonata_functions_shared_impl.h"

static enum status set_names(struct evaluation *e, struct json v, struct object_maker *names)
{
    TRY(jsonata_step(e, 1));
    if (v.type == JSON_OBJECT) {
        TRY(jsonata_ordered(e, v, &v));
        for (size_t i = 0; i < v.count; i++)
            TRY(jsonata_object_set(names, v.members[i].name, json_bool(true)));
    }
    for (size_t i = 0; v.type == JSON_ARRAY && i < v.count; i++)
        TRY(set_names(e, v.items[i], names));
    return OK;
}

enum status function_keys(struct evaluation *e, const struct call *call, struct json *out)
{
    struct object_maker *names = jsonata_object_begin(e);
    struct json object = {0};

    TRY(set_names(e, call->arguments[0], names));
    TRY(jsonata_object_finish(names, &object));
    size_t begun = jsonata_begin(e);
    for (size_t i = 0; i < object.count; i++)
        TRY(jsonata_push(e, json_string(object.members[i].name)));
    return jsonata_finish(e, begun, VALUE_SEQUENCE, out);
}

enum status function_lookup(struct evaluation *e, const struct call *call, struct json *out)
{
    struct json name = call->arguments[1];
    // The reference takes a missing name for this word.
    struct str key = name.type == JSON_NONE ? str("undefined") : json_text(name);

    TRY(jsonata_step(e, 1));
    return jsonata_lookup(e, call->arguments[0], key, out);
}

static enum status push_spread(struct evaluation *e, struct json v);

static enum status push_members(struct evaluation *e, struct json object)
{
    TRY(jsonata_ordered(e, object, &object));
    for (size_t i = 0; i < object.count; i++) {
        struct object_maker *o = jsonata_object_begin(e);
        struct json single = {0};
        TRY(jsonata_object_set(o, object.members[i].name, object.members[i].value));
        TRY(jsonata_object_finish(o, &single));
        TRY(jsonata_push(e, single));
    }
    return OK;
}

static enum status push_spread(struct evaluation *e, struct json v)
{
    TRY(jsonata_step(e, 1));
    if (v.type == JSON_OBJECT)
        return push_members(e, v);
    if (v.type != JSON_ARRAY)
        return v.type == JSON_NONE ? OK : jsonata_push(e, v);
    for (size_t i = 0; i < v.count; i++)
        TRY(push_spread(e, v.items[i]));
    return OK;
}

// What an array is spread into has been appended, and so is no sequence.
enum status function_spread(struct evaluation *e, const struct call *call, struct json *out)
{
    struct json v = call->arguments[0];
    size_t begun = jsonata_begin(e);

    *out = v;
    if (v.type != JSON_OBJECT && v.type != JSON_ARRAY)
        return OK;
    TRY(push_spread(e, v));
    bool plain = v.type == JSON_ARRAY && v.count > 0;
    return jsonata_finish(e, begun, plain ? 0 : VALUE_SEQUENCE, out);
}

enum status function_merge(struct evaluation *e, const struct call *call, struct json *out)
{
    struct json objects = call->arguments[0];

    if (objects.type == JSON_NONE)
        return OK;
    struct object_maker *merged = jsonata_object_begin(e);
    for (size_t i = 0; i < objects.count; i++) {
        struct json object = objects.items[i];
        TRY(jsonata_step(e, 1));
        if (object.type != JSON_OBJECT)
            continue;
        TRY(jsonata_ordered(e, object, &object));
        for (size_t j = 0; j < object.count; j++)
            TRY(jsonata_object_set(merged, object.members[j].name, object.members[j].value));
    }
    return jsonata_object_finish(merged, out);
}

enum status function_each(struct evaluation *e, const struct call *call, struct json *out)
{
    struct json object = call->arguments[0];
    size_t begun = jsonata_begin(e);
    struct json members = json_object(NULL, 0);

    if (object.type == JSON_OBJECT)
        TRY(jsonata_ordered(e, object, &members));
    for (size_t i = 0; i < members.count; i++) {
        struct json three[] = {members.members[i].value, json_string(members.members[i].name),
                               object};
        struct json result = {0};
        TRY(jsonata_call_with(e, call->arguments[1], three, &result));
        if (result.type != JSON_NONE)
            TRY(jsonata_push(e, result));
    }
    return jsonata_finish(e, begun, VALUE_SEQUENCE, out);
}

enum status function_sift(struct evaluation *e, const struct call *call, struct json *out)
{
    struct json object = call->arguments[0];
    struct object_maker *sifted = jsonata_object_begin(e);
    struct json members = json_object(NULL, 0);

    if (object.type == JSON_OBJECT)
        TRY(jsonata_ordered(e, object, &members));
    if (members.count > 0 && call->arguments[1].type == JSON_NONE)
        return jsonata_refuse_missing(e, 2);
    for (size_t i = 0; i < members.count; i++) {
        struct json value = members.members[i].value;
        struct json three[] = {value, json_string(members.members[i].name), object};
        struct json answer = {0};
        bool passes = false;
        TRY(jsonata_call_with(e, call->arguments[1], three, &answer));
        TRY(jsonata_truth(e, answer, &passes));
        if (passes)
            TRY(jsonata_object_set(sifted, members.members[i].name, value));
    }
    TRY(jsonata_object_finish(sifted, out));
    if (out->count == 0)
        *out = value_none();
    return OK;
}
