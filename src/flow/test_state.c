#include "flow/test_state.h"

#include "core/chance.h"
#include "core/scope.h"
#include "core/uuid.h"
#include "flow/test_state_impl.h"

#include <assert.h>

enum {
    STATE_FIELDS_MAX = 64,
    RUN_EVENTS_MAX = 8, // more are a state that goes to itself
    RUN_STEPS_MAX = 16, // of a state: it begins, its task is submitted, ends
};

enum status test_invalid(struct test *t, const char *exception, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    struct str why = str_format_v(t->s, format, arguments);
    va_end(arguments);
    t->out->exception = exception;
    return fail(t->s, INVALID, "%.*s", STR(why));
}

// The request --------------------------------------------------------------------------------

static enum status parse_text(struct test *t, struct str text, const char *what, bool object,
                              struct json *out)
{
    if (json_parse(t->s, text, &json_limits_lenient, out) != OK)
        return test_invalid(t, "ValidationException", "%s is not valid JSON: %.*s", what,
                            STR(scope_why(t->s)));
    if (object && !json_is(*out, JSON_OBJECT))
        return test_invalid(t, "ValidationException", "%s must be a JSON object", what);
    return OK;
}

static enum status read_mock(struct test *t, struct json mock)
{
    struct json result = json_member(mock, "result"), error = json_member(mock, "errorOutput");
    struct str mode = json_text(json_member(mock, "fieldValidationMode"));

    t->mocked = json_is(mock, JSON_OBJECT);
    if (!t->mocked)
        return OK;
    if (json_is(result, JSON_NONE) == json_is(error, JSON_NONE)) {
        return test_invalid(t, "ValidationException",
                            "A test mock should have only one of the following fields: [result, "
                            "errorOutput].");
    }
    if (mode.bytes && !str_is(mode, "STRICT") && !str_is(mode, "PRESENT") && !str_is(mode, "NONE"))
        return test_invalid(t, "ValidationException",
                            "fieldValidationMode must be one of: [STRICT, PRESENT, NONE]");
    if (t->request->reveal_secrets)
        return test_invalid(t, "ValidationException",
                            "TestState does not support RevealSecrets when a mock is specified.");
    t->mock_error = json_text(json_member(error, "error"));
    t->mock_cause = json_text(json_member(error, "cause"));
    return json_is(result, JSON_NONE)
               ? OK
               : parse_text(t, json_text(result), "The mocked result", false, &t->mock_result);
}

static enum status read_request(struct test *t)
{
    const struct test_state_request *r = t->request;
    int64_t retries = 0;

    t->input = t->variables = json_object(NULL, 0);
    if (r->input.bytes && json_parse(t->s, r->input, &json_limits_lenient, &t->input) != OK)
        return test_invalid(t, "InvalidExecutionInput",
                            "Invalid State Machine Execution Input: '%.*s'", STR(scope_why(t->s)));
    if (r->variables.bytes)
        TRY(parse_text(t, r->variables, "variables", true, &t->variables));
    if (r->context.bytes)
        TRY(parse_text(t, r->context, "context", true, &t->context));
    if (json_to_i64(json_member(r->configuration, "retrierRetryCount"), &retries) && retries > 0)
        t->retry_count = retries < UINT32_MAX ? (uint32_t)retries : UINT32_MAX;
    return read_mock(t, r->mock);
}

// The state ----------------------------------------------------------------------------------

static enum status compile(struct test *t, struct str text, bool single,
                           const struct definition **out)
{
    const struct definition_options options = {.single_state = single, .single_name = t->name};
    const struct diagnostic *found = NULL;
    size_t count = 0;
    enum status e = definition_compile(t->s, text, &options, out, &found, &count);

    if (e != INVALID)
        return e;
    struct str refusal = definition_refusal(t->s, found, count);
    return test_invalid(t, "InvalidDefinition", "%.*s", STR(refusal));
}

static bool is_in_map(const struct definition *d, uint32_t machine)
{
    for (const struct machine *m = &d->machines[machine]; m->parent != MACHINE_NONE;
         m = &d->machines[m->parent])
        if (d->machines[m->parent].states[m->parent_state].type == STATE_MAP)
            return true;
    return false;
}

// What a state inside a Map sees when the request has no context: its input as the first item.
// AWS: Testing state machines with TestState, Automatic context.
static struct json first_item(struct test *t)
{
    struct json item = json_with(t->s, json_object(NULL, 0), str("Index"), json_i64(t->s, 0));
    struct json map = json_with(t->s, json_object(NULL, 0), str("Item"),
                                json_with(t->s, item, str("Value"), t->input));

    return json_with(t->s, json_object(NULL, 0), str("Map"), map);
}

// Finds the state of a whole definition, wherever it stands in it.
static enum status find_state(struct test *t)
{
    const struct definition *whole = NULL;

    TRY(compile(t, t->request->definition, false, &whole));
    for (uint32_t m = 0; m < whole->machine_count; m++) {
        uint32_t index = machine_find(&whole->machines[m], t->name);
        if (index == STATE_NONE)
            continue;
        const struct state *state = &whole->machines[m].states[index];
        t->source = state->source;
        if (state->language == QUERY_JSONATA)
            t->source =
                json_with(t->s, t->source, str("QueryLanguage"), json_string(str("JSONata")));
        if (!t->request->context.bytes && is_in_map(whole, m))
            t->context = first_item(t);
        return OK;
    }
    return test_invalid(t, "ValidationException",
                        "State '%.*s' does not exist in the state machine definition",
                        STR(t->name));
}

static bool is_listed(struct str name, const char *const *list)
{
    for (; *list; list++)
        if (str_is(name, *list))
            return true;
    return false;
}

// What runs: the state without Retry and Catch, so that its error is seen; with a mock a Task that
// does with a result what the state would do.
static struct json bare_source(struct test *t)
{
    static const char *const dropped[] = {"Retry", "Catch", NULL};
    static const char *const of_mocks[] = {
        "QueryLanguage", "Next",           "End",    "InputPath", "OutputPath",
        "ResultPath",    "ResultSelector", "Output", "Assign",    NULL};
    static const char *const of_mocked_tasks[] = {"Parameters", "Arguments", NULL};
    struct json_member *members = scope_array(t->s, t->source.count + 2U, sizeof *members);
    enum state_type type = test_asked(t)->type;
    bool token = type == STATE_TASK && test_asked(t)->task.resource.pattern == PATTERN_TOKEN;
    size_t count = 0;

    for (uint32_t i = 0; i < t->source.count; i++) {
        struct str name = t->source.members[i].name;
        bool kept = t->mocked ? is_listed(name, of_mocks) ||
                                    (type != STATE_MAP && is_listed(name, of_mocked_tasks))
                              : !is_listed(name, dropped);
        if (kept)
            members[count++] = t->source.members[i];
    }
    if (t->mocked) {
        members[count++] = (struct json_member){str("Type"), json_string(str("Task"))};
        members[count++] = (struct json_member){
            str("Resource"), json_string(str(token ? "arn:aws:states:::mock:run.waitForTaskToken"
                                                   : "arn:aws:states:::mock:run"))};
    }
    return json_object(members, count);
}

static bool needs_mock(const struct state *state)
{
    const struct resource *r = &state->task.resource;

    return state->type == STATE_MAP || state->type == STATE_PARALLEL ||
           (state->type == STATE_TASK &&
            (r->kind == RESOURCE_ACTIVITY || r->pattern != PATTERN_REQUEST));
}

static bool takes_mock(const struct state *state)
{
    return state->type == STATE_TASK || state->type == STATE_MAP || state->type == STATE_PARALLEL;
}

static bool names_inner_state(const struct test *t, struct str name)
{
    for (size_t m = 1; m < t->asked->machine_count; m++)
        if (machine_find(&t->asked->machines[m], name) != STATE_NONE)
            return true;
    return false;
}

static enum status check_mock(struct test *t)
{
    const struct state *state = test_asked(t);
    struct json by = json_member(t->request->configuration, "errorCausedByState");
    struct json result = t->mock_result;
    bool lists = state->type == STATE_PARALLEL || (state->type == STATE_MAP && !state->map.writer);

    if (t->mocked && !takes_mock(state)) {
        return test_invalid(t, "ValidationException",
                            "State type '%s' is not supported when a mock is specified",
                            state_type_name(state->type));
    }
    if (!t->mocked && (needs_mock(state) || (state->type == STATE_TASK && !t->request->run))) {
        return test_invalid(t, "ValidationException",
                            "State type '%s' is only supported when a mock is specified",
                            state_type_name(state->type));
    }
    if (lists && !json_is(result, JSON_NONE) && !json_is(result, JSON_ARRAY))
        return test_invalid(t, "ValidationException", "Mocked result must be an array.");
    if (json_is(by, JSON_STRING) && !names_inner_state(t, json_text(by))) {
        return test_invalid(t, "ValidationException",
                            "errorCausedByState '%.*s' is no state of the tested state",
                            STR(json_text(by)));
    }
    return OK;
}

static enum status read_state(struct test *t)
{
    struct str text = t->request->definition;

    t->name = t->request->state_name;
    if (t->name.bytes) {
        TRY(find_state(t));
    } else {
        t->name = str(SINGLE_STATE_NAME);
        TRY(parse_text(t, text, "The definition", true, &t->source));
    }
    TRY(compile(t, json_to_str(t->s, t->source), true, &t->asked));
    TRY(check_mock(t));
    return compile(t, json_to_str(t->s, bare_source(t)), true, &t->bare);
}

// The run ------------------------------------------------------------------------------------

static enum status frames(struct scope *s, void *context, uint32_t first, uint32_t count,
                          struct frame **out)
{
    struct test *t = context;

    (void)s;
    for (uint32_t i = 0; i < count; i++)
        out[i] = first + i == 0 && t->frame_made && !t->frame_ended ? &t->frame : NULL;
    return OK;
}

static struct frame *frame_new(struct scope *s, void *context, uint32_t id)
{
    struct test *t = context;

    (void)s;
    assert(id == 0 && !t->frame_made);
    t->frame_made = true;
    t->frame = (struct frame){.retry_count = t->retry_count, .variables.value = t->variables};
    return &t->frame;
}

static void frame_changed(void *context, struct frame *f)
{
    (void)context;
    (void)f;
}

static void frame_ended(void *context, struct frame *f)
{
    struct test *t = context;

    (void)f;
    t->frame_ended = true;
}

static enum status payload(struct scope *s, void *context, struct payload *p)
{
    (void)context;
    (void)p;
    return fail(s, INTERNAL, "nothing lies elsewhere");
}

static struct str token(struct scope *s, void *context, uint32_t frame, uint32_t wait)
{
    (void)s;
    (void)context;
    (void)frame;
    (void)wait;
    return str("TestState"); // nobody answers with it
}

static void open_execution(struct test *t)
{
    const struct test_state_request *r = t->request;
    struct chance chance = chance_seeded(r->seed);
    struct uuid id = {0};

    chance_fill(&chance, id.bytes, sizeof id.bytes);
    struct str name = uuid_to_str(t->s, id);
    chance_fill(&chance, id.bytes, sizeof id.bytes);
    struct str machine = uuid_to_str(t->s, id);
    struct str region = r->region.bytes ? r->region : str("us-east-1");
    struct str account = r->account.bytes ? r->account : str("000000000000");
    struct str place = str_format(t->s, "arn:aws:states:%.*s:%.*s:", STR(region), STR(account));

    t->x = (struct execution){
        .id = name,
        .name = name,
        .arn = str_concat(t->s, 5, place, str("express:"), machine, str(":"), name),
        .machine_name = machine,
        .machine_arn = str_concat(t->s, 3, place, str("stateMachine:"), machine),
        .role_arn = r->role_arn,
        .express = true,
        .input.value = t->input,
        .started_at_us = r->now_us,
    };
    t->memory = (struct flow_memory){
        .frames = frames,
        .frame_new = frame_new,
        .frame_changed = frame_changed,
        .frame_ended = frame_ended,
        .payload = payload,
        .token = token,
        .context = t,
        .context_object = t->context,
    };
}

// Sees what a step recorded: the result of a task, the state that was entered next.
static void read_history(struct test *t)
{
    for (size_t i = 0; i < t->effects.history_count; i++) {
        struct json event = t->effects.history[i];
        struct str type = json_text(json_member(event, "type"));
        struct json name = json_path(event, "stateEnteredEventDetails.name");
        if (json_is(name, JSON_STRING) && !str_equal(json_text(name), t->name))
            t->next = json_text(name);
        if (str_is(type, "TaskSucceeded"))
            t->result = json_path(event, "taskSucceededEventDetails.output");
        if (str_is(type, "LambdaFunctionSucceeded"))
            t->result = json_path(event, "lambdaFunctionSucceededEventDetails.output");
    }
}

static enum status step(struct test *t, struct flow_event event)
{
    struct flow_limits limits = flow_limits_default;

    limits.step_events_max = RUN_EVENTS_MAX;
    event.now_us = t->request->now_us;
    event.seed = t->request->seed;
    event.wait = t->frame.wait;
    if (event.kind == EVENT_TIMER)
        event.now_us = t->frame.timer_at_us; // nobody waits for it here
    TRY(flow_step(t->s, t->bare, &t->x, &t->memory, &limits, &event, &t->effects));
    read_history(t);
    t->looped = t->effects.more;
    return OK;
}

static const struct flow_command *task_command(const struct test *t)
{
    for (size_t i = 0; i < t->effects.command_count; i++)
        if (t->effects.commands[i].kind == COMMAND_TASK)
            return &t->effects.commands[i];
    return NULL;
}

static enum status end_task(struct test *t, const struct flow_command *command)
{
    struct flow_event end = {.kind = EVENT_TASK_SUCCEEDED, .value = t->mock_result};

    if (!t->mocked) {
        TRY(t->request->run(t->s, t->request->run_context, command, &end));
    } else if (json_is(t->mock_result, JSON_NONE)) {
        end = (struct flow_event){
            .kind = EVENT_TASK_FAILED, .error = t->mock_error, .cause = t->mock_cause};
    } else if (t->bare->machines[0].states[0].task.resource.pattern == PATTERN_TOKEN) {
        TRY(step(t, (struct flow_event){.kind = EVENT_TASK_SUBMITTED, .value = json_null()}));
    }
    return step(t, end);
}

static enum status run(struct test *t)
{
    open_execution(t);
    TRY(step(t, (struct flow_event){.kind = EVENT_START}));
    for (unsigned i = 0; i < RUN_STEPS_MAX && t->x.status == EXECUTION_RUNNING && !t->looped; i++) {
        const struct flow_command *command = task_command(t);
        if (command)
            TRY(end_task(t, command));
        else if (t->frame.phase == FRAME_WAIT)
            TRY(step(t, (struct flow_event){.kind = EVENT_TIMER, .timer = TIMER_WAIT}));
        else
            break;
    }
    if (t->x.status == EXECUTION_RUNNING && !t->looped)
        return fail(t->s, INTERNAL, "the state %.*s did not end", STR(t->name));
    return OK;
}

static enum status take_outcome(struct test *t)
{
    struct test_state_result *out = t->out;
    bool exceeded = false;
    enum status e = test_map_failures(t, &exceeded);

    if (e != OK && e != REFUSED)
        return e;
    if (exceeded)
        return test_error(t, str("States.ExceedToleratedFailureThreshold"),
                          str("The specified tolerated failure threshold was exceeded"));
    if (t->looped) {
        out->output = t->frame.input.value;
        out->next_state = t->name;
        return OK;
    }
    if (t->x.status != EXECUTION_SUCCEEDED)
        return test_error(t, t->x.error, t->x.cause);
    out->output = t->x.output.value;
    out->next_state = t->next;
    return OK;
}

enum status test_state(struct scope *s, const struct test_state_request *request,
                       struct test_state_result *out)
{
    struct test t = {.s = s, .request = request, .out = out};

    *out = (struct test_state_result){0};
    TRY(read_request(&t));
    TRY(read_state(&t));
    TRY(run(&t));
    TRY(take_outcome(&t));
    return request->level == INSPECT_INFO ? OK : test_inspect(&t);
}

// The answer ---------------------------------------------------------------------------------

static struct json as_text(struct scope *s, struct json value)
{
    return json_string(json_to_str(s, value));
}

// Numbers and errorDetails are given as they are, everything else as the text of its JSON.
static struct json inspection_answer(struct scope *s, struct json inspection)
{
    struct json_member *members = scope_array(s, inspection.count, sizeof *members);

    for (uint32_t i = 0; i < inspection.count; i++) {
        static const char *const plain[] = {"errorDetails", "maxConcurrency",
                                            "toleratedFailureCount", "toleratedFailurePercentage",
                                            NULL};
        members[i] = inspection.members[i];
        if (!is_listed(members[i].name, plain))
            members[i].value = as_text(s, members[i].value);
    }
    return json_object(members, inspection.count);
}

struct json test_state_answer(struct scope *s, const struct test_state_result *result)
{
    static const char *const words[] = {
        [TEST_STATE_SUCCEEDED] = "SUCCEEDED",
        [TEST_STATE_FAILED] = "FAILED",
        [TEST_STATE_RETRIABLE] = "RETRIABLE",
        [TEST_STATE_CAUGHT_ERROR] = "CAUGHT_ERROR",
    };
    struct json_member *m = scope_array(s, 6, sizeof *m);
    size_t count = 0;

    if (!json_is(result->output, JSON_NONE))
        m[count++] = (struct json_member){str("output"), as_text(s, result->output)};
    if (result->error.data)
        m[count++] = (struct json_member){str("error"), json_string(result->error)};
    if (result->cause.data)
        m[count++] = (struct json_member){str("cause"), json_string(result->cause)};
    if (json_is(result->inspection, JSON_OBJECT))
        m[count++] =
            (struct json_member){str("inspectionData"), inspection_answer(s, result->inspection)};
    if (result->next_state.bytes)
        m[count++] = (struct json_member){str("nextState"), json_string(result->next_state)};
    m[count++] = (struct json_member){str("status"), json_string(str(words[result->status]))};
    return json_object(m, count);
}
