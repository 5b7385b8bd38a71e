// Functions over texts, without regular expressions.
#include "expr/jsonata_case.h"
#include "expr/jsonata_functions_shared_impl.h"
#include "expr/jsonata_text.h"

#include <math.h>

enum status function_length(struct evaluation *e, const struct call *call, struct json *out)
{
    struct str text = json_text(call->arguments[0]);

    if (call->arguments[0].type != JSON_NONE)
        *out = value_double((double)text_length(text));
    return jsonata_walk(e, text);
}

enum status function_substring(struct evaluation *e, const struct call *call, struct json *out)
{
    struct str text = json_text(call->arguments[0]);
    double start = jsonata_number_or(call->arguments[1], (double)NAN);
    struct json length = call->arguments[2];

    if (call->arguments[0].type == JSON_NONE)
        return OK;
    TRY(jsonata_walk(e, text));
    size_t count = text_length(text);
    size_t to = count;
    if ((double)count + start < 0)
        start = 0;
    if (length.type != JSON_NONE) {
        double end = value_number(length) + (start >= 0 ? start : (double)count + start);
        to = value_number(length) > 0 ? jsonata_slice_index(end, count) : 0;
    }
    size_t from = jsonata_slice_index(start, count);
    size_t from_bytes = text_offset(text, from);
    size_t bytes = to > from ? text_offset(str_slice(text, from_bytes, text.bytes), to - from) : 0;
    *out = json_string(str_slice(text, from_bytes, bytes));
    return OK;
}

// What the reference looks for when it is not told what: the word.
static struct str needle_of(struct json argument)
{
    return argument.type == JSON_NONE ? str("undefined") : json_text(argument);
}

enum status function_substringBefore(struct evaluation *e, const struct call *call,
                                     struct json *out)
{
    struct str text = json_text(call->arguments[0]);

    if (call->arguments[0].type != JSON_NONE)
        *out = json_string(str_slice(text, 0, str_find(text, needle_of(call->arguments[1]))));
    return jsonata_walk(e, text);
}

enum status function_substringAfter(struct evaluation *e, const struct call *call, struct json *out)
{
    struct str text = json_text(call->arguments[0]);
    struct str needle = needle_of(call->arguments[1]);

    if (call->arguments[0].type == JSON_NONE)
        return OK;
    TRY(jsonata_walk(e, text));
    size_t at = str_find(text, needle);
    *out = call->arguments[0];
    if (at < text.bytes || needle.bytes == 0)
        *out = json_string(str_slice(text, at + needle.bytes, text.bytes));
    return OK;
}

static enum status change_case(struct evaluation *e, struct json text,
                               void (*put)(struct buf *out, struct str text), struct json *out)
{
    if (text.type == JSON_NONE)
        return OK;
    TRY(jsonata_walk(e, json_text(text)));
    struct buf changed = jsonata_text(e);
    put(&changed, json_text(text));
    return jsonata_text_finish(e, &changed, out);
}

enum status function_lowercase(struct evaluation *e, const struct call *call, struct json *out)
{
    return change_case(e, call->arguments[0], text_put_lower, out);
}

enum status function_uppercase(struct evaluation *e, const struct call *call, struct json *out)
{
    return change_case(e, call->arguments[0], text_put_upper, out);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void put_trimmed(struct buf *out, struct str text)
{
    text = str_trim(text);
    for (size_t i = 0; i < text.bytes; i++) {
        if (!is_blank(text.data[i]))
            buf_put_byte(out, text.data[i]);
        else if (!is_blank(text.data[i - 1]))
            buf_put_byte(out, ' ');
    }
}

enum status function_trim(struct evaluation *e, const struct call *call, struct json *out)
{
    return change_case(e, call->arguments[0], put_trimmed, out);
}

// Appends so many characters, those of `filling` again and again.
static enum status put_padding(struct evaluation *e, struct buf *out, struct str filling,
                               size_t characters)
{
    size_t at = 0;
    uint32_t point = 0;

    for (size_t i = 0; i < characters && !out->overflow; i++) {
        size_t bytes = text_decode(str_slice(filling, at, filling.bytes), &point);
        TRY(jsonata_step(e, 1));
        buf_put(out, str_slice(filling, at, bytes));
        at = at + bytes < filling.bytes ? at + bytes : 0;
    }
    return OK;
}

enum status function_pad(struct evaluation *e, const struct call *call, struct json *out)
{
    struct str text = json_text(call->arguments[0]);
    double width = trunc(jsonata_number_or(call->arguments[1], 0));
    struct str filling = json_text(call->arguments[2]);

    if (call->arguments[0].type == JSON_NONE)
        return OK;
    TRY(jsonata_walk(e, text));
    size_t wanted = jsonata_count_below(fabs(width));
    size_t there = text_length(text);
    *out = call->arguments[0];
    if (wanted <= there)
        return OK;
    struct buf padded = jsonata_text(e);
    if (width > 0)
        buf_put(&padded, text);
    TRY(put_padding(e, &padded, filling.bytes > 0 ? filling : str(" "), wanted - there));
    if (width < 0)
        buf_put(&padded, text);
    return jsonata_text_finish(e, &padded, out);
}

enum status function_join(struct evaluation *e, const struct call *call, struct json *out)
{
    struct json texts = call->arguments[0];
    struct buf joined = jsonata_text(e);

    if (texts.type == JSON_NONE)
        return OK;
    for (size_t i = 0; i < texts.count; i++) {
        TRY(jsonata_step(e, 1));
        if (i > 0)
            buf_put(&joined, json_text(call->arguments[1]));
        buf_put(&joined, json_text(texts.items[i]));
    }
    return jsonata_text_finish(e, &joined, out);
}
