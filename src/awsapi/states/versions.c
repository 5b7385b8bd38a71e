// Versions of state machines.
#include "awsapi/states/states_impl.h"
#include "core/scope.h"
#include "flow/machines.h"

struct str states_version_arn(struct scope *s, struct str machine_arn, uint32_t version)
{
    return version ? str_format(s, "%.*s:%u", STR(machine_arn), version) : (struct str){0};
}

enum status states_version_publish(struct scope *s, struct asked *a)
{
    struct states_arn arn = {0};
    struct machine_record made = {0};

    TRY(asked_machine_arn(s, a, &arn));
    enum status e =
        flow_version_publish(s, a->flow, &a->owner, call_change(a->call), arn.text,
                             asked_text(a, "revisionId"), asked_text(a, "description"), &made);
    e = fault_if(s, a, e, NOT_FOUND, "StateMachineDoesNotExist",
                 "State Machine Does Not Exist: '%.*s'", STR(arn.text));
    TRY(fault_if(s, a, e, CONFLICT, "ConflictException", "%.*s", STR(scope_why(s))));
    struct fields f = fields_make(s);
    fields_text(&f, "stateMachineVersionArn", states_version_arn(s, made.arn, made.version));
    fields_time(&f, "creationDate", made.updated_at_us);
    answer(a, &f);
    return OK;
}

enum status states_version_delete(struct scope *s, struct asked *a)
{
    struct states_arn arn = {0};
    uint64_t version = 0;
    bool used = false;

    TRY(asked_arn(s, a, "stateMachineVersionArn", "stateMachine", &arn));
    if (!str_to_u64(arn.rest, UINT32_MAX, &version))
        return fault(s, a, INVALID, "InvalidArn", "Invalid Arn: '%.*s'", STR(arn.text));
    TRY(states_alias_uses(s, a, &arn, &used));
    if (used)
        return fault(s, a, CONFLICT, "ConflictException",
                     "Version to be deleted must not be referenced by an alias.");
    return flow_version_delete(s, a->flow, &a->owner, call_change(a->call), arn.text);
}

enum status states_version_list(struct scope *s, struct asked *a)
{
    struct states_arn arn = {0};
    struct machine_record *versions = NULL;
    struct str next = {0};
    size_t count = 0;

    TRY(asked_machine_arn(s, a, &arn));
    enum status e = flow_version_list(s, a->flow, &a->owner, arn.text, asked_page(a),
                                      asked_text(a, "nextToken"), &versions, &count, &next);
    if (e == NOT_FOUND) { // the operation knows no such error
        scope_forgive(s);
        e = OK;
    }
    TRY(fault_if(s, a, e, INVALID, "InvalidToken", "Invalid Token: 'Invalid token'"));
    struct json *items = scope_array(s, count, sizeof *items);
    for (size_t i = 0; i < count; i++) {
        struct fields f = fields_make(s);
        fields_text(&f, "stateMachineVersionArn",
                    states_version_arn(s, versions[i].arn, versions[i].version));
        fields_time(&f, "creationDate", versions[i].created_at_us);
        items[i] = fields_object(&f);
    }
    answer_page(s, a, "stateMachineVersions", items, count, next);
    return OK;
}
