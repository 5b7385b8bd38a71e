// What Parallel and Map have in common: children that are started one after another, each a line of
// control of its own, until all have ended or one has failed.
//
// A state that runs children is in the list of what goes on exactly while it could start another
// one, or has to end because all have ended. So a step never looks at children that do not change.
#include "core/scope.h"
#include "flow/step_rules_impl.h"

#include <assert.h>

static bool is_inline_map(const struct state *state)
{
    return state->type == STATE_MAP && !state->map.distributed;
}

static bool may_start(const struct frame *f, uint32_t running)
{
    return f->started < f->child_count && (f->concurrency_max == 0 || running < f->concurrency_max);
}

enum status children_begin(struct step *st, struct frame *f, uint32_t count)
{
    assert(st->x->next_frame < FRAME_NONE - count);
    f->first_child = st->x->next_frame;
    st->x->next_frame += count;
    f->child_count = count;
    f->started = 0;
    f->ended = 0;
    f->failed = 0;
    f->phase = FRAME_CHILDREN;
    frame_touch(st, f);
    ready_push(st, f->id);
    return OK;
}

static enum status output_of_child(struct step *st, struct frame *child, void *context)
{
    struct json *outputs = context;

    if (child->phase != FRAME_DONE)
        return OK;
    return payload_get(st, &child->output, &outputs[child->index]);
}

// Those of children that failed are left out.
enum status children_outputs(struct step *st, struct frame *f, struct json *out)
{
    struct json *outputs = scope_array(st->s, f->child_count, sizeof *outputs);
    size_t count = 0;

    TRY(children_each(st, f, output_of_child, outputs));
    for (size_t i = 0; i < f->child_count; i++)
        if (!json_is(outputs[i], JSON_NONE))
            outputs[count++] = outputs[i];
    *out = json_array(outputs, count);
    return OK;
}

static enum status remove_child(struct step *st, struct frame *child, void *context)
{
    (void)context;
    TRY(children_remove(st, child));
    st->memory->frame_ended(st->memory->context, child);
    return OK;
}

enum status children_remove(struct step *st, struct frame *f)
{
    if (f->child_count > 0) {
        TRY(children_each(st, f, remove_child, NULL));
        ready_drop(st, f->id);
    }
    f->first_child = 0;
    f->child_count = 0;
    f->started = 0;
    f->ended = 0;
    f->failed = 0;
    f->failed_max = 0;
    f->concurrency_max = 0;
    f->started_event = 0;
    f->items = (struct payload){0};
    f->near = (struct payload){0};
    f->near_first = 0;
    f->batched = false;
    f->map_run = (struct str){0};
    frame_touch(st, f);
    return OK;
}

static enum status children_finish(struct step *st, struct frame *f)
{
    const struct state *state = frame_state(st, f);
    struct json outputs = {0};
    struct data d = {0};
    struct outcome outcome = {0};

    if (state->type == STATE_MAP && state->map.distributed)
        return run_finish(st, f);
    TRY(children_outputs(st, f, &outputs));
    TRY(data_open(st, f, &d));
    TRY(outcome_of_result(st, &d, outputs, &outcome));
    (void)history_put(st, f->last_event,
                      state->type == STATE_MAP ? "MapStateSucceeded" : "ParallelStateSucceeded",
                      NULL, (struct json){0});
    TRY(children_remove(st, f));
    return state_exit(st, f, &outcome);
}

struct frame *child_make(struct step *st, struct frame *f)
{
    struct frame *child = frame_make(st, f->first_child + f->started);

    child->parent = f->id;
    child->index = f->started++;
    child->phase = FRAME_ENTER;
    frame_touch(st, child);
    frame_touch(st, f);
    if (may_start(f, f->started - f->ended))
        ready_push(st, f->id);
    return child;
}

static void branch_start(struct step *st, struct frame *f)
{
    struct frame *child = child_make(st, f);

    child->machine = frame_state(st, f)->parallel.branches[child->index];
    child->state = st->d->machines[child->machine].start;
    child->last_event = f->started_event;
    child->input = f->items; // what the branches are given
    ready_push(st, child->id);
}

enum status children_go(struct step *st, struct frame *f)
{
    if (f->ended == f->child_count)
        return children_finish(st, f);
    if (!may_start(f, f->started - f->ended))
        return OK;
    if (frame_state(st, f)->type == STATE_PARALLEL) {
        branch_start(st, f);
        return OK;
    }
    // Those that could start at once follow the beginning, each other the end of an earlier one.
    bool at_once = f->concurrency_max == 0 || f->started < f->concurrency_max;
    return map_child(st, f, at_once ? f->started_event : f->last_event);
}

void children_ended_one(struct step *st, struct frame *f)
{
    bool waited = !may_start(f, f->started - f->ended);

    f->ended++;
    frame_touch(st, f);
    if (f->ended == f->child_count || (waited && may_start(f, f->started - f->ended)))
        ready_push(st, f->id);
}

enum status child_done(struct step *st, struct frame *child, struct json output)
{
    struct frame *f = NULL;

    TRY(frame_parent(st, child, &f));
    payload_set(&child->output, output);
    child->phase = FRAME_DONE;
    child->input = (struct payload){0};
    child->item = (struct payload){0};
    child->variables = (struct payload){0};
    frame_touch(st, child);
    f->last_event = child->last_event;
    children_ended_one(st, f);
    if (!is_inline_map(frame_state(st, f)))
        return OK;
    uint64_t id = history_iteration(st, child->last_event, "Succeeded", f, child->index);
    if (f->ended == f->child_count)
        f->last_event = id;
    return OK;
}

enum status child_failed(struct step *st, struct frame *child)
{
    struct frame *f = NULL;

    TRY(frame_parent(st, child, &f));
    const struct state *state = frame_state(st, f);
    if (frame_state(st, child)->type == STATE_TASK)
        (void)history_put(st, child->last_event, "TaskStateAborted", NULL, (struct json){0});
    if (is_inline_map(state))
        (void)history_iteration(st, child->last_event, "Failed", f, child->index);
    f->last_event = child->last_event;
    TRY(children_abort(st, f, f->last_event));
    return error_of_child(st, f, child);
}

// Whether two values are one: it needs not be kept twice.
static bool json_is_same(struct json a, struct json b)
{
    return a.type == b.type && a.count == b.count && a.text == b.text;
}

enum status parallel_begin(struct step *st, struct frame *f)
{
    struct data d = {0};
    struct json input = {0};

    TRY(data_open(st, f, &d));
    TRY(data_arguments(st, &d, d.state->parameters, &input));
    history_next(st, f, "ParallelStateStarted", NULL, (struct json){0});
    f->started_event = f->last_event;
    payload_set(&f->items, input);
    if (json_is_same(input, d.raw))
        f->items = f->input;
    return children_begin(st, f, (uint32_t)d.state->parallel.branch_count);
}
