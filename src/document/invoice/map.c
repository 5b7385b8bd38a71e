// Walks paths through the tree that expr/xml.h makes, and reads what lies there by the tables.

#include "document/invoice/map_impl.h"

#include "core/date.h"
#include "core/decimal.h"
#include "core/scope.h"

#include <string.h>

enum { MEMBERS_MAX = 64, SHOWN_BYTES = 40 };

struct found {
    struct scope *scope;
    struct json *items;
    size_t count;
    size_t room;
};

static void add(struct found *f, struct json node)
{
    if (f->count == f->room) {
        size_t room = f->room ? 2 * f->room : 4;
        struct json *items = scope_array(f->scope, room, sizeof *items);
        if (f->count)
            memcpy(items, f->items, f->count * sizeof *items);
        f->items = items;
        f->room = room;
    }
    f->items[f->count++] = node;
}

struct str map_text(struct json node)
{
    struct json text = node.type == JSON_OBJECT ? json_member(node, "#text") : node;

    return text.type == JSON_STRING ? str_trim(json_text(text)) : (struct str){0};
}

static void find(struct found *f, struct json node, struct str path);

// Whether a node fulfils "TaxScheme/ID=VAT" or "TaxScheme/ID!=VAT".
static bool fulfils(struct scope *s, struct json node, struct str condition)
{
    size_t at = str_find_byte(condition, '=');
    bool negated = at > 0 && condition.data[at - 1] == '!';
    struct str value = str_slice(condition, at + 1, condition.bytes);
    struct found f = {.scope = s};

    find(&f, node, str_slice(condition, 0, negated ? at - 1 : at));
    return f.count > 0 && str_equal_nocase(map_text(f.items[0]), value) != negated;
}

static void find_in(struct found *f, struct json node, struct str condition, struct str rest)
{
    if (condition.bytes && !fulfils(f->scope, node, condition))
        return;
    if (rest.data)
        find(f, node, rest);
    else
        add(f, node);
}

static void find(struct found *f, struct json node, struct str path)
{
    struct str condition = {0};
    struct str rest = path;
    size_t open = str_find_byte(path, '[');
    size_t slash = str_find_byte(path, '/');
    struct str name;

    if (open < slash) {
        size_t end = str_find_byte(path, ']');
        name = str_slice(path, 0, open);
        condition = str_slice(path, open + 1, end - open - 1);
        rest = str_slice(path, end + 1, path.bytes);
        rest = rest.bytes ? str_slice(rest, 1, rest.bytes) : (struct str){0};
    } else {
        name = str_cut(&rest, '/');
    }
    struct json child = json_get(node, name);
    if (child.type == JSON_NONE)
        return;
    if (child.type != JSON_ARRAY) {
        find_in(f, child, condition, rest);
        return;
    }
    for (size_t i = 0; i < child.count; i++)
        find_in(f, json_at(child, i), condition, rest);
}

struct nodes map_find(struct scope *s, struct json node, const char *path)
{
    struct found f = {.scope = s};
    struct str rest = str(path);

    while (rest.data && f.count == 0)
        find(&f, node, str_cut(&rest, ' '));
    return (struct nodes){f.items, f.count};
}

// XML Schema's decimal has forms that JSON's number has not: "+1", ".5", "5.", "007".
static enum status read_number(struct scope *s, struct str text, const char *path, struct json *out)
{
    struct str digits = text;
    bool negative = str_starts(digits, str("-"));
    struct decimal d = {0};

    if (negative || str_starts(digits, str("+")))
        digits = str_slice(digits, 1, digits.bytes);
    bool is_number = digits.bytes > 0 && !str_is(digits, ".");
    for (size_t i = 0, points = 0; i < digits.bytes; i++) {
        points += digits.data[i] == '.';
        is_number = is_number && points < 2 && strchr("0123456789.", digits.data[i]);
    }
    while (digits.bytes > 1 && digits.data[0] == '0' && digits.data[1] != '.')
        digits = str_slice(digits, 1, digits.bytes);
    if (str_starts(digits, str(".")))
        digits = str_concat(s, 2, str("0"), digits);
    if (str_ends(digits, str(".")))
        digits = str_slice(digits, 0, digits.bytes - 1);
    if (negative)
        digits = str_concat(s, 2, str("-"), digits);
    if (!is_number || decimal_parse(s, digits, &d) != OK)
        return fail(s, REFUSED, "%s: «%.*s» is no number of at most %d digits", path,
                    STR(str_slice(text, 0, SHOWN_BYTES)), DECIMAL_DIGITS_MAX);
    *out = json_number(decimal_to_str(s, d));
    return OK;
}

// A date, with or without a time zone, or the date of a time.
static enum status read_date(struct scope *s, struct str text, const char *path, struct json *out)
{
    struct str day = str_slice(text, 0, DATE_TEXT_BYTES);
    struct date d = {0};

    if (!date_read(day, &d) ||
        (text.bytes > DATE_TEXT_BYTES && !strchr("T+-Z", text.data[DATE_TEXT_BYTES])))
        return fail(s, REFUSED, "%s: «%.*s» is no date as 2026-01-31", path,
                    STR(str_slice(text, 0, SHOWN_BYTES)));
    *out = json_string(day);
    return OK;
}

static enum status read_one(struct scope *s, const struct field *f, enum dialect dialect,
                            struct json node, struct json *out)
{
    struct str text = map_text(node);

    if (f->kind == FIELD_OBJECT || f->kind == FIELD_LIST)
        return map_object(s, node, f->fields, dialect, out);
    if (text.bytes == 0)
        return OK;
    if (f->kind == FIELD_NUMBER)
        return read_number(s, text, f->paths[dialect], out);
    if (f->kind == FIELD_DATE)
        return read_date(s, text, f->paths[dialect], out);
    if (f->kind == FIELD_BOOLEAN)
        *out = json_bool(str_is(text, "true") || str_is(text, "1"));
    else
        *out = json_string(text);
    return OK;
}

static enum status read_field(struct scope *s, const struct field *f, enum dialect dialect,
                              struct json node, struct json *out)
{
    struct nodes found = map_find(s, node, f->paths[dialect]);

    *out = (struct json){0};
    if (found.count == 0)
        return OK;
    if (f->kind != FIELD_LIST && f->kind != FIELD_TEXTS)
        return read_one(s, f, dialect, found.items[0], out);
    struct json *items = scope_array(s, found.count, sizeof *items);
    size_t count = 0;
    for (size_t i = 0; i < found.count; i++) {
        TRY(read_one(s, f, dialect, found.items[i], &items[count]));
        count += items[count].type != JSON_NONE;
    }
    if (count)
        *out = json_array(items, count);
    return OK;
}

enum status map_object(struct scope *s, struct json node, const struct field *fields,
                       enum dialect dialect, struct json *out)
{
    struct json_member members[MEMBERS_MAX];
    size_t count = 0;

    for (const struct field *f = fields; f->name; f++) {
        struct json value = {0};
        if (!f->paths[dialect])
            continue;
        TRY(read_field(s, f, dialect, node, &value));
        if (value.type != JSON_NONE)
            members[count++] = (struct json_member){str(f->name), value};
    }
    *out = (struct json){0};
    if (count == 0)
        return OK;
    struct json_member *kept = scope_array(s, count, sizeof *kept);
    memcpy(kept, members, count * sizeof *kept);
    *out = json_object(kept, count);
    return OK;
}
