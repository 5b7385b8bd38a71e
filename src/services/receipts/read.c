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

enum status receipt_write_document(struct scope *s, struct buf *out, const struct receipt *r,
                                   struct str document)
{
    struct str text = {0};

    TRY(receipt_text(s, r, document, &text));
    buf_put_z(out, ",\"mediaType\":");
    json_write_string(out, r->media_type);
    buf_put_z(out, ",\"document\":");
    if (str_is(r->media_type, "application/json"))
        buf_put(out, text);
    else
        json_write_string(out, text);
    return OK;
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
    TRY(receipt_write_document(s, &b, &r, document));
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

static void audit_deed(struct scope *s, struct change *c, const struct principal *who,
                       const struct receipt *r, const char *action, struct str reason)
{
    struct json_member members[] = {{str("reason"), json_string(reason)}};
    struct audit_entry entry = {.tenant = r->tenant,
                                .actor = who->id,
                                .action = str(action),
                                .subject = r->id,
                                .details = json_to_str(s, json_object(members, 1))};

    change_audit(c, &entry);
}

// What a partner refused is sent again; what it may have taken is asked about first.
static void register_again(struct scope *s, struct change *c, struct receipt *r)
{
    for (unsigned p = 0; p < PARTNER_COUNT; p++) {
        struct registration *g = &r->registrations[p];
        if (g->state == REGISTRATION_CONFIRMED)
            continue;
        bool refused = g->state == REGISTRATION_REFUSED;
        if (refused)
            *g = (struct registration){.redrives = g->redrives + 1};
        register_send(s, c, r, (enum partner)p, !refused);
    }
}

// A failed receipt goes on from the step that failed: validation when it was invalid, the partners
// that had not confirmed when one refused.
enum status redrive_receipt(struct scope *s, struct call *c)
{
    const struct receipts *self = call_service(c);
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
    archive_note_gone(self->archive, call_change(c));
    receipt_move(&r, invalid ? RECEIPT_RECEIVED : RECEIPT_PROCESSING, call_now_us(c), cause);
    if (invalid) {
        TRY(number_claim_again(s, self, call_change(c), &r));
        change_send(call_change(c), &validation_queue, r.id, 0);
    } else {
        register_again(s, call_change(c), &r);
    }
    receipt_put_state(s, call_change(c), &r);
    audit_deed(s, call_change(c), call_principal(c), &r, "receipt.redriven", reason);
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
    audit_deed(s, call_change(c), call_principal(c), &r, "webhook.redelivered", str("by hand"));
    answer_status(s, c, 202, &r);
    return OK;
}

enum status erase_receipt(struct scope *s, struct call *c)
{
    const struct receipts *self = call_service(c);
    const struct principal *who = call_principal(c);
    struct receipt r = {0};
    bool archived = false;

    TRY(find(s, c, call_path(c, "receiptId"), &r, NULL, &archived));
    if (!receipt_is_final(&r))
        return fail(s, CONFLICT, "the receipt is %s: only a final one can be erased",
                    receipt_state_name(r.state));
    struct change *change = change_new(s);
    audit_deed(s, change, who, &r, "receipt.erased", call_query(c, "reason"));
    if (r.document_blob.bytes)
        change_send(change, &erasure_queue, r.document_blob, 0);
    if (!archived) {
        archive_note_gone(self->archive, change);
        change_remove(change, &receipts_table, r.id, (struct str){0}, if_any());
        change_remove(change, &receipt_states_table, r.id, (struct str){0}, if_version(r.version));
    }
    // Not with the answer: an archived receipt must be found until nothing of it is left, so that
    // an erasure that was interrupted can be repeated.
    TRY(store_commit(s, call_platform(c)->store, change));
    // What is hot may be archived by now: its removal from the hot tables comes after that.
    enum status e = archive_erase(s, self->archive, r.id);
    if (e != OK && !(e == NOT_FOUND && !archived))
        return e;
    call_answer(c, 204, (struct str){0});
    return OK;
}

enum status erase_run(struct scope *s, struct work *work)
{
    enum status e = blob_remove(s, work->store, &receipt_documents_bucket, work->message->body);

    return e == NOT_FOUND ? OK : e;
}
