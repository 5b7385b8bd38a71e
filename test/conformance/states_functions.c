// The functions that the recorded executions call, as the README of the data describes them.
#include "core/buf.h"
#include "test/conformance/states_language.h"

enum { LARGE_BYTES = 257 << 10, REPR_BYTES_MAX = 1 << 20 };

// Python's repr of a value, for what the handlers of the data can be given.
static void put_repr(struct buf *out, struct json j)
{
    if (j.type == JSON_STRING) {
        buf_format(out, "'%.*s'", STR(json_text(j)));
    } else if (j.type == JSON_ARRAY) {
        buf_put_byte(out, '[');
        for (size_t i = 0; i < j.count; i++) {
            buf_put_z(out, i > 0 ? ", " : "");
            put_repr(out, j.items[i]);
        }
        buf_put_byte(out, ']');
    } else if (j.type == JSON_OBJECT) {
        buf_put_byte(out, '{');
        for (size_t i = 0; i < j.count; i++) {
            buf_format(out, "%s'%.*s': ", i > 0 ? ", " : "", STR(j.members[i].name));
            put_repr(out, j.members[i].value);
        }
        buf_put_byte(out, '}');
    } else if (j.type == JSON_NUMBER) {
        buf_put(out, json_text(j));
    } else {
        buf_put_z(out, j.type == JSON_NULL ? "None" : j.type == JSON_TRUE ? "True" : "False");
    }
}

static struct json decorated(struct scope *s, struct json event)
{
    struct buf out = buf_make(s, REPR_BYTES_MAX);

    buf_put_z(&out, "input-event-");
    put_repr(&out, event);
    return json_string(buf_str(&out));
}

static struct json large(struct scope *s)
{
    char *text = scope_bytes(s, LARGE_BYTES);

    memset(text, 'a', LARGE_BYTES);
    return json_string(str_of(text, LARGE_BYTES));
}

// What the runtime says of an exception, spaced as Python spaces it.
static void raise(struct scope *s, struct driver_answer *out, const char *type, const char *message,
                  int line, const char *statement)
{
    out->error = str(type);
    out->cause =
        str_format(s,
                   "{\"errorMessage\": \"%s\", \"errorType\": \"%s\", \"requestId\": "
                   "\"7c3ff4f1-5b9f-4a5b-8f5e-0e8f2f8f6f51\", \"stackTrace\": [\"  File "
                   "\\\"/var/task/handler.py\\\", line %d, in handler\\n    raise %s\\n\"]}",
                   message, type, line, statement);
}

static void missing(struct scope *s, struct str name, struct driver_answer *out)
{
    out->error = str("Lambda.ResourceNotFoundException");
    out->cause = str_format(
        s,
        "Function not found: arn:aws:lambda:us-east-1:111111111111:function:%.*s:$LATEST "
        "(Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request "
        "ID: 7c3ff4f1-5b9f-4a5b-8f5e-0e8f2f8f6f51; Proxy: null)",
        STR(name));
}

void states_function(struct scope *s, void *context, const struct flow_command *c,
                     struct driver_answer *out)
{
    struct str handler = json_text(json_get(*(const struct json *)context, c->function));

    if (str_is(handler, "id_function.py")) {
        out->value = c->payload;
    } else if (str_is(handler, "echo_function.py")) {
        struct json said = json_string(str("HelloWorld"));
        out->value = json_with(s, json_object(NULL, 0), str("Return"), said);
    } else if (str_is(handler, "return_bytes_str.py")) {
        out->value = json_string(str("HelloWorld!"));
    } else if (str_is(handler, "return_decorated_input.py")) {
        out->value = decorated(s, c->payload);
    } else if (str_is(handler, "large_output_string.py")) {
        out->value = large(s);
    } else if (str_is(handler, "raise_exception.py")) {
        raise(s, out, "Exception", "Some exception was raised.", 2,
              "Exception(\\\"Some exception was raised.\\\")");
    } else if (str_is(handler, "raise_custom_exception.py")) {
        raise(s, out, "CustomException", "", 9, "CustomException()");
    } else {
        missing(s, c->function, out);
    }
}
