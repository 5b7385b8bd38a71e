// The job of an export: its record, and the task that does it. A task that was interrupted starts
// from the beginning; the blob appears when it is whole.
#include "services/receipts/exports.h"

#include "core/buf.h"
#include "core/csv.h"
#include "core/moment.h"
#include "core/scope.h"
#include "services/receipts/service_impl.h"
#include "store/blob.h"
#include "sys/world.h"

#include <assert.h>

enum {
    RECEIVES_MAX = 5,
    LEASE_S = 300,
    JOB_BYTES_MAX = 16 << 10,
    RUN_BYTES_MAX = 1 << 30,
    ROW_BYTES_MAX = 16 << 20,
    PIECE_BYTES = 256 << 10, // appended to the blob at once
    PIECE_BYTES_MAX = PIECE_BYTES + ROW_BYTES_MAX,
    ERROR_BYTES_MAX = 500,
    US_PER_S = 1000000,
};

const struct table_def exports_table = {.name = "receipt_exports"};
const struct queue_def export_queue = {
    .name = "receipt_exports", .receives_max = RECEIVES_MAX, .lease_s = LEASE_S};
const struct bucket_def exports_bucket = {.name = "receipt_exports",
                                          .lifecycles = {{.prefix = "", .keep_s = EXPORT_KEEP_S}}};

static const char *const states[] = {
    [EXPORT_RUNNING] = "RUNNING", [EXPORT_DONE] = "DONE", [EXPORT_FAILED] = "FAILED"};

const char *export_state_name(enum export_state state)
{
    return states[state];
}

const char *export_media_type(const struct export *e)
{
    return str_is(e->format, "csv") ? "text/csv" : "application/x-ndjson";
}

static void put_member(struct buf *b, const char *name, struct str text)
{
    buf_put_z(b, name);
    json_write_string(b, text);
}

static void put_job(struct scope *s, struct change *c, const struct export *e,
                    struct record_condition condition)
{
    struct buf b = buf_make(s, JOB_BYTES_MAX);

    put_member(&b, "{\"tenant\":", e->tenant);
    put_member(&b, ",\"owner\":", e->owner);
    put_member(&b, ",\"client\":", e->client);
    put_member(&b, ",\"from\":", e->date_from);
    put_member(&b, ",\"to\":", e->date_to);
    put_member(&b, ",\"filter\":", e->filter);
    put_member(&b, ",\"format\":", e->format);
    put_member(&b, ",\"error\":", str_slice(e->error, 0, ERROR_BYTES_MAX));
    buf_format(&b, ",\"documents\":%d,\"state\":%u,\"receipts\":%llu,\"bytes\":%llu}",
               e->documents ? 1 : 0, (unsigned)e->state, (unsigned long long)e->receipts,
               (unsigned long long)e->bytes);
    struct record record = {
        .partition = e->id, .content = buf_str(&b), .expires_at_s = e->expires_at_s};
    change_put(c, &exports_table, &record, condition);
}

void export_put_new(struct scope *s, struct change *c, const struct export *e)
{
    put_job(s, c, e, if_absent());
    change_send(c, &export_queue, e->id, 0);
}

static bool parse_job(struct json j, struct export *out)
{
    int64_t documents = 0;
    int64_t state = 0;
    int64_t receipts = 0;
    int64_t bytes = 0;

    out->tenant = json_text(json_member(j, "tenant"));
    out->owner = json_text(json_member(j, "owner"));
    out->client = json_text(json_member(j, "client"));
    out->date_from = json_text(json_member(j, "from"));
    out->date_to = json_text(json_member(j, "to"));
    out->filter = json_text(json_member(j, "filter"));
    out->format = json_text(json_member(j, "format"));
    out->error = json_text(json_member(j, "error"));
    if (!json_to_i64(json_member(j, "documents"), &documents) ||
        !json_to_i64(json_member(j, "state"), &state) || state < 0 || state > EXPORT_FAILED ||
        !json_to_i64(json_member(j, "receipts"), &receipts) ||
        !json_to_i64(json_member(j, "bytes"), &bytes))
        return false;
    out->documents = documents != 0;
    out->state = (enum export_state)state;
    out->receipts = (uint64_t)receipts;
    out->bytes = (uint64_t)bytes;
    return true;
}

enum status export_load(struct scope *s, struct store *store, struct str id, struct export *out)
{
    struct record record = {0};
    struct json j = {0};

    TRY(record_get(s, store, &exports_table, id, (struct str){0}, &record));
    if (record_expired(&record, world_now_us(store_world(store))))
        return fail(s, NOT_FOUND, "the export %.*s is over", STR(id));
    *out =
        (struct export){.id = id, .version = record.version, .expires_at_s = record.expires_at_s};
    if (json_parse(s, record.content, &json_limits_strict, &j) != OK || !parse_job(j, out))
        return fail(s, CORRUPT, "the export %.*s is not what was written", STR(id));
    return OK;
}

// What a run writes to.
struct exporter {
    struct scope *row_scope; // emptied for each row
    struct scope *piece_scope;
    struct store *store;
    const struct export *job;
    struct blob_writer *blob;
    struct buf piece;
    bool csv;
    bool filtered;
    enum receipt_state filter;
    uint64_t receipts;
};

static enum status flush(struct scope *s, struct exporter *x)
{
    struct str piece = {0};

    TRY(buf_finish(&x->piece, "a piece of the export", &piece));
    TRY(blob_append(s, x->blob, piece));
    scope_reset(x->piece_scope);
    x->piece = buf_make(x->piece_scope, PIECE_BYTES_MAX);
    return OK;
}

static void write_csv_head(struct exporter *x)
{
    const struct str names[] = {str("receiptId"),
                                str("client"),
                                str("date"),
                                str("type"),
                                str("number"),
                                str("total"),
                                str("currency"),
                                str("state"),
                                str("receivedAt"),
                                str("taxReference"),
                                str("warehouseReference")};

    csv_write_row(&x->piece, names, sizeof names / sizeof names[0], &csv_options_standard);
}

static void write_csv_row(struct exporter *x, const struct receipt *r)
{
    struct str received =
        r->history_count ? moment_to_str(x->row_scope, r->history[0].at_us, MOMENT_MILLISECONDS)
                         : (struct str){0};
    const struct str fields[] = {r->id,
                                 r->client,
                                 r->date,
                                 r->type,
                                 r->number,
                                 r->total,
                                 r->currency,
                                 str(receipt_state_name(r->state)),
                                 received,
                                 r->registrations[PARTNER_TAX].reference,
                                 r->registrations[PARTNER_WAREHOUSE].reference};

    csv_write_row(&x->piece, fields, sizeof fields / sizeof fields[0], &csv_options_standard);
}

// A row is one line: line ends of a JSON document, which never stand inside its texts, give way.
static struct str on_one_line(struct scope *s, struct str text)
{
    struct str copy = text;

    if (str_find_byte(text, '\n') < text.bytes || str_find_byte(text, '\r') < text.bytes) {
        char *at = scope_bytes(s, text.bytes);
        for (size_t i = 0; i < text.bytes; i++)
            at[i] = text.data[i] == '\n' || text.data[i] == '\r' ? ' ' : text.data[i];
        copy.data = at;
    }
    return copy;
}

static enum status write_ndjson_row(struct exporter *x, const struct receipt *r,
                                    struct str document)
{
    buf_put_byte(&x->piece, '{');
    receipt_write_status(x->row_scope, &x->piece, r);
    if (x->job->documents) {
        if (r->document_blob.bytes)
            TRY(receipt_document(x->row_scope, x->store, r, &document));
        if (str_is(r->media_type, "application/json"))
            document = on_one_line(x->row_scope, document);
        TRY(receipt_write_document(x->row_scope, &x->piece, r, document));
    }
    buf_put_z(&x->piece, "}\n");
    return OK;
}

static enum status write_row(struct exporter *x, const struct archived *item)
{
    struct receipt r = {0};

    TRY(receipt_parse_state(x->row_scope, item->id, item->state, item->version, &r));
    if (x->filtered && r.state != x->filter)
        return OK;
    x->receipts++;
    if (x->csv)
        write_csv_row(x, &r);
    else
        TRY(write_ndjson_row(x, &r, item->document));
    return x->piece.bytes < PIECE_BYTES ? OK : flush(x->row_scope, x);
}

static enum status export_row(void *exporter, const struct archived *item, bool *counted)
{
    struct exporter *x = exporter;

    *counted = true;
    enum status e = write_row(x, item);
    if (e == OK)
        scope_reset(x->row_scope);
    return e;
}

static struct listing_query query_of(struct scope *s, const struct export *e)
{
    struct listing_query q = {
        .date_from = e->date_from,
        .date_to = e->date_to,
        .limit = SIZE_MAX,
        .documents = e->documents && !str_is(e->format, "csv"),
    };

    if (e->client.bytes)
        q.client = str_concat(s, 3, e->tenant, str("/"), e->client);
    else
        q.tenant = e->tenant;
    return q;
}

static enum status write_export(struct scope *s, const struct receipts *self, struct exporter *x,
                                struct export *e)
{
    struct listing_query q = query_of(s, e);
    struct listing_stats stats = {0};
    struct blob_options options = {.content_type = str(export_media_type(e))};
    struct blob_info info = {0};
    struct str cursor = {0};

    x->filtered = e->filter.bytes > 0;
    if (x->filtered && !receipt_state_parse(e->filter, &x->filter))
        return fail(s, INVALID, "there is no state %.*s", STR(e->filter));
    TRY(blob_create(s, x->store, &exports_bucket, e->id, &options, &x->blob));
    if (x->csv)
        write_csv_head(x);
    enum status status = archive_list(s, self->archive, &q, export_row, x, &cursor, &stats);
    if (status != OK)
        return scope_status(x->row_scope) == OK ? status : scope_pass(s, status, x->row_scope);
    assert(cursor.bytes == 0);
    TRY(flush(s, x));
    TRY(blob_finish(s, x->blob, &info));
    e->receipts = x->receipts;
    e->bytes = info.bytes;
    return OK;
}

// In scopes of its own, since an export is larger than what a task may hold.
static enum status run_job(struct scope *s, const struct receipts *self, struct export *e)
{
    struct scope *run = scope_open(RUN_BYTES_MAX);
    struct exporter x = {
        .row_scope = scope_open(2 * ROW_BYTES_MAX),
        .piece_scope = scope_open(4 * (size_t)PIECE_BYTES_MAX),
        .store = self->platform->store,
        .job = e,
        .csv = str_is(e->format, "csv"),
    };

    x.piece = buf_make(x.piece_scope, PIECE_BYTES_MAX);
    enum status status = write_export(run, self, &x, e);
    (void)scope_pass(s, status, run);
    scope_close(run);
    scope_close(x.piece_scope);
    scope_close(x.row_scope);
    return status;
}

// The last try, or one that cannot be of use: the job says why.
static bool is_over(const struct work *work, enum status e)
{
    return !status_may_retry(e) || work->message->receives >= RECEIVES_MAX;
}

enum status export_run(struct scope *s, struct work *work)
{
    const struct receipts *self = work->context;
    struct export e = {0};

    enum status status = export_load(s, work->store, work->message->body, &e);
    if (status == NOT_FOUND)
        return OK; // its time has passed
    TRY(status);
    if (e.state != EXPORT_RUNNING)
        return OK; // delivered twice
    status = run_job(s, self, &e);
    if (status != OK && !is_over(work, status))
        return status;
    e.state = status == OK ? EXPORT_DONE : EXPORT_FAILED;
    if (status != OK)
        e.error = str_copy(s, scope_why(s));
    scope_forgive(s);
    put_job(s, work->change, &e, if_version(e.version));
    return OK;
}
