// Functions over numbers, $sum apart.
#include "expr/jsonata_functions_shared_impl.h"
#include "expr/jsonata_number.h"

#include <math.h>

enum {
    BASE_MIN = 2,
    BASE_MAX = 36,
};

enum status function_sum(struct evaluation *e, const struct call *call, struct json *out)
{
    struct json numbers = call->arguments[0];
    double total = 0;

    if (numbers.type == JSON_NONE)
        return OK;
    TRY(jsonata_step(e, numbers.count));
    for (size_t i = 0; i < numbers.count; i++)
        total += value_number(numbers.items[i]);
    *out = value_double(total);
    return OK;
}

enum status function_average(struct evaluation *e, const struct call *call, struct json *out)
{
    struct json numbers = call->arguments[0];

    if (numbers.type == JSON_NONE || numbers.count == 0)
        return OK;
    TRY(function_sum(e, call, out));
    *out = value_double(value_number(*out) / numbers.count);
    return OK;
}

// Gives the number itself, with the digits that were written. What is no number wins.
static enum status extreme(struct evaluation *e, struct json numbers, bool largest,
                           struct json *out)
{
    if (numbers.type == JSON_NONE || numbers.count == 0)
        return OK;
    TRY(jsonata_step(e, numbers.count));
    *out = numbers.items[0];
    for (size_t i = 1; i < numbers.count; i++) {
        double best = value_number(*out);
        double number = value_number(numbers.items[i]);
        if (isnan(number) || (largest ? number > best : number < best))
            *out = numbers.items[i];
        if (isnan(value_number(*out)))
            break;
    }
    return OK;
}

enum status function_max(struct evaluation *e, const struct call *call, struct json *out)
{
    return extreme(e, call->arguments[0], true, out);
}

enum status function_min(struct evaluation *e, const struct call *call, struct json *out)
{
    return extreme(e, call->arguments[0], false, out);
}

enum status function_number(struct evaluation *e, const struct call *call, struct json *out)
{
    struct json v = call->arguments[0];
    double number = 0;

    if (v.type == JSON_TRUE || v.type == JSON_FALSE) {
        *out = value_double(v.type == JSON_TRUE ? 1 : 0);
    } else if (v.type == JSON_STRING) {
        struct scope *scratch = scope_open(SCRATCH_BYTES_MAX);
        bool is = json_text(v).bytes <= NUMBER_TEXT_BYTES_MAX &&
                  number_read(scratch, json_text(v), &number);
        scope_close(scratch);
        TRY(jsonata_walk(e, json_text(v)));
        if (!is)
            return jsonata_raise(e, (struct trouble){.code = "D3030", .value = v, .index = 1});
        *out = value_double(number);
    } else {
        *out = v;
    }
    return OK;
}

enum status function_abs(struct evaluation *e, const struct call *call, struct json *out)
{
    if (call->arguments[0].type != JSON_NONE)
        *out = value_double(fabs(value_number(call->arguments[0])));
    return jsonata_step(e, 1);
}

enum status function_floor(struct evaluation *e, const struct call *call, struct json *out)
{
    if (call->arguments[0].type != JSON_NONE)
        *out = value_double(floor(value_number(call->arguments[0])));
    return jsonata_step(e, 1);
}

enum status function_ceil(struct evaluation *e, const struct call *call, struct json *out)
{
    if (call->arguments[0].type != JSON_NONE)
        *out = value_double(ceil(value_number(call->arguments[0])));
    return jsonata_step(e, 1);
}

enum status function_round(struct evaluation *e, const struct call *call, struct json *out)
{
    if (call->arguments[0].type == JSON_NONE)
        return OK;
    struct scope *scratch = scope_open(SCRATCH_BYTES_MAX);
    *out = value_double(number_round(scratch, value_number(call->arguments[0]),
                                     jsonata_number_or(call->arguments[1], 0)));
    scope_close(scratch);
    return jsonata_step(e, 1);
}

enum status function_sqrt(struct evaluation *e, const struct call *call, struct json *out)
{
    struct json v = call->arguments[0];

    if (v.type == JSON_NONE)
        return OK;
    if (value_number(v) < 0)
        return jsonata_raise(e, (struct trouble){.code = "D3060", .value = v, .index = 1});
    *out = value_double(sqrt(value_number(v)));
    return OK;
}

// ECMA-262, Number::exponentiate: unlike pow(), 1 to a power that is no number is none, and so is 1
// or -1 to an infinite one.
static double power(double base, double exponent)
{
    if (isnan(exponent) || (fabs(base) == 1 && isinf(exponent)))
        return (double)NAN;
    return pow(base, exponent);
}

enum status function_power(struct evaluation *e, const struct call *call, struct json *out)
{
    struct json base = call->arguments[0];
    struct json exponent = call->arguments[1];

    if (base.type == JSON_NONE)
        return OK;
    double result = power(value_number(base), jsonata_number_or(exponent, (double)NAN));
    if (!isfinite(result))
        return jsonata_raise(
            e, (struct trouble){.code = "D3061", .value = base, .value2 = exponent, .index = 1});
    *out = value_double(result);
    return OK;
}

enum status function_formatBase(struct evaluation *e, const struct call *call, struct json *out)
{
    struct json v = call->arguments[0];
    double base = 10;

    if (v.type == JSON_NONE)
        return OK;
    struct scope *scratch = scope_open(SCRATCH_BYTES_MAX);
    double number = number_round(scratch, value_number(v), 0);
    base = number_round(scratch, jsonata_number_or(call->arguments[1], base), 0);
    enum status status = OK;
    if (base < BASE_MIN || base > BASE_MAX)
        status = jsonata_raise(e, (struct trouble){.code = "D3100", .value = value_double(base)});
    else
        status = jsonata_keep_text(e, number_in_base(scratch, number, (unsigned)base), out);
    scope_close(scratch);
    return status;
}
