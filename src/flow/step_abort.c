// What is stopped: what runs beside a branch or iteration that failed, and all that an execution
// did when it ends. Frames stay as they were, marked as failed, so that a redrive finds them.
#include "core/scope.h"
#include "flow/step_rules_impl.h"

static enum status abort_child(struct step *st, struct frame *child, void *context)
{
    return frame_abort(st, child, *(const uint64_t *)context);
}

enum status children_abort(struct step *st, struct frame *f, uint64_t after)
{
    return f->child_count > 0 ? children_each(st, f, abort_child, &after) : OK;
}

static void record(struct step *st, uint64_t after, const char *type)
{
    (void)history_put(st, after, type, NULL, (struct json){0});
}

// The state that a line of control was in. What stops several follows the event that was the
// reason.
static void record_state(struct step *st, struct frame *f, uint64_t after)
{
    switch (frame_state(st, f)->type) {
    case STATE_TASK:
        record(st, after, "TaskStateAborted");
        break;
    case STATE_WAIT:
        record(st, after, "WaitStateAborted");
        break;
    case STATE_PARALLEL:
        record(st, after, "ParallelStateAborted");
        break;
    case STATE_MAP:
        record(st, after, "MapStateAborted");
        break;
    case STATE_PASS:
    case STATE_CHOICE:
    case STATE_SUCCEED:
    case STATE_FAIL:
    case STATE_TYPE_COUNT:
        break;
    }
}

static enum status record_iteration(struct step *st, struct frame *f, uint64_t after)
{
    struct frame *parent = NULL;

    if (f->parent == FRAME_NONE)
        return OK;
    TRY(frame_parent(st, f, &parent));
    const struct state *state = frame_state(st, parent);
    if (state->type == STATE_MAP && !state->map.distributed)
        (void)history_iteration(st, after, "Aborted", parent, f->index);
    return OK;
}

enum status frame_abort(struct step *st, struct frame *f, uint64_t after)
{
    enum frame_phase phase = f->phase;

    if (phase == FRAME_DONE || phase == FRAME_FAILED)
        return OK;
    if (phase == FRAME_TASK || phase == FRAME_READ || phase == FRAME_WRITE)
        (void)command_put(st, COMMAND_TASK_CANCEL, f);
    if (phase == FRAME_CHILD)
        command_put(st, COMMAND_CHILD_STOP, f)->index = f->index;
    wait_end(st, f);
    if (phase == FRAME_CHILDREN)
        TRY(children_abort(st, f, after));
    if (f->map_run.bytes &&
        (phase == FRAME_CHILDREN || phase == FRAME_READ || phase == FRAME_WRITE))
        record(st, after ? after : f->last_event, "MapRunAborted");
    if (after && phase != FRAME_ENTER && phase != FRAME_CHILD)
        record_state(st, f, after);
    if (after)
        TRY(record_iteration(st, f, after));
    f->phase = FRAME_FAILED;
    f->error = (struct str){0};
    f->cause = (struct str){0};
    frame_touch(st, f);
    return OK;
}

enum status execution_abort(struct step *st)
{
    struct frame *root = NULL;

    TRY(frame_get(st, 0, &root));
    return root ? frame_abort(st, root, 0) : OK;
}

void execution_close(struct step *st, enum execution_status status, struct str error,
                     struct str cause)
{
    struct execution *x = st->x;

    x->status = status;
    x->error = error.bytes ? error : (struct str){0};
    x->cause = cause.bytes ? cause : (struct str){0};
    x->ended_at_us = st->event->now_us;
    x->ready_count = 0;
    if (!x->timeout_at_us)
        return;
    static const struct frame whole = {0};
    struct flow_command *c = command_put(st, COMMAND_TIMER_CANCEL, &whole);
    c->timer = TIMER_EXECUTION;
    c->at_us = x->timeout_at_us;
    x->timeout_at_us = 0;
}

enum status execution_fail(struct step *st, uint64_t previous, struct str error, struct str cause)
{
    struct object o = {0};

    object_put_text(&o, "cause", cause);
    object_put_text(&o, "error", error);
    TRY(execution_abort(st));
    (void)history_put(st, previous, "ExecutionFailed", "executionFailedEventDetails",
                      object_json(st->s, &o));
    execution_close(st, EXECUTION_FAILED, error, cause);
    return OK;
}
