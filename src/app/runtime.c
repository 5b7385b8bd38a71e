// Requests arrive on the listener's thread and are posted to the owner's inbox as they are; the
// owner answers them.
// Source: AWS Lambda, "Using the Lambda runtime API for custom runtimes" (2018-06-01).
#include "app/runtime.h"

#include "core/scope.h"
#include "http/exchange.h"
#include "http/server.h"
#include "sys/inbox.h"

#include <assert.h>
#include <stdatomic.h>

enum { HEADER_BYTES_MAX = 1 << 20, IDLE_TIMEOUT_S = 7 * 24 * 3600, KEPT_BYTES_MAX = 64 << 20 };
enum { BODY_DEADLINE_MS = 600000 };

static const char prefix[] = "/2018-06-01/runtime/";

// What the listener itself has refused; posted once at a time.
struct nudge {
    struct post post;
    struct runtime *runtime;
    atomic_bool under_way;
};

struct runtime {
    struct http_server *server;
    struct inbox *inbox;
    struct scope *kept; // of the invocation at hand: what was asked, and how it ended
    struct str address;
    struct str id; // empty: there is none at hand
    enum runtime_end end;
    struct str body;
    struct str type;
    struct str init_error;
    struct http_exchange *next; // NULL: the process does not wait
    struct nudge nudge;
};

// A request on its way to the owner.
struct asked {
    struct post post;
    struct runtime *runtime;
    struct http_exchange *exchange;
};

static void answer(struct http_exchange *x, int code, struct str body)
{
    http_answer_header(x, str("Content-Type"), str("application/json"));
    http_answer(x, code, body);
}

static void answer_error(struct http_exchange *x, int code, const char *type, const char *message)
{
    answer(
        x, code,
        str_format(http_scope(x), "{\"errorMessage\":\"%s\",\"errorType\":\"%s\"}", message, type));
}

static void asked_next(struct runtime *r, struct http_exchange *x)
{
    if (r->next || (r->id.bytes && r->end == RUNTIME_RUNS)) {
        answer_error(x, 403, "InvalidStateTransition", "the invocation before has not ended");
        return;
    }
    r->next = x;
}

static void told_init_error(struct runtime *r, struct http_exchange *x)
{
    struct str body = http_body(x);

    if (body.bytes > 4096)
        body.bytes = 4096;
    r->init_error = str_copy(r->kept, body.bytes ? body : str("{}"));
    answer(x, 202, str("{\"status\":\"OK\"}"));
}

static void told_end(struct runtime *r, struct http_exchange *x, enum runtime_end end)
{
    r->end = end;
    r->body = str_copy(r->kept, http_body(x));
    r->type = str_copy(r->kept, http_header(x, "Lambda-Runtime-Function-Error-Type"));
    answer(x, 202, str("{\"status\":\"OK\"}"));
}

static void asked_of_invocation(struct runtime *r, struct http_exchange *x, struct str rest)
{
    struct str id = str_cut(&rest, '/');

    bool is_response = str_is(rest, "response");

    if (!is_response && !str_is(rest, "error")) {
        answer_error(x, 404, "NotFound", "there is no such path");
    } else if (r->id.bytes == 0 || !str_equal(id, r->id) || r->end != RUNTIME_RUNS) {
        answer_error(x, 400, "InvalidRequestID", "that is not the invocation at hand");
    } else {
        told_end(r, x, is_response ? RUNTIME_RESPONSE : RUNTIME_ERROR);
    }
}

// On the owner's thread.
static void ask(struct post *p)
{
    struct asked *a = (struct asked *)p;
    struct str path = http_path(a->exchange);
    bool posts = str_is(http_method(a->exchange), "POST");
    bool ours = str_starts(path, str(prefix));
    struct str rest = str_slice(path, ours ? strlen(prefix) : path.bytes, path.bytes);

    if (!posts && str_is(rest, "invocation/next")) {
        asked_next(a->runtime, a->exchange);
    } else if (posts && str_is(rest, "init/error")) {
        told_init_error(a->runtime, a->exchange);
    } else if (posts && str_starts(rest, str("invocation/"))) {
        asked_of_invocation(a->runtime, a->exchange,
                            str_slice(rest, strlen("invocation/"), rest.bytes));
    } else {
        answer_error(a->exchange, 404, "NotFound", "there is no such path");
    }
}

static void on_request(void *context, struct http_exchange *x)
{
    struct asked *a = scope_new(http_scope(x), struct asked);

    *a = (struct asked){.post = {.run = ask}, .runtime = context, .exchange = x};
    inbox_post(a->runtime->inbox, &a->post);
}

static void on_headers(void *context, struct http_exchange *x)
{
    (void)context;
    http_body_limit(x, RUNTIME_PAYLOAD_BYTES_MAX, BODY_DEADLINE_MS);
}

// A body that is too large was refused by the listener: that is how the invocation ends.
static void end_too_large(struct post *p)
{
    struct nudge *n = (struct nudge *)p;

    atomic_store(&n->under_way, false);
    if (n->runtime->id.bytes && n->runtime->end == RUNTIME_RUNS)
        n->runtime->end = RUNTIME_TOO_LARGE;
}

static void on_refused(void *context, struct http_exchange *x, int code, struct str why)
{
    struct runtime *r = context;

    if (code == 413 && !atomic_exchange(&r->nudge.under_way, true))
        inbox_post(r->inbox, &r->nudge.post);
    answer_error(x, code, "RequestRefused", str_z(http_scope(x), why));
}

static void runtime_close(void *opaque)
{
    struct runtime *r = opaque;

    runtime_forget(r);
    (void)http_server_drain(r->server, 0);
    runtime_read(r);
    runtime_forget(r);
    http_server_free(r->server);
    inbox_free(r->inbox);
    scope_close(r->kept);
}

enum status runtime_open(struct scope *s, struct runtime **out)
{
    struct runtime *r = scope_new(s, struct runtime);
    struct http_server_options options = {
        .header_bytes_max = HEADER_BYTES_MAX,
        .idle_timeout_s = IDLE_TIMEOUT_S,
        .handler = {r, on_headers, on_request, on_refused},
    };

    TRY(http_server_new(s, &options, &r->server));
    r->inbox = inbox_new();
    r->kept = scope_open(KEPT_BYTES_MAX);
    r->nudge = (struct nudge){.post = {.run = end_too_large}, .runtime = r};
    r->address = str_format(s, "127.0.0.1:%u", http_server_port(r->server));
    scope_defer(s, runtime_close, r);
    *out = r;
    return OK;
}

struct str runtime_address(const struct runtime *r)
{
    return r->address;
}

int runtime_fd(const struct runtime *r)
{
    return inbox_fd(r->inbox);
}

void runtime_read(struct runtime *r)
{
    (void)inbox_run(r->inbox);
}

bool runtime_waits(const struct runtime *r)
{
    return r->next != NULL;
}

struct str runtime_init_error(const struct runtime *r)
{
    return r->init_error;
}

static void put_header(struct http_exchange *x, const char *name, struct str value)
{
    if (value.bytes)
        http_answer_header(x, str(name), str_copy(http_scope(x), value));
}

void runtime_give(struct runtime *r, const struct runtime_invocation *i)
{
    struct http_exchange *x = r->next;

    assert(x);
    scope_reset(r->kept);
    r->init_error = r->body = r->type = (struct str){0};
    r->id = str_copy(r->kept, i->id);
    r->end = RUNTIME_RUNS;
    r->next = NULL;
    put_header(x, "Lambda-Runtime-Aws-Request-Id", i->id);
    put_header(x, "Lambda-Runtime-Deadline-Ms",
               str_format(http_scope(x), "%lld", (long long)i->deadline_ms));
    put_header(x, "Lambda-Runtime-Invoked-Function-Arn", i->function_arn);
    put_header(x, "Lambda-Runtime-Trace-Id", i->trace_id);
    answer(x, 200, str_copy(http_scope(x), i->input));
}

enum runtime_end runtime_ended(const struct runtime *r, struct str *body, struct str *type)
{
    *body = r->body;
    *type = r->type;
    return r->end;
}

void runtime_forget(struct runtime *r)
{
    runtime_read(r);
    if (r->next)
        answer_error(r->next, 500, "Void", "the process has ended");
    r->next = NULL;
    r->id = r->init_error = (struct str){0};
    r->end = RUNTIME_RUNS;
}
