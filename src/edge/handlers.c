// The edge's own service: tokens, the OpenAPI document, keys, and whether the server lives.
#include "core/base64.h"
#include "core/buf.h"
#include "core/moment.h"
#include "core/scope.h"
#include "edge/access_key.h"
#include "edge/auth_impl.h"
#include "edge/call.h"
#include "edge/edge_impl.h"
#include "edge/idempotency_impl.h"
#include "edge/keys_impl.h"
#include "edge/operations_impl.h"
#include "edge/secrets.h"
#include "sys/metrics.h"

// Appends an array member by member: a value copied into the scope.
static struct json_member member(const char *name, struct json value)
{
    return (struct json_member){str(name), value};
}

static void answer_object(struct call *c, int code, const struct json_member *members, size_t count)
{
    call_answer_json(c, code, json_object(members, count));
}

static enum status get_openapi(struct scope *s, struct call *c)
{
    const struct edge *e = call_service(c);

    (void)s;
    call_answer(c, 200,
                str_is(call_query(c, "version"), "3.0") ? e->openapi_json_30 : e->openapi_json);
    return OK;
}

static enum status get_live(struct scope *s, struct call *c)
{
    (void)s;
    call_answer_bytes(c, 200, "text/plain", str("live\n"));
    return OK;
}

static enum status get_ready(struct scope *s, struct call *c)
{
    const struct edge *e = call_service(c);
    bool ready = !e->draining;

    (void)s;
    call_answer_bytes(c, ready ? 200 : 503, "text/plain", str(ready ? "ready\n" : "stopping\n"));
    return OK;
}

// RFC 6749, 5.2: errors of the token endpoint have a body of their own.
static enum status refuse_token(struct call *c, int code, const char *error, struct str description)
{
    struct json_member members[] = {member("error", json_string(str(error))),
                                    member("error_description", json_string(description))};

    answer_object(c, code, members, 2);
    if (code == 401)
        call_answer_header(c, "WWW-Authenticate", str("Basic realm=\"sheaf\""));
    return OK;
}

struct token_request {
    struct str grant_type;
    struct str id;
    struct str secret;
    struct str scope;
};

// Reads the form, and the credentials from HTTP Basic where they are there (RFC 6749, 2.3.1).
static bool read_token_request(struct scope *s, struct call *c, struct token_request *out)
{
    struct str rest = call_body(c);
    struct str key = {0};
    struct str value = {0};

    while (query_next(s, &rest, &key, &value)) {
        if (str_is(key, "grant_type"))
            out->grant_type = value;
        else if (str_is(key, "client_id"))
            out->id = value;
        else if (str_is(key, "client_secret"))
            out->secret = value;
        else if (str_is(key, "scope"))
            out->scope = value;
    }
    struct str header = call_header(c, "Authorization");
    if (!str_starts(header, str("Basic ")))
        return out->id.bytes && out->secret.bytes;
    struct str pair = {0};
    if (base64_decode(s, str_trim(str_slice(header, 6, header.bytes)), &pair) != OK)
        return false;
    out->id = str_cut(&pair, ':');
    out->secret = pair;
    return out->id.bytes && out->secret.bytes;
}

static enum status issue_token(struct scope *s, struct call *c)
{
    struct edge *e = call_service(c);
    struct token_request request = {0};
    struct str token = {0};
    struct str granted = {0};

    if (!read_token_request(s, c, &request))
        return refuse_token(c, 401, "invalid_client",
                            str("client_id and client_secret are wanted"));
    if (!str_is(request.grant_type, "client_credentials"))
        return refuse_token(c, 400, "unsupported_grant_type",
                            str("the grant type is client_credentials"));
    enum status result = auth_issue(s, e->auth, request.id, request.secret, request.scope,
                                    call_now_us(c), &token, &granted);
    if (result == UNAUTHENTICATED)
        return refuse_token(c, 401, "invalid_client", str("the credentials are not right"));
    if (result == DENIED)
        return refuse_token(c, 400, "invalid_scope", scope_why(s));
    TRY(result);
    struct json_member members[] = {
        member("access_token", json_string(token)),
        member("token_type", json_string(str("Bearer"))),
        member("expires_in", json_i64(s, ACCESS_TOKEN_LIFE_S)),
        member("scope", json_string(granted)),
    };
    answer_object(c, 200, members, sizeof members / sizeof members[0]);
    call_answer_header(c, "Cache-Control", str("no-store"));
    return OK;
}

static enum status list_keys(struct scope *s, struct call *c)
{
    struct page page = {0};
    uint64_t limit = 0;
    const struct principal *who = call_principal(c);

    (void)str_to_u64(call_query(c, "limit"), 1000, &limit);
    TRY(record_scan(s, call_platform(c)->store, &keys_table, (size_t)limit, call_query(c, "cursor"),
                    &page));
    struct json *items = scope_array(s, page.count, sizeof *items);
    size_t count = 0;
    for (size_t i = 0; i < page.count; i++) {
        struct key key = {0};
        TRY(key_parse(s, &page.records[i], &key));
        if (operator_sees(who, key.principal.tenant))
            items[count++] = key_json(s, &key);
    }
    struct json_member members[] = {member("items", json_array(items, count)),
                                    member("cursor", json_string(page.cursor))};
    answer_object(c, 200, members, page.cursor.bytes ? 2 : 1);
    return OK;
}

static struct str join_words(struct scope *s, struct json list)
{
    struct buf words = buf_make(s, KEY_WEBHOOK_HOSTS_BYTES_MAX);

    for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list.count; i++) {
        if (i)
            buf_put_byte(&words, ' ');
        buf_put(&words, json_text(json_at(list, i)));
    }
    return buf_str(&words);
}

static enum status create_key(struct scope *s, struct call *c)
{
    struct json body = call_json(c);
    struct key_made made = {0};
    int64_t rate = 0;
    struct key_order order = {
        .tenant = json_text(json_member(body, "tenant")),
        .client = json_text(json_member(body, "client")),
        .scopes = json_text(json_member(body, "scopes")),
        .name = json_text(json_member(body, "name")),
        .read_only = json_is(json_member(body, "readOnly"), JSON_TRUE),
        .webhook_hosts = join_words(s, json_member(body, "webhookHosts")),
    };

    (void)json_to_i64(json_member(body, "expiresInSeconds"), &order.expires_in_s);
    (void)json_to_i64(json_member(body, "requestsPerSecond"), &rate);
    order.requests_per_second = rate > UINT32_MAX ? UINT32_MAX : (uint32_t)rate;
    if (!operator_sees(call_principal(c), order.tenant))
        return fail(s, DENIED, "only an operator of all tenants makes keys for another tenant");
    TRY(key_create(s, call_platform(c)->store, &order, call_principal(c)->id, &made));
    struct str webhook = secrets_webhook(s, call_platform(c)->secrets, order.tenant);
    struct access_key access = access_key_of(s, call_platform(c)->secrets, made.id);
    struct json_member members[] = {member("id", json_string(made.id)),
                                    member("secret", json_string(made.secret)),
                                    member("accessKeyId", json_string(access.id)),
                                    member("secretAccessKey", json_string(access.secret)),
                                    member("webhookSecret", json_string(webhook))};
    answer_object(c, 201, members, order.webhook_hosts.bytes ? 5 : 4);
    call_answer_header(c, "Cache-Control", str("no-store"));
    return OK;
}

static enum status revoke_key(struct scope *s, struct call *c)
{
    struct edge *e = call_service(c);
    const struct principal *who = call_principal(c);
    struct str tenant = principal_may(who, str("admin")) ? (struct str){0} : who->tenant;

    TRY(key_revoke(s, call_platform(c)->store, tenant, call_path(c, "keyId"), who->id));
    auth_forget(e->auth);
    call_answer(c, 204, (struct str){0});
    return OK;
}

static const struct handler_def handlers[] = {
    {.operation = "getOpenapi", .run = get_openapi},
    {.operation = "getLive", .run = get_live},
    {.operation = "getReady", .run = get_ready},
    {.operation = "issueToken", .run = issue_token, .blocking = true},
    {.operation = "listKeys", .run = list_keys, .blocking = true},
    {.operation = "createKey", .run = create_key, .blocking = true},
    {.operation = "revokeKey", .run = revoke_key, .blocking = true},
    {.operation = "getMetrics", .run = operations_metrics, .blocking = true},
    {.operation = "getStatus", .run = operations_status, .blocking = true},
    {.operation = "listQueues", .run = operations_queues, .blocking = true},
    {.operation = "browseQueue", .run = operations_browse, .blocking = true},
    {.operation = "redriveQueue", .run = operations_redrive, .blocking = true},
    {.operation = "discardMessage", .run = operations_discard, .blocking = true},
    {.operation = "createBackup", .run = operations_backup, .blocking = true},
    {.operation = "listAudit", .run = operations_audit, .blocking = true},
    {0},
};

static const struct table_def *const tables[] = {&keys_table, &idempotency_table, &secrets_table,
                                                 NULL};
static const struct queue_def *const queues[] = {NULL};
static const struct bucket_def *const buckets[] = {NULL};

// clang-format off
static const struct metric_def metrics[] = {
#include "edge/metrics.def"
    METRICS_END
};
// clang-format on

const struct service edge_service = {
    .name = "edge",
    .handlers = handlers,
    .metrics = metrics,
    .schema = {.tables = tables, .queues = queues, .buckets = buckets},
};
