// Puts the pieces together as app/server.c does, on a store in memory.
#include "test/edge_fixture.h"

#include "core/asset.h"
#include "core/buf.h"
#include "core/scope.h"
#include "crypto/api_key.h"
#include "crypto/digest.h"
#include "crypto/sigv4.h"
#include "edge/secrets.h"
#include "flow/outside.h"
#include "http/server.h"
#include "notify/notify.h"
#include "store/embedded/embedded.h"
#include "store/memory/memory.h"
#include "sys/settings.h"
#include "sys/sim.h"
#include "sys/world.h"
#include "test/harness.h"

enum { SERVICES_MAX = 8, TABLES_MAX = 64, HEADERS_MAX = 16, TRIES_MAX = 100 };

static void stop_world(void *w)
{
    sim_free(w);
}

static void stop_store(void *store)
{
    store_close(store);
}

static void stop_client(void *client)
{
    http_client_free(client);
}

// What runs: stopped as app/server.c does it, the pool between the drain and the end of the loops.
struct running {
    struct edge *edge;
    struct http_server *server; // NULL: it did not start
};

static void stop_running(void *argument)
{
    struct running *r = argument;

    if (r->server)
        (void)http_server_drain(r->server, 5000);
    edge_close(r->edge);
    http_server_free(r->server);
}

static void join_lists(const void **to, size_t *count, const void *const *from)
{
    for (size_t i = 0; from[i] && *count < TABLES_MAX; i++)
        to[(*count)++] = from[i];
}

static void join_schema(const void **lists[3], size_t counts[3], const struct store_schema *from)
{
    join_lists(lists[0], &counts[0], (const void *const *)from->tables);
    join_lists(lists[1], &counts[1], (const void *const *)from->queues);
    join_lists(lists[2], &counts[2], (const void *const *)from->buckets);
}

static const struct task_def *const *tasks_of(const struct edge_fixture_options *options)
{
    static const struct task_def *const none[] = {NULL};

    return options->tasks ? options->tasks : none;
}

// The schemas of the edge, of the services and of the engine in one.
static const struct store_schema *join_schemas(struct scope *s,
                                               const struct edge_fixture_options *options)
{
    const void **lists[3];
    size_t counts[3] = {0};
    struct store_schema *out = scope_new(s, struct store_schema);
    const struct service *all[SERVICES_MAX + 2] = {&edge_service};

    for (size_t i = 0; i < SERVICES_MAX && options->services[i]; i++)
        all[i + 1] = options->services[i];
    for (size_t i = 0; i < 3; i++)
        lists[i] = scope_array(s, TABLES_MAX + 1, sizeof(void *));
    for (size_t i = 0; all[i]; i++) {
        join_schema(lists, counts, &all[i]->schema);
    }
    if (options->flow)
        join_schema(lists, counts, flow_schema(s, tasks_of(options)));
    join_schema(lists, counts, &notify_schema);
    out->tables = (const struct table_def *const *)lists[0];
    out->queues = (const struct queue_def *const *)lists[1];
    out->buckets = (const struct bucket_def *const *)lists[2];
    return out;
}

static enum status load_settings(struct scope *s, struct edge_fixture *f,
                                 const struct edge_fixture_options *options)
{
    const struct setting_def **tables = scope_array(s, SERVICES_MAX + 3, sizeof *tables);
    static char *const none[] = {NULL};
    struct settings *settings = NULL;
    size_t count = 0;

    for (size_t i = 0; options->services[i]; i++)
        if (options->services[i]->settings)
            tables[count++] = options->services[i]->settings;
    if (options->flow)
        tables[count++] = flow_settings;
    tables[count++] = notify_settings;
    struct settings_sources sources = {
        .world = f->world,
        .tables = (const struct setting_def *const *)tables,
        .environment = options->environment ? options->environment : none,
        .flags = options->flags ? options->flags : none,
    };
    TRY(settings_load(s, &sources, &settings));
    f->platform.settings = settings;
    return OK;
}

static enum status start_server(struct scope *s, struct edge_fixture *f, struct running *running)
{
    struct http_server *server = NULL;
    struct http_server_options options = {
        .inherited_fd = -1,
        .handler = {.context = f->edge,
                    .on_headers = edge_on_headers,
                    .on_request = edge_on_request,
                    .on_refused = edge_on_refused},
    };

    TRY(http_server_new(s, &options, &server));
    running->server = server;
    f->url = str_format(s, "http://127.0.0.1:%u", http_server_port(server));
    return OK;
}

static enum status open_store(struct scope *s, const struct edge_fixture_options *options,
                              struct edge_fixture *f)
{
    const struct store_schema *schema = join_schemas(s, options);
    uint64_t seed = options->seed ? options->seed : 1;

    if (options->embedded.bytes) {
        struct embedded_options embedded = {.directory = options->embedded, .schema = schema};
        f->world = world_real();
        TRY(embedded_open(s, f->world, &embedded, &f->store));
    } else {
        f->world = sim_new(seed);
        scope_defer(s, stop_world, f->world);
        f->store = memory_open(f->world, schema, seed, options->adversity);
    }
    scope_defer(s, stop_store, f->store);
    return OK;
}

static void stop_flow(void *flow)
{
    flow_close(flow);
}

static enum status open_flow(struct scope *s, struct edge_fixture *f,
                             const struct edge_fixture_options *options)
{
    struct flow_options *flow = scope_new(s, struct flow_options);

    *flow = (struct flow_options){.store = f->store,
                                  .settings = f->platform.settings,
                                  .tasks = tasks_of(options),
                                  .region = "eu-north-1"};
    TRY(flow_open(s, flow, &f->platform.flow));
    scope_defer(s, stop_flow, f->platform.flow);
    return OK;
}

static void wake(void *edge, struct str what)
{
    edge_wake(edge, what);
}

static bool is_handled(const struct service *service, struct str operation)
{
    for (const struct handler_def *h = service->handlers; h && h->operation; h++)
        if (str_is(operation, h->operation))
            return true;
    return false;
}

// Whether one of the operations of a path is the edge's or one of the given services'.
static bool is_served(const struct edge_fixture_options *options, struct json path)
{
    for (size_t i = 0; i < path.count; i++) {
        struct str operation = json_text(json_member(path.members[i].value, "operationId"));
        bool served = is_handled(&edge_service, operation);
        for (size_t k = 0; !served && options->services[k]; k++)
            served = is_handled(options->services[k], operation);
        if (served)
            return true;
    }
    return false;
}

// The shipped document without the paths of services that are not there.
static struct str shipped_document(struct scope *s, const struct edge_fixture_options *options)
{
    struct json shipped = {0};

    (void)json_parse(s, asset_text(asset_find(str("docs/openapi.json"))), &json_limits_lenient,
                     &shipped);
    struct json paths = json_member(shipped, "paths");
    struct json_member *kept = scope_array(s, paths.count, sizeof *kept);
    size_t count = 0;
    for (size_t i = 0; i < paths.count; i++)
        if (is_served(options, paths.members[i].value))
            kept[count++] = paths.members[i];
    return json_to_str(s, json_with(s, shipped, str("paths"), json_object(kept, count)));
}

// The tasks of the given services, as app/services.c gives them their context.
static const struct task_def *const *
service_tasks(struct scope *s, const struct edge_fixture_options *options, struct edge_fixture *f)
{
    const struct task_def **lists = scope_array(s, SERVICES_MAX + 1, sizeof(struct task_def *));
    size_t lists_count = 0;

    for (size_t i = 0; options->services[i]; i++) {
        const struct task_def *given = options->services[i]->tasks;
        size_t count = 0;
        while (given && given[count].name)
            count++;
        if (count == 0)
            continue;
        struct task_def *tasks = scope_array(s, count + 1, sizeof *tasks);
        memcpy(tasks, given, count * sizeof *tasks);
        for (size_t k = 0; k < count; k++)
            tasks[k].context = (void *)&f->selves[i];
        lists[lists_count++] = tasks;
    }
    return lists;
}

static enum status start(struct scope *s, const struct edge_fixture_options *options,
                         struct edge_fixture *f)
{
    struct secrets *secrets = NULL;

    TRY(open_store(s, options, f));
    f->client = http_client_new(&(struct http_client_options){0});
    scope_defer(s, stop_client, f->client);
    f->platform.client = http_client_new(&options->outside);
    scope_defer(s, stop_client, f->platform.client);
    TRY(load_settings(s, f, options));
    enum status e = TEMPORARY;
    for (int i = 0; i < TRIES_MAX && e == TEMPORARY; i++) // the store may be one that fails
        e = secrets_open(s, f->store, &secrets);
    TRY(e);
    f->platform.world = f->world;
    f->platform.store = f->store;
    f->platform.secrets = secrets;
    f->platform.data_directory = "";
    if (options->flow)
        TRY(open_flow(s, f, options));
    for (size_t i = 0; options->services[i]; i++)
        if (options->services[i]->open)
            TRY(options->services[i]->open(s, &f->platform, &f->selves[i]));
    struct edge_options edge = {
        .platform = &f->platform,
        .services = options->services,
        .selves = f->selves,
        .queues = join_schemas(s, options)->queues,
        .openapi = options->openapi.bytes ? options->openapi : shipped_document(s, options),
        .blocking_threads = 2,
        .blocking_waiting_max = 100,
        .requests_per_second = options->requests_per_second,
    };
    TRY(edge_open(s, &edge, &f->edge));
    if (f->platform.flow)
        flow_watch(f->platform.flow, wake, f->edge);
    struct running *running = scope_new(s, struct running);
    running->edge = f->edge;
    scope_defer(s, stop_running, running);
    TRY(start_server(s, f, running));
    f->platform.public_url = f->url;
    return OK;
}

bool edge_fixture_start(struct scope *s, const struct edge_fixture_options *options,
                        struct edge_fixture *out)
{
    struct edge_fixture_options own = *options;

    *out = (struct edge_fixture){.selves = scope_array(s, SERVICES_MAX, sizeof *out->selves)};
    if (own.flow && !own.tasks)
        own.tasks = service_tasks(s, options, out);
    return test_expect_ok(start(s, &own, out), s, __FILE__, __LINE__, "the fixture starts");
}

struct str edge_fixture_document(struct scope *s, const char *given)
{
    struct json shipped = {0};
    struct json paths = {0};

    (void)json_parse(s, asset_text(asset_find(str("docs/openapi.json"))), &json_limits_lenient,
                     &shipped);
    (void)json_parse(s, str(given), &json_limits_lenient, &paths);
    struct json all = json_member(shipped, "paths");
    for (size_t i = 0; i < all.count; i++) {
        struct str path = all.members[i].name;
        struct json tags =
            json_path(json_at(json_array(&all.members[i].value.members[0].value, 1), 0), "tags");
        if (str_is(json_text(json_at(tags, 0)), "edge") ||
            (str_is(json_text(json_at(tags, 0)), "operations") &&
             !str_starts(path, str("/operations/receipts"))))
            paths = json_with(s, paths, path, all.members[i].value);
    }
    return json_to_str(s, json_with(s, shipped, str("paths"), paths));
}

struct str edge_fixture_key(struct scope *s, struct edge_fixture *f, const char *tenant,
                            const char *client, const char *scopes)
{
    struct key_order order = {.tenant = str(tenant), .client = str(client), .scopes = str(scopes)};
    struct key_made made = {0};

    (void)test_expect_ok(key_create(s, f->store, &order, str("test"), &made), s, __FILE__, __LINE__,
                         "a key is made");
    return made.secret;
}

struct access_key edge_fixture_access(struct scope *s, struct edge_fixture *f, struct str key)
{
    struct str id = {0};

    (void)test_expect_ok(api_key_read(s, key, &id), s, __FILE__, __LINE__, "it is a key");
    return access_key_of(s, f->platform.secrets, id);
}

static size_t read_headers(const char *text, struct http_field *out)
{
    struct str rest = str(text);
    size_t count = 0;

    while (rest.bytes && count < HEADERS_MAX - 1) {
        struct str line = str_cut(&rest, '\n');
        out[count].name = str_cut(&line, ':');
        out[count].value = str_trim(line);
        count += out[count].name.bytes > 0;
    }
    return count;
}

struct answered edge_fixture_call(struct scope *s, struct edge_fixture *f, const char *method,
                                  const char *path, struct str key, const char *headers,
                                  struct str body)
{
    struct http_field fields[HEADERS_MAX];
    size_t count = read_headers(headers, fields);
    struct answered out = {0};

    if (key.bytes)
        fields[count++] =
            (struct http_field){str("Authorization"), str_concat(s, 2, str("Bearer "), key)};
    struct http_request request = {
        .method = method,
        .url = str_concat(s, 2, f->url, str(path)),
        .headers = fields,
        .header_count = count,
        .body = body,
        .answer_bytes_max = 64 << 20,
        .allow_private = true,
    };
    if (!test_expect_ok(http_call(s, f->client, &request, &out.reply), s, __FILE__, __LINE__, path))
        return out;
    out.code = out.reply.code;
    out.body = out.reply.body;
    struct str type = http_reply_header(&out.reply, "Content-Type");
    if (str_find(type, str("json")) < type.bytes && !str_starts(type, str("application/x-ndjson")))
        (void)test_expect_ok(json_parse(s, out.body, &json_limits_lenient, &out.json), s, __FILE__,
                             __LINE__, "the answer is JSON");
    return out;
}

struct answered edge_fixture_aws_call(struct scope *s, struct edge_fixture *f,
                                      const struct aws_call *call)
{
    struct sigv4_signed signed_with = {0};
    struct sigv4_header fields[] = {{str("Host"), str_slice(f->url, 7, f->url.bytes)},
                                    {str("Content-Type"), str("application/x-amz-json-1.0")},
                                    {str("X-Amz-Target"), str(call->target)}};
    struct sigv4_request request = {.method = str("POST"),
                                    .path = str("/"),
                                    .headers = fields,
                                    .header_count = 3,
                                    .payload_hash = digest_sha256_hex(s, call->body)};
    struct sigv4_signer signer = {.access_key = call->access.id,
                                  .secret = call->access.secret,
                                  .region = str("eu-north-1"),
                                  .service = str(call->service),
                                  .now_us = world_now_us(f->world) + call->skew_us};
    struct buf headers = buf_make(s, 1 << 16);

    for (size_t i = 1; i < 3; i++)
        buf_format(&headers, "%.*s: %.*s\n", STR(fields[i].name), STR(fields[i].value));
    if (call->access.id.bytes)
        (void)test_expect_ok(sigv4_sign(s, &signer, &request, &signed_with), s, __FILE__, __LINE__,
                             "the call is signed");
    for (size_t i = 0; i < signed_with.header_count; i++)
        buf_format(&headers, "%.*s: %.*s\n", STR(signed_with.headers[i].name),
                   STR(signed_with.headers[i].value));
    buf_put_byte(&headers, '\0');
    return edge_fixture_call(s, f, "POST", "/", call->bearer, buf_str(&headers).data, call->body);
}
