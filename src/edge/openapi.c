// Reads docs/openapi.json into operations and finds the one that a request means. A literal
// segment is preferred to a parameter: /receipts/status/{x} before /receipts/{y}/history.
#include "edge/openapi_impl.h"

#include "core/buf.h"
#include "core/scope.h"
#include "expr/pointer.h"
#include "expr/schema.h"

static const char document_name[] = "openapi.json";

// What the steps of compiling hand on: where they are.
struct place {
    struct scope *s;
    struct schema_library *library;
    struct json path_item;
    struct str path;
    struct str method;
};

static enum status compile_schema(const struct place *at, struct str below,
                                  const struct schema **out)
{
    struct buf reference = buf_make(at->s, 4096);

    buf_put_z(&reference, document_name);
    buf_put_z(&reference, "#/paths");
    pointer_append(&reference, at->path);
    pointer_append(&reference, at->method);
    buf_put(&reference, below);
    return schema_compile(at->library, buf_str(&reference), out);
}

static enum status split_path(const struct place *at, struct operation *op)
{
    struct str segment = path_segment(op->path, 0);

    while (segment.data) {
        if (op->segment_count == PATH_SEGMENTS_MAX)
            return fail(at->s, INVALID, "openapi: %.*s has more than %d segments", STR(op->path),
                        PATH_SEGMENTS_MAX);
        op->segments[op->segment_count++] = segment;
        segment = path_segment(op->path, op->segment_count);
    }
    return OK;
}

static bool parse_place(struct str in, enum parameter_place *out)
{
    static const struct {
        const char *name;
        enum parameter_place place;
    } places[] = {{"path", IN_PATH}, {"query", IN_QUERY}, {"header", IN_HEADER}};

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (str_is(in, places[i].name)) {
            *out = places[i].place;
            return true;
        }
    }
    return false;
}

static enum status compile_parameter(const struct place *at, struct json source, size_t index,
                                     struct parameter *p)
{
    struct json schema = json_member(source, "schema");
    struct str type = json_text(json_member(schema, "type"));

    p->name = json_text(json_member(source, "name"));
    p->required = json_is(json_member(source, "required"), JSON_TRUE);
    p->number = str_is(type, "integer") || str_is(type, "number");
    struct json fallback = json_member(schema, "default");
    if (json_is(fallback, JSON_STRING) || json_is(fallback, JSON_NUMBER))
        p->fallback = json_text(fallback);
    if (p->name.bytes == 0 || !parse_place(json_text(json_member(source, "in")), &p->place))
        return fail(at->s, INVALID, "openapi: %.*s: parameter %zu wants a name and a place",
                    STR(at->path), index);
    return compile_schema(at, str_format(at->s, "/parameters/%zu/schema", index), &p->schema);
}

static enum status compile_parameters(const struct place *at, struct json source,
                                      struct operation *op)
{
    struct json list = json_member(source, "parameters");

    if (list.count > PARAMETERS_MAX)
        return fail(at->s, INVALID, "openapi: %.*s has more than %d parameters", STR(op->id),
                    PARAMETERS_MAX);
    for (size_t i = 0; i < list.count; i++)
        TRY(compile_parameter(at, json_at(list, i), i, &op->parameters[i]));
    op->parameter_count = list.count;
    return OK;
}

static enum status compile_body(const struct place *at, struct json source, struct operation *op)
{
    struct json body = json_member(source, "requestBody");
    struct json content = json_member(body, "content");
    int64_t bytes_max = BODY_BYTES_MAX_DEFAULT;

    (void)json_to_i64(json_member(source, "x-body-bytes-max"), &bytes_max);
    op->body_bytes_max = bytes_max > 0 ? (size_t)bytes_max : 0;
    op->body_required = json_is(json_member(body, "required"), JSON_TRUE);
    if (content.count > MEDIA_TYPES_MAX)
        return fail(at->s, INVALID, "openapi: %.*s takes more than %d media types", STR(op->id),
                    MEDIA_TYPES_MAX);
    for (size_t i = 0; json_is(content, JSON_OBJECT) && i < content.count; i++)
        op->media_types[op->media_type_count++] = content.members[i].name;
    op->body_json = !json_is(json_member(content, "application/json"), JSON_NONE);
    if (!op->body_json)
        return OK;
    return compile_schema(at, str("/requestBody/content/application~1json/schema"), &op->body);
}

static bool is_true(struct json source, const char *name)
{
    return json_is(json_member(source, name), JSON_TRUE);
}

static enum status compile_operation(const struct place *at, struct json source,
                                     struct operation *op)
{
    struct buf method = buf_make(at->s, 16);

    for (size_t i = 0; i < at->method.bytes; i++)
        buf_put_byte(&method, (char)(at->method.data[i] - 'a' + 'A'));
    op->id = json_text(json_member(source, "operationId"));
    op->path = at->path;
    op->method = buf_str(&method);
    op->scope = json_text(json_member(source, "x-scope"));
    op->open = op->scope.bytes == 0;
    op->signed_link = is_true(source, "x-signed-link");
    op->open_on_loopback = is_true(source, "x-open-on-loopback");
    if (op->id.bytes == 0)
        return fail(at->s, INVALID, "openapi: %.*s %.*s has no operationId", STR(op->method),
                    STR(op->path));
    TRY(split_path(at, op));
    TRY(compile_parameters(at, source, op));
    return compile_body(at, source, op);
}

static bool is_method(struct str name)
{
    static const char *const methods[] = {"get", "post", "put", "patch", "delete"};

    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (str_is(name, methods[i]))
            return true;
    return false;
}

static enum status compile_path(struct place *at, struct openapi *api)
{
    for (size_t i = 0; i < at->path_item.count; i++) {
        const struct json_member *member = &at->path_item.members[i];
        if (!is_method(member->name))
            continue;
        if (api->operation_count == OPERATIONS_MAX)
            return fail(at->s, INVALID, "openapi: more than %d operations", OPERATIONS_MAX);
        at->method = member->name;
        TRY(compile_operation(at, member->value, &api->operations[api->operation_count]));
        api->operation_count++;
    }
    return OK;
}

enum status openapi_compile(struct scope *s, struct json document, struct openapi *out)
{
    struct schema_options options = {.assert_formats = false};
    struct place at = {.s = s, .library = schema_library_new(s, &options)};
    struct json paths = json_member(document, "paths");

    if (!json_is(paths, JSON_OBJECT))
        return fail(s, INVALID, "openapi: there are no paths");
    TRY(schema_library_add(at.library, str(document_name), document));
    *out = (struct openapi){.document = document,
                            .operations = scope_array(s, OPERATIONS_MAX, sizeof(struct operation))};
    for (size_t i = 0; i < paths.count; i++) {
        at.path = paths.members[i].name;
        at.path_item = paths.members[i].value;
        if (!json_is(at.path_item, JSON_OBJECT))
            return fail(s, INVALID, "openapi: %.*s is not an object", STR(at.path));
        TRY(compile_path(&at, out));
    }
    return OK;
}

struct str path_segment(struct str path, size_t n)
{
    struct str rest = path;

    if (rest.bytes == 0 || rest.data[0] != '/')
        return (struct str){0};
    rest = str_slice(rest, 1, rest.bytes);
    while (n-- > 0) {
        (void)str_cut(&rest, '/');
        if (!rest.data)
            return (struct str){0};
    }
    return str_slice(rest, 0, str_find_byte(rest, '/'));
}

// How well a path fits: the number of literal segments, or -1.
static int fit(const struct operation *op, const struct str *segments, size_t count)
{
    int literals = 0;

    if (op->segment_count != count)
        return -1;
    for (size_t i = 0; i < count; i++) {
        bool parameter = op->segments[i].bytes && op->segments[i].data[0] == '{';
        if (parameter ? segments[i].bytes == 0 : !str_equal(op->segments[i], segments[i]))
            return -1;
        literals += !parameter;
    }
    return literals;
}

static size_t split(struct str path, struct str segments[PATH_SEGMENTS_MAX + 1])
{
    size_t count = 0;

    if (path.bytes == 0 || path.data[0] != '/')
        return 0;
    struct str rest = str_slice(path, 1, path.bytes);
    while (rest.data && count <= PATH_SEGMENTS_MAX)
        segments[count++] = str_cut(&rest, '/');
    return count;
}

enum status openapi_match(const struct openapi *api, struct scope *s, struct str method,
                          struct str path, const struct operation **out, struct str *allow)
{
    struct str segments[PATH_SEGMENTS_MAX + 1];
    size_t count = split(path, segments);
    int best_fit = -1; // of any method: decides which path is meant
    struct str wanted = str_is(method, "HEAD") ? str("GET") : method;

    *out = NULL;
    *allow = (struct str){0};
    for (size_t i = 0; i < api->operation_count; i++) {
        const struct operation *op = &api->operations[i];
        int literals = fit(op, segments, count);
        if (literals < 0 || literals < best_fit)
            continue;
        if (literals > best_fit) {
            *out = NULL;
            *allow = (struct str){0};
        }
        best_fit = literals;
        if (str_equal(op->method, wanted))
            *out = op;
        else if (!*out)
            *allow = allow->bytes ? str_format(s, "%.*s, %.*s", STR(*allow), STR(op->method))
                                  : op->method;
    }
    if (*out)
        return OK;
    if (best_fit < 0)
        return fail(s, NOT_FOUND, "there is no such path");
    return fail(s, INVALID, "%.*s is not a method of this path; it has %.*s", STR(method),
                STR(*allow));
}
