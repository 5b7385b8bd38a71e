// From values of the language to plain JSON: computed numbers get digits, what is no number is
// null, functions vanish. What was made of nothing but input is passed on as it is.
#include "expr/jsonata_tree_impl.h"

#include "core/utf8.h"

#include <math.h>

enum { JSON_FLAGS = VALUE_MADE - 1 };

struct str jsonata_replace_halves(char *text, size_t bytes)
{
    for (size_t i = 0; i + 2 < bytes; i++)
        if ((uint8_t)text[i] == 0xED && (uint8_t)text[i + 1] >= 0xA0)
            memcpy(text + i, "\xEF\xBF\xBD", 3);
    return str_of(text, bytes);
}

// Text made of UTF-16 units may hold half a pair, which UTF-8 cannot.
static enum status export_text(struct evaluation *e, struct str text, struct str *out)
{
    char *copy = NULL;

    *out = text;
    if (text.bytes == 0 || !memchr(text.data, 0xED, text.bytes) || utf8_valid(text))
        return OK;
    TRY(jsonata_bytes(e, text.bytes, &copy));
    memcpy(copy, text.data, text.bytes);
    *out = jsonata_replace_halves(copy, text.bytes);
    return OK;
}

static enum status export_string(struct evaluation *e, struct json v, struct json *out)
{
    struct str text = {0};

    TRY(export_text(e, json_text(v), &text));
    *out = v;
    if (text.data != v.text)
        *out = json_string(text);
    return OK;
}

static enum status export_number(struct evaluation *e, struct json v, struct json *out)
{
    double number = value_number(v);

    TRY(jsonata_step(e, 1));
    *out = isfinite(number) ? json_double(e->scope, number) : json_null();
    return OK;
}

static bool is_plain(struct json v)
{
    bool container = v.type == JSON_ARRAY || v.type == JSON_OBJECT;

    return v.type <= JSON_OBJECT && v.type != JSON_NONE && v.type != JSON_STRING &&
           !(container && v.flags & VALUE_MADE);
}

static enum status export_array(struct evaluation *e, struct json v, struct json *out)
{
    struct json *items = NULL;
    size_t plain = 0;

    while (plain < v.count && is_plain(v.items[plain]))
        plain++;
    *out = v;
    out->flags &= JSON_FLAGS;
    if (plain == v.count)
        return OK;
    TRY(jsonata_step(e, v.count));
    TRY(jsonata_items(e, v.count, &items));
    for (size_t i = 0; i < v.count; i++) {
        TRY(jsonata_export(e, v.items[i], &items[i]));
        if (items[i].type == JSON_NONE)
            items[i] = json_null();
    }
    *out = json_array(items, v.count);
    return OK;
}

static enum status export_object(struct evaluation *e, struct json v, struct json *out)
{
    struct json object = value_object(v);
    struct json *memory = NULL;
    size_t count = 0;

    TRY(jsonata_step(e, object.count));
    TRY(jsonata_items(e, (size_t)object.count * 2, &memory));
    struct json_member *members = (struct json_member *)(void *)memory;
    for (size_t i = 0; i < object.count; i++) {
        struct json value = {0};
        TRY(jsonata_export(e, object.members[i].value, &value));
        if (value.type == JSON_NONE)
            continue;
        TRY(export_text(e, object.members[i].name, &members[count].name));
        members[count++].value = value;
    }
    *out = json_object(members, count);
    return OK;
}

enum status jsonata_export(struct evaluation *e, struct json v, struct json *out)
{
    *out = v;
    if (v.type == VALUE_DOUBLE)
        return export_number(e, v, out);
    if (v.type == VALUE_FUNCTION || v.type == VALUE_TUPLE)
        *out = value_none();
    if (v.type == JSON_STRING)
        return export_string(e, v, out);
    if (v.type == JSON_ARRAY && v.flags & VALUE_MADE)
        return export_array(e, v, out);
    if (v.type == JSON_OBJECT && v.flags & VALUE_MADE)
        return export_object(e, v, out);
    return OK;
}
