// The state of an execution between two events, as the interpreter (step.h) sees it and the store
// keeps it: one execution, and one frame for each line of control in it. The execution itself is
// frame 0; a branch of Parallel and an iteration of Map is a frame of its own, so that an event
// touches only the frames it concerns. An iteration of a distributed Map is a frame too, whose
// work is done by a child execution.
//
// Frames of one Map or Parallel have consecutive numbers: child i is `first_child` + i. A number
// is never used again within an execution.
#ifndef SHEAF_FLOW_FRAME_H
#define SHEAF_FLOW_FRAME_H

#include "core/json.h"
#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scope;

#define FRAME_NONE UINT32_MAX
enum { FRAME_RETRIERS_MAX = 32 };

// A value that may be large. At rest one of more than PAYLOAD_INLINE_BYTES_MAX is kept once for the
// execution, by the SHA-256 of its text, and read only when it is looked at.
enum { PAYLOAD_INLINE_BYTES_MAX = 4096 };
struct payload {
    struct json value; // JSON_NONE: see digest
    struct str digest; // 64 hex digits when it lies elsewhere; empty: `value` is all there is
};

// What a frame does until the next event about it. Kept by number: new ones at the end.
enum frame_phase {
    FRAME_ENTER,    // it is about to enter `state`
    FRAME_TASK,     // waits for the end of a task; also for its submission, its token, its child
    FRAME_WAIT,     // Wait: for its timer
    FRAME_RETRY,    // for the timer of a retry
    FRAME_CHILDREN, // Parallel, Map: for its children
    FRAME_READ,     // distributed Map: for its items
    FRAME_WRITE,    // distributed Map: for its results to be written
    FRAME_CHILD,    // an iteration that a child execution does
    FRAME_DONE,     // a child that has ended with `output`, kept until all have
    FRAME_FAILED,   // ended with `error` and `cause`, or aborted with neither; kept for a redrive
    FRAME_AGAIN,    // it is about to run `state` again, without entering it: retry, redrive
};

struct frame {
    uint32_t id;
    uint32_t parent;  // FRAME_NONE: the execution's own
    uint32_t machine; // of the definition: which StartAt and States
    uint32_t state;   // index in the machine
    enum frame_phase phase;
    // Counts the waits of this frame. What ends a wait names it, so that what comes twice or late
    // is known for what it is.
    uint32_t wait;
    struct payload input;     // of the state, raw
    struct payload variables; // object: what was assigned in this scope
    uint64_t last_event;      // the previousEventId of its next history event
    uint64_t entered_event;
    int64_t entered_at_us;
    uint32_t retry_counts[FRAME_RETRIERS_MAX]; // by retrier of the state
    uint32_t retry_count;                      // in all: $$.State.RetryCount
    // Timers that are set for the wait; 0: none. Microseconds since 1970.
    int64_t timer_at_us; // of Wait or retry
    int64_t timeout_at_us;
    int64_t heartbeat_at_us;
    int64_t heartbeat_s; // of the task: 0: none
    bool begun;          // TaskStarted was recorded
    bool submitted;      // .sync, .waitForTaskToken: TaskSubmitted was recorded
    // Map and Parallel
    uint32_t first_child;
    uint32_t child_count;
    uint32_t started; // children
    uint32_t ended;
    uint32_t failed;          // distributed: items of children that failed
    uint32_t failed_max;      // distributed: so many may fail
    uint32_t concurrency_max; // 0: no limit
    uint64_t started_event;   // MapStateStarted, MapRunStarted, ParallelStateStarted
    struct payload items;     // Map: array, or object; batched: array of the children's inputs
    struct payload near;      // of those, some that are given out next, so that `items` can rest
    uint32_t near_first;      // which one is the first of them
    bool batched;
    struct str map_run; // distributed: name of the run, a UUID
    // As a child
    uint32_t index;      // of the branch or iteration
    struct payload item; // Map: $$.Map.Item.Value
    struct str item_key; // Map over an object: its key; else empty
    struct payload output;
    struct str error;
    struct str cause;
};

enum execution_status {
    EXECUTION_RUNNING,
    EXECUTION_SUCCEEDED,
    EXECUTION_FAILED,
    EXECUTION_TIMED_OUT,
    EXECUTION_ABORTED,
    EXECUTION_PENDING_REDRIVE,
};

struct execution {
    struct str id;  // UUIDv7: the key of all that is kept of it
    struct str arn; // as clients see it
    struct str name;
    struct str machine_arn;
    struct str machine_name;
    uint32_t version; // of the machine that it was started of; 0: of the machine itself
    struct str alias; // that it was started by; may be empty
    struct str role_arn;
    bool express;
    enum execution_status status;
    struct payload input;
    int64_t started_at_us;
    int64_t ended_at_us;   // 0: it runs
    int64_t timeout_at_us; // of the whole execution; 0: none
    uint32_t redrive_count;
    int64_t redriven_at_us; // 0: never
    uint64_t next_event;    // id of its next history event, from 1
    uint32_t next_frame;
    struct payload output; // SUCCEEDED
    struct str error;      // FAILED, TIMED_OUT, ABORTED
    struct str cause;
    uint32_t machine; // that its frame 0 runs: 0, or the item processor of a distributed Map
    // Frames that go on at the next step, the last one first: empty unless a step had `more`.
    const uint32_t *ready;
    uint32_t ready_count;
};

// A frame and an execution as JSON, for the store: members with their zero value are left out; a
// payload is {"v": value} or {"d": digest}.
struct json frame_to_json(struct scope *s, const struct frame *f);
enum status frame_from_json(struct scope *s, struct json j, struct frame *out);
struct json execution_to_json(struct scope *s, const struct execution *x);
enum status execution_from_json(struct scope *s, struct json j, struct execution *out);

// The payloads of a frame or an execution, for who moves large ones elsewhere before it is kept.
enum { FRAME_PAYLOADS = 6, EXECUTION_PAYLOADS = 2 };
void frame_payloads(struct frame *f, struct payload *out[FRAME_PAYLOADS]);
void execution_payloads(struct execution *x, struct payload *out[EXECUTION_PAYLOADS]);

// "SUCCEEDED". Static.
const char *execution_status_name(enum execution_status status);

#endif
