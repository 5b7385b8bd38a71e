// Runs executions of the States Language in memory, on a virtual clock: the interpreter with the
// smallest shell that there can be. Between two events nothing is kept but the text of the frames
// and of the execution, so whatever the interpreter needs must be in them.
//
// Events come in the order of their times; timers that were cancelled come all the same, because
// the interpreter must know them for stale.
#ifndef SHEAF_TEST_FLOW_DRIVER_H
#define SHEAF_TEST_FLOW_DRIVER_H

#include "core/scope.h"
#include "flow/step.h"

#include <stdbool.h>

struct definition;
struct driver;

// What becomes of a task. `value` JSON_NONE: it fails with `error` and `cause`.
struct driver_answer {
    struct json value;
    struct json submission; // .sync, .waitForTaskToken: what the call itself gives; else {}
    struct str error;
    struct str cause;
    int64_t delay_ms;           // until it ends
    int64_t heartbeat_every_ms; // 0: none
    unsigned heartbeats;
    bool never;          // it does not end
    bool refused;        // the submission fails
    struct str worker;   // of an activity
    int64_t taken_at_ms; // of an activity: when a worker takes it; below 0: never
};

// A blob that ItemReader finds: what it gives.
struct driver_object {
    const char *bucket;
    const char *key;
    const char *items; // JSON
};

struct driver_options {
    uint64_t seed;
    int64_t now_us; // 0: 2025-01-01T00:00:00Z
    // Answers a task, with what is made in `s`. NULL: each fails with States.TaskFailed.
    void (*task)(struct scope *s, void *context, const struct flow_command *c,
                 struct driver_answer *out);
    void *context;
    const struct driver_object *objects;
    size_t object_count;
    struct flow_limits limits; // zero: flow_limits_default
    size_t payload_bytes;      // larger payloads lie elsewhere; 0: PAYLOAD_INLINE_BYTES_MAX
    bool express;
    uint32_t machine; // of the definition
    const char *name; // of the execution
};

// Begins an execution; all that is given out lives as long as `s`. Asserts whatever must always
// hold: that ids grow, that previous events are there, that nothing happens after the end.
struct driver *driver_open(struct scope *s, const struct definition *d, struct json input,
                           const struct driver_options *options);
// Runs until nothing is left to happen.
void driver_run(struct driver *d);
// Runs what happens before a time, in ms after the start.
void driver_run_until(struct driver *d, int64_t ms);
void driver_stop(struct driver *d, struct str error, struct str cause);
bool driver_redrive(struct driver *d, struct json input);
// Gives an event to the interpreter at once, as it is but for its time and seed. Returns whether
// it was taken: not stale.
bool driver_event(struct driver *d, struct flow_event *event);

// Asserts that the frames fit one another.
void driver_check(struct driver *d);

const struct execution *driver_execution(const struct driver *d);
const struct json *driver_history(const struct driver *d, size_t *count);
// The history in a line: types with state names where there are some, "PassStateEntered(A) …".
struct str driver_history_text(struct scope *s, const struct driver *d);
// What the last COMMAND_WRITE was given; JSON_NONE: there was none.
struct json driver_written(const struct driver *d);
size_t driver_frame_count(const struct driver *d);
size_t driver_values_read(const struct driver *d); // items of payloads that lay elsewhere
size_t driver_children(const struct driver *d);    // child executions that were started

#endif
