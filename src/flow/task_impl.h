// A task on its way: what a message asked for, and how it ended.
#ifndef SHEAF_FLOW_TASK_IMPL_H
#define SHEAF_FLOW_TASK_IMPL_H

#include "flow/live_impl.h"
#include "flow/resource.h"
#include "flow/task.h"
#include "store/worker.h"

struct task {
    struct scope *scope;
    struct flow *flow;
    const struct work *work;
    const struct task_entry *entry; // NULL: of none that is known here
    struct json message;            // as commands.c makes it
    struct resource resource;
    struct str function; // empty: it is no function
    struct str execution_id;
    uint32_t frame;
    uint32_t wait;
    struct str id;
    struct json input;
    struct json output;
    bool failed;
    struct str error;
    struct str cause;
    int64_t begun_at_us;
};

// The task of a worker for all queues of tasks.
enum status task_message_run(struct scope *s, struct work *work);

// Whether the frame still waits for it.
enum status task_wanted(struct task *t, struct live *l, bool *wanted);

// Moves the execution on by what became of the task. `kind` is EVENT_TASK_SUCCEEDED or _SUBMITTED;
// a failed one is a failure.
enum status task_settle(struct task *t, enum flow_event_kind kind);

// task_start.c: states:startExecution.
enum status task_start_execution(struct scope *s, struct task *t);

// items.c: ItemReader and ResultWriter. A failure of theirs is one of the task.
enum status items_read(struct scope *s, struct task *t);
enum status items_write(struct scope *s, struct task *t);

#endif
