// The Lambda Runtime API, asked over HTTP by a process that is a thread here.
#include "app/runtime.h"

#include "core/scope.h"
#include "http/client.h"
#include "sys/thread.h"
#include "test/harness.h"

#include <poll.h>

enum { ASKED_BYTES_MAX = 64 << 20 };

// A request under way.
struct asked {
    struct scope *scope;
    struct thread *thread;
    struct http_client *client;
    const char *method;
    struct str url;
    struct str type; // of an error
    struct str body;
    struct http_reply reply;
};

static void send_it(void *opaque)
{
    struct asked *a = opaque;
    struct http_field field = {str("Lambda-Runtime-Function-Error-Type"), a->type};
    struct http_request request = {.method = a->method,
                                   .url = a->url,
                                   .headers = &field,
                                   .header_count = a->type.bytes ? 1 : 0,
                                   .body = a->body,
                                   .allow_private = true};

    (void)http_call(a->scope, a->client, &request, &a->reply);
}

static struct asked *ask(struct scope *s, const struct runtime *r, const char *method,
                         const char *path, struct str body)
{
    struct asked *a = scope_new(s, struct asked);

    a->scope = scope_open(ASKED_BYTES_MAX);
    a->client = http_client_new(&(struct http_client_options){0});
    a->method = method;
    a->url = str_concat(a->scope, 4, str("http://"), runtime_address(r),
                        str("/2018-06-01/runtime/"), str(path));
    a->body = body;
    if (str_ends(a->url, str("/error")))
        a->type = str("Named.ByHeader");
    a->thread = thread_start("asked", send_it, a);
    return a;
}

static void wait_for(struct runtime *r)
{
    struct pollfd p = {.fd = runtime_fd(r), .events = POLLIN};

    EXPECT(poll(&p, 1, 10000) == 1);
    runtime_read(r);
}

// What it was answered. Its scope ends with the test's.
static int answer_of(struct asked *a)
{
    thread_join(a->thread);
    a->thread = NULL;
    return a->reply.code;
}

static void done(struct asked *a)
{
    http_client_free(a->client);
    scope_close(a->scope);
}

static int code_of(struct scope *s, struct runtime *r, const char *method, const char *path,
                   struct str body)
{
    struct asked *a = ask(s, r, method, path, body);

    wait_for(r);
    int code = answer_of(a);
    done(a);
    return code;
}

// Lets the process fetch an invocation with this id.
static void give(struct scope *s, struct runtime *r, const char *id)
{
    struct asked *a = ask(s, r, "GET", "invocation/next", (struct str){0});

    wait_for(r);
    EXPECT(runtime_waits(r));
    runtime_give(r, &(struct runtime_invocation){.id = str(id),
                                                 .input = str("{\"n\":1}"),
                                                 .function_arn = str("arn:f"),
                                                 .trace_id = str("Root=1"),
                                                 .deadline_ms = 1234});
    EXPECT(!runtime_waits(r));
    EXPECT_EQUAL(answer_of(a), 200);
    EXPECT_STR(a->reply.body, "{\"n\":1}");
    EXPECT_STR(http_reply_header(&a->reply, "Lambda-Runtime-Aws-Request-Id"), id);
    EXPECT_STR(http_reply_header(&a->reply, "Lambda-Runtime-Deadline-Ms"), "1234");
    EXPECT_STR(http_reply_header(&a->reply, "Lambda-Runtime-Invoked-Function-Arn"), "arn:f");
    EXPECT_STR(http_reply_header(&a->reply, "Lambda-Runtime-Trace-Id"), "Root=1");
    done(a);
}

TEST(an_invocation_is_fetched_and_its_response_is_kept)
{
    struct runtime *r = NULL;
    struct str body = {0};
    struct str type = {0};
    EXPECT_OK(runtime_open(s, &r));

    give(s, r, "one");
    EXPECT(runtime_ended(r, &body, &type) == RUNTIME_RUNS);
    EXPECT_EQUAL(code_of(s, r, "POST", "invocation/one/response", str("[1.10]")), 202);
    EXPECT(runtime_ended(r, &body, &type) == RUNTIME_RESPONSE);
    EXPECT_STR(body, "[1.10]");
    give(s, r, "two");
    EXPECT(runtime_ended(r, &body, &type) == RUNTIME_RUNS);
    EXPECT_EQUAL(code_of(s, r, "POST", "invocation/two/error", str("{\"errorType\":\"E\"}")), 202);
    EXPECT(runtime_ended(r, &body, &type) == RUNTIME_ERROR);
    EXPECT_STR(body, "{\"errorType\":\"E\"}");
    EXPECT_STR(type, "Named.ByHeader");
}

TEST(what_a_process_must_not_ask_is_refused)
{
    struct runtime *r = NULL;
    EXPECT_OK(runtime_open(s, &r));

    EXPECT_EQUAL(code_of(s, r, "POST", "invocation/one/response", str("1")), 400);
    give(s, r, "one");
    EXPECT_EQUAL(code_of(s, r, "GET", "invocation/next", (struct str){0}), 403);
    EXPECT_EQUAL(code_of(s, r, "POST", "invocation/other/response", str("1")), 400);
    EXPECT_EQUAL(code_of(s, r, "POST", "invocation/one/answer", str("1")), 404);
    EXPECT_EQUAL(code_of(s, r, "GET", "weather", (struct str){0}), 404);
    EXPECT_EQUAL(code_of(s, r, "POST", "invocation/one/response", str("1")), 202);
    EXPECT_EQUAL(code_of(s, r, "POST", "invocation/one/response", str("2")), 400);
}

TEST(a_response_that_is_too_large_ends_the_invocation)
{
    struct runtime *r = NULL;
    struct str body = {0};
    struct str type = {0};
    EXPECT_OK(runtime_open(s, &r));
    char *text = scope_bytes(s, RUNTIME_PAYLOAD_BYTES_MAX + 1);

    memset(text, '1', RUNTIME_PAYLOAD_BYTES_MAX + 1);
    give(s, r, "one");
    (void)code_of(s, r, "POST", "invocation/one/response",
                  str_of(text, RUNTIME_PAYLOAD_BYTES_MAX + 1));
    EXPECT(runtime_ended(r, &body, &type) == RUNTIME_TOO_LARGE);
    give(s, r, "two");
    EXPECT_EQUAL(
        code_of(s, r, "POST", "invocation/two/response", str_of(text, RUNTIME_PAYLOAD_BYTES_MAX)),
        202);
    EXPECT(runtime_ended(r, &body, &type) == RUNTIME_RESPONSE);
    EXPECT_EQUAL((int64_t)body.bytes, RUNTIME_PAYLOAD_BYTES_MAX);
}

TEST(what_a_process_asked_that_has_ended_is_void)
{
    struct runtime *r = NULL;
    EXPECT_OK(runtime_open(s, &r));

    EXPECT_EQUAL(code_of(s, r, "POST", "init/error", str("{\"errorType\":\"NoHandler\"}")), 202);
    EXPECT_STR(runtime_init_error(r), "{\"errorType\":\"NoHandler\"}");
    struct asked *a = ask(s, r, "GET", "invocation/next", (struct str){0});
    wait_for(r);
    EXPECT(runtime_waits(r));
    runtime_forget(r);
    EXPECT(!runtime_waits(r));
    EXPECT_EQUAL(answer_of(a), 500);
    done(a);
    give(s, r, "one");
}
