// No silent waits: how many executions wait for somebody outside, and for how long.
#include "core/scope.h"
#include "flow/executions.h"
#include "flow/live_impl.h"
#include "flow/waits_impl.h"
#include "store/record.h"
#include "sys/metrics.h"
#include "sys/world.h"

enum { COUNTED_MAX = 1000, MACHINES_AT_ONCE = 1000 };

static enum status waits_of(struct scope *s, struct flow *f, struct str tenant, struct str machine,
                            struct flow_waits *out)
{
    struct query query = {.table = &flow_executions_table,
                          .index = "by_wait",
                          .partition = live_list_key(s, tenant, machine),
                          .limit = 1};
    struct page page = {0};
    struct json j = {0};

    *out = (struct flow_waits){0};
    do {
        TRY(record_query(s, f->store, &query, &page));
        query.cursor = page.cursor;
    } while (page.count == 0 && page.cursor.bytes);
    if (page.count == 0)
        return OK;
    TRY(json_read_stored(s, page.records[0].content, &j));
    out->oldest_since_us = member_i64(j, "since");
    query.keys_only = true;
    query.limit = COUNTED_MAX;
    query.cursor = (struct str){0};
    do {
        TRY(record_query(s, f->store, &query, &page));
        out->count += page.count;
        query.cursor = page.cursor;
    } while (page.cursor.bytes && out->count < COUNTED_MAX);
    return OK;
}

enum status flow_waits_get(struct scope *s, struct flow *f, const struct owner *owner,
                           struct str machine_name, struct flow_waits *out)
{
    struct query query = {.table = &flow_pending_table,
                          .partition = live_list_key(s, owner->tenant, machine_name),
                          .keys_only = true,
                          .limit = COUNTED_MAX};
    struct page page = {0};

    TRY(waits_of(s, f, owner->tenant, machine_name, out));
    do {
        TRY(record_query(s, f->store, &query, &page));
        out->pending += page.count;
        query.cursor = page.cursor;
    } while (page.cursor.bytes && out->pending < COUNTED_MAX);
    return OK;
}

enum status waits_measure(struct scope *s, struct flow *f)
{
    int64_t now_us = world_now_us(f->world);
    int64_t oldest_us = 0;
    uint64_t count = 0;
    struct page page = {0};

    do {
        TRY(record_scan(s, f->store, &flow_machines_table, MACHINES_AT_ONCE, page.cursor, &page));
        for (size_t i = 0; i < page.count; i++) {
            struct flow_waits w = {0};
            TRY(waits_of(s, f, page.records[i].partition, page.records[i].sort, &w));
            count += w.count;
            if (w.count && now_us - w.oldest_since_us > oldest_us)
                oldest_us = now_us - w.oldest_since_us;
        }
    } while (page.cursor.bytes);
    metric_set(f->counters.waiting, METRIC_ONLY, (int64_t)count);
    metric_set(f->counters.oldest_wait, METRIC_ONLY, oldest_us);
    return OK;
}
