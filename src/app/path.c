// Each event names the one before it, so every event belongs to the state that its predecessor
// belongs to, unless it enters a state. What ends a Parallel or Map follows on the last event of a
// branch: it belongs to the nearest such state above.
#include "app/path.h"

#include "app/print.h"
#include "app/states.h"
#include "core/buf.h"
#include "core/scope.h"

#include <assert.h>

enum { ERRORS_BYTES_MAX = 2000, ERROR_BYTES_MAX = 120, DEPTH_SHOWN_MAX = 20 };

// A visit of a state, or an iteration or branch that holds some.
struct visit {
    struct visit *parent;
    struct visit *first_child;
    struct visit *last_child;
    struct visit *next; // sibling
    struct str name;    // of a branch or iteration: "[3]"
    struct str type;    // "Task"; empty: a branch or iteration
    int64_t entered_us;
    int64_t left_us;
    unsigned attempts;
    unsigned branches;
    struct buf errors;
};

struct drawing {
    struct scope *scope;
    struct visit root;
    struct visit **of_event; // by event id
    size_t events_max;
    int64_t now_us;
    struct table *table;
    size_t lines_left;
    size_t left_out;
};

static struct visit *visit_new(struct drawing *d, struct visit *parent, struct str name,
                               struct str type)
{
    struct visit *v = scope_new(d->scope, struct visit);

    *v = (struct visit){.parent = parent,
                        .name = name,
                        .type = type,
                        .errors = buf_make(d->scope, ERRORS_BYTES_MAX)};
    if (parent->last_child)
        parent->last_child->next = v;
    else
        parent->first_child = v;
    parent->last_child = v;
    return v;
}

// The details of an event: its one member that is an object.
static struct json details_of(struct json event)
{
    for (size_t i = 0; i < event.count; i++)
        if (json_is(event.members[i].value, JSON_OBJECT))
            return event.members[i].value;
    return (struct json){0};
}

static bool holds_others(const struct visit *v)
{
    return str_is(v->type, "Map") || str_is(v->type, "Parallel");
}

// The nearest visit upwards, this one included, that holds branches or iterations and has not been
// left.
static struct visit *holder_of(struct visit *v)
{
    assert(v);
    for (struct visit *at = v; at; at = at->parent)
        if (!at->left_us && holds_others(at))
            return at;
    return v;
}

// The nearest visit upwards of that name which has not been left.
static struct visit *open_visit(struct visit *v, struct str name)
{
    assert(v);
    for (struct visit *at = v; at; at = at->parent)
        if (!at->left_us && str_equal(at->name, name))
            return at;
    return v;
}

// Where a state that follows on an event of `before` stands.
static struct visit *place_of(struct drawing *d, struct visit *before, struct str type_before)
{
    if (str_is(type_before, "ParallelStateStarted"))
        return visit_new(d, before, str_format(d->scope, "[%u]", before->branches++), str(""));
    if (str_is(type_before, "MapIterationStarted"))
        return before;
    return before->type.bytes ? before->parent : before;
}

static void add_error(struct visit *v, struct json details)
{
    struct str error = json_text(json_member(details, "error"));
    struct str cause = json_text(json_member(details, "cause"));

    if (error.bytes == 0)
        return;
    if (v->errors.bytes)
        buf_put_z(&v->errors, "; ");
    buf_put(&v->errors, error);
    if (cause.bytes)
        buf_format(&v->errors, ": %.*s", STR(str_slice(cause, 0, ERROR_BYTES_MAX)));
}

static struct visit *enter(struct drawing *d, struct visit *before, struct str type_before,
                           struct str type, struct json event)
{
    struct str kind = str_slice(type, 0, str_find(type, str("StateEntered")));
    struct str name = json_text(json_member(details_of(event), "name"));
    struct visit *v = visit_new(d, place_of(d, before, type_before), name, kind);

    v->entered_us = states_time(json_member(event, "timestamp"));
    return v;
}

// An event within a state. Returns the visit it belongs to.
static struct visit *apply(struct drawing *d, struct visit *before, struct str type,
                           struct json event)
{
    struct json details = details_of(event);
    struct str name = json_text(json_member(details, "name"));

    if (str_ends(type, str("StateExited"))) {
        struct visit *v = open_visit(before, name);
        v->left_us = states_time(json_member(event, "timestamp"));
        return v;
    }
    if (str_is(type, "MapIterationStarted")) {
        return visit_new(
            d, open_visit(before, name),
            str_format(d->scope, "[%.*s]", STR(json_text(json_member(details, "index")))), str(""));
    }
    struct visit *v = str_starts(type, str("MapState")) || str_starts(type, str("ParallelState")) ||
                              str_starts(type, str("MapRun"))
                          ? holder_of(before)
                          : before;
    assert(v);
    if (str_ends(type, str("Scheduled")))
        v->attempts++;
    if (!str_starts(type, str("Execution")) && !str_starts(type, str("MapIteration")))
        add_error(v, details);
    return v;
}

static void read_events(struct drawing *d, struct json events)
{
    struct str *types = scope_array(d->scope, d->events_max, sizeof *types);

    for (size_t i = 0; i < events.count; i++) {
        struct json event = json_at(events, i);
        struct str type = json_text(json_member(event, "type"));
        int64_t id = 0;
        int64_t previous = 0;
        (void)json_to_i64(json_member(event, "id"), &id);
        (void)json_to_i64(json_member(event, "previousEventId"), &previous);
        if (id < 1 || (size_t)id >= d->events_max || previous < 0 || previous >= id)
            continue;
        struct visit *before = d->of_event[previous] ? d->of_event[previous] : &d->root;
        d->of_event[id] = str_ends(type, str("StateEntered"))
                              ? enter(d, before, types[previous], type, event)
                              : apply(d, before, type, event);
        types[id] = type;
    }
}

static struct str took_of(const struct drawing *d, const struct visit *v)
{
    int64_t until_us = v->left_us ? v->left_us : d->now_us;
    struct str took = states_took(d->scope, v->entered_us, until_us);

    if (v->type.bytes == 0)
        return str("");
    return v->left_us ? took : str_concat(d->scope, 2, str("not left "), took);
}

static void draw_visit(struct drawing *d, const struct visit *v, unsigned depth)
{
    unsigned shown = depth < DEPTH_SHOWN_MAX ? depth : DEPTH_SHOWN_MAX;

    if (d->lines_left == 0) {
        d->left_out++;
        return;
    }
    d->lines_left--;
    table_add(d->table, str_format(d->scope, "%*s%.*s", (int)(2 * shown), "", STR(v->name)));
    table_add(d->table, v->type);
    table_add(d->table, took_of(d, v));
    table_add(d->table, v->attempts ? str_format(d->scope, "%u", v->attempts) : str(""));
    table_add(d->table, buf_str(&v->errors));
}

// A history is at most as deep as its definition nests, which is bounded: no recursion is needed,
// since each visit knows its parent.
static void draw_all(struct drawing *d)
{
    const struct visit *v = d->root.first_child;
    unsigned depth = 0;

    while (v) {
        draw_visit(d, v, depth);
        if (v->first_child) {
            v = v->first_child;
            depth++;
            continue;
        }
        while (v && !v->next) {
            v = v->parent == &d->root ? NULL : v->parent;
            depth -= depth > 0;
        }
        v = v ? v->next : NULL;
    }
}

struct table *path_draw(struct scope *s, struct json events, int64_t now_us, size_t lines_max,
                        size_t *left_out)
{
    struct drawing d = {.scope = s,
                        .events_max = events.count + 1,
                        .now_us = now_us,
                        .table = table_new(s, "STATE|TYPE|>TOOK|>TRIES|ERRORS"),
                        .lines_left = lines_max};

    d.of_event = scope_array(s, d.events_max, sizeof *d.of_event);
    read_events(&d, events);
    draw_all(&d);
    *left_out = d.left_out;
    return d.table;
}
