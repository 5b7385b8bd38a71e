// What operators and functions ask of values: numbers, members, truth, equality, order.
#include "expr/jsonata_run_impl.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum { MEMBERS_A_STEP = 32 }; // of an object in which a name is looked for

double value_number(struct json number)
{
    double value = 0;

    assert(value_is_number(number));
    if (number.type == VALUE_DOUBLE)
        memcpy(&value, &number.text, sizeof value);
    else if (!json_to_double(number, &value))
        value = number.text[0] == '-' ? -(double)INFINITY : (double)INFINITY;
    return value;
}

struct json value_object(struct json object)
{
    assert(object.type == JSON_OBJECT);
    if (object.flags & VALUE_BOXED) {
        // A box holds one item, which is the object as it is now.
        return *object.items;
    }
    return object;
}

// ECMA-262, 6.1.7: an array index is a whole number below 2^32 - 1 in its shortest form.
static bool is_array_index(struct str name, uint64_t *index)
{
    if (name.bytes == 0 || name.data[0] < '0' || name.data[0] > '9')
        return false;
    return (name.data[0] != '0' || name.bytes == 1) && str_to_u64(name, UINT32_MAX - 1, index);
}

static int by_index(const void *left, const void *right)
{
    uint64_t a = 0;
    uint64_t b = 0;

    (void)is_array_index(((const struct json_member *)left)->name, &a);
    (void)is_array_index(((const struct json_member *)right)->name, &b);
    return (a > b) - (a < b);
}

// Copies the members whose names are array indices, or the others; returns how many.
static size_t copy_members(struct json object, bool indices, struct json_member *out)
{
    uint64_t index = 0;
    size_t count = 0;

    for (size_t i = 0; i < object.count; i++)
        if (is_array_index(object.members[i].name, &index) == indices)
            out[count++] = object.members[i];
    return count;
}

enum status jsonata_ordered(struct evaluation *e, struct json object, struct json *out)
{
    struct json plain = value_object(object);
    struct json *room = NULL;
    uint64_t index = 0;
    size_t first = 0;

    *out = plain;
    while (first < plain.count && !is_array_index(plain.members[first].name, &index))
        first++;
    if (first == plain.count)
        return OK;
    TRY(jsonata_step(e, plain.count));
    static_assert(sizeof(struct json_member) == 2 * sizeof *room, "a member is as large as two");
    TRY(jsonata_items(e, (size_t)plain.count * 2, &room));
    struct json_member *members = (struct json_member *)(void *)room;
    size_t count = copy_members(plain, true, members);
    qsort(members, count, sizeof *members, by_index);
    count += copy_members(plain, false, members + count);
    *out = json_object(members, count);
    out->flags = plain.flags & VALUE_MADE;
    return OK;
}

static enum status array_truth(struct evaluation *e, struct json v, bool *out)
{
    *out = false;
    for (size_t i = 0; i < v.count; i++) {
        bool truth = false;
        TRY(jsonata_step(e, 1));
        TRY(jsonata_truth(e, v.items[i], &truth));
        *out |= truth; // the reference looks at all of them, so a number out of range is found
    }
    return OK;
}

static enum status number_truth(struct evaluation *e, struct json v, bool *out)
{
    double number = value_number(v);

    if (isinf(number))
        return jsonata_raise(e, (struct trouble){.code = "D1001", .value = v});
    *out = number != 0 && !isnan(number);
    return OK;
}

enum status jsonata_truth(struct evaluation *e, struct json v, bool *out)
{
    *out = v.type == JSON_TRUE;
    if (value_is_number(v))
        return number_truth(e, v, out);
    if (v.type == JSON_STRING)
        *out = v.count > 0;
    if (v.type == JSON_ARRAY)
        return array_truth(e, v, out);
    if (v.type == JSON_OBJECT)
        *out = value_object(v).count > 0;
    return OK;
}

static enum status equal_arrays(struct evaluation *e, struct json a, struct json b, bool *out)
{
    *out = a.count == b.count;
    for (size_t i = 0; *out && i < a.count; i++)
        TRY(jsonata_equal(e, a.items[i], b.items[i], out));
    return OK;
}

static enum status equal_objects(struct evaluation *e, struct json a, struct json b, bool *out)
{
    a = value_object(a);
    b = value_object(b);
    *out = a.count == b.count;
    for (size_t i = 0; *out && i < a.count; i++) {
        TRY(jsonata_step(e, b.count / MEMBERS_A_STEP));
        TRY(jsonata_equal(e, a.members[i].value, json_get(b, a.members[i].name), out));
    }
    return OK;
}

static bool equal_plain(struct json a, struct json b)
{
    if (value_is_number(a) && value_is_number(b))
        return value_number(a) == value_number(b);
    if (a.type != b.type)
        return false;
    if (a.type == JSON_STRING)
        return str_equal(json_text(a), json_text(b));
    return a.type <= JSON_TRUE || a.text == b.text; // functions are equal to themselves
}

enum status jsonata_equal(struct evaluation *e, struct json a, struct json b, bool *out)
{
    TRY(jsonata_step(e, 1));
    if (a.type == JSON_ARRAY && b.type == JSON_ARRAY)
        return equal_arrays(e, a, b, out);
    if (a.type == JSON_OBJECT && b.type == JSON_OBJECT)
        return equal_objects(e, a, b, out);
    *out = equal_plain(a, b);
    return OK;
}

// UTF-8 orders as code points. UTF-16 does too, but for those above U+FFFF (in UTF-8: from 0xF0),
// whose surrogates come before U+E000 (0xEE).
static unsigned utf16_rank(char byte)
{
    unsigned value = (uint8_t)byte;

    return value == 0xEE || value == 0xEF ? value + 0x10 : value >= 0xF0 ? value - 0x02 : value;
}

int jsonata_compare_text(struct str a, struct str b)
{
    size_t bytes = a.bytes < b.bytes ? a.bytes : b.bytes;
    size_t at = 0;

    while (at < bytes && a.data[at] == b.data[at])
        at++;
    if (at == bytes)
        return (a.bytes > b.bytes) - (a.bytes < b.bytes);
    unsigned left = utf16_rank(a.data[at]);
    unsigned right = utf16_rank(b.data[at]);
    return (left > right) - (left < right);
}

enum status jsonata_append(struct evaluation *e, struct json a, struct json b, struct json *out)
{
    struct json *items = NULL;

    *out = a.type == JSON_NONE ? b : a;
    if (a.type == JSON_NONE || b.type == JSON_NONE)
        return OK;
    size_t first = value_is_array(a) ? a.count : 1;
    size_t second = value_is_array(b) ? b.count : 1;
    TRY(jsonata_items(e, first + second, &items));
    if (first)
        memcpy(items, value_is_array(a) ? a.items : &a, first * sizeof *items);
    if (second)
        memcpy(items + first, value_is_array(b) ? b.items : &b, second * sizeof *items);
    return jsonata_array(e, items, first + second, 0, out);
}

static enum status push_found(struct evaluation *e, struct json found)
{
    if (!value_is_array(found))
        return found.type == JSON_NONE ? OK : jsonata_push(e, found);
    for (size_t i = 0; i < found.count; i++)
        TRY(jsonata_push(e, found.items[i]));
    return OK;
}

enum status jsonata_lookup(struct evaluation *e, struct json v, struct str name, struct json *out)
{
    *out = value_none();
    if (v.type == JSON_OBJECT) {
        TRY(jsonata_step(e, value_object(v).count / MEMBERS_A_STEP));
        *out = json_get(value_object(v), name);
    }
    if (v.type != JSON_ARRAY)
        return OK;
    size_t begun = jsonata_begin(e);
    for (size_t i = 0; i < v.count; i++) {
        struct json found = {0};
        TRY(jsonata_step(e, 1));
        TRY(jsonata_lookup(e, v.items[i], name, &found));
        TRY(push_found(e, found));
    }
    return jsonata_finish(e, begun, VALUE_SEQUENCE, out);
}
