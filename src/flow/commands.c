// What the interpreter wants done becomes messages, timers and work for those outside, in the same
// change. What the change has no room for is written down in it and sent afterwards.
#include "core/scope.h"
#include "core/uuid.h"
#include "flow/live_impl.h"
#include "flow/resource.h"
#include "flow/take_impl.h"
#include "flow/timers.h"
#include "store/change.h"

#include <assert.h>

enum { MESSAGE_MEMBERS = 16 };

// A message, or a timer by its key.
struct outgoing {
    struct outgoing *next;
    const struct queue_def *queue; // NULL: a timer
    struct json body;
};

static void put_off(struct live *l, const struct queue_def *queue, struct json body)
{
    struct outgoing *o = scope_new(l->scope, struct outgoing);

    *o = (struct outgoing){l->outgoing, queue, body};
    l->outgoing = o;
}

void live_send(struct live *l, const struct queue_def *queue, struct json body)
{
    if (l->items_left == 0) {
        put_off(l, queue, body);
        return;
    }
    l->items_left--;
    change_send(l->change, queue, json_to_str(l->scope, body), 0);
}

// A timer to be set or removed: one operation a key, because a change allows no more.
enum timer_doing { TIMER_NOTHING, TIMER_SET, TIMER_REMOVED };
struct timer_change {
    struct timer_change *next;
    struct str key;
    enum timer_doing doing;
};

static struct timer_change *timer_change(struct live *l, struct str key)
{
    for (struct timer_change *t = l->timer_changes; t; t = t->next)
        if (str_equal(t->key, key))
            return t;
    struct timer_change *t = scope_new(l->scope, struct timer_change);
    t->next = l->timer_changes;
    t->key = key;
    l->timer_changes = t;
    return t;
}

void live_set_timer(struct live *l, char kind, uint32_t frame, uint32_t wait, int64_t at_us)
{
    timer_change(l, timer_key(l->scope, at_us, l->x.id, frame, wait, kind))->doing = TIMER_SET;
    if (at_us < l->timer_at_us)
        l->timer_at_us = at_us;
}

static void cancel_timer(struct live *l, const struct flow_command *cmd)
{
    struct str key =
        timer_key(l->scope, cmd->at_us, l->x.id, cmd->frame, cmd->wait, timer_letter(cmd->timer));
    struct timer_change *t = timer_change(l, key);

    // What was set just now was never there; what fires is removed by who fires it.
    bool nothing = t->doing == TIMER_SET || str_equal(key, l->fired);
    t->doing = nothing ? TIMER_NOTHING : TIMER_REMOVED;
}

void live_put_timers(struct live *l)
{
    for (const struct timer_change *t = l->timer_changes; t; t = t->next) {
        if (t->doing == TIMER_NOTHING)
            continue;
        if (l->items_left == 0) {
            // One that fires although it was cancelled is stale.
            if (t->doing == TIMER_SET)
                put_off(l, NULL, json_string(t->key));
            continue;
        }
        l->items_left--;
        if (t->doing == TIMER_SET)
            timer_put(l->change, t->key);
        else
            timer_remove(l->change, t->key);
    }
}

// {"q": name of the queue, "b": body} or {"t": key of a timer}
static struct json outgoing_to_json(struct live *l, const struct outgoing *o)
{
    struct members m = members_make(l->scope, 2);

    if (o->queue) {
        members_str(&m, "q", str(o->queue->name));
        members_add(&m, "b", o->body);
    } else {
        members_add(&m, "t", o->body);
    }
    return members_object(&m);
}

// A chunk is a payload, and a message says to send what is in it.
static void send_chunk(struct live *l, const struct json *items, size_t count)
{
    struct members m = members_make(l->scope, 3);

    members_str(&m, "k", str("send"));
    members_str(&m, "x", l->x.id);
    members_str(&m, "d", payload_put_away(l, json_array(items, count)));
    change_send(l->change, &flow_events_queue, json_to_str(l->scope, members_object(&m)), 0);
}

enum status live_send_rest(struct live *l)
{
    size_t count = 0;

    for (const struct outgoing *o = l->outgoing; o; o = o->next)
        count++;
    struct json *items = scope_array(l->scope, count, sizeof *items);
    size_t at = count;
    for (const struct outgoing *o = l->outgoing; o; o = o->next)
        items[--at] = outgoing_to_json(l, o);
    if (count)
        send_chunk(l, items, count);
    l->outgoing = NULL;
    return OK;
}

static void add_input(struct live *l, struct members *m, struct json input)
{
    struct str digest = payload_digest(l, input);

    if (digest.bytes)
        members_str(m, "ind", digest);
    else
        members_add(m, "in", input);
}

static struct members message(struct live *l, const char *kind, const struct flow_command *cmd)
{
    struct members m = members_make(l->scope, MESSAGE_MEMBERS);

    members_str(&m, "k", str(kind));
    members_str(&m, "x", l->x.id);
    members_i64(&m, "f", cmd->frame);
    members_i64(&m, "w", cmd->wait);
    return m;
}

static const struct queue_def *task_queue(const struct live *l, const struct flow_command *cmd,
                                          const struct resource *r)
{
    const struct task_entry *entry = NULL;

    if (cmd->function.bytes)
        entry = flow_task(l->flow, cmd->function);
    else if (r->kind == RESOURCE_INTEGRATION)
        entry = flow_task(l->flow, str_concat(l->scope, 3, r->service, str(":"), r->action));
    return entry ? entry->queue : &flow_tasks_queue;
}

static void start_task(struct live *l, const struct flow_command *cmd)
{
    struct resource r = {0};
    struct members m = message(l, "task", cmd);
    bool known = resource_parse(cmd->resource, &r);

    assert(known);
    (void)known;
    members_str(&m, "r", cmd->resource);
    members_str(&m, "fn", cmd->function);
    add_input(l, &m, cmd->function.bytes ? cmd->payload : cmd->input);
    members_str(&m, "t", l->tenant);
    members_str(&m, "a", l->account);
    members_str(&m, "n", l->x.arn);
    members_i64(&m, "o", cmd->attempt);
    members_i64(&m, "to", cmd->timeout_s);
    if (r.pattern == PATTERN_TOKEN || r.kind == RESOURCE_ACTIVITY)
        live_note_token(l, cmd->frame, cmd->wait);
    if (r.kind == RESOURCE_ACTIVITY && l->items_left > 0) {
        l->items_left--;
        outside_put(l, "a", r.name, members_object(&m));
        return;
    }
    live_send(l, task_queue(l, cmd, &r), members_object(&m));
}

static void stop_child(struct live *l, struct str id)
{
    struct members m = members_make(l->scope, 2);

    members_str(&m, "k", str("stop"));
    members_str(&m, "x", id);
    live_send(l, &flow_events_queue, members_object(&m));
}

// A task that was cancelled is found to be so when it is taken; but an execution that was started
// to be waited for is stopped.
static void cancel_task(struct live *l, const struct flow_command *cmd)
{
    struct resource r = {0};

    if (resource_parse(cmd->resource, &r) && str_is(r.service, "states") &&
        (r.pattern == PATTERN_SYNC || r.pattern == PATTERN_SYNC_2))
        stop_child(l, child_id(l->scope, l->x.id, cmd->frame, cmd->wait));
}

static void start_child(struct live *l, const struct flow_command *cmd)
{
    struct members m = message(l, "child", cmd);

    members_i64(&m, "m", cmd->machine);
    members_str(&m, "r", cmd->map_run);
    if (cmd->express)
        members_add(&m, "e", json_bool(true));
    if (cmd->redrive)
        members_add(&m, "again", json_bool(true));
    add_input(l, &m, cmd->input);
    live_send(l, &flow_events_queue, members_object(&m));
}

static void start_items(struct live *l, const char *kind, const struct flow_command *cmd)
{
    struct members m = message(l, kind, cmd);

    add_input(l, &m, cmd->input);
    members_str(&m, "t", l->tenant);
    live_send(l, &flow_tasks_queue, members_object(&m));
}

static void do_command(struct live *l, const struct flow_command *cmd)
{
    switch (cmd->kind) {
    case COMMAND_TASK:
        start_task(l, cmd);
        break;
    case COMMAND_TIMER:
        live_set_timer(l, timer_letter(cmd->timer), cmd->frame, cmd->wait, cmd->at_us);
        break;
    case COMMAND_TIMER_CANCEL:
        cancel_timer(l, cmd);
        break;
    case COMMAND_TASK_CANCEL:
        cancel_task(l, cmd);
        break;
    case COMMAND_CHILD:
        start_child(l, cmd);
        break;
    case COMMAND_CHILD_STOP:
        stop_child(l, map_child_id(l->scope, l->x.id, cmd->frame, cmd->wait, cmd->express));
        break;
    case COMMAND_READ:
        start_items(l, "read", cmd);
        break;
    case COMMAND_WRITE:
        start_items(l, "write", cmd);
        break;
    }
}

enum status live_commands(struct live *l, const struct flow_effects *effects)
{
    struct members more = members_make(l->scope, 2);

    for (size_t i = 0; i < effects->command_count; i++)
        do_command(l, &effects->commands[i]);
    if (!effects->more)
        return OK;
    members_str(&more, "k", str("continue"));
    members_str(&more, "x", l->x.id);
    change_send(l->change, &flow_events_queue, json_to_str(l->scope, members_object(&more)), 0);
    return OK;
}

static void tell_parent(struct live *l)
{
    struct members m = members_make(l->scope, 5);

    if (l->parent.kind == LINK_NONE)
        return;
    members_str(&m, "k", str("ended"));
    members_str(&m, "x", l->parent.execution);
    members_i64(&m, "f", l->parent.frame);
    members_i64(&m, "w", l->parent.wait);
    members_str(&m, "c", l->x.id);
    live_send(l, &flow_events_queue, members_object(&m));
}

// Frames are kept where there may be a redrive.
static void sweep_frames(struct live *l)
{
    struct members m = members_make(l->scope, 3);
    struct json runs[2] = {json_i64(l->scope, 0), json_i64(l->scope, l->x.next_frame)};

    if (l->x.status != EXECUTION_SUCCEEDED || l->x.next_frame <= 1)
        return;
    members_str(&m, "k", str("sweep"));
    members_str(&m, "x", l->x.id);
    members_add(&m, "runs", json_array(runs, 2));
    live_send(l, &flow_events_queue, members_object(&m));
}

void live_tell_end(struct live *l)
{
    tell_parent(l);
    sweep_frames(l);
    live_notice(l, l->x.arn);
    if (!live_leaves_nothing(l))
        live_set_timer(l, TIMER_LETTER_FORGET, 0, l->x.redrive_count, l->now_us + l->flow->keep_us);
}

struct str child_id(struct scope *s, struct str parent, uint32_t frame, uint32_t wait)
{
    uint8_t digest[SHA256_BYTES];
    struct uuid id;

    // The parent's time, so that they lie beside one another.
    bool read = uuid_read(parent, &id);
    assert(read);
    (void)read;
    digest_sha256(str_format(s, "%.*s/%u/%u", STR(parent), frame, wait), digest);
    return uuid_to_str(s, uuid_v7(uuid_unix_ms(id), digest));
}

// A standard one goes on after a redrive, an express one is started anew.
struct str map_child_id(struct scope *s, struct str parent, uint32_t frame, uint32_t wait,
                        bool express)
{
    return child_id(s, parent, frame, express ? wait : UINT32_MAX);
}
