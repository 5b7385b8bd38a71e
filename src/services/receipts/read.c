// Reading one receipt: its status by ticket, the whole of it, its document; and what operators do
// with one: redrive, redeliver, erase.
#include "services/receipts/service_impl.h"

#include "core/buf.h"
#include "core/scope.h"
#include "store/blob.h"
#include "sys/world.h"

enum { ANSWER_BYTES_MAX = 16 << 20 };

// Finds a receipt that the caller may see, hot or archived. `document` (may be NULL) is read too.
static enum status find(struct scope *s, struct call *c, struct str id, struct receipt *r,
                        struct str *document, bool *archived)
{
    const struct receipts *self = call_service(c);
    const struct principal *who = call_principal(c);
    struct store *store = call_platform(c)->store;
    struct archived item = {0};

    *archived = false;
    enum status e = receipt_load(s, store, id, r);
    if (e == NOT_FOUND) {
        *archived = true;
        TRY(archive_get(s, self->archive, id, &item));
        TRY(receipt_parse_state(s, item.id, item.state, item.version, r));
    } else {
        TRY(e);
    }
    if (!str_equal(who->tenant, r->tenant) ||
        (who->client.bytes && !str_equal(who->client, r->client)))
        return fail(s, NOT_FOUND, "there is no receipt %.*s", STR(id));
    if (!document)
        return OK;
    if (*archived && r->document_blob.bytes == 0) {
        *document = item.document;
        return OK;
    }
    e = receipt_document(s, store, r, document);
    if (e != NOT_FOUND)
        return e;
    // It was archived between the two reads.
    TRY(archive_get(s, self->archive, id, &item));
    *document = item.document;
    return OK;
}

static void answer_status(struct scope *s, struct call *c, int code, const struct receipt *r)
{
    struct buf b = buf_make(s, ANSWER_BYTES_MAX);

    buf_put_byte(&b, '{');
    receipt_write_status(s, &b, r);
    buf_put_byte(&b, '}');
    call_answer(c, code, buf_str(&b));
}

enum status get_receipt_status(struct scope *s, struct call *c)
{
    struct receipt r = {0};
    bool archived = false;

    TRY(find(s, c, call_path(c, "ticketId"), &r, NULL, &archived));
    if (!receipt_is_final(&r))
        call_answer_header(c, "Retry-After", str("1"));
    answer_status(s, c, 200, &r);
    return OK;
}

void receipt_write_document(struct buf *out, const struct receipt *r, struct str document)
{
    buf_put_z(out, ",\"mediaType\":");
    json_write_string(out, r->media_type);
    buf_put_z(out, ",\"document\":");
    if (str_is(r->media_type, "application/json"))
        buf_put(out, document);
    else
        json_write_string(out, document);
}

enum status get_receipt(struct scope *s, struct call *c)
{
    struct receipt r = {0};
    struct str document = {0};
    struct str body = {0};
    bool archived = false;
    struct buf b = buf_make(s, ANSWER_BYTES_MAX);

    TRY(find(s, c, call_path(c, "receiptId"), &r, &document, &archived));
    buf_put_byte(&b, '{');
    receipt_write_status(s, &b, &r);
    receipt_write_document(&b, &r, document);
    buf_put_byte(&b, '}');
    TRY(buf_finish(&b, "the receipt", &body));
    call_answer_header(c, "ETag", str_format(s, "\"%llu\"", (unsigned long long)r.version));
    call_answer(c, 200, body);
    return OK;
}

enum status get_receipt_document(struct scope *s, struct call *c)
{
    struct receipt r = {0};
    struct str document = {0};
    bool archived = false;

    TRY(find(s, c, call_path(c, "receiptId"), &r, &document, &archived));
    call_answer_bytes(c, 200, str_z(s, r.media_type), document);
    return OK;
}

static void audit_deed(struct scope *s, struct call *c, const struct receipt *r, const char *action,
                       struct str reason)
{
    struct json_member members[] = {{str("reason"), json_string(reason)}};
    struct audit_entry entry = {.tenant = r->tenant,
                                .actor = call_principal(c)->id,
                                .action = str(action),
                                .subject = r->id,
                                .details = json_to_str(s, json_object(members, 1))};

    change_audit(call_change(c), &entry);
}

// A failed receipt goes on from the step that failed: validation when it was invalid, the partners
// that had not confirmed when one refused.
enum status redrive_receipt(struct scope *s, struct call *c)
{
    struct receipt r = {0};
    bool archived = false;
    struct str reason = json_text(json_member(call_json(c), "reason"));

    TRY(find(s, c, call_path(c, "receiptId"), &r, NULL, &archived));
    if (r.state != RECEIPT_FAILED)
        return fail(s, CONFLICT, "the receipt is %s: only a FAILED one can be redriven",
                    receipt_state_name(r.state));
    if (archived)
        return fail(s, CONFLICT, "the receipt is archived: it is final");
    bool invalid = !json_is(r.findings, JSON_NONE);
    r.findings = (struct json){0};
    struct str cause = str_concat(s, 2, str("redriven: "), reason);
    receipt_move(&r, invalid ? RECEIPT_RECEIVED : RECEIPT_PROCESSING, call_now_us(c), cause);
    if (invalid)
        change_send(call_change(c), &validation_queue, r.id, 0);
    for (unsigned p = 0; p < PARTNER_COUNT && !invalid; p++) {
        if (r.registrations[p].state == REGISTRATION_CONFIRMED)
            continue;
        r.registrations[p] = (struct registration){0};
        change_send(call_change(c), &registration_queues[p], r.id, 0);
    }
    receipt_put_state(s, call_change(c), &r);
    audit_deed(s, c, &r, "receipt.redriven", reason);
    answer_status(s, c, 202, &r);
    return OK;
}

enum status redeliver_webhook(struct scope *s, struct call *c)
{
    struct receipt r = {0};
    bool archived = false;

    TRY(find(s, c, call_path(c, "receiptId"), &r, NULL, &archived));
    if (!receipt_is_final(&r) || r.webhook_url.bytes == 0)
        return fail(s, CONFLICT, "the receipt has no outcome that a webhook is waiting for");
    webhook_send(s, call_change(c), &r);
    audit_deed(s, c, &r, "webhook.redelivered", str("by hand"));
    answer_status(s, c, 202, &r);
    return OK;
}

enum status erase_receipt(struct scope *s, struct call *c)
{
    const struct receipts *self = call_service(c);
    struct receipt r = {0};
    bool archived = false;

    TRY(find(s, c, call_path(c, "receiptId"), &r, NULL, &archived));
    if (!receipt_is_final(&r))
        return fail(s, CONFLICT, "the receipt is %s: only a final one can be erased",
                    receipt_state_name(r.state));
    if (archived)
        TRY(archive_erase(s, self->archive, r.id));
    if (r.document_blob.bytes) {
        enum status e =
            blob_remove(s, call_platform(c)->store, &receipt_documents_bucket, r.document_blob);
        if (e != OK && e != NOT_FOUND)
            return e;
    }
    if (!archived) {
        change_remove(call_change(c), &receipts_table, r.id, (struct str){0}, if_any());
        change_remove(call_change(c), &receipt_states_table, r.id, (struct str){0},
                      if_version(r.version));
    }
    audit_deed(s, c, &r, "receipt.erased", call_query(c, "reason"));
    call_answer(c, 204, (struct str){0});
    return OK;
}
