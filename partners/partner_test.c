// The partners on their ports, over loopback.
#include "partners/partner.h"

#include "core/buf.h"
#include "core/hex.h"
#include "core/json.h"
#include "crypto/digest.h"
#include "http/client.h"
#include "http/exchange.h"
#include "http/server.h"
#include "partners/office.h"
#include "sys/thread.h"
#include "test/harness.h"

enum { DEADLINE_US = 5000000 };

// Stands where Sheaf would: takes callbacks.
struct taker {
    struct http_server *server;
    struct http_client *client;
    struct partners *partners;
    struct mutex lock;
    struct condition came;
    unsigned callbacks;
    unsigned rightly_signed;
    struct str path;
    char path_bytes[64];
};

static const char secret[] = "between the two of us";

static void on_callback(void *context, struct http_exchange *x)
{
    struct taker *t = context;
    uint8_t mac[SHA256_BYTES];
    struct hmac_key key;
    struct str parts[] = {http_header(x, "X-Timestamp"), str("."), http_body(x)};

    hmac_key_init(&key, str(secret));
    hmac_sha256(&key, parts, 3, mac);
    struct str wanted = str_concat(http_scope(x), 2, str("sha256="),
                                   hex_encode(http_scope(x), str_of(mac, sizeof mac)));
    mutex_lock(&t->lock);
    t->callbacks++;
    t->rightly_signed += str_equal(wanted, http_header(x, "X-Signature"));
    t->path = str_of(t->path_bytes, http_path(x).bytes % sizeof t->path_bytes);
    memcpy(t->path_bytes, http_path(x).data, t->path.bytes);
    condition_signal(&t->came);
    mutex_unlock(&t->lock);
    http_answer(x, 200, (struct str){0});
}

static void close_taker(void *opaque)
{
    struct taker *t = opaque;

    partners_stop(t->partners);
    http_server_free(t->server);
    http_client_free(t->client);
    condition_fini(&t->came);
    mutex_fini(&t->lock);
}

static struct taker *open_taker(struct scope *s, const struct faults *tax)
{
    struct taker *t = scope_new(s, struct taker);
    struct http_server_options server = {.inherited_fd = -1,
                                         .handler = {.context = t, .on_request = on_callback}};

    mutex_init(&t->lock);
    condition_init(&t->came);
    t->client = http_client_new(&(struct http_client_options){0});
    scope_defer(s, close_taker, t);
    EXPECT_OK(http_server_new(s, &server, &t->server));
    struct partners_options options = {
        .seed = 1,
        .callback_url = str_format(s, "http://127.0.0.1:%u", http_server_port(t->server)),
        .secret = str(secret),
        .faults = {*tax, faults_none(), faults_none()},
    };
    EXPECT_OK(partners_start(s, &options, &t->partners));
    return t;
}

static bool await_callbacks(struct taker *t, unsigned count)
{
    bool in_time = true;

    mutex_lock(&t->lock);
    while (t->callbacks < count && in_time)
        in_time = condition_wait_us(&t->came, &t->lock, DEADLINE_US);
    mutex_unlock(&t->lock);
    return in_time;
}

static struct http_reply call(struct scope *s, struct taker *t, enum party p, const char *method,
                              const char *path, const char *bearer, const char *body)
{
    struct http_reply reply = {0};
    struct http_field headers[] = {
        {str("Authorization"), str_concat(s, 2, str("Bearer "), str(bearer))}};
    struct http_request request = {
        .method = method,
        .url = str_concat(s, 2, partners_url(t->partners, p), str(path)),
        .headers = headers,
        .header_count = 1,
        .body = str(body),
        .total_timeout_ms = 300,
        .allow_private = true,
    };
    if (http_call(s, t->client, &request, &reply) != OK)
        scope_forgive(s);
    return reply;
}

static const char registration[] =
    "{\"registrationId\":\"tax-1\",\"receiptId\":\"1\",\"document\":\"{}\"}";

TEST(a_registration_over_http_is_answered_and_called_back_about_with_a_signature)
{
    struct faults faults = faults_none();
    struct taker *t = open_taker(s, &faults);

    EXPECT_EQUAL(call(s, t, PARTY_TAX, "POST", "/registrations", secret, registration).code, 202);
    EXPECT(await_callbacks(t, 1));
    EXPECT_EQUAL(t->rightly_signed, 1);
    EXPECT_STR(t->path, "/taxApiCallback");
    EXPECT_EQUAL(call(s, t, PARTY_TAX, "GET", "/registrations/tax-1", secret, "").code, 200);
    EXPECT_EQUAL(call(s, t, PARTY_WAREHOUSE, "GET", "/registrations/tax-1", secret, "").code, 404);
    EXPECT_EQUAL(call(s, t, PARTY_TAX, "GET", "/registrations/tax-1", "a guess", "").code, 401);
}

TEST(a_silent_office_never_answers_and_stopping_does_not_wait_for_it)
{
    struct faults faults = faults_none();
    faults.silent = 100;
    struct taker *t = open_taker(s, &faults);

    EXPECT_EQUAL(call(s, t, PARTY_TAX, "POST", "/registrations", secret, registration).code, 0);
    EXPECT(await_callbacks(t, 1));
}

TEST(faults_are_switched_and_counts_are_reported_over_http)
{
    struct faults faults = faults_none();
    struct taker *t = open_taker(s, &faults);
    struct json report = {0};

    EXPECT_EQUAL(
        call(s, t, PARTY_HOOKS, "PUT", "/faults", "", "{\"tax\":{\"fail_before\":100}}").code, 204);
    EXPECT_EQUAL(call(s, t, PARTY_HOOKS, "PUT", "/faults", "", "{\"tax\":{\"typo\":1}}").code, 400);
    EXPECT_EQUAL(call(s, t, PARTY_HOOKS, "PUT", "/faults", "", "{\"tax\":{\"busy\":101}}").code,
                 400);
    EXPECT_EQUAL(call(s, t, PARTY_TAX, "POST", "/registrations", secret, registration).code, 500);
    EXPECT_EQUAL(call(s, t, PARTY_HOOKS, "PUT", "/webhook-secret", "", "whsec_no").code, 400);
    EXPECT_EQUAL(call(s, t, PARTY_HOOKS, "POST", "/webhooks/x", "", "{}").code, 503);

    struct http_reply reply = call(s, t, PARTY_HOOKS, "GET", "/report", "", "");
    REQUIRE_OK(json_parse(s, reply.body, &json_limits_strict, &report));
    EXPECT_STR(json_text(json_path(report, "tax.faults")), "1");
    EXPECT_STR(json_text(json_path(report, "tax.registrations")), "0");
    EXPECT_STR(json_text(json_path(report, "webhooks.unsigned_ones")), "1");
}
