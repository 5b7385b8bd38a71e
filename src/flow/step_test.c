// The interpreter against tables: whole histories, written from AWS's documentation of the events
// and of redriving (step_histories.def), and what single states make of their input
// (step_outcomes.def). In both, ' stands for " and ` for ', so that definitions can be read.
#include "flow/step.h"

#include "core/json.h"
#include "flow/definition.h"
#include "flow/resource.h"
#include "test/flow_driver.h"
#include "test/harness.h"

#include <stdlib.h>

static struct str unquoted(struct scope *s, const char *text)
{
    struct str copy = str_copy(s, str(text));
    char *at = (char *)(uintptr_t)copy.data;

    for (size_t i = 0; i < copy.bytes; i++)
        at[i] = at[i] == '\'' ? '"' : at[i] == '`' ? '\'' : at[i];
    return copy;
}

static struct json read_json(struct scope *s, const char *text)
{
    struct json j = {0};

    EXPECT_OK(json_parse(s, unquoted(s, text), &json_limits_lenient, &j));
    return j;
}

static const struct definition *compiled(struct scope *s, const char *text)
{
    struct definition_options options = {0};
    const struct definition *d = NULL;
    const struct diagnostic *diagnostics = NULL;
    size_t count = 0;

    if (!test_expect_ok(
            definition_compile(s, unquoted(s, text), &options, &d, &diagnostics, &count), s,
            __FILE__, __LINE__, text))
        return NULL;
    return d;
}

// Tasks that answer by a table --------------------------------------------------------------------

enum { TASKS_MAX = 8 };

struct tasks {
    struct json table; // name: list of answers, the last one for all further calls
    size_t calls[TASKS_MAX];
    struct json last_payload;
};

static int64_t number_of(struct json answer, const char *name)
{
    int64_t number = 0;

    (void)json_to_i64(json_member(answer, name), &number);
    return number;
}

static struct str text_of(struct json answer, const char *name)
{
    struct json j = json_member(answer, name);

    if (!json_is(j, JSON_STRING))
        return (struct str){0};
    return j.count ? json_text(j) : str("");
}

// What a task is called in the table: its function, activity or action.
static struct str task_name(const struct flow_command *c)
{
    struct resource r = {0};

    if (c->function.bytes || !resource_parse(c->resource, &r))
        return c->function;
    return r.kind == RESOURCE_INTEGRATION ? r.action_named : r.name;
}

static void answer_task(struct scope *s, void *context, const struct flow_command *c,
                        struct driver_answer *out)
{
    struct tasks *tasks = context;
    struct str name = task_name(c);
    size_t i = 0;

    while (i < tasks->table.count && !str_equal(tasks->table.members[i].name, name))
        i++;
    if (i == tasks->table.count) {
        out->value = c->function.bytes ? c->payload : c->input;
        return;
    }
    struct json answers = tasks->table.members[i].value;
    size_t n = tasks->calls[i]++;
    struct json a = json_at(answers, n < answers.count ? n : answers.count - 1);
    out->value = json_copy(s, json_member(a, "value"));
    out->submission = json_member(a, "submission");
    out->error = text_of(a, "error");
    out->cause = text_of(a, "cause");
    out->delay_ms = number_of(a, "delay_ms");
    out->heartbeat_every_ms = number_of(a, "heartbeat_every_ms");
    out->heartbeats = (unsigned)number_of(a, "heartbeats");
    out->never = json_is(json_member(a, "never"), JSON_TRUE);
    out->refused = json_is(json_member(a, "refused"), JSON_TRUE);
    out->worker = text_of(a, "worker");
    out->taken_at_ms = number_of(a, "taken_at_ms");
}

// How it ended: "SUCCEEDED {…}", "FAILED Error: cause".
static struct str end_text(struct scope *s, const struct driver *d)
{
    const struct execution *x = driver_execution(d);
    const char *status = execution_status_name(x->status);

    if (x->status == EXECUTION_SUCCEEDED)
        return str_format(s, "%s %.*s", status, STR(json_to_str(s, x->output.value)));
    if (x->status == EXECUTION_RUNNING)
        return str(status);
    return str_format(s, "%s %.*s: %.*s", status, STR(x->error.data ? x->error : str("-")),
                      STR(x->cause.data ? x->cause : str("-")));
}

// Histories ---------------------------------------------------------------------------------------

struct history_case {
    const char *name;
    const char *definition;
    const char *input;
    const char *tasks;
    int64_t stop_at_ms; // 0: it is not stopped
    bool redrive;       // after it has failed
    const char *history;
    const char *end;
};

static const struct history_case histories[] = {
#include "flow/step_histories.def"
};

static const struct driver_object objects[] = {
    {"bucket", "three.json", "[10,20,30]"},
    {"bucket", "object.json", "{\"a\":1,\"b\":2}"},
    {"bucket", "text.json", "\"no array\""},
};

static struct driver *run_history(struct scope *s, const struct history_case *c, uint64_t seed)
{
    struct tasks *tasks = scope_new(s, struct tasks);
    tasks->table = read_json(s, c->tasks);
    struct driver_options options = {
        .seed = seed,
        .task = answer_task,
        .context = tasks,
        .objects = objects,
        .object_count = sizeof objects / sizeof *objects,
        .payload_bytes = seed % 2 ? 1 : 0, // everything lies elsewhere, or nearly nothing
    };
    struct driver *d = driver_open(s, compiled(s, c->definition), read_json(s, c->input), &options);

    if (c->stop_at_ms) {
        driver_run_until(d, c->stop_at_ms);
        driver_stop(d, str("Stopped"), (struct str){0});
    }
    driver_run(d);
    if (c->redrive) {
        EXPECT(driver_redrive(d, (struct json){0}));
        driver_run(d);
    }
    return d;
}

TEST(histories_are_those_of_the_table)
{
    for (size_t i = 0; i < sizeof histories / sizeof *histories; i++) {
        const struct history_case *c = &histories[i];
        for (uint64_t seed = 0; seed < 2; seed++) {
            struct driver *d = run_history(s, c, seed);
            REQUIRE(d != NULL);
            struct str is = driver_history_text(s, d);
            struct str end = end_text(s, d);
            if (!test_expect_equal_str(is, str(c->history), __FILE__, __LINE__, c->name) ||
                !test_expect_equal_str(end, unquoted(s, c->end), __FILE__, __LINE__, c->name))
                break;
        }
    }
}

TEST(a_seed_gives_the_same_history_always)
{
    for (size_t i = 0; i < sizeof histories / sizeof *histories; i++) {
        size_t count = 0;
        size_t again_count = 0;
        const struct json *history = driver_history(run_history(s, &histories[i], 7), &count);
        const struct json *again = driver_history(run_history(s, &histories[i], 7), &again_count);
        EXPECT(json_equal(json_array(history, count), json_array(again, again_count)));
    }
}

TEST(what_has_ended_well_leaves_no_frames)
{
    for (size_t i = 0; i < sizeof histories / sizeof *histories; i++) {
        struct driver *d = run_history(s, &histories[i], 0);
        if (driver_execution(d)->status == EXECUTION_SUCCEEDED)
            EXPECT_EQUAL(driver_frame_count(d), 0);
        else
            EXPECT(driver_frame_count(d) > 0);
    }
}

// Outcomes ----------------------------------------------------------------------------------------

struct outcome_case {
    const char *definition; // of a machine, or the fields of one state that ends it
    const char *input;
    const char *end;
};

static const struct outcome_case outcomes[] = {
#include "flow/step_outcomes.def"
};

// Fields of a state, or a machine as it is.
static const char *machine_of(struct scope *s, const char *text)
{
    bool next = strstr(text, "'Next':'T'") != NULL;
    bool ends = strstr(text, "'Type':'Fail'") || strstr(text, "'Type':'Succeed'") ||
                strstr(text, "'Type':'Choice'");
    struct str machine =
        str_format(s, "{'StartAt':'S','States':{'S':{%s%s}%s}}", text, ends ? "" : ",'End':true",
                   next ? ",'T':{'Type':'Pass','End':true}" : "");

    return text[0] == '{' ? text : str_z(s, machine);
}

TEST(outcomes_are_those_of_the_table)
{
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
        const struct outcome_case *c = &outcomes[i];
        struct history_case h = {.definition = machine_of(s, c->definition),
                                 .input = c->input,
                                 .tasks = "{'fails':[{'error':'E','cause':'c'}],"
                                          "'text':[{'value':'t'}]}"};
        struct driver *d = run_history(s, &h, i);
        if (!d)
            continue;
        struct str end = end_text(s, d);
        (void)test_expect_equal_str(end, unquoted(s, c->end), __FILE__, __LINE__, c->definition);
    }
}

// Limits ------------------------------------------------------------------------------------------

static struct driver *run_plainly(struct scope *s, const char *definition, struct json input,
                                  struct driver_options *options)
{
    const struct definition *d = compiled(s, definition);
    struct driver *driver = d ? driver_open(s, d, input, options) : NULL;

    if (driver)
        driver_run(driver);
    return driver;
}

static struct json large_text(struct scope *s, size_t bytes)
{
    char *text = scope_bytes(s, bytes);

    memset(text, 'a', bytes);
    return json_string(str_of(text, bytes));
}

static void answer_large(struct scope *s, void *context, const struct flow_command *c,
                         struct driver_answer *out)
{
    (void)c;
    out->value = large_text(s, *(const size_t *)context);
}

// AWS names the function's ARN, the service, or the state that returned too much; States.ALL does
// not catch it.
TEST(a_result_beyond_256_kib_fails_and_is_not_caught_by_all)
{
    static const char *const cases[][2] = {
        {"{'StartAt':'T','States':{'T':{'Type':'Task','Resource':"
         "'arn:aws:lambda:us-east-1:111111111111:function:f',"
         "'Retry':[{'ErrorEquals':['States.ALL']}],'Catch':[{'ErrorEquals':['States.ALL'],"
         "'Next':'T'}],'End':true}}}",
         "arn:aws:lambda:us-east-1:111111111111:function:f"},
        {"{'StartAt':'T','States':{'T':{'Type':'Task','Resource':'arn:aws:states:::lambda:invoke',"
         "'Parameters':{'FunctionName':'f'},'End':true}}}",
         "lambda"},
        {"{'StartAt':'T','States':{'T':{'Type':'Pass','Parameters':{'a.$':'$','b.$':'$'},"
         "'End':true}}}",
         "T"},
    };
    size_t bytes = 257 << 10;
    struct driver_options options = {.task = answer_large, .context = &bytes};

    for (size_t i = 0; i < 3; i++) {
        struct driver *d =
            run_plainly(s, cases[i][0], large_text(s, i == 2 ? 140000 : 1), &options);
        REQUIRE(d != NULL);
        EXPECT_STR(driver_execution(d)->error, "States.DataLimitExceeded");
        EXPECT(str_equal(driver_execution(d)->cause,
                         str_format(s,
                                    "The state/task '%s' returned a result with a size exceeding "
                                    "the maximum number of bytes service limit.",
                                    cases[i][1])));
    }
}

TEST(a_result_of_exactly_256_kib_is_fine)
{
    size_t bytes = (256 << 10) - 2;
    struct driver_options options = {.task = answer_large, .context = &bytes};
    struct driver *d = run_plainly(s,
                                   "{'StartAt':'T','States':{'T':{'Type':'Task','Resource':"
                                   "'arn:aws:lambda:us-east-1:111111111111:function:f',"
                                   "'End':true}}}",
                                   json_null(), &options);
    REQUIRE(d != NULL);
    EXPECT_EQUAL(driver_execution(d)->status, EXECUTION_SUCCEEDED);
}

TEST(a_loop_ends_when_the_history_is_full)
{
    size_t count = 0;
    struct driver_options options = {.limits = flow_limits_default};
    options.limits.events_max = 100;
    options.limits.step_events_max = 7;
    struct driver *d = run_plainly(s,
                                   "{'StartAt':'A','States':{'A':{'Type':'Pass','Next':'B'},'B':"
                                   "{'Type':'Choice','Choices':[{'Variable':'$','IsNull':true,"
                                   "'Next':'A'}],'Default':'C'},'C':{'Type':'Succeed'}}}",
                                   json_null(), &options);
    REQUIRE(d != NULL);
    const struct json *history = driver_history(d, &count);
    EXPECT_EQUAL(count, 100);
    EXPECT_STR(json_text(json_member(history[99], "type")), "ExecutionFailed");
    EXPECT_STR(driver_execution(d)->cause,
               "The execution reached the maximum number of history events (100).");
}

// Whatever the limit of a step is, what happens is the same.
TEST(a_step_may_end_anywhere)
{
    for (size_t i = 0; i < sizeof histories / sizeof *histories; i++) {
        const struct history_case *c = &histories[i];
        struct tasks tasks = {.table = read_json(s, c->tasks)};
        struct driver_options options = {.task = answer_task,
                                         .context = &tasks,
                                         .objects = objects,
                                         .object_count = sizeof objects / sizeof *objects,
                                         .limits = flow_limits_default};
        options.limits.step_events_max = 1;
        if (c->stop_at_ms || c->redrive)
            continue;
        struct driver *d = run_plainly(s, c->definition, read_json(s, c->input), &options);
        REQUIRE(d != NULL);
        (void)test_expect_equal_str(driver_history_text(s, d), str(c->history), __FILE__, __LINE__,
                                    c->name);
    }
}

static struct json numbers(struct scope *s, size_t count)
{
    struct json *items = scope_array(s, count, sizeof *items);

    for (size_t i = 0; i < count; i++)
        items[i] = json_i64(s, (int64_t)i);
    return json_array(items, count);
}

// One iteration costs the same among few and among many: the bytes that are taken grow with the
// count and no faster.
TEST(a_map_takes_memory_in_proportion_to_its_items)
{
    static const char *const definition =
        "{'StartAt':'M','States':{'M':{'Type':'Map','MaxConcurrency':10,'ResultPath':null,"
        "'ItemProcessor':{'StartAt':'T','States':{'T':{'Type':'Task','Resource':"
        "'arn:aws:lambda:us-east-1:111111111111:function:f','End':true}}},'End':true}}}";
    size_t used[2] = {0};

    for (size_t i = 0; i < 2; i++) {
        size_t before = scope_used(s);
        struct driver_options options = {.task = answer_large, .limits = flow_limits_default};
        size_t bytes = 1;
        options.context = &bytes;
        options.limits.events_max = 1000000;
        struct driver *d = run_plainly(s, definition, numbers(s, i ? 4000 : 400), &options);
        REQUIRE(d != NULL);
        EXPECT_EQUAL(driver_execution(d)->status, EXECUTION_SUCCEEDED);
        EXPECT_EQUAL(driver_frame_count(d), 0);
        used[i] = scope_used(s) - before;
    }
    EXPECT(used[1] < used[0] * 12);
}

// Items that lie elsewhere are not read again for each iteration.
TEST(a_map_reads_its_items_seldom)
{
    static const char *const definition =
        "{'StartAt':'M','States':{'M':{'Type':'Map','MaxConcurrency':1,'ResultPath':null,"
        "'ItemProcessor':{'StartAt':'T','States':{'T':{'Type':'Task','Resource':"
        "'arn:aws:lambda:us-east-1:111111111111:function:f','End':true}}},'End':true}}}";
    size_t bytes = 1;
    struct driver_options options = {
        .task = answer_large, .context = &bytes, .limits = flow_limits_default};
    options.payload_bytes = 1000;
    struct driver *d = run_plainly(s, definition, numbers(s, 2000), &options);

    REQUIRE(d != NULL);
    EXPECT_EQUAL(driver_execution(d)->status, EXECUTION_SUCCEEDED);
    EXPECT(driver_values_read(d) < 2000 * 100);
}

TEST(jitter_follows_the_seed)
{
    static const char *const definition =
        "{'StartAt':'T','States':{'T':{'Type':'Task','Resource':"
        "'arn:aws:lambda:us-east-1:111111111111:function:fails','Retry':[{'ErrorEquals':['E'],"
        "'IntervalSeconds':10,'BackoffRate':2,'MaxDelaySeconds':15,'MaxAttempts':3,"
        "'JitterStrategy':'FULL'}],'End':true}}}";
    int64_t ended_at_us[3] = {0};

    for (size_t i = 0; i < 3; i++) {
        struct tasks tasks = {.table = read_json(s, "{'fails':[{'error':'E'}]}")};
        struct driver_options options = {.seed = i / 2, .task = answer_task, .context = &tasks};
        struct driver *d = run_plainly(s, definition, json_null(), &options);
        REQUIRE(d != NULL);
        const struct execution *x = driver_execution(d);
        ended_at_us[i] = x->ended_at_us - x->started_at_us;
        EXPECT(ended_at_us[i] <= 40000000);
    }
    EXPECT(ended_at_us[0] == ended_at_us[1] && ended_at_us[0] != ended_at_us[2]);
}

TEST(retries_wait_longer_each_time_up_to_a_limit)
{
    static const char *const definition =
        "{'StartAt':'T','States':{'T':{'Type':'Task','Resource':"
        "'arn:aws:lambda:us-east-1:111111111111:function:fails','Retry':[{'ErrorEquals':['E'],"
        "'IntervalSeconds':3,'BackoffRate':1.5,'MaxDelaySeconds':6,'MaxAttempts':4}],"
        "'End':true}}}";
    struct tasks tasks = {.table = read_json(s, "{'fails':[{'error':'E'}]}")};
    struct driver_options options = {.task = answer_task, .context = &tasks};
    struct driver *d = run_plainly(s, definition, json_null(), &options);

    REQUIRE(d != NULL);
    const struct execution *x = driver_execution(d);
    EXPECT_EQUAL(x->ended_at_us - x->started_at_us, (3000 + 4500 + 6000 + 6000) * 1000);
}

TEST(an_event_about_what_is_over_is_stale)
{
    struct driver_options options = {0};
    struct driver *d =
        run_plainly(s, "{'StartAt':'W','States':{'W':{'Type':'Wait','Seconds':9,'End':true}}}",
                    json_null(), &options);
    REQUIRE(d != NULL);
    for (int kind = EVENT_TASK_STARTED; kind <= EVENT_CHILD_ENDED; kind++) {
        struct flow_event e = {.kind = (enum flow_event_kind)kind, .frame = 0, .wait = 1};
        EXPECT(!driver_event(d, &e));
    }
    EXPECT(!driver_redrive(d, (struct json){0}));
}

TEST(a_redrive_may_be_given_another_input)
{
    struct driver_options options = {0};
    struct driver *d = run_plainly(s,
                                   "{'StartAt':'A','States':{'A':{'Type':'Pass','Next':'B'},'B':"
                                   "{'Type':'Pass','Parameters':{'x.$':'$.x'},'End':true}}}",
                                   json_null(), &options);
    REQUIRE(d != NULL);
    EXPECT_EQUAL(driver_execution(d)->status, EXECUTION_FAILED);
    EXPECT(driver_redrive(d, read_json(s, "{'x':4}")));
    EXPECT_EQUAL(driver_execution(d)->redrive_count, 1);
    EXPECT_STR(end_text(s, d), "SUCCEEDED {\"x\":4}");
}
