// Starting an execution under a name that is free, finding it again, and what is said of it.
#include "flow/begin_impl.h"

#include "core/scope.h"
#include "core/uuid.h"
#include "flow/arn.h"
#include "flow/executions.h"
#include "flow/gates.h"
#include "store/record.h"
#include "sys/world.h"

enum { DESCRIBE_MEMBERS = 14 };

enum status execution_begin(struct scope *s, struct flow *f, struct change *c,
                            const struct begin *b, struct live **out)
{
    const struct machine_record *m = &b->machine->machine;
    struct live *l = live_new(s, f, c);
    struct flow_event event = {.kind = EVENT_START};
    bool stale = false;
    bool may_run = true;

    l->tenant = b->owner.tenant;
    l->account = b->owner.account;
    l->definition_key = b->machine->definition_key;
    l->parent = b->parent;
    l->list_of = b->list_of.bytes ? b->list_of : m->name;
    l->x = (struct execution){
        .id = b->id,
        .arn = b->arn,
        .name = b->name,
        .machine_arn = m->arn,
        .machine_name = m->name,
        .version = m->version,
        .alias = b->alias,
        .role_arn = m->role_arn,
        .express = b->express,
        .status = EXECUTION_RUNNING,
        .input = {.value = b->input},
        .started_at_us = l->now_us,
        .next_event = 1,
        .machine = b->processor,
    };
    *out = l;
    TRY(gate_enter(l, &may_run));
    return may_run ? live_advance(l, &event, &stale) : live_put(l);
}

static struct str execution_arn(struct scope *s, const struct flow *f, const struct start *start,
                                const struct machine_record *m, struct str name, struct str id)
{
    struct str rest = m->express ? str_concat(s, 3, name, str(":"), id) : name;

    return arn_write(s, f->region, start->owner.account, m->express ? "express" : "execution",
                     m->name, rest);
}

// StartExecution: the same name with the same input gives the one that runs; else it is taken.
static enum status is_existing(struct scope *s, struct flow *f, const struct start *start,
                               struct str id, struct live **out, bool *existed)
{
    enum status e = live_peek(s, f, id, out);

    *existed = e == OK;
    if (e == NOT_FOUND) {
        scope_forgive(s);
        return OK;
    }
    TRY(e);
    TRY(execution_fill(*out));
    if ((*out)->x.status == EXECUTION_RUNNING && json_equal((*out)->x.input.value, start->input))
        return OK;
    return fail(s, CONFLICT, "Execution Already Exists: '%.*s'", STR((*out)->x.arn));
}

// A name is claimed once; those that were made of the id claim nothing.
static enum status claim_name(struct scope *s, struct flow *f, struct change *c,
                              const struct start *start, const struct machine_found *m,
                              struct str id, struct live **out, bool *existed)
{
    struct record r = {.partition = live_list_key(s, start->owner.tenant, m->machine.name),
                       .sort = start->name,
                       .content = id};
    struct record known = {0};
    struct uuid made;

    if (!flow_name_valid(start->name))
        return fail(s, INVALID, "Invalid Name: '%.*s'", STR(start->name));
    TRY(record_find(s, f->store, &flow_names_table, r.partition, r.sort, &known));
    if (known.version) {
        TRY(is_existing(s, f, start, known.content, out, existed));
        if (*existed)
            return OK;
    }
    if (uuid_read(start->name, &made)) {
        TRY(is_existing(s, f, start, start->name, out, existed));
        if (*existed)
            return OK;
        change_require(c, &flow_executions_table, start->name, (struct str){0}, if_absent());
    }
    change_put(c, &flow_names_table, &r, if_version(known.version));
    return OK;
}

enum status execution_start(struct scope *s, struct flow *f, struct change *c,
                            const struct start *start, struct live **out, bool *existed)
{
    struct machine_found m = {0};
    struct str id = start->id.bytes ? start->id : world_uuid(f->world, s);

    *existed = false;
    TRY(machine_look_up(s, f, &start->owner, start->machine_arn, &m));
    // Express workflows may use a name again.
    if (start->name.bytes && !m.machine.express)
        TRY(claim_name(s, f, c, start, &m, id, out, existed));
    if (*existed)
        return OK;
    struct str name = start->name.bytes ? start->name : id;
    struct begin begin = {
        .owner = start->owner,
        .machine = &m,
        .id = id,
        .name = name,
        .arn = execution_arn(s, f, start, &m.machine, name, id),
        .input = start->input,
        .express = m.machine.express,
        .parent = start->parent,
        .alias = start->alias,
    };
    return execution_begin(s, f, c, &begin, out);
}

enum status flow_start(struct scope *s, struct flow *f, const struct owner *owner, struct change *c,
                       const struct start_options *options, struct execution *out, bool *existed)
{
    struct start start = {.owner = *owner,
                          .machine_arn = options->machine_arn,
                          .name = options->name,
                          .alias = options->alias};
    struct live *l = NULL;

    if (options->input.bytes > f->payload_bytes_max)
        return fail(s, INVALID, "Invalid Execution Input: longer than %zu bytes",
                    f->payload_bytes_max);
    enum status e = options->input.bytes ? json_read_given(s, options->input, &start.input) : OK;
    if (e != OK)
        return fail(s, INVALID, "Invalid Execution Input: '%.*s'", STR(scope_why(s)));
    if (options->input.bytes == 0)
        start.input = json_object(NULL, 0);
    TRY(execution_start(s, f, c, &start, &l, existed));
    if (!*existed)
        flow_audit(c, owner, "execution.started", l->x.arn);
    *out = l->x;
    return OK;
}

static bool is_of(const struct live *l, const struct owner *owner, struct str arn)
{
    return str_equal(l->tenant, owner->tenant) && str_equal(l->x.arn, arn);
}

// The last part of an ARN is the id of an execution without a name of its own, of an express one
// and of a child; else it is a name.
enum status execution_find(struct scope *s, struct flow *f, const struct owner *owner,
                           struct str arn, struct str *id)
{
    struct arn a = {0};
    struct uuid made;
    struct record r = {0};
    struct live *l = NULL;

    if (!arn_read(arn, &a) || !str_is(a.service, "states") ||
        (!str_is(a.kind, "execution") && !str_is(a.kind, "express")) || a.rest.bytes == 0)
        return fail(s, INVALID, "Invalid Arn: '%.*s'", STR(arn));
    struct str last = a.rest;
    while (str_find_byte(last, ':') < last.bytes)
        (void)str_cut(&last, ':');
    if (uuid_read(last, &made)) {
        enum status e = live_peek(s, f, last, &l);
        if (e != OK && e != NOT_FOUND)
            return e;
        scope_forgive(s);
        *id = last;
        if (e == OK && is_of(l, owner, arn))
            return OK;
    }
    struct str key = live_list_key(s, owner->tenant, a.name);
    if (str_equal(a.account, owner->account))
        TRY(record_find(s, f->store, &flow_names_table, key, a.rest, &r));
    *id = r.content;
    return r.version ? OK : fail(s, NOT_FOUND, "Execution Does Not Exist: '%.*s'", STR(arn));
}

enum status execution_fill(struct live *l)
{
    struct payload *payloads[EXECUTION_PAYLOADS];

    execution_payloads(&l->x, payloads);
    for (size_t i = 0; i < EXECUTION_PAYLOADS; i++)
        if (payloads[i]->digest.bytes && json_is(payloads[i]->value, JSON_NONE))
            TRY(payload_read(l->scope, l->flow, l->x.id, payloads[i]->digest, &payloads[i]->value));
    return OK;
}

static struct json payload_shown(struct live *l, struct json value, bool as_json)
{
    if (json_is(value, JSON_NONE) || as_json)
        return value;
    return json_string(json_to_str(l->scope, value));
}

enum status execution_describe(struct live *l, bool as_json, struct json *out)
{
    const struct execution *x = &l->x;
    struct members included = members_make(l->scope, 1);
    struct members o = members_make(l->scope, DESCRIBE_MEMBERS);

    TRY(execution_fill(l));
    members_add(&included, "Included", json_bool(true));
    if (x->cause.data)
        members_add(&o, "Cause", json_string(x->cause));
    if (x->error.data)
        members_add(&o, "Error", json_string(x->error));
    members_str(&o, "ExecutionArn", x->arn);
    members_add(&o, "Input", payload_shown(l, x->input.value, as_json));
    members_add(&o, "InputDetails", members_object(&included));
    members_str(&o, "Name", x->name);
    if (!json_is(x->output.value, JSON_NONE)) {
        members_add(&o, "Output", payload_shown(l, x->output.value, as_json));
        members_add(&o, "OutputDetails", members_object(&included));
    }
    members_i64(&o, "StartDate", x->started_at_us / 1000);
    members_str(&o, "StateMachineArn", x->machine_arn);
    members_str(&o, "Status", str(execution_status_name(x->status)));
    members_i64(&o, "StopDate", x->ended_at_us / 1000);
    *out = members_object(&o);
    return OK;
}
