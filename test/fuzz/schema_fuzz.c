// JSON Schema: the first line is a schema, the rest a document. Whatever compiles checks the same
// way twice, with and without a report, and each violation names a place that is there.
#include "core/json.h"
#include "core/utf8.h"
#include "expr/pointer.h"
#include "expr/schema.h"
#include "test/fuzz/fuzz.h"

enum { VIOLATIONS = 20, SHOWN_POINTER_BYTES_MAX = 4000 };

// Compiles and checks with little room; the outcome does not matter, coming back does.
static void check_tightly(struct str input, struct json schema_text, struct json instance)
{
    size_t budget = input.bytes ? (size_t)(uint8_t)input.data[input.bytes / 2] << 12 : 0;
    struct scope *tight = scope_open(budget + 4096);
    struct scope *roomy = scope_open(FUZZ_SCOPE_BYTES_MAX);
    struct schema_report report = {0};
    const struct schema *schema = NULL;

    if (scope_has_room(tight, 64 << 10))
        (void)schema_compile_json(tight, schema_text, NULL, &schema);
    if (schema_compile_json(roomy, schema_text, NULL, &schema) == OK)
        (void)schema_check(tight, schema, instance, VIOLATIONS, &report);
    scope_close(roomy);
    scope_close(tight);
}

static void check_violation(struct scope *s, struct json instance, struct schema_violation v)
{
    struct json found = {0};

    assert(utf8_valid(v.message) && utf8_valid(v.instance) && utf8_valid(v.schema));
    assert(v.message.bytes > 0 && v.schema.bytes > 0);
    if (v.instance.bytes < SHOWN_POINTER_BYTES_MAX) {
        enum status e = pointer_resolve(s, instance, v.instance, &found);
        assert(e == OK);
    }
}

static void check_instance(struct scope *s, const struct schema *schema, struct json instance)
{
    struct schema_report report = {0};
    enum status quick = schema_check(s, schema, instance, 0, NULL);
    enum status e = schema_check(s, schema, instance, VIOLATIONS, &report);

    assert(quick == e && (e == OK || e == REFUSED));
    assert(e == REFUSED || report.count == 0);
    assert(report.count <= VIOLATIONS);
    for (size_t i = 0; i < report.count; i++)
        check_violation(s, instance, report.violations[i]);
}

FUZZ
{
    struct str rest = input;
    struct str head = str_cut(&rest, '\n');
    const struct schema_options options = {.assert_formats = input.bytes % 2 != 0,
                                           .refuse_unknown = input.bytes % 3 == 0};
    const struct schema *schema = NULL;
    struct json schema_text = {0};
    struct json instance = {0};

    if (json_parse(s, head, &json_limits_lenient, &schema_text) != OK)
        return;
    if (json_parse(s, rest, &json_limits_lenient, &instance) != OK)
        instance = schema_text;
    check_tightly(input, schema_text, instance);
    enum status e = schema_compile_json(s, schema_text, &options, &schema);
    assert(e == OK || scope_why(s).bytes > 0);
    if (e == OK)
        check_instance(s, schema, instance);
}
