// Measures the flow engine on the embedded store, without HTTP: how many executions a second, each
// durable; how a Map grows; what a hundred thousand that wait cost.
//
//     bench-flow DIRECTORY [--executions n] [--window n] [--waiting n]
//
// Prints one line of JSON a measurement.
#include "core/buf.h"
#include "core/scope.h"
#include "flow/executions.h"
#include "flow/machines.h"
#include "flow/outside.h"
#include "store/change.h"
#include "store/embedded/embedded.h"
#include "sys/inbox.h"
#include "sys/world.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

enum { START_BYTES_MAX = 64 << 20, RUN_BYTES_MAX = 64 << 20, INPUT_BYTES_MAX = 4 << 20 };

static uint64_t executions = 50000;
static uint64_t window = 500;
static uint64_t waiting = 100000;

static const struct owner owner = {.tenant = STR_INIT("acme"), .account = STR_INIT("123456789012")};
static const char *directory;
static struct settings *settings;
static struct store *store;
static struct flow *flow;
static struct workers *workers;
static struct scope *open_scope;
static _Atomic uint64_t started; // start was answered
static _Atomic uint64_t ended;

static enum status do_nothing(struct scope *s, struct task *task)
{
    (void)s;
    task_output(task, task_input(task));
    return OK;
}

static const struct task_def tasks[] = {
    {.name = "noop", .run = do_nothing, .quick = true},
    {0},
};
static const struct task_def *const task_lists[] = {tasks, NULL};

static void check(enum status e, struct scope *s)
{
    if (e == OK)
        return;
    (void)fprintf(stderr, "%s: %.*s\n", status_name(e), STR(scope_why(s)));
    exit(1);
}

static void note_end(void *context, struct str what)
{
    (void)context;
    (void)what;
    atomic_fetch_add(&ended, 1);
}

static void open_all(void)
{
    struct scope *s = open_scope = scope_open((size_t)1 << 30);
    struct embedded_options options = {.directory = str(directory),
                                       .schema = flow_schema(s, task_lists)};
    struct flow_options *f = scope_new(s, struct flow_options);

    check(embedded_open(s, world_real(), &options, &store), s);
    *f = (struct flow_options){
        .store = store, .settings = settings, .tasks = task_lists, .region = "eu-north-1"};
    check(flow_open(s, f, &flow), s);
    flow_watch(flow, note_end, NULL);
    workers = workers_start(store, flow_workers(s, flow));
    flow_run_timers(flow);
}

static void close_all(void)
{
    workers_stop(workers);
    flow_close(flow);
    store_close(store);
    scope_close(open_scope);
}

static struct str machine(struct scope *s, const char *name, const char *definition)
{
    struct machine_record m = {.name = str(name), .definition = str(definition)};
    struct change *c = change_new(s);
    bool existed = false;

    check(flow_machine_create(s, flow, &owner, c, &m, &m, &existed), s);
    check(store_commit(s, store, c), s);
    return m.arn;
}

static void answered(struct change *c, void *context)
{
    if (change_status(c) != OK) {
        (void)fprintf(stderr, "start: %.*s\n", STR(change_why(c)));
        exit(1);
    }
    atomic_fetch_add(&started, 1);
    scope_close(context);
}

static void start(struct inbox *inbox, struct str arn, struct str input)
{
    struct scope *s = scope_open(START_BYTES_MAX);
    struct change *c = change_new(s);
    struct start_options options = {.machine_arn = arn, .input = input};
    struct execution x = {0};
    bool existed = false;

    check(flow_start(s, flow, &owner, c, &options, &x, &existed), s);
    store_submit(store, c, inbox, answered, s);
}

struct usage {
    int64_t at_us;
    double cpu_s;
};

static struct usage usage_now(void)
{
    struct rusage r;

    (void)getrusage(RUSAGE_SELF, &r);
    return (struct usage){world_monotonic_us(world_real()),
                          (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
                              (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6};
}

// Starts so many with at most `window` under way, until all have been counted by `done`.
static void run_all(struct str arn, struct str input, uint64_t count, _Atomic uint64_t *done)
{
    struct inbox *inbox = inbox_new();

    atomic_store(&started, 0);
    atomic_store(&ended, 0);
    for (uint64_t n = 0; n < count;) {
        if (n - atomic_load(done) >= window || n - atomic_load(&started) >= window) {
            (void)inbox_wait(inbox, 1);
            continue;
        }
        start(inbox, arn, input);
        if (++n % 16 == 0)
            (void)inbox_run(inbox);
    }
    while (atomic_load(&started) < count || atomic_load(done) < count)
        (void)inbox_wait(inbox, 1);
    inbox_free(inbox);
}

static void measure(const char *what, struct str arn, struct str input, uint64_t count)
{
    struct store_stats before;
    struct store_stats after;

    store_stats(store, &before);
    struct usage a = usage_now();
    run_all(arn, input, count, &ended);
    struct usage b = usage_now();
    store_stats(store, &after);
    double seconds = (double)(b.at_us - a.at_us) / 1e6;
    (void)printf("{\"what\":\"%s\",\"executions\":%" PRIu64
                 ",\"seconds\":%.3f,\"per_s\":%.0f,\"cpu_us\":%.1f,\"changes\":%" PRIu64
                 ",\"commits\":%" PRIu64 ",\"conflicts\":%" PRIu64 "}\n",
                 what, count, seconds, (double)count / seconds,
                 (b.cpu_s - a.cpu_s) / (double)count * 1e6, after.changes - before.changes,
                 after.batches - before.batches, after.conflicts - before.conflicts);
    (void)fflush(stdout);
}

static uint64_t resident_kb(void)
{
    FILE *f = fopen("/proc/self/status", "r");
    char line[200];
    uint64_t kb = 0;

    while (f && fgets(line, sizeof line, f)) {
        struct str text = str(line);
        if (!str_starts(text, str("VmRSS:")))
            continue;
        text = str_trim(str_slice(text, 6, text.bytes));
        (void)str_to_u64(str_cut(&text, ' '), UINT64_MAX, &kb);
    }
    if (f)
        (void)fclose(f);
    return kb;
}

static void measure_waiting(struct str arn)
{
    uint64_t before_kb = resident_kb();
    struct usage a = usage_now();
    run_all(arn, (struct str){0}, waiting, &started);
    struct usage b = usage_now();
    uint64_t after_kb = resident_kb();

    close_all();
    int64_t from_us = world_monotonic_us(world_real());
    open_all();
    int64_t open_us = world_monotonic_us(world_real()) - from_us;
    (void)printf("{\"what\":\"waiting\",\"executions\":%" PRIu64
                 ",\"per_s\":%.0f,\"rss_kb_before\":%" PRIu64 ",\"rss_kb_after\":%" PRIu64
                 ",\"rss_kb_restarted\":%" PRIu64 ",\"restart_ms\":%.1f}\n",
                 waiting, (double)waiting / ((double)(b.at_us - a.at_us) / 1e6), before_kb,
                 after_kb, resident_kb(), (double)open_us / 1e3);
    (void)fflush(stdout);
}

#define NOOP "\"Resource\":\"arn:aws:lambda:eu-north-1:123456789012:function:noop\""

static struct str items(struct scope *s, unsigned count)
{
    struct buf b = buf_make(s, INPUT_BYTES_MAX);

    buf_put_byte(&b, '[');
    for (unsigned i = 0; i < count; i++)
        buf_format(&b, "%s%u", i ? "," : "", i);
    buf_put_byte(&b, ']');
    return buf_str(&b);
}

static void measure_all(struct scope *s)
{
    struct str quick =
        machine(s, "quick",
                "{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Pass\",\"Next\":\"B\"},"
                "\"B\":{\"Type\":\"Choice\",\"Choices\":[{\"Variable\":\"$.n\",\"NumericEquals\":1,"
                "\"Next\":\"C\"}],\"Default\":\"D\"},\"C\":{\"Type\":\"Pass\",\"Next\":\"D\"},"
                "\"D\":{\"Type\":\"Pass\",\"Result\":\"done\",\"End\":true}}}");
    struct str three =
        machine(s, "tasks",
                "{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Task\"," NOOP ",\"Next\":\"B\"},"
                "\"B\":{\"Type\":\"Task\"," NOOP ",\"Next\":\"C\"},\"C\":{\"Type\":\"Task\"," NOOP
                ",\"End\":true}}}");
    struct str map = machine(
        s, "map",
        "{\"StartAt\":\"M\",\"States\":{\"M\":{\"Type\":\"Map\",\"ItemProcessor\":{\"StartAt\":"
        "\"A\",\"States\":{\"A\":{\"Type\":\"Task\"," NOOP ",\"End\":true}}},\"End\":true}}}");
    struct str wait = machine(s, "wait",
                              "{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Wait\",\"Seconds\":"
                              "864000,\"End\":true}}}");

    measure("3 Pass and 1 Choice", quick, str("{\"n\":1}"), executions);
    measure("3 task calls", three, str("{\"n\":1}"), executions / 2);
    measure("Map of 1000 task calls", map, items(s, 1000), 5);
    measure("Map of 5000 task calls", map, items(s, 5000), 1);
    measure("Map of 10000 task calls", map, items(s, 10000), 1);
    measure_waiting(wait);
}

static void read_settings(struct scope *s)
{
    static char *none[] = {NULL};
    // A Map of 10,000 calls has more events than AWS allows.
    static char events[] = "--flow.events_max=1000000";
    static char *flags[] = {events, NULL};
    static const struct setting_def *const tables[] = {flow_settings, NULL};
    struct settings_sources sources = {
        .world = world_real(), .tables = tables, .environment = none, .flags = flags};

    check(settings_load(s, &sources, &settings), s);
}

static void read_arguments(int count, char **arguments)
{
    directory = count > 1 ? arguments[1] : "build/bench/flow";
    for (int i = 2; i + 1 < count; i += 2) {
        struct str name = str(arguments[i]);
        uint64_t *to = str_is(name, "--executions") ? &executions
                       : str_is(name, "--window")   ? &window
                       : str_is(name, "--waiting")  ? &waiting
                                                    : NULL;
        if (!to || !str_to_u64(str(arguments[i + 1]), UINT64_MAX, to)) {
            (void)fprintf(stderr, "unknown: %s %s\n", arguments[i], arguments[i + 1]);
            exit(2);
        }
    }
}

int main(int count, char **arguments)
{
    struct scope *s = scope_open(RUN_BYTES_MAX);

    read_arguments(count, arguments);
    read_settings(s);
    open_all();
    measure_all(s);
    close_all();
    scope_close(s);
    return 0;
}
