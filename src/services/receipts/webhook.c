// Outbound webhooks (Standard Webhooks): the outcome of a receipt, told to its client. The event's
// id and bytes follow from the receipt's final state alone, so every repeat is the same event; only
// the time of sending and the signature differ. Retries are spread over a day; 410 ends them; past
// the last the message is set aside in the dead-letter queue.
//
// A message is "ID EVENT TRIES DUE PAYLOAD": the receipt, which of its moves the event is about,
// how often it was tried, and when (seconds) it may be tried next, since a delay is 15 minutes at
// most and the pauses grow longer.
#include "services/receipts/service_impl.h"

#include "core/buf.h"
#include "core/moment.h"
#include "core/scope.h"
#include "crypto/digest.h"
#include "crypto/webhook_signature.h"
#include "edge/secrets.h"
#include "http/client.h"
#include "sys/log.h"
#include "sys/world.h"

enum {
    PAYLOAD_BYTES_MAX = 160 << 10, // findings at their limits, every byte of them escaped
    WEBHOOK_TIMEOUT_MS = 15000
};

// The pauses after the first try, the second, ... (Standard Webhooks, "Retry schedule").
static const int64_t pauses_s[] = {5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400};

static void put_member(struct buf *b, const char *name, struct str text)
{
    buf_put_z(b, ",\"");
    buf_put_z(b, name);
    buf_put_z(b, "\":");
    json_write_string(b, text);
}

static struct str payload(struct scope *s, const struct receipt *r)
{
    const struct receipt_event *last = &r->history[r->history_count - 1];
    struct buf b = buf_make(s, PAYLOAD_BYTES_MAX);

    buf_put_z(&b, r->state == RECEIPT_COMPLETED ? "{\"type\":\"receipt.completed\""
                                                : "{\"type\":\"receipt.failed\"");
    put_member(&b, "timestamp", moment_to_str(s, last->at_us, MOMENT_MILLISECONDS));
    buf_put_z(&b, ",\"data\":{");
    receipt_write_summary(&b, r);
    if (last->cause.bytes)
        put_member(&b, "cause", last->cause);
    if (!json_is(r->findings, JSON_NONE) && r->state == RECEIPT_FAILED) {
        buf_put_z(&b, ",\"errors\":");
        json_write(&b, r->findings);
    }
    buf_put_z(&b, "}}");
    return buf_str(&b);
}

void webhook_send(struct scope *s, struct change *c, const struct receipt *r)
{
    if (r->webhook_url.bytes == 0)
        return;
    struct str body = payload(s, r);

    change_send(
        c, &webhook_queue,
        str_format(s, "%.*s %llu 0 0 %.*s", STR(r->id), (unsigned long long)r->moves, STR(body)),
        0);
}

struct delivery {
    struct str receipt_id;
    struct str event;
    uint64_t tries;
    int64_t due_at_s;
    struct str payload;
};

static enum status parse_delivery(struct scope *s, const struct message *m, struct delivery *out)
{
    struct str rest = m->body;

    out->receipt_id = str_cut(&rest, ' ');
    out->event = str_cut(&rest, ' ');
    bool right = str_to_u64(str_cut(&rest, ' '), 1000, &out->tries) &&
                 str_to_i64(str_cut(&rest, ' '), &out->due_at_s);
    out->payload = rest;
    return right ? OK : fail(s, CORRUPT, "the webhook message %.*s is not ours", STR(m->id));
}

// Sends the same message again: later, or in 15 minutes to look whether it is time.
static void put_off(struct scope *s, struct work *work, const struct delivery *d, int64_t now_s)
{
    int64_t delay_s = d->due_at_s - now_s;

    if (delay_s > MESSAGE_DELAY_S_MAX)
        delay_s = MESSAGE_DELAY_S_MAX;
    if (delay_s < 0)
        delay_s = 0;
    change_send(work->change, work->message->queue,
                str_format(s, "%.*s %.*s %llu %lld %.*s", STR(d->receipt_id), STR(d->event),
                           (unsigned long long)d->tries, (long long)d->due_at_s, STR(d->payload)),
                delay_s);
}

static enum status post(struct scope *s, const struct receipts *self, const struct receipt *r,
                        const struct delivery *d, int64_t now_s, int *code)
{
    struct hmac_key key;
    struct str id = str_format(s, "evt_%.*s_%.*s", STR(d->receipt_id), STR(d->event));
    struct str at = str_format(s, "%lld", (long long)now_s);
    struct http_reply reply = {0};

    TRY(webhook_secret_read(s, secrets_webhook(s, self->platform->secrets, r->tenant), &key));
    struct http_field headers[] = {
        {str("Content-Type"), str("application/json")},
        {str("webhook-id"), id},
        {str("webhook-timestamp"), at},
        {str("webhook-signature"), webhook_sign(s, &key, 1, id, now_s, d->payload)},
    };
    digest_wipe(&key, sizeof key);
    struct http_request request = {
        .method = "POST",
        .url = r->webhook_url,
        .headers = headers,
        .header_count = sizeof headers / sizeof headers[0],
        .body = d->payload,
        .total_timeout_ms = WEBHOOK_TIMEOUT_MS,
        .allow_private = self->webhooks_private,
    };
    TRY(http_call(s, self->platform->client, &request, &reply));
    *code = reply.code;
    return OK;
}

// The receipt, hot or archived.
static enum status find(struct scope *s, const struct receipts *self, struct str id,
                        struct receipt *out)
{
    struct archived item = {0};
    enum status e = receipt_load(s, self->platform->store, id, out);

    if (e != NOT_FOUND)
        return e;
    TRY(archive_get(s, self->archive, id, &item));
    return receipt_parse_state(s, item.id, item.state, item.version, out);
}

static void audit_delivery(struct work *work, const struct receipt *r, const char *action)
{
    struct audit_entry entry = {
        .tenant = r->tenant, .actor = str("system"), .action = str(action), .subject = r->id};

    change_audit(work->change, &entry);
}

enum status webhook_run(struct scope *s, struct work *work)
{
    const struct receipts *self = work->context;
    int64_t now_s = world_now_us(store_world(work->store)) / 1000000;
    struct delivery d = {0};
    struct receipt r = {0};
    int code = 0;

    TRY(parse_delivery(s, work->message, &d));
    if (now_s < d.due_at_s) {
        put_off(s, work, &d, now_s);
        return OK;
    }
    enum status e = find(s, self, d.receipt_id, &r);
    if (e == NOT_FOUND)
        return OK; // erased meanwhile
    TRY(e);
    e = post(s, self, &r, &d, now_s, &code);
    if (e == OK && code >= 200 && code < 300)
        return OK;
    if (e == OK && code == 410) { // the client wants no more of them
        audit_delivery(work, &r, "webhook.gone");
        return OK;
    }
    if (d.tries >= sizeof pauses_s / sizeof pauses_s[0]) {
        log_event(LOG_WARN, "webhook.given_up", LOG_STR("receipt", r.id), LOG_INT("code", code),
                  LOG_END);
        return e == OK ? fail(s, REFUSED, "the webhook was answered %d too often", code)
                       : fail(s, REFUSED, "the webhook could not be delivered: %.*s",
                              STR(scope_why(s)));
    }
    d.due_at_s = now_s + pauses_s[d.tries++];
    put_off(s, work, &d, now_s);
    return OK;
}
