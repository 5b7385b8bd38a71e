// The rules of the language, one after another: what fields give, what each state does, what
// Parallel and Map do with their children, what becomes of errors. See step_impl.h.
#ifndef SHEAF_FLOW_STEP_RULES_IMPL_H
#define SHEAF_FLOW_STEP_RULES_IMPL_H

#include "flow/step_impl.h"

// What the fields of a state see (step_data.c).
struct data {
    struct eval eval;
    const struct state *state;
    struct json raw;   // the state's input
    struct json input; // after InputPath
};
enum status data_open(struct step *st, struct frame *f, struct data *out);
// As it is seen while an item of the Map that `f` runs is selected.
enum status data_of_item(struct step *st, struct frame *f, struct frame *child, struct data *out);
// Parameters or Arguments; without them the input.
enum status data_arguments(struct step *st, struct data *d, const struct template *t,
                           struct json *out);
enum status data_operand(struct step *st, struct data *d, const struct operand *o,
                         enum json_type type, struct json *out); // JSON_NONE: not given
// Numbers. Of a …Path field also text that is one, as AWS takes it; `name` is the field's.
enum status data_whole(struct step *st, struct data *d, const struct operand *o, const char *name,
                       bool *given, int64_t *out);
enum status data_percent(struct step *st, struct data *d, const struct operand *o, const char *name,
                         bool *given, double *out);
// A time in seconds, which must not be negative.
enum status data_seconds(struct step *st, struct data *d, const struct operand *o, const char *name,
                         bool *given, int64_t *out);

// What a state leaves behind.
struct outcome {
    struct json output;
    struct json assigned; // object; JSON_NONE: nothing
    uint32_t next;        // STATE_NONE: the end
};
// Of a state with a result: ResultSelector, ResultPath, OutputPath, or Output; Assign.
enum status outcome_of_result(struct step *st, struct data *d, struct json result,
                              struct outcome *out);
// Of one without: `output` (JSONata) and `assign` may be NULL.
enum status outcome_of_input(struct step *st, struct data *d, const struct template *output,
                             const struct template *assign, struct outcome *out);
// Of an error that is caught.
enum status outcome_of_error(struct step *st, struct frame *f, const struct catcher *c,
                             struct json error_output, struct outcome *out);
enum status refuse(struct step *st, const char *error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
// States.DataLimitExceeded when a value is larger than a payload may be; `who` returned it.
enum status payload_check(struct step *st, struct json value, struct str who);

// States. *_begin() runs a state that was entered, or that runs again.
enum status state_enter(struct step *st, struct frame *f);
enum status state_begin(struct step *st, struct frame *f);
enum status state_exit(struct step *st, struct frame *f, const struct outcome *outcome);
enum status pass_begin(struct step *st, struct frame *f);
enum status choice_begin(struct step *st, struct frame *f);
enum status wait_state_begin(struct step *st, struct frame *f);
enum status wait_state_due(struct step *st, struct frame *f);
enum status succeed_begin(struct step *st, struct frame *f);
enum status fail_begin(struct step *st, struct frame *f);
enum status task_begin(struct step *st, struct frame *f);
enum status task_event(struct step *st, struct frame *f);
enum status task_timed_out(struct step *st, struct frame *f, bool heartbeat);
enum status parallel_begin(struct step *st, struct frame *f);
enum status map_begin(struct step *st, struct frame *f);

// Functions (step_function.c).
bool is_function_call(const struct resource *r); // lambda:invoke
void function_command(struct step *st, const struct resource *r, struct json input,
                      struct flow_command *c);
// What lambda:invoke gives for what the function returned; what it says of a failure.
struct json function_result(struct step *st, struct json payload);
struct str function_cause(struct step *st, struct str cause);
struct str chance_uuid(struct step *st);

// Parallel and Map (step_children.c, step_map.c).
enum status children_begin(struct step *st, struct frame *f, uint32_t count);
enum status children_go(struct step *st, struct frame *f); // starts the next one, or ends it all
enum status children_remove(struct step *st, struct frame *f);
enum status children_outputs(struct step *st, struct frame *f, struct json *out);
void children_ended_one(struct step *st, struct frame *f);
enum status child_done(struct step *st, struct frame *child, struct json output);
enum status child_failed(struct step *st, struct frame *child);
struct frame *child_make(struct step *st, struct frame *f);                 // the next one
enum status map_child(struct step *st, struct frame *f, uint64_t previous); // starts it
// Distributed Map (step_run.c).
enum status run_read(struct step *st, struct frame *f, struct data *d);
enum status run_begin(struct step *st, struct frame *f, struct data *d, struct json items);
void run_child(struct step *st, struct frame *f, struct frame *child, bool redrive);
enum status run_finish(struct step *st, struct frame *f);
enum status run_event(struct step *st, struct frame *f);
enum status run_child_ended(struct step *st, struct frame *child);
struct json run_arn(struct step *st, const struct frame *f);

// Errors. `error` and `cause`: data is NULL when there is none.
enum status frame_refuse(struct step *st, struct frame *f); // by st->failure
enum status error_raise(struct step *st, struct frame *f, struct str error, struct str cause);
enum status error_of_child(struct step *st, struct frame *f, const struct frame *child);
// Whether a name of a retrier or catcher stands for the error.
bool error_matches(const struct error_names *names, struct str error);
// The execution has ended; the event was recorded.
void execution_close(struct step *st, enum execution_status status, struct str error,
                     struct str cause);
// Sets the timer of the execution's TimeoutSeconds.
void execution_timer(struct step *st);
// Fails it at once: no state can do anything about it.
enum status execution_fail(struct step *st, uint64_t previous, struct str error, struct str cause);
// Stops what a frame and those below it do; they stay, for a redrive. Events follow the event
// `after`; 0: none are recorded.
enum status frame_abort(struct step *st, struct frame *f, uint64_t after);
enum status children_abort(struct step *st, struct frame *f, uint64_t after);
enum status execution_abort(struct step *st); // frame 0, without events
enum status redrive(struct step *st);

#endif
