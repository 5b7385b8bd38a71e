// The JSON Schema Test Suite, draft 2020-12: every required test. Documents that the suite expects
// under http://localhost:1234/ come from its folder of remotes.
#include "core/json.h"
#include "expr/schema.h"
#include "test/conformance/conformance.h"

enum { GROUP_BYTES_MAX = 64 << 20 };

static enum status load_remote(void *context, struct scope *s, struct str uri, struct json *out)
{
    static const char prefix[] = "http://localhost:1234/";
    const struct str *directory = context;

    if (!str_starts(uri, str(prefix)))
        return fail(s, NOT_FOUND, "there is no document %.*s", STR(uri));
    struct str name = str_slice(uri, sizeof prefix - 1, uri.bytes);
    struct str path = str_format(s, "%.*s/remotes/%.*s", STR(*directory), STR(name));
    return json_parse(s, conformance_read(s, path), &json_limits_lenient, out);
}

// A schema that does not compile has every test wrong.
static void run_group(struct json group, struct str directory, struct str id, struct report *report)
{
    struct scope *s = scope_open(GROUP_BYTES_MAX);
    struct schema_options options = {.load = load_remote, .context = &directory};
    const struct schema *schema = NULL;
    enum status e = schema_compile_json(s, json_member(group, "schema"), &options, &schema);
    struct json tests = json_member(group, "tests");

    for (size_t i = 0; i < tests.count; i++) {
        struct json test = tests.items[i];
        struct schema_report violations = {0};
        bool right = false;
        if (e == OK) {
            enum status is = schema_check(s, schema, json_member(test, "data"), 10, &violations);
            right = is == (json_is(json_member(test, "valid"), JSON_TRUE) ? OK : REFUSED) &&
                    (is == OK) == (violations.count == 0);
        }
        struct str why = e == OK && right ? str("") : scope_why(s);
        report_case(report,
                    str_format(s, "%.*s, test %zu (%.*s): %.*s", STR(id), i,
                               STR(json_text(json_member(test, "description"))), STR(why)),
                    right);
    }
    scope_close(s);
}

SUITE("json-schema", json_schema)
{
    size_t count = 0;
    struct str folder = str_format(s, "%.*s/draft2020-12", STR(directory));
    struct str *names = conformance_list(s, folder, str(".json"), &count);

    for (size_t i = 0; i < count; i++) {
        struct str path = str_format(s, "%.*s/%.*s", STR(folder), STR(names[i]));
        struct json groups = {0};
        if (json_parse(s, conformance_read(s, path), &json_limits_lenient, &groups) != OK)
            report_case(report, names[i], false);
        for (size_t k = 0; k < groups.count; k++) {
            struct str what = json_text(json_member(groups.items[k], "description"));
            run_group(groups.items[k], directory,
                      str_format(s, "%.*s, group %zu (%.*s)", STR(names[i]), k, STR(what)), report);
        }
    }
}
