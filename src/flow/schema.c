// What the engine keeps in the store.
#include "core/scope.h"
#include "flow/flow_impl.h"

const struct table_def flow_machines_table = {.name = "flow_machines"};
const struct table_def flow_versions_table = {.name = "flow_versions"};
const struct table_def flow_definitions_table = {.name = "flow_definitions"};
const struct table_def flow_executions_table = {
    .name = "flow_executions",
    .arrival = true,
    .indexes =
        {
            {.name = "by_list",
             .partition_attribute = "list",
             .sort_attribute = "started",
             .steady = true},
            {.name = "by_status",
             .partition_attribute = "list_status",
             .sort_attribute = "started"},
            {.name = "by_wait", .partition_attribute = "waiting", .sort_attribute = "since"},
        },
};
const struct table_def flow_names_table = {.name = "flow_names"};
const struct table_def flow_frames_table = {.name = "flow_frames"};
const struct table_def flow_payloads_table = {.name = "flow_payloads"};
const struct table_def flow_history_table = {.name = "flow_history", .arrival = true};
const struct table_def flow_pending_table = {.name = "flow_pending"};
const struct table_def flow_timers_table = {.name = "flow_timers"};
const struct table_def flow_outside_table = {.name = "flow_outside"};
const struct table_def flow_activities_table = {.name = "flow_activities"};
const struct table_def flow_functions_table = {.name = "flow_functions"};

// Who ends in a dead-letter queue leaves an execution that waits for ever, so it takes days of a
// full disk, or a hundred crashes of the process.
const struct queue_def flow_events_queue = {
    .name = "flow_events", .receives_max = 1000, .lease_s = 60};
const struct queue_def flow_quick_queue = {
    .name = "flow_quick", .receives_max = 200, .lease_s = 60};
const struct queue_def flow_tasks_queue = {
    .name = "flow_tasks", .receives_max = 200, .lease_s = 120};

const struct bucket_def flow_blobs_bucket = {.name = "flow"};
const struct bucket_def objects_bucket = {.name = "objects"};

static const struct table_def *const tables[] = {
    &flow_machines_table,   &flow_definitions_table,
    &flow_executions_table, &flow_names_table,
    &flow_frames_table,     &flow_payloads_table,
    &flow_history_table,    &flow_pending_table,
    &flow_timers_table,     &flow_outside_table,
    &flow_activities_table, &flow_functions_table,
    &flow_versions_table,   NULL,
};
static const struct queue_def *const shared_queues[] = {&flow_events_queue, &flow_quick_queue,
                                                        &flow_tasks_queue};
static const struct bucket_def *const buckets[] = {&flow_blobs_bucket, &objects_bucket, NULL};

enum { SHARED_QUEUES = sizeof shared_queues / sizeof *shared_queues };

// Names of queues have letters and '_' only, so that two tasks could share a name; such a pair is a
// mistake, and the store refuses it.
static struct str queue_name(struct scope *s, struct str task)
{
    char *name = scope_bytes(s, task.bytes);

    for (size_t i = 0; i < task.bytes; i++) {
        char c = task.data[i];
        bool digit = c >= '0' && c <= '9';
        bool upper = c >= 'A' && c <= 'Z';
        bool lower = c >= 'a' && c <= 'z';
        name[i] = lower ? c : upper ? (char)(c - 'A' + 'a') : digit ? (char)(c - '0' + 'a') : '_';
    }
    return str_concat(s, 2, str("flow_task_"), str_of(name, task.bytes));
}

const struct queue_def *flow_task_queue(struct scope *s, const struct task_def *task)
{
    struct queue_def *queue = NULL;

    if (!task->concurrent_max)
        return task->quick ? &flow_quick_queue : &flow_tasks_queue;
    queue = scope_new(s, struct queue_def);
    *queue = flow_tasks_queue;
    queue->name = str_z(s, queue_name(s, str(task->name)));
    return queue;
}

const struct store_schema *flow_schema(struct scope *s, const struct task_def *const *tasks)
{
    struct store_schema *schema = scope_new(s, struct store_schema);
    size_t count = SHARED_QUEUES;

    for (size_t i = 0; tasks && tasks[i]; i++)
        for (const struct task_def *d = tasks[i]; d->name; d++)
            count += d->concurrent_max > 0;
    const struct queue_def **queues = scope_array(s, count + 1, sizeof(struct queue_def *));
    memcpy(queues, shared_queues, sizeof shared_queues);
    count = SHARED_QUEUES;
    for (size_t i = 0; tasks && tasks[i]; i++) {
        for (const struct task_def *d = tasks[i]; d->name; d++) {
            if (d->concurrent_max > 0)
                queues[count++] = flow_task_queue(s, d);
        }
    }
    *schema = (struct store_schema){tables, queues, buckets};
    return schema;
}
