// How the data of the state was transformed, as TestState shows it; and what the state's own Retry
// and Catch do with its error. Computed with the interpreter's own functions on a frame as it was
// when the state was entered.
//
// Which members there are follows what AWS recorded: a Pass with a Result shows nothing of its
// input, a state with branches or iterations only what follows its result.
#include "core/scope.h"
#include "flow/path.h"
#include "flow/step_rules_impl.h"
#include "flow/template.h"
#include "flow/test_state_impl.h"

#include <math.h>

enum { INSPECTION_MEMBERS_MAX = 24 };

// A look at the state that was asked for, with what was there when it was entered.
struct look {
    struct test *t;
    struct step st;
    struct frame frame;
    struct flow_event event;
    struct data data;
    struct json_member members[INSPECTION_MEMBERS_MAX];
    size_t count;
};

static void look_init(struct look *l, struct test *t)
{
    *l = (struct look){.t = t};
    l->frame = (struct frame){
        .parent = FRAME_NONE,
        .input.value = t->input,
        .variables.value = t->variables,
        .entered_at_us = t->frame.entered_at_us,
        .retry_count = t->retry_count,
    };
    l->event = (struct flow_event){.now_us = t->request->now_us, .seed = t->request->seed};
    l->st = (struct step){
        .s = t->s,
        .d = t->asked,
        .x = &t->x,
        .memory = &t->memory,
        .limits = &flow_limits_default,
        .event = &l->event,
        .out = &t->effects,
        .chance = chance_seeded(t->request->seed),
    };
}

static void put(struct look *l, const char *name, struct json value)
{
    if (!json_is(value, JSON_NONE) && l->count < INSPECTION_MEMBERS_MAX)
        l->members[l->count++] = (struct json_member){str(name), value};
}

// Retry and Catch ----------------------------------------------------------------------------

static void put_details(struct test *t, const char *name, int64_t value)
{
    struct json details = t->details;

    if (json_is(details, JSON_NONE))
        details = json_object(NULL, 0);
    t->details = json_with(t->s, details, str(name), json_i64(t->s, value));
}

// The delay without jitter. States Language, Retry.
static int64_t backoff_s(const struct retrier *r, uint32_t attempts)
{
    double seconds = (double)r->interval_s * pow(r->backoff_rate, attempts);

    if (r->delay_max_s && seconds > (double)r->delay_max_s)
        seconds = (double)r->delay_max_s;
    return seconds < 1e15 ? (int64_t)seconds : (int64_t)1e15;
}

static bool retries(struct test *t, struct str error)
{
    const struct state *state = test_asked(t);

    for (size_t i = 0; i < state->retrier_count; i++) {
        const struct retrier *r = &state->retriers[i];
        if (!error_matches(&r->errors, error))
            continue;
        if (t->retry_count >= r->attempts_max)
            return false;
        put_details(t, "retryIndex", (int64_t)i);
        put_details(t, "retryBackoffIntervalSeconds", backoff_s(r, t->retry_count));
        return true;
    }
    return false;
}

static struct json text_or_null(struct str text)
{
    return text.data ? json_string(text) : json_null();
}

static struct json error_output(struct scope *s, struct str error, struct str cause)
{
    struct json o = json_with(s, json_object(NULL, 0), str("Error"), text_or_null(error));

    return json_with(s, o, str("Cause"), text_or_null(cause));
}

// Gives what the catcher gives. What fails in it is the state's error then.
static enum status catch_error(struct test *t, const struct catcher *c)
{
    struct test_state_result *out = t->out;
    struct outcome outcome = {0};
    struct look l;

    look_init(&l, t);
    enum status e =
        outcome_of_error(&l.st, &l.frame, c, error_output(t->s, out->error, out->cause), &outcome);
    if (e == REFUSED) {
        scope_forgive(t->s);
        out->error = l.st.failure.error;
        out->cause = l.st.failure.cause;
        return OK;
    }
    if (e != OK)
        return e;
    out->status = TEST_STATE_CAUGHT_ERROR;
    out->output = outcome.output;
    out->next_state = t->asked->machines[0].states[c->next].name;
    t->assigned = outcome.assigned;
    return OK;
}

enum status test_error(struct test *t, struct str error, struct str cause)
{
    const struct state *state = test_asked(t);
    struct test_state_result *out = t->out;

    out->status = TEST_STATE_FAILED;
    out->error = error;
    out->cause = cause;
    if (retries(t, error)) {
        out->status = TEST_STATE_RETRIABLE;
        return OK;
    }
    for (size_t i = 0; i < state->catcher_count; i++) {
        if (!error_matches(&state->catchers[i].errors, error))
            continue;
        put_details(t, "catchIndex", (int64_t)i);
        return catch_error(t, &state->catchers[i]);
    }
    return OK;
}

// What the state did ---------------------------------------------------------------------------

// Arguments or Parameters, with the input before them.
static enum status inspect_input(struct look *l)
{
    const struct state *state = l->data.state;
    struct json arguments = {0};

    if (state->language == QUERY_JSONATA) {
        if (state->type != STATE_TASK)
            return OK;
        TRY(data_arguments(&l->st, &l->data, state->parameters, &arguments));
        put(l, "afterArguments", arguments);
        return OK;
    }
    if (state->type == STATE_PASS && !json_is(state->result, JSON_NONE))
        return OK;
    put(l, "afterInputPath", l->data.input);
    if (state->type != STATE_PASS && state->type != STATE_TASK)
        return OK;
    TRY(data_arguments(&l->st, &l->data, state->parameters, &arguments));
    put(l, "afterParameters", arguments);
    if (state->type == STATE_PASS)
        l->t->result = arguments;
    return OK;
}

static enum status inspect_result(struct look *l, struct json result)
{
    const struct state *state = l->data.state;
    const struct path_field *field = &state->result_path;

    if (state->language == QUERY_JSONATA || json_is(result, JSON_NONE))
        return OK;
    if (state->result_selector) {
        l->data.eval.input = result;
        TRY(template_evaluate(l->t->s, state->result_selector, &l->data.eval, &result,
                              &l->st.failure));
    }
    put(l, "afterResultSelector", result);
    struct json placed = field->is_null ? l->data.raw : result;
    if (field->path)
        TRY(path_put(l->t->s, field->path, l->data.raw, result, &placed, &l->st.failure));
    put(l, "afterResultPath", placed);
    return OK;
}

// Map ------------------------------------------------------------------------------------------

static enum status inspect_numbers(struct look *l)
{
    const struct map_state *map = &l->data.state->map;
    struct json percent = {0};
    int64_t number = 0;
    bool given = false;

    TRY(data_whole(&l->st, &l->data, &map->failures_max, "ToleratedFailureCount", &given, &number));
    if (given)
        put(l, "toleratedFailureCount", json_i64(l->t->s, number));
    TRY(data_operand(&l->st, &l->data, &map->failures_percent, JSON_NUMBER, &percent));
    put(l, "toleratedFailurePercentage", percent);
    number = 0;
    TRY(data_whole(&l->st, &l->data, &map->concurrency_max, "MaxConcurrency", &given, &number));
    put(l, "maxConcurrency", json_i64(l->t->s, number));
    return OK;
}

static enum status find_items(struct look *l, struct json *out)
{
    const struct map_state *map = &l->data.state->map;
    struct json read = json_member(l->t->request->configuration, "mapItemReaderData");

    *out = l->data.input;
    l->data.eval.input = l->data.input;
    if (map->reader && json_is(read, JSON_STRING)) {
        if (json_parse(l->t->s, json_text(read), &json_limits_lenient, out) == OK)
            return OK;
        return refuse(&l->st, "States.ItemReaderFailed", "The data of the ItemReader is no JSON");
    }
    if (map->items.expression)
        return template_evaluate(l->t->s, map->items.expression, &l->data.eval, out,
                                 &l->st.failure);
    if (map->items_path.path)
        return path_evaluate(l->t->s, map->items_path.path, &l->data.eval, out, &l->st.failure);
    return OK;
}

static enum status select_items(struct look *l, struct json items, struct json *out)
{
    const struct map_state *map = &l->data.state->map;
    struct json *list = scope_array(l->t->s, items.count, sizeof *list);

    for (uint32_t i = 0; i < items.count; i++) {
        struct frame child = {.index = i, .item.value = items.items[i]};
        struct data d = {0};
        TRY(data_of_item(&l->st, &l->frame, &child, &d));
        TRY(data_arguments(&l->st, &d, map->item_selector, &list[i]));
    }
    *out = json_array(list, items.count);
    return OK;
}

// Batches by MaxItemsPerBatch; by bytes it is left to the run.
static enum status inspect_batches(struct look *l, struct json items)
{
    const struct item_batcher *b = l->data.state->map.batcher;
    struct json *list = scope_array(l->t->s, items.count, sizeof *list);
    struct json input = {0};
    int64_t most = 0;
    uint32_t count = 0;
    bool given = false;

    TRY(data_whole(&l->st, &l->data, &b->items_max, "MaxItemsPerBatch", &given, &most));
    if (b->input)
        TRY(data_arguments(&l->st, &l->data, b->input, &input));
    if (!given || most <= 0 || most > items.count)
        most = items.count;
    for (uint32_t i = 0; i < items.count; i += (uint32_t)most) {
        uint32_t rest = items.count - i;
        struct json part = json_array(items.items + i, rest < most ? rest : (size_t)most);
        struct json batch = json_object(NULL, 0);
        if (!json_is(input, JSON_NONE))
            batch = json_with(l->t->s, batch, str("BatchInput"), input);
        list[count++] = json_with(l->t->s, batch, str("Items"), part);
    }
    put(l, "afterItemBatcher", json_array(list, count));
    return OK;
}

static enum status inspect_items(struct look *l)
{
    const struct map_state *map = &l->data.state->map;
    struct json items = {0};

    TRY(find_items(l, &items));
    if (l->data.state->language == QUERY_JSONPATH && map->items_path.path)
        put(l, "afterItemsPath", items);
    if (!json_is(items, JSON_ARRAY))
        return OK;
    if (map->item_selector) {
        TRY(select_items(l, items, &items));
        put(l, "afterItemSelector", items);
    }
    return map->batcher ? inspect_batches(l, items) : OK;
}

enum status test_map_failures(struct test *t, bool *exceeded)
{
    const struct state *state = test_asked(t);
    int64_t failed = 0, most = 0;
    double percent_most = 0;
    bool given = false;
    struct json percent = {0}, items = {0};
    struct look l;

    *exceeded = false;
    if (state->type != STATE_MAP ||
        !json_to_i64(json_member(t->request->configuration, "mapIterationFailureCount"), &failed))
        return OK;
    look_init(&l, t);
    TRY(data_open(&l.st, &l.frame, &l.data));
    TRY(find_items(&l, &items));
    if (json_is(items, JSON_ARRAY) && failed > items.count)
        return test_invalid(t, "ValidationException",
                            "mapIterationFailureCount must not exceed the number of items");
    TRY(data_whole(&l.st, &l.data, &state->map.failures_max, "ToleratedFailureCount", &given,
                   &most));
    TRY(data_operand(&l.st, &l.data, &state->map.failures_percent, JSON_NUMBER, &percent));
    bool percent_given = json_to_double(percent, &percent_most);
    double share = items.count ? 100.0 * (double)failed / items.count : 0;
    *exceeded = (given || !percent_given ? failed > most : false) ||
                (percent_given && share > percent_most);
    return OK;
}

static enum status inspect_map(struct look *l)
{
    TRY(inspect_items(l));
    return inspect_numbers(l);
}

// All of it ------------------------------------------------------------------------------------

static enum status inspect_state(struct look *l)
{
    struct test *t = l->t;

    TRY(data_open(&l->st, &l->frame, &l->data));
    const struct state *state = l->data.state;
    if (state->type == STATE_MAP)
        TRY(inspect_map(l));
    else if (state->type != STATE_PARALLEL)
        TRY(inspect_input(l));
    if (t->out->error.data)
        return OK; // it has no result
    if (state->type == STATE_PASS && !json_is(state->result, JSON_NONE))
        t->result = state->result;
    // A Pass without a Result has none of its own. AWS: Testing state machines with TestState.
    if (state->type == STATE_TASK || !json_is(state->result, JSON_NONE))
        put(l, "result", t->result);
    return inspect_result(l, t->result);
}

// After the state: what was there, and what it assigned.
static struct json variables(const struct test *t)
{
    struct json all = t->frame.variables.value;

    for (uint32_t i = 0; json_is(t->assigned, JSON_OBJECT) && i < t->assigned.count; i++)
        all = json_with(t->s, all, t->assigned.members[i].name, t->assigned.members[i].value);
    return json_is(all, JSON_OBJECT) && all.count > 0 ? all : (struct json){0};
}

enum status test_inspect(struct test *t)
{
    struct look l;

    look_init(&l, t);
    put(&l, "input", t->input);
    // What cannot be evaluated is the end of what is shown; the run has told why.
    enum status e = inspect_state(&l);
    if (e == REFUSED)
        scope_forgive(t->s);
    else if (e != OK)
        return e;
    put(&l, "variables", variables(t));
    put(&l, "errorDetails", t->details);
    struct json_member *members = scope_array(t->s, l.count, sizeof *members);
    for (size_t i = 0; i < l.count; i++)
        members[i] = l.members[i];
    t->out->inspection = json_object(members, l.count);
    return OK;
}
