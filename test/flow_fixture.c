#include "test/flow_fixture.h"

#include "core/buf.h"
#include "core/scope.h"
#include "flow/flow_impl.h"
#include "store/embedded/embedded.h"
#include "store/memory/memory.h"
#include "sys/log.h"
#include "sys/sim.h"

enum {
    US_PER_S = 1000000,
    FIXTURE_BYTES_MAX = 1 << 30,
    TRIES_MAX = 200,
    WORK_MAX = 100000,
    HISTORY_MAX = 10000,
};

static void stop_flow(struct flow_fixture *f)
{
    flow_close(f->flow);
    scope_close(f->scope);
    f->flow = NULL;
    f->scope = NULL;
}

static void stop(void *argument)
{
    struct flow_fixture *f = argument;

    stop_flow(f);
    store_close(f->store);
    metrics_free(f->metrics);
    sim_free(f->world);
}

static void note_death(void *context, struct str why)
{
    struct flow_fixture *f = context;

    (void)why;
    f->died = true;
}

static enum status open_store(struct scope *s, struct flow_fixture *f)
{
    struct embedded_options options = {.directory = str("data"),
                                       .schema = f->schema,
                                       .on_fatal = note_death,
                                       .on_fatal_context = f};

    if (f->options->embedded)
        return embedded_open(s, f->world, &options, &f->store);
    f->store = memory_open(f->world, f->schema, f->options->seed, f->options->adversity);
    return OK;
}

static enum status open_flow(struct flow_fixture *f)
{
    f->scope = scope_open(FIXTURE_BYTES_MAX);
    const struct task_def **lists = scope_array(f->scope, 2, sizeof(struct task_def *));
    struct flow_options *options = scope_new(f->scope, struct flow_options);

    lists[0] = f->options->tasks;
    *options = (struct flow_options){.store = f->store,
                                     .settings = f->settings,
                                     .metrics = f->metrics,
                                     .tasks = lists,
                                     .region = "eu-north-1"};
    memset(options->token_key, 7, sizeof options->token_key);
    TRY(flow_open(f->scope, options, &f->flow));
    f->workers = flow_workers(f->scope, f->flow);
    return OK;
}

static enum status read_settings(struct scope *s, struct flow_fixture *f)
{
    static char *none[] = {NULL};
    static const struct setting_def *const tables[] = {flow_settings, NULL};
    struct settings_sources sources = {
        .world = f->world, .tables = tables, .environment = none, .flags = f->options->flags};

    return settings_load(s, &sources, &f->settings);
}

// The engine's tables and the test's own.
static const struct store_schema *schema_of(struct scope *s, const struct task_def *const *lists,
                                            const struct table_def *table)
{
    const struct store_schema *own = flow_schema(s, lists);
    struct store_schema *schema = scope_new(s, struct store_schema);
    size_t count = 0;

    while (own->tables[count])
        count++;
    const struct table_def **tables = scope_array(s, count + 2, sizeof(struct table_def *));
    memcpy(tables, own->tables, count * sizeof(struct table_def *));
    tables[count] = table;
    *schema = (struct store_schema){tables, own->queues, own->buckets};
    return schema;
}

struct flow_fixture *flow_fixture_open(struct scope *s, const struct flow_fixture_options *options)
{
    static const struct metric_def *const tables[] = {flow_metrics, NULL};
    struct flow_fixture *f = scope_new(s, struct flow_fixture);
    const struct task_def **lists = scope_array(s, 2, sizeof(struct task_def *));

    f->world = sim_new(options->seed);
    f->options = options;
    f->owner = (struct owner){.tenant = str("acme"), .account = str("123456789012")};
    f->metrics = metrics_new(tables);
    lists[0] = options->tasks;
    f->schema = schema_of(s, lists, options->table);
    scope_defer(s, stop, f);
    log_capture(s, f->world);
    EXPECT_OK(read_settings(s, f));
    EXPECT_OK(open_store(s, f));
    EXPECT_OK(open_flow(f));
    return test_failed() ? NULL : f;
}

static void reopen(struct flow_fixture *f)
{
    struct scope *s = scope_open(FIXTURE_BYTES_MAX);

    if (f->options->embedded)
        EXPECT_OK(open_store(s, f));
    scope_close(s);
    EXPECT(open_flow(f) == OK);
}

void flow_fixture_restart(struct flow_fixture *f)
{
    stop_flow(f);
    if (f->options->embedded)
        store_close(f->store);
    reopen(f);
}

void flow_fixture_crash(struct flow_fixture *f, bool power_cut)
{
    stop_flow(f);
    if (f->options->embedded) {
        store_close(f->store);
        if (power_cut)
            sim_power_cut(f->world);
        else
            sim_kill(f->world);
        (void)sim_mend(f->world);
        f->died = false;
    }
    reopen(f);
}

// Definitions and inputs are written with ' for ", for the reader's sake.
static struct str quoted(struct scope *s, const char *text)
{
    size_t length = text ? strlen(text) : 0;
    char *bytes = scope_bytes(s, length);

    for (size_t i = 0; i < length; i++)
        bytes[i] = text[i] == '\'' ? '"' : text[i];
    return str_of(bytes, length);
}

static bool again(enum status e)
{
    return e == TEMPORARY || e == BUSY || e == CONFLICT;
}

struct str flow_fixture_machine(struct scope *s, struct flow_fixture *f, const char *name,
                                const char *definition)
{
    struct machine_record m = {.name = str(name),
                               .role_arn = str("arn:aws:iam::123456789012:role/flows"),
                               .definition = quoted(s, definition)};
    struct machine_record made = {0};
    enum status e = TEMPORARY;
    bool existed = false;

    for (int i = 0; i < TRIES_MAX && again(e); i++) {
        struct change *c = change_new(s);
        e = flow_machine_create(s, f->flow, &f->owner, c, &m, &made, &existed);
        if (e == OK)
            e = store_commit(s, f->store, c);
    }
    EXPECT_OK(e);
    return made.arn;
}

struct str flow_fixture_start(struct scope *s, struct flow_fixture *f, struct str machine,
                              const char *name, const char *input)
{
    struct start_options options = {
        .machine_arn = machine, .name = str(name), .input = quoted(s, input)};
    struct execution x = {0};
    enum status e = TEMPORARY;
    bool existed = false;

    for (int i = 0; i < TRIES_MAX && (e == TEMPORARY || e == BUSY); i++) {
        struct scope *own = scope_open(FIXTURE_BYTES_MAX);
        struct change *c = change_new(own);
        e = flow_start(own, f->flow, &f->owner, c, &options, &x, &existed);
        if (e == OK)
            e = store_commit(own, f->store, c);
        x.arn = str_copy(s, x.arn);
        (void)scope_pass(s, e, own);
        scope_close(own);
    }
    EXPECT_OK(e);
    return x.arn;
}

enum status flow_fixture_answer(struct scope *s, struct flow_fixture *f,
                                const struct token_answer *answer)
{
    enum status e = TEMPORARY;

    for (int i = 0; i < TRIES_MAX && again(e); i++) {
        struct scope *own = scope_open(FIXTURE_BYTES_MAX);
        struct change *c = change_new(own);
        e = flow_answer(own, f->flow, &f->owner, c, answer);
        if (e == OK)
            e = store_commit(own, f->store, c);
        (void)scope_pass(s, e, own);
        scope_close(own);
    }
    return e;
}

enum status flow_fixture_stop(struct scope *s, struct flow_fixture *f, struct str arn)
{
    enum status e = TEMPORARY;

    for (int i = 0; i < TRIES_MAX && again(e); i++) {
        struct scope *own = scope_open(FIXTURE_BYTES_MAX);
        struct change *c = change_new(own);
        struct execution x = {0};
        e = flow_stop(own, f->flow, &f->owner, c, arn, str("Stopped"), str("by a test"), &x);
        if (e == OK)
            e = store_commit(own, f->store, c);
        (void)scope_pass(s, e, own);
        scope_close(own);
    }
    return e;
}

enum status flow_fixture_take(struct scope *s, struct flow_fixture *f, struct str what,
                              struct outside_work *out)
{
    enum { LEASE_S = 60 };
    enum status e = TEMPORARY;

    for (int i = 0; i < TRIES_MAX && again(e); i++) {
        struct change *c = change_new(s);
        e = flow_take(s, f->flow, &f->owner, c, what, str("worker-1"), LEASE_S, out);
        if (e == OK)
            e = store_commit(s, f->store, c);
    }
    return e;
}

unsigned flow_fixture_work(struct flow_fixture *f)
{
    return workers_run(f->store, f->workers, WORK_MAX);
}

// Messages may be late, and leases end: what comes next may be a moment and not a timer.
static int64_t next_moment(struct flow_fixture *f, int64_t due_us, int64_t until_us)
{
    int64_t now_us = world_now_us(f->world);
    int64_t soon_us = now_us + US_PER_S;

    for (const struct worker_def *d = f->workers; d->queue; d++) {
        struct queue_stats stats = {0};
        queue_stats(f->store, d->queue, &stats);
        if ((stats.ready || stats.delayed || stats.leased) && soon_us < due_us)
            due_us = soon_us;
    }
    return due_us < until_us ? due_us : until_us;
}

void flow_fixture_settle(struct flow_fixture *f, int64_t seconds)
{
    int64_t until_us = world_now_us(f->world) + seconds * US_PER_S;

    for (;;) {
        struct scope *s = scope_open(FIXTURE_BYTES_MAX);
        int64_t due_us = flow_tend(s, f->flow);
        scope_close(s);
        if (flow_fixture_work(f) > 0)
            continue;
        int64_t now_us = world_now_us(f->world);
        if (now_us >= until_us)
            return;
        int64_t next_us = next_moment(f, due_us, until_us);
        if (next_us > now_us)
            sim_advance_us(f->world, next_us - now_us);
    }
}

struct execution flow_fixture_get(struct scope *s, struct flow_fixture *f, struct str arn)
{
    struct execution x = {0};

    EXPECT_OK(flow_get(s, f->flow, &f->owner, arn, &x));
    return x;
}

struct str flow_fixture_history(struct scope *s, struct flow_fixture *f, struct str arn)
{
    struct buf out = buf_make(s, 1 << 20);
    struct history_query query = {.arn = arn, .limit = HISTORY_MAX};
    struct json *events = NULL;
    struct str next = {0};
    size_t count = 0;

    EXPECT_OK(flow_history(s, f->flow, &f->owner, &query, &events, &count, &next));
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_put_byte(&out, ' ');
        buf_put(&out, member_str(events[i], "type"));
    }
    return buf_str(&out);
}
