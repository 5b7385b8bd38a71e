// Wires the parties to the service's HTTP client by their host names: tax.test, warehouse.test, and
// hooks.test for webhooks; every other host refuses the connection.
#include "test/receipts_fixture.h"

#include "awsapi/functions.h"
#include "core/buf.h"
#include "core/hex.h"
#include "core/scope.h"
#include "core/url.h"
#include "crypto/digest.h"
#include "crypto/webhook_signature.h"
#include "edge/secrets.h"
#include "services/receipts/receipts.h"
#include "services/receipts/service_impl.h"
#include "store/feed.h"
#include "sys/log.h"
#include "sys/sim.h"
#include "sys/world.h"
#include "test/harness.h"

enum { US_PER_S = 1000000, FLAGS_MAX = 24, FIXTURE_BYTES_MAX = 256 << 20, TRIES_MAX = 100 };

static const char secret[] = "between sheaf and its partners";
static const char *const hosts[PARTY_COUNT] = {"tax.test", "warehouse.test", "hooks.test"};
static const struct service *const services[] = {&receipts_service, &functions_service, NULL};

struct receipts_fixture_options receipts_fixture_standard(void)
{
    struct receipts_fixture_options o = {.seed = 1};

    for (unsigned p = 0; p < PARTY_COUNT; p++)
        o.faults[p] = faults_none();
    return o;
}

// -- the parties as the service reaches them -----------------------------------------------------

static enum status answer_office(struct receipts_fixture *f, struct scope *s, enum party p,
                                 const struct http_request *request, struct str path,
                                 struct http_reply *out)
{
    struct office_reply reply = {0};
    struct str token = field_find(request->headers, request->header_count, "Authorization");

    EXPECT(str_ends(token, str(secret)));
    office_call(s, f->offices[p], str(request->method ? request->method : "GET"), path,
                request->body, &reply);
    if (f->meanwhile)
        f->meanwhile(f, s, p);
    if (reply.code == 0)
        return fail(s, TIMEOUT, "%s: no answer came in time", hosts[p]);
    out->code = reply.code;
    out->body = reply.body;
    return OK;
}

static enum status answer_hook(struct receipts_fixture *f, struct scope *s,
                               const struct http_request *request, struct http_reply *out)
{
    struct webhook_received delivery = {
        .id = field_find(request->headers, request->header_count, "webhook-id"),
        .timestamp = field_find(request->headers, request->header_count, "webhook-timestamp"),
        .signature = field_find(request->headers, request->header_count, "webhook-signature"),
        .body = request->body,
    };

    f->event_id = str_copy(f->scope, delivery.id);
    f->event_body = str_copy(f->scope, delivery.body);
    out->code = hooks_take(s, f->hooks, &delivery);
    return out->code ? OK : fail(s, TIMEOUT, "hooks.test: no answer came in time");
}

static enum status outside(void *context, struct scope *s, const struct http_request *request,
                           struct http_reply *out)
{
    struct receipts_fixture *f = context;
    struct url parts = {0};

    *out = (struct http_reply){0};
    TRY(url_split(s, request->url, &parts));
    for (unsigned p = 0; p < PARTY_COUNT; p++) {
        if (!str_is(parts.host, hosts[p]))
            continue;
        f->calls[p]++;
        return p == PARTY_HOOKS ? answer_hook(f, s, request, out)
                                : answer_office(f, s, (enum party)p, request, parts.path, out);
    }
    return fail(s, TEMPORARY, "%.*s: nobody is there", STR(parts.host));
}

// -- starting ------------------------------------------------------------------------------------

static void close_parties(void *opaque)
{
    struct receipts_fixture *f = opaque;

    for (unsigned p = 0; p < OFFICES; p++)
        office_free(f->offices[p]);
    hooks_free(f->hooks);
    scope_close(f->scope);
}

static void open_parties(struct receipts_fixture *f, const struct receipts_fixture_options *options)
{
    for (unsigned p = 0; p < OFFICES; p++) {
        f->offices[p] = office_new(&(struct office_options){.world = f->edge.world,
                                                            .name = party_name((enum party)p),
                                                            .seed = options->seed,
                                                            .faults = options->faults[p]});
    }
    f->hooks = hooks_new(f->edge.world, options->seed, &options->faults[PARTY_HOOKS]);
    memcpy(f->faults, options->faults, sizeof f->faults);
}

static char **flags_of(struct scope *s, const struct receipts_fixture_options *options)
{
    static const char *const with_partners[] = {
        "--receipts.tax_url=https://tax.test",
        "--receipts.warehouse_url=https://warehouse.test/",
    };
    char **flags = scope_array(s, FLAGS_MAX, sizeof *flags);
    size_t count = 0;

    for (size_t i = 0; i < 2 && !options->no_partners; i++)
        flags[count++] = str_z(s, str(with_partners[i]));
    flags[count++] = str_z(s, str("--receipts.tax_secret=env:PARTNER_SECRET"));
    flags[count++] = str_z(s, str("--receipts.warehouse_secret=env:PARTNER_SECRET"));
    for (size_t i = 0; options->flags[i]; i++)
        flags[count++] = str_z(s, str(options->flags[i]));
    return flags;
}

static void make_key(struct scope *s, struct receipts_fixture *f)
{
    struct key_order order = {
        .tenant = str("acme"),
        .scopes = str("receipts:erase receipts:export receipts:operate receipts:read "
                      "receipts:write"),
        .webhook_hosts = str("hooks.test *.shops.test 127.0.0.1"),
    };
    struct key_made made = {0};

    enum status e = TEMPORARY;
    for (int i = 0; i < TRIES_MAX && e == TEMPORARY; i++) // the store may be one that fails
        e = key_create(s, f->edge.store, &order, str("test"), &made);
    EXPECT_OK(e);
    f->key = made.secret;
    EXPECT_OK(
        hooks_set_secret(s, f->hooks, secrets_webhook(s, f->edge.platform.secrets, str("acme"))));
}

struct receipts_fixture *receipts_fixture_start(struct scope *s,
                                                const struct receipts_fixture_options *options)
{
    struct receipts_fixture *f = scope_new(s, struct receipts_fixture);
    struct edge_fixture_options edge = {
        .services = services,
        .seed = options->seed,
        .adversity = options->adversity,
        .flags = flags_of(s, options),
        .environment =
            (char *[]){str_z(s, str_concat(s, 2, str("PARTNER_SECRET="), str(secret))), NULL},
        .outside = {.stand_in = options->real_calls ? NULL : outside, .stand_in_context = f},
    };

    f->scope = scope_open(FIXTURE_BYTES_MAX);
    log_capture(s, world_real()); // what goes wrong here goes wrong on purpose
    if (options->embedded)
        edge.embedded = str_concat(s, 2, test_directory(s), str("/data"));
    scope_defer(s, close_parties, f); // after the server, which may be calling them
    if (!edge_fixture_start(s, &edge, &f->edge))
        return NULL;
    open_parties(f, options);
    f->workers = receipts_service.workers(s, f->edge.selves[0]);
    make_key(s, f);
    return test_failed() ? NULL : f;
}

// -- a client ------------------------------------------------------------------------------------

struct str receipts_sample(struct scope *s, const char *number)
{
    return str_format(
        s,
        "{\"kind\":\"till-receipt\",\"clientId\":\"shop-1\",\"number\":\"%s\","
        "\"issuedAt\":\"2025-12-30T14:03:22+01:00\",\"till\":\"T-07\",\"currency\":\"EUR\","
        "\"lines\":[{\"text\":\"Kaffee\",\"quantity\":2,\"amount\":10.70,\"vatRate\":7}],"
        "\"vat\":[{\"rate\":7,\"base\":10.00,\"amount\":0.70}],\"total\":10.70,"
        "\"payments\":[{\"method\":\"cash\",\"amount\":10.70}]}",
        number);
}

struct str receipts_sample_xml(struct scope *s, const char *number)
{
    return str_format(
        s,
        "<Receipt xmlns=\"urn:sheaf:receipt:1\"><Header><Client>shop-1</Client><Number>%s</Number>"
        "<IssuedAt>2025-12-30T14:03:22+01:00</IssuedAt><Till>T-07</Till>"
        "<Currency>EUR</Currency></Header><Lines><Line vatRate=\"7\"><Text>Kaffee</Text>"
        "<Quantity>2</Quantity><Amount>10.70</Amount></Line></Lines><Vat><Rate percent=\"7\">"
        "<Base>10.00</Base><Amount>0.70</Amount></Rate></Vat><Total>10.70</Total><Payments>"
        "<Payment method=\"cash\">10.70</Payment></Payments></Receipt>",
        number);
}

struct str receipts_key(struct scope *s, struct receipts_fixture *f, const char *tenant,
                        const char *client, const char *scopes, bool read_only)
{
    struct key_order order = {.tenant = str(tenant),
                              .client = str(client),
                              .scopes = str(scopes),
                              .read_only = read_only};
    struct key_made made = {0};

    EXPECT_OK(key_create(s, f->edge.store, &order, str("test"), &made));
    return made.secret;
}

struct answered receipts_post(struct scope *s, struct receipts_fixture *f, const char *query,
                              const char *headers, struct str body)
{
    const char *path = str_z(s, str_concat(s, 2, str("/receipts"), str(query)));

    return edge_fixture_call(s, &f->edge, "POST", path, f->key,
                             headers ? headers : "Content-Type: application/json\n", body);
}

struct str receipts_take_in(struct scope *s, struct receipts_fixture *f, const char *query)
{
    struct answered a = receipts_post(s, f, query, NULL, receipts_sample(s, "1"));

    EXPECT_EQUAL(a.code, 202);
    return json_text(json_member(a.json, "receiptId"));
}

struct answered receipts_get(struct scope *s, struct receipts_fixture *f, const char *path)
{
    return edge_fixture_call(s, &f->edge, "GET", path, f->key, NULL, (struct str){0});
}

struct json receipts_status(struct scope *s, struct receipts_fixture *f, struct str id)
{
    return receipts_get(s, f, str_z(s, str_concat(s, 2, str("/receipts/status/"), id))).json;
}

struct str receipts_state(struct scope *s, struct receipts_fixture *f, struct str id)
{
    return json_text(json_member(receipts_status(s, f, id), "state"));
}

struct str receipts_registration(struct scope *s, struct receipts_fixture *f, struct str id,
                                 const char *partner)
{
    struct json status = receipts_status(s, f, id);

    return json_text(json_member(json_member(status, partner), "state"));
}

int64_t receipts_hot_final(struct scope *s, struct receipts_fixture *f)
{
    struct buf b = buf_make(s, 4096);
    struct json j = {0};
    int64_t hot = -1;

    receipts_service.status(&b, f->edge.selves[0]);
    EXPECT_OK(json_parse(s, buf_str(&b), &json_limits_strict, &j));
    EXPECT(json_to_i64(json_member(j, "hotFinal"), &hot));
    return hot;
}

// -- time ----------------------------------------------------------------------------------------

unsigned receipts_work(struct receipts_fixture *f, unsigned count_max)
{
    return workers_run(f->edge.store, f->workers, count_max);
}

struct answered receipts_send_callback(struct scope *s, struct receipts_fixture *f, enum party p,
                                       const char *other_secret, int64_t at_s, struct str body)
{
    static const char *const paths[OFFICES] = {"/taxApiCallback", "/warehouseAPICallback"};
    struct hmac_key key;
    uint8_t mac[SHA256_BYTES];
    struct str at =
        str_format(s, "%lld", (long long)(at_s ? at_s : world_now_us(f->edge.world) / US_PER_S));
    struct str parts[] = {at, str("."), body};

    hmac_key_init(&key, str(other_secret ? other_secret : secret));
    hmac_sha256(&key, parts, 3, mac);
    struct str headers = str_format(
        s, "Content-Type: application/json\nX-Timestamp: %.*s\nX-Signature: sha256=%.*s\n", STR(at),
        STR(hex_encode(s, str_of(mac, sizeof mac))));
    return edge_fixture_call(s, &f->edge, "POST", paths[p], (struct str){0}, str_z(s, headers),
                             body);
}

unsigned receipts_call_back(struct scope *s, struct receipts_fixture *f)
{
    unsigned count = 0;
    struct str body = {0};

    for (unsigned p = 0; p < OFFICES; p++) {
        for (struct office_callback *c; (c = office_take_callback(s, f->offices[p], &body));) {
            int code = receipts_send_callback(s, f, (enum party)p, NULL, 0, body).code;
            office_called_back(f->offices[p], c, code);
            count++;
        }
    }
    return count;
}

void receipts_settle(struct scope *s, struct receipts_fixture *f, int64_t quiet_s, int days)
{
    enum { STEP_S = 5, WORK_MAX = 100000 };
    int64_t most_s = (int64_t)days * 86400;
    struct scope *each = scope_open(FIXTURE_BYTES_MAX);

    (void)s;
    for (int64_t still_s = 0, all_s = 0; still_s < quiet_s && all_s < most_s;) {
        unsigned happened = receipts_work(f, WORK_MAX) + receipts_call_back(each, f);
        scope_reset(each);
        if (happened) {
            still_s = 0;
            continue;
        }
        int64_t step_s = still_s < 60 ? STEP_S : 60; // longer pauses need no finer steps
        sim_advance_us(f->edge.world, step_s * US_PER_S);
        still_s += step_s;
        all_s += step_s;
    }
    scope_close(each);
}

uint64_t receipts_waiting(struct receipts_fixture *f, const struct queue_def *queue)
{
    struct queue_stats stats = {0};

    queue_stats(f->edge.store, queue, &stats);
    return stats.ready + stats.delayed + stats.leased;
}

uint64_t receipts_dead(struct receipts_fixture *f)
{
    uint64_t dead = 0;

    for (size_t i = 0; receipts_service.schema.queues[i]; i++) {
        struct queue_stats stats = {0};
        queue_stats(f->edge.store, receipts_service.schema.queues[i], &stats);
        dead += stats.dead;
    }
    return dead;
}

unsigned receipts_audited(struct scope *s, struct receipts_fixture *f, const char *action,
                          struct str subject)
{
    struct audit_row *rows = NULL;
    size_t count = 0;
    unsigned found = 0;

    for (uint64_t after = 0;
         audit_read(s, f->edge.store, after, 1000, &rows, &count) == OK && count;
         after = rows[count - 1].sequence) {
        for (size_t i = 0; i < count; i++)
            found += str_is(rows[i].entry.action, action) &&
                     (subject.bytes == 0 || str_equal(rows[i].entry.subject, subject));
    }
    return found;
}
