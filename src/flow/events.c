// Messages that move executions on, besides those of tasks: going on after a limit, children that
// begin and end, what a change had no room for.
#include "flow/events_impl.h"

#include "core/scope.h"
#include "flow/arn.h"
#include "flow/begin_impl.h"
#include "flow/forget_impl.h"
#include "flow/timers.h"
#include "store/record.h"

enum { SENT_AT_ONCE = 80, STOP_AGAIN_S = 5, STOP_TRIES = 3 };

// What such a message is about.
struct errand {
    struct scope *s;
    struct flow *f;
    struct change *c;
    struct json message;
    struct str id; // of the execution
    uint32_t frame;
    uint32_t wait;
};

static enum status run_continue(struct errand *e)
{
    struct flow_event event = {.kind = EVENT_CONTINUE};
    bool stale = false;

    return flow_advance(e->s, e->f, e->c, e->id, &event, &stale);
}

static enum status peek(struct errand *e, struct str id, struct live **out)
{
    enum status status = live_peek(e->s, e->f, id, out);

    if (status != NOT_FOUND)
        return status;
    scope_forgive(e->s);
    *out = NULL;
    return OK;
}

// A stop may come before what it stops.
static enum status run_stop(struct errand *e)
{
    struct flow_event event = {.kind = EVENT_STOP};
    struct live *l = NULL;
    int64_t tries = member_i64(e->message, "n");
    bool stale = false;

    TRY(peek(e, e->id, &l));
    if (l)
        return flow_advance(e->s, e->f, e->c, e->id, &event, &stale);
    struct json again = json_with(e->s, e->message, str("n"), json_i64(e->s, tries + 1));
    if (tries < STOP_TRIES)
        change_send(e->c, &flow_events_queue, json_to_str(e->s, again), STOP_AGAIN_S);
    return OK;
}

// -- the end of a child --------------------------------------------------------------------------

static struct str error_of(const struct execution *x)
{
    if (x->error.data)
        return x->error;
    return str(x->status == EXECUTION_TIMED_OUT ? "States.Timeout" : "States.TaskFailed");
}

// States Language, .sync: the task's result is what DescribeExecution says; so is its cause.
static enum status sync_event(struct errand *e, struct live *child, struct flow_event *event)
{
    struct json description = {0};
    bool ok = child->x.status == EXECUTION_SUCCEEDED;

    TRY(execution_describe(child, ok && child->parent.kind == LINK_SYNC_2, &description));
    event->kind = ok ? EVENT_TASK_SUCCEEDED : EVENT_TASK_FAILED;
    event->value = description;
    if (!ok) {
        event->error = str("States.TaskFailed");
        event->cause = json_to_str(e->s, description);
    }
    return OK;
}

static enum status child_event(struct errand *e, struct live *child, struct flow_event *event)
{
    if (child->parent.kind != LINK_MAP)
        return sync_event(e, child, event);
    event->kind = EVENT_CHILD_ENDED;
    if (child->x.status == EXECUTION_SUCCEEDED) {
        TRY(execution_fill(child));
        event->value = child->x.output.value;
    } else {
        event->error = error_of(&child->x);
        event->cause = child->x.cause;
    }
    return OK;
}

static enum status run_ended(struct errand *e)
{
    struct flow_event event = {.frame = e->frame, .wait = e->wait};
    struct live *child = NULL;
    bool stale = false;

    TRY(peek(e, member_str(e->message, "c"), &child));
    if (!child)
        return fail(e->s, CORRUPT, "the child %.*s has gone", STR(member_str(e->message, "c")));
    TRY(child_event(e, child, &event));
    return flow_advance(e->s, e->f, e->c, e->id, &event, &stale);
}

// -- the beginning of a child of a Map run -------------------------------------------------------

static enum status child_input(struct errand *e, struct json *out)
{
    struct str digest = member_str(e->message, "ind");

    *out = json_member(e->message, "in");
    return digest.bytes ? payload_read(e->s, e->f, e->id, digest, out) : OK;
}

static enum status begin_child(struct errand *e, struct live *parent, struct str id)
{
    struct str run = member_str(e->message, "r");
    struct str place = str_concat(e->s, 3, parent->x.machine_name, str("/"), run);
    bool express = json_is(json_member(e->message, "e"), JSON_TRUE);
    struct machine_found machine = {
        .machine = {.arn = parent->x.machine_arn,
                    .name = parent->x.machine_name,
                    .role_arn = parent->x.role_arn},
        .definition_key = parent->definition_key,
    };
    struct begin begin = {
        .owner = {.tenant = parent->tenant, .account = parent->account},
        .machine = &machine,
        .id = id,
        .name = id,
        .arn = arn_write(e->s, e->f->region, parent->account, express ? "express" : "execution",
                         place, id),
        .list_of = run,
        .express = express,
        .processor = (uint32_t)member_i64(e->message, "m"),
        .parent = {LINK_MAP, parent->x.id, e->frame, e->wait},
    };
    struct live *child = NULL;

    TRY(child_input(e, &begin.input));
    return execution_begin(e->s, e->f, e->c, &begin, &child);
}

// One that failed goes on from there, and tells its end to the wait of now.
static enum status redrive_child(struct errand *e, struct str id)
{
    struct flow_event event = {.kind = EVENT_REDRIVE};
    struct live *l = NULL;
    bool stale = false;

    TRY(live_load(e->s, e->f, e->c, id, &l));
    l->parent.wait = e->wait;
    return live_advance(l, &event, &stale);
}

static enum status run_child(struct errand *e)
{
    bool express = json_is(json_member(e->message, "e"), JSON_TRUE);
    struct str id = map_child_id(e->s, e->id, e->frame, e->wait, express);
    struct live *parent = NULL;
    struct live *child = NULL;
    struct frame *frame = NULL;

    TRY(peek(e, e->id, &parent));
    if (!parent || parent->x.status != EXECUTION_RUNNING)
        return OK;
    TRY(live_frame(parent, e->frame, &frame));
    if (!frame || frame->phase != FRAME_CHILD || frame->wait != e->wait)
        return OK;
    TRY(peek(e, id, &child));
    if (!child)
        return begin_child(e, parent, id);
    bool again = json_is(json_member(e->message, "again"), JSON_TRUE);
    return again && child->parent.wait != e->wait ? redrive_child(e, id) : OK;
}

// -- what a change had no room for ---------------------------------------------------------------

static const struct queue_def *queue_named(const struct flow *f, struct str name)
{
    if (str_is(name, flow_events_queue.name))
        return &flow_events_queue;
    for (size_t i = 0; i < f->task_count; i++)
        if (str_is(name, f->tasks[i].queue->name))
            return f->tasks[i].queue;
    return &flow_tasks_queue;
}

static void send_one(struct errand *e, struct json item)
{
    struct str timer = member_str(item, "t");

    if (timer.bytes)
        timer_put(e->c, timer);
    else
        change_send(e->c, queue_named(e->f, member_str(item, "q")),
                    json_to_str(e->s, json_member(item, "b")), 0);
}

// {"d": payload that lists them, "n": how many were sent}
static enum status run_send(struct errand *e)
{
    struct json items = {0};
    int64_t from = member_i64(e->message, "n");
    int64_t to = from + SENT_AT_ONCE;

    TRY(payload_read(e->s, e->f, e->id, member_str(e->message, "d"), &items));
    for (int64_t i = from; i < to && i < items.count; i++)
        send_one(e, json_at(items, (size_t)i));
    timers_note(e->f->timers, 0); // looks again
    struct json rest = json_with(e->s, e->message, str("n"), json_i64(e->s, to));
    if (to < items.count)
        change_send(e->c, &flow_events_queue, json_to_str(e->s, rest), 0);
    return OK;
}

enum status event_message_run(struct scope *s, struct work *work)
{
    struct errand e = {.s = s, .f = work->context, .c = work->change};

    TRY(json_read_stored(s, work->message->body, &e.message));
    e.id = member_str(e.message, "x");
    e.frame = (uint32_t)member_i64(e.message, "f");
    e.wait = (uint32_t)member_i64(e.message, "w");
    struct str kind = member_str(e.message, "k");
    if (str_is(kind, "continue"))
        return run_continue(&e);
    if (str_is(kind, "ended"))
        return run_ended(&e);
    if (str_is(kind, "child"))
        return run_child(&e);
    if (str_is(kind, "stop"))
        return run_stop(&e);
    if (str_is(kind, "send"))
        return run_send(&e);
    if (str_is(kind, "sweep"))
        return sweep_frames(s, e.f, e.c, e.id, json_member(e.message, "runs"));
    if (str_is(kind, "timer"))
        return timer_fire_again(s, e.f, e.c, member_str(e.message, "t"));
    return fail(s, CORRUPT, "a message of the kind %.*s", STR(kind));
}
