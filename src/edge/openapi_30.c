// Rewrites 3.1 into 3.0.3: the version; `const` becomes an `enum` of one, a list of types becomes
// `nullable`, numeric exclusive bounds become booleans, `examples` of a schema become `example`.
#include "edge/openapi_30_impl.h"

#include "core/scope.h"

static struct json convert(struct scope *s, struct json j);

static struct json one_item(struct scope *s, struct json item)
{
    struct json *items = scope_new(s, struct json);

    *items = item;
    return json_array(items, 1);
}

// Appends what a member of a schema becomes.
static size_t convert_member(struct scope *s, const struct json_member *m,
                             struct json_member out[2])
{
    if (str_is(m->name, "jsonSchemaDialect"))
        return 0;
    if (str_is(m->name, "const")) {
        out[0] = (struct json_member){str("enum"), one_item(s, m->value)};
        return 1;
    }
    if (str_is(m->name, "examples") && json_is(m->value, JSON_ARRAY) && m->value.count) {
        out[0] = (struct json_member){str("example"), json_at(m->value, 0)};
        return 1;
    }
    bool minimum = str_is(m->name, "exclusiveMinimum");
    if ((minimum || str_is(m->name, "exclusiveMaximum")) && json_is(m->value, JSON_NUMBER)) {
        out[0] = (struct json_member){str(minimum ? "minimum" : "maximum"), m->value};
        out[1] = (struct json_member){m->name, json_bool(true)};
        return 2;
    }
    if (str_is(m->name, "type") && json_is(m->value, JSON_ARRAY)) {
        size_t first = str_is(json_text(json_at(m->value, 0)), "null");
        out[0] = (struct json_member){m->name, json_at(m->value, first)};
        out[1] = (struct json_member){str("nullable"), json_bool(true)};
        return 2;
    }
    out[0] = (struct json_member){m->name, convert(s, m->value)};
    return 1;
}

static struct json convert(struct scope *s, struct json j)
{
    if (json_is(j, JSON_ARRAY)) {
        struct json *items = scope_array(s, j.count, sizeof *items);
        for (size_t i = 0; i < j.count; i++)
            items[i] = convert(s, j.items[i]);
        return json_array(items, j.count);
    }
    if (!json_is(j, JSON_OBJECT))
        return j;
    struct json_member *members = scope_array(s, 2 * (size_t)j.count, sizeof *members);
    size_t count = 0;
    for (size_t i = 0; i < j.count; i++)
        count += convert_member(s, &j.members[i], members + count);
    return json_object(members, count);
}

struct json openapi_30(struct scope *s, struct json document)
{
    return json_with(s, convert(s, document), str("openapi"), json_string(str("3.0.3")));
}
