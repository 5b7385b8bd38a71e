#include "flow/definition.h"

#include "core/buf.h"
#include "core/json.h"
#include "flow/definition_impl.h"

#include "test/harness.h"

static enum status compile(struct scope *s, const char *text, struct definition_options options,
                           const struct definition **out, const struct diagnostic **diagnostics,
                           size_t *count)
{
    enum status e = definition_compile(s, str(text), &options, out, diagnostics, count);

    scope_forgive(s);
    return e;
}

// States of a machine that begins with "A", and what is wrong with it: "CODE: message at place".
static const struct {
    const char *states, *refusal;
} state_cases[] = {
#include "flow/definition_cases.def"
};

TEST(each_rule_of_states_has_its_finding)
{
    for (size_t i = 0; i < sizeof state_cases / sizeof *state_cases; i++) {
        const struct definition *d = NULL;
        const struct diagnostic *found = NULL;
        size_t count = 0;
        struct str text =
            str_format(s, "{\"StartAt\":\"A\",\"States\":{%s}}", state_cases[i].states);
        enum status e =
            compile(s, str_z(s, text), (struct definition_options){0}, &d, &found, &count);
        struct str should =
            state_cases[i].refusal[0]
                ? str_format(s, "Invalid State Machine Definition: '%s'", state_cases[i].refusal)
                : str("");
        EXPECT_STR(e == OK ? str("") : definition_refusal(s, found, count), str_z(s, should));
    }
}

static const struct {
    const char *text;
    struct definition_options options;
    const char *refusal;
} whole_cases[] = {
    {"", {0}, "MISSING_DESCRIPTION: Received a null or empty workflow input at null"},
    {"{\"StartAt\":\"A\"}",
     {0},
     "SCHEMA_VALIDATION_FAILED: These fields are required: [States] at /"}, // AWS
    {"{}", {0}, "SCHEMA_VALIDATION_FAILED: These fields are required: [StartAt, States] at /"},
    {"[]", {0}, "SCHEMA_VALIDATION_FAILED: Expected value of type Object at /"},
    {"{\"StartAt\":\"A\",\"States\":[],\"Wrong\":1,\"TimeoutSeconds\":0,\"QueryLanguage\":1}",
     {0},
     "SCHEMA_VALIDATION_FAILED: Field 'Wrong' is not supported at /, "
     "SCHEMA_VALIDATION_FAILED: Minimum value is 1 at /TimeoutSeconds, "
     "SCHEMA_VALIDATION_FAILED: Expected value of type String at /QueryLanguage, "
     "SCHEMA_VALIDATION_FAILED: Expected value of type Object at /States"},
    // AWS
    {"{\"QueryLanguage\":\"JSONata\",\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Pass\","
     "\"QueryLanguage\":\"JSONPath\",\"End\":true}}}",
     {0},
     "SCHEMA_VALIDATION_FAILED: 'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for "
     "whole state machine at /States/A"},
    {"{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Task\",\"Resource\":"
     "\"arn:aws:states:::sqs:sendMessage.waitForTaskToken\",\"End\":true}}}",
     {.require_token_timeout = true},
     "MISSING_TIMEOUT: The wait for an answer from outside has neither TimeoutSeconds nor "
     "HeartbeatSeconds, and the workflow has no TimeoutSeconds at /States/A"},
    {"{\"TimeoutSeconds\":60,\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Task\",\"Resource\":"
     "\"arn:aws:states:::sqs:sendMessage.waitForTaskToken\",\"End\":true}}}",
     {.require_token_timeout = true},
     ""},
    {"{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Task\",\"HeartbeatSeconds\":60,\"Resource\":"
     "\"arn:aws:states:eu-north-1:123456789012:activity:read\",\"End\":true}}}",
     {.require_token_timeout = true},
     ""},
    {"{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Task\",\"Resource\":"
     "\"arn:aws:states:::states:startExecution.sync:2\",\"End\":true}}}",
     {.express = true},
     "SCHEMA_VALIDATION_FAILED: Express state machine does not support '.sync:2' service "
     "integration at /States/A/Resource"},
    {"{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Task\",\"Resource\":"
     "\"arn:aws:states:eu-north-1:123456789012:activity:read\",\"End\":true}}}",
     {.express = true},
     "SCHEMA_VALIDATION_FAILED: Express state machine does not support Activity ARN at "
     "/States/A/Resource"},
    {"{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Map\",\"End\":true,\"ItemProcessor\":{"
     "\"ProcessorConfig\":{\"Mode\":\"DISTRIBUTED\",\"ExecutionType\":\"EXPRESS\"},\"StartAt\":"
     "\"B\",\"States\":{\"B\":{\"Type\":\"Task\",\"Resource\":"
     "\"arn:aws:states:::lambda:invoke.waitForTaskToken\",\"End\":true}}}}}}",
     {0},
     "SCHEMA_VALIDATION_FAILED: Express state machine does not support '.waitForTaskToken' service "
     "integration at /States/A/ItemProcessor/States/B/Resource"},
    {"{\"Type\":\"Pass\",\"Next\":\"Anywhere\",\"Result\":1}", {.single_state = true}, ""},
    {"{\"Type\":\"Pass\",\"Next\":1}",
     {.single_state = true},
     "SCHEMA_VALIDATION_FAILED: Expected value of type String at /Next"},
};

TEST(each_rule_of_the_whole_has_its_finding)
{
    for (size_t i = 0; i < sizeof whole_cases / sizeof *whole_cases; i++) {
        const struct definition *d = NULL;
        const struct diagnostic *found = NULL;
        size_t count = 0;
        enum status e = compile(s, whole_cases[i].text, whole_cases[i].options, &d, &found, &count);
        struct str should =
            whole_cases[i].refusal[0]
                ? str_format(s, "Invalid State Machine Definition: '%s'", whole_cases[i].refusal)
                : str("");
        EXPECT_STR(e == OK ? str("") : definition_refusal(s, found, count), str_z(s, should));
    }
}

TEST(what_is_no_json_is_refused_with_the_place)
{
    const struct definition *d = NULL;
    const struct diagnostic *found = NULL;
    size_t count = 0;

    EXPECT_EQUAL(compile(s, "{\"StartAt\":", (struct definition_options){0}, &d, &found, &count),
                 INVALID);
    EXPECT_EQUAL(count, 1);
    EXPECT_STR(found[0].code, "INVALID_JSON_DESCRIPTION");
    EXPECT(found[0].message.bytes > 0);
}

static const struct {
    const char *state, *code, *location;
} warnings[] = {
    {"\"Type\":\"Pass\",\"Parameters\":{\"a\":[{\"b\":\"$.x\"}]}", "NO_DOLLAR",
     "/States/A/Parameters/a[0]/b"},
    {"\"Type\":\"Pass\",\"Parameters\":{\"a\":\"States.UUID()\"}", "NO_DOLLAR",
     "/States/A/Parameters/a"},
    {"\"Type\":\"Pass\",\"Result\":{\"a\":\"$$.Execution.Id\"}", "PASS_RESULT_IS_STATIC",
     "/States/A/Result/a"},
    {"\"Type\":\"Task\",\"Resource\":\"arn:aws:states:::lambda:invoke.waitForTaskToken\"",
     "MISSING_TIMEOUT", "/States/A"},
};

TEST(what_looks_like_a_mistake_is_a_warning_and_compiles)
{
    for (size_t i = 0; i < sizeof warnings / sizeof *warnings; i++) {
        const struct definition *d = NULL;
        const struct diagnostic *found = NULL;
        size_t count = 0;
        struct str text = str_format(s, "{\"StartAt\":\"A\",\"States\":{\"A\":{%s,\"End\":true}}}",
                                     warnings[i].state);
        EXPECT_EQUAL(compile(s, str_z(s, text), (struct definition_options){0}, &d, &found, &count),
                     OK);
        REQUIRE(count == 1);
        EXPECT_EQUAL(found[0].severity, DIAGNOSTIC_WARNING);
        EXPECT_STR(found[0].code, warnings[i].code);
        EXPECT_STR(found[0].location, warnings[i].location);
    }
}

TEST(of_two_states_with_one_name_the_last_counts_and_there_is_a_warning)
{
    const struct definition *d = NULL;
    const struct diagnostic *found = NULL;
    size_t count = 0;

    EXPECT_EQUAL(compile(s,
                         "{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Succeed\"},\"A\":{"
                         "\"Type\":\"Fail\"}}}",
                         (struct definition_options){0}, &d, &found, &count),
                 OK);
    REQUIRE(count == 1 && d->machines[0].state_count == 1);
    EXPECT_EQUAL(d->machines[0].states[0].type, STATE_FAIL);
    EXPECT_EQUAL(found[0].severity, DIAGNOSTIC_WARNING);
    EXPECT_STR(found[0].code, "DUPLICATE_NAME");
}

TEST(machines_are_numbered_from_outside_in)
{
    const struct definition *d = NULL;
    const struct diagnostic *found = NULL;
    size_t count = 0;

    REQUIRE_OK(definition_compile(
        s,
        str("{\"TimeoutSeconds\":9,\"StartAt\":\"P\",\"States\":{\"P\":{\"Type\":\"Parallel\","
            "\"Next\":\"M\",\"Branches\":[{\"StartAt\":\"B0\",\"States\":{\"B0\":{\"Type\":\"Map\","
            "\"End\":true,\"Iterator\":{\"StartAt\":\"I\",\"States\":{\"I\":{\"Type\":\"Succeed\"}"
            "}}}}},{\"StartAt\":\"B1\",\"States\":{\"B1\":{\"Type\":\"Succeed\"}}}]},\"M\":{"
            "\"Type\":\"Map\",\"End\":true,\"ItemProcessor\":{\"StartAt\":\"J\",\"States\":{\"J\":"
            "{\"Type\":\"Succeed\"}}}}}}"),
        &(struct definition_options){0}, &d, &found, &count));
    REQUIRE(d->machine_count == 5);
    EXPECT_EQUAL(d->machines[0].parent, MACHINE_NONE);
    EXPECT_EQUAL(d->machines[0].timeout_s, 9);
    const struct state *parallel = &d->machines[0].states[0];
    EXPECT_EQUAL(parallel->parallel.branches[0], 1);
    EXPECT_EQUAL(parallel->parallel.branches[1], 3);
    EXPECT_EQUAL(d->machines[1].states[0].map.processor, 2);
    EXPECT(d->machines[1].states[0].map.legacy);
    EXPECT_EQUAL(d->machines[2].parent, 1);
    EXPECT_EQUAL(d->machines[3].index, 1);
    EXPECT_EQUAL(d->machines[4].parent_state, machine_find(&d->machines[0], str("M")));
    EXPECT_EQUAL(machine_find(&d->machines[0], str("J")), STATE_NONE);
    EXPECT_EQUAL(parallel->next, 1);
    EXPECT(!parallel->end && d->machines[0].states[1].end);
}

TEST(retriers_and_catchers_have_the_defaults_of_the_language)
{
    const struct definition *d = NULL;
    const struct diagnostic *found = NULL;
    size_t count = 0;

    REQUIRE_OK(definition_compile(
        s,
        str("{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Task\",\"Resource\":"
            "\"arn:aws:lambda:eu-north-1:123456789012:function:f\",\"End\":true,\"Retry\":[{"
            "\"ErrorEquals\":[\"X\",\"Y\"]},{\"ErrorEquals\":[\"States.ALL\"],\"IntervalSeconds\":"
            "2,"
            "\"MaxAttempts\":0,\"BackoffRate\":1.5,\"MaxDelaySeconds\":7,\"JitterStrategy\":"
            "\"FULL\"}],\"Catch\":[{\"ErrorEquals\":[\"Z\"],\"ResultPath\":null,\"Next\":\"B\"}]},"
            "\"B\":{\"Type\":\"Succeed\"}}}"),
        &(struct definition_options){0}, &d, &found, &count));
    const struct state *a = &d->machines[0].states[0];
    REQUIRE(a->retrier_count == 2 && a->catcher_count == 1);
    EXPECT_EQUAL(a->retriers[0].errors.count, 2);
    EXPECT_EQUAL(a->retriers[0].interval_s, 1);
    EXPECT_EQUAL(a->retriers[0].attempts_max, 3);
    EXPECT(a->retriers[0].backoff_rate == 2.0);
    EXPECT_EQUAL(a->retriers[0].delay_max_s, 0);
    EXPECT(!a->retriers[0].jitter);
    EXPECT_EQUAL(a->retriers[1].attempts_max, 0);
    EXPECT(a->retriers[1].backoff_rate == 1.5 && a->retriers[1].jitter);
    EXPECT_EQUAL(a->retriers[1].delay_max_s, 7);
    EXPECT_EQUAL(a->catchers[0].next, 1);
    EXPECT(a->catchers[0].result_path.is_null);
    EXPECT_EQUAL(a->task.resource.kind, RESOURCE_FUNCTION);
}

TEST(a_state_alone_stands_beside_the_states_it_may_go_to)
{
    const struct definition *d = NULL;
    const struct diagnostic *found = NULL;
    size_t count = 0;

    REQUIRE_OK(definition_compile(
        s,
        str("{\"Type\":\"Choice\",\"Choices\":[{\"Variable\":\"$.x\",\"IsNull\":true,\"Next\":"
            "\"X\"},{\"Variable\":\"$.y\",\"IsNull\":true,\"Next\":\"X\"}],\"Default\":\"Y\"}"),
        &(struct definition_options){.single_state = true}, &d, &found, &count));
    REQUIRE(d->machine_count == 1 && d->machines[0].state_count == 3);
    const struct state *states = d->machines[0].states;
    EXPECT_STR(states[0].name, "StateName");
    EXPECT_EQUAL(states[0].choice.rules[1].next, 1);
    EXPECT_EQUAL(states[0].choice.otherwise, 2);
    EXPECT_STR(states[2].name, "Y");
    EXPECT_EQUAL(states[2].type, STATE_SUCCEED);
}

TEST(more_mistakes_than_are_told_are_counted)
{
    struct buf text = buf_make(s, 1 << 16);
    const struct definition *d = NULL;
    const struct diagnostic *found = NULL;
    size_t count = 0;

    buf_put_z(&text, "{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Succeed\"");
    for (int i = 0; i < DEFINITION_DIAGNOSTICS_MAX + 50; i++)
        buf_format(&text, ",\"wrong%d\":1", i);
    buf_put_z(&text, "}}}");
    EXPECT_EQUAL(
        definition_compile(s, buf_str(&text), &(struct definition_options){0}, &d, &found, &count),
        INVALID);
    EXPECT_EQUAL(count, DEFINITION_DIAGNOSTICS_MAX);
}
