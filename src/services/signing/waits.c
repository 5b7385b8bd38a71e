// What is measured of bundles: how they end, and how long the one that has waited longest for its
// signature has waited. It is looked up when the metrics are read.
#include "core/moment.h"
#include "core/scope.h"
#include "services/signing/service_impl.h"
#include "sys/metrics.h"
#include "sys/settings.h"
#include "sys/world.h"

enum { LOOK_BYTES_MAX = 4 << 20 };

// When it was sent: its last move to SENT.
static int64_t sent_at_us(const struct bundle *b)
{
    struct json moves = bundle_member(b, "moves");
    int64_t at_us = 0;

    for (uint32_t i = 0; i < moves.count; i++) {
        struct json move = json_at(moves, i);
        if (str_is(json_text(json_member(move, "to")), bundle_status_name(BUNDLE_SENT)))
            (void)moment_read(json_text(json_member(move, "at")), &at_us);
    }
    return at_us;
}

// Bundles are listed as they were made, which is nearly as they were sent: the first says it.
static enum status find_oldest(struct scope *s, const struct signing *self, int64_t *out)
{
    const struct platform *platform = self->platform;
    struct str tenant = settings_text(platform->settings, "signing.tenant");
    struct query q = {
        .table = &bundles_table,
        .index = "status",
        .partition = str_concat(s, 3, tenant, str("/"), str(bundle_status_name(BUNDLE_SENT))),
        .limit = 1,
    };
    struct page page = {0};
    struct bundle b = {0};

    *out = 0;
    TRY(record_query(s, platform->store, &q, &page));
    if (page.count == 0)
        return OK;
    TRY(bundle_read(s, &page.records[0], &b));
    int64_t at_us = sent_at_us(&b);
    *out = at_us ? world_now_us(platform->world) - at_us : 0;
    return OK;
}

static int64_t read_oldest(void *context, uint32_t place)
{
    struct scope *s = scope_open(LOOK_BYTES_MAX);
    int64_t age_us = 0;

    (void)place;
    if (find_oldest(s, context, &age_us) != OK)
        age_us = 0;
    scope_close(s);
    return age_us;
}

void waits_open(struct signing *self)
{
    struct metrics *metrics = self->platform->metrics;

    self->bundles = metrics_find(metrics, "sheaf_signing_bundles");
    self->deliveries = metrics_find(metrics, "sheaf_signing_deliveries");
    if (metrics)
        metric_watch(metrics_find(metrics, "sheaf_signing_oldest_wait_seconds"), read_oldest, self);
}
