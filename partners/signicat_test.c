// Signicat's side: what it takes and refuses, what it gives back, and its webhooks.
#include "partners/signicat.h"

#include "core/json.h"
#include "core/moment.h"
#include "document/pdf/inspect.h"
#include "http/client.h"
#include "partners/signicat_port.h"
#include "services/signing/provider_signicat.h"
#include "sys/sim.h"
#include "sys/world.h"
#include "test/harness.h"
#include "test/pdf_fixture.h"

enum { S = 1000000 };

struct party {
    struct world *world;
    struct esign *e;
    struct str token;
    struct str document_id, collection_id;
};

static void end(void *context)
{
    struct party *p = context;

    esign_free(p->e);
    sim_free(p->world);
}

static struct esign_reply call(struct scope *s, struct party *p, const char *method,
                               const char *path, const char *type, struct str body)
{
    struct esign_reply reply = {0};
    struct str rest = str(path);
    struct esign_call c = {.method = str(method),
                           .path = str_cut(&rest, '?'),
                           .query = rest,
                           .authorization = str_concat(s, 2, str("Bearer "), p->token),
                           .content_type = str(type),
                           .body = body};

    esign_call(s, p->e, &c, &reply);
    return reply;
}

static struct json read(struct scope *s, struct esign_reply reply)
{
    struct json j = {0};

    EXPECT_OK(json_parse(s, reply.body, &json_limits_strict, &j));
    return j;
}

static struct str made(struct scope *s, struct party *p, const char *path, const char *type,
                       struct str body, const char *name)
{
    struct esign_reply reply = call(s, p, "POST", path, type, body);

    EXPECT_EQUAL(reply.code, 200);
    return json_text(json_member(read(s, reply), name));
}

static struct party *start(struct scope *s, struct faults faults)
{
    struct party *p = scope_new(s, struct party);
    struct pdf_fixture pdf = {.pages = 2, .word = "contract"};

    p->world = sim_new(1);
    p->e = esign_new(&(struct esign_options){.world = p->world, .seed = 1, .faults = faults});
    scope_defer(s, end, p);
    p->token = made(s, p, "/auth/open/connect/token", "application/x-www-form-urlencoded",
                    str("grant_type=client_credentials&scope=signicat-api&client_id=a&"
                        "client_secret=b"),
                    "access_token");
    p->document_id =
        made(s, p, "/sign/documents", "application/pdf", pdf_fixture(s, &pdf), "documentId");
    p->collection_id = made(
        s, p, "/sign/document-collections", "application/json",
        str_format(s, "{\"documents\":[{\"documentId\":\"%.*s\"}]}", STR(p->document_id)), "id");
    return p;
}

// A session's request: what is always wanted, and more.
static struct str request(struct scope *s, const struct party *p, const char *more)
{
    return str_format(s,
                      "[{\"title\":\"t\",\"documents\":[{\"action\":\"SIGN\",\"documentId\":"
                      "\"%.*s\",\"documentCollectionId\":\"%.*s\"}],\"externalReference\":\"b1#1\","
                      "\"signingSetup\":[{\"signingFlow\":\"PKISIGNING\",\"vendor\":\"SBID\"}]%s}]",
                      STR(p->document_id), STR(p->collection_id), more);
}

static struct json session(struct scope *s, struct party *p, const char *more)
{
    struct esign_reply reply =
        call(s, p, "POST", "/sign/signing-sessions", "application/json", request(s, p, more));

    EXPECT_EQUAL(reply.code, 200);
    return json_at(read(s, reply), 0);
}

TEST(what_a_session_lacks_or_has_wrong_is_named)
{
    static const struct {
        const char *more, *name; // NULL: it is right
    } cases[] = {
        {"", NULL},
        {",\"dueDate\":\"2026-01-30T00:00:00Z\"", NULL},
        {",\"dueDate\":\"2026-02-01T00:00:01Z\"", "[0].dueDate"},
        {",\"dueDate\":\"2025-12-31T00:00:00Z\"", "[0].dueDate"},
        {",\"dueDate\":\"tomorrow\"", "[0].dueDate"},
        {",\"ui\":{\"language\":\"sv\"}", NULL},
        {",\"ui\":{\"language\":\"se\"}", "[0].ui.language"},
        {",\"packageTo\":[\"PADES_CONTAINER\"]", NULL},
        {",\"packageTo\":[\"ZIP\"]", "[0].packageTo"},
        {",\"redirectSettings\":{\"success\":\"https://a.test/\",\"cancel\":\"https://a.test/\"}",
         "[0].redirectSettings.error"},
        {",\"redirectSettings\":{\"success\":\"https://a.test/\",\"cancel\":\"x\",\"error\":"
         "\"https://a.test/\"}",
         "[0].redirectSettings.cancel"},
        {",\"signer\":{\"email\":7}", "[0].signer.email"},
        {",\"signer\":{\"validations\":[\"NAME\"]}", "[0].signer.validations"},
        {",\"titel\":\"t\"", "[0]"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct party *p = start(s, faults_none());
        struct esign_reply reply = call(s, p, "POST", "/sign/signing-sessions", "application/json",
                                        request(s, p, cases[i].more));
        struct json first = json_at(json_member(read(s, reply), "invalidParams"), 0);
        EXPECT_EQUAL(reply.code, cases[i].name ? 400 : 200);
        EXPECT_STR(json_text(json_member(first, "name")), cases[i].name ? cases[i].name : "");
    }
}

TEST(who_has_no_token_or_an_old_one_gets_401)
{
    struct party *p = start(s, faults_none());
    struct str token = p->token;

    p->token = str("another");
    EXPECT_EQUAL(call(s, p, "GET", "/sign/signing-sessions", "", (struct str){0}).code, 401);
    p->token = token;
    EXPECT_EQUAL(call(s, p, "GET", "/sign/signing-sessions", "", (struct str){0}).code, 200);
    sim_advance_us(p->world, 601 * (int64_t)S);
    EXPECT_EQUAL(call(s, p, "GET", "/sign/signing-sessions", "", (struct str){0}).code, 401);
    EXPECT_EQUAL(esign_counts(p->e).stale_tokens, 2);
}

TEST(a_signed_document_has_a_real_signature_with_its_permission)
{
    for (uint32_t permission = 0; permission <= 3; permission++) {
        struct faults faults = faults_none();
        faults.permission = permission;
        struct party *p = start(s, faults);
        struct json j = session(s, p, "");
        EXPECT(esign_visit(p->e, json_text(json_member(j, "signatureUrl")), ESIGN_SIGN, NULL));
        struct str path =
            str_concat(s, 2, str("/sign/signing-sessions/"), json_text(json_member(j, "id")));
        j = read(s, call(s, p, "GET", str_z(s, path), "", (struct str){0}));
        EXPECT_STR(json_text(json_path(j, "lifecycle.state")), "SIGNED");
        struct json result = json_at(json_path(j, "output.signatures"), 0);
        path = str_concat(s, 2, str("/sign/documents/"),
                          json_text(json_member(result, "resultDocumentId")));
        struct esign_reply reply = call(s, p, "GET", str_z(s, path), "", (struct str){0});
        struct pdf_facts facts = {0};
        REQUIRE_OK(pdf_inspect(s, reply.body, &facts));
        EXPECT_EQUAL(facts.signature_count, 1);
        EXPECT_EQUAL(facts.permits, permission);
    }
}

TEST(a_session_that_waits_for_another_is_blocked)
{
    struct party *p = start(s, faults_none());
    struct json first = session(s, p, "");
    struct str more =
        str_format(s, ",\"subsequentTo\":[\"%.*s\"]", STR(json_text(json_member(first, "id"))));
    struct json second = session(s, p, str_z(s, more));
    struct str path =
        str_concat(s, 2, str("/sign/signing-sessions/"), json_text(json_member(second, "id")));

    EXPECT_STR(json_text(json_path(second, "lifecycle.state")), "BLOCKED");
    EXPECT(esign_visit(p->e, json_text(json_member(first, "signatureUrl")), ESIGN_SIGN, NULL));
    second = read(s, call(s, p, "GET", str_z(s, path), "", (struct str){0}));
    EXPECT_STR(json_text(json_path(second, "lifecycle.state")), "READY");
}

TEST(what_a_live_session_uses_cannot_be_deleted)
{
    struct party *p = start(s, faults_none());
    struct json j = session(s, p, "");
    struct str document = str_concat(s, 2, str("/sign/documents/"), p->document_id);
    struct str one =
        str_concat(s, 2, str("/sign/signing-sessions/"), json_text(json_member(j, "id")));

    EXPECT_EQUAL(call(s, p, "DELETE", str_z(s, document), "", (struct str){0}).code, 409);
    EXPECT_EQUAL(call(s, p, "DELETE", str_z(s, one), "", (struct str){0}).code, 204);
    EXPECT_EQUAL(call(s, p, "GET", str_z(s, one), "", (struct str){0}).code, 404);
    EXPECT_EQUAL(call(s, p, "DELETE", str_z(s, document), "", (struct str){0}).code, 204);
}

TEST(a_webhook_is_made_until_it_is_taken)
{
    struct faults faults = faults_none();
    struct str bundle_id = {0};
    struct str body = {0};

    faults.delay_ms = 0;
    struct party *p = start(s, faults);
    struct json j = session(s, p, "");
    EXPECT(esign_visit(p->e, json_text(json_member(j, "signatureUrl")), ESIGN_REJECT, "no"));
    for (unsigned i = 0; i < 2; i++) { // opened, rejected
        struct esign_event *event = esign_take_event(s, p->e, &bundle_id, &body);
        REQUIRE(event);
        EXPECT_STR(bundle_id, "b1");
        esign_event_sent(p->e, event, i == 0 ? 204 : 500);
    }
    EXPECT(!esign_take_event(s, p->e, &bundle_id, &body));
    sim_advance_us(p->world, S);
    struct esign_event *event = esign_take_event(s, p->e, &bundle_id, &body);
    REQUIRE(event);
    esign_event_sent(p->e, event, 200);
    REQUIRE_OK(json_parse(s, body, &json_limits_strict, &j));
    EXPECT_STR(json_text(json_member(j, "eventName")), "signing-session.rejected");
    EXPECT_STR(json_text(json_path(j, "eventData.state")), "REJECTED");
    EXPECT_EQUAL(esign_counts(p->e).events, 2);
    EXPECT_EQUAL(esign_next_us(p->e) > world_now_us(p->world), 1);
}

TEST(people_sign_reject_or_forget_by_themselves)
{
    struct faults faults = faults_none();

    faults.reject = faults.leave = 30;
    struct party *p = start(s, faults);
    esign_free(p->e);
    p->e = NULL;
    p->e = esign_new(&(struct esign_options){
        .world = p->world, .seed = 1, .faults = faults, .signees = true, .plain = true});
    p->token = made(s, p, "/auth/open/connect/token", "application/x-www-form-urlencoded",
                    str("grant_type=client_credentials&scope=signicat-api&client_id=a&"
                        "client_secret=b"),
                    "access_token");
    p->document_id =
        made(s, p, "/sign/documents", "application/pdf", str("%PDF-1.7"), "documentId");
    p->collection_id = made(
        s, p, "/sign/document-collections", "application/json",
        str_format(s, "{\"documents\":[{\"documentId\":\"%.*s\"}]}", STR(p->document_id)), "id");
    for (unsigned i = 0; i < 40; i++) {
        struct str text = request(s, p, "");
        struct str at = str("b1#1");
        size_t place = str_find(text, at);
        text = str_format(s, "%.*sb%u#1%.*s", STR(str_slice(text, 0, place)), i,
                          STR(str_slice(text, place + at.bytes, text.bytes)));
        EXPECT_EQUAL(call(s, p, "POST", "/sign/signing-sessions", "application/json", text).code,
                     200);
    }
    sim_advance_us(p->world, 31 * MOMENT_DAY_US);
    esign_turn(p->e);
    struct esign_counts c = esign_counts(p->e);
    EXPECT_EQUAL(c.signed_ones + c.rejected + c.expired, 40);
    EXPECT(c.signed_ones > 10 && c.rejected > 0 && c.expired > 3);
}

// -- over sockets --------------------------------------------------------------------------------

static void stop_port(void *port)
{
    esign_port_stop(port);
}

static void close_client(void *client)
{
    http_client_free(client);
}

static int press(struct scope *s, struct http_client *http, struct str link, const char *act)
{
    struct http_reply reply = {0};
    struct http_field type = {str("Content-Type"), str("application/x-www-form-urlencoded")};
    struct http_request r = {.method = "POST",
                             .url = link,
                             .headers = &type,
                             .header_count = 1,
                             .body = str_concat(s, 2, str("act="), str(act)),
                             .allow_private = true};

    EXPECT_OK(http_call(s, http, &r, &reply));
    return reply.code;
}

TEST(the_provider_signs_with_a_person_over_loopback)
{
    struct esign_port *port = NULL;
    struct signicat *p = NULL;
    struct session session = {0};
    struct str pdf = {0};
    struct pdf_fixture paper = {.pages = 3, .word = "contract"};
    struct esign_port_options options = {.seed = 1,
                                         .faults = faults_none(),
                                         .client_id = str("sheaf"),
                                         .client_secret = str("secret")};

    options.faults.package_ms = 0;
    REQUIRE_OK(esign_port_start(s, &options, &port));
    scope_defer(s, stop_port, port);
    struct http_client *http = http_client_new(&(struct http_client_options){0});
    scope_defer(s, close_client, http);
    struct str url = esign_port_url(port);
    REQUIRE_OK(
        signicat_open(s,
                      &(struct signicat_options){
                          .world = world_real(),
                          .http = http,
                          .url = str_concat(s, 2, url, str("/sign")),
                          .token_url = str_concat(s, 2, url, str("/auth/open/connect/token")),
                          .client_id = str("sheaf"),
                          .client_secret = str("secret"),
                          .flow = str("PKISIGNING"),
                          .vendor = str("SBID"),
                          .package = true,
                          .return_url = str("http://sheaf.test/back"),
                          .allow_private = true},
                      &p));
    struct session_request wanted = {.tenant = str("acme"),
                                     .bundle_id = str("b1"),
                                     .reference = str("b1#1"),
                                     .title = str("t"),
                                     .language = str("sv"),
                                     .due_at_us = world_now_us(world_real()) + MOMENT_DAY_US,
                                     .pdf = pdf_fixture(s, &paper)};

    REQUIRE_OK(signicat_provider.create(s, p, &wanted, &session));
    EXPECT_EQUAL(press(s, http, session.link, "leave"), 303);
    EXPECT_EQUAL(press(s, http, session.link, "sign"), 303);
    EXPECT_EQUAL(press(s, http, session.link, "sign"), 404);
    esign_turn(esign_port_esign(port));
    REQUIRE_OK(signicat_provider.fetch(s, p, wanted.tenant, session.id, &pdf));
    struct pdf_facts facts = {0};
    REQUIRE_OK(pdf_inspect(s, pdf, &facts));
    EXPECT_EQUAL(facts.signature_count, 1);
    EXPECT_EQUAL(facts.page_count, 3);
    EXPECT_EQUAL(esign_counts(esign_port_esign(port)).malformed, 0);
}
