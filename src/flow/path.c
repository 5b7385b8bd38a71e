// A path is a JSONPath and what it starts from. The words of a failure come from path_uses.def.
#include "flow/path.h"

#include "core/buf.h"
#include "core/scope.h"
#include "core/utf8.h"
#include "expr/jsonpath.h"
#include "flow/eval.h"

#include <assert.h>

enum {
    CAUSE_BYTES_MAX = 16 << 20,
    PUT_DEPTH_MAX = 500, // steps of a path that a value is put at
};

enum root { ROOT_INPUT, ROOT_CONTEXT, ROOT_VARIABLE };

struct path {
    struct str text;
    struct str field;
    enum path_use use;
    enum root root;
    struct str variable; // without its dollar
    const struct jsonpath *query;
};

static const struct {
    bool reference;
    const char *error;
    const char *cause;
} uses[] = {
#define PATH_USE(name, reference, error, cause, meaning) [name] = {reference, error, cause},
#include "flow/path_uses.def"
#undef PATH_USE
};

static bool is_name_byte(char c, bool first)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (uint8_t)c >= 0x80 ||
           (!first && c >= '0' && c <= '9');
}

// Cuts "$name" off the beginning of a text; empty when it does not begin so.
static struct str cut_variable(struct str *rest)
{
    size_t length = 1;

    while (length < rest->bytes && is_name_byte(rest->data[length], length == 1))
        length++;
    struct str name = str_slice(*rest, 1, length - 1);
    *rest = str_slice(*rest, length, rest->bytes);
    return name;
}

// Finds what the path starts from. Returns the query on that, which begins with "$" again.
static struct str split(struct scope *s, struct str text, struct path *out)
{
    struct str rest = text;

    if (str_starts(text, str("$$"))) {
        out->root = ROOT_CONTEXT;
        return str_slice(text, 1, text.bytes);
    }
    if (text.bytes < 2 || text.data[0] != '$' || !is_name_byte(text.data[1], true))
        return text;
    out->root = ROOT_VARIABLE;
    out->variable = cut_variable(&rest);
    return str_concat(s, 2, str("$"), rest);
}

enum status path_compile(struct scope *s, struct str text, enum path_use use, struct str field,
                         const struct path **out)
{
    struct path *path = scope_new(s, struct path);
    const struct jsonpath_step *steps = NULL;
    size_t count = 0;

    assert(use < PATH_USES);
    if (text.bytes > JSONPATH_TEXT_BYTES_MAX)
        return fail(s, TOO_LARGE, "the path of %.*s has %zu bytes; the most is %d", STR(field),
                    text.bytes, JSONPATH_TEXT_BYTES_MAX);
    if (!utf8_valid(text))
        return fail(s, INVALID, "the path of %.*s is not UTF-8", STR(field));
    *path = (struct path){.text = text, .field = field, .use = use};
    TRY(jsonpath_compile(s, split(s, str_trim(text), path), JSONPATH_STATES, &path->query));
    if (uses[use].reference && !jsonpath_steps(path->query, &steps, &count))
        return fail(s, INVALID, "%.*s wants a reference path, which names one place", STR(field));
    if (use == PATH_RESULT && (path->root != ROOT_INPUT || count > PUT_DEPTH_MAX))
        return fail(s, INVALID, "%.*s wants a path in the input", STR(field));
    *out = path;
    return OK;
}

struct str path_text(const struct path *path)
{
    return path->text;
}

static struct json root_of(const struct path *path, const struct eval *eval)
{
    if (path->root == ROOT_VARIABLE)
        return eval_variable(eval, path->variable);
    return path->root == ROOT_CONTEXT ? eval->context : eval->input;
}

// How far a reference path leads.
struct way {
    size_t steps; // that lead somewhere
    struct json at;
};

static struct json step_into(struct json at, const struct jsonpath_step *step)
{
    int64_t index = step->index;

    if (step->name.data)
        return json_get(at, step->name);
    if (index < 0)
        index += at.count;
    return index < 0 ? (struct json){0} : json_at(at, (size_t)index);
}

static struct way follow(const struct jsonpath_step *steps, size_t count, struct json root)
{
    struct way way = {.at = root};

    for (; way.steps < count; way.steps++) {
        struct json next = step_into(way.at, &steps[way.steps]);
        if (json_is(next, JSON_NONE))
            break;
        way.at = next;
    }
    return way;
}

// Writes the first steps as Jayway prints paths: $['a'][0].
static void put_steps(struct buf *out, const struct jsonpath_step *steps, size_t count)
{
    buf_put_byte(out, '$');
    for (size_t i = 0; i < count; i++) {
        if (steps[i].name.data)
            buf_format(out, "['%.*s']", STR(steps[i].name));
        else
            buf_format(out, "[%lld]", (long long)steps[i].index);
    }
}

// What Jayway says when a definite path leads nowhere.
static void put_reason(struct buf *out, const struct path *path, struct json root)
{
    const struct jsonpath_step *steps = NULL;
    size_t count = 0;

    if (!jsonpath_steps(path->query, &steps, &count)) {
        buf_format(out, "No results for path: %.*s", STR(path->text));
        return;
    }
    struct way way = follow(steps, count, root);
    bool last = way.steps + 1 >= count;
    if (!json_is(way.at, JSON_OBJECT) && way.steps < count && !steps[way.steps].name.data &&
        !json_is(way.at, JSON_ARRAY)) {
        buf_format(out, "Filter: [%lld] can only be applied to arrays. Current context is: ",
                   (long long)steps[way.steps].index);
        json_write(out, way.at);
        return;
    }
    buf_put_z(out, last ? "No results for path: " : "Missing property in path ");
    put_steps(out, steps, last ? count : way.steps + 1);
}

// The first name on the way that leads nowhere.
static void put_failing_name(struct buf *out, const struct path *path, struct json root)
{
    const struct jsonpath_step *steps = NULL;
    size_t count = 0;

    if (!jsonpath_steps(path->query, &steps, &count) || count == 0)
        return;
    size_t at = follow(steps, count, root).steps;
    at = at < count ? at : count - 1;
    if (steps[at].name.data)
        buf_put(out, steps[at].name);
    else
        buf_format(out, "%lld", (long long)steps[at].index);
}

// AWS quotes the context object where that was searched, and else the input.
static void put_searched(struct buf *out, const struct path *path, const struct eval *eval)
{
    struct json searched = path->root == ROOT_CONTEXT ? eval->context : eval->input;

    if (!json_is(searched, JSON_NONE))
        json_write(out, searched);
}

// Words a failure by the shape that its use has.
static enum status fail_use(struct scope *s, const struct path *path, const struct eval *eval,
                            struct eval_failure *failure)
{
    struct buf cause = buf_make(s, CAUSE_BYTES_MAX);
    struct json root = root_of(path, eval);

    for (const char *at = uses[path->use].cause; *at; at++) {
        if (*at != '%') {
            buf_put_byte(&cause, *at);
            continue;
        }
        switch (*++at) {
        case 'p':
            buf_put(&cause, path->text);
            break;
        case 'f':
            buf_put(&cause, path->field);
            break;
        case 'i':
            put_searched(&cause, path, eval);
            break;
        case 'l':
            put_reason(&cause, path, root);
            break;
        default:
            assert(*at == 'n');
            put_failing_name(&cause, path, root);
        }
    }
    return eval_fail(s, failure, uses[path->use].error, "%.*s", (int)cause.bytes, cause.data);
}

enum status path_find(struct scope *s, const struct path *path, const struct eval *eval,
                      struct json *out, struct eval_failure *failure)
{
    struct json root = root_of(path, eval);

    *out = (struct json){0};
    if (json_is(root, JSON_NONE))
        return OK;
    if (jsonpath_value(s, path->query, root, out) != OK)
        return eval_fail(s, failure, "States.Runtime", "The path '%.*s' cannot be evaluated: %.*s",
                         STR(path->text), STR(scope_why(s)));
    return OK;
}

// An index behind the end of an array that is there, as the last step: AWS fills in null for it in
// a payload template.
static bool is_behind_the_end(const struct path *path, const struct eval *eval)
{
    const struct jsonpath_step *steps = NULL;
    size_t count = 0;

    if (path->use != PATH_TEMPLATE || !jsonpath_steps(path->query, &steps, &count) || count == 0)
        return false;
    struct way way = follow(steps, count, root_of(path, eval));
    return way.steps + 1 == count && !steps[way.steps].name.data && json_is(way.at, JSON_ARRAY);
}

enum status path_evaluate(struct scope *s, const struct path *path, const struct eval *eval,
                          struct json *out, struct eval_failure *failure)
{
    TRY(path_find(s, path, eval, out, failure));
    if (!json_is(*out, JSON_NONE))
        return OK;
    if (is_behind_the_end(path, eval)) {
        *out = json_null();
        return OK;
    }
    return fail_use(s, path, eval, failure);
}

static enum status refuse_put(struct scope *s, const struct path *path, struct json into,
                              struct eval_failure *failure)
{
    return fail_use(s, path, &(struct eval){.input = into}, failure);
}

// Returns a copy of the array in which one item is another.
static struct json with_item(struct scope *s, struct json array, size_t index, struct json value)
{
    struct json *items = scope_array(s, array.count, sizeof *items);

    memcpy(items, array.items, array.count * sizeof *items);
    items[index] = value;
    return json_array(items, array.count);
}

// Sets one step of a container; false when it cannot be done there.
static bool set_step(struct scope *s, struct json container, const struct jsonpath_step *step,
                     struct json value, struct json *out)
{
    int64_t index = step->index;

    if (step->name.data) {
        if (!json_is(container, JSON_OBJECT))
            return false;
        *out = json_with(s, container, step->name, value);
        return true;
    }
    if (index < 0)
        index += container.count;
    if (!json_is(container, JSON_ARRAY) || index < 0 || index >= container.count)
        return false;
    *out = with_item(s, container, (size_t)index, value);
    return true;
}

// What is missing on the way is an object.
static struct json container_at(struct json at)
{
    return json_is(at, JSON_NONE) ? json_object(NULL, 0) : at;
}

enum status path_put(struct scope *s, const struct path *path, struct json into, struct json value,
                     struct json *out, struct eval_failure *failure)
{
    const struct jsonpath_step *steps = NULL;
    struct json way[PUT_DEPTH_MAX + 1];
    size_t count = 0;

    if (!jsonpath_steps(path->query, &steps, &count) || count > PUT_DEPTH_MAX)
        return refuse_put(s, path, into, failure);
    way[0] = container_at(into);
    for (size_t i = 0; i < count; i++)
        way[i + 1] = container_at(step_into(way[i], &steps[i]));
    *out = value;
    for (size_t i = count; i > 0; i--)
        if (!set_step(s, way[i - 1], &steps[i - 1], *out, out))
            return refuse_put(s, path, into, failure);
    if (json_depth(*out) > JSON_DEPTH_MAX)
        return refuse_put(s, path, into, failure);
    return OK;
}
