// The engine with its own threads on a real disk: many executions at once, and many events at once
// about the same one.
#include "core/scope.h"
#include "flow/executions.h"
#include "flow/machines.h"
#include "flow/outside.h"
#include "store/change.h"
#include "store/embedded/embedded.h"
#include "sys/thread.h"
#include "sys/world.h"
#include "test/harness.h"

enum { EXECUTIONS = 40, ITEMS = 60, PATIENCE_US = 30000000 };

static const struct owner owner = {.tenant = STR_INIT("acme"), .account = STR_INIT("123456789012")};

struct ends {
    struct mutex lock;
    struct condition changed;
    unsigned count;
};

static void note_end(void *context, struct str what)
{
    struct ends *e = context;

    (void)what;
    mutex_lock(&e->lock);
    e->count++;
    condition_signal(&e->changed);
    mutex_unlock(&e->lock);
}

static enum status give_back(struct scope *s, struct task *task)
{
    (void)s;
    task_output(task, task_input(task));
    return OK;
}

static const struct task_def tasks[] = {
    {.name = "quick", .run = give_back, .quick = true},
    {.name = "slow", .run = give_back},
    {0},
};
static const struct task_def *const lists[] = {tasks, NULL};

#define FUNCTION(name) "\"arn:aws:lambda:eu-north-1:123456789012:function:" name "\""

static const char definition[] =
    "{\"StartAt\":\"P\",\"States\":{\"P\":{\"Type\":\"Parallel\",\"Branches\":["
    "{\"StartAt\":\"M\",\"States\":{\"M\":{\"Type\":\"Map\",\"ItemProcessor\":{\"StartAt\":\"A\","
    "\"States\":{\"A\":{\"Type\":\"Task\",\"Resource\":" FUNCTION(
        "quick") ",\"End\":true}}},\"End\":true}}},"
                 "{\"StartAt\":\"B\",\"States\":{\"B\":{\"Type\":\"Task\",\"Resource\":" FUNCTION(
                     "slow") ",\"Next\":\"W\"},"
                             "\"W\":{\"Type\":\"Wait\",\"Seconds\":0,\"End\":true}}}],\"End\":true}"
                             "}}";

static struct settings *read_settings(struct scope *s)
{
    static char *none[] = {NULL};
    static const struct setting_def *const tables[] = {flow_settings, NULL};
    struct settings_sources sources = {
        .world = world_real(), .tables = tables, .environment = none, .flags = none};
    struct settings *settings = NULL;

    EXPECT_OK(settings_load(s, &sources, &settings));
    return settings;
}

static struct str input_of(struct scope *s)
{
    struct str text = str("[0");

    for (unsigned i = 1; i < ITEMS; i++)
        text = str_format(s, "%.*s,%u", STR(text), i);
    return str_concat(s, 2, text, str("]"));
}

static void start_all(struct scope *s, struct store *store, struct flow *f,
                      struct str arns[EXECUTIONS])
{
    struct machine_record m = {.name = str("m"), .definition = str(definition)};
    struct change *c = change_new(s);
    bool existed = false;

    EXPECT_OK(flow_machine_create(s, f, &owner, c, &m, &m, &existed));
    EXPECT_OK(store_commit(s, store, c));
    for (unsigned i = 0; i < EXECUTIONS; i++) {
        struct start_options options = {.machine_arn = m.arn, .input = input_of(s)};
        struct execution x = {0};
        c = change_new(s);
        EXPECT_OK(flow_start(s, f, &owner, c, &options, &x, &existed));
        EXPECT_OK(store_commit(s, store, c));
        arns[i] = x.arn;
    }
}

static void await(struct ends *e)
{
    mutex_lock(&e->lock);
    while (e->count < EXECUTIONS && condition_wait_us(&e->changed, &e->lock, PATIENCE_US))
        continue;
    mutex_unlock(&e->lock);
}

TEST(events_at_once_move_each_execution_one_by_one)
{
    struct embedded_options store_options = {.directory =
                                                 str_concat(s, 2, test_directory(s), str("/data")),
                                             .schema = flow_schema(s, lists)};
    struct flow_options options = {
        .settings = read_settings(s), .tasks = lists, .region = "eu-north-1"};
    struct ends ends = {.lock = MUTEX_INIT, .changed = CONDITION_INIT};
    struct str arns[EXECUTIONS];
    struct scope *calls = scope_open(1 << 30); // ends before the engine does
    struct flow *f = NULL;

    REQUIRE_OK(embedded_open(s, world_real(), &store_options, &options.store));
    REQUIRE_OK(flow_open(s, &options, &f));
    flow_watch(f, note_end, &ends);
    struct workers *workers = workers_start(options.store, flow_workers(s, f));
    flow_run_timers(f);
    start_all(calls, options.store, f, arns);
    await(&ends);
    workers_stop(workers);
    for (unsigned i = 0; i < EXECUTIONS; i++) {
        struct execution x = {0};
        EXPECT_OK(flow_get(calls, f, &owner, arns[i], &x));
        EXPECT_STR(str(execution_status_name(x.status)), "SUCCEEDED");
        EXPECT_EQUAL(json_at(x.output.value, 0).count, ITEMS);
    }
    EXPECT_EQUAL(ends.count, EXECUTIONS);
    scope_close(calls);
    flow_close(f);
    store_close(options.store);
}
