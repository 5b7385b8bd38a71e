// Answers kept by idempotency key, in a table that forgets whole hours.
#include "edge/idempotency_impl.h"

#include "core/hex.h"
#include "core/scope.h"
#include "crypto/digest.h"
#include "edge/edge_impl.h"
#include "http/exchange.h"

const struct table_def idempotency_table = {.name = "edge_idempotency",
                                            .keep_s = IDEMPOTENCY_KEEP_S};

static struct str fingerprint_of(struct call *c)
{
    const struct http_exchange *x = c->exchange;
    struct digest *d = digest_open(c->scope, DIGEST_SHA256);
    struct str parts[] = {http_method(x), http_path(x), http_query(x), http_body(x)};
    uint8_t digest[SHA256_BYTES];

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        digest_add(d, parts[i]);
        digest_add(d, str_of("", 1)); // a NUL between the parts
    }
    digest_finish(d, digest);
    return hex_encode(c->scope, str_of(digest, sizeof digest));
}

static bool is_printable(struct str key)
{
    for (size_t i = 0; i < key.bytes; i++)
        if (key.data[i] < ' ' || key.data[i] > '~')
            return false;
    return true;
}

static enum status replay(struct call *c, struct str content)
{
    struct json kept = {0};
    int64_t code = 0;

    TRY(json_parse(c->scope, content, &json_limits_strict, &kept));
    if (!str_equal(json_text(json_member(kept, "fingerprint")), c->idempotency.fingerprint))
        return fail(c->scope, REFUSED,
                    "this Idempotency-Key was used for another request: use a new one");
    (void)json_to_i64(json_member(kept, "code"), &code);
    call_answer_bytes(c, (int)code, str_z(c->scope, json_text(json_member(kept, "mediaType"))),
                      json_text(json_member(kept, "body")));
    struct json headers = json_member(kept, "headers");
    for (size_t i = 0; json_is(headers, JSON_OBJECT) && i < headers.count; i++)
        call_answer_header(c, str_z(c->scope, headers.members[i].name),
                           json_text(headers.members[i].value));
    call_answer_header(c, "Idempotency-Replayed", str("true"));
    return OK;
}

enum status idempotency_begin(struct call *c, bool *replayed)
{
    struct str key = http_header(c->exchange, "Idempotency-Key");
    struct record kept = {0};

    *replayed = false;
    if (!key.data || !c->authenticated || str_is(c->operation->method, "GET"))
        return OK;
    if (key.bytes == 0 || key.bytes > IDEMPOTENCY_KEY_BYTES_MAX || !is_printable(key))
        return fail(c->scope, INVALID, "Idempotency-Key: 1 to %d printable characters",
                    IDEMPOTENCY_KEY_BYTES_MAX);
    c->idempotency.partition = str_format(c->scope, "%.*s/%.*s/%.*s", STR(c->principal.tenant),
                                          STR(c->principal.id), STR(key));
    c->idempotency.fingerprint = fingerprint_of(c);
    enum status e = record_get(c->scope, c->edge->platform->store, &idempotency_table,
                               c->idempotency.partition, (struct str){0}, &kept);
    if (e == NOT_FOUND) {
        scope_forgive(c->scope);
        return OK;
    }
    TRY(e);
    if (record_expired(&kept, c->now_us))
        return OK;
    *replayed = true;
    return replay(c, kept.content);
}

void idempotency_keep(struct call *c)
{
    struct scope *s = c->scope;

    if (c->idempotency.partition.bytes == 0)
        return;
    struct json_member headers[ANSWER_HEADERS_MAX];
    for (size_t i = 0; i < c->answer.header_count; i++)
        headers[i] = (struct json_member){str(c->answer.headers[i].name),
                                          json_string(c->answer.headers[i].value)};
    struct json_member members[] = {
        {str("fingerprint"), json_string(c->idempotency.fingerprint)},
        {str("code"), json_i64(s, c->answer.code)},
        {str("mediaType"), json_string(str(c->answer.media_type))},
        {str("headers"), json_object(headers, c->answer.header_count)},
        {str("body"), json_string(c->answer.body)},
    };
    struct record record = {
        .partition = c->idempotency.partition,
        .content = json_to_str(s, json_object(members, sizeof members / sizeof members[0])),
        .expires_at_s = c->now_us / 1000000 + IDEMPOTENCY_KEEP_S,
    };
    c->idempotency.item = change_items(call_change(c));
    c->idempotency.put = true;
    change_put(call_change(c), &idempotency_table, &record, if_absent());
}

bool idempotency_lost(const struct call *c, size_t failed_item)
{
    return c->idempotency.put && failed_item == c->idempotency.item;
}
