// Metrics that are read rather than counted: the store's statistics, the queues, the process.
#include "app/metrics.h"

#include "app/services.h"
#include "core/buf.h"
#include "core/scope.h"
#include "edge/edge.h"
#include "flow/flow.h"
#include "http/server.h"
#include "store/queue.h"
#include "sys/metrics.h"
#include "sys/process.h"

#include <stddef.h>

enum { TABLES_MAX = 32, QUEUE_NAMES_BYTES_MAX = 8192 };

// clang-format off
static const struct metric_def program_table[] = {
#include "app/metrics.def"
    METRICS_END
};
// clang-format on

// Which member of queue_stats a gauge shows.
static const struct {
    const char *name;
    const char *unit;
    size_t offset;
    const char *meaning;
} queue_gauges[] = {
    {"sheaf_queue_ready_messages", NULL, offsetof(struct queue_stats, ready),
     "Messages that can be taken now."},
    {"sheaf_queue_delayed_messages", NULL, offsetof(struct queue_stats, delayed),
     "Messages that can be taken later."},
    {"sheaf_queue_leased_messages", NULL, offsetof(struct queue_stats, leased),
     "Messages that are being worked on."},
    {"sheaf_queue_dead_messages", NULL, offsetof(struct queue_stats, dead),
     "Messages in the dead-letter queue."},
    {"sheaf_queue_oldest_waiting_seconds", "seconds",
     offsetof(struct queue_stats, oldest_waiting_us),
     "Age of the oldest message that can be taken."},
};
enum { QUEUE_GAUGES = sizeof queue_gauges / sizeof queue_gauges[0] };

static const struct metric_def *queue_table(struct scope *s)
{
    const struct store_schema *schema = services_schema(s, services_tasks(s, NULL));
    struct metric_def *table = scope_array(s, QUEUE_GAUGES + 1, sizeof *table);
    struct buf names = buf_make(s, QUEUE_NAMES_BYTES_MAX);

    for (size_t i = 0; schema->queues[i]; i++) {
        if (i)
            buf_put_byte(&names, '|');
        buf_put_z(&names, schema->queues[i]->name);
    }
    const char *values = str_z(s, buf_str(&names));
    for (size_t i = 0; i < QUEUE_GAUGES; i++) {
        table[i] = (struct metric_def){
            queue_gauges[i].name,   METRIC_GAUGE, queue_gauges[i].unit, "queue", values,
            queue_gauges[i].meaning};
    }
    return table;
}

static void free_metrics(void *m)
{
    metrics_free(m);
}

struct metrics *program_metrics(struct scope *s)
{
    const struct metric_def **tables = scope_array(s, TABLES_MAX, sizeof *tables);
    size_t count = 0;

    tables[count++] = program_table;
    tables[count++] = process_metrics;
    tables[count++] = queue_table(s);
    tables[count++] = edge_service.metrics;
    tables[count++] = flow_metrics;
    for (size_t i = 0; services[i]; i++)
        if (services[i]->metrics)
            tables[count++] = services[i]->metrics;
    struct metrics *m = metrics_new((const struct metric_def *const *)tables);
    scope_defer(s, free_metrics, m);
    return m;
}

// What a gauge of the store or of a queue reads.
struct watch {
    struct store *store;
    struct http_server *server;
    const struct queue_def *const *queues;
    size_t offset;
};

static int64_t read_store(void *context, uint32_t place)
{
    const struct watch *w = context;
    struct store_stats stats = {0};
    uint64_t value = 0;

    (void)place;
    store_stats(w->store, &stats);
    memcpy(&value, (const char *)&stats + w->offset, sizeof value);
    return (int64_t)value;
}

static int64_t read_queue(void *context, uint32_t place)
{
    const struct watch *w = context;
    struct queue_stats stats = {0};
    int64_t value = 0;

    queue_stats(w->store, w->queues[place], &stats);
    memcpy(&value, (const char *)&stats + w->offset, sizeof value);
    return value;
}

static int64_t read_connections(void *context, uint32_t place)
{
    const struct watch *w = context;

    (void)place;
    return w->server ? (int64_t)http_server_connections(w->server) : 0;
}

static void watch(struct scope *s, struct metrics *m, const char *name, const struct watch *what,
                  int64_t (*read)(void *context, uint32_t place))
{
    struct watch *copy = scope_new(s, struct watch);

    *copy = *what;
    metric_watch(metrics_find(m, name), read, copy);
}

void program_metrics_watch(struct scope *s, struct metrics *m, struct store *store,
                           struct http_server *server)
{
    static const struct {
        const char *name;
        size_t offset;
    } of_store[] = {
        {"sheaf_store_changes", offsetof(struct store_stats, changes)},
        {"sheaf_store_conflicts", offsetof(struct store_stats, conflicts)},
        {"sheaf_store_commits", offsetof(struct store_stats, batches)},
        {"sheaf_store_waiting_changes", offsetof(struct store_stats, waiting)},
        {"sheaf_store_database_bytes", offsetof(struct store_stats, database_bytes)},
        {"sheaf_store_log_bytes", offsetof(struct store_stats, log_bytes)},
        {"sheaf_store_blobs_bytes", offsetof(struct store_stats, blob_bytes)},
    };
    struct watch w = {.store = store, .server = server, .queues = services_queues(s, store)};

    for (size_t i = 0; i < sizeof of_store / sizeof of_store[0]; i++) {
        w.offset = of_store[i].offset;
        watch(s, m, of_store[i].name, &w, read_store);
    }
    for (size_t i = 0; i < QUEUE_GAUGES; i++) {
        w.offset = queue_gauges[i].offset;
        watch(s, m, queue_gauges[i].name, &w, read_queue);
    }
    process_watch(m);
    watch(s, m, "sheaf_http_connections", &w, read_connections);
}
