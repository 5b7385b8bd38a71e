// The lists of the signing service: handlers, tables, queues, buckets, settings, tasks.
#include "services/signing/signing.h"

#include "core/scope.h"
#include "services/signing/delivery.h"
#include "services/signing/ingest.h"
#include "services/signing/invoice.h"
#include "services/signing/lookup.h"
#include "services/signing/provider_signicat.h"
#include "services/signing/sealing.h"
#include "services/signing/service_impl.h"
#include "services/signing/sessions_impl.h"
#include "services/signing/steps.h"
#include "services/signing/templates.h"
#include "services/signing/watch.h"
#include "sys/log.h"
#include "sys/metrics.h"
#include "sys/settings.h"

const struct queue_def signing_files_queue = {
    .name = "signing_files", .receives_max = 20, .lease_s = 300};
const struct queue_def signing_sessions_queue = {
    .name = "signing_sessions", .receives_max = 1000, .lease_s = 120};
const struct queue_def signing_deliveries_queue = {
    .name = "signing_deliveries", .receives_max = 1000, .lease_s = 120};
const struct queue_def signing_tidy_queue = {
    .name = "signing_tidy", .receives_max = 100, .lease_s = 300};

// Files as they came hold personal data, and what they said is in records by then.
const struct bucket_def inbound_bucket = {.name = "inbound",
                                          .lifecycles = {{"", (int64_t)90 * 86400}}};
// Unsigned documents are removed when their bundle is stamped. What is left of one that never was
// ends here, later than any deadline, so that it can be sent again until then.
const struct bucket_def contract_artifacts_bucket = {.name = "contract-artifacts",
                                                     .lifecycles = {{"", (int64_t)45 * 86400}}};
const struct bucket_def contract_signed_bucket = {.name = "contract-signed"};

static void close_service(void *argument)
{
    struct signing *self = argument;

    watch_close(self->watch);
}

static enum status open_service(struct scope *s, const struct platform *platform, void **out)
{
    struct signing *self = scope_new(s, struct signing);

    self->platform = platform;
    TRY(template_open(s, platform, "contract", &self->contract));
    TRY(template_open(s, platform, "contract.en", &self->contract_en));
    TRY(template_open(s, platform, "invoice", &self->invoice));
    TRY(sealing_open(s, platform, &self->sealing));
    TRY(delivery_open(s, platform, &self->delivery));
    waits_open(self);
    scope_defer(s, close_service, self);
    TRY(lookups_open(s, platform, &self->lookups));
    TRY(sessions_open(s, self, &self->sessions));
    *out = self;
    return OK;
}

static const struct worker_def *list_workers(struct scope *s, void *context)
{
    struct signing *self = context;
    const struct worker_def listed[] = {
#define WORKER(name, function, count, flight, bytes, most_s)                                       \
    {.queue = &(name),                                                                             \
     .run = function,                                                                              \
     .context = context,                                                                           \
     .threads = (unsigned)(count),                                                                 \
     .in_flight_max = flight,                                                                      \
     .take_max = 1,                                                                                \
     .memory_bytes_max = bytes,                                                                    \
     .retry_s_first = 1,                                                                           \
     .retry_s_max = most_s},
#include "services/signing/workers.def"
#undef WORKER
        {0},
    };
    struct worker_def *defs = scope_alloc(s, sizeof listed);

    memcpy(defs, listed, sizeof listed);
    return defs;
}

// The watched folder is opened at the first look, so that only who looks has it.
static bool tend(struct scope *s, void *context)
{
    struct signing *self = context;
    bool told = self->watch_failed;

    self->watch_failed = !self->watch && watch_open(s, self, &self->watch) != OK;
    if (self->watch_failed && !told)
        log_event(LOG_WARN, "inbound.unreadable", LOG_WHY(s), LOG_END);
    return self->watch && watch_look(s, self->watch);
}

// clang-format off
static const struct handler_def handlers[] = {
#define HANDLER(name, function, waits, bytes)                                                      \
    {.operation = #name, .run = function, .blocking = waits, .blocking_bytes = bytes},
#include "services/signing/handlers.def"
#undef HANDLER
    {0},
};

static const struct task_def tasks[] = {
#define TASK(text, function, most, computes)                                                       \
    {.name = text, .run = function, .concurrent_max = most, .quick = computes},
#include "services/signing/tasks.def"
#undef TASK
    {0},
};

static const struct setting_def settings[] = {
#include "services/signing/settings.def"
    SETTINGS_END
};

static const struct metric_def metrics[] = {
#include "services/signing/metrics.def"
    METRICS_END
};
// clang-format on

// A row each, so that who adds one touches no other.
static const struct table_def *const tables[] = {
    &bundles_table,       &invoices_table, &signing_files_table,
    &sign_sessions_table, &signicat_table, NULL,
};
static const struct queue_def *const queues[] = {
    &signing_files_queue,
    &signing_sessions_queue,
    &signing_deliveries_queue,
    &signing_tidy_queue,
    NULL,
};
static const struct bucket_def *const buckets[] = {
    &inbound_bucket, &contract_artifacts_bucket, &contract_signed_bucket, &sign_pages_bucket, NULL,
};

const struct service signing_service = {
    .name = "signing",
    .handlers = handlers,
    .schema = {.tables = tables, .queues = queues, .buckets = buckets},
    .settings = settings,
    .metrics = metrics,
    .open = open_service,
    .workers = list_workers,
    .tend = tend,
    .tasks = tasks,
};
