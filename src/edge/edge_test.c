// The edge over real HTTP: who is let in, what is refused and how, idempotency, conflicts.
#include "core/scope.h"
#include "edge/call.h"
#include "sys/sim.h"
#include "test/edge_fixture.h"

#include "test/harness.h"

// A small service: POST /things keeps one record a name, GET /things/{name} gives it.
static const struct table_def things_table = {.name = "things"};

static struct str thing_key(struct scope *s, struct call *c, struct str name)
{
    return str_concat(s, 3, call_principal(c)->tenant, str("/"), name);
}

static enum status put_thing(struct scope *s, struct call *c)
{
    struct str name = json_text(json_member(call_json(c), "name"));
    struct record record = {.partition = thing_key(s, c, name), .content = call_body(c)};

    if (call_obstacle(c))
        return fail(s, CONFLICT, "there is a thing named %.*s", STR(name));
    change_put(call_change(c), &things_table, &record, if_absent());
    call_answer(c, 201, str_concat(s, 3, str("{\"made\":\""), call_request_id(c), str("\"}")));
    call_answer_header(c, "Location", str_concat(s, 2, str("/things/"), name));
    return OK;
}

static enum status get_thing(struct scope *s, struct call *c)
{
    struct record record = {0};

    TRY(record_get(s, call_platform(c)->store, &things_table, thing_key(s, c, call_path(c, "name")),
                   (struct str){0}, &record));
    call_answer(c, 200, record.content);
    return OK;
}

static enum status count_things(struct scope *s, struct call *c)
{
    call_answer(c, 200, str_format(s, "{\"limit\":%.*s}", STR(call_query(c, "limit"))));
    return OK;
}

static const struct handler_def handlers[] = {
    {.operation = "putThing", .run = put_thing},
    {.operation = "getThing", .run = get_thing, .blocking = true},
    {.operation = "countThings", .run = count_things},
    {0},
};
static const struct table_def *const tables[] = {&things_table, NULL};
static const struct queue_def *const queues[] = {NULL};
static const struct bucket_def *const buckets[] = {NULL};
static const struct service things_service = {
    .name = "things",
    .handlers = handlers,
    .schema = {.tables = tables, .queues = queues, .buckets = buckets},
};
static const struct service *const services[] = {&things_service, NULL};

static const char things_paths[] =
    "{\"/things\":{\"post\":{\"operationId\":\"putThing\",\"x-scope\":\"things:write\","
    "\"x-body-bytes-max\":2000,"
    "\"requestBody\":{\"required\":true,\"content\":{\"application/json\":{\"schema\":{"
    "\"type\":\"object\",\"required\":[\"name\"],\"properties\":{\"name\":{\"type\":\"string\","
    "\"minLength\":1},\"size\":{\"type\":\"integer\",\"minimum\":1}},"
    "\"additionalProperties\":false}}}},\"responses\":{}},"
    "\"get\":{\"operationId\":\"countThings\",\"x-scope\":\"things:read\",\"parameters\":[{"
    "\"name\":\"limit\",\"in\":\"query\",\"schema\":{\"type\":\"integer\",\"minimum\":1,"
    "\"maximum\":100,\"default\":10}}],\"responses\":{}}},"
    "\"/things/{name}\":{\"get\":{\"operationId\":\"getThing\",\"x-scope\":\"things:read\","
    "\"parameters\":[{\"name\":\"name\",\"in\":\"path\",\"required\":true,\"schema\":{"
    "\"type\":\"string\",\"pattern\":\"^[a-z]+$\"}}],\"responses\":{}}}}";

static bool start(struct scope *s, struct edge_fixture *f, uint32_t requests_per_second)
{
    struct edge_fixture_options options = {.services = services,
                                           .openapi = edge_fixture_document(s, things_paths),
                                           .requests_per_second = requests_per_second};

    return edge_fixture_start(s, &options, f);
}

static const char json_header[] = "Content-Type: application/json\n";

static struct answered post_thing(struct scope *s, struct edge_fixture *f, struct str key,
                                  const char *headers, const char *body)
{
    return edge_fixture_call(s, f, "POST", "/things", key, headers ? headers : json_header,
                             str(body));
}

static void expect_problem(struct answered a, int code, const char *word)
{
    EXPECT_EQUAL(a.code, code);
    EXPECT_STR(json_text(json_member(a.json, "error")), word);
    EXPECT(json_text(json_member(a.json, "requestId")).bytes == 36);
    EXPECT_STR(http_reply_header(&a.reply, "Content-Type"), "application/problem+json");
}

TEST(what_was_answered_201_can_be_read_by_its_tenant_and_nobody_else)
{
    struct edge_fixture f;
    REQUIRE(start(s, &f, 0));
    struct str ours = edge_fixture_key(s, &f, "acme", "", "things:read things:write");
    struct str theirs = edge_fixture_key(s, &f, "other", "", "things:read things:write");

    struct answered made = post_thing(s, &f, ours, NULL, "{\"name\":\"bolt\",\"size\":3}");

    EXPECT_EQUAL(made.code, 201);
    EXPECT_STR(http_reply_header(&made.reply, "Location"), "/things/bolt");
    struct answered got =
        edge_fixture_call(s, &f, "GET", "/things/bolt", ours, NULL, (struct str){0});
    EXPECT_EQUAL(got.code, 200);
    EXPECT_STR(got.body, "{\"name\":\"bolt\",\"size\":3}");
    expect_problem(edge_fixture_call(s, &f, "GET", "/things/bolt", theirs, NULL, (struct str){0}),
                   404, "NOT_FOUND");
}

TEST(a_caller_must_prove_who_it_is_and_have_the_scope)
{
    struct edge_fixture f;
    REQUIRE(start(s, &f, 0));
    struct str reader = edge_fixture_key(s, &f, "acme", "", "things:read");
    struct str damaged = str_copy(s, reader);
    ((char *)(uintptr_t)damaged.data)[30] ^= 1;

    expect_problem(post_thing(s, &f, (struct str){0}, NULL, "{\"name\":\"a\"}"), 401, "AUTH");
    expect_problem(post_thing(s, &f, damaged, NULL, "{\"name\":\"a\"}"), 401, "AUTH");
    expect_problem(post_thing(s, &f, str("eyJhbGciOiJub25lIn0.e30."), NULL, "{\"name\":\"a\"}"),
                   401, "AUTH");
    expect_problem(post_thing(s, &f, reader, NULL, "{\"name\":\"a\"}"), 403, "AUTH");
}

TEST(a_revoked_or_expired_key_is_refused)
{
    struct edge_fixture f;
    REQUIRE(start(s, &f, 0));
    struct key_order order = {
        .tenant = str("acme"), .scopes = str("things:read"), .expires_in_s = 100};
    struct key_made made = {0};
    REQUIRE_OK(key_create(s, f.store, &order, str("test"), &made));
    struct str admin = edge_fixture_key(s, &f, "acme", "", "admin");
    struct str none = {0};

    EXPECT_EQUAL(edge_fixture_call(s, &f, "GET", "/things", made.secret, NULL, none).code, 200);
    sim_advance_us(f.world, 101 * 1000000);
    EXPECT_EQUAL(edge_fixture_call(s, &f, "GET", "/things", made.secret, NULL, none).code, 401);

    order.expires_in_s = 0;
    REQUIRE_OK(key_create(s, f.store, &order, str("test"), &made));
    EXPECT_EQUAL(edge_fixture_call(s, &f, "GET", "/things", made.secret, NULL, none).code, 200);
    struct str path = str_concat(s, 2, str("/operations/keys/"), made.id);
    EXPECT_EQUAL(edge_fixture_call(s, &f, "DELETE", str_z(s, path), admin, NULL, none).code, 204);
    EXPECT_EQUAL(edge_fixture_call(s, &f, "GET", "/things", made.secret, NULL, none).code, 401);
}

TEST(a_token_of_client_credentials_has_the_scopes_it_was_issued_for_and_ends)
{
    struct edge_fixture f;
    REQUIRE(start(s, &f, 0));
    struct key_order order = {.tenant = str("acme"), .scopes = str("things:read things:write")};
    struct key_made made = {0};
    REQUIRE_OK(key_create(s, f.store, &order, str("test"), &made));
    const char *form = "Content-Type: application/x-www-form-urlencoded\n";
    struct str body = str_format(s,
                                 "grant_type=client_credentials&client_id=%.*s&client_secret=%.*s"
                                 "&scope=things%%3Aread",
                                 STR(made.id), STR(made.secret));

    struct answered issued =
        edge_fixture_call(s, &f, "POST", "/oauth/token", (struct str){0}, form, body);

    EXPECT_EQUAL(issued.code, 200);
    struct str token = json_text(json_member(issued.json, "access_token"));
    EXPECT_EQUAL(edge_fixture_call(s, &f, "GET", "/things", token, NULL, (struct str){0}).code,
                 200);
    expect_problem(post_thing(s, &f, token, NULL, "{\"name\":\"a\"}"), 403, "AUTH");
    sim_advance_us(f.world, 1000 * 1000000LL);
    expect_problem(edge_fixture_call(s, &f, "GET", "/things", token, NULL, (struct str){0}), 401,
                   "AUTH");
    struct answered wrong =
        edge_fixture_call(s, &f, "POST", "/oauth/token", (struct str){0}, form,
                          str("grant_type=client_credentials&client_id=abc&client_secret=sk_abc"));
    EXPECT_EQUAL(wrong.code, 401);
    EXPECT_STR(json_text(json_member(wrong.json, "error")), "invalid_client");
}

TEST(bad_requests_are_told_what_is_wrong_and_where)
{
    struct edge_fixture f;
    REQUIRE(start(s, &f, 0));
    struct str key = edge_fixture_key(s, &f, "acme", "", "things:read things:write");
    char *large = str_z(s, str_format(s, "{\"name\":\"%02000d\"}", 0));
    struct str none = {0};

    expect_problem(edge_fixture_call(s, &f, "GET", "/nothing", key, NULL, none), 404, "NOT_FOUND");
    struct answered method = edge_fixture_call(s, &f, "DELETE", "/things", key, NULL, none);
    expect_problem(method, 405, "VALIDATION");
    EXPECT_STR(http_reply_header(&method.reply, "Allow"), "POST, GET");
    expect_problem(post_thing(s, &f, key, NULL, "{\"name\":"), 400, "VALIDATION");
    expect_problem(post_thing(s, &f, key, NULL, ""), 400, "VALIDATION");
    expect_problem(post_thing(s, &f, key, NULL, "{\"name\":\"a\",\"name\":\"b\"}"), 400,
                   "VALIDATION");
    expect_problem(post_thing(s, &f, key, NULL, "{\"name\":\"\xff\"}"), 400, "VALIDATION");
    expect_problem(post_thing(s, &f, key, NULL, large), 413, "LIMIT");
    expect_problem(post_thing(s, &f, key, "Content-Type: text/plain\n", "name"), 415, "VALIDATION");
    expect_problem(post_thing(s, &f, key, "Content-Type: application/json; charset=latin1\n",
                              "{\"name\":\"a\"}"),
                   415, "VALIDATION");
    struct answered schema = post_thing(s, &f, key, NULL, "{\"name\":\"a\",\"size\":0}");
    expect_problem(schema, 400, "VALIDATION");
    struct json finding = json_at(json_member(schema.json, "errors"), 0);
    EXPECT_STR(json_text(json_member(finding, "at")), "/size");
    EXPECT_STR(json_text(json_member(finding, "rule")), "minimum");
    expect_problem(edge_fixture_call(s, &f, "GET", "/things?limit=x", key, NULL, none), 400,
                   "VALIDATION");
    expect_problem(edge_fixture_call(s, &f, "GET", "/things?limit=101", key, NULL, none), 400,
                   "VALIDATION");
    expect_problem(edge_fixture_call(s, &f, "GET", "/things?lmit=5", key, NULL, none), 400,
                   "VALIDATION");
    expect_problem(edge_fixture_call(s, &f, "GET", "/things/A1", key, NULL, none), 404,
                   "NOT_FOUND");
    EXPECT_STR(edge_fixture_call(s, &f, "GET", "/things", key, NULL, none).body, "{\"limit\":10}");
}

TEST(nesting_past_the_limit_is_refused)
{
    struct edge_fixture f;
    REQUIRE(start(s, &f, 0));
    struct str key = edge_fixture_key(s, &f, "acme", "", "things:write");
    char body[1001];

    memset(body, '[', 1000);
    body[1000] = '\0';
    struct answered a = post_thing(s, &f, key, NULL, body);
    EXPECT(a.code == 400 || a.code == 413);
}

TEST(a_conflict_is_answered_409_and_writes_nothing)
{
    struct edge_fixture f;
    REQUIRE(start(s, &f, 0));
    struct str key = edge_fixture_key(s, &f, "acme", "", "things:read things:write");

    EXPECT_EQUAL(post_thing(s, &f, key, NULL, "{\"name\":\"nut\",\"size\":1}").code, 201);
    expect_problem(post_thing(s, &f, key, NULL, "{\"name\":\"nut\",\"size\":2}"), 409, "CONFLICT");
    EXPECT_STR(edge_fixture_call(s, &f, "GET", "/things/nut", key, NULL, (struct str){0}).body,
               "{\"name\":\"nut\",\"size\":1}");
}

TEST(a_repeated_idempotency_key_gives_the_first_answer_and_does_nothing)
{
    struct edge_fixture f;
    REQUIRE(start(s, &f, 0));
    struct str key = edge_fixture_key(s, &f, "acme", "", "things:read things:write");
    struct str other = edge_fixture_key(s, &f, "acme", "", "things:read things:write");
    const char *once = "Content-Type: application/json\nIdempotency-Key: order-1\n";

    struct answered first = post_thing(s, &f, key, once, "{\"name\":\"cog\"}");
    struct answered again = post_thing(s, &f, key, once, "{\"name\":\"cog\"}");

    EXPECT_EQUAL(first.code, 201);
    EXPECT_EQUAL(again.code, 201);
    EXPECT(str_equal(first.body, again.body));
    EXPECT_STR(http_reply_header(&again.reply, "Idempotency-Replayed"), "true");
    EXPECT_STR(http_reply_header(&again.reply, "Location"), "/things/cog");
    expect_problem(post_thing(s, &f, key, once, "{\"name\":\"cam\"}"), 422, "VALIDATION");
    expect_problem(post_thing(s, &f, other, once, "{\"name\":\"cog\"}"), 409, "CONFLICT");
    sim_advance_us(f.world, 26LL * 3600 * 1000000);
    expect_problem(post_thing(s, &f, key, once, "{\"name\":\"cog\"}"), 409, "CONFLICT");
}

TEST(a_key_that_sends_too_much_is_told_when_to_come_back)
{
    struct edge_fixture f;
    REQUIRE(start(s, &f, 2));
    struct str key = edge_fixture_key(s, &f, "acme", "", "things:read");
    struct str none = {0};

    EXPECT_EQUAL(edge_fixture_call(s, &f, "GET", "/things", key, NULL, none).code, 200);
    struct answered second = edge_fixture_call(s, &f, "GET", "/things", key, NULL, none);
    EXPECT_STR(http_reply_header(&second.reply, "RateLimit"), "\"key\";r=0;t=1");
    struct answered third = edge_fixture_call(s, &f, "GET", "/things", key, NULL, none);
    expect_problem(third, 429, "LIMIT");
    EXPECT_STR(http_reply_header(&third.reply, "Retry-After"), "1");
    sim_advance_us(f.world, 1000000);
    EXPECT_EQUAL(edge_fixture_call(s, &f, "GET", "/things", key, NULL, none).code, 200);
}

TEST(the_document_is_served_in_both_versions)
{
    struct edge_fixture f;
    REQUIRE(start(s, &f, 0));
    struct str none = {0};

    struct answered now = edge_fixture_call(s, &f, "GET", "/openapi.json", none, NULL, none);
    struct answered old =
        edge_fixture_call(s, &f, "GET", "/openapi.json?version=3.0", none, NULL, none);

    EXPECT_STR(json_text(json_member(now.json, "openapi")), "3.1.0");
    EXPECT_STR(json_text(json_member(old.json, "openapi")), "3.0.3");
    EXPECT(str_find(old.body, str("\"const\"")) == old.body.bytes);
}

TEST(only_an_operator_of_the_whole_server_chooses_its_tenant)
{
    struct edge_fixture f;
    REQUIRE(start(s, &f, 0));
    struct str admin = edge_fixture_key(s, &f, "acme", "", "admin");
    struct str bound = edge_fixture_key(s, &f, "acme", "c1", "admin");
    struct str plain = edge_fixture_key(s, &f, "acme", "", "things:read things:write");
    struct str theirs = edge_fixture_key(s, &f, "umbra", "", "things:read");
    const char *as_umbra = "Content-Type: application/json\nSheaf-Tenant: umbra\n";
    const char *as_acme = "Content-Type: application/json\nSheaf-Tenant: acme\n";
    const char *as_none = "Content-Type: application/json\nSheaf-Tenant: ../x\n";
    struct str none = {0};

    EXPECT_EQUAL(post_thing(s, &f, admin, as_umbra, "{\"name\":\"rod\"}").code, 201);
    EXPECT_EQUAL(edge_fixture_call(s, &f, "GET", "/things/rod", theirs, NULL, none).code, 200);
    EXPECT_EQUAL(edge_fixture_call(s, &f, "GET", "/things/rod", admin, NULL, none).code, 404);
    EXPECT_EQUAL(post_thing(s, &f, plain, as_acme, "{\"name\":\"rod\"}").code, 201);
    expect_problem(post_thing(s, &f, plain, as_umbra, "{\"name\":\"rod\"}"), 403, "AUTH");
    expect_problem(post_thing(s, &f, bound, as_umbra, "{\"name\":\"rod\"}"), 403, "AUTH");
    expect_problem(post_thing(s, &f, admin, as_none, "{\"name\":\"rod\"}"), 400, "VALIDATION");
}

TEST(a_key_whose_client_takes_webhooks_comes_with_the_secret_that_signs_them)
{
    struct edge_fixture f;
    REQUIRE(start(s, &f, 0));
    struct str admin = edge_fixture_key(s, &f, "acme", "", "admin");
    const char *json = "Content-Type: application/json\n";
    struct str plain = str("{\"tenant\":\"acme\",\"scopes\":\"things:read\"}");
    struct str told = str("{\"tenant\":\"acme\",\"scopes\":\"things:read\","
                          "\"webhookHosts\":[\"hooks.example\"]}");

    struct answered silent =
        edge_fixture_call(s, &f, "POST", "/operations/keys", admin, json, plain);
    struct answered loud = edge_fixture_call(s, &f, "POST", "/operations/keys", admin, json, told);

    EXPECT(str_starts(json_text(json_member(silent.json, "secret")), str("sk_")));
    EXPECT(json_is(json_member(silent.json, "webhookSecret"), JSON_NONE));
    EXPECT(str_starts(json_text(json_member(loud.json, "webhookSecret")), str("whsec_")));
}

TEST(operators_see_queues_and_the_audit_log)
{
    struct edge_fixture f;
    REQUIRE(start(s, &f, 0));
    struct str admin = edge_fixture_key(s, &f, "acme", "", "admin");
    struct str reader = edge_fixture_key(s, &f, "acme", "", "things:read");
    struct str none = {0};

    EXPECT_EQUAL(edge_fixture_call(s, &f, "GET", "/operations/queues", admin, NULL, none).code,
                 200);
    expect_problem(edge_fixture_call(s, &f, "GET", "/operations/queues", reader, NULL, none), 403,
                   "AUTH");
    struct answered audit = edge_fixture_call(s, &f, "GET", "/operations/audit", admin, NULL, none);
    struct json row = json_at(json_member(audit.json, "items"), 0);
    EXPECT_STR(json_text(json_member(row, "action")), "key.created");
}
