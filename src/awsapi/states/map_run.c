// Runs of distributed Maps. When a run began and ended stands in the history of its execution; how
// many may run and fail, in the definition.
#include "awsapi/states/states_impl.h"
#include "core/scope.h"
#include "flow/executions.h"
#include "flow/map_runs.h"

enum { EVENTS_AT_ONCE = 1000, RUNS_MAX = 10000, DEPTH_MAX = 50, LABEL_BYTES_MAX = 40 };

// What a history says of a run.
struct run {
    struct str arn;
    int64_t event; // its newest one
    int64_t started_at_us;
    int64_t ended_at_us;
    const char *status;
    int64_t redrives;
    int64_t redriven_at_us;
};

struct runs {
    struct run *items;
    size_t count;
    size_t room;
};

static struct run *run_new(struct scope *s, struct runs *runs)
{
    if (runs->count == runs->room) {
        size_t room = runs->room ? 2 * runs->room : 16;
        struct run *items = scope_array(s, room, sizeof *items);
        if (runs->count)
            memcpy(items, runs->items, runs->count * sizeof *items);
        runs->items = items;
        runs->room = room;
    }
    return &runs->items[runs->count++];
}

static struct run *run_after(struct runs *runs, int64_t event)
{
    for (size_t i = 0; i < runs->count; i++)
        if (runs->items[i].event == event)
            return &runs->items[i];
    return NULL;
}

static void read_event(struct scope *s, struct runs *runs, struct json event)
{
    struct str type = json_text(json_member(event, "type"));
    int64_t at_us = 0;
    int64_t id = 0;
    int64_t previous = 0;

    if (!str_starts(type, str("MapRun")))
        return;
    (void)json_to_i64(json_member(event, "timestamp"), &at_us);
    (void)json_to_i64(json_member(event, "id"), &id);
    (void)json_to_i64(json_member(event, "previousEventId"), &previous);
    if (str_is(type, "MapRunStarted") && runs->count < RUNS_MAX) {
        struct str arn = json_text(json_path(event, "mapRunStartedEventDetails.mapRunArn"));
        *run_new(s, runs) = (struct run){
            .arn = str_copy(s, arn), .event = id, .started_at_us = at_us, .status = "RUNNING"};
        return;
    }
    struct run *run = run_after(runs, previous);
    struct str redriven = json_text(json_path(event, "mapRunRedrivenEventDetails.mapRunArn"));
    for (size_t i = 0; redriven.bytes && i < runs->count; i++)
        if (str_equal(runs->items[i].arn, redriven))
            run = &runs->items[i];
    if (!run)
        return;
    run->event = id;
    run->ended_at_us = redriven.bytes ? 0 : at_us;
    run->redriven_at_us = redriven.bytes ? at_us : run->redriven_at_us;
    run->redrives += redriven.bytes > 0;
    run->status = redriven.bytes                    ? "RUNNING"
                  : str_is(type, "MapRunSucceeded") ? "SUCCEEDED"
                  : str_is(type, "MapRunFailed")    ? "FAILED"
                                                    : "ABORTED";
}

// Reads the runs of an execution, in the order in which they began. A run that an ended execution
// left open was aborted with it.
static enum status read_runs(struct scope *s, struct asked *a, const struct execution *x,
                             struct runs *out)
{
    struct history_query query = {.arn = x->arn, .limit = EVENTS_AT_ONCE};

    do {
        struct scope *page = scope_open(64 << 20);
        struct json *events = NULL;
        struct str next = {0};
        size_t count = 0;
        enum status e = flow_history(page, a->flow, &a->owner, &query, &events, &count, &next);
        for (size_t i = 0; i < count; i++)
            read_event(s, out, events[i]);
        query.cursor = str_copy(s, next);
        e = scope_pass(s, e, page);
        scope_close(page);
        TRY(e);
    } while (query.cursor.bytes);
    for (size_t i = 0; i < out->count && x->ended_at_us; i++) {
        if (out->items[i].ended_at_us)
            continue;
        out->items[i].ended_at_us = x->ended_at_us;
        out->items[i].status = "ABORTED";
    }
    return OK;
}

// "NAME/LABEL" in a run's ARN.
static struct str place_of(struct str arn)
{
    size_t at = str_find(arn, str(":mapRun:"));
    struct str rest = str_slice(arn, at + sizeof ":mapRun:" - 1, arn.bytes);

    return str_cut(&rest, ':');
}

enum status states_map_run_list(struct scope *s, struct asked *a)
{
    struct states_arn arn = {0};
    struct execution x = {0};
    struct runs runs = {0};
    uint64_t from = 0;
    size_t limit = asked_page(a);
    struct str cursor = asked_text(a, "nextToken");

    TRY(asked_arn(s, a, "executionArn", "execution", &arn));
    if (cursor.bytes && !str_to_u64(cursor, RUNS_MAX, &from))
        return fault(s, a, INVALID, "InvalidToken", "Invalid Token: 'Invalid token'");
    enum status e = flow_get(s, a->flow, &a->owner, arn.text, &x);
    TRY(fault_if(s, a, e, NOT_FOUND, "ExecutionDoesNotExist", "Execution Does Not Exist: '%.*s'",
                 STR(arn.text)));
    TRY(read_runs(s, a, &x, &runs));
    struct json *items = scope_array(s, runs.count, sizeof *items);
    size_t count = 0;
    for (size_t i = from; i < runs.count && count < limit; i++) {
        const struct run *run = &runs.items[i];
        struct str base =
            str_slice(x.machine_arn, 0, str_find(x.machine_arn, str(":stateMachine:")));
        struct fields f = fields_make(s);
        fields_text(&f, "executionArn", x.arn);
        fields_text(&f, "mapRunArn", run->arn);
        fields_text(&f, "stateMachineArn",
                    str_concat(s, 3, base, str(":stateMachine:"), place_of(run->arn)));
        fields_time(&f, "startDate", run->started_at_us);
        fields_time(&f, "stopDate", run->ended_at_us);
        items[count++] = fields_object(&f);
    }
    bool more = from + count < runs.count;
    answer_page(s, a, "mapRuns", items, count,
                more ? str_format(s, "%zu", (size_t)from + count) : (struct str){0});
    return OK;
}

// -- one run -----------------------------------------------------------------------------------

// Whether a state of this name has the label when it gives none.
static bool is_label_of(struct str name, struct str label)
{
    size_t at = 0;

    for (size_t i = 0; i < name.bytes && at < LABEL_BYTES_MAX; i++) {
        char c = name.data[i];
        bool kept = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (kept && (at >= label.bytes || label.data[at++] != c))
            return false;
    }
    return at == label.bytes;
}

// Finds the distributed Map of a label in the States of a definition, those of branches and
// processors too.
static struct json find_map(struct json states, struct str label, unsigned depth)
{
    struct json found = {0};

    for (size_t i = 0; depth < DEPTH_MAX && json_is(states, JSON_OBJECT) && i < states.count &&
                       json_is(found, JSON_NONE);
         i++) {
        struct json state = states.members[i].value;
        struct json branches = json_member(state, "Branches");
        struct str given = json_text(json_member(state, "Label"));
        if (str_is(json_text(json_member(state, "Type")), "Map") &&
            (given.bytes ? str_equal(given, label) : is_label_of(states.members[i].name, label)))
            return state;
        found = find_map(json_path(state, "ItemProcessor.States"), label, depth + 1);
        for (size_t k = 0; k < branches.count && json_is(found, JSON_NONE); k++)
            found = find_map(json_member(json_at(branches, k), "States"), label, depth + 1);
    }
    return found;
}

static void count_fields(struct scope *s, struct fields *f, const char *name,
                         const struct map_run *run)
{
    static const char *const names[EXECUTION_STATUSES] = {
        "running", "succeeded", "failed", "timedOut", "aborted", "pendingRedrive"};
    struct fields counts = fields_make(s);
    uint64_t begun = 0;

    for (size_t i = 0; i < EXECUTION_STATUSES; i++) {
        fields_number(&counts, names[i], (int64_t)run->children[i]);
        begun += run->children[i];
    }
    uint64_t total = run->total > begun ? run->total : begun;
    fields_number(&counts, "pending", (int64_t)(total - begun));
    fields_number(&counts, "total", (int64_t)total);
    fields_number(&counts, "resultsWritten",
                  run->running ? 0 : (int64_t)run->children[EXECUTION_SUCCEEDED]);
    fields_json(f, name, fields_object(&counts));
}

// A limit that the definition gives as a number; one that is computed is told as 0.
static void limit_field(struct scope *s, struct fields *f, const char *name, struct json map,
                        const char *member)
{
    struct json given = json_member(map, member);

    fields_json(f, name, json_is(given, JSON_NUMBER) ? given : json_i64(s, 0));
}

static enum status no_run(struct scope *s, struct asked *a, enum status e, struct str arn)
{
    return fault_if(s, a, e, NOT_FOUND, "ResourceNotFound", "Resource not found: '%.*s'", STR(arn));
}

static enum status find_run(struct scope *s, struct asked *a, struct str arn,
                            const struct map_run *run, struct run *out)
{
    struct execution x = {0};
    struct runs runs = {0};

    TRY(flow_get(s, a->flow, &a->owner, run->execution, &x));
    TRY(read_runs(s, a, &x, &runs));
    for (size_t i = 0; i < runs.count; i++) {
        *out = runs.items[i];
        if (str_equal(out->arn, arn))
            return OK;
    }
    return fail(s, NOT_FOUND, "the history of its execution does not tell of it");
}

enum status states_map_run_describe(struct scope *s, struct asked *a)
{
    struct states_arn arn = {0};
    struct map_run counted = {0};
    struct run told = {0};
    struct str text = {0};
    struct json definition = {0};

    TRY(asked_arn(s, a, "mapRunArn", "mapRun", &arn));
    TRY(no_run(s, a, flow_map_run_get(s, a->flow, &a->owner, arn.text, &counted), arn.text));
    TRY(no_run(s, a, find_run(s, a, arn.text, &counted, &told), arn.text));
    TRY(flow_execution_definition(s, a->flow, &a->owner, counted.execution, &text));
    TRY(json_parse(s, text, &json_limits_lenient, &definition));
    struct str label = place_of(arn.text);
    (void)str_cut(&label, '/');
    struct json map = find_map(json_member(definition, "States"), label, 0);
    struct fields f = fields_make(s);
    fields_text(&f, "mapRunArn", arn.text);
    fields_text(&f, "executionArn", counted.execution);
    fields_text(&f, "status", str(told.status));
    fields_time(&f, "startDate", told.started_at_us);
    fields_time(&f, "stopDate", told.ended_at_us);
    if (counted.running)
        fields_number(&f, "maxConcurrency", counted.concurrency_max);
    else
        limit_field(s, &f, "maxConcurrency", map, "MaxConcurrency");
    limit_field(s, &f, "toleratedFailureCount", map, "ToleratedFailureCount");
    limit_field(s, &f, "toleratedFailurePercentage", map, "ToleratedFailurePercentage");
    count_fields(s, &f, "itemCounts", &counted);
    count_fields(s, &f, "executionCounts", &counted);
    fields_number(&f, "redriveCount", told.redrives);
    fields_time(&f, "redriveDate", told.redriven_at_us);
    answer(a, &f);
    return OK;
}

// Of what AWS lets be changed, how many run at once.
enum status states_map_run_update(struct scope *s, struct asked *a)
{
    struct states_arn arn = {0};
    int64_t most = -1;

    TRY(asked_arn(s, a, "mapRunArn", "mapRun", &arn));
    if (!json_is(json_member(a->request, "toleratedFailureCount"), JSON_NONE) ||
        !json_is(json_member(a->request, "toleratedFailurePercentage"), JSON_NONE)) {
        return fault(
            s, a, INVALID, "ValidationException",
            "The tolerated failures of a Map Run that is under way cannot be changed here");
    }
    if (!json_to_i64(json_member(a->request, "maxConcurrency"), &most) || most > UINT32_MAX)
        return fault(s, a, INVALID, "ValidationException", "maxConcurrency is missing");
    enum status e =
        flow_map_run_limit(s, a->flow, &a->owner, call_change(a->call), arn.text, (uint32_t)most);
    e = no_run(s, a, e, arn.text);
    return fault_if(s, a, e, CONFLICT, "ValidationException", "%.*s", STR(scope_why(s)));
}
