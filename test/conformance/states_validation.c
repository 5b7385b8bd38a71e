// Definitions that AWS (or LocalStack, where `awsValidated` is false) accepted or refused, one a
// line: {id, request: {definition, type, …}, recorded}. Recorded is an answer of
// CreateStateMachine or ValidateStateMachineDefinition, or the words of an error.
//
// A refusal for InvalidDefinition must be one here, with AWS's sentence where it is AWS's own. A
// refusal for another part of the request (tags, a log destination, a version), which the line does
// not hold, says that the definition was not the reason: it must compile. Names and tags are
// checked where the line has them.
#include "core/json.h"
#include "flow/definition.h"
#include "flow/names.h"
#include "test/conformance/conformance.h"

enum { CASE_BYTES_MAX = 64 << 20 };

struct outcome {
    bool refused;
    struct str message; // of InvalidDefinition
    const struct diagnostic *diagnostics;
    size_t count;
};

static struct outcome compile(struct scope *s, struct json request)
{
    struct outcome out = {0};
    const struct definition *definition = NULL;
    const struct definition_options options = {
        .express = str_is(json_text(json_member(request, "type")), "EXPRESS")};
    struct json name = json_member(request, "name");

    out.refused = definition_compile(s, json_text(json_member(request, "definition")), &options,
                                     &definition, &out.diagnostics, &out.count) != OK;
    out.message = definition_refusal(s, out.diagnostics, out.count);
    if (json_is(name, JSON_STRING) && name_refusal(s, json_text(name)).bytes)
        out.refused = true;
    if (tags_refusal(s, json_member(request, "tags")).bytes)
        out.refused = true;
    return out;
}

// {"result": "FAIL", "diagnostics": [{"severity", "code", "message", "location"}]}; AWS says that
// nobody should rely on the messages.
static bool diagnostics_right(const struct outcome *is, struct json recorded)
{
    struct json list = json_member(recorded, "diagnostics");
    bool fail = str_is(json_text(json_member(recorded, "result")), "FAIL");

    if (fail != is->refused || (fail && list.count != is->count))
        return false;
    for (uint32_t i = 0; fail && i < list.count; i++)
        if (!str_equal(json_text(json_member(list.items[i], "code")), is->diagnostics[i].code))
            return false;
    return true;
}

static bool is_right(struct scope *s, struct json line)
{
    struct json recorded = json_member(line, "recorded");
    struct outcome is = compile(s, json_member(line, "request"));
    struct str code = json_text(json_path(recorded, "Error.Code"));
    struct str message = json_text(json_path(recorded, "Error.Message"));
    bool of_aws = json_is(json_member(line, "awsValidated"), JSON_TRUE);

    if (!json_is(json_member(recorded, "result"), JSON_NONE))
        return diagnostics_right(&is, recorded);
    if (!str_is(code, "InvalidDefinition"))
        return !is.refused;
    return is.refused && (!of_aws || str_equal(is.message, message));
}

SUITE_IN("states-validation", "states-language", states_validation)
{
    struct str rest = conformance_read(s, str_format(s, "%.*s/validation.jsonl", STR(directory)));

    while (rest.bytes > 0) {
        struct str text = str_cut(&rest, '\n');
        struct scope *scope = scope_open(CASE_BYTES_MAX);
        struct json line = {0};
        bool parsed = json_parse(scope, text, &json_limits_lenient, &line) == OK;
        if (text.bytes > 0)
            report_case(report, json_text(json_member(line, "id")),
                        parsed && is_right(scope, line));
        scope_close(scope);
    }
}
