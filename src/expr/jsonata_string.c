// $string: a value as text, as ECMAScript's JSON.stringify() writes it with numbers cut to 15
// significant digits, which is what the language shows of them.
#include "expr/jsonata_error_impl.h"
#include "expr/jsonata_functions_impl.h"
#include "expr/jsonata_number.h"

#include <math.h>

struct writer {
    struct evaluation *e;
    struct buf out;
    bool pretty;
    bool exact; // numbers keep all their digits
    unsigned depth;
};

static enum status write(struct writer *w, struct json v);

static enum status write_number(struct writer *w, struct json v)
{
    double number = value_number(v);

    if (isinf(number) && !w->exact)
        return jsonata_raise(w->e, (struct trouble){.code = "D1001", .value = v});
    if (isfinite(number))
        number = w->exact ? number : number_fifteen_digits(number);
    if (isfinite(number))
        buf_put(&w->out, json_text(json_double(w->e->scope, number)));
    else
        buf_put_z(&w->out, "null");
    return OK;
}

static void write_line(struct writer *w)
{
    if (!w->pretty)
        return;
    buf_put_byte(&w->out, '\n');
    for (unsigned i = 0; i < w->depth; i++)
        buf_put_z(&w->out, "  ");
}

static enum status write_array(struct writer *w, struct json v)
{
    buf_put_byte(&w->out, '[');
    w->depth++;
    for (size_t i = 0; i < v.count; i++) {
        if (i)
            buf_put_byte(&w->out, ',');
        write_line(w);
        TRY(write(w, v.items[i]));
    }
    w->depth--;
    if (v.count)
        write_line(w);
    buf_put_byte(&w->out, ']');
    return OK;
}

static enum status write_object(struct writer *w, struct json v)
{
    TRY(jsonata_ordered(w->e, v, &v));
    buf_put_byte(&w->out, '{');
    w->depth++;
    for (size_t i = 0; i < v.count; i++) {
        if (i)
            buf_put_byte(&w->out, ',');
        write_line(w);
        json_write_string(&w->out, v.members[i].name);
        buf_put_z(&w->out, w->pretty ? ": " : ":");
        TRY(write(w, v.members[i].value));
    }
    w->depth--;
    if (v.count)
        write_line(w);
    buf_put_byte(&w->out, '}');
    return OK;
}

static enum status write(struct writer *w, struct json v)
{
    TRY(jsonata_step(w->e, 1));
    if (w->depth > JSON_DEPTH_MAX) {
        (void)jsonata_raise(w->e, (struct trouble){.code = "D1011"});
        return LIMIT;
    }
    if (value_is_number(v))
        return write_number(w, v);
    if (v.type == JSON_ARRAY)
        return write_array(w, v);
    if (v.type == JSON_OBJECT)
        return write_object(w, v);
    if (v.type == VALUE_FUNCTION || v.type == VALUE_TUPLE)
        buf_put_z(&w->out, "\"\"");
    else if (v.type == JSON_NONE) // an item that is undefined
        buf_put_z(&w->out, "null");
    else
        json_write(&w->out, v);
    return OK;
}

enum status jsonata_string(struct evaluation *e, struct json v, bool pretty, struct json *out)
{
    *out = v;
    if (v.type == JSON_NONE || v.type == JSON_STRING)
        return OK;
    if (v.type == VALUE_FUNCTION) {
        *out = json_string(str(""));
        return OK;
    }
    if (value_is_number(v) && !isfinite(value_number(v)))
        return jsonata_raise(e, (struct trouble){.code = "D3001", .value = v});
    if (v.type == JSON_ARRAY && v.flags & VALUE_WRAPPER)
        v = v.items[0];
    struct writer w = {.e = e, .out = jsonata_text(e), .pretty = pretty};
    TRY(write(&w, v));
    return jsonata_text_finish(e, &w.out, out);
}

enum status jsonata_stringify(struct evaluation *e, struct json v, struct json *out)
{
    struct writer w = {.e = e, .out = jsonata_text(e), .exact = true};

    TRY(write(&w, v));
    return jsonata_text_finish(e, &w.out, out);
}

enum status function_string(struct evaluation *e, const struct call *call, struct json *out)
{
    return jsonata_string(e, call->arguments[0], call->arguments[1].type == JSON_TRUE, out);
}
