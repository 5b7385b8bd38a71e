#include "app/invocation.h"

#include "app/remote.h"
#include "core/json.h"
#include "core/scope.h"

enum { MEMBERS_MAX = 4, ERROR_BYTES_MAX = 256, CAUSE_BYTES_MAX = 32768 };

static struct str path_of(struct scope *s, const struct invocation *i, const char *what)
{
    return str_format(s, "/functions/%.*s/invocations/%.*s/%s", STR(i->function), STR(i->id), what);
}

enum status invocation_take(struct scope *s, struct remote *remote, struct str function,
                            struct str worker, struct invocation *out)
{
    struct json_member members[] = {
        {str("worker"), json_string(worker)},
        {str("leaseSeconds"), json_i64(s, INVOCATION_LEASE_S)},
        {str("waitSeconds"), json_i64(s, INVOCATION_WAIT_S)},
    };
    struct str path = str_format(s, "/functions/%.*s/invocations", STR(function));
    struct json j = {0};

    TRY(remote_call(s, remote, "POST", path, json_object(members, 3), &j));
    if (json_is(j, JSON_NONE))
        return fail(s, NOT_FOUND, "there is no work now");
    *out = (struct invocation){
        .function = function,
        .id = json_text(json_member(j, "id")),
        .token = json_text(json_member(j, "token")),
        .lease = json_text(json_member(j, "lease")),
        .input = json_text(json_member(j, "input")),
        .function_arn = json_text(json_member(j, "functionArn")),
        .execution_arn = json_text(json_member(j, "executionArn")),
    };
    (void)json_to_i64(json_member(j, "deadlineMs"), &out->deadline_ms);
    return OK;
}

static enum status move_lease(struct scope *s, struct remote *remote, struct invocation *i,
                              int64_t lease_s)
{
    struct json_member members[] = {
        {str("lease"), json_string(i->lease)},
        {str("leaseSeconds"), json_i64(s, lease_s)},
    };
    struct json j = {0};

    TRY(remote_call(s, remote, "POST", path_of(s, i, "lease"), json_object(members, 2), &j));
    i->lease = json_text(json_member(j, "lease"));
    return OK;
}

enum status invocation_keep(struct scope *s, struct remote *remote, struct invocation *i)
{
    return move_lease(s, remote, i, INVOCATION_LEASE_S);
}

enum status invocation_give_back(struct scope *s, struct remote *remote, struct invocation *i)
{
    return move_lease(s, remote, i, 0);
}

// AWS's limits for who fails a task are the server's too.
static struct str cut(struct str text, size_t bytes_max)
{
    if (text.bytes <= bytes_max)
        return text;
    while (bytes_max > 0 && ((unsigned char)text.data[bytes_max] & 0xc0) == 0x80)
        bytes_max--; // not within a character
    return str_slice(text, 0, bytes_max);
}

enum status invocation_answer(struct scope *s, struct remote *remote, const struct invocation *i,
                              const struct invocation_end *end)
{
    bool failed = end->error.bytes > 0;
    struct json_member members[MEMBERS_MAX] = {
        {str("token"), json_string(i->token)},
        {str("lease"), json_string(i->lease)},
        {failed ? str("error") : str("output"),
         json_string(failed ? cut(end->error, ERROR_BYTES_MAX) : end->output)},
        {str("cause"), json_string(cut(end->cause, CAUSE_BYTES_MAX))},
    };

    return remote_call(s, remote, "POST", path_of(s, i, failed ? "error" : "response"),
                       json_object(members, failed ? 4 : 3), NULL);
}
