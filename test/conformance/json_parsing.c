// JSONTestSuite: y_ must parse, n_ must be refused, i_ may do either; none may crash. What parses
// must also be written and read back to an equal value.
#include "core/json.h"
#include "test/conformance/conformance.h"

static bool survives(struct scope *s, struct json j)
{
    struct json back = {0};

    return json_parse(s, json_to_str(s, j), &json_limits_lenient, &back) == OK &&
           json_equal(j, back);
}

static bool is_right(struct scope *s, struct str name, struct str text)
{
    struct json j = {0};
    enum status e = json_parse(s, text, &json_limits_lenient, &j);

    if (e == OK && !survives(s, j))
        return false;
    if (str_starts(name, str("i_")))
        return true;
    return str_starts(name, str("y_")) ? e == OK : e == INVALID || e == TOO_LARGE;
}

SUITE("json-parsing", json_parsing)
{
    size_t count = 0;
    struct str folder = str_format(s, "%.*s/test_parsing", STR(directory));
    struct str *names = conformance_list(s, folder, str(".json"), &count);

    for (size_t i = 0; i < count; i++) {
        struct str path = str_format(s, "%.*s/%.*s", STR(folder), STR(names[i]));
        report_case(report, names[i], is_right(s, names[i], conformance_read(s, path)));
    }
}
