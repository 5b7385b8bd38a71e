// JSON values: looking into them, comparing, making and changing copies. Parsing, writing, numbers
// and the search in objects have files of their own.
#include "core/json.h"

#include "core/json_impl.h"
#include "core/scope.h"

#include <assert.h>

static_assert(sizeof(struct json) == 16, "a value is 16 bytes");

struct json json_get(struct json object, struct str name)
{
    if (object.type != JSON_OBJECT)
        return (struct json){0};
    size_t at = json_find(object, name);

    return at < object.count ? object.members[at].value : (struct json){0};
}

struct json json_member(struct json object, const char *name)
{
    return json_get(object, str(name));
}

struct json json_path(struct json object, const char *names)
{
    struct str rest = str(names);

    do
        object = json_get(object, str_cut(&rest, '.'));
    while (rest.data);
    return object;
}

struct json json_at(struct json array, size_t index)
{
    if (array.type != JSON_ARRAY || index >= array.count)
        return (struct json){0};
    return array.items[index];
}

const char *json_type_name(struct json j)
{
    static const char *const names[] = {
        [JSON_NONE] = "nothing", [JSON_NULL] = "null",     [JSON_FALSE] = "boolean",
        [JSON_TRUE] = "boolean", [JSON_NUMBER] = "number", [JSON_STRING] = "string",
        [JSON_ARRAY] = "array",  [JSON_OBJECT] = "object",
    };

    assert(j.type <= JSON_OBJECT);
    return names[j.type];
}

struct str json_text(struct json j)
{
    if (j.type != JSON_STRING && j.type != JSON_NUMBER)
        return (struct str){0};
    return str_of(j.text, j.count);
}

static bool items_equal(struct json a, struct json b)
{
    for (size_t i = 0; i < a.count; i++)
        if (!json_equal(a.items[i], b.items[i]))
            return false;
    return true;
}

// Members mostly stand in the same order, so the place of the one is tried first in the other.
// Names are unique in an object: when each of a's is in b, and they are as many, they are the same.
static bool members_equal(struct json a, struct json b)
{
    for (size_t i = 0; i < a.count; i++) {
        const struct json_member *m = &a.members[i];
        size_t at = str_equal(m->name, b.members[i].name) ? i : json_find(b, m->name);
        if (at == b.count || !json_equal(m->value, b.members[at].value))
            return false;
    }
    return true;
}

bool json_equal(struct json a, struct json b)
{
    if (a.type != b.type || a.depth != b.depth || a.depth > JSON_DEPTH_MAX)
        return false;
    switch ((enum json_type)a.type) {
    case JSON_NUMBER:
        return json_compare_numbers(a, b) == 0;
    case JSON_STRING:
        return str_equal(json_text(a), json_text(b));
    case JSON_ARRAY:
        return a.count == b.count && items_equal(a, b);
    case JSON_OBJECT:
        return a.count == b.count && members_equal(a, b);
    case JSON_NONE:
    case JSON_NULL:
    case JSON_FALSE:
    case JSON_TRUE:
        break;
    }
    return true;
}

struct json json_null(void)
{
    return (struct json){.type = JSON_NULL};
}

struct json json_bool(bool value)
{
    return (struct json){.type = value ? JSON_TRUE : JSON_FALSE};
}

static struct json text_value(enum json_type type, struct str text)
{
    assert(text.bytes <= UINT32_MAX);
    return (struct json){.type = (uint8_t)type, .count = (uint32_t)text.bytes, .text = text.data};
}

struct json json_string(struct str text)
{
    return text_value(JSON_STRING, text);
}

struct json json_number(struct str digits)
{
    assert(digits.bytes &&
           json_skip_number(digits.data, digits.data + digits.bytes) == digits.data + digits.bytes);
    return text_value(JSON_NUMBER, digits);
}

static uint16_t one_deeper(uint16_t depth)
{
    return depth == UINT16_MAX ? depth : (uint16_t)(depth + 1);
}

struct json json_array(const struct json *items, size_t count)
{
    uint16_t depth = 0;

    assert(count <= UINT32_MAX);
    for (size_t i = 0; i < count; i++)
        depth = items[i].depth > depth ? items[i].depth : depth;
    return (struct json){
        .type = JSON_ARRAY, .depth = one_deeper(depth), .count = (uint32_t)count, .items = items};
}

struct json json_object(const struct json_member *members, size_t count)
{
    uint16_t depth = 0;

    assert(count <= UINT32_MAX);
    for (size_t i = 0; i < count; i++)
        depth = members[i].value.depth > depth ? members[i].value.depth : depth;
    return (struct json){.type = JSON_OBJECT,
                         .depth = one_deeper(depth),
                         .count = (uint32_t)count,
                         .members = members};
}

// Copies the members from `from` up to `to` behind `target`, and returns where they end.
static struct json_member *members_copy(struct json_member *target, struct json object, size_t from,
                                        size_t to)
{
    if (from < to)
        memcpy(target, object.members + from, (to - from) * sizeof *target);
    return target + (to - from);
}

struct json json_with(struct scope *s, struct json object, struct str name, struct json value)
{
    size_t count = object.type == JSON_OBJECT ? object.count : 0;
    size_t at = count ? json_find(object, name) : 0;
    struct json_member *members = scope_array(s, count + 1, sizeof *members);

    assert(value.type != JSON_NONE);
    (void)members_copy(members, object, 0, count);
    members[at] = (struct json_member){at < count ? members[at].name : name, value};
    return json_object(members, at < count ? count : count + 1);
}

struct json json_without(struct scope *s, struct json object, struct str name)
{
    if (object.type != JSON_OBJECT)
        return json_object(NULL, 0);
    size_t at = json_find(object, name);
    if (at == object.count)
        return object;
    struct json_member *members = scope_array(s, object.count, sizeof *members);
    struct json_member *end = members_copy(members, object, 0, at);

    (void)members_copy(end, object, at + 1, object.count);
    return json_object(members, object.count - 1U);
}

static struct json copy_array(struct scope *s, struct json array)
{
    struct json *items = scope_array(s, array.count, sizeof *items);

    for (size_t i = 0; i < array.count; i++)
        items[i] = json_copy(s, array.items[i]);
    array.items = items;
    return array;
}

static struct json copy_object(struct scope *s, struct json object)
{
    struct json_member *members = scope_alloc(s, json_members_bytes(object.count));

    for (size_t i = 0; i < object.count; i++)
        members[i] = (struct json_member){str_copy(s, object.members[i].name),
                                          json_copy(s, object.members[i].value)};
    if (object.flags & JSON_INDEXED)
        memcpy(members + object.count, json_index(object), object.count * sizeof(uint32_t));
    object.members = members;
    return object;
}

struct json json_copy(struct scope *s, struct json j)
{
    assert(j.depth <= JSON_DEPTH_MAX);
    switch ((enum json_type)j.type) {
    case JSON_NUMBER:
    case JSON_STRING:
        j.text = str_copy(s, json_text(j)).data;
        return j;
    case JSON_ARRAY:
        return copy_array(s, j);
    case JSON_OBJECT:
        return copy_object(s, j);
    case JSON_NONE:
    case JSON_NULL:
    case JSON_FALSE:
    case JSON_TRUE:
        break;
    }
    return j;
}
