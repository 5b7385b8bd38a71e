// Redrive: from the failed state, with its input as it was or another one.
#include "core/scope.h"
#include "flow/begin_impl.h"
#include "flow/definition_impl.h"
#include "flow/executions.h"

enum { PLAN_MEMBERS = 8, RUN_MEMBERS = 4 };

// RedriveExecution: within 14 days of the end; and of what is still kept.
#define REDRIVABLE_US (14LL * 86400 * 1000000)

static enum status check(struct live *l)
{
    const struct execution *x = &l->x;
    int64_t age_us = l->now_us - x->ended_at_us;

    if (x->status == EXECUTION_RUNNING || x->status == EXECUTION_SUCCEEDED ||
        x->status == EXECUTION_PENDING_REDRIVE)
        return fail(l->scope, CONFLICT, "Execution is %s and cannot be redriven",
                    execution_status_name(x->status));
    if (x->express)
        return fail(l->scope, CONFLICT, "Execution of an EXPRESS workflow cannot be redriven");
    if (age_us > REDRIVABLE_US || age_us > l->flow->keep_us)
        return fail(l->scope, CONFLICT,
                    "Execution cannot be redriven: its redrivable period is over");
    return OK;
}

static struct str state_name(const struct live *l, const struct frame *frame)
{
    const struct definition *d = l->definition;

    if (!frame || frame->machine >= d->machine_count ||
        frame->state >= d->machines[frame->machine].state_count)
        return (struct str){0};
    return d->machines[frame->machine].states[frame->state].name;
}

static enum status run_planned(struct live *l, const struct flow_command *cmd, struct json *out)
{
    struct members m = members_make(l->scope, RUN_MEMBERS);
    struct frame *frame = NULL;

    TRY(live_frame(l, cmd->frame, &frame));
    members_str(&m, "state", state_name(l, frame));
    members_str(&m, "resource", cmd->resource);
    if (cmd->kind == COMMAND_CHILD)
        members_add(&m, "iteration", json_i64(l->scope, cmd->index));
    members_add(&m, "input", cmd->input);
    *out = members_object(&m);
    return OK;
}

// What a redrive starts again; timers and cancellations are no work.
static enum status runs_planned(struct live *l, const struct flow_effects *effects,
                                struct json *out)
{
    struct json *runs = scope_array(l->scope, effects->command_count, sizeof *runs);
    size_t count = 0;

    for (size_t i = 0; i < effects->command_count; i++) {
        const struct flow_command *cmd = &effects->commands[i];
        if (cmd->kind == COMMAND_TASK || cmd->kind == COMMAND_CHILD || cmd->kind == COMMAND_READ ||
            cmd->kind == COMMAND_WRITE)
            TRY(run_planned(l, cmd, &runs[count++]));
    }
    *out = json_array(runs, count);
    return OK;
}

static enum status plan_of(struct live *l, struct str state, struct json before,
                           const struct flow_effects *effects, struct json input, struct json *out)
{
    struct members m = members_make(l->scope, PLAN_MEMBERS);
    struct json runs = {0};

    TRY(runs_planned(l, effects, &runs));
    members_str(&m, "executionArn", l->x.arn);
    members_str(&m, "state", state);
    members_add(&m, "inputBefore", before);
    members_add(&m, "input", json_is(input, JSON_NONE) ? before : input);
    members_add(&m, "inputChanges",
                json_bool(!json_is(input, JSON_NONE) && !json_equal(input, before)));
    members_add(&m, "runsAgain", runs);
    members_add(&m, "redriveCount", json_i64(l->scope, l->x.redrive_count));
    members_str(&m, "status", str(execution_status_name(l->x.status)));
    *out = members_object(&m);
    return OK;
}

static enum status dry_run(struct live *l, struct flow_event *event, struct json *plan)
{
    struct flow_effects effects = {0};
    struct frame *frame = NULL;
    struct json before = {0};
    struct str state = {0};

    TRY(definition_take(l->scope, l->flow, l->definition_key, &l->definition));
    TRY(live_frame(l, 0, &frame));
    if (frame) {
        state = state_name(l, frame);
        before = frame->input.value;
        if (frame->input.digest.bytes)
            TRY(payload_read(l->scope, l->flow, l->x.id, frame->input.digest, &before));
    }
    TRY(live_step(l, event, &effects));
    if (effects.stale)
        return fail(l->scope, CONFLICT, "Execution cannot be redriven");
    return plan_of(l, state, before, &effects, event->value, plan);
}

static enum status redrive(struct live *l, const struct owner *owner, struct flow_event *event)
{
    bool stale = false;

    TRY(live_advance(l, event, &stale));
    if (stale)
        return fail(l->scope, CONFLICT, "Execution cannot be redriven");
    flow_audit(l->change, owner, "execution.redriven", l->x.arn);
    return OK;
}

enum status flow_redrive(struct scope *s, struct flow *f, const struct owner *owner,
                         struct change *c, struct str arn, struct str input, bool is_dry,
                         struct json *plan, struct execution *out)
{
    struct flow_event event = {.kind = EVENT_REDRIVE};
    struct live *l = NULL;
    struct str id = {0};

    if (input.bytes && json_read_given(s, input, &event.value) != OK)
        return fail(s, INVALID, "Invalid Execution Input: '%.*s'", STR(scope_why(s)));
    TRY(execution_find(s, f, owner, arn, &id));
    if (is_dry) {
        TRY(live_peek(s, f, id, &l));
        TRY(check(l));
        TRY(dry_run(l, &event, plan));
    } else {
        TRY(live_load(s, f, c, id, &l));
        enum status e = check(l);
        if (e == OK)
            e = redrive(l, owner, &event);
        if (e != OK) {
            turn_give(l->turn);
            return e;
        }
    }
    *out = l->x;
    return OK;
}
