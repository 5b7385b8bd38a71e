// The loop answers at once where it can; what waits for its moment is the thread's.
#include "partners/signicat_port.h"

#include "core/buf.h"
#include "core/heap.h"
#include "core/hex.h"
#include "core/scope.h"
#include "core/url.h"
#include "crypto/digest.h"
#include "http/client.h"
#include "http/exchange.h"
#include "http/server.h"
#include "partners/agenda.h"
#include "sys/thread.h"
#include "sys/world.h"

#include <stdlib.h>

enum {
    BODY_BYTES_MAX = 128 << 20,
    EXCHANGE_BYTES_MAX = 512 << 20,
    TURN_BYTES_MAX = 1 << 20,
    PAGE_BYTES_MAX = 8192,
    SILENCE_MS = 60000,
    WAIT_US_MAX = 200000,
    EVENT_TIMEOUT_MS = 5000,
    DRAIN_MS = 100,
    US_PER_MS = 1000,
};

struct late_answer {
    struct due due;
    struct http_exchange *exchange;
    struct esign_reply reply;
};

struct esign_port {
    struct scope *scope;
    struct esign *e;
    struct http_server *server;
    struct http_client *client;
    struct str url, callback_url, webhook_header;
    struct hmac_key key;
    struct mutex lock; // guards the rest
    struct condition changed;
    struct agenda late;
    bool stopping;
    struct thread *thread;
};

static void answer(struct http_exchange *x, const struct esign_reply *reply)
{
    if (reply->content_type)
        http_answer_header(x, str("Content-Type"), str(reply->content_type));
    if (reply->retry_after_s)
        http_answer_header(x, str("Retry-After"),
                           str_format(http_scope(x), "%u", reply->retry_after_s));
    http_answer(x, reply->code, reply->body);
}

static void answer_late(struct esign_port *p, struct http_exchange *x,
                        const struct esign_reply *reply)
{
    struct late_answer *l = heap_new(struct late_answer);
    int64_t late_ms = reply->code ? reply->late_ms : SILENCE_MS;

    l->exchange = x;
    l->reply = *reply;
    l->reply.code = reply->code ? reply->code : 504;
    mutex_lock(&p->lock);
    agenda_add(&p->late, &l->due, world_now_us(world_real()) + late_ms * US_PER_MS);
    condition_signal(&p->changed);
    mutex_unlock(&p->lock);
}

static void serve_api(struct esign_port *p, struct http_exchange *x, struct str path)
{
    struct esign_reply reply = {0};
    struct esign_call call = {.method = http_method(x),
                              .path = path,
                              .query = http_query(x),
                              .authorization = http_header(x, "Authorization"),
                              .content_type = http_header(x, "Content-Type"),
                              .body = http_body(x)};

    esign_call(http_scope(x), p->e, &call, &reply);
    if (reply.code == 0 || reply.late_ms)
        answer_late(p, x, &reply);
    else
        answer(x, &reply);
    mutex_lock(&p->lock);
    condition_signal(&p->changed);
    mutex_unlock(&p->lock);
}

// -- the page behind a link ----------------------------------------------------------------------

static const char page[] =
    "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Signicat simulator"
    "</title><style>body{font:16px/1.5 system-ui,sans-serif;margin:3rem auto;max-width:26rem}"
    "button{font:inherit;padding:.5rem "
    "1.25rem;margin-right:.5rem}</style></head><body><h1>Signicat "
    "simulator</h1><p>%s</p>%s</body></html>";
static const char form[] =
    "<form method=\"post\"><button name=\"act\" value=\"sign\">Sign</button><button name=\"act\" "
    "value=\"reject\">Reject</button><button name=\"act\" value=\"leave\">Cancel</button></form>";

static void answer_page(struct http_exchange *x, int code, const char *text, bool with_form)
{
    struct buf b = buf_make(http_scope(x), PAGE_BYTES_MAX);

    buf_format(&b, page, text, with_form ? form : "");
    http_answer_header(x, str("Content-Type"), str("text/html; charset=utf-8"));
    http_answer(x, code, buf_str(&b));
}

static void serve_link(struct esign_port *p, struct http_exchange *x)
{
    struct scope *s = http_scope(x);
    struct str link = str_concat(s, 4, p->url, http_path(x), str("?"), http_query(x));
    struct str word = {0};
    struct str back = {0};
    enum esign_act act = ESIGN_SIGN;

    if (!esign_is_open(p->e, link)) {
        answer_page(x, 404, "There is nothing to sign here.", false);
        return;
    }
    if (!str_is(http_method(x), "POST")) {
        answer_page(x, 200, "A document waits for your signature.", true);
        return;
    }
    (void)url_query_find(s, http_body(x), str("act"), &word);
    if (!str_is(word, "sign"))
        act = str_is(word, "reject") ? ESIGN_REJECT : ESIGN_LEAVE;
    (void)esign_visit(p->e, link, act, "rejected on the simulator's page");
    if (!esign_way_back(s, p->e, link, act == ESIGN_SIGN ? "success" : "cancel", &back)) {
        answer_page(x, 200, "Done.", false);
        return;
    }
    http_answer_header(x, str("Location"), back);
    http_answer(x, 303, (struct str){0});
}

static void on_request(void *context, struct http_exchange *x)
{
    struct esign_port *p = context;
    struct str path = {0};

    if (url_decode(http_scope(x), http_path(x), &path) != OK)
        answer_page(x, 400, "The path cannot be read.", false);
    else if (str_is(path, "/sign/"))
        serve_link(p, x);
    else
        serve_api(p, x, path);
}

// -- webhooks ------------------------------------------------------------------------------------

static int post_event(struct esign_port *p, struct scope *s, struct str bundle_id, struct str body)
{
    uint8_t mac[SHA256_BYTES];
    struct http_reply reply = {0};

    hmac_sha256(&p->key, &body, 1, mac);
    struct http_field headers[] = {
        {str("Content-Type"), str("application/json")},
        {p->webhook_header, hex_encode(s, str_of(mac, sizeof mac))},
    };
    struct http_request request = {
        .method = "POST",
        .url = str_concat(s, 4, p->callback_url, str("/sign-webhook"),
                          str(bundle_id.bytes ? "/" : ""), url_encode(s, bundle_id)),
        .headers = headers,
        .header_count = sizeof headers / sizeof headers[0],
        .body = body,
        .total_timeout_ms = EVENT_TIMEOUT_MS,
        .allow_private = true,
    };
    return http_call(s, p->client, &request, &reply) == OK ? reply.code : 0;
}

static bool send_event(struct esign_port *p, struct scope *s)
{
    struct str bundle_id = {0};
    struct str body = {0};
    struct esign_event *event = esign_take_event(s, p->e, &bundle_id, &body);

    if (event)
        esign_event_sent(p->e, event, post_event(p, s, bundle_id, body));
    return event != NULL;
}

static bool answer_due(struct esign_port *p)
{
    mutex_lock(&p->lock);
    struct late_answer *l = agenda_take(&p->late, world_now_us(world_real()));
    mutex_unlock(&p->lock);
    if (!l)
        return false;
    answer(l->exchange, &l->reply);
    free(l);
    return true;
}

// Returns false when it is to stop.
static bool wait_for_due(struct esign_port *p, bool worked)
{
    int64_t next_us = esign_next_us(p->e);

    mutex_lock(&p->lock);
    int64_t late_us = agenda_next_us(&p->late);
    next_us = late_us < next_us ? late_us : next_us;
    int64_t now_us = world_now_us(world_real());
    int64_t wait_us = next_us - now_us < WAIT_US_MAX ? next_us - now_us : WAIT_US_MAX;
    if (!worked && !p->stopping && wait_us > 0)
        (void)condition_wait_us(&p->changed, &p->lock, wait_us);
    bool goes_on = !p->stopping;
    mutex_unlock(&p->lock);
    return goes_on;
}

static void thread_main(void *argument)
{
    struct esign_port *p = argument;
    struct scope *s = scope_open(TURN_BYTES_MAX);
    bool worked = true;

    while (wait_for_due(p, worked)) {
        esign_turn(p->e);
        worked = answer_due(p);
        worked = send_event(p, s) || worked;
        scope_reset(s);
    }
    scope_close(s);
}

// -- starting and stopping -----------------------------------------------------------------------

static enum status start(struct scope *s, struct esign_port *p,
                         const struct esign_port_options *options)
{
    struct http_server_options server = {
        .port = options->port,
        .inherited_fd = -1,
        .body_bytes_max = BODY_BYTES_MAX,
        .scope_bytes_max = EXCHANGE_BYTES_MAX,
        .handler = {.context = p, .on_request = on_request},
    };

    TRY(http_server_new(s, &server, &p->server));
    p->url = str_format(p->scope, "http://127.0.0.1:%u", http_server_port(p->server));
    esign_set_link(p->e, str_concat(p->scope, 2, p->url, str("/sign/")));
    p->thread = thread_start("signicat", thread_main, p);
    return OK;
}

enum status esign_port_start(struct scope *s, const struct esign_port_options *options,
                             struct esign_port **out)
{
    struct esign_port *p = heap_new(struct esign_port);

    p->scope = scope_open(TURN_BYTES_MAX);
    p->client = http_client_new(&(struct http_client_options){0});
    p->callback_url = str_copy(p->scope, options->callback_url);
    p->webhook_header =
        options->webhook_header.bytes ? options->webhook_header : str("X-Signicat-Signature");
    hmac_key_init(&p->key, options->webhook_secret);
    mutex_init(&p->lock);
    condition_init(&p->changed);
    p->e = esign_new(&(struct esign_options){.world = world_real(),
                                             .seed = options->seed,
                                             .faults = options->faults,
                                             .client_id = options->client_id,
                                             .client_secret = options->client_secret,
                                             .signees = options->signees,
                                             .silent = options->callback_url.bytes == 0});
    enum status e = start(s, p, options);
    if (e == OK)
        *out = p;
    else
        esign_port_stop(p);
    return e;
}

void esign_port_stop(struct esign_port *p)
{
    if (!p)
        return;
    mutex_lock(&p->lock);
    p->stopping = true;
    condition_broadcast(&p->changed);
    mutex_unlock(&p->lock);
    thread_join(p->thread);
    if (p->server)
        (void)http_server_drain(p->server, DRAIN_MS);
    http_server_free(p->server); // hangs up on those who still wait
    for (struct late_answer *l; (l = agenda_take(&p->late, INT64_MAX));)
        free(l);
    agenda_fini(&p->late);
    esign_free(p->e);
    http_client_free(p->client);
    digest_wipe(&p->key, sizeof p->key);
    condition_fini(&p->changed);
    mutex_fini(&p->lock);
    scope_close(p->scope);
    free(p);
}

struct str esign_port_url(const struct esign_port *p)
{
    return p->url;
}

struct esign *esign_port_esign(struct esign_port *p)
{
    return p->e;
}
