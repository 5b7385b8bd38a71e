#include "flow/test_state.h"

#include "core/json.h"
#include "flow/step.h"

#include "test/harness.h"

// A function that gives back what it is called with, or fails when that is "fail".
static enum status run_echo(struct scope *s, void *context, const struct flow_command *command,
                            struct flow_event *end)
{
    (void)s;
    (void)context;
    if (str_is(json_text(command->payload), "fail")) {
        *end = (struct flow_event){
            .kind = EVENT_TASK_FAILED, .error = str("Broken"), .cause = str("as asked")};
    } else {
        *end = (struct flow_event){.kind = EVENT_TASK_SUCCEEDED, .value = command->payload};
    }
    return OK;
}

static struct json parsed(struct scope *s, const char *text)
{
    struct json out = {0};

    if (text && json_parse(s, str(text), &json_limits_lenient, &out) != OK)
        (void)test_expect(false, __FILE__, __LINE__, text);
    return out;
}

struct test_case {
    const char *definition, *input, *mock, *configuration, *answer;
};

static void check(struct scope *s, const struct test_case *c)
{
    const struct test_state_request request = {
        .definition = str(c->definition),
        .input = str(c->input),
        .level = INSPECT_DEBUG,
        .mock = parsed(s, c->mock),
        .configuration = parsed(s, c->configuration),
        .now_us = 1764547200000000,
        .run = run_echo,
    };
    struct test_state_result result = {0};
    enum status e = test_state(s, &request, &result);
    struct str answer = e == OK
                            ? json_to_str(s, test_state_answer(s, &result))
                            : str_format(s, "%s: %.*s", result.exception ? result.exception : "",
                                         STR(scope_why(s)));

    scope_forgive(s);
    EXPECT_STR(answer, c->answer);
}

#define MAP_OF                                                                                     \
    "{\"Type\":\"Map\",\"ItemsPath\":\"$.list\",\"ItemSelector\":{\"v.$\":"                        \
    "\"$$.Map.Item.Value\"},\"ToleratedFailureCount\":1,\"ItemProcessor\":{\"ProcessorConfig\":{"  \
    "\"Mode\":\"DISTRIBUTED\",\"ExecutionType\":\"STANDARD\"},\"StartAt\":\"I\",\"States\":{"      \
    "\"I\":{\"Type\":\"Succeed\"}}},\"End\":true}"
#define RETRIED                                                                                    \
    "{\"Type\":\"Task\",\"Resource\":\"arn:aws:states:::sqs:sendMessage.waitForTaskToken\","       \
    "\"Parameters\":{\"t.$\":\"$$.Task.Token\"},\"Retry\":[{\"ErrorEquals\":[\"A\"]},{"            \
    "\"ErrorEquals\":[\"B\"],\"IntervalSeconds\":3,\"MaxAttempts\":2,\"BackoffRate\":2}],"         \
    "\"Catch\":[{\"ErrorEquals\":[\"B\"],\"ResultPath\":\"$.why\",\"Next\":\"Repair\"}],"          \
    "\"Next\":\"On\"}"

static const struct test_case cases[] = {
    {"{\"Type\":\"Pass\",\"InputPath\":\"$.a\",\"Parameters\":{\"x.$\":\"$.b\"},\"ResultPath\":"
     "\"$.r\",\"Next\":\"On\"}",
     "{\"a\":{\"b\":1}}", NULL, NULL,
     "{\"output\":\"{\\\"a\\\":{\\\"b\\\":1},\\\"r\\\":{\\\"x\\\":1}}\",\"inspectionData\":{"
     "\"input\":\"{\\\"a\\\":{\\\"b\\\":1}}\",\"afterInputPath\":\"{\\\"b\\\":1}\","
     "\"afterParameters\":\"{\\\"x\\\":1}\",\"afterResultSelector\":"
     "\"{\\\"x\\\":1}\",\"afterResultPath\":\"{\\\"a\\\":{\\\"b\\\":1},\\\"r\\\":{\\\"x\\\":1}}\"},"
     "\"nextState\":\"On\",\"status\":\"SUCCEEDED\"}"},
    {"{\"Type\":\"Pass\",\"Assign\":{\"n\":2},\"End\":true,\"Result\":1}", "{}", NULL, NULL,
     "{\"output\":\"1\",\"inspectionData\":{\"input\":\"{}\",\"result\":\"1\","
     "\"afterResultSelector\":\"1\",\"afterResultPath\":\"1\",\"variables\":\"{\\\"n\\\":2}\"},"
     "\"status\":\"SUCCEEDED\"}"},
    {"{\"Type\":\"Wait\",\"Seconds\":9999,\"Next\":\"On\"}", "{}", NULL, NULL,
     "{\"output\":\"{}\",\"inspectionData\":{\"input\":\"{}\",\"afterInputPath\":\"{}\"},"
     "\"nextState\":\"On\",\"status\":\"SUCCEEDED\"}"},
    {"{\"Type\":\"Choice\",\"Choices\":[{\"Variable\":\"$.x\",\"IsNull\":true,\"Next\":\"N\"}]}",
     "{\"x\":1}", NULL, NULL,
     "{\"error\":\"States.Runtime\",\"cause\":\"An error occurred while executing the "
     "state "
     "'StateName' (entered at the event id #2). Failed to transition out of the state. The state "
     "does not point to a next state.\",\"inspectionData\":{\"input\":\"{\\\"x\\\":1}\","
     "\"afterInputPath\":\"{\\\"x\\\":1}\"},\"status\":\"FAILED\"}"},
    {"{\"Type\":\"Choice\",\"Choices\":[{\"Variable\":\"$.x\",\"IsNull\":true,\"Next\":\"N\"}],"
     "\"Default\":\"StateName\"}",
     "{\"x\":1}", NULL, NULL,
     "{\"output\":\"{\\\"x\\\":1}\",\"inspectionData\":{\"input\":\"{\\\"x\\\":1}\","
     "\"afterInputPath\":\"{\\\"x\\\":1}\"},\"nextState\":\"StateName\",\"status\":\"SUCCEEDED\"}"},
    {"{\"Type\":\"Fail\",\"ErrorPath\":\"$.e\",\"Cause\":\"C\"}", "{\"e\":\"E\"}", NULL, NULL,
     "{\"error\":\"E\",\"cause\":\"C\",\"inspectionData\":{\"input\":\"{\\\"e\\\":\\\"E\\\"}\","
     "\"afterInputPath\":\"{\\\"e\\\":\\\"E\\\"}\"},\"status\":\"FAILED\"}"},
    // A function that is called
    {"{\"Type\":\"Task\",\"Resource\":\"arn:aws:lambda:eu-north-1:123456789012:function:f\","
     "\"ResultSelector\":{\"got.$\":\"$\"},\"End\":true}",
     "7", NULL, NULL,
     "{\"output\":\"{\\\"got\\\":7}\",\"inspectionData\":{\"input\":\"7\",\"afterInputPath\":\"7\","
     "\"afterParameters\":\"7\",\"result\":\"7\",\"afterResultSelector\":\"{\\\"got\\\":7}\","
     "\"afterResultPath\":\"{\\\"got\\\":7}\"},\"status\":\"SUCCEEDED\"}"},
    {"{\"Type\":\"Task\",\"Resource\":\"arn:aws:lambda:eu-north-1:123456789012:function:f\","
     "\"Catch\":[{\"ErrorEquals\":[\"States.ALL\"],\"Next\":\"Repair\"}],\"End\":true}",
     "\"fail\"", NULL, NULL,
     "{\"output\":\"{\\\"Error\\\":\\\"Broken\\\",\\\"Cause\\\":\\\"as asked\\\"}\",\"error\":"
     "\"Broken\",\"cause\":\"as asked\",\"inspectionData\":{\"input\":\"\\\"fail\\\"\","
     "\"afterInputPath\":\"\\\"fail\\\"\",\"afterParameters\":\"\\\"fail\\\"\",\"errorDetails\":{"
     "\"catchIndex\":0}},\"nextState\":\"Repair\",\"status\":\"CAUGHT_ERROR\"}"},
    // Mocks
    {RETRIED, "{}", "{\"result\":\"{\\\"id\\\":1}\"}", NULL,
     "{\"output\":\"{\\\"id\\\":1}\",\"inspectionData\":{\"input\":\"{}\",\"afterInputPath\":\"{}"
     "\","
     "\"afterParameters\":\"{\\\"t\\\":\\\"TestState\\\"}\",\"result\":\"{\\\"id\\\":1}\","
     "\"afterResultSelector\":\"{\\\"id\\\":1}\",\"afterResultPath\":\"{\\\"id\\\":1}\"},"
     "\"nextState\":\"On\",\"status\":\"SUCCEEDED\"}"},
    {RETRIED, "{}", "{\"errorOutput\":{\"error\":\"B\",\"cause\":\"c\"}}",
     "{\"retrierRetryCount\":1}",
     "{\"error\":\"B\",\"cause\":\"c\",\"inspectionData\":{\"input\":\"{}\",\"afterInputPath\":"
     "\"{}\",\"afterParameters\":\"{\\\"t\\\":\\\"TestState\\\"}\",\"errorDetails\":{"
     "\"retryIndex\":1,\"retryBackoffIntervalSeconds\":6}},\"status\":\"RETRIABLE\"}"},
    {RETRIED, "{}", "{\"errorOutput\":{\"error\":\"B\",\"cause\":\"c\"}}",
     "{\"retrierRetryCount\":2}",
     "{\"output\":\"{\\\"why\\\":{\\\"Error\\\":\\\"B\\\",\\\"Cause\\\":\\\"c\\\"}}\",\"error\":"
     "\"B\",\"cause\":\"c\",\"inspectionData\":{\"input\":\"{}\",\"afterInputPath\":\"{}\","
     "\"afterParameters\":\"{\\\"t\\\":\\\"TestState\\\"}\",\"errorDetails\":{\"catchIndex\":0}},"
     "\"nextState\":\"Repair\",\"status\":\"CAUGHT_ERROR\"}"},
    {MAP_OF, "{\"list\":[1,2]}", "{\"result\":\"[3,4]\"}", "{\"mapIterationFailureCount\":1}",
     "{\"output\":\"[3,4]\",\"inspectionData\":{\"input\":\"{\\\"list\\\":[1,2]}\","
     "\"afterItemsPath\":\"[1,2]\",\"afterItemSelector\":\"[{\\\"v\\\":1},{\\\"v\\\":2}]\","
     "\"toleratedFailureCount\":1,\"maxConcurrency\":0,\"afterResultSelector\":\"[3,4]\","
     "\"afterResultPath\":\"[3,4]\"},\"status\":\"SUCCEEDED\"}"},
    {MAP_OF, "{\"list\":[1,2]}", "{\"result\":\"[3,4]\"}", "{\"mapIterationFailureCount\":2}",
     "{\"error\":\"States.ExceedToleratedFailureThreshold\",\"cause\":\"The specified tolerated "
     "failure threshold was exceeded\",\"inspectionData\":{\"input\":\"{\\\"list\\\":[1,2]}\","
     "\"afterItemsPath\":\"[1,2]\",\"afterItemSelector\":\"[{\\\"v\\\":1},{\\\"v\\\":2}]\","
     "\"toleratedFailureCount\":1,\"maxConcurrency\":0},\"status\":\"FAILED\"}"},
    // What is wrong with a request
    {MAP_OF, "{\"list\":[1,2]}", "{\"result\":\"3\"}", NULL,
     "ValidationException: Mocked result must be an array."},
    {MAP_OF, "{\"list\":[1,2]}", "{\"result\":\"[3,4]\"}", "{\"mapIterationFailureCount\":3}",
     "ValidationException: mapIterationFailureCount must not exceed the number of items"},
    {MAP_OF, "{}", NULL, NULL,
     "ValidationException: State type 'Map' is only supported when a mock is specified"},
    {MAP_OF, "{}", "{\"errorOutput\":{\"error\":\"E\"}}", "{\"errorCausedByState\":\"J\"}",
     "ValidationException: errorCausedByState 'J' is no state of the tested state"},
    {"{\"Type\":\"Pass\",\"End\":true}", "{}", "{\"result\":\"3\"}", NULL,
     "ValidationException: State type 'Pass' is not supported when a mock is specified"},
    {RETRIED, "{}", "{\"result\":\"1\",\"errorOutput\":{}}", NULL,
     "ValidationException: A test mock should have only one of the following fields: [result, "
     "errorOutput]."},
    {RETRIED, "{}", "{\"result\":\"1\",\"fieldValidationMode\":\"SOME\"}", NULL,
     "ValidationException: fieldValidationMode must be one of: [STRICT, PRESENT, NONE]"},
    {"{\"Type\":\"Pass\"}", "{}", NULL, NULL,
     "InvalidDefinition: Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: There should "
     "be one of the following fields: [Next, End] at /'"},
};

TEST(a_state_is_tested_as_the_interpreter_runs_it)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(s, &cases[i]);
}

TEST(a_state_of_a_whole_definition_is_tested_with_its_query_language)
{
    const struct test_state_request request = {
        .definition = str("{\"QueryLanguage\":\"JSONata\",\"StartAt\":\"P\",\"States\":{\"P\":{"
                          "\"Type\":\"Parallel\",\"End\":true,\"Branches\":[{\"StartAt\":\"B\","
                          "\"States\":{\"B\":{\"Type\":\"Pass\",\"Output\":\"{% [$v, "
                          "$states.context.State.Name, $states.context.Map.Item.Index] %}\","
                          "\"End\":true}}}]}}}"),
        .state_name = str("B"),
        .variables = str("{\"v\":5}"),
        .context = str("{\"Map\":{\"Item\":{\"Index\":3}}}"),
        .level = INSPECT_INFO,
    };
    struct test_state_result result = {0};

    REQUIRE_OK(test_state(s, &request, &result));
    EXPECT_EQUAL(result.status, TEST_STATE_SUCCEEDED);
    EXPECT_STR(json_to_str(s, result.output), "[5,\"B\",3]");
    EXPECT(json_is(result.inspection, JSON_NONE));
}

TEST(a_state_inside_a_map_has_its_input_as_the_first_item)
{
    const struct test_state_request request = {
        .definition = str("{\"StartAt\":\"M\",\"States\":{\"M\":{\"Type\":\"Map\",\"End\":true,"
                          "\"ItemProcessor\":{\"StartAt\":\"I\",\"States\":{\"I\":{\"Type\":"
                          "\"Pass\",\"Parameters\":{\"i.$\":\"$$.Map.Item.Index\",\"v.$\":"
                          "\"$$.Map.Item.Value.a\"},\"End\":true}}}}}}"),
        .state_name = str("I"),
        .input = str("{\"a\":7}"),
    };
    struct test_state_result result = {0};

    REQUIRE_OK(test_state(s, &request, &result));
    EXPECT_STR(json_to_str(s, result.output), "{\"i\":0,\"v\":7}");
}
