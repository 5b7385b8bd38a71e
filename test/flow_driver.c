#include "test/flow_driver.h"

#include "core/buf.h"
#include "core/chance.h"
#include "core/heap.h"
#include "core/moment.h"

#include <assert.h>
#include <stdlib.h>

enum {
    STEP_BYTES_MAX = 512 << 20,
    TEXT_BYTES_MAX = 64 << 20,
    FRAMES_MAX = 1000000,
    ROOM_FIRST = 64,
    PAYLOADS_MAX = 4096,
    NESTING_MAX = 20,
};

static const int64_t start_us = 1735689600000000; // 2025-01-01T00:00:00Z

struct pending {
    int64_t at_us;
    uint64_t number; // order of those at one time
    struct flow_event event;
};

// A frame: its text, on the heap, and what the step that runs works on.
struct slot {
    struct str text; // data is NULL: there is none
    struct frame *live;
    bool touched;
    bool changed;
};

struct at_rest {
    struct str digest;
    struct json value;
};

struct driver {
    struct scope *s;
    const struct definition *definition;
    struct driver_options options;
    struct chance chance;
    int64_t now_us;
    struct str execution; // text
    struct execution x;
    struct slot *slots;
    size_t slot_room;
    size_t frame_count;
    uint32_t *touched;
    size_t touched_count;
    size_t touched_room;
    struct pending *pending; // a heap by time
    size_t pending_count;
    size_t pending_room;
    uint64_t number;
    struct at_rest payloads[PAYLOADS_MAX];
    size_t payload_count;
    size_t values_read;
    struct json *history;
    size_t history_count;
    size_t history_room;
    struct json written;
    size_t children;
    unsigned nesting;
};

// What lies at rest -----------------------------------------------------------------------------

static struct at_rest *payload_slot(struct driver *d, struct str digest)
{
    size_t at = str_hash(digest) % PAYLOADS_MAX;

    while (d->payloads[at].digest.data && !str_equal(d->payloads[at].digest, digest))
        at = (at + 1) % PAYLOADS_MAX;
    return &d->payloads[at];
}

static struct str digest_of(struct scope *s, struct str text)
{
    struct str h = str_format(s, "%016llx%08zx", (unsigned long long)str_hash(text), text.bytes);

    return str_format(s, "%.*s%.*s%.*s%.*s", STR(h), STR(h), STR(h), STR(str_slice(h, 0, 12)));
}

static void payload_rest(struct driver *d, struct scope *s, struct payload *p)
{
    if (json_is(p->value, JSON_NONE) || p->digest.bytes)
        return;
    struct str text = json_to_str(s, p->value);
    if (text.bytes <= d->options.payload_bytes)
        return;
    p->digest = digest_of(s, text);
    struct at_rest *slot = payload_slot(d, p->digest);
    if (slot->digest.data)
        return;
    assert(++d->payload_count < PAYLOADS_MAX / 2);
    slot->digest = str_copy(d->s, p->digest);
    slot->value = json_copy(d->s, p->value);
}

static enum status read_payload(struct scope *s, void *context, struct payload *p)
{
    struct driver *d = context;
    struct at_rest *slot = payload_slot(d, p->digest);

    if (!slot->digest.data)
        return fail(s, CORRUPT, "no payload %.*s", STR(p->digest));
    p->value = slot->value;
    if (json_depth(p->value) > 0)
        d->values_read += p->value.count;
    return OK;
}

static struct json parsed(struct scope *s, struct str text)
{
    struct json j = {0};
    struct json_limits limits = {TEXT_BYTES_MAX, JSON_DEPTH_MAX, 10000000, JSON_KEEP_LAST};
    enum status e = json_parse(s, text, &limits, &j);

    assert(e == OK);
    return j;
}

// Makes room for one more in an array.
static void *grown(void *at, size_t count, size_t *room, size_t item_bytes)
{
    if (count < *room)
        return at;
    *room = *room * 2 + ROOM_FIRST;
    return heap_resize(at, *room, item_bytes);
}

static struct slot *slot_of(struct driver *d, uint32_t id)
{
    assert(id < FRAMES_MAX);
    while (id >= d->slot_room) {
        size_t old = d->slot_room;
        d->slots = grown(d->slots, old, &d->slot_room, sizeof *d->slots);
        memset(d->slots + old, 0, (d->slot_room - old) * sizeof *d->slots);
    }
    return &d->slots[id];
}

static void slot_touch(struct driver *d, uint32_t id)
{
    struct slot *slot = slot_of(d, id);

    if (slot->touched)
        return;
    slot->touched = true;
    d->touched = grown(d->touched, d->touched_count, &d->touched_room, sizeof *d->touched);
    d->touched[d->touched_count++] = id;
}

static void slot_set(struct driver *d, struct slot *slot, struct str text)
{
    char *old = (char *)(uintptr_t)slot->text.data;

    if (text.data && !old)
        d->frame_count++;
    if (!text.data && old)
        d->frame_count--;
    slot->text = text.data ? heap_copy(text) : text;
    free(old);
}

// Memory of a step ------------------------------------------------------------------------------

static enum status get_frames(struct scope *s, void *context, uint32_t first, uint32_t count,
                              struct frame **out)
{
    struct driver *d = context;

    for (uint32_t i = 0; i < count; i++) {
        struct slot *slot = slot_of(d, first + i);
        if (!slot->live && slot->text.data) {
            slot->live = scope_new(s, struct frame);
            TRY(frame_from_json(s, parsed(s, str_copy(s, slot->text)), slot->live));
            slot_touch(d, first + i);
        }
        out[i] = slot->live;
    }
    return OK;
}

static struct frame *new_frame(struct scope *s, void *context, uint32_t id)
{
    struct driver *d = context;
    struct slot *slot = slot_of(d, id);

    assert(!slot->live && !slot->text.data);
    slot->live = scope_new(s, struct frame);
    slot->live->id = id;
    slot_touch(d, id);
    return slot->live;
}

static void frame_changed(void *context, struct frame *f)
{
    struct slot *slot = slot_of(context, f->id);

    assert(slot->live == f);
    slot->changed = true;
}

static void frame_ended(void *context, struct frame *f)
{
    struct slot *slot = slot_of(context, f->id);

    assert(slot->live == f);
    slot->live = NULL;
    slot->changed = false;
    slot_set(context, slot, (struct str){0});
}

static struct str token_of(struct scope *s, void *context, uint32_t frame, uint32_t wait)
{
    (void)context;
    return str_format(s, "token-%u-%u", frame, wait);
}

// Everything becomes text. What was changed and not said to be is lost, as it should.
static void rest(struct driver *d, struct scope *s)
{
    for (size_t i = 0; i < d->touched_count; i++) {
        struct slot *slot = slot_of(d, d->touched[i]);
        struct frame *f = slot->live;
        struct payload *payloads[FRAME_PAYLOADS] = {0};
        slot->touched = false;
        slot->live = NULL;
        if (!f || !slot->changed)
            continue;
        frame_payloads(f, payloads);
        for (size_t k = 0; k < FRAME_PAYLOADS; k++)
            payload_rest(d, s, payloads[k]);
        slot->changed = false;
        slot_set(d, slot, json_to_str(s, frame_to_json(s, f)));
    }
    d->touched_count = 0;
}

static void rest_execution(struct driver *d, struct scope *s, struct execution *x)
{
    struct payload *payloads[EXECUTION_PAYLOADS] = {0};
    char *old = (char *)(uintptr_t)d->execution.data;

    execution_payloads(x, payloads);
    for (size_t k = 0; k < EXECUTION_PAYLOADS; k++)
        payload_rest(d, s, payloads[k]);
    d->execution = heap_copy(json_to_str(s, execution_to_json(s, x)));
    free(old);
}

// Events ----------------------------------------------------------------------------------------

static bool is_before(const struct pending *a, const struct pending *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->number < b->number;
}

static void swap(struct pending *a, struct pending *b)
{
    struct pending t = *a;
    *a = *b;
    *b = t;
}

static void pending_put(struct driver *d, int64_t at_us, const struct flow_event *event)
{
    d->pending = grown(d->pending, d->pending_count, &d->pending_room, sizeof *d->pending);
    size_t at = d->pending_count++;

    d->pending[at] = (struct pending){at_us, d->number++, *event};
    for (; at > 0 && is_before(&d->pending[at], &d->pending[(at - 1) / 2]); at = (at - 1) / 2)
        swap(&d->pending[at], &d->pending[(at - 1) / 2]);
}

static struct pending pending_take(struct driver *d)
{
    struct pending first = d->pending[0];

    d->pending[0] = d->pending[--d->pending_count];
    for (size_t at = 0;;) {
        size_t child = at * 2 + 1;
        if (child + 1 < d->pending_count && is_before(&d->pending[child + 1], &d->pending[child]))
            child++;
        if (child >= d->pending_count || !is_before(&d->pending[child], &d->pending[at]))
            return first;
        swap(&d->pending[child], &d->pending[at]);
        at = child;
    }
}

static struct str kept(struct driver *d, struct str text)
{
    return text.data ? str_copy(d->s, text) : text;
}

// An event about what a command asked for.
static struct flow_event answer_of(const struct flow_command *c, enum flow_event_kind kind)
{
    return (struct flow_event){.kind = kind, .frame = c->frame, .wait = c->wait};
}

static void after(struct driver *d, int64_t ms, struct flow_event event)
{
    pending_put(d, d->now_us + ms * MOMENT_MS_US, &event);
}

static bool has_pattern(struct str resource)
{
    return str_find(resource, str(".sync")) < resource.bytes ||
           str_ends(resource, str(".waitForTaskToken"));
}

static void end_task(struct driver *d, const struct flow_command *c, const struct driver_answer *a)
{
    bool failed = json_is(a->value, JSON_NONE);
    struct flow_event e = answer_of(c, failed ? EVENT_TASK_FAILED : EVENT_TASK_SUCCEEDED);

    if (!failed)
        e.value = json_copy(d->s, a->value);
    e.error = kept(d, a->error);
    e.cause = kept(d, a->cause);
    after(d, a->delay_ms, e);
}

static void run_task(struct driver *d, struct scope *s, const struct flow_command *c)
{
    struct driver_answer a = {.error = str("States.TaskFailed")};
    bool activity = str_find(c->resource, str(":activity:")) < c->resource.bytes;

    if (d->options.task) {
        a = (struct driver_answer){0};
        d->options.task(s, d->options.context, c, &a);
    }
    if (activity && a.taken_at_ms < 0)
        return;
    if (activity) {
        struct flow_event e = answer_of(c, EVENT_TASK_STARTED);
        e.worker = kept(d, a.worker);
        after(d, a.taken_at_ms, e);
    }
    if (has_pattern(c->resource) && !a.refused) {
        struct flow_event e = answer_of(c, EVENT_TASK_SUBMITTED);
        e.value =
            json_is(a.submission, JSON_NONE) ? json_object(NULL, 0) : json_copy(d->s, a.submission);
        after(d, 0, e);
    }
    for (unsigned i = 1; i <= a.heartbeats; i++)
        after(d, a.heartbeat_every_ms * i, answer_of(c, EVENT_TASK_HEARTBEAT));
    if (!a.never)
        end_task(d, c, &a);
}

static void run_timer(struct driver *d, const struct flow_command *c)
{
    struct flow_event e = answer_of(c, EVENT_TIMER);

    e.timer = c->timer;
    pending_put(d, c->at_us, &e);
}

static void run_child(struct driver *d, const struct flow_command *c)
{
    struct driver_options options = d->options;
    struct flow_event e = answer_of(c, EVENT_CHILD_ENDED);

    assert(d->nesting < NESTING_MAX);
    options.machine = c->machine;
    options.express = c->express;
    options.now_us = d->now_us;
    options.seed = chance_u64(&d->chance);
    options.name = "child";
    struct scope *s = scope_open(STEP_BYTES_MAX);
    struct driver *child = driver_open(s, d->definition, c->input, &options);
    child->nesting = d->nesting + 1;
    driver_run(child);
    const struct execution *x = driver_execution(child);
    d->children++;
    if (x->status == EXECUTION_SUCCEEDED)
        e.value = json_copy(d->s, x->output.value);
    e.error = kept(d, x->error);
    e.cause = kept(d, x->cause);
    if (x->status != EXECUTION_RUNNING)
        pending_put(d, child->now_us, &e);
    scope_close(s);
}

static void run_read(struct driver *d, const struct flow_command *c)
{
    struct json parameters = json_member(c->input, "Parameters");
    struct flow_event e = answer_of(c, EVENT_TASK_FAILED);

    for (size_t i = 0; i < d->options.object_count; i++) {
        const struct driver_object *o = &d->options.objects[i];
        if (str_is(json_text(json_member(parameters, "Bucket")), o->bucket) &&
            str_is(json_text(json_member(parameters, "Key")), o->key)) {
            e.kind = EVENT_ITEMS_READ;
            e.value = parsed(d->s, str(o->items));
        }
    }
    if (e.kind == EVENT_TASK_FAILED) {
        e.error = str("States.ItemReaderFailed");
        e.cause = str("The specified key does not exist.");
    }
    after(d, 1, e);
}

static void run_write(struct driver *d, const struct flow_command *c)
{
    struct flow_event e = answer_of(c, EVENT_ITEMS_WRITTEN);
    struct json parameters = json_member(c->input, "Parameters");

    d->written = json_copy(d->s, c->input);
    e.value = json_with(d->s, json_object(NULL, 0), str("ResultWriterDetails"),
                        json_copy(d->s, parameters));
    after(d, 1, e);
}

static void run_command(struct driver *d, struct scope *s, const struct flow_command *c)
{
    switch (c->kind) {
    case COMMAND_TASK:
        run_task(d, s, c);
        break;
    case COMMAND_TIMER:
        run_timer(d, c);
        break;
    case COMMAND_CHILD:
        run_child(d, c);
        break;
    case COMMAND_READ:
        run_read(d, c);
        break;
    case COMMAND_WRITE:
        run_write(d, c);
        break;
    case COMMAND_TIMER_CANCEL: // it comes, and is stale
    case COMMAND_TASK_CANCEL:
    case COMMAND_CHILD_STOP:
        break;
    }
}

// What must hold for every event: ids count up, and the one before is there.
static void keep_history(struct driver *d, struct json event)
{
    int64_t id = 0;
    int64_t previous = 0;
    bool numbers = json_to_i64(json_member(event, "id"), &id) &&
                   json_to_i64(json_member(event, "previousEventId"), &previous);

    assert(numbers);
    assert(id == (int64_t)d->history_count + 1 && previous >= 0 && previous < id);
    d->history = grown(d->history, d->history_count, &d->history_room, sizeof *d->history);
    d->history[d->history_count++] = json_copy(d->s, event);
}

static void step(struct driver *d, const struct flow_event *event, struct flow_effects *effects,
                 struct scope *s)
{
    const struct flow_memory memory = {
        .frames = get_frames,
        .frame_new = new_frame,
        .frame_changed = frame_changed,
        .frame_ended = frame_ended,
        .payload = read_payload,
        .token = token_of,
        .context = d,
    };
    struct execution x = {0};
    bool over = d->x.status != EXECUTION_RUNNING && event->kind != EVENT_REDRIVE;

    enum status e = execution_from_json(s, parsed(s, str_copy(s, d->execution)), &x);
    assert(e == OK);
    e = flow_step(s, d->definition, &x, &memory, &d->options.limits, event, effects);
    assert(e == OK);
    assert(!over || (effects->history_count == 0 && effects->command_count == 0));
    assert(!effects->stale || effects->history_count == 0);
    assert(!effects->more || x.status == EXECUTION_RUNNING);
    rest(d, s);
    rest_execution(d, s, &x);
    d->x.status = x.status;
}

bool driver_event(struct driver *d, struct flow_event *event)
{
    struct flow_effects effects = {0};
    bool stale = false;
    bool first = true;

    do {
        struct scope *s = scope_open(STEP_BYTES_MAX);
        event->now_us = d->now_us;
        event->seed = chance_u64(&d->chance);
        step(d, event, &effects, s);
        stale = first ? effects.stale : stale;
        for (size_t i = 0; i < effects.history_count; i++)
            keep_history(d, effects.history[i]);
        for (size_t i = 0; i < effects.command_count; i++)
            run_command(d, s, &effects.commands[i]);
        event->kind = EVENT_CONTINUE;
        first = false;
        scope_close(s);
    } while (effects.more);
    return !stale;
}

void driver_run_until(struct driver *d, int64_t ms)
{
    int64_t until_us = d->options.now_us + ms * MOMENT_MS_US;

    while (d->pending_count > 0 && d->pending[0].at_us < until_us) {
        struct pending p = pending_take(d);
        if (d->x.status != EXECUTION_RUNNING) {
            // Late ones must be stale; their time does not count.
            (void)driver_event(d, &p.event);
            continue;
        }
        if (p.at_us > d->now_us)
            d->now_us = p.at_us;
        (void)driver_event(d, &p.event);
    }
}

void driver_run(struct driver *d)
{
    driver_run_until(d, INT64_MAX / 2000000);
}

static void driver_close(void *context)
{
    struct driver *d = context;

    for (size_t i = 0; i < d->slot_room; i++)
        free((char *)(uintptr_t)d->slots[i].text.data);
    free((char *)(uintptr_t)d->execution.data);
    free(d->slots);
    free(d->touched);
    free(d->pending);
    free(d->history);
    free(d);
}

static void name_execution(struct driver *d, struct execution *x, const char *name)
{
    static const char prefix[] = "arn:aws:states:us-east-1:111111111111";

    x->id = str("0190b2b0-0000-7000-8000-000000000001");
    x->name = str(name);
    x->machine_name = str("machine");
    x->machine_arn = str_format(d->s, "%s:stateMachine:machine", prefix);
    x->arn = x->express ? str_format(d->s, "%s:express:machine:%s:run", prefix, name)
                        : str_format(d->s, "%s:execution:machine:%s", prefix, name);
    x->role_arn = str("arn:aws:iam::111111111111:role/role");
}

struct driver *driver_open(struct scope *s, const struct definition *definition, struct json input,
                           const struct driver_options *options)
{
    struct driver *d = heap_new(struct driver);
    struct execution x = {.express = options->express, .machine = options->machine};

    scope_defer(s, driver_close, d);
    d->s = s;
    d->definition = definition;
    d->options = *options;
    d->chance = chance_seeded(options->seed);
    if (!options->now_us)
        d->options.now_us = start_us;
    if (!options->limits.payload_bytes_max)
        d->options.limits = flow_limits_default;
    if (!options->payload_bytes)
        d->options.payload_bytes = PAYLOAD_INLINE_BYTES_MAX;
    d->now_us = d->options.now_us;
    name_execution(d, &x, options->name ? options->name : "run");
    x.input.value = input;
    rest_execution(d, s, &x);
    struct flow_event event = {.kind = EVENT_START};
    (void)driver_event(d, &event);
    return d;
}

void driver_stop(struct driver *d, struct str error, struct str cause)
{
    struct flow_event event = {.kind = EVENT_STOP, .error = error, .cause = cause};

    (void)driver_event(d, &event);
}

bool driver_redrive(struct driver *d, struct json input)
{
    struct flow_event event = {.kind = EVENT_REDRIVE, .value = input};

    return driver_event(d, &event);
}

// A parent knows its child; one that runs children has as many as it says, ended as it says.
static void check_frame(struct driver *d, struct scope *s, uint32_t id)
{
    struct frame f = {0};
    uint32_t there = 0;
    uint32_t over = 0;
    enum status e = frame_from_json(s, parsed(s, d->slots[id].text), &f);

    assert(e == OK && f.id == id);
    assert((f.parent == FRAME_NONE) == (id == 0));
    assert(f.last_event <= d->history_count && f.entered_event <= f.last_event + 1);
    assert(f.started <= f.child_count && f.ended <= f.started);
    for (uint32_t i = 0; i < f.child_count; i++) {
        struct frame child = {0};
        uint32_t at = f.first_child + i;
        if (at >= d->slot_room || !d->slots[at].text.data)
            continue;
        e = frame_from_json(s, parsed(s, d->slots[at].text), &child);
        assert(e == OK && child.parent == id && child.index == i && i < f.started);
        there++;
        over += child.phase == FRAME_DONE || child.phase == FRAME_FAILED;
    }
    assert(there == f.started);
    assert(f.phase != FRAME_CHILDREN || over == f.ended);
    bool timer = f.phase == FRAME_WAIT || f.phase == FRAME_RETRY;
    assert((f.timer_at_us != 0) == timer);
    assert(f.phase == FRAME_TASK || (f.timeout_at_us == 0 && f.heartbeat_at_us == 0));
}

void driver_check(struct driver *d)
{
    struct scope *s = scope_open(STEP_BYTES_MAX);

    for (uint32_t id = 0; id < d->slot_room; id++)
        if (d->slots[id].text.data)
            check_frame(d, s, id);
    scope_close(s);
}

const struct execution *driver_execution(const struct driver *d)
{
    struct execution *x = scope_new(d->s, struct execution);
    enum status e = execution_from_json(d->s, parsed(d->s, str_copy(d->s, d->execution)), x);

    assert(e == OK);
    if (x->output.digest.bytes)
        (void)read_payload(d->s, (void *)(uintptr_t)d, &x->output);
    return x;
}

const struct json *driver_history(const struct driver *d, size_t *count)
{
    *count = d->history_count;
    return d->history;
}

// The name of an event's state or index, where its details have one.
static void put_name(struct buf *out, struct json event)
{
    for (size_t i = 0; i < event.count; i++) {
        struct json name = json_member(event.members[i].value, "name");
        struct json index = json_member(event.members[i].value, "index");
        if (json_is(index, JSON_NUMBER))
            buf_format(out, "(%.*s)", STR(json_text(index)));
        else if (json_is(name, JSON_STRING))
            buf_format(out, "(%.*s)", STR(json_text(name)));
    }
}

struct str driver_history_text(struct scope *s, const struct driver *d)
{
    struct buf out = buf_make(s, TEXT_BYTES_MAX);

    for (size_t i = 0; i < d->history_count; i++) {
        if (i > 0)
            buf_put_byte(&out, ' ');
        buf_put(&out, json_text(json_member(d->history[i], "type")));
        put_name(&out, d->history[i]);
    }
    return buf_str(&out);
}

struct json driver_written(const struct driver *d)
{
    return d->written;
}

size_t driver_frame_count(const struct driver *d)
{
    return d->frame_count;
}

size_t driver_values_read(const struct driver *d)
{
    return d->values_read;
}

size_t driver_children(const struct driver *d)
{
    return d->children;
}
