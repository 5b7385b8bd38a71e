// A protocol beside the product's routes, over real HTTP: who may call and how, and calls that wait
// without a thread.
#include "core/moment.h"
#include "core/scope.h"
#include "crypto/sigv4.h"
#include "edge/access_key.h"
#include "edge/call.h"
#include "edge/protocol.h"
#include "http/wire_test.h"
#include "sys/sim.h"
#include "sys/thread.h"
#include "sys/world.h"
#include "test/edge_fixture.h"

#include "test/harness.h"

#include <stdatomic.h>

enum { WAIT_S = 60, CALLERS = 8 };

static atomic_int work;  // pieces that calls may take
static atomic_int looks; // at it

static enum status tell(struct scope *s, struct call *c)
{
    const struct principal *p = call_principal(c);

    TRY(principal_require(s, p, str("echo:read")));
    call_answer(
        c, 200,
        str_format(s, "{\"tenant\":\"%.*s\",\"account\":%zu}", STR(p->tenant), p->account.bytes));
    return OK;
}

static enum status wait_for_work(struct call *c)
{
    call_watch(c, str("work"));
    int left = atomic_load(&work);
    while (left > 0 && !atomic_compare_exchange_weak(&work, &left, left - 1))
        continue;
    atomic_fetch_add(&looks, 1);
    if (left == 0 && call_park(c, WAIT_S))
        return OK;
    call_answer(c, 200, str(left > 0 ? "{\"work\":true}" : "{\"work\":false}"));
    return OK;
}

static enum status run(struct scope *s, struct call *c)
{
    struct str target = call_header(c, "X-Amz-Target");

    if (str_is(target, "Echo.Tell"))
        return tell(s, c);
    if (str_is(target, "Echo.Wait"))
        return wait_for_work(c);
    call_name_fault(c, "NoOperation");
    return fail(s, NOT_FOUND, "there is no such operation");
}

static void refuse(struct call *c, const struct refusal *r)
{
    struct json_member members[] = {
        {str("name"), json_string(str(r->name))},
        {str("status"), json_string(str(status_name(r->status)))},
        {str("signature"), json_bool(r->signature != SIGV4_SOUND)},
    };

    call_answer_json(c, 400, json_object(members, 3));
}

static const struct protocol_def protocols[] = {
    {.signing_name = "echo",
     .target = "Echo.",
     .body_bytes_max = 1000,
     .run = run,
     .refuse = refuse},
    {0},
};
static const struct table_def *const tables[] = {NULL};
static const struct queue_def *const queues[] = {NULL};
static const struct bucket_def *const buckets[] = {NULL};
static const struct service echo_service = {
    .name = "echo",
    .protocols = protocols,
    .schema = {.tables = tables, .queues = queues, .buckets = buckets},
};
static const struct service *const services[] = {&echo_service, NULL};

static bool start(struct scope *s, struct edge_fixture *f)
{
    struct edge_fixture_options options = {.services = services,
                                           .openapi = edge_fixture_document(s, "{}")};

    atomic_store(&work, 0);
    atomic_store(&looks, 0);
    return edge_fixture_start(s, &options, f);
}

static struct answered call(struct scope *s, struct edge_fixture *f, struct access_key access,
                            const char *target)
{
    struct aws_call request = {
        .access = access, .service = "echo", .target = target, .body = str("{}")};

    return edge_fixture_aws_call(s, f, &request);
}

static void expect_refused(struct answered a, const char *status, bool signature)
{
    EXPECT_EQUAL(a.code, 400);
    EXPECT_STR(json_text(json_member(a.json, "status")), status);
    EXPECT(json_is(json_member(a.json, "signature"), signature ? JSON_TRUE : JSON_FALSE));
}

TEST(who_signs_with_the_access_key_of_a_key_is_that_key)
{
    struct edge_fixture f;
    REQUIRE(start(s, &f));
    struct str key = edge_fixture_key(s, &f, "acme", "", "echo:read");
    struct access_key access = edge_fixture_access(s, &f, key);

    struct answered a = call(s, &f, access, "Echo.Tell");

    EXPECT_EQUAL(access.id.bytes, 20);
    EXPECT_EQUAL(access.secret.bytes, 40);
    EXPECT_STR(a.body, "{\"tenant\":\"acme\",\"account\":12}");
    EXPECT(http_reply_header(&a.reply, "X-Request-Id").bytes == 36);
    struct aws_call bearer = {.target = "Echo.Tell", .bearer = key};
    EXPECT_EQUAL(edge_fixture_aws_call(s, &f, &bearer).code, 200);
}

TEST(a_signature_that_proves_nothing_is_refused_in_the_protocols_words)
{
    struct edge_fixture f;
    REQUIRE(start(s, &f));
    struct str key = edge_fixture_key(s, &f, "acme", "", "other:read");
    struct access_key access = edge_fixture_access(s, &f, key);
    struct access_key forged = {access.id, str("0123456789012345678901234567890123456789")};
    struct access_key unknown = {str("SHEA2222222222222222"), access.secret};
    struct access_key foreign = {str("AKIAIOSFODNN7EXAMPLE"), access.secret};
    struct aws_call late = {.access = access,
                            .service = "echo",
                            .target = "Echo.Tell",
                            .skew_us = -16 * MOMENT_MINUTE_US};
    struct aws_call nobody = {.target = "Echo.Tell"};

    expect_refused(call(s, &f, access, "Echo.Tell"), "DENIED", false);
    expect_refused(call(s, &f, forged, "Echo.Tell"), "UNAUTHENTICATED", true);
    expect_refused(call(s, &f, unknown, "Echo.Tell"), "UNAUTHENTICATED", true);
    expect_refused(call(s, &f, foreign, "Echo.Tell"), "UNAUTHENTICATED", true);
    expect_refused(edge_fixture_aws_call(s, &f, &late), "UNAUTHENTICATED", true);
    expect_refused(edge_fixture_aws_call(s, &f, &nobody), "UNAUTHENTICATED", false);
    struct answered named = call(s, &f, access, "Echo.Nothing");
    EXPECT_STR(json_text(json_member(named.json, "name")), "NoOperation");
}

TEST(a_revoked_keys_access_key_is_refused_and_a_body_over_the_limit_too)
{
    struct edge_fixture f;
    REQUIRE(start(s, &f));
    struct str key = edge_fixture_key(s, &f, "acme", "", "echo:read");
    struct str operator_key = edge_fixture_key(s, &f, "acme", "", "admin operate");
    struct access_key access = edge_fixture_access(s, &f, key);
    struct aws_call large = {.access = access,
                             .service = "echo",
                             .target = "Echo.Tell",
                             .body = str_of(scope_alloc(s, 1001), 1001)};

    EXPECT_EQUAL(edge_fixture_aws_call(s, &f, &large).code, 413);
    EXPECT_EQUAL(call(s, &f, access, "Echo.Tell").code, 200);
    struct str path = str_concat(s, 2, str("/operations/keys/"), str_slice(key, 3, 16));
    EXPECT_EQUAL(
        edge_fixture_call(s, &f, "DELETE", str_z(s, path), operator_key, NULL, (struct str){0})
            .code,
        204);
    expect_refused(call(s, &f, access, "Echo.Tell"), "UNAUTHENTICATED", true);
}

TEST(routes_of_the_product_take_signatures_for_execute_api)
{
    struct edge_fixture f;
    REQUIRE(start(s, &f));
    struct str key = edge_fixture_key(s, &f, "acme", "", "operate");
    struct access_key access = edge_fixture_access(s, &f, key);
    static const struct {
        const char *service;
        const char *path;
        int code;
    } cases[] = {{"execute-api", "/operations/keys", 200},
                 {"execute-api", "/operations/nothing", 404},
                 {"sqs", "/operations/keys", 401}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sigv4_header host = {str("Host"), str_slice(f.url, 7, f.url.bytes)};
        struct sigv4_request request = {.method = str("GET"),
                                        .path = str(cases[i].path),
                                        .query = str("limit=2"),
                                        .headers = &host,
                                        .header_count = 1};
        struct sigv4_signer signer = {.access_key = access.id,
                                      .secret = access.secret,
                                      .region = str("eu-north-1"),
                                      .service = str(cases[i].service),
                                      .now_us = world_now_us(f.world)};
        struct sigv4_signed presigned = {0};
        REQUIRE_OK(sigv4_presign(s, &signer, &request, 60, &presigned));
        struct str path = str_concat(s, 3, request.path, str("?"), presigned.query);
        EXPECT_EQUAL(
            edge_fixture_call(s, &f, "GET", str_z(s, path), (struct str){0}, NULL, (struct str){0})
                .code,
            cases[i].code);
    }
}

// Callers that wait at the same time, each on a thread of its own.
struct caller {
    struct edge_fixture *f;
    struct access_key access;
    bool got;
};

static void wait_there(void *argument)
{
    struct caller *c = argument;
    struct scope *s = scope_open(1 << 20);
    struct answered a = call(s, c->f, c->access, "Echo.Wait");

    c->got = json_is(json_member(a.json, "work"), JSON_TRUE);
    scope_close(s);
}

static void start_callers(struct caller *callers, struct thread **threads, struct edge_fixture *f,
                          struct access_key access)
{
    for (size_t i = 0; i < CALLERS; i++) {
        callers[i] = (struct caller){.f = f, .access = access};
        threads[i] = thread_start("caller", wait_there, &callers[i]);
    }
    while (atomic_load(&looks) < CALLERS)
        thread_pause_us(1000);
}

static size_t count_got(struct caller *callers, struct thread **threads)
{
    size_t count = 0;

    for (size_t i = 0; i < CALLERS; i++) {
        thread_join(threads[i]);
        count += callers[i].got;
    }
    return count;
}

TEST(calls_wait_without_a_thread_until_there_is_work_or_their_time_is_over)
{
    struct edge_fixture f; // with two threads for handlers
    struct caller callers[CALLERS];
    struct thread *threads[CALLERS];
    REQUIRE(start(s, &f));
    struct str key = edge_fixture_key(s, &f, "acme", "", "echo:read");
    struct access_key access = edge_fixture_access(s, &f, key);

    start_callers(callers, threads, &f, access);
    EXPECT_EQUAL(call(s, &f, access, "Echo.Tell").code, 200);
    atomic_store(&work, 3);
    edge_wake(f.edge, str("work"));
    while (atomic_load(&work) > 0)
        thread_pause_us(1000);
    sim_advance_us(f.world, WAIT_S * MOMENT_SECOND_US);
    edge_tend(f.edge);

    EXPECT_EQUAL(count_got(callers, threads), 3);
}

TEST(who_has_left_is_not_given_what_it_waited_for)
{
    struct edge_fixture f;
    REQUIRE(start(s, &f));
    struct str key = edge_fixture_key(s, &f, "acme", "", "echo:read");
    struct access_key access = edge_fixture_access(s, &f, key);
    uint64_t port = 0;
    size_t at = sizeof "http://127.0.0.1:" - 1;
    REQUIRE(str_to_u64(str_slice(f.url, at, f.url.bytes), UINT16_MAX, &port));
    struct scope *visit = scope_open(1 << 20);

    int fd = wire_open(visit, (uint16_t)port);
    wire_send(fd, str_format(s,
                             "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: Echo.Wait\r\n"
                             "Authorization: Bearer %.*s\r\nContent-Length: 2\r\n\r\n{}",
                             STR(key)));
    while (atomic_load(&looks) < 1)
        thread_pause_us(1000);
    scope_close(visit);
    atomic_store(&work, 1);
    edge_wake(f.edge, str("work"));

    struct answered a = call(s, &f, access, "Echo.Wait");
    EXPECT(json_is(json_member(a.json, "work"), JSON_TRUE));
}

TEST(calls_that_wait_are_answered_when_the_server_stops)
{
    struct edge_fixture f;
    struct caller callers[CALLERS];
    struct thread *threads[CALLERS];
    REQUIRE(start(s, &f));
    struct str key = edge_fixture_key(s, &f, "acme", "", "echo:read");

    start_callers(callers, threads, &f, edge_fixture_access(s, &f, key));
    edge_drain(f.edge);

    EXPECT_EQUAL(count_got(callers, threads), 0);
}
