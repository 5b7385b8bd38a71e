// The partners' REST API, and the no-op that stands in where none is configured.
#include "services/receipts/partner.h"

#include "core/buf.h"
#include "core/hex.h"
#include "core/scope.h"
#include "core/url.h"
#include "crypto/digest.h"
#include "http/client.h"
#include "sys/log.h"
#include "sys/world.h"

#include <stdatomic.h>

enum { CALLBACK_TOLERANCE_S = 300, TELL_US = 60 * 1000000, REQUEST_BYTES_MAX = (4 << 20) + 8192 };

struct partner_client {
    struct http_client *http;
    atomic_llong told_at_us; // of trouble, in the log
    struct partner_options options;
    struct hmac_key key;
    struct str authorization;
};

enum status partner_open(struct scope *s, struct http_client *http,
                         const struct partner_options *options, struct partner_client **out)
{
    struct partner_client *p = scope_new(s, struct partner_client);
    struct url parts = {0};

    p->http = http;
    p->options = *options;
    if (options->url.bytes && url_split(s, options->url, &parts) != OK)
        return fail(s, INVALID, "the address of the %s: %.*s", partner_name(options->partner),
                    STR(scope_why(s)));
    if (str_ends(options->url, str("/")))
        p->options.url.bytes--;
    hmac_key_init(&p->key, options->secret);
    p->authorization = str_concat(s, 2, str("Bearer "), options->secret);
    *out = p;
    return OK;
}

bool partner_is_noop(const struct partner_client *p)
{
    return p->options.url.bytes == 0;
}

static void put_member(struct buf *b, const char *name, struct str text)
{
    buf_put_z(b, b->bytes > 1 ? ",\"" : "\"");
    buf_put_z(b, name);
    buf_put_z(b, "\":");
    json_write_string(b, text);
}

static enum status registration_body(struct scope *s, const struct partner_client *p,
                                     const struct receipt *r, struct str document, struct str *out)
{
    struct buf b = buf_make(s, REQUEST_BYTES_MAX);
    struct str text = {0};

    buf_put_byte(&b, '{');
    put_member(&b, "registrationId", receipt_registration_id(s, r, p->options.partner));
    put_member(&b, "receiptId", r->id);
    put_member(&b, "client", r->client);
    put_member(&b, "date", r->date);
    put_member(&b, "number", r->number);
    put_member(&b, "total", r->total);
    put_member(&b, "currency", r->currency);
    put_member(&b, "mediaType", r->media_type);
    TRY(receipt_text(s, r, document, &text));
    put_member(&b, "document", text);
    buf_put_byte(&b, '}');
    return buf_finish(&b, "the registration", out);
}

static enum status call(struct scope *s, struct partner_client *p, const char *method,
                        struct str path, struct str body, struct http_reply *out)
{
    struct http_field headers[] = {
        {str("Content-Type"), str("application/json")},
        {str("Authorization"), p->authorization},
    };
    struct http_request request = {
        .method = method,
        .url = str_concat(s, 2, p->options.url, path),
        .headers = headers,
        .header_count = p->options.secret.bytes ? 2 : 1,
        .body = body,
        .total_timeout_ms = p->options.timeout_ms,
        .allow_private = p->options.allow_private,
    };
    return http_call(s, p->http, &request, out);
}

// Reads {status, reference?, reason?}; false: it is not that.
static bool read_answer(struct scope *s, const struct http_reply *reply, struct partner_answer *out)
{
    struct json j = {0};

    if (json_parse(s, reply->body, &json_limits_lenient, &j) != OK) {
        scope_forgive(s);
        return false;
    }
    struct str word = json_text(json_member(j, "status"));
    out->reference = json_text(json_member(j, "reference"));
    out->reason = json_text(json_member(j, "reason"));
    if (str_is(word, "confirmed"))
        out->state = REGISTRATION_CONFIRMED;
    else if (str_is(word, "refused"))
        out->state = REGISTRATION_REFUSED;
    else if (str_is(word, "pending"))
        out->state = REGISTRATION_SENT;
    else
        return false;
    return true;
}

// Logs that a partner cannot be reached or serves nobody: now and then, since every receipt that
// waits for it meets the same.
static enum status trouble(struct scope *s, struct partner_client *p, enum status e)
{
    int64_t now_us = world_monotonic_us(p->options.world);
    long long told_at_us = atomic_load_explicit(&p->told_at_us, memory_order_relaxed);

    if (e == OK || (told_at_us && now_us - told_at_us < TELL_US) ||
        !atomic_compare_exchange_strong(&p->told_at_us, &told_at_us, now_us))
        return e;
    log_event(LOG_WARN, "partner.trouble", LOG_Z("partner", partner_name(p->options.partner)),
              LOG_WHY(s), LOG_END);
    return e;
}

static enum status unknown(struct partner_answer *out, struct str why)
{
    *out = (struct partner_answer){.state = REGISTRATION_UNKNOWN, .reason = why};
    return OK;
}

// These judge the document. Other 4xx are about us (a credential, an address) or say "later", and
// no receipt is to fail for that.
static bool is_refusal(int code)
{
    return code == 400 || code == 409 || code == 413 || code == 415 || code == 422;
}

static struct str refusal_reason(struct scope *s, const struct http_reply *reply)
{
    struct json j = {0};

    if (json_parse(s, reply->body, &json_limits_lenient, &j) != OK)
        scope_forgive(s);
    struct str reason = json_text(json_member(j, "reason"));
    return reason.bytes ? reason : str_format(s, "answered %d", reply->code);
}

// What an answer to a registration means. A 5xx, or a success that cannot be read, may come after
// it was taken.
static enum status read_reply(struct scope *s, const struct partner_client *p,
                              const struct http_reply *reply, struct partner_answer *out)
{
    int code = reply->code;

    if (code == 202) {
        out->state = REGISTRATION_SENT;
        return OK;
    }
    if ((code == 200 || code == 201) && read_answer(s, reply, out))
        return OK;
    if (code < 300 || code >= 500)
        return unknown(out, str_format(s, "answered %d", code));
    if (is_refusal(code)) {
        out->state = REGISTRATION_REFUSED;
        out->reason = refusal_reason(s, reply);
        return OK;
    }
    return fail(s, TEMPORARY, "%s answered %d", partner_name(p->options.partner), code);
}

enum status partner_register(struct scope *s, struct partner_client *p, const struct receipt *r,
                             struct str document, struct partner_answer *out)
{
    struct http_reply reply = {0};
    struct str body = {0};

    *out = (struct partner_answer){0};
    if (partner_is_noop(p)) {
        out->state = REGISTRATION_CONFIRMED;
        return OK;
    }
    TRY(registration_body(s, p, r, document, &body));
    enum status e = call(s, p, "POST", str("/registrations"), body, &reply);
    if (e == TIMEOUT)
        return unknown(out, str("no answer came in time"));
    if (e == TOO_LARGE)
        return unknown(out, str("the answer is too long"));
    if (e != OK) { // the address is wrong or not allowed, or nobody is there
        return trouble(
            s, p,
            fail(s, TEMPORARY, "%s: %.*s", partner_name(p->options.partner), STR(scope_why(s))));
    }
    return trouble(s, p, read_reply(s, p, &reply, out));
}

static enum status ask(struct scope *s, struct partner_client *p, const struct receipt *r,
                       struct partner_answer *out)
{
    struct http_reply reply = {0};
    const char *name = partner_name(p->options.partner);
    struct str path =
        str_concat(s, 2, str("/registrations/"), receipt_registration_id(s, r, p->options.partner));

    *out = (struct partner_answer){0};
    enum status e = call(s, p, "GET", path, (struct str){0}, &reply);
    if (e != OK)
        return fail(s, TEMPORARY, "%s: %.*s", name, STR(scope_why(s)));
    if (reply.code == 404)
        return OK; // PENDING: it does not know it
    if (reply.code != 200)
        return fail(s, TEMPORARY, "%s answered %d when asked", name, reply.code);
    if (!read_answer(s, &reply, out))
        return fail(s, TEMPORARY, "%s gave no answer that can be read", name);
    return OK;
}

enum status partner_ask(struct scope *s, struct partner_client *p, const struct receipt *r,
                        struct partner_answer *out)
{
    return trouble(s, p, ask(s, p, r, out));
}

enum status partner_check_callback(struct scope *s, const struct partner_client *p,
                                   struct str signature, struct str timestamp, struct str body,
                                   int64_t now_us)
{
    int64_t at_s = 0;
    uint8_t mac[SHA256_BYTES];
    struct str parts[] = {timestamp, str("."), body};

    if (p->options.secret.bytes == 0)
        return fail(s, UNAUTHENTICATED, "no secret is set for callbacks of the %s",
                    partner_name(p->options.partner));
    if (!str_to_i64(timestamp, &at_s) || at_s > now_us / 1000000 + CALLBACK_TOLERANCE_S ||
        at_s < now_us / 1000000 - CALLBACK_TOLERANCE_S)
        return fail(s, UNAUTHENTICATED, "X-Timestamp is more than five minutes off");
    hmac_sha256(&p->key, parts, sizeof parts / sizeof parts[0], mac);
    struct str wanted = str_concat(s, 2, str("sha256="), hex_encode(s, str_of(mac, sizeof mac)));
    if (!digest_equal_str(wanted, signature))
        return fail(s, UNAUTHENTICATED, "X-Signature does not fit");
    return OK;
}
