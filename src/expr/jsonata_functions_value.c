// Functions over any value: truth, type, errors.
#include "expr/jsonata_functions_shared_impl.h"
#include "expr/jsonata_run_impl.h"

#include <math.h>

enum status function_exists(struct evaluation *e, const struct call *call, struct json *out)
{
    (void)e;
    *out = json_bool(call->arguments[0].type != JSON_NONE);
    return OK;
}

enum status function_boolean(struct evaluation *e, const struct call *call, struct json *out)
{
    bool truth = false;

    if (call->arguments[0].type == JSON_NONE)
        return OK;
    TRY(jsonata_truth(e, call->arguments[0], &truth));
    *out = json_bool(truth);
    return OK;
}

enum status function_not(struct evaluation *e, const struct call *call, struct json *out)
{
    TRY(function_boolean(e, call, out));
    if (out->type != JSON_NONE)
        *out = json_bool(out->type != JSON_TRUE);
    return OK;
}

enum status function_type(struct evaluation *e, const struct call *call, struct json *out)
{
    struct json v = call->arguments[0];
    const char *name = NULL;

    TRY(jsonata_step(e, 1));
    switch ((int)v.type) {
    case JSON_NONE:
        return OK;
    case JSON_TRUE:
    case JSON_FALSE:
        name = "boolean";
        break;
    case VALUE_DOUBLE:
    case JSON_NUMBER:
        if (isinf(value_number(v)))
            return jsonata_raise(e, (struct trouble){.code = "D1001", .value = v});
        name = isnan(value_number(v)) ? "object" : "number"; // so the reference, of what is none
        break;
    case VALUE_FUNCTION:
        name = "function";
        break;
    default:
        name = json_type_name(v);
        break;
    }
    *out = json_string(str(name));
    return OK;
}

enum status function_error(struct evaluation *e, const struct call *call, struct json *out)
{
    struct str message = json_text(call->arguments[0]);

    (void)out;
    return jsonata_raise(
        e,
        (struct trouble){.code = "D3137",
                         .text = message.bytes > 0 ? message : str("$error() function evaluated")});
}

enum status function_assert(struct evaluation *e, const struct call *call, struct json *out)
{
    struct str message = json_text(call->arguments[1]);

    (void)out;
    if (call->arguments[0].type == JSON_TRUE)
        return OK;
    return jsonata_raise(
        e,
        (struct trouble){.code = "D3141",
                         .text = message.bytes > 0 ? message : str("$assert() statement failed")});
}

enum status function_random(struct evaluation *e, const struct call *call, struct json *out)
{
    struct chance *chance = &e->chance;
    struct chance seeded = {0};

    if (call->count > 0 &&
        call->arguments[0].type != JSON_NONE) { // States Language: a seed, always the same number
        double seed = value_number(call->arguments[0]);
        uint64_t bits = 0;
        memcpy(&bits, &seed, sizeof bits);
        seeded = chance_seeded(bits);
        chance = &seeded;
    }
    *out = value_double((double)(chance_u64(chance) >> 11) * 0x1p-53);
    return jsonata_step(e, 1);
}
