// Errors of the language: which retrier or catcher takes one, and what happens when none does.
// Source: the States Language, Errors; AWS's documentation for what States.ALL leaves out.
#include "core/moment.h"
#include "core/scope.h"
#include "flow/step_rules_impl.h"

#include <assert.h>
#include <math.h>

// States.ALL and States.TaskFailed stand for any error but these.
static bool is_one_of(struct str error, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (error.data && str_is(error, names[i]))
            return true;
    return false;
}

static bool is_runtime(struct str error)
{
    return error.data && str_is(error, "States.Runtime");
}

bool error_matches(const struct error_names *names, struct str error)
{
    static const char *const never[] = {"States.Runtime", "States.DataLimitExceeded",
                                        "States.Timeout"};
    bool any = !is_one_of(error, never, 2);
    bool task_failed = error.data && !is_one_of(error, never, 3);
    bool timeout = error.data && str_is(error, "States.HeartbeatTimeout");

    for (size_t i = 0; i < names->count; i++) {
        struct str name = names->names[i];
        if ((error.data && name.data && str_equal(name, error)) ||
            (any && str_is(name, "States.ALL")) ||
            (task_failed && str_is(name, "States.TaskFailed")) ||
            (timeout && str_is(name, "States.Timeout")))
            return true;
    }
    return false;
}

// The first retrier that takes the error, if it has attempts left; else retrier_count.
static size_t retrier_find(const struct state *state, const struct frame *f, struct str error)
{
    for (size_t i = 0; i < state->retrier_count && i < FRAME_RETRIERS_MAX; i++)
        if (error_matches(&state->retriers[i].errors, error))
            return f->retry_counts[i] < state->retriers[i].attempts_max ? i : state->retrier_count;
    return state->retrier_count;
}

// States Language, Retry: IntervalSeconds grows by BackoffRate, at most to MaxDelaySeconds.
static int64_t retry_delay_us(struct step *st, const struct retrier *r, uint32_t attempts)
{
    enum { DELAY_SECONDS_MAX = 31622400 };
    double seconds = (double)r->interval_s * pow(r->backoff_rate, attempts);

    if (r->delay_max_s && seconds > (double)r->delay_max_s)
        seconds = (double)r->delay_max_s;
    if (!(seconds < DELAY_SECONDS_MAX))
        seconds = DELAY_SECONDS_MAX;
    int64_t delay_us = (int64_t)(seconds * (double)MOMENT_SECOND_US);
    if (r->jitter && delay_us > 0)
        delay_us = (int64_t)chance_below(&st->chance, (uint64_t)delay_us + 1);
    return delay_us;
}

static enum status retry(struct step *st, struct frame *f, size_t index)
{
    const struct retrier *r = &frame_state(st, f)->retriers[index];
    int64_t delay_us = retry_delay_us(st, r, f->retry_counts[index]);

    TRY(children_remove(st, f));
    f->retry_counts[index]++;
    f->retry_count++;
    wait_begin(st, f, FRAME_RETRY);
    timer_set(st, f, TIMER_RETRY, st->event->now_us + delay_us);
    return OK;
}

static const struct catcher *catcher_find(const struct state *state, struct str error)
{
    for (size_t i = 0; i < state->catcher_count; i++)
        if (error_matches(&state->catchers[i].errors, error))
            return &state->catchers[i];
    return NULL;
}

static struct json text_or_null(struct str text)
{
    return text.data ? json_string(text) : json_null();
}

static enum status catch_error(struct step *st, struct frame *f, const struct catcher *c,
                               struct str error, struct str cause)
{
    struct outcome outcome = {0};
    struct object o = {0};

    object_put(&o, "Error", text_or_null(error));
    object_put(&o, "Cause", text_or_null(cause));
    TRY(outcome_of_error(st, f, c, object_json(st->s, &o), &outcome));
    TRY(children_remove(st, f));
    return state_exit(st, f, &outcome);
}

// Whether a state around this one takes the error by its name.
static enum status taken_outside(struct step *st, struct frame *f, struct str error, bool *out)
{
    struct frame *parent = NULL;

    for (; f->parent != FRAME_NONE && !*out; f = parent) {
        TRY(frame_parent(st, f, &parent));
        const struct state *state = frame_state(st, parent);
        *out =
            catcher_find(state, error) || retrier_find(state, parent, error) < state->retrier_count;
    }
    return OK;
}

static enum status uncaught(struct step *st, struct frame *f, struct str error, struct str cause)
{
    bool taken = true;

    f->phase = FRAME_FAILED;
    f->error = error;
    f->cause = cause;
    frame_touch(st, f);
    if (is_runtime(error)) {
        taken = false;
        TRY(taken_outside(st, f, error, &taken));
    }
    return f->parent != FRAME_NONE && taken ? child_failed(st, f)
                                            : execution_fail(st, f->last_event, error, cause);
}

static void record_state_failed(struct step *st, struct frame *f)
{
    const struct state *state = frame_state(st, f);

    if (state->type == STATE_MAP)
        history_next(st, f, "MapStateFailed", NULL, (struct json){0});
    if (state->type == STATE_PARALLEL)
        history_next(st, f, "ParallelStateFailed", NULL, (struct json){0});
}

static struct str whole_cause(struct step *st, const struct frame *f)
{
    if (st->failure_whole)
        return st->failure.cause;
    return str_format(st->s,
                      "An error occurred while executing the state '%.*s' (entered at the event "
                      "id #%llu). %.*s",
                      STR(frame_state(st, f)->name), (unsigned long long)f->entered_event,
                      STR(st->failure.cause));
}

// JSONata: what could not be evaluated is an event of its own. (Of a Map that was just entered it
// follows the event before that, as AWS has it.)
static void record_evaluation(struct step *st, struct frame *f, struct str cause)
{
    const struct state *state = frame_state(st, f);
    struct object o = {0};

    object_put_text(&o, "cause", cause);
    object_put_text(&o, "error", st->failure.error);
    if (st->failure.location.bytes)
        object_put_text(&o, "location", st->failure.location);
    object_put(&o, "state", json_string(state->name));
    if (state->type == STATE_MAP && st->entered == f->id && f->last_event == f->entered_event)
        f->last_event = st->before_entered;
    history_next(st, f, "EvaluationFailed", "evaluationFailedEventDetails", object_json(st->s, &o));
}

// Takes what an evaluation said: the error and its cause, as AWS words it.
static void refusal_take(struct step *st, struct frame *f, struct str *error, struct str *cause)
{
    assert(st->failure.error.bytes > 0);
    *error = st->failure.error;
    *cause = whole_cause(st, f);
    if (str_is(*error, "States.QueryEvaluationError"))
        record_evaluation(st, f, *cause);
    st->failure = (struct eval_failure){0};
    st->failure_whole = false;
    scope_forgive(st->s);
}

static enum status raise(struct step *st, struct frame *f, struct str error, struct str cause,
                         bool by_child)
{
    const struct state *state = frame_state(st, f);
    size_t retrier = retrier_find(state, f, error);

    if (retrier < state->retrier_count)
        return retry(st, f, retrier);
    // A Parallel or Map state that could not run at all has not failed in this sense.
    if (by_child || !is_runtime(error))
        record_state_failed(st, f);
    const struct catcher *c = catcher_find(state, error);
    if (!c)
        return uncaught(st, f, error, cause);
    enum status e = catch_error(st, f, c, error, cause);
    if (e != REFUSED)
        return e;
    // What the catcher was to give could not be computed: that is the error now.
    refusal_take(st, f, &error, &cause);
    return uncaught(st, f, error, cause);
}

enum status error_raise(struct step *st, struct frame *f, struct str error, struct str cause)
{
    return raise(st, f, error, cause, false);
}

enum status error_of_child(struct step *st, struct frame *f, const struct frame *child)
{
    return raise(st, f, child->error, child->cause, true);
}

enum status frame_refuse(struct step *st, struct frame *f)
{
    struct str error = {0};
    struct str cause = {0};

    refusal_take(st, f, &error, &cause);
    wait_end(st, f);
    TRY(children_abort(st, f, f->last_event));
    if (f->map_run.bytes && !is_runtime(error))
        history_error(st, f, "MapRunFailed", "mapRunFailedEventDetails", error, cause);
    return error_raise(st, f, error, cause);
}
