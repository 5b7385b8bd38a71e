// GetExecutionHistory: events as the engine keeps them, put into the API's form. There, what a
// state takes and gives is text, and time is in seconds.
#include "awsapi/states/states_impl.h"
#include "core/scope.h"
#include "flow/executions.h"

static bool is_data(struct str name)
{
    return str_is(name, "input") || str_is(name, "output") || str_is(name, "parameters");
}

static struct json as_text(struct scope *s, struct json value)
{
    return json_string(json_to_str(s, value));
}

// Variables that were assigned: each value as text.
static struct json variables_json(struct scope *s, struct json variables)
{
    struct json_member *members = scope_array(s, variables.count, sizeof *members);

    for (size_t i = 0; i < variables.count; i++)
        members[i] =
            (struct json_member){variables.members[i].name, as_text(s, variables.members[i].value)};
    return json_object(members, variables.count);
}

// The details of an event, with their data as text and whether it was cut (it never is).
static struct json details_json(struct scope *s, struct json details, bool with_data)
{
    struct fields whole = fields_make(s);
    struct json out = json_object(NULL, 0);

    fields_truth(&whole, "truncated", false);
    for (size_t i = 0; i < details.count; i++) {
        struct str name = details.members[i].name;
        struct json value = details.members[i].value;
        bool variables = str_is(name, "assignedVariables");
        if (is_data(name) || variables) {
            struct str about = str_concat(s, 2, name, str("Details"));
            if (with_data || str_is(name, "parameters"))
                out = json_with(s, out, name,
                                variables ? variables_json(s, value) : as_text(s, value));
            if (!str_is(name, "parameters"))
                out = json_with(s, out, about, fields_object(&whole));
        } else if (!str_ends(name, str("Details"))) {
            out = json_with(s, out, name, value);
        }
    }
    return out;
}

static struct json event_json(struct scope *s, struct json event, bool with_data)
{
    struct fields f = fields_make(s);
    int64_t at_us = 0;

    (void)json_to_i64(json_member(event, "timestamp"), &at_us);
    fields_time(&f, "timestamp", at_us);
    for (size_t i = 0; i < event.count; i++) {
        struct str name = event.members[i].name;
        struct json value = event.members[i].value;
        if (str_is(name, "timestamp"))
            continue;
        fields_json(&f, str_z(s, name),
                    json_is(value, JSON_OBJECT) ? details_json(s, value, with_data) : value);
    }
    return fields_object(&f);
}

enum status states_execution_history(struct scope *s, struct asked *a)
{
    struct states_arn arn = {0};
    struct json *events = NULL;
    struct str next = {0};
    size_t count = 0;
    bool with_data = asked_truth(a, "includeExecutionData", true);

    TRY(asked_arn(s, a, "executionArn", "execution", &arn));
    struct history_query query = {.arn = arn.text,
                                  .limit = asked_page(a),
                                  .reverse = asked_truth(a, "reverseOrder", false),
                                  .cursor = asked_text(a, "nextToken")};
    enum status e = flow_history(s, a->flow, &a->owner, &query, &events, &count, &next);
    e = fault_if(s, a, e, INVALID, "InvalidToken", "Invalid Token: 'Invalid token'");
    TRY(fault_if(s, a, e, NOT_FOUND, "ExecutionDoesNotExist", "Execution Does Not Exist: '%.*s'",
                 STR(arn.text)));
    struct json *shown = scope_array(s, count, sizeof *shown);
    for (size_t i = 0; i < count; i++)
        shown[i] = event_json(s, events[i], with_data);
    answer_page(s, a, "events", shown, count, next);
    return OK;
}
