// POST /receipts: recognises the type, reads the common fields, and accepts. What is wrong with the
// form is refused here; what its type's schema and rules say comes in the validation step.
#include "services/receipts/service_impl.h"

#include "core/buf.h"
#include "core/scope.h"
#include "core/url.h"
#include "store/blob.h"
#include "store/queue.h"
#include "sys/world.h"

enum { WEBHOOK_URL_BYTES_MAX = 2048, ACCEPTED_BYTES_MAX = 512 };

// A receipt on its way in.
struct intake {
    struct str media_type;
    struct str document; // exactly as sent
    struct str webhook_url;
    struct json parsed;
    const struct type *type;
    struct common_fields common;
};

// The envelope {receipt, webhookUrl}: the receipt in it is kept as compact JSON with its numbers as
// written.
static void open_envelope(struct scope *s, struct intake *in)
{
    struct json receipt = json_member(in->parsed, "receipt");

    if (!json_is(receipt, JSON_OBJECT))
        return;
    struct json url = json_member(in->parsed, "webhookUrl");
    if (in->parsed.count > 2 || (in->parsed.count == 2 && !json_is(url, JSON_STRING)))
        return;
    if (url.count)
        in->webhook_url = json_text(url);
    in->parsed = receipt;
    in->document = json_to_str(s, receipt);
}

static bool host_allowed(struct str hosts, struct str host)
{
    while (hosts.data) {
        struct str allowed = str_cut(&hosts, ' ');
        if (allowed.bytes && str_equal_nocase(allowed, host))
            return true;
        if (str_starts(allowed, str("*.")) && host.bytes > allowed.bytes - 1 &&
            str_equal_nocase(str_slice(host, host.bytes - (allowed.bytes - 1), host.bytes),
                             str_slice(allowed, 1, allowed.bytes)))
            return true;
    }
    return false;
}

static enum status check_webhook(struct scope *s, struct call *c, struct str url)
{
    const struct receipts *self = call_service(c);
    struct url parts = {0};

    if (url.bytes == 0)
        return OK;
    if (url.bytes > WEBHOOK_URL_BYTES_MAX || url_split(s, url, &parts) != OK)
        return fail(s, INVALID, "webhookUrl is not an https address");
    if (!parts.https && !self->webhooks_private)
        return fail(s, INVALID, "webhookUrl must begin with https://");
    if (!host_allowed(call_principal(c)->webhook_hosts, parts.host))
        return fail(s, DENIED, "webhookUrl: %.*s is not among the hosts of the contract",
                    STR(parts.host));
    return OK;
}

static struct json type_names(struct scope *s, const struct types *all)
{
    struct json *names = scope_array(s, types_count(all), sizeof *names);

    for (size_t i = 0; i < types_count(all); i++)
        names[i] = json_string(type_name(types_at(all, i)));
    return json_array(names, types_count(all));
}

static enum status recognise(struct scope *s, struct call *c, struct intake *in)
{
    const struct receipts *self = call_service(c);

    in->media_type = call_media_type(c);
    in->document = call_body(c);
    in->webhook_url = call_query(c, "webhookUrl");
    bool xml = !str_is(in->media_type, "application/json");
    if (xml) {
        TRY(type_parse(s, in->media_type, in->document, &in->parsed));
    } else {
        in->parsed = call_json(c);
        open_envelope(s, in);
    }
    TRY(check_webhook(s, c, in->webhook_url));
    in->type = types_recognise(s, self->types, xml, in->parsed);
    if (!in->type) {
        call_problem_member(c, "types", type_names(s, self->types));
        return fail(s, REFUSED, "the document is of no known receipt type");
    }
    return type_common(s, in->type, in->parsed, &in->common);
}

// New work is refused while the oldest waits longer than the limit, so that nothing rots: for any
// step of a receipt's life. Exports and erasures are not steps of it.
static enum status check_backlog(struct scope *s, struct call *c)
{
    static const struct queue_def *const steps[] = {
        &validation_queue, &failed_queue, &registration_queues[PARTNER_TAX],
        &registration_queues[PARTNER_WAREHOUSE], &webhook_queue};
    const struct receipts *self = call_service(c);
    int64_t oldest_us = 0;

    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct queue_stats stats = {0};
        queue_stats(self->platform->store, steps[i], &stats);
        if (stats.oldest_waiting_us > oldest_us)
            oldest_us = stats.oldest_waiting_us;
    }
    if (oldest_us <= self->backlog_s_max * 1000000)
        return OK;
    call_retry_after(c, self->backlog_s_max / 2 + 1);
    return fail(s, BUSY, "receipts wait longer than %lld s: try again later",
                (long long)self->backlog_s_max);
}

static enum status put_large_document(struct scope *s, struct call *c, struct receipt *r,
                                      struct str document)
{
    struct blob_options options = {.content_type = r->media_type};

    if (document.bytes <= RECEIPT_INLINE_BYTES_MAX)
        return OK;
    r->document_blob = r->id;
    return blob_put(s, call_platform(c)->store, &receipt_documents_bucket, r->id, document,
                    &options, NULL);
}

static void answer_accepted(struct scope *s, struct call *c, struct str id)
{
    call_answer(c, 202,
                str_concat(s, 5, str("{\"ticketId\":\""), id, str("\",\"receiptId\":\""), id,
                           str("\",\"state\":\"RECEIVED\"}")));
    call_answer_header(c, "Location", str_concat(s, 2, str("/receipts/status/"), id));
    call_answer_header(c, "Retry-After", str("1"));
}

// Run again after a CONFLICT: the business number was there already.
static enum status refuse_number(struct scope *s, struct call *c)
{
    struct str first = call_obstacle(c)->content;

    call_problem_member(c, "receiptId", json_string(first));
    return fail(s, CONFLICT, "a receipt of this type with this number was taken in as %.*s",
                STR(first));
}

enum status submit_receipt(struct scope *s, struct call *c)
{
    const struct principal *who = call_principal(c);
    struct intake in = {0};
    struct receipt r = {0};

    if (call_obstacle(c))
        return refuse_number(s, c);
    TRY(check_backlog(s, c));
    TRY(recognise(s, c, &in));
    TRY(principal_client(s, who, in.common.client, &r.client));
    r.id = world_uuid(call_platform(c)->world, s);
    r.tenant = who->tenant;
    r.type = type_name(in.type);
    r.date = in.common.date;
    r.number = in.common.number;
    r.total = in.common.total;
    r.currency = in.common.currency;
    r.webhook_url = in.webhook_url;
    r.media_type = in.media_type;
    r.document_bytes = in.document.bytes;
    TRY(put_large_document(s, c, &r, in.document));
    receipt_move(&r, RECEIPT_RECEIVED, call_now_us(c), (struct str){0});
    receipt_put_new(s, call_change(c), &r, in.document);
    if (type_number_unique(in.type))
        number_claim(s, call_change(c), &r);
    change_send(call_change(c), &validation_queue, r.id, 0);
    receipt_audit(s, call_change(c), &r, who->id);
    answer_accepted(s, c, r.id);
    return OK;
}
