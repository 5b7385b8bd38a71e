// Executions of every kind on a virtual clock, with a crash again and again: after every commit, or
// anywhere. Each must end exactly as without a crash; what a task put down with its result is there
// once; no timer, token or frame is left behind.
//
// FLOW_SEEDS in the environment makes it longer; FLOW_FIRST is the first seed.
#include "core/buf.h"
#include "core/chance.h"
#include "core/scope.h"
#include "flow/flow_impl.h"
#include "store/memory/memory.h"
#include "store/record.h"
#include "sys/sim.h"
#include "test/flow_fixture.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    SEEDS_DEFAULT = 4,
    EXECUTIONS = 8,
    TOKENS_MAX = 4000,
    TYPES_BYTES_MAX = 1 << 20,
    US_PER_S = 1000000,
    LIVES_MAX = 20000,
    QUIET_MAX = 400,
    SIMULATION_BYTES_MAX = 1 << 30,
};

// What each run of a task that counted has put down: with its result or not at all.
static const struct table_def ledger = {.name = "ledger"};

static struct simulation *current;

struct simulation {
    struct scope *s;
    struct flow_fixture *f;
    struct chance chance;
    struct str arns[EXECUTIONS];
    struct str tokens[TOKENS_MAX];
    size_t token_count;
    size_t answered;
    unsigned lives;
    bool crashing;
};

// -- tasks: what they give depends on their input and the attempt only ----------------------------

static void put_down(struct scope *s, struct task *task)
{
    struct record r = {.partition = str_copy(s, task_id(task))};

    change_put(task_change(task), &ledger, &r, if_absent());
}

static enum status add_one(struct scope *s, struct task *task)
{
    int64_t n = 0;

    (void)json_to_i64(json_member(task_input(task), "n"), &n);
    put_down(s, task);
    task_output(task, json_with(s, task_input(task), str("n"), json_i64(s, n + 1)));
    return OK;
}

// The state's first two tries fail.
static enum status fail_twice(struct scope *s, struct task *task)
{
    if (task_attempt(task) >= 2)
        return add_one(s, task);
    put_down(s, task);
    task_fail(task, "Flaky", str("once more"));
    return OK;
}

// Somebody outside gets the token, and brings it back some time.
static enum status send_token(struct scope *s, struct task *task)
{
    struct simulation *m = current;
    struct str token = json_text(json_path(task_input(task), "MessageBody.token"));

    (void)s;
    if (m->token_count < TOKENS_MAX)
        m->tokens[m->token_count++] = str_copy(m->s, token);
    return OK;
}

static const struct task_def tasks[] = {
    {.name = "add", .run = add_one},
    {.name = "quick", .run = add_one, .quick = true},
    {.name = "few", .run = add_one, .concurrent_max = 1},
    {.name = "flaky", .run = fail_twice},
    {.name = "sqs:sendMessage", .run = send_token},
    {0},
};

#define FUNCTION(name) "'Resource':'arn:aws:lambda:eu-north-1:123456789012:function:" name "'"
#define STATES "arn:aws:states:eu-north-1:123456789012:stateMachine:"

struct plan {
    const char *name;
    const char *definition;
    const char *input;
};

static const struct plan plans[EXECUTIONS] = {
    {"calls",
     "{'StartAt':'A','States':{'A':{'Type':'Task'," FUNCTION(
         "add") ",'Next':'B'},"
                "'B':{'Type':'Task'," FUNCTION("quick") ",'Next':'C'},'C':{'Type':'Task'," FUNCTION(
                    "few") ","
                           "'End':true}}}",
     "{'n':1}"},
    {"waits",
     "{'StartAt':'A','States':{'A':{'Type':'Wait','Seconds':100,'Next':'B'},'B':{'Type':'Task'"
     "," FUNCTION("quick") ",'Next':'C'},'C':{'Type':'Wait','Seconds':5000,'Next':'D'},"
                           "'D':{'Type':'Pass','End':true}}}",
     "{'n':2}"},
    {"retries",
     "{'StartAt':'A','States':{'A':{'Type':'Task'," FUNCTION(
         "flaky") ",'Retry':[{'ErrorEquals':["
                  "'Flaky'],'IntervalSeconds':30,'MaxAttempts':5}],'Next':'B'},'B':{'Type':'Task'"
                  "," FUNCTION("flaky") ",'Catch':[{'ErrorEquals':['Flaky'],'ResultPath':'$.error',"
                                        "'Next':'C'}],"
                                        "'End':true},'C':{'Type':'Task'," FUNCTION(
                                            "add") ",'End':true}}}",
     "{'n':3}"},
    {"token",
     "{'StartAt':'A','States':{'A':{'Type':'Task','Resource':"
     "'arn:aws:states:::sqs:sendMessage.waitForTaskToken','Parameters':{'QueueUrl':'q',"
     "'MessageBody':{'token.$':'$$.Task.Token'}},'TimeoutSeconds':9000000,'Next':'B'},"
     "'B':{'Type':'Wait','Seconds':60,'End':true}}}",
     "{'n':4}"},
    {"map",
     "{'StartAt':'M','States':{'M':{'Type':'Map','ItemsPath':'$.items','MaxConcurrency':7,"
     "'ItemProcessor':{'StartAt':'A','States':{'A':{'Type':'Task'," FUNCTION(
         "quick") ",'Next':"
                  "'B'},'B':{'Type':'Task'," FUNCTION(
                      "flaky") ",'Retry':[{'ErrorEquals':['States.ALL'],"
                               "'IntervalSeconds':5}],'End':true}}},'End':true}}}",
     "{'items':[{'n':1},{'n':2},{'n':3},{'n':4},{'n':5},{'n':6},{'n':7},{'n':8},{'n':9},{'n':10},"
     "{'n':11},{'n':12}]}"},
    {"parallel",
     "{'StartAt':'P','States':{'P':{'Type':'Parallel','Branches':[{'StartAt':'A','States':{'A':{"
     "'Type':'Task'," FUNCTION(
         "add") ",'Next':'W'},'W':{'Type':'Wait','Seconds':300,'End':true}}},"
                "{'StartAt':'T','States':{'T':{'Type':'Task','Resource':"
                "'arn:aws:states:::sqs:sendMessage.waitForTaskToken','Parameters':{'MessageBody':{'"
                "token.$':"
                "'$$.Task.Token'}},'TimeoutSeconds':9000000,'End':true}}},{'StartAt':'S','States':{"
                "'S':{"
                "'Type':'Task','Resource':'arn:aws:states:::states:startExecution.sync:2','"
                "Parameters':{"
                "'StateMachineArn':'" STATES
                "calls','Input':{'n':30}},'OutputPath':'$.Output','End':true}}}],"
                "'End':true}}}",
     "{'n':5}"},
    {"run",
     "{'StartAt':'M','States':{'M':{'Type':'Map','ItemsPath':'$.items','ItemProcessor':{"
     "'ProcessorConfig':{'Mode':'DISTRIBUTED','ExecutionType':'STANDARD'},'StartAt':'A','States':{"
     "'A':{'Type':'Task'," FUNCTION("add") ",'Next':'W'},'W':{'Type':'Wait','Seconds':50,"
                                           "'End':true}}},'End':true}}}",
     "{'items':[{'n':1},{'n':2},{'n':3},{'n':4},{'n':5}]}"},
    {"failing",
     "{'StartAt':'P','States':{'P':{'Type':'Parallel','Branches':[{'StartAt':'A','States':{'A':{"
     "'Type':'Wait','Seconds':40,'Next':'F'},'F':{'Type':'Fail','Error':'Meant','Cause':'it is'}}},"
     "{'StartAt':'W','States':{'W':{'Type':'Wait','Seconds':900000,'End':true}}}],'End':true}}}",
     "{}"},
};

// -- clients -------------------------------------------------------------------------------------

static struct str with_quotes(struct scope *s, const char *text)
{
    size_t length = strlen(text);
    char *bytes = scope_bytes(s, length);

    for (size_t i = 0; i < length; i++)
        bytes[i] = text[i] == '\'' ? '"' : text[i];
    return str_of(bytes, length);
}

// The same name and input gives the same execution, so who was not answered may ask again.
static void start_one(struct simulation *m, size_t i)
{
    struct flow_fixture *f = m->f;
    struct scope *own = scope_open(SIMULATION_BYTES_MAX);
    struct change *c = change_new(own);
    struct start_options options = {
        .machine_arn = str_format(own, STATES "%s", plans[i].name),
        .name = str_format(own, "it-%zu", i),
        .input = with_quotes(own, plans[i].input),
    };
    struct execution x = {0};
    bool existed = false;

    enum status e = flow_start(own, f->flow, &f->owner, c, &options, &x, &existed);
    bool taken = e == CONFLICT; // it was started, and has ended since
    if (e == OK && !existed)
        e = store_commit(own, f->store, c);
    if (e == OK || taken)
        m->arns[i] = str_format(m->s, "arn:aws:states:eu-north-1:123456789012:execution:%s:it-%zu",
                                plans[i].name, i);
    scope_close(own);
}

static void answer_one(struct simulation *m)
{
    struct flow_fixture *f = m->f;
    struct scope *own = scope_open(SIMULATION_BYTES_MAX);
    struct change *c = change_new(own);
    struct token_answer answer = {.token = m->tokens[m->answered], .output = str("{\"n\":99}")};

    enum status e = flow_answer(own, f->flow, &f->owner, c, &answer);
    if (e == OK)
        e = store_commit(own, f->store, c);
    // What has ended was answered before: the same token is sent again with each try of its task.
    if (e == OK || e == NOT_FOUND)
        m->answered++;
    if (e == TIMEOUT && !f->died && chance_coin(&m->chance))
        m->answered++;
    scope_close(own);
}

// -- time ----------------------------------------------------------------------------------------

static void pass_time(struct simulation *m)
{
    int64_t seconds = (int64_t)chance_below(&m->chance, 10) == 0 ? 200 : 20;

    sim_advance_us(m->f->world, seconds * US_PER_S);
}

static void tend_once(struct simulation *m)
{
    struct scope *own = scope_open(SIMULATION_BYTES_MAX);

    (void)flow_tend(own, m->f->flow);
    scope_close(own);
}

static void step(struct simulation *m)
{
    uint64_t what = chance_below(&m->chance, 100);

    for (size_t i = 0; i < EXECUTIONS; i++) {
        if (m->arns[i].bytes == 0) {
            start_one(m, i);
            break;
        }
    }
    if (what < 60)
        (void)workers_run(m->f->store, m->f->workers, 1 + (unsigned)chance_below(&m->chance, 8));
    else if (what < 75)
        tend_once(m);
    else if (what < 90)
        pass_time(m);
    else if (m->answered < m->token_count)
        answer_one(m);
}

static bool all_ended(struct simulation *m)
{
    struct scope *own = scope_open(SIMULATION_BYTES_MAX);
    size_t running = 0;

    for (size_t i = 0; i < EXECUTIONS; i++) {
        struct execution x = {0};
        if (m->arns[i].bytes == 0 ||
            flow_get(own, m->f->flow, &m->f->owner, m->arns[i], &x) != OK ||
            x.status == EXECUTION_RUNNING)
            running++;
    }
    scope_close(own);
    return running == 0;
}

// A life ends with a crash: at the second effect, so that each life has one commit, or anywhere.
static void live_and_crash(struct simulation *m, bool every_commit)
{
    enum { STEPS = 12 };
    bool embedded = m->f->options->embedded;
    unsigned nth = every_commit ? 2 : 1 + (unsigned)chance_below(&m->chance, embedded ? 400 : 25);

    if (embedded)
        sim_halt_nth(m->f->world, nth);
    else
        memory_halt_nth(m->f->store, nth);
    for (int i = 0; i < STEPS && !m->f->died; i++)
        step(m);
    if (!embedded)
        (void)memory_mend(m->f->store);
    flow_fixture_crash(m->f, chance_coin(&m->chance));
    sim_advance_us(m->f->world, 130LL * US_PER_S); // leases of the dead end
    m->lives++;
}

static void settle(struct simulation *m)
{
    for (int quiet = 0; quiet < QUIET_MAX && !all_ended(m); quiet++) {
        for (int i = 0; i < 20; i++)
            step(m);
        flow_fixture_settle(m->f, 10);
    }
    flow_fixture_settle(m->f, 1200); // what ended tidies up
}

// -- what must hold ------------------------------------------------------------------------------

static size_t count_records(struct simulation *m, const struct table_def *table)
{
    struct page page = {0};
    size_t count = 0;

    do {
        if (record_scan(m->s, m->f->store, table, 1000, page.cursor, &page) != OK)
            break;
        for (size_t i = 0; i < page.count; i++)
            count += table != &flow_timers_table || !str_ends(page.records[i].sort, str("/f"));
    } while (page.cursor.bytes);
    return count;
}

static int by_text(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

// How it ended, and how often each type of event is in its history, which has no gap.
static struct str told(struct simulation *m, size_t i)
{
    enum { EVENTS_MAX = 5000 };
    struct scope *s = m->s;
    struct buf b = buf_make(s, TYPES_BYTES_MAX);
    struct execution x = flow_fixture_get(s, m->f, m->arns[i]);
    struct history_query query = {.arn = m->arns[i], .limit = EVENTS_MAX};
    struct json *events = NULL;
    struct str next = {0};
    size_t count = 0;

    EXPECT_OK(flow_history(s, m->f->flow, &m->f->owner, &query, &events, &count, &next));
    struct str *types = scope_array(s, count, sizeof *types);
    size_t type_count = 0;
    for (size_t n = 0; n < count; n++) {
        EXPECT_EQUAL(member_i64(events[n], "id"), (int64_t)n + 1);
        // The token may come back before it was recorded that it was sent.
        if (!str_is(member_str(events[n], "type"), "TaskSubmitted"))
            types[type_count++] = member_str(events[n], "type");
    }
    qsort(types, type_count, sizeof *types, by_text);
    buf_format(&b, "%s %s %.*s %.*s\n", plans[i].name, execution_status_name(x.status),
               STR(x.error), STR(x.cause));
    if (!json_is(x.output.value, JSON_NONE))
        json_write(&b, x.output.value);
    for (size_t n = 0; n < type_count; n++)
        buf_format(&b, " %.*s", STR(types[n]));
    return buf_str(&b);
}

static void expect_tidy(struct simulation *m)
{
    EXPECT_EQUAL(count_records(m, &flow_timers_table), 0);
    EXPECT_EQUAL(count_records(m, &flow_outside_table), 0);
    for (const struct worker_def *d = m->f->workers; d->queue; d++) {
        struct queue_stats stats = {0};
        queue_stats(m->f->store, d->queue, &stats);
        EXPECT_EQUAL(stats.dead, 0);
    }
}

// -- runs ----------------------------------------------------------------------------------------

struct result {
    struct str told[EXECUTIONS];
    size_t put_down;
};

static void run(struct scope *s, const struct flow_fixture_options *options, unsigned lives_max,
                struct result *out)
{
    struct simulation *m = scope_new(s, struct simulation);

    m->s = s;
    m->chance = chance_seeded(options->seed);
    current = m;
    m->f = flow_fixture_open(s, options);
    if (!m->f)
        return;
    for (size_t i = 0; i < EXECUTIONS; i++)
        (void)flow_fixture_machine(s, m->f, plans[i].name, plans[i].definition);
    while (m->lives < lives_max && !test_failed() && !all_ended(m))
        live_and_crash(m, options->seed % 2 == 0 && !options->embedded);
    settle(m);
    EXPECT(all_ended(m));
    for (size_t i = 0; i < EXECUTIONS && !test_failed(); i++)
        out->told[i] = told(m, i);
    out->put_down = count_records(m, &ledger);
    expect_tidy(m);
}

static void compare(struct scope *s, uint64_t seed, bool embedded)
{
    struct scope *calm_scope = scope_open(SIMULATION_BYTES_MAX);
    struct scope *wild_scope = scope_open(SIMULATION_BYTES_MAX);
    struct flow_fixture_options calm = {.seed = 1, .tasks = tasks, .table = &ledger};
    struct flow_fixture_options wild = {.seed = seed,
                                        .adversity = MEMORY_WORST,
                                        .embedded = embedded,
                                        .tasks = tasks,
                                        .table = &ledger};
    struct result expected = {0};
    struct result found = {0};

    (void)s;
    run(calm_scope, &calm, 0, &expected);
    run(wild_scope, &wild, LIVES_MAX, &found);
    for (size_t i = 0; i < EXECUTIONS && !test_failed(); i++)
        EXPECT_STR(found.told[i], str_z(calm_scope, expected.told[i]));
    EXPECT_EQUAL(found.put_down, expected.put_down);
    if (test_failed())
        (void)fprintf(stderr, "with seed %llu%s\n", (unsigned long long)seed,
                      embedded ? " on the embedded store" : "");
    scope_close(wild_scope);
    scope_close(calm_scope);
}

static uint64_t from_environment(const char *name, uint64_t standard)
{
    uint64_t number = 0;

    return str_to_u64(str(getenv(name)), UINT32_MAX, &number) ? number : standard;
}

TEST(flow_simulation_each_execution_ends_as_without_a_crash)
{
    uint64_t first = from_environment("FLOW_FIRST", 1);
    uint64_t seeds = from_environment("FLOW_SEEDS", SEEDS_DEFAULT);

    for (uint64_t seed = first; seed < first + seeds && !test_failed(); seed++)
        compare(s, seed, false);
}

TEST(flow_simulation_on_a_disk_that_loses_what_was_not_flushed)
{
    uint64_t first = from_environment("FLOW_FIRST", 1);
    uint64_t seeds = from_environment("FLOW_SEEDS", SEEDS_DEFAULT) / 4;

    for (uint64_t seed = first; seed < first + seeds && !test_failed(); seed++)
        compare(s, seed, true);
}
