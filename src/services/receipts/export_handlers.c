// Handlers of exports: ask for one, see how far it is, fetch it.
#include "core/buf.h"
#include "core/date.h"
#include "core/scope.h"
#include "services/receipts/archive_impl.h"
#include "services/receipts/exports.h"
#include "services/receipts/service_impl.h"
#include "store/blob.h"
#include "sys/world.h"

enum {
    ANSWER_BYTES_MAX = 16 << 10,
    LINK_S = 3600,
    RETRY_AFTER_S = 2,
    PIECE_BYTES = 256 << 10,
    US_PER_S = 1000000,
};

static void answer_export(struct scope *s, struct call *c, int code, const struct export *e)
{
    struct buf b = buf_make(s, ANSWER_BYTES_MAX);

    buf_format(&b, "{\"exportId\":\"%.*s\",\"state\":\"%s\"", STR(e->id),
               export_state_name(e->state));
    if (e->state == EXPORT_DONE) {
        struct str path = str_format(s, "/receipt-exports/%.*s/content", STR(e->id));
        buf_format(&b,
                   ",\"receipts\":%llu,\"bytes\":%llu,\"url\":", (unsigned long long)e->receipts,
                   (unsigned long long)e->bytes);
        json_write_string(&b, call_signed_link(c, path, LINK_S));
    }
    if (e->state == EXPORT_FAILED) {
        buf_put_z(&b, ",\"error\":");
        json_write_string(&b, e->error);
    }
    buf_put_byte(&b, '}');
    call_answer(c, code, buf_str(&b));
}

static void start_export(struct scope *s, struct call *c, struct export *e)
{
    const struct principal *who = call_principal(c);

    e->id = world_uuid(call_platform(c)->world, s);
    e->tenant = who->tenant;
    e->owner = who->client;
    e->expires_at_s = call_now_us(c) / US_PER_S + EXPORT_KEEP_S;
    export_put_new(s, call_change(c), e);
    struct json_member members[] = {
        {str("client"), json_string(e->client)},
        {str("from"), json_string(e->date_from)},
        {str("to"), json_string(e->date_to)},
    };
    struct audit_entry entry = {.tenant = who->tenant,
                                .actor = who->id,
                                .action = str("receipts.export"),
                                .subject = e->id,
                                .details = json_to_str(s, json_object(members, 3))};
    change_audit(call_change(c), &entry);
    answer_export(s, c, 202, e);
    call_answer_header(c, "Location", str_concat(s, 2, str("/receipt-exports/"), e->id));
    call_answer_header(c, "Retry-After", str_format(s, "%d", RETRY_AFTER_S));
}

enum status export_listing(struct scope *s, struct call *c, const struct listing_query *q)
{
    struct str client = q->client;

    (void)str_cut(&client, '/'); // the tenant
    struct export e = {
        .client = client,
        .date_from = q->date_from,
        .date_to = q->date_to,
        .filter = call_query(c, "state"),
        .format = str("ndjson"),
        .documents = q->documents,
    };
    start_export(s, c, &e);
    return OK;
}

// A date or a month; both have been checked for their form.
static bool is_day_or_month(struct scope *s, struct str text)
{
    struct date ignored;

    if (text.bytes == MONTH_BYTES)
        text = str_concat(s, 2, text, str("-01"));
    return date_read(text, &ignored);
}

enum status create_export(struct scope *s, struct call *c)
{
    const struct principal *who = call_principal(c);
    struct json body = call_json(c);
    struct export e = {
        .client = json_text(json_member(body, "client")),
        .date_from = json_text(json_member(body, "from")),
        .date_to = json_text(json_member(body, "to")),
        .format = json_text(json_member(body, "format")),
        .documents = true,
    };

    if (who->client.bytes || e.client.bytes)
        TRY(principal_client(s, who, e.client, &e.client));
    if (!is_day_or_month(s, e.date_from) || !is_day_or_month(s, e.date_to))
        return fail(s, INVALID, "from and to are days or months of the calendar");
    if (str_compare(str_slice(e.date_from, 0, MONTH_BYTES), str_slice(e.date_to, 0, MONTH_BYTES)) >
        0)
        return fail(s, INVALID, "from is later than to");
    start_export(s, c, &e);
    return OK;
}

// Finds an export that the caller may see.
static enum status find(struct scope *s, struct call *c, struct export *e)
{
    const struct principal *who = call_principal(c);
    struct str id = call_path(c, "exportId");

    TRY(export_load(s, call_platform(c)->store, id, e));
    if (!str_equal(who->tenant, e->tenant) ||
        (who->client.bytes && !str_equal(who->client, e->owner)))
        return fail(s, NOT_FOUND, "there is no export %.*s", STR(id));
    return OK;
}

enum status get_export(struct scope *s, struct call *c)
{
    struct export e = {0};

    TRY(find(s, c, &e));
    answer_export(s, c, 200, &e);
    if (e.state == EXPORT_RUNNING)
        call_answer_header(c, "Retry-After", str_format(s, "%d", RETRY_AFTER_S));
    return OK;
}

enum status get_export_content(struct scope *s, struct call *c)
{
    struct export e = {0};
    struct blob_reader *blob = NULL;
    struct blob_info info = {0};

    TRY(find(s, c, &e));
    if (e.state != EXPORT_DONE)
        return fail(s, CONFLICT, "the export is %s", export_state_name(e.state));
    TRY(blob_open(s, call_platform(c)->store, &exports_bucket, e.id, &blob, &info));
    char *piece = scope_bytes(s, PIECE_BYTES);
    TRY(call_stream_begin(s, c, 200, export_media_type(&e)));
    for (uint64_t at = 0; at < info.bytes; at += PIECE_BYTES) {
        size_t bytes = info.bytes - at < PIECE_BYTES ? (size_t)(info.bytes - at) : PIECE_BYTES;
        TRY(blob_read_at(s, blob, at, piece, bytes));
        TRY(call_stream_write(s, c, str_of(piece, bytes)));
    }
    return OK;
}
