// `sheaf flows list|put|validate|show`.
#include "app/command.h"
#include "app/print.h"
#include "app/remote.h"
#include "app/states.h"
#include "core/scope.h"
#include "core/url.h"
#include "sys/file.h"
#include "sys/world.h"

enum { DEFINITION_FILE_BYTES_MAX = 1 << 20 };

// The engine asks no role: executions act for their tenant. AWS's API wants one all the same.
static const char role_default[] = "arn:aws:iam::000000000000:role/sheaf";

static void add_row(struct scope *s, struct table *t, struct json machine)
{
    table_add(t, json_text(json_member(machine, "name")));
    table_add(t, json_text(json_member(machine, "type")));
    table_add(t, states_moment(s, json_member(machine, "creationDate")));
    table_add(t, json_text(json_member(machine, "stateMachineArn")));
}

enum status command_flows_list(struct scope *s, const struct command_line *line)
{
    struct table *t = table_new(s, "NAME|TYPE|CREATED|ARN");
    struct remote *remote = NULL;
    struct str next = {0};

    TRY(remote_open(s, line, NULL, &remote));
    do {
        struct states_request r = {0};
        struct json page = {0};
        states_put_text(&r, "nextToken", next);
        TRY(states_call(s, remote, "ListStateMachines", &r, &page));
        struct json items = json_member(page, "stateMachines");
        for (size_t i = 0; i < items.count && !line->json; i++)
            add_row(s, t, json_at(items, i));
        if (line->json)
            print_items(s, items);
        next = json_text(json_member(page, "nextToken"));
    } while (next.bytes);
    table_print(t, stdout);
    return OK;
}

static enum status read_definition(struct scope *s, const char *path, struct str *out)
{
    return file_read_whole(s, world_real(), str(path), DEFINITION_FILE_BYTES_MAX, out);
}

static enum status update(struct scope *s, struct remote *remote, const struct command_line *line,
                          struct str definition, struct json *out)
{
    struct states_request r = {0};
    struct str arn = {0};

    TRY(states_machine(s, remote, str(line->words[0]), &arn));
    states_put_text(&r, "stateMachineArn", arn);
    states_put_text(&r, "definition", definition);
    states_put_text(&r, "roleArn", command_flag(line, "role"));
    TRY(states_call(s, remote, "UpdateStateMachine", &r, out));
    *out = json_with(s, *out, str("stateMachineArn"), json_string(arn));
    return OK;
}

// Creates the flow, or gives the one that is there a new definition.
enum status command_flows_put(struct scope *s, const struct command_line *line)
{
    struct remote *remote = NULL;
    struct states_request r = {0};
    struct str definition = {0};
    struct str role = command_flag(line, "role");
    struct json made = {0};

    TRY(read_definition(s, line->words[1], &definition));
    TRY(remote_open(s, line, NULL, &remote));
    states_put_text(&r, "name", str(line->words[0]));
    states_put_text(&r, "definition", definition);
    states_put_text(&r, "roleArn", role.bytes ? role : str(role_default));
    states_put_text(&r, "type", str(command_has(line, "express") ? "EXPRESS" : "STANDARD"));
    enum status e = states_call(s, remote, "CreateStateMachine", &r, &made);
    if (e == CONFLICT) {
        scope_forgive(s);
        e = update(s, remote, line, definition, &made);
    }
    TRY(e);
    struct str arn = json_text(json_member(made, "stateMachineArn"));
    if (line->json)
        print_json(s, made);
    else
        (void)printf("%.*s\n", STR(arn));
    return OK;
}

static void print_diagnostics(struct scope *s, struct json found)
{
    struct table *t = table_new(s, "SEVERITY|CODE|AT|WHAT");

    for (size_t i = 0; i < found.count; i++) {
        struct json d = json_at(found, i);
        table_add(t, json_text(json_member(d, "severity")));
        table_add(t, json_text(json_member(d, "code")));
        table_add(t, json_text(json_member(d, "location")));
        table_add(t, json_text(json_member(d, "message")));
    }
    table_print(t, stdout);
}

enum status command_flows_validate(struct scope *s, const struct command_line *line)
{
    struct remote *remote = NULL;
    struct states_request r = {0};
    struct str definition = {0};
    struct json answer = {0};

    TRY(read_definition(s, line->words[0], &definition));
    TRY(remote_open(s, line, NULL, &remote));
    states_put_text(&r, "definition", definition);
    states_put_text(&r, "severity", str("WARNING"));
    states_put_text(&r, "type", str(command_has(line, "express") ? "EXPRESS" : "STANDARD"));
    TRY(states_call(s, remote, "ValidateStateMachineDefinition", &r, &answer));
    bool valid = str_is(json_text(json_member(answer, "result")), "OK");
    if (line->json)
        print_json(s, answer);
    else
        print_diagnostics(s, json_member(answer, "diagnostics"));
    if (!valid)
        return fail(s, REFUSED, "%s is not a valid definition", line->words[0]);
    if (!line->json)
        (void)printf("valid\n");
    return OK;
}

static void print_field(const char *name, struct str value)
{
    if (value.bytes)
        (void)printf("%-12s %.*s\n", name, STR(value));
}

static enum status show_waits(struct scope *s, struct remote *remote, struct str name)
{
    struct json waits = {0};
    int64_t seconds = 0;

    TRY(remote_get(s, remote, str_concat(s, 3, str("/flows/"), url_encode(s, name), str("/waits")),
                   &waits));
    struct str waiting = json_text(json_member(waits, "waiting"));
    struct str pending = json_text(json_member(waits, "pending"));
    if (!str_is(waiting, "0") && json_to_i64(json_member(waits, "oldestWaitSeconds"), &seconds))
        waiting = str_format(s, "%.*s executions for a task token, the oldest for %.*s",
                             STR(waiting), STR(print_duration(s, (uint64_t)seconds)));
    print_field("waiting", waiting);
    print_field("pending", pending);
    return OK;
}

enum status command_flows_show(struct scope *s, const struct command_line *line)
{
    struct remote *remote = NULL;
    struct states_request r = {0};
    struct str arn = {0};
    struct json machine = {0};

    TRY(remote_open(s, line, NULL, &remote));
    TRY(states_machine(s, remote, str(line->words[0]), &arn));
    states_put_text(&r, "stateMachineArn", arn);
    TRY(states_call(s, remote, "DescribeStateMachine", &r, &machine));
    struct str definition = json_text(json_member(machine, "definition"));
    if (command_has(line, "definition")) {
        (void)printf("%.*s\n", STR(definition));
        return OK;
    }
    if (line->json) {
        print_json(s, machine);
        return OK;
    }
    print_field("flow", json_text(json_member(machine, "name")));
    print_field("arn", arn);
    print_field("type", json_text(json_member(machine, "type")));
    print_field("status", json_text(json_member(machine, "status")));
    print_field("created", states_moment(s, json_member(machine, "creationDate")));
    print_field("revision", json_text(json_member(machine, "revisionId")));
    TRY(show_waits(s, remote, json_text(json_member(machine, "name"))));
    (void)printf("\n%.*s\n", STR(definition));
    return OK;
}
