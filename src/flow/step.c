// The dispatcher: what an event is about, and what goes on until nothing does any more.
#include "flow/step.h"

#include "core/moment.h"
#include "core/scope.h"
#include "flow/step_rules_impl.h"

#include <assert.h>

const struct flow_limits flow_limits_default = {
    .payload_bytes_max = 256 << 10,
    .events_max = 25000,
    .step_events_max = 1000,
};

enum status state_enter(struct step *st, struct frame *f)
{
    struct json input = {0};

    TRY(payload_get(st, &f->input, &input));
    history_entered(st, f, input);
    return state_begin(st, f);
}

enum status state_begin(struct step *st, struct frame *f)
{
    static enum status (*const begin[STATE_TYPE_COUNT])(struct step *, struct frame *) = {
        [STATE_PASS] = pass_begin,         [STATE_TASK] = task_begin,
        [STATE_CHOICE] = choice_begin,     [STATE_WAIT] = wait_state_begin,
        [STATE_SUCCEED] = succeed_begin,   [STATE_FAIL] = fail_begin,
        [STATE_PARALLEL] = parallel_begin, [STATE_MAP] = map_begin,
    };

    return begin[frame_state(st, f)->type](st, f);
}

static enum status frame_go(struct step *st, struct frame *f)
{
    if (f->phase == FRAME_ENTER)
        return state_enter(st, f);
    if (f->phase == FRAME_AGAIN)
        return state_begin(st, f);
    return f->phase == FRAME_CHILDREN ? children_go(st, f) : OK;
}

static bool step_is_long(const struct step *st)
{
    const struct flow_limits *l = st->limits;

    return st->x->next_event - st->first_event >= l->step_events_max ||
           (l->out_of_time && l->out_of_time(l->context));
}

// The history is full: AWS's service fails such an execution.
static enum status overflow(struct step *st)
{
    struct frame *root = NULL;

    TRY(frame_get(st, 0, &root));
    return execution_fail(st, root ? root->last_event : 0, str("States.Runtime"),
                          str_format(st->s,
                                     "The execution reached the maximum number of history events "
                                     "(%llu).",
                                     (unsigned long long)st->limits->events_max));
}

// Deals with what a handler said about its frame.
static enum status settle(struct step *st, struct frame *f, enum status e)
{
    if (e == REFUSED)
        e = frame_refuse(st, f);
    assert(e != REFUSED);
    if (e == OK && st->full && st->x->status == EXECUTION_RUNNING)
        e = overflow(st);
    return e;
}

static enum status go_on(struct step *st)
{
    struct frame *f = NULL;

    while (st->x->status == EXECUTION_RUNNING && st->x->ready_count > 0) {
        if (step_is_long(st)) {
            st->out->more = true;
            return OK;
        }
        uint32_t id = st->x->ready[--st->x->ready_count];
        TRY(frame_get(st, id, &f));
        if (f)
            TRY(settle(st, f, frame_go(st, f)));
    }
    return OK;
}

void execution_timer(struct step *st)
{
    static const struct frame whole = {0};
    int64_t timeout_s = st->d->machines[st->x->machine].timeout_s;

    if (timeout_s == 0)
        return;
    st->x->timeout_at_us = st->event->now_us + timeout_s * MOMENT_SECOND_US;
    struct flow_command *c = command_put(st, COMMAND_TIMER, &whole);
    c->timer = TIMER_EXECUTION;
    c->at_us = st->x->timeout_at_us;
}

static enum status start(struct step *st)
{
    struct execution *x = st->x;
    struct frame *f = NULL;
    struct json input = {0};
    struct object o = {0};

    TRY(frame_get(st, 0, &f));
    if (f || x->next_event > 1) {
        st->out->stale = true;
        return OK;
    }
    if (x->machine >= st->d->machine_count)
        return fail(st->s, CORRUPT, "the definition has no machine %u", x->machine);
    x->next_event = 1;
    x->next_frame = 1;
    if (!x->started_at_us)
        x->started_at_us = st->event->now_us;
    st->first_event = 1;
    TRY(payload_get(st, &x->input, &input));
    history_put_data(&o, "input", input);
    object_put(&o, "roleArn", json_string(x->role_arn));
    (void)history_put(st, 0, "ExecutionStarted", "executionStartedEventDetails",
                      object_json(st->s, &o));
    execution_timer(st);
    f = frame_make(st, 0);
    f->parent = FRAME_NONE;
    f->machine = x->machine;
    f->state = st->d->machines[x->machine].start;
    f->input = x->input;
    frame_touch(st, f);
    ready_push(st, f->id);
    return OK;
}

// Ends the execution from outside: stopped by a caller, or out of time.
static enum status end(struct step *st, enum execution_status status, struct str error,
                       struct str cause)
{
    bool stopped = status == EXECUTION_ABORTED;
    struct object o = {0};

    if (st->x->status != EXECUTION_RUNNING) {
        st->out->stale = true;
        return OK;
    }
    object_put_text(&o, "cause", cause);
    object_put_text(&o, "error", error);
    TRY(execution_abort(st));
    (void)history_put(st, 0, stopped ? "ExecutionAborted" : "ExecutionTimedOut",
                      stopped ? "executionAbortedEventDetails" : "executionTimedOutEventDetails",
                      object_json(st->s, &o));
    // AWS tells what timed out in the event only.
    execution_close(st, status, stopped ? error : (struct str){0}, cause);
    return OK;
}

static enum status timer_due(struct step *st, struct frame *f, bool *stale)
{
    const struct flow_event *e = st->event;

    if (e->timer == TIMER_WAIT && f->phase == FRAME_WAIT) {
        f->timer_at_us = 0;
        return wait_state_due(st, f);
    }
    if (e->timer == TIMER_RETRY && f->phase == FRAME_RETRY) {
        f->timer_at_us = 0;
        f->phase = FRAME_AGAIN;
        frame_touch(st, f);
        ready_push(st, f->id);
        return OK;
    }
    // A heartbeat may have put it off.
    bool heartbeat = e->timer == TIMER_HEARTBEAT;
    int64_t at_us = heartbeat ? f->heartbeat_at_us : f->timeout_at_us;
    if (f->phase == FRAME_TASK && (heartbeat || e->timer == TIMER_TIMEOUT) && at_us &&
        at_us <= e->now_us)
        return task_timed_out(st, f, heartbeat);
    *stale = true;
    return OK;
}

static bool is_task_event(enum flow_event_kind kind)
{
    return kind == EVENT_TASK_STARTED || kind == EVENT_TASK_SUBMITTED ||
           kind == EVENT_TASK_SUCCEEDED || kind == EVENT_TASK_FAILED ||
           kind == EVENT_TASK_HEARTBEAT;
}

static enum status frame_event(struct step *st, struct frame *f, bool *stale)
{
    enum flow_event_kind kind = st->event->kind;

    if (kind == EVENT_TIMER)
        return timer_due(st, f, stale);
    if (f->phase == FRAME_TASK && is_task_event(kind))
        return task_event(st, f);
    if (f->phase == FRAME_READ && (kind == EVENT_ITEMS_READ || kind == EVENT_TASK_FAILED))
        return run_event(st, f);
    if (f->phase == FRAME_WRITE && (kind == EVENT_ITEMS_WRITTEN || kind == EVENT_TASK_FAILED))
        return run_event(st, f);
    if (f->phase == FRAME_CHILD && kind == EVENT_CHILD_ENDED)
        return run_child_ended(st, f);
    *stale = true;
    return OK;
}

static enum status event_of_frame(struct step *st)
{
    struct frame *f = NULL;
    bool stale = false;

    if (st->x->status == EXECUTION_RUNNING)
        TRY(frame_get(st, st->event->frame, &f));
    if (!f || f->wait != st->event->wait) {
        st->out->stale = true;
        return OK;
    }
    enum status e = frame_event(st, f, &stale);
    st->out->stale = stale;
    return settle(st, f, e);
}

static enum status apply(struct step *st)
{
    const struct flow_event *e = st->event;

    if (e->kind == EVENT_START)
        return start(st);
    if (e->kind == EVENT_CONTINUE)
        return OK;
    if (e->kind == EVENT_STOP)
        return end(st, EXECUTION_ABORTED, e->error, e->cause);
    if (e->kind == EVENT_REDRIVE)
        return redrive(st);
    if (e->kind == EVENT_TIMER && e->timer == TIMER_EXECUTION) {
        if (st->x->timeout_at_us && st->x->timeout_at_us <= e->now_us)
            return end(st, EXECUTION_TIMED_OUT, str("States.Timeout"), (struct str){0});
        st->out->stale = true;
        return OK;
    }
    return event_of_frame(st);
}

enum status flow_step(struct scope *s, const struct definition *d, struct execution *x,
                      const struct flow_memory *memory, const struct flow_limits *limits,
                      const struct flow_event *event, struct flow_effects *out)
{
    struct step st = {
        .s = s,
        .d = d,
        .x = x,
        .memory = memory,
        .limits = limits,
        .event = event,
        .out = out,
        .chance = chance_seeded(event->seed),
        .first_event = x->next_event,
        .entered = FRAME_NONE,
    };

    *out = (struct flow_effects){0};
    TRY(apply(&st));
    return go_on(&st);
}
