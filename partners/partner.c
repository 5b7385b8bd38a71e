// Each party has an HTTP server with one loop. What waits for its moment (answers that come late,
// callbacks) is done by a few threads that share one lock and sleep until the soonest of it.
#include "partners/partner.h"

#include "core/buf.h"
#include "core/heap.h"
#include "core/hex.h"
#include "core/json.h"
#include "core/scope.h"
#include "crypto/digest.h"
#include "crypto/webhook_signature.h"
#include "http/client.h"
#include "http/exchange.h"
#include "http/server.h"
#include "partners/agenda.h"
#include "partners/hooks.h"
#include "partners/office.h"
#include "sys/thread.h"
#include "sys/world.h"

#include <assert.h>
#include <stdlib.h>

enum {
    CALLERS_DEFAULT = 4,
    CALLERS_MAX = 64,
    CALL_BYTES_MAX = 1 << 20,
    CALLBACK_TIMEOUT_MS = 5000,
    SILENCE_MS = 60000, // after that even the silent hang up
    WAIT_US_MAX = 1000000,
    BODY_BYTES_MAX = 5 << 20,
    REPORT_BYTES_MAX = 16 << 10,
    DRAIN_MS = 100,
    US_PER_MS = 1000,
    US_PER_S = 1000000,
};

// One party's port.
struct counter {
    struct partners *all;
    enum party party;
    struct http_server *server;
    struct str url;
};

// An answer that comes late.
struct late_answer {
    struct due due;
    struct http_exchange *exchange;
    int code;
    struct str body; // in the exchange's scope
};

struct partners {
    struct scope *scope;
    struct counter counters[PARTY_COUNT];
    struct office *offices[OFFICES];
    struct hooks *hooks;
    struct faults faults[PARTY_COUNT];
    struct guest guests[GUESTS_MAX];
    size_t guest_count;
    struct http_client *client;
    struct hmac_key key;
    struct str bearer; // empty: none is asked for
    struct str callback_urls[OFFICES];
    struct mutex lock; // guards the rest
    struct condition changed;
    struct agenda late;
    bool stopping;
    struct thread *callers[CALLERS_MAX];
    unsigned caller_count;
};

static const char *const names[PARTY_COUNT] = {"tax", "warehouse", "hooks"};
static const char *const callback_paths[OFFICES] = {"/taxApiCallback", "/warehouseAPICallback"};

const char *party_name(enum party p)
{
    return names[p];
}

// -- answering -----------------------------------------------------------------------------------

static void answer(struct http_exchange *x, int code, struct str body)
{
    if (body.bytes)
        http_answer_header(x, str("Content-Type"), str("application/json"));
    http_answer(x, code, body);
}

static void answer_late(struct partners *all, struct http_exchange *x,
                        const struct office_reply *reply)
{
    struct late_answer *l = heap_new(struct late_answer);
    int64_t late_ms = reply->code ? reply->late_ms : SILENCE_MS;

    l->exchange = x;
    l->code = reply->code ? reply->code : 504;
    l->body = reply->body;
    mutex_lock(&all->lock);
    agenda_add(&all->late, &l->due, world_now_us(world_real()) + late_ms * US_PER_MS);
    condition_signal(&all->changed);
    mutex_unlock(&all->lock);
}

static void serve_office(struct counter *c, struct http_exchange *x)
{
    struct partners *all = c->all;
    struct office *o = all->offices[c->party];
    struct office_reply reply = {0};

    if (all->bearer.bytes && !str_equal(http_header(x, "Authorization"), all->bearer)) {
        office_count_stranger(o);
        answer(x, 401, (struct str){0});
        return;
    }
    office_call(http_scope(x), o, http_method(x), http_path(x), http_body(x), &reply);
    if (reply.code == 0 || reply.late_ms)
        answer_late(all, x, &reply);
    else
        answer(x, reply.code, reply.body);
    mutex_lock(&all->lock);
    condition_signal(&all->changed);
    mutex_unlock(&all->lock);
}

static void serve_webhook(struct partners *all, struct http_exchange *x)
{
    struct webhook_received delivery = {
        .id = http_header(x, "webhook-id"),
        .timestamp = http_header(x, "webhook-timestamp"),
        .signature = http_header(x, "webhook-signature"),
        .body = http_body(x),
    };
    struct office_reply reply = {.code = hooks_take(http_scope(x), all->hooks, &delivery)};

    if (reply.code == 0)
        answer_late(all, x, &reply);
    else
        answer(x, reply.code, reply.body);
}

static bool read_faults(struct json rows, struct faults *out)
{
    if (!json_is(rows, JSON_OBJECT))
        return json_is(rows, JSON_NONE);
    for (size_t i = 0; i < rows.count; i++) {
        int64_t value = 0;
        if (!json_to_i64(rows.members[i].value, &value) || value < 0 ||
            !faults_set(out, rows.members[i].name, (uint64_t)value))
            return false;
    }
    return true;
}

static bool is_party(const struct partners *all, struct str name)
{
    for (unsigned p = 0; p < PARTY_COUNT; p++)
        if (str_is(name, names[p]))
            return true;
    for (size_t i = 0; i < all->guest_count; i++)
        if (str_is(name, all->guests[i].name))
            return true;
    return false;
}

static int set_faults(struct partners *all, struct scope *s, struct str body)
{
    struct json j = {0};
    struct faults faults[PARTY_COUNT];
    struct faults guests[GUESTS_MAX];

    if (json_parse(s, body, &json_limits_strict, &j) != OK || !json_is(j, JSON_OBJECT))
        return 400;
    for (size_t i = 0; i < j.count; i++)
        if (!is_party(all, j.members[i].name))
            return 400;
    for (unsigned p = 0; p < PARTY_COUNT; p++) {
        faults[p] = all->faults[p];
        if (!read_faults(json_member(j, names[p]), &faults[p]))
            return 400;
    }
    for (size_t i = 0; i < all->guest_count; i++) {
        guests[i] = all->guests[i].faults;
        if (!read_faults(json_member(j, all->guests[i].name), &guests[i]))
            return 400;
    }
    for (size_t i = 0; i < all->guest_count; i++) {
        all->guests[i].faults = guests[i];
        all->guests[i].set_faults(all->guests[i].party, &guests[i]);
    }
    memcpy(all->faults, faults, sizeof faults); // only the loop of this port looks at them
    for (unsigned p = 0; p < OFFICES; p++)
        office_set_faults(all->offices[p], &faults[p]);
    hooks_set_faults(all->hooks, &faults[PARTY_HOOKS]);
    return 204;
}

static void serve_hooks(struct partners *all, struct http_exchange *x)
{
    struct scope *s = http_scope(x);
    struct str path = http_path(x);
    struct buf b = buf_make(s, REPORT_BYTES_MAX);

    if (str_is(http_method(x), "POST") && str_starts(path, str("/webhooks"))) {
        serve_webhook(all, x);
    } else if (str_is(http_method(x), "GET") && str_is(path, "/report")) {
        partners_report(all, &b);
        answer(x, 200, buf_str(&b));
    } else if (str_is(http_method(x), "PUT") && str_is(path, "/faults")) {
        answer(x, set_faults(all, s, http_body(x)), (struct str){0});
    } else if (str_is(http_method(x), "PUT") && str_is(path, "/webhook-secret")) {
        enum status e = hooks_set_secret(s, all->hooks, str_trim(http_body(x)));
        answer(x, e == OK ? 204 : 400, (struct str){0});
    } else {
        answer(x, 404, (struct str){0});
    }
}

static void on_request(void *context, struct http_exchange *x)
{
    struct counter *c = context;

    if (c->party == PARTY_HOOKS)
        serve_hooks(c->all, x);
    else
        serve_office(c, x);
}

void partners_report(struct partners *all, struct buf *out)
{
    buf_put_z(out, "{\"tax\":");
    office_report(all->offices[PARTY_TAX], out);
    buf_put_z(out, ",\"warehouse\":");
    office_report(all->offices[PARTY_WAREHOUSE], out);
    buf_put_z(out, ",\"webhooks\":");
    hooks_report(all->hooks, out);
    for (size_t i = 0; i < all->guest_count; i++) {
        buf_format(out, ",\"%s\":", all->guests[i].name);
        all->guests[i].report(all->guests[i].party, out);
    }
    buf_put_byte(out, '}');
}

// -- calling back --------------------------------------------------------------------------------

static int post_callback(struct partners *all, struct scope *s, unsigned office, struct str body)
{
    uint8_t mac[SHA256_BYTES];
    struct http_reply reply = {0};
    struct str at = str_format(s, "%lld", (long long)(world_now_us(world_real()) / US_PER_S));
    struct str parts[] = {at, str("."), body};

    hmac_sha256(&all->key, parts, sizeof parts / sizeof parts[0], mac);
    struct http_field headers[] = {
        {str("Content-Type"), str("application/json")},
        {str("X-Timestamp"), at},
        {str("X-Signature"),
         str_concat(s, 2, str("sha256="), hex_encode(s, str_of(mac, sizeof mac)))},
    };
    struct http_request request = {
        .method = "POST",
        .url = all->callback_urls[office],
        .headers = headers,
        .header_count = sizeof headers / sizeof headers[0],
        .body = body,
        .total_timeout_ms = CALLBACK_TIMEOUT_MS,
        .allow_private = true,
    };
    return http_call(s, all->client, &request, &reply) == OK ? reply.code : 0;
}

// Makes one callback that is due; false: none is.
static bool call_back(struct partners *all, struct scope *s, unsigned office)
{
    struct str body = {0};
    struct office_callback *c = office_take_callback(s, all->offices[office], &body);

    if (!c)
        return false;
    office_called_back(all->offices[office], c, post_callback(all, s, office, body));
    scope_reset(s);
    return true;
}

static bool answer_due(struct partners *all)
{
    mutex_lock(&all->lock);
    struct late_answer *l = agenda_take(&all->late, world_now_us(world_real()));
    mutex_unlock(&all->lock);
    if (!l)
        return false;
    answer(l->exchange, l->code, l->body);
    free(l);
    return true;
}

static void wait_for_due(struct partners *all)
{
    mutex_lock(&all->lock);
    int64_t next_us = agenda_next_us(&all->late);
    for (unsigned i = 0; i < OFFICES; i++) {
        int64_t due_us = office_next_us(all->offices[i]);
        next_us = due_us < next_us ? due_us : next_us;
    }
    int64_t now_us = world_now_us(world_real());
    int64_t wait_us = next_us - now_us < WAIT_US_MAX ? next_us - now_us : WAIT_US_MAX;
    if (!all->stopping && wait_us > 0)
        (void)condition_wait_us(&all->changed, &all->lock, wait_us);
    mutex_unlock(&all->lock);
}

static bool is_stopping(struct partners *all)
{
    mutex_lock(&all->lock);
    bool stopping = all->stopping;
    mutex_unlock(&all->lock);
    return stopping;
}

static void caller_main(void *argument)
{
    struct partners *all = argument;
    struct scope *s = scope_open(CALL_BYTES_MAX * 4);

    while (!is_stopping(all)) {
        bool worked = answer_due(all);
        for (unsigned i = 0; i < OFFICES; i++)
            worked = call_back(all, s, i) || worked;
        if (!worked)
            wait_for_due(all);
    }
    scope_close(s);
}

// -- starting and stopping -----------------------------------------------------------------------

static enum status open_counter(struct scope *s, struct partners *all, enum party p, uint16_t port)
{
    struct counter *c = &all->counters[p];
    struct http_server_options options = {
        .port = port,
        .inherited_fd = -1,
        .body_bytes_max = BODY_BYTES_MAX,
        .handler = {.context = c, .on_request = on_request},
    };

    c->all = all;
    c->party = p;
    TRY(http_server_new(s, &options, &c->server));
    c->url = str_format(all->scope, "http://127.0.0.1:%u", http_server_port(c->server));
    return OK;
}

static void make_offices(struct partners *all, const struct partners_options *options)
{
    memcpy(all->faults, options->faults, sizeof all->faults);
    for (unsigned i = 0; i < OFFICES; i++) {
        struct office_options office = {
            .world = world_real(),
            .name = names[i],
            .seed = options->seed,
            .faults = options->faults[i],
            .silent_on_callbacks = options->callback_url.bytes == 0,
        };
        all->offices[i] = office_new(&office);
        all->callback_urls[i] =
            str_concat(all->scope, 2, options->callback_url, str(callback_paths[i]));
    }
    all->hooks = hooks_new(world_real(), options->seed, &options->faults[PARTY_HOOKS]);
    if (options->secret.bytes)
        all->bearer = str_concat(all->scope, 2, str("Bearer "), options->secret);
    hmac_key_init(&all->key, options->secret);
}

static enum status start(struct scope *s, struct partners *all,
                         const struct partners_options *options)
{
    make_offices(all, options);
    if (options->webhook_secret.bytes)
        TRY(hooks_set_secret(s, all->hooks, options->webhook_secret));
    for (unsigned p = 0; p < PARTY_COUNT; p++)
        TRY(open_counter(s, all, (enum party)p, options->ports[p]));
    all->caller_count = options->callers ? options->callers : CALLERS_DEFAULT;
    if (all->caller_count > CALLERS_MAX)
        all->caller_count = CALLERS_MAX;
    for (unsigned i = 0; i < all->caller_count; i++)
        all->callers[i] = thread_start("caller", caller_main, all);
    return OK;
}

enum status partners_start(struct scope *s, const struct partners_options *options,
                           struct partners **out)
{
    struct partners *all = heap_new(struct partners);

    all->scope = scope_open(CALL_BYTES_MAX);
    assert(options->guest_count <= GUESTS_MAX);
    all->guest_count = options->guest_count;
    for (size_t i = 0; i < all->guest_count; i++)
        all->guests[i] = options->guests[i];
    all->client = http_client_new(&(struct http_client_options){0});
    mutex_init(&all->lock);
    condition_init(&all->changed);
    enum status e = start(s, all, options);
    if (e == OK)
        *out = all;
    else
        partners_stop(all);
    return e;
}

struct str partners_url(const struct partners *all, enum party p)
{
    return all->counters[p].url;
}

struct office *partners_office(struct partners *all, enum party p)
{
    return all->offices[p];
}

struct hooks *partners_hooks(struct partners *all)
{
    return all->hooks;
}

// Threads first: after that nobody owns an exchange but the agenda.
static void stop_threads(struct partners *all)
{
    mutex_lock(&all->lock);
    all->stopping = true;
    condition_broadcast(&all->changed);
    mutex_unlock(&all->lock);
    for (unsigned i = 0; i < all->caller_count; i++)
        thread_join(all->callers[i]);
}

void partners_stop(struct partners *all)
{
    if (!all)
        return;
    stop_threads(all);
    for (unsigned p = 0; p < PARTY_COUNT; p++)
        if (all->counters[p].server)
            (void)http_server_drain(all->counters[p].server, DRAIN_MS);
    for (unsigned p = 0; p < PARTY_COUNT; p++)
        http_server_free(all->counters[p].server); // hangs up on those who still wait
    for (struct late_answer *l; (l = agenda_take(&all->late, INT64_MAX));)
        free(l);
    agenda_fini(&all->late);
    for (unsigned i = 0; i < OFFICES; i++)
        office_free(all->offices[i]);
    hooks_free(all->hooks);
    http_client_free(all->client);
    digest_wipe(&all->key, sizeof all->key);
    condition_fini(&all->changed);
    mutex_fini(&all->lock);
    scope_close(all->scope);
    free(all);
}
