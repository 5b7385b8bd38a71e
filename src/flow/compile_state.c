// States: the fields that several types share, and the types that have few of their own.
#include "core/moment.h"
#include "core/scope.h"
#include "flow/compile_fields_impl.h"
#include "flow/template.h"

enum {
    PASS = 1U << STATE_PASS,
    TASK = 1U << STATE_TASK,
    CHOICE = 1U << STATE_CHOICE,
    WAIT = 1U << STATE_WAIT,
    SUCCEED = 1U << STATE_SUCCEED,
    FAIL = 1U << STATE_FAIL,
    PARALLEL = 1U << STATE_PARALLEL,
    MAP = 1U << STATE_MAP,
    ANY = (1U << STATE_TYPE_COUNT) - 1,
};

static const struct field_rule rules[] = {
#define STATE_FIELD(name, language, types) {name, language, types},
#include "flow/state_fields.def"
#undef STATE_FIELD
};

static const char *const type_words[] = {"Pass", "Task",     "Choice", "Wait", "Succeed",
                                         "Fail", "Parallel", "Map",    NULL};
static const char *const language_words[] = {"JSONPath", "JSONata", NULL};

// The query language in force: the state's, else that of the whole, which if it is JSONata cannot
// be left again.
static enum query_language state_language(struct compiler *c, const struct place *at,
                                          struct json object)
{
    int own = field_word(c, at, object, "QueryLanguage", language_words);

    if (own < 0)
        return c->language;
    if (own == QUERY_JSONPATH && c->language == QUERY_JSONATA) {
        report_schema(c, at,
                      "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state "
                      "machine");
        return QUERY_JSONATA;
    }
    return own == QUERY_JSONATA ? QUERY_JSONATA : QUERY_JSONPATH;
}

static void compile_transition(struct compiler *c, const struct place *at, struct json object,
                               const struct machine_owner *owner, struct state *out)
{
    static const char *const names[] = {"Next", "End", NULL};

    out->end = out->type == STATE_SUCCEED || out->type == STATE_FAIL;
    if (out->end || out->type == STATE_CHOICE)
        return;
    if (!fields_choose(c, at, object, names, true))
        return;
    (void)field_text(c, at, object, "Next");
    out->end = field_flag(c, at, object, "End");
    if (!out->end && json_is(json_member(object, "End"), JSON_FALSE))
        report_schema(c, at, "There should be one of the following fields: [Next, End]");
    out->next = target_find(c, owner->machine, object, "Next");
}

static void compile_shared(struct compiler *c, const struct place *at, struct json object,
                           struct state *out)
{
    (void)field_text(c, at, object, "Comment");
    out->assign = field_assign(c, at, object);
    if (out->language == QUERY_JSONATA) {
        out->parameters = field_template(c, at, object, "Arguments");
        out->output = field_template(c, at, object, "Output");
        return;
    }
    out->input_path = field_path_or_null(c, at, object, "InputPath", PATH_FILTER);
    out->output_path = field_path_or_null(c, at, object, "OutputPath", PATH_FILTER);
    out->result_path = field_path_or_null(c, at, object, "ResultPath", PATH_RESULT);
    if (out->type != STATE_MAP) // there it is the item selector
        out->parameters = field_template(c, at, object, "Parameters");
    out->result_selector = field_payload(c, at, object, "ResultSelector");
    out->result = json_member(object, "Result");
}

static void compile_wait(struct compiler *c, const struct place *at, struct json object,
                         struct state *out)
{
    static const char *const all[] = {"Seconds", "SecondsPath", "Timestamp", "TimestampPath", NULL};
    static const char *const jsonata[] = {"Seconds", "Timestamp", NULL};
    static const struct number_rule seconds = {"Seconds", "SecondsPath", 0, SECONDS_MAX, false};
    struct json timestamp = json_member(object, "Timestamp");
    struct place there = place_field(at, "Timestamp");
    int64_t at_us = 0;

    if (!fields_choose(c, at, object, out->language == QUERY_JSONATA ? jsonata : all, true))
        return;
    out->wait.seconds = field_number(c, at, object, &seconds);
    if (out->language == QUERY_JSONPATH)
        out->wait.timestamp.path = field_path(c, at, object, "TimestampPath", PATH_VALUE);
    else if (is_expression(timestamp))
        out->wait.timestamp.expression = field_template(c, at, object, "Timestamp");
    if (json_is(timestamp, JSON_NONE) || out->wait.timestamp.expression)
        return;
    out->wait.timestamp.value = timestamp;
    if (!moment_read(field_text(c, at, object, "Timestamp"), &at_us))
        report_schema(c, &there, "Value is not a valid RFC 3339 timestamp");
}

// Error or Cause: a text, "{% … %}", or under the other name a path or a call.
static struct operand compile_failure(struct compiler *c, const struct place *at,
                                      struct json object, const char *name, const char *path_name)
{
    struct operand out = {0};
    struct place there = place_field(at, path_name);
    struct str path = {0};

    if (!fields_choose(c, at, object, (const char *[]){name, path_name, NULL}, false))
        return out;
    if (at->language == QUERY_JSONPATH)
        path = field_text(c, at, object, path_name);
    if (path.data && template_compile_path(c->s, str(path_name), path, &out.expression) != OK) {
        scope_forgive(c->s);
        report_schema(c, &there,
                      "The value for the field '%s' must be a valid JSONPath or a valid intrinsic "
                      "function call",
                      path_name);
    }
    if (at->language == QUERY_JSONATA && is_expression(json_member(object, name)))
        out.expression = field_template(c, at, object, name);
    else if (field_text(c, at, object, name).data)
        out.value = json_member(object, name);
    return out;
}

void compile_parallel(struct compiler *c, const struct place *at, struct json object,
                      const struct machine_owner *owner, struct state *out)
{
    static const char *const required[] = {"Branches", NULL};
    struct place there = place_field(at, "Branches");

    if (!fields_require(c, at, object, required))
        return;
    struct json branches = field_array(c, at, object, "Branches");
    if (json_is(branches, JSON_ARRAY) && branches.count == 0)
        report_schema(c, &there, "Array should have at least 1 item");
    uint32_t *list = scope_array(c->s, branches.count, sizeof *list);
    for (uint32_t i = 0; i < branches.count; i++) {
        struct place branch = place_item(&there, i);
        struct machine_owner of = {owner->machine, owner->state, i};
        list[i] = compile_machine(c, &branch, branches.items[i], &of);
    }
    out->parallel = (struct parallel_state){list, branches.count};
}

static void compile_type(struct compiler *c, const struct place *at, struct json object,
                         const struct machine_owner *owner, struct state *out)
{
    switch (out->type) {
    case STATE_TASK:
        compile_task(c, at, object, out);
        break;
    case STATE_CHOICE:
        compile_choice(c, at, object, owner, out);
        break;
    case STATE_WAIT:
        compile_wait(c, at, object, out);
        break;
    case STATE_FAIL:
        out->fail.error = compile_failure(c, at, object, "Error", "ErrorPath");
        out->fail.cause = compile_failure(c, at, object, "Cause", "CausePath");
        break;
    case STATE_PARALLEL:
        compile_parallel(c, at, object, owner, out);
        break;
    case STATE_MAP:
        compile_map(c, at, object, owner, out);
        break;
    case STATE_PASS:
    case STATE_SUCCEED:
    case STATE_TYPE_COUNT:
        break;
    }
}

void compile_state(struct compiler *c, const struct place *at, struct json object,
                   const struct machine_owner *owner, struct state *out)
{
    static const char *const required[] = {"Type", NULL};
    struct place here = *at;

    out->source = object;
    out->next = STATE_NONE;
    out->end = true;
    if (!json_is(object, JSON_OBJECT)) {
        report_schema(c, at, "Expected value of type Object");
        return;
    }
    if (!fields_require(c, at, object, required))
        return;
    int type = field_word(c, at, object, "Type", type_words);
    if (type < 0)
        return;
    out->type = (enum state_type)type;
    out->language = here.language = state_language(c, at, object);
    fields_check(c, &here, object, rules, sizeof rules / sizeof *rules, 1U << type);
    compile_transition(c, &here, object, owner, out);
    compile_shared(c, &here, object, out);
    compile_type(c, &here, object, owner, out);
    compile_retry(c, &here, object, out);
    compile_catch(c, &here, object, owner, out);
}
