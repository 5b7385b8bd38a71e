// Signicat's webhooks over HTTP: who may send them, which of them are hints, and that none is lost
// or counted twice.
#include "core/hex.h"
#include "core/moment.h"
#include "crypto/digest.h"
#include "services/signing/service_impl.h"
#include "services/signing/signicat_impl.h"
#include "services/signing/signing.h"
#include "store/queue.h"
#include "sys/log.h"
#include "sys/world.h"
#include "test/edge_fixture.h"
#include "test/harness.h"

static const char secret[] = "between sheaf and signicat";
static const struct service *const services[] = {&signing_service, NULL};

static struct edge_fixture *start(struct scope *s)
{
    static const char *const flags[] = {"--signing.signicat_url=https://api.signicat.test/sign",
                                        "--signing.signicat_client_id=sheaf",
                                        "--signing.signicat_client_secret=env:SECRET",
                                        "--signing.signicat_webhook_secret=env:SECRET",
                                        "--signing.signicat_webhook_header=X-Test-Signature"};
    enum { FLAGS = sizeof flags / sizeof flags[0] };
    char **given = scope_array(s, FLAGS + 1, sizeof *given);
    struct edge_fixture *f = scope_new(s, struct edge_fixture);
    struct edge_fixture_options options = {
        .services = services,
        .flow = true,
        .flags = given,
        .environment = (char *[]){str_z(s, str_concat(s, 2, str("SECRET="), str(secret))), NULL},
    };

    for (size_t i = 0; i < FLAGS; i++)
        given[i] = str_z(s, str(flags[i]));
    log_capture(s, world_real());
    return edge_fixture_start(s, &options, f) ? f : NULL;
}

static struct str event(struct scope *s, const char *id, const char *name, const char *data)
{
    return str_format(
        s,
        "{\"id\":\"%s\",\"timestamp\":\"2026-01-01T00:00:00.1234567Z\",\"sender\":"
        "\"signature-api\",\"eventName\":\"%s\",\"eventData\":%s,\"accountId\":\"a\","
        "\"organizationId\":null,\"expiresAt\":\"2026-01-02T00:00:00Z\",\"tags\":null}",
        id, name, data);
}

static struct answered send_signed(struct scope *s, struct edge_fixture *f, const char *path,
                                   const char *prefix, struct str key, struct str body)
{
    uint8_t mac[SHA256_BYTES];

    hmac_sha256_once(key, body, mac);
    struct str headers =
        str_format(s, "Content-Type: application/json; charset=utf-8\nX-Test-Signature: %s%.*s\n",
                   prefix, STR(hex_encode(s, str_of(mac, sizeof mac))));
    return edge_fixture_call(s, f, "POST", path, (struct str){0}, str_z(s, headers), body);
}

static struct answered send(struct scope *s, struct edge_fixture *f, const char *path,
                            struct str body)
{
    return send_signed(s, f, path, "", str(secret), body);
}

static uint64_t hints(struct edge_fixture *f)
{
    struct queue_stats stats;

    queue_stats(f->store, &signing_sessions_queue, &stats);
    return stats.ready + stats.delayed;
}

#define COMPLETED "signing-session.completed"
#define DATA(reference)                                                                            \
    "{\"id\":\"s1\",\"externalReference\":\"" reference "\",\"state\":\"SIGNED\"}"

TEST(a_signed_event_is_a_hint_once)
{
    struct edge_fixture *f = start(s);
    REQUIRE(f);
    struct str body = event(s, "e1", COMPLETED, DATA("2026-01-01-D1#1@acme"));

    struct answered a = send(s, f, "/sign-webhook/2026-01-01-D1", body);
    EXPECT_EQUAL(a.code, 200);
    EXPECT_STR(json_text(json_member(a.json, "taken")), "hint");
    EXPECT_EQUAL(hints(f), 1);
    a = send_signed(s, f, "/sign-webhook", "sha256=", str(secret), body);
    EXPECT_STR(json_text(json_member(a.json, "taken")), "known");
    EXPECT_EQUAL(hints(f), 1);
    body = event(s, "e2", COMPLETED, DATA("2026-01-01-D1#1@acme"));
    a = send(s, f, "/sign-webhook", body);
    EXPECT_STR(json_text(json_member(a.json, "taken")), "hint");
    EXPECT_EQUAL(hints(f), 2);
}

TEST(an_event_whose_signature_does_not_fit_is_refused)
{
    struct edge_fixture *f = start(s);
    REQUIRE(f);
    struct str body = event(s, "e1", COMPLETED, DATA("2026-01-01-D1#1@acme"));

    EXPECT_EQUAL(send_signed(s, f, "/sign-webhook", "", str("another"), body).code, 401);
    EXPECT_EQUAL(send_signed(s, f, "/sign-webhook", "md5=", str(secret), body).code, 401);
    EXPECT_EQUAL(edge_fixture_call(s, f, "POST", "/sign-webhook", (struct str){0},
                                   "Content-Type: application/json\n", body)
                     .code,
                 401);
    EXPECT_EQUAL(hints(f), 0);
}

TEST(address_and_reference_must_agree)
{
    struct edge_fixture *f = start(s);
    REQUIRE(f);
    struct str body = event(s, "e1", COMPLETED, DATA("2026-01-01-D1#1@acme"));

    EXPECT_EQUAL(send(s, f, "/sign-webhook/2026-01-01-D2", body).code, 422);
    EXPECT_EQUAL(hints(f), 0);
    EXPECT_EQUAL(send(s, f, "/sign-webhook/2026-01-01-D1", body).code, 200);
}

TEST(what_is_no_hint_is_answered_all_the_same)
{
    static const struct {
        const char *name, *data;
    } cases[] = {
        {"signing-session.opened", DATA("2026-01-01-D1#1@acme")},
        {COMPLETED, DATA("somebody elses")},
        {COMPLETED, DATA("")},
        {COMPLETED, "{}"},
        {COMPLETED, "null"},
        {COMPLETED, "{\"id\":\"../x\"}"},
        {"package.completed", "{\"documentCollectionId\":\"c1\"}"},
    };
    struct edge_fixture *f = start(s);
    REQUIRE(f);

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct str id = str_format(s, "e%zu", i);
        struct answered a =
            send(s, f, "/sign-webhook", event(s, str_z(s, id), cases[i].name, cases[i].data));
        EXPECT_EQUAL(a.code, 200);
        EXPECT_STR(json_text(json_member(a.json, "taken")), "ignored");
    }
    EXPECT_EQUAL(hints(f), 0);
}

TEST(an_event_that_is_none_is_invalid)
{
    static const char *const bodies[] = {"",
                                         "[]",
                                         "{}",
                                         "{\"id\":7}",
                                         "{\"id\":\"\"}",
                                         "{\"id\":\"a b\",\"eventData\":{}}",
                                         "{\"id\":\"a\",\"eventData\":7}"};
    struct edge_fixture *f = start(s);
    REQUIRE(f);

    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        EXPECT_EQUAL(send(s, f, "/sign-webhook", str(bodies[i])).code, 400);
}

TEST(an_event_of_a_package_finds_its_bundle)
{
    struct edge_fixture *f = start(s);
    REQUIRE(f);
    struct signicat p = {.options = {.world = f->world, .store = f->store}};
    struct session_request r = {.tenant = str("acme"), .bundle_id = str("2026-01-01-D1")};
    struct signicat_made made = {str("d1"), str("c1")};

    EXPECT_OK(signicat_made_put(s, &p, &r, str("2026-01-01-D1#1@acme"), &made));
    signicat_session_put(s, &p, &r, str("s1"));
    EXPECT_EQUAL(send(s, f, "/sign-webhook",
                      event(s, "e1", "package.completed", "{\"documentCollectionId\":\"c1\"}"))
                     .code,
                 200);
    EXPECT_EQUAL(hints(f), 1);
    EXPECT_EQUAL(send(s, f, "/sign-webhook", event(s, "e2", COMPLETED, "{\"id\":\"s1\"}")).code,
                 200);
    EXPECT_EQUAL(hints(f), 2);
    EXPECT_EQUAL(
        send(s, f, "/sign-webhook/2026-01-01-D9", event(s, "e3", COMPLETED, "{\"id\":\"s1\"}"))
            .code,
        422);
}

TEST(the_page_to_come_back_to_says_how_it_went)
{
    struct edge_fixture *f = start(s);
    REQUIRE(f);
    struct answered a = edge_fixture_call(s, f, "GET", "/sign-return?result=success",
                                          (struct str){0}, NULL, (struct str){0});

    EXPECT_EQUAL(a.code, 200);
    EXPECT(str_find(a.body, str("Tack!")) < a.body.bytes);
    EXPECT_EQUAL(edge_fixture_call(s, f, "GET", "/sign-return?result=<script>", (struct str){0},
                                   NULL, (struct str){0})
                     .code,
                 400);
}
