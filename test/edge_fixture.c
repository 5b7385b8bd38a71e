// Puts the pieces together as app/server.c does, on a store in memory.
#include "test/edge_fixture.h"

#include "core/asset.h"
#include "core/scope.h"
#include "edge/secrets.h"
#include "http/server.h"
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

// The schemas of the edge and of the services in one.
static const struct store_schema *join_schemas(struct scope *s,
                                               const struct service *const *services)
{
    const void **lists[3];
    size_t counts[3] = {0};
    struct store_schema *out = scope_new(s, struct store_schema);
    const struct service *all[SERVICES_MAX + 2] = {&edge_service};

    for (size_t i = 0; i < SERVICES_MAX && services[i]; i++)
        all[i + 1] = services[i];
    for (size_t i = 0; i < 3; i++)
        lists[i] = scope_array(s, TABLES_MAX + 1, sizeof(void *));
    for (size_t i = 0; all[i]; i++) {
        join_lists(lists[0], &counts[0], (const void *const *)all[i]->schema.tables);
        join_lists(lists[1], &counts[1], (const void *const *)all[i]->schema.queues);
        join_lists(lists[2], &counts[2], (const void *const *)all[i]->schema.buckets);
    }
    out->tables = (const struct table_def *const *)lists[0];
    out->queues = (const struct queue_def *const *)lists[1];
    out->buckets = (const struct bucket_def *const *)lists[2];
    return out;
}

static enum status load_settings(struct scope *s, struct edge_fixture *f,
                                 const struct edge_fixture_options *options)
{
    const struct setting_def **tables = scope_array(s, SERVICES_MAX + 1, sizeof *tables);
    static char *const none[] = {NULL};
    struct settings *settings = NULL;
    size_t count = 0;

    for (size_t i = 0; options->services[i]; i++)
        if (options->services[i]->settings)
            tables[count++] = options->services[i]->settings;
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
    const struct store_schema *schema = join_schemas(s, options->services);
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

static enum status start(struct scope *s, const struct edge_fixture_options *options,
                         struct edge_fixture *f)
{
    struct secrets *secrets = NULL;

    f->selves = scope_array(s, SERVICES_MAX, sizeof *f->selves);
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
    for (size_t i = 0; options->services[i]; i++)
        if (options->services[i]->open)
            TRY(options->services[i]->open(s, &f->platform, &f->selves[i]));
    struct edge_options edge = {
        .platform = &f->platform,
        .services = options->services,
        .selves = f->selves,
        .openapi = options->openapi.bytes ? options->openapi
                                          : asset_text(asset_find(str("docs/openapi.json"))),
        .blocking_threads = 2,
        .blocking_waiting_max = 100,
        .requests_per_second = options->requests_per_second,
    };
    TRY(edge_open(s, &edge, &f->edge));
    struct running *running = scope_new(s, struct running);
    running->edge = f->edge;
    scope_defer(s, stop_running, running);
    return start_server(s, f, running);
}

bool edge_fixture_start(struct scope *s, const struct edge_fixture_options *options,
                        struct edge_fixture *out)
{
    *out = (struct edge_fixture){0};
    return test_expect_ok(start(s, options, out), s, __FILE__, __LINE__, "the fixture starts");
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
