// What a partner's answers mean, and how callbacks are proven.
#include "services/receipts/partner.h"

#include "core/hex.h"
#include "core/scope.h"
#include "crypto/digest.h"
#include "http/client.h"
#include "sys/log.h"
#include "sys/sim.h"
#include "sys/world.h"
#include "test/harness.h"

// A partner that gives one answer, and keeps what it was asked.
struct played {
    enum status status;
    int code;
    struct str body;
    struct scope *scope;
    struct str method;
    struct str url;
    struct str sent;
};

static enum status play(void *context, struct scope *s, const struct http_request *request,
                        struct http_reply *out)
{
    struct played *p = context;

    p->method = str(request->method);
    p->url = str_copy(p->scope, request->url);
    p->sent = str_copy(p->scope, request->body);
    if (p->status != OK)
        return fail(s, p->status, "it went wrong");
    *out = (struct http_reply){.code = p->code, .body = p->body};
    return OK;
}

static void close_client(void *client)
{
    http_client_free(client);
}

static void stop_world(void *w)
{
    sim_free(w);
}

static struct partner_client *open_partner(struct scope *s, struct played *p, const char *url)
{
    struct http_client *http =
        http_client_new(&(struct http_client_options){.stand_in = play, .stand_in_context = p});
    struct partner_options options = {
        .world = sim_new(1), .partner = PARTNER_TAX, .url = str(url), .secret = str("secret")};
    struct partner_client *client = NULL;

    p->scope = s;
    scope_defer(s, close_client, http);
    scope_defer(s, stop_world, options.world);
    EXPECT_OK(partner_open(s, http, &options, &client));
    log_capture(s, options.world);
    return client;
}

static const struct receipt receipt = {
    .id = STR_INIT("019b8e5a-0000-7000-8000-000000000000"),
    .client = STR_INIT("shop"),
    .media_type = STR_INIT("application/json"),
};

TEST(an_answer_to_a_registration_means_what_it_says)
{
    static const struct {
        enum status status; // of the call
        int code;
        const char *body;
        enum status is;
        enum registration_state state;
    } cases[] = {
        {OK, 200, "{\"status\":\"confirmed\",\"reference\":\"R\"}", OK, REGISTRATION_CONFIRMED},
        {OK, 201, "{\"status\":\"confirmed\"}", OK, REGISTRATION_CONFIRMED},
        {OK, 200, "{\"status\":\"refused\",\"reason\":\"no\"}", OK, REGISTRATION_REFUSED},
        {OK, 200, "{\"status\":\"pending\"}", OK, REGISTRATION_SENT},
        {OK, 202, "", OK, REGISTRATION_SENT},
        {OK, 200, "{\"status\":\"fine\"}", OK, REGISTRATION_UNKNOWN},
        {OK, 200, "[]", OK, REGISTRATION_UNKNOWN},
        {OK, 200, "<html>", OK, REGISTRATION_UNKNOWN},
        {OK, 204, "", OK, REGISTRATION_UNKNOWN},
        {OK, 500, "", OK, REGISTRATION_UNKNOWN},
        {OK, 503, "", OK, REGISTRATION_UNKNOWN},
        {OK, 400, "{\"reason\":\"no\"}", OK, REGISTRATION_REFUSED},
        {OK, 409, "", OK, REGISTRATION_REFUSED},
        {OK, 422, "<html>", OK, REGISTRATION_REFUSED},
        {OK, 301, "", TEMPORARY, 0},
        {OK, 401, "", TEMPORARY, 0},
        {OK, 403, "", TEMPORARY, 0},
        {OK, 404, "", TEMPORARY, 0},
        {OK, 408, "", TEMPORARY, 0},
        {OK, 429, "", TEMPORARY, 0},
        {TIMEOUT, 0, "", OK, REGISTRATION_UNKNOWN},
        {TOO_LARGE, 0, "", OK, REGISTRATION_UNKNOWN},
        {TEMPORARY, 0, "", TEMPORARY, 0},
        {DENIED, 0, "", TEMPORARY, 0},
        {INVALID, 0, "", TEMPORARY, 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct played p = {
            .status = cases[i].status, .code = cases[i].code, .body = str(cases[i].body)};
        struct partner_client *client = open_partner(s, &p, "https://tax.test");
        struct partner_answer answer = {0};
        enum status e = partner_register(s, client, &receipt, str("{}"), &answer);
        bool right = e == cases[i].is && (e != OK || answer.state == cases[i].state);
        (void)test_expect(right, __FILE__, __LINE__,
                          str_z(s, str_format(s, "%d %s", cases[i].code, cases[i].body)));
    }
}

TEST(an_answer_to_a_question_means_what_it_says)
{
    static const struct {
        enum status status;
        int code;
        const char *body;
        enum status is;
        enum registration_state state;
    } cases[] = {
        {OK, 200, "{\"status\":\"confirmed\"}", OK, REGISTRATION_CONFIRMED},
        {OK, 200, "{\"status\":\"refused\"}", OK, REGISTRATION_REFUSED},
        {OK, 200, "{\"status\":\"pending\"}", OK, REGISTRATION_SENT},
        {OK, 404, "", OK, REGISTRATION_PENDING},
        {OK, 200, "{\"status\":\"fine\"}", TEMPORARY, 0},
        {OK, 200, "", TEMPORARY, 0},
        {OK, 500, "", TEMPORARY, 0},
        {OK, 401, "", TEMPORARY, 0},
        {TIMEOUT, 0, "", TEMPORARY, 0},
        {TOO_LARGE, 0, "", TEMPORARY, 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct played p = {
            .status = cases[i].status, .code = cases[i].code, .body = str(cases[i].body)};
        struct partner_client *client = open_partner(s, &p, "https://tax.test");
        struct partner_answer answer = {0};
        enum status e = partner_ask(s, client, &receipt, &answer);
        bool right = e == cases[i].is && (e != OK || answer.state == cases[i].state);
        (void)test_expect(right, __FILE__, __LINE__,
                          str_z(s, str_format(s, "%d %s", cases[i].code, cases[i].body)));
    }
}

TEST(a_registration_carries_its_id_and_the_document_as_text)
{
    struct played p = {.code = 202};
    struct partner_client *client = open_partner(s, &p, "https://tax.test/api/");
    struct receipt latin = receipt;
    struct partner_answer answer = {0};
    struct json sent = {0};
    latin.media_type = str("application/xml");
    latin.registrations[PARTNER_TAX].redrives = 2;

    EXPECT_OK(partner_register(s, client, &latin,
                               str("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xe5</a>"),
                               &answer));

    EXPECT_STR(p.method, "POST");
    EXPECT_STR(p.url, "https://tax.test/api/registrations");
    REQUIRE_OK(json_parse(s, p.sent, &json_limits_strict, &sent));
    EXPECT_STR(json_text(json_member(sent, "registrationId")),
               "tax-019b8e5a-0000-7000-8000-000000000000.2");
    EXPECT(str_ends(json_text(json_member(sent, "document")), str("<a>å</a>")));
}

TEST(a_partner_without_an_address_confirms_and_a_wrong_address_stops_the_start)
{
    struct played p = {.code = 500};
    struct partner_client *client = open_partner(s, &p, "");
    struct partner_options wrong = {.partner = PARTNER_TAX, .url = str("tax.example")};
    struct partner_answer answer = {0};

    EXPECT(partner_is_noop(client));
    EXPECT_OK(partner_register(s, client, &receipt, (struct str){0}, &answer));
    EXPECT_EQUAL(answer.state, REGISTRATION_CONFIRMED);
    EXPECT_EQUAL(partner_open(s, NULL, &wrong, &client), INVALID);
}

TEST(a_callback_without_a_shared_secret_is_never_believed)
{
    struct partner_options options = {.partner = PARTNER_TAX};
    struct partner_client *client = NULL;
    uint8_t mac[SHA256_BYTES];

    hmac_sha256_once((struct str){0}, str("1000.{}"), mac);
    struct str signature = str_concat(s, 2, str("sha256="), hex_encode(s, str_of(mac, sizeof mac)));
    EXPECT_OK(partner_open(s, NULL, &options, &client));
    EXPECT_EQUAL(
        partner_check_callback(s, client, signature, str("1000"), str("{}"), 1000 * 1000000LL),
        UNAUTHENTICATED);
}

TEST(a_registration_id_is_read_back)
{
    static const struct {
        const char *text;
        bool is;
        unsigned redrives;
    } cases[] = {
        {"tax-019b8e5a-0000-7000-8000-000000000000", true, 0},
        {"tax-019b8e5a-0000-7000-8000-000000000000.3", true, 3},
        {"tax-019b8e5a-0000-7000-8000-000000000000.", false, 0},
        {"tax-019b8e5a-0000-7000-8000-000000000000.x", false, 0},
        {"tax-019b8e5a-0000-7000-8000-000000000000.99999999999", false, 0},
        {"warehouse-019b8e5a-0000-7000-8000-000000000000", false, 0},
        {"tax-019b8e5a-0000-7000-8000-00000000000", false, 0},
        {"tax019b8e5a-0000-7000-8000-000000000000", false, 0},
        {"tax-", false, 0},
        {"", false, 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct str id = {0};
        unsigned redrives = 0;
        bool is = registration_id_read(str(cases[i].text), PARTNER_TAX, &id, &redrives);
        (void)test_expect(is == cases[i].is && (!is || redrives == cases[i].redrives), __FILE__,
                          __LINE__, cases[i].text);
    }
}
