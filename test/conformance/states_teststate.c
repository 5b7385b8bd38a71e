// Requests of TestState and what AWS answered, one a line: {id, request, lambdas, response}. The
// whole response is compared, its members too that TestState gives as text of JSON.
#include "core/moment.h"
#include "flow/step.h"
#include "flow/test_state.h"
#include "test/conformance/conformance.h"
#include "test/conformance/states_language.h"

enum { CASE_BYTES_MAX = 64 << 20 };

static enum status run_function(struct scope *s, void *context, const struct flow_command *command,
                                struct flow_event *end)
{
    struct driver_answer answer = {0};

    states_function(s, context, command, &answer);
    end->kind = answer.error.data ? EVENT_TASK_FAILED : EVENT_TASK_SUCCEEDED;
    end->value = answer.value;
    end->error = answer.error;
    end->cause = answer.cause;
    return OK;
}

static enum inspection_level level_of(struct str word)
{
    if (str_is(word, "TRACE"))
        return INSPECT_TRACE;
    return str_is(word, "DEBUG") ? INSPECT_DEBUG : INSPECT_INFO;
}

static bool is_right(struct scope *s, struct json line)
{
    struct json r = json_member(line, "request");
    struct json lambdas = json_member(line, "lambdas");
    const struct test_state_request request = {
        .definition = json_text(json_member(r, "definition")),
        .state_name = json_text(json_member(r, "stateName")),
        .input = json_text(json_member(r, "input")),
        .variables = json_text(json_member(r, "variables")),
        .context = json_text(json_member(r, "context")),
        .role_arn = json_text(json_member(r, "roleArn")),
        .level = level_of(json_text(json_member(r, "inspectionLevel"))),
        .reveal_secrets = json_is(json_member(r, "revealSecrets"), JSON_TRUE),
        .mock = json_member(r, "mock"),
        .configuration = json_member(r, "stateConfiguration"),
        .account = str("111111111111"),
        .now_us = 1764547200 * MOMENT_SECOND_US,
        .run = run_function,
        .run_context = &lambdas,
    };
    struct test_state_result result = {0};

    if (test_state(s, &request, &result) != OK)
        return false;
    return states_matches(s, (struct str){0}, json_member(line, "response"),
                          test_state_answer(s, &result));
}

SUITE_IN("states-teststate", "states-language", states_teststate)
{
    struct str rest = conformance_read(s, str_format(s, "%.*s/teststate.jsonl", STR(directory)));

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
