// `sheaf executions start|list|show|history|stop|redrive`.
#include "app/command.h"
#include "app/path.h"
#include "app/print.h"
#include "app/remote.h"
#include "app/states.h"
#include "core/scope.h"
#include "sys/thread.h"
#include "sys/world.h"

enum {
    LIMIT_DEFAULT = 100,
    EVENTS_MAX = 1000000,
    SHOWN_BYTES_MAX = 2000, // of an input or output
    POLL_FIRST_US = 20000,
    POLL_MAX_US = 1000000,
};

static enum status describe(struct scope *s, struct remote *remote, struct str arn,
                            struct json *out)
{
    struct states_request r = {0};

    states_put_text(&r, "executionArn", arn);
    return states_call(s, remote, "DescribeExecution", &r, out);
}

static bool has_ended(struct json execution)
{
    return !str_is(json_text(json_member(execution, "status")), "RUNNING");
}

// Asks until it has ended, ever more seldom.
static enum status wait_for_end(struct scope *s, struct remote *remote, struct str arn,
                                struct json *out)
{
    int64_t pause_us = POLL_FIRST_US;

    for (;;) {
        struct scope *once = scope_open(16 << 20);
        enum status e = describe(once, remote, arn, out);
        bool ended = e == OK && has_ended(*out);
        e = scope_pass(s, e, once);
        if (ended)
            *out = json_copy(s, *out);
        scope_close(once);
        TRY(e);
        if (ended)
            return OK;
        thread_pause_us(pause_us);
        pause_us = pause_us * 3 / 2 < POLL_MAX_US ? pause_us * 3 / 2 : POLL_MAX_US;
    }
}

static void print_field(const char *name, struct str value)
{
    if (value.bytes)
        (void)printf("%-10s %.*s\n", name, STR(value));
}

static void print_data(struct scope *s, const char *name, struct str value)
{
    struct str shown = print_safe(s, str_slice(value, 0, SHOWN_BYTES_MAX));

    if (value.bytes > SHOWN_BYTES_MAX)
        shown = str_concat(s, 2, shown, str(" …"));
    print_field(name, shown);
}

static void print_execution(struct scope *s, struct json x)
{
    int64_t from_us = states_time(json_member(x, "startDate"));
    int64_t to_us = states_time(json_member(x, "stopDate"));
    int64_t redrives = 0;

    (void)json_to_i64(json_member(x, "redriveCount"), &redrives);
    print_field("execution", json_text(json_member(x, "executionArn")));
    print_field("status", json_text(json_member(x, "status")));
    print_field("started", states_moment(s, json_member(x, "startDate")));
    if (to_us)
        print_field("took", states_took(s, from_us, to_us));
    if (redrives)
        print_field("redriven", str_format(s, "%lld times", (long long)redrives));
    print_data(s, "input", json_text(json_member(x, "input")));
    print_data(s, "output", json_text(json_member(x, "output")));
    print_data(s, "error", json_text(json_member(x, "error")));
    print_data(s, "cause", json_text(json_member(x, "cause")));
}

enum status command_executions_start(struct scope *s, const struct command_line *line)
{
    struct remote *remote = NULL;
    struct states_request r = {0};
    struct str machine = {0};
    struct str input = {0};
    struct json x = {0};

    TRY(states_read_file(s, line, "input", &input));
    TRY(remote_open(s, line, NULL, &remote));
    if (command_has(line, "wait") && remote_is_private(remote))
        return fail(s, BUSY, "no server runs on this data folder that would do the work");
    TRY(states_machine(s, remote, str(line->words[0]), &machine));
    states_put_text(&r, "stateMachineArn", machine);
    states_put_text(&r, "name", command_flag(line, "name"));
    states_put_text(&r, "input", input);
    TRY(states_call(s, remote, "StartExecution", &r, &x));
    struct str arn = json_text(json_member(x, "executionArn"));
    if (command_has(line, "wait"))
        TRY(wait_for_end(s, remote, arn, &x));
    if (line->json)
        print_json(s, x);
    else if (command_has(line, "wait"))
        print_execution(s, x);
    else
        (void)printf("%.*s\n", STR(arn));
    if (command_has(line, "wait") && !str_is(json_text(json_member(x, "status")), "SUCCEEDED"))
        return fail(s, REFUSED, "the execution ended %.*s",
                    STR(json_text(json_member(x, "status"))));
    return OK;
}

static void add_row(struct scope *s, struct table *t, struct json x)
{
    int64_t from_us = states_time(json_member(x, "startDate"));
    int64_t to_us = states_time(json_member(x, "stopDate"));

    table_add(t, json_text(json_member(x, "name")));
    table_add(t, json_text(json_member(x, "status")));
    table_add(t, states_moment(s, json_member(x, "startDate")));
    table_add(t, to_us ? states_took(s, from_us, to_us) : str(""));
    table_add(t, json_text(json_member(x, "executionArn")));
}

enum status command_executions_list(struct scope *s, const struct command_line *line)
{
    struct table *t = table_new(s, "NAME|STATUS|STARTED|>TOOK|ARN");
    struct remote *remote = NULL;
    struct str machine = {0};
    struct str next = {0};
    uint64_t limit = LIMIT_DEFAULT;

    TRY(command_number(s, line, "limit", 1, EVENTS_MAX, &limit));
    TRY(remote_open(s, line, NULL, &remote));
    TRY(states_machine(s, remote, str(line->words[0]), &machine));
    do {
        struct states_request r = {0};
        struct json page = {0};
        states_put_text(&r, "stateMachineArn", machine);
        states_put_text(&r, "statusFilter", command_flag(line, "status"));
        states_put_text(&r, "nextToken", next);
        states_put(&r, "maxResults",
                   json_i64(s, limit < STATES_PAGE ? (int64_t)limit : STATES_PAGE));
        TRY(states_call(s, remote, "ListExecutions", &r, &page));
        struct json items = json_member(page, "executions");
        for (size_t i = 0; i < items.count && !line->json; i++)
            add_row(s, t, json_at(items, i));
        if (line->json)
            print_items(s, items);
        limit -= items.count < limit ? items.count : limit;
        next = json_text(json_member(page, "nextToken"));
    } while (next.bytes && limit > 0);
    table_print(t, stdout);
    if (next.bytes)
        (void)fprintf(stderr, "and more: --limit=N shows them\n");
    return OK;
}

// The whole history, oldest first.
static enum status read_history(struct scope *s, struct remote *remote, struct str arn,
                                struct json *out)
{
    struct json *events = scope_array(s, STATES_PAGE, sizeof *events);
    size_t room = STATES_PAGE;
    size_t count = 0;
    struct str next = {0};

    do {
        struct states_request r = {0};
        struct json page = {0};
        states_put_text(&r, "executionArn", arn);
        states_put_text(&r, "nextToken", next);
        states_put(&r, "maxResults", json_i64(s, STATES_PAGE));
        TRY(states_call(s, remote, "GetExecutionHistory", &r, &page));
        struct json items = json_member(page, "events");
        if (count + items.count > room) {
            struct json *more = scope_array(s, 2 * room + items.count, sizeof *more);
            memcpy(more, events, count * sizeof *more);
            events = more;
            room = 2 * room + items.count;
        }
        for (size_t i = 0; i < items.count; i++)
            events[count++] = json_at(items, i);
        next = json_text(json_member(page, "nextToken"));
    } while (next.bytes && count < EVENTS_MAX);
    *out = json_array(events, count);
    return OK;
}

// Opens the server and finds the execution that the command's word names.
static enum status open_execution(struct scope *s, const struct command_line *line,
                                  struct remote **remote, struct str *arn)
{
    TRY(remote_open(s, line, NULL, remote));
    return states_execution(s, *remote, str(line->words[0]), arn);
}

enum status command_executions_show(struct scope *s, const struct command_line *line)
{
    struct remote *remote = NULL;
    struct str arn = {0};
    struct json x = {0};
    struct json events = {0};
    size_t left_out = 0;
    size_t lines_max = command_has(line, "full") ? EVENTS_MAX : PATH_LINES_MAX;

    TRY(open_execution(s, line, &remote, &arn));
    TRY(describe(s, remote, arn, &x));
    if (line->json) {
        print_json(s, x);
        return OK;
    }
    TRY(read_history(s, remote, arn, &events));
    int64_t ended_us = states_time(json_member(x, "stopDate"));
    struct table *path = path_draw(s, events, ended_us ? ended_us : world_now_us(world_real()),
                                   lines_max, &left_out);
    print_execution(s, x);
    (void)printf("\n");
    table_print(path, stdout);
    if (left_out)
        (void)printf("and %zu more: --full shows them\n", left_out);
    return OK;
}

// What an event is about, in a few words.
static struct str summary_of(struct scope *s, struct json event)
{
    static const char *const members[] = {"name", "error", "resource", "output", "cause"};
    struct json details = {0};

    for (size_t i = 0; i < event.count; i++)
        if (json_is(event.members[i].value, JSON_OBJECT))
            details = event.members[i].value;
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        struct str text = json_text(json_member(details, members[i]));
        if (text.bytes)
            return str_copy(s, str_slice(text, 0, 100));
    }
    return str("");
}

enum status command_executions_history(struct scope *s, const struct command_line *line)
{
    struct table *t = table_new(s, ">ID|>AFTER|AT|EVENT|WHAT");
    struct remote *remote = NULL;
    struct str arn = {0};
    struct json events = {0};

    TRY(open_execution(s, line, &remote, &arn));
    TRY(read_history(s, remote, arn, &events));
    if (line->json) {
        print_items(s, events);
        return OK;
    }
    for (size_t i = 0; i < events.count; i++) {
        struct json event = json_at(events, i);
        table_add(t, json_text(json_member(event, "id")));
        table_add(t, json_text(json_member(event, "previousEventId")));
        table_add(t, states_moment(s, json_member(event, "timestamp")));
        table_add(t, json_text(json_member(event, "type")));
        table_add(t, summary_of(s, event));
    }
    table_print(t, stdout);
    return OK;
}

enum status command_executions_stop(struct scope *s, const struct command_line *line)
{
    struct remote *remote = NULL;
    struct states_request r = {0};
    struct str arn = {0};
    struct json answer = {0};

    TRY(open_execution(s, line, &remote, &arn));
    states_put_text(&r, "executionArn", arn);
    states_put_text(&r, "error", command_flag(line, "error"));
    states_put_text(&r, "cause", command_flag(line, "cause"));
    TRY(states_call(s, remote, "StopExecution", &r, &answer));
    if (line->json)
        print_json(s, answer);
    else
        (void)printf("stopped\n");
    return OK;
}

enum status command_executions_redrive(struct scope *s, const struct command_line *line)
{
    struct remote *remote = NULL;
    struct states_request r = {0};
    struct str arn = {0};
    struct str input = {0};
    struct json answer = {0};
    bool dry_run = command_has(line, "dry-run");

    TRY(states_read_file(s, line, "input", &input));
    TRY(open_execution(s, line, &remote, &arn));
    states_put_text(&r, "executionArn", arn);
    states_put_text(&r, "input", input);
    if (dry_run)
        states_put(&r, "dryRun", json_bool(true));
    TRY(states_call(s, remote, "RedriveExecution", &r, &answer));
    if (line->json)
        print_json(s, answer);
    else if (dry_run)
        print_pretty(s, json_member(answer, "plan"));
    else
        (void)printf("redriven\n");
    return OK;
}
