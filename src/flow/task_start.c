// states:startExecution: the child and its parent's event are one change. One that is waited for
// tells its parent when it has ended; its id follows from the wait, so it is started once.
#include "core/scope.h"
#include "flow/begin_impl.h"
#include "flow/task_impl.h"

enum { OUTPUT_MEMBERS = 4 };

static void fail_as_service(struct task *t, const char *name)
{
    task_fail(t, str_z(t->scope, str_format(t->scope, "StepFunctions.%sException", name)),
              str_format(t->scope,
                         "%.*s (Service: AWSStepFunctions; Status Code: 400; Error Code: %s; "
                         "Request ID: %.*s; Proxy: null)",
                         STR(scope_why(t->scope)), name, STR(t->id)));
    scope_forgive(t->scope);
}

static const char *error_of(enum status e, struct str why)
{
    if (e == NOT_FOUND)
        return "StateMachineDoesNotExist";
    if (e == CONFLICT)
        return "ExecutionAlreadyExists";
    return str_starts(why, str("Invalid Name")) ? "InvalidName" : "InvalidArn";
}

static struct json answer_of(struct task *t, const struct execution *x)
{
    struct members http = members_make(t->scope, 1);
    struct members response = members_make(t->scope, 1);
    struct members o = members_make(t->scope, OUTPUT_MEMBERS);

    members_i64(&http, "HttpStatusCode", 200);
    members_str(&response, "RequestId", t->id);
    members_str(&o, "ExecutionArn", x->arn);
    members_add(&o, "SdkHttpMetadata", members_object(&http));
    members_add(&o, "SdkResponseMetadata", members_object(&response));
    members_i64(&o, "StartDate", x->started_at_us / 1000);
    return members_object(&o);
}

static enum link_kind link_of(enum resource_pattern pattern)
{
    return pattern == PATTERN_SYNC     ? LINK_SYNC
           : pattern == PATTERN_SYNC_2 ? LINK_SYNC_2
                                       : LINK_NONE;
}

static enum status start(struct task *t)
{
    struct scope *s = t->scope;
    struct json input = json_member(t->input, "Input");
    enum link_kind kind = link_of(t->resource.pattern);
    struct start start = {
        .owner = {.tenant = task_tenant(t), .account = task_account(t)},
        .machine_arn = member_str(t->input, "StateMachineArn"),
        .name = member_str(t->input, "Name"),
        .input = json_is(input, JSON_NONE) ? json_object(NULL, 0) : input,
        .id = child_id(s, t->execution_id, t->frame, t->wait),
        .parent = {kind, t->execution_id, t->frame, t->wait},
    };
    struct live *child = NULL;
    bool existed = false;

    enum status e = execution_start(s, t->flow, t->work->change, &start, &child, &existed);
    if (e == OK && existed && kind != LINK_NONE)
        e = fail(s, CONFLICT, "Execution Already Exists: '%.*s'", STR(child->x.arn));
    if (e == NOT_FOUND || e == CONFLICT || e == INVALID) {
        fail_as_service(t, error_of(e, scope_why(s)));
        return OK;
    }
    TRY(e);
    t->output = answer_of(t, &child->x);
    return OK;
}

enum status task_start_execution(struct scope *s, struct task *t)
{
    struct live *parent = NULL;
    bool stale = false;
    bool wanted = false;
    struct flow_event event = {.frame = t->frame, .wait = t->wait};

    enum status e = live_load(s, t->flow, t->work->change, t->execution_id, &parent);
    if (e == NOT_FOUND) {
        scope_forgive(s);
        return OK;
    }
    TRY(e);
    e = task_wanted(t, parent, &wanted);
    if (e == OK && wanted)
        e = start(t);
    if (e != OK || !wanted) {
        turn_give(parent->turn);
        return e;
    }
    event.kind = t->failed                                ? EVENT_TASK_FAILED
                 : t->resource.pattern == PATTERN_REQUEST ? EVENT_TASK_SUCCEEDED
                                                          : EVENT_TASK_SUBMITTED;
    event.value = t->output;
    event.error = t->error;
    event.cause = t->cause;
    event.started_at_us = t->begun_at_us;
    return live_advance(parent, &event, &stale);
}
