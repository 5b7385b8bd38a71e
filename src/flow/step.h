// The interpreter of the States Language: a pure function from a definition, the state of an
// execution and an event to the next state, history events and commands. It reads no clock, no
// file and no chance: time and a seed are part of the event, and frames or payloads that are not
// at hand are asked for. The same calls give the same answers, so every history can be replayed.
//
// One call goes on through all states that do not wait (Pass, Choice, variables, quick
// iterations), until every frame waits, the execution ends, or a limit is reached; then `more` is
// set and the caller commits and comes again with EVENT_CONTINUE.
// Sources: the States Language (states-language.net), and what AWS's service answers.
#ifndef SHEAF_FLOW_STEP_H
#define SHEAF_FLOW_STEP_H

#include "flow/frame.h"

struct definition;

enum flow_event_kind {
    EVENT_START,          // `frame` 0 enters its first state
    EVENT_CONTINUE,       // after `more`
    EVENT_TASK_STARTED,   // a worker took it: `worker`
    EVENT_TASK_SUBMITTED, // the call was made (`value` is its answer), its end comes later
    EVENT_TASK_SUCCEEDED, // `value`
    EVENT_TASK_FAILED,    // `error`, `cause`
    EVENT_TASK_HEARTBEAT,
    EVENT_TIMER,         // `timer` is due
    EVENT_ITEMS_READ,    // `value`: array of items; EVENT_TASK_FAILED when they cannot be read
    EVENT_ITEMS_WRITTEN, // `value`: the result of the Map; likewise
    EVENT_CHILD_ENDED,   // of COMMAND_CHILD's frame: `value`, or `error` and `cause` without it
    EVENT_STOP,          // `error`, `cause` of the caller
    EVENT_REDRIVE,       // from the failed state; `value`: its new input, JSON_NONE: as it was
};

enum flow_timer { TIMER_WAIT, TIMER_RETRY, TIMER_TIMEOUT, TIMER_HEARTBEAT, TIMER_EXECUTION };

struct flow_event {
    enum flow_event_kind kind;
    uint32_t frame;
    uint32_t wait; // of the frame, when the event was caused; another one: the event is stale
    enum flow_timer timer;
    struct json value;
    struct str error; // data is NULL: none was given, which is not the same as an empty one
    struct str cause;
    struct str worker;
    int64_t started_at_us; // of a task that ended: when it was begun; 0: see EVENT_TASK_STARTED
    int64_t now_us;
    uint64_t seed;
};

enum flow_command_kind {
    COMMAND_TASK,         // run `resource` with `input`; answer with EVENT_TASK_…
    COMMAND_TIMER,        // answer with EVENT_TIMER at `at_us`
    COMMAND_TIMER_CANCEL, // that timer is not needed any more
    COMMAND_TASK_CANCEL,  // nobody waits for that task any more
    COMMAND_CHILD,        // start a child execution for iteration `index` of a distributed Map
    COMMAND_CHILD_STOP,   // stop it
    COMMAND_READ,         // ItemReader: `input` is {"Resource", "Parameters", "ReaderConfig"}
    // ResultWriter: `input` is {"Resource", "Parameters", "WriterConfig", "MapRunArn", "Results"};
    // each result is {"Index", "Status", "Input", "Output" or "Error" and "Cause"}.
    COMMAND_WRITE,
};

struct flow_command {
    enum flow_command_kind kind;
    uint32_t frame;
    uint32_t wait;
    struct str resource; // as the definition has it, with its pattern (.sync, .waitForTaskToken)
    struct json input;   // effective
    // COMMAND_TASK of a function, also through lambda:invoke: its name, without ARN and version,
    // and what it is given. Empty: it is another task. What the function returns is the `value` of
    // EVENT_TASK_SUCCEEDED as it is: the interpreter wraps it where lambda:invoke does.
    struct str function;
    struct json payload;
    enum flow_timer timer;
    int64_t at_us;
    uint32_t index;
    uint32_t machine;    // COMMAND_CHILD: which one of the definition it runs
    bool express;        // COMMAND_CHILD
    bool redrive;        // COMMAND_CHILD: it was started before, and failed
    struct str map_run;  // COMMAND_CHILD…: name of the run
    uint32_t attempt;    // COMMAND_TASK: retries before this one
    int64_t timeout_s;   // COMMAND_TASK: 0: none
    int64_t heartbeat_s; // COMMAND_TASK: 0: none
};

// How the interpreter reaches what is not at hand. All live as long as the scope of the step.
struct flow_memory {
    // Gives frames `first` to `first` + `count` - 1, each to be changed in place; those that do not
    // exist are NULL. The same frame is at the same place as long as the scope lives.
    enum status (*frames)(struct scope *s, void *context, uint32_t first, uint32_t count,
                          struct frame **out);
    // Makes a new frame, zeroed but for its id.
    struct frame *(*frame_new)(struct scope *s, void *context, uint32_t id);
    // The frame was changed and must be kept, or has ended and must go.
    void (*frame_changed)(void *context, struct frame *f);
    void (*frame_ended)(void *context, struct frame *f);
    // Reads a payload that lies elsewhere, into its `value`.
    enum status (*payload)(struct scope *s, void *context, struct payload *p);
    // The task token of a wait: $$.Task.Token. The same for the same wait.
    struct str (*token)(struct scope *s, void *context, uint32_t frame, uint32_t wait);
    void *context;
    // Of TestState: members that are put into the context object, over those that are there.
    // JSON_NONE: none.
    struct json context_object;
};

struct flow_limits {
    size_t payload_bytes_max;           // 256 KiB: States.DataLimitExceeded
    uint64_t events_max;                // 25,000 of history: the execution fails
    uint32_t step_events_max;           // 1,000: then `more`
    bool (*out_of_time)(void *context); // 20 ms: then `more`; NULL: never
    void *context;
};
extern const struct flow_limits flow_limits_default;

// What a step did besides changing the execution and its frames. Lives as long as the scope.
struct flow_effects {
    // History events in order, each as the API shows it: {"timestamp", "type", "id",
    // "previousEventId", "…EventDetails"}; timestamp in microseconds since 1970; input and output
    // as JSON values, not as text (who shows them writes and cuts them).
    struct json *history;
    size_t history_count;
    struct flow_command *commands;
    size_t command_count;
    bool more;  // it stopped for a limit: come again with EVENT_CONTINUE
    bool stale; // the event was about nothing that is still waited for; nothing was changed
};

// Applies an event. Errors are failures of the machine only (TEMPORARY, CORRUPT of what was asked
// for): an error of the language ends the execution, which is OK.
enum status flow_step(struct scope *s, const struct definition *d, struct execution *x,
                      const struct flow_memory *memory, const struct flow_limits *limits,
                      const struct flow_event *event, struct flow_effects *out);

#endif
