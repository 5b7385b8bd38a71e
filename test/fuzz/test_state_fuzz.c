// TestState, and with it the interpreter: the first line is an input, the second what a task gives
// or a mock, the rest a state. Whatever comes back can be told, twice alike.
#include "core/json.h"
#include "core/utf8.h"
#include "flow/step.h"
#include "flow/test_state.h"
#include "test/fuzz/fuzz.h"

static enum status run(struct scope *s, void *context, const struct flow_command *command,
                       struct flow_event *end)
{
    const struct json *value = context;

    (void)s;
    (void)command;
    end->kind = json_is(*value, JSON_STRING) ? EVENT_TASK_FAILED : EVENT_TASK_SUCCEEDED;
    end->value = *value;
    end->error = end->cause = json_text(*value);
    return OK;
}

static enum status test(struct scope *s, const struct test_state_request *request, struct str *out)
{
    struct test_state_result result = {0};
    enum status e = test_state(s, request, &result);

    assert(e == OK || e == INVALID || e == TOO_LARGE);
    assert((e == INVALID) == (result.exception != NULL));
    if (e == OK)
        *out = json_to_str(s, test_state_answer(s, &result));
    return e;
}

FUZZ
{
    struct str rest = input;
    struct str text = str_cut(&rest, '\n');
    struct str task = str_cut(&rest, '\n');
    struct json value = {0};
    struct json_member result = {STR_INIT("result"), {0}};
    struct str first = {0}, second = {0};

    if (json_parse(s, task, &json_limits_strict, &value) != OK)
        value = json_null();
    result.value = json_string(task);
    const struct test_state_request request = {
        .definition = rest,
        .input = text,
        .level = input.bytes % 3 ? INSPECT_TRACE : INSPECT_INFO,
        .mock = input.bytes % 2 && utf8_valid(task) ? json_object(&result, 1) : (struct json){0},
        .now_us = 1764547200000000,
        .seed = input.bytes,
        .run = run,
        .run_context = &value,
    };
    if (test(s, &request, &first) == OK) {
        assert(test(s, &request, &second) == OK);
        assert(str_equal(first, second) && utf8_valid(first));
    }
}
