// Frames, payloads, waits and commands of a step.
#include "core/scope.h"
#include "flow/step_impl.h"

#include <assert.h>

enum {
    READY_ROOM = 32,
    COMMANDS_ROOM = 16,
    CHILDREN_AT_ONCE = 256,
};

static enum status frame_check(struct step *st, const struct frame *f)
{
    if (f->machine >= st->d->machine_count || f->state >= st->d->machines[f->machine].state_count)
        return fail(st->s, CORRUPT, "frame %u is in a state that the definition does not have",
                    f->id);
    return OK;
}

enum status frame_get(struct step *st, uint32_t id, struct frame **out)
{
    *out = NULL;
    TRY(st->memory->frames(st->s, st->memory->context, id, 1, out));
    return *out ? frame_check(st, *out) : OK;
}

enum status frame_parent(struct step *st, const struct frame *f, struct frame **out)
{
    assert(f->parent != FRAME_NONE);
    TRY(frame_get(st, f->parent, out));
    if (!*out)
        return fail(st->s, CORRUPT, "frame %u has lost its parent", f->id);
    return OK;
}

struct frame *frame_make(struct step *st, uint32_t id)
{
    struct frame *f = st->memory->frame_new(st->s, st->memory->context, id);

    assert(f && f->id == id);
    return f;
}

void frame_touch(struct step *st, struct frame *f)
{
    st->memory->frame_changed(st->memory->context, f);
}

enum status payload_get(struct step *st, struct payload *p, struct json *out)
{
    if (json_is(p->value, JSON_NONE) && p->digest.bytes)
        TRY(st->memory->payload(st->s, st->memory->context, p));
    *out = p->value;
    return OK;
}

void payload_set(struct payload *p, struct json value)
{
    *p = (struct payload){.value = value};
}

const struct machine *frame_machine(const struct step *st, const struct frame *f)
{
    return &st->d->machines[f->machine];
}

const struct state *frame_state(const struct step *st, const struct frame *f)
{
    return &frame_machine(st, f)->states[f->state];
}

// Makes the list this step's own, with room for one more.
static void ready_own(struct step *st)
{
    if (st->x->ready_count < st->ready_room)
        return;
    size_t room = st->x->ready_count * 2 + READY_ROOM;
    uint32_t *more = scope_array(st->s, room, sizeof *more);
    if (st->x->ready_count)
        memcpy(more, st->x->ready, st->x->ready_count * sizeof *more);
    st->ready = more;
    st->ready_room = room;
    st->x->ready = more;
}

void ready_push(struct step *st, uint32_t id)
{
    ready_own(st);
    st->ready[st->x->ready_count++] = id;
}

void ready_drop(struct step *st, uint32_t id)
{
    uint32_t count = 0;

    ready_own(st);
    for (uint32_t i = 0; i < st->x->ready_count; i++)
        if (st->ready[i] != id)
            st->ready[count++] = st->ready[i];
    st->x->ready_count = count;
}

void wait_begin(struct step *st, struct frame *f, enum frame_phase phase)
{
    f->wait++;
    f->phase = phase;
    f->begun = false;
    f->submitted = false;
    frame_touch(st, f);
}

struct flow_command *command_put(struct step *st, enum flow_command_kind kind,
                                 const struct frame *f)
{
    struct flow_effects *out = st->out;

    if (out->command_count == st->command_room) {
        size_t room = st->command_room * 2 + COMMANDS_ROOM;
        struct flow_command *more = scope_array(st->s, room, sizeof *more);
        if (out->command_count)
            memcpy(more, out->commands, out->command_count * sizeof *more);
        out->commands = more;
        st->command_room = room;
    }
    struct flow_command *c = &out->commands[out->command_count++];
    *c = (struct flow_command){.kind = kind, .frame = f->id, .wait = f->wait};
    return c;
}

static int64_t *timer_of(struct frame *f, enum flow_timer timer)
{
    switch (timer) {
    case TIMER_WAIT:
    case TIMER_RETRY:
        return &f->timer_at_us;
    case TIMER_TIMEOUT:
        return &f->timeout_at_us;
    case TIMER_HEARTBEAT:
        return &f->heartbeat_at_us;
    case TIMER_EXECUTION:
        break;
    }
    return NULL;
}

void timer_set(struct step *st, struct frame *f, enum flow_timer timer, int64_t at_us)
{
    struct flow_command *c = command_put(st, COMMAND_TIMER, f);
    int64_t *kept = timer_of(f, timer);

    assert(kept);
    c->timer = timer;
    c->at_us = at_us;
    *kept = at_us;
    frame_touch(st, f);
}

static void timer_cancel(struct step *st, struct frame *f, enum flow_timer timer)
{
    int64_t *at_us = timer_of(f, timer);

    if (*at_us == 0)
        return;
    struct flow_command *c = command_put(st, COMMAND_TIMER_CANCEL, f);
    c->timer = timer;
    c->at_us = *at_us;
    *at_us = 0;
}

void wait_end(struct step *st, struct frame *f)
{
    timer_cancel(st, f, f->phase == FRAME_RETRY ? TIMER_RETRY : TIMER_WAIT);
    timer_cancel(st, f, TIMER_TIMEOUT);
    timer_cancel(st, f, TIMER_HEARTBEAT);
    f->heartbeat_s = 0;
    frame_touch(st, f);
}

enum status children_each(struct step *st, const struct frame *f, child_function *call,
                          void *context)
{
    struct frame *children[CHILDREN_AT_ONCE];

    for (uint32_t from = 0; from < f->started; from += CHILDREN_AT_ONCE) {
        uint32_t left = f->started - from;
        uint32_t count = left < CHILDREN_AT_ONCE ? left : CHILDREN_AT_ONCE;
        memset(children, 0, sizeof children);
        TRY(st->memory->frames(st->s, st->memory->context, f->first_child + from, count, children));
        for (uint32_t i = 0; i < count; i++) {
            if (!children[i])
                return fail(st->s, CORRUPT, "frame %u has lost a child", f->id);
            TRY(frame_check(st, children[i]));
            TRY(call(st, children[i], context));
        }
    }
    return OK;
}
