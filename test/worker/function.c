// A function for tests of `sheaf worker`, with a runtime client written from the description of
// Lambda's Runtime API. What it does stands in its input:
//
//   {"do": "echo"}              returns what it was told: input, request id, ARN, environment
//   {"do": "fail"}              tells of an error with a type
//   {"do": "die", "mark": FILE} ends with 3 unless FILE is there, which it makes first; then echoes
//   {"do": "kill"}              is killed
//   {"do": "pause", "ms": 300, "mark": FILE}  makes FILE, then takes its time, then echoes
//   {"do": "long", "bytes": N}  returns a text of that length
//   {"do": "babble"}            returns what is no JSON
#include "core/buf.h"
#include "core/json.h"
#include "core/scope.h"
#include "http/client.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BYTES_MAX = 64 << 20, INPUT_BYTES_MAX = 8 << 20, DAY_MS = 86400000, DIED = 3 };

struct invocation {
    struct str id, arn, trace, deadline;
    struct str text;
    struct json input;
};

static struct http_client *client;

static struct str variable(const char *name)
{
    const char *value = getenv(name);

    return str(value ? value : "");
}

static int call(struct scope *s, const char *method, struct str path, struct str type,
                struct str body, struct http_reply *out)
{
    struct http_field fields[] = {{str("Content-Type"), str("application/json")},
                                  {str("Lambda-Runtime-Function-Error-Type"), type}};
    struct http_request request = {
        .method = method,
        .url = str_concat(s, 4, str("http://"), variable("AWS_LAMBDA_RUNTIME_API"),
                          str("/2018-06-01/runtime/"), path),
        .headers = fields,
        .header_count = type.bytes ? 2 : 1,
        .body = body,
        .total_timeout_ms = DAY_MS,
        .answer_bytes_max = INPUT_BYTES_MAX,
        .allow_private = true,
    };

    return http_call(s, client, &request, out) == OK ? out->code : 0;
}

static struct str path_of(struct scope *s, const struct invocation *i, const char *what)
{
    return str_format(s, "invocation/%.*s/%s", STR(i->id), what);
}

static void respond(struct scope *s, const struct invocation *i, struct str body)
{
    struct http_reply reply = {0};

    (void)call(s, "POST", path_of(s, i, "response"), (struct str){0}, body, &reply);
}

static void echo(struct scope *s, const struct invocation *i)
{
    struct json_member members[] = {
        {str("input"), i->input},
        {str("id"), json_string(i->id)},
        {str("arn"), json_string(i->arn)},
        {str("trace"), json_string(i->trace)},
        {str("deadline"), json_string(i->deadline)},
        {str("function"), json_string(variable("AWS_LAMBDA_FUNCTION_NAME"))},
        {str("handler"), json_string(variable("_HANDLER"))},
        {str("pid"), json_i64(s, getpid())},
    };

    respond(s, i, json_to_str(s, json_object(members, sizeof members / sizeof members[0])));
}

static void fail_it(struct scope *s, const struct invocation *i)
{
    static const char body[] = "{\"errorMessage\":\"it broke\",\"errorType\":\"Broken\","
                               "\"stackTrace\":[\"line 1\"]}";
    struct http_reply reply = {0};

    (void)call(s, "POST", path_of(s, i, "error"), str("Broken"), str(body), &reply);
}

// Returns whether the file was not there.
static bool mark(struct scope *s, const struct invocation *i)
{
    struct str path = json_text(json_member(i->input, "mark"));
    int fd = open(str_z(s, path), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

    if (fd >= 0)
        (void)close(fd);
    return fd >= 0;
}

static int64_t number(const struct invocation *i, const char *name)
{
    int64_t n = 0;

    (void)json_to_i64(json_member(i->input, name), &n);
    return n;
}

static void return_long(struct scope *s, const struct invocation *i)
{
    size_t bytes = (size_t)number(i, "bytes");
    char *text = scope_bytes(s, bytes + 2);

    memset(text, 'a', bytes + 2);
    text[0] = text[bytes + 1] = '"';
    respond(s, i, str_of(text, bytes + 2));
}

static void run(struct scope *s, const struct invocation *i)
{
    struct str what = json_text(json_member(i->input, "do"));

    if (str_is(what, "fail")) {
        fail_it(s, i);
    } else if (str_is(what, "kill")) {
        (void)raise(SIGKILL);
    } else if (str_is(what, "long")) {
        return_long(s, i);
    } else if (str_is(what, "babble")) {
        respond(s, i, str("{\"half\":"));
    } else {
        if (str_is(what, "die") && mark(s, i))
            _exit(DIED);
        if (str_is(what, "pause")) {
            (void)mark(s, i);
            (void)poll(NULL, 0, (int)number(i, "ms"));
        }
        echo(s, i);
    }
}

static bool next(struct scope *s, struct invocation *out)
{
    struct http_reply reply = {0};

    if (call(s, "GET", str("invocation/next"), (struct str){0}, (struct str){0}, &reply) != 200)
        return false;
    *out = (struct invocation){
        .id = http_reply_header(&reply, "Lambda-Runtime-Aws-Request-Id"),
        .arn = http_reply_header(&reply, "Lambda-Runtime-Invoked-Function-Arn"),
        .trace = http_reply_header(&reply, "Lambda-Runtime-Trace-Id"),
        .deadline = http_reply_header(&reply, "Lambda-Runtime-Deadline-Ms"),
        .text = reply.body,
    };
    return json_parse(s, reply.body, &json_limits_lenient, &out->input) == OK;
}

int main(void)
{
    struct scope *s = scope_open(BYTES_MAX);
    struct invocation i;

    client = http_client_new(&(struct http_client_options){0});
    while (next(s, &i)) {
        run(s, &i);
        scope_reset(s);
    }
    http_client_free(client);
    scope_close(s);
    return 1;
}
