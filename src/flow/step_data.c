// What the fields of a state see, and what they give.
#include "core/decimal.h"
#include "core/moment.h"
#include "core/scope.h"
#include "flow/path.h"
#include "flow/step_rules_impl.h"
#include "flow/template.h"

#include <assert.h>
#include <math.h>

enum { ITEM_MEMBERS_MAX = 4 };

enum status refuse(struct step *st, const char *error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    st->failure =
        (struct eval_failure){.error = str(error), .cause = str_format_v(st->s, format, arguments)};
    va_end(arguments);
    return REFUSED;
}

// The context object --------------------------------------------------------------------------

// Whether a state looks at the context object: only then what is large is read for it.
static bool mentions_context(struct json j)
{
    if (j.type == JSON_STRING)
        return str_find(json_text(j), str("$$")) < j.count ||
               str_find(json_text(j), str("$states")) < j.count;
    for (size_t i = 0; j.type == JSON_ARRAY && i < j.count; i++)
        if (mentions_context(j.items[i]))
            return true;
    for (size_t i = 0; j.type == JSON_OBJECT && i < j.count; i++)
        if (mentions_context(j.members[i].value))
            return true;
    return false;
}

static enum status context_payload(struct step *st, const struct state *state, struct payload *p,
                                   struct json *out)
{
    *out = p->value;
    if (json_is(p->value, JSON_NONE) && p->digest.bytes && mentions_context(state->source))
        return payload_get(st, p, out);
    return OK;
}

static struct json time_json(struct step *st, int64_t at_us)
{
    return json_string(moment_to_str(st->s, at_us, MOMENT_MILLISECONDS));
}

static enum status context_execution(struct step *st, const struct state *state, struct json *out)
{
    struct execution *x = st->x;
    struct json input = {0};
    struct object o = {0};

    TRY(context_payload(st, state, &x->input, &input));
    object_put(&o, "Id", json_string(x->arn));
    object_put(&o, "Input", input);
    object_put(&o, "StartTime", time_json(st, x->started_at_us));
    object_put(&o, "Name", json_string(x->name));
    object_put(&o, "RoleArn", json_string(x->role_arn));
    if (!x->express)
        object_put(&o, "RedriveCount", json_i64(st->s, x->redrive_count));
    if (x->redriven_at_us)
        object_put(&o, "RedriveTime", time_json(st, x->redriven_at_us));
    *out = object_json(st->s, &o);
    return OK;
}

static struct json context_state(struct step *st, const struct frame *f, const struct state *state)
{
    struct object o = {0};

    object_put(&o, "Name", json_string(state->name));
    object_put(&o, "EnteredTime", time_json(st, f->entered_at_us));
    if (state->type == STATE_TASK || state->type == STATE_PARALLEL || state->type == STATE_MAP)
        object_put(&o, "RetryCount", json_i64(st->s, f->retry_count));
    return object_json(st->s, &o);
}

static struct json context_machine(struct step *st)
{
    struct object o = {0};

    object_put(&o, "Id", json_string(st->x->machine_arn));
    object_put(&o, "Name", json_string(st->x->machine_name));
    return object_json(st->s, &o);
}

// {"Token": …}; JSON_NONE where nobody answers by token.
static struct json context_task(struct step *st, const struct frame *f, const struct state *state)
{
    struct object o = {0};

    if (state->type != STATE_TASK || state->task.resource.pattern == PATTERN_REQUEST)
        return (struct json){0};
    struct str token = st->memory->token(st->s, st->memory->context, f->id, f->wait);
    object_put(&o, "Token", json_string(token));
    return object_json(st->s, &o);
}

// {"Item": {"Index", "Key", "Value"}} of an iteration.
static enum status context_map(struct step *st, const struct state *state, struct frame *iteration,
                               struct json *out)
{
    struct json value = {0};
    struct object item = {0};
    struct object map = {0};

    TRY(context_payload(st, state, &iteration->item, &value));
    object_put(&item, "Index", json_i64(st->s, iteration->index));
    object_put_text(&item, "Key", iteration->item_key);
    object_put(&item, "Value", value);
    object_put(&map, "Item", object_json(st->s, &item));
    *out = object_json(st->s, &map);
    return OK;
}

// Puts members of objects, and of objects in them, over those of another.
static struct json json_over(struct scope *s, struct json under, struct json over)
{
    if (!json_is(under, JSON_OBJECT) || !json_is(over, JSON_OBJECT))
        return over;
    for (uint32_t i = 0; i < over.count; i++) {
        struct json_member m = over.members[i];
        under = json_with(s, under, m.name, json_over(s, json_get(under, m.name), m.value));
    }
    return under;
}

static enum status context_open(struct step *st, struct frame *f, struct frame *iteration,
                                struct json *out)
{
    const struct state *state = frame_state(st, f);
    struct json execution = {0};
    struct json map = {0};
    struct object o = {0};

    TRY(context_execution(st, state, &execution));
    if (iteration)
        TRY(context_map(st, state, iteration, &map));
    object_put(&o, "Execution", execution);
    object_put(&o, "StateMachine", context_machine(st));
    object_put(&o, "State", context_state(st, f, state));
    object_put(&o, "Task", context_task(st, f, state));
    object_put(&o, "Map", map);
    *out = object_json(st->s, &o);
    if (json_is(st->memory->context_object, JSON_OBJECT))
        *out = json_over(st->s, *out, st->memory->context_object);
    return OK;
}

// Variables ------------------------------------------------------------------------------------

// Walks from a frame outwards: its variables, those around it, and the iteration it belongs to.
static enum status scopes_open(struct step *st, struct frame *f,
                               const struct eval_variables **variables, struct frame **iteration)
{
    struct eval_variables *last = NULL;
    struct frame *parent = NULL;

    for (;; f = parent) {
        struct json values = {0};
        TRY(payload_get(st, &f->variables, &values));
        if (!json_is(values, JSON_NONE)) {
            struct eval_variables *v = scope_new(st->s, struct eval_variables);
            v->values = values;
            if (last)
                last->outer = v;
            else
                *variables = v;
            last = v;
        }
        if (f->parent == FRAME_NONE)
            return OK;
        TRY(frame_parent(st, f, &parent));
        if (!*iteration && frame_state(st, parent)->type == STATE_MAP)
            *iteration = f;
    }
}

// Fields ---------------------------------------------------------------------------------------

static struct json empty_object(void)
{
    return json_object(NULL, 0);
}

// InputPath, OutputPath.
static enum status filter(struct step *st, const struct path_field *field, struct eval *eval,
                          struct json value, struct json *out)
{
    *out = field->is_null ? empty_object() : value;
    if (!field->path)
        return OK;
    eval->input = value;
    return path_evaluate(st->s, field->path, eval, out, &st->failure);
}

static enum status data_open_with(struct step *st, struct frame *f, struct frame *item,
                                  struct data *out)
{
    struct frame *iteration = NULL;
    const struct state *state = frame_state(st, f);

    *out = (struct data){.state = state};
    TRY(scopes_open(st, f, &out->eval.variables, &iteration));
    TRY(context_open(st, f, item ? item : iteration, &out->eval.context));
    TRY(payload_get(st, &f->input, &out->raw));
    out->eval.now_ms = st->event->now_us / MOMENT_MS_US;
    out->eval.chance = &st->chance;
    out->input = out->raw;
    if (state->language == QUERY_JSONPATH)
        TRY(filter(st, &state->input_path, &out->eval, out->raw, &out->input));
    out->eval.input = out->input;
    return OK;
}

enum status data_open(struct step *st, struct frame *f, struct data *out)
{
    return data_open_with(st, f, NULL, out);
}

enum status data_of_item(struct step *st, struct frame *f, struct frame *child, struct data *out)
{
    return data_open_with(st, f, child, out);
}

enum status data_arguments(struct step *st, struct data *d, const struct template *t,
                           struct json *out)
{
    *out = d->input;
    d->eval.input = d->input;
    return t ? template_evaluate(st->s, t, &d->eval, out, &st->failure) : OK;
}

enum status data_operand(struct step *st, struct data *d, const struct operand *o,
                         enum json_type type, struct json *out)
{
    d->eval.input = d->input;
    *out = o->value;
    if (o->path)
        return path_evaluate(st->s, o->path, &d->eval, out, &st->failure);
    if (!o->expression)
        return OK;
    TRY(template_evaluate(st->s, o->expression, &d->eval, out, &st->failure));
    return d->state->language == QUERY_JSONATA && type != JSON_NONE
               ? template_expect(st->s, o->expression, *out, type, &st->failure)
               : OK;
}

// Reads what is written as a whole number: AWS reads the text, so that 2.0 is none of a path.
static bool whole_read(struct json j, bool of_path, int64_t *out)
{
    bool text = json_is(j, JSON_STRING) || (of_path && json_is(j, JSON_NUMBER));

    return text ? str_to_i64(json_text(j), out) : json_to_i64(j, out);
}

// As AWS shows a value in a cause: text as it is, all else as JSON.
static struct str shown(struct step *st, struct json value)
{
    return json_is(value, JSON_STRING) ? json_text(value) : json_to_str(st->s, value);
}

enum status data_whole(struct step *st, struct data *d, const struct operand *o, const char *name,
                       bool *given, int64_t *out)
{
    struct json value = {0};
    double number = 0;

    *given = operand_given(o);
    if (!*given)
        return OK;
    TRY(data_operand(st, d, o, JSON_NUMBER, &value));
    if (whole_read(value, o->path != NULL, out))
        return OK;
    if (o->path) {
        struct str path = path_text(o->path);
        return refuse(
            st, "States.Runtime",
            "The %sPath field refers to value \"%.*s\" which is not a valid integer: %.*s", name,
            STR(shown(st, value)), STR(path));
    }
    // What JSONata computes may have a fraction.
    if (json_to_double(value, &number) && fabs(number) < (double)INT32_MAX)
        *out = (int64_t)number;
    else
        *out = number < 0 ? -1 : INT32_MAX;
    return OK;
}

enum status data_percent(struct step *st, struct data *d, const struct operand *o, const char *name,
                         bool *given, double *out)
{
    struct json value = {0};

    *given = operand_given(o);
    if (!*given)
        return OK;
    TRY(data_operand(st, d, o, JSON_NUMBER, &value));
    struct json number = value;
    if (json_is(value, JSON_STRING) &&
        json_parse(st->s, json_text(value), &json_limits_strict, &number) != OK)
        scope_forgive(st->s);
    if (json_to_double(number, out))
        return OK;
    return refuse(st, "States.Runtime",
                  "The %sPath field refers to value \"%.*s\" which is not a valid float: %.*s",
                  name, STR(shown(st, value)), STR(o->path ? path_text(o->path) : str(name)));
}

static enum status refuse_seconds(struct step *st, struct data *d, const struct operand *o,
                                  const char *name, struct json value, bool whole)
{
    if (o->path) {
        return refuse(st, "States.Runtime", "The %sPath parameter %s value: %.*s == %.*s", name,
                      whole ? "references a negative" : "cannot be parsed as a long",
                      STR(path_text(o->path)), STR(shown(st, value)));
    }
    enum status e = refuse(
        st, d->state->language == QUERY_JSONATA ? "States.QueryEvaluationError" : "States.Runtime",
        "The %s field must be a non-negative number but was: %.*s", name, STR(shown(st, value)));
    st->failure.location = str(name);
    return e;
}

enum status data_seconds(struct step *st, struct data *d, const struct operand *o, const char *name,
                         bool *given, int64_t *out)
{
    struct json value = {0};
    double number = 0;

    *given = operand_given(o);
    if (!*given)
        return OK;
    TRY(data_operand(st, d, o, JSON_NUMBER, &value));
    bool whole = whole_read(value, o->path != NULL, out);
    // What JSONata computes may have a fraction.
    if (!whole && !o->path && json_to_double(value, &number) && fabs(number) < (double)INT32_MAX) {
        *out = (int64_t)floor(number);
        whole = true;
    }
    return whole && *out >= 0 ? OK : refuse_seconds(st, d, o, name, value, whole);
}

// Outcomes -------------------------------------------------------------------------------------

// Returns at least the bytes that a value takes as text, and at most six times as many.
static size_t bytes_about(struct json j, size_t max)
{
    size_t bytes = j.count + 2;

    if (j.type == JSON_ARRAY)
        for (size_t i = 0; i < j.count && bytes <= max; i++)
            bytes += bytes_about(j.items[i], max - bytes);
    if (j.type == JSON_OBJECT)
        for (size_t i = 0; i < j.count && bytes <= max; i++)
            bytes += j.members[i].name.bytes + 4 + bytes_about(j.members[i].value, max);
    return bytes;
}

// Escapes make text at most six times as long; nulls and booleans are counted short.
static bool payload_fits(struct step *st, struct json value)
{
    size_t max = st->limits->payload_bytes_max;

    return bytes_about(value, max / 6 + 1) <= max / 6 || json_to_str(st->s, value).bytes <= max;
}

enum status payload_check(struct step *st, struct json value, struct str who)
{
    if (payload_fits(st, value))
        return OK;
    st->failure_whole = true;
    return refuse(st, "States.DataLimitExceeded",
                  "The state/task '%.*s' returned a result with a size exceeding the maximum "
                  "number of bytes service limit.",
                  STR(who));
}

// Assign: all at once, so that each sees what was there before.
static enum status assigned(struct step *st, const struct template *t, struct data *d,
                            struct json input, struct json *out)
{
    if (!t)
        return OK;
    d->eval.input = d->state->language == QUERY_JSONATA ? d->raw : input;
    TRY(template_evaluate(st->s, t, &d->eval, out, &st->failure));
    return payload_check(st, *out, d->state->name);
}

static enum status outcome_of_jsonata(struct step *st, struct data *d,
                                      const struct template *output, const struct template *assign,
                                      struct json otherwise, struct outcome *out)
{
    d->eval.input = d->raw;
    out->output = otherwise;
    if (output)
        TRY(template_evaluate(st->s, output, &d->eval, &out->output, &st->failure));
    TRY(assigned(st, assign, d, d->raw, &out->assigned));
    return payload_check(st, out->output, d->state->name);
}

// ResultPath.
static enum status put_result(struct step *st, const struct path_field *field, struct json raw,
                              struct json result, struct json *out)
{
    *out = field->is_null ? raw : result;
    return field->path ? path_put(st->s, field->path, raw, result, out, &st->failure) : OK;
}

enum status outcome_of_result(struct step *st, struct data *d, struct json result,
                              struct outcome *out)
{
    const struct state *state = d->state;

    *out = (struct outcome){.next = state->next};
    if (state->language == QUERY_JSONATA) {
        if (state->type != STATE_PASS)
            d->eval.result = result;
        return outcome_of_jsonata(st, d, state->output, state->assign, result, out);
    }
    if (state->result_selector) {
        d->eval.input = result;
        TRY(template_evaluate(st->s, state->result_selector, &d->eval, &result, &st->failure));
    }
    TRY(assigned(st, state->assign, d, result, &out->assigned));
    TRY(put_result(st, &state->result_path, d->raw, result, &out->output));
    TRY(filter(st, &state->output_path, &d->eval, out->output, &out->output));
    return payload_check(st, out->output, state->name);
}

enum status outcome_of_input(struct step *st, struct data *d, const struct template *output,
                             const struct template *assign, struct outcome *out)
{
    const struct state *state = d->state;

    *out = (struct outcome){.next = state->next};
    if (state->language == QUERY_JSONATA)
        return outcome_of_jsonata(st, d, output, assign, d->raw, out);
    TRY(assigned(st, assign, d, d->input, &out->assigned));
    TRY(filter(st, &state->output_path, &d->eval, d->input, &out->output));
    return payload_check(st, out->output, state->name);
}

enum status outcome_of_error(struct step *st, struct frame *f, const struct catcher *c,
                             struct json error_output, struct outcome *out)
{
    struct data d = {0};

    TRY(data_open(st, f, &d));
    *out = (struct outcome){.next = c->next};
    if (d.state->language == QUERY_JSONATA) {
        d.eval.error_output = error_output;
        return outcome_of_jsonata(st, &d, c->output, c->assign, error_output, out);
    }
    TRY(assigned(st, c->assign, &d, error_output, &out->assigned));
    TRY(put_result(st, &c->result_path, d.raw, error_output, &out->output));
    return payload_check(st, out->output, d.state->name);
}
