// What operators ask of the running server. Queues, backup and status belong to the whole server,
// so they want the scope "admin"; the audit log shows each operator its own tenant.
#include "edge/operations_impl.h"

#include "core/buf.h"
#include "core/moment.h"
#include "core/scope.h"
#include "edge/edge_impl.h"
#include "store/feed.h"
#include "store/queue.h"
#include "sys/metrics.h"
#include "sys/world.h"

#include <stdio.h>

enum { STATUS_BYTES_MAX = 1 << 20, PAGE_BYTES_MAX = 64 << 20, AUDIT_ROWS_READ_MAX = 100000 };

bool operator_sees(const struct principal *who, struct str tenant)
{
    return principal_may(who, str("admin")) || str_equal(who->tenant, tenant);
}

enum status operations_metrics(struct scope *s, struct call *c)
{
    struct buf b = buf_make(s, STATUS_BYTES_MAX);
    struct str body = {0};

    metrics_render(&b, call_platform(c)->metrics);
    TRY(buf_finish(&b, "the metrics", &body));
    call_answer_bytes(c, 200, "application/openmetrics-text; version=1.0.0; charset=utf-8", body);
    return OK;
}

static const struct queue_def *find_queue(const struct edge *e, struct str name)
{
    for (size_t i = 0; e->queues[i]; i++)
        if (str_is(name, e->queues[i]->name))
            return e->queues[i];
    return NULL;
}

static void put_number(struct buf *b, const char *name, uint64_t value)
{
    buf_format(b, ",\"%s\":%llu", name, (unsigned long long)value);
}

static void put_queue(struct buf *b, struct store *store, const struct queue_def *queue)
{
    struct queue_stats stats = {0};

    queue_stats(store, queue, &stats);
    buf_format(b, "{\"name\":\"%s\"", queue->name);
    put_number(b, "ready", stats.ready);
    put_number(b, "delayed", stats.delayed);
    put_number(b, "leased", stats.leased);
    put_number(b, "dead", stats.dead);
    buf_format(b, ",\"oldestWaitingSeconds\":%.3f}", (double)stats.oldest_waiting_us / 1e6);
}

static void put_queues(struct buf *b, const struct edge *e)
{
    buf_put_byte(b, '[');
    for (size_t i = 0; e->queues[i]; i++) {
        if (i)
            buf_put_byte(b, ',');
        put_queue(b, e->platform->store, e->queues[i]);
    }
    buf_put_byte(b, ']');
}

enum status operations_queues(struct scope *s, struct call *c)
{
    struct buf b = buf_make(s, STATUS_BYTES_MAX);
    struct str body = {0};

    TRY(principal_require(s, call_principal(c), str("admin")));
    buf_put_z(&b, "{\"queues\":");
    put_queues(&b, call_service(c));
    buf_put_byte(&b, '}');
    TRY(buf_finish(&b, "the status", &body));
    call_answer(c, 200, body);
    return OK;
}

enum status operations_status(struct scope *s, struct call *c)
{
    struct edge *e = call_service(c);
    struct buf b = buf_make(s, STATUS_BYTES_MAX);
    struct store_stats stats = {0};
    struct str body = {0};

    TRY(principal_require(s, call_principal(c), str("admin")));
    store_stats(e->platform->store, &stats);
    buf_put_z(&b, "{\"now\":");
    json_write_string(&b, moment_to_str(s, call_now_us(c), MOMENT_MILLISECONDS));
    put_number(&b, "upSeconds",
               (uint64_t)(world_monotonic_us(e->platform->world) - e->opened_at_us) / 1000000);
    buf_put_z(&b, ",\"dataDirectory\":");
    json_write_string(&b, str(e->platform->data_directory));
    buf_put_z(&b, ",\"store\":{\"backend\":\"embedded\"");
    put_number(&b, "changes", stats.changes);
    put_number(&b, "conflicts", stats.conflicts);
    put_number(&b, "batches", stats.batches);
    put_number(&b, "waiting", stats.waiting);
    put_number(&b, "databaseBytes", stats.database_bytes);
    put_number(&b, "logBytes", stats.log_bytes);
    put_number(&b, "blobBytes", stats.blob_bytes);
    buf_put_z(&b, "},\"queues\":");
    put_queues(&b, e);
    for (size_t i = 0; e->services[i]; i++) {
        if (!e->services[i]->status)
            continue;
        buf_format(&b, ",\"%s\":", e->services[i]->name);
        e->services[i]->status(&b, e->selves[i]);
    }
    buf_put_byte(&b, '}');
    TRY(buf_finish(&b, "the status", &body));
    call_answer(c, 200, body);
    return OK;
}

static void put_message(struct scope *s, struct buf *b, const struct message *m)
{
    buf_put_z(b, "{\"id\":");
    json_write_string(b, m->id);
    buf_put_z(b, ",\"sentAt\":");
    json_write_string(b, moment_to_str(s, m->sent_at_us, MOMENT_MILLISECONDS));
    buf_format(b, ",\"receives\":%u,\"error\":", m->receives);
    json_write_string(b, m->error);
    buf_put_z(b, ",\"body\":");
    json_write_string(b, m->body);
    buf_put_byte(b, '}');
}

static enum status the_queue(struct scope *s, struct call *c, const struct queue_def **out)
{
    TRY(principal_require(s, call_principal(c), str("admin")));
    *out = find_queue(call_service(c), call_path(c, "queue"));
    if (!*out)
        return fail(s, NOT_FOUND, "there is no queue %.*s", STR(call_path(c, "queue")));
    return OK;
}

enum status operations_browse(struct scope *s, struct call *c)
{
    const struct queue_def *queue = NULL;
    struct message_page page = {0};
    struct buf b = buf_make(s, PAGE_BYTES_MAX);
    struct str body = {0};
    uint64_t limit = 0;
    bool dead = str_is(call_query(c, "part"), "dead");

    TRY(the_queue(s, c, &queue));
    (void)str_to_u64(call_query(c, "limit"), 1000, &limit);
    TRY(queue_browse(s, call_platform(c)->store, queue, dead ? QUEUE_DEAD : QUEUE_WAITING,
                     (size_t)limit, call_query(c, "cursor"), &page));
    buf_put_z(&b, "{\"items\":[");
    for (size_t i = 0; i < page.count; i++) {
        if (i)
            buf_put_byte(&b, ',');
        put_message(s, &b, &page.messages[i]);
    }
    buf_put_byte(&b, ']');
    if (page.cursor.bytes) {
        buf_put_z(&b, ",\"cursor\":");
        json_write_string(&b, page.cursor);
    }
    buf_put_byte(&b, '}');
    TRY(buf_finish(&b, "the page", &body));
    call_answer(c, 200, body);
    return OK;
}

// An operator's deed is audited before it is done, so that none is missing.
static enum status audit(struct scope *s, struct call *c, const char *action, struct str subject,
                         struct str reason)
{
    struct json_member members[] = {{str("reason"), json_string(reason)}};
    struct change *change = change_new(s);
    struct audit_entry entry = {.tenant = call_principal(c)->tenant,
                                .actor = call_principal(c)->id,
                                .action = str(action),
                                .subject = subject,
                                .details = json_to_str(s, json_object(members, 1))};

    change_audit(change, &entry);
    return store_commit(s, call_platform(c)->store, change);
}

enum status operations_redrive(struct scope *s, struct call *c)
{
    const struct queue_def *queue = NULL;
    struct json body = call_json(c);
    struct str id = json_text(json_member(body, "id"));
    int64_t count_max = id.bytes ? 1 : 1000000;
    size_t moved = 0;

    TRY(the_queue(s, c, &queue));
    (void)json_to_i64(json_member(body, "max"), &count_max);
    TRY(audit(s, c, "queue.redriven", str(queue->name), json_text(json_member(body, "reason"))));
    TRY(queue_redrive(s, call_platform(c)->store, queue, id, (size_t)count_max, &moved));
    call_answer(c, 200, str_format(s, "{\"moved\":%zu}", moved));
    return OK;
}

enum status operations_discard(struct scope *s, struct call *c)
{
    const struct queue_def *queue = NULL;
    struct str id = call_path(c, "messageId");

    TRY(the_queue(s, c, &queue));
    TRY(audit(s, c, "message.discarded", id, call_query(c, "reason")));
    TRY(queue_discard(s, call_platform(c)->store, queue, id));
    call_answer(c, 204, (struct str){0});
    return OK;
}

struct backup_progress {
    struct scope *s;
    struct call *call;
    int64_t told_at_us;
    enum status status;
};

enum { BACKUP_PROGRESS_US = 200000 };

static void tell_backup(void *context, uint64_t done, uint64_t all)
{
    struct backup_progress *p = context;
    int64_t now_us = world_monotonic_us(call_platform(p->call)->world);
    char line[96];

    if (p->status != OK || now_us - p->told_at_us < BACKUP_PROGRESS_US)
        return;
    p->told_at_us = now_us;
    (void)snprintf(line, sizeof line, "{\"done\":%llu,\"all\":%llu}\n", (unsigned long long)done,
                   (unsigned long long)all);
    p->status = call_stream_write(p->s, p->call, str(line));
}

// Streams progress lines and then the result; what fails on the way is the last line.
enum status operations_backup(struct scope *s, struct call *c)
{
    struct str directory = json_text(json_member(call_json(c), "directory"));
    struct backup_progress progress = {.s = s, .call = c};

    TRY(principal_require(s, call_principal(c), str("admin")));
    if (directory.bytes == 0 || directory.data[0] != '/' ||
        str_find_byte(directory, '\0') < directory.bytes)
        return fail(s, INVALID, "directory: an absolute path on the server's machine");
    TRY(audit(s, c, "store.backup", str("store"), directory));
    TRY(call_stream_begin(s, c, 200, "application/x-ndjson"));
    enum status e = store_backup(s, call_platform(c)->store, directory, tell_backup, &progress);
    struct json_member members[] = {
        {str("result"), json_string(str(status_name(e)))},
        {str("detail"), json_string(e == OK ? directory : scope_why(s))},
    };
    struct str line = json_to_str(s, json_object(members, 2));
    return call_stream_write(s, c, str_concat(s, 2, line, str("\n")));
}

static void put_audit_row(struct scope *s, struct buf *b, const struct audit_row *row)
{
    buf_format(b, "{\"sequence\":%llu,\"at\":", (unsigned long long)row->sequence);
    json_write_string(b, moment_to_str(s, row->at_us, MOMENT_MILLISECONDS));
    const struct {
        const char *name;
        struct str text;
    } texts[] = {{"tenant", row->entry.tenant},
                 {"actor", row->entry.actor},
                 {"action", row->entry.action},
                 {"subject", row->entry.subject}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        buf_format(b, ",\"%s\":", texts[i].name);
        json_write_string(b, texts[i].text);
    }
    if (row->entry.details.bytes) {
        buf_put_z(b, ",\"details\":");
        buf_put(b, row->entry.details);
    }
    buf_put_byte(b, '}');
}

// Reads on until the page is full, the log ends, or enough rows were looked at.
static enum status collect_audit(struct scope *s, struct call *c, uint64_t limit, struct buf *b,
                                 uint64_t *after)
{
    struct str subject = call_query(c, "subject");
    uint64_t found = 0;

    for (size_t looked = 0; found < limit && looked < AUDIT_ROWS_READ_MAX;) {
        struct audit_row *rows = NULL;
        size_t count = 0;
        TRY(audit_read(s, call_platform(c)->store, *after, 1000, &rows, &count));
        if (count == 0)
            return OK;
        looked += count;
        for (size_t i = 0; i < count && found < limit; i++) {
            *after = rows[i].sequence;
            if ((subject.bytes && !str_equal(subject, rows[i].entry.subject)) ||
                !operator_sees(call_principal(c), rows[i].entry.tenant))
                continue;
            if (found++)
                buf_put_byte(b, ',');
            put_audit_row(s, b, &rows[i]);
        }
    }
    return OK;
}

enum status operations_audit(struct scope *s, struct call *c)
{
    uint64_t limit = 0;
    uint64_t after = 0;
    struct buf b = buf_make(s, PAGE_BYTES_MAX);
    struct str body = {0};

    (void)str_to_u64(call_query(c, "limit"), 1000, &limit);
    (void)str_to_u64(call_query(c, "after"), UINT64_MAX, &after);
    buf_put_z(&b, "{\"items\":[");
    TRY(collect_audit(s, c, limit, &b, &after));
    buf_format(&b, "],\"after\":%llu}", (unsigned long long)after);
    TRY(buf_finish(&b, "the page", &body));
    call_answer(c, 200, body);
    return OK;
}
