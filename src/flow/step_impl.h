// What the files of the interpreter share. A step is one call of flow_step(); it holds all that the
// functions below need.
//
// How errors of the language travel: whoever finds one sets `failure` and returns REFUSED; the
// dispatcher (step.c) gives it to frame_refuse(), which retries, catches or fails. Every other
// status is a failure of the machine and ends the step.
//
// The rules of the language stand in step_rules_impl.h. step.c dispatches; step_frames.c reaches
// frames and payloads; step_data.c evaluates fields; step_states.c has the simple states,
// step_task.c Task (step_function.c: of functions), step_children.c what Parallel and Map have in
// common, step_map.c and step_run.c (distributed) Map; step_fail.c errors; step_abort.c what is
// stopped; step_redrive.c redrives; step_history.c events.
#ifndef SHEAF_FLOW_STEP_IMPL_H
#define SHEAF_FLOW_STEP_IMPL_H

#include "core/chance.h"
#include "flow/definition_impl.h"
#include "flow/eval.h"
#include "flow/step.h"

struct step {
    struct scope *s;
    const struct definition *d;
    struct execution *x;
    const struct flow_memory *memory;
    const struct flow_limits *limits;
    const struct flow_event *event;
    struct flow_effects *out;
    struct chance chance;
    size_t history_room;
    size_t command_room;
    uint32_t *ready; // x->ready, while the step runs
    size_t ready_room;
    uint64_t first_event;
    bool full; // the history may not grow any more
    struct eval_failure failure;
    bool failure_whole; // its cause is whole: it does not tell the state
    uint32_t entered;   // frame whose state was entered last, and the event before that
    uint64_t before_entered;
};

// An object of JSON that is being made; what is JSON_NONE is left out.
enum { OBJECT_MEMBERS_MAX = 12 };
struct object {
    struct json_member members[OBJECT_MEMBERS_MAX];
    size_t count;
};
void object_put(struct object *o, const char *name, struct json value);
void object_put_text(struct object *o, const char *name, struct str text); // unless it is empty
struct json object_json(struct scope *s, const struct object *o);

// Frames and payloads (step_frames.c).
enum status frame_get(struct step *st, uint32_t id, struct frame **out); // NULL: there is none
enum status frame_parent(struct step *st, const struct frame *f, struct frame **out);
struct frame *frame_make(struct step *st, uint32_t id);
void frame_touch(struct step *st, struct frame *f);
enum status payload_get(struct step *st, struct payload *p, struct json *out);
void payload_set(struct payload *p, struct json value);
const struct machine *frame_machine(const struct step *st, const struct frame *f);
const struct state *frame_state(const struct step *st, const struct frame *f);
void ready_push(struct step *st, uint32_t id);
void ready_drop(struct step *st, uint32_t id); // wherever it stands
// Begins to wait for something, with a new number; ends it: timers are cancelled.
void wait_begin(struct step *st, struct frame *f, enum frame_phase phase);
void wait_end(struct step *st, struct frame *f);
struct flow_command *command_put(struct step *st, enum flow_command_kind kind,
                                 const struct frame *f);
void timer_set(struct step *st, struct frame *f, enum flow_timer timer, int64_t at_us);
// Calls for each child that was started, in order.
typedef enum status child_function(struct step *st, struct frame *child, void *context);
enum status children_each(struct step *st, const struct frame *f, child_function *call,
                          void *context);

// History (step_history.c). Each gives the event's id.
uint64_t history_put(struct step *st, uint64_t previous, const char *type, const char *details,
                     struct json value);
uint64_t history_put_at(struct step *st, int64_t at_us, uint64_t previous, const char *type,
                        const char *details, struct json value);
void history_next(struct step *st, struct frame *f, const char *type, const char *details,
                  struct json value); // after the frame's last event, and becomes it
void history_entered(struct step *st, struct frame *f, struct json input);
void history_exited(struct step *st, struct frame *f, struct json output, struct json assigned);
void history_error(struct step *st, struct frame *f, const char *type, const char *details,
                   struct str error, struct str cause);
void history_put_data(struct object *o, const char *name, struct json value); // with "…Details"
uint64_t history_iteration(struct step *st, uint64_t previous, const char *what,
                           const struct frame *parent, uint32_t index);

#endif
