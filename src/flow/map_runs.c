// A run is found by its children: each knows the frame that it is an iteration of, whose parent is
// the Map's.
#include "flow/map_runs.h"

#include "core/scope.h"
#include "flow/arn.h"
#include "flow/begin_impl.h"
#include "flow/executions.h"
#include "flow/turns.h"

enum { CHILDREN_AT_ONCE = 1000 };

static enum status no_run(struct scope *s, struct str arn)
{
    return fail(s, NOT_FOUND, "Resource not found: '%.*s'", STR(arn));
}

// Any child of the run.
static enum status find_child(struct scope *s, struct flow *f, const struct owner *owner,
                              struct str arn, struct live **child)
{
    struct execution *found = NULL;
    struct execution_query query = {.map_run_arn = arn, .status = -1, .limit = 1};
    struct arn a = {0};
    size_t count = 0;

    if (!arn_read(arn, &a) || !str_is(a.kind, "mapRun") || !str_equal(a.account, owner->account))
        return no_run(s, arn);
    do {
        struct str next = {0};
        TRY(flow_list(s, f, owner, &query, &found, &count, &next));
        query.cursor = next;
    } while (count == 0 && query.cursor.bytes);
    if (count == 0)
        return no_run(s, arn);
    TRY(live_peek(s, f, found[0].id, child));
    return (*child)->parent.kind == LINK_MAP ? OK : no_run(s, arn);
}

// The Map's frame, NULL when the run is over.
static enum status find_frame(struct live *parent, const struct live *child, struct frame **out)
{
    struct frame *iteration = NULL;

    *out = NULL;
    if (parent->x.status != EXECUTION_RUNNING)
        return OK;
    TRY(live_frame(parent, child->parent.frame, &iteration));
    if (!iteration || iteration->parent == FRAME_NONE)
        return OK;
    TRY(live_frame(parent, iteration->parent, out));
    if (*out && !str_equal((*out)->map_run, child->list_of))
        *out = NULL;
    return OK;
}

static enum status count_children(struct scope *s, struct flow *f, const struct owner *owner,
                                  struct str arn, struct map_run *out)
{
    struct execution_query query = {.map_run_arn = arn, .status = -1, .limit = CHILDREN_AT_ONCE};

    do {
        struct scope *page = scope_open(FLOW_SCOPE_BYTES_MAX);
        struct execution *found = NULL;
        struct str next = {0};
        size_t count = 0;
        enum status e = flow_list(page, f, owner, &query, &found, &count, &next);
        for (size_t i = 0; i < count; i++)
            out->children[found[i].status]++;
        query.cursor = str_copy(s, next);
        e = scope_pass(s, e, page);
        scope_close(page);
        TRY(e);
    } while (query.cursor.bytes);
    return OK;
}

enum status flow_map_run_get(struct scope *s, struct flow *f, const struct owner *owner,
                             struct str arn, struct map_run *out)
{
    struct live *child = NULL;
    struct live *parent = NULL;
    struct frame *frame = NULL;

    *out = (struct map_run){0};
    TRY(find_child(s, f, owner, arn, &child));
    TRY(live_peek(s, f, child->parent.execution, &parent));
    out->execution = parent->x.arn;
    TRY(find_frame(parent, child, &frame));
    if (frame) {
        out->running = true;
        out->total = frame->child_count;
        out->concurrency_max = frame->concurrency_max;
    }
    return count_children(s, f, owner, arn, out);
}

// The frame is looked at again by the step to come: it may start more children now.
static void make_ready(struct scope *s, struct execution *x, uint32_t frame)
{
    uint32_t *ready = scope_array(s, x->ready_count + 1, sizeof *ready);
    uint32_t count = 0;

    for (uint32_t i = 0; i < x->ready_count; i++)
        if (x->ready[i] != frame)
            ready[count++] = x->ready[i];
    ready[count++] = frame;
    x->ready = ready;
    x->ready_count = count;
}

enum status flow_map_run_limit(struct scope *s, struct flow *f, const struct owner *owner,
                               struct change *c, struct str arn, uint32_t concurrency_max)
{
    struct flow_event event = {.kind = EVENT_CONTINUE};
    struct live *child = NULL;
    struct live *parent = NULL;
    struct frame *frame = NULL;
    bool stale = false;

    TRY(find_child(s, f, owner, arn, &child));
    TRY(live_load(s, f, c, child->parent.execution, &parent));
    enum status e = find_frame(parent, child, &frame);
    if (e == OK && (!frame || frame->phase != FRAME_CHILDREN))
        e = fail(s, CONFLICT, "Map Run is over and cannot be updated: '%.*s'", STR(arn));
    if (e != OK) {
        if (parent->turn)
            turn_give(parent->turn);
        return e;
    }
    struct flow_memory memory = live_memory(parent);
    frame->concurrency_max = concurrency_max;
    memory.frame_changed(memory.context, frame);
    make_ready(s, &parent->x, frame->id);
    return live_advance(parent, &event, &stale);
}
