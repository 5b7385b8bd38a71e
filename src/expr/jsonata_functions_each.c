// Functions that call a function for each item of an array.
#include "expr/jsonata_functions_shared_impl.h"

enum { REDUCE_ARGUMENTS_MAX = 4 };

static enum status call_for(struct evaluation *e, const struct call *call, size_t index,
                            struct json *out)
{
    struct json array = call->arguments[0];
    struct json three[] = {array.items[index], value_double((double)index), array};

    return jsonata_call_with(e, call->arguments[1], three, out);
}

enum status function_map(struct evaluation *e, const struct call *call, struct json *out)
{
    struct json array = call->arguments[0];
    size_t begun = jsonata_begin(e);

    if (array.type == JSON_NONE)
        return OK;
    for (size_t i = 0; i < array.count; i++) {
        struct json result = {0};
        TRY(call_for(e, call, i, &result));
        if (result.type != JSON_NONE)
            TRY(jsonata_push(e, result));
    }
    return jsonata_finish(e, begun, VALUE_SEQUENCE, out);
}

static enum status passes(struct evaluation *e, const struct call *call, size_t index, bool *out)
{
    struct json answer = {0};

    TRY(call_for(e, call, index, &answer));
    return jsonata_truth(e, answer, out);
}

enum status function_filter(struct evaluation *e, const struct call *call, struct json *out)
{
    struct json array = call->arguments[0];
    size_t begun = jsonata_begin(e);

    if (array.type == JSON_NONE)
        return OK;
    for (size_t i = 0; i < array.count; i++) {
        bool pass = false;
        TRY(passes(e, call, i, &pass));
        if (pass)
            TRY(jsonata_push(e, array.items[i]));
    }
    return jsonata_finish(e, begun, VALUE_SEQUENCE, out);
}

enum status function_single(struct evaluation *e, const struct call *call, struct json *out)
{
    struct json array = call->arguments[0];
    bool found = false;

    if (array.type == JSON_NONE)
        return OK;
    for (size_t i = 0; i < array.count; i++) {
        bool pass = true;
        TRY(jsonata_step(e, 1));
        if (call->arguments[1].type != JSON_NONE)
            TRY(passes(e, call, i, &pass));
        if (pass && found)
            return jsonata_raise(e, (struct trouble){.code = "D3138", .index = i});
        if (pass)
            *out = array.items[i];
        found = found || pass;
    }
    return found ? OK : jsonata_raise(e, (struct trouble){.code = "D3139"});
}

enum status function_reduce(struct evaluation *e, const struct call *call, struct json *out)
{
    struct json array = call->arguments[0];
    struct json function = call->arguments[1];
    struct json result = call->arguments[2];
    size_t index = 0;

    if (array.type == JSON_NONE)
        return OK;
    size_t arity = jsonata_arity(function);
    if (arity < 2)
        return jsonata_raise(e, (struct trouble){.code = "D3050", .index = 1});
    if (result.type == JSON_NONE && array.count > 0)
        result = array.items[index++];
    for (; index < array.count; index++) {
        struct json arguments[] = {result, array.items[index], value_double((double)index), array};
        size_t count = arity < REDUCE_ARGUMENTS_MAX ? arity : REDUCE_ARGUMENTS_MAX;
        TRY(jsonata_step(e, 1));
        TRY(jsonata_call(e, function, arguments, count, &result));
    }
    *out = result;
    return OK;
}
