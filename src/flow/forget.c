// Removing what nobody asks for any more, a portion of records at a time.
#include "flow/forget_impl.h"

#include "core/scope.h"
#include "flow/live_impl.h"
#include "store/blob.h"
#include "store/record.h"
#include "sys/world.h"

enum { AT_ONCE = 80, BLOBS_AT_ONCE = 1000 };

static enum status keys_of(struct scope *s, struct flow *f, const struct table_def *table,
                           struct str id, struct page *out)
{
    struct query query = {.table = table, .partition = id, .keys_only = true, .limit = AT_ONCE};

    do {
        TRY(record_query(s, f->store, &query, out));
        query.cursor = out->cursor;
    } while (out->count == 0 && out->cursor.bytes);
    return OK;
}

static enum status remove_all(struct scope *s, struct flow *f, const struct table_def *table,
                              struct str id)
{
    for (;;) {
        struct page page = {0};
        struct change *c = change_new(s);
        TRY(keys_of(s, f, table, id, &page));
        if (page.count == 0)
            return OK;
        for (size_t i = 0; i < page.count; i++)
            change_remove(c, table, id, page.records[i].sort, if_any());
        TRY(store_commit(s, f->store, c));
    }
}

static enum status remove_blobs(struct scope *s, struct flow *f, struct str id)
{
    struct blob_page page = {0};

    TRY(blob_list(s, f->store, &flow_blobs_bucket, str_concat(s, 3, str("payloads/"), id, str("/")),
                  BLOBS_AT_ONCE, (struct str){0}, &page));
    for (size_t i = 0; i < page.count; i++) {
        enum status e = blob_remove(s, f->store, &flow_blobs_bucket, page.blobs[i].key);
        if (e != OK && e != NOT_FOUND)
            return e;
    }
    return OK;
}

static enum status remove_name(struct live *l, struct change *c)
{
    struct record r = {0};
    struct str key = live_list_key(l->scope, l->tenant, l->x.machine_name);

    if (str_equal(l->x.name, l->x.id))
        return OK;
    TRY(record_find(l->scope, l->flow->store, &flow_names_table, key, l->x.name, &r));
    if (r.version && str_equal(r.content, l->x.id))
        change_remove(c, &flow_names_table, key, l->x.name, if_version(r.version));
    return OK;
}

enum status forget_execution(struct scope *s, struct flow *f, struct change *c, struct str id,
                             uint32_t redrives)
{
    struct live *l = NULL;
    enum status e = live_peek(s, f, id, &l);

    if (e == NOT_FOUND) {
        scope_forgive(s);
        return OK;
    }
    TRY(e);
    if (l->x.status == EXECUTION_RUNNING || l->x.redrive_count != redrives)
        return OK;
    TRY(remove_all(s, f, &flow_history_table, id));
    TRY(remove_all(s, f, &flow_frames_table, id));
    TRY(remove_all(s, f, &flow_payloads_table, id));
    TRY(remove_blobs(s, f, id));
    TRY(remove_name(l, c));
    change_remove(c, &flow_executions_table, id, (struct str){0}, if_version(l->version));
    return OK;
}

// Sends what is left of the runs, from frame `next` on.
static void send_rest(struct scope *s, struct change *c, struct str id, struct json runs, size_t at,
                      int64_t next)
{
    struct members m = members_make(s, 3);
    struct json *rest = scope_array(s, runs.count - at, sizeof *rest);

    for (size_t i = at; i < runs.count; i++)
        rest[i - at] = runs.items[i];
    rest[0] = json_i64(s, next);
    members_str(&m, "k", str("sweep"));
    members_str(&m, "x", id);
    members_add(&m, "runs", json_array(rest, runs.count - at));
    change_send(c, &flow_events_queue, json_to_str(s, members_object(&m)), 0);
}

// Removes those of one run that are there; `*next`: where to go on, above `last` when it is done.
static enum status sweep_run(struct scope *s, struct flow *f, struct change *c, struct str id,
                             int64_t *next, int64_t last)
{
    struct page page = {0};
    struct query query = {.table = &flow_frames_table,
                          .partition = id,
                          .sort_from = frame_sort(s, (uint32_t)*next),
                          .sort_to = frame_sort(s, (uint32_t)last + 1),
                          .keys_only = true};

    do {
        query.limit = AT_ONCE - change_items(c);
        TRY(record_query(s, f->store, &query, &page));
        for (size_t i = 0; i < page.count; i++) {
            change_remove(c, &flow_frames_table, id, page.records[i].sort, if_any());
            *next = frame_number(page.records[i].sort) + 1;
        }
        query.cursor = page.cursor;
    } while (page.cursor.bytes && change_items(c) < AT_ONCE);
    if (!page.cursor.bytes)
        *next = last + 1;
    return OK;
}

enum status sweep_frames(struct scope *s, struct flow *f, struct change *c, struct str id,
                         struct json runs)
{
    for (size_t i = 0; i + 1 < runs.count; i += 2) {
        int64_t next = 0;
        int64_t last = 0;
        (void)json_to_i64(json_at(runs, i), &next);
        (void)json_to_i64(json_at(runs, i + 1), &last);
        if (next > last)
            continue;
        if (change_items(c) < AT_ONCE)
            TRY(sweep_run(s, f, c, id, &next, last));
        if (next <= last) {
            send_rest(s, c, id, runs, i, next);
            return OK;
        }
    }
    return OK;
}
