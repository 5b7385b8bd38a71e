// Task: what it is given, what is recorded of it, and how it ends.
// Source: the States Language, Task State; the events that AWS's service records of functions,
// activities and integrations.
#include "core/moment.h"
#include "core/scope.h"
#include "flow/step_rules_impl.h"
#include "flow/template.h"

#include <assert.h>

enum { TASK_SECONDS_MAX = 99999999 };

enum task_moment { SCHEDULED, STARTED, SUBMITTED, SUCCEEDED, FAILED, SUBMIT_FAILED, TIMED_OUT };

// Names of the events and of their details, by kind of resource.
struct task_event_name {
    const char *type;
    const char *details;
};

static const struct task_event_name names[][TIMED_OUT + 1] =
    {
        [RESOURCE_FUNCTION] =
            {
                [SCHEDULED] = {"LambdaFunctionScheduled", "lambdaFunctionScheduledEventDetails"},
                [STARTED] = {"LambdaFunctionStarted", NULL},
                [SUBMITTED] = {NULL, NULL},
                [SUCCEEDED] = {"LambdaFunctionSucceeded", "lambdaFunctionSucceededEventDetails"},
                [FAILED] = {"LambdaFunctionFailed", "lambdaFunctionFailedEventDetails"},
                [SUBMIT_FAILED] = {NULL, NULL},
                [TIMED_OUT] = {"LambdaFunctionTimedOut", "lambdaFunctionTimedOutEventDetails"},
            },
        [RESOURCE_ACTIVITY] =
            {
                [SCHEDULED] = {"ActivityScheduled", "activityScheduledEventDetails"},
                [STARTED] = {"ActivityStarted", "activityStartedEventDetails"},
                [SUBMITTED] = {NULL, NULL},
                [SUCCEEDED] = {"ActivitySucceeded", "activitySucceededEventDetails"},
                [FAILED] = {"ActivityFailed", "activityFailedEventDetails"},
                [SUBMIT_FAILED] = {NULL, NULL},
                [TIMED_OUT] = {"ActivityTimedOut", "activityTimedOutEventDetails"},
            },
        [RESOURCE_INTEGRATION] =
            {
                [SCHEDULED] = {"TaskScheduled", "taskScheduledEventDetails"},
                [STARTED] = {"TaskStarted", "taskStartedEventDetails"},
                [SUBMITTED] = {"TaskSubmitted", "taskSubmittedEventDetails"},
                [SUCCEEDED] = {"TaskSucceeded", "taskSucceededEventDetails"},
                [FAILED] = {"TaskFailed", "taskFailedEventDetails"},
                [SUBMIT_FAILED] = {"TaskSubmitFailed", "taskSubmitFailedEventDetails"},
                [TIMED_OUT] = {"TaskTimedOut", "taskTimedOutEventDetails"},
            },
};

static const struct resource *task_resource(const struct step *st, const struct frame *f)
{
    return &frame_state(st, f)->task.resource;
}

static void task_history(struct step *st, struct frame *f, enum task_moment moment,
                         struct object *o, int64_t at_us)
{
    const struct resource *r = task_resource(st, f);
    const struct task_event_name *name = &names[r->kind][moment];

    assert(name->type);
    if (r->kind == RESOURCE_INTEGRATION) {
        object_put(o, "resource", json_string(r->action_named));
        object_put(o, "resourceType", json_string(r->service));
    }
    f->last_event =
        history_put_at(st, at_us, f->last_event, name->type, name->details, object_json(st->s, o));
    frame_touch(st, f);
}

// arn:aws:states:REGION:…
static struct str region_of(struct str arn)
{
    for (int i = 0; i < 3; i++)
        (void)str_cut(&arn, ':');
    return str_cut(&arn, ':');
}

struct task_plan {
    struct json input;
    struct json credentials;
    int64_t timeout_s;
    int64_t heartbeat_s;
};

static enum status plan_seconds(struct step *st, struct data *d, const struct operand *o,
                                const char *name, int64_t *out)
{
    bool given = false;

    TRY(data_seconds(st, d, o, name, &given, out));
    if (given && *out == 0)
        return refuse(st, "States.Runtime", "The %s parameter must be positive but was: 0", name);
    if (*out > TASK_SECONDS_MAX)
        *out = TASK_SECONDS_MAX;
    return OK;
}

static enum status plan_make(struct step *st, struct frame *f, struct task_plan *out)
{
    struct data d = {0};

    TRY(data_open(st, f, &d));
    TRY(data_arguments(st, &d, d.state->parameters, &out->input));
    TRY(plan_seconds(st, &d, &d.state->task.timeout, "TimeoutSeconds", &out->timeout_s));
    TRY(plan_seconds(st, &d, &d.state->task.heartbeat, "HeartbeatSeconds", &out->heartbeat_s));
    if (d.state->task.credentials)
        TRY(data_arguments(st, &d, d.state->task.credentials, &out->credentials));
    return payload_check(st, out->input, d.state->name);
}

static void record_scheduled(struct step *st, struct frame *f, const struct task_plan *plan)
{
    const struct resource *r = task_resource(st, f);
    struct object o = {0};
    struct object credentials = {0};

    if (r->kind == RESOURCE_INTEGRATION) {
        object_put(&o, "parameters", plan->input);
        object_put(&o, "region", json_string(region_of(st->x->arn)));
    } else {
        history_put_data(&o, "input", plan->input);
        object_put(&o, "resource", json_string(r->text));
    }
    if (plan->timeout_s)
        object_put(&o, "timeoutInSeconds", json_i64(st->s, plan->timeout_s));
    if (plan->heartbeat_s && r->kind != RESOURCE_FUNCTION)
        object_put(&o, "heartbeatInSeconds", json_i64(st->s, plan->heartbeat_s));
    object_put(&credentials, "roleArn", json_member(plan->credentials, "RoleArn"));
    if (credentials.count && r->kind != RESOURCE_ACTIVITY)
        object_put(&o, "taskCredentials", object_json(st->s, &credentials));
    task_history(st, f, SCHEDULED, &o, st->event->now_us);
}

static void task_heartbeat(struct step *st, struct frame *f)
{
    if (f->heartbeat_s)
        timer_set(st, f, TIMER_HEARTBEAT, st->event->now_us + f->heartbeat_s * MOMENT_SECOND_US);
}

enum status task_begin(struct step *st, struct frame *f)
{
    const struct resource *r = task_resource(st, f);
    struct task_plan plan = {0};

    wait_begin(st, f, FRAME_TASK); // the token is that of this wait
    TRY(plan_make(st, f, &plan));
    record_scheduled(st, f, &plan);
    struct flow_command *c = command_put(st, COMMAND_TASK, f);
    c->resource = r->text;
    c->input = plan.input;
    c->attempt = f->retry_count;
    c->timeout_s = plan.timeout_s;
    c->heartbeat_s = plan.heartbeat_s;
    function_command(st, r, plan.input, c);
    f->heartbeat_s = plan.heartbeat_s;
    if (plan.timeout_s)
        timer_set(st, f, TIMER_TIMEOUT, st->event->now_us + plan.timeout_s * MOMENT_SECOND_US);
    // Developer Guide, Task state: of an activity the count begins when a worker takes it.
    if (r->kind != RESOURCE_ACTIVITY)
        task_heartbeat(st, f);
    return OK;
}

static void record_started(struct step *st, struct frame *f)
{
    struct object o = {0};
    int64_t at_us = st->event->started_at_us ? st->event->started_at_us : st->event->now_us;

    if (f->begun)
        return;
    f->begun = true;
    if (task_resource(st, f)->kind == RESOURCE_ACTIVITY)
        object_put_text(&o, "workerName", st->event->worker);
    task_history(st, f, STARTED, &o, at_us);
}

// What a function returned is wrapped where it was called through lambda:invoke; what came with a
// token is not, even if it came before the function returned.
static struct json call_value(struct step *st, struct frame *f, struct json value)
{
    return is_function_call(task_resource(st, f)) ? function_result(st, value) : value;
}

// Whom AWS names when a result is too large.
static struct str task_author(const struct resource *r)
{
    return r->kind == RESOURCE_INTEGRATION ? r->service : r->text;
}

static enum status task_submitted(struct step *st, struct frame *f)
{
    struct object o = {0};

    if (task_resource(st, f)->kind != RESOURCE_INTEGRATION || f->submitted)
        return OK;
    record_started(st, f);
    history_put_data(&o, "output", call_value(st, f, st->event->value));
    task_history(st, f, SUBMITTED, &o, st->event->now_us);
    f->submitted = true;
    return OK;
}

static enum status task_failed(struct step *st, struct frame *f, struct str error, struct str cause)
{
    const struct resource *r = task_resource(st, f);
    bool submitting =
        r->kind == RESOURCE_INTEGRATION && r->pattern != PATTERN_REQUEST && !f->submitted;
    struct object o = {0};

    record_started(st, f);
    wait_end(st, f);
    object_put_text(&o, "cause", cause);
    object_put_text(&o, "error", error);
    task_history(st, f, submitting ? SUBMIT_FAILED : FAILED, &o, st->event->now_us);
    return error_raise(st, f, error, cause);
}

static enum status task_succeeded(struct step *st, struct frame *f)
{
    bool is_call = task_resource(st, f)->pattern == PATTERN_REQUEST;
    struct json value = is_call ? call_value(st, f, st->event->value) : st->event->value;
    struct data d = {0};
    struct outcome outcome = {0};
    struct object o = {0};

    record_started(st, f);
    if (payload_check(st, value, task_author(task_resource(st, f))) != OK) {
        struct eval_failure failure = st->failure;
        st->failure_whole = false;
        return task_failed(st, f, failure.error, failure.cause);
    }
    wait_end(st, f);
    history_put_data(&o, "output", value);
    task_history(st, f, SUCCEEDED, &o, st->event->now_us);
    TRY(data_open(st, f, &d));
    TRY(outcome_of_result(st, &d, value, &outcome));
    return state_exit(st, f, &outcome);
}

enum status task_event(struct step *st, struct frame *f)
{
    const struct flow_event *e = st->event;

    if (e->kind == EVENT_TASK_SUCCEEDED)
        return task_succeeded(st, f);
    if (e->kind == EVENT_TASK_SUBMITTED)
        return task_submitted(st, f);
    if (e->kind == EVENT_TASK_FAILED) {
        bool called = is_function_call(task_resource(st, f));
        return task_failed(st, f, e->error, called ? function_cause(st, e->cause) : e->cause);
    }
    if (e->kind == EVENT_TASK_STARTED)
        record_started(st, f);
    task_heartbeat(st, f);
    return OK;
}

enum status task_timed_out(struct step *st, struct frame *f, bool heartbeat)
{
    struct str error = str(heartbeat ? "States.HeartbeatTimeout" : "States.Timeout");
    struct object o = {0};

    if (task_resource(st, f)->kind != RESOURCE_ACTIVITY)
        record_started(st, f);
    wait_end(st, f);
    (void)command_put(st, COMMAND_TASK_CANCEL, f);
    object_put_text(&o, "error", error);
    task_history(st, f, TIMED_OUT, &o, st->event->now_us);
    return error_raise(st, f, error, str(""));
}
