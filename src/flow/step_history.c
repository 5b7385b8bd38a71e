// History events, in the form in which GetExecutionHistory shows them.
#include "core/scope.h"
#include "flow/step_impl.h"

#include <assert.h>

enum { HISTORY_ROOM = 16 };

void object_put(struct object *o, const char *name, struct json value)
{
    assert(o->count < OBJECT_MEMBERS_MAX);
    if (!json_is(value, JSON_NONE))
        o->members[o->count++] = (struct json_member){str(name), value};
}

void object_put_text(struct object *o, const char *name, struct str text)
{
    if (text.bytes)
        object_put(o, name, json_string(text));
}

struct json object_json(struct scope *s, const struct object *o)
{
    struct json_member *members = scope_array(s, o->count, sizeof *members);

    memcpy(members, o->members, o->count * sizeof *members);
    return json_object(members, o->count);
}

static void history_keep(struct step *st, struct json event)
{
    struct flow_effects *out = st->out;

    if (out->history_count == st->history_room) {
        size_t room = st->history_room * 2 + HISTORY_ROOM;
        struct json *more = scope_array(st->s, room, sizeof *more);
        if (out->history_count)
            memcpy(more, out->history, out->history_count * sizeof *more);
        out->history = more;
        st->history_room = room;
    }
    out->history[out->history_count++] = event;
}

uint64_t history_put_at(struct step *st, int64_t at_us, uint64_t previous, const char *type,
                        const char *details, struct json value)
{
    struct object o = {0};
    uint64_t id = st->x->next_event;

    assert(previous < id);
    // The last one tells how the execution ended.
    if (id >= st->limits->events_max && !str_starts(str(type), str("Execution"))) {
        st->full = true;
        return previous;
    }
    st->x->next_event++;
    object_put(&o, "timestamp", json_i64(st->s, at_us));
    object_put(&o, "type", json_string(str(type)));
    object_put(&o, "id", json_i64(st->s, (int64_t)id));
    object_put(&o, "previousEventId", json_i64(st->s, (int64_t)previous));
    if (details)
        object_put(&o, details, value);
    history_keep(st, object_json(st->s, &o));
    return id;
}

uint64_t history_put(struct step *st, uint64_t previous, const char *type, const char *details,
                     struct json value)
{
    return history_put_at(st, st->event->now_us, previous, type, details, value);
}

void history_next(struct step *st, struct frame *f, const char *type, const char *details,
                  struct json value)
{
    f->last_event = history_put(st, f->last_event, type, details, value);
    frame_touch(st, f);
}

void history_put_data(struct object *o, const char *name, struct json value)
{
    static const struct json_member whole[] = {
        {STR_INIT("truncated"), {.type = JSON_FALSE}},
    };

    if (json_is(value, JSON_NONE))
        return;
    object_put(o, name, value);
    object_put(o, str_is(str(name), "input") ? "inputDetails" : "outputDetails",
               json_object(whole, 1));
}

void history_entered(struct step *st, struct frame *f, struct json input)
{
    static const char *const types[STATE_TYPE_COUNT] = {
        [STATE_PASS] = "PassStateEntered",         [STATE_TASK] = "TaskStateEntered",
        [STATE_CHOICE] = "ChoiceStateEntered",     [STATE_WAIT] = "WaitStateEntered",
        [STATE_SUCCEED] = "SucceedStateEntered",   [STATE_FAIL] = "FailStateEntered",
        [STATE_PARALLEL] = "ParallelStateEntered", [STATE_MAP] = "MapStateEntered",
    };
    const struct state *state = frame_state(st, f);
    struct object o = {0};

    history_put_data(&o, "input", input);
    object_put(&o, "name", json_string(state->name));
    st->entered = f->id;
    st->before_entered = f->last_event;
    history_next(st, f, types[state->type], "stateEnteredEventDetails", object_json(st->s, &o));
    f->entered_event = f->last_event;
    f->entered_at_us = st->event->now_us;
}

// Variables are shown as text.
static struct json assigned_texts(struct step *st, struct json assigned)
{
    struct json_member *members = scope_array(st->s, assigned.count, sizeof *members);

    for (size_t i = 0; i < assigned.count; i++) {
        struct str text = json_to_str(st->s, assigned.members[i].value);
        members[i] = (struct json_member){assigned.members[i].name, json_string(text)};
    }
    return json_object(members, assigned.count);
}

void history_exited(struct step *st, struct frame *f, struct json output, struct json assigned)
{
    static const char *const types[STATE_TYPE_COUNT] = {
        [STATE_PASS] = "PassStateExited",         [STATE_TASK] = "TaskStateExited",
        [STATE_CHOICE] = "ChoiceStateExited",     [STATE_WAIT] = "WaitStateExited",
        [STATE_SUCCEED] = "SucceedStateExited",   [STATE_FAIL] = NULL,
        [STATE_PARALLEL] = "ParallelStateExited", [STATE_MAP] = "MapStateExited",
    };
    static const struct json_member whole[] = {
        {STR_INIT("truncated"), {.type = JSON_FALSE}},
    };
    const struct state *state = frame_state(st, f);
    struct object o = {0};

    assert(types[state->type]);
    if (json_is(assigned, JSON_OBJECT)) {
        object_put(&o, "assignedVariables", assigned_texts(st, assigned));
        object_put(&o, "assignedVariablesDetails", json_object(whole, 1));
    }
    object_put(&o, "name", json_string(state->name));
    history_put_data(&o, "output", output);
    history_next(st, f, types[state->type], "stateExitedEventDetails", object_json(st->s, &o));
}

void history_error(struct step *st, struct frame *f, const char *type, const char *details,
                   struct str error, struct str cause)
{
    struct object o = {0};

    object_put_text(&o, "cause", cause);
    object_put_text(&o, "error", error);
    history_next(st, f, type, details, object_json(st->s, &o));
}

uint64_t history_iteration(struct step *st, uint64_t previous, const char *what,
                           const struct frame *parent, uint32_t index)
{
    struct object o = {0};
    struct str type = str_format(st->s, "MapIteration%s", what);
    struct str details = str_format(st->s, "mapIteration%sEventDetails", what);

    object_put(&o, "index", json_i64(st->s, index));
    object_put(&o, "name", json_string(frame_state(st, parent)->name));
    return history_put(st, previous, str_z(st->s, type), str_z(st->s, details),
                       object_json(st->s, &o));
}
