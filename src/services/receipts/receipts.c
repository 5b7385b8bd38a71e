// The lists of the receipts service: handlers, tables, queues, settings, tasks.
#include "services/receipts/receipts.h"

#include "core/buf.h"
#include "core/scope.h"
#include "services/receipts/exports.h"
#include "services/receipts/service_impl.h"
#include "sys/settings.h"

const struct queue_def validation_queue = {
    .name = "receipt_validation", .receives_max = 10, .lease_s = 60};
const struct queue_def failed_queue = {.name = "receipt_failed", .receives_max = 10, .lease_s = 60};
const struct queue_def registration_queues[PARTNER_COUNT] = {
    [PARTNER_TAX] = {.name = "receipt_tax", .receives_max = 50, .lease_s = 120},
    [PARTNER_WAREHOUSE] = {.name = "receipt_warehouse", .receives_max = 50, .lease_s = 120},
};
const struct queue_def webhook_queue = {
    .name = "receipt_webhooks", .receives_max = 20, .lease_s = 120};
const struct queue_def erasure_queue = {
    .name = "receipt_erasure", .receives_max = 50, .lease_s = 60};

enum { TASKS = 7 };

enum {
    TASK_BYTES_MAX = 32 << 20,
    IN_FLIGHT_MAX = 512,
    WAITING_IN_FLIGHT_MAX = 8,
    RETRY_S_FIRST = 1,
    RETRY_S_MAX = 300
};

static enum status open_partner(struct scope *s, struct receipts *self, enum partner p,
                                const char *url, const char *secret)
{
    const struct settings *settings = self->platform->settings;
    struct partner_options options = {
        .world = self->platform->world,
        .partner = p,
        .url = settings_text(settings, url),
        .allow_private = settings_boolean(settings, "receipts.partners_private"),
        .timeout_ms = (unsigned)(settings_duration_us(settings, "receipts.partner_timeout") / 1000),
    };

    TRY(settings_secret(s, settings, secret, &options.secret));
    return partner_open(s, self->platform->client, &options, &self->partners[p]);
}

static enum status open_service(struct scope *s, const struct platform *platform, void **out)
{
    struct receipts *self = scope_new(s, struct receipts);
    const struct settings *settings = platform->settings;
    struct archive_options archive = {
        .hot_receipts_max = (uint64_t)settings_integer(settings, "receipts.hot"),
        .segment_receipts = (uint64_t)settings_integer(settings, "receipts.segment"),
        .merge_runs = (unsigned)settings_integer(settings, "receipts.merge"),
    };

    self->platform = platform;
    self->backlog_s_max = settings_duration_us(settings, "receipts.backlog") / 1000000;
    self->patience_s = settings_duration_us(settings, "receipts.callback_patience") / 1000000;
    self->confirm_callbacks = settings_boolean(settings, "receipts.confirm_callbacks");
    self->webhooks_private = settings_boolean(settings, "receipts.webhooks_private");
    TRY(types_load(s, platform->world, settings_text(settings, "receipts.types"), &self->types));
    TRY(open_partner(s, self, PARTNER_TAX, "receipts.tax_url", "receipts.tax_secret"));
    TRY(open_partner(s, self, PARTNER_WAREHOUSE, "receipts.warehouse_url",
                     "receipts.warehouse_secret"));
    TRY(archive_open(s, platform->store, &archive, &self->archive));
    *out = self;
    return OK;
}

// For tasks that wait for others: a thread takes one message at a time and goes on to the next
// without waiting for the commit of the last.
static void wait_for_others(struct worker_def *d, int64_t threads)
{
    d->threads = (unsigned)threads;
    d->take_max = 1;
    d->in_flight_max = WAITING_IN_FLIGHT_MAX;
}

static const struct worker_def *list_workers(struct scope *s, void *context)
{
    struct receipts *self = context;
    const struct settings *settings = self->platform->settings;
    struct worker_def *defs = scope_array(s, TASKS + 1, sizeof *defs);
    const struct worker_def standard = {
        .context = self,
        .threads = 1,
        .in_flight_max = IN_FLIGHT_MAX,
        .memory_bytes_max = TASK_BYTES_MAX,
        .retry_s_first = RETRY_S_FIRST,
        .retry_s_max = RETRY_S_MAX,
    };

    for (size_t i = 0; i < TASKS; i++)
        defs[i] = standard;
    defs[0].queue = &validation_queue;
    defs[0].run = validate_run;
    defs[1].queue = &failed_queue;
    defs[1].run = fail_run;
    for (unsigned p = 0; p < PARTNER_COUNT; p++) {
        struct worker_def *d = &defs[2 + p];
        d->queue = &registration_queues[p];
        d->run = register_run;
        if (!partner_is_noop(self->partners[p]))
            wait_for_others(d, settings_integer(settings, "receipts.partner_threads"));
    }
    defs[4].queue = &webhook_queue;
    defs[4].run = webhook_run;
    wait_for_others(&defs[4], settings_integer(settings, "receipts.webhook_threads"));
    defs[5].queue = &export_queue;
    defs[5].run = export_run;
    defs[5].in_flight_max = 1;
    defs[6].queue = &erasure_queue;
    defs[6].run = erase_run;
    wait_for_others(&defs[6], 1);
    return defs;
}

static bool tend(struct scope *s, void *context)
{
    struct receipts *self = context;
    uint64_t moved = 0;

    return archive_turn(s, self->archive, false, &moved) == OK && moved > 0;
}

static void write_status(struct buf *out, void *context)
{
    struct receipts *self = context;

    archive_write_status(out, self->archive);
}

// clang-format off
static const struct handler_def handlers[] = {
#define HANDLER(name, function, waits, bytes)                                                      \
    {.operation = #name, .run = function, .blocking = waits, .blocking_bytes = bytes},
#include "services/receipts/handlers.def"
#undef HANDLER
    {0},
};

static const struct setting_def settings[] = {
#include "services/receipts/settings.def"
    SETTINGS_END
};
// clang-format on

static const struct table_def *const tables[] = {
    &receipts_table,
    &receipt_states_table,
    &receipt_numbers_table,
    &segments_table,
    &overrides_table,
    &exports_table,
    NULL,
};
static const struct queue_def *const queues[] = {
    &validation_queue,
    &failed_queue,
    &registration_queues[PARTNER_TAX],
    &registration_queues[PARTNER_WAREHOUSE],
    &webhook_queue,
    &erasure_queue,
    &export_queue,
    NULL,
};
static const struct bucket_def *const buckets[] = {
    &receipt_documents_bucket,
    &archive_bucket,
    &exports_bucket,
    NULL,
};

const struct service receipts_service = {
    .name = "receipts",
    .handlers = handlers,
    .schema = {.tables = tables, .queues = queues, .buckets = buckets},
    .settings = settings,
    .open = open_service,
    .workers = list_workers,
    .tend = tend,
    .status = write_status,
};
