// The partners' REST API, and the no-op that stands in where none is configured.
#include "services/receipts/partner.h"

#include "core/buf.h"
#include "core/hex.h"
#include "core/scope.h"
#include "crypto/digest.h"
#include "http/client.h"

enum { CALLBACK_TOLERANCE_S = 300, REQUEST_BYTES_MAX = (2 << 20) + 8192 };

struct partner_client {
    struct http_client *http;
    struct partner_options options;
    struct hmac_key key;
    struct str authorization;
};

struct partner_client *partner_open(struct scope *s, struct http_client *http,
                                    const struct partner_options *options)
{
    struct partner_client *p = scope_new(s, struct partner_client);

    *p = (struct partner_client){.http = http, .options = *options};
    hmac_key_init(&p->key, options->secret);
    p->authorization = str_concat(s, 2, str("Bearer "), options->secret);
    return p;
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

static struct str registration_body(struct scope *s, const struct partner_client *p,
                                    const struct receipt *r, struct str document)
{
    struct buf b = buf_make(s, REQUEST_BYTES_MAX);

    buf_put_byte(&b, '{');
    put_member(&b, "registrationId", receipt_registration_id(s, r, p->options.partner));
    put_member(&b, "receiptId", r->id);
    put_member(&b, "client", r->client);
    put_member(&b, "date", r->date);
    put_member(&b, "number", r->number);
    put_member(&b, "total", r->total);
    put_member(&b, "currency", r->currency);
    put_member(&b, "mediaType", r->media_type);
    put_member(&b, "document", document);
    buf_put_byte(&b, '}');
    return buf_str(&b);
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

// Reads {status, reference?, reason?}.
static enum status read_answer(struct scope *s, const struct partner_client *p,
                               const struct http_reply *reply, struct partner_answer *out)
{
    struct json j = {0};

    TRY(json_parse(s, reply->body, &json_limits_lenient, &j));
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
        return fail(s, TEMPORARY, "%s answered with the status \"%.*s\"",
                    partner_name(p->options.partner), STR(word));
    return OK;
}

// A 5xx may have been taken before it failed: unknown. A 4xx is a refusal for good, but for those
// that say "later" or that our credential is wrong, which no other receipt would survive either.
static enum status read_failure(struct scope *s, const struct partner_client *p,
                                const struct http_reply *reply, struct partner_answer *out)
{
    const char *name = partner_name(p->options.partner);

    if (reply->code >= 500)
        return fail(s, TIMEOUT, "%s answered %d", name, reply->code);
    if (reply->code == 401 || reply->code == 403 || reply->code == 408 || reply->code == 429)
        return fail(s, TEMPORARY, "%s answered %d", name, reply->code);
    out->state = REGISTRATION_REFUSED;
    out->reason = str_format(s, "answered %d", reply->code);
    return OK;
}

enum status partner_register(struct scope *s, struct partner_client *p, const struct receipt *r,
                             struct str document, struct partner_answer *out)
{
    struct http_reply reply = {0};

    *out = (struct partner_answer){0};
    if (partner_is_noop(p)) {
        out->state = REGISTRATION_CONFIRMED;
        return OK;
    }
    TRY(call(s, p, "POST", str("/registrations"), registration_body(s, p, r, document), &reply));
    if (reply.code == 202) {
        out->state = REGISTRATION_SENT;
        return OK;
    }
    if (reply.code == 200 || reply.code == 201) {
        // It was taken; an answer that cannot be read leaves the outcome unknown.
        return read_answer(s, p, &reply, out) == OK ? OK
                                                    : fail(s, TIMEOUT, "%.*s", STR(scope_why(s)));
    }
    return read_failure(s, p, &reply, out);
}

enum status partner_ask(struct scope *s, struct partner_client *p, const struct receipt *r,
                        struct partner_answer *out)
{
    struct http_reply reply = {0};
    struct str path =
        str_concat(s, 2, str("/registrations/"), receipt_registration_id(s, r, p->options.partner));

    *out = (struct partner_answer){0};
    enum status e = call(s, p, "GET", path, (struct str){0}, &reply);
    if (e == TIMEOUT)
        return fail(s, TEMPORARY, "%s did not answer", partner_name(p->options.partner));
    TRY(e);
    if (reply.code == 404)
        return OK; // PENDING: it does not know it
    if (reply.code != 200)
        return fail(s, TEMPORARY, "%s answered %d", partner_name(p->options.partner), reply.code);
    return read_answer(s, p, &reply, out);
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
