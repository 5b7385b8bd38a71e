// Tasks of the flow that the crash test runs. Each puts an entry into the audit log with its
// result: how often a result was applied stands there.
#ifndef SHEAF_TEST_FLOW_CRASH_TASKS_H
#define SHEAF_TEST_FLOW_CRASH_TASKS_H

#include "flow/task.h"

#define APPLIED "task.applied"

extern const struct task_def *const crash_tasks[];

#endif
