// Runs what a message of a queue of tasks asks for, and moves the execution on in the change that
// settles the message: a result is applied once, however often the function ran.
#include "core/scope.h"
#include "flow/outcomes.h"
#include "flow/take_impl.h"
#include "flow/task_impl.h"
#include "store/record.h"
#include "sys/metrics.h"
#include "sys/world.h"

static enum status read_input(struct task *t)
{
    struct str digest = member_str(t->message, "ind");

    t->input = json_member(t->message, "in");
    if (digest.bytes)
        return payload_read(t->scope, t->flow, t->execution_id, digest, &t->input);
    return OK;
}

static enum status task_open(struct scope *s, struct work *work, struct task *t)
{
    *t = (struct task){.scope = s, .flow = work->context, .work = work, .output = json_null()};
    TRY(json_read_stored(s, work->message->body, &t->message));
    t->execution_id = member_str(t->message, "x");
    t->frame = (uint32_t)member_i64(t->message, "f");
    t->wait = (uint32_t)member_i64(t->message, "w");
    t->function = member_str(t->message, "fn");
    t->id = str_format(s, "%.*s-%u-%u", STR(t->execution_id), t->frame, t->wait);
    t->begun_at_us = world_now_us(t->flow->world);
    return read_input(t);
}

enum status task_wanted(struct task *t, struct live *l, bool *wanted)
{
    struct frame *frame = NULL;

    *wanted = false;
    if (l->x.status != EXECUTION_RUNNING)
        return OK;
    TRY(live_frame(l, t->frame, &frame));
    *wanted =
        frame && frame->wait == t->wait && !frame->submitted &&
        (frame->phase == FRAME_TASK || frame->phase == FRAME_READ || frame->phase == FRAME_WRITE);
    return OK;
}

// Before somebody is bothered: cancelled meanwhile, or delivered twice.
static enum status still_wanted(struct task *t, bool *wanted)
{
    struct live *l = NULL;
    enum status e = live_peek(t->scope, t->flow, t->execution_id, &l);

    *wanted = false;
    if (e == NOT_FOUND) {
        scope_forgive(t->scope);
        return OK;
    }
    TRY(e);
    return task_wanted(t, l, wanted);
}

enum status task_settle(struct task *t, enum flow_event_kind kind)
{
    bool stale = false;
    struct flow_event event = {
        .kind = t->failed ? EVENT_TASK_FAILED : kind,
        .frame = t->frame,
        .wait = t->wait,
        .value = t->output,
        .error = t->error,
        .cause = t->cause,
        .started_at_us = t->begun_at_us,
    };

    return flow_advance(t->scope, t->flow, t->work->change, t->execution_id, &event, &stale);
}

// -- how it ended, for a commit that must be repeated --------------------------------------------

static struct str outcome_text(const struct task *t)
{
    struct members m = members_make(t->scope, 3);

    if (t->failed) {
        members_add(&m, "error", json_string(t->error));
        members_add(&m, "cause", json_string(t->cause));
    } else {
        members_add(&m, "output", t->output);
    }
    return json_to_str(t->scope, members_object(&m));
}

static bool ended_before(struct task *t)
{
    struct str text = {0};
    struct json j = {0};

    if (!outcome_find(t->scope, t->flow->outcomes, t->id, &text) ||
        json_read_stored(t->scope, text, &j) != OK)
        return false;
    t->output = json_member(j, "output");
    t->failed = json_is(t->output, JSON_NONE);
    t->error = member_str(j, "error");
    t->cause = member_str(j, "cause");
    return true;
}

// Who remembers until the commit is answered; in the scope of the change.
static void forget_outcome(void *context, enum status e)
{
    const struct task *t = context;

    if (e == OK)
        outcome_drop(t->flow->outcomes, t->id);
}

static void remember(struct task *t)
{
    // What it put into the change is not remembered, so it must be run again then.
    if (!change_empty(t->work->change) || (t->entry->def->quick && !t->entry->def->once))
        return;
    outcome_keep(t->flow->outcomes, t->id, outcome_text(t));
    change_follow(t->work->change, &(struct follower){NULL, forget_outcome, t});
}

// -- functions and integrations ------------------------------------------------------------------

static const char *error_name(enum status e)
{
    return e == DENIED || e == UNAUTHENTICATED ? "States.Permissions"
           : e == TIMEOUT                      ? "States.Timeout"
                                               : "States.TaskFailed";
}

static bool may_wait(const struct task *t, enum status e)
{
    const struct message *m = t->work->message;

    return status_may_retry(e) && !t->entry->def->once && m->receives < m->queue->receives_max;
}

static enum status call(struct scope *s, struct task *t)
{
    if (t->entry->def->once && (t->work->message->receives > 1 || t->work->attempt > 1)) {
        task_fail(t, "States.TaskFailed",
                  str("The task may have run before, and how it ended is unknown"));
        return OK;
    }
    metric_add(t->flow->counters.tasks, METRIC_ONLY, 1);
    enum status e = t->entry->def->run(s, t);
    if (e != OK && may_wait(t, e))
        return e;
    if (e != OK && !t->failed)
        task_fail(t, error_name(e), str_copy(s, scope_why(s)));
    scope_forgive(s);
    remember(t);
    return OK;
}

static enum status run_entry(struct scope *s, struct task *t)
{
    bool wanted = true;

    if (!t->entry->def->quick)
        TRY(still_wanted(t, &wanted));
    if (!wanted)
        return OK;
    if (ended_before(t))
        change_follow(t->work->change, &(struct follower){NULL, forget_outcome, t});
    else
        TRY(call(s, t));
    return task_settle(t, t->resource.pattern == PATTERN_TOKEN ? EVENT_TASK_SUBMITTED
                                                               : EVENT_TASK_SUCCEEDED);
}

// A function that no task is may be served from outside.
static enum status run_function(struct scope *s, struct task *t)
{
    struct record r = {0};
    struct str function = t->function;

    TRY(record_find(s, t->flow->store, &flow_functions_table, task_tenant(t), function, &r));
    if (r.version) {
        bool wanted = true;
        TRY(still_wanted(t, &wanted));
        if (wanted)
            outside_offer(s, t->flow, t->work->change, "f", function, t->message);
        return OK;
    }
    task_fail(t, "Lambda.ResourceNotFoundException",
              str_format(s,
                         "Function not found: arn:aws:lambda:%.*s:%.*s:function:%.*s (Service: "
                         "Lambda, Status Code: 404, Request ID: %.*s)",
                         STR(t->flow->region), STR(task_account(t)), STR(function), STR(t->id)));
    return task_settle(t, EVENT_TASK_SUCCEEDED);
}

static enum status run_integration(struct scope *s, struct task *t)
{
    const struct resource *r = &t->resource;

    if (r->kind == RESOURCE_ACTIVITY) {
        outside_offer(s, t->flow, t->work->change, "a", r->name, t->message);
        return OK;
    }
    if (str_is(r->service, "states") && str_is(r->action, "startExecution"))
        return task_start_execution(s, t);
    task_fail(t, "States.Runtime", str_format(s, "Nothing here does %.*s", STR(r->text)));
    return task_settle(t, EVENT_TASK_SUCCEEDED);
}

static enum status run_task(struct scope *s, struct task *t)
{
    struct str resource = task_resource(t);

    if (!resource_parse(resource, &t->resource))
        return fail(s, CORRUPT, "a task of the resource %.*s", STR(resource));
    if (t->function.bytes)
        t->entry = flow_task(t->flow, t->function);
    else if (t->resource.kind == RESOURCE_INTEGRATION)
        t->entry =
            flow_task(t->flow, str_concat(s, 3, t->resource.service, str(":"), t->resource.action));
    if (t->entry)
        return run_entry(s, t);
    return t->function.bytes ? run_function(s, t) : run_integration(s, t);
}

static enum status run_items(struct scope *s, struct task *t, bool read)
{
    bool wanted = false;

    TRY(still_wanted(t, &wanted));
    if (!wanted)
        return OK;
    TRY(read ? items_read(s, t) : items_write(s, t));
    return task_settle(t, read ? EVENT_ITEMS_READ : EVENT_ITEMS_WRITTEN);
}

enum status task_message_run(struct scope *s, struct work *work)
{
    struct task *t = scope_new(s, struct task);

    TRY(task_open(s, work, t));
    struct str kind = member_str(t->message, "k");
    if (str_is(kind, "task"))
        return run_task(s, t);
    if (str_is(kind, "read") || str_is(kind, "write"))
        return run_items(s, t, str_is(kind, "read"));
    return fail(s, CORRUPT, "a message of the kind %.*s", STR(kind));
}
