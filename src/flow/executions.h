// Executions: started, looked at, stopped, redriven.
#ifndef SHEAF_FLOW_EXECUTIONS_H
#define SHEAF_FLOW_EXECUTIONS_H

#include "flow/flow.h"
#include "flow/frame.h"

struct change;

struct start_options {
    struct str machine_arn; // or of one of its versions
    struct str name;        // empty: a UUID
    struct str alias;       // kept with the execution: by which it was started; may be empty
    struct str input;       // JSON text; empty: {}
};
// Starts an execution in the change. Idempotent: the same name with the same input while it runs
// gives the one that is there (`*existed`). Errors: NOT_FOUND no such machine; INVALID input or
// name; CONFLICT the name was used with another input or by one that has ended, within 90 days.
enum status flow_start(struct scope *s, struct flow *f, const struct owner *owner, struct change *c,
                       const struct start_options *options, struct execution *out, bool *existed);
enum status flow_stop(struct scope *s, struct flow *f, const struct owner *owner, struct change *c,
                      struct str arn, struct str error, struct str cause, struct execution *out);
// With its payloads. Errors: NOT_FOUND.
enum status flow_get(struct scope *s, struct flow *f, const struct owner *owner, struct str arn,
                     struct execution *out);

// The definition that it runs, as it was given. Errors: NOT_FOUND.
enum status flow_execution_definition(struct scope *s, struct flow *f, const struct owner *owner,
                                      struct str arn, struct str *out);

struct history_query {
    struct str arn;
    size_t limit;
    bool reverse;
    struct str cursor;
};
// Events as step.h makes them, with their payloads in place.
enum status flow_history(struct scope *s, struct flow *f, const struct owner *owner,
                         const struct history_query *query, struct json **events, size_t *count,
                         struct str *next);

struct execution_query {
    struct str machine_arn; // or
    struct str map_run_arn;
    int status; // enum execution_status, or -1: any
    size_t limit;
    struct str cursor;
};
enum status flow_list(struct scope *s, struct flow *f, const struct owner *owner,
                      const struct execution_query *query, struct execution **out, size_t *count,
                      struct str *next);

// What waits of a machine.
struct flow_waits {
    uint64_t count;          // executions that wait for a task token; at most about 1,000 counted
    int64_t oldest_since_us; // since 1970; 0: none waits
    uint64_t pending;        // executions that wait for their turn: flow.executions_max
};
enum status flow_waits_get(struct scope *s, struct flow *f, const struct owner *owner,
                           struct str machine_name, struct flow_waits *out);

// From the failed state. `input` empty: as it was; else JSON text that replaces the failed state's
// input. With `dry_run` nothing is changed and `*plan` says what would run again and what would
// change. Errors: NOT_FOUND; CONFLICT not redrivable, and why.
enum status flow_redrive(struct scope *s, struct flow *f, const struct owner *owner,
                         struct change *c, struct str arn, struct str input, bool dry_run,
                         struct json *plan, struct execution *out);

#endif
