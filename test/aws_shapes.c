// Walks a value and its shape together. Patterns are not looked at.
#include "test/aws_shapes.h"

#include "core/scope.h"
#include "sys/file.h"
#include "sys/world.h"
#include "test/harness.h"

enum { MODEL_BYTES_MAX = 16 << 20, DEPTH_MAX = 20 };

struct walk {
    struct scope *scope;
    struct json shapes;
    struct str why;
};

struct json aws_model_open(struct scope *s, const char *service)
{
    struct str directory = test_conformance_directory(s);
    struct str text = {0};
    struct json model = {0};
    static const struct json_limits limits = {.bytes_max = MODEL_BYTES_MAX,
                                              .depth_max = 64,
                                              .values_max = 1000000,
                                              .duplicates = JSON_KEEP_LAST};
    struct str path = str_format(s, "%.*s/aws-models/%s.json", STR(directory), service);

    if (directory.bytes == 0 || !path_exists(world_real(), path))
        return model;
    if (file_read_whole(s, world_real(), path, MODEL_BYTES_MAX, &text) == OK)
        (void)test_expect_ok(json_parse(s, text, &limits, &model), s, __FILE__, __LINE__, service);
    return model;
}

static bool wrong(struct walk *w, struct str at, const char *what)
{
    w->why = str_format(w->scope, "%.*s %s", STR(at), what);
    return false;
}

static bool within(struct json shape, int64_t is)
{
    int64_t least = INT64_MIN;
    int64_t most = INT64_MAX;

    (void)json_to_i64(json_member(shape, "min"), &least);
    (void)json_to_i64(json_member(shape, "max"), &most);
    return is >= least && is <= most;
}

static bool fits_text(struct walk *w, struct json shape, struct json value, struct str at)
{
    struct json values = json_member(shape, "enum");
    bool known = values.count == 0;

    if (!json_is(value, JSON_STRING))
        return wrong(w, at, "is no string");
    for (size_t i = 0; i < values.count && !known; i++)
        known = json_equal(json_at(values, i), value);
    if (!known)
        return wrong(w, at, "is none of the values");
    return within(shape, value.count) || wrong(w, at, "is too long or too short");
}

static bool fits_number(struct walk *w, struct json shape, struct json value, struct str at,
                        bool whole)
{
    int64_t is = 0;

    if (!json_is(value, JSON_NUMBER) || (whole && !json_to_i64(value, &is)))
        return wrong(w, at, "is no such number");
    return !whole || within(shape, is) || wrong(w, at, "is out of range");
}

static bool fits(struct walk *w, struct str name, struct json value, struct str at, int depth);

static bool fits_structure(struct walk *w, struct json shape, struct json value, struct str at,
                           int depth)
{
    struct json members = json_member(shape, "members");
    struct json required = json_member(shape, "required");

    if (!json_is(value, JSON_OBJECT))
        return wrong(w, at, "is no structure");
    for (size_t i = 0; i < required.count; i++) {
        if (json_get(value, json_text(json_at(required, i))).type <= JSON_NULL) {
            return wrong(w, at,
                         str_z(w->scope, str_concat(w->scope, 2, str("lacks "),
                                                    json_text(json_at(required, i)))));
        }
    }
    for (size_t i = 0; i < value.count; i++) {
        struct str name = value.members[i].name;
        struct str below = str_concat(w->scope, 3, at, str("."), name);
        struct json member = json_get(members, name);
        if (json_is(member, JSON_NONE))
            return wrong(w, below, "is unknown");
        if (!json_is(value.members[i].value, JSON_NULL) &&
            !fits(w, json_text(json_member(member, "shape")), value.members[i].value, below,
                  depth + 1))
            return false;
    }
    return true;
}

static bool fits_items(struct walk *w, struct json shape, struct json value, struct str at,
                       int depth)
{
    bool map = json_is(value, JSON_OBJECT);
    struct str name = json_text(json_path(shape, map ? "value.shape" : "member.shape"));

    if (!map && !within(shape, value.count))
        return wrong(w, at, "has too many or too few items");
    for (size_t i = 0; i < value.count; i++) {
        struct json item = map ? value.members[i].value : json_at(value, i);
        if (!fits(w, name, item, str_format(w->scope, "%.*s[%zu]", STR(at), i), depth + 1))
            return false;
    }
    return true;
}

static bool fits(struct walk *w, struct str name, struct json value, struct str at, int depth)
{
    struct json shape = json_get(w->shapes, name);
    struct str type = json_text(json_member(shape, "type"));

    if (depth > DEPTH_MAX || type.bytes == 0)
        return wrong(w, at, "has no shape");
    if (str_is(type, "structure"))
        return fits_structure(w, shape, value, at, depth);
    if (str_is(type, "list"))
        return json_is(value, JSON_ARRAY) ? fits_items(w, shape, value, at, depth)
                                          : wrong(w, at, "is no list");
    if (str_is(type, "map"))
        return json_is(value, JSON_OBJECT) ? fits_items(w, shape, value, at, depth)
                                           : wrong(w, at, "is no map");
    if (str_is(type, "string"))
        return fits_text(w, shape, value, at);
    if (str_is(type, "boolean"))
        return json_is(value, JSON_TRUE) || json_is(value, JSON_FALSE) ||
               wrong(w, at, "is no boolean");
    return fits_number(w, shape, value, at, str_is(type, "integer") || str_is(type, "long"));
}

bool aws_fits(struct scope *s, struct json model, struct str operation, bool output,
              struct json value, struct str *why)
{
    struct walk w = {.scope = s, .shapes = json_member(model, "shapes")};
    struct json op = json_get(json_member(model, "operations"), operation);
    struct str name = json_text(json_path(op, output ? "output.shape" : "input.shape"));
    bool sound = fits(&w, name, value, name, 0);

    *why = w.why;
    return sound;
}

bool aws_has_error(struct json model, struct str operation, struct str name)
{
    struct json errors =
        json_member(json_get(json_member(model, "operations"), operation), "errors");

    for (size_t i = 0; i < errors.count; i++)
        if (str_equal(json_text(json_member(json_at(errors, i), "shape")), name))
            return true;
    return false;
}
