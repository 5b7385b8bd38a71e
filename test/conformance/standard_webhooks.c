// The vectors of Standard Webhooks, and the rules that its libraries' tests assert.
#include "core/json.h"
#include "crypto/webhook_signature.h"
#include "test/conformance/conformance.h"

enum { US_A_SECOND = 1000000 };

struct example {
    struct hmac_key key;
    struct webhook_received received;
    int64_t now_us;
};

static bool read_example(struct scope *s, struct json vector, struct example *e)
{
    int64_t timestamp = 0;

    *e = (struct example){
        .received =
            {
                .id = json_text(json_member(vector, "id")),
                .timestamp = json_text(json_member(vector, "timestamp")),
                .signature = json_text(json_member(vector, "signature")),
                .body = json_text(json_member(vector, "payload")),
            },
    };
    if (!json_to_i64(json_member(vector, "timestamp"), &timestamp))
        return false;
    e->now_us = timestamp * US_A_SECOND;
    return webhook_secret_read(s, json_text(json_member(vector, "secret")), &e->key) == OK;
}

static bool verifies(struct scope *s, const struct example *e, struct webhook_received changed,
                     int64_t later_s)
{
    return webhook_verify(s, &e->key, 1, &changed, e->now_us + later_s * US_A_SECOND) == OK;
}

static bool signs(struct scope *s, const struct example *e)
{
    struct str is =
        webhook_sign(s, &e->key, 1, e->received.id, e->now_us / US_A_SECOND, e->received.body);

    return str_equal(is, e->received.signature) && verifies(s, e, e->received, 0);
}

static bool reads_secret(struct scope *s, struct json vector, bool with_prefix)
{
    struct example e = {0};
    struct str secret = json_text(json_member(vector, "secret"));
    struct str prefix = str("whsec_");

    if (!read_example(s, vector, &e))
        return false;
    if (str_starts(secret, prefix))
        secret = str_slice(secret, prefix.bytes, secret.bytes);
    if (with_prefix)
        secret = str_concat(s, 2, prefix, secret);
    return webhook_secret_read(s, secret, &e.key) == OK && verifies(s, &e, e.received, 0);
}

static bool refuses_empty_secret(struct scope *s)
{
    struct hmac_key key;

    return webhook_secret_read(s, str(""), &key) == INVALID &&
           webhook_secret_read(s, str("whsec_"), &key) == INVALID;
}

static bool refuses_short_signatures(struct scope *s, const struct example *e)
{
    struct webhook_received r = e->received;

    for (size_t bytes = 0; bytes < e->received.signature.bytes; bytes++) {
        r.signature = str_slice(e->received.signature, 0, bytes);
        if (verifies(s, e, r, 0))
            return false;
    }
    return true;
}

static struct str *id_of(struct webhook_received *r)
{
    return &r->id;
}

static struct str *timestamp_of(struct webhook_received *r)
{
    return &r->timestamp;
}

static struct str *signature_of(struct webhook_received *r)
{
    return &r->signature;
}

// Rules that change one header, or the time, of a message that is right: it must be refused.
static const struct refusal {
    const char *sentence;
    struct str *(*header)(struct webhook_received *r); // NULL: none
    const char *text;
    int64_t later_s;
} refusals[] = {
    {"missing webhook-id", id_of, "", 0},
    {"missing webhook-timestamp", timestamp_of, "", 0},
    {"missing webhook-signature", signature_of, "", 0},
    {"timestamp not a number", timestamp_of, "hello", 0},
    {"timestamp older than 5 min", NULL, NULL, WEBHOOK_TOLERANCE_S + 1},
    {"timestamp more than 5 min in future", NULL, NULL, -WEBHOOK_TOLERANCE_S - 1},
};

static bool refuses(struct scope *s, const struct example *e, const struct refusal *refusal)
{
    struct webhook_received r = e->received;

    if (refusal->header)
        *refusal->header(&r) = str(refusal->text);
    return !verifies(s, e, r, refusal->later_s);
}

static bool accepts_among_others(struct scope *s, const struct example *e, struct str others)
{
    struct webhook_received r = e->received;

    r.signature = str_concat(s, 3, others, str(" "), e->received.signature);
    return verifies(s, e, r, 0);
}

// Applies the rule that a sentence of the vectors' file names. A sentence that is not known here
// fails, so that a new rule is noticed.
static bool rule_holds(struct scope *s, struct json rule, struct json vector)
{
    struct str name = json_text(json_member(rule, "case"));
    struct example e = {0};

    if (!read_example(s, vector, &e))
        return false;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        if (str_is(name, refusals[i].sentence))
            return refuses(s, &e, &refusals[i]);
    if (str_starts(name, str("header 'v1,' with empty or truncated")))
        return refuses_short_signatures(s, &e);
    if (str_starts(name, str("several space-separated signatures")))
        return accepts_among_others(s, &e, json_text(json_member(rule, "example_prefix")));
    if (str_starts(name, str("secret given with or without")))
        return reads_secret(s, vector, true) && reads_secret(s, vector, false);
    return str_starts(name, str("empty secret")) && refuses_empty_secret(s);
}

SUITE("standard-webhooks", standard_webhooks)
{
    struct json all = {0};
    struct str text = conformance_read(s, str_format(s, "%.*s/vectors.json", STR(directory)));
    enum status parsed = json_parse(s, text, &json_limits_strict, &all);
    struct json vectors = json_member(all, "sign");
    struct json rules = json_member(all, "verify_rules");

    if (parsed != OK || vectors.count == 0)
        report_case(report, str("vectors.json"), false);
    for (size_t i = 0; i < vectors.count; i++) {
        struct example e = {0};
        struct json vector = json_at(vectors, i);
        report_case(report, json_text(json_member(vector, "from")),
                    read_example(s, vector, &e) && signs(s, &e));
    }
    for (size_t i = 0; i < rules.count; i++) {
        struct json rule = json_at(rules, i);
        report_case(report, json_text(json_member(rule, "case")),
                    rule_holds(s, rule, json_at(vectors, 0)));
    }
}
