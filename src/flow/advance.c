// One event: the step, and everything that follows from it, in the caller's change.
#include "core/scope.h"
#include "flow/gates.h"
#include "flow/live_impl.h"
#include "flow/timers.h"
#include "sys/metrics.h"
#include "sys/world.h"

#include <assert.h>

enum { STEP_US_MAX = 20000, STEP_EVENTS_MAX = 250 };

// Whom to tell about what when the change is committed.
struct notice {
    struct notice *next;
    struct str what;
};

void live_notice(struct live *l, struct str what)
{
    struct notice *n = scope_new(l->scope, struct notice);

    *n = (struct notice){l->notices, what};
    l->notices = n;
}

static bool out_of_time(void *context)
{
    const struct live *l = context;

    return l->changed >= LIVE_FRAMES_SOON || world_monotonic_us(l->flow->world) > l->step_until_us;
}

static void committed(void *context, enum status e)
{
    const struct live *l = context;
    const struct flow *f = l->flow;

    if (e != OK)
        return;
    metric_add(f->counters.advances, METRIC_ONLY, 1);
    if (l->version == 0)
        metric_add(f->counters.started, METRIC_ONLY, 1);
    if (l->ended)
        metric_add(f->counters.ended, l->x.status, 1);
    if (l->timer_at_us != INT64_MAX)
        timers_note(f->timers, l->timer_at_us);
    for (const struct notice *n = l->notices; n && f->changed; n = n->next)
        f->changed(f->changed_context, n->what);
}

enum status live_step(struct live *l, struct flow_event *event, struct flow_effects *effects)
{
    struct flow_memory memory = live_memory(l);
    struct flow_limits limits = {
        .payload_bytes_max = l->flow->payload_bytes_max,
        .events_max = l->flow->events_max,
        .step_events_max = STEP_EVENTS_MAX,
        .out_of_time = out_of_time,
        .context = l,
    };

    TRY(definition_take(l->scope, l->flow, l->definition_key, &l->definition));
    event->now_us = l->now_us;
    world_random(l->flow->world, &event->seed, sizeof event->seed);
    l->step_until_us = world_monotonic_us(l->flow->world) + STEP_US_MAX;
    return flow_step(l->scope, l->definition, &l->x, &memory, &limits, event, effects);
}

// How many operations the change has room for besides frames, root and history.
static size_t items_left(const struct live *l)
{
    size_t frames = l->changed < LIVE_FRAMES_MAX ? l->changed : LIVE_FRAMES_MAX;
    size_t used = change_items(l->change) + frames + LIVE_RESERVE_ITEMS;

    return used < CHANGE_ITEMS_MAX ? CHANGE_ITEMS_MAX - used : 0;
}

static enum status put(struct live *l, struct flow_effects *effects)
{
    l->items_left = items_left(l);
    TRY(live_commands(l, effects));
    live_shrink(l, effects);
    if (l->ended)
        live_tell_end(l);
    live_put_timers(l);
    TRY(live_save(l, effects));
    change_follow(l->change, &(struct follower){NULL, committed, l});
    return OK;
}

enum status live_put(struct live *l)
{
    struct flow_effects nothing = {0};

    return put(l, &nothing);
}

// One that has not begun can only be stopped.
static enum status apply_pending(struct live *l, const struct flow_event *event, bool *stale)
{
    *stale = event->kind != EVENT_STOP || l->x.status != EXECUTION_RUNNING;
    if (*stale)
        return OK;
    l->x.status = EXECUTION_ABORTED;
    l->x.error = event->error;
    l->x.cause = event->cause;
    l->x.ended_at_us = l->now_us;
    l->ended = true;
    return live_put(l);
}

static enum status apply(struct live *l, struct flow_event *event, bool *stale)
{
    struct flow_effects effects = {0};
    bool was_running = l->x.status == EXECUTION_RUNNING;
    bool is_new = l->version == 0;

    if (l->pending)
        return apply_pending(l, event, stale);
    TRY(live_step(l, event, &effects));
    *stale = effects.stale;
    if (effects.stale)
        return OK;
    l->ended = l->x.status != EXECUTION_RUNNING && (was_running || is_new);
    if (l->ended || (!was_running && !is_new && l->x.status == EXECUTION_RUNNING))
        gate_note(l, l->ended);
    return put(l, &effects);
}

enum status live_advance(struct live *l, struct flow_event *event, bool *stale)
{
    enum status e = apply(l, event, stale);

    if (l->turn && (e != OK || *stale))
        turn_give(l->turn);
    return e;
}

enum status flow_advance(struct scope *s, struct flow *f, struct change *c, struct str id,
                         struct flow_event *event, bool *stale)
{
    struct live *l = NULL;
    enum status e = live_load(s, f, c, id, &l);

    *stale = e == NOT_FOUND;
    if (e == NOT_FOUND) {
        scope_forgive(s);
        return OK;
    }
    TRY(e);
    return live_advance(l, event, stale);
}
