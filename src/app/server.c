// Starting and stopping, in the order in which things stand on one another.
#include "app/server.h"

#include "app/metrics.h"
#include "app/operator.h"
#include "app/services.h"
#include "app/tender.h"
#include "core/asset.h"
#include "core/heap.h"
#include "core/scope.h"
#include "edge/edge.h"
#include "edge/secrets.h"
#include "flow/flow.h"
#include "flow/outside.h"
#include "http/client.h"
#include "http/server.h"
#include "notify/notify.h"
#include "store/embedded/embedded.h"
#include "sys/file.h"
#include "sys/log.h"
#include "sys/process.h"
#include "sys/sandbox.h"
#include "sys/settings.h"
#include "sys/world.h"

#include <stdlib.h>
#include <unistd.h>

enum { EXCHANGE_BYTES_MAX = 256 << 20 }; // a page of 10,000 receipts and its growing
enum { SERVICES_MAX = 16, SERVER_SCOPE_BYTES_MAX = 1 << 30, EXIT_UNKNOWN_OUTCOME = 70 };

struct server {
    struct scope *scope;
    const struct settings *settings;
    const struct task_def *const *tasks;
    struct platform platform;
    void *selves[SERVICES_MAX];
    struct workers *workers[SERVICES_MAX];
    struct workers *flow_workers;
    struct notify *notify;
    struct workers *notify_workers;
    struct edge *edge;
    struct http_server *http;
    struct http_server *local; // for this machine's operators, where `http` is not for them
    struct tender *tender;
    struct str url;
    struct str local_url;
    struct str operator_key;
    bool announced;
};

// A flush failed: what is on the disk is unknown, and the only honest thing is to start again on
// it.
static void stop_at_once(void *context, struct str why)
{
    (void)context;
    log_event(LOG_FATAL, "store.failed", LOG_STR("why", why), LOG_END);
    _exit(EXIT_UNKNOWN_OUTCOME);
}

static enum status open_platform(struct scope *s, struct server *server)
{
    const struct settings *settings = server->settings;
    struct platform *p = &server->platform;
    struct secrets *secrets = NULL;
    struct embedded_dictionary *dictionaries = scope_array(s, 3, sizeof *dictionaries);
    const struct asset *sample = asset_find(str("services/receipts/dictionary.bin"));
    struct embedded_options store = {
        .directory = settings_text(settings, "data"),
        .master_key_path = settings_text(settings, "master_key"),
        .schema = services_schema(s, server->tasks),
        .record_cache_bytes = (size_t)settings_integer(settings, "store.record_cache"),
        .page_cache_bytes = (size_t)settings_integer(settings, "store.page_cache"),
        .on_fatal = stop_at_once,
    };

    if (sample)
        dictionaries[0] = (struct embedded_dictionary){"receipts", asset_text(sample)};
    p->world = world_real();
    p->settings = settings;
    p->data_directory = str_z(s, settings_text(settings, "data"));
    p->metrics = program_metrics(s);
    p->client = http_client_new(&(struct http_client_options){0});
    store.dictionaries = dictionaries;
    TRY(embedded_open(s, p->world, &store, &p->store));
    TRY(secrets_open(s, p->store, &secrets));
    p->secrets = secrets;
    return OK;
}

// The engine seals task tokens with a secret of its own.
static enum status open_flow(struct scope *s, struct server *server)
{
    struct platform *p = &server->platform;
    struct flow_options *options = scope_new(s, struct flow_options);

    *options = (struct flow_options){.store = p->store,
                                     .settings = p->settings,
                                     .metrics = p->metrics,
                                     .tasks = server->tasks,
                                     .region = str_z(s, settings_text(p->settings, "region"))};
    secrets_derive(p->secrets, "task-token", (struct str){0}, options->token_key);
    return flow_open(s, options, &p->flow);
}

static enum status open_notify(struct scope *s, struct server *server)
{
    const struct platform *p = &server->platform;
    struct notify_options options = {
        .store = p->store, .settings = p->settings, .data_directory = str(p->data_directory)};

    return notify_open(s, &options, &server->notify);
}

// Calls that wait for what has changed look again.
static void wake(void *edge, struct str what)
{
    edge_wake(edge, what);
}

static enum status open_services(struct scope *s, struct server *server)
{
    for (size_t i = 0; services[i]; i++)
        if (services[i]->open)
            TRY(services[i]->open(s, &server->platform, &server->selves[i]));
    return OK;
}

static bool is_loopback(struct str address)
{
    return str_starts(address, str("127.")) || str_is(address, "::1");
}

static bool is_any(struct str address)
{
    return str_is(address, "0.0.0.0") || str_is(address, "::");
}

static enum status check_listener(struct scope *s, const struct settings *settings)
{
    struct str address = settings_text(settings, "http.address");

    if (is_loopback(address) || settings_has(settings, "http.certificate") ||
        settings_boolean(settings, "http.plain_public"))
        return OK;
    return fail(s, INVALID,
                "http.address %.*s is public and there is no TLS: set http.certificate and "
                "http.key, or http.plain_public where a proxy has it",
                STR(address));
}

static enum status read_tls(struct scope *s, const struct settings *settings,
                            struct http_server_options *out)
{
    enum { CERTIFICATE_BYTES_MAX = 1 << 20 };

    if (!settings_has(settings, "http.certificate"))
        return OK;
    TRY(file_read_whole(s, world_real(), settings_text(settings, "http.certificate"),
                        CERTIFICATE_BYTES_MAX, &out->certificate));
    TRY(settings_secret(s, settings, "http.key", &out->key));
    if (out->key.bytes == 0)
        return fail(s, INVALID, "http.certificate is set and http.key is not");
    return OK;
}

// RFC 3986, 3.2.2: an IPv6 address stands in brackets.
static struct str url_of(struct scope *s, bool tls, struct str address, unsigned port)
{
    bool brackets = str_find_byte(address, ':') < address.bytes;

    return str_format(s, "%s://%s%.*s%s:%u", tls ? "https" : "http", brackets ? "[" : "",
                      STR(address), brackets ? "]" : "", port);
}

static struct http_handler handler_of(const struct server *server)
{
    return (struct http_handler){.context = server->edge,
                                 .on_headers = edge_on_headers,
                                 .on_request = edge_on_request,
                                 .on_refused = edge_on_refused};
}

// A listener for this machine alone.
static enum status open_local(struct scope *s, struct server *server)
{
    struct http_server_options options = {.address = str("127.0.0.1"),
                                          .scope_bytes_max = EXCHANGE_BYTES_MAX,
                                          .handler = handler_of(server)};

    TRY(http_server_new(s, &options, &server->local));
    server->local_url = url_of(s, false, options.address, http_server_port(server->local));
    return OK;
}

static enum status open_public(struct scope *s, struct server *server)
{
    const struct settings *settings = server->settings;
    struct str address = settings_text(settings, "http.address");
    int sockets[PROCESS_SOCKETS_MAX] = {0};
    size_t socket_count = 0;

    TRY(check_listener(s, settings));
    TRY(process_take_sockets(s, environ, sockets, &socket_count));
    struct http_server_options options = {
        .address = address,
        .port = (uint16_t)settings_integer(settings, "http.port"),
        .inherited_fd = socket_count ? sockets[0] : 0,
        .loops = (unsigned)settings_integer(settings, "http.loops"),
        .connections_max = (unsigned)settings_integer(settings, "http.connections"),
        .scope_bytes_max = EXCHANGE_BYTES_MAX,
        .handler = handler_of(server),
    };
    TRY(read_tls(s, settings, &options));
    TRY(http_server_new(s, &options, &server->http));
    unsigned port = http_server_port(server->http);
    bool tls = options.certificate.bytes > 0;
    server->url = url_of(s, tls, address, port);
    if (tls || socket_count > 0 || (!is_loopback(address) && !is_any(address)))
        return open_local(s, server);
    struct str here = str(str_is(address, "::") ? "::1" : "127.0.0.1");
    server->local_url = is_any(address) ? url_of(s, false, here, port) : server->url;
    return OK;
}

static enum status open_listeners(struct scope *s, struct server *server, bool private)
{
    struct platform *p = &server->platform;

    TRY(private ? open_local(s, server) : open_public(s, server));
    if (private)
        server->url = server->local_url;
    program_metrics_watch(s, p->metrics, p->store, private ? server->local : server->http);
    return OK;
}

// How clients reach this server; empty where only a port that is not known yet would tell.
static struct str public_url(struct scope *s, const struct settings *settings)
{
    struct str address = settings_text(settings, "http.address");
    int64_t port = settings_integer(settings, "http.port");

    if (settings_has(settings, "http.public_url") || port == 0 || is_any(address))
        return settings_text(settings, "http.public_url");
    return url_of(s, settings_has(settings, "http.certificate"), address, (unsigned)port);
}

static enum status open_edge(struct scope *s, struct server *server)
{
    const struct settings *settings = server->settings;
    const struct asset *document = asset_find(str("docs/openapi.json"));
    struct edge_options options = {
        .platform = &server->platform,
        .services = services,
        .selves = server->selves,
        .queues = services_queues(s, server->platform.store),
        .openapi = asset_text(document),
        .blocking_threads = (unsigned)settings_integer(settings, "http.threads"),
        .blocking_waiting_max = (size_t)settings_integer(settings, "http.threads_waiting"),
        .public_url = public_url(s, settings),
        .log_requests = settings_boolean(settings, "log.requests"),
        .requests_per_second = (uint32_t)settings_integer(settings, "http.requests_per_second"),
    };

    TRY(edge_open(s, &options, &server->edge));
    flow_watch(server->platform.flow, wake, server->edge);
    return OK;
}

static void start_workers(struct server *server)
{
    for (size_t i = 0; services[i]; i++) {
        if (!services[i]->workers)
            continue;
        const struct worker_def *defs = services[i]->workers(server->scope, server->selves[i]);
        server->workers[i] = workers_start(server->platform.store, defs);
    }
    server->flow_workers =
        workers_start(server->platform.store, flow_workers(server->scope, server->platform.flow));
    flow_run_timers(server->platform.flow);
    server->notify_workers =
        workers_start(server->platform.store, notify_workers(server->scope, server->notify));
    server->tender = tender_start(&server->platform, services, server->selves);
}

// Starts the tasks of one queue and no other.
static void start_worker(struct server *server, const char *queue)
{
    for (size_t i = 0; services[i]; i++) {
        if (!services[i]->workers)
            continue;
        const struct worker_def *defs = services[i]->workers(server->scope, server->selves[i]);
        for (; defs->queue; defs++) {
            if (!str_is(str(defs->queue->name), queue))
                continue;
            struct worker_def *one = scope_array(server->scope, 2, sizeof *one);
            one[0] = *defs;
            server->workers[i] = workers_start(server->platform.store, one);
        }
    }
}

static enum status start(struct scope *s, struct server *server,
                         const struct server_options *options)
{
    struct str data = settings_text(options->settings, "data");

    // First of all: its warden is a copy of this process, without a thread, a key or a store.
    TRY(sandbox_open(s, sandbox_jobs, &server->platform.sandbox));
    TRY(open_platform(s, server));
    TRY(operator_withdraw(s, data));
    TRY(operator_key(s, server->platform.store, data, &server->operator_key));
    TRY(open_flow(s, server));
    TRY(open_notify(s, server));
    TRY(open_services(s, server));
    TRY(open_edge(s, server));
    TRY(open_listeners(s, server, options->private));
    struct str url = public_url(s, options->settings);
    server->platform.public_url = url.bytes ? url : server->url; // before a worker mails a link
    if (!options->private)
        start_workers(server);
    else if (options->queue)
        start_worker(server, options->queue);
    if (options->private)
        return OK;
    struct operator_address address = {server->local_url, server->url};
    TRY(operator_announce(s, data, &address));
    server->announced = true;
    return OK;
}

enum status server_start(struct scope *s, const struct server_options *options, struct server **out)
{
    struct server *server = heap_new(struct server);

    server->scope = scope_open(SERVER_SCOPE_BYTES_MAX);
    server->settings = options->settings;
    server->tasks = options->tasks ? options->tasks : services_tasks(server->scope, server->selves);
    enum status e = start(server->scope, server, options);
    if (e != OK) {
        (void)fail(s, e, "%.*s", STR(scope_why(server->scope)));
        server_stop(server);
        return e;
    }
    *out = server;
    return OK;
}

struct str server_url(const struct server *server)
{
    return server->url;
}

struct str server_operator_key(const struct server *server)
{
    return server->operator_key;
}

// Lets requests under way end, on both listeners.
static void drain(struct server *server)
{
    struct http_server *listeners[] = {server->http, server->local};
    int64_t deadline_us = settings_duration_us(server->settings, "http.drain");

    if (server->edge)
        edge_drain(server->edge);
    for (size_t i = 0; i < 2; i++)
        if (listeners[i])
            (void)http_server_drain(listeners[i], (unsigned)(deadline_us / 1000));
}

void server_stop(struct server *server)
{
    if (!server)
        return;
    if (server->announced)
        (void)operator_withdraw(server->scope, settings_text(server->settings, "data"));
    drain(server);
    tender_stop(server->tender);
    for (size_t i = 0; services[i]; i++)
        workers_stop(server->workers[i]);
    workers_stop(server->flow_workers);
    workers_stop(server->notify_workers);
    edge_close(server->edge);
    http_server_free(server->local);
    http_server_free(server->http);
    for (size_t i = 0; services[i]; i++)
        if (services[i]->close && server->selves[i])
            services[i]->close(server->selves[i]);
    flow_close(server->platform.flow);
    store_close(server->platform.store);
    http_client_free(server->platform.client);
    scope_close(server->scope);
    free(server);
}
