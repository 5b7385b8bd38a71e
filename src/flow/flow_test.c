#include "flow/flow.h"

#include "core/buf.h"
#include "core/scope.h"
#include "flow/flow_impl.h"
#include "store/blob.h"
#include "store/memory/memory.h"
#include "store/record.h"
#include "sys/sim.h"
#include "test/flow_fixture.h"

#include <stdio.h>

enum { SEEDS = 4, US_PER_S = 1000000 };

typedef void clause(struct scope *s, struct flow_fixture *f);

static unsigned runs;
static unsigned failures_left;

static enum status double_it(struct scope *s, struct task *task)
{
    int64_t n = 0;

    runs++;
    (void)json_to_i64(json_member(task_input(task), "n"), &n);
    task_output(task, json_object((struct json_member[]){{str("n"), json_i64(s, 2 * n)}}, 1));
    task_output(task,
                json_copy(s, json_with(s, json_object(NULL, 0), str("n"), json_i64(s, 2 * n))));
    return OK;
}

static enum status refuse(struct scope *s, struct task *task)
{
    (void)s;
    runs++;
    if (failures_left == 0)
        return double_it(s, task);
    failures_left--;
    task_fail(task, "Refused", str("not today"));
    return OK;
}

static enum status be_busy(struct scope *s, struct task *task)
{
    runs++;
    if (failures_left == 0)
        return double_it(s, task);
    failures_left--;
    return fail(s, BUSY, "come back later");
}

static enum status ask_outside(struct scope *s, struct task *task)
{
    (void)s;
    runs++;
    (void)task;
    return OK;
}

static const struct task_def tasks[] = {
    {.name = "double", .run = double_it},
    {.name = "quick", .run = double_it, .quick = true},
    {.name = "few", .run = double_it, .concurrent_max = 2},
    {.name = "refuse", .run = refuse},
    {.name = "busy", .run = be_busy},
    {.name = "once", .run = double_it, .once = true},
    {.name = "sqs:sendMessage", .run = ask_outside},
    {0},
};

static void on(clause *run, const struct flow_fixture_options *options)
{
    struct scope *s = scope_open((size_t)2 << 30);
    struct flow_fixture *f = flow_fixture_open(s, options);

    runs = failures_left = 0;
    if (f)
        run(s, f);
    scope_close(s);
}

static void on_memory(clause *run)
{
    on(run, &(struct flow_fixture_options){.tasks = tasks});
    for (uint64_t seed = 1; seed <= SEEDS && !test_failed(); seed++)
        on(run,
           &(struct flow_fixture_options){.seed = seed, .adversity = MEMORY_WORST, .tasks = tasks});
}

// Each holds on both backends.
#define CLAUSE(sentence)                                                                           \
    static void clause_##sentence(struct scope *s, struct flow_fixture *f);                        \
    TEST(sentence##_on_memory)                                                                     \
    {                                                                                              \
        on_memory(clause_##sentence);                                                              \
    }                                                                                              \
    TEST(sentence##_on_embedded)                                                                   \
    {                                                                                              \
        on(clause_##sentence, &(struct flow_fixture_options){.embedded = true, .tasks = tasks});   \
    }                                                                                              \
    static void clause_##sentence(__attribute__((unused)) struct scope *s, struct flow_fixture *f)

static void expect_output(struct scope *s, struct flow_fixture *f, struct str arn,
                          const char *output)
{
    struct execution x = flow_fixture_get(s, f, arn);

    EXPECT_STR(str(execution_status_name(x.status)), "SUCCEEDED");
    EXPECT_STR(json_to_str(s, x.output.value), output);
}

#define FUNCTION(name) "arn:aws:lambda:eu-north-1:123456789012:function:" name

CLAUSE(an_execution_of_quick_states_is_one_change)
{
    struct str machine = flow_fixture_machine(
        s, f, "quick",
        "{'StartAt':'A','States':{'A':{'Type':'Pass','Next':'B'},'B':{'Type':'Choice','Choices':["
        "{'Variable':'$.n','NumericEquals':1,'Next':'C'}],'Default':'D'},"
        "'C':{'Type':'Pass','Result':'one','End':true},'D':{'Type':'Fail'}}}");
    struct str arn = flow_fixture_start(s, f, machine, NULL, "{'n':1}");

    expect_output(s, f, arn, "\"one\"");
    EXPECT_STR(flow_fixture_history(s, f, arn),
               "ExecutionStarted PassStateEntered PassStateExited ChoiceStateEntered "
               "ChoiceStateExited PassStateEntered PassStateExited ExecutionSucceeded");
}

CLAUSE(results_of_tasks_go_on_whatever_queue_they_are_of)
{
    struct str machine =
        flow_fixture_machine(s, f, "tasks",
                             "{'StartAt':'A','States':{'A':{'Type':'Task','Resource':'" FUNCTION(
                                 "double") "','Next':"
                                           "'B'},'B':{'Type':'Task','Resource':'" FUNCTION(
                                               "quick") "','Next':'C'},"
                                                        "'C':{'Type':'Task','Resource':'" FUNCTION(
                                                            "few") "','End':true}}}");
    struct str arn = flow_fixture_start(s, f, machine, NULL, "{'n':5}");
    flow_fixture_settle(f, 3600);

    expect_output(s, f, arn, "{\"n\":40}");
}

CLAUSE(a_name_is_taken_once)
{
    struct str machine = flow_fixture_machine(
        s, f, "names", "{'StartAt':'A','States':{'A':{'Type':'Wait','Seconds':60,'End':true}}}");
    struct str arn = flow_fixture_start(s, f, machine, "first", "{'n':1}");
    struct str same = flow_fixture_start(s, f, machine, "first", "{ 'n' : 1 }");
    struct start_options other = {.machine_arn = machine, .name = str("first"), .input = str("{}")};
    struct change *c = change_new(s);
    struct execution x = {0};
    bool existed = false;

    EXPECT(str_equal(arn, same));
    EXPECT(str_ends(arn, str("execution:names:first")));
    EXPECT_EQUAL(flow_start(s, f->flow, &f->owner, c, &other, &x, &existed), CONFLICT);
    flow_fixture_settle(f, 100);
    expect_output(s, f, arn, "{\"n\":1}");
    other.input = str("{\"n\":1}");
    EXPECT_EQUAL(flow_start(s, f->flow, &f->owner, c, &other, &x, &existed), CONFLICT);
}

CLAUSE(a_wait_survives_a_restart_and_ends_in_time)
{
    struct str machine = flow_fixture_machine(
        s, f, "waits", "{'StartAt':'A','States':{'A':{'Type':'Wait','Seconds':3600,'End':true}}}");
    struct str arn = flow_fixture_start(s, f, machine, NULL, NULL);
    flow_fixture_settle(f, 3000);
    EXPECT_EQUAL(flow_fixture_get(s, f, arn).status, EXECUTION_RUNNING);
    flow_fixture_restart(f);
    flow_fixture_settle(f, 700);

    struct execution x = flow_fixture_get(s, f, arn);
    EXPECT_EQUAL(x.status, EXECUTION_SUCCEEDED);
    EXPECT(x.ended_at_us >= x.started_at_us + (int64_t)3600 * US_PER_S);
    EXPECT(x.ended_at_us <= x.started_at_us + (int64_t)3610 * US_PER_S);
}

CLAUSE(a_task_that_fails_is_retried_by_its_state)
{
    struct str machine = flow_fixture_machine(
        s, f, "retries",
        "{'StartAt':'A','States':{'A':{'Type':'Task','Resource':'" FUNCTION(
            "refuse") "','Retry':["
                      "{'ErrorEquals':['Refused'],'IntervalSeconds':10,'MaxAttempts':3}],'Catch':["
                      "{'ErrorEquals':['States.ALL'],'Next':'B'}],'End':true},'B':{'Type':'Pass','"
                      "End':true}}}");
    failures_left = 2;
    struct str arn = flow_fixture_start(s, f, machine, NULL, "{'n':5}");
    flow_fixture_settle(f, 3600);
    expect_output(s, f, arn, "{\"n\":10}");

    failures_left = 1000; // a message may be delivered twice
    arn = flow_fixture_start(s, f, machine, NULL, "{'n':5}");
    flow_fixture_settle(f, 3600);
    expect_output(s, f, arn, "{\"Error\":\"Refused\",\"Cause\":\"not today\"}");
}

CLAUSE(a_task_that_is_busy_runs_again_later_and_nobody_sees_it)
{
    struct str machine =
        flow_fixture_machine(s, f, "busy",
                             "{'StartAt':'A','States':{'A':{'Type':'Task','Resource':'" FUNCTION(
                                 "busy") "','End':true}}}");
    failures_left = 3;
    struct str arn = flow_fixture_start(s, f, machine, NULL, "{'n':5}");
    flow_fixture_settle(f, 3600);

    expect_output(s, f, arn, "{\"n\":10}");
    EXPECT_STR(flow_fixture_history(s, f, arn),
               "ExecutionStarted TaskStateEntered LambdaFunctionScheduled LambdaFunctionStarted "
               "LambdaFunctionSucceeded TaskStateExited ExecutionSucceeded");
}

CLAUSE(a_function_that_nobody_serves_fails_the_state)
{
    struct str machine =
        flow_fixture_machine(s, f, "nobody",
                             "{'StartAt':'A','States':{'A':{'Type':'Task','Resource':'" FUNCTION(
                                 "none") "','End':true}}}");
    struct str arn = flow_fixture_start(s, f, machine, NULL, NULL);
    flow_fixture_settle(f, 600);

    struct execution x = flow_fixture_get(s, f, arn);
    EXPECT_EQUAL(x.status, EXECUTION_FAILED);
    EXPECT_STR(x.error, "Lambda.ResourceNotFoundException");
}

static const char token_machine[] =
    "{'StartAt':'A','States':{'A':{'Type':'Task','Resource':"
    "'arn:aws:states:::sqs:sendMessage.waitForTaskToken','Parameters':{'MessageBody':{'token.$':"
    "'$$.Task.Token'},'QueueUrl':'q'},'TimeoutSeconds':1000,'HeartbeatSeconds':100,'End':true}}}";

// The token that the first wait of an execution of token_machine was given.
static struct str token_of(struct scope *s, struct flow_fixture *f, struct str arn)
{
    struct history_query query = {.arn = arn, .limit = 10};
    struct json *events = NULL;
    struct str next = {0};
    size_t count = 0;

    EXPECT_OK(flow_history(s, f->flow, &f->owner, &query, &events, &count, &next));
    for (size_t i = 0; i < count; i++) {
        struct json details = json_member(events[i], "taskScheduledEventDetails");
        struct json parameters = json_member(details, "parameters");
        if (json_is(parameters, JSON_STRING))
            EXPECT_OK(json_read_given(s, json_text(parameters), &parameters));
        struct str token = json_text(json_path(parameters, "MessageBody.token"));
        if (token.bytes)
            return token;
    }
    return (struct str){0};
}

CLAUSE(a_token_ends_the_wait_once)
{
    struct str machine = flow_fixture_machine(s, f, "tokens", token_machine);
    struct str arn = flow_fixture_start(s, f, machine, NULL, NULL);
    flow_fixture_settle(f, 50);
    struct token_answer answer = {.token = token_of(s, f, arn), .output = str("{\"yes\":true}")};
    struct owner stranger = {.tenant = str("other"), .account = f->owner.account};

    EXPECT(answer.token.bytes > 0 && answer.token.bytes <= 1024);
    EXPECT_EQUAL(flow_answer(s, f->flow, &stranger, change_new(s), &answer), INVALID);
    EXPECT_EQUAL(runs, 1);
    EXPECT_OK(flow_fixture_answer(s, f, &answer));
    enum status e = flow_fixture_answer(s, f, &answer);
    EXPECT_EQUAL(e, TIMEOUT);
    expect_output(s, f, arn, "{\"yes\":true}");
    answer.token = str("AAAA");
    EXPECT_EQUAL(flow_fixture_answer(s, f, &answer), INVALID);
}

CLAUSE(a_token_wait_without_heartbeats_times_out)
{
    struct str machine = flow_fixture_machine(s, f, "tokens", token_machine);
    struct str arn = flow_fixture_start(s, f, machine, NULL, NULL);
    flow_fixture_settle(f, 20);
    struct token_answer answer = {.token = token_of(s, f, arn), .outcome = TOKEN_HEARTBEAT};
    for (int i = 0; i < 3; i++) {
        EXPECT_OK(flow_fixture_answer(s, f, &answer));
        flow_fixture_settle(f, 70);
    }
    EXPECT_EQUAL(flow_fixture_get(s, f, arn).status, EXECUTION_RUNNING);
    flow_fixture_settle(f, 40);

    struct execution x = flow_fixture_get(s, f, arn);
    EXPECT_EQUAL(x.status, EXECUTION_FAILED);
    EXPECT_STR(x.error, "States.HeartbeatTimeout");
}

CLAUSE(an_execution_that_is_stopped_stays_so)
{
    struct str machine = flow_fixture_machine(
        s, f, "stopped",
        "{'StartAt':'A','States':{'A':{'Type':'Wait','Seconds':3600,'End':true}}}");
    struct str arn = flow_fixture_start(s, f, machine, NULL, NULL);

    EXPECT_OK(flow_fixture_stop(s, f, arn));
    flow_fixture_settle(f, 7200);
    struct execution x = flow_fixture_get(s, f, arn);
    EXPECT_EQUAL(x.status, EXECUTION_ABORTED);
    EXPECT_STR(x.error, "Stopped");
    EXPECT_STR(x.cause, "by a test");
}

CLAUSE(an_activity_is_taken_and_answered)
{
    struct str arn = {0};
    int64_t created_at_us = 0;
    struct outside_work work = {0};
    enum status e = TEMPORARY;
    for (int i = 0; i < 50 && e == TEMPORARY; i++) {
        struct change *c = change_new(s);
        EXPECT_OK(flow_activity_create(s, f->flow, &f->owner, c, str("paint"), (struct json){0},
                                       &arn, &created_at_us));
        e = store_commit(s, f->store, c);
    }
    struct str machine =
        flow_fixture_machine(s, f, "activities",
                             "{'StartAt':'A','States':{'A':{'Type':'Task','Resource':"
                             "'arn:aws:states:eu-north-1:123456789012:activity:paint','"
                             "TimeoutSeconds':600,'End':true}}}");
    struct str execution = flow_fixture_start(s, f, machine, NULL, "{'colour':'red'}");

    EXPECT_OK(flow_fixture_take(s, f, arn, &work));
    EXPECT_STR(work.input, "{\"colour\":\"red\"}");
    EXPECT(work.deadline_us > world_now_us(f->world));
    struct outside_work none = {0};
    EXPECT_EQUAL(flow_fixture_take(s, f, arn, &none), NOT_FOUND);
    EXPECT_OK(flow_fixture_answer(
        s, f, &(struct token_answer){.token = work.token, .output = str("\"done\"")}));
    expect_output(s, f, execution, "\"done\"");
    EXPECT_STR(flow_fixture_history(s, f, execution),
               "ExecutionStarted TaskStateEntered ActivityScheduled ActivityStarted "
               "ActivitySucceeded TaskStateExited ExecutionSucceeded");
}

CLAUSE(a_function_outside_is_handed_out_again_when_its_worker_is_silent)
{
    struct outside_work work = {0};
    struct outside_work again = {0};
    struct str machine =
        flow_fixture_machine(s, f, "outside",
                             "{'StartAt':'A','States':{'A':{'Type':'Task','Resource':'" FUNCTION(
                                 "far") "','End':true}}}");
    EXPECT_EQUAL(flow_fixture_take(s, f, str("far"), &work), NOT_FOUND);
    struct str execution = flow_fixture_start(s, f, machine, NULL, "{'n':1}");
    flow_fixture_settle(f, 30);

    EXPECT_OK(flow_fixture_take(s, f, str("far"), &work));
    EXPECT_EQUAL(flow_fixture_take(s, f, str("far"), &again), NOT_FOUND);
    flow_fixture_settle(f, 61);
    EXPECT_OK(flow_fixture_take(s, f, str("far"), &again));
    EXPECT(str_equal(work.id, again.id) && str_equal(work.token, again.token));
    EXPECT_OK(flow_fixture_answer(
        s, f, &(struct token_answer){.token = again.token, .output = str("2")}));
    EXPECT_EQUAL(
        flow_fixture_answer(s, f, &(struct token_answer){.token = work.token, .output = str("3")}),
        TIMEOUT);
    expect_output(s, f, execution, "2");
}

CLAUSE(an_execution_waits_for_another_one)
{
    (void)flow_fixture_machine(s, f, "inner",
                               "{'StartAt':'A','States':{'A':{'Type':'Task','Resource':'" FUNCTION(
                                   "double") "','Next':'B'},"
                                             "'B':{'Type':'Wait','Seconds':10,'End':true}}}");
    struct str machine = flow_fixture_machine(
        s, f, "outer",
        "{'StartAt':'A','States':{'A':{'Type':'Task','Resource':"
        "'arn:aws:states:::states:startExecution.sync:2','Parameters':{'StateMachineArn':"
        "'arn:aws:states:eu-north-1:123456789012:stateMachine:inner','Input':{'n':21}},"
        "'OutputPath':'$.Output','End':true}}}");
    struct str arn = flow_fixture_start(s, f, machine, NULL, NULL);
    flow_fixture_settle(f, 600);

    expect_output(s, f, arn, "{\"n\":42}");
}

CLAUSE(a_machine_that_is_not_there_fails_who_starts_it)
{
    struct str machine = flow_fixture_machine(
        s, f, "outer",
        "{'StartAt':'A','States':{'A':{'Type':'Task','Resource':"
        "'arn:aws:states:::states:startExecution','Parameters':{'StateMachineArn':"
        "'arn:aws:states:eu-north-1:123456789012:stateMachine:none'},'End':true}}}");
    struct str arn = flow_fixture_start(s, f, machine, NULL, NULL);
    flow_fixture_settle(f, 600);

    EXPECT_STR(flow_fixture_get(s, f, arn).error,
               "StepFunctions.StateMachineDoesNotExistException");
}

// -- Map, Parallel, children ---------------------------------------------------------------------

// {"items":[{"n":0},…]}
static const char *items_of(struct scope *s, unsigned count)
{
    struct buf b = buf_make(s, 1 << 20);

    buf_put_z(&b, "{'items':[");
    for (unsigned i = 0; i < count; i++)
        buf_format(&b, "%s{'n':%u}", i ? "," : "", i);
    buf_put_z(&b, "]}");
    return str_z(s, buf_str(&b));
}

static void expect_doubled(struct scope *s, struct flow_fixture *f, struct str arn, unsigned count)
{
    struct execution x = flow_fixture_get(s, f, arn);

    EXPECT_STR(str(execution_status_name(x.status)), "SUCCEEDED");
    EXPECT_EQUAL(x.output.value.count, count);
    for (unsigned i = 0; i < count && i < x.output.value.count; i++)
        EXPECT_EQUAL(member_i64(json_at(x.output.value, i), "n"), 2 * i);
}

static size_t frames_kept(struct scope *s, struct flow_fixture *f)
{
    struct page page = {0};
    size_t count = 0;

    do {
        EXPECT_OK(record_scan(s, f->store, &flow_frames_table, 1000, page.cursor, &page));
        count += page.count;
    } while (page.cursor.bytes);
    return count;
}

CLAUSE(a_map_runs_its_tasks_and_leaves_no_frames)
{
    enum { ITEMS = 150 };
    struct str machine = flow_fixture_machine(
        s, f, "map",
        "{'StartAt':'M','States':{'M':{'Type':'Map','ItemsPath':'$.items','ItemProcessor':{"
        "'StartAt':'A','States':{'A':{'Type':'Task','Resource':'" FUNCTION(
            "quick") "','End':true}}},"
                     "'End':true}}}");
    struct str arn = flow_fixture_start(s, f, machine, NULL, items_of(s, ITEMS));
    flow_fixture_settle(f, 3600);

    expect_doubled(s, f, arn, ITEMS);
    EXPECT_EQUAL(frames_kept(s, f), 0);
}

CLAUSE(a_map_that_fails_ends_all_that_runs)
{
    enum { ITEMS = 130 };
    struct str machine = flow_fixture_machine(
        s, f, "map",
        "{'StartAt':'M','States':{'M':{'Type':'Map','ItemsPath':'$.items','ItemProcessor':{"
        "'StartAt':'A','States':{'A':{'Type':'Choice','Choices':[{'Variable':'$.n',"
        "'NumericEquals':125,'Next':'F'}],'Default':'W'},'W':{'Type':'Wait','Seconds':100,"
        "'End':true},'F':{'Type':'Wait','Seconds':10,'Next':'G'},'G':{'Type':'Fail',"
        "'Error':'Bad'}}},'Catch':[{'ErrorEquals':['Bad'],'Next':'C'}],'End':true},"
        "'C':{'Type':'Wait','Seconds':1000,'Next':'D'},'D':{'Type':'Pass','Result':'caught',"
        "'End':true}}}");
    struct str arn = flow_fixture_start(s, f, machine, NULL, items_of(s, ITEMS));
    flow_fixture_settle(f, 500);
    EXPECT_EQUAL(flow_fixture_get(s, f, arn).status, EXECUTION_RUNNING);
    flow_fixture_restart(f);
    flow_fixture_settle(f, 3600);

    expect_output(s, f, arn, "\"caught\"");
}

CLAUSE(branches_run_side_by_side)
{
    struct str machine = flow_fixture_machine(
        s, f, "parallel",
        "{'StartAt':'P','States':{'P':{'Type':'Parallel','Branches':[{'StartAt':'A','States':{'A':{"
        "'Type':'Task','Resource':'" FUNCTION(
            "double") "','End':true}}},{'StartAt':'B','States':{"
                      "'B':{'Type':'Wait','Seconds':30,'End':true}}}],'End':true}}}");
    struct str arn = flow_fixture_start(s, f, machine, NULL, "{'n':1}");
    flow_fixture_settle(f, 300);

    expect_output(s, f, arn, "[{\"n\":2},{\"n\":1}]");
}

static void put_object(struct scope *s, struct flow_fixture *f, const char *key, struct str text)
{
    EXPECT_OK(blob_put(s, f->store, &objects_bucket, str(key), text, NULL, NULL));
}

CLAUSE(a_distributed_map_reads_items_runs_children_and_writes_results)
{
    put_object(s, f, "acme/in/rows.csv", str("n,name\n1,one\n2,two\n3,three\n"));
    struct str machine = flow_fixture_machine(
        s, f, "distributed",
        "{'StartAt':'M','States':{'M':{'Type':'Map','ItemReader':{'Resource':"
        "'arn:aws:states:::s3:getObject','ReaderConfig':{'InputType':'CSV','CSVHeaderLocation':"
        "'FIRST_ROW'},'Parameters':{'Bucket':'in','Key':'rows.csv'}},'ItemProcessor':{"
        "'ProcessorConfig':{'Mode':'DISTRIBUTED','ExecutionType':'STANDARD'},'StartAt':'A',"
        "'States':{'A':{'Type':'Pass','Parameters':{'was.$':'$.name'},'End':true}}},"
        "'ResultWriter':{'Resource':'arn:aws:states:::s3:putObject','Parameters':{'Bucket':'out',"
        "'Prefix':'runs'}},'End':true}}}");
    struct str arn = flow_fixture_start(s, f, machine, NULL, NULL);
    flow_fixture_settle(f, 600);

    struct execution x = flow_fixture_get(s, f, arn);
    struct json where = json_member(x.output.value, "ResultWriterDetails");
    struct str text = {0};
    struct json manifest = {0};
    EXPECT_STR(str(execution_status_name(x.status)), "SUCCEEDED");
    EXPECT_STR(member_str(where, "Bucket"), "out");
    struct str key = str_concat(s, 2, str("acme/out/"), member_str(where, "Key"));
    REQUIRE_OK(blob_get(s, f->store, &objects_bucket, key, 0, 100000, &text));
    EXPECT_OK(json_read_given(s, text, &manifest));
    struct json file = json_at(json_path(manifest, "ResultFiles.SUCCEEDED"), 0);
    key = str_concat(s, 2, str("acme/out/"), member_str(file, "Key"));
    REQUIRE_OK(blob_get(s, f->store, &objects_bucket, key, 0, 100000, &text));
    EXPECT(str_find(text, str("{\\\"was\\\":\\\"two\\\"}")) < text.bytes);
}

CLAUSE(children_of_a_map_run_are_listed_under_it)
{
    struct str machine = flow_fixture_machine(
        s, f, "distributed",
        "{'StartAt':'M','States':{'M':{'Type':'Map','ItemsPath':'$.items','ItemProcessor':{"
        "'ProcessorConfig':{'Mode':'DISTRIBUTED','ExecutionType':'STANDARD'},'StartAt':'A',"
        "'States':{'A':{'Type':'Task','Resource':'" FUNCTION(
            "double") "','End':true}}},'End':true}}}");
    struct str arn = flow_fixture_start(s, f, machine, NULL, items_of(s, 7));
    flow_fixture_settle(f, 600);
    expect_doubled(s, f, arn, 7);

    struct history_query query = {.arn = arn, .limit = 100};
    struct json *events = NULL;
    size_t count = 0;
    struct str next = {0};
    struct str run = {0};
    EXPECT_OK(flow_history(s, f->flow, &f->owner, &query, &events, &count, &next));
    for (size_t i = 0; i < count; i++)
        if (str_is(member_str(events[i], "type"), "MapRunStarted"))
            run = json_text(json_path(events[i], "mapRunStartedEventDetails.mapRunArn"));
    struct execution_query list = {.map_run_arn = run, .status = EXECUTION_SUCCEEDED, .limit = 50};
    size_t found = 0;
    for (int i = 0; i < 100 && found < 7; i++) { // an index may lag
        struct execution *children = NULL;
        list.cursor = next = (struct str){0};
        found = 0;
        do {
            EXPECT_OK(flow_list(s, f->flow, &f->owner, &list, &children, &count, &next));
            found += count;
            list.cursor = next;
        } while (next.bytes);
    }
    EXPECT_EQUAL(found, 7);
}

// -- payloads, redrive, forgetting ---------------------------------------------------------------

CLAUSE(large_values_come_back_whole)
{
    enum { BYTES = 200000 };
    char *text = scope_bytes(s, BYTES);
    memset(text, 'x', BYTES);
    struct str machine = flow_fixture_machine(
        s, f, "large",
        "{'StartAt':'A','States':{'A':{'Type':'Pass','ResultPath':'$.more','Next':'B'},"
        "'B':{'Type':'Wait','Seconds':1,'OutputPath':'$.text','Next':'C'},"
        "'C':{'Type':'Pass','End':true}}}");
    const char *input =
        str_z(s, str_concat(s, 3, str("{'text':'"), str_of(text, BYTES / 4), str("'}")));
    struct str arn = flow_fixture_start(s, f, machine, NULL, input);
    flow_fixture_settle(f, 600);

    struct execution x = flow_fixture_get(s, f, arn);
    EXPECT_EQUAL(x.status, EXECUTION_SUCCEEDED);
    EXPECT_EQUAL(json_text(x.output.value).bytes, BYTES / 4);
    struct history_query query = {.arn = arn, .limit = 100, .reverse = true};
    struct json *events = NULL;
    size_t count = 0;
    struct str next = {0};
    EXPECT_OK(flow_history(s, f->flow, &f->owner, &query, &events, &count, &next));
    EXPECT_EQUAL(count, 8);
    struct json output = json_path(events[0], "executionSucceededEventDetails.output");
    EXPECT_EQUAL(json_text(output).bytes, BYTES / 4);
}

CLAUSE(history_is_read_in_pages_both_ways)
{
    struct str machine = flow_fixture_machine(
        s, f, "pages",
        "{'StartAt':'A','States':{'A':{'Type':'Wait','Seconds':1,'Next':'B'},'B':{'Type':'Wait',"
        "'Seconds':1,'Next':'C'},'C':{'Type':'Pass','End':true}}}");
    struct str arn = flow_fixture_start(s, f, machine, NULL, NULL);
    flow_fixture_settle(f, 600);

    for (int reverse = 0; reverse < 2; reverse++) {
        struct history_query query = {.arn = arn, .limit = 3, .reverse = reverse};
        int64_t expected = reverse ? 8 : 1;
        do {
            struct json *events = NULL;
            size_t count = 0;
            struct str next = {0};
            EXPECT_OK(flow_history(s, f->flow, &f->owner, &query, &events, &count, &next));
            for (size_t i = 0; i < count; i++, expected += reverse ? -1 : 1)
                EXPECT_EQUAL(member_i64(events[i], "id"), expected);
            query.cursor = next;
        } while (query.cursor.bytes);
        EXPECT_EQUAL(expected, reverse ? 0 : 9);
    }
}

CLAUSE(a_redrive_is_planned_and_then_goes_on_from_the_failed_state)
{
    struct str machine = flow_fixture_machine(
        s, f, "redrive",
        "{'StartAt':'A','States':{'A':{'Type':'Task','Resource':'" FUNCTION(
            "double") "','Next':'B'},"
                      "'B':{'Type':'Task','Resource':'" FUNCTION("refuse") "','End':true}}}");
    struct json plan = {0};
    struct execution x = {0};
    failures_left = 1000;
    struct str arn = flow_fixture_start(s, f, machine, NULL, "{'n':1}");
    flow_fixture_settle(f, 600);
    EXPECT_EQUAL(flow_fixture_get(s, f, arn).status, EXECUTION_FAILED);
    failures_left = 0;

    EXPECT_OK(flow_redrive(s, f->flow, &f->owner, NULL, arn, str("{\"n\":50}"), true, &plan, &x));
    EXPECT_STR(member_str(plan, "state"), "B");
    EXPECT_STR(json_to_str(s, json_member(plan, "inputBefore")), "{\"n\":2}");
    EXPECT_STR(json_to_str(s, json_member(plan, "input")), "{\"n\":50}");
    EXPECT_STR(member_str(json_at(json_member(plan, "runsAgain"), 0), "state"), "B");
    EXPECT_EQUAL(flow_fixture_get(s, f, arn).status, EXECUTION_FAILED);
    enum status e = TEMPORARY;
    for (int i = 0; i < 50 && (e == TEMPORARY || e == BUSY); i++) {
        struct scope *own = scope_open(1 << 24);
        struct change *c = change_new(own);
        e = flow_redrive(own, f->flow, &f->owner, c, arn, (struct str){0}, false, &plan, &x);
        if (e == OK)
            e = store_commit(own, f->store, c);
        scope_close(own);
    }
    flow_fixture_settle(f, 600);
    expect_output(s, f, arn, "{\"n\":4}");
    EXPECT_EQUAL(flow_fixture_get(s, f, arn).redrive_count, 1);
    EXPECT_EQUAL(flow_redrive(s, f->flow, &f->owner, NULL, arn, (struct str){0}, true, &plan, &x),
                 CONFLICT);
}

static size_t records_left(struct scope *s, struct flow_fixture *f)
{
    static const struct table_def *const tables[] = {&flow_executions_table, &flow_history_table,
                                                     &flow_frames_table,     &flow_payloads_table,
                                                     &flow_names_table,      &flow_timers_table};
    size_t left = 0;

    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        struct page page = {0};
        do {
            EXPECT_OK(record_scan(s, f->store, tables[i], 1000, page.cursor, &page));
            for (size_t r = 0; r < page.count; r++)
                left += !record_expired(&page.records[r], world_now_us(f->world));
        } while (page.cursor.bytes);
    }
    return left;
}

CLAUSE(nothing_is_left_of_what_ended_long_ago)
{
    enum { BYTES = 20000 };
    char *text = scope_bytes(s, BYTES);
    memset(text, 'x', BYTES);
    const char *large = str_z(s, str_concat(s, 3, str("{'t':'"), str_of(text, BYTES), str("'}")));
    struct str quick = flow_fixture_machine(
        s, f, "quick", "{'StartAt':'A','States':{'A':{'Type':'Pass','End':true}}}");
    struct str fails = flow_fixture_machine(
        s, f, "fails", "{'StartAt':'A','States':{'A':{'Type':'Fail','Error':'E'}}}");

    (void)flow_fixture_start(s, f, quick, NULL, "{}");
    (void)flow_fixture_start(s, f, quick, "named", "{}");
    (void)flow_fixture_start(s, f, quick, NULL, large);
    (void)flow_fixture_start(s, f, fails, "large", large);
    EXPECT(records_left(s, f) >= 4);
    flow_fixture_settle(f, 91 * 86400);

    EXPECT_EQUAL(records_left(s, f), 0);
}

CLAUSE(what_ended_long_ago_is_forgotten)
{
    struct str machine =
        flow_fixture_machine(s, f, "forget",
                             "{'StartAt':'A','States':{'A':{'Type':'Task','Resource':'" FUNCTION(
                                 "double") "','End':true}}}");
    struct str arn = flow_fixture_start(s, f, machine, "once", "{'n':1}");
    flow_fixture_settle(f, 600);
    expect_output(s, f, arn, "{\"n\":2}");
    flow_fixture_settle(f, 91 * 86400);

    struct execution x = {0};
    EXPECT_EQUAL(flow_get(s, f->flow, &f->owner, arn, &x), NOT_FOUND);
    struct str again = flow_fixture_start(s, f, machine, "once", "{'n':7}");
    flow_fixture_settle(f, 600);
    expect_output(s, f, again, "{\"n\":14}");
}

// -- machines ------------------------------------------------------------------------------------

CLAUSE(a_machine_is_created_once_and_updated_for_those_who_start_later)
{
    static const char one[] =
        "{'StartAt':'A','States':{'A':{'Type':'Wait','Seconds':10,'Next':'B'},"
        "'B':{'Type':'Pass','Result':1,'End':true}}}";
    struct str arn = flow_fixture_machine(s, f, "machine", one);
    EXPECT(str_equal(flow_fixture_machine(s, f, "machine", one), arn));
    struct str first = flow_fixture_start(s, f, arn, NULL, NULL);
    struct machine_record m = {
        .arn = arn,
        .definition = str("{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Pass\",\"Result\":2,"
                          "\"End\":true}}}")};
    struct machine_record out = {0};
    enum status e = TEMPORARY;
    for (int i = 0; i < 50 && e == TEMPORARY; i++) {
        struct change *c = change_new(s);
        EXPECT_OK(flow_machine_update(s, f->flow, &f->owner, c, &m, &out));
        e = store_commit(s, f->store, c);
    }
    struct str second = flow_fixture_start(s, f, arn, NULL, NULL);
    flow_fixture_settle(f, 600);

    expect_output(s, f, first, "1");
    expect_output(s, f, second, "2");
    EXPECT_OK(flow_machine_get(s, f->flow, &f->owner, arn, &out));
    EXPECT(str_equal(out.definition, m.definition));
    m.name = str("machine");
    m.definition = str("{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Succeed\"}}}");
    bool existed = false;
    EXPECT_EQUAL(flow_machine_create(s, f->flow, &f->owner, change_new(s), &m, &out, &existed),
                 CONFLICT);
    m.definition = str("{\"StartAt\":\"Z\",\"States\":{\"A\":{\"Type\":\"Succeed\"}}}");
    m.name = str("broken");
    EXPECT_EQUAL(flow_machine_create(s, f->flow, &f->owner, change_new(s), &m, &out, &existed),
                 INVALID);
}

// -- limits, waits -------------------------------------------------------------------------------

static size_t running_of(struct scope *s, struct flow_fixture *f, const struct str *arns,
                         size_t count)
{
    size_t running = 0;

    for (size_t i = 0; i < count; i++) {
        struct str history = flow_fixture_history(s, f, arns[i]);
        running += flow_fixture_get(s, f, arns[i]).status == EXECUTION_RUNNING && history.bytes > 0;
    }
    return running;
}

static void check_turns(struct scope *s, struct flow_fixture *f)
{
    enum { STARTED = 7 };
    struct str arns[STARTED];
    struct str machine = flow_fixture_machine(
        s, f, "turns", "{'StartAt':'A','States':{'A':{'Type':'Wait','Seconds':100,'End':true}}}");
    struct flow_waits waits = {0};

    for (size_t i = 0; i < STARTED; i++) {
        arns[i] = flow_fixture_start(s, f, machine, NULL, NULL);
        sim_advance_us(f->world, 1000);
    }
    EXPECT_EQUAL(running_of(s, f, arns, STARTED), 2);
    EXPECT_OK(flow_waits_get(s, f->flow, &f->owner, str("turns"), &waits));
    EXPECT_EQUAL(waits.pending, STARTED - 2);
    EXPECT_OK(flow_fixture_stop(s, f, arns[6]));
    EXPECT_EQUAL(flow_fixture_get(s, f, arns[6]).status, EXECUTION_ABORTED);
    flow_fixture_settle(f, 150);
    EXPECT_EQUAL(running_of(s, f, &arns[2], 2), 2);
    EXPECT_EQUAL(running_of(s, f, arns, STARTED), 2);
    flow_fixture_restart(f);
    flow_fixture_settle(f, 400);
    for (size_t i = 0; i < STARTED - 1; i++)
        EXPECT_EQUAL(flow_fixture_get(s, f, arns[i]).status, EXECUTION_SUCCEEDED);
    EXPECT_OK(flow_waits_get(s, f->flow, &f->owner, str("turns"), &waits));
    EXPECT_EQUAL(waits.pending, 0);
}

TEST(executions_beyond_the_limit_begin_in_their_order)
{
    static char limit[] = "--flow.executions_max=2";

    on(check_turns, &(struct flow_fixture_options){.flags = {limit}});
    on(check_turns, &(struct flow_fixture_options){.embedded = true, .flags = {limit}});
    on(check_turns, &(struct flow_fixture_options){
                        .seed = 3, .adversity = MEMORY_SHORT_PAGES, .flags = {limit}});
}

static void check_waits(struct scope *s, struct flow_fixture *f)
{
    struct str machine = flow_fixture_machine(s, f, "tokens", token_machine);
    struct flow_waits waits = {0};
    int64_t before_us = world_now_us(f->world);

    struct str arn = flow_fixture_start(s, f, machine, NULL, NULL);
    flow_fixture_settle(f, 70);
    EXPECT_OK(flow_waits_get(s, f->flow, &f->owner, str("tokens"), &waits));
    EXPECT_EQUAL(waits.count, 1);
    EXPECT_EQUAL(waits.oldest_since_us, before_us);
    EXPECT(metric_value(metrics_find(f->metrics, "sheaf_flow_oldest_wait_seconds"), METRIC_ONLY) >
           0);
    EXPECT_OK(flow_fixture_answer(
        s, f, &(struct token_answer){.token = token_of(s, f, arn), .output = str("1")}));
    EXPECT_OK(flow_waits_get(s, f->flow, &f->owner, str("tokens"), &waits));
    EXPECT_EQUAL(waits.count, 0);
}

TEST(waits_for_tokens_are_counted_with_their_age)
{
    on(check_waits, &(struct flow_fixture_options){.tasks = tasks});
    on(check_waits, &(struct flow_fixture_options){.tasks = tasks, .embedded = true});
}

// -- a task that must not run twice --------------------------------------------------------------

// Its commit fails; then the program goes on, or dies.
static struct execution fail_once(struct scope *s, struct flow_fixture *f, bool dies)
{
    enum { LEASE_S = 130 };
    struct str machine =
        flow_fixture_machine(s, f, "once",
                             "{'StartAt':'A','States':{'A':{'Type':'Task','Resource':'" FUNCTION(
                                 "once") "','End':true}}}");
    struct str arn = flow_fixture_start(s, f, machine, NULL, "{'n':4}");

    memory_halt_nth(f->store, 1);
    (void)workers_run(f->store, f->workers, 1);
    EXPECT(memory_mend(f->store));
    EXPECT_EQUAL(runs, 1);
    if (dies)
        flow_fixture_crash(f, false);
    sim_advance_us(f->world, (int64_t)LEASE_S * US_PER_S);
    flow_fixture_settle(f, 600);
    EXPECT_EQUAL(runs, 1);
    return flow_fixture_get(s, f, arn);
}

static void check_commit_again(struct scope *s, struct flow_fixture *f)
{
    EXPECT_STR(json_to_str(s, fail_once(s, f, false).output.value), "{\"n\":8}");
}

TEST(a_task_whose_commit_failed_is_not_run_again_for_that)
{
    on(check_commit_again, &(struct flow_fixture_options){.tasks = tasks});
}

static void check_unknown_end(struct scope *s, struct flow_fixture *f)
{
    EXPECT_STR(fail_once(s, f, true).error, "States.TaskFailed");
}

TEST(a_task_that_runs_once_fails_when_its_end_is_unknown)
{
    on(check_unknown_end, &(struct flow_fixture_options){.tasks = tasks});
}
