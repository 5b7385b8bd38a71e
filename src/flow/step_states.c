// The states that do not run anything: Pass, Choice, Wait, Succeed, Fail; and how any state is
// left.
#include "core/moment.h"
#include "core/scope.h"
#include "flow/choice.h"
#include "flow/path.h"
#include "flow/step_rules_impl.h"

#include <assert.h>

enum { WAIT_SECONDS_MAX = 99999999 };

static enum status variables_keep(struct step *st, struct frame *f, struct json assigned)
{
    struct json values = {0};

    if (!json_is(assigned, JSON_OBJECT) || assigned.count == 0)
        return OK;
    TRY(payload_get(st, &f->variables, &values));
    if (!json_is(values, JSON_OBJECT))
        values = json_object(NULL, 0);
    for (size_t i = 0; i < assigned.count; i++)
        values = json_with(st->s, values, assigned.members[i].name, assigned.members[i].value);
    payload_set(&f->variables, values);
    return OK;
}

// A line of control has come to its end.
static enum status frame_done(struct step *st, struct frame *f, struct json output)
{
    if (f->parent != FRAME_NONE)
        return child_done(st, f, output);
    struct object o = {0};
    history_put_data(&o, "output", output);
    history_next(st, f, "ExecutionSucceeded", "executionSucceededEventDetails",
                 object_json(st->s, &o));
    payload_set(&st->x->output, output);
    execution_close(st, EXECUTION_SUCCEEDED, (struct str){0}, (struct str){0});
    st->memory->frame_ended(st->memory->context, f);
    return OK;
}

enum status state_exit(struct step *st, struct frame *f, const struct outcome *outcome)
{
    history_exited(st, f, outcome->output, outcome->assigned);
    TRY(variables_keep(st, f, outcome->assigned));
    memset(f->retry_counts, 0, sizeof f->retry_counts);
    f->retry_count = 0;
    if (outcome->next == STATE_NONE)
        return frame_done(st, f, outcome->output);
    payload_set(&f->input, outcome->output);
    f->state = outcome->next;
    f->phase = FRAME_ENTER;
    frame_touch(st, f);
    ready_push(st, f->id);
    return OK;
}

enum status pass_begin(struct step *st, struct frame *f)
{
    struct data d = {0};
    struct json result = {0};
    struct outcome outcome = {0};

    TRY(data_open(st, f, &d));
    TRY(data_arguments(st, &d, d.state->parameters, &result));
    if (!json_is(d.state->result, JSON_NONE))
        result = d.state->result;
    TRY(outcome_of_result(st, &d, result, &outcome));
    return state_exit(st, f, &outcome);
}

// The rule that holds, or NULL.
static enum status choose(struct step *st, struct data *d, const struct choice_rule **out)
{
    const struct choice_state *choice = &d->state->choice;
    bool holds = false;

    for (size_t i = 0; i < choice->rule_count && !holds; i++) {
        TRY(choice_evaluate(st->s, choice->rules[i].test, &d->eval, &holds, &st->failure));
        if (holds)
            *out = &choice->rules[i];
    }
    return OK;
}

enum status choice_begin(struct step *st, struct frame *f)
{
    const struct choice_rule *rule = NULL;
    struct data d = {0};
    struct outcome outcome = {0};

    TRY(data_open(st, f, &d));
    TRY(choose(st, &d, &rule));
    uint32_t next = rule ? rule->next : d.state->choice.otherwise;
    if (next == STATE_NONE) {
        // AWS's service does not say States.NoChoiceMatched, as the States Language has it.
        return refuse(st, "States.Runtime",
                      "Failed to transition out of the state. The state does not point to a next "
                      "state.");
    }
    TRY(outcome_of_input(st, &d, rule ? rule->output : d.state->output,
                         rule ? rule->assign : d.state->assign, &outcome));
    outcome.next = next;
    return state_exit(st, f, &outcome);
}

// ISO 8601 with an offset; the seconds may be left out.
static bool timestamp_read(struct scope *s, struct str text, int64_t *out)
{
    enum { DATE_AND_MINUTES_BYTES = 16 }; // 2016-03-14T01:59
    struct str rest = str_slice(text, DATE_AND_MINUTES_BYTES, text.bytes);

    if (text.bytes <= DATE_AND_MINUTES_BYTES || (text.data[10] != 'T' && text.data[10] != 't'))
        return false;
    if (rest.data[0] == ':')
        return moment_read(text, out);
    struct str minutes = str_slice(text, 0, DATE_AND_MINUTES_BYTES);
    return moment_read(str_concat(s, 3, minutes, str(":00"), rest), out);
}

static enum status timestamp_refuse(struct step *st, struct data *d, struct json value)
{
    const struct operand *o = &d->state->wait.timestamp;
    struct str text = json_is(value, JSON_STRING) ? json_text(value) : json_to_str(st->s, value);

    if (o->path) {
        return refuse(st, "States.Runtime",
                      "The TimestampPath parameter does not reference a valid ISO-8601 extended "
                      "offset date-time format string: %.*s == %.*s",
                      STR(path_text(o->path)), STR(text));
    }
    enum status e = refuse(st, "States.QueryEvaluationError",
                           "The Timestamp field cannot be parsed as an ISO-8601 extended offset "
                           "date-time format string: %.*s",
                           STR(text));
    st->failure.location = str("Timestamp");
    return e;
}

// When the state shall be left.
static enum status wait_until(struct step *st, struct data *d, int64_t *at_us)
{
    const struct wait_state *wait = &d->state->wait;
    struct json value = {0};
    bool given = false;
    int64_t seconds = 0;

    if (operand_given(&wait->timestamp)) {
        TRY(data_operand(st, d, &wait->timestamp, JSON_STRING, &value));
        if (!json_is(value, JSON_STRING) || !timestamp_read(st->s, json_text(value), at_us))
            return timestamp_refuse(st, d, value);
        return OK;
    }
    TRY(data_seconds(st, d, &wait->seconds, "Seconds", &given, &seconds));
    if (seconds > WAIT_SECONDS_MAX)
        seconds = WAIT_SECONDS_MAX;
    *at_us = st->event->now_us + seconds * MOMENT_SECOND_US;
    return OK;
}

enum status wait_state_begin(struct step *st, struct frame *f)
{
    struct data d = {0};
    int64_t at_us = 0;

    TRY(data_open(st, f, &d));
    TRY(wait_until(st, &d, &at_us));
    if (at_us <= st->event->now_us)
        return wait_state_due(st, f);
    wait_begin(st, f, FRAME_WAIT);
    timer_set(st, f, TIMER_WAIT, at_us);
    return OK;
}

enum status wait_state_due(struct step *st, struct frame *f)
{
    struct data d = {0};
    struct outcome outcome = {0};

    TRY(data_open(st, f, &d));
    TRY(outcome_of_input(st, &d, d.state->output, d.state->assign, &outcome));
    return state_exit(st, f, &outcome);
}

enum status succeed_begin(struct step *st, struct frame *f)
{
    struct data d = {0};
    struct outcome outcome = {0};

    TRY(data_open(st, f, &d));
    TRY(outcome_of_input(st, &d, d.state->output, NULL, &outcome));
    outcome.next = STATE_NONE;
    return state_exit(st, f, &outcome);
}

// Error or Cause; data is NULL when it is not given.
static enum status fail_text(struct step *st, struct data *d, const struct operand *o,
                             const char *name, struct str *out)
{
    struct json value = {0};

    if (!operand_given(o))
        return OK;
    TRY(data_operand(st, d, o, JSON_STRING, &value));
    if (!json_is(value, JSON_STRING)) {
        return refuse(st, "States.Runtime",
                      "The value of the field '%sPath' must be a string but was: %.*s", name,
                      STR(json_to_str(st->s, value)));
    }
    *out = json_text(value);
    if (!out->data)
        out->data = "";
    return OK;
}

enum status fail_begin(struct step *st, struct frame *f)
{
    struct data d = {0};
    struct str error = {0};
    struct str cause = {0};

    TRY(data_open(st, f, &d));
    TRY(fail_text(st, &d, &d.state->fail.error, "Error", &error));
    TRY(fail_text(st, &d, &d.state->fail.cause, "Cause", &cause));
    return error_raise(st, f, error, cause);
}
