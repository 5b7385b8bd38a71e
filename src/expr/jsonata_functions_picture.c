// Functions that print and read by pictures. Each works in a scope of its own, so that only the
// result stays in the evaluation's memory.
#include "expr/jsonata_calendar.h"
#include "expr/jsonata_date_picture.h"
#include "expr/jsonata_functions_shared_impl.h"
#include "expr/jsonata_integer_picture.h"
#include "expr/jsonata_number_picture.h"
#include "expr/jsonata_run_impl.h"

#include <math.h>

enum { SYMBOL_BYTES_MAX = 16 };

// Counts the steps of reading a picture, which in the worst case takes the square of its length.
static enum status walk_picture(struct evaluation *e, struct str picture)
{
    size_t steps = 10 + picture.bytes;

    return jsonata_step(e, steps + steps * (picture.bytes / 64));
}

// Tells the language's error for a picture that could not be used; what exceeds a limit is told as
// too much memory.
static enum status finish(struct evaluation *e, enum status status,
                          const struct picture_error *error)
{
    struct json value = {0};

    if (status == OK)
        return OK;
    if (!error->code) {
        (void)jsonata_raise(e, (struct trouble){.code = "U1001"});
        return LIMIT;
    }
    TRY(jsonata_keep_text(e, error->value, &value));
    return jsonata_raise(e, (struct trouble){.code = error->code, .value = value});
}

static enum status finish_text(struct evaluation *e, enum status status,
                               const struct picture_error *error, struct str text, struct json *out)
{
    TRY(finish(e, status, error));
    return jsonata_keep_text(e, text, out);
}

static enum status read_symbols(struct evaluation *e, struct json options,
                                struct number_symbols *out)
{
    *out = number_symbols_default;
    if (options.type != JSON_OBJECT)
        return OK;
    options = value_object(options);
    TRY(jsonata_step(e, options.count));
    for (size_t i = 0; i < options.count; i++) {
        struct str symbol = json_text(options.members[i].value);
        if (options.members[i].value.type == JSON_STRING && symbol.bytes <= SYMBOL_BYTES_MAX)
            number_symbols_set(out, options.members[i].name, symbol);
    }
    return OK;
}

enum status function_formatNumber(struct evaluation *e, const struct call *call, struct json *out)
{
    const struct json *arguments = call->arguments;
    struct number_symbols symbols = {0};
    struct picture_error error = {0};
    struct str text = {0};

    if (arguments[0].type == JSON_NONE)
        return OK;
    if (arguments[1].type == JSON_NONE)
        return jsonata_refuse_missing(e, 2);
    TRY(walk_picture(e, json_text(arguments[1])));
    TRY(read_symbols(e, arguments[2], &symbols));
    struct scope *scratch = scope_open(SCRATCH_BYTES_MAX);
    enum status status = number_picture_format(scratch, value_number(arguments[0]),
                                               json_text(arguments[1]), &symbols, &text, &error);
    status = finish_text(e, status, &error, text, out);
    scope_close(scratch);
    return status;
}

enum status function_formatInteger(struct evaluation *e, const struct call *call, struct json *out)
{
    const struct json *arguments = call->arguments;
    struct integer_picture picture = {0};
    struct picture_error error = {0};
    struct str text = {0};

    if (arguments[0].type == JSON_NONE)
        return OK;
    if (arguments[1].type == JSON_NONE)
        return jsonata_refuse_missing(e, 2);
    TRY(walk_picture(e, json_text(arguments[1])));
    struct scope *scratch = scope_open(SCRATCH_BYTES_MAX);
    enum status status = integer_picture_read(scratch, json_text(arguments[1]), &picture, &error);
    if (status == OK)
        status = integer_picture_format(scratch, floor(value_number(arguments[0])), &picture, &text,
                                        &error);
    status = finish_text(e, status, &error, text, out);
    scope_close(scratch);
    return status;
}

enum status function_parseInteger(struct evaluation *e, const struct call *call, struct json *out)
{
    const struct json *arguments = call->arguments;
    struct integer_picture picture = {0};
    struct picture_error error = {0};
    double number = 0;

    if (arguments[0].type == JSON_NONE)
        return OK;
    if (arguments[1].type == JSON_NONE)
        return jsonata_refuse_missing(e, 2);
    if (json_text(arguments[0]).bytes > NUMBER_TEXT_BYTES_MAX)
        return finish(e, TOO_LARGE, &error);
    TRY(walk_picture(e, json_text(arguments[1])));
    TRY(jsonata_walk(e, json_text(arguments[0])));
    struct scope *scratch = scope_open(SCRATCH_BYTES_MAX);
    enum status status = integer_picture_read(scratch, json_text(arguments[1]), &picture, &error);
    if (status == OK)
        status = integer_picture_parse(scratch, json_text(arguments[0]), &picture, &number, &error);
    status = finish(e, status, &error);
    scope_close(scratch);
    *out = value_double(number);
    return status;
}

// The text of an argument that may be missing, whose data is then NULL.
static struct str optional_text(struct json argument)
{
    struct str text = json_text(argument);

    return argument.type == JSON_STRING && !text.data ? str("") : text;
}

static enum status format_time(struct evaluation *e, double ms, struct json picture,
                               struct json zone, struct json *out)
{
    struct picture_error error = {0};
    struct str text = {0};

    TRY(walk_picture(e, json_text(picture)));
    struct scope *scratch = scope_open(SCRATCH_BYTES_MAX);
    enum status status = date_picture_format(scratch, ms, optional_text(picture),
                                             optional_text(zone), &text, &error);
    status = finish_text(e, status, &error, text, out);
    scope_close(scratch);
    return status;
}

enum status function_now(struct evaluation *e, const struct call *call, struct json *out)
{
    return format_time(e, (double)e->environment->now_ms, call->arguments[0], call->arguments[1],
                       out);
}

enum status function_millis(struct evaluation *e, const struct call *call, struct json *out)
{
    (void)call;
    *out = value_double((double)e->environment->now_ms);
    return jsonata_step(e, 1);
}

enum status function_fromMillis(struct evaluation *e, const struct call *call, struct json *out)
{
    if (call->arguments[0].type == JSON_NONE)
        return OK;
    return format_time(e, value_number(call->arguments[0]), call->arguments[1], call->arguments[2],
                       out);
}

static enum status parse_time(struct evaluation *e, struct str text, struct str picture,
                              struct json *out)
{
    struct picture_error error = {0};
    bool found = false;
    double ms = 0;

    TRY(walk_picture(e, picture));
    TRY(jsonata_step(e, text.bytes));
    struct scope *scratch = scope_open(SCRATCH_BYTES_MAX);
    enum status status =
        date_picture_parse(scratch, text, picture, e->environment->now_ms, &found, &ms, &error);
    status = finish(e, status, &error);
    scope_close(scratch);
    if (found)
        *out = value_double(ms);
    return status;
}

enum status function_toMillis(struct evaluation *e, const struct call *call, struct json *out)
{
    const struct json *arguments = call->arguments;
    double ms = 0;

    if (arguments[0].type == JSON_NONE)
        return OK;
    if (arguments[1].type != JSON_NONE)
        return parse_time(e, json_text(arguments[0]), json_text(arguments[1]), out);
    TRY(jsonata_walk(e, json_text(arguments[0])));
    if (!calendar_read_iso(json_text(arguments[0]), &ms))
        return jsonata_raise(e, (struct trouble){.code = "D3110", .value = arguments[0]});
    *out = value_double(ms);
    return OK;
}
