// Joins what the services declare.
#include "app/services.h"

#include "awsapi/functions.h"
#include "awsapi/states.h"
#include "core/scope.h"
#include "document/seal/apart.h"
#include "edge/edge.h"
#include "flow/flow.h"
#include "flow/task.h"
#include "notify/notify.h"
#include "services/receipts/receipts.h"
#include "services/signing/signing.h"
#include "sys/settings.h"

#include <assert.h>

const struct service *const services[] = {&states_service, &functions_service, &receipts_service,
                                          &signing_service, NULL};

const struct sandbox_job *const sandbox_jobs[] = {seal_jobs, NULL};

// clang-format off
static const struct setting_def program_settings[] = {
#include "app/settings.def"
    SETTINGS_END
};
// clang-format on

// A list under way: pointers, ended by NULL because the array is cleared.
struct list {
    const void **items;
    size_t count;
    size_t room;
};

static void list_add(struct scope *s, struct list *list, const void *item)
{
    if (list->count + 1 >= list->room) {
        size_t room = list->room ? 2 * list->room : 64;
        const void **items = scope_array(s, room, sizeof *items);
        if (list->count)
            memcpy(items, list->items, list->count * sizeof *items);
        list->items = items;
        list->room = room;
    }
    list->items[list->count++] = item;
}

static void add_schema(struct scope *s, struct list lists[3], const struct store_schema *schema)
{
    for (size_t i = 0; schema->tables[i]; i++)
        list_add(s, &lists[0], schema->tables[i]);
    for (size_t i = 0; schema->queues[i]; i++)
        list_add(s, &lists[1], schema->queues[i]);
    for (size_t i = 0; schema->buckets[i]; i++)
        list_add(s, &lists[2], schema->buckets[i]);
}

// A service's tasks with their context.
static const struct task_def *tasks_of(struct scope *s, const struct service *service, void **self)
{
    size_t count = 0;

    while (service->tasks[count].name)
        count++;
    struct task_def *tasks = scope_array(s, count + 1, sizeof *tasks);
    memcpy(tasks, service->tasks, count * sizeof *tasks);
    for (size_t i = 0; i < count; i++)
        tasks[i].context = (void *)self;
    return tasks;
}

const struct task_def *const *services_tasks(struct scope *s, void **selves)
{
    struct list list = {.items = scope_array(s, 1, sizeof *list.items), .room = 1};

    for (size_t i = 0; services[i]; i++)
        if (services[i]->tasks)
            list_add(s, &list, tasks_of(s, services[i], selves ? &selves[i] : NULL));
    return (const struct task_def *const *)list.items;
}

const struct store_schema *services_schema(struct scope *s, const struct task_def *const *tasks)
{
    struct list lists[3] = {0};
    struct store_schema *schema = scope_new(s, struct store_schema);

    add_schema(s, lists, &edge_service.schema);
    add_schema(s, lists, flow_schema(s, tasks));
    add_schema(s, lists, &notify_schema);
    for (size_t i = 0; services[i]; i++)
        add_schema(s, lists, &services[i]->schema);
    schema->tables = (const struct table_def *const *)lists[0].items;
    schema->queues = (const struct queue_def *const *)lists[1].items;
    schema->buckets = (const struct bucket_def *const *)lists[2].items;
    return schema;
}

const struct queue_def *const *services_queues(struct scope *s, struct store *store)
{
    const struct queue_def *const *named = services_schema(s, services_tasks(s, NULL))->queues;
    struct list list = {0};

    assert(named);
    for (size_t i = 0; named[i]; i++)
        list_add(s, &list, store_queue(store, str(named[i]->name)));
    return (const struct queue_def *const *)list.items;
}

const struct setting_def *const *services_settings(struct scope *s)
{
    struct list list = {0};

    list_add(s, &list, program_settings);
    list_add(s, &list, flow_settings);
    list_add(s, &list, notify_settings);
    for (size_t i = 0; services[i]; i++)
        if (services[i]->settings)
            list_add(s, &list, services[i]->settings);
    return (const struct setting_def *const *)list.items;
}
