// Task tokens that are brought back, and activities.
#include "awsapi/states/states_impl.h"
#include "core/scope.h"
#include "flow/outside.h"

enum { ACTIVITY_WAIT_S = 60, ACTIVITY_LEASE_S = 60 };

static enum status give(struct scope *s, struct asked *a, const struct token_answer *given)
{
    enum status e = flow_answer(s, a->flow, &a->owner, call_change(a->call), given);

    e = fault_if(s, a, e, INVALID, "InvalidToken", "Invalid Token: 'Invalid token'");
    e = fault_if(s, a, e, NOT_FOUND, "TaskDoesNotExist", "Task does not exist");
    return fault_if(s, a, e == TIMEOUT ? CONFLICT : e, CONFLICT, "TaskTimedOut",
                    "Task Timed Out: 'Provided task does not exist anymore'");
}

enum status states_task_success(struct scope *s, struct asked *a)
{
    struct json output = {0};
    struct token_answer given = {.outcome = TOKEN_SUCCESS,
                                 .token = asked_text(a, "taskToken"),
                                 .output = asked_text(a, "output")};

    if (json_parse(s, given.output, &json_limits_lenient, &output) != OK)
        return fault(s, a, INVALID, "InvalidOutput", "Invalid Output: '%.*s'", STR(scope_why(s)));
    return give(s, a, &given);
}

enum status states_task_failure(struct scope *s, struct asked *a)
{
    struct token_answer given = {.outcome = TOKEN_FAILURE,
                                 .token = asked_text(a, "taskToken"),
                                 .error = asked_text(a, "error"),
                                 .cause = asked_text(a, "cause")};

    return give(s, a, &given);
}

enum status states_task_heartbeat(struct scope *s, struct asked *a)
{
    struct token_answer given = {.outcome = TOKEN_HEARTBEAT, .token = asked_text(a, "taskToken")};

    return give(s, a, &given);
}

static enum status no_activity(struct scope *s, struct asked *a, enum status e, struct str arn)
{
    return fault_if(s, a, e, NOT_FOUND, "ActivityDoesNotExist", "Activity Does Not Exist: '%.*s'",
                    STR(arn));
}

enum status states_activity_create(struct scope *s, struct asked *a)
{
    struct str name = asked_text(a, "name");
    struct json tags = json_member(a->request, "tags");
    struct str arn = {0};
    int64_t created_at_us = 0;

    TRY(states_name_check(s, a, name));
    TRY(states_tags_check(s, a, tags));
    TRY(flow_activity_create(s, a->flow, &a->owner, call_change(a->call), name, tags, &arn,
                             &created_at_us));
    if (tags.count)
        states_tags_put(s, a, arn, tags);
    struct fields f = fields_make(s);
    fields_text(&f, "activityArn", arn);
    fields_time(&f, "creationDate", created_at_us);
    answer(a, &f);
    return OK;
}

enum status states_activity_delete(struct scope *s, struct asked *a)
{
    struct states_arn arn = {0};

    TRY(asked_arn(s, a, "activityArn", "activity", &arn));
    enum status e = flow_activity_delete(s, a->flow, &a->owner, call_change(a->call), arn.text);
    if (e == NOT_FOUND)
        return OK;
    TRY(e);
    states_tags_put(s, a, arn.text, (struct json){0});
    return OK;
}

enum status states_activity_describe(struct scope *s, struct asked *a)
{
    struct states_arn arn = {0};
    struct str name = {0};
    int64_t created_at_us = 0;

    TRY(asked_arn(s, a, "activityArn", "activity", &arn));
    TRY(no_activity(s, a, flow_activity_get(s, a->flow, &a->owner, arn.text, &name, &created_at_us),
                    arn.text));
    struct fields f = fields_make(s);
    fields_text(&f, "activityArn", arn.text);
    fields_text(&f, "name", name);
    fields_time(&f, "creationDate", created_at_us);
    answer(a, &f);
    return OK;
}

// Waits for work without a thread. Whoever takes it and leaves loses it until the task times out,
// as with AWS: give tasks a heartbeat.
enum status states_activity_take(struct scope *s, struct asked *a)
{
    struct states_arn arn = {0};
    struct str name = {0};
    int64_t created_at_us = 0;
    struct outside_work work = {0};

    TRY(asked_arn(s, a, "activityArn", "activity", &arn));
    TRY(no_activity(s, a, flow_activity_get(s, a->flow, &a->owner, arn.text, &name, &created_at_us),
                    arn.text));
    call_watch(a->call, arn.text);
    enum status e = flow_take(s, a->flow, &a->owner, call_change(a->call), arn.text,
                              asked_text(a, "workerName"), ACTIVITY_LEASE_S, &work);
    struct fields f = fields_make(s);
    if (e == NOT_FOUND) {
        scope_forgive(s);
        if (call_park(a->call, ACTIVITY_WAIT_S))
            return OK;
        fields_json(&f, "taskToken", json_null());
        answer(a, &f);
        return OK;
    }
    TRY(e);
    fields_text(&f, "taskToken", work.token);
    fields_text(&f, "input", work.input);
    answer(a, &f);
    return OK;
}

enum status states_activity_list(struct scope *s, struct asked *a)
{
    struct json found = {0};
    struct str next = {0};
    enum status e = flow_activity_list(s, a->flow, &a->owner, asked_page(a),
                                       asked_text(a, "nextToken"), &found, &next);

    TRY(fault_if(s, a, e, INVALID, "InvalidToken", "Invalid Token: 'Invalid token'"));
    struct json *items = scope_array(s, found.count, sizeof *items);
    for (size_t i = 0; i < found.count; i++) {
        struct json activity = json_at(found, i);
        struct fields f = fields_make(s);
        int64_t created_at_us = 0;
        (void)json_to_i64(json_member(activity, "created"), &created_at_us);
        fields_text(&f, "activityArn", json_text(json_member(activity, "arn")));
        fields_text(&f, "name", json_text(json_member(activity, "name")));
        fields_time(&f, "creationDate", created_at_us);
        items[i] = fields_object(&f);
    }
    answer_page(s, a, "activities", items, found.count, next);
    return OK;
}
