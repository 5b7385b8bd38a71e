// states-executions: executions that were recorded on AWS, each with its definition, input and what
// came of it. Those that need other services than functions are left out.
//
// $STATES_EXECUTIONS names another file of the same form; $STATES_VERBOSE prints what differs.
#include "core/json.h"
#include "flow/definition.h"
#include "test/conformance/conformance.h"
#include "test/conformance/states_language.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    CASE_BYTES_MAX = 512 << 20,
    GROUPS_MAX = 64,
    EVENTS_MAX = 30000,
};

struct group {
    struct str name;
    size_t count;
    size_t right_count;
};

struct groups {
    struct group of[GROUPS_MAX];
    size_t count;
};

static void say(struct str id, const char *what, struct str recorded, struct str is)
{
    if (getenv("STATES_VERBOSE"))
        (void)printf("%.*s: %s\n  recorded %.*s\n  is       %.*s\n", STR(id), what, STR(recorded),
                     STR(is));
}

static struct group *group_of(struct groups *groups, struct str name)
{
    size_t i = 0;

    while (i < groups->count && !str_equal(groups->of[i].name, name))
        i++;
    if (i == groups->count && groups->count < GROUPS_MAX)
        groups->of[groups->count++].name = name;
    return &groups->of[i < GROUPS_MAX ? i : GROUPS_MAX - 1];
}

static bool text_is(struct scope *s, const char *name, struct json recorded, struct str text)
{
    if (json_is(recorded, JSON_NONE) || json_is(recorded, JSON_NULL))
        return text.bytes == 0;
    return states_matches(s, str(name), recorded, json_string(text));
}

// Events -----------------------------------------------------------------------------------------

static bool is_details(struct str name)
{
    return str_ends(name, str("EventDetails"));
}

// An empty object and none are the same.
static struct json details_of(struct json event)
{
    for (size_t i = 0; i < event.count; i++)
        if (is_details(event.members[i].name) && event.members[i].value.count > 0)
            return event.members[i].value;
    return json_object(NULL, 0);
}

static bool event_matches(struct scope *s, struct json recorded, struct json event)
{
    return json_equal(json_member(recorded, "type"), json_member(event, "type")) &&
           states_matches(s, (struct str){0}, details_of(recorded), details_of(event));
}

static bool has_type(const struct json *events, size_t count, const char *type)
{
    for (size_t i = 0; i < count; i++)
        if (str_is(json_text(json_member(events[i], "type")), type))
            return true;
    return false;
}

// The data leaves out some events of branches: they are left out here, too.
static size_t without_type(const struct json *events, size_t count, const char *type,
                           struct json *out)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        if (!str_is(json_text(json_member(events[i], "type")), type))
            out[kept++] = events[i];
    return kept;
}

// As many events of each kind, in whatever order.
static bool events_match_unordered(struct scope *s, struct json recorded, struct json *events,
                                   size_t count)
{
    for (size_t i = 0; i < recorded.count; i++) {
        size_t k = 0;
        while (k < count &&
               !(events[k].type != JSON_NONE && event_matches(s, recorded.items[i], events[k])))
            k++;
        if (k == count)
            return false;
        events[k] = (struct json){0};
    }
    return true;
}

static bool events_match_ordered(struct scope *s, struct str id, struct json recorded,
                                 const struct json *events)
{
    for (size_t i = 0; i < recorded.count; i++) {
        if (event_matches(s, recorded.items[i], events[i]))
            continue;
        say(id, "an event differs", json_to_str(s, recorded.items[i]), json_to_str(s, events[i]));
        return false;
    }
    return true;
}

static void check_previous(struct scope *s, struct str id, struct json recorded,
                           const struct json *events)
{
    for (size_t i = 0; i < recorded.count; i++) {
        struct json should = json_member(recorded.items[i], "previousEventId");
        if (!json_equal(should, json_member(events[i], "previousEventId"))) {
            say(id, "(another previousEventId)", json_to_str(s, recorded.items[i]),
                json_to_str(s, events[i]));
        }
    }
}

static bool events_match(struct scope *s, struct str id, struct json recorded, struct driver *d,
                         bool whole)
{
    size_t count = 0;
    const struct json *history = driver_history(d, &count);
    struct json *events = scope_array(s, count, sizeof *events);

    bool branches = has_type(history, count, "ParallelStateStarted") ||
                    has_type(history, count, "MapIterationStarted");
    bool succeeded = has_type(recorded.items, recorded.count, "ParallelStateSucceeded");
    count = without_type(history, count, succeeded ? "" : "ParallelStateSucceeded", events);
    if (recorded.count != count && (whole || recorded.count > count)) {
        say(id, "another number of events", str_format(s, "%u", recorded.count),
            driver_history_text(s, d));
        return false;
    }
    if (events_match_ordered(s, branches ? str("(order)") : id, recorded, events)) {
        check_previous(s, id, recorded, events);
        return true;
    }
    return branches && events_match_unordered(s, recorded, events, count);
}

// Executions -------------------------------------------------------------------------------------

static bool is_right(struct scope *s, struct str id, struct json expect, struct driver *d)
{
    const struct execution *x = driver_execution(d);
    struct str status = json_text(json_member(expect, "status"));
    struct json output = json_member(expect, "output");
    struct json events = json_member(expect, "events");
    bool whole = status.bytes > 0;
    bool right = true;

    if (whole && !str_is(status, execution_status_name(x->status))) {
        say(id, "another status", status, str(execution_status_name(x->status)));
        right = false;
    }
    if (!json_is(output, JSON_NONE) && !states_matches(s, str("output"), output, x->output.value)) {
        say(id, "another output", json_to_str(s, output),
            json_is(x->output.value, JSON_NONE) ? str("none") : json_to_str(s, x->output.value));
        right = false;
    }
    if (whole && !text_is(s, "error", json_member(expect, "error"), x->error)) {
        say(id, "another error", json_text(json_member(expect, "error")), x->error);
        right = false;
    }
    if (whole && !text_is(s, "cause", json_member(expect, "cause"), x->cause)) {
        say(id, "another cause", json_text(json_member(expect, "cause")), x->cause);
        right = false;
    }
    return json_is(events, JSON_ARRAY) && events.count > 0
               ? events_match(s, id, events, d, whole) && right
               : right;
}

static bool run_case(struct scope *s, struct json c, uint64_t seed)
{
    struct str id = json_text(json_member(c, "id"));
    struct json lambdas = json_member(c, "lambdas");
    struct json input = json_member(c, "input");
    struct json expect = json_member(c, "expect");
    const struct definition *definition = NULL;
    const struct diagnostic *diagnostics = NULL;
    size_t diagnostic_count = 0;
    struct definition_options options = {.express =
                                             str_is(json_text(json_member(c, "type")), "EXPRESS")};
    struct driver_options run = {.seed = seed,
                                 .task = states_function,
                                 .context = &lambdas,
                                 .express = options.express,
                                 .name = "e2b7a4b8-2f67-4b5c-9c1f-5a1b0a1f2c3d",
                                 .payload_bytes = seed % 2 ? 1 : 0};

    if (definition_compile(s, json_to_str(s, json_member(c, "definition")), &options, &definition,
                           &diagnostics, &diagnostic_count) != OK) {
        say(id, "the definition was refused", str(""), scope_why(s));
        return false;
    }
    // Started without an input, it is given an empty object.
    struct driver *d =
        driver_open(s, definition, json_is(input, JSON_NULL) ? json_object(NULL, 0) : input, &run);
    if (str_is(json_text(json_member(expect, "status")), "ABORTED")) {
        driver_run_until(d, 1000);
        driver_stop(d, (struct str){0}, (struct str){0});
    }
    driver_run(d);
    return is_right(s, id, expect, d);
}

static bool parse_line(struct scope *s, struct str line, struct json *out)
{
    return line.bytes > 0 && json_parse(s, line, &json_limits_lenient, out) == OK &&
           json_is(json_member(*out, "selfContained"), JSON_TRUE);
}

SUITE_IN("states-executions", "states-language", states_executions)
{
    const char *named = getenv("STATES_EXECUTIONS");
    struct str text = conformance_read(
        s, named ? str(named) : str_format(s, "%.*s/executions.jsonl", STR(directory)));
    struct groups groups = {0};
    uint64_t seed = 0;

    while (text.bytes > 0) {
        struct str line = str_cut(&text, '\n');
        struct scope *own = scope_open(CASE_BYTES_MAX);
        struct json c = {0};
        if (parse_line(own, line, &c)) {
            struct group *g = group_of(&groups, str_copy(s, json_text(json_member(c, "group"))));
            bool right = run_case(own, c, seed++);
            report_case(report, json_text(json_member(c, "id")), right);
            g->count++;
            g->right_count += right;
        }
        scope_close(own);
    }
    for (size_t i = 0; i < groups.count; i++)
        (void)printf("states-executions %.*s %zu of %zu\n", STR(groups.of[i].name),
                     groups.of[i].right_count, groups.of[i].count);
}
