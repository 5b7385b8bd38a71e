// $eval and $clone: the functions that reach into compiling and variables.
#include "expr/jsonata_arena_impl.h"
#include "expr/jsonata_error_impl.h"
#include "expr/jsonata_functions_impl.h"
#include "expr/jsonata_number.h"
#include "expr/jsonata_tree_impl.h"

#include <math.h>

static enum status refuse(struct evaluation *e, const char *code, const struct raised *cause)
{
    struct str message = cause->trouble.code ? jsonata_message(e->scope, cause)
                                             : str_copy(e->scope, scope_why(e->scope));

    return jsonata_raise(e, (struct trouble){.code = code, .value = json_string(message)});
}

// The expression's own symbols come behind those of the expression that evaluates it.
static enum status adopt(struct evaluation *e, const struct symbols *symbols)
{
    void *functions = NULL;
    size_t before = e->symbols->function_count;

    TRY(jsonata_lasting(e, (symbols->function_count + 1) * sizeof(void *), &functions));
    if (before)
        memcpy(functions, (const void *)e->functions, before * sizeof(void *));
    e->functions = functions;
    e->symbols = symbols;
    return OK;
}

static enum status compile(struct evaluation *e, struct str text, struct jsonata *out)
{
    struct raised raised = {0};
    TRY(jsonata_step(e, text.bytes));
    enum status status = jsonata_compile_with(e->scope, text, e->symbols, out, &raised);
    return status == OK ? adopt(e, out->symbols) : refuse(e, "D3120", &raised);
}

enum status function_eval(struct evaluation *e, const struct call *call, struct json *out)
{
    struct jsonata compiled = {0};
    struct json input = call->input;
    struct json given = call->arguments[1];

    if (call->arguments[0].type == JSON_NONE)
        return OK;
    if (given.type != JSON_NONE)
        input = given;
    if (value_is_array(given) && !value_is_sequence(given)) {
        struct json *item = jsonata_small(e, sizeof *item);
        *item = given;
        TRY(jsonata_array(e, item, 1, VALUE_SEQUENCE | VALUE_WRAPPER, &input));
    }
    TRY(compile(e, json_text(call->arguments[0]), &compiled));
    unsigned nesting = e->nesting;
    unsigned calls = e->calls;
    unsigned level = e->level;
    size_t stacked = e->stack_count;
    enum status status = jsonata_run(e, compiled.root, input, call->frame, out);
    e->nesting = nesting;
    e->calls = calls;
    e->level = level;
    e->stack_count = stacked;
    if (status != INVALID)
        return status;
    struct raised cause = e->raised;
    return refuse(e, "D3121", &cause);
}

static enum status copied(struct evaluation *e, struct json v, struct json *out);

static enum status copied_object(struct evaluation *e, struct json v, struct json *out)
{
    struct json object = value_object(v);
    struct object_maker *o = jsonata_object_begin(e);

    for (size_t i = 0; i < object.count; i++) {
        struct json value = {0};
        TRY(copied(e, object.members[i].value, &value));
        TRY(jsonata_object_set(o, object.members[i].name, value));
    }
    return jsonata_object_finish(o, out);
}

// Through the text that $string() makes of it, a number comes back with fifteen digits; one with
// fewer keeps those that were written.
static struct json copied_number(struct json v)
{
    double number = value_number(v);

    if (!isfinite(number))
        return v;
    double shown = number_fifteen_digits(number);
    return shown == number ? v : value_double(shown);
}

static enum status copied_array(struct evaluation *e, struct json v, struct json *out)
{
    struct json *items = NULL;

    TRY(jsonata_items(e, v.count, &items));
    for (size_t i = 0; i < v.count; i++)
        TRY(copied(e, v.items[i], &items[i]));
    return jsonata_array(e, items, v.count, 0, out);
}

static enum status copied(struct evaluation *e, struct json v, struct json *out)
{
    TRY(jsonata_step(e, 1));
    *out = v;
    if (v.type == VALUE_FUNCTION)
        *out = json_string(str(""));
    if (value_is_number(v))
        *out = copied_number(v);
    if (v.type == JSON_OBJECT)
        return copied_object(e, v, out);
    return v.type == JSON_ARRAY ? copied_array(e, v, out) : OK;
}

enum status function_clone(struct evaluation *e, const struct call *call, struct json *out)
{
    struct json v = call->arguments[0];

    if (value_is_array(v) && v.flags & VALUE_WRAPPER)
        v = v.items[0];
    return v.type == JSON_NONE ? OK : copied(e, v, out);
}
