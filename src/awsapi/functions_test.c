// Invocations of outside functions over HTTP: taken, kept, given back, answered, handed out again.
#include "awsapi/functions.h"

#include "awsapi/states.h"
#include "core/asset.h"
#include "core/moment.h"
#include "store/worker.h"
#include "sys/sim.h"
#include "test/edge_fixture.h"

#include "test/harness.h"

enum { RUNS_MAX = 200 };

static const struct service *const services[] = {&states_service, &functions_service, NULL};

struct bench {
    struct edge_fixture f;
    struct str key;
    struct str execution;
};

// The paths that are this service's own.
static struct str document(struct scope *s)
{
    struct json shipped = {0};
    struct json paths = json_object(NULL, 0);

    (void)json_parse(s, asset_text(asset_find(str("docs/openapi.json"))), &json_limits_lenient,
                     &shipped);
    struct json all = json_member(shipped, "paths");
    for (size_t i = 0; i < all.count; i++) {
        if (str_starts(all.members[i].name, str("/functions/")) ||
            str_starts(all.members[i].name, str("/flows/")))
            paths = json_with(s, paths, all.members[i].name, all.members[i].value);
    }
    return edge_fixture_document(s, str_z(s, json_to_str(s, paths)));
}

static struct answered states(struct scope *s, struct bench *b, const char *target, struct str body)
{
    struct aws_call call = {.service = "states", .target = target, .body = body, .bearer = b->key};

    return edge_fixture_aws_call(s, &b->f, &call);
}

static void settle(struct scope *s, struct bench *b)
{
    const struct worker_def *workers = flow_workers(s, b->f.platform.flow);
    unsigned ran = 1;

    for (unsigned i = 0; i < RUNS_MAX && ran > 0; i++) {
        (void)flow_tend(s, b->f.platform.flow);
        ran = workers_run(b->f.store, workers, 10);
    }
}

static struct answered post(struct scope *s, struct bench *b, const char *path, struct str body)
{
    return edge_fixture_call(s, &b->f, "POST", path, b->key, "Content-Type: application/json\n",
                             body);
}

static struct answered take(struct scope *s, struct bench *b)
{
    return post(s, b, "/functions/dig/invocations", str("{\"leaseSeconds\":60}"));
}

#define DIG "\\\"Resource\\\":\\\"arn:aws:lambda:eu-north-1:000000000000:function:dig\\\""
#define DIG_WITH_TOKEN                                                                             \
    "\\\"Resource\\\":\\\"arn:aws:states:::lambda:invoke.waitForTaskToken\\\","                    \
    "\\\"Parameters\\\":{\\\"FunctionName\\\":\\\"dig\\\",\\\"Payload\\\":{\\\"token.$\\\":"       \
    "\\\"$$.Task.Token\\\"}}"

// Starts one execution that calls the function "dig".
static bool start_with(struct scope *s, struct bench *b, const char *task)
{
    struct edge_fixture_options options = {
        .services = services, .openapi = document(s), .flow = true};

    if (!edge_fixture_start(s, &options, &b->f))
        return false;
    b->key = edge_fixture_key(s, &b->f, "acme", "", "states:read states:write states:work");
    EXPECT_EQUAL(take(s, b).code, 204); // makes it known
    struct answered a =
        states(s, b, "AWSStepFunctions.CreateStateMachine",
               str_format(s,
                          "{\"name\":\"digs\",\"roleArn\":\"arn:aws:iam::000000000000:role/x\","
                          "\"definition\":\"{\\\"StartAt\\\":\\\"A\\\",\\\"States\\\":{\\\"A\\\":"
                          "{\\\"Type\\\":\\\"Task\\\",%s,\\\"End\\\":true}}}\"}",
                          task));
    EXPECT_EQUAL(a.code, 200);
    a = states(s, b, "AWSStepFunctions.StartExecution",
               str_format(s, "{\"stateMachineArn\":\"%.*s\",\"input\":\"{\\\"deep\\\":1.10}\"}",
                          STR(json_text(json_member(a.json, "stateMachineArn")))));
    EXPECT_EQUAL(a.code, 200);
    b->execution = json_text(json_member(a.json, "executionArn"));
    settle(s, b);
    return !test_failed();
}

static bool start(struct scope *s, struct bench *b)
{
    return start_with(s, b, DIG);
}

static struct json describe(struct scope *s, struct bench *b)
{
    settle(s, b);
    return states(s, b, "AWSStepFunctions.DescribeExecution",
                  str_format(s, "{\"executionArn\":\"%.*s\"}", STR(b->execution)))
        .json;
}

static struct str member(struct json j, const char *name)
{
    return json_text(json_member(j, name));
}

static struct answered tell(struct scope *s, struct bench *b, struct json work, const char *what,
                            const char *more)
{
    struct str path =
        str_format(s, "/functions/dig/invocations/%.*s/%s", STR(member(work, "id")), what);
    bool lease = str_is(str(what), "lease");
    struct str body =
        lease ? str_format(s, "{\"lease\":\"%.*s\",%s}", STR(member(work, "lease")), more)
              : str_format(s, "{\"token\":\"%.*s\",\"lease\":\"%.*s\",%s}",
                           STR(member(work, "token")), STR(member(work, "lease")), more);

    return post(s, b, str_z(s, path), body);
}

TEST(an_invocation_is_taken_and_its_response_is_the_output_once)
{
    struct bench b;
    REQUIRE(start(s, &b));

    struct answered a = take(s, &b);
    EXPECT_EQUAL(a.code, 200);
    EXPECT_STR(member(a.json, "input"), "{\"deep\":1.10}");
    EXPECT(str_ends(member(a.json, "functionArn"), str(":function:dig")));
    EXPECT(str_equal(member(a.json, "executionArn"), b.execution));
    EXPECT_EQUAL(take(s, &b).code, 204); // it is leased
    EXPECT_EQUAL(tell(s, &b, a.json, "response", "\"output\":\"{\\\"gold\\\":2}\"").code, 204);
    EXPECT_EQUAL(tell(s, &b, a.json, "response", "\"output\":\"3\"").code, 404);
    struct json x = describe(s, &b);
    EXPECT_STR(member(x, "status"), "SUCCEEDED");
    EXPECT_STR(member(x, "output"), "{\"gold\":2}");
    sim_advance_us(b.f.world, 120 * MOMENT_SECOND_US);
    EXPECT_EQUAL(take(s, &b).code, 204); // its lease went with the answer
}

TEST(an_error_is_the_error_of_the_execution)
{
    struct bench b;
    REQUIRE(start(s, &b));

    struct answered a = take(s, &b);
    EXPECT_EQUAL(tell(s, &b, a.json, "error",
                      "\"error\":\"Rock\",\"cause\":\"{\\\"errorType\\\":\\\"Rock\\\"}\"")
                     .code,
                 204);
    struct json x = describe(s, &b);
    EXPECT_STR(member(x, "status"), "FAILED");
    EXPECT_STR(member(x, "error"), "Rock");
    EXPECT_STR(member(x, "cause"), "{\"errorType\":\"Rock\"}");
}

TEST(what_is_not_answered_is_handed_out_again_with_the_same_id)
{
    struct bench b;
    REQUIRE(start(s, &b));

    struct answered first = take(s, &b);
    sim_advance_us(b.f.world, 59 * MOMENT_SECOND_US);
    EXPECT_EQUAL(take(s, &b).code, 204);
    struct answered kept = tell(s, &b, first.json, "lease", "\"leaseSeconds\":60");
    EXPECT_EQUAL(kept.code, 200);
    sim_advance_us(b.f.world, 59 * MOMENT_SECOND_US);
    EXPECT_EQUAL(take(s, &b).code, 204);
    sim_advance_us(b.f.world, 2 * MOMENT_SECOND_US);
    struct answered again = take(s, &b);
    EXPECT_EQUAL(again.code, 200);
    EXPECT(str_equal(member(again.json, "id"), member(first.json, "id")));
    EXPECT_STR(member(again.json, "input"), "{\"deep\":1.10}");
    // Who had it first cannot keep it any more, but its answer is as good.
    EXPECT_EQUAL(tell(s, &b, first.json, "lease", "\"leaseSeconds\":60").code, 404);
    EXPECT_EQUAL(tell(s, &b, first.json, "response", "\"output\":\"1\"").code, 204);
    struct answered late = tell(s, &b, again.json, "response", "\"output\":\"2\"");
    EXPECT_STR(json_text(json_member(late.json, "detail")),
               "nobody waits for this invocation any more");
    EXPECT_EQUAL(late.code, 404);
    EXPECT_STR(member(describe(s, &b), "output"), "1");
}

TEST(what_is_given_back_is_handed_out_at_once)
{
    struct bench b;
    REQUIRE(start(s, &b));

    struct answered first = take(s, &b);
    EXPECT_EQUAL(tell(s, &b, first.json, "lease", "\"leaseSeconds\":0").code, 200);
    struct answered again = take(s, &b);
    EXPECT_EQUAL(again.code, 200);
    EXPECT(str_equal(member(again.json, "id"), member(first.json, "id")));
}

TEST(bad_answers_and_strangers_are_refused)
{
    struct bench b;
    REQUIRE(start(s, &b));

    struct answered work = take(s, &b);
    EXPECT_EQUAL(tell(s, &b, work.json, "response", "\"output\":\"{\"").code, 400);
    EXPECT_EQUAL(post(s, &b, "/functions/dig/invocations/x/response",
                      str("{\"token\":\"made up\",\"output\":\"1\"}"))
                     .code,
                 400);
    EXPECT_EQUAL(post(s, &b, "/functions/di%20g/invocations", str("{}")).code, 404);
    struct str key = b.key;
    b.key = edge_fixture_key(s, &b.f, "acme", "", "states:read");
    EXPECT_EQUAL(take(s, &b).code, 403);
    b.key = edge_fixture_key(s, &b.f, "other", "", "states:work");
    EXPECT_EQUAL(tell(s, &b, work.json, "lease", "\"leaseSeconds\":9").code, 404);
    EXPECT_EQUAL(tell(s, &b, work.json, "response", "\"output\":\"1\"").code, 400);
    b.key = key;
    EXPECT_EQUAL(tell(s, &b, work.json, "response", "\"output\":\"1\"").code, 204);
}

TEST(a_token_that_is_faster_than_the_answer_to_its_call_brings_the_output_as_it_is)
{
    struct bench b;
    struct json input = {0};
    REQUIRE(start_with(s, &b, DIG_WITH_TOKEN));

    struct answered work = take(s, &b);
    EXPECT_OK(json_parse(s, member(work.json, "input"), &json_limits_strict, &input));
    struct str body = str_format(s, "{\"taskToken\":\"%.*s\",\"output\":\"{\\\"gold\\\":2}\"}",
                                 STR(member(input, "token")));
    EXPECT_EQUAL(states(s, &b, "AWSStepFunctions.SendTaskSuccess", body).code, 200);
    EXPECT_EQUAL(tell(s, &b, work.json, "response", "\"output\":\"null\"").code, 404);
    EXPECT_STR(member(describe(s, &b), "output"), "{\"gold\":2}");
}
