// State machines.
#include "awsapi/states/states_impl.h"
#include "core/scope.h"
#include "flow/machines.h"

static enum status no_machine(struct scope *s, struct asked *a, enum status e, struct str arn)
{
    return fault_if(s, a, e, NOT_FOUND, "StateMachineDoesNotExist",
                    "State Machine Does Not Exist: '%.*s'", STR(arn));
}

static enum status check_logging(struct scope *s, struct asked *a)
{
    struct json logging = json_member(a->request, "loggingConfiguration");
    struct str level = json_text(json_member(logging, "level"));
    bool known = level.bytes == 0 || str_is(level, "OFF") || str_is(level, "ALL") ||
                 str_is(level, "ERROR") || str_is(level, "FATAL");

    if (!known) {
        return fault(s, a, INVALID, "ValidationException",
                     "1 validation error detected: Value '%.*s' at 'loggingConfiguration.level' "
                     "failed to satisfy constraint: Member must satisfy enum value set: [ALL, "
                     "ERROR, FATAL, OFF]",
                     STR(level));
    }
    if (level.bytes && !str_is(level, "OFF") && json_member(logging, "destinations").count != 1)
        return fault(s, a, INVALID, "InvalidLoggingConfiguration",
                     "Invalid Logging Configuration: Must specify exactly one Log Destination.");
    return OK;
}

static enum status check_settings(struct scope *s, struct asked *a)
{
    struct str role = asked_text(a, "roleArn");

    if (role.bytes && !str_starts(role, str("arn:")))
        return fault(s, a, INVALID, "InvalidArn", "Invalid Role Arn: '%.*s'", STR(role));
    if (asked_text(a, "versionDescription").bytes && !asked_truth(a, "publish", false))
        return fault(s, a, INVALID, "ValidationException",
                     "Version description can only be set when publish is true");
    return check_logging(s, a);
}

static const char *const kept[] = {"loggingConfiguration", "tracingConfiguration",
                                   "encryptionConfiguration"};

// What is kept and shown as it was given.
static struct json more_of(struct scope *s, const struct asked *a, struct json more)
{
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        struct json value = json_member(a->request, kept[i]);
        if (json_is(value, JSON_OBJECT))
            more = json_with(s, more, str(kept[i]), value);
    }
    return more;
}

enum status states_machine_create(struct scope *s, struct asked *a)
{
    struct machine_record made = {0};
    bool existed = false;
    struct machine_record m = {
        .name = asked_text(a, "name"),
        .role_arn = asked_text(a, "roleArn"),
        .definition = asked_text(a, "definition"),
        .express = str_is(asked_text(a, "type"), "EXPRESS"),
        .more = more_of(s, a, json_object(NULL, 0)),
        .publish = asked_truth(a, "publish", false),
        .description = asked_text(a, "versionDescription"),
    };

    TRY(states_name_check(s, a, m.name));
    TRY(check_settings(s, a));
    TRY(states_tags_check(s, a, json_member(a->request, "tags")));
    enum status e =
        flow_machine_create(s, a->flow, &a->owner, call_change(a->call), &m, &made, &existed);
    e = states_definition_fault(s, a, e, &m);
    TRY(fault_if(s, a, e, CONFLICT, "StateMachineAlreadyExists",
                 "State Machine Already Exists: '%.*s'", STR(made.arn)));
    if (!existed && json_member(a->request, "tags").count)
        states_tags_put(s, a, made.arn, json_member(a->request, "tags"));
    struct fields f = fields_make(s);
    fields_text(&f, "stateMachineArn", made.arn);
    fields_time(&f, "creationDate", made.created_at_us);
    fields_text(&f, "stateMachineVersionArn", states_version_arn(s, made.arn, made.version));
    answer(a, &f);
    return OK;
}

enum status states_machine_update(struct scope *s, struct asked *a)
{
    struct states_arn arn = {0};
    struct machine_record m = {0};
    struct machine_record made = {0};
    struct str definition = asked_text(a, "definition");
    struct str role = asked_text(a, "roleArn");

    TRY(asked_machine_arn(s, a, &arn));
    TRY(check_settings(s, a));
    if (!definition.bytes && !role.bytes &&
        !json_is(json_member(a->request, kept[0]), JSON_OBJECT) &&
        !json_is(json_member(a->request, kept[1]), JSON_OBJECT)) {
        return fault(s, a, INVALID, "MissingRequiredParameter",
                     "Either the definition, the role ARN, the LoggingConfiguration, or the "
                     "TracingConfiguration must be specified");
    }
    TRY(no_machine(s, a, flow_machine_get(s, a->flow, &a->owner, arn.text, &m), arn.text));
    if (definition.bytes)
        m.definition = definition;
    if (role.bytes)
        m.role_arn = role;
    m.more = more_of(s, a, m.more);
    m.publish = asked_truth(a, "publish", false);
    m.description = asked_text(a, "versionDescription");
    enum status e = flow_machine_update(s, a->flow, &a->owner, call_change(a->call), &m, &made);
    e = states_definition_fault(s, a, e, &m);
    TRY(no_machine(s, a, e, arn.text));
    struct fields f = fields_make(s);
    fields_time(&f, "updateDate", made.updated_at_us);
    fields_text(&f, "revisionId", made.revised ? made.revision : (struct str){0});
    fields_text(&f, "stateMachineVersionArn", states_version_arn(s, made.arn, made.version));
    answer(a, &f);
    return OK;
}

static struct json or_else(struct scope *s, struct json value, const char *name,
                           struct json otherwise)
{
    struct json given = json_member(value, name);

    return json_is(given, JSON_NONE) ? json_with(s, value, str(name), otherwise) : value;
}

void states_machine_fields(struct scope *s, const struct machine_record *m, struct fields *f)
{
    struct json empty = json_object(NULL, 0);
    struct json logging = json_member(m->more, "loggingConfiguration");
    struct json tracing = json_member(m->more, "tracingConfiguration");

    logging = json_is(logging, JSON_OBJECT) ? logging : empty;
    logging = or_else(s, logging, "level", json_string(str("OFF")));
    logging = or_else(s, logging, "includeExecutionData", json_bool(false));
    tracing = json_is(tracing, JSON_OBJECT) ? tracing : empty;
    fields_text(f, "stateMachineArn",
                m->version ? states_version_arn(s, m->arn, m->version) : m->arn);
    fields_text(f, "description", m->description);
    fields_text(f, "name", m->name);
    fields_text(f, "definition", m->definition);
    fields_text(f, "roleArn", m->role_arn);
    fields_json(f, "loggingConfiguration", logging);
    fields_json(f, "tracingConfiguration", or_else(s, tracing, "enabled", json_bool(false)));
    fields_json(f, "encryptionConfiguration", json_member(m->more, "encryptionConfiguration"));
    if (m->revised)
        fields_text(f, "revisionId", m->revision);
}

enum status states_machine_describe(struct scope *s, struct asked *a)
{
    struct states_arn arn = {0};
    struct machine_record m = {0};

    TRY(asked_arn(s, a, "stateMachineArn", "stateMachine", &arn));
    TRY(no_machine(s, a, flow_machine_get(s, a->flow, &a->owner, arn.text, &m), arn.text));
    struct fields f = fields_make(s);
    states_machine_fields(s, &m, &f);
    fields_text(&f, "type", str(m.express ? "EXPRESS" : "STANDARD"));
    fields_text(&f, "status", str(m.deleting ? "DELETING" : "ACTIVE"));
    fields_time(&f, "creationDate", m.created_at_us);
    answer(a, &f);
    return OK;
}

enum status states_machine_delete(struct scope *s, struct asked *a)
{
    struct states_arn arn = {0};

    TRY(asked_machine_arn(s, a, &arn));
    enum status e = flow_machine_delete(s, a->flow, &a->owner, call_change(a->call), arn.text);
    if (e == NOT_FOUND) // as AWS: it is not there, which is what was asked for
        return OK;
    TRY(e);
    states_tags_put(s, a, arn.text, (struct json){0});
    return OK;
}

enum status states_machine_list(struct scope *s, struct asked *a)
{
    struct machine_record *machines = NULL;
    struct str next = {0};
    size_t count = 0;
    enum status e = flow_machine_list(s, a->flow, &a->owner, asked_page(a),
                                      asked_text(a, "nextToken"), &machines, &count, &next);

    TRY(fault_if(s, a, e, INVALID, "InvalidToken", "Invalid Token: 'Invalid token'"));
    struct json *items = scope_array(s, count, sizeof *items);
    for (size_t i = 0; i < count; i++) {
        struct fields f = fields_make(s);
        fields_text(&f, "stateMachineArn", machines[i].arn);
        fields_text(&f, "name", machines[i].name);
        fields_text(&f, "type", str(machines[i].express ? "EXPRESS" : "STANDARD"));
        fields_time(&f, "creationDate", machines[i].created_at_us);
        items[i] = fields_object(&f);
    }
    answer_page(s, a, "stateMachines", items, count, next);
    return OK;
}
