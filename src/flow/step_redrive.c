// Redrive: an execution that failed, timed out or was stopped goes on where it stood. Of Parallel
// and Map only the children that had not succeeded run again.
// Source: the Developer Guide of Step Functions, redriving executions.
#include "core/moment.h"
#include "core/scope.h"
#include "flow/step_rules_impl.h"

struct redrive {
    uint64_t event; // ExecutionRedriven
    uint32_t again; // children that run again
    uint32_t done;
    struct frame *parent;
};

static enum status redrive_frame(struct step *st, struct frame *f, uint64_t event);

static enum status redrive_child(struct step *st, struct frame *child, void *context)
{
    struct redrive *r = context;
    const struct state *state = frame_state(st, r->parent);

    if (child->phase == FRAME_DONE) {
        r->done++;
        return OK;
    }
    r->again++;
    if (state->type != STATE_MAP || !state->map.distributed)
        return redrive_frame(st, child, r->event);
    struct json input = {0};
    TRY(payload_get(st, &child->input, &input));
    child->error = (struct str){0};
    child->cause = (struct str){0};
    run_child(st, r->parent, child, true);
    return OK;
}

static void run_again(struct step *st, struct frame *f)
{
    const enum state_type type = frame_state(st, f)->type;
    bool stays =
        type == STATE_TASK || type == STATE_WAIT || type == STATE_PARALLEL || type == STATE_MAP;

    // Only what had begun to wait is not entered anew.
    f->phase = stays && f->entered_event ? FRAME_AGAIN : FRAME_ENTER;
    frame_touch(st, f);
    ready_push(st, f->id);
}

static enum status redrive_children(struct step *st, struct frame *f, uint64_t event)
{
    struct redrive r = {.event = event, .parent = f};

    TRY(children_each(st, f, redrive_child, &r));
    if (r.again == 0 && f->started == f->child_count) {
        // What failed was the state itself: all of it runs again.
        TRY(children_remove(st, f));
        run_again(st, f);
        return OK;
    }
    f->phase = FRAME_CHILDREN;
    f->ended = r.done;
    f->failed = 0;
    frame_touch(st, f);
    if (f->started < f->child_count)
        ready_push(st, f->id);
    return OK;
}

static void record_run(struct step *st, struct frame *f)
{
    struct object o = {0};

    object_put(&o, "mapRunArn", run_arn(st, f));
    object_put(&o, "redriveCount", json_i64(st->s, st->x->redrive_count));
    history_next(st, f, "MapRunRedriven", "mapRunRedrivenEventDetails", object_json(st->s, &o));
}

static enum status redrive_frame(struct step *st, struct frame *f, uint64_t event)
{
    bool origin = f->error.data != NULL; // not merely aborted

    f->last_event = event;
    memset(f->retry_counts, 0, sizeof f->retry_counts);
    f->retry_count = 0;
    f->error = (struct str){0};
    f->cause = (struct str){0};
    if (f->child_count > 0) {
        if (f->map_run.bytes)
            record_run(st, f);
        return redrive_children(st, f, event);
    }
    if (origin && !json_is(st->event->value, JSON_NONE))
        payload_set(&f->input, st->event->value);
    run_again(st, f);
    return OK;
}

enum status redrive(struct step *st)
{
    struct execution *x = st->x;
    struct frame *root = NULL;
    struct object o = {0};

    TRY(frame_get(st, 0, &root));
    if (!root || root->phase != FRAME_FAILED || x->status == EXECUTION_SUCCEEDED ||
        x->status == EXECUTION_RUNNING) {
        st->out->stale = true;
        return OK;
    }
    x->status = EXECUTION_RUNNING;
    x->redrive_count++;
    x->redriven_at_us = st->event->now_us;
    x->ended_at_us = 0;
    x->error = (struct str){0};
    x->cause = (struct str){0};
    object_put(&o, "redriveCount", json_i64(st->s, x->redrive_count));
    uint64_t id = history_put(st, x->next_event - 1, "ExecutionRedriven",
                              "executionRedrivenEventDetails", object_json(st->s, &o));
    execution_timer(st);
    return redrive_frame(st, root, id);
}
