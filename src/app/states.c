// The API answers JSON 1.0; failures carry their name in `__type`.
#include "app/states.h"

#include "app/command.h"
#include "app/print.h"
#include "app/remote.h"
#include "core/buf.h"
#include "core/moment.h"
#include "core/scope.h"
#include "sys/file.h"
#include "sys/world.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

enum { INPUT_BYTES_MAX = 4 << 20, READ_BYTES = 1 << 16 };

void states_put(struct states_request *r, const char *name, struct json value)
{
    assert(r->count < STATES_MEMBERS_MAX);
    r->members[r->count++] = (struct json_member){str(name), value};
}

void states_put_text(struct states_request *r, const char *name, struct str text)
{
    if (text.bytes)
        states_put(r, name, json_string(text));
}

// What the API says, with a status that makes the exit code.
static enum status explain(struct scope *s, enum status e, const struct http_reply *reply)
{
    struct json answer = {0};

    if (reply->code == 0 || json_parse(s, reply->body, &json_limits_lenient, &answer) != OK)
        return e;
    struct str name = json_text(json_member(answer, "__type"));
    if (str_ends(name, str("DoesNotExist")) || str_is(name, "ResourceNotFound"))
        e = NOT_FOUND;
    else if (str_ends(name, str("AlreadyExists")) || str_is(name, "ExecutionNotRedrivable"))
        e = CONFLICT;
    else if (e == INVALID)
        e = REFUSED; // it was understood, and is not acceptable
    return fail(s, e, "%.*s: %.*s", STR(name), STR(json_text(json_member(answer, "message"))));
}

enum status states_call(struct scope *s, struct remote *remote, const char *operation,
                        const struct states_request *r, struct json *out)
{
    struct json body = json_object(r->members, r->count);
    struct http_reply reply = {0};
    struct json answer = {0};
    struct remote_request request = {
        .method = "POST",
        .path = str("/"),
        .body = json_to_str(s, body),
        .media_type = "application/x-amz-json-1.0",
        .headers = {{str("X-Amz-Target"),
                     str_concat(s, 2, str("AWSStepFunctions."), str(operation))}},
    };
    enum status e = remote_send(s, remote, &request, &reply);

    if (e != OK)
        return explain(s, e, &reply);
    TRY(json_parse(s, reply.body, &json_limits_lenient, &answer));
    if (out)
        *out = answer;
    return OK;
}

enum status states_machine(struct scope *s, struct remote *remote, struct str name, struct str *arn)
{
    struct json page = {0};
    struct str next = {0};

    *arn = name;
    if (str_starts(name, str("arn:")))
        return OK;
    do {
        struct states_request r = {0};
        states_put_text(&r, "nextToken", next);
        TRY(states_call(s, remote, "ListStateMachines", &r, &page));
        struct json items = json_member(page, "stateMachines");
        for (size_t i = 0; i < items.count; i++) {
            *arn = json_text(json_member(json_at(items, i), "stateMachineArn"));
            if (str_equal(json_text(json_member(json_at(items, i), "name")), name))
                return OK;
        }
        next = json_text(json_member(page, "nextToken"));
    } while (next.bytes);
    return fail(s, NOT_FOUND, "there is no flow %.*s", STR(name));
}

enum status states_execution(struct scope *s, struct remote *remote, struct str name,
                             struct str *arn)
{
    struct str rest = name;
    struct str machine = {0};

    *arn = name;
    if (str_starts(name, str("arn:")))
        return OK;
    struct str flow = str_cut(&rest, '/');
    if (rest.bytes == 0)
        return fail(s, INVALID, "%.*s is neither an execution's ARN nor FLOW/NAME", STR(name));
    TRY(states_machine(s, remote, flow, &machine));
    size_t at = str_find(machine, str(":stateMachine:"));
    *arn = str_format(s, "%.*s:execution:%.*s:%.*s", STR(str_slice(machine, 0, at)), STR(flow),
                      STR(rest));
    return OK;
}

int64_t states_time(struct json value)
{
    double seconds = 0;

    return json_to_double(value, &seconds) ? llround(seconds * 1000) * MOMENT_MS_US : 0;
}

struct str states_moment(struct scope *s, struct json value)
{
    int64_t at_us = states_time(value);

    return at_us ? print_moment(s, moment_to_str(s, at_us, MOMENT_MILLISECONDS)) : str("-");
}

struct str states_took(struct scope *s, int64_t from_us, int64_t to_us)
{
    int64_t ms = to_us > from_us ? (to_us - from_us) / MOMENT_MS_US : 0;

    if (ms < 120000)
        return str_format(s, "%lld.%03lld s", (long long)(ms / 1000), (long long)(ms % 1000));
    return print_duration(s, (uint64_t)ms / 1000);
}

static enum status read_input(struct scope *s, struct str *out)
{
    struct buf b = buf_make(s, INPUT_BYTES_MAX);

    for (size_t got = 1; got > 0;) {
        char *room = buf_reserve(&b, READ_BYTES);
        if (!room)
            return fail(s, TOO_LARGE, "the input is longer than %d bytes", INPUT_BYTES_MAX);
        got = fread(room, 1, READ_BYTES, stdin);
        b.bytes += got;
    }
    *out = buf_str(&b);
    return ferror(stdin) ? fail_errno(s, "the input") : OK;
}

enum status states_read_file(struct scope *s, const struct command_line *line, const char *flag,
                             struct str *out)
{
    struct str path = command_flag(line, flag);

    if (path.bytes == 0)
        return OK;
    if (str_is(path, "-"))
        return read_input(s, out);
    return file_read_whole(s, world_real(), path, INPUT_BYTES_MAX, out);
}
