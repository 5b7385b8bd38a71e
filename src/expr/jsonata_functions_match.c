// Functions that find: $contains, $match, $replace, $split, by a text or by a regular expression.
// What ends a search early counts as the reference counts it: the next match is looked for before
// the limit is.
#include "expr/jsonata_functions_shared_impl.h"
#include "expr/jsonata_number.h"
#include "expr/jsonata_text.h"

#include <math.h>

enum {
    GROUPS_WITH_ONE_DIGIT = 10,
    REFERENCE_DIGITS_MAX = 2,
};

enum status function_contains(struct evaluation *e, const struct call *call, struct json *out)
{
    struct json text = call->arguments[0];
    struct json part = call->arguments[1];
    bool found = false;

    if (text.type == JSON_NONE || part.type == JSON_NONE)
        return OK;
    TRY(jsonata_walk(e, json_text(text)));
    if (part.type == JSON_STRING) {
        struct str needle = json_text(part);
        found = needle.bytes == 0 || str_find(json_text(text), needle) < json_text(text).bytes;
    } else {
        struct match m = {0};
        TRY(jsonata_match_first(e, part, json_text(text), &m));
        found = m.found;
    }
    *out = json_bool(found);
    return OK;
}

// Returns how many may be found; no limit is an infinite one.
static size_t limit_of(struct json argument)
{
    return jsonata_count_below(jsonata_number_or(argument, (double)INFINITY));
}

static bool is_negative(struct json limit)
{
    return jsonata_number_or(limit, 0) < 0;
}

static enum status refuse_limit(struct evaluation *e, const char *code, struct json limit,
                                size_t index)
{
    return jsonata_raise(e, (struct trouble){.code = code, .value = limit, .index = index});
}

// What a custom matcher leaves out stays out.
static enum status set(struct object_maker *o, const char *name, struct json value)
{
    return value.type == JSON_NONE ? OK : jsonata_object_set(o, str(name), value);
}

static enum status push_match(struct evaluation *e, const struct match *m)
{
    struct object_maker *o = jsonata_object_begin(e);
    struct json object = {0};

    TRY(set(o, "match", m->match));
    TRY(set(o, "index", m->index));
    TRY(set(o, "groups", m->groups));
    TRY(jsonata_object_finish(o, &object));
    return jsonata_push(e, object);
}

enum status function_match(struct evaluation *e, const struct call *call, struct json *out)
{
    struct json text = call->arguments[0];
    size_t limit = limit_of(call->arguments[2]);
    struct match m = {0};

    if (text.type == JSON_NONE)
        return OK;
    if (is_negative(call->arguments[2]))
        return refuse_limit(e, "D3040", call->arguments[2], 3);
    size_t begun = jsonata_begin(e);
    if (limit > 0)
        TRY(jsonata_match_first(e, call->arguments[1], json_text(text), &m));
    for (size_t count = 0; m.found && count < limit; count++) {
        TRY(push_match(e, &m));
        TRY(jsonata_match_next(e, &m));
    }
    return jsonata_finish(e, begun, VALUE_SEQUENCE, out);
}

static enum status push_text(struct evaluation *e, struct str text)
{
    TRY(jsonata_step(e, 1));
    return jsonata_push(e, json_string(text));
}

// Pushes each character. The reference would cut those beyond U+FFFF in halves, which no text of
// ours can be.
static enum status push_characters(struct evaluation *e, struct str text, size_t limit)
{
    uint32_t point = 0;

    for (size_t count = 0; text.bytes > 0 && count < limit; count++) {
        size_t bytes = text_decode(text, &point);
        TRY(push_text(e, str_slice(text, 0, bytes)));
        text = str_slice(text, bytes, text.bytes);
    }
    return OK;
}

static enum status split_by_text(struct evaluation *e, struct str text, struct str separator,
                                 size_t limit)
{
    size_t from = 0;
    size_t length = 0;

    if (separator.bytes == 0)
        return push_characters(e, text, limit);
    TRY(jsonata_walk(e, text));
    for (size_t count = 0; count < limit; count++) {
        struct str rest = str_slice(text, from, text.bytes);
        length = str_find(rest, separator);
        TRY(push_text(e, str_slice(rest, 0, length)));
        if (length == rest.bytes)
            break;
        from += length + separator.bytes;
    }
    return OK;
}

static enum status split_by_matches(struct evaluation *e, struct str text, struct json matcher,
                                    size_t limit)
{
    struct match m = {0};
    size_t start = 0;
    size_t count = 0;

    TRY(jsonata_match_first(e, matcher, text, &m));
    for (; m.found && count < limit; count++) {
        size_t from = m.from > start ? m.from : start;
        TRY(push_text(e, str_slice(text, start, from - start)));
        start = m.to;
        TRY(jsonata_match_next(e, &m));
    }
    return count < limit ? push_text(e, str_slice(text, start, text.bytes)) : OK;
}

enum status function_split(struct evaluation *e, const struct call *call, struct json *out)
{
    struct json text = call->arguments[0];
    struct json separator = call->arguments[1];
    size_t limit = limit_of(call->arguments[2]);

    if (text.type == JSON_NONE)
        return OK;
    if (is_negative(call->arguments[2]))
        return refuse_limit(e, "D3020", call->arguments[2], 3);
    if (separator.type == JSON_NONE && limit > 0)
        return jsonata_refuse_missing(e, 2);
    size_t begun = jsonata_begin(e);
    if (separator.type == JSON_STRING) {
        // Of a fraction this counts the whole part, where the others count up.
        limit = jsonata_count_below(floor(jsonata_number_or(call->arguments[2], (double)INFINITY)));
        TRY(split_by_text(e, json_text(text), json_text(separator), limit));
    } else if (limit > 0) {
        TRY(split_by_matches(e, json_text(text), separator, limit));
    }
    return jsonata_finish(e, begun, 0, out);
}

// Appends what stands behind a '$' of a replacement text and returns how long that is: a group by
// its number, of as many digits as the number of groups has. Nothing that is a number: a '$'.
static size_t put_group(struct buf *out, struct str behind, const struct match *m)
{
    char digits[REFERENCE_DIGITS_MAX + 1] = {0};
    size_t most = m->groups.count < GROUPS_WITH_ONE_DIGIT ? 1 : REFERENCE_DIGITS_MAX;
    size_t used = 0;

    while (used < most && used < behind.bytes && behind.data[used] >= '0' &&
           behind.data[used] <= '9') {
        digits[used] = behind.data[used];
        used++;
    }
    if (used == 0) {
        buf_put_byte(out, '$');
        return 0;
    }
    size_t index = (size_t)(digits[0] - '0');
    if (used == 2 && index * 10 + (size_t)(digits[1] - '0') <= m->groups.count)
        index = index * 10 + (size_t)(digits[1] - '0');
    if (index > 0 && index <= m->groups.count)
        buf_put(out, json_text(m->groups.items[index - 1]));
    // As many as the number has when it is printed, so 01 counts as one digit.
    return index >= 10 ? 2 : 1;
}

static enum status put_template(struct evaluation *e, struct buf *out, struct str template,
                                const struct match *m)
{
    struct str rest = template;

    TRY(jsonata_walk(e, template));
    while (rest.bytes > 0) {
        size_t dollar = str_find_byte(rest, '$');
        buf_put(out, str_slice(rest, 0, dollar));
        if (dollar == rest.bytes)
            break;
        rest = str_slice(rest, dollar + 1, rest.bytes);
        size_t used = 1;
        if (rest.bytes > 0 && rest.data[0] == '$')
            buf_put_byte(out, '$');
        else if (rest.bytes > 0 && rest.data[0] == '0')
            buf_put(out, json_text(m->match));
        else
            used = put_group(out, rest, m);
        rest = str_slice(rest, used, rest.bytes);
    }
    return OK;
}

static enum status put_replacement(struct evaluation *e, struct buf *out, struct json replacement,
                                   struct match *m)
{
    struct json replaced = {0};

    if (replacement.type == JSON_STRING)
        return put_template(e, out, json_text(replacement), m);
    if (replacement.type == JSON_NONE)
        return jsonata_refuse_missing(e, 3);
    TRY(jsonata_match_object(e, m));
    TRY(jsonata_call(e, replacement, &m->object, 1, &replaced));
    if (replaced.type != JSON_STRING)
        return jsonata_raise(e, (struct trouble){.code = "D3012", .value = replaced});
    buf_put(out, json_text(replaced));
    return OK;
}

static enum status replace_matches(struct evaluation *e, struct buf *out, const struct call *call,
                                   size_t limit)
{
    struct str text = json_text(call->arguments[0]);
    struct match m = {0};
    size_t start = 0;

    TRY(jsonata_match_first(e, call->arguments[1], text, &m));
    for (size_t count = 0; m.found && count < limit; count++) {
        size_t from = m.from > start ? m.from : start;
        TRY(jsonata_step(e, 1));
        buf_put(out, str_slice(text, start, from - start));
        TRY(put_replacement(e, out, call->arguments[2], &m));
        start = m.from + json_text(m.match).bytes;
        TRY(jsonata_match_next(e, &m));
    }
    buf_put(out, str_slice(text, start, text.bytes));
    return OK;
}

// A replacement that is no text is printed as ECMAScript would.
static struct str plain_replacement(struct json replacement)
{
    if (replacement.type == JSON_STRING)
        return json_text(replacement);
    return str(replacement.type == JSON_NONE ? "undefined" : "[object Object]");
}

static enum status replace_texts(struct evaluation *e, struct buf *out, const struct call *call,
                                 size_t limit)
{
    struct str rest = json_text(call->arguments[0]);
    struct str part = json_text(call->arguments[1]);

    TRY(jsonata_walk(e, rest));
    for (size_t count = 0; count < limit; count++) {
        size_t at = str_find(rest, part);
        if (at == rest.bytes)
            break;
        TRY(jsonata_step(e, 1));
        buf_put(out, str_slice(rest, 0, at));
        buf_put(out, plain_replacement(call->arguments[2]));
        rest = str_slice(rest, at + part.bytes, rest.bytes);
    }
    buf_put(out, rest);
    return OK;
}

enum status function_replace(struct evaluation *e, const struct call *call, struct json *out)
{
    struct json text = call->arguments[0];
    struct json pattern = call->arguments[1];
    size_t limit = limit_of(call->arguments[3]);

    if (text.type == JSON_NONE)
        return OK;
    if (pattern.type == JSON_STRING && pattern.count == 0)
        return jsonata_raise(e, (struct trouble){.code = "D3010", .value = pattern, .index = 2});
    if (is_negative(call->arguments[3]))
        return refuse_limit(e, "D3011", call->arguments[3], 4);
    *out = text;
    if (limit == 0)
        return OK;
    if (pattern.type == JSON_NONE)
        return jsonata_refuse_missing(e, 2);
    struct buf replaced = jsonata_text(e);
    TRY(pattern.type == JSON_STRING ? replace_texts(e, &replaced, call, limit)
                                    : replace_matches(e, &replaced, call, limit));
    return jsonata_text_finish(e, &replaced, out);
}
