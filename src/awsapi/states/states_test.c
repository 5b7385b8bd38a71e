// The states API over real HTTP, signed as AWS's clients sign. Every request and answer is checked
// against the shapes that AWS publishes, where they are at hand.
#include "awsapi/states.h"

#include "core/moment.h"
#include "flow/outside.h"
#include "store/worker.h"
#include "sys/sim.h"
#include "sys/thread.h"
#include "test/aws_shapes.h"
#include "test/edge_fixture.h"

#include "test/harness.h"

#include <stdarg.h>

enum { RUNS_MAX = 200 };

#define ROLE "arn:aws:iam::000000000000:role/tester"
#define PASS                                                                                       \
    "{\\\"StartAt\\\":\\\"A\\\",\\\"States\\\":{\\\"A\\\":{\\\"Type\\\":\\\"Pass\\\",\\\"End\\\":" \
    "true}}}"
#define WAIT                                                                                       \
    "{\\\"StartAt\\\":\\\"A\\\",\\\"States\\\":{\\\"A\\\":{\\\"Type\\\":\\\"Wait\\\","             \
    "\\\"Seconds\\\":1000,\\\"End\\\":true}}}"
#define FAIL                                                                                       \
    "{\\\"StartAt\\\":\\\"A\\\",\\\"States\\\":{\\\"A\\\":{\\\"Type\\\":\\\"Fail\\\","             \
    "\\\"Error\\\":\\\"Bad\\\",\\\"Cause\\\":\\\"because\\\"}}}"

static const struct service *const services[] = {&states_service, NULL};

struct bench {
    struct edge_fixture f;
    struct access_key access;
    struct json model; // JSON_NONE: there is none
};

static bool start(struct scope *s, struct bench *b)
{
    struct edge_fixture_options options = {
        .services = services, .openapi = edge_fixture_document(s, "{}"), .flow = true};

    if (!edge_fixture_start(s, &options, &b->f))
        return false;
    struct str key = edge_fixture_key(s, &b->f, "acme", "", "states:read states:write");
    b->access = edge_fixture_access(s, &b->f, key);
    b->model = aws_model_open(s, "stepfunctions");
    return true;
}

static bool is_common(struct str name)
{
    static const char *const names[] = {"ValidationException", "SerializationException",
                                        "AccessDeniedException", "UnknownOperationException"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (str_is(name, names[i]))
            return true;
    return false;
}

static void check_shapes(struct scope *s, const struct bench *b, struct str operation,
                         struct str request, const struct answered *a)
{
    struct json asked = {0};
    struct str why = {0};
    struct str error = json_text(json_member(a->json, "__type"));

    if (json_is(b->model, JSON_NONE))
        return;
    if (a->code != 200) {
        EXPECT(is_common(error) || aws_has_error(b->model, operation, error));
        return;
    }
    EXPECT(json_parse(s, request, &json_limits_lenient, &asked) == OK);
    EXPECT(aws_fits(s, b->model, operation, false, asked, &why));
    EXPECT_STR(why, "");
    EXPECT(aws_fits(s, b->model, operation, true, a->json, &why));
    EXPECT_STR(why, "");
}

static struct answered ask_as(struct scope *s, struct bench *b, struct access_key access,
                              const char *operation, struct str request)
{
    struct str target = str_concat(s, 2, str("AWSStepFunctions."), str(operation));
    struct aws_call call = {
        .access = access, .service = "states", .target = str_z(s, target), .body = request};
    struct answered a = edge_fixture_aws_call(s, &b->f, &call);

    EXPECT(http_reply_header(&a.reply, "x-amzn-RequestId").bytes == 36);
    if (a.code == 200)
        EXPECT_STR(http_reply_header(&a.reply, "Content-Type"), "application/x-amz-json-1.0");
    else
        EXPECT(str_equal(http_reply_header(&a.reply, "x-amzn-ErrorType"),
                         json_text(json_member(a.json, "__type"))));
    return a;
}

// Asks for an operation with a request that is made like printf() makes text.
static struct answered ask(struct scope *s, struct bench *b, const char *operation,
                           const char *format, ...) __attribute__((format(printf, 4, 5)));
static struct answered ask(struct scope *s, struct bench *b, const char *operation,
                           const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    struct str request = str_format_v(s, format, arguments);
    va_end(arguments);
    struct answered a = ask_as(s, b, b->access, operation, request);
    check_shapes(s, b, str(operation), request, &a);
    return a;
}

// Lets the engine do what it can do now.
static void settle(struct scope *s, struct bench *b)
{
    const struct worker_def *workers = flow_workers(s, b->f.platform.flow);
    unsigned ran = 1;

    for (unsigned i = 0; i < RUNS_MAX && ran > 0; i++) {
        (void)flow_tend(s, b->f.platform.flow);
        ran = workers_run(b->f.store, workers, 10);
    }
}

static void expect_fault(struct answered a, const char *name, const char *message)
{
    EXPECT_EQUAL(a.code, 400);
    EXPECT_STR(json_text(json_member(a.json, "__type")), name);
    if (message)
        EXPECT_STR(json_text(json_member(a.json, "message")), message);
}

static struct str create(struct scope *s, struct bench *b, const char *name, const char *definition)
{
    struct answered a =
        ask(s, b, "CreateStateMachine",
            "{\"name\":\"%s\",\"definition\":\"%s\",\"roleArn\":\"" ROLE "\"}", name, definition);

    EXPECT_EQUAL(a.code, 200);
    return json_text(json_member(a.json, "stateMachineArn"));
}

static struct str start_one(struct scope *s, struct bench *b, struct str machine, const char *name,
                            const char *input)
{
    struct answered a = ask(s, b, "StartExecution",
                            "{\"stateMachineArn\":\"%.*s\",\"name\":\"%s\",\"input\":\"%s\"}",
                            STR(machine), name, input);

    EXPECT_EQUAL(a.code, 200);
    settle(s, b);
    return json_text(json_member(a.json, "executionArn"));
}

static struct json describe(struct scope *s, struct bench *b, struct str execution)
{
    return ask(s, b, "DescribeExecution", "{\"executionArn\":\"%.*s\"}", STR(execution)).json;
}

static struct str member(struct json j, const char *name)
{
    return json_text(json_member(j, name));
}

TEST(requests_that_break_a_rule_are_told_in_awss_words)
{
    struct bench b;
    REQUIRE(start(s, &b));
    static const struct {
        const char *operation, *request, *name, *message;
    } cases[] = {
        {"Fly", "{}", "UnknownOperationException", NULL},
        {"ListStateMachines", "{\"maxResults\":", "SerializationException", NULL},
        {"ListStateMachines", "[]", "SerializationException", NULL},
        {"ListStateMachines", "{\"maxResults\":\"7\"}", "SerializationException", NULL},
        {"ListStateMachines", "{\"maxResults\":1001}", "ValidationException",
         "1 validation error detected: Value '1001' at 'maxResults' failed to satisfy constraint: "
         "Member must have value less than or equal to 1000"},
        {"ListStateMachines", "{\"nextToken\":\"\"}", "ValidationException",
         "1 validation error detected: Value '' at 'nextToken' failed to satisfy constraint: "
         "Member must have length greater than or equal to 1"},
        {"StartExecution", "{}", "ValidationException",
         "1 validation error detected: Value null at 'stateMachineArn' failed to satisfy "
         "constraint: Member must not be null"},
        {"SendTaskSuccess", "{\"output\":null}", "ValidationException",
         "2 validation errors detected: Value null at 'taskToken' failed to satisfy constraint: "
         "Member must not be null; Value null at 'output' failed to satisfy constraint: Member "
         "must not be null"},
        {"ListExecutions",
         "{\"stateMachineArn\":\"arn:aws:states:x:000000000000:stateMachine:a\","
         "\"statusFilter\":\"succeeded\"}",
         "ValidationException",
         "1 validation error detected: Value 'succeeded' at 'statusFilter' failed to satisfy "
         "constraint: Member must satisfy enum value set: [SUCCEEDED, TIMED_OUT, PENDING_REDRIVE, "
         "ABORTED, FAILED, RUNNING]"},
        {"DescribeStateMachine", "{\"stateMachineArn\":\"not_a_valid_arn\"}", "InvalidArn",
         "Invalid Arn: 'Invalid ARN prefix: not_a_valid_arn'"},
        {"DescribeExecution", "{\"executionArn\":\"arn:aws:states:x:000000000000:express:a:b:c\"}",
         "InvalidArn", "Invalid Arn: 'Resource type not valid in this context: express'"},
        {"DescribeExecution", "{\"executionArn\":\"arn:aws:states:x:1:execution:a:b\"}",
         "InvalidArn", NULL},
        {"DescribeStateMachine",
         "{\"stateMachineArn\":\"arn:aws:states:eu-north-1:000000000000:stateMachine:no\"}",
         "StateMachineDoesNotExist",
         "State Machine Does Not Exist: "
         "'arn:aws:states:eu-north-1:000000000000:stateMachine:no'"},
        {"CreateActivity", "{\"name\":\"Invalid Name$\"}", "InvalidName",
         "Invalid Name: 'Invalid Name$'"},
        {"CreateStateMachine", "{\"name\":\"a\",\"definition\":\"{}\",\"roleArn\":\"me\"}",
         "InvalidArn", "Invalid Role Arn: 'me'"},
        {"CreateStateMachine",
         "{\"name\":\"a\",\"definition\":\"{}\",\"roleArn\":\"" ROLE
         "\",\"versionDescription\":\"x\"}",
         "ValidationException", "Version description can only be set when publish is true"},
        {"SendTaskSuccess", "{\"taskToken\":\"a\",\"output\":\"{\"}", "InvalidOutput", NULL},
        {"SendTaskHeartbeat", "{\"taskToken\":\"a\"}", "InvalidToken",
         "Invalid Token: 'Invalid token'"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_fault(ask(s, &b, cases[i].operation, "%s", cases[i].request), cases[i].name,
                     cases[i].message);
}

TEST(a_state_machine_is_created_once_changed_listed_and_deleted)
{
    struct bench b;
    REQUIRE(start(s, &b));

    struct str arn = create(s, &b, "one", PASS);
    EXPECT(str_ends(arn, str(":stateMachine:one")));
    EXPECT(str_equal(create(s, &b, "one", PASS), arn));
    expect_fault(ask(s, &b, "CreateStateMachine",
                     "{\"name\":\"one\",\"definition\":\"" WAIT "\",\"roleArn\":\"" ROLE "\"}"),
                 "StateMachineAlreadyExists",
                 str_z(s, str_format(s, "State Machine Already Exists: '%.*s'", STR(arn))));
    expect_fault(ask(s, &b, "CreateStateMachine",
                     "{\"name\":\"two\",\"definition\":\"{\\\"StartAt\\\":\\\"A\\\"}\","
                     "\"roleArn\":\"" ROLE "\"}"),
                 "InvalidDefinition",
                 "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: These fields are "
                 "required: [States] at /'");
    struct answered d =
        ask(s, &b, "DescribeStateMachine", "{\"stateMachineArn\":\"%.*s\"}", STR(arn));
    EXPECT_STR(member(d.json, "type"), "STANDARD");
    EXPECT_STR(json_text(json_path(d.json, "loggingConfiguration.level")), "OFF");
    expect_fault(ask(s, &b, "UpdateStateMachine", "{\"stateMachineArn\":\"%.*s\"}", STR(arn)),
                 "MissingRequiredParameter", NULL);
    sim_advance_us(b.f.world, MOMENT_SECOND_US);
    struct answered u = ask(s, &b, "UpdateStateMachine",
                            "{\"stateMachineArn\":\"%.*s\",\"definition\":\"" WAIT "\"}", STR(arn));
    EXPECT_EQUAL(u.code, 200);
    d = ask(s, &b, "DescribeStateMachine", "{\"stateMachineArn\":\"%.*s\"}", STR(arn));
    EXPECT(str_equal(member(d.json, "revisionId"), member(u.json, "revisionId")));
    EXPECT(str_find(member(d.json, "definition"), str("Wait")) <
           member(d.json, "definition").bytes);
    EXPECT_EQUAL(ask(s, &b, "DeleteStateMachine", "{\"stateMachineArn\":\"%.*s\"}", STR(arn)).code,
                 200);
    EXPECT_EQUAL(ask(s, &b, "DeleteStateMachine", "{\"stateMachineArn\":\"%.*s\"}", STR(arn)).code,
                 200);
    expect_fault(ask(s, &b, "DescribeStateMachine", "{\"stateMachineArn\":\"%.*s\"}", STR(arn)),
                 "StateMachineDoesNotExist", NULL);
}

TEST(state_machines_are_listed_in_pages)
{
    struct bench b;
    REQUIRE(start(s, &b));
    struct str next = {0};
    size_t count = 0;

    for (int i = 0; i < 5; i++)
        (void)create(s, &b, str_z(s, str_format(s, "m%d", i)), PASS);
    do {
        struct answered a = next.bytes ? ask(s, &b, "ListStateMachines",
                                             "{\"maxResults\":2,\"nextToken\":\"%.*s\"}", STR(next))
                                       : ask(s, &b, "ListStateMachines", "{\"maxResults\":2}");
        REQUIRE(a.code == 200);
        EXPECT(json_member(a.json, "stateMachines").count <= 2);
        count += json_member(a.json, "stateMachines").count;
        next = str_copy(s, member(a.json, "nextToken"));
    } while (next.bytes);

    EXPECT_EQUAL(count, 5);
    expect_fault(ask(s, &b, "ListStateMachines", "{\"nextToken\":\"nonsense\"}"), "InvalidToken",
                 "Invalid Token: 'Invalid token'");
}

TEST(an_execution_is_started_described_and_its_history_read_in_both_orders)
{
    struct bench b;
    REQUIRE(start(s, &b));
    struct str machine = create(s, &b, "one", PASS);

    struct str x = start_one(s, &b, machine, "first", "{\\\"a\\\":\\\"ö\\\"}");
    struct json d = describe(s, &b, x);
    struct json all = json_member(
        ask(s, &b, "GetExecutionHistory", "{\"executionArn\":\"%.*s\"}", STR(x)).json, "events");
    struct answered last = ask(s, &b, "GetExecutionHistory",
                               "{\"executionArn\":\"%.*s\",\"reverseOrder\":true,\"maxResults\":1,"
                               "\"includeExecutionData\":false}",
                               STR(x));
    struct json event = json_at(json_member(last.json, "events"), 0);

    EXPECT_STR(member(d, "status"), "SUCCEEDED");
    EXPECT_STR(member(d, "output"), "{\"a\":\"ö\"}");
    EXPECT_STR(member(d, "redriveStatusReason"), "Execution is SUCCEEDED and cannot be redriven");
    EXPECT_EQUAL(all.count, 4);
    EXPECT_STR(json_text(json_path(json_at(all, 0), "executionStartedEventDetails.input")),
               "{\"a\":\"ö\"}");
    EXPECT_STR(member(event, "type"), "ExecutionSucceeded");
    EXPECT(json_is(json_path(event, "executionSucceededEventDetails.output"), JSON_NONE));
    EXPECT(member(last.json, "nextToken").bytes > 0);
    expect_fault(ask(s, &b, "GetExecutionHistory",
                     "{\"executionArn\":\"%.*s\",\"nextToken\":\"nonsense\"}", STR(x)),
                 "InvalidToken", NULL);
    expect_fault(ask(s, &b, "DescribeExecution", "{\"executionArn\":\"%.*sx\"}", STR(x)),
                 "ExecutionDoesNotExist", NULL);
}

TEST(a_start_is_repeated_with_the_same_input_while_it_runs_and_refused_otherwise)
{
    struct bench b;
    REQUIRE(start(s, &b));
    struct str machine = create(s, &b, "waits", WAIT);
    struct str x = start_one(s, &b, machine, "first", "{\\\"a\\\":1}");

    EXPECT(str_equal(start_one(s, &b, machine, "first", "{\\\"a\\\":1}"), x));
    expect_fault(ask(s, &b, "StartExecution",
                     "{\"stateMachineArn\":\"%.*s\",\"name\":\"first\",\"input\":\"{}\"}",
                     STR(machine)),
                 "ExecutionAlreadyExists",
                 str_z(s, str_format(s, "Execution Already Exists: '%.*s'", STR(x))));
    expect_fault(ask(s, &b, "StartExecution",
                     "{\"stateMachineArn\":\"%.*s\",\"input\":\"not json\"}", STR(machine)),
                 "InvalidExecutionInput", NULL);
    expect_fault(
        ask(s, &b, "StartExecution", "{\"stateMachineArn\":\"%.*s\",\"input\":\"\"}", STR(machine)),
        "InvalidExecutionInput",
        "Invalid State Machine Execution Input: 'Invalid execution input.'");
    expect_fault(ask(s, &b, "StartSyncExecution", "{\"stateMachineArn\":\"%.*s\"}", STR(machine)),
                 "StateMachineTypeNotSupported",
                 "This operation is not supported by this type of state machine");
}

TEST(executions_are_stopped_and_listed_by_status)
{
    struct bench b;
    REQUIRE(start(s, &b));
    struct str machine = create(s, &b, "waits", WAIT);
    struct str x = start_one(s, &b, machine, "first", "{}");
    (void)start_one(s, &b, machine, "second", "{}");

    EXPECT_EQUAL(ask(s, &b, "StopExecution",
                     "{\"executionArn\":\"%.*s\",\"error\":\"Enough\",\"cause\":\"of it\"}", STR(x))
                     .code,
                 200);
    settle(s, &b);

    struct json d = describe(s, &b, x);
    EXPECT_STR(member(d, "status"), "ABORTED");
    EXPECT_STR(member(d, "error"), "Enough");
    EXPECT_STR(member(d, "redriveStatus"), "REDRIVABLE");
    struct answered running =
        ask(s, &b, "ListExecutions", "{\"stateMachineArn\":\"%.*s\",\"statusFilter\":\"RUNNING\"}",
            STR(machine));
    struct answered all =
        ask(s, &b, "ListExecutions", "{\"stateMachineArn\":\"%.*s\"}", STR(machine));
    EXPECT_EQUAL(json_member(running.json, "executions").count, 1);
    EXPECT_EQUAL(json_member(all.json, "executions").count, 2);
    expect_fault(ask(s, &b, "ListExecutions", "{}"), "ValidationException", NULL);
}

TEST(a_failed_execution_is_redriven_and_a_dry_run_changes_nothing)
{
    struct bench b;
    REQUIRE(start(s, &b));
    struct str x = start_one(s, &b, create(s, &b, "fails", FAIL), "first", "{}");
    struct str request = str_format(s, "{\"executionArn\":\"%.*s\",\"dryRun\":true}", STR(x));

    struct answered dry = ask_as(s, &b, b.access, "RedriveExecution", request);

    EXPECT_EQUAL(dry.code, 200);
    EXPECT(json_is(json_member(dry.json, "plan"), JSON_OBJECT));
    EXPECT_STR(member(describe(s, &b, x), "redriveCount"), "0");
    EXPECT_EQUAL(ask(s, &b, "RedriveExecution", "{\"executionArn\":\"%.*s\"}", STR(x)).code, 200);
    settle(s, &b);
    EXPECT_STR(member(describe(s, &b, x), "redriveCount"), "1");
    struct str done = start_one(s, &b, create(s, &b, "passes", PASS), "first", "{}");
    expect_fault(ask(s, &b, "RedriveExecution", "{\"executionArn\":\"%.*s\"}", STR(done)),
                 "ExecutionNotRedrivable", NULL);
}

TEST(tags_are_kept_by_arn_and_go_with_the_state_machine)
{
    struct bench b;
    REQUIRE(start(s, &b));
    struct answered made = ask(s, &b, "CreateStateMachine",
                               "{\"name\":\"one\",\"definition\":\"" PASS "\",\"roleArn\":\"" ROLE
                               "\",\"tags\":[{\"key\":\"a\",\"value\":\"1\"}]}");
    struct str arn = member(made.json, "stateMachineArn");

    EXPECT_EQUAL(ask(s, &b, "TagResource",
                     "{\"resourceArn\":\"%.*s\",\"tags\":[{\"key\":\"b\",\"value\":\"2\"},"
                     "{\"key\":\"a\",\"value\":\"\"}]}",
                     STR(arn))
                     .code,
                 200);
    struct answered two = ask(s, &b, "ListTagsForResource", "{\"resourceArn\":\"%.*s\"}", STR(arn));
    EXPECT_STR(json_to_str(s, json_member(two.json, "tags")),
               "[{\"key\":\"b\",\"value\":\"2\"},{\"key\":\"a\",\"value\":\"\"}]");
    (void)ask(s, &b, "UntagResource", "{\"resourceArn\":\"%.*s\",\"tagKeys\":[\"b\",\"z\"]}",
              STR(arn));
    struct answered one = ask(s, &b, "ListTagsForResource", "{\"resourceArn\":\"%.*s\"}", STR(arn));
    EXPECT_EQUAL(json_member(one.json, "tags").count, 1);
    (void)ask(s, &b, "DeleteStateMachine", "{\"stateMachineArn\":\"%.*s\"}", STR(arn));
    expect_fault(ask(s, &b, "ListTagsForResource", "{\"resourceArn\":\"%.*s\"}", STR(arn)),
                 "ResourceNotFound", NULL);
    (void)create(s, &b, "one", PASS);
    struct answered none =
        ask(s, &b, "ListTagsForResource", "{\"resourceArn\":\"%.*s\"}", STR(arn));
    EXPECT_EQUAL(json_member(none.json, "tags").count, 0);
}

TEST(who_may_only_read_changes_nothing_and_another_tenant_sees_nothing)
{
    struct bench b;
    REQUIRE(start(s, &b));
    struct str arn = create(s, &b, "one", PASS);
    struct str request = str_format(s, "{\"stateMachineArn\":\"%.*s\"}", STR(arn));
    struct str keys[] = {edge_fixture_key(s, &b.f, "acme", "", "states:read"),
                         edge_fixture_key(s, &b.f, "acme", "", "states:work"),
                         edge_fixture_key(s, &b.f, "other", "", "states:read states:write")};
    struct access_key reader = edge_fixture_access(s, &b.f, keys[0]);
    struct access_key worker = edge_fixture_access(s, &b.f, keys[1]);
    struct access_key stranger = edge_fixture_access(s, &b.f, keys[2]);

    EXPECT_EQUAL(ask_as(s, &b, reader, "DescribeStateMachine", request).code, 200);
    expect_fault(ask_as(s, &b, reader, "StartExecution", request), "AccessDeniedException", NULL);
    expect_fault(ask_as(s, &b, worker, "DescribeStateMachine", request), "AccessDeniedException",
                 NULL);
    expect_fault(ask_as(s, &b, worker, "SendTaskHeartbeat", str("{\"taskToken\":\"a\"}")),
                 "InvalidToken", NULL);
    expect_fault(ask_as(s, &b, stranger, "DescribeStateMachine", request),
                 "StateMachineDoesNotExist", NULL);
    expect_fault(ask_as(s, &b, stranger, "StartExecution", request), "StateMachineDoesNotExist",
                 NULL);
}

TEST(definitions_are_validated_without_being_kept)
{
    struct bench b;
    REQUIRE(start(s, &b));

    struct answered good =
        ask(s, &b, "ValidateStateMachineDefinition", "{\"definition\":\"" PASS "\"}");
    struct answered bad = ask(s, &b, "ValidateStateMachineDefinition",
                              "{\"definition\":\"{\\\"StartAt\\\":\\\"B\\\"}\"}");

    EXPECT_STR(member(good.json, "result"), "OK");
    EXPECT_EQUAL(json_member(good.json, "diagnostics").count, 0);
    EXPECT_STR(member(bad.json, "result"), "FAIL");
    EXPECT(json_member(bad.json, "diagnostics").count > 0);
}

TEST(a_state_is_tried_with_its_data_inspected)
{
    struct bench b;
    REQUIRE(start(s, &b));

    struct answered a =
        ask(s, &b, "TestState",
            "{\"definition\":\"{\\\"Type\\\":\\\"Pass\\\",\\\"InputPath\\\":\\\"$.in\\\","
            "\\\"Next\\\":\\\"B\\\"}\",\"roleArn\":\"" ROLE
            "\",\"input\":\"{\\\"in\\\":7}\",\"inspectionLevel\":\"DEBUG\"}");
    EXPECT_EQUAL(a.code, 200);
    EXPECT_STR(member(a.json, "status"), "SUCCEEDED");
    EXPECT_STR(member(a.json, "output"), "7");
    EXPECT_STR(member(a.json, "nextState"), "B");
    EXPECT_STR(json_text(json_path(a.json, "inspectionData.afterInputPath")), "7");
    expect_fault(ask(s, &b, "TestState", "{\"definition\":\"{}\",\"roleArn\":\"" ROLE "\"}"),
                 "InvalidDefinition", NULL);
}

// A worker that waits for an activity's work on a thread of its own.
struct taker {
    struct bench *b;
    struct str activity;
    char token[2049];
    char input[100];
};

static void take(void *argument)
{
    struct taker *t = argument;
    struct scope *s = scope_open(4 << 20);
    struct answered a =
        ask_as(s, t->b, t->b->access, "GetActivityTask",
               str_format(s, "{\"activityArn\":\"%.*s\",\"workerName\":\"me\"}", STR(t->activity)));
    struct str token = member(a.json, "taskToken");
    struct str input = member(a.json, "input");

    memcpy(t->token, token.data, token.bytes);
    memcpy(t->input, input.data, input.bytes);
    scope_close(s);
}

static struct str activity_flow(struct scope *s, struct str activity)
{
    return str_format(s,
                      "{\\\"StartAt\\\":\\\"A\\\",\\\"States\\\":{\\\"A\\\":{\\\"Type\\\":"
                      "\\\"Task\\\",\\\"Resource\\\":\\\"%.*s\\\",\\\"TimeoutSeconds\\\":600,"
                      "\\\"End\\\":true}}}",
                      STR(activity));
}

TEST(an_activitys_worker_waits_for_work_gets_it_and_brings_the_result)
{
    struct bench b;
    struct taker taker = {.b = &b};
    REQUIRE(start(s, &b));
    struct answered made = ask(s, &b, "CreateActivity", "{\"name\":\"dig\"}");
    taker.activity = member(made.json, "activityArn");
    struct answered d =
        ask(s, &b, "DescribeActivity", "{\"activityArn\":\"%.*s\"}", STR(taker.activity));
    EXPECT_STR(member(d.json, "name"), "dig");
    EXPECT_EQUAL(json_member(ask(s, &b, "ListActivities", "{}").json, "activities").count, 1);
    struct str machine = create(s, &b, "digs", str_z(s, activity_flow(s, taker.activity)));

    struct thread *thread = thread_start("taker", take, &taker);
    struct str x = start_one(s, &b, machine, "first", "{\\\"deep\\\":7}");
    thread_join(thread);
    EXPECT_STR(str(taker.input), "{\"deep\":7}");
    EXPECT_EQUAL(ask(s, &b, "SendTaskHeartbeat", "{\"taskToken\":\"%s\"}", taker.token).code, 200);
    EXPECT_EQUAL(ask(s, &b, "SendTaskSuccess",
                     "{\"taskToken\":\"%s\",\"output\":\"{\\\"found\\\":true}\"}", taker.token)
                     .code,
                 200);
    settle(s, &b);

    EXPECT_STR(member(describe(s, &b, x), "output"), "{\"found\":true}");
    struct answered again =
        ask(s, &b, "SendTaskFailure", "{\"taskToken\":\"%s\",\"error\":\"E\"}", taker.token);
    EXPECT_EQUAL(again.code, 400);
    (void)ask(s, &b, "DeleteActivity", "{\"activityArn\":\"%.*s\"}", STR(taker.activity));
    expect_fault(ask(s, &b, "GetActivityTask", "{\"activityArn\":\"%.*s\"}", STR(taker.activity)),
                 "ActivityDoesNotExist", NULL);
}

TEST(an_express_execution_is_waited_for)
{
    struct bench b;
    REQUIRE(start(s, &b));
    struct answered made = ask(s, &b, "CreateStateMachine",
                               "{\"name\":\"fast\",\"type\":\"EXPRESS\",\"definition\":\"" PASS
                               "\",\"roleArn\":\"" ROLE "\"}");
    struct str arn = member(made.json, "stateMachineArn");

    struct answered a = ask(s, &b, "StartSyncExecution",
                            "{\"stateMachineArn\":\"%.*s\",\"input\":\"{\\\"a\\\":1}\"}", STR(arn));

    EXPECT_EQUAL(a.code, 200);
    EXPECT_STR(member(a.json, "status"), "SUCCEEDED");
    EXPECT_STR(member(a.json, "output"), "{\"a\":1}");
    expect_fault(ask(s, &b, "ListExecutions", "{\"stateMachineArn\":\"%.*s\"}", STR(arn)),
                 "StateMachineTypeNotSupported", NULL);
}

TEST(versions_are_published_once_a_revision_and_run_as_they_were)
{
    struct bench b;
    REQUIRE(start(s, &b));
    struct str arn = create(s, &b, "one", PASS);

    struct answered first = ask(s, &b, "PublishStateMachineVersion",
                                "{\"stateMachineArn\":\"%.*s\",\"description\":\"hi\"}", STR(arn));
    struct str version = member(first.json, "stateMachineVersionArn");
    EXPECT(str_equal(version, str_concat(s, 2, arn, str(":1"))));
    struct answered again =
        ask(s, &b, "PublishStateMachineVersion", "{\"stateMachineArn\":\"%.*s\"}", STR(arn));
    EXPECT(str_equal(member(again.json, "stateMachineVersionArn"), version));
    struct answered second = ask(
        s, &b, "UpdateStateMachine",
        "{\"stateMachineArn\":\"%.*s\",\"definition\":\"" WAIT "\",\"publish\":true}", STR(arn));
    EXPECT(str_ends(member(second.json, "stateMachineVersionArn"), str(":2")));
    expect_fault(ask(s, &b, "PublishStateMachineVersion",
                     "{\"stateMachineArn\":\"%.*s\",\"revisionId\":\"old\"}", STR(arn)),
                 "ConflictException", NULL);
    struct answered list =
        ask(s, &b, "ListStateMachineVersions", "{\"stateMachineArn\":\"%.*s\"}", STR(arn));
    EXPECT_EQUAL(json_member(list.json, "stateMachineVersions").count, 2);
    struct answered d =
        ask(s, &b, "DescribeStateMachine", "{\"stateMachineArn\":\"%.*s\"}", STR(version));
    EXPECT_STR(member(d.json, "description"), "hi");
    EXPECT(str_equal(member(d.json, "stateMachineArn"), version));

    struct json x = describe(s, &b, start_one(s, &b, version, "of-version", "{}"));
    EXPECT_STR(member(x, "status"), "SUCCEEDED");
    EXPECT(str_equal(member(x, "stateMachineArn"), arn));
    EXPECT(str_equal(member(x, "stateMachineVersionArn"), version));
    (void)start_one(s, &b, arn, "of-machine", "{}");
    struct answered of =
        ask(s, &b, "ListExecutions", "{\"stateMachineArn\":\"%.*s\"}", STR(version));
    EXPECT_EQUAL(json_member(of.json, "executions").count, 1);

    struct str request = str_format(s, "{\"stateMachineVersionArn\":\"%.*s\"}", STR(version));
    EXPECT_EQUAL(ask(s, &b, "DeleteStateMachineVersion", "%.*s", STR(request)).code, 200);
    EXPECT_EQUAL(ask(s, &b, "DeleteStateMachineVersion", "%.*s", STR(request)).code, 200);
    expect_fault(ask(s, &b, "StartExecution", "{\"stateMachineArn\":\"%.*s\"}", STR(version)),
                 "StateMachineDoesNotExist", NULL);
    (void)ask(s, &b, "DeleteStateMachine", "{\"stateMachineArn\":\"%.*s\"}", STR(arn));
    sim_advance_us(b.f.world, 1);
    (void)create(s, &b, "one", PASS);
    list = ask(s, &b, "ListStateMachineVersions", "{\"stateMachineArn\":\"%.*s\"}", STR(arn));
    EXPECT_EQUAL(json_member(list.json, "stateMachineVersions").count, 0);
}

static struct answered alias(struct scope *s, struct bench *b, const char *name, struct str arn,
                             const char *weights)
{
    struct str rest = str(weights);
    struct str first = str_cut(&rest, '/');
    struct str routes = str_format(s, "{\"stateMachineVersionArn\":\"%.*s:1\",\"weight\":%.*s}",
                                   STR(arn), STR(first));

    if (rest.bytes)
        routes = str_format(s, "%.*s,{\"stateMachineVersionArn\":\"%.*s:2\",\"weight\":%.*s}",
                            STR(routes), STR(arn), STR(rest));
    return ask(s, b, "CreateStateMachineAlias", "{\"name\":\"%s\",\"routingConfiguration\":[%.*s]}",
               name, STR(routes));
}

TEST(aliases_route_to_versions_by_weight)
{
    struct bench b;
    REQUIRE(start(s, &b));
    struct str arn = create(s, &b, "one", PASS);
    (void)ask(s, &b, "PublishStateMachineVersion", "{\"stateMachineArn\":\"%.*s\"}", STR(arn));
    (void)ask(s, &b, "UpdateStateMachine",
              "{\"stateMachineArn\":\"%.*s\",\"definition\":\"" WAIT "\",\"publish\":true}",
              STR(arn));

    expect_fault(alias(s, &b, "live", arn, "70/29"), "ValidationException",
                 "Sum of routing configuration weights must equal 100. Received: [70, 29]");
    expect_fault(alias(s, &b, "live", arn, "101"), "ValidationException", NULL);
    expect_fault(alias(s, &b, "123", arn, "100"), "ValidationException", NULL);
    struct answered made = alias(s, &b, "live", arn, "100");
    struct str live = member(made.json, "stateMachineAliasArn");
    EXPECT(str_ends(live, str(":one:live")));
    EXPECT_EQUAL(alias(s, &b, "live", arn, "100").code, 200);
    expect_fault(alias(s, &b, "live", arn, "50/50"), "ConflictException", NULL);
    expect_fault(ask(s, &b, "DeleteStateMachineVersion", "{\"stateMachineVersionArn\":\"%.*s:1\"}",
                     STR(arn)),
                 "ConflictException", NULL);
    struct json x = describe(s, &b, start_one(s, &b, live, "by-alias", "{}"));
    EXPECT_STR(member(x, "status"), "SUCCEEDED");
    EXPECT(str_equal(member(x, "stateMachineAliasArn"), live));

    EXPECT_EQUAL(ask(s, &b, "UpdateStateMachineAlias",
                     "{\"stateMachineAliasArn\":\"%.*s\",\"routingConfiguration\":[{"
                     "\"stateMachineVersionArn\":\"%.*s:2\",\"weight\":100}]}",
                     STR(live), STR(arn))
                     .code,
                 200);
    x = describe(s, &b, start_one(s, &b, live, "by-alias-again", "{}"));
    EXPECT_STR(member(x, "status"), "RUNNING");
    struct answered d =
        ask(s, &b, "DescribeStateMachineAlias", "{\"stateMachineAliasArn\":\"%.*s\"}", STR(live));
    EXPECT_EQUAL(json_member(d.json, "routingConfiguration").count, 1);
    struct answered list =
        ask(s, &b, "ListStateMachineAliases", "{\"stateMachineArn\":\"%.*s\"}", STR(arn));
    EXPECT_EQUAL(json_member(list.json, "stateMachineAliases").count, 1);
    (void)ask(s, &b, "DeleteStateMachineAlias", "{\"stateMachineAliasArn\":\"%.*s\"}", STR(live));
    expect_fault(
        ask(s, &b, "DescribeStateMachineAlias", "{\"stateMachineAliasArn\":\"%.*s\"}", STR(live)),
        "ResourceNotFound", NULL);
    expect_fault(ask(s, &b, "StartExecution", "{\"stateMachineArn\":\"%.*s\"}", STR(live)),
                 "StateMachineDoesNotExist", NULL);
}

// A distributed Map over three items, of which at most one runs at a time.
#define DISTRIBUTED(inner)                                                                         \
    "{\\\"StartAt\\\":\\\"M\\\",\\\"States\\\":{\\\"M\\\":{\\\"Type\\\":\\\"Map\\\","              \
    "\\\"Label\\\":"                                                                               \
    "\\\"each\\\",\\\"MaxConcurrency\\\":1,\\\"ToleratedFailurePercentage\\\":5,"                  \
    "\\\"ItemProcessor\\\":{\\\"ProcessorConfig\\\":{\\\"Mode\\\":\\\"DISTRIBUTED\\\","            \
    "\\\"ExecutionType\\\":\\\"STANDARD\\\"}," inner "},\\\"End\\\":true}}}"
#define INNER_PASS                                                                                 \
    "\\\"StartAt\\\":\\\"A\\\",\\\"States\\\":{\\\"A\\\":{\\\"Type\\\":\\\"Pass\\\",\\\"End\\\":"  \
    "true}}"
#define INNER_WAIT                                                                                 \
    "\\\"StartAt\\\":\\\"A\\\",\\\"States\\\":{\\\"A\\\":{\\\"Type\\\":\\\"Wait\\\","              \
    "\\\"Seconds\\\":1000,\\\"End\\\":true}}"

static struct json only_run(struct scope *s, struct bench *b, struct str execution)
{
    struct answered list = ask(s, b, "ListMapRuns", "{\"executionArn\":\"%.*s\"}", STR(execution));
    struct json runs = json_member(list.json, "mapRuns");

    EXPECT_EQUAL(runs.count, 1);
    struct str arn = member(json_at(runs, 0), "mapRunArn");
    return ask(s, b, "DescribeMapRun", "{\"mapRunArn\":\"%.*s\"}", STR(arn)).json;
}

TEST(map_runs_are_listed_and_described)
{
    struct bench b;
    REQUIRE(start(s, &b));
    struct str machine = create(s, &b, "many", DISTRIBUTED(INNER_PASS));

    struct str x = start_one(s, &b, machine, "first", "[1,2,3]");
    EXPECT_STR(member(describe(s, &b, x), "output"), "[1,2,3]");
    struct json run = only_run(s, &b, x);

    EXPECT_STR(member(run, "status"), "SUCCEEDED");
    EXPECT(str_equal(member(run, "executionArn"), x));
    EXPECT_STR(member(run, "maxConcurrency"), "1");
    EXPECT_STR(member(run, "toleratedFailurePercentage"), "5");
    EXPECT_STR(json_text(json_path(run, "executionCounts.succeeded")), "3");
    EXPECT_STR(json_text(json_path(run, "itemCounts.total")), "3");
    struct answered children =
        ask(s, &b, "ListExecutions", "{\"mapRunArn\":\"%.*s\"}", STR(member(run, "mapRunArn")));
    EXPECT_EQUAL(json_member(children.json, "executions").count, 3);
    expect_fault(ask(s, &b, "UpdateMapRun", "{\"mapRunArn\":\"%.*s\",\"maxConcurrency\":2}",
                     STR(member(run, "mapRunArn"))),
                 "ValidationException", NULL);
    expect_fault(ask(s, &b, "DescribeMapRun",
                     "{\"mapRunArn\":\"arn:aws:states:x:000000000000:mapRun:a/b:c\"}"),
                 "ResourceNotFound", NULL);
}

TEST(a_map_run_under_way_may_run_more_at_once)
{
    struct bench b;
    REQUIRE(start(s, &b));
    struct str machine = create(s, &b, "slow", DISTRIBUTED(INNER_WAIT));
    struct str x = start_one(s, &b, machine, "first", "[1,2,3]");
    struct json run = only_run(s, &b, x);
    EXPECT_STR(member(run, "status"), "RUNNING");
    EXPECT_STR(json_text(json_path(run, "executionCounts.pending")), "2");

    EXPECT_EQUAL(ask(s, &b, "UpdateMapRun", "{\"mapRunArn\":\"%.*s\",\"maxConcurrency\":3}",
                     STR(member(run, "mapRunArn")))
                     .code,
                 200);
    settle(s, &b);
    run = only_run(s, &b, x);
    EXPECT_STR(member(run, "maxConcurrency"), "3");
    EXPECT_STR(json_text(json_path(run, "executionCounts.running")), "3");
    sim_advance_us(b.f.world, 1001 * MOMENT_SECOND_US);
    settle(s, &b);
    EXPECT_STR(member(describe(s, &b, x), "status"), "SUCCEEDED");
}

TEST(an_execution_tells_the_definition_that_it_runs)
{
    struct bench b;
    REQUIRE(start(s, &b));
    struct str machine = create(s, &b, "one", WAIT);
    struct str x = start_one(s, &b, machine, "first", "{}");

    (void)ask(s, &b, "UpdateStateMachine",
              "{\"stateMachineArn\":\"%.*s\",\"definition\":\"" PASS "\"}", STR(machine));

    struct answered d =
        ask(s, &b, "DescribeStateMachineForExecution", "{\"executionArn\":\"%.*s\"}", STR(x));
    EXPECT(str_find(member(d.json, "definition"), str("Wait")) <
           member(d.json, "definition").bytes);
}
