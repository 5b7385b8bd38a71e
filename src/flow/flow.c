#include "flow/flow.h"

#include "core/heap.h"
#include "core/scope.h"
#include "flow/events_impl.h"
#include "flow/flow_impl.h"
#include "flow/gates.h"
#include "flow/outcomes.h"
#include "flow/task_impl.h"
#include "flow/timers.h"
#include "flow/turns.h"
#include "sys/metrics.h"
#include "sys/settings.h"

#include <assert.h>
#include <stdlib.h>

enum {
    FLOW_BYTES_MAX = 16 << 20,
    EVENT_THREADS = 1,
    QUICK_THREADS = 1,
    IN_FLIGHT_MAX = 512,
    WAITING_IN_FLIGHT_MAX = 8,
    RETRY_S_FIRST = 1,
    RETRY_S_MAX = 300,
    TASK_BYTES_MAX = 1 << 30, // of one that waits: whole documents
};

// clang-format off
const struct setting_def flow_settings[] = {
#include "flow/settings.def"
    SETTINGS_END
};
const struct metric_def flow_metrics[] = {
#include "flow/metrics.def"
    METRICS_END
};
// clang-format on

static const struct task_entry *find_task(const struct flow *f, struct str name)
{
    size_t low = 0;
    size_t high = f->task_count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = str_compare(str(f->tasks[middle].def->name), name);
        if (order == 0)
            return &f->tasks[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const struct task_entry *flow_task(const struct flow *f, struct str name)
{
    return find_task(f, name);
}

static int by_name(const void *a, const void *b)
{
    const struct task_entry *x = a;
    const struct task_entry *y = b;

    return str_compare(str(x->def->name), str(y->def->name));
}

// The queue is the one that the store was opened with.
static const struct queue_def *queue_of(struct flow *f, const struct task_def *d)
{
    const struct queue_def *queue = store_queue(f->store, str(flow_task_queue(f->scope, d)->name));

    assert(queue); // the schema was made of the same tasks
    return queue;
}

static void list_tasks(struct flow *f, const struct task_def *const *lists)
{
    size_t count = 0;

    for (size_t i = 0; lists && lists[i]; i++)
        for (const struct task_def *d = lists[i]; d->name; d++)
            count++;
    f->tasks = scope_array(f->scope, count, sizeof *f->tasks);
    for (size_t i = 0; lists && lists[i]; i++)
        for (const struct task_def *d = lists[i]; d->name; d++)
            f->tasks[f->task_count++] = (struct task_entry){d, queue_of(f, d)};
    if (count)
        qsort(f->tasks, count, sizeof *f->tasks, by_name);
    for (size_t i = 1; i < count; i++)
        assert(strcmp(f->tasks[i - 1].def->name, f->tasks[i].def->name) != 0);
}

static void find_counters(struct flow *f, struct metrics *metrics)
{
    f->counters = (struct counters){
        .started = metrics_find(metrics, "sheaf_flow_started"),
        .ended = metrics_find(metrics, "sheaf_flow_ended"),
        .advances = metrics_find(metrics, "sheaf_flow_advances"),
        .tasks = metrics_find(metrics, "sheaf_flow_tasks"),
        .timer_late = metrics_find(metrics, "sheaf_flow_timer_late_seconds"),
        .oldest_wait = metrics_find(metrics, "sheaf_flow_oldest_wait_seconds"),
        .waiting = metrics_find(metrics, "sheaf_flow_waiting_tokens"),
    };
}

enum status flow_open(struct scope *s, const struct flow_options *options, struct flow **out)
{
    struct flow *f = heap_new(struct flow);
    const struct settings *settings = options->settings;

    (void)s;
    f->scope = scope_open(FLOW_BYTES_MAX);
    f->store = options->store;
    f->world = store_world(options->store);
    f->settings = settings;
    f->region = str(options->region);
    hmac_key_init(&f->token_key, str_of(options->token_key, TOKEN_KEY_BYTES));
    f->keep_us = settings_duration_us(settings, "flow.keep");
    f->payload_bytes_max = (size_t)settings_integer(settings, "flow.payload_max");
    f->events_max = (uint64_t)settings_integer(settings, "flow.events_max");
    f->executions_max = (uint64_t)settings_integer(settings, "flow.executions_max");
    f->require_token_timeout = settings_boolean(settings, "flow.require_token_timeout");
    f->definitions = definitions_new();
    f->turns = turns_new();
    f->outcomes = outcomes_new();
    f->timers = timers_new();
    f->gates = gates_new();
    list_tasks(f, options->tasks);
    find_counters(f, options->metrics);
    *out = f;
    return OK;
}

void flow_close(struct flow *f)
{
    if (!f)
        return;
    timers_stop(f->timers);
    gates_free(f->gates);
    turns_free(f->turns);
    outcomes_free(f->outcomes);
    definitions_free(f->definitions);
    digest_wipe(&f->token_key, sizeof f->token_key);
    scope_close(f->scope);
    free(f);
}

// -- workers -------------------------------------------------------------------------------------

static struct worker_def standard_worker(struct flow *f, const struct queue_def *queue)
{
    return (struct worker_def){
        .queue = queue,
        .run = task_message_run,
        .context = f,
        .threads = QUICK_THREADS,
        .in_flight_max = IN_FLIGHT_MAX,
        .memory_bytes_max = FLOW_SCOPE_BYTES_MAX,
        .retry_s_first = RETRY_S_FIRST,
        .retry_s_max = RETRY_S_MAX,
    };
}

static struct worker_def waiting_worker(struct flow *f, const struct queue_def *queue,
                                        unsigned threads)
{
    struct worker_def d = standard_worker(f, queue);

    d.threads = threads;
    d.take_max = 1;
    d.in_flight_max = WAITING_IN_FLIGHT_MAX;
    d.memory_bytes_max = TASK_BYTES_MAX;
    return d;
}

struct str flow_region(const struct flow *f)
{
    return f->region;
}

const struct worker_def *flow_workers(struct scope *s, struct flow *f)
{
    struct worker_def *defs = scope_array(s, f->task_count + 4, sizeof *defs);
    size_t count = 0;

    defs[count] = standard_worker(f, &flow_events_queue);
    defs[count].threads = EVENT_THREADS;
    defs[count++].run = event_message_run;
    defs[count++] = standard_worker(f, &flow_quick_queue);
    defs[count++] = waiting_worker(f, &flow_tasks_queue,
                                   (unsigned)settings_integer(f->settings, "flow.task_threads"));
    for (size_t i = 0; i < f->task_count; i++)
        if (f->tasks[i].def->concurrent_max)
            defs[count++] = waiting_worker(f, f->tasks[i].queue, f->tasks[i].def->concurrent_max);
    return defs;
}
