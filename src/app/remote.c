// Whether a server runs is told by the lock of the data folder and by nothing else: an address that
// a killed server left behind may be anybody's by now.
#include "app/remote.h"

#include "app/command.h"
#include "app/operator.h"
#include "app/server.h"
#include "core/buf.h"
#include "core/scope.h"
#include "core/url.h"
#include "sys/file.h"
#include "sys/settings.h"
#include "sys/thread.h"
#include "sys/world.h"

enum {
    PATH_BYTES_MAX = 1 << 20,
    ANSWER_BYTES_MAX = 128 << 20,        // a page of 10,000 receipts with their documents
    TOTAL_TIMEOUT_MS = 24 * 3600 * 1000, // a merge or a backup takes as long as it takes
    PROBE_TIMEOUT_MS = 2000,
    PROBES_MAX = 25, // of a server that is starting
    PROBE_PAUSE_US = 200000,
    FIELDS_MAX = 5,
};

struct remote {
    struct http_client *client;
    struct server *server; // NULL: another process has it
    struct operator_address address;
    struct str authorization;
    struct str tenant;
};

static void free_client(void *client)
{
    http_client_free(client);
}

static void stop_server(void *server)
{
    server_stop(server);
}

static bool answers(struct scope *s, struct remote *r)
{
    struct http_reply reply = {0};
    struct http_request request = {.url = str_concat(s, 2, r->address.local, str("/livez")),
                                   .total_timeout_ms = PROBE_TIMEOUT_MS,
                                   .allow_private = true};

    return http_call(s, r->client, &request, &reply) == OK && reply.code == 200;
}

// Another process has the folder open: the server that wrote the address, or one that is about to.
static enum status join(struct scope *s, struct remote *r, struct str data, struct str *key)
{
    for (int i = 0; i < PROBES_MAX; i++) {
        if (i > 0)
            thread_pause_us(PROBE_PAUSE_US);
        if (operator_find(s, data, &r->address, key) == OK && answers(s, r)) {
            scope_forgive(s);
            return OK;
        }
    }
    return fail(s, BUSY, "another process has the data folder %.*s open and does not answer",
                STR(data));
}

static enum status start_private(struct scope *s, struct remote *r, const struct settings *settings,
                                 const char *queue, struct str *key)
{
    struct server_options options = {.settings = settings, .private = true, .queue = queue};

    TRY(server_start(s, &options, &r->server));
    scope_defer(s, stop_server, r->server);
    r->address.local = server_url(r->server);
    r->address.url = r->address.local;
    *key = server_operator_key(r->server);
    return OK;
}

// Makes one that has no server yet.
static enum status make(struct scope *s, const struct command_line *line, struct remote **out)
{
    struct remote *r = scope_new(s, struct remote);
    struct str data = settings_text(line->settings, "data");

    if (!path_exists(world_real(), str_concat(s, 2, data, str("/sheaf.db")))) {
        return fail(s, NOT_FOUND,
                    "there is no data folder %.*s: `sheaf serve --data=%.*s` makes one; --data=DIR "
                    "names another",
                    STR(data), STR(data));
    }
    r->client = http_client_new(&(struct http_client_options){0});
    scope_defer(s, free_client, r->client);
    r->tenant = command_flag(line, "tenant");
    if (r->tenant.bytes == 0)
        r->tenant = str("default");
    *out = r;
    return OK;
}

enum status remote_open(struct scope *s, const struct command_line *line, const char *queue,
                        struct remote **out)
{
    struct str data = settings_text(line->settings, "data");
    struct str key = {0};

    TRY(make(s, line, out));
    enum status e = start_private(s, *out, line->settings, queue, &key);
    if (e == BUSY)
        e = join(s, *out, data, &key);
    TRY(e);
    (*out)->authorization = str_concat(s, 2, str("Bearer "), key);
    return OK;
}

enum status remote_join(struct scope *s, const struct command_line *line, struct remote **out)
{
    struct str data = settings_text(line->settings, "data");
    struct str key = {0};

    TRY(make(s, line, out));
    if (operator_find(s, data, &(*out)->address, &key) != OK || !answers(s, *out))
        return fail(s, BUSY, "no server answers on the data folder %.*s", STR(data));
    (*out)->authorization = str_concat(s, 2, str("Bearer "), key);
    return OK;
}

struct str remote_url(const struct remote *r)
{
    return r->address.url;
}

bool remote_is_private(const struct remote *r)
{
    return r->server != NULL;
}

struct str remote_tenant(const struct remote *r)
{
    return r->tenant;
}

static enum status status_of_code(int code)
{
    for (int e = OK + 1; e < STATUS_COUNT; e++)
        if (status_http((enum status)e) == code)
            return (enum status)e;
    return code < 500 ? INVALID : INTERNAL;
}

// Says what problem details say: the sentence, and when there are several findings, all of them.
static enum status explain(struct scope *s, const struct remote_request *request,
                           const struct http_reply *reply)
{
    enum status e = status_of_code(reply->code);
    struct json problem = {0};

    if (json_parse(s, reply->body, &json_limits_lenient, &problem) != OK)
        return fail(s, e, "%s %.*s was answered %d", request->method ? request->method : "GET",
                    STR(request->path), reply->code);
    struct str detail = json_text(json_member(problem, "detail"));
    if (detail.bytes == 0)
        detail = json_text(json_member(problem, "title"));
    if (e == INTERNAL)
        return fail(s, e, "%.*s (request %.*s)", STR(detail),
                    STR(json_text(json_member(problem, "requestId"))));
    return fail(s, e, "%.*s", STR(detail));
}

static size_t put_headers(const struct remote *r, const struct remote_request *request,
                          struct http_field fields[FIELDS_MAX])
{
    const char *type = request->media_type ? request->media_type : "application/json";
    size_t count = 0;

    fields[count++] = (struct http_field){str("Authorization"), r->authorization};
    fields[count++] = (struct http_field){str("Sheaf-Tenant"), r->tenant};
    if (request->body.bytes)
        fields[count++] = (struct http_field){str("Content-Type"), str(type)};
    for (size_t i = 0; i < sizeof request->headers / sizeof request->headers[0]; i++)
        if (request->headers[i].name.bytes)
            fields[count++] = request->headers[i];
    return count;
}

enum status remote_send(struct scope *s, struct remote *r, const struct remote_request *request,
                        struct http_reply *out)
{
    struct http_field fields[FIELDS_MAX];
    struct http_reply reply = {0};
    struct http_request call = {
        .method = request->method,
        .url = str_concat(s, 2, r->address.local, request->path),
        .headers = fields,
        .header_count = put_headers(r, request, fields),
        .body = request->body,
        .total_timeout_ms = TOTAL_TIMEOUT_MS,
        .answer_bytes_max = ANSWER_BYTES_MAX,
        .allow_private = true,
        .on_piece = request->on_piece,
        .piece_context = request->piece_context,
    };

    TRY(http_call(s, r->client, &call, &reply));
    if (out)
        *out = reply;
    return reply.code >= 200 && reply.code < 300 ? OK : explain(s, request, &reply);
}

enum status remote_call(struct scope *s, struct remote *r, const char *method, struct str path,
                        struct json body, struct json *out)
{
    static const struct json_limits limits = {.bytes_max = ANSWER_BYTES_MAX,
                                              .depth_max = 512,
                                              .values_max = 50000000,
                                              .duplicates = JSON_KEEP_LAST};
    struct remote_request request = {.method = method, .path = path};
    struct http_reply reply = {0};
    struct json answer = {0};

    if (!json_is(body, JSON_NONE))
        request.body = json_to_str(s, body);
    TRY(remote_send(s, r, &request, &reply));
    if (reply.body.bytes > 0 && json_parse(s, reply.body, &limits, &answer) != OK)
        return fail(s, INTERNAL, "%.*s was not answered with JSON", STR(path));
    if (out)
        *out = answer;
    return OK;
}

enum status remote_get(struct scope *s, struct remote *r, struct str path, struct json *out)
{
    return remote_call(s, r, "GET", path, (struct json){0}, out);
}

struct str remote_path(struct scope *s, struct str path, const struct http_field *parameters)
{
    struct buf b = buf_make(s, PATH_BYTES_MAX);
    char before = '?';

    buf_put(&b, path);
    for (; parameters->name.bytes; parameters++) {
        if (parameters->value.bytes == 0)
            continue;
        buf_put_byte(&b, before);
        buf_put(&b, parameters->name);
        buf_put_byte(&b, '=');
        url_put_encoded(&b, parameters->value);
        before = '&';
    }
    return buf_str(&b); // Linux bounds an argument to 128 kB
}
