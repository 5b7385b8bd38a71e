// Tasks: what a definition calls by name and a service does.
#ifndef SHEAF_FLOW_TASK_H
#define SHEAF_FLOW_TASK_H

#include "core/json.h"
#include "core/status.h"
#include "core/str.h"

#include <stdbool.h>

struct change;
struct scope;
struct store;

// A task: a C function that a definition calls as arn:aws:lambda:…:function:NAME or through
// lambda:invoke; or, when its name is SERVICE:ACTION ("sqs:sendMessage"), an integration, which a
// definition calls as arn:aws:states:::SERVICE:ACTION, and which with .waitForTaskToken only makes
// the call: what it gives is the answer to that, and the task ends with its token. It runs on a
// worker thread, may block, and may run again after a crash, with the same id. What it puts into
// task_change() is committed with its result or not at all.
struct task;
struct task_def {
    const char *name; // NULL ends the list
    enum status (*run)(struct scope *s, struct task *task);
    void *context;
    unsigned concurrent_max; // runs at the same time; 0: as the setting flow.task_threads
    bool once;  // when it may have run and its end is unknown, fails with States.TaskFailed
    bool quick; // computes only and never waits: few threads run many of them
};
struct json task_input(const struct task *t);    // Payload or Parameters
struct str task_id(const struct task *t);        // the same whenever it runs again
struct str task_tenant(const struct task *t);    // of the execution
struct str task_account(const struct task *t);   // of the tenant: 12 digits
struct str task_execution(const struct task *t); // its ARN
struct str task_resource(const struct task *t);  // as the definition has it
unsigned task_attempt(const struct task *t);     // retries of the state before this one
void *task_context(const struct task *t);
struct store *task_store(const struct task *t);
struct change *task_change(struct task *t);
// Sets the result; without it the result is null. Returning another status than OK fails the task
// with the status's States Language name (States.TaskFailed, States.Permissions, States.Timeout)
// and the scope's sentence, unless task_fail() said better; a status that may pass gives the work
// back to be run again later instead. `error` is copied.
void task_output(struct task *t, struct json output);
void task_fail(struct task *t, const char *error, struct str cause);

#endif
