// The public functions: compiling a whole text, evaluating, and what a compiled query tells about
// itself.
#include "expr/jsonpath.h"

#include "core/buf.h"
#include "core/scope.h"
#include "core/utf8.h"
#include "expr/jsonpath_run_impl.h"

#include <assert.h>

enum {
    COMPILED_BYTES_MAX = 512, // of scope for a byte of text
    LOCATION_BYTES_MAX = 1 << 20,
};

static size_t count_segments(const struct query *query)
{
    size_t count = 0;

    for (const struct segment *each = query->segments; each; each = each->next)
        count++;
    return count;
}

static void note_steps(struct scope *s, struct jsonpath *path)
{
    size_t count = count_segments(&path->query);
    struct jsonpath_step *steps = scope_array(s, count, sizeof *steps);

    path->steps = steps;
    path->step_count = count;
    for (const struct segment *each = path->query.segments; each; each = each->next) {
        const struct selector *selector = each->selectors;
        *steps++ = (struct jsonpath_step){selector->name, selector->from};
    }
}

// Jayway: an object of named members is one thing, when all before it is.
static bool is_definite(const struct query *query)
{
    for (const struct segment *each = query->segments; each; each = each->next)
        if (!each->single && each->selectors->kind != SELECT_MERGE)
            return false;
    return true;
}

enum status jsonpath_compile(struct scope *s, struct str text, enum jsonpath_flavour flavour,
                             const struct jsonpath **out)
{
    struct str trimmed = flavour == JSONPATH_STATES ? str_trim(text) : text;
    struct jsonpath_parser p = {.s = s, .text = trimmed, .flavour = flavour};

    if (text.bytes > JSONPATH_TEXT_BYTES_MAX)
        return fail(s, TOO_LARGE, "the JSONPath has %zu bytes; the most is %d", text.bytes,
                    JSONPATH_TEXT_BYTES_MAX);
    if (!scope_has_room(s, (text.bytes + 1) * COMPILED_BYTES_MAX))
        return fail(s, TOO_LARGE, "there is no room to compile a JSONPath");
    if (!utf8_valid(text))
        return fail(s, INVALID, "the JSONPath is not UTF-8");
    if (jsonpath_peek(&p, 0) != '$')
        return jsonpath_wrong(&p, 0, "it must begin with $");
    struct jsonpath *path = scope_new(s, struct jsonpath);
    path->flavour = flavour;
    TRY(jsonpath_parse_query(&p, &path->query));
    if (p.at < p.text.bytes)
        return jsonpath_wrong(&p, p.at, "nothing may follow here");
    path->definite = is_definite(&path->query);
    if (path->query.singular)
        note_steps(s, path);
    *out = path;
    return OK;
}

bool jsonpath_is_definite(const struct jsonpath *path)
{
    return path->definite;
}

bool jsonpath_steps(const struct jsonpath *path, const struct jsonpath_step **steps, size_t *count)
{
    *steps = path->steps;
    *count = path->step_count;
    return path->steps != NULL;
}

static struct jsonpath_run run_of(struct scope *s, const struct jsonpath *path, struct json root,
                                  const struct jsonpath_options *options)
{
    return (struct jsonpath_run){
        .s = s,
        .flavour = path->flavour,
        .root = root,
        .steps_left = options && options->steps_max ? options->steps_max : JSONPATH_STEPS_MAX,
    };
}

enum status jsonpath_select(struct scope *s, const struct jsonpath *path, struct json root,
                            const struct jsonpath_options *options, struct jsonpath_nodes *out)
{
    struct jsonpath_run run = run_of(s, path, root, options);
    struct jsonpath_sink sink = {.with_locations = options && options->locations};

    enum status e =
        jsonpath_run_query(&run, &path->query, (struct jsonpath_node){.value = root}, &sink);
    scope_close(run.patterns);
    TRY(e);
    *out = (struct jsonpath_nodes){sink.values, sink.locations, sink.count};
    return OK;
}

enum status jsonpath_value(struct scope *s, const struct jsonpath *path, struct json root,
                           struct json *out)
{
    struct jsonpath_nodes nodes = {0};

    if (path->steps) {
        struct jsonpath_run run = run_of(s, path, root, NULL);
        *out = jsonpath_follow(&run, &path->query, root);
        return OK;
    }
    TRY(jsonpath_select(s, path, root, NULL, &nodes));
    if (!path->definite)
        *out = json_array(nodes.values, nodes.count);
    else
        *out = nodes.count ? nodes.values[0] : (struct json){0};
    return OK;
}

// RFC 9535, 2.7: names in single quotes, with the shortest escapes.
static void put_name(struct buf *out, struct str name)
{
    static const char letters[] = "\b\t\n\f\r'\\";
    static const char escapes[] = "btnfr'\\";

    buf_put_z(out, "['");
    for (size_t i = 0; i < name.bytes; i++) {
        char c = name.data[i];
        const char *found = c ? strchr(letters, c) : NULL;
        if (found)
            buf_format(out, "\\%c", escapes[found - letters]);
        else if ((uint8_t)c < 0x20)
            buf_format(out, "\\u%04x", (unsigned)c);
        else
            buf_put_byte(out, c);
    }
    buf_put_z(out, "']");
}

static size_t count_steps(const struct jsonpath_location *location)
{
    size_t count = 0;

    for (; location; location = location->parent)
        count++;
    return count;
}

struct str jsonpath_location_text(struct scope *s, const struct jsonpath_location *location)
{
    size_t count = count_steps(location);
    const struct jsonpath_location **way =
        scope_array(s, count, sizeof(const struct jsonpath_location *));
    struct buf out = buf_make(s, LOCATION_BYTES_MAX);
    struct str text = {0};

    for (size_t i = count; i > 0; i--, location = location->parent)
        way[i - 1] = location;
    buf_put_byte(&out, '$');
    for (size_t i = 0; i < count; i++) {
        if (way[i]->step.name.data)
            put_name(&out, way[i]->step.name);
        else
            buf_format(&out, "[%lld]", (long long)way[i]->step.index);
    }
    return buf_finish(&out, "the location", &text) == OK ? text : str("$");
}
