// The JSONPath Compliance Test Suite: every file of its form in the folder. A case has a selector
// that must be refused, or a document and what is selected of it: one nodelist, or several of which
// any will do; and where those nodes lie, in the same order.
#include "core/json.h"
#include "expr/jsonpath.h"
#include "test/conformance/conformance.h"

enum { CASE_BYTES_MAX = 64 << 20 };

static struct json locations_of(struct scope *s, const struct jsonpath_nodes *nodes)
{
    struct json *texts = scope_array(s, nodes->count, sizeof *texts);

    for (size_t i = 0; i < nodes->count; i++)
        texts[i] = json_string(jsonpath_location_text(s, nodes->locations[i]));
    return json_array(texts, nodes->count);
}

static bool is_result(struct json is, struct json locations, struct json values, struct json paths)
{
    return json_equal(is, values) && (json_is(paths, JSON_NONE) || json_equal(locations, paths));
}

static bool select_right(struct scope *s, const struct jsonpath *path, struct json test)
{
    struct jsonpath_options options = {.locations = true};
    struct jsonpath_nodes nodes = {0};
    struct json many = json_member(test, "results");

    if (jsonpath_select(s, path, json_member(test, "document"), &options, &nodes) != OK)
        return false;
    struct json values = json_array(nodes.values, nodes.count);
    struct json locations = locations_of(s, &nodes);
    if (json_is(many, JSON_NONE))
        return is_result(values, locations, json_member(test, "result"),
                         json_member(test, "result_paths"));
    for (size_t i = 0; i < many.count; i++)
        if (is_result(values, locations, many.items[i],
                      json_at(json_member(test, "results_paths"), i)))
            return true;
    return false;
}

static bool is_right(struct json test)
{
    struct scope *s = scope_open(CASE_BYTES_MAX);
    const struct jsonpath *path = NULL;
    struct str selector = json_text(json_member(test, "selector"));
    bool invalid = json_is(json_member(test, "invalid_selector"), JSON_TRUE);

    enum status e = jsonpath_compile(s, selector, JSONPATH_RFC9535, &path);
    bool right = invalid ? e == INVALID : e == OK && select_right(s, path, test);
    scope_close(s);
    return right;
}

SUITE("jsonpath-cts", jsonpath_cts)
{
    size_t count = 0;
    struct str *names = conformance_list(s, directory, str(".json"), &count);

    for (size_t i = 0; i < count; i++) {
        struct str path = str_format(s, "%.*s/%.*s", STR(directory), STR(names[i]));
        struct json suite = {0};
        if (json_parse(s, conformance_read(s, path), &json_limits_lenient, &suite) != OK)
            report_case(report, names[i], false);
        struct json tests = json_member(suite, "tests");
        for (size_t k = 0; k < tests.count; k++)
            report_case(report, json_text(json_member(tests.items[k], "name")),
                        is_right(tests.items[k]));
    }
}
