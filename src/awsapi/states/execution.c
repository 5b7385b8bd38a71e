// Executions.
#include "awsapi/states/states_impl.h"
#include "core/scope.h"
#include "edge/service.h"
#include "flow/executions.h"
#include "flow/machines.h"

#include <assert.h>

enum { SYNC_WAIT_S = 330, BILLED_STEP_MS = 100, BILLED_MEMORY_MB = 64 };

static enum status no_machine(struct scope *s, struct asked *a, enum status e, struct str arn)
{
    return fault_if(s, a, e, NOT_FOUND, "StateMachineDoesNotExist",
                    "State Machine Does Not Exist: '%.*s'", STR(arn));
}

static enum status no_execution(struct scope *s, struct asked *a, enum status e, struct str arn)
{
    return fault_if(s, a, e, NOT_FOUND, "ExecutionDoesNotExist", "Execution Does Not Exist: '%.*s'",
                    STR(arn));
}

static enum status wrong_type(struct scope *s, struct asked *a)
{
    return fault(s, a, INVALID, "StateMachineTypeNotSupported",
                 "This operation is not supported by this type of state machine");
}

// The ARN that an execution of the name would have.
static struct str execution_arn(struct scope *s, const struct states_arn *machine, struct str name)
{
    size_t at = str_find(machine->text, str(":stateMachine:"));

    return str_format(s, "%.*s:execution:%.*s:%.*s", STR(str_slice(machine->text, 0, at)),
                      STR(machine->name), STR(name));
}

static enum status check_start(struct scope *s, struct asked *a, struct states_arn *arn,
                               struct start_options *out)
{
    struct json input = json_member(a->request, "input");
    uint64_t version = 0;

    TRY(asked_arn(s, a, "stateMachineArn", "stateMachine", arn));
    bool is_alias = arn->rest.bytes && !str_to_u64(arn->rest, UINT32_MAX, &version);
    *out = (struct start_options){
        .machine_arn = arn->text, .name = asked_text(a, "name"), .input = asked_text(a, "input")};
    if (is_alias) {
        out->alias = arn->rest;
        TRY(states_alias_pick(s, a, arn, &out->machine_arn));
    }
    TRY(states_name_check(s, a, out->name));
    if (json_is(input, JSON_STRING) && out->input.bytes == 0)
        return fault(s, a, INVALID, "InvalidExecutionInput",
                     "Invalid State Machine Execution Input: 'Invalid execution input.'");
    if (out->input.bytes && json_parse(s, out->input, &json_limits_lenient, &input) != OK)
        return fault(s, a, INVALID, "InvalidExecutionInput",
                     "Invalid State Machine Execution Input: '%.*s'", STR(scope_why(s)));
    return OK;
}

static enum status start(struct scope *s, struct asked *a, struct change *c,
                         const struct states_arn *arn, const struct start_options *options,
                         struct execution *out)
{
    bool existed = false;
    enum status e = flow_start(s, a->flow, &a->owner, c, options, out, &existed);

    e = no_machine(s, a, e, arn->text);
    e = fault_if(s, a, e, INVALID, "InvalidExecutionInput", "%.*s", STR(scope_why(s)));
    return fault_if(s, a, e, CONFLICT, "ExecutionAlreadyExists", "Execution Already Exists: '%.*s'",
                    STR(execution_arn(s, arn, options->name)));
}

enum status states_execution_start(struct scope *s, struct asked *a)
{
    struct states_arn arn = {0};
    struct start_options options = {0};
    struct execution x = {0};

    TRY(check_start(s, a, &arn, &options));
    TRY(start(s, a, call_change(a->call), &arn, &options, &x));
    struct fields f = fields_make(s);
    fields_text(&f, "executionArn", x.arn);
    fields_time(&f, "startDate", x.started_at_us);
    answer(a, &f);
    return OK;
}

static void payload_fields(struct scope *s, struct fields *f, const char *name, const char *details,
                           struct json value)
{
    struct fields included = fields_make(s);

    if (json_is(value, JSON_NONE))
        return;
    fields_truth(&included, "included", true);
    fields_text(f, name, json_to_str(s, value));
    fields_json(f, details, fields_object(&included));
}

static void version_fields(struct scope *s, const struct execution *x, struct fields *f)
{
    fields_text(f, "stateMachineVersionArn", states_version_arn(s, x->machine_arn, x->version));
    if (x->alias.bytes)
        fields_text(f, "stateMachineAliasArn",
                    str_concat(s, 3, x->machine_arn, str(":"), x->alias));
}

// What DescribeExecution and StartSyncExecution tell alike.
static void execution_fields(struct scope *s, const struct execution *x, bool with_data,
                             struct fields *f)
{
    fields_text(f, "executionArn", x->arn);
    fields_text(f, "stateMachineArn", x->machine_arn);
    fields_text(f, "name", x->name);
    fields_text(f, "status", str(execution_status_name(x->status)));
    fields_time(f, "startDate", x->started_at_us);
    fields_time(f, "stopDate", x->ended_at_us);
    fields_text(f, "error", x->error);
    fields_text(f, "cause", x->cause);
    if (!with_data)
        return;
    payload_fields(s, f, "input", "inputDetails", x->input.value);
    if (x->status == EXECUTION_SUCCEEDED)
        payload_fields(s, f, "output", "outputDetails", x->output.value);
}

static bool is_redrivable(const struct execution *x)
{
    return !x->express && (x->status == EXECUTION_FAILED || x->status == EXECUTION_TIMED_OUT ||
                           x->status == EXECUTION_ABORTED);
}

static bool with_data(const struct asked *a)
{
    return !str_is(asked_text(a, "includedData"), "METADATA_ONLY");
}

enum status states_execution_describe(struct scope *s, struct asked *a)
{
    struct states_arn arn = {0};
    struct execution x = {0};

    TRY(asked_arn(s, a, "executionArn", "execution", &arn));
    TRY(no_execution(s, a, flow_get(s, a->flow, &a->owner, arn.text, &x), arn.text));
    struct fields f = fields_make(s);
    execution_fields(s, &x, with_data(a), &f);
    version_fields(s, &x, &f);
    fields_number(&f, "redriveCount", x.redrive_count);
    fields_time(&f, "redriveDate", x.redriven_at_us);
    fields_text(&f, "redriveStatus", str(is_redrivable(&x) ? "REDRIVABLE" : "NOT_REDRIVABLE"));
    if (!is_redrivable(&x)) {
        fields_text(&f, "redriveStatusReason",
                    str_format(s, "Execution is %s and cannot be redriven",
                               execution_status_name(x.status)));
    }
    answer(a, &f);
    return OK;
}

enum status states_execution_machine(struct scope *s, struct asked *a)
{
    struct states_arn arn = {0};
    struct execution x = {0};
    struct machine_record m = {0};

    TRY(asked_arn(s, a, "executionArn", "execution", &arn));
    TRY(no_execution(s, a, flow_get(s, a->flow, &a->owner, arn.text, &x), arn.text));
    TRY(no_machine(s, a, flow_machine_get(s, a->flow, &a->owner, x.machine_arn, &m),
                   x.machine_arn));
    TRY(flow_execution_definition(s, a->flow, &a->owner, arn.text, &m.definition));
    m.role_arn = x.role_arn;
    struct fields f = fields_make(s);
    states_machine_fields(s, &m, &f);
    fields_time(&f, "updateDate", m.updated_at_us);
    answer(a, &f);
    return OK;
}

static struct json list_item(struct scope *s, const struct execution *x)
{
    struct fields f = fields_make(s);

    fields_text(&f, "executionArn", x->arn);
    fields_text(&f, "stateMachineArn", x->machine_arn);
    fields_text(&f, "name", x->name);
    fields_text(&f, "status", str(execution_status_name(x->status)));
    fields_time(&f, "startDate", x->started_at_us);
    fields_time(&f, "stopDate", x->ended_at_us);
    fields_number(&f, "redriveCount", x->redrive_count);
    fields_time(&f, "redriveDate", x->redriven_at_us);
    version_fields(s, x, &f);
    return fields_object(&f);
}

// Which executions are listed: of a machine, or of a distributed Map.
static enum status read_list_query(struct scope *s, struct asked *a, struct execution_query *out,
                                   struct str *of)
{
    struct states_arn arn = {0};
    struct machine_record m = {0};
    struct str status = asked_text(a, "statusFilter");

    *out = (struct execution_query){
        .status = -1, .limit = asked_page(a), .cursor = asked_text(a, "nextToken")};
    for (int i = EXECUTION_RUNNING; i <= EXECUTION_PENDING_REDRIVE; i++)
        if (str_is(status, execution_status_name((enum execution_status)i)))
            out->status = i;
    if (asked_text(a, "mapRunArn").bytes) {
        TRY(asked_arn(s, a, "mapRunArn", "mapRun", &arn));
        out->map_run_arn = arn.text;
        return OK;
    }
    if (!asked_text(a, "stateMachineArn").bytes)
        return fault(s, a, INVALID, "ValidationException",
                     "Must provide a State Machine ARN or Map Run ARN");
    TRY(asked_arn(s, a, "stateMachineArn", "stateMachine", &arn));
    *of = arn.rest;
    out->machine_arn = str_slice(arn.text, 0, arn.text.bytes - (of->bytes ? of->bytes + 1 : 0));
    TRY(no_machine(s, a, flow_machine_get(s, a->flow, &a->owner, out->machine_arn, &m), arn.text));
    return m.express ? wrong_type(s, a) : OK;
}

// Whether it was started of the version or by the alias; empty: it does not matter.
static bool is_of(const struct execution *x, struct str of)
{
    uint64_t version = 0;

    if (str_to_u64(of, UINT32_MAX, &version))
        return x->version == version;
    return of.bytes == 0 || str_equal(x->alias, of);
}

enum status states_execution_list(struct scope *s, struct asked *a)
{
    struct execution_query query = {0};
    struct execution *found = NULL;
    struct str next = {0};
    size_t found_count = 0;
    size_t count = 0;
    struct str redriven = asked_text(a, "redriveFilter");
    struct str of = {0};

    TRY(read_list_query(s, a, &query, &of));
    enum status e = flow_list(s, a->flow, &a->owner, &query, &found, &found_count, &next);
    e = fault_if(s, a, e, INVALID, "InvalidToken", "Invalid Token: 'Invalid token'");
    TRY(fault_if(s, a, e, NOT_FOUND, "ResourceNotFound", "Resource not found: '%.*s'",
                 STR(query.map_run_arn)));
    struct json *items = scope_array(s, found_count, sizeof *items);
    for (size_t i = 0; i < found_count; i++) {
        if (is_of(&found[i], of) &&
            (!redriven.bytes || str_is(redriven, "REDRIVEN") == (found[i].redrive_count > 0)))
            items[count++] = list_item(s, &found[i]);
    }
    answer_page(s, a, "executions", items, count, next);
    return OK;
}

enum status states_execution_stop(struct scope *s, struct asked *a)
{
    struct states_arn arn = {0};
    struct execution x = {0};

    TRY(asked_arn(s, a, "executionArn", "execution", &arn));
    enum status e = flow_stop(s, a->flow, &a->owner, call_change(a->call), arn.text,
                              asked_text(a, "error"), asked_text(a, "cause"), &x);
    TRY(no_execution(s, a, e, arn.text));
    struct fields f = fields_make(s);
    fields_time(&f, "stopDate", x.ended_at_us ? x.ended_at_us : call_now_us(a->call));
    answer(a, &f);
    return OK;
}

// With `dryRun` (Sheaf's own) nothing is changed and `plan` says what would be.
enum status states_execution_redrive(struct scope *s, struct asked *a)
{
    struct states_arn arn = {0};
    struct execution x = {0};
    struct json plan = {0};
    bool dry_run = asked_truth(a, "dryRun", false);

    TRY(asked_arn(s, a, "executionArn", "execution", &arn));
    enum status e = flow_redrive(s, a->flow, &a->owner, call_change(a->call), arn.text,
                                 asked_text(a, "input"), dry_run, &plan, &x);
    e = no_execution(s, a, e, arn.text);
    e = fault_if(s, a, e, CONFLICT, "ExecutionNotRedrivable", "%.*s", STR(scope_why(s)));
    TRY(fault_if(s, a, e, INVALID, "ValidationException", "%.*s", STR(scope_why(s))));
    struct fields f = fields_make(s);
    if (!dry_run)
        fields_time(&f, "redriveDate", x.redriven_at_us);
    fields_json(&f, "plan", dry_run ? plan : (struct json){0});
    answer(a, &f);
    return OK;
}

static void billing_fields(struct scope *s, const struct execution *x, struct fields *f)
{
    struct fields billed = fields_make(s);
    int64_t ms = (x->ended_at_us - x->started_at_us) / 1000;

    fields_number(&billed, "billedMemoryUsedInMB", BILLED_MEMORY_MB);
    fields_number(&billed, "billedDurationInMilliseconds",
                  (ms / BILLED_STEP_MS + 1) * BILLED_STEP_MS);
    fields_json(f, "billingDetails", fields_object(&billed));
}

// The first time: starts the execution, durably, and keeps its ARN for when the call comes again.
static enum status start_to_wait(struct scope *s, struct asked *a, const struct str **out)
{
    struct states_arn arn = {0};
    struct start_options options = {0};
    struct machine_record m = {0};
    struct execution x = {0};
    struct change *c = change_new(s);

    TRY(check_start(s, a, &arn, &options));
    TRY(no_machine(s, a, flow_machine_get(s, a->flow, &a->owner, arn.text, &m), arn.text));
    if (!m.express)
        return wrong_type(s, a);
    TRY(start(s, a, c, &arn, &options, &x));
    TRY(store_commit(s, call_platform(a->call)->store, c));
    struct str *kept = scope_new(s, struct str);
    *kept = str_copy(s, x.arn);
    call_keep(a->call, kept);
    *out = kept;
    return OK;
}

enum status states_execution_start_sync(struct scope *s, struct asked *a)
{
    const struct str *arn = call_kept(a->call);
    struct execution x = {0};

    if (!arn)
        TRY(start_to_wait(s, a, &arn));
    assert(arn);
    call_watch(a->call, *arn);
    TRY(flow_get(s, a->flow, &a->owner, *arn, &x));
    if (x.ended_at_us == 0) {
        if (call_park(a->call, SYNC_WAIT_S))
            return OK;
        return fail(s, TEMPORARY, "the execution has not ended: %.*s", STR(*arn));
    }
    struct fields f = fields_make(s);
    execution_fields(s, &x, with_data(a), &f);
    billing_fields(s, &x, &f);
    answer(a, &f);
    return OK;
}
