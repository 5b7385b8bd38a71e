// Calls by libcurl. An easy handle keeps its connections from call to call, so handles are kept in
// a list, newest first, and a call takes one that was last used for the same origin if there is
// one. Calls that are guarded never share a handle, and so a connection, with calls that are not.
#include "http/client.h"

#include "core/buf.h"
#include "core/heap.h"
#include "core/scope.h"
#include "http/address.h"
#include "sys/thread.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <sys/socket.h>

enum {
    IDLE_CALLS_DEFAULT = 64,
    CONNECT_TIMEOUT_MS_DEFAULT = 5000,
    TOTAL_TIMEOUT_MS_DEFAULT = 30000,
    ANSWER_BYTES_DEFAULT = 1 << 20,
    ORIGIN_BYTES_MAX = 255,
    FIELDS_MAX = 200, // of an answer
};

struct call {
    struct call *next;
    CURL *curl;
    bool is_guarded;
    char origin[ORIGIN_BYTES_MAX + 1]; // "https://host:port" of the last call
    char why[CURL_ERROR_SIZE];
    // While a call runs:
    struct scope *scope;
    const struct http_request *request;
    struct buf body;
    struct http_field *fields;
    size_t field_count;
    bool is_too_large;
    bool is_private;          // an address was refused
    enum status piece_status; // of on_piece
};

struct http_client {
    enum status (*stand_in)(void *context, struct scope *s, const struct http_request *request,
                            struct http_reply *out);
    void *stand_in_context;
    struct mutex mutex;
    struct call *idle;
    unsigned idle_count;
    unsigned idle_max;
    struct str ca_file; // NUL behind it
};

struct http_client *http_client_new(const struct http_client_options *options)
{
    struct http_client *client = heap_new(struct http_client);
    CURLcode e = curl_global_init(CURL_GLOBAL_DEFAULT);

    assert(e == CURLE_OK);
    (void)e;
    mutex_init(&client->mutex);
    client->stand_in = options->stand_in;
    client->stand_in_context = options->stand_in_context;
    client->idle_max = options->idle_calls_max ? options->idle_calls_max : IDLE_CALLS_DEFAULT;
    if (options->ca_file.bytes > 0)
        client->ca_file = heap_copy(options->ca_file);
    return client;
}

static void call_free(struct call *c)
{
    curl_easy_cleanup(c->curl);
    free(c);
}

void http_client_free(struct http_client *client)
{
    if (!client)
        return;
    while (client->idle) {
        struct call *c = client->idle;
        client->idle = c->next;
        call_free(c);
    }
    free((char *)(uintptr_t)client->ca_file.data);
    mutex_fini(&client->mutex);
    free(client);
    curl_global_cleanup();
}

static struct call *call_new(bool is_guarded)
{
    struct call *c = heap_new(struct call);

    c->curl = curl_easy_init();
    assert(c->curl);
    c->is_guarded = is_guarded;
    return c;
}

// Finds the place of an idle call for this origin, else of any with the same guard.
static struct call **find_idle(struct http_client *client, struct str origin, bool is_guarded)
{
    struct call **any = NULL;

    for (struct call **c = &client->idle; *c; c = &(*c)->next) {
        if ((*c)->is_guarded != is_guarded)
            continue;
        if (str_is(origin, (*c)->origin))
            return c;
        any = c;
    }
    return any;
}

static struct call *take_call(struct http_client *client, struct str origin, bool is_guarded)
{
    struct call *taken = NULL;

    mutex_lock(&client->mutex);
    struct call **place = find_idle(client, origin, is_guarded);
    if (place) {
        taken = *place;
        *place = taken->next;
        client->idle_count--;
    }
    mutex_unlock(&client->mutex);
    return taken ? taken : call_new(is_guarded);
}

static void give_call(struct http_client *client, struct call *c)
{
    mutex_lock(&client->mutex);
    bool keep = client->idle_count < client->idle_max;
    if (keep) {
        c->next = client->idle;
        client->idle = c;
        client->idle_count++;
    }
    mutex_unlock(&client->mutex);
    if (!keep)
        call_free(c);
}

static curl_socket_t open_socket(void *opaque, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct call *c = opaque;

    (void)purpose;
    if (c->is_guarded && !address_is_public(&address->addr)) {
        c->is_private = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static bool is_wanted_in_pieces(const struct call *c)
{
    long code = 0;

    (void)curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &code);
    return c->request->on_piece && code >= 200 && code < 300;
}

static size_t take_body(char *data, size_t one, size_t bytes, void *opaque)
{
    struct call *c = opaque;
    struct str piece = str_of(data, one * bytes);

    if (is_wanted_in_pieces(c)) {
        c->piece_status = c->request->on_piece(c->request->piece_context, piece);
        return c->piece_status == OK ? piece.bytes : 0;
    }
    buf_put(&c->body, piece);
    c->is_too_large = c->body.overflow;
    return c->is_too_large ? 0 : piece.bytes;
}

static size_t take_header(char *data, size_t one, size_t bytes, void *opaque)
{
    struct call *c = opaque;
    struct str line = str_of(data, one * bytes);

    if (str_starts(line, str("HTTP/"))) {
        c->field_count = 0; // interim answers have heads, too
        return one * bytes;
    }
    struct str rest = line;
    struct str name = str_cut(&rest, ':');
    if (rest.data && c->field_count < FIELDS_MAX)
        c->fields[c->field_count++] = (struct http_field){str_copy(c->scope, str_trim(name)),
                                                          str_copy(c->scope, str_trim(rest))};
    return one * bytes;
}

// "https://host:port" of a URL, which is all of it that an error may repeat.
static struct str origin_of(struct str url)
{
    size_t at = str_find(url, str("://"));
    size_t end = at < url.bytes ? at + 3 : url.bytes;

    while (end < url.bytes && !strchr("/?#", url.data[end]))
        end++;
    return str_slice(url, 0, end < ORIGIN_BYTES_MAX ? end : ORIGIN_BYTES_MAX);
}

static enum status check(struct scope *s, const struct http_request *r)
{
    bool is_http = str_starts(r->url, str("http://")) || str_starts(r->url, str("https://"));
    struct str host = str_slice(r->url, str_find(r->url, str("://")) + 3, r->url.bytes);

    is_http = is_http && host.bytes > 0 && !strchr("/?#", host.data[0]); // libcurl skips slashes
    for (size_t i = 0; i < r->url.bytes; i++)
        is_http = is_http && r->url.data[i] > ' ' && r->url.data[i] < 0x7f;
    if (!is_http)
        return fail(s, INVALID, "the URL is not one of http or https");
    for (size_t i = 0; i < r->header_count; i++)
        if (!field_is_name(r->headers[i].name) || !field_is_value(r->headers[i].value))
            return fail(s, INVALID, "a header has a character that cannot be sent");
    return OK;
}

static void append(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);

    assert(longer);
    *list = longer;
}

static struct curl_slist *header_list(struct scope *s, const struct http_request *r)
{
    struct curl_slist *list = NULL;

    append(&list, "Expect:"); // no waiting for 100
    if (field_find(r->headers, r->header_count, "Content-Type").bytes == 0)
        append(&list, "Content-Type:"); // libcurl would say that it is a form
    for (size_t i = 0; i < r->header_count; i++) {
        struct http_field f = r->headers[i];
        struct str line = f.value.bytes > 0
                              ? str_format(s, "%.*s: %.*s", STR(f.name), STR(f.value))
                              : str_format(s, "%.*s;", STR(f.name)); // sent without a value
        append(&list, str_z(s, line));
    }
    return list;
}

static void set_method(CURL *curl, const struct http_request *r)
{
    const char *method = r->method ? r->method : "GET";
    bool has_body = r->body.bytes > 0 || strcmp(method, "POST") == 0 ||
                    strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0;

    if (strcmp(method, "HEAD") == 0)
        (void)curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    else
        (void)curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    if (has_body) {
        (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.bytes);
        (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, r->body.bytes > 0 ? r->body.data : "");
    }
}

static void set_limits(CURL *curl, const struct http_request *r)
{
    unsigned connect_ms =
        r->connect_timeout_ms ? r->connect_timeout_ms : CONNECT_TIMEOUT_MS_DEFAULT;
    unsigned total_ms = r->total_timeout_ms ? r->total_timeout_ms : TOTAL_TIMEOUT_MS_DEFAULT;

    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)total_ms);
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(curl, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_PROXY, ""); // not even one from the environment
    (void)curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, r->once ? 1L : 0L);
}

static void set_callbacks(struct call *c)
{
    (void)curl_easy_setopt(c->curl, CURLOPT_ERRORBUFFER, c->why);
    (void)curl_easy_setopt(c->curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    (void)curl_easy_setopt(c->curl, CURLOPT_OPENSOCKETDATA, c);
    (void)curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, take_body);
    (void)curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, c);
    (void)curl_easy_setopt(c->curl, CURLOPT_HEADERFUNCTION, take_header);
    (void)curl_easy_setopt(c->curl, CURLOPT_HEADERDATA, c);
}

static void call_begin(struct scope *s, struct call *c, const struct http_request *r)
{
    struct str origin = origin_of(r->url);

    memcpy(c->origin, origin.data, origin.bytes);
    c->origin[origin.bytes] = '\0';
    c->why[0] = '\0';
    c->scope = s;
    c->request = r;
    c->piece_status = OK;
    c->body = buf_make(s, r->answer_bytes_max ? r->answer_bytes_max : ANSWER_BYTES_DEFAULT);
    c->fields = scope_array(s, FIELDS_MAX, sizeof *c->fields);
    c->field_count = 0;
    c->is_too_large = false;
    c->is_private = false;
    curl_easy_reset(c->curl); // keeps the connections
}

// Whether a part of the request has left, so that the other side may have acted on it. It counts
// what went over a kept connection that turned out dead, too.
static bool was_sent(const struct call *c)
{
    long bytes = 0;

    (void)curl_easy_getinfo(c->curl, CURLINFO_REQUEST_SIZE, &bytes);
    return bytes > 0;
}

static enum status outcome(const struct call *c, CURLcode e)
{
    if (e == CURLE_OK)
        return OK;
    if (e == CURLE_UNSUPPORTED_PROTOCOL || e == CURLE_URL_MALFORMAT || e == CURLE_LOGIN_DENIED)
        return INVALID;
    if (c->is_too_large)
        return TOO_LARGE;
    if (was_sent(c))
        return TIMEOUT;
    return c->is_private ? DENIED : TEMPORARY;
}

static enum status explain(struct scope *s, const struct call *c, enum status e, CURLcode code)
{
    if (e == DENIED)
        return fail(s, e, "%s is not a public address", c->origin);
    if (e == TOO_LARGE)
        return fail(s, e, "%s: the answer is longer than %zu bytes", c->origin, c->body.bytes_max);
    return fail(s, e, "%s: %s", c->origin, c->why[0] ? c->why : curl_easy_strerror(code));
}

static enum status call_run(struct scope *s, struct http_client *client, struct call *c,
                            const struct http_request *r, struct http_reply *out)
{
    struct curl_slist *headers = header_list(s, r);
    long code = 0;

    call_begin(s, c, r);
    set_method(c->curl, r);
    set_limits(c->curl, r);
    set_callbacks(c);
    (void)curl_easy_setopt(c->curl, CURLOPT_URL, str_z(s, r->url));
    (void)curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, headers);
    if (client->ca_file.bytes > 0)
        (void)curl_easy_setopt(c->curl, CURLOPT_CAINFO, client->ca_file.data);
    CURLcode curl_code = curl_easy_perform(c->curl);
    enum status e = outcome(c, curl_code);
    (void)curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &code);
    curl_slist_free_all(headers);
    if (c->piece_status != OK)
        return c->piece_status;
    if (e != OK)
        return explain(s, c, e, curl_code);
    *out = (struct http_reply){(int)code, c->fields, c->field_count, buf_str(&c->body)};
    return OK;
}

enum status http_call(struct scope *s, struct http_client *client,
                      const struct http_request *request, struct http_reply *out)
{
    TRY(check(s, request));
    if (client->stand_in)
        return client->stand_in(client->stand_in_context, s, request, out);
    struct call *c = take_call(client, origin_of(request->url), !request->allow_private);
    enum status e = call_run(s, client, c, request, out);
    give_call(client, c);
    return e;
}

struct str http_reply_header(const struct http_reply *reply, const char *name)
{
    return field_find(reply->headers, reply->header_count, name);
}
